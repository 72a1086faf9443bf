"""*Générateur* (chapitre 16) : le modèle de langue invente un nom de lieu, lettre après lettre."""

from __future__ import annotations

from functools import cache
from typing import Any, ClassVar

import numpy as np
import torch
import traitlets

from rnnbook import results
from rnnbook.data.places import EDGE, PLACE_ALPHABET, encode_place, normalise_place
from rnnbook.formats import decimal, percent
from rnnbook.language import CharModel, tempered
from rnnbook.widgets import drawing
from rnnbook.widgets.chance import uniforms
from rnnbook.widgets.figure import Figure
from rnnbook.widgets.traits import Integer, Number, Text
from rnnbook.widgets.weights import check_packed, unpack

LONGEST = 30
"""Nombre de signes le plus grand d'un nom inventé."""

LONGEST_START = 15
"""Nombre de signes le plus grand du début donné."""

SHOWN = 8
"""Nombre de signes montrés à chaque pas : les plus probables."""

END_LABEL = "fin"


@cache
def _record() -> dict[str, Any]:
    rows: dict[str, Any] = results.load("generation-poids")["lignes"]
    return rows


def label(token: int) -> str:
    """Le signe d'un jeton, écrit pour être lu : « fin » pour le bord, « espace » pour une espace."""
    return END_LABEL if token == EDGE else PLACE_ALPHABET[token - 1].replace(" ", "espace")


class Generator(Figure):
    """Un nom tiré signe après signe, avec la loi de chaque tirage.

    `temperature` : de 0,1 à 2. `start` : début imposé, 15 signes au plus, peut être vide. `seed` : graine du
    tirage, de 0 à 999. `step` : nombre de signes tirés que l'on montre (au-delà du nom : tous).
    `weights` : poids du `CharModel` en demi-précision, base 64, de `book/resultats/generation-poids.json`.

    Lève `ValueError` ou `TypeError` si une valeur ne convient pas. Source : chapitre 16.
    """

    module: ClassVar[str] = "generateur"

    temperature = Number(0.1, 2, 0.8)
    start = Text("saint-")
    seed = Integer(0, 3)
    step = Integer(1, LONGEST + 1)
    weights = Text("")

    @traitlets.default("weights")
    def _packaged_weights(self) -> str:
        return str(_record()["poids"])

    @traitlets.validate("start")
    def _check_start(self, proposal: Any) -> str:
        if len(proposal["value"]) > LONGEST_START:
            raise ValueError(
                f"start : {len(proposal['value'])} signes reçus, {LONGEST_START} au plus attendus"
            )
        if proposal["value"]:
            try:
                normalise_place(proposal["value"])
            except ValueError as error:
                raise ValueError(str(error).replace("name :", "start :", 1)) from None
        return str(proposal["value"])

    @traitlets.validate("seed")
    def _check_seed(self, proposal: Any) -> int:
        if proposal["value"] > 999:
            raise ValueError(f"seed : {proposal['value']} reçu, un entier de 0 à 999 attendu")
        return int(proposal["value"])

    @traitlets.validate("weights")
    def _check_weights(self, proposal: Any) -> str:
        return check_packed(str(proposal["value"]), _record()["formes"])

    def model(self) -> CharModel:
        """Le modèle de langue, avec les poids arrondis que la page emploie."""
        shapes = _record()["formes"]
        tokens, embedding_size = shapes["embedding.weight"]
        model = CharModel(tokens, embedding_size=embedding_size, hidden_size=shapes["output.weight"][1])
        model.load_state_dict(unpack(self.weights, shapes))
        return model.eval()

    def given(self) -> str:
        """Le début imposé, normalisé."""
        return normalise_place(self.start) if self.start else ""

    def draws(self) -> tuple[list[int], np.ndarray]:
        """Les jetons tirés, bord final compris, et la loi de chaque tirage, forme (tirages, jetons)."""
        model, chance = self.model().double(), uniforms(self.seed)
        text, state = self.given(), None
        tokens: list[int] = []
        laws: list[np.ndarray] = []
        unread = torch.tensor([[EDGE], *([token] for token in encode_place(text))])
        with torch.no_grad():
            while len(text) + len(tokens) < LONGEST and EDGE not in tokens:
                scores, state = model(unread, state)
                law = tempered(scores[-1, 0], self.temperature)
                # Le premier jeton dont la probabilité cumulée dépasse le tirage uniforme.
                reached = int((law.cumsum(0) <= next(chance)).sum())
                tokens.append(min(reached, len(law) - 1))
                laws.append(law.numpy())
                unread = torch.tensor([[tokens[-1]]])
        return tokens, np.array(laws)

    def describe(self) -> str:
        tokens, laws = self.draws()
        step = min(self.step, len(tokens))
        text = self.given() + "".join(PLACE_ALPHABET[token - 1] for token in tokens[:step] if token != EDGE)
        chosen = tokens[step - 1]
        return (
            f"À la température {decimal(self.temperature)}, {step} tirages sur {len(tokens)} : « {text} » ; "
            f"dernier tirage {label(chosen)}, de probabilité {percent(laws[step - 1, chosen])}"
        )

    def draw(self) -> str:
        tokens, laws = self.draws()
        step = min(self.step, len(tokens))
        law, chosen = laws[step - 1], tokens[step - 1]
        before = self.given() + "".join(PLACE_ALPHABET[token - 1] for token in tokens[: step - 1])
        parts = [drawing.text(20, 24, f"{before}▁", text_anchor="start", font_size=18, font_weight="bold")]
        for i, token in enumerate(np.argsort(-law, kind="stable")[:SHOWN].tolist()):
            y = 44 + 24 * i
            parts += [
                drawing.text(80, y + 15, label(token), text_anchor="end"),
                drawing.element(
                    "rect", x=90, y=y, width=max(1.0, 260 * float(law[token])), height=18,
                    fill=drawing.color("orange" if token == chosen else "blue"),
                ),
                drawing.text(
                    96 + 260 * float(law[token]), y + 14,
                    percent(law[token]) + (" ← tiré" if token == chosen else ""), text_anchor="start",
                ),
            ]  # fmt: skip
        return drawing.document(480, 48 + 24 * SHOWN, self.describe(), *parts)
