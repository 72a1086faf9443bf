"""Compter a^n b^n, garder un bit : de petits réseaux à ouvrir. Chapitre 13."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rnnbook import training
from rnnbook.validation import check_choice, check_size

LONGEST = 20
"""Plus grand n vu à l'entraînement."""

LIMIT = 200
"""Plus grand n essayé ensuite."""

RATES = (3e-3, 1e-2, 3e-2)
SEEDS = (0, 1, 2)
STEPS = 1500
BATCH = 16


def counting_batch(lengths: Iterable[int]) -> tuple[Tensor, Tensor, Tensor]:
    """Écrit les mots a^n b^n et dit, après chaque lettre, si le mot est fini.

    Args:
        lengths: les n du lot, au moins 1 chacun.

    Returns:
        `inputs` : (temps, lot, 2), a = (1, 0) et b = (0, 1) ; `ends` : (temps, lot), 1 après le dernier b ;
        `mask` : (temps, lot), 1 sur les lettres du mot, 0 sur le remplissage (des b).
    """
    counts = torch.tensor([check_size("lengths", n) for n in lengths])
    step = torch.arange(1, 2 * int(counts.max()) + 1)[:, None]
    inputs = F.one_hot((step > counts).long(), 2).float()
    return inputs, (step == 2 * counts).float(), (step <= 2 * counts).float()


class Counter(nn.Module):
    """Lit des a et des b et donne, après chaque lettre, le score de « le mot est fini »."""

    def __init__(self, layer: type[nn.Module], hidden_size: int) -> None:
        super().__init__()
        self.layer = layer(2, hidden_size)
        self.output = nn.Linear(hidden_size, 1)

    def forward(self, inputs: Tensor) -> Tensor:
        """`inputs` : (temps, lot, 2) ; renvoie (temps, lot). Un score positif dit « fini »."""
        return self.output(self.layer(inputs)[0])[..., 0]


MODELS: dict[str, tuple[type[nn.Module], int]] = {
    "rnn": (nn.RNN, 9),
    "gru": (nn.GRU, 5),
    "lstm": (nn.LSTM, 4),
}
"""Nom → couche et unités ; de 127 à 141 paramètres chacun."""


def train_counter(name: str, *, lr: float, seed: int, steps: int = STEPS) -> tuple[Counter, float]:
    """Apprend a^n b^n, n uniforme de 1 à `LONGEST`. Renvoie le modèle et sa perte sur les vingt mots."""
    check_choice("name", name, MODELS)
    training.reproducible(seed)
    model = Counter(*MODELS[name])
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, lr, total_steps=steps)

    def batches(generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        for lengths in torch.randint(1, LONGEST + 1, (steps, BATCH), generator=generator):
            yield counting_batch(lengths.tolist())

    training.fit(model, batches, counting_loss, epochs=1, optimizer=optimizer, scheduler=scheduler, seed=seed)
    with torch.no_grad():
        return model, counting_loss(model, counting_batch(range(1, LONGEST + 1))).item()


def counting_loss(model: nn.Module, batch: tuple[Tensor, Tensor, Tensor]) -> Tensor:
    """Entropie croisée binaire par lettre, en nats ; le remplissage n'est pas compté."""
    inputs, ends, mask = batch
    each = F.binary_cross_entropy_with_logits(model(inputs), ends, reduction="none")
    return (each * mask).sum() / mask.sum()


def correct(model: nn.Module, lengths: Iterable[int]) -> Tensor:
    """Dit de chaque n si toutes les réponses sont justes, du premier a au dernier b : (lot,) de booléens."""
    inputs, ends, mask = counting_batch(lengths)
    with torch.no_grad():
        right = (model(inputs) > 0) == (ends > 0)
    return (right | (mask == 0)).all(dim=0)


def reach(model: nn.Module) -> int:
    """Donne le plus grand n tel que tous les mots jusqu'à lui soient justes, `LIMIT` au plus."""
    wrong = (~correct(model, range(1, LIMIT + 1))).nonzero()
    return int(wrong[0]) if len(wrong) else LIMIT


# --- Garder un bit --------------------------------------------------------------------------------------


def flip_flop(
    count: int, steps: int, *, rate: float = 0.1, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Tire des impulsions +1 ou −1, rares, et demande à chaque pas le signe de la dernière.

    Le premier pas porte toujours une impulsion ; ensuite, chaque pas avec probabilité `rate`.

    Returns:
        `inputs` et `targets` : (steps, count, 1), valeurs −1, 0, 1 et −1, 1.

    Source : Sussillo et Barak (2013), §3, ici avec un seul bit.
    """
    check_size("count", count)
    shape = (check_size("steps", steps), count, 1)
    pulses = torch.rand(shape, generator=generator) < rate
    pulses[0] = True
    signs = 2.0 * torch.randint(2, shape, generator=generator) - 1
    inputs = torch.where(pulses, signs, torch.zeros(shape))
    # Le rang de la dernière impulsion vue : le maximum courant des rangs des impulsions.
    last = torch.where(pulses, torch.arange(steps)[:, None, None], 0).cummax(dim=0).values
    return inputs, signs.gather(0, last)


class Memory(nn.Module):
    """RNN de deux unités et sa lecture : (temps, lot, 1) -> (temps, lot, 1)."""

    def __init__(self, hidden_size: int = 2) -> None:
        super().__init__()
        self.layer = nn.RNN(1, hidden_size)
        self.output = nn.Linear(hidden_size, 1)

    def forward(self, inputs: Tensor) -> Tensor:
        return self.output(self.layer(inputs)[0])


def train_memory(*, seed: int, lr: float = 1e-2, steps: int = 600) -> Memory:
    """Apprend à garder un bit, par erreur quadratique, sur des lots de 32 séquences de 30 pas."""
    training.reproducible(seed)
    model = Memory()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)

    def batches(generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor]]:
        for _ in range(steps):
            yield flip_flop(32, 30, generator=generator)

    training.fit(
        model,
        batches,
        lambda model, batch: F.mse_loss(model(batch[0]), batch[1]),
        epochs=1,
        optimizer=optimizer,
        seed=seed,
    )
    return model
