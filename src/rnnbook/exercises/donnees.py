"""Exercices du chapitre 1, « Données séquentielles ».

Formes : `x` et `series` (temps,) ; `sequences`, une liste de tableaux (longueur, traits) ; `values` (temps,
lot, traits) ; `mask` (temps, lot).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from rnnbook.exercises._model import Case, FunctionExercise, Mistake, ValueExercise

# --- donnees-1 : prévoir des formes --------------------------------------------------------------------


def shapes() -> dict[str, Any]:
    hours, cities, phones, measures = 72, 10, 4, 200
    letters, names, width, images, side = 12, 32, 16, 25, 64
    return {
        "temperatures": (hours, cities, 1),
        "capteurs": (phones, measures, 6),
        "numeros": (letters, names),
        "plongements": (letters, names, width),
        "masque": (letters, names),
        "video": (images, 2, side * side * 3),
    }


SHAPES = ValueExercise(
    "donnees-1",
    "Prévoir des formes",
    "main",
    1,
    value=shapes,
    mistakes=(
        Mistake(
            "deux-axes",
            "Une série univariée garde un troisième axe, de taille 1 : sans lui, le lot serait lu comme une "
            "seule séquence.",
            {"temperatures": (72, 10)},
        ),
        Mistake(
            "lot-devant",
            "Pour les températures, le temps vient en premier : l'énoncé ne dit pas `batch_first=True`.",
            {"temperatures": (10, 72, 1)},
        ),
        Mistake(
            "villes-en-traits",
            "Chaque ville est une séquence du lot : les dix températures d'une heure ne sont pas les traits "
            "d'une même séquence.",
            {"temperatures": (72, 1, 10)},
        ),
        Mistake(
            "temps-devant",
            "Pour les capteurs, l'énoncé demande `batch_first=True` : le lot passe devant.",
            {"capteurs": (200, 4, 6)},
        ),
        Mistake(
            "plongement-sans-lot",
            "Le plongement change chaque numéro en vecteur : il ajoute un axe et n'en retire aucun.",
            {"plongements": (12, 16)},
        ),
        Mistake(
            "one-hot",
            "Un vecteur *one-hot* aurait 30 traits ; un plongement en a autant que de colonnes dans $E$.",
            {"plongements": (12, 32, 30)},
        ),
        Mistake(
            "masque-par-trait",
            "Le masque dit si une **lettre** est vraie : une valeur par pas et par nom, sans axe des traits.",
            {"masque": (12, 32, 16)},
        ),
        Mistake(
            "image-non-aplatie",
            "L'image est aplatie : ses trois axes n'en font plus qu'un, dont la taille est leur produit.",
            {"video": (25, 2, 64, 64, 3)},
        ),
    ),
)


# --- donnees-2 : la corrélation à k pas ----------------------------------------------------------------


def autocorrelation(x: np.ndarray, lag: int) -> float:
    centred = x - x.mean()
    return float(centred[lag:] @ centred[: len(x) - lag] / (centred @ centred))


def autocorrelation_not_centred(x, lag):
    return float(x[lag:] @ x[: len(x) - lag] / (x @ x))


def autocorrelation_of_means(x, lag):
    centred = x - x.mean()
    return float(np.mean(centred[lag:] * centred[: len(x) - lag]) / np.mean(centred**2))


def autocorrelation_circular(x, lag):
    centred = x - x.mean()
    return float(centred @ np.roll(centred, lag) / (centred @ centred))


def autocorrelation_two_halves(x, lag):
    return float(np.corrcoef(x[lag:], x[: len(x) - lag])[0, 1])


def autocorrelation_covariance(x, lag):
    centred = x - x.mean()
    return float(centred[lag:] @ centred[: len(x) - lag] / len(x))


def autocorrelation_negative_slice(x, lag):
    centred = x - x.mean()
    return float(centred[lag:] @ centred[:-lag] / (centred @ centred))


def autocorrelation_lag_zero(x, lag):
    centred = x - x.mean()
    return float(centred[lag:] @ centred[lag:] / (centred @ centred))


def _autocorrelation_inputs(rng: np.random.Generator) -> Iterator[Case]:
    for steps, lag in ((30, 1), (12, 4), (20, 0), (5, 3)):
        yield 2 + np.cumsum(rng.normal(size=steps)), lag


AUTOCORRELATION = FunctionExercise(
    "donnees-2",
    "La corrélation à plusieurs pas",
    "code",
    1,
    reference=autocorrelation,
    inputs=_autocorrelation_inputs,
    mistakes=(
        Mistake(
            "non-centree",
            "Il faut retrancher la moyenne : sinon une série positive paraît corrélée, même mélangée.",
            autocorrelation_not_centred,
        ),
        Mistake(
            "moyennes",
            "Vous divisez deux moyennes qui n'ont pas le même nombre de termes : l'équation divise deux "
            "sommes.",
            autocorrelation_of_means,
        ),
        Mistake(
            "circulaire",
            "`np.roll` ramène les derniers pas au début : la fin de la série n'est pas suivie de son début.",
            autocorrelation_circular,
        ),
        Mistake(
            "deux-moyennes",
            "`np.corrcoef` centre et réduit chaque morceau à part : l'équation n'a qu'une moyenne et qu'une "
            "variance, celles de toute la série.",
            autocorrelation_two_halves,
        ),
        Mistake(
            "covariance",
            "C'est une covariance : divisez par la somme des carrés, pour que la série ait avec "
            "elle-même une "
            "corrélation de 1.",
            autocorrelation_covariance,
        ),
        Mistake(
            "tranche-negative",
            "Juste, sauf pour `lag = 0` : `x[:-0]` est vide. Comptez la fin de la tranche depuis le début.",
            autocorrelation_negative_slice,
        ),
        Mistake(
            "sans-decalage",
            "Vos deux morceaux commencent au même pas : chaque valeur est comparée à elle-même.",
            autocorrelation_lag_zero,
        ),
    ),
)


# --- donnees-3 : un plongement à la main ---------------------------------------------------------------


def lookup() -> dict[str, Any]:
    table = np.array([[0.0, 0.0], [1.0, -1.0], [5.0, 2.0], [3.0, 0.0]])
    numbers, letters, width, vocabulary = [3, 2, 0], 6, 16, 26
    return {
        "onehot": np.eye(len(table))[numbers[0]].tolist(),
        "x": table[numbers].tolist(),
        "parametres": (vocabulary + 1) * width,
        "valeurs_onehot": letters * (vocabulary + 1),
        "valeurs_plongement": letters * width,
    }


LOOKUP = ValueExercise(
    "donnees-3",
    "Un plongement à la main",
    "main",
    1,
    value=lookup,
    mistakes=(
        Mistake(
            "compte-depuis-un",
            "Les lignes de $E$ se comptent depuis 0 : la ligne 0 est celle du remplissage.",
            {"onehot": [0, 0, 1, 0], "x": [[5, 2], [1, -1], [3, 0]]},
        ),
        Mistake(
            "sans-remplissage",
            "Le vecteur *one-hot* a $V + 1$ cases : le remplissage a la sienne, la première.",
            {"onehot": [0, 0, 1]},
        ),
        Mistake(
            "en-colonnes",
            "Chaque jeton est une ligne de $x$ : la forme est (temps, traits).",
            {"x": [[3, 5, 0], [0, 2, 0]]},
        ),
        Mistake(
            "remplissage-oublie",
            "Le troisième numéro, 0, a lui aussi un vecteur : celui de la ligne 0.",
            {"x": [[3, 0], [5, 2]]},
        ),
        Mistake(
            "parametres-sans-remplissage",
            "Il manque la ligne du remplissage dans votre compte de paramètres.",
            {"parametres": 26 * 16},
        ),
        Mistake(
            "un-seul-pas",
            "Vous comptez les valeurs d'une seule lettre : le nom en a six.",
            {"valeurs_onehot": 27, "valeurs_plongement": 16},
        ),
    ),
)


# --- donnees-4 : remplir et masquer --------------------------------------------------------------------


def pad_batch(sequences: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    steps, width = max(map(len, sequences)), sequences[0].shape[1]
    padded = np.zeros((steps, len(sequences), width))
    mask = np.zeros((steps, len(sequences)), dtype=bool)
    for i, sequence in enumerate(sequences):
        padded[: len(sequence), i] = sequence
        mask[: len(sequence), i] = True
    return padded, mask


def pad_batch_first(sequences):
    padded, mask = pad_batch(sequences)
    return padded.swapaxes(0, 1), mask.T


def pad_in_front(sequences):
    padded, mask = pad_batch([sequence[::-1] for sequence in sequences])
    return padded[::-1], mask[::-1]


def pad_mask_from_zeros(sequences):
    padded, _ = pad_batch(sequences)
    return padded, (padded != 0).any(axis=2)


def pad_mask_per_feature(sequences):
    padded, mask = pad_batch(sequences)
    return padded, np.repeat(mask[:, :, None], padded.shape[2], axis=2)


def pad_mask_inverted(sequences):
    padded, mask = pad_batch(sequences)
    return padded, ~mask


def pad_truncated(sequences):
    return pad_batch([sequence[: min(map(len, sequences))] for sequence in sequences])


def pad_repeating_last(sequences):
    padded, mask = pad_batch(sequences)
    for i, sequence in enumerate(sequences):
        padded[len(sequence) :, i] = sequence[-1]
    return padded, mask


def pad_off_by_one(sequences):
    padded, _ = pad_batch(sequences)
    lengths = np.array([len(sequence) for sequence in sequences])
    return padded, np.arange(len(padded))[:, None] <= lengths


def pad_alone(sequences):
    return pad_batch(sequences)[0]


def _pad_inputs(rng: np.random.Generator) -> Iterator[Case]:
    for lengths, width in (((3, 5, 2), 2), ((4,), 3), ((1, 6, 6, 2), 1)):
        sequences = [rng.normal(size=(length, width)) for length in lengths]
        sequences[-1][0] = 0.0  # un vrai pas peut valoir zéro
        yield (sequences,)


PAD = FunctionExercise(
    "donnees-4",
    "Remplir et masquer",
    "code",
    2,
    reference=pad_batch,
    inputs=_pad_inputs,
    outputs=("padded", "mask"),
    mistakes=(
        Mistake(
            "lot-devant", "Vos axes sont (lot, temps, …) : ici le temps vient en premier.", pad_batch_first
        ),
        Mistake(
            "devant",
            "Vous remplissez au début : les séquences ne commencent plus au pas 0. Ici les zéros vont à "
            "la fin.",
            pad_in_front,
        ),
        Mistake(
            "masque-par-les-zeros",
            "Vous cherchez les zéros pour trouver le remplissage : un vrai pas peut valoir zéro. Le "
            "masque se "
            "déduit des longueurs.",
            pad_mask_from_zeros,
        ),
        Mistake(
            "masque-par-trait",
            "Le masque a une valeur par pas et par séquence, sans axe des traits.",
            pad_mask_per_feature,
        ),
        Mistake(
            "masque-inverse",
            "Votre masque est inversé : vrai doit désigner les vrais pas, et non le remplissage.",
            pad_mask_inverted,
        ),
        Mistake(
            "tronquees",
            "Vous coupez toutes les séquences à la plus courte : on demande d'allonger, sans rien perdre.",
            pad_truncated,
        ),
        Mistake(
            "derniere-valeur",
            "Le masque est juste, mais vous répétez la dernière valeur : on demande de remplir par des "
            "zéros.",
            pad_repeating_last,
        ),
        Mistake(
            "un-pas-de-trop",
            "Votre masque garde un pas de trop : une séquence de longueur 3 occupe les pas 0, 1 et 2.",
            pad_off_by_one,
        ),
        Mistake(
            "sans-masque",
            "Il manque le masque : renvoyez `padded, mask`, dans cet ordre.",
            pad_alone,
        ),
    ),
)


# --- donnees-5 : la moyenne masquée --------------------------------------------------------------------


def masked_mean(values: np.ndarray, mask: np.ndarray) -> np.ndarray:
    kept = np.where(mask[:, :, None], values, 0.0)
    return kept.sum(axis=0) / mask.sum(axis=0)[:, None]


def masked_mean_over_all_steps(values, mask):
    return np.where(mask[:, :, None], values, 0.0).mean(axis=0)


def masked_mean_counting_padding(values, mask):
    return values.mean(axis=0)


def masked_mean_by_product(values, mask):
    return (values * mask[:, :, None]).sum(axis=0) / mask.sum(axis=0)[:, None]


def masked_mean_ignoring_nan(values, mask):
    return np.nanmean(values, axis=0)


def masked_mean_sum_only(values, mask):
    return np.where(mask[:, :, None], values, 0.0).sum(axis=0)


def masked_mean_over_batch(values, mask):
    kept = np.where(mask[:, :, None], values, 0.0)
    return kept.sum(axis=1) / mask.sum(axis=1)[:, None]


def masked_mean_one_count(values, mask):
    return np.where(mask[:, :, None], values, 0.0).sum(axis=0) / mask.sum()


def masked_mean_of_everything(values, mask):
    return values[mask].mean(axis=0)


def _masked_inputs(rng: np.random.Generator) -> Iterator[Case]:
    for lengths, width, filling in (((4, 2, 3), 2, 7.0), ((3, 1, 2), 3, -5.0), ((5, 1), 4, np.nan)):
        steps = max(lengths)
        mask = np.arange(steps)[:, None] < np.array(lengths)
        values = np.where(mask[:, :, None], rng.normal(size=(steps, len(lengths), width)), filling)
        yield values, mask


MASKED_MEAN = FunctionExercise(
    "donnees-5",
    "La moyenne masquée",
    "code",
    2,
    reference=masked_mean,
    inputs=_masked_inputs,
    mistakes=(
        Mistake(
            "divise-par-t",
            "Le remplissage n'entre plus dans la somme, mais vous divisez encore par tous les pas : "
            "divisez par "
            "le nombre de vrais pas de chaque séquence.",
            masked_mean_over_all_steps,
        ),
        Mistake(
            "sans-masque",
            "Votre moyenne compte le remplissage : le masque ne sert pas.",
            masked_mean_counting_padding,
        ),
        Mistake(
            "nan-fois-zero",
            "Juste, sauf quand le remplissage contient des NaN : `nan * 0` vaut NaN. Remplacez les cases à "
            "écarter au lieu de les multiplier.",
            masked_mean_by_product,
        ),
        Mistake(
            "nanmean",
            "`np.nanmean` n'écarte que les NaN : le remplissage peut contenir n'importe quel nombre. "
            "C'est le "
            "masque qui décide.",
            masked_mean_ignoring_nan,
        ),
        Mistake(
            "somme", "C'est une somme : il reste à diviser par le nombre de vrais pas.", masked_mean_sum_only
        ),
        Mistake(
            "moyenne-du-lot",
            "Vous faites la moyenne sur le lot, à chaque pas : on la demande sur le temps, pour chaque "
            "séquence.",
            masked_mean_over_batch,
        ),
        Mistake(
            "un-seul-compte",
            "Vous divisez par le nombre de vrais pas de tout le lot : chaque séquence a le sien.",
            masked_mean_one_count,
        ),
        Mistake(
            "tout-melange",
            "`values[mask]` met tous les pas du lot dans une seule liste : on veut une moyenne par séquence.",
            masked_mean_of_everything,
        ),
    ),
)


# --- donnees-6 : mélanger par blocs --------------------------------------------------------------------


def shuffle_blocks(series: np.ndarray, order: np.ndarray) -> np.ndarray:
    return series.reshape(len(order), -1)[order].reshape(-1)


def shuffle_inside(series, order):
    return series.reshape(-1, len(order))[:, order].reshape(-1)


def shuffle_transposed(series, order):
    return series.reshape(-1, len(order)).T[order].reshape(-1)


def shuffle_inverse(series, order):
    return shuffle_blocks(series, np.argsort(order))


def shuffle_kept_in_blocks(series, order):
    return series.reshape(len(order), -1)[order]


def shuffle_reversed_blocks(series, order):
    return series.reshape(len(order), -1)[order, ::-1].reshape(-1)


def shuffle_first_values(series, order):
    return series[order]


def _shuffle_inputs(rng: np.random.Generator) -> Iterator[Case]:
    for blocks, length in ((4, 3), (5, 5), (6, 1), (3, 7)):
        yield rng.normal(size=blocks * length), rng.permutation(blocks)


SHUFFLE = FunctionExercise(
    "donnees-6",
    "Mélanger par blocs",
    "experience",
    2,
    reference=shuffle_blocks,
    inputs=_shuffle_inputs,
    mistakes=(
        Mistake(
            "dans-les-blocs",
            "Vous mélangez à l'intérieur de morceaux qui restent en place : c'est l'inverse qu'on demande.",
            shuffle_inside,
        ),
        Mistake(
            "un-sur-k",
            "Vos blocs prennent un pas sur plusieurs : un bloc est fait de pas qui se suivent. Regardez quel "
            "axe du tableau défile le plus vite.",
            shuffle_transposed,
        ),
        Mistake(
            "ordre-inverse",
            "Vous appliquez la permutation inverse : le premier bloc rendu doit être le bloc `order[0]`.",
            shuffle_inverse,
        ),
        Mistake(
            "non-recolle",
            "Les blocs sont bien rangés ; il reste à les recoller en une seule série, de forme (temps,).",
            shuffle_kept_in_blocks,
        ),
        Mistake(
            "blocs-a-l-envers",
            "Chaque bloc est lu à l'envers : l'ordre à l'intérieur d'un bloc ne doit pas changer.",
            shuffle_reversed_blocks,
        ),
        Mistake(
            "valeurs",
            "`order` numérote des blocs, pas des pas : vous ne rendez qu'une valeur par bloc.",
            shuffle_first_values,
        ),
    ),
)


# --- donnees-7 : découper en fenêtres ------------------------------------------------------------------


def windows(series: np.ndarray, length: int) -> tuple[np.ndarray, np.ndarray]:
    starts = np.arange(len(series) - length)
    steps = np.arange(length)[:, None] + starts
    return series[steps][:, :, None], series[length:, None]


def windows_target_inside(series, length):
    inputs, _ = windows(series, length)
    return inputs, series[length - 1 : -1, None]


def windows_target_late(series, length):
    inputs, _ = windows(series, length)
    return inputs[:, :-1], series[length + 1 :, None]


def windows_batch_first(series, length):
    inputs, targets = windows(series, length)
    return inputs.swapaxes(0, 1), targets


def windows_two_axes(series, length):
    inputs, targets = windows(series, length)
    return inputs[:, :, 0], targets


def windows_flat_targets(series, length):
    inputs, targets = windows(series, length)
    return inputs, targets[:, 0]


def windows_reshaped(series, length):
    inputs, targets = windows(series, length)
    return inputs.swapaxes(0, 1).reshape(inputs.shape), targets


def windows_disjoint(series, length):
    inputs, targets = windows(series, length)
    return inputs[:, ::length], targets[::length]


def windows_last_missing(series, length):
    inputs, targets = windows(series, length)
    return inputs[:, :-1], targets[:-1]


def windows_reversed(series, length):
    inputs, targets = windows(series, length)
    return inputs[::-1], targets


def _window_inputs(rng: np.random.Generator) -> Iterator[Case]:
    for steps, length in ((9, 3), (8, 4), (12, 2)):
        yield rng.normal(size=steps), length


WINDOWS = FunctionExercise(
    "donnees-7",
    "Découper une série en fenêtres",
    "code",
    3,
    reference=windows,
    inputs=_window_inputs,
    outputs=("inputs", "targets"),
    success="Deux fenêtres voisines partagent presque tous leurs pas : ne les séparez pas au hasard entre "
    "apprentissage et test.",
    mistakes=(
        Mistake(
            "cible-dedans",
            "La cible est le dernier pas de la fenêtre : le réseau l'a déjà lue, il n'a plus qu'à la "
            "recopier.",
            windows_target_inside,
        ),
        Mistake(
            "cible-en-retard",
            "Vous sautez un pas entre la fenêtre et sa cible : la cible est le pas qui suit aussitôt.",
            windows_target_late,
        ),
        Mistake(
            "lot-devant",
            "Les valeurs sont bonnes, mais rangées (lot, temps, traits) : ici le temps vient en premier.",
            windows_batch_first,
        ),
        Mistake(
            "deux-axes",
            "`inputs` a perdu son axe des traits : une série univariée en garde un, de taille 1.",
            windows_two_axes,
        ),
        Mistake(
            "cibles-plates",
            "`inputs` est juste, mais `targets` n'a qu'un axe. Face à des prédictions (lot, 1), la diffusion "
            "ferait de leur écart une matrice (lot, lot).",
            windows_flat_targets,
        ),
        Mistake(
            "reshape",
            "La forme est bonne, mais les pas sont mêlés : `reshape` ne permute pas deux axes, il relit les "
            "nombres à la suite.",
            windows_reshaped,
        ),
        Mistake(
            "disjointes",
            "Vos fenêtres ne se recouvrent pas : il doit en commencer une à chaque pas.",
            windows_disjoint,
        ),
        Mistake(
            "derniere-perdue",
            "Il manque la dernière fenêtre : celle dont la cible est le dernier pas de la série.",
            windows_last_missing,
        ),
        Mistake(
            "a-l-envers",
            "Le temps va à reculons dans vos fenêtres : le pas 0 doit être le plus ancien.",
            windows_reversed,
        ),
    ),
)


EXERCISES = (SHAPES, AUTOCORRELATION, LOOKUP, PAD, MASKED_MEAN, SHUFFLE, WINDOWS)
