"""*La machine copie* (chapitre 19) : une machine entraînée copie ce que le lecteur dessine."""

from __future__ import annotations

import base64
from functools import cache
from typing import Any, ClassVar, NamedTuple

import numpy as np
import torch
import traitlets

from rnnbook.experiments.ntm import load_model
from rnnbook.ntm import NTM
from rnnbook.validation import check_interval, check_shape
from rnnbook.widgets import drawing
from rnnbook.widgets.figure import Figure
from rnnbook.widgets.traits import Array, Integer, Text
from rnnbook.widgets.weights import pack

LONGEST = 30
"""Nombre de vecteurs le plus grand : au-delà, les colonnes ne se voient plus sur un téléphone."""

FEWEST, MOST = 4, 64
"""Nombre de cases, du plus petit au plus grand."""

MODEL = "copy-held"
"""Nom des poids livrés : copie de 1 à 20 vecteurs, signal tenu, contrôleur sans mémoire."""


class Played(NamedTuple):
    """Une copie jouée : probabilité de chaque bit, poids des têtes (lecture, écriture), mémoire.

    Formes : (2T + 1, 8), (2T + 1, 2, cases), (2T + 1, cases, 16).
    """

    probabilities: np.ndarray[Any, np.dtype[Any]]
    heads: np.ndarray[Any, np.dtype[Any]]
    memory: np.ndarray[Any, np.dtype[Any]]


@cache
def _shipped() -> NTM:
    model, _ = load_model(MODEL)
    if not isinstance(model, NTM):
        raise TypeError(f"{MODEL} : {type(model).__name__} reçu, NTM attendu")
    return model


def pattern(length: int) -> list[list[int]]:
    """Les vecteurs de départ, de forme (length, 8), que la page sait aussi écrire."""
    return [[int((i * i + 3 * j + i * j) % 7 < 3) for j in range(8)] for i in range(length)]


class CopyMachine(Figure):
    """La machine entraînée lit `bits`, puis les répète ; sa bande, sa mémoire et ses deux têtes, pas à pas.

    `bits` (T, 8) : 0 ou 1, de 1 à 30 vecteurs. `slots` : nombre de cases, de 4 à 64 ; 32 à l'entraînement.
    `step` : dernier pas montré, de 1 à 2T + 1 (au-delà : tous). `edited` : vecteur que changent les boutons,
    compté depuis 0. `weights` : poids de la machine, en demi-précision, base 64.

    Lève `ValueError` ou `TypeError` si une valeur ou une forme ne convient pas. Source : chapitre 19.
    """

    module: ClassVar[str] = "copie"

    bits = Array("vecteurs", 8, default=pattern(10))
    slots = Integer(FEWEST, 32)
    step = Integer(1, 2 * LONGEST + 1)
    edited = Integer(0, 0)
    weights = Text("")

    @traitlets.default("weights")
    def _packaged_weights(self) -> str:
        return pack(_shipped().state_dict().values())

    @traitlets.validate("bits")
    def _check_bits(self, proposal: Any) -> Any:
        bits = np.array(proposal["value"])
        if len(bits) > LONGEST:
            raise ValueError(f"bits : {len(bits)} vecteurs reçus, {LONGEST} au plus attendus")
        if not np.isin(bits, (0, 1)).all():
            raise ValueError("bits : une valeur autre que 0 et 1 reçue, des bits attendus")
        return proposal["value"]

    @traitlets.validate("slots")
    def _check_slots(self, proposal: Any) -> int:
        return int(check_interval("slots", proposal["value"], FEWEST, MOST))

    @traitlets.validate("weights")
    def _check_weights(self, proposal: Any) -> str:
        received = np.frombuffer(base64.b64decode(proposal["value"]), dtype="<f2")
        check_shape("weights", received, (sum(p.numel() for p in _shipped().parameters()),))
        return str(proposal["value"])

    def model(self) -> NTM:
        """La machine, avec les poids arrondis que la page emploie, en double précision."""
        shipped = _shipped()
        model = NTM(
            shipped.input_size,
            shipped.output_size,
            shipped.hidden_size,
            self.slots,
            shipped.memory_width,
            controller=shipped.controller,
            output=shipped.output,
        ).double()
        numbers = torch.from_numpy(np.frombuffer(base64.b64decode(self.weights), dtype="<f2").astype(float))
        with torch.no_grad():
            start = 0
            for parameter in model.parameters():
                size = parameter.numel()
                parameter.copy_(numbers[start : start + size].view_as(parameter))
                start += size
        return model.eval()

    def play(self) -> Played:
        """Joue la copie entière : lecture des vecteurs, signal, répétition."""
        bits = torch.tensor(self.bits, dtype=torch.float64)
        length = len(bits)
        inputs = torch.zeros(2 * length + 1, 1, 9, dtype=torch.float64)
        inputs[:length, 0, :8] = bits
        inputs[length:, 0, 8] = 1.0
        with torch.no_grad():
            scores, _, trace = self.model()(inputs, trace=True)
        return Played(scores[:, 0].sigmoid().numpy(), trace.weights[:, 0].numpy(), trace.memory[:, 0].numpy())

    def wrong(self, played: Played) -> np.ndarray[Any, np.dtype[Any]]:
        """Bits faux parmi ceux déjà répétés au pas montré : booléens, forme (vecteurs répétés, 8)."""
        length = len(self.bits)
        said = max(0, self._shown() - length - 1)
        answers = played.probabilities[length + 1 : length + 1 + said] > 0.5
        wrong: np.ndarray[Any, np.dtype[Any]] = answers != (np.array(self.bits)[:said] > 0.5)
        return wrong

    def _shown(self) -> int:
        return min(self.step, 2 * len(self.bits) + 1)

    def describe(self) -> str:
        played, shown = self.play(), self._shown()
        read, write = played.heads[shown - 1].argmax(axis=1)
        wrong = self.wrong(played)
        return (
            f"Pas {shown} sur {2 * len(self.bits) + 1}, {self.slots} cases : tête d'écriture sur la case "
            f"{write}, tête de lecture sur la case {read} ; {int(wrong.sum())} bits faux sur {wrong.size}"
        )

    def draw(self) -> str:
        played, shown, length = self.play(), self._shown(), len(self.bits)
        left, cell, steps = 76.0, 13.0, 2 * length + 1
        row = 4.0
        bands: list[tuple[str, str, float, list[str]]] = []
        signal = [(t, 8) for t in range(length, steps)]
        ones = [(int(t), int(j)) for t, j in np.argwhere(np.array(self.bits) > 0.5)] + signal
        bands.append(("entrée", "ink", 10, [_cell(t, j, cell, 8, 1.0) for t, j in ones]))
        answers = played.probabilities[:shown]
        said = [(t, j) for t in range(length + 1, shown) for j in range(8) if answers[t, j] >= 0.05]
        bands.append(("sortie", "blue", 92, [_cell(t, j, cell, 8, answers[t, j]) for t, j in said]))
        for name, color, top, head in (("écriture", "orange", 170.0, 1), ("lecture", "green", 310.0, 0)):
            weights = played.heads[:shown, head]
            marks = [_cell(t, i, cell, row, weights[t, i]) for t, i in np.argwhere(weights >= 0.05)]
            bands.append((name, color, top, marks))
        parts = []
        for name, color, top, marks in bands:
            parts.append(drawing.text(left - 8, top + 14, name, text_anchor="end"))
            moved = f"translate({left:g} {top:g})"
            parts.append(drawing.element("g", *marks, transform=moved, fill=drawing.color(color)))
        height = 310 + row * self.slots + 12
        return drawing.document(left + cell * steps + 8, height, self.describe(), *parts)


def _cell(column: int, line: int, width: float, height: float, opacity: float) -> str:
    return drawing.element(
        "rect",
        x=float(column * width),
        y=float(line * height),
        width=width - 1,
        height=height - 0.5,
        opacity=None if opacity > 0.995 else float(opacity),
    )
