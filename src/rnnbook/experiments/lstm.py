"""Le biais de la porte d'oubli et le retard qu'une LSTM apprend à franchir. Chapitre 9.

La tâche est `rnnbook.data.recall` : redire, `lag` pas plus tard, le symbole lu au premier pas. Les séquences
d'entraînement, de validation et de test viennent de trois générateurs différents.
"""

from __future__ import annotations

import torch
from torch import nn

from rnnbook import training
from rnnbook.data import recall
from rnnbook.validation import check_interval

BIASES = (0.0, 1.0, 2.0)
LAGS = (5, 10, 20, 40)
RATES = (3e-3, 1e-2, 3e-2)
SEEDS = (0, 1, 2, 3, 4)
SYMBOLS = 4
STEPS = 300
BATCH = 32
HIDDEN = 32


class Recaller(nn.Module):
    """Une LSTM lit toute la séquence, une couche dense donne les scores des symboles après le dernier pas.

    `forget_bias` : valeur de départ de la somme des deux biais de la porte d'oubli.
    """

    def __init__(self, forget_bias: float) -> None:
        super().__init__()
        n = HIDDEN
        self.layer = nn.LSTM(SYMBOLS + 1, n)
        self.output = nn.Linear(n, SYMBOLS)
        with torch.no_grad():  # blocs i, f, g, o : l'oubli est le deuxième
            self.layer.get_parameter("bias_ih_l0")[n : 2 * n] = forget_bias
            self.layer.get_parameter("bias_hh_l0")[n : 2 * n] = 0.0

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """`inputs` : (temps, lot, SYMBOLS + 1) ; renvoie (lot, SYMBOLS)."""
        _, (h_n, _) = self.layer(inputs)
        return self.output(h_n[-1])


def train_recaller(forget_bias: float, lag: int, *, lr: float, seed: int, steps: int = STEPS) -> Recaller:
    """Entraîne sur des séquences toujours nouvelles, un lot par époque.

    Lève `ValueError` si `forget_bias` n'est pas entre -10 et 10, ou si `lag` ou `steps` est inférieur à 1.
    """
    check_interval("forget_bias", forget_bias, -10, 10)
    generator = training.reproducible(seed)
    model = Recaller(forget_bias)

    def loss(model: nn.Module, batch: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
        return nn.functional.cross_entropy(model(batch[0]), batch[1])

    training.fit(
        model,
        lambda _: [recall(BATCH, lag, symbols=SYMBOLS, generator=generator)],
        loss,
        epochs=steps,
        optimizer=torch.optim.Adam(model.parameters(), lr),
        seed=seed,
        progress=False,
    )
    return model


def accuracy(model: nn.Module, lag: int, *, seed: int, count: int = 500) -> float:
    """Part de symboles retrouvés sur des séquences tirées de la graine `seed`, entre 0 et 1."""
    inputs, targets = recall(count, lag, symbols=SYMBOLS, generator=torch.Generator().manual_seed(seed))
    with torch.no_grad():
        return (model(inputs).argmax(1) == targets).float().mean().item()
