"""*BPTT pas à pas* (chapitre 5) : l'aller, le retour, et chaque contribution à dL/dw pour une unité."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import traitlets

from rnnbook import bptt
from rnnbook.formats import decimal
from rnnbook.widgets import drawing
from rnnbook.widgets.figure import Figure
from rnnbook.widgets.traits import Flag, Integer, Number, Text
from rnnbook.widgets.unrolled import LONGEST, parse_sequence

COLUMN, TOP, UNIT, PILE = 84.0, 40.0, 30.0, 110.0
"""Dessin : largeur d'une colonne, haut des états, hauteur de la valeur 1, hauteur des contributions."""


class Backpropagation(Figure):
    """Le réseau h_t = tanh(w_x x_t + w h_{t-1}) d'une unité, sa perte, et les contributions à dL/dw.

    La perte compare les états à une cible y : L = Σ_t ½ (h_t − y)², ou le seul terme t = T si `final`.
    `sequence` : la suite d'entrée (voir `rnnbook.widgets.unrolled.parse_sequence`). `w_x`, `w`, `h_0`,
    `target` : les nombres w_x, w, h_0 et y. `truncation` : longueur K des tranches, comme dans
    `rnnbook.bptt.backward` ; K ≥ T ne coupe rien. `step` : de 1 à T les pas de l'aller, de T + 1 à 2T ceux
    du retour, qui défont les pas T, T − 1, … 1 ; au-delà, tout est montré.

    Lève `ValueError` ou `TypeError` si une valeur ne convient pas. Source : chapitre 5, équations
    eq-bptt-scalaire-somme et eq-bptt-recursive.
    """

    module: ClassVar[str] = "bptt"

    sequence = Text("1 0,5 -1 0,5 0 0,5")
    w_x = Number(-2, 2, 0.6)
    w = Number(-2, 2, 0.9)
    h_0 = Number(-1, 1, 0.5)
    target = Number(-1, 1, -0.5)
    final = Flag(True)
    truncation = Integer(1, LONGEST)
    step = Integer(0, 2 * LONGEST)

    @traitlets.validate("sequence")
    def _check_sequence(self, proposal: Any) -> str:
        parse_sequence(proposal["value"])
        return proposal["value"]

    def trace(self) -> bptt.Trace:
        """L'aller, par `rnnbook.bptt` : un lot d'une séquence, une unité, sans biais."""
        x = np.array([value for _, value in parse_sequence(self.sequence)]).reshape(-1, 1, 1)
        params = bptt.Parameters(np.array([[self.w_x]]), np.array([[self.w]]), np.zeros(1), np.zeros(1))
        return bptt.forward(bptt.RNNCell(), params, x, bptt.State(np.array([[self.h_0]])))

    def immediate(self) -> bptt.Array:
        """Les dérivées immédiates ∂⁺L_t/∂h_t, forme (T,) : h_t − y aux pas jugés, 0 ailleurs."""
        errors = self.trace().output[:, 0, 0] - self.target
        if self.final:
            errors[:-1] = 0
        return errors

    def contributions(self) -> bptt.Array:
        """Les termes de la double somme, forme (T, T) : `[t - 1, k - 1]`, perte du pas t, emploi au pas k."""
        return bptt.contributions(self.trace(), self.immediate()[:, None, None]).weight_hh[:, :, 0, 0]

    def gradient(self, truncation: int | None = None) -> float:
        """dL/dw ; tronqué par tranches si `truncation` est donné."""
        d_output = self.immediate()[:, None, None]
        return float(bptt.backward(self.trace(), d_output, truncation=truncation).params.weight_hh[0, 0])

    def kept(self) -> bptt.Array:
        """Les termes que garde la troncature : ceux dont t et k sont dans la même tranche, 0 ailleurs."""
        terms = self.contributions()
        chunk = np.arange(len(terms)) // self.truncation
        return np.where(chunk[:, None] == chunk[None, :], terms, 0.0)

    def first_undone(self) -> int:
        """Le plus petit pas k que le retour a défait ; T + 1 avant le retour."""
        T = len(self.immediate())
        return max(1, min(T + 1, 2 * T + 1 - self.step))

    def describe(self) -> str:
        terms = self.kept()
        T, k = len(terms), self.first_undone()
        if k > T:
            shown = min(self.step, T)
            state = decimal(float(self.trace().states.h[shown, 0, 0]))
            return f"Rétropropagation sur {T} pas : aller jusqu'au pas {shown}, état {state}"
        total = decimal(float(terms[:, k - 1 :].sum()), 3)
        cut = f", tranches de {self.truncation}" if self.truncation < T else ""
        return (
            f"Rétropropagation sur {T} pas{cut} : retour jusqu'au pas {k}, somme des contributions {total}, "
            f"gradient exact {decimal(self.gradient(), 3)}"
        )

    def draw(self) -> str:
        states = self.trace().states.h[:, 0, 0]
        T, first = len(states) - 1, self.first_undone()
        middle, bottom = TOP + UNIT + 8, TOP + 2 * UNIT + 16
        parts: list[str] = []
        for t, h in enumerate(states):
            x = COLUMN * (t + 0.5)
            reached = t <= self.step
            parts.append(drawing.text(x, 16, f"h_{t}", font_weight="bold"))
            parts.append(
                drawing.element(
                    "rect", x=x - 22, y=TOP, width=44, height=bottom - TOP, rx=8, fill=drawing.color("paper"),
                    stroke=drawing.color("muted"), stroke_dasharray=None if reached else "4 4",
                )
            )  # fmt: skip
            if reached:
                parts.append(drawing.text(x, 33, decimal(float(h)), fill=drawing.color("blue")))
                parts.append(
                    drawing.element(
                        "rect", x=x - 8, y=middle - max(h, 0) * UNIT, width=16, height=abs(h) * UNIT,
                        fill=drawing.color("blue"),
                    )
                )  # fmt: skip
            if t > 0:
                parts.append(drawing.arrow(x - COLUMN + 23, middle - 8, x - 23, middle - 8, "blue"))
                # Le gradient passe du pas t au pas t − 1, sauf au début d'une tranche.
                if t >= first and ((t - 1) % self.truncation or t == 1):
                    parts.append(drawing.arrow(x - 23, middle + 8, x - COLUMN + 23, middle + 8, "orange"))
        parts += self._pile(bottom + 30)
        return drawing.document(COLUMN * (T + 1), bottom + PILE + 76, self.describe(), *parts)

    def _pile(self, top: float) -> list[str]:
        """Les contributions des pas déjà défaits, empilées du dernier emploi au premier, et leur somme."""
        kept, first, exact = self.kept().sum(axis=0), self.first_undone(), self.gradient()
        T = len(kept)
        reached = np.append(np.cumsum(kept[::-1])[::-1], 0.0)  # niveau après l'emploi k, en [k - 1]
        low, high = min(reached.min(), exact), max(reached.max(), exact)
        unit = PILE / ((high - low) or 1.0)
        zero, level, center = top + high * unit, top + (high - exact) * unit, COLUMN / 2
        parts = [
            drawing.element(
                "line", x1=0, x2=COLUMN * (T + 1), y1=zero, y2=zero, stroke=drawing.color("line")
            ),
            drawing.element(
                "line", x1=center - 30, x2=center + 30, y1=level, y2=level,
                stroke=drawing.color("ink"), stroke_width=2, stroke_dasharray="5 3",
            ),
        ]  # fmt: skip
        # La somme, à gauche, part de zéro ; chaque barre part du niveau atteint par la précédente.
        bars = [("somme", 0.0, reached[min(first, T + 1) - 1], "purple")]
        bars += [(f"k = {k}", reached[k], reached[k - 1], "orange") for k in range(1, T + 1)]
        for column, (name, start, end, fill) in enumerate(bars):
            x = COLUMN * (column + 0.5)
            parts.append(drawing.text(x, top + PILE + 20, name))
            if first > T or 0 < column < first:
                continue
            y, height = zero - max(start, end) * unit, abs(end - start) * unit
            parts.append(
                drawing.element("rect", x=x - 16, y=y, width=32, height=height, fill=drawing.color(fill))
            )
            value = decimal(float(end - start), 3)
            parts.append(drawing.text(x, top + PILE + 38, value, fill=drawing.color(fill)))
        return parts
