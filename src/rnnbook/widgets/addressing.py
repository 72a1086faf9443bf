"""*Adressage NTM* (chapitre 18) : les quatre étapes de l'adressage, la lecture et l'écriture."""

from __future__ import annotations

import re
from typing import Any, ClassVar

import numpy as np
import torch
import traitlets

from rnnbook import ntm
from rnnbook.formats import decimal
from rnnbook.validation import check_choice, check_interval
from rnnbook.widgets import drawing
from rnnbook.widgets.figure import Figure
from rnnbook.widgets.traits import Array, Integer, Number, Text

SLOTS, WIDTH = 8, 4
"""Cases de la mémoire, et largeur d'une case."""

COLORS = ("muted", "blue", "purple", "orange", "green")
"""Couleur de chaque étape."""

Vector = np.ndarray[Any, np.dtype[Any]]


class Addressing(Figure):
    """Une tête sur une mémoire de 8 cases de largeur 4 : où elle se pose, ce qu'elle lit, ce qu'elle écrit.

    `memory` (8, 4), `key` (4,), `add` (4,) : nombres de −1 à 1 ; `erase` (4,) : de 0 à 1. `beta` (0 à 50),
    `gate` (0 à 1), `gamma` (1 à 20). `previous` : case où était la tête, de 0 à 7, avec un poids de 1.
    `shift` : décalage de −1 à 1 ; un nombre fractionnaire se partage entre deux entiers, 0,9 donne les poids
    0,1 pour le décalage 0 et 0,9 pour +1. `selected` : le nombre que règle le curseur, `"memory[0,1]"` ou
    `"key[2]"`, indices comptés depuis 0.

    Lève `ValueError` ou `TypeError` si une valeur ou une forme ne convient pas. Source : chapitre 18.
    """

    module: ClassVar[str] = "adressage"

    STAGES: ClassVar[tuple[str, ...]] = ("avant", "contenu", "porte", "décalage", "affûtage")

    memory = Array(
        SLOTS,
        WIDTH,
        default=[
            [0.9, 0.1, 0.0, 0.0],
            [0.0, 0.8, 0.2, 0.0],
            [0.0, 0.0, 0.9, 0.3],
            [0.0, 0.3, 0.0, 0.9],
            [-0.8, 0.0, 0.2, 0.0],
            [0.6, 0.5, 0.0, 0.0],
            [0.0, 0.0, 0.6, -0.6],
            [0.1, -0.7, 0.0, 0.4],
        ],
    )
    key = Array(WIDTH, default=[1.0, 0.0, 0.0, 0.0])
    erase = Array(WIDTH, default=[1.0, 1.0, 0.0, 0.0])
    add = Array(WIDTH, default=[0.5, -0.5, 0.0, 0.0])
    beta = Number(0, 50, 10.0)
    gate = Number(0, 1, 0.9)
    previous = Integer(0, 2)
    shift = Number(-1, 1, 1.0)
    gamma = Number(1, 20, 2.0)
    selected = Text("memory[0,0]")

    @traitlets.validate("memory", "key", "add", "erase")
    def _check_range(self, proposal: Any) -> Any:
        name, values = proposal["trait"].name, np.array(proposal["value"])
        for extreme in (values.min(), values.max()):
            check_interval(name, float(extreme), 0 if name == "erase" else -1, 1)
        return proposal["value"]

    @traitlets.validate("previous")
    def _check_previous(self, proposal: Any) -> int:
        return int(check_interval("previous", proposal["value"], 0, SLOTS - 1))

    @traitlets.validate("selected")
    def _check_selected(self, proposal: Any) -> str:
        if not re.fullmatch(r"memory\[[0-7],[0-3]\]|(key|erase|add)\[[0-3]\]", proposal["value"]):
            check_choice("selected", proposal["value"], ["memory[0,0]", "key[0]", "erase[0]", "add[0]"])
        return str(proposal["value"])

    def shift_weights(self) -> Vector:
        """La distribution des décalages −1, 0 et +1, forme (3,)."""
        return np.array([max(-self.shift, 0.0), 1 - abs(self.shift), max(self.shift, 0.0)])

    def weights(self) -> dict[str, Vector]:
        """Les poids des cases après chaque étape de `STAGES`, chacun de forme (8,), par `rnnbook.ntm`."""
        memory, key, moves = _batch(self.memory), _batch(self.key), _batch(self.shift_weights())
        before = _batch(np.eye(SLOTS)[self.previous])
        content = ntm.content_weights(memory, key, _batch(self.beta))
        gated = ntm.interpolate(content, before, _batch(self.gate))
        shifted = ntm.shift(gated, moves)
        final = ntm.sharpen(shifted, _batch(self.gamma))
        found = (before, content, gated, shifted, final)
        return {name: w[0].numpy() for name, w in zip(self.STAGES, found, strict=True)}

    def written(self) -> Vector:
        """La mémoire après l'écriture, forme (8, 4)."""
        head = _batch(self.weights()["affûtage"])
        after: Vector = ntm.write(_batch(self.memory), head, _batch(self.erase), _batch(self.add))[0].numpy()
        return after

    def reads(self) -> tuple[Vector, Vector]:
        """Ce que lit la tête dans la mémoire d'avant, puis dans la mémoire écrite, chacun de forme (4,)."""
        head = _batch(self.weights()["affûtage"])
        before, after = (ntm.read(_batch(m), head)[0].numpy() for m in (self.memory, self.written()))
        return before, after

    def describe(self) -> str:
        weights = self.weights()
        content, final = weights["contenu"], weights["affûtage"]
        read = " ; ".join(decimal(value) for value in self.reads()[0])
        return (
            f"Tête partie de la case {self.previous} : le contenu désigne la case {content.argmax()} "
            f"({decimal(content.max())}), la tête se pose sur la case {final.argmax()} "
            f"({decimal(final.max())}) et y lit ({read})"
        )

    def draw(self) -> str:
        column, left = 46.0, 84.0
        parts = [
            drawing.text(left + column * (i + 0.5), 16, f"case {i}", font_size="12") for i in range(SLOTS)
        ]
        for row, (name, weights) in enumerate(self.weights().items()):
            base = 74 + 58 * row
            parts.append(drawing.text(left - 10, base - 14, name, text_anchor="end"))
            for i, value in enumerate(weights):
                x = left + column * i
                parts.append(
                    drawing.element(
                        "rect", x=x + 10, y=base - 40 * value, width=column - 20, height=40 * value,
                        fill=drawing.color(COLORS[row]),
                    )
                )  # fmt: skip
                if value >= 0.05:
                    parts.append(drawing.text(x + column / 2, base + 13, decimal(value), font_size="11"))
        tables = (("mémoire avant", np.array(self.memory)), ("mémoire après", self.written()))
        for row, (name, values) in enumerate(tables):
            top = 352 + 96 * row
            parts.append(drawing.text(left - 10, top + 32, name.split()[0], text_anchor="end"))
            parts.append(drawing.text(left - 10, top + 48, name.split()[1], text_anchor="end"))
            for i, slot in enumerate(values):
                for j, value in enumerate(slot):
                    x, y = left + column * (i + 0.5), top + 20 * j
                    parts.append(drawing.text(x, y + 14, decimal(value), font_size="11"))
        width, height = left + column * SLOTS + 8, 352 + 2 * 96
        return drawing.document(width, height, self.describe(), *parts)


def _batch(value: Any) -> torch.Tensor:
    """Un lot d'un seul exemple, en double précision."""
    return torch.as_tensor(np.array(value, dtype=float))[None]
