"""La portée de chaque remède sur le rappel différé. Chapitre 6.

Un réseau récurrent de 32 unités lit un symbole, puis du bruit, puis la question (`rnnbook.data.recall`).
Seuls changent le retard et le remède. Chaque remède a les mêmes pas d'apprentissage à essayer ; la validation
choisit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rnnbook import training
from rnnbook.data import recall
from rnnbook.validation import check_choice

HIDDEN_SIZE, SYMBOLS, BATCH_SIZE, STEPS = 32, 4, 32, 600
"""Unités, symboles, séquences par lot, lots : les mêmes pour tous."""

RATES = (1e-3, 3e-3, 1e-2)
"""Pas d'apprentissage d'Adam essayés pour chaque remède et chaque retard."""

SEEDS = (0, 1, 2)

LAGS = (5, 10, 20, 40)

WINDOW = 10
"""Pas que remonte la rétropropagation tronquée."""

EXAMPLES = 1000
"""Séquences de validation, et autant de test."""


@dataclass(frozen=True)
class Remedy:
    """Ce qu'un remède change à l'entraînement ordinaire.

    `initial` : matrice récurrente de départ, « défaut » (celle de PyTorch), « orthogonale » ou « identité ».
    `clip` : norme maximale du gradient. `omega` : poids de la régularisation de Pascanu et al. (2013).
    `window` : nombre de pas que le gradient remonte.
    """

    initial: str = "défaut"
    nonlinearity: str = "tanh"
    clip: float | None = 1.0
    omega: float = 0.0
    window: int | None = None


REMEDIES = {
    "aucun": Remedy(clip=None),
    "écrêtage": Remedy(),
    "troncature": Remedy(window=WINDOW),
    "identité et ReLU": Remedy(initial="identité", nonlinearity="relu"),
    "orthogonale": Remedy(initial="orthogonale"),
    "régularisation": Remedy(omega=1.0),
}
"""Nom d'un remède → ce qu'il change. Tous écrêtent, sauf « aucun »."""


class Reader(nn.Module):
    """Un RNN simple et une couche dense qui répond d'après le dernier état."""

    def __init__(self, remedy: Remedy) -> None:
        super().__init__()
        check_choice("initial", remedy.initial, ("défaut", "orthogonale", "identité"))
        self.window = remedy.window
        self.rnn = nn.RNN(SYMBOLS + 1, HIDDEN_SIZE, nonlinearity=remedy.nonlinearity)
        self.output = nn.Linear(HIDDEN_SIZE, SYMBOLS)
        if remedy.initial != "défaut":
            nn.init.zeros_(self.rnn.get_parameter("bias_ih_l0"))
            nn.init.zeros_(self.rnn.get_parameter("bias_hh_l0"))
        if remedy.initial == "orthogonale":
            nn.init.orthogonal_(self.rnn.get_parameter("weight_hh_l0"))
        if remedy.initial == "identité":
            nn.init.eye_(self.rnn.get_parameter("weight_hh_l0"))
            nn.init.normal_(self.rnn.get_parameter("weight_ih_l0"), std=0.1)

    def forward(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """`inputs` : (temps, lot, traits) ; renvoie les scores (lot, symboles) et les états (temps, lot, n).

        Avec une fenêtre, seuls les états de ses derniers pas laissent passer le gradient.
        """
        if self.window is None or self.window >= len(inputs):
            states, last = self.rnn(inputs)
            return self.output(last[0]), states
        with torch.no_grad():
            early, carried = self.rnn(inputs[: -self.window])
        states, last = self.rnn(inputs[-self.window :], carried)
        return self.output(last[0]), torch.cat([early, states])


def omega(model: Reader, states: Tensor, d_last: Tensor) -> Tensor:
    """La régularisation Ω de Pascanu et al. (2013, §3.3), moyenne sur le lot et sur les pas ; un scalaire.

    `states` : h_1 … h_T, (temps, lot, n), d'une couche tanh. `d_last` : ∂L/∂h_T, (lot, n). Comme dans
    l'article, seule compte la dérivée immédiate de Ω par W_hh : états et gradients transmis sont constants.
    """
    slopes = 1 - states.detach() ** 2
    d_h = F.normalize(d_last.detach(), dim=-1)  # seul compte le rapport des normes
    terms = []
    for slope in slopes[1:].flip(0).unbind(0):
        passed = (d_h * slope) @ model.rnn.get_parameter("weight_hh_l0")
        ratio = passed.norm(dim=-1)
        terms.append(((ratio - 1) ** 2).mean())
        d_h = F.normalize(passed.detach(), dim=-1)
    return torch.stack(terms).mean()


def accuracy(model: Reader, lag: int, seed: int) -> float:
    """Part de bonnes réponses sur `EXAMPLES` séquences tirées avec la graine `seed`."""
    inputs, targets = recall(EXAMPLES, lag, symbols=SYMBOLS, generator=torch.Generator().manual_seed(seed))
    with torch.no_grad():
        scores, _ = model(inputs)
    return (scores.argmax(dim=-1) == targets).float().mean().item()


def train(remedy: Remedy, lag: int, *, rate: float, seed: int) -> tuple[float, float]:
    """Entraîne un réseau ; renvoie son exactitude sur la validation et sur le test."""
    training.reproducible(seed)
    model = Reader(remedy)

    def batches(generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor]]:
        for _ in range(STEPS):
            yield recall(BATCH_SIZE, lag, symbols=SYMBOLS, generator=generator)

    def loss(_: nn.Module, batch: tuple[Tensor, Tensor]) -> Tensor:
        inputs, targets = batch
        scores, states = model(inputs)
        value = F.cross_entropy(scores, targets)
        if remedy.omega > 0:
            errors = scores.softmax(dim=-1) - F.one_hot(targets, SYMBOLS)
            value = value + remedy.omega * omega(model, states, errors @ model.output.weight)
        return value

    optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    training.fit(model, batches, loss, epochs=1, optimizer=optimizer, clip=remedy.clip, seed=seed)
    return accuracy(model, lag, seed=10_001), accuracy(model, lag, seed=10_002)


def measure(name: str, lag: int) -> dict[str, object]:
    """Une ligne des résultats : tous les pas d'apprentissage, toutes les graines, et le pas choisi."""
    tried = {rate: [train(REMEDIES[name], lag, rate=rate, seed=seed) for seed in SEEDS] for rate in RATES}
    chosen = max(RATES, key=lambda rate: sum(valid for valid, _ in tried[rate]))
    return {
        "remede": name,
        "retard": lag,
        "lr": chosen,
        "essais": [{"lr": rate, "validation": [valid for valid, _ in runs]} for rate, runs in tried.items()],
        "test": [test for _, test in tried[chosen]],
    }
