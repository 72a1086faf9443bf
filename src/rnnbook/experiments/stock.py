"""Prévoir le cours d'Apple et sa volatilité. Chapitre 15.

Les jours sont coupés dans l'ordre : le début pour apprendre, la suite pour choisir, la fin pour mesurer.
Toute prévision du jour t ne voit que les jours d'avant t.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from torch import nn

from rnnbook import training
from rnnbook.data import windows
from rnnbook.validation import check_choice

WINDOW = 20
"""Séances que lit le réseau avant de prévoir la suivante : un mois de bourse."""

RATES = (1e-3, 3e-3, 1e-2, 3e-2)
"""Pas d'apprentissage essayés pour chaque modèle ; la validation choisit."""

SEEDS = (0, 1, 2)

EPOCHS = 60
"""Époques au plus ; dix sans progrès sur la validation arrêtent avant."""


class Days(NamedTuple):
    """Rangs des jours à prévoir, partie par partie, dans l'ordre du temps."""

    training: slice
    validation: slice
    test: slice


def chronological(count: int, *, fractions: tuple[float, float] = (0.7, 0.15)) -> Days:
    """Coupe `count` jours en trois parties qui se suivent ; la dernière prend ce qui reste."""
    first = round(fractions[0] * count)
    second = round(sum(fractions) * count)
    return Days(slice(0, first), slice(first, second), slice(second, count))


@dataclass(frozen=True)
class Scaler:
    """Change d'échelle : (x - center) / scale. Se règle sur la partie d'entraînement et sur elle seule."""

    center: float
    scale: float

    @staticmethod
    def standard(values: np.ndarray) -> Scaler:
        """Met `values` à moyenne 0 et écart-type 1."""
        return Scaler(float(values.mean()), float(values.std()))

    @staticmethod
    def unit(values: np.ndarray) -> Scaler:
        """Met `values` entre 0 et 1."""
        return Scaler(float(values.min()), float(np.ptp(values)))

    def forward(self, values: np.ndarray) -> np.ndarray:
        """Passe des valeurs à l'échelle du réseau."""
        return (values - self.center) / self.scale

    def backward(self, values: np.ndarray) -> np.ndarray:
        """Revient aux valeurs."""
        return values * self.scale + self.center


class Forecaster(nn.Module):
    """LSTM qui lit une fenêtre et prévoit la valeur suivante."""

    def __init__(self, hidden_size: int = 32) -> None:
        super().__init__()
        self.layer = nn.LSTM(1, hidden_size)
        self.output = nn.Linear(hidden_size, 1)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """`inputs` : (temps, lot, 1) ; renvoie (lot, 1)."""
        _, (state, _) = self.layer(inputs)
        return self.output(state[-1])


def train_forecaster(series: np.ndarray, days: Days, *, lr: float, seed: int) -> tuple[np.ndarray, float]:
    """Apprend à prévoir `series`, déjà réduite, un jour à l'avance.

    Args:
        series: (N,).
        days: coupe de ces N jours. Les `WINDOW` premiers ne sont pas prévus.

    Returns:
        Les prévisions de tous les jours, (N,), NaN pour les `WINDOW` premiers ; l'erreur quadratique
        moyenne de validation de l'époque gardée.
    """
    lagged, following = windows(series, WINDOW)
    inputs = torch.as_tensor(lagged, dtype=torch.float32)
    targets = torch.as_tensor(following, dtype=torch.float32)
    train = slice(0, days.training.stop - WINDOW)
    valid = slice(days.validation.start - WINDOW, days.validation.stop - WINDOW)

    def batches(generator: torch.Generator):
        for index in torch.randperm(train.stop, generator=generator).split(64):
            yield inputs[:, index], targets[index]

    def loss(model: nn.Module, batch: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
        return nn.functional.mse_loss(model(batch[0]), batch[1])

    training.reproducible(seed)
    model = Forecaster()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    history = training.fit(
        model,
        batches,
        loss,
        epochs=EPOCHS,
        patience=10,
        optimizer=optimizer,
        seed=seed,
        validate=lambda m: loss(m, (inputs[:, valid], targets[valid])).item(),
    )
    with torch.no_grad():
        forecast = model(inputs)[:, 0].numpy().astype(float)
    return np.concatenate([np.full(WINDOW, np.nan), forecast]), min(history.validation)


# --- Le prix --------------------------------------------------------------------------------------------

PRICE_MODELS = ("rendements", "prix", "fuite")
"""LSTM sur les rendements ; sur le prix réduit par la partie d'entraînement ; sur le prix réduit par toute la
série (une fuite : l'échelle dit où ira le cours)."""


def persistence(prices: np.ndarray) -> np.ndarray:
    """Prévoit le prix de la veille : (N,) -> (N,), NaN le premier jour."""
    return np.concatenate([[np.nan], prices[:-1]])


def linear_forecast(prices: np.ndarray, days: Days, *, lags: int = 5) -> np.ndarray:
    """Prévoit le rendement du jour d'après les `lags` précédents, par moindres carrés ; rend des prix."""
    returns = np.diff(np.log(prices), prepend=np.nan)
    past = np.stack([np.roll(returns, lag) for lag in range(1, lags + 1)], axis=1)
    design = np.concatenate([np.ones((len(prices), 1)), past], axis=1)
    fitted = slice(lags + 1, days.training.stop)
    weights = np.linalg.lstsq(design[fitted], returns[fitted], rcond=None)[0]
    forecast = persistence(prices) * np.exp(design @ weights)
    forecast[: lags + 1] = np.nan
    return forecast


def network_forecast(
    prices: np.ndarray, days: Days, model: str, *, lr: float, seed: int
) -> tuple[np.ndarray, float]:
    """Prévoit le prix de chaque jour par un LSTM, selon l'un de `PRICE_MODELS`.

    Returns:
        Les prix prévus, (N,), NaN au début ; l'erreur quadratique moyenne de validation, valeurs réduites.
    """
    check_choice("model", model, PRICE_MODELS)
    if model == "rendements":
        returns = np.diff(np.log(prices))
        scaler = Scaler.standard(returns[: days.training.stop - 1])
        shifted = Days(*(slice(max(part.start - 1, 0), part.stop - 1) for part in days))
        forecast, error = train_forecaster(scaler.forward(returns), shifted, lr=lr, seed=seed)
        return persistence(prices) * np.exp(np.concatenate([[np.nan], scaler.backward(forecast)])), error
    scaler = Scaler.unit(prices if model == "fuite" else prices[days.training])
    forecast, error = train_forecaster(scaler.forward(prices), days, lr=lr, seed=seed)
    return scaler.backward(forecast), error


def price_scores(prices: np.ndarray, forecast: np.ndarray, part: slice) -> dict[str, float | None]:
    """Mesure une prévision sur une partie.

    `mae`, `rmse` : en dollars ajustés ; `signe` : part des jours où le sens prévu, hausse ou baisse, est le
    bon (`None` si la prévision ne bouge pas).
    """
    error = (forecast - prices)[part]
    before = persistence(prices)
    moved = np.sign(forecast - before)[part]
    right = moved == np.sign(prices - before)[part]
    return {
        "mae": float(np.abs(error).mean()),
        "rmse": float(np.sqrt((error**2).mean())),
        "signe": float(right[moved != 0].mean()) if (moved != 0).any() else None,
    }


# --- La volatilité --------------------------------------------------------------------------------------


def absolute_returns(prices: pd.Series | np.ndarray) -> np.ndarray:
    """Donne |rendement| de chaque jour en pour cent, (N - 1,)."""
    return 100 * np.abs(np.diff(np.log(np.asarray(prices, dtype=float))))


def exponential_average(values: np.ndarray, decay: float) -> np.ndarray:
    """Prévoit chaque valeur par la moyenne des précédentes, de poids `decay`^âge ; NaN la première."""
    forecast = np.empty(len(values))
    forecast[0], level = np.nan, values[0]
    for t in range(1, len(values)):
        forecast[t] = level
        level = decay * level + (1 - decay) * values[t]
    return forecast


def linear_volatility(values: np.ndarray, days: Days) -> np.ndarray:
    """Prévoit par moindres carrés d'après les moyennes des 1, 5 et 22 derniers jours ; (N,), NaN au début.

    Source : Corsi, Journal of Financial Econometrics 7 (2009), doi:10.1093/jjfinec/nbp001, éq. 9.
    """
    past = pd.Series(values).shift(1)
    design = np.stack([np.ones(len(values)), *(past.rolling(span).mean() for span in (1, 5, 22))], axis=1)
    fitted = slice(22, days.training.stop)
    weights = np.linalg.lstsq(design[fitted], values[fitted], rcond=None)[0]
    return design @ weights


def network_volatility(values: np.ndarray, days: Days, *, lr: float, seed: int) -> tuple[np.ndarray, float]:
    """Prévoit par un LSTM ; (N,), NaN au début, et l'erreur quadratique de validation réduite."""
    scaler = Scaler.standard(values[days.training])
    forecast, error = train_forecaster(scaler.forward(values), days, lr=lr, seed=seed)
    return scaler.backward(forecast), error
