"""*Le gradient qui fuit* (chapitre 6) : un neurone récurrent, le produit des dérivées, la saturation."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import traitlets

from rnnbook import jacobians
from rnnbook.formats import decimal, scientific
from rnnbook.validation import check_size
from rnnbook.widgets import drawing
from rnnbook.widgets.figure import Figure
from rnnbook.widgets.traits import Choice, Integer, Number

LONGEST = 60
"""Nombre de pas le plus grand : au-delà, les barres ne se distinguent plus sur un téléphone."""

SATURATED = 0.1
"""Un pas est dit saturé quand la pente de l'activation y est sous ce seuil."""

FLOOR = -30
"""Puissance de dix sous laquelle l'axe ne descend pas : une dérivée plus petite est posée en bas."""

SIGNALS = {
    "impulsion": "une impulsion",
    "constante": "une entrée constante",
    "alternée": "une entrée alternée",
}
"""Forme de l'entrée → comment la dire."""

WIDTH, LEFT, TOP, PLOT, STRIP = 560.0, 54.0, 30.0, 170.0, 44.0
"""Dessin : largeur, marge des graduations, haut du tracé, sa hauteur, celle des deux bandes."""


class GradientLeak(Figure):
    """Le neurone h_t = φ(w h_{t-1} + x_t), h_0 = 0, et les dérivées ∂h_T/∂h_k pour k = 0 … T.

    `w` : le poids récurrent. `activation` : φ, « tanh », « relu » ou « linéaire ». `length` : T, de 2 à 60.
    `signal` et `amplitude` : l'entrée, une impulsion (x_1 seul non nul), une constante, ou une suite
    alternée +, −, +… Un pas est saturé, ou éteint pour ReLU, si la pente φ'(a_t) est sous 0,1.

    Lève `ValueError` ou `TypeError` si une valeur ne convient pas. Source : chapitre 6.
    """

    module: ClassVar[str] = "fuite"

    w = Number(-2, 2, 0.9)
    activation = Choice(tuple(jacobians.ACTIVATIONS), "tanh")
    length = Integer(2, 30)
    signal = Choice(tuple(SIGNALS), "impulsion")
    amplitude = Number(0, 3, 1.0)

    @traitlets.validate("length")
    def _check_length(self, proposal: Any) -> int:
        length = check_size("length", proposal["value"], 2)
        if length > LONGEST:
            raise ValueError(f"length : {length} reçu, {LONGEST} au plus attendu")
        return length

    def inputs(self) -> jacobians.Array:
        """Les entrées x_1 … x_T, forme (T,)."""
        steps = np.arange(self.length)
        shape = {"impulsion": steps == 0, "constante": steps >= 0, "alternée": 1 - 2 * (steps % 2)}
        return self.amplitude * shape[self.signal].astype(float)

    def states(self) -> jacobians.Array:
        """Les états h_0 … h_T, forme (T + 1,)."""
        weight = np.array([[self.w]])
        return jacobians.unroll(self.activation, weight, self.inputs()[:, None], np.zeros(1))[:, 0]

    def slopes(self) -> jacobians.Array:
        """Les pentes φ'(a_1) … φ'(a_T), forme (T,)."""
        return jacobians.slopes(self.activation, self.states()[:, None])[:, 0]

    def products(self) -> jacobians.Array:
        """Les dérivées ∂h_T/∂h_k, k = 0 … T, forme (T + 1,)."""
        weight = np.array([[self.w]])
        return jacobians.jacobians(self.activation, weight, self.states()[:, None])[:, 0, 0]

    def bound(self) -> jacobians.Array:
        """La valeur absolue de w à la puissance T − k, k = 0 … T, forme (T + 1,) : la borne."""
        return jacobians.norm_bound(np.array([[self.w]]), self.length)

    def saturated(self) -> int:
        """Nombre de pas saturés."""
        return int(np.sum(self.slopes() < SATURATED))

    def describe(self) -> str:
        name = {"tanh": "tanh", "relu": "ReLU", "linéaire": "linéaire"}[self.activation]
        return (
            f"Neurone {name}, poids récurrent {decimal(self.w)}, {SIGNALS[self.signal]} d'amplitude "
            f"{decimal(self.amplitude, 1)} : sur {self.length} pas, la dérivée vaut "
            f"{_power(self.products()[0])} et sa borne {_power(self.bound()[0])} ; "
            f"pas {'éteints' if self.activation == 'relu' else 'saturés'} : {self.saturated()}"
        )

    def draw(self) -> str:
        T, products, bound = self.length, np.abs(self.products()), self.bound()
        column = (WIDTH - LEFT) / (T + 1)
        xs = LEFT + column * (np.arange(T + 1) + 0.5)
        low, high = _range(np.concatenate([products, bound]))
        parts = [drawing.text(LEFT, 16, "dérivée de h_T par h_k, en valeur absolue", text_anchor="start")]
        for power in _ticks(low, high):
            y = _height(10.0**power, low, high)
            parts.append(drawing.element("line", x1=LEFT, x2=WIDTH, y1=y, y2=y, stroke=drawing.color("line")))
            label = scientific(10.0**power, 0).removeprefix("1·")
            parts.append(drawing.text(LEFT - 6, y + 4, label, text_anchor="end", font_size=11))
        for values, stroke, dash in ((bound, "muted", "5 4"), (products, "orange", None)):
            points = " ".join(
                f"{x:.1f},{_height(value, low, high):.1f}" for x, value in zip(xs, values, strict=True)
            )
            parts.append(
                drawing.element(
                    "polyline", points=points, fill="none", stroke=drawing.color(stroke), stroke_width=2,
                    stroke_dasharray=dash,
                )
            )  # fmt: skip
        states = self.states()[1:]
        largest = max(1.0, float(np.abs(states).max()))
        rows = (("pente", self.slopes(), "blue"), ("état", states / largest / 2 + 0.5, "green"))
        for i, (name, values, fill) in enumerate(rows):
            base = TOP + PLOT + 34 + (STRIP + 16) * i + STRIP
            start = base if i == 0 else base - STRIP / 2
            parts.append(drawing.text(LEFT - 6, base - STRIP / 2 + 4, name, text_anchor="end", font_size=11))
            parts.append(
                drawing.element("line", x1=LEFT, x2=WIDTH, y1=start, y2=start, stroke=drawing.color("line"))
            )
            for x, value in zip(xs[1:], values, strict=True):
                level = base - STRIP * value
                parts.append(
                    drawing.element(
                        "rect", x=x - column * 0.4, y=min(level, start), width=column * 0.8,
                        height=abs(level - start), fill=drawing.color(fill),
                    )
                )  # fmt: skip
        bottom = TOP + PLOT + 34 + 2 * (STRIP + 16)
        for k in (0, T):
            parts.append(drawing.text(float(xs[k]), bottom + 8, f"k = {k}", font_size=11))
        return drawing.document(WIDTH, bottom + 16, self.describe(), *parts)


def _power(value: float) -> str:
    return "0" if value == 0 else scientific(float(value))


def _range(values: jacobians.Array) -> tuple[int, int]:
    """Les puissances de dix entre lesquelles va l'axe ; les valeurs nulles n'y comptent pas."""
    logs = np.log10(values[values > 0])
    return max(FLOOR, min(-2, int(np.floor(logs.min())))), max(2, int(np.ceil(logs.max())))


def _ticks(low: int, high: int) -> list[int]:
    """Des puissances de dix régulières, 10⁰ comprise, sept au plus."""
    step = max(1, -(-(high - low) // 6))
    return [power for power in range(low, high + 1) if power % step == 0]


def _height(value: float, low: int, high: int) -> float:
    log = low if value == 0 else max(low, float(np.log10(value)))
    return TOP + PLOT * (high - log) / (high - low)
