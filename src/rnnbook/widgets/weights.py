"""Les poids qu'une figure porte : un texte en base 64, demi-précision, dans l'ordre des formes données."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from math import prod

import numpy as np
import torch
from torch import Tensor

Shapes = Mapping[str, Sequence[int]]


def check_packed(packed: str, shapes: Shapes) -> str:
    """Renvoie `packed` s'il porte autant de poids que les formes en demandent ; sinon `ValueError`."""
    expected = sum(prod(shape) for shape in shapes.values())
    received = len(base64.b64decode(packed)) // 2
    if received != expected:
        raise ValueError(f"weights : {received} poids reçus, {expected} attendus")
    return packed


def unpack(packed: str, shapes: Shapes) -> dict[str, Tensor]:
    """Renvoie les poids arrondis que la page emploie, en float32, sous le nom de chaque tenseur."""
    numbers = np.frombuffer(base64.b64decode(packed), dtype="<f2").astype(np.float32)
    state, first = {}, 0
    for name, shape in shapes.items():
        last = first + prod(shape)
        state[name] = torch.from_numpy(numbers[first:last].reshape(shape))
        first = last
    return state
