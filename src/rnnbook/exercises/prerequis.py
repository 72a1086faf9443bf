"""Exercices du chapitre 0, « Avant de commencer ».

Formes : `scores` (lot, m), `inputs` (lot, d), `weight` (m, d), `classes` (lot,), `point` et `gradient` (d,).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from rnnbook.exercises._model import Case, FunctionExercise, Mistake, ValueExercise

# --- prerequis-1 : une jacobienne à la main --------------------------------------------------------------


def jacobian_by_hand() -> dict[str, Any]:
    W, y = np.array([[1.0, 2.0], [0.0, -1.0]]), np.array([0.6, 0.0])
    rows = (1 - y**2)[:, None] * W
    return {
        "forme": rows.shape,
        "ligne_1": rows[0].tolist(),
        "ligne_2": rows[1].tolist(),
        "gradient": (np.array([1.0, 3.0]) @ rows).tolist(),
    }


BY_HAND = ValueExercise(
    "prerequis-1",
    "Une jacobienne à la main",
    "main",
    1,
    value=jacobian_by_hand,
    mistakes=(
        Mistake(
            "sans-tanh",
            "Votre première ligne est celle de `W` : il manque la dérivée de tanh, 1 − y².",
            {"ligne_1": [1.0, 2.0]},
        ),
        Mistake(
            "derivee-du-carre",
            "La dérivée de tanh est 1 − y², pas 1 − y : élevez la sortie au carré.",
            {"ligne_1": [0.4, 0.8]},
        ),
        Mistake(
            "colonnes",
            "Le facteur 1 − y² multiplie chaque ligne, une par sortie ; vous l'avez mis sur les colonnes.",
            {"ligne_1": [0.64, 2.0]},
        ),
        Mistake(
            "somme-des-lignes",
            "La seconde sortie compte trois fois dans la perte : multipliez sa ligne par 3.",
            {"gradient": [0.64, 0.28]},
        ),
    ),
)


# --- prerequis-2 : une softmax qui ne déborde pas ---------------------------------------------------------


def softmax(scores: np.ndarray) -> np.ndarray:
    shifted = np.exp(scores - scores.max(axis=1, keepdims=True))
    return shifted / shifted.sum(axis=1, keepdims=True)


def softmax_overflow(scores):
    with np.errstate(over="ignore", invalid="ignore"):
        exponentials = np.exp(scores)
        return exponentials / exponentials.sum(axis=1, keepdims=True)


def softmax_whole(scores):
    shifted = np.exp(scores - scores.max())
    return shifted / shifted.sum()


def softmax_columns(scores):
    shifted = np.exp(scores - scores.max(axis=0, keepdims=True))
    return shifted / shifted.sum(axis=0, keepdims=True)


def softmax_without_sum(scores):
    return np.exp(scores - scores.max(axis=1, keepdims=True))


def _scores(rng: np.random.Generator) -> Iterator[Case]:
    for batch, classes in ((1, 3), (4, 4), (2, 6)):
        yield (rng.normal(size=(batch, classes)) * 2,)
    yield (rng.normal(size=(3, 3)) + 5000.0,)


SOFTMAX = FunctionExercise(
    "prerequis-2",
    "Une softmax qui ne déborde pas",
    "code",
    1,
    reference=softmax,
    inputs=_scores,
    mistakes=(
        Mistake(
            "deborde",
            "Juste pour de petits scores, mais pas pour de grands : l'exponentielle déborde. Retranchez "
            "d'abord le maximum de chaque ligne.",
            softmax_overflow,
        ),
        Mistake(
            "tout-le-lot",
            "La somme porte sur tout le lot : chaque exemple doit avoir des probabilités de somme 1.",
            softmax_whole,
        ),
        Mistake(
            "colonnes",
            "Vous normalisez par colonne, entre exemples : un exemple est une ligne (`axis=1`).",
            softmax_columns,
        ),
        Mistake("sans-somme", "Il reste à diviser par la somme de la ligne.", softmax_without_sum),
    ),
)


# --- prerequis-3 : le gradient d'un lot ------------------------------------------------------------------


def weight_gradient(inputs: np.ndarray, weight: np.ndarray, classes: np.ndarray) -> np.ndarray:
    error = softmax(inputs @ weight.T)
    error[np.arange(len(classes)), classes] -= 1
    return error.T @ inputs / len(inputs)


def weight_gradient_sum(inputs, weight, classes):
    return weight_gradient(inputs, weight, classes) * len(inputs)


def weight_gradient_sign(inputs, weight, classes):
    return -weight_gradient(inputs, weight, classes)


def weight_gradient_no_target(inputs, weight, classes):
    return softmax(inputs @ weight.T).T @ inputs / len(inputs)


def weight_gradient_raw_scores(inputs, weight, classes):
    error = inputs @ weight.T
    error[np.arange(len(classes)), classes] -= 1
    return error.T @ inputs / len(inputs)


def weight_gradient_transposed(inputs, weight, classes):
    return weight_gradient(inputs, weight, classes).T


def _batches(rng: np.random.Generator) -> Iterator[Case]:
    for batch, d, classes in ((5, 3, 4), (4, 4, 4), (6, 2, 3)):
        yield rng.normal(size=(batch, d)), rng.normal(size=(classes, d)), rng.integers(classes, size=batch)


GRADIENT = FunctionExercise(
    "prerequis-3",
    "Le gradient d'un lot",
    "code",
    2,
    reference=weight_gradient,
    inputs=_batches,
    mistakes=(
        Mistake(
            "somme",
            "Votre gradient est celui de la somme des pertes : la moyenne se divise par la taille du lot.",
            weight_gradient_sum,
        ),
        Mistake(
            "signe",
            "Tous les signes sont inversés : la dérivée est la probabilité moins la cible.",
            weight_gradient_sign,
        ),
        Mistake(
            "sans-cible",
            "Il manque la cible : retranchez 1 à la probabilité de la bonne classe de chaque exemple.",
            weight_gradient_no_target,
        ),
        Mistake(
            "scores-bruts",
            "Vous retranchez la cible aux scores bruts : appliquez d'abord la softmax.",
            weight_gradient_raw_scores,
        ),
        Mistake(
            "transpose",
            "Les valeurs sont justes, mais transposées : le gradient a la forme de `weight`, (m, d).",
            weight_gradient_transposed,
        ),
    ),
)


# --- prerequis-4 : vérifier un gradient ------------------------------------------------------------------

Function = Callable[[np.ndarray], float]


def _measure(function: Function, point: np.ndarray, epsilon: float = 1e-5) -> np.ndarray:
    steps = epsilon * np.eye(len(point))
    return np.array([(function(point + s) - function(point - s)) / (2 * epsilon) for s in steps])


def gradient_error(function: Function, point: np.ndarray, gradient: np.ndarray) -> float:
    measured = _measure(function, point)
    total = float(np.linalg.norm(measured) + np.linalg.norm(gradient))
    return float(np.linalg.norm(measured - gradient)) / total if total else 0.0


def gradient_error_absolute(function, point, gradient):
    return np.linalg.norm(_measure(function, point) - gradient)


def gradient_error_forward(function, point, gradient):
    steps = 1e-5 * np.eye(len(point))
    measured = np.array([(function(point + s) - function(point)) / 2e-5 for s in steps])
    return np.linalg.norm(measured - gradient) / (np.linalg.norm(measured) + np.linalg.norm(gradient))


def gradient_error_norms(function, point, gradient):
    measured = _measure(function, point)
    a, b = np.linalg.norm(measured), np.linalg.norm(gradient)
    return abs(a - b) / (a + b)


def gradient_error_one_norm(function, point, gradient):
    measured = _measure(function, point)
    return np.linalg.norm(measured - gradient) / np.linalg.norm(measured)


def _claims(rng: np.random.Generator) -> Iterator[Case]:
    def quadratic(v: np.ndarray) -> float:
        return float(v @ v / 2 + np.sin(v).sum())

    for d in (1, 3, 5):
        point = rng.normal(size=d)
        right = point + np.cos(point)
        yield quadratic, point, 1.5 * right  # gonflé
        yield quadratic, point, right[::-1].copy() + 0.2  # mêlé


CHECK = FunctionExercise(
    "prerequis-4",
    "Vérifier un gradient",
    "code",
    3,
    reference=gradient_error,
    inputs=_claims,
    mistakes=(
        Mistake(
            "absolue",
            "C'est l'erreur absolue : divisez par la somme des deux normes, sinon elle dépend de l'échelle.",
            gradient_error_absolute,
        ),
        Mistake(
            "demi-pas",
            "La différence centrée compare `point + pas` à `point − pas` : sans le second, diviser par deux "
            "fois le pas donne la moitié de la dérivée.",
            gradient_error_forward,
        ),
        Mistake(
            "normes",
            "Vous comparez les normes : deux vecteurs différents peuvent avoir la même. Prenez la norme de "
            "leur différence.",
            gradient_error_norms,
        ),
        Mistake(
            "une-seule-norme",
            "Le dénominateur est la somme des deux normes, pas celle des seules différences finies.",
            gradient_error_one_norm,
        ),
    ),
)


# --- prerequis-5 : trop vite, trop lentement -------------------------------------------------------------


def descend(a: float, rate: float, steps: int) -> np.ndarray:
    return np.array([(1 - rate * a) ** k for k in range(steps + 1)])


def descend_up(a, rate, steps):
    return np.array([(1 + rate * a) ** k for k in range(steps + 1)])


def descend_without_start(a, rate, steps):
    return np.array([(1 - rate * a) ** k for k in range(1, steps + 1)])


def descend_from_loss(a, rate, steps):
    path = [1.0]
    for _ in range(steps):
        path.append(path[-1] - rate * a * path[-1] ** 2 / 2)
    return np.array(path)


def descend_fixed_gradient(a, rate, steps):
    return np.array([1 - rate * a * k for k in range(steps + 1)])


DESCEND = FunctionExercise(
    "prerequis-5",
    "Trop vite, trop lentement",
    "experience",
    2,
    reference=descend,
    inputs=lambda rng: [(2.0, 0.1, 6), (0.5, 0.7, 4), (2.0, 1.1, 5), (3.0, 0.2, 3)],
    mistakes=(
        Mistake("monte", "Votre suite monte la pente : le pas va contre le gradient.", descend_up),
        Mistake(
            "sans-depart",
            "Il manque le point de départ : `steps` pas donnent `steps + 1` points.",
            descend_without_start,
        ),
        Mistake(
            "perte-au-lieu-du-gradient",
            "Vous retranchez la perte, a w² / 2, au lieu de sa dérivée, a w.",
            descend_from_loss,
        ),
        Mistake(
            "gradient-du-depart",
            "Le gradient change à chaque pas : recalculez-le là où vous êtes.",
            descend_fixed_gradient,
        ),
    ),
)


EXERCISES = (BY_HAND, SOFTMAX, GRADIENT, CHECK, DESCEND)
