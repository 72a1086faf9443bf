"""Exercices du chapitre 7, « La langue d'un nom »."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import Any

import numpy as np

from rnnbook.data import encode, normalise
from rnnbook.exercises._model import Case, FunctionExercise, Mistake, ValueExercise

# --- noms-1 : normaliser et coder à la main -------------------------------------------------------------


def written_by_hand() -> dict[str, Any]:
    answers: dict[str, Any] = {name: normalise(name) for name in ("Dvořáková", "O’NEILL", "Groß-Löwe")}
    answers["jetons de ab-z"] = tuple(encode("ab-z").tolist())
    return answers


BY_HAND = ValueExercise(
    "noms-1",
    "Normaliser et coder à la main",
    "main",
    1,
    value=written_by_hand,
    mistakes=(
        Mistake(
            "accents",
            "Il reste un accent ou une majuscule dans « Dvořáková ».",
            {"Dvořáková": "dvořáková"},
        ),
        Mistake(
            "apostrophe-otee",
            "L'apostrophe fait partie de l'alphabet : elle se garde, droite.",
            {"O’NEILL": "oneill"},
        ),
        Mistake(
            "apostrophe-courbe",
            "L'apostrophe de l'alphabet est droite : la courbe n'a pas de jeton.",
            {"O’NEILL": "o’neill"},
        ),
        Mistake("un-s", "« ß » se développe en deux lettres.", {"Groß-Löwe": "gros-lowe"}),
        Mistake(
            "oe",
            "Normaliser ôte le tréma ; l'usage allemand, qui écrit « oe », n'est pas suivi ici.",
            {"Groß-Löwe": "gross-loewe"},
        ),
        Mistake("trait-ote", "Le trait d'union se garde.", {"Groß-Löwe": "gross lowe"}),
        Mistake(
            "depuis-zero",
            "Le zéro est réservé au remplissage : le jeton de « a » est 1.",
            {"jetons de ab-z": (0, 1, 28, 25)},
        ),
        Mistake(
            "trait-27",
            "Après « z » viennent l'espace, puis l'apostrophe, puis le trait d'union.",
            {"jetons de ab-z": (1, 2, 27, 26)},
        ),
    ),
)


# --- noms-2 : remplir un lot ----------------------------------------------------------------------------


def collate(names: list[list[int]]) -> tuple[np.ndarray, np.ndarray]:
    lengths = np.array([len(name) for name in names])
    tokens = np.zeros((lengths.max(), len(names)), dtype=int)
    for column, name in enumerate(names):
        tokens[: len(name), column] = name
    return tokens, lengths


def collate_batch_first(names):
    tokens, lengths = collate(names)
    return tokens.T, lengths


def collate_before(names):
    tokens, lengths = collate(names)
    return np.stack([np.roll(c, len(c) - n) for c, n in zip(tokens.T, lengths, strict=True)], axis=1), lengths


def collate_cut(names):
    shortest = min(len(name) for name in names)
    return collate([name[:shortest] for name in names])


def collate_full_lengths(names):
    tokens, lengths = collate(names)
    return tokens, np.full_like(lengths, len(tokens))


def collate_sorted(names):
    return collate(sorted(names, key=len, reverse=True))


def collate_tokens_only(names):
    return collate(names)[0]


def _batches_of_names(rng: np.random.Generator) -> Iterator[Case]:
    for lengths in ((3, 6, 2, 4), (5,), (1, 2)):
        yield ([rng.integers(1, 30, size=length).tolist() for length in lengths],)


COLLATE = FunctionExercise(
    "noms-2",
    "Remplir un lot",
    "code",
    1,
    reference=collate,
    inputs=_batches_of_names,
    outputs=("tokens", "lengths"),
    mistakes=(
        Mistake(
            "lot-devant",
            "Les valeurs sont bonnes, mais rangées (lot, temps) : ce livre met le temps devant.",
            collate_batch_first,
        ),
        Mistake(
            "zeros-devant",
            "Votre remplissage précède les noms : il doit les suivre, sinon le réseau commence par lire des "
            "zéros.",
            collate_before,
        ),
        Mistake(
            "coupe",
            "Vous coupez les noms à la longueur du plus court : la fin des autres est perdue.",
            collate_cut,
        ),
        Mistake(
            "longueurs-du-lot",
            "`lengths` compte aussi le remplissage : donnez la longueur de chaque nom.",
            collate_full_lengths,
        ),
        Mistake(
            "tries",
            "Vous avez rangé les noms par longueur : on les demande dans l'ordre reçu.",
            collate_sorted,
        ),
        Mistake(
            "sans-longueurs",
            "`tokens` est juste ; il manque `lengths`. Renvoyez les deux.",
            collate_tokens_only,
        ),
    ),
)


# --- noms-3 : l'exactitude macro ------------------------------------------------------------------------


def macro(table: np.ndarray) -> float:
    totals = table.sum(axis=1)
    present = totals > 0
    return float(np.mean(np.diag(table)[present] / totals[present]))


def macro_micro(table):
    return float(np.trace(table) / table.sum())


def macro_columns(table):
    return macro(table.T)


def macro_absent_zero(table):
    return float(np.mean(np.diag(table) / np.maximum(table.sum(axis=1), 1)))


def macro_absent_one(table):
    totals = table.sum(axis=1)
    return float(np.mean(np.where(totals > 0, np.diag(table) / np.maximum(totals, 1), 1.0)))


def macro_percent(table):
    return 100 * macro(table)


def macro_per_class(table):
    totals = table.sum(axis=1)
    return np.diag(table)[totals > 0] / totals[totals > 0]


def _tables(rng: np.random.Generator) -> Iterator[Case]:
    yield (np.array([[8, 2, 0], [1, 3, 1], [0, 5, 30]]),)
    yield (np.array([[4, 1, 2], [0, 0, 0], [3, 2, 5]]),)
    yield (rng.integers(1, 20, size=(5, 5)),)


MACRO = FunctionExercise(
    "noms-3",
    "L'exactitude macro",
    "code",
    2,
    reference=macro,
    inputs=_tables,
    mistakes=(
        Mistake(
            "micro",
            "Vous divisez tous les bons par tous les noms : une classe fréquente y pèse plus. C'est "
            "l'exactitude ordinaire, dite micro.",
            macro_micro,
        ),
        Mistake(
            "colonnes",
            "Vous divisez par la somme des colonnes, ce que le modèle a dit. Les vraies classes sont les "
            "lignes.",
            macro_columns,
        ),
        Mistake(
            "absente-zero",
            "Une classe absente compte pour 0 dans votre moyenne : elle n'y a pas sa place.",
            macro_absent_zero,
        ),
        Mistake(
            "absente-un",
            "Une classe absente compte pour 1 dans votre moyenne : elle n'y a pas sa place.",
            macro_absent_one,
        ),
        Mistake("pour-cent", "On demande un nombre entre 0 et 1, pas un pourcentage.", macro_percent),
        Mistake("sans-moyenne", "Il reste à faire la moyenne des classes.", macro_per_class),
    ),
)


# --- noms-4 : un tirage équilibré -----------------------------------------------------------------------


def balanced_probabilities(labels: np.ndarray) -> np.ndarray:
    weights = 1 / np.bincount(labels)[labels]
    return weights / weights.sum()


def balanced_uniform(labels):
    return np.full(len(labels), 1 / len(labels))


def balanced_weights(labels):
    return 1 / np.bincount(labels)[labels]


def balanced_by_frequency(labels):
    counts = np.bincount(labels)[labels]
    return counts / counts.sum()


def balanced_square_root(labels):
    weights = np.bincount(labels)[labels] ** -0.5
    return weights / weights.sum()


def balanced_all_classes(labels):
    counts = np.bincount(labels)
    return 1 / (len(counts) * counts[labels])


def balanced_per_class(labels):
    counts = np.bincount(labels)
    weights = np.where(counts > 0, 1 / np.maximum(counts, 1), 0)
    return weights / weights.sum()


def _label_lists(rng: np.random.Generator) -> Iterator[Case]:
    yield (np.array([0, 0, 0, 1, 2, 2]),)
    yield (np.array([3, 0, 3, 3, 0, 3, 3]),)
    yield (rng.integers(0, 4, size=20),)


BALANCED = FunctionExercise(
    "noms-4",
    "Un tirage équilibré",
    "code",
    2,
    reference=balanced_probabilities,
    inputs=_label_lists,
    mistakes=(
        Mistake(
            "uniforme",
            "Tous les exemples ont la même probabilité : une classe fréquente est tirée plus souvent.",
            balanced_uniform,
        ),
        Mistake(
            "somme",
            "Vos poids sont dans les bonnes proportions, mais leur somme n'est pas 1.",
            balanced_weights,
        ),
        Mistake(
            "frequence",
            "Vous favorisez les classes fréquentes : c'est l'inverse de ce qu'on veut.",
            balanced_by_frequency,
        ),
        Mistake(
            "racine",
            "Avec une racine carrée, les classes fréquentes restent un peu plus souvent tirées.",
            balanced_square_root,
        ),
        Mistake(
            "classes-absentes",
            "Vous comptez aussi les classes absentes dans C : la somme n'est plus 1 quand il y en a.",
            balanced_all_classes,
        ),
        Mistake(
            "par-classe",
            "Vous donnez un nombre par classe : on en demande un par exemple.",
            balanced_per_class,
        ),
    ),
)


# --- noms-5 : l'entropie croisée, sans déborder ---------------------------------------------------------


def loss_of(scores: np.ndarray, labels: np.ndarray) -> float:
    return float(np.mean(-_log_softmax(scores)[np.arange(len(labels)), labels]))


def _log_softmax(scores: np.ndarray) -> np.ndarray:
    shifted = scores - scores.max(axis=1, keepdims=True)
    normalised: np.ndarray = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return normalised


def loss_softmax_twice(scores, labels):
    return loss_of(np.exp(_log_softmax(scores)), labels)


def loss_raw_scores(scores, labels):
    return float(np.mean(-scores[np.arange(len(labels)), labels]))


def loss_sum(scores, labels):
    return loss_of(scores, labels) * len(labels)


def loss_bits(scores, labels):
    return loss_of(scores, labels) / np.log(2)


def loss_without_log(scores, labels):
    return float(np.mean(-np.exp(_log_softmax(scores))[np.arange(len(labels)), labels]))


def loss_wrong_axis(scores, labels):
    return float(np.mean(-_log_softmax(scores.T).T[np.arange(len(labels)), labels]))


def loss_per_example(scores, labels):
    return -_log_softmax(scores)[np.arange(len(labels)), labels]


def loss_negative(scores, labels):
    return -loss_of(scores, labels)


def _scores(rng: np.random.Generator) -> Iterator[Case]:
    for size, classes, scale in ((4, 3, 1.0), (3, 3, 2.0), (5, 6, 2000.0)):
        yield scale * rng.normal(size=(size, classes)), rng.integers(0, classes, size=size)


LOSS = FunctionExercise(
    "noms-5",
    "L'entropie croisée, sans déborder",
    "code",
    3,
    reference=loss_of,
    inputs=_scores,
    mistakes=(
        Mistake(
            "softmax-deux-fois",
            "Vous appliquez softmax deux fois : la seconde écrase des nombres déjà entre 0 et 1.",
            loss_softmax_twice,
        ),
        Mistake(
            "scores-bruts",
            "Il manque la normalisation : le score de la bonne classe, seul, n'est pas une log-probabilité.",
            loss_raw_scores,
        ),
        Mistake("somme", "Vous faites la somme du lot : on demande la moyenne.", loss_sum),
        Mistake("bits", "Votre perte est en bits : on la demande en nats.", loss_bits),
        Mistake("sans-log", "Vous renvoyez une probabilité : il manque le logarithme.", loss_without_log),
        Mistake(
            "axe",
            "Votre softmax normalise le long du lot : ce sont les classes d'un exemple qui somment à 1.",
            loss_wrong_axis,
        ),
        Mistake("par-exemple", "Il reste à faire la moyenne sur le lot.", loss_per_example),
        Mistake("signe", "Le signe est inversé : une perte est positive.", loss_negative),
    ),
)


# --- noms-6 : une fuite mesurée -------------------------------------------------------------------------


def leaked_share(training: list[Hashable], heldout: list[Hashable]) -> float:
    known = set(training)
    return sum(family in known for family in heldout) / len(heldout)


def leaked_of_training(training, heldout):
    return leaked_share(heldout, training)


def leaked_families(training, heldout):
    return len(set(training) & set(heldout)) / len(set(heldout))


def leaked_count(training, heldout):
    return sum(family in set(training) for family in heldout)


def clean_share(training, heldout):
    return 1 - leaked_share(training, heldout)


def leaked_over_all(training, heldout):
    return leaked_count(training, heldout) / (len(training) + len(heldout))


def _families(rng: np.random.Generator) -> Iterator[Case]:
    keys = [("novak", 3), ("ivanov", 15), ("berg", 4), ("kowal", 13), ("dubois", 8), ("roux", 8)]
    for sizes in ((7, 6), (3, 8), (12, 4)):
        yield tuple([keys[i] for i in rng.integers(0, len(keys), size=size)] for size in sizes)


LEAK = FunctionExercise(
    "noms-6",
    "Une fuite mesurée",
    "experience",
    2,
    reference=leaked_share,
    inputs=_families,
    mistakes=(
        Mistake(
            "a-l-envers",
            "Vous donnez la part des noms d'entraînement dont la famille est au test.",
            leaked_of_training,
        ),
        Mistake(
            "familles",
            "Vous comptez chaque famille une fois : on demande une part des noms.",
            leaked_families,
        ),
        Mistake("compte", "On demande une part, entre 0 et 1, pas un nombre de noms.", leaked_count),
        Mistake("complement", "Vous donnez la part des noms qui ne fuient pas.", clean_share),
        Mistake(
            "tous-les-noms",
            "Vous divisez par le nombre de noms des deux parties : divisez par ceux du test.",
            leaked_over_all,
        ),
    ),
)


# --- noms-7 : à une lettre près -------------------------------------------------------------------------


def near_twin(a: str, b: str) -> bool:
    short, long = sorted((a, b), key=len)
    if a == b or len(long) - len(short) > 1:
        return False
    start = 0
    while start < len(short) and short[start] == long[start]:
        start += 1
    return short[start + (len(short) == len(long)) :] == long[start + 1 :]


def twin_or_equal(a, b):
    return a == b or near_twin(a, b)


def twin_changed_only(a, b):
    return len(a) == len(b) and near_twin(a, b)


def twin_by_zip(a, b):
    return sum(x != y for x, y in zip(a, b, strict=False)) + abs(len(a) - len(b)) == 1


def twin_by_letters(a, b):
    return len(set(a) ^ set(b)) == 1


def twin_added_only(a, b):
    return len(a) != len(b) and near_twin(a, b)


def _pairs(rng: np.random.Generator) -> Iterator[Case]:
    yield from (
        ("novak", "novak"), ("novak", "nowak"), ("aarts", "arts"), ("martin", "martins"), ("marin", "martin"),
        ("kopp", "kopf"), ("dubois", "dubosi"), ("berg", "bergen"), ("li", "le"), ("rossi", "russo"),
        ("ana", "anna"), ("abba", "baab"), ("o", "on"), ("meier", "maier"), ("a", "bc"),
    )  # fmt: skip


TWIN = FunctionExercise(
    "noms-7",
    "À une lettre près",
    "code",
    3,
    reference=near_twin,
    inputs=_pairs,
    mistakes=(
        Mistake("egaux", "Deux noms égaux ne sont pas à une lettre près.", twin_or_equal),
        Mistake(
            "changee-seulement",
            "Vous ne voyez que les lettres changées : pensez aux lettres ôtées ou ajoutées.",
            twin_changed_only,
        ),
        Mistake(
            "zip",
            "Une lettre ajoutée au milieu décale les suivantes : comparer rang à rang ne suffit pas.",
            twin_by_zip,
        ),
        Mistake(
            "ensembles",
            "Vous comparez des ensembles de lettres : l'ordre et les répétitions s'y perdent.",
            twin_by_letters,
        ),
        Mistake(
            "ajoutee-seulement",
            "Vous ne voyez que les lettres ôtées ou ajoutées : une lettre peut aussi être changée.",
            twin_added_only,
        ),
    ),
)


EXERCISES = (BY_HAND, COLLATE, MACRO, BALANCED, LOSS, LEAK, TWIN)
