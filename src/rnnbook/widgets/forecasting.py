"""*Prévoir* (chapitre 14) : une série, dix pas à prévoir, et ce que l'on rend au modèle à chaque pas."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from functools import cache
from itertools import islice
from math import sin
from typing import Any, ClassVar

import numpy as np
import traitlets

from rnnbook import bptt, results
from rnnbook.formats import decimal
from rnnbook.widgets import drawing
from rnnbook.widgets.chance import uniforms
from rnnbook.widgets.figure import Figure
from rnnbook.widgets.traits import Choice, Flag, Integer, Number, Text

READ, HORIZON, UNITS = 50, 10, 20
"""Pas lus, pas à prévoir, unités du GRU."""

MODELS = {
    "lineaire": "régression d'un pas",
    "gru-un-pas": "GRU d'un pas",
    "gru-boucle": "GRU entraîné en boucle",
}
"""Valeur de `model` → nom pour le lecteur. Leurs poids se suivent dans cet ordre."""

LOUDEST = 0.3
"""Plus grande largeur du bruit."""

_GRU_SIZE = 3 * UNITS * (1 + UNITS + 2) + UNITS + 1


@cache
def _packaged() -> str:
    rows = results.load("series-poids")["lignes"]
    return base64.b64encode(b"".join(base64.b64decode(rows[name]) for name in MODELS)).decode()


class Forecasting(Figure):
    """Une série de 60 pas dont on lit 50 ; un modèle d'un pas prévoit les suivants, un par un.

    `seed` : la série, deux sinusoïdes tirées comme dans `rnnbook.data.two_sines`. `noise` : largeur du bruit,
    de 0 à 0,3 (0,1 à l'entraînement). `model` : l'un de `MODELS`. `steps` : pas prévus, 1 à 10 (au-delà :
    tous). `forced` : rendre au modèle la vraie valeur de chaque pas, au lieu de sa prévision. `weights` :
    poids des trois modèles en demi-précision, base 64, d'après `book/resultats/series-poids.json`.

    Lève `ValueError` ou `TypeError` si une valeur ne convient pas. Source : chapitre 14.
    """

    module: ClassVar[str] = "prevoir"

    seed = Integer(0, 2)
    noise = Number(0, LOUDEST, 0.1)
    model = Choice(MODELS, "gru-un-pas")
    steps = Integer(1, HORIZON)
    forced = Flag(False)
    weights = Text("")

    @traitlets.default("weights")
    def _packaged_weights(self) -> str:
        return _packaged()

    @traitlets.validate("weights")
    def _check_weights(self, proposal: Any) -> str:
        received = len(base64.b64decode(proposal["value"])) // 2
        expected = READ + 1 + 2 * _GRU_SIZE
        if received != expected:
            raise ValueError(f"weights : {received} poids reçus, {expected} attendus")
        return str(proposal["value"])

    @traitlets.validate("seed")
    def _check_seed(self, proposal: Any) -> int:
        uniforms(proposal["value"])
        return int(proposal["value"])

    def series(self) -> np.ndarray[Any, np.dtype[Any]]:
        """Les 60 valeurs de la série, forme (60,)."""
        draw = uniforms(self.seed)
        frequency1, frequency2, shift1, shift2 = (next(draw) for _ in range(4))
        values = []
        for i in range(READ + HORIZON):
            time = i / (READ + HORIZON - 1)
            signal = 0.5 * sin((time - shift1) * (10 + 10 * frequency1))
            signal += 0.2 * sin((time - shift2) * (20 + 20 * frequency2))
            values.append(signal + self.noise * (next(draw) - 0.5))
        return np.array(values)

    def forecast(self) -> np.ndarray[Any, np.dtype[Any]]:
        """Les 10 prévisions, forme (10,) ; chacune se sert de ce que le modèle a reçu aux pas d'avant."""
        series = self.series()
        predict = self._line() if self.model == "lineaire" else self._gru()
        next(predict)
        answer = 0.0
        for value in series[:READ]:
            answer = predict.send(value)
        found = [answer]
        for t in range(READ, READ + HORIZON - 1):
            found.append(predict.send(series[t] if self.forced else found[-1]))
        return np.array(found)

    def _numbers(self, start: int, count: int) -> np.ndarray[Any, np.dtype[Any]]:
        flat = np.frombuffer(base64.b64decode(self.weights), dtype="<f2").astype(float)
        return flat[start : start + count]

    def _line(self) -> Any:
        """Reçoit les valeurs une à une et rend la prévision de la régression (0 tant qu'il en manque)."""
        weights = self._numbers(0, READ + 1)
        seen: list[float] = []
        answer = 0.0
        while True:
            seen.append((yield answer))
            answer = float(np.dot(weights[:-1], seen[-READ:]) + weights[-1]) if len(seen) >= READ else 0.0

    def _gru(self) -> Any:
        """Reçoit les valeurs une à une et rend la prévision du GRU, calculée par `rnnbook.bptt`."""
        start = READ + 1 + (_GRU_SIZE if self.model == "gru-boucle" else 0)
        numbers = iter(self._numbers(start, _GRU_SIZE))
        shapes = (3 * UNITS, 1), (3 * UNITS, UNITS), (3 * UNITS,), (3 * UNITS,)
        params = bptt.Parameters(*(_take(numbers, shape) for shape in shapes))
        W_ho, b_o = _take(numbers, (UNITS,)), next(numbers)
        cell, state, answer = bptt.GRUCell(), bptt.State(np.zeros((1, UNITS))), 0.0
        while True:
            x = np.array([[(yield answer)]])
            state, _ = cell.step(params, x, state)
            answer = float(W_ho @ state.h[0] + b_o)

    def errors(self) -> tuple[float, float]:
        """Erreur quadratique moyenne sur les pas prévus : le modèle, puis le naïf."""
        series, shown = self.series(), min(self.steps, HORIZON)
        future = series[READ : READ + shown]
        model = np.mean((self.forecast()[:shown] - future) ** 2)
        return float(model), float(np.mean((series[READ - 1] - future) ** 2))

    def describe(self) -> str:
        model, naive = (decimal(value, 4) for value in self.errors())
        given = "les vraies valeurs" if self.forced else "ses propres prévisions"
        shown = min(self.steps, HORIZON)
        return (
            f"Série n° {self.seed}, bruit {decimal(self.noise)}, {MODELS[self.model]} à qui l'on rend "
            f"{given} ; erreur moyenne sur {shown} pas : {model}, contre {naive} pour le naïf"
        )

    def draw(self) -> str:
        series, forecast, shown = self.series(), self.forecast(), min(self.steps, HORIZON)
        first, width, height = READ - 20, 600.0, 240.0

        def place(t: int, value: float) -> tuple[float, float]:
            return 20 + (width - 40) * (t - first) / (READ + HORIZON - 1 - first), height / 2 - 100 * value

        def line(values: list[tuple[float, float]], stroke: str, dash: str | None) -> str:
            points = " ".join(f"{x:.1f},{y:.1f}" for x, y in values)
            return drawing.element(
                "polyline", points=points, fill="none", stroke=drawing.color(stroke), stroke_width=2,
                stroke_dasharray=dash,
            )  # fmt: skip

        border, last = place(READ, 0)[0] - 5, series[READ - 1]
        parts = [
            drawing.element(
                "line", x1=border, x2=border, y1=8, y2=height - 8, stroke=drawing.color("muted"),
                stroke_dasharray="2 4",
            ),
            drawing.text(border - 8, 18, "lu", text_anchor="end"),
            drawing.text(border + 8, 18, "à prévoir", text_anchor="start"),
            line([place(t, series[t]) for t in range(first, READ + HORIZON)], "blue", None),
            line([place(READ - 1, last), place(READ + HORIZON - 1, last)], "muted", "3 5"),
        ]  # fmt: skip
        for k in range(shown):
            x, y = place(READ + k, forecast[k])
            parts.append(
                drawing.element("rect", x=x - 4, y=y - 4, width=8, height=8, fill=drawing.color("orange"))
            )
        return drawing.document(width, height, self.describe(), *parts)


def _take(numbers: Iterator[float], shape: tuple[int, ...]) -> np.ndarray[Any, np.dtype[Any]]:
    return np.array(list(islice(numbers, int(np.prod(shape))))).reshape(shape)
