"""Mesurer un classement ou une prévision, avec un intervalle. Chapitres 7 et 15."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from rnnbook.validation import check_interval, check_size


class Interval(NamedTuple):
    """Une estimation et l'intervalle qui l'entoure."""

    value: float
    low: float
    high: float


def confusion(labels: ArrayLike, predictions: ArrayLike, classes: int) -> np.ndarray:
    """Compte les couples (vraie classe, classe prédite), forme (classes, classes).

    La ligne i dit ce qu'est devenue la vraie classe i. Lève `ValueError` si `labels` et `predictions`, (n,),
    n'ont pas la même forme ou sortent de 0 à `classes` - 1.
    """
    truth, guess = np.asarray(labels), np.asarray(predictions)
    if truth.ndim != 1 or truth.shape != guess.shape or len(truth) == 0:
        raise ValueError(
            f"labels, predictions : formes {truth.shape} et {guess.shape} reçues, deux fois (n,) attendues"
        )
    for name, values in (("labels", truth), ("predictions", guess)):
        if values.min() < 0 or values.max() >= classes:
            raise ValueError(
                f"{name} : valeurs de {values.min()} à {values.max()}, de 0 à {classes - 1} attendues"
            )
    table = np.zeros((classes, classes), dtype=int)
    np.add.at(table, (truth, guess), 1)
    return table


def macro_accuracy(labels: ArrayLike, predictions: ArrayLike) -> float:
    """Donne la moyenne, sur les classes présentes, de la part de chaque classe bien reconnue.

    Chaque langue y pèse autant : répondre toujours la plus fréquente de 18 ne donne que 1/18.
    """
    truth, guess = np.asarray(labels), np.asarray(predictions)
    table = confusion(truth, guess, int(max(truth.max(), guess.max())) + 1)
    present = table.sum(axis=1) > 0
    return float(np.mean(np.diag(table)[present] / table.sum(axis=1)[present]))


def macro_bootstrap(
    values: ArrayLike,
    labels: ArrayLike,
    clusters: ArrayLike | None = None,
    *,
    draws: int = 2000,
    level: float = 0.95,
    seed: int = 0,
) -> Interval:
    """Entoure une moyenne macro d'un intervalle par bootstrap, tiré à l'intérieur de chaque classe.

    Args:
        values: (n,) ; 1 ou 0 selon que l'exemple est reconnu, ou la différence de deux modèles.
        labels: (n,), classe de chaque exemple.
        clusters: (n,), ce qui est tiré ensemble : un nom vu dans plusieurs découpages, les formes d'un nom.
            Un groupe n'a qu'une classe. Par défaut, chaque exemple est seul.
        draws: nombre de tirages avec remise.

    Source : Efron et Tibshirani, An Introduction to the Bootstrap (1993), chapitre 13 (percentiles).
    """
    check_size("draws", draws)
    check_interval("level", level, 0, 1)
    values, labels = np.asarray(values, dtype=float), np.asarray(labels)
    _, group = np.unique(
        np.arange(len(values)) if clusters is None else np.asarray(clusters), return_inverse=True
    )
    if not values.shape == labels.shape == group.shape or values.ndim != 1 or len(values) == 0:
        raise ValueError(
            f"values, labels, clusters : formes {values.shape}, {labels.shape} et {group.shape} reçues, "
            "trois fois (n,) attendues"
        )
    totals, sizes = np.bincount(group, values), np.bincount(group)
    owner = np.zeros(len(sizes), dtype=labels.dtype)
    owner[group] = labels
    if (owner[group] != labels).any():
        raise ValueError("clusters : un groupe a deux classes ; une seule attendue")
    rng = np.random.default_rng(seed)
    center, spread = [], []
    for label in np.unique(labels):
        mine = np.flatnonzero(owner == label)
        center.append(totals[mine].sum() / sizes[mine].sum())
        # Une loi multinomiale dit combien de fois chaque groupe est tiré.
        times = rng.multinomial(len(mine), np.full(len(mine), 1 / len(mine)), size=draws)
        spread.append(times @ totals[mine] / (times @ sizes[mine]))
    return _interval(float(np.mean(center)), np.mean(spread, axis=0), level)


def block_bootstrap(
    values: ArrayLike, block: int, *, draws: int = 2000, level: float = 0.95, seed: int = 0
) -> Interval:
    """Entoure la moyenne d'une série d'un intervalle, par bootstrap de blocs mobiles.

    Tirer des blocs de `block` valeurs qui se suivent garde leur dépendance, que tirer une à une perdrait.

    Args:
        values: (temps,), par exemple la différence quotidienne de deux erreurs.
        block: longueur d'un bloc, de 1 (bootstrap ordinaire) à la longueur de la série.

    Source : Künsch, The Annals of Statistics 17 (1989), doi:10.1214/aos/1176347265.
    """
    check_size("draws", draws)
    check_interval("level", level, 0, 1)
    values = np.asarray(values, dtype=float)
    if values.ndim != 1 or not 1 <= check_size("block", block) <= len(values):
        raise ValueError(
            f"block : {block} reçu pour une série de forme {values.shape}, de 1 à sa longueur attendu"
        )
    rng = np.random.default_rng(seed)
    count = -(-len(values) // block)
    starts = rng.integers(0, len(values) - block + 1, size=(draws, count, 1))
    chosen = (starts + np.arange(block)).reshape(draws, -1)[:, : len(values)]
    return _interval(float(values.mean()), values[chosen].mean(axis=1), level)


def _interval(value: float, spread: np.ndarray, level: float) -> Interval:
    low, high = np.quantile(spread, [(1 - level) / 2, (1 + level) / 2])
    return Interval(value, float(low), float(high))
