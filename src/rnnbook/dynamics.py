"""Un réseau récurrent vu comme un système dynamique : points fixes, stabilité, trajectoires. Chapitre 13.

À entrée constante, un pas est une fonction F de l'état : h ↦ F(h). Un point fixe vérifie F(h*) = h*. Autour
de lui, un petit écart est multiplié à chaque pas par la jacobienne de F : le point attire si toutes ses
valeurs propres sont de module inférieur à 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from rnnbook.validation import check_interval, check_shape, check_size

# Un pas à entrée constante : (n,) -> (n,), dérivable par torch.
Step = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class FixedPoint:
    """Un point fixe : son état (n,), la vitesse qui y reste et les valeurs propres de la jacobienne, (n,)."""

    state: np.ndarray[Any, np.dtype[Any]]
    speed: float
    eigenvalues: np.ndarray[Any, np.dtype[Any]]

    @property
    def radius(self) -> float:
        """Le plus grand module des valeurs propres."""
        return float(np.abs(self.eigenvalues).max())

    @property
    def kind(self) -> str:
        """« stable » si tout écart s'efface, « instable » si tout écart grandit, « selle » entre les deux."""
        moduli = np.abs(self.eigenvalues)
        if (moduli < 1).all():
            return "stable"
        return "instable" if (moduli > 1).all() else "selle"


def tanh_step(W_hh: Any, b_h: Any) -> Step:
    """Donne le pas h ↦ tanh(W_hh h + b_h) : la cellule simple à entrée constante, prise dans le biais.

    Args:
        W_hh: (n, n).
        b_h: (n,) ; une entrée constante x s'y ajoute sous la forme W_xh x.
    """
    weight, bias = (torch.as_tensor(np.asarray(value), dtype=torch.float64) for value in (W_hh, b_h))
    check_shape("W_hh", weight, ("n", "n"))
    check_shape("b_h", bias, (weight.shape[0],))
    return lambda h: torch.tanh(weight @ h + bias)


def speed(step: Step, states: Tensor) -> Tensor:
    """Mesure q(h) = ½ ‖F(h) − h‖² : (points, n) -> (points,). Nulle en un point fixe, et là seulement.

    Source : Sussillo et Barak, Neural Computation 25 (2013), doi:10.1162/NECO_a_00409, §2.
    """
    check_shape("states", states, ("points", "n"))
    moved = torch.func.vmap(step)(states)
    return 0.5 * ((moved - states) ** 2).sum(dim=1)


def fixed_points(
    step: Step, starts: Any, *, steps: int = 50, tolerance: float = 1e-10, apart: float = 1e-4
) -> list[FixedPoint]:
    """Cherche les points fixes par la méthode de Newton, depuis chaque départ.

    À chaque tour, h ← h − (J − I)⁻¹ (F(h) − h), où J est la jacobienne de F en h. Un départ qui n'arrive
    nulle part est abandonné : la liste peut être incomplète, et dépend des départs.

    Args:
        starts: (points, n) ; tableau ou tenseur, calculé en double précision.
        steps: tours de Newton au plus.
        tolerance: vitesse q au-dessous de laquelle un point est dit fixe.
        apart: distance au-dessous de laquelle deux points n'en font qu'un.

    Returns:
        Les points trouvés, rangés par coordonnées croissantes.
    """
    check_size("steps", steps)
    check_interval("tolerance", tolerance, 0, float("inf"))
    check_interval("apart", apart, 0, float("inf"))
    states = torch.as_tensor(np.asarray(starts), dtype=torch.float64)
    check_shape("starts", states, ("points", "n"))
    identity = torch.eye(states.shape[1], dtype=torch.float64)
    jacobian = torch.func.vmap(torch.func.jacrev(step))
    for _ in range(steps):
        gap = torch.func.vmap(step)(states) - states
        # La pseudo-inverse supporte une jacobienne qui a 1 pour valeur propre.
        move = torch.linalg.pinv(jacobian(states) - identity) @ gap[..., None]
        states = states - move[..., 0]
        states = states[states.isfinite().all(dim=1)]
        if len(states) == 0:
            return []
    found: list[FixedPoint] = []
    for state, q in zip(states, speed(step, states), strict=True):
        known = any(np.linalg.norm(state.numpy() - point.state) < apart for point in found)
        if q.item() <= tolerance and not known:
            eigenvalues = torch.linalg.eigvals(torch.func.jacrev(step)(state)).numpy()
            found.append(FixedPoint(state.numpy(), q.item(), eigenvalues))
    return sorted(found, key=lambda point: tuple(point.state.round(6)))


def trajectory(step: Step, start: Any, steps: int) -> np.ndarray[Any, np.dtype[Any]]:
    """Itère F depuis un état : (n,) -> (steps + 1, n), le départ compris."""
    state = torch.as_tensor(np.asarray(start), dtype=torch.float64)
    check_shape("start", state, ("n",))
    states = [state]
    for _ in range(check_size("steps", steps)):
        states.append(step(states[-1]))
    return torch.stack(states).detach().numpy()


def grid(low: float, high: float, count: int, dimensions: int = 2) -> np.ndarray[Any, np.dtype[Any]]:
    """Donne une grille de départs régulière, `count` par axe : (count ** dimensions, dimensions)."""
    axis = np.linspace(low, high, check_size("count", count))
    return np.stack(np.meshgrid(*[axis] * check_size("dimensions", dimensions), indexing="ij"), -1).reshape(
        -1, dimensions
    )
