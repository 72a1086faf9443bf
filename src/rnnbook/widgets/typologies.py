"""*Typologies* (chapitre 2) : ce qui entre, ce qui sort, et ce que chaque sortie peut savoir."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import traitlets

from rnnbook.widgets import drawing
from rnnbook.widgets.figure import Figure
from rnnbook.widgets.traits import Choice, Integer, Text

KINDS = {
    "many_to_one": "plusieurs vers un",
    "one_to_many": "un vers plusieurs",
    "synchronous": "synchrone",
    "delayed": "décalé",
    "encoder_decoder": "encodeur–décodeur",
}
"""Valeur de `kind` → nom de la typologie."""

DIGITS = ("zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf")

LONGEST = 6
"""Nombre de lettres le plus grand : au-delà, les pas ne tiennent plus sur un téléphone."""

BLANK = "·"
"""Ce qui entre quand il n'y a rien à lire : le mot est fini, ou aucune sortie n'est encore écrite."""

END = "fin"


@dataclass(frozen=True)
class Output:
    """Une sortie : le pas où elle est émise (à partir de 1), la bonne réponse, et ce qu'il faut avoir lu.

    `needs` : rangs des entrées (à partir de 0) sans lesquelles la réponse reste inconnue.
    """

    step: int
    answer: str
    needs: frozenset[int]


@dataclass(frozen=True)
class Timeline:
    """Le déroulement : l'entrée des premiers pas, les sorties, et si chaque sortie est redonnée en entrée."""

    inputs: tuple[str, ...]
    outputs: tuple[Output, ...]
    feedback: bool

    @property
    def steps(self) -> int:
        return max(len(self.inputs), self.outputs[-1].step)


def read_word(text: str) -> str:
    """Ramène un mot à ses lettres de a à z : `read_word("Été")` donne `"ete"`.

    Lève `ValueError` s'il est vide, a plus de 6 lettres, ou contient autre chose que des lettres de a à z.
    """
    letters = unicodedata.normalize("NFC", text).strip()
    plain = "".join(unicodedata.normalize("NFD", letter.lower())[0] for letter in letters)
    if not plain or not all("a" <= letter <= "z" for letter in plain):
        raise ValueError(f"word : {text!r} reçu, un mot fait de lettres de a à z attendu")
    if len(plain) > LONGEST:
        raise ValueError(f"word : {len(plain)} lettres reçues, {LONGEST} au plus attendues")
    return plain


def vowels(letters: str) -> str:
    """Le nombre de voyelles, écrit en chiffres."""
    return str(sum(letter in "aeiouy" for letter in letters))


class Typologies(Figure):
    """Cinq façons de lire une suite et d'en écrire une autre, autour de la même boîte récurrente.

    `kind` : une clé de `KINDS`. `word` : le mot lu (6 lettres au plus). `digit` : le chiffre lu par « un vers
    plusieurs » (0 à 9). `delay` : le retard de « décalé » (0 à 3). `step` : dernier pas montré (au-delà de la
    fin : tous).

    Chaque typologie a sa tâche : compter les voyelles du mot, écrire un chiffre en lettres, compter les
    voyelles lues jusqu'ici, donner la lettre suivante, trier les lettres du mot sans répétition.
    Lève `ValueError` ou `TypeError` si une valeur ne convient pas. Source : chapitre 2.
    """

    module: ClassVar[str] = "typologies"

    kind = Choice(KINDS, "many_to_one")
    word = Text("bateau")
    digit = Choice(range(10), 4)
    delay = Choice(range(4), 1)
    step = Integer(0, 2 * LONGEST + 1)

    @traitlets.validate("word")
    def _check_word(self, proposal: Any) -> str:
        read_word(proposal["value"])
        return proposal["value"]

    def timeline(self) -> Timeline:
        """Les entrées et les sorties, pas par pas."""
        word = read_word(self.word)
        size = len(word)
        whole = frozenset(range(size))
        if self.kind == "many_to_one":
            return Timeline(tuple(word), (Output(size, vowels(word), whole),), feedback=False)
        if self.kind == "one_to_many":
            name = (*DIGITS[self.digit], END)
            outputs = (Output(j, token, frozenset({0})) for j, token in enumerate(name, start=2))
            return Timeline((str(self.digit),), tuple(outputs), feedback=True)
        if self.kind == "synchronous":
            counts = (Output(j, vowels(word[:j]), frozenset(range(j))) for j in range(1, size + 1))
            return Timeline(tuple(word), tuple(counts), feedback=False)
        if self.kind == "delayed":
            following = (*word[1:], END)
            shifted = (
                Output(j + 1 + self.delay, token, frozenset({j + 1})) for j, token in enumerate(following)
            )
            return Timeline((*word, *BLANK * self.delay), tuple(shifted), feedback=False)
        letters = (*sorted(set(word)), END)
        sorted_word = (Output(size + j, token, whole) for j, token in enumerate(letters, start=1))
        return Timeline(tuple(word), tuple(sorted_word), feedback=True)

    def dependencies(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Dit de quelles entrées chaque sortie peut dépendre, forme (sorties, entrées) ; les vides comptent.

        L'état d'un pas dépend de l'entrée de ce pas et de tout ce dont dépendait l'état d'avant.
        """
        line = self.timeline()
        emitted = {output.step: row for row, output in enumerate(line.outputs)}
        known: frozenset[int] = frozenset()
        table = np.zeros((len(line.outputs), len(line.inputs)), dtype=bool)
        for step in range(1, line.steps + 1):
            if step <= len(line.inputs):
                known |= {step - 1}
            elif line.feedback and step - 1 in emitted:
                known |= frozenset(np.flatnonzero(table[emitted[step - 1]]).tolist())
            if step in emitted:
                table[emitted[step], list(known)] = True
        return table

    def answers(self) -> tuple[str, ...]:
        """Ce qui sort : la bonne réponse, ou « ? » si ce qu'il faut savoir n'a pas encore été lu."""
        pairs = zip(self.timeline().outputs, self.dependencies(), strict=True)
        return tuple(
            output.answer if output.needs <= set(np.flatnonzero(row)) else "?" for output, row in pairs
        )

    def shown(self) -> int:
        """Le dernier pas montré."""
        return min(self.step, self.timeline().steps)

    def describe(self) -> str:
        line, table, shown = self.timeline(), self.dependencies(), self.shown()
        rows = [i for i, output in enumerate(line.outputs) if output.step <= shown]
        tokens = " ".join(self.answers()[i] for i in rows) or "rien"
        read = " ".join(line.inputs[:shown]) or "rien"
        text = f"{KINDS[self.kind].capitalize()} : entre {read}, sort {tokens}"
        if not rows:
            return text
        count = int(table[rows[-1]].sum())
        return f"{text} ; la dernière sortie peut dépendre de {count} entrée{'s' if count > 1 else ''}"

    def draw(self) -> str:
        line, table, answers, shown = self.timeline(), self.dependencies(), self.answers(), self.shown()
        emitted = {output.step: row for row, output in enumerate(line.outputs)}
        column, box = 44.0, 32.0
        parts = []

        def square(x: float, y: float, label: str, stroke: str, dashed: bool = False) -> None:
            parts.append(
                drawing.element(
                    "rect", x=x - box / 2, y=y - box / 2, width=box, height=box, rx=6,
                    fill=drawing.color("paper"), stroke=drawing.color(stroke),
                    stroke_dasharray="4 4" if dashed else None,
                )
            )  # fmt: skip
            parts.append(drawing.text(x, y + 5, label))

        for step in range(1, line.steps + 1):
            x, reached = column * (step - 0.5) + 4, step <= shown
            square(x, 80, f"h_{step}", "blue", not reached)
            if step > 1:
                parts.append(drawing.arrow(x - column + box / 2, 80, x - box / 2, 80, "muted"))
            token = line.inputs[step - 1] if step <= len(line.inputs) else None
            if token is None:
                token = answers[emitted[step - 1]] if step - 1 in emitted else BLANK
            if reached:
                square(x, 136, token, "green", step > len(line.inputs))
                parts.append(drawing.arrow(x, 120, x, 96, "green"))
            if step in emitted and reached:
                square(x, 24, answers[emitted[step]], "purple")
                parts.append(drawing.arrow(x, 64, x, 40, "purple"))
        cell, left, top = 20.0, 60.0, 196.0
        for j, token in enumerate(line.inputs):
            parts.append(drawing.text(left + cell * (j + 0.5), top - 6, token, fill=drawing.color("green")))
        for i, row in enumerate(table):
            y = top + cell * i
            if line.outputs[i].step <= shown:
                parts.append(drawing.text(left - 16, y + 15, answers[i], fill=drawing.color("purple")))
            for j, possible in enumerate(row):
                filled = possible and line.outputs[i].step <= shown
                parts.append(
                    drawing.element(
                        "rect", x=left + cell * j + 1, y=y + 1, width=cell - 2, height=cell - 2, rx=3,
                        fill=drawing.color("blue") if filled else drawing.color("paper"),
                        stroke=drawing.color("muted"),
                    )
                )  # fmt: skip
        width = max(column * line.steps + 8, left + cell * len(line.inputs) + 8)
        return drawing.document(width, top + cell * len(table) + 8, self.describe(), *parts)
