"""L'encodeur–décodeur, avec ou sans attention : lire des mots, écrire des chiffres. Chapitre 17.

Sources : Sutskever et al. (2014, arXiv:1409.3215) et Cho et al. (2014, doi:10.3115/v1/D14-1179) pour
l'encodeur–décodeur ; Bahdanau et al. (2015, arXiv:1409.0473), annexe A.1.2, pour l'attention additive. Deux
simplifications : l'encodeur ne lit que dans un sens, et la sortie est une couche dense.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rnnbook.data.numbers import END_DIGIT, IGNORED, START_DIGIT, WORDS, NumberBatch
from rnnbook.validation import check_shape, check_size

LONGEST = 12
"""Nombre de chiffres, fin comprise, où l'écriture libre s'arrête."""


class Memory(NamedTuple):
    """Ce que le décodeur sait de la lecture.

    `states` : (temps, lot, n), les états de l'encodeur ; `keys` : (temps, lot, n), leurs images par W_ha,
    calculées une fois ; `hidden` : (temps, lot), vrai sur le remplissage.
    """

    states: Tensor
    keys: Tensor
    hidden: Tensor


class Attention(nn.Module):
    """Attention additive : où regarder dans la lecture, selon l'état du décodeur.

        e_ij = v · tanh(W_sa s_{i-1} + W_ha h_j)        α_i = softmax_j(e_i)        c_i = Σ_j α_ij h_j

    W_sa et W_ha : (n, n) ; v : (n,). Source : Bahdanau et al. 2015 (chapitre 17, eq-seq2seq-energie).
    """

    def __init__(self, hidden_size: int) -> None:
        super().__init__()
        self.query = nn.Linear(hidden_size, hidden_size, bias=False)  # W_sa
        self.key = nn.Linear(hidden_size, hidden_size, bias=False)  # W_ha
        self.energy = nn.Linear(hidden_size, 1, bias=False)  # v

    def forward(self, s: Tensor, memory: Memory) -> tuple[Tensor, Tensor]:
        """`s` : (lot, n) ; renvoie le contexte, (lot, n), et les poids, (temps, lot), de somme 1."""
        energies = self.energy(torch.tanh(self.query(s) + memory.keys))[..., 0]  # (temps, lot)
        weights = energies.masked_fill(memory.hidden, -torch.inf).softmax(0)
        return (weights[..., None] * memory.states).sum(0), weights


class Seq2Seq(nn.Module):
    """Un GRU lit les mots, un autre écrit les chiffres.

    Args:
        attention: à chaque chiffre, le décodeur relit les états de l'encodeur ; sinon, seul le dernier lui
            parvient.
        hidden_size: unités de l'encodeur, et du décodeur.
        embedding_size: traits d'un mot, et d'un chiffre.
    """

    def __init__(self, *, attention: bool, hidden_size: int = 48, embedding_size: int = 16) -> None:
        super().__init__()
        context = check_size("hidden_size", hidden_size) if attention else 0
        self.words = nn.Embedding(len(WORDS) + 1, embedding_size)
        self.digits = nn.Embedding(START_DIGIT + 1, embedding_size)
        self.encoder = nn.GRU(embedding_size, hidden_size)
        self.decoder = nn.GRUCell(embedding_size + context, hidden_size)
        self.attention = Attention(hidden_size) if attention else None
        self.output = nn.Linear(hidden_size + context, END_DIGIT + 1)

    def encode(self, words: Tensor, lengths: Tensor) -> tuple[Tensor, Memory]:
        """Lit `words`, (temps, lot) ; renvoie l'état après le dernier vrai mot, (lot, n), et la mémoire."""
        check_shape("words", words, ("temps", "lot"))
        states, _ = self.encoder(self.words(words))  # (temps, lot, n)
        last = states[lengths - 1, torch.arange(len(lengths))]
        hidden = torch.arange(len(words))[:, None] >= lengths  # (temps, lot)
        return last, Memory(states, self.attention.key(states) if self.attention else states, hidden)

    def step(self, digit: Tensor, s: Tensor, memory: Memory) -> tuple[Tensor, Tensor, Tensor]:
        """Écrit un chiffre. `digit` : (lot,), le précédent ; `s` : (lot, n).

        Renvoie les scores, (lot, 11), le nouvel état, (lot, n), et les poids d'attention, (temps, lot), nuls
        sans attention.
        """
        read = self.digits(digit)
        if self.attention is None:
            s = self.decoder(read, s)
            return self.output(s), s, torch.zeros_like(memory.hidden, dtype=s.dtype)
        context, weights = self.attention(s, memory)
        s = self.decoder(torch.cat([read, context], dim=-1), s)
        return self.output(torch.cat([s, context], dim=-1)), s, weights

    def forward(self, batch: NumberBatch) -> Tensor:
        """Scores de chaque chiffre, (temps', lot, 11), le décodeur lisant les vrais chiffres précédents."""
        s, memory = self.encode(batch.words, batch.lengths)
        scores = []
        for digit in batch.read.unbind(0):
            score, s, _ = self.step(digit, s, memory)
            scores.append(score)
        return torch.stack(scores)

    def write(self, words: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Écrit seul, en relisant ses propres chiffres (décodage glouton).

        Renvoie les jetons, (12, lot), où tout ce qui suit une fin est une fin, et les poids d'attention,
        (12, temps, lot).
        """
        with torch.no_grad():
            s, memory = self.encode(words, lengths)
            digit = torch.full_like(lengths, START_DIGIT)
            over = torch.zeros_like(lengths, dtype=torch.bool)
            written, looks = [], []
            for _ in range(LONGEST):
                score, s, weights = self.step(digit, s, memory)
                digit = score.argmax(-1).masked_fill(over, END_DIGIT)
                over = over | (digit == END_DIGIT)
                written.append(digit)
                looks.append(weights)
            return torch.stack(written), torch.stack(looks)


def digits_loss(model: nn.Module, batch: NumberBatch) -> Tensor:
    """Entropie croisée moyenne par chiffre, fin comprise, en nats."""
    return F.cross_entropy(model(batch).flatten(0, 1), batch.targets.flatten(), ignore_index=IGNORED)


def exact_matches(model: Seq2Seq, batch: NumberBatch) -> Tensor:
    """Dit, pour chaque nombre du lot, si toute son écriture est juste : (lot,), booléens."""
    model.eval()
    written, _ = model.write(batch.words, batch.lengths)
    wanted = batch.targets.masked_fill(batch.targets == IGNORED, END_DIGIT)
    padded = F.pad(wanted, (0, 0, 0, LONGEST - len(wanted)), value=END_DIGIT)
    return (written == padded).all(0)
