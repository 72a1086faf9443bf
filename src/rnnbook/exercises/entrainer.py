"""Exercices du chapitre 8, « Entraîner et déboguer »."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from rnnbook.exercises._model import Case, FunctionExercise, Mistake, ValueExercise

# --- entrainer-1 : les nombres à connaître avant de lancer ---------------------------------------------


def known_numbers() -> dict[str, float]:
    return {
        "depart": math.log(18),
        "perplexite": 18.0,
        "plancher": math.log(math.e + 17) - 1,
        "moitie": math.log(2),
    }


NUMBERS = ValueExercise(
    "entrainer-1",
    "Les nombres à connaître avant de lancer",
    "main",
    1,
    value=known_numbers,
    rtol=5e-3,
    mistakes=(
        Mistake(
            "base-deux",
            "`depart` est en bits : PyTorch prend le logarithme naturel.",
            {"depart": math.log2(18)},
        ),
        Mistake(
            "probabilite",
            "`depart` est une probabilité : la perte est l'opposé de son logarithme.",
            {"depart": 1 / 18},
        ),
        Mistake(
            "perplexite-perte",
            "La perplexité est l'exponentielle de la perte, pas la perte.",
            {"perplexite": math.log(18)},
        ),
        Mistake(
            "plancher-zero",
            "Après une softmax, le meilleur vecteur possible est (1, 0, …, 0) : CrossEntropyLoss lui "
            "applique encore une softmax, et la perte ne peut être nulle.",
            {"plancher": 0.0},
        ),
        Mistake(
            "plancher-k",
            "Au dénominateur, il y a K − 1 termes en plus du bon : 17, pas 18.",
            {"plancher": math.log(math.e + 18) - 1},
        ),
    ),
)


# --- entrainer-2 : la perplexité d'un corpus en lots ---------------------------------------------------


def corpus_perplexity(batches: list[np.ndarray]) -> float:
    return float(np.exp(np.mean(np.concatenate(batches))))


def perplexity_mean_exp(batches):
    return float(np.mean(np.exp(np.concatenate(batches))))


def perplexity_mean_of_batches(batches):
    return float(np.mean([np.exp(np.mean(batch)) for batch in batches]))


def perplexity_unweighted(batches):
    return float(np.exp(np.mean([np.mean(batch) for batch in batches])))


def perplexity_power_two(batches):
    return float(2 ** np.mean(np.concatenate(batches)))


def perplexity_loss(batches):
    return float(np.mean(np.concatenate(batches)))


PERPLEXITY = FunctionExercise(
    "entrainer-2",
    "La perplexité d'un corpus en lots",
    "code",
    1,
    reference=corpus_perplexity,
    inputs=lambda rng: (
        ([rng.gamma(2.0, 1.0, size=size) for size in sizes],) for sizes in ((5, 2), (1, 8, 3), (4, 4))
    ),
    mistakes=(
        Mistake(
            "moyenne-des-exponentielles",
            "Vous moyennez des exponentielles : quelques signes surprenants l'emportent. L'exponentielle "
            "vient après la moyenne.",
            perplexity_mean_exp,
        ),
        Mistake(
            "moyenne-par-lot",
            "Vous moyennez des perplexités de lots : le résultat dépend de la façon de couper.",
            perplexity_mean_of_batches,
        ),
        Mistake(
            "lots-egaux",
            "Vous moyennez des moyennes de lots de tailles différentes : chaque signe doit compter autant.",
            perplexity_unweighted,
        ),
        Mistake("base-deux", "Les pertes sont en logarithme naturel : la base est e.", perplexity_power_two),
        Mistake("sans-exponentielle", "C'est la perte moyenne : il manque l'exponentielle.", perplexity_loss),
    ),
)


# --- entrainer-3 : réparer une perte qui compte le remplissage -----------------------------------------


def masked_mean(losses: np.ndarray, lengths: np.ndarray) -> float:
    mask = np.arange(len(losses))[:, None] < lengths
    return float(losses[mask].mean())


def mean_of_everything(losses, lengths):
    return losses.mean()


def mean_over_all_steps(losses, lengths):
    mask = np.arange(len(losses))[:, None] < lengths
    return np.where(mask, losses, 0.0).mean()


def mean_of_sequences(losses, lengths):
    mask = np.arange(len(losses))[:, None] < lengths
    return np.mean(np.where(mask, losses, 0.0).sum(axis=0) / lengths)


def mean_one_step_more(losses, lengths):
    mask = np.arange(len(losses))[:, None] <= lengths
    return losses[mask].mean()


def mean_of_last_steps(losses, lengths):
    return losses[lengths - 1, np.arange(len(lengths))].mean()


def _masked_inputs(rng: np.random.Generator) -> Iterator[Case]:
    for steps, lengths in ((6, (6, 3, 2)), (4, (1, 4)), (5, (2, 2, 5))):
        losses = rng.gamma(2.0, 1.0, size=(steps, len(lengths)))
        yield losses, np.array(lengths)


MASKED = FunctionExercise(
    "entrainer-3",
    "Réparer une perte qui compte le remplissage",
    "code",
    2,
    reference=masked_mean,
    inputs=_masked_inputs,
    mistakes=(
        Mistake(
            "tout-compter",
            "Vous moyennez tout, remplissage compris : `lengths` ne sert pas.",
            mean_of_everything,
        ),
        Mistake(
            "mauvais-diviseur",
            "Vous annulez le remplissage, mais vous divisez encore par tous les pas.",
            mean_over_all_steps,
        ),
        Mistake(
            "par-sequence",
            "Vous moyennez par séquence, puis entre séquences : un pas d'une séquence courte compte plus.",
            mean_of_sequences,
        ),
        Mistake(
            "un-pas-de-trop",
            "Votre masque garde un pas de trop : les vrais pas vont de 0 à longueur − 1.",
            mean_one_step_more,
        ),
        Mistake(
            "dernier-pas",
            "Vous ne gardez que le dernier vrai pas : on les demande tous.",
            mean_of_last_steps,
        ),
    ),
)


# --- entrainer-4 : qui influence qui ? -----------------------------------------------------------------

Model = Callable[[np.ndarray], np.ndarray]


def influences(f: Model, x: np.ndarray) -> np.ndarray:
    before, batch = f(x), x.shape[1]
    result = np.zeros((batch, batch), dtype=bool)
    for j in range(batch):
        moved = x.copy()
        moved[:, j] += 1.0
        result[:, j] = np.abs(f(moved) - before).max(axis=1) > 1e-9
    return result


def influences_transposed(f, x):
    return influences(f, x).T


def influences_piling_up(f, x):
    before, batch = f(x), x.shape[1]
    moved = x.copy()
    result = np.zeros((batch, batch), dtype=bool)
    for j in range(batch):
        moved[:, j] += 1.0
        result[:, j] = np.abs(f(moved) - before).max(axis=1) > 1e-9
    return result


def influences_wrong_axis(f, x):
    before, batch = f(x), x.shape[1]
    result = np.zeros((batch, batch), dtype=bool)
    for j in range(min(batch, len(x))):
        moved = x.copy()
        moved[j] += 1.0
        result[:, j] = np.abs(f(moved) - before).max(axis=1) > 1e-9
    return result


def influences_first_output(f, x):
    before, batch = f(x), x.shape[1]
    result = np.zeros((batch, batch), dtype=bool)
    for j in range(batch):
        moved = x.copy()
        moved[:, j] += 1.0
        result[:, j] = np.abs(f(moved) - before)[:, 0] > 1e-9
    return result


def influences_sizes(f, x):
    before, batch = f(x), x.shape[1]
    result = np.zeros((batch, batch))
    for j in range(batch):
        moved = x.copy()
        moved[:, j] += 1.0
        result[:, j] = np.abs(f(moved) - before).max(axis=1)
    return result


def _influence_inputs(rng: np.random.Generator) -> Iterator[Case]:
    for steps, batch, links in ((4, 3, ((0, 2),)), (3, 3, ()), (4, 4, ((1, 0), (3, 1)))):
        mixing = np.eye(batch)
        for i, j in links:
            mixing[i, j] = 0.5
        weights = rng.normal(size=(2, 3))
        weights[:, 0] = 0.0  # la première sortie est constante : regarder elle seule ne suffit pas

        def model(x: np.ndarray, mixing: np.ndarray = mixing, weights: np.ndarray = weights) -> Any:
            return np.tanh(mixing @ x.mean(axis=0)) @ weights

        yield model, rng.normal(size=(steps, batch, 2))


INFLUENCES = FunctionExercise(
    "entrainer-4",
    "Qui influence qui ?",
    "code",
    3,
    reference=influences,
    inputs=_influence_inputs,
    success="La matrice identité est le signe d'un modèle qui ne mélange pas ses exemples.",
    mistakes=(
        Mistake(
            "transposee",
            "Lignes et colonnes sont échangées : la ligne est la sortie qui change, la colonne l'exemple "
            "bougé.",
            influences_transposed,
        ),
        Mistake(
            "deplacements-cumules",
            "Vos déplacements s'ajoutent : l'exemple 0 reste déplacé quand vous bougez le suivant.",
            influences_piling_up,
        ),
        Mistake(
            "mauvais-axe",
            "Vous bougez un pas de temps de tous les exemples : le lot est le deuxième axe.",
            influences_wrong_axis,
        ),
        Mistake(
            "premiere-sortie",
            "Vous ne regardez que la première composante de la sortie : n'importe laquelle peut changer.",
            influences_first_output,
        ),
        Mistake(
            "tailles",
            "Vous renvoyez la taille des changements : on demande vrai ou faux.",
            influences_sizes,
        ),
    ),
)


# --- entrainer-5 : choisir un pas d'apprentissage ------------------------------------------------------


def propose_rate(rates: np.ndarray, losses: np.ndarray) -> float:
    smoothed = np.convolve(losses, np.ones(5) / 5, mode="valid")
    return float(rates[np.argmin(smoothed) + 2] / 3)


def rate_raw_minimum(rates, losses):
    return float(rates[np.argmin(losses)] / 3)


def rate_start_of_window(rates, losses):
    return float(rates[np.argmin(np.convolve(losses, np.ones(5) / 5, mode="valid"))] / 3)


def rate_end_of_window(rates, losses):
    return float(rates[np.argmin(np.convolve(losses, np.ones(5) / 5, mode="valid")) + 4] / 3)


def rate_not_divided(rates, losses):
    return 3 * propose_rate(rates, losses)


def rate_borders(rates, losses):
    return float(rates[np.argmin(np.convolve(losses, np.ones(5) / 5, mode="same"))] / 3)


def _rate_inputs(rng: np.random.Generator) -> Iterator[Case]:
    for count in (60, 40, 80):
        rates = np.geomspace(1e-5, 1.0, count)
        clean = 1.2 + 0.8 / (1 + (rates / 3e-3) ** 2) + (rates / 0.1) ** 2
        losses = clean + rng.normal(scale=0.03, size=count)
        losses[count // 5] = 0.5  # un point chanceux, loin du creux
        yield rates, losses


RATE = FunctionExercise(
    "entrainer-5",
    "Choisir un pas d'apprentissage",
    "experience",
    2,
    reference=propose_rate,
    inputs=_rate_inputs,
    mistakes=(
        Mistake(
            "sans-lissage",
            "Vous prenez le point le plus bas de la courbe brute : un lot chanceux suffit à vous tromper.",
            rate_raw_minimum,
        ),
        Mistake(
            "debut-de-fenetre",
            "Votre pas est celui du début de la fenêtre : prenez son milieu, deux points plus loin.",
            rate_start_of_window,
        ),
        Mistake(
            "fin-de-fenetre",
            "Votre pas est celui de la fin de la fenêtre : prenez son milieu.",
            rate_end_of_window,
        ),
        Mistake("sans-tiers", "C'est le pas du creux : il reste à le diviser par 3.", rate_not_divided),
        Mistake(
            "bords",
            "Aux bords, votre moyenne compte des zéros hors de la courbe : gardez les fenêtres entières.",
            rate_borders,
        ),
    ),
)


EXERCISES = (NUMBERS, PERPLEXITY, MASKED, INFLUENCES, RATE)
