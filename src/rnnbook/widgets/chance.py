"""Le hasard des figures : une graine donne les mêmes tirages en Python et dans la page (`js/hasard.js`)."""

from __future__ import annotations

from collections.abc import Iterator
from math import cos, log, pi, sin, sqrt

from rnnbook.validation import check_size

_BITS = 0xFFFFFFFF


def uniforms(seed: int) -> Iterator[float]:
    """Tire sans fin des nombres uniformes de [0, 1[, avec l'algorithme mulberry32 de Tommy Ettinger (2017).

    Un compteur de 32 bits avance d'un pas fixe ; chaque valeur est le compteur, brouillé par des produits et
    des décalages. Assez bon pour une figure, pas pour une étude. Lève `TypeError` si `seed` n'est pas un
    entier, `ValueError` s'il ne tient pas sur 32 bits.
    """
    if check_size("seed", seed, 0) > _BITS:
        raise ValueError(f"seed : {seed} reçu, un entier de 0 à {_BITS} attendu")
    return _mulberry32(seed)


def _mulberry32(counter: int) -> Iterator[float]:
    while True:
        counter = (counter + 0x6D2B79F5) & _BITS
        mixed = ((counter ^ (counter >> 15)) * (counter | 1)) & _BITS
        mixed ^= (mixed + (mixed ^ (mixed >> 7)) * (mixed | 61)) & _BITS
        yield (mixed ^ (mixed >> 14)) / 2**32


def normal_pair(draws: Iterator[float]) -> tuple[float, float]:
    """Change deux tirages uniformes en deux tirages normaux indépendants (Box et Muller, 1958)."""
    radius, angle = sqrt(-2 * log(1 - next(draws))), 2 * pi * next(draws)
    return radius * cos(angle), radius * sin(angle)
