"""*La cellule GRU* (chapitre 10) : une unité, ses deux portes, les deux conventions, un LSTM à côté."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import traitlets

from rnnbook import bptt
from rnnbook.formats import decimal
from rnnbook.widgets import drawing
from rnnbook.widgets.figure import Figure
from rnnbook.widgets.traits import Array, Choice, Integer, Number, Text
from rnnbook.widgets.unrolled import LONGEST, parse_sequence

LARGEST = 8.0
"""Plus grande valeur absolue d'un poids."""

WEIGHTS = [f"{kind}{block}" for block in ("r", "z", "k") for kind in ("w_x", "w_h", "b_")] + ["b_hk", "b_o"]
"""Les poids, comme `selected` les nomme : trois par bloc, puis le second biais du candidat et celui de o."""

ROWS = ("r", "z", "k", "h", "c", "s")
"""Grandeurs d'un pas : portes, candidat et état du GRU ; cellule et état (`s`) de l'unité LSTM voisine."""

NAMES = {"r": "r", "z": "z", "k": "h̃", "h": "h", "c": "c", "s": "h"}
COLORS = {"r": "green", "z": "blue", "k": "gold", "h": "orange", "c": "purple", "s": "ink"}


class GRUUnit(Figure):
    """Une unité GRU sur une entrée d'un trait, h_0 = 0 ; à côté, l'unité LSTM qui lui ressemble le plus.

    `sequence` : la suite d'entrée (voir `rnnbook.widgets.unrolled.parse_sequence`). `weights`, forme (3, 3) :
    lignes r, z, candidat, colonnes w_x, w_h, b ; `recurrent_bias` : le second biais du candidat, ajouté au
    terme récurrent. `keeps` : ce que z garde, « passé » (PyTorch, Cho et al.) ou « nouveau » (Chung et al.).
    `reset` : r multiplie l'état « après » le produit (PyTorch) ou « avant » (Cho et al.). `output_bias` : le
    biais de la porte de sortie de l'unité LSTM, dont l'oubli est la part de passé gardée par le GRU,
    l'entrée son complément, et le candidat le même. `step` : dernier pas montré. `selected` : le poids que
    règle le curseur, dans `WEIGHTS`.

    Lève `ValueError` ou `TypeError` si une valeur ou une forme ne convient pas. Source : chapitre 10, eq-gru.
    """

    module: ClassVar[str] = "gru"

    sequence = Text("1 0 0 0,5 0 -1 0 0")
    # L'unité écrit quand une entrée positive arrive, garde le reste du temps, et n'entend pas les négatives.
    weights = Array(3, 3, default=[[-3.0, 0.0, 2.0], [-4.0, 0.0, 3.0], [2.0, -1.0, 0.0]])
    recurrent_bias = Number(-LARGEST, LARGEST, 0.5)
    output_bias = Number(-LARGEST, LARGEST, 2.0)
    keeps = Choice(("passé", "nouveau"), "passé")
    reset = Choice(("après", "avant"), "après")
    step = Integer(0, LONGEST)
    selected = Choice(WEIGHTS, "b_z")

    def __init__(self, sequence: str = "1 0 0 0,5 0 -1 0 0", **state: Any) -> None:
        super().__init__(sequence=sequence, **state)

    @traitlets.validate("sequence")
    def _check_sequence(self, proposal: Any) -> str:
        parse_sequence(proposal["value"])
        return proposal["value"]

    @traitlets.validate("weights")
    def _check_weights(self, proposal: Any) -> list[list[float]]:
        if np.abs(proposal["value"]).max() > LARGEST:
            raise ValueError(f"weights : {proposal['value']} reçu, des nombres entre -8 et 8 attendus")
        return proposal["value"]

    def values(self) -> dict[str, np.ndarray[Any, np.dtype[Any]]]:
        """Les six grandeurs de `ROWS` aux pas 1 … T, forme (T,) chacune, calculées par `rnnbook.bptt`."""
        r, z, k = np.array(self.weights)
        # σ(−a) = 1 − σ(a) : si z garde le nouveau, la part de passé est celle de la ligne opposée.
        past = z if self.keeps == "passé" else -z
        x = np.array([value for _, value in parse_sequence(self.sequence)]).reshape(-1, 1, 1)
        zero = np.zeros((1, 1))

        w_x, w_h, b = np.split(np.stack([r, past, k]), 3, axis=1)
        params = bptt.Parameters(w_x, w_h, b[:, 0], np.array([0.0, 0.0, self.recurrent_bias]))
        gru = bptt.forward(bptt.GRUCell(reset_after=self.reset == "après"), params, x, bptt.State(zero))

        output = np.array([0.0, 0.0, self.output_bias])
        w_x, w_h, b = np.split(np.stack([-past, past, k, output]), 3, axis=1)
        params = bptt.Parameters(w_x, w_h, b[:, 0], np.array([0.0, 0.0, self.recurrent_bias, 0.0]))
        lstm = bptt.forward(bptt.LSTMCell(), params, x, bptt.State(zero, zero))

        kept = np.array([cache.z.item() for cache in gru.caches])
        return {
            "r": np.array([cache.r.item() for cache in gru.caches]),
            "z": kept if self.keeps == "passé" else 1 - kept,
            "k": np.array([cache.h_tilde.item() for cache in gru.caches]),
            "h": gru.states.h[1:, 0, 0],
            "c": lstm.states.c[1:, 0, 0],
            "s": lstm.states.h[1:, 0, 0],
        }

    def describe(self) -> str:
        values = self.values()
        total = len(values["h"])
        shown = min(self.step, total)
        form = f"z garde le {self.keeps}, r {self.reset} le produit"
        if shown == 0:
            return f"Une unité GRU sur {total} pas ({form}), avant la première entrée : l'état est nul"
        r, z, k, h, _, s = (decimal(values[name][shown - 1]) for name in ROWS)
        return (
            f"Une unité GRU sur {total} pas ({form}) ; au pas {shown} : r = {r} ; z = {z} ; candidat {k} ; "
            f"h = {h}, contre {s} pour l'unité LSTM"
        )

    def draw(self) -> str:
        steps, values = parse_sequence(self.sequence), self.values()
        column, line, left = 60.0, 54.0, 70.0
        right = left + column * len(steps)
        parts = [
            drawing.text(left + column * (t + 0.5), 20, f"x_{t + 1} = {decimal(x)}", font_size=11)
            for t, (_, x) in enumerate(steps)
        ]
        for row, name in enumerate(ROWS):
            gate = name in "rz"
            zero = 40 + line * (row + (0.9 if gate else 0.6))
            unit = 30.0 if gate else 15.0
            parts.append(drawing.text(34, zero, NAMES[name], font_weight="bold"))
            parts.append(drawing.text(34, zero + 14, "LSTM" if name in "cs" else "GRU", font_size=10))
            for t, value in enumerate(values[name][: self.step]):
                middle, size = left + column * (t + 0.5), abs(value) * unit
                parts.append(
                    drawing.element(
                        "rect", x=middle - 20, y=zero - (size if value > 0 else 0), width=10, height=size,
                        fill=drawing.color(COLORS[name]),
                    )
                )  # fmt: skip
                parts.append(drawing.text(middle + 10, zero - 4, decimal(value), font_size=11))
            parts.append(
                drawing.element("line", x1=left, x2=right, y1=zero, y2=zero, stroke=drawing.color("muted"))
            )
        return drawing.document(right, 54 + line * len(ROWS), self.describe(), *parts)
