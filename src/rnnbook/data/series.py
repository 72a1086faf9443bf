"""Séries synthétiques : deux sinusoïdes et du bruit. Chapitres 1 et 14."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from rnnbook.validation import check_interval, check_size


def two_sines(count: int, steps: int, *, noise: float = 0.1, seed: int = 0) -> Tensor:
    """Tire des séries d'une seule grandeur : deux sinusoïdes au hasard et du bruit.

    Sur [0, 1], la première a une amplitude de 0,5 et une pulsation entre 10 et 20, la seconde 0,2 et entre
    20 et 40 ; leurs phases sont quelconques. Le bruit est uniforme sur un intervalle de largeur `noise` : sa
    variance, noise² / 12, borne par le bas l'erreur quadratique de toute prévision.

    Returns:
        Tenseur de forme (séries, temps, 1), float32 : une série d'une grandeur garde ses trois axes.

    Raises:
        ValueError: `count` ou `steps` inférieur à 1, `noise` négatif.
    """
    check_size("count", count)
    check_size("steps", steps)
    check_interval("noise", noise, 0, float("inf"))
    rng = np.random.default_rng(seed)
    frequency1, frequency2, shift1, shift2 = rng.random((4, count, 1))
    time = np.linspace(0, 1, steps)
    series = 0.5 * np.sin((time - shift1) * (10 + 10 * frequency1))
    series += 0.2 * np.sin((time - shift2) * (20 + 20 * frequency2))
    series += noise * (rng.random((count, steps)) - 0.5)
    return torch.as_tensor(series[..., np.newaxis], dtype=torch.float32)
