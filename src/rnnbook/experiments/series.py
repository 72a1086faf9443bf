"""Prévoir deux sinusoïdes bruitées, un pas ou dix pas à l'avance. Chapitre 14.

Les séries sont indépendantes : on les coupe par séries entières. Chacune a 60 pas ; on en lit 50 et l'on
prévoit les 10 autres. Une erreur est une moyenne sur les séries, pas par pas d'horizon.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rnnbook import data, training
from rnnbook.validation import check_choice, check_shape, check_size

READ = 50
"""Pas lus avant de prévoir."""

HORIZON = 10
"""Pas à prévoir."""

SIZES = (7000, 2000, 1000)
"""Séries d'entraînement, de validation et de test."""

RATES = (3e-3, 1e-2, 3e-2)
"""Sommets du pas d'apprentissage essayés pour chaque réseau ; la validation choisit."""

RIDGES = (0.01, 0.1, 1.0)
"""Pénalités essayées pour chaque régression ; la validation choisit."""

SEEDS = (0, 1, 2)
EPOCHS = 12
BATCH = 128


class Parts(NamedTuple):
    """Les trois parties, chacune de forme (60, séries, 1)."""

    training: Tensor
    validation: Tensor
    test: Tensor


def load_parts(*, noise: float = 0.1) -> Parts:
    """Tire les séries du chapitre. Sans bruit, les mêmes sinusoïdes : le bruit est tiré en dernier."""
    series = data.two_sines(sum(SIZES), READ + HORIZON, noise=noise, seed=42)
    return Parts(*series.transpose(0, 1).contiguous().split(SIZES, dim=1))


# --- Sans réseau ----------------------------------------------------------------------------------------


def naive(series: Tensor) -> Tensor:
    """Répond la dernière valeur lue aux 10 pas : (60, séries, 1) -> (10, séries)."""
    return series[READ - 1, :, 0].expand(HORIZON, -1)


def fit_linear(inputs: Tensor, targets: Tensor, ridge: float) -> Tensor:
    """Régression par moindres carrés pénalisés, en forme close.

    Args:
        inputs: (séries, traits).
        targets: (séries, sorties).
        ridge: pénalité sur le carré des poids ; le biais n'est pas pénalisé.

    Returns:
        Poids et biais, (traits + 1, sorties) ; le biais est la dernière ligne. Calcul en double précision.
    """
    design = _with_one(inputs.double())
    penalty = ridge * torch.eye(design.shape[1], dtype=torch.float64)
    penalty[-1, -1] = 0.0
    return torch.linalg.solve(design.T @ design + penalty, design.T @ targets.double())


def predict_linear(weights: Tensor, inputs: Tensor) -> Tensor:
    """Applique une régression : (traits + 1, sorties) et (séries, traits) -> (séries, sorties)."""
    return (_with_one(inputs.double()) @ weights).to(inputs.dtype)


def iterate_linear(weights: Tensor, inputs: Tensor, steps: int) -> Tensor:
    """Répète une régression d'un pas en lui rendant ses prévisions : (séries, traits) -> (séries, steps)."""
    for _ in range(check_size("steps", steps)):
        window = inputs[:, 1 - len(weights) :]
        inputs = torch.cat([inputs, predict_linear(weights, window)], dim=1)
    return inputs[:, -steps:]


def _with_one(inputs: Tensor) -> Tensor:
    return torch.cat([inputs, torch.ones_like(inputs[:, :1])], dim=1)


# --- Les réseaux ----------------------------------------------------------------------------------------


class Forecaster(nn.Module):
    """Lit une série et prévoit, à chaque pas, les `horizon` valeurs suivantes.

    Args:
        layer: classe de la couche, `nn.RNN`, `nn.LSTM` ou `nn.GRU`.
        hidden_size: unités par couche.
        num_layers: couches empilées.
        horizon: valeurs prévues à chaque pas.
    """

    def __init__(
        self, layer: type[nn.Module] = nn.GRU, hidden_size: int = 20, num_layers: int = 1, horizon: int = 1
    ) -> None:
        super().__init__()
        self.layer = layer(1, hidden_size, num_layers)
        self.output = nn.Linear(hidden_size, horizon)

    def forward(self, inputs: Tensor, state: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """`inputs` : (temps, lot, 1) ; renvoie les prévisions, (temps, lot, horizon), et l'état final."""
        check_shape("inputs", inputs, ("temps", "lot", 1))
        states, last = self.layer(inputs, state)
        return self.output(states), last


MODELS: dict[str, dict[str, object]] = {
    "rnn-1": {"layer": nn.RNN, "hidden_size": 1},
    "rnn-profond": {"layer": nn.RNN, "num_layers": 2},
    "lstm": {"layer": nn.LSTM},
    "gru": {"layer": nn.GRU},
}
"""Nom d'un réseau → ses arguments ; 20 unités par couche, sauf le premier."""

STRATEGIES = ("un-pas", "directe", "chaque-pas", "boucle")
"""Un pas, puis itérer ; les dix d'un coup ; les dix d'un coup à chaque pas lu ; itérer dès l'entraînement."""


def iterate(model: nn.Module, inputs: Tensor, steps: int) -> Tensor:
    """Prévoit pas à pas en rendant au réseau sa propre prévision : (temps, lot, 1) -> (steps, lot)."""
    outputs, state = model(inputs)
    forecast = [outputs[-1:]]
    for _ in range(check_size("steps", steps) - 1):
        outputs, state = model(forecast[-1], state)
        forecast.append(outputs)
    return torch.cat(forecast)[..., 0]


def forced(model: nn.Module, series: Tensor) -> Tensor:
    """Prévoit chaque pas d'après les vraies valeurs d'avant : (60, lot, 1) -> (10, lot)."""
    return model(series[:-1])[0][READ - 1 :, :, 0]


def loss(model: nn.Module, series: Tensor, strategy: str) -> Tensor:
    """Erreur quadratique moyenne d'un lot de séries, (60, lot, 1), selon l'une des `STRATEGIES`."""
    check_choice("strategy", strategy, STRATEGIES)
    future = series[READ:, :, 0]  # (10, lot)
    if strategy == "boucle":
        return F.mse_loss(iterate(model, series[:READ], HORIZON), future)
    outputs, _ = model(series[:READ])
    if strategy == "un-pas":
        return F.mse_loss(outputs[-1, :, 0], future[0])
    if strategy == "directe":
        return F.mse_loss(outputs[-1].T, future)
    # unfold : à chaque pas lu, les dix valeurs qui suivent, (50, lot, 10).
    return F.mse_loss(outputs, series[1:, :, 0].unfold(0, HORIZON, 1))


def forecast(model: nn.Module, series: Tensor, strategy: str) -> Tensor:
    """Prévoit les 10 derniers pas : (60, lot, 1) -> (10, lot), sans gradient."""
    check_choice("strategy", strategy, STRATEGIES)
    with torch.no_grad():
        if strategy in ("un-pas", "boucle"):
            return iterate(model, series[:READ], HORIZON)
        return model(series[:READ])[0][-1].T


def by_horizon(forecast: Tensor, series: Tensor) -> list[float]:
    """Erreur quadratique moyenne de chacun des 10 pas : (10, lot) et (60, lot, 1) -> 10 nombres."""
    return ((forecast - series[READ:, :, 0]) ** 2).mean(dim=1).tolist()


def train(
    name: str, strategy: str, parts: Parts, *, lr: float, seed: int, epochs: int = EPOCHS
) -> tuple[Forecaster, float]:
    """Entraîne l'un des `MODELS` selon l'une des `STRATEGIES`.

    Le pas d'apprentissage monte jusqu'à `lr` puis redescend (OneCycle). Renvoie le modèle de la meilleure
    époque et son erreur de validation, mesurée sur ce qu'il a appris à prévoir au bout des 50 pas.
    """
    check_choice("name", name, MODELS)
    horizon = HORIZON if strategy in ("directe", "chaque-pas") else 1
    predicted = 1 if strategy == "un-pas" else HORIZON
    training.reproducible(seed)
    model = Forecaster(**MODELS[name], horizon=horizon)  # type: ignore[arg-type]
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    count = parts.training.shape[1]
    scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, lr, total_steps=epochs * -(-count // BATCH))
    history = training.fit(
        model,
        lambda generator: (
            parts.training[:, index] for index in torch.randperm(count, generator=generator).split(BATCH)
        ),
        lambda model, series: loss(model, series, strategy),
        epochs=epochs,
        optimizer=optimizer,
        scheduler=scheduler,
        validate=lambda model: (
            sum(by_horizon(forecast(model, parts.validation, strategy), parts.validation)[:predicted])
            / predicted
        ),
        seed=seed,
    )
    return model, min(history.validation)
