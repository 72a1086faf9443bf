"""Exercices du chapitre 16, « Générer du texte »."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from rnnbook.data.places import PLACE_ALPHABET, encode_place
from rnnbook.exercises._model import Case, FunctionExercise, Mistake, ValueExercise

# --- generation-1 : compter à la main -------------------------------------------------------------------


def counted_by_hand() -> dict[str, Any]:
    tokens = tuple(encode_place("eu"))
    return {
        "entrees de eu": (0, *tokens),
        "cibles de eu": (*tokens, 0),
        "signes a predire": len("eu") + len("brest") + 2,
        "perplexite uniforme": len(PLACE_ALPHABET) + 1,
        "perplexite de 1/2 et 1/8": 4.0,
    }


BY_HAND = ValueExercise(
    "generation-1",
    "Entrées, cibles et perplexité à la main",
    "main",
    1,
    value=counted_by_hand,
    mistakes=(
        Mistake(
            "bord-a-la-fin",
            "Le bord se lit au début, pour prédire le premier signe, et non à la fin.",
            {"entrees de eu": (5, 21, 0)},
        ),
        Mistake(
            "sans-fin",
            "Il manque la fin parmi les cibles : le modèle doit apprendre à s'arrêter.",
            {"cibles de eu": (5, 21)},
        ),
        Mistake(
            "bord-predit-au-debut",
            "Le bord du début est lu, jamais prédit : les cibles commencent par le premier signe.",
            {"cibles de eu": (0, 5, 21)},
        ),
        Mistake(
            "lettres-seules",
            "Vous ne comptez que les lettres : chaque nom a aussi une fin à prédire.",
            {"signes a predire": 7},
        ),
        Mistake(
            "sans-bord",
            "La fin est un jeton de plus que les 43 signes.",
            {"perplexite uniforme": 43},
        ),
        Mistake(
            "moyenne-des-exponentielles",
            "Vous faites la moyenne de 2 et de 8 : c'est la perte qui se moyenne, avant l'exponentielle.",
            {"perplexite de 1/2 et 1/8": 5.0},
        ),
    ),
)


# --- generation-2 : décaler d'un pas --------------------------------------------------------------------


def shift(names: list[list[int]]) -> tuple[np.ndarray, np.ndarray]:
    longest = max(len(name) for name in names)
    inputs = np.zeros((longest + 1, len(names)), dtype=int)
    targets = np.full((longest + 1, len(names)), -100)
    for column, name in enumerate(names):
        inputs[1 : len(name) + 1, column] = name
        targets[: len(name) + 1, column] = [*name, 0]
    return inputs, targets


def shift_same(names):
    inputs, targets = shift(names)
    return inputs, np.where(targets == -100, -100, inputs)


def shift_counted_padding(names):
    inputs, targets = shift(names)
    return inputs, np.where(targets == -100, 0, targets)


def shift_without_end(names):
    inputs, targets = shift(names)
    for column, name in enumerate(names):
        targets[len(name), column] = -100
    return inputs, targets


def shift_batch_first(names):
    inputs, targets = shift(names)
    return inputs.T, targets.T


def shift_swapped(names):
    return shift(names)[::-1]


def _token_lists(rng: np.random.Generator) -> Iterator[Case]:
    for lengths in ((3, 6, 2, 4), (5,), (2, 2)):
        yield ([rng.integers(1, 44, size=length).tolist() for length in lengths],)


SHIFT = FunctionExercise(
    "generation-2",
    "Décaler d'un pas",
    "code",
    1,
    reference=shift,
    inputs=_token_lists,
    outputs=("inputs", "targets"),
    mistakes=(
        Mistake(
            "memes",
            "Vos cibles sont égales aux entrées : le réseau n'aurait qu'à recopier ce qu'il lit.",
            shift_same,
        ),
        Mistake(
            "remplissage-compte",
            "Après la fin, vos cibles valent 0 : le réseau serait jugé sur le remplissage. Mettez -100.",
            shift_counted_padding,
        ),
        Mistake(
            "sans-fin",
            "La fin du nom n'est pas parmi les cibles : le modèle ne saurait pas s'arrêter.",
            shift_without_end,
        ),
        Mistake("lot-devant", "Vous rangez (lot, temps) : ce livre met le temps devant.", shift_batch_first),
        Mistake("echangees", "Vous renvoyez les cibles avant les entrées.", shift_swapped),
    ),
)


# --- generation-3 : la température ----------------------------------------------------------------------


def heat(scores: np.ndarray, temperature: float) -> np.ndarray:
    shifted = (scores - scores.max()) / temperature
    weights = np.exp(shifted)
    law: np.ndarray = weights / weights.sum()
    return law


def heat_multiplied(scores, temperature):
    return heat(scores, 1 / temperature)


def heat_after(scores, temperature):
    return heat(scores, 1.0) / temperature


def heat_ignored(scores, temperature):
    return heat(scores, 1.0)


def heat_power(scores, temperature):
    return heat(scores, 1.0) ** (1 / temperature)


def heat_logarithm(scores, temperature):
    with np.errstate(divide="ignore"):
        return np.log(heat(scores, temperature))


def _scores(rng: np.random.Generator) -> Iterator[Case]:
    yield rng.normal(size=6), 0.5
    yield 2 * rng.normal(size=44), 1.5
    yield 1000 * np.array([1.0, 0.999, 0.5]), 0.1


HEAT = FunctionExercise(
    "generation-3",
    "La température, sans déborder",
    "code",
    2,
    reference=heat,
    inputs=_scores,
    mistakes=(
        Mistake(
            "multiplie",
            "Vous multipliez les scores par la température : elle les divise. Froid veut dire sûr de soi.",
            heat_multiplied,
        ),
        Mistake(
            "apres",
            "Vous divisez les probabilités : la somme n'est plus 1. La température divise les scores.",
            heat_after,
        ),
        Mistake("ignoree", "Votre loi ne dépend pas de la température.", heat_ignored),
        Mistake(
            "puissance-seule",
            "Élever à la puissance 1/τ convient, mais il reste à ramener la somme à 1.",
            heat_power,
        ),
        Mistake("logarithme", "On demande des probabilités, pas leurs logarithmes.", heat_logarithm),
    ),
)


# --- generation-4 : la perplexité -----------------------------------------------------------------------


def perplexity(log_probabilities: list[np.ndarray]) -> float:
    return float(np.exp(-np.concatenate(log_probabilities).mean()))


def perplexity_of_exponentials(log_probabilities):
    return float(np.exp(-np.concatenate(log_probabilities)).mean())


def perplexity_by_name(log_probabilities):
    return float(np.mean([np.exp(-row.mean()) for row in log_probabilities]))


def perplexity_of_name_means(log_probabilities):
    return float(np.exp(-np.mean([row.mean() for row in log_probabilities])))


def perplexity_base_two(log_probabilities):
    return float(2 ** -np.concatenate(log_probabilities).mean())


def perplexity_of_sums(log_probabilities):
    return float(np.exp(-np.mean([row.sum() for row in log_probabilities])))


def perplexity_loss(log_probabilities):
    return float(-np.concatenate(log_probabilities).mean())


def perplexity_upside_down(log_probabilities):
    return float(np.exp(np.concatenate(log_probabilities).mean()))


def _losses(rng: np.random.Generator) -> Iterator[Case]:
    for lengths in ((3, 9, 2), (6, 1), (4, 12, 5, 7)):
        yield ([-rng.exponential(1.5, size=length) for length in lengths],)


PERPLEXITY = FunctionExercise(
    "generation-4",
    "La perplexité d'une liste de noms",
    "code",
    3,
    reference=perplexity,
    inputs=_losses,
    mistakes=(
        Mistake(
            "moyenne-des-exponentielles",
            "Vous faites la moyenne des exponentielles : moyennez les pertes d'abord.",
            perplexity_of_exponentials,
        ),
        Mistake(
            "moyenne-des-perplexites",
            "Vous faites la moyenne des perplexités des noms : là aussi, l'exponentielle vient trop tôt.",
            perplexity_by_name,
        ),
        Mistake(
            "moyenne-des-noms",
            "Chaque nom pèse autant dans votre moyenne : ce sont les signes qui doivent peser autant.",
            perplexity_of_name_means,
        ),
        Mistake(
            "base-deux",
            "Les log-probabilités sont en nats : la base est e, pas 2.",
            perplexity_base_two,
        ),
        Mistake(
            "par-nom",
            "Vous divisez par le nombre de noms : la perte est par signe.",
            perplexity_of_sums,
        ),
        Mistake("perte", "C'est la perte moyenne ; il manque l'exponentielle.", perplexity_loss),
        Mistake("signe", "Le signe est inversé : une perplexité est d'au moins 1.", perplexity_upside_down),
    ),
)


# --- generation-5 : nouveau ou récité -------------------------------------------------------------------


def shares(drawn: list[str], training: list[str], heldout: list[str]) -> tuple[float, float, float]:
    learned, unseen = set(training), set(heldout)
    known = sum(name in learned for name in drawn) / len(drawn)
    real = sum(name in unseen for name in drawn) / len(drawn)
    return known, real, 1 - known - real


def shares_of_distinct(drawn, training, heldout):
    return shares(sorted(set(drawn)), training, heldout)


def shares_of_training(drawn, training, heldout):
    known = len(set(drawn) & set(training)) / len(training)
    real = len(set(drawn) & set(heldout)) / len(heldout)
    return known, real, 1 - known - real


def shares_real_as_new(drawn, training, heldout):
    known, real, new = shares(drawn, training, heldout)
    return known, real, new + real


def shares_counts(drawn, training, heldout):
    return tuple(share * len(drawn) for share in shares(drawn, training, heldout))


def shares_swapped(drawn, training, heldout):
    known, real, new = shares(drawn, training, heldout)
    return real, known, new


def _drawn_names(rng: np.random.Generator) -> Iterator[Case]:
    known = ["brest", "nantes", "lyon", "lille"]
    unseen = ["nice", "metz"]
    for size in (10, 7, 16):
        pool = [*known, *unseen, "macourt", "villard-les-eaux"]
        yield [pool[i] for i in rng.integers(0, len(pool), size=size)] + ["lyon"] * 2, known, unseen


SHARES = FunctionExercise(
    "generation-5",
    "Nouveau, réel ou récité",
    "experience",
    2,
    reference=shares,
    inputs=_drawn_names,
    outputs=("appris", "réels", "nouveaux"),
    mistakes=(
        Mistake(
            "distincts",
            "Vous comptez chaque nom une seule fois : un nom tiré deux fois compte deux fois.",
            shares_of_distinct,
        ),
        Mistake(
            "parts-des-listes",
            "Vous donnez la part des listes qui a été tirée : on demande des parts des noms tirés.",
            shares_of_training,
        ),
        Mistake(
            "reels-nouveaux",
            "Un nom réel n'est pas nouveau : les trois parts somment à 1.",
            shares_real_as_new,
        ),
        Mistake("comptes", "On demande des parts, entre 0 et 1, pas des nombres de noms.", shares_counts),
        Mistake("echangees", "Vous avez échangé les noms appris et les noms réels.", shares_swapped),
    ),
)


EXERCISES = (BY_HAND, SHIFT, HEAT, PERPLEXITY, SHARES)
