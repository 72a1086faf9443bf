"""Lire une longue série : avec ou sans convolution, sur une à trois couches. Chapitre 12.

L'erreur est l'écart absolu moyen, en pas, entre le délai prévu et le vrai. Les enregistrements de test ne
servent qu'à mesurer ; les réglages se choisissent sur la validation.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from rnnbook import training
from rnnbook.data.quakes import STEPS, quakes
from rnnbook.validation import check_choice, check_size

FORMS = ("gru", "un sur huit", "convolution")
"""Le GRU lit tous les pas ; un pas sur huit ; ou la sortie d'une convolution de pas 8."""

STRIDE, KERNEL, CHANNELS = 8, 16, 16
"""Pas, largeur et nombre de canaux de la convolution."""

SCALE = 100.0
"""Le réseau prévoit le délai divisé par ce nombre, pour que la cible soit de l'ordre de 1."""

RATES = (3e-3, 1e-2, 3e-2, 1e-1)
"""Sommets du pas d'apprentissage essayés ; il monte puis redescend (OneCycle)."""

SEEDS = (0, 1, 2)

UPDATES, BATCH = 300, 32

Recordings = tuple[Tensor, Tensor]


class Parts(NamedTuple):
    """Les trois parties : apprendre, choisir, mesurer."""

    training: Recordings
    validation: Recordings
    test: Recordings


def recordings() -> Parts:
    """Les enregistrements du chapitre : 1000, 300 et 500."""
    return Parts(quakes(1000, seed=0), quakes(300, seed=1), quakes(500, seed=2))


class DelayReader(nn.Module):
    """Lit un enregistrement, (600, lot, 1), et prévoit le délai divisé par `SCALE`, (lot, 1)."""

    def __init__(self, form: str, hidden_size: int = 24, num_layers: int = 1, dropout: float = 0.0) -> None:
        super().__init__()
        self.form = check_choice("form", form, FORMS)
        self.convolution = nn.Conv1d(1, CHANNELS, KERNEL, stride=STRIDE) if form == "convolution" else None
        features = CHANNELS if form == "convolution" else 1
        self.gru = nn.GRU(features, hidden_size, num_layers, dropout=dropout)
        self.output = nn.Linear(hidden_size, 1)

    def forward(self, x: Tensor) -> Tensor:
        if self.convolution is not None:
            # Conv1d attend (lot, canaux, temps) ; le GRU, (temps, lot, traits).
            x = torch.relu(self.convolution(x.permute(1, 2, 0))).permute(2, 0, 1)
        elif self.form == "un sur huit":
            x = x[::STRIDE]
        _, h_n = self.gru(x)
        return self.output(h_n[-1])


def parameters(hidden_size: int, num_layers: int, features: int = CHANNELS) -> int:
    """Nombre de paramètres d'une pile de GRU de PyTorch, deux biais par porte compris."""
    n = hidden_size
    return 3 * (n * features + n * n + 2 * n) + (num_layers - 1) * 3 * (2 * n * n + 2 * n)


def width(num_layers: int, budget: int, features: int = CHANNELS) -> int:
    """Le plus grand nombre d'unités par couche dont la pile tient dans `budget` paramètres.

    Lève `ValueError` si même une unité n'y tient pas.
    """
    check_size("num_layers", num_layers)
    n = 0
    while parameters(n + 1, num_layers, features) <= budget:
        n += 1
    if n == 0:
        raise ValueError(f"budget : {budget} reçu, au moins {parameters(1, num_layers, features)} attendu")
    return n


def loss(model: nn.Module, batch: Recordings) -> Tensor:
    """Erreur quadratique moyenne, à l'échelle du réseau."""
    return F.mse_loss(model(batch[0]), batch[1] / SCALE)


@torch.no_grad()
def error(model: nn.Module, data: Recordings) -> float:
    """Écart absolu moyen, en pas."""
    return SCALE * (model(data[0]) - data[1] / SCALE).abs().mean().item()


def train(
    data: Recordings,
    form: str,
    *,
    lr: float,
    seed: int,
    hidden_size: int = 24,
    num_layers: int = 1,
    dropout: float = 0.0,
    updates: int = UPDATES,
) -> DelayReader:
    """Entraîne un lecteur sur `data` : `updates` lots de 32 enregistrements tirés avec remise."""

    def batches(generator: torch.Generator):
        for _ in range(updates):
            index = torch.randint(data[0].shape[1], (BATCH,), generator=generator)
            yield data[0][:, index], data[1][index]

    training.reproducible(seed)
    model = DelayReader(form, hidden_size, num_layers, dropout)
    optimizer = torch.optim.Adam(model.parameters(), lr)
    cycle = torch.optim.lr_scheduler.OneCycleLR(optimizer, lr, total_steps=updates)
    training.fit(model, batches, loss, epochs=1, optimizer=optimizer, scheduler=cycle, seed=seed)
    return model


# --- Sans réseau ----------------------------------------------------------------------------------------


def constant_error(parts: Parts) -> float:
    """Répond toujours le délai moyen de l'entraînement ; erreur de test, en pas."""
    return (parts.test[1] - parts.training[1].mean()).abs().mean().item()


def ridge_error(parts: Parts, penalties: tuple[float, ...] = (1.0, 100.0, 10000.0)) -> float:
    """Régression linéaire sur les 600 valeurs, pénalité choisie sur la validation ; erreur de test, en pas.

    La pénalité porte sur les 600 poids, pas sur le biais : rien ne justifie de tirer le délai vers zéro.
    """

    def design(inputs: Tensor) -> Tensor:
        return torch.cat([inputs[..., 0].T, torch.ones(inputs.shape[1], 1)], dim=1).double()

    learnt, target = design(parts.training[0]), parts.training[1].double()
    penalised = torch.diag(torch.tensor([1.0] * STEPS + [0.0])).double()
    found = []
    for penalty in penalties:
        weights = torch.linalg.solve(learnt.T @ learnt + penalty * penalised, learnt.T @ target)
        errors = [
            (design(inputs) @ weights - delays).abs().mean().item()
            for inputs, delays in (parts.validation, parts.test)
        ]
        found.append(errors)
    return min(found)[1]


def detect(inputs: Tensor, span: int, threshold: float) -> np.ndarray:
    """Délai entre deux arrivées, repérées par l'énergie du signal ; (lot,), en pas.

    L'énergie est la moyenne, sur `span` pas, de la valeur absolue écrêtée à 1,5 : un choc isolé y pèse peu.
    L'onde rapide arrive quand elle dépasse `threshold` fois son niveau de départ, l'onde lente quand elle
    monte le plus vite ensuite.
    """
    level = np.minimum(np.abs(inputs[..., 0].numpy()), 1.5).cumsum(axis=0)
    energy = (level[span:] - level[:-span]) / span  # (600 − span, lot) ; le rang t couvre t + 1 à t + span
    first = (energy > threshold * energy[0]).argmax(axis=0)
    rise = energy[span:] - energy[:-span]
    rise[np.arange(len(rise))[:, None] < first + span // 2] = -np.inf
    return rise.argmax(axis=0) + span - first


def detector_error(
    parts: Parts,
    spans: tuple[int, ...] = (12, 20, 30),
    thresholds: tuple[float, ...] = (1.6, 2.0, 2.5),
) -> float:
    """Le détecteur d'énergie, corrigé par une droite ajustée à l'entraînement ; erreur de test, en pas.

    `spans` et `thresholds` sont choisis sur la validation. La droite minimise l'écart quadratique.
    """
    found = []
    for span in spans:
        for threshold in thresholds:
            guesses = [detect(inputs, span, threshold) for inputs, _ in parts]
            truths = [delays[:, 0].numpy() for _, delays in parts]
            slope, offset = np.polyfit(guesses[0], truths[0], 1)
            errors = [
                float(np.abs(slope * guess + offset - truth).mean())
                for guess, truth in zip(guesses[1:], truths[1:], strict=True)
            ]
            found.append(errors)
    return min(found)[1]
