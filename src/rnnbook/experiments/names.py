"""Entraîner des classifieurs de noms : la boucle classique, nom par nom, et la nôtre, par lots. Chapitre 7.

Les réglages de `RECIPES` ont été choisis sur des parties de validation ; les noms de test ne servent qu'à
mesurer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from time import process_time
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rnnbook import data, training
from rnnbook.data import Names, NameTensors
from rnnbook.models import NameClassifier, NameLanguageModel


class Trained(NamedTuple):
    """Un modèle appris, ses secondes de processeur et son journal."""

    model: nn.Module
    seconds: float
    history: training.History


@dataclass(frozen=True)
class Recipe:
    """Ce qu'il faut pour refaire un entraînement.

    `model` : `NameClassifier` ou `NameLanguageModel` ; `options` : ses arguments ; `lr` : sommet du pas
    d'apprentissage, qui monte puis redescend (OneCycle).
    """

    model: type[nn.Module]
    options: dict[str, object]
    lr: float
    epochs: int
    batch_size: int


RATES = (1e-3, 3e-3, 1e-2, 3e-2)
"""Pas d'apprentissage essayés pour chaque modèle ; la validation choisit celui de sa recette."""

RECIPES: dict[str, Recipe] = {
    "rapide": Recipe(NameClassifier, {"layer": nn.RNN}, lr=6e-3, epochs=4, batch_size=64),
    "rnn": Recipe(NameClassifier, {"layer": nn.RNN, "dropout": 0.2}, lr=3e-3, epochs=12, batch_size=64),
    "gru": Recipe(NameClassifier, {"dropout": 0.3}, lr=1e-2, epochs=8, batch_size=128),
    "bigru": Recipe(
        NameClassifier,
        {"hidden_size": 96, "bidirectional": True, "dropout": 0.3},
        lr=1e-2,
        epochs=10,
        batch_size=128,
    ),
    "langues": Recipe(NameLanguageModel, {"dropout": 0.3}, lr=1e-2, epochs=8, batch_size=128),
}
"""Nom d'un modèle du chapitre → sa recette."""


def train(recipe: Recipe, names: Names, *, seed: int) -> Trained:
    """Entraîne le modèle d'une recette sur `names`, par lots tassés.

    Un classifieur voit chaque langue aussi souvent que les autres et apprend par entropie croisée. Un modèle
    de langue voit chaque nom une fois par époque et apprend à prédire ses lettres.
    """
    training.reproducible(seed)
    start = process_time()
    tensors = data.to_tensors(names)
    model = recipe.model(len(names.languages), **recipe.options)
    optimizer = torch.optim.AdamW(model.parameters(), lr=recipe.lr)
    steps = recipe.epochs * -(-len(names) // recipe.batch_size)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, recipe.lr, total_steps=steps)
    generative = recipe.model is NameLanguageModel
    history = training.fit(
        model,
        lambda generator: data.batches(
            tensors, recipe.batch_size, generator=generator, balanced=not generative
        ),
        letters_loss if generative else label_loss,
        epochs=recipe.epochs,
        optimizer=optimizer,
        scheduler=scheduler,
        seed=seed,
    )
    return Trained(model, process_time() - start, history)


def label_loss(model: nn.Module, batch: NameTensors) -> Tensor:
    """Entropie croisée de la langue, en nats."""
    return F.cross_entropy(model(batch.tokens, batch.lengths), batch.labels)


def letters_loss(model: nn.Module, batch: NameTensors) -> Tensor:
    """Entropie croisée de chaque lettre, fin comprise, sachant la langue du nom, en nats."""
    own = model(batch.tokens, batch.lengths).gather(1, batch.labels[:, None])
    return -own.sum() / (batch.lengths + 1).sum()


def scores(model: nn.Module, names: Names) -> np.ndarray:
    """Donne les scores de chaque langue pour chaque nom, forme (noms, langues), dans l'ordre des noms."""
    tensors = data.to_tensors(names)
    found = torch.empty(len(names), len(names.languages))
    model.eval()
    with torch.no_grad():
        for indices in torch.arange(len(names)).split(512):
            # `take` range par longueur ; on range pareil ici pour savoir quel score va à quel nom.
            ordered = indices[tensors.lengths[indices].argsort(descending=True, stable=True)]
            batch = data.take(tensors, ordered)
            found[ordered] = model(batch.tokens, batch.lengths)
    return found.numpy()


def predict(model: nn.Module, names: Names) -> np.ndarray:
    """Donne le rang de la langue la plus probable de chaque nom, forme (noms,)."""
    return scores(model, names).argmax(axis=1)


# --- La boucle classique --------------------------------------------------------------------------------


class Checkpoint(NamedTuple):
    """Où en est la boucle classique : pas faits, secondes de processeur passées à apprendre, modèle."""

    step: int
    seconds: float
    model: nn.Module


class ClassicRNN(nn.Module):
    """RNN simple qui lit des lettres en « un parmi 30 » (la colonne 0 est le remplissage)."""

    def __init__(self, languages: int, hidden_size: int = 128) -> None:
        super().__init__()
        self.layer = nn.RNN(len(data.ALPHABET) + 1, hidden_size)
        self.output = nn.Linear(hidden_size, languages)

    def forward(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        """`tokens` : (temps, lot) ; `lengths` : (lot,) ; renvoie les scores (lot, langues)."""
        states, _ = self.layer(F.one_hot(tokens, self.layer.input_size).float())
        return self.output(states[lengths - 1, torch.arange(len(lengths))])


def classic_loop(
    names: Names, *, seed: int, steps: int = 105_000, every: int = 5_000
) -> Iterator[Checkpoint]:
    """Entraîne nom par nom : une langue au hasard, un de ses noms, un pas de descente.

    Descente de gradient de pas 0,01 et d'inertie 0,9, gradient ramené à une norme de 1. La couche est celle
    de PyTorch et les jetons sont préparés d'avance : le temps mesuré est celui de l'apprentissage seul.

    Yields:
        L'état de la boucle tous les `every` pas.
    """
    generator = training.reproducible(seed)
    tensors = data.to_tensors(names)
    model = ClassicRNN(len(names.languages))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    single = [data.take(tensors, torch.tensor([index])) for index in range(len(names))]
    weights = 1.0 / tensors.labels.bincount()[tensors.labels].double()
    order = torch.multinomial(weights, steps, replacement=True, generator=generator).tolist()
    seconds, start = 0.0, process_time()
    for step, index in enumerate(order, start=1):
        loss = label_loss(model, single[index])
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        if step % every == 0:
            seconds += process_time() - start
            yield Checkpoint(step, seconds, model)
            start = process_time()
