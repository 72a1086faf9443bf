"""*Alignement* (chapitre 17) : où le modèle à attention regarde pour écrire chaque chiffre."""

from __future__ import annotations

from functools import cache
from typing import Any, ClassVar

import numpy as np
import torch
import traitlets

from rnnbook import results
from rnnbook.data.numbers import END_DIGIT, LARGEST, encode_words, number_words
from rnnbook.formats import percent
from rnnbook.seq2seq import LONGEST, Seq2Seq
from rnnbook.widgets import drawing
from rnnbook.widgets.figure import Figure
from rnnbook.widgets.traits import Integer, Text
from rnnbook.widgets.weights import check_packed, unpack


@cache
def _record() -> dict[str, Any]:
    rows: dict[str, Any] = results.load("nombres-poids")["lignes"]
    return rows


class Alignment(Figure):
    """Un nombre lu en toutes lettres, les chiffres écrits, et les poids d'attention de chacun.

    `number` : de 1 à 999 999 999. `step` : le chiffre que l'on examine, à partir de 1 (au-delà : la fin).
    `weights` : poids du `Seq2Seq` à attention, en demi-précision, base 64, de
    `book/resultats/nombres-poids.json`.

    Lève `ValueError` ou `TypeError` si une valeur ne convient pas. Source : chapitre 17.
    """

    module: ClassVar[str] = "alignement"

    number = Integer(1, 97_204)
    step = Integer(1, 1)
    weights = Text("")

    @traitlets.default("weights")
    def _packaged_weights(self) -> str:
        return str(_record()["poids"])

    @traitlets.validate("number")
    def _check_number(self, proposal: Any) -> int:
        if proposal["value"] > LARGEST:
            raise ValueError(f"number : {proposal['value']} reçu, un entier de 1 à {LARGEST} attendu")
        return int(proposal["value"])

    @traitlets.validate("weights")
    def _check_weights(self, proposal: Any) -> str:
        return check_packed(str(proposal["value"]), _record()["formes"])

    def model(self) -> Seq2Seq:
        """Le modèle, avec les poids arrondis que la page emploie."""
        shapes = _record()["formes"]
        model = Seq2Seq(
            attention=True,
            hidden_size=shapes["decoder.weight_hh"][1],
            embedding_size=shapes["words.weight"][1],
        )
        model.load_state_dict(unpack(self.weights, shapes))
        return model.eval()

    def writing(self) -> tuple[list[int], np.ndarray]:
        """Les jetons écrits, fin comprise, et les poids d'attention, forme (jetons, mots)."""
        words = encode_words(number_words(self.number))[:, None]
        written, looks = self.model().double().write(words, torch.tensor([len(words)]))
        tokens: list[int] = written[:, 0].tolist()
        count = tokens.index(END_DIGIT) + 1 if END_DIGIT in tokens else LONGEST
        return tokens[:count], looks[:count, :, 0].numpy()

    def answer(self) -> str:
        """Le nombre que le modèle a écrit, en chiffres."""
        return "".join(str(token) for token in self.writing()[0] if token != END_DIGIT)

    def describe(self) -> str:
        words = number_words(self.number)
        tokens, looks = self.writing()
        step = min(self.step, len(tokens))
        sign = "la fin" if tokens[step - 1] == END_DIGIT else f"le chiffre {tokens[step - 1]}"
        most = int(looks[step - 1].argmax())
        verdict = "juste" if self.answer() == str(self.number) else f"faux, c'est {self.number}"
        return (
            f"« {' '.join(words)} » : il écrit {self.answer()} ({verdict}) ; au pas {step}, pour {sign}, "
            f"il regarde surtout « {words[most]} », {percent(looks[step - 1, most], 0)}"
        )

    def draw(self) -> str:
        words = number_words(self.number)
        tokens, looks = self.writing()
        step = min(self.step, len(tokens))
        left, cell, line = 110.0, 30.0, 22.0
        parts = []
        for i, token in enumerate(tokens):
            x = left + cell * i
            label = "fin" if token == END_DIGIT else str(token)
            parts.append(drawing.text(x + cell / 2, 18, label, font_weight="bold"))
            for j in range(len(words)):
                parts.append(
                    drawing.element(
                        "rect", x=x, y=28 + line * j, width=cell - 2, height=line - 2,
                        fill=drawing.color("blue"), fill_opacity=round(float(looks[i, j]), 3),
                        stroke=drawing.color("line"),
                    )
                )  # fmt: skip
        for j, word in enumerate(words):
            y = 28 + line * j + 15
            parts.append(drawing.text(left - 8, y, word, text_anchor="end"))
            share = percent(looks[step - 1, j], 0)
            parts.append(drawing.text(left + cell * len(tokens) + 8, y, share, text_anchor="start"))
        height = line * len(words)
        parts.append(
            drawing.element(
                "rect", x=left + cell * (step - 1) - 2, y=4, width=cell + 2, height=height + 26, rx=3,
                fill="none", stroke=drawing.color("orange"), stroke_width=2,
            )
        )  # fmt: skip
        width = left + cell * len(tokens) + 60
        return drawing.document(width, height + 36, self.describe(), *parts)
