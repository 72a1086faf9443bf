"""*La balle* (chapitre 1) : où va-t-elle, d'après une image, puis plusieurs ?"""

from __future__ import annotations

from math import cos, dist, pi, sin
from typing import Any, ClassVar

import numpy as np
import traitlets

from rnnbook.formats import decimal
from rnnbook.widgets import drawing
from rnnbook.widgets.chance import normal_pair, uniforms
from rnnbook.widgets.figure import Figure
from rnnbook.widgets.traits import Array, Choice, Flag, Integer, Number

Point = tuple[float, float]

FRAMES = 6
"""Nombre d'images le plus grand."""

HALF = 2.0
"""Le terrain est le carré [-2, 2] × [-2, 2]."""

LOUDEST = 0.1
"""Plus grand écart-type du bruit : au-delà, des images sortiraient du terrain."""


class Ball(Figure):
    """Une balle à vitesse constante, vue en quelques images bruitées ; le lecteur devine où elle ira.

    `seed` : le lancer, un entier de 0 à 2³² − 1. `frames` : nombre d'images montrées, les plus récentes (1 à
    6). `noise` : écart-type du bruit de mesure sur chaque coordonnée (0 à 0,1). `guess` : la réponse (x, y)
    du lecteur. `revealed` : la vraie position et les erreurs sont montrées.

    La position présente est uniforme dans [-0,3 ; 0,3]², la direction quelconque, et la balle avance de 0,2 à
    0,3 d'une image à l'autre : une image ne dit rien de la direction. Lève `ValueError` ou `TypeError` si une
    valeur ne convient pas. Source : chapitre 1.
    """

    module: ClassVar[str] = "balle"

    seed = Integer(0, 1)
    frames = Choice(range(1, FRAMES + 1), 1)
    noise = Number(0, LOUDEST, 0.05)
    # À l'écart de la balle, où qu'elle soit.
    guess = Array(2, default=[0.5, 0.5])
    revealed = Flag(False)

    @traitlets.validate("seed")
    def _check_seed(self, proposal: Any) -> int:
        uniforms(proposal["value"])
        return proposal["value"]

    @traitlets.validate("guess")
    def _check_guess(self, proposal: Any) -> list[float]:
        if max(map(abs, proposal["value"])) > HALF:
            raise ValueError(f"guess : {proposal['value']} reçu, deux nombres entre -2 et 2 attendus")
        return proposal["value"]

    def throw(self) -> tuple[list[Point], Point]:
        """Les images vues, de la plus ancienne à la plus récente, et la vraie position suivante."""
        draw = uniforms(self.seed)
        x, y = (0.6 * next(draw) - 0.3 for _ in range(2))
        angle, speed = 2 * pi * next(draw), 0.2 + 0.1 * next(draw)
        vx, vy = speed * cos(angle), speed * sin(angle)
        seen: list[Point] = []
        for age in range(self.frames):
            # Le bruit d'une image ne dépend que du lancer : en montrer une de plus ne déplace pas les autres.
            error_x, error_y = normal_pair(draw)
            seen.append((x - age * vx + self.noise * error_x, y - age * vy + self.noise * error_y))
        return seen[::-1], (x + vx, y + vy)

    def straight_line(self) -> Point:
        """Prolonge d'un pas la droite des moindres carrés ; avec une image, c'est la dernière position."""
        seen = np.array(self.throw()[0])  # (images, 2)
        t = np.arange(len(seen)) - (len(seen) - 1) / 2
        slope = t @ seen / (t @ t or 1.0)
        x, y = seen.mean(axis=0) + slope * (len(seen) + 1) / 2
        return float(x), float(y)

    def errors(self) -> dict[str, float]:
        """La distance de chaque réponse à la vraie position : `guess`, `last`, `line`."""
        seen, following = self.throw()
        answers = {"guess": self.guess, "last": seen[-1], "line": self.straight_line()}
        return {name: dist(answer, following) for name, answer in answers.items()}

    def describe(self) -> str:
        images = "1 image" if self.frames == 1 else f"{self.frames} images"
        answer = " ; ".join(decimal(value) for value in self.guess)
        shown = (
            f"Lancer n° {self.seed}, {images}, bruit de {decimal(self.noise)} ; réponse au point ({answer})"
        )
        if not self.revealed:
            return f"{shown} ; la position suivante est cachée"
        guess, last, line = (decimal(value) for value in self.errors().values())
        return f"{shown} ; erreur {guess}, contre {last} pour la dernière position et {line} pour la droite"

    def draw(self) -> str:
        side = 320.0

        def place(point: Point | list[float]) -> tuple[float, float]:
            return side / 2 * (1 + point[0] / HALF), side / 2 * (1 - point[1] / HALF)

        seen, following = self.throw()
        parts = [
            drawing.element(
                "rect", x=0.5, y=0.5, width=side - 1, height=side - 1, rx=8, fill=drawing.color("paper"),
                stroke=drawing.color("muted"),
            )
        ]  # fmt: skip
        for number, point in enumerate(seen, start=1):
            x, y = place(point)
            parts.append(drawing.element("circle", cx=x, cy=y, r=9, fill=drawing.color("blue")))
            parts.append(drawing.text(x, y + 4, str(number), fill=drawing.color("paper"), font_size="11"))
        x, y = place(self.guess)
        parts.append(_cross(x, y, "orange"))
        if self.revealed:
            x, y = place(self.straight_line())
            parts.append(
                drawing.element(
                    "rect", x=x - 6, y=y - 6, width=12, height=12, fill="none",
                    stroke=drawing.color("purple"), stroke_width=2.5,
                )
            )  # fmt: skip
            x, y = place(following)
            corners = f"{x:.1f},{y - 8:.1f} {x + 8:.1f},{y:.1f} {x:.1f},{y + 8:.1f} {x - 8:.1f},{y:.1f}"
            parts.append(drawing.element("polygon", points=corners, fill=drawing.color("green")))
            parts.append(drawing.text(side / 2, side - 12, "losange : la vraie position"))
        return drawing.document(side, side, self.describe(), *parts)


def _cross(x: float, y: float, stroke: str) -> str:
    """Une croix, la réponse du lecteur."""
    lines = ({"x1": x - 9, "x2": x + 9, "y1": y, "y2": y}, {"x1": x, "x2": x, "y1": y - 9, "y2": y + 9})
    return "".join(
        drawing.element("line", **line, stroke=drawing.color(stroke), stroke_width=2.5) for line in lines
    )
