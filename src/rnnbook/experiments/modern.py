"""minGRU sur les tâches du chapitre 10, et ce que coûte un jeton de plus. Chapitre 20."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from rnnbook import training
from rnnbook.experiments import lags
from rnnbook.scan import MinGRU
from rnnbook.validation import check_choice, check_shape, check_size

UNITS = 34
"""Autant d'unités que le GRU du chapitre 10 sur l'addition, et seize fois moins de paramètres."""

RATES = (3e-3, 1e-2, 3e-2)
"""Pas d'apprentissage essayés. Sans matrice récurrente, minGRU supporte de plus grands pas que le GRU."""


def mingru_reader(task: lags.Task) -> lags.Reader:
    """Une couche minGRU et une sortie dense. La porte, qui prend le nouveau, part avec un biais de −1."""
    layer = MinGRU(task.inputs, UNITS)
    nn.init.constant_(layer.gate.bias, -1.0)
    return lags.Reader(layer, UNITS, task.outputs)


def mingru_run(name: str, lag: int, *, lr: float, seed: int, steps: int = lags.STEPS) -> lags.Run:
    """Entraîne minGRU sur une tâche du chapitre 10, dans les mêmes conditions que les trois cellules.

    Lève `ValueError` si la tâche est inconnue.
    """
    task = lags.TASKS[check_choice("name", name, lags.TASKS)]
    training.reproducible(seed)
    return lags.train(mingru_reader(task), task, lag, lr=lr, seed=seed, steps=steps)


class Attention(nn.Module):
    """Une tête d'attention qui écrit jeton après jeton, avec un cache des clés et des valeurs (chapitre 20).

    Lève `ValueError` ou `TypeError` si `size` ne convient pas.
    """

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = check_size("size", size)
        self.project = nn.Linear(size, 3 * size, bias=False)

    def step(self, x: Tensor, cache: Tensor, position: int) -> Tensor:
        """Lit le jeton de rang `position` (à partir de 0), range sa clé et sa valeur, renvoie la sortie (n,).

        `x` : (n,) ; `cache` : (2, places, n), alloué d'avance et modifié sur place, sans gradient. Lève
        `ValueError` si le rang n'a pas de place dans le cache.
        """
        check_shape("cache", cache, (2, "places", self.size))
        if not 0 <= position < cache.shape[1]:
            raise ValueError(f"position : {position} reçu, un rang entre 0 et {cache.shape[1] - 1} attendu")
        query, key, value = self.project(x).chunk(3)
        cache[0, position], cache[1, position] = key, value
        keys, values = cache[:, : position + 1]  # 2 × (t, n)
        return torch.softmax(keys @ query / self.size**0.5, dim=0) @ values


def multiplications(kind: str, size: int, position: int) -> int:
    """Multiplications d'un jeton de plus, à la position donnée, pour `size` traits en entrée comme en état.

    GRU : 6 n² et 3 n. minGRU : 2 n² et 2 n. Attention : 3 n² pour les projections et 2 n par jeton du cache.
    """
    check_choice("kind", kind, ("gru", "mingru", "attention"))
    if kind == "gru":
        return 6 * size**2 + 3 * size
    if kind == "mingru":
        return 2 * size**2 + 2 * size
    return 3 * size**2 + 2 * size * position
