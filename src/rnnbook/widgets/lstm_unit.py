"""*La cellule LSTM* (chapitre 9) : une unité, ses trois portes et son candidat, pas à pas."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import traitlets

from rnnbook import bptt
from rnnbook.formats import decimal
from rnnbook.widgets import drawing
from rnnbook.widgets.figure import Figure
from rnnbook.widgets.traits import Array, Choice, Integer, Text
from rnnbook.widgets.unrolled import LONGEST, parse_sequence

BLOCKS = "ifgo"
"""Les blocs de `weight_ih` et `weight_hh`, dans l'ordre de PyTorch : entrée, oubli, candidat, sortie."""

ROWS = ("i", "f", "g", "o", "c", "h")
"""Les grandeurs d'un pas, dans l'ordre du calcul."""

COLORS = {"i": "green", "f": "blue", "g": "gold", "o": "purple", "c": "orange", "h": "ink"}
"""Couleur de chaque grandeur."""

GATE_STATES = ("libre", "ouverte", "fermée")
"""Ce qu'une porte peut faire : suivre son équation, ou valoir toujours 1, ou toujours 0."""

FORCED = {"ouverte": 1000.0, "fermée": -1000.0}
"""Préactivations dont la sigmoïde vaut exactement 1 et 0 en double précision."""


class LSTMUnit(Figure):
    """Une unité LSTM, une entrée d'un trait : c_t = f_t c_{t-1} + i_t g_t et h_t = o_t tanh(c_t).

    `sequence` : la suite d'entrée (voir `rnnbook.widgets.unrolled.parse_sequence`). `weights`, forme (4, 3) :
    lignes i, f, g, o, colonnes w_x, w_h, b. `input_gate`, `forget_gate`, `output_gate` : « libre »,
    « ouverte » (la porte vaut 1) ou « fermée » (elle vaut 0). `step` : dernier pas montré (au-delà de la
    suite : tous). `selected` : le poids que règle le curseur, comme `"w_xi"` ou `"b_f"`.

    Lève `ValueError` ou `TypeError` si une valeur ou une forme ne convient pas. Source : chapitre 9, eq-lstm.
    """

    module: ClassVar[str] = "lstm"

    sequence = Text("1 0,3 0 -0,4 0 0 1 0")
    # L'entrée s'ouvre pour un 1 et ignore ce qui est petit ; l'oubli garde presque tout ; la sortie montre c.
    weights = Array(4, 3, default=[[10.0, 0.0, -6.0], [0.0, 0.0, 3.0], [2.0, 0.0, 0.0], [0.0, 0.0, 3.0]])
    input_gate = Choice(GATE_STATES, "libre")
    forget_gate = Choice(GATE_STATES, "libre")
    output_gate = Choice(GATE_STATES, "libre")
    step = Integer(0, LONGEST)
    selected = Choice([f"{kind}{block}" for block in BLOCKS for kind in ("w_x", "w_h", "b_")], "b_f")

    def __init__(self, sequence: str = "1 0,3 0 -0,4 0 0 1 0", **state: Any) -> None:
        super().__init__(sequence=sequence, **state)

    @traitlets.validate("sequence")
    def _check_sequence(self, proposal: Any) -> str:
        parse_sequence(proposal["value"])
        return proposal["value"]

    def values(self) -> dict[str, np.ndarray[Any, np.dtype[Any]]]:
        """Les i, f, g, o, c et h des pas 1 … T, forme (T,) chacun, calculés par `rnnbook.bptt`."""
        weights = np.array(self.weights)
        for row, gate in ((0, self.input_gate), (1, self.forget_gate), (3, self.output_gate)):
            if gate in FORCED:
                weights[row] = 0.0, 0.0, FORCED[gate]
        w_x, w_h, b = np.split(weights, 3, axis=1)
        params = bptt.Parameters(w_x, w_h, b[:, 0], np.zeros(4))
        x = np.array([value for _, value in parse_sequence(self.sequence)]).reshape(-1, 1, 1)
        zero = np.zeros((1, 1))
        trace = bptt.forward(bptt.LSTMCell(), params, x, bptt.State(zero, zero))
        gates = {name: np.array([getattr(cache, name).item() for cache in trace.caches]) for name in BLOCKS}
        return {**gates, "c": trace.states.c[1:, 0, 0], "h": trace.states.h[1:, 0, 0]}

    def describe(self) -> str:
        values = self.values()
        shown = min(self.step, len(values["c"]))
        if shown == 0:
            return f"Une unité LSTM sur {len(values['c'])} pas, avant la première entrée : c et h sont nuls"
        text = " ; ".join(f"{name} = {decimal(values[name][shown - 1])}" for name in ROWS)
        return f"Une unité LSTM sur {len(values['c'])} pas ; au pas {shown} : {text}"

    def draw(self) -> str:
        steps, values = parse_sequence(self.sequence), self.values()
        column, line, left = 62.0, 50.0, 46.0
        largest = max(1.0, float(np.abs(values["c"]).max()))
        parts: list[str] = []
        for t, (_, x) in enumerate(steps):
            middle = left + column * (t + 0.5)
            parts.append(drawing.text(middle, 18, f"x_{t + 1}", font_style="italic"))
            parts.append(drawing.text(middle, 36, decimal(x)))
        for k, name in enumerate(ROWS):
            gate = name in "ifo"
            zero = 46 + line * (k + (0.95 if gate else 0.7))
            height = 26.0 if gate else 13.0 / (largest if name == "c" else 1.0)
            parts.append(drawing.text(20, zero, name, font_weight="bold", fill=drawing.color(COLORS[name])))
            for t, value in enumerate(values[name][: self.step]):
                middle, size = left + column * (t + 0.5), abs(value) * height
                parts.append(drawing.text(middle, zero - (30 if gate else 17), decimal(value)))
                parts.append(
                    drawing.element(
                        "rect", x=middle - 14, y=zero - (size if value > 0 else 0), width=28, height=size,
                        fill=drawing.color(COLORS[name]),
                    )
                )  # fmt: skip
            end = left + column * len(steps)
            parts.append(
                drawing.element("line", x1=left, x2=end, y1=zero, y2=zero, stroke=drawing.color("muted"))
            )
        return drawing.document(left + column * len(steps), 60 + line * len(ROWS), self.describe(), *parts)
