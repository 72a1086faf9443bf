"""Un modèle de langue par caractères : apprendre à prédire le jeton suivant, mesurer, tirer. Chapitre 16.

Le jeton 0 est le bord d'un texte : lu au début, prédit à la fin. `CharModel` lit des jetons et donne les
scores du suivant ; `next_token_loss` en est la perte ; `perplexity` l'exponentielle de la perte moyenne ;
`tempered` règle la température d'une loi et `sample` tire un texte, signe après signe.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rnnbook.data.places import EDGE, IGNORED, PLACE_ALPHABET, PlaceBatch, encode_place
from rnnbook.validation import check_interval, check_shape, check_size


class CharModel(nn.Module):
    """Plongement, couche récurrente, couche dense : les scores du jeton suivant à chaque pas.

    Args:
        tokens: nombre de jetons, bord compris.
        layer: classe de la couche, jumelle de `torch.nn.RNN` : `nn.GRU`, `nn.LSTM`, `rnnbook.layers.RNN`…
        embedding_size: traits d'un jeton.
        hidden_size: unités de l'état.
        dropout: part des traits éteints à l'entraînement, avant la couche dense.
    """

    def __init__(
        self,
        tokens: int = len(PLACE_ALPHABET) + 1,
        *,
        layer: type[nn.Module] = nn.GRU,
        embedding_size: int = 24,
        hidden_size: int = 96,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.embedding = nn.Embedding(tokens, embedding_size)
        self.layer = layer(embedding_size, hidden_size)
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(hidden_size, tokens)

    def forward(self, tokens: Tensor, state: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Lit `tokens`, (temps, lot) ; renvoie les scores, (temps, lot, jetons), et l'état final.

        `state` est l'état d'où repartir, tel que la couche l'a rendu ; par défaut, nul.
        """
        check_shape("tokens", tokens, ("temps", "lot"))
        states, last = self.layer(self.embedding(tokens), state)
        return self.output(self.dropout(states)), last


def next_token_loss(model: nn.Module, batch: PlaceBatch) -> Tensor:
    """Entropie croisée moyenne par jeton, en nats ; le remplissage n'est pas compté."""
    scores, _ = model(batch.inputs)
    return F.cross_entropy(scores.flatten(0, 1), batch.targets.flatten(), ignore_index=IGNORED)


def mean_loss(model: nn.Module, batches: Iterable[PlaceBatch]) -> float:
    """Perte moyenne par jeton sur tous les lots, en nats : chaque jeton compte autant, fins comprises."""
    total, count = 0.0, 0
    model.eval()
    with torch.no_grad():
        for batch in batches:
            signs = int((batch.targets != IGNORED).sum())
            total += next_token_loss(model, batch).item() * signs
            count += signs
    if count == 0:
        raise ValueError("batches : aucun lot reçu, au moins un attendu")
    return total / count


def perplexity(model: nn.Module, batches: Iterable[PlaceBatch]) -> float:
    """Exponentielle de la perte moyenne par jeton (chapitre 16, eq-generation-perplexite)."""
    return math.exp(mean_loss(model, batches))


def tempered(scores: Tensor, temperature: float) -> Tensor:
    """Loi à la température donnée : softmax(scores / température), sur le dernier axe.

    Source : chapitre 16, eq-generation-temperature. `ValueError` pour une température hors de 0,01 à 100.
    """
    return (scores / check_interval("temperature", temperature, 0.01, 100)).softmax(-1)


def sample(
    model: nn.Module,
    generator: torch.Generator,
    *,
    temperature: float = 1.0,
    prefix: str = "",
    max_length: int = 40,
) -> str:
    """Tire un nom signe après signe, à partir de `prefix`, jusqu'au bord ou à `max_length` signes.

    Chaque signe tiré est relu au pas suivant. Lève `ValueError` pour un signe de `prefix` hors de l'alphabet.
    """
    check_size("max_length", max_length)
    text, state = prefix, None
    unread = torch.tensor([[EDGE], *([token] for token in encode_place(prefix))])  # (temps, 1)
    model.eval()
    with torch.no_grad():
        while len(text) < max_length:
            scores, state = model(unread, state)
            chances = tempered(scores[-1, 0], temperature)  # (jetons,)
            token = int(torch.multinomial(chances, 1, generator=generator))
            if token == EDGE:
                break
            text += PLACE_ALPHABET[token - 1]
            unread = torch.tensor([[token]])
    return text
