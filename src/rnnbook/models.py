"""Les modèles que plusieurs chapitres ou mesures emploient."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence


class NameClassifier(nn.Module):
    """Lit un nom lettre après lettre et donne un score à chaque langue. Chapitre 7.

    Plongement des jetons, couche récurrente, puis projection de l'état final.

    Args:
        languages: nombre de langues.
        layer: classe de la couche, jumelle de `torch.nn.RNN` : `nn.GRU`, `rnnbook.layers.RNN`…
        embedding_size: traits d'un jeton.
        hidden_size: unités de l'état.
        bidirectional: lit aussi le nom de la fin vers le début.
        dropout: part des traits éteints à l'entraînement, avant la couche récurrente et avant la projection.
    """

    def __init__(
        self,
        languages: int,
        *,
        layer: type[nn.Module] = nn.GRU,
        tokens: int = 30,
        embedding_size: int = 32,
        hidden_size: int = 128,
        bidirectional: bool = False,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.embedding = nn.Embedding(tokens, embedding_size)
        self.layer = layer(embedding_size, hidden_size, bidirectional=bidirectional)
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(hidden_size * (1 + bidirectional), languages)

    def forward(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        """Donne les scores (logits), forme (lot, langues).

        `tokens` : (temps, lot), entiers ; `lengths` : (lot,), décroissantes (`rnnbook.data.take` les range).
        """
        packed = pack_padded_sequence(tokens, lengths)
        # Plonger les jetons compactés : aucun calcul sur le remplissage.
        inputs = PackedSequence(self.dropout(self.embedding(packed.data)), packed.batch_sizes)
        _, state = self.layer(inputs)
        if isinstance(state, tuple):
            state = state[0]
        # (sens, lot, n) -> (lot, sens · n) : l'état final de chaque sens de lecture.
        return self.output(self.dropout(torch.cat(tuple(state), dim=-1)))
