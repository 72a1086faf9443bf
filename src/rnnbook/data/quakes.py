"""Secousses synthétiques : deux ondes dans du bruit, et l'écart entre leurs arrivées. Chapitre 12."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from rnnbook.validation import check_interval, check_size

SHORTEST, LONGEST = 40, 360
"""Plus petit et plus grand écart entre les deux arrivées, en pas."""

STEPS = 600
"""Longueur d'un enregistrement, en pas."""


def quakes(count: int, *, noise: float = 0.2, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Tire des enregistrements d'un capteur : une onde rapide, puis une onde lente et plus forte.

    L'onde rapide (période 8, amplitude de 0,6 à 1,2) arrive entre les pas 20 et 139. L'onde lente (période
    20, amplitude de 1 à 2) arrive de 40 à 359 pas plus tard. S'y ajoutent un bruit normal d'écart-type
    `noise` et trois chocs d'un seul pas, d'amplitude de 2 à 4, qui n'ont pas de sens.

    Returns:
        `(inputs, delays)` : (600, count, 1), float32 ; (count, 1), float32, l'écart en pas.

    Raises:
        ValueError: `count` inférieur à 1, `noise` négatif.
    """
    check_size("count", count)
    check_interval("noise", noise, 0, float("inf"))
    rng = np.random.default_rng(seed)
    first = rng.integers(20, 140, size=(count, 1))
    delays = rng.integers(SHORTEST, LONGEST, size=(count, 1))
    signal = _wave(first, period=8, decay=25, amplitude=rng.uniform(0.6, 1.2, size=(count, 1)))
    signal += _wave(first + delays, period=20, decay=40, amplitude=rng.uniform(1, 2, size=(count, 1)))
    signal += noise * rng.normal(size=signal.shape)
    for _ in range(3):
        at, sign = rng.integers(STEPS, size=count), rng.choice([-1, 1], size=count)
        signal[np.arange(count), at] += sign * rng.uniform(2, 4, size=count)
    inputs = torch.as_tensor(signal.T[..., np.newaxis], dtype=torch.float32)
    return inputs, torch.as_tensor(delays, dtype=torch.float32)


def _wave(start: np.ndarray, *, period: float, decay: float, amplitude: np.ndarray) -> np.ndarray:
    """Une sinusoïde qui commence au pas `start`, (count, 1), et s'amortit ; (count, 600)."""
    age = np.arange(STEPS) - start
    return amplitude * (age >= 0) * np.exp(-np.maximum(age, 0) / decay) * np.sin(2 * np.pi * age / period)
