"""Entraîner des modèles de langue sur des noms de lieux, et juger ce qu'ils inventent. Chapitre 16.

Les réglages de `RECIPES` ont été choisis sur la validation ; le test ne sert qu'à mesurer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import nn

from rnnbook import training
from rnnbook.data.places import PlaceParts, place_batches
from rnnbook.language import CharModel, mean_loss, next_token_loss

BATCH_SIZE = 64


class Trained(NamedTuple):
    """Un modèle appris et son journal."""

    model: CharModel
    history: training.History


@dataclass(frozen=True)
class Recipe:
    """Ce qu'il faut pour refaire un entraînement ; `lr` : sommet du pas d'apprentissage (OneCycle)."""

    layer: type[nn.Module]
    lr: float
    epochs: int = 12
    hidden_size: int = 112
    dropout: float = 0.1


RATES = (3e-3, 1e-2, 3e-2)
"""Pas d'apprentissage essayés pour chaque couche ; la validation choisit celui de sa recette."""

RECIPES: dict[str, Recipe] = {
    "rnn": Recipe(nn.RNN, lr=1e-2, hidden_size=194),
    "gru": Recipe(nn.GRU, lr=1e-2),
    "rapide": Recipe(nn.GRU, lr=1e-2, epochs=3),
}
"""Nom d'un modèle → sa recette. Les deux premiers ont le même nombre de poids, à 1 % près."""


def train(recipe: Recipe, parts: PlaceParts, *, seed: int) -> Trained:
    """Entraîne un modèle de langue, guidé par les vraies lettres ; garde la meilleure époque (validation)."""
    training.reproducible(seed)
    model = CharModel(layer=recipe.layer, hidden_size=recipe.hidden_size, dropout=recipe.dropout)
    optimizer = torch.optim.AdamW(model.parameters(), lr=recipe.lr)
    steps = recipe.epochs * -(-len(parts.training) // BATCH_SIZE)
    validation = list(place_batches(parts.validation, 256))
    history = training.fit(
        model,
        lambda generator: place_batches(parts.training, BATCH_SIZE, generator=generator),
        next_token_loss,
        epochs=recipe.epochs,
        optimizer=optimizer,
        scheduler=torch.optim.lr_scheduler.OneCycleLR(optimizer, recipe.lr, total_steps=steps),
        validate=lambda current: mean_loss(current, validation),
        seed=seed,
    )
    return Trained(model, history)


def novelty(texts: Sequence[str], parts: PlaceParts) -> dict[str, float]:
    """Dit ce que sont des noms tirés, en parts de `texts`.

    « appris » : noms de l'entraînement ; « réels » : noms de la validation ou du test, que le modèle n'a pas
    appris ; « nouveaux » : ni l'un ni l'autre ; « distincts » : textes différents les uns des autres.
    """
    if not texts:
        raise ValueError("texts : aucun texte reçu, au moins un attendu")
    learned, unseen = set(parts.training), {*parts.validation, *parts.heldout}
    known = sum(text in learned for text in texts) / len(texts)
    real = sum(text in unseen for text in texts) / len(texts)
    return {
        "appris": known,
        "réels": real,
        "nouveaux": 1 - known - real,
        "distincts": len(set(texts)) / len(texts),
    }
