"""Les poids qu'une figure porte : un texte en base 64, demi-précision, dans l'ordre des formes données."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from math import prod
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

Shapes = Mapping[str, Sequence[int]]


def pack(tensors: Iterable[Tensor]) -> str:
    """Met des tenseurs bout à bout, en demi-précision et en base 64 : ce que `unpack` relit."""
    flat = torch.cat([tensor.detach().half().flatten() for tensor in tensors])
    return base64.b64encode(flat.numpy().astype("<f2").tobytes()).decode()


def export(model: nn.Module) -> dict[str, Any]:
    """Arrondit en place les poids de `model` et renvoie de quoi les garder : « formes » et « poids ».

    Ce que l'on mesure ensuite sur `model` est ce que calcule la page, qui n'a que les poids arrondis.
    """
    state = model.state_dict()
    packed, shapes = pack(state.values()), {name: list(tensor.shape) for name, tensor in state.items()}
    model.load_state_dict(unpack(packed, shapes))
    return {"formes": shapes, "poids": packed}


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
