"""*Deux sens* (chapitre 11) : une phrase lue dans les deux sens, et ce que chaque état a lu."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import torch
import traitlets

from rnnbook.formats import decimal
from rnnbook.layers import RNN
from rnnbook.validation import check_interval
from rnnbook.widgets import drawing
from rnnbook.widgets.figure import Figure
from rnnbook.widgets.traits import Array, Choice, Integer, Text

MOST = 7
"""Nombre de mots le plus grand : au-delà, les cases ne tiennent plus sur un téléphone."""

LONGEST = 12
"""Nombre de lettres le plus grand d'un mot."""

KEPT = {
    "forward": "l'état avant",
    "backward": "l'état arrière",
    "output": "output[t]",
    "h_n": "h_n",
}
"""Valeur de `kept` → ce que la figure regarde."""


def read_words(text: str) -> list[str]:
    """Découpe la phrase en mots, aux espaces.

    Lève `ValueError` si elle est vide, a plus de 7 mots, ou contient un mot de plus de 12 signes.
    """
    words = text.split()
    if not words:
        raise ValueError("sentence : texte vide reçu, une phrase attendue")
    if len(words) > MOST:
        raise ValueError(f"sentence : {len(words)} mots reçus, {MOST} au plus attendus")
    for word in words:
        if len(word) > LONGEST:
            raise ValueError(f"sentence : mot {word!r} reçu, {LONGEST} signes au plus attendus")
    return words


def word_value(word: str) -> float:
    """Le nombre que le réseau lit à la place d'un mot : (nombre de signes − 4) / 4."""
    return (len(word) - 4) / 4


class TwoWays(Figure):
    """Un réseau récurrent simple à deux sens, d'une unité par sens, sur une phrase que le lecteur écrit.

    Chaque mot y est un seul nombre (voir `word_value`) : les états sont de vrais états, sans rien avoir
    appris. `sentence` : la phrase. `step` : le pas regardé, compté depuis 1 (au-delà de la phrase : le
    dernier). `kept` : ce que l'on regarde, une clé de `KEPT`. `W_xh` et `W_hh`, (2,) : poids du sens avant,
    puis du sens arrière.

    Lève `ValueError` ou `TypeError` si une valeur ou une forme ne convient pas. Source : chapitre 11,
    équations eq-bidirectionnel-lectures et eq-bidirectionnel-concatenation.
    """

    module: ClassVar[str] = "sens"

    sentence = Text("martin a perdu ses vieux remparts")
    step = Integer(1, 1)
    kept = Choice(KEPT, "output")
    W_xh = Array(2, default=[1.0, 1.0])
    W_hh = Array(2, default=[0.7, 0.7])

    @traitlets.validate("sentence")
    def _check_sentence(self, proposal: Any) -> str:
        read_words(proposal["value"])
        return proposal["value"]

    def __init__(self, sentence: str = "martin a perdu ses vieux remparts", **state: Any) -> None:
        super().__init__(sentence=sentence, **state)
        for name in ("W_xh", "W_hh"):
            for i, value in enumerate(getattr(self, name)):
                check_interval(f"{name}[{i}]", value, -4, 4)

    def shown(self) -> int:
        """Le pas regardé, compté depuis 1 : celui de `step`, ou le dernier de la phrase."""
        return min(self.step, len(read_words(self.sentence)))

    def states(self) -> np.ndarray[Any, np.dtype[Any]]:
        """Les états avant et arrière de chaque mot, forme (mots, 2), calculés par `rnnbook.layers`."""
        layer = RNN(1, 1, bias=False, bidirectional=True).double()
        weights = {}
        for i, suffix in enumerate(("", "_reverse")):
            for name, values in (("weight_ih", self.W_xh), ("weight_hh", self.W_hh)):
                weights[f"{name}_l0{suffix}"] = torch.tensor([[values[i]]], dtype=torch.float64)
        layer.load_state_dict(weights)
        values = [[word_value(word)] for word in read_words(self.sentence)]
        with torch.no_grad():
            output, _ = layer(torch.tensor(values, dtype=torch.float64))
        return output.numpy()

    def halves(self) -> list[tuple[int, int]]:
        """Les moitiés regardées : couples (sens, rang du mot), sens 0 pour avant et 1 pour arrière."""
        last, t = len(read_words(self.sentence)) - 1, self.shown() - 1
        return {
            "forward": [(0, t)],
            "backward": [(1, t)],
            "output": [(0, t), (1, t)],
            "h_n": [(0, last), (1, 0)],
        }[self.kept]

    def seen(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Les mots lus par chaque moitié regardée, forme (2, mots) : ligne 0 pour avant, 1 pour arrière."""
        count = len(read_words(self.sentence))
        table = np.zeros((2, count), dtype=bool)
        for way, t in self.halves():
            if way == 0:
                table[0, : t + 1] = True
            else:
                table[1, t:] = True
        return table

    def describe(self) -> str:
        words, states, table = read_words(self.sentence), self.states(), self.seen()
        counts = [table[way].sum() for way, _ in self.halves()]
        told = [
            f"la moitié {('avant', 'arrière')[way]} vaut {decimal(states[t, way])} "
            f"et a lu {count} mot{'s' if count > 1 else ''} sur {len(words)}"
            for (way, t), count in zip(self.halves(), counts, strict=True)
        ]
        where = "" if self.kept == "h_n" else f" au pas {self.shown()}"
        return f"Deux sens, {KEPT[self.kept]}{where} : {' ; '.join(told)}"

    def draw(self) -> str:
        words, states, table = read_words(self.sentence), self.states(), self.seen()
        column, box, rows = 92.0, 60.0, (96.0, 34.0)
        colors, chosen = ("blue", "orange"), set(self.halves())
        parts = []
        for t, word in enumerate(words):
            x = column * (t + 0.5) + 4
            for way, y in enumerate(rows):
                picked = (way, t) in chosen
                parts.append(
                    drawing.element(
                        "rect", x=x - box / 2, y=y - 17, width=box, height=34, rx=6,
                        fill=drawing.color(f"soft-{colors[way]}" if picked else "paper"),
                        stroke=drawing.color(colors[way]), stroke_width=3 if picked else 1.5,
                    )
                )  # fmt: skip
                parts.append(drawing.text(x, y + 5, decimal(states[t, way])))
                if t > 0:
                    ends = (x - column + box / 2 + 1, x - box / 2 - 1)
                    start, stop = ends if way == 0 else ends[::-1]
                    parts.append(drawing.arrow(start, y, stop, y, colors[way]))
            parts.append(drawing.text(x, 152, word))
            for way, mark in enumerate(("→", "←")):
                if table[way, t]:
                    place = x + 14 * (2 * way - 1)
                    parts.append(drawing.text(place, 172, mark, fill=drawing.color(colors[way])))
        return drawing.document(column * len(words) + 8, 182, self.describe(), *parts)
