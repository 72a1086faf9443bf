"""*Le déroulé* (chapitre 3) : un réseau récurrent simple, plié ou déplié sur une suite au choix."""

from __future__ import annotations

import re
import unicodedata
from typing import Any, ClassVar

import numpy as np
import traitlets

from rnnbook import bptt
from rnnbook.formats import decimal
from rnnbook.validation import check_choice, check_shape
from rnnbook.widgets import drawing
from rnnbook.widgets.figure import Figure
from rnnbook.widgets.traits import Array, Flag, Integer, Text

LONGEST = 8
"""Nombre de pas le plus grand : au-delà, les états ne tiennent plus sur un téléphone."""

LARGEST = 10.0
"""Plus grande valeur absolue d'une entrée."""

UNITS = 3
"""Nombre d'unités le plus grand."""

COLORS = ("blue", "orange", "green")
"""Couleur de chaque unité."""


def parse_sequence(text: str) -> list[tuple[str, float]]:
    """Lit la suite d'entrée : paires (ce que le lecteur a écrit, valeur de x_t).

    Deux écritures : des nombres séparés par des espaces, avec virgule ou point (`1 0 -0,5`) ; ou un seul
    mot, dont chaque lettre vaut son rang dans l'alphabet ramené entre -1 (a) et 1 (z) : 2·rang/25 − 1, le
    rang comptant depuis 0. Majuscules et accents sont ignorés.

    Lève `ValueError` si le texte n'est ni l'un ni l'autre, s'il a plus de 8 pas, ou si un nombre dépasse 10.
    """
    words = unicodedata.normalize("NFC", text).split()
    if not words:
        raise ValueError("sequence : texte vide reçu, des nombres ou un mot attendus")
    if len(words) == 1 and words[0].isalpha():
        steps = [(letter, 2 * (ord(_plain(letter)) - ord("a")) / 25 - 1) for letter in words[0]]
    else:
        steps = [(word, _number(word)) for word in words]
    if len(steps) > LONGEST:
        raise ValueError(f"sequence : {len(steps)} pas reçus, {LONGEST} au plus attendus")
    return steps


def _plain(letter: str) -> str:
    base = unicodedata.normalize("NFD", letter.lower())[0]
    if not "a" <= base <= "z":
        raise ValueError(f"sequence : lettre {letter!r} reçue, une lettre de a à z attendue")
    return base


def _number(word: str) -> float:
    if not re.fullmatch(r"[+-]?\d+([.,]\d+)?", word.replace("\u2212", "-"), re.ASCII):
        raise ValueError(
            f"sequence : {word!r} reçu, des nombres séparés par des espaces ou un seul mot attendus"
        )
    value = float(word.replace("\u2212", "-").replace(",", "."))
    if abs(value) > LARGEST:
        raise ValueError(f"sequence : {word} reçu, des nombres entre -10 et 10 attendus")
    return value


class Unrolled(Figure):
    """Le réseau h_t = tanh(W_xh x_t + W_hh h_{t-1} + b_h), h_0 = 0, une entrée par pas, une à trois unités.

    `sequence` : la suite d'entrée (voir `parse_sequence`). `W_xh` (n, 1), `W_hh` (n, n), `b_h` (n,) : listes
    ou tableaux ; par défaut trois unités aux mémoires différentes. `step` : dernier pas montré (au-delà de
    la suite : tous). `unfolded` : déplié ou plié. `selected` : le poids que règle le curseur, comme
    `"W_hh[1,1]"`, indices comptés depuis 1.

    Lève `ValueError` ou `TypeError` si une valeur ou une forme ne convient pas. Source : chapitre 3.
    """

    module: ClassVar[str] = "deroule"

    sequence = Text("1 0 0 0 0 0")
    step = Integer(0, LONGEST)
    unfolded = Flag(True)
    selected = Text("W_hh[1,1]")
    # L'unité 1 se souvient, l'unité 2 ne voit l'entrée qu'à travers l'unité 1, l'unité 3 alterne.
    W_xh = Array("n", 1, default=[[1.0], [0.0], [1.0]])
    W_hh = Array("n", "n", default=[[0.9, 0.0, 0.0], [-1.2, 0.5, 0.0], [0.0, 0.0, -0.8]])
    b_h = Array("n", default=[0.0, 0.0, 0.0])

    def __init__(self, sequence: str = "1 0 0 0 0 0", **state: Any) -> None:
        super().__init__(sequence=sequence, **state)
        size = len(self.W_hh)
        if size > UNITS:
            raise ValueError(f"W_hh : {size} unités reçues, {UNITS} au plus attendues")
        check_shape("W_xh", np.array(self.W_xh), (size, 1))
        check_shape("b_h", np.array(self.b_h), (size,))
        check_choice("selected", self.selected, self.weight_names())

    @traitlets.validate("sequence")
    def _check_sequence(self, proposal: Any) -> str:
        parse_sequence(proposal["value"])
        return proposal["value"]

    def weight_names(self) -> list[str]:
        """Les poids du réseau, comme `selected` les nomme."""
        units = range(1, len(self.W_hh) + 1)
        square = [f"W_hh[{i},{j}]" for i in units for j in units]
        return [f"W_xh[{i}]" for i in units] + square + [f"b_h[{i}]" for i in units]

    def states(self) -> np.ndarray[Any, np.dtype[Any]]:
        """Les états h_0 … h_T, forme (T + 1, n), calculés par `rnnbook.bptt`."""
        W_xh, W_hh, b_h = (np.array(value) for value in (self.W_xh, self.W_hh, self.b_h))
        params = bptt.Parameters(W_xh, W_hh, b_h, np.zeros_like(b_h))
        x = np.array([value for _, value in parse_sequence(self.sequence)]).reshape(-1, 1, 1)
        return bptt.forward(bptt.RNNCell(), params, x, bptt.State(np.zeros((1, len(b_h))))).states.h[:, 0]

    def describe(self) -> str:
        shown = min(self.step, len(self.states()) - 1)
        values = " ; ".join(decimal(value) for value in self.states()[shown])
        form = "déplié" if self.unfolded else "plié"
        return f"Réseau récurrent {form} sur {len(self.states()) - 1} pas ; état au pas {shown} : ({values})"

    def draw(self) -> str:
        steps, states = parse_sequence(self.sequence), self.states()
        shown, column, unit = min(self.step, len(steps)), 76.0, 46.0
        size = states.shape[1]
        top = 34 + 16 * size
        middle, bottom = top + 54, top + 108
        parts: list[str] = []
        for t, h in enumerate(states):
            x = column * (t + 0.5)
            reached = t <= shown
            parts.append(drawing.text(x, 22, f"h_{t}", font_weight="bold"))
            parts.append(
                drawing.element(
                    "rect", x=x - 24, y=top, width=48, height=108, rx=8, fill=drawing.color("paper"),
                    stroke=drawing.color("muted"), stroke_dasharray=None if reached else "4 4",
                )
            )  # fmt: skip
            if reached:
                parts.append(
                    drawing.element(
                        "line", x1=x - 20, x2=x + 20, y1=middle, y2=middle, stroke=drawing.color("line")
                    )
                )
                for i, value in enumerate(h):
                    fill = drawing.color(COLORS[i])
                    height = abs(value) * unit
                    parts.append(drawing.text(x, 40 + 16 * i, decimal(value), fill=fill))
                    parts.append(
                        drawing.element(
                            "rect", x=x + 14 * (i - size / 2) + 2, y=middle - max(value, 0) * unit, width=10,
                            height=height, fill=fill,
                        )
                    )  # fmt: skip
            if t > 0:
                parts.append(drawing.arrow(x - column + 25, middle, x - 25, middle, "muted"))
                parts.append(drawing.arrow(x, bottom + 26, x, bottom + 2, "muted"))
                parts.append(drawing.text(x, bottom + 42, f"x_{t} = {decimal(steps[t - 1][1])}"))
        return drawing.document(column * len(states), bottom + 52, self.describe(), *parts)
