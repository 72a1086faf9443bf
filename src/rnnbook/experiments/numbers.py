"""Entraîner l'encodeur–décodeur sur des nombres en lettres, avec et sans attention. Chapitre 17.

Les réglages de `RECIPES` ont été choisis sur la validation ; le test ne sert qu'à mesurer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import torch

from rnnbook import training
from rnnbook.data.numbers import IGNORED, NumberBatch, NumberParts, number_tensors
from rnnbook.seq2seq import Seq2Seq, digits_loss, exact_matches

BATCH_SIZE = 64


class Trained(NamedTuple):
    """Un modèle appris et son journal."""

    model: Seq2Seq
    history: training.History


@dataclass(frozen=True)
class Recipe:
    """Ce qu'il faut pour refaire un entraînement ; `lr` : sommet du pas d'apprentissage (OneCycle)."""

    attention: bool
    hidden_size: int
    lr: float
    epochs: int = 10


RATES = (3e-3, 1e-2, 3e-2, 1e-1)
"""Pas d'apprentissage essayés pour chaque modèle ; la validation choisit celui de sa recette."""

RECIPES: dict[str, Recipe] = {
    "attention": Recipe(attention=True, hidden_size=48, lr=1e-2),
    "sans-32": Recipe(attention=False, hidden_size=32, lr=3e-2),
    "sans-64": Recipe(attention=False, hidden_size=64, lr=3e-2),
    "sans-128": Recipe(attention=False, hidden_size=128, lr=1e-2),
    "sans-64-long": Recipe(attention=False, hidden_size=64, lr=3e-2, epochs=30),
}
"""Nom d'un modèle du chapitre → sa recette. « sans-64 » a autant de poids que « attention », ou presque."""


def take(batch: NumberBatch, indices: torch.Tensor) -> NumberBatch:
    """Forme un lot des nombres de rangs `indices`, rempli au plus juste."""
    lengths = batch.lengths[indices]
    steps = int((batch.targets[:, indices] != IGNORED).sum(0).max())
    return NumberBatch(
        batch.words[: int(lengths.max()), indices],
        lengths,
        batch.read[:steps, indices],
        batch.targets[:steps, indices],
    )


def batches(batch: NumberBatch, size: int, generator: torch.Generator) -> Iterator[NumberBatch]:
    """Sert une époque mélangée, par lots de `size` nombres."""
    for indices in torch.randperm(len(batch.lengths), generator=generator).split(size):
        yield take(batch, indices)


def train(recipe: Recipe, numbers: list[int], *, seed: int) -> Trained:
    """Entraîne un encodeur–décodeur sur `numbers`, guidé par les vrais chiffres."""
    training.reproducible(seed)
    model = Seq2Seq(attention=recipe.attention, hidden_size=recipe.hidden_size)
    optimizer = torch.optim.AdamW(model.parameters(), lr=recipe.lr)
    steps = recipe.epochs * -(-len(numbers) // BATCH_SIZE)
    tensors = number_tensors(numbers)
    history = training.fit(
        model,
        lambda generator: batches(tensors, BATCH_SIZE, generator),
        digits_loss,
        epochs=recipe.epochs,
        optimizer=optimizer,
        scheduler=torch.optim.lr_scheduler.OneCycleLR(optimizer, recipe.lr, total_steps=steps),
        seed=seed,
    )
    return Trained(model, history)


def accuracy(model: Seq2Seq, numbers: list[int]) -> float:
    """Part des nombres écrits sans faute."""
    return exact_matches(model, number_tensors(numbers)).float().mean().item()


def by_length(model: Seq2Seq, parts: NumberParts) -> dict[int, float]:
    """Part des nombres de test écrits sans faute, par nombre de mots ; de 11 à 14, longueurs non apprises."""
    batch = number_tensors([*parts.heldout, *parts.longer])
    right = exact_matches(model, batch).float()
    lengths = sorted(set(batch.lengths.tolist()))
    return {length: right[batch.lengths == length].mean().item() for length in lengths}
