"""Les modèles que plusieurs chapitres ou mesures emploient."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence


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


class NameLanguageModel(nn.Module):
    """Un modèle de langue par langue, sur une mémoire commune : log P(nom | langue). Chapitre 7.

    Une couche récurrente lit le nom lettre après lettre. À chaque instant, son état donne à chaque langue une
    loi sur la lettre suivante, fin comprise ; les logarithmes s'ajoutent le long du nom. C'est le pari des
    n-grammes (`rnnbook.ngrams.NgramClassifier`), où l'état remplace les n - 1 dernières lettres.

    Args: ceux de `NameClassifier`, sans `bidirectional` (lire la suite serait tricher).
    """

    def __init__(
        self,
        languages: int,
        *,
        layer: type[nn.Module] = nn.GRU,
        tokens: int = 30,
        embedding_size: int = 32,
        hidden_size: int = 128,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        # Un jeton de plus que les lettres : le début du nom. Le remplissage, 0, est aussi la fin à prédire.
        self.embedding = nn.Embedding(tokens + 1, embedding_size)
        self.layer = layer(embedding_size, hidden_size)
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(hidden_size, languages * tokens)
        self.shape = (languages, tokens)

    def forward(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        """Donne log P(nom | langue), forme (lot, langues) ; mêmes entrées que `NameClassifier`."""
        edge = torch.zeros_like(tokens[:1])
        read = pack_padded_sequence(torch.cat([edge + self.shape[1], tokens]), lengths + 1)
        due = pack_padded_sequence(torch.cat([tokens, edge]), lengths + 1)
        states, _ = self.layer(PackedSequence(self.dropout(self.embedding(read.data)), read.batch_sizes))
        logits = self.output(self.dropout(states.data)).unflatten(
            -1, self.shape
        )  # (lettres, langues, jetons)
        chosen = due.data[:, None, None].expand(-1, self.shape[0], 1)
        steps = logits.log_softmax(-1).gather(-1, chosen)[..., 0]  # (lettres, langues)
        return pad_packed_sequence(PackedSequence(steps, read.batch_sizes))[0].sum(0)
