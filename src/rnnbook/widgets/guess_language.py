"""*Devine la langue* (chapitre 7) : le classifieur de noms lit un nom et change d'avis à chaque lettre."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Any, ClassVar

import numpy as np
import torch
import traitlets

from rnnbook import data, results
from rnnbook.formats import percent
from rnnbook.models import NameClassifier
from rnnbook.widgets import drawing
from rnnbook.widgets.figure import Figure
from rnnbook.widgets.traits import Integer, Text
from rnnbook.widgets.weights import check_packed, unpack

LONGEST = 20
"""Nombre de lettres le plus grand : au-delà, les colonnes ne se lisent plus sur un téléphone."""

SHOWN = 6
"""Nombre de langues montrées : les plus probables à la lettre choisie."""

# Les lettres que la page ramène à l'alphabet comme `rnnbook.data.normalise`, puis les autres signes admis.
_LETTER = re.compile("[a-zA-Z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u017f\u1e00-\u1e99\u1e9e\u1ea0-\u1ef9]")
_OTHER = re.compile(r"[\s'’ʼ`´\u002d\u2010\u2011\u2013]")


@cache
def _record() -> dict[str, Any]:
    rows: dict[str, Any] = results.load("noms-poids")["lignes"]
    return rows


def normalise(name: str) -> str:
    """Ramène un nom en lettres latines à `rnnbook.data.ALPHABET`, comme `rnnbook.data.normalise`.

    Lève `ValueError` si un signe n'est ni une lettre latine, ni un accent, ni un trait d'union, ni une
    apostrophe, ni un espace ; s'il ne reste rien, ou plus de 20 signes.
    """
    for sign in unicodedata.normalize("NFC", name):
        if not (_LETTER.match(sign) or _OTHER.match(sign) or unicodedata.category(sign)[0] == "M"):
            raise ValueError(f"name : signe {sign!r} reçu, des lettres latines attendues")
    letters = data.normalise(name)
    if not 1 <= len(letters) <= LONGEST:
        raise ValueError(f"name : {len(letters)} lettres reçues, de 1 à {LONGEST} attendues")
    return letters


class GuessLanguage(Figure):
    """Les probabilités des 18 langues après chaque lettre d'un nom, par le RNN simple du chapitre.

    `name` : le nom à lire (voir `normalise`). `step` : nombre de lettres lues (au-delà du nom : toutes).
    `weights` : poids du `NameClassifier` en demi-précision, base 64 ; `languages` : noms français des
    langues, séparés par des virgules. Les deux viennent de `book/resultats/noms-poids.json`.

    Lève `ValueError` ou `TypeError` si une valeur ne convient pas. Source : chapitre 7.
    """

    module: ClassVar[str] = "devine"

    name = Text("Martinez")
    step = Integer(1, LONGEST)
    weights = Text("")
    languages = Text("")

    @traitlets.default("weights")
    def _packaged_weights(self) -> str:
        return str(_record()["poids"])

    @traitlets.default("languages")
    def _packaged_languages(self) -> str:
        return ",".join(data.LANGUAGES[language] for language in _record()["langues"])

    @traitlets.validate("name")
    def _check_name(self, proposal: Any) -> str:
        normalise(proposal["value"])
        return str(proposal["value"])

    @traitlets.validate("weights")
    def _check_weights(self, proposal: Any) -> str:
        return check_packed(str(proposal["value"]), _record()["formes"])

    @traitlets.validate("languages")
    def _check_languages(self, proposal: Any) -> str:
        received, expected = len(proposal["value"].split(",")), len(_record()["langues"])
        if received != expected:
            raise ValueError(f"languages : {received} langues reçues, {expected} attendues")
        return str(proposal["value"])

    def model(self) -> NameClassifier:
        """Le classifieur, avec les poids arrondis que la page emploie."""
        model = NameClassifier(len(_record()["langues"]), layer=torch.nn.RNN)
        model.load_state_dict(unpack(self.weights, _record()["formes"]))
        return model.eval()

    def probabilities(self) -> np.ndarray[Any, np.dtype[Any]]:
        """La probabilité de chaque langue après chaque lettre, forme (lettres, langues)."""
        tokens = data.encode(normalise(self.name))
        lengths = torch.arange(len(tokens), 0, -1)
        # Chaque début du nom est un nom du lot, du plus long au plus court.
        batch = tokens[:, None].repeat(1, len(tokens))
        with torch.no_grad():
            scores = self.model()(batch, lengths).flip(0)
        found: np.ndarray[Any, np.dtype[Any]] = scores.softmax(-1).numpy()
        return found

    def best(self) -> list[tuple[str, float]]:
        """Les langues les plus probables après `step` lettres, avec leur probabilité."""
        row = self.probabilities()[self._read() - 1]
        titles = self.languages.split(",")
        return [(titles[i], float(row[i])) for i in np.argsort(-row, kind="stable")[:SHOWN]]

    def strongest(self) -> list[int]:
        """Rangs des langues qui ont le plus convaincu à un moment, la plus probable à présent d'abord."""
        read = self.probabilities()[: self._read()]
        kept = np.argsort(-read.max(axis=0), kind="stable")[:SHOWN]
        return sorted(kept.tolist(), key=lambda k: -read[-1, k])

    def _read(self) -> int:
        return min(self.step, len(normalise(self.name)))

    def describe(self) -> str:
        letters, read = normalise(self.name), self._read()
        first, second = self.best()[:2]
        return (
            f"Après {read} lettres sur {len(letters)}, « {letters[:read]} » : "
            f"{first[0]} {percent(first[1])}, puis {second[0]} {percent(second[1])}"
        )

    def draw(self) -> str:
        letters, read = normalise(self.name), self._read()
        table, titles = self.probabilities(), self.languages.split(",")
        cell, left = 22.0, 96.0
        parts = [
            drawing.text(left + cell * (t + 0.5), 20, letter.replace(" ", "·"), font_weight="bold")
            for t, letter in enumerate(letters)
        ]
        for row, k in enumerate(self.strongest()):
            y = 30 + 24 * row
            parts.append(drawing.text(left - 8, y + 15, titles[k], text_anchor="end"))
            for t in range(len(letters)):
                parts.append(
                    drawing.element(
                        "rect", x=left + cell * t, y=y, width=cell - 2, height=20, fill=drawing.color("blue"),
                        fill_opacity=round(float(table[t, k]), 3) if t < read else 0,
                        stroke=drawing.color("line"),
                    )
                )  # fmt: skip
            parts.append(
                drawing.text(
                    left + cell * len(letters) + 8, y + 15, percent(table[read - 1, k]), text_anchor="start"
                )
            )
        width = left + cell * len(letters) + 70
        return drawing.document(width, 34 + 24 * SHOWN, self.describe(), *parts)
