"""Récurrences linéaires : la boucle, le balayage parallèle, et la cellule minGRU qui s'en sert. Chapitre 20.

Une récurrence linéaire est h_t = a_t ⊙ h_{t-1} + b_t, où a_t et b_t ne dépendent pas de l'état. Les axes sont
(temps, …) : tout ce qui suit le temps est traité terme à terme.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from rnnbook.validation import check_dtype, check_shape, check_size, check_type

Pair = tuple[Tensor, Tensor]


def combine(first: Pair, second: Pair) -> Pair:
    """Compose deux pas h ↦ a h + b : le premier, puis le second (chapitre 20, eq-modernes-operateur).

    L'opération est associative ; elle n'est pas commutative.
    """
    (a_1, b_1), (a_2, b_2) = first, second
    return a_2 * a_1, a_2 * b_1 + b_2


def linear_loop(a: Tensor, b: Tensor, h_0: Tensor | None = None) -> Tensor:
    """Calcule h_t = a_t ⊙ h_{t-1} + b_t pas après pas : T opérations, l'une après l'autre.

    `a`, `b` : (temps, …), même forme ; `h_0` : (…), nul par défaut. Renvoie les états, (temps, …).
    Lève `ValueError` (formes) ou `TypeError` (nature, type des nombres).
    """
    a, b = _check(a, b, h_0)
    h = torch.zeros_like(b[0]) if h_0 is None else h_0
    states = []
    for a_t, b_t in zip(a.unbind(0), b.unbind(0), strict=True):
        h = a_t * h + b_t
        states.append(h)
    return torch.stack(states)


def linear_scan(a: Tensor, b: Tensor, h_0: Tensor | None = None) -> Tensor:
    """Calcule la même chose par balayage parallèle (Hillis et Steele) : ⌈log₂ T⌉ tours.

    Au tour k, chaque pas se compose avec celui qui le précède de 2^k : il couvre alors deux fois plus de pas.
    Chaque tour traite tous les pas à la fois ; en tout, environ T log₂ T compositions au lieu de T.
    Mêmes arguments, même résultat et mêmes erreurs que `linear_loop`.
    """
    a, b = _check(a, b, h_0)
    if h_0 is not None:
        b = torch.cat([(a[0] * h_0 + b[0])[None], b[1:]])
    reach = 1
    while reach < len(a):
        new_a, new_b = combine((a[:-reach], b[:-reach]), (a[reach:], b[reach:]))
        a, b = torch.cat([a[:reach], new_a]), torch.cat([b[:reach], new_b])
        reach *= 2
    return b


def linear_scan_pairs(a: Tensor, b: Tensor, h_0: Tensor | None = None) -> Tensor:
    """Calcule la même chose en balayant les paires (Blelloch, 1990) : moins de travail, plus de tours.

    On compose les pas deux à deux, on balaie la suite moitié plus courte, puis on retrouve les pas sautés :
    environ 2 T compositions en 2 log₂ T tours. Mêmes arguments, même résultat et mêmes erreurs que
    `linear_loop`.
    """
    a, b = _check(a, b, h_0)
    if h_0 is not None:
        b = torch.cat([(a[0] * h_0 + b[0])[None], b[1:]])
    return _scan_pairs(a, b)


def _scan_pairs(a: Tensor, b: Tensor) -> Tensor:
    if len(a) == 1:
        return b
    even = len(a) // 2 * 2
    odd_states = _scan_pairs(*combine((a[0:even:2], b[0:even:2]), (a[1:even:2], b[1:even:2])))
    following = a[2::2] * odd_states[: len(a[2::2])] + b[2::2]
    states = torch.empty_like(b)
    states[0], states[1::2], states[2::2] = b[0], odd_states, following
    return states


class MinGRU(nn.Module):
    """La couche minGRU (Feng et al. 2024, §3.1) : un GRU dont la porte et le candidat ne lisent pas l'état.

    z_t = σ(W_z x_t + b_z) ; h̃_t = W_h x_t + b_h ; h_t = (1 − z_t) ⊙ h_{t-1} + z_t ⊙ h̃_t. Ici z garde le
    nouveau, comme dans l'article. La récurrence est linéaire : `linear_scan` la calcule pour tous les pas.
    Lève `ValueError` ou `TypeError` si une taille ne convient pas.
    """

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.input_size = check_size("input_size", input_size)
        self.hidden_size = check_size("hidden_size", hidden_size)
        self.gate = nn.Linear(input_size, hidden_size)
        self.candidate = nn.Linear(input_size, hidden_size)

    def forward(self, input: Tensor, hx: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Lit des séquences entières, comme `torch.nn.GRU`.

        `input` : (temps, lot, d) ; `hx` : (1, lot, n), nul par défaut. Renvoie les états (temps, lot, n) et
        le dernier, (1, lot, n). Lève `ValueError` (formes) ou `TypeError` (nature, type des nombres).
        """
        _, batch, _ = check_shape(
            "input", check_type("input", input, Tensor), ("temps", "lot", self.input_size)
        )
        if hx is not None:
            check_shape("hx", check_type("hx", hx, Tensor), (1, batch, self.hidden_size))
        z = torch.sigmoid(self.gate(input))
        states = linear_scan(1 - z, z * self.candidate(input), None if hx is None else hx[0])
        return states, states[-1:]

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        """Avance d'un pas : `x` (lot, d), `h` (lot, n). C'est ainsi qu'on écrit, jeton après jeton."""
        return torch.lerp(h, self.candidate(x), torch.sigmoid(self.gate(x)))


def _check(a: Tensor, b: Tensor, h_0: Tensor | None) -> Pair:
    for name, value in (("a", a), ("b", b)):
        if check_type(name, value, Tensor).dim() == 0 or len(value) == 0:
            raise ValueError(f"{name} : forme {tuple(value.shape)} reçue, (temps, …) attendue, temps ≥ 1")
    check_shape("b", b, a.shape)
    check_dtype("b", b, a.dtype)
    if h_0 is not None:
        check_shape("h_0", check_type("h_0", h_0, Tensor), a.shape[1:])
        check_dtype("h_0", h_0, a.dtype)
    return a, b
