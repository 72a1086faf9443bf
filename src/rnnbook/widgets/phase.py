"""*Portrait de phase* (chapitre 13) : où va l'état d'un réseau de deux unités, et où il s'arrête."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import traitlets

from rnnbook import dynamics
from rnnbook.formats import decimal
from rnnbook.widgets import drawing
from rnnbook.widgets.figure import Figure
from rnnbook.widgets.traits import Array, Integer

LARGEST = 3.0
"""Plus grande valeur absolue d'un poids ou d'un biais."""

LAST = 40
"""Plus grand nombre de pas montrés."""

STARTS = dynamics.grid(-1, 1, 9)
"""Départs de la recherche des points fixes, forme (81, 2)."""

KINDS = {"stable": ("●", "green"), "selle": ("✕", "orange"), "instable": ("○", "purple")}
"""Nature d'un point fixe → signe et couleur."""


class PhasePortrait(Figure):
    """Le réseau h_t = tanh(W_hh h_{t-1} + b_h) de deux unités, sans entrée qui varie.

    `W_hh` (2, 2) et `b_h` (2,) : nombres entre −3 et 3. `start` : état de départ, dans [−1, 1]². `steps` :
    pas montrés, 0 à 40 (au-delà : tous). Les points fixes viennent de `rnnbook.dynamics.fixed_points`.

    Lève `ValueError` ou `TypeError` si une valeur ne convient pas. Source : chapitre 13.
    """

    module: ClassVar[str] = "phase"

    W_hh = Array(2, 2, default=[[1.2, -0.6], [-0.6, 1.2]])
    b_h = Array(2, default=[0.0, 0.0])
    start = Array(2, default=[0.2, 0.5])
    steps = Integer(0, 12)

    @traitlets.validate("W_hh", "b_h")
    def _check_weights(self, proposal: Any) -> Any:
        if np.abs(proposal["value"]).max() > LARGEST:
            name = proposal["trait"].name
            raise ValueError(f"{name} : {proposal['value']} reçu, des nombres entre -3 et 3 attendus")
        return proposal["value"]

    @traitlets.validate("start")
    def _check_start(self, proposal: Any) -> list[float]:
        if np.abs(proposal["value"]).max() > 1:
            raise ValueError(f"start : {proposal['value']} reçu, deux nombres entre -1 et 1 attendus")
        return list(proposal["value"])

    def step(self) -> dynamics.Step:
        """Le pas h ↦ tanh(W_hh h + b_h)."""
        return dynamics.tanh_step(self.W_hh, self.b_h)

    def points(self) -> list[dynamics.FixedPoint]:
        """Les points fixes trouvés depuis 81 départs."""
        return dynamics.fixed_points(self.step(), STARTS)

    def states(self) -> np.ndarray[Any, np.dtype[Any]]:
        """Les états montrés, forme (pas + 1, 2)."""
        shown = min(self.steps, LAST)
        return dynamics.trajectory(self.step(), self.start, max(shown, 1))[: shown + 1]

    def describe(self) -> str:
        points = self.points()
        counts = {kind: sum(point.kind == kind for point in points) for kind in KINDS}
        found = ", ".join(f"{count} {kind}{'s' * (count > 1)}" for kind, count in counts.items() if count)
        end = " ; ".join(decimal(value) for value in self.states()[-1])
        plural = "s" if len(points) > 1 else ""
        return (
            f"{len(points)} point{plural} fixe{plural} ({found or 'aucun trouvé'}) ; "
            f"après {min(self.steps, LAST)} pas, l'état est en ({end})"
        )

    def draw(self) -> str:
        side = 340.0

        def place(state: Any) -> tuple[float, float]:
            return side / 2 * (1 + state[0] / 1.1), side / 2 * (1 - state[1] / 1.1)

        low, high = place((-1, -1)), place((1, 1))
        parts = [
            drawing.element(
                "rect", x=low[0], y=high[1], width=high[0] - low[0], height=low[1] - high[1],
                fill=drawing.color("paper"), stroke=drawing.color("muted"),
            )
        ]  # fmt: skip
        weight, bias = np.array(self.W_hh), np.array(self.b_h)
        for state in dynamics.grid(-0.9, 0.9, 10):
            move = np.tanh(weight @ state + bias) - state
            size = np.linalg.norm(move)
            (x, y), (x2, y2) = place(state), place(state + 0.12 * move / max(size, 0.12))
            parts.append(drawing.element("line", x1=x, y1=y, x2=x2, y2=y2, stroke=drawing.color("line")))
            parts.append(drawing.element("circle", cx=x, cy=y, r=1.5, fill=drawing.color("muted")))
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in map(place, self.states()))
        parts.append(
            drawing.element(
                "polyline", points=path, fill="none", stroke=drawing.color("blue"), stroke_width=2
            )
        )
        for point in self.points():
            sign, name = KINDS[point.kind]
            x, y = place(point.state)
            parts.append(drawing.text(x, y + 6, sign, fill=drawing.color(name), font_size="18"))
        return drawing.document(side, side, self.describe(), *parts)
