"""RNN, LSTM et GRU à nombre de paramètres égal, sur les deux tâches à retard. Chapitres 10 et 20.

Chaque réseau reçoit le même budget de paramètres, les mêmes pas d'apprentissage et les mêmes lots ; seule la
cellule change. Les portes qui gardent (oubli du LSTM, mise à jour du GRU) partent avec un biais de 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rnnbook import training
from rnnbook.data.delays import adding, delayed_copy
from rnnbook.validation import check_choice

BUDGET = 4_000
"""Nombre de paramètres d'un réseau, au plus, sortie comprise."""

RATES = (1e-3, 3e-3, 1e-2)
"""Pas d'apprentissage essayés pour chaque réseau et chaque retard ; la validation choisit."""

SEEDS = (0, 1, 2)
STEPS = 2_000
"""Pas d'apprentissage au plus ; on s'arrête dès que la tâche est résolue."""

BATCH = 32
EVERY = 100
"""Pas d'apprentissage entre deux mesures de validation."""

HELD_OUT = 512
"""Nombre de séquences de validation, et de test."""

BLOCKS = {"rnn": 1, "lstm": 4, "gru": 3}
"""Nombre de blocs (portes et candidat) de chaque cellule."""

LAYERS: dict[str, type[nn.RNN] | type[nn.LSTM] | type[nn.GRU]] = {
    "rnn": nn.RNN,
    "lstm": nn.LSTM,
    "gru": nn.GRU,
}


@dataclass(frozen=True)
class Task:
    """Une tâche à retard.

    `draw(count, lag, generator)` tire des séquences déjà codées, (temps, lot, inputs), et leurs cibles.
    `loss` et `error` comparent les sorties (temps, lot, outputs) aux cibles ; `error` est un nombre que
    l'on sait lire, et la tâche est résolue en dessous de `solved`. `chance` : l'erreur d'un réseau sans
    mémoire.
    """

    inputs: int
    outputs: int
    draw: Callable[[int, int, torch.Generator], tuple[Tensor, Tensor]]
    loss: Callable[[Tensor, Tensor], Tensor]
    error: Callable[[Tensor, Tensor], float]
    solved: float
    chance: float


SYMBOLS, LENGTH = 4, 3
"""Copie différée : nombre de symboles distincts, nombre de symboles à retenir."""


def _draw_adding(count: int, lag: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    return adding(count, lag, generator=generator)


def _draw_copy(count: int, lag: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    tokens, targets = delayed_copy(count, lag, symbols=SYMBOLS, length=LENGTH, generator=generator)
    return F.one_hot(tokens, SYMBOLS + 2).float(), targets


def _squared(scores: Tensor, targets: Tensor) -> Tensor:
    return F.mse_loss(scores[-1], targets)


def _answer_loss(scores: Tensor, targets: Tensor) -> Tensor:
    # La perte ne porte que sur la réponse : ailleurs il suffit de se taire, ce que tout réseau sait faire.
    return F.cross_entropy(scores[-LENGTH:].flatten(0, 1), targets[-LENGTH:].flatten() - 1)


def _wrong_symbols(scores: Tensor, targets: Tensor) -> float:
    return (scores[-LENGTH:].argmax(-1) != targets[-LENGTH:] - 1).float().mean().item()


TASKS: dict[str, Task] = {
    "addition": Task(2, 1, _draw_adding, _squared, lambda s, y: _squared(s, y).item(), 0.01, 1 / 6),
    "copie": Task(SYMBOLS + 2, SYMBOLS, _draw_copy, _answer_loss, _wrong_symbols, 0.01, 1 - 1 / SYMBOLS),
}
"""Nom → tâche. L'addition se mesure en erreur quadratique, la copie en part d'erreurs."""


def count_parameters(kind: str, inputs: int, hidden: int, outputs: int) -> int:
    """Nombre de paramètres d'une couche récurrente de `torch.nn` et de sa sortie dense (chapitre 10)."""
    return BLOCKS[kind] * hidden * (inputs + hidden + 2) + outputs * (hidden + 1)


def hidden_size(kind: str, inputs: int, outputs: int, budget: int = BUDGET) -> int:
    """Le plus grand nombre d'unités qui tient dans le budget. Lève `ValueError` si aucune n'y tient."""
    check_choice("kind", kind, BLOCKS)
    size = 0
    while count_parameters(kind, inputs, size + 1, outputs) <= budget:
        size += 1
    if size == 0:
        raise ValueError(f"budget : {budget} reçu, de quoi payer une unité attendu")
    return size


class Reader(nn.Module):
    """Une couche récurrente et une sortie dense à chaque pas : (temps, lot, d) → (temps, lot, outputs)."""

    def __init__(self, layer: nn.Module, hidden: int, outputs: int) -> None:
        super().__init__()
        self.layer = layer
        self.output = nn.Linear(hidden, outputs)

    def forward(self, x: Tensor) -> Tensor:
        return self.output(self.layer(x)[0])


def reader(kind: str, task: Task) -> Reader:
    """Le réseau d'une cellule pour une tâche : le plus grand que permet `BUDGET`."""
    size = hidden_size(kind, task.inputs, task.outputs)
    layer = LAYERS[kind](task.inputs, size)
    if kind != "rnn":
        # Le bloc 1 est la porte d'oubli du LSTM, et la porte de mise à jour du GRU de PyTorch.
        with torch.no_grad():
            layer.get_parameter("bias_hh_l0").chunk(BLOCKS[kind])[1].fill_(1.0)
    return Reader(layer, size, task.outputs)


class Run(NamedTuple):
    """Un entraînement : erreurs de validation et de test, pas faits, et s'il a atteint le seuil."""

    validation: float
    test: float
    steps: int
    solved: bool


def held_out(task: Task, lag: int, seed: int) -> tuple[Tensor, Tensor]:
    """Séquences de validation (`seed` 1000) ou de test (`seed` 2000), les mêmes pour tous les réseaux."""
    return task.draw(HELD_OUT, lag, torch.Generator().manual_seed(seed))


def train(model: nn.Module, task: Task, lag: int, *, lr: float, seed: int, steps: int) -> Run:
    """Entraîne jusqu'à ce que l'erreur de validation passe sous le seuil, ou jusqu'à `steps` pas.

    Chaque pas tire un lot neuf : rien n'est vu deux fois. Le test est mesuré une fois, à la fin.
    """
    optimizer = torch.optim.Adam(model.parameters(), lr)
    validation = held_out(task, lag, 1000)
    generator = torch.Generator().manual_seed(seed)
    error, done = float("inf"), 0
    while done < steps and not error < task.solved:
        training.fit(
            model,
            lambda _: (task.draw(BATCH, lag, generator) for _ in range(EVERY)),
            lambda m, batch: task.loss(m(batch[0]), batch[1]),
            epochs=1,
            optimizer=optimizer,
            progress=False,
        )
        done += EVERY
        error = measure(model, task, validation)
    test = measure(model, task, held_out(task, lag, 2000))
    return Run(error, test, done, error < task.solved)


@torch.no_grad()
def measure(model: nn.Module, task: Task, part: tuple[Tensor, Tensor]) -> float:
    """L'erreur de `model` sur une partie tenue à l'écart."""
    return task.error(model(part[0]), part[1])


def run(name: str, kind: str, lag: int, *, lr: float, seed: int, steps: int = STEPS) -> Run:
    """Une ligne du tableau : une tâche, une cellule, un retard, un pas d'apprentissage, une graine.

    Lève `ValueError` si la tâche ou la cellule est inconnue.
    """
    task = TASKS[check_choice("name", name, TASKS)]
    training.reproducible(seed)
    return train(reader(kind, task), task, lag, lr=lr, seed=seed, steps=steps)
