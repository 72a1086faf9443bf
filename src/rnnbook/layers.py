"""Les couches du cours : `RNN`, `LSTM` et `GRU` lisent des séquences entières, comme celles de `torch.nn`.

Tout se ramène à un lot tassé, la forme de `PackedSequence` : bout à bout, les entrées de l'instant 0
pour les séquences présentes, puis celles de l'instant 1, et ainsi de suite ; à côté, le nombre de
séquences présentes à chaque instant, `sizes`. Dans un lot de séquences d'une même longueur, ce nombre ne
change pas. Une seule boucle sur le temps sert donc à tous : `_scan`.

Les équations sont dans `rnnbook.cells` ; les axes sont `(temps, lot, traits)`.
"""

from __future__ import annotations

import warnings

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from rnnbook.cells import (
    ACTIVATIONS,
    Equations,
    State,
    add_weights,
    get_weights,
    gru_equations,
    init_uniform,
    lstm_equations,
    rnn_equations,
    state_tuple,
)
from rnnbook.validation import check_choice, check_dtype, check_interval, check_shape, check_size, check_type


class _Layer(nn.Module):
    """Ce que les trois couches partagent : paramètres, empilement, sens de lecture, boucle sur le temps."""

    blocks: int  # blocs empilés dans chaque matrice de poids
    state_names: tuple[str, ...] = ("hx",)

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
    ) -> None:
        super().__init__()
        self.input_size = check_size("input_size", input_size)
        self.hidden_size = check_size("hidden_size", hidden_size)
        self.num_layers = check_size("num_layers", num_layers)
        self.bias = check_type("bias", bias, bool)
        self.batch_first = check_type("batch_first", batch_first, bool)
        self.dropout = check_interval("dropout", dropout, 0, 1)
        self.bidirectional = check_type("bidirectional", bidirectional, bool)
        if self.dropout > 0 and self.num_layers == 1:
            warnings.warn("dropout : sans effet sur une seule couche, il agit entre deux", stacklevel=2)
        self.directions = ("", "_reverse") if bidirectional else ("",)
        for k in range(self.num_layers):
            columns = self.input_size if k == 0 else len(self.directions) * self.hidden_size
            for direction in self.directions:
                add_weights(self, f"_l{k}{direction}", self.blocks, columns, self.hidden_size, self.bias)
        init_uniform(self, self.hidden_size)

    def _equations(self, *weights: Tensor) -> Equations:
        raise NotImplementedError

    def forward(
        self, input: Tensor | PackedSequence, hx: Tensor | State | None = None
    ) -> tuple[Tensor | PackedSequence, Tensor | State]:
        """Lit des séquences entières ; renvoie les états h de tous les instants, puis l'état final.

        Formes : input `(temps, lot, d)`, `(lot, temps, d)` si `batch_first`, `(temps, d)` sans lot, ou un
        `PackedSequence` ; la sortie est de la même sorte, avec n traits, 2n si `bidirectional`. hx et
        l'état final : `(num_layers × sens, lot, n)`, sans l'axe du lot s'il n'y en a pas ; un couple
        `(h, c)` pour le LSTM. Sans `hx`, l'état de départ est nul. Lève `ValueError` (rang, taille, axe
        vide) ou `TypeError` (nature, type des nombres).
        """
        output: Tensor | PackedSequence
        check_type("input", input, Tensor, PackedSequence)
        if isinstance(input, PackedSequence):
            output, state = self._read_packed(input, hx)
        else:
            output, state = self._read_tensor(input, hx)
        return output, state if len(state) > 1 else state[0]

    def _read_packed(self, packed: PackedSequence, hx: Tensor | State | None) -> tuple[PackedSequence, State]:
        """Le lot est déjà tassé, de la plus longue à la plus courte : reste à ranger les états de même."""
        x, batch_sizes, order, inverse = packed
        check_shape("input.data", x, ("total", self.input_size))
        sizes = batch_sizes.tolist()
        state = self._initial_state(hx, x, (sizes[0],))
        if order is not None:
            state = tuple(s[:, order] for s in state)
        x, state = self._stack(x, sizes, state)
        if inverse is not None:
            state = tuple(s[:, inverse] for s in state)
        return PackedSequence(x, batch_sizes, order, inverse), state

    def _read_tensor(self, x: Tensor, hx: Tensor | State | None) -> tuple[Tensor, State]:
        """Tasse un tenseur, puis rend à la sortie la disposition de l'entrée."""
        batched = x.dim() != 2
        if batched:
            axes = ("lot", "temps") if self.batch_first else ("temps", "lot")
            check_shape("input", x, (*axes, self.input_size))
            x = x.transpose(0, 1) if self.batch_first else x
            state = self._initial_state(hx, x, x.shape[1:2])
        else:
            check_shape("input", x, ("temps", self.input_size))
            x = x.unsqueeze(1)
            state = tuple(s.unsqueeze(1) for s in self._initial_state(hx, x, ()))
        steps, batch = x.shape[:2]
        x, state = self._stack(x.flatten(0, 1), [batch] * steps, state)
        x = x.unflatten(0, (steps, batch))
        if not batched:
            return x.squeeze(1), tuple(s.squeeze(1) for s in state)
        return x.transpose(0, 1) if self.batch_first else x, state

    def _initial_state(self, hx: Tensor | State | None, x: Tensor, batch: tuple[int, ...]) -> State:
        check_dtype("input", x, self.weight_ih_l0.dtype)
        rows = self.num_layers * len(self.directions)
        return state_tuple(hx, self.state_names, x, (rows, *batch, self.hidden_size))

    def _stack(self, x: Tensor, sizes: list[int], state: State) -> tuple[Tensor, State]:
        """Empile les couches : la sortie de l'une, sens côte à côte, est l'entrée de la suivante."""
        finals: list[State] = []
        for k in range(self.num_layers):
            if k > 0:
                x = F.dropout(x, self.dropout, self.training)
            outputs = []
            for direction in self.directions:
                initial = tuple(s[len(finals)] for s in state)
                output, final = self._scan(x, sizes, initial, k, direction)
                outputs.append(output)
                finals.append(final)
            x = torch.cat(outputs, dim=1) if len(outputs) > 1 else outputs[0]
        return x, tuple(torch.stack(s) for s in zip(*finals, strict=True))

    def _scan(
        self, x: Tensor, sizes: list[int], state: State, k: int, direction: str
    ) -> tuple[Tensor, State]:
        """La boucle sur le temps, pour une couche et un sens : x `(total, traits)`, état `(lot, n)`."""
        project, step = self._equations(*get_weights(self, f"_l{k}{direction}"))
        # Découper d'un coup : indicer project(x) dans la boucle créerait un gradient plein à chaque instant.
        inputs = project(x).split(sizes)
        outputs = []
        for a in reversed(inputs) if direction else inputs:
            present = len(a)
            if present == len(state[0]):
                state = step(a, state)
                outputs.append(state[0])
            else:  # des séquences sont finies, ou pas encore commencées : elles gardent leur état
                moved = step(a, tuple(s[:present] for s in state))
                outputs.append(moved[0])
                state = tuple(torch.cat([new, s[present:]]) for new, s in zip(moved, state, strict=True))
        return torch.cat(outputs[::-1] if direction else outputs), state

    def extra_repr(self) -> str:
        """Ce que `print` montre de la couche : ses réglages."""
        return (
            f"{self.input_size}, {self.hidden_size}, num_layers={self.num_layers}, bias={self.bias}, "
            f"batch_first={self.batch_first}, dropout={self.dropout}, bidirectional={self.bidirectional}"
        )


class RNN(_Layer):
    """Réseau récurrent simple : `output, h_n = layer(x, h_0)`. Jumeau de `torch.nn.RNN` (chapitre 3).

    `nonlinearity` vaut « tanh » ou « relu » ; `dropout` agit sur la sortie de chaque couche sauf la
    dernière, en entraînement. Lève `ValueError` ou `TypeError` si un argument ne convient pas.
    """

    blocks = 1

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
    ) -> None:
        super().__init__(input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional)
        self.nonlinearity = check_choice("nonlinearity", nonlinearity, ACTIVATIONS)

    def _equations(self, *weights: Tensor) -> Equations:
        return rnn_equations(*weights, nonlinearity=self.nonlinearity)


class LSTM(_Layer):
    """LSTM : `output, (h_n, c_n) = layer(x, (h_0, c_0))`. Jumeau de `torch.nn.LSTM` (chapitre 9).

    Arguments et erreurs : ceux de `RNN`, sans `nonlinearity`.
    """

    blocks = 4
    state_names = ("hx[0]", "hx[1]")

    def _equations(self, *weights: Tensor) -> Equations:
        return lstm_equations(*weights)


class GRU(_Layer):
    """GRU : `output, h_n = layer(x, h_0)`. Jumeau de `torch.nn.GRU` (chapitre 10).

    `reset_after=False` donne le GRU de Cho et al. (2014). Autres arguments et erreurs : ceux de `RNN`,
    sans `nonlinearity`.
    """

    blocks = 3

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        *,
        reset_after: bool = True,
    ) -> None:
        super().__init__(input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional)
        self.reset_after = check_type("reset_after", reset_after, bool)

    def _equations(self, *weights: Tensor) -> Equations:
        return gru_equations(*weights, reset_after=self.reset_after)
