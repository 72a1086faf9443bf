"""Un NTM sans apprêt, une séquence à la fois, comme on l'écrit d'abord : de quoi comparer la vitesse.

Configuré comme la réalisation publique en PyTorch la plus connue : contrôleur LSTM de 100 unités, mémoire de
128 × 20, une projection par grandeur de tête, lecture puis écriture, départ de la mémoire tiré au sort,
départs de l'état appris, RMSprop à 1e-4, gradients bornés à ±10.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

SLOTS, WIDTH, UNITS = 128, 20, 100


class Head(nn.Module):
    """Une tête : ses projections, une par grandeur, et sa place."""

    def __init__(self, writes: bool) -> None:
        super().__init__()
        sizes = {"key": WIDTH, "beta": 1, "gate": 1, "shift": 3, "gamma": 1}
        if writes:
            sizes |= {"erase": WIDTH, "add": WIDTH}
        self.layers = nn.ModuleDict({name: nn.Linear(UNITS, size) for name, size in sizes.items()})
        for layer in self.layers.values():
            nn.init.xavier_uniform_(layer.weight, gain=1.4)
            nn.init.normal_(layer.bias, std=0.01)

    def address(self, hidden: Tensor, memory: Tensor, previous: Tensor) -> Tensor:
        """Les quatre étapes, pour une séquence : memory `(cases, largeur)`, previous `(cases,)`."""
        told = {name: layer(hidden) for name, layer in self.layers.items()}
        cosine = F.cosine_similarity(memory, told["key"].unsqueeze(0), dim=1, eps=1e-8)
        content = torch.softmax(F.softplus(told["beta"]) * cosine, dim=0)
        gate = torch.sigmoid(told["gate"])
        gated = gate * content + (1 - gate) * previous
        back, still, forward = torch.softmax(told["shift"], dim=0)
        moved = back * gated.roll(-1) + still * gated + forward * gated.roll(1)
        powers = moved ** (1 + F.softplus(told["gamma"]))
        return powers / (powers.sum() + 1e-16)

    def write(self, hidden: Tensor, memory: Tensor, weights: Tensor) -> Tensor:
        erase, add = torch.sigmoid(self.layers["erase"](hidden)), self.layers["add"](hidden)
        return memory * (1 - torch.outer(weights, erase)) + torch.outer(weights, add)


class PlainNTM(nn.Module):
    """Une séquence `(temps, entrées)` → ses scores `(temps, sorties)`."""

    def __init__(self, input_size: int, output_size: int) -> None:
        super().__init__()
        self.controller = nn.LSTMCell(input_size + WIDTH, UNITS)
        self.reader, self.writer = Head(writes=False), Head(writes=True)
        self.output_layer = nn.Linear(UNITS + WIDTH, output_size)
        bound = (SLOTS + WIDTH) ** -0.5
        self.register_buffer("start", torch.empty(SLOTS, WIDTH).uniform_(-bound, bound))
        self.register_buffer("first_read", 0.01 * torch.randn(WIDTH))
        self.first = nn.ParameterList(0.05 * torch.randn(1, UNITS) for _ in range(2))

    def forward(self, sequence: Tensor) -> Tensor:
        memory, read, state = self.start, self.first_read, tuple(self.first)
        reading = writing = torch.zeros(SLOTS)
        outputs = []
        for x in sequence:
            state = self.controller(torch.cat([x, read]).unsqueeze(0), state)
            hidden = state[0].squeeze(0)
            reading = self.reader.address(hidden, memory, reading)
            read = reading @ memory
            writing = self.writer.address(hidden, memory, writing)
            memory = self.writer.write(hidden, memory, writing)
            outputs.append(self.output_layer(torch.cat([hidden, read])))
        return torch.stack(outputs)
