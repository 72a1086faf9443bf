"""Les trois cellules du cours : un instant de RNN, de LSTM ou de GRU, dans l'ordre de leurs équations.

Une cellule se coupe en deux. `project` fait tout ce qui ne dépend que de l'entrée : une couche le
calcule d'un coup pour tous les instants. `step` fait ce qui dépend de l'état : il faut l'attendre,
instant par instant. `rnn_equations`, `lstm_equations` et `gru_equations` renvoient ces deux fonctions.
Les classes de ce module et celles de `rnnbook.layers` s'en servent : chaque équation n'est écrite qu'ici.

Dans les formes, `lot` est le nombre de séquences, `d` la taille d'une entrée, `n` celle de l'état.
`torch.addmm(a, h, W)` calcule `a + h @ W` en un appel. Pour `step`, un état est un tuple dont le premier
terme est h : `(h,)`, ou `(h, c)` pour le LSTM.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rnnbook.validation import check_choice, check_dtype, check_shape, check_size, check_type

State = tuple[Tensor, ...]
Equations = tuple[Callable[[Tensor], Tensor], Callable[[Tensor, State], State]]

ACTIVATIONS = {"tanh": torch.tanh, "relu": torch.relu}


def rnn_equations(
    weight_ih: Tensor, weight_hh: Tensor, bias_ih: Tensor, bias_hh: Tensor, *, nonlinearity: str = "tanh"
) -> Equations:
    """Réseau récurrent simple (chapitre 3, eq-cellule ; Elman 1990) : renvoie `project` et `step`.

    Formes : weight_ih `(n, d)`, weight_hh `(n, n)`, bias_ih et bias_hh `(n,)`.
    """
    activation = ACTIVATIONS[nonlinearity]
    W_hh = weight_hh.t()  # (n, n)

    def project(x: Tensor) -> Tensor:
        return F.linear(x, weight_ih, bias_ih + bias_hh)  # (lot, d) -> (lot, n)

    def step(a: Tensor, state: State) -> State:
        (h,) = state
        return (activation(torch.addmm(a, h, W_hh)),)  # (lot, n)

    return project, step


def lstm_equations(weight_ih: Tensor, weight_hh: Tensor, bias_ih: Tensor, bias_hh: Tensor) -> Equations:
    """LSTM à porte d'oubli (chapitre 9, eq-lstm ; Gers et al. 2000) : renvoie `project` et `step`.

    Les blocs empilés sont, dans l'ordre : porte d'entrée i, porte d'oubli f, candidat g, porte de
    sortie o. Formes : weight_ih `(4n, d)`, weight_hh `(4n, n)`, bias_ih et bias_hh `(4n,)`.
    """
    W_hh = weight_hh.t()  # (n, 4n)

    def project(x: Tensor) -> Tensor:
        return F.linear(x, weight_ih, bias_ih + bias_hh)  # (lot, d) -> (lot, 4n)

    def step(a: Tensor, state: State) -> State:
        h, c = state
        i, f, g, o = torch.addmm(a, h, W_hh).chunk(4, dim=1)  # 4 × (lot, n)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(c)
        return h, c

    return project, step


def gru_equations(
    weight_ih: Tensor, weight_hh: Tensor, bias_ih: Tensor, bias_hh: Tensor, *, reset_after: bool = True
) -> Equations:
    """GRU (chapitre 10, eq-gru ; Cho et al. 2014) : renvoie `project` et `step`.

    Les blocs empilés sont, dans l'ordre : remise à zéro r, mise à jour z (qui garde le passé), candidat.
    `reset_after` applique r après le produit par l'état, comme `torch.nn.GRU`, ou avant, comme Cho et al.
    Formes : weight_ih `(3n, d)`, weight_hh `(3n, n)`, bias_ih et bias_hh `(3n,)`.
    """
    n = weight_hh.shape[1]
    W_rz, W_hn = weight_hh.t().split((2 * n, n), dim=1)  # (n, 2n) et (n, n)
    b_rz, b_hn = bias_hh.split((2 * n, n))  # b_hn reste à part : r peut le multiplier

    def project(x: Tensor) -> Tensor:
        return F.linear(x, weight_ih, bias_ih + F.pad(b_rz, (0, n)))  # (lot, d) -> (lot, 3n)

    def step(a: Tensor, state: State) -> State:
        (h,) = state
        a_rz, a_n = a.split((2 * n, n), dim=1)
        r, z = torch.sigmoid(torch.addmm(a_rz, h, W_rz)).chunk(2, dim=1)  # 2 × (lot, n)
        past = r * torch.addmm(b_hn, h, W_hn) if reset_after else torch.addmm(b_hn, r * h, W_hn)
        candidate = torch.tanh(a_n + past)
        return (torch.lerp(candidate, h, z),)  # (1 - z) * candidate + z * h

    return project, step


def add_weights(
    module: nn.Module, suffix: str, blocks: int, input_size: int, hidden_size: int, bias: bool
) -> None:
    """Crée les quatre poids d'une cellule sous les noms et dans l'ordre de `torch.nn` ; sans biais, deux."""
    rows = blocks * hidden_size
    shapes = {"weight_ih": (rows, input_size), "weight_hh": (rows, hidden_size)}
    for name, shape in shapes.items():
        module.register_parameter(name + suffix, nn.Parameter(torch.empty(shape)))
    for name in ("bias_ih", "bias_hh"):
        module.register_parameter(name + suffix, nn.Parameter(torch.empty(rows)) if bias else None)


def get_weights(module: nn.Module, suffix: str) -> list[Tensor]:
    """Renvoie weight_ih, weight_hh, bias_ih et bias_hh ; un biais absent est remplacé par des zéros."""
    weight_ih, weight_hh, *biases = (
        getattr(module, name + suffix) for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    )
    return [weight_ih, weight_hh, *(weight_ih.new_zeros(len(weight_ih)) if b is None else b for b in biases)]


def init_uniform(module: nn.Module, hidden_size: int) -> None:
    """Tire tous les paramètres entre -1/√n et 1/√n, dans l'ordre et avec le générateur de `torch.nn`."""
    bound = 1 / math.sqrt(hidden_size)
    for parameter in module.parameters():
        nn.init.uniform_(parameter, -bound, bound)


def state_tuple(
    hx: Tensor | State | None, names: Sequence[str], input: Tensor, shape: Sequence[int]
) -> State:
    """Vérifie un état et le renvoie en tuple : un tenseur de forme `shape` par nom, des zéros pour `None`."""
    if hx is None:
        return tuple(input.new_zeros(shape) for _ in names)
    if len(names) == 1:
        hx = (check_type("hx", hx, Tensor),)
    elif len(check_type("hx", hx, tuple, list)) != len(names):
        raise ValueError(f"hx : {len(hx)} tenseurs reçus, {len(names)} attendus, le couple (h, c)")
    for name, tensor in zip(names, hx, strict=True):
        check_shape(name, check_type(name, tensor, Tensor), shape)
        check_dtype(name, tensor, input.dtype)
    return tuple(hx)


class _Cell(nn.Module):
    """Ce que les trois cellules partagent : paramètres, vérifications, entrée avec ou sans lot."""

    blocks: int  # blocs empilés dans weight_ih et weight_hh
    state_names: tuple[str, ...] = ("hx",)

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True) -> None:
        super().__init__()
        self.input_size = check_size("input_size", input_size)
        self.hidden_size = check_size("hidden_size", hidden_size)
        self.bias = check_type("bias", bias, bool)
        add_weights(self, "", self.blocks, self.input_size, self.hidden_size, self.bias)
        init_uniform(self, self.hidden_size)

    def _equations(self, *weights: Tensor) -> Equations:
        raise NotImplementedError

    def forward(self, input: Tensor, hx: Tensor | State | None = None) -> Tensor | State:
        """Avance d'un instant. Sans `hx`, l'état de départ est nul.

        Formes : input `(lot, d)` ou `(d,)` ; hx et le résultat `(lot, n)` ou `(n,)`, un couple `(h, c)`
        pour le LSTM. Lève `ValueError` (rang, taille) ou `TypeError` (nature, type des nombres).
        """
        check_type("input", input, Tensor)
        axes = (self.input_size,) if input.dim() == 1 else ("lot", self.input_size)
        *batch, _ = check_shape("input", input, axes)
        check_dtype("input", input, self.weight_ih.dtype)
        shape = (*batch, self.hidden_size)
        state = state_tuple(hx, self.state_names, input, shape)
        project, step = self._equations(*get_weights(self, ""))
        a = project(input.reshape(-1, self.input_size))
        state = step(a, tuple(s.reshape(-1, self.hidden_size) for s in state))
        state = tuple(s.reshape(shape) for s in state)
        return state if len(state) > 1 else state[0]

    def extra_repr(self) -> str:
        """Ce que `print` montre de la couche : ses réglages."""
        return f"{self.input_size}, {self.hidden_size}, bias={self.bias}"


class RNNCell(_Cell):
    """Un instant du réseau récurrent simple : `h = cell(x, h)`. Jumelle de `torch.nn.RNNCell`.

    Voir `rnn_equations`. Lève `ValueError` ou `TypeError` si une taille, `bias` ou `nonlinearity`
    (« tanh » ou « relu ») ne convient pas.
    """

    blocks = 1

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, nonlinearity: str = "tanh"
    ) -> None:
        super().__init__(input_size, hidden_size, bias)
        self.nonlinearity = check_choice("nonlinearity", nonlinearity, ACTIVATIONS)

    def _equations(self, *weights: Tensor) -> Equations:
        return rnn_equations(*weights, nonlinearity=self.nonlinearity)


class LSTMCell(_Cell):
    """Un instant de LSTM : `h, c = cell(x, (h, c))`. Jumelle de `torch.nn.LSTMCell`.

    Voir `lstm_equations`. Lève `ValueError` ou `TypeError` si une taille ou `bias` ne convient pas.
    """

    blocks = 4
    state_names = ("hx[0]", "hx[1]")

    def _equations(self, *weights: Tensor) -> Equations:
        return lstm_equations(*weights)


class GRUCell(_Cell):
    """Un instant de GRU : `h = cell(x, h)`. Jumelle de `torch.nn.GRUCell` tant que `reset_after` est vrai.

    `reset_after=False` donne le GRU de Cho et al. (2014). Voir `gru_equations`. Lève `ValueError` ou
    `TypeError` si une taille, `bias` ou `reset_after` ne convient pas.
    """

    blocks = 3

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, *, reset_after: bool = True
    ) -> None:
        super().__init__(input_size, hidden_size, bias)
        self.reset_after = check_type("reset_after", reset_after, bool)

    def _equations(self, *weights: Tensor) -> Equations:
        return gru_equations(*weights, reset_after=self.reset_after)
