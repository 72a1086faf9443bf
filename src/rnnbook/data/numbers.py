"""Des nombres écrits en toutes lettres et en chiffres : de quoi apprendre à traduire. Chapitre 17.

`draw_numbers` tire des nombres dont l'écriture a un nombre de mots donné ; `number_words` donne leurs mots ;
`number_tensors` en fait des jetons. `read_number` est la référence sans réseau : une petite grammaire.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
import torch
from num2words import num2words
from torch import Tensor

from rnnbook.validation import check_size

_UNITS = "un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize"
_OTHERS = "vingt vingts trente quarante cinquante soixante cent cents mille million millions et"

WORDS = (*_UNITS.split(), *_OTHERS.split())
"""Les 28 mots des nombres de 1 à 999 999 999. Le jeton d'un mot est son rang plus un ; 0 remplit."""

LARGEST = 999_999_999

END_DIGIT = 10
"""Jeton de fin d'écriture ; les jetons 0 à 9 sont les chiffres."""

START_DIGIT = 11
"""Jeton lu par le décodeur avant le premier chiffre."""

IGNORED = -100
"""Cible du remplissage, que `cross_entropy` ne compte pas."""


class NumberBatch(NamedTuple):
    """Des nombres en tenseurs.

    `words` : (temps, lot), jetons des mots, 0 après la fin ; `lengths` : (lot,), nombres de mots ; `read` :
    (temps', lot), ce que lit le décodeur quand on le guide ; `targets` : (temps', lot), les chiffres puis
    `END_DIGIT`, et `IGNORED` après.
    """

    words: Tensor
    lengths: Tensor
    read: Tensor
    targets: Tensor


def number_words(number: int) -> list[str]:
    """Donne les mots d'un nombre : 97 donne quatre, vingt, dix, sept. Le trait d'union sépare les mots.

    `ValueError` hors de 1 à 999 999 999.
    """
    if check_size("number", number) > LARGEST:
        raise ValueError(f"number : {number} reçu, un entier de 1 à {LARGEST} attendu")
    return list(_split(int(number)))


@cache
def _split(number: int) -> tuple[str, ...]:
    # num2words est lent au regard du reste : chaque nombre n'est écrit qu'une fois.
    return tuple(re.split("[ -]", num2words(number, lang="fr")))


def draw_numbers(lengths: Iterable[int], count: int, *, seed: int) -> dict[int, list[int]]:
    """Tire des nombres distincts, rangés par nombre de mots : longueur → `count` nombres au plus.

    Une longueur pauvre en donne moins : seuls 23 nombres s'écrivent en un mot.

    Raises:
        ValueError: longueur hors de 1 à 16, aucune longueur, ou `count` inférieur à 1.
    """
    check_size("count", count)
    found: dict[int, list[int]] = {length: [] for length in sorted(lengths)}
    if not found or min(found) < 1 or max(found) > 16:
        raise ValueError(f"lengths : {list(found)} reçu, des nombres de mots entre 1 et 16 attendus")
    rng = np.random.default_rng(seed)
    known: set[int] = set()
    missed = 0
    # Arrêt quand chaque longueur est servie, ou quand rien de neuf ne vient plus.
    while missed < 800 and any(len(row) < count for row in found.values()):
        # La part de zéros change d'un nombre à l'autre : sans zéro, presque tous auraient douze mots ou plus.
        digits = rng.integers(1, 10, rng.integers(1, 10))
        digits[1:] *= rng.random(len(digits) - 1) > rng.uniform(0, 0.6)
        number = int("".join(map(str, digits)))
        row = found.get(len(number_words(number)))
        missed += 1
        if row is not None and len(row) < count and number not in known:
            row.append(number)
            known.add(number)
            missed = 0
    return found


class NumberParts(NamedTuple):
    """Les parties d'un découpage. `longer` n'a que des longueurs absentes de l'entraînement."""

    training: list[int]
    validation: list[int]
    heldout: list[int]
    longer: list[int]


TRAINED_LENGTHS = range(1, 11)
"""Nombres de mots vus à l'entraînement."""

LONGER_LENGTHS = range(11, 15)
"""Nombres de mots gardés pour le test seul."""


def split_numbers(*, per_length: int = 1000, seed: int = 0) -> NumberParts:
    """Tire des nombres distincts et les répartit : apprendre, choisir, mesurer, et mesurer plus long.

    Pour 3 à 10 mots, `per_length` / 10 nombres de chaque longueur vont à la validation et autant au test. Les
    nombres d'un ou deux mots, trop rares, servent tous à apprendre. De 11 à 14 mots, tout va à
    `longer`, `per_length` / 10 par longueur.
    """
    share = check_size("per_length", per_length, 10) // 10
    parts = NumberParts([], [], [], [])
    for row in draw_numbers(LONGER_LENGTHS, share, seed=seed).values():
        parts.longer.extend(row)
    for length, row in draw_numbers(TRAINED_LENGTHS, per_length, seed=seed).items():
        if length < 3:
            parts.training.extend(row)
        else:
            parts.validation.extend(row[:share])
            parts.heldout.extend(row[share : 2 * share])
            parts.training.extend(row[2 * share :])
    return parts


def encode_words(words: Sequence[str]) -> Tensor:
    """Change des mots en jetons, (temps,). `ValueError` pour un mot hors de `WORDS` ou sans mot."""
    unknown = [word for word in words if word not in WORDS]
    if unknown or not words:
        raise ValueError(f"words : {list(words)} reçu, des mots de {', '.join(WORDS)} attendus")
    return torch.tensor([WORDS.index(word) + 1 for word in words])


def number_tensors(numbers: Sequence[int]) -> NumberBatch:
    """Change des nombres en tenseurs, complétés à la longueur du plus long. `ValueError` sans nombre."""
    if len(numbers) == 0:
        raise ValueError("numbers : aucun nombre reçu, au moins un attendu")
    words = [encode_words(number_words(number)) for number in numbers]
    digits = [torch.tensor([*map(int, str(number)), END_DIGIT]) for number in numbers]
    targets = torch.nn.utils.rnn.pad_sequence(digits, padding_value=IGNORED)
    first = torch.full_like(targets[:1], START_DIGIT)
    return NumberBatch(
        torch.nn.utils.rnn.pad_sequence(words),
        torch.tensor([len(row) for row in words]),
        torch.cat([first, targets[:-1].clamp(min=0)]),
        targets,
    )


_VALUES = {word: value for value, word in enumerate(_UNITS.split(), 1)}
_VALUES |= {"vingt": 20, "vingts": 20, "trente": 30, "quarante": 40, "cinquante": 50, "soixante": 60}


def read_number(words: Sequence[str]) -> int:
    """Lit un nombre par règles, sans rien apprendre : la référence du chapitre 17.

    Un petit mot s'ajoute ; « vingt » après un quatre isolé, « cent », « mille » et « million » multiplient ce
    qui précède dans leur tranche. `ValueError` pour un mot inconnu.
    """
    encode_words(words)
    total = group = 0
    for word in words:
        if word in ("million", "millions", "mille"):
            total += max(group, 1) * (1000 if word == "mille" else 1_000_000)
            group = 0
        elif word in ("cent", "cents"):
            group = max(group, 1) * 100
        elif word in ("vingt", "vingts") and group % 100 == 4:
            group += 76  # quatre-vingts : 4 devient 80
        elif word != "et":
            group += _VALUES[word]
    return total + group
