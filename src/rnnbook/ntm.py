"""La machine de Turing neuronale : une fonction par équation, puis le réseau entier. Chapitres 18 et 19.

Les numéros d'équations sont ceux de Graves, Wayne et Danihelka (2014, arXiv 1410.5401). Les fonctions sont
pures et traitent un lot entier. Formes : memory `(lot, cases, largeur)` ; weights `(lot, cases)`, positifs,
de somme 1 ; une grandeur par tête, comme beta, `(lot,)`. Un axe de têtes peut s'intercaler après celui du
lot, sauf pour memory : weights `(lot, têtes, cases)`, key `(lot, têtes, largeur)`, beta `(lot, têtes)`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rnnbook.cells import Equations, lstm_equations, rnn_equations
from rnnbook.validation import check_choice, check_dtype, check_interval, check_shape, check_size, check_type

# Ce qui évite 0/0 et log 0, sans effet visible sur des vecteurs de norme ordinaire.
NORM_EPSILON = 1e-8
WEIGHT_EPSILON = 1e-12
INITIAL_MEMORY = 1e-6
LEARNED_MEMORY_SCALE = 0.5  # écart-type des traits d'une mémoire de départ apprise, avant l'entraînement

CONTROLLERS = ("lstm", "feedforward")
OUTPUTS = ("both", "reads")


# --- Adresser : les quatre étapes -----------------------------------------------------------------------


def content_weights(memory: Tensor, key: Tensor, beta: Tensor) -> Tensor:
    """Adresse par le contenu (équations 5 et 6) : softmax, sur les cases, de beta · cosinus(key, case).

    Un vecteur nul n'a pas de direction : son cosinus avec tout autre vaut 0.

    Formes : memory `(lot, cases, largeur)`, key `(lot, largeur)`, beta `(lot,)` ; renvoie `(lot, cases)`.
    Lève `ValueError` si une forme ne convient pas.
    """
    _check_memory(memory)
    heads = _heads("key", key, memory.shape[2])
    _expect("key", key, (memory.shape[0], *heads, memory.shape[2]))
    _expect("beta", beta, (memory.shape[0], *heads))
    keys = key if heads else key.unsqueeze(1)
    dot = keys @ memory.transpose(1, 2)  # (lot, têtes, cases)
    lengths = torch.linalg.vector_norm(keys, dim=2).unsqueeze(2)  # (lot, têtes, 1)
    norms = torch.linalg.vector_norm(memory, dim=2).unsqueeze(1)  # (lot, 1, cases)
    cosine = dot / (lengths * norms + NORM_EPSILON)
    weights = torch.softmax(beta.reshape(lengths.shape) * cosine, dim=2)
    return weights if heads else weights.squeeze(1)


def interpolate(content: Tensor, previous: Tensor, gate: Tensor) -> Tensor:
    """Choisit entre le contenu et la place d'avant (équation 7) : gate · content + (1 − gate) · previous.

    Formes : content et previous `(lot, cases)`, gate `(lot,)`, entre 0 et 1 ; renvoie `(lot, cases)`.
    Lève `ValueError` si une forme ne convient pas.
    """
    _heads("content", content)
    _expect("previous", previous, content.shape)
    _expect("gate", gate, content.shape[:-1])
    return torch.lerp(previous, content, gate.unsqueeze(-1))


def shift(weights: Tensor, shift_weights: Tensor) -> Tensor:
    """Décale par convolution circulaire (équation 8) : résultat(i) = somme sur j de weights(j) · s(i − j).

    La colonne m de `shift_weights` est le poids du décalage m − r, de −r à +r : un poids de 1 sur +1 avance
    la tête d'une case, de la dernière à la première.

    Formes : weights `(lot, cases)`, shift_weights `(lot, 2r + 1)` ; renvoie `(lot, cases)`.
    Lève `ValueError` si une forme ne convient pas ou si le nombre de décalages est pair.
    """
    _heads("weights", weights)
    offsets = shift_weights.shape[-1]
    _expect("shift_weights", shift_weights, (*weights.shape[:-1], offsets))
    if offsets % 2 == 0:
        raise ValueError(f"shift_weights : {offsets} décalages reçus, un nombre impair attendu, de −r à +r")
    r = offsets // 2
    # `roll(o)` porte en i ce qui était en i − o : c'est le sens de l'équation 8.
    moved = [weights.roll(m - r, dims=-1) * part for m, part in enumerate(shift_weights.split(1, dim=-1))]
    return sum(moved[1:], moved[0])


def sharpen(weights: Tensor, gamma: Tensor) -> Tensor:
    """Affûte (équation 9) : weights puissance gamma, puis divisés par leur somme.

    Calculé par softmax(gamma · log weights) : une puissance seule tomberait à 0/0 pour un grand gamma.

    Formes : weights `(lot, cases)`, gamma `(lot,)`, au moins 1 ; renvoie `(lot, cases)`.
    Lève `ValueError` si une forme ne convient pas.
    """
    _heads("weights", weights)
    _expect("gamma", gamma, weights.shape[:-1])
    return torch.softmax(gamma.unsqueeze(-1) * torch.log(weights + WEIGHT_EPSILON), dim=-1)


# --- Lire et écrire -------------------------------------------------------------------------------------


def read(memory: Tensor, weights: Tensor) -> Tensor:
    """Lit (équation 2) : la moyenne des cases, pondérée par weights.

    Formes : memory `(lot, cases, largeur)`, weights `(lot, cases)` ; renvoie `(lot, largeur)`.
    Lève `ValueError` si une forme ne convient pas.
    """
    _check_memory(memory)
    heads = _heads("weights", weights, memory.shape[1])
    _expect("weights", weights, (memory.shape[0], *heads, memory.shape[1]))
    return weights @ memory if heads else (weights.unsqueeze(1) @ memory).squeeze(1)


def write(memory: Tensor, weights: Tensor, erase: Tensor, add: Tensor) -> Tensor:
    """Écrit (équations 3 et 4) : case i · (1 − weights(i) · erase) + weights(i) · add.

    Avec plusieurs têtes, toutes effacent, puis toutes ajoutent : leur ordre ne compte pas.

    Formes : memory `(lot, cases, largeur)`, weights `(lot, cases)`, erase `(lot, largeur)`, entre 0 et 1,
    add `(lot, largeur)` ; renvoie la mémoire nouvelle, sans toucher à l'ancienne.
    Lève `ValueError` si une forme ne convient pas.
    """
    _check_memory(memory)
    heads = _heads("weights", weights, memory.shape[1])
    _expect("weights", weights, (memory.shape[0], *heads, memory.shape[1]))
    _expect("erase", erase, (memory.shape[0], *heads, memory.shape[2]))
    _expect("add", add, erase.shape)
    if not heads:
        weights, erase, add = (tensor.unsqueeze(1) for tensor in (weights, erase, add))
    columns = weights.transpose(1, 2)  # (lot, cases, têtes)
    if weights.shape[1] == 1:  # une seule tête : memory + w · (add − erase · memory), en deux opérations
        return torch.addcmul(memory, columns, torch.addcmul(add, erase, memory, value=-1))
    kept = (1 - columns.unsqueeze(3) * erase.unsqueeze(1)).prod(dim=2)  # (lot, cases, largeur)
    return torch.baddbmm(memory * kept, columns, add)


def _check_memory(memory: Tensor) -> None:
    if memory.dim() != 3:
        check_shape("memory", memory, ("lot", "cases", "largeur"))


def _heads(name: str, tensor: Tensor, last: int | str = "cases") -> tuple[int, ...]:
    """Renvoie la taille de l'axe des têtes, `(têtes,)`, ou `()` s'il n'y est pas."""
    if tensor.dim() not in (2, 3):
        check_shape(name, tensor, ("lot", last))
    return tuple(tensor.shape[1:-1])


def _expect(name: str, tensor: Tensor, shape: Sequence[int]) -> None:
    """Ces fonctions servent à chaque instant : une seule comparaison, le message se fait s'il le faut."""
    if tensor.shape != shape:
        check_shape(name, tensor, tuple(shape))


# --- Le réseau ------------------------------------------------------------------------------------------


class NTMState(NamedTuple):
    """L'état d'un NTM entre deux instants.

    Formes : memory `(lot, cases, largeur)` ; weights `(lot, têtes, cases)`, les têtes de lecture d'abord ;
    reads `(lot, têtes de lecture, largeur)` ; controller : `(h, c)` pour le LSTM, deux fois `(lot, n)`, et
    `()` pour le contrôleur sans mémoire.
    """

    memory: Tensor
    weights: Tensor
    reads: Tensor
    controller: tuple[Tensor, ...]


class Heads(NamedTuple):
    """Ce que le contrôleur dit à ses têtes, les têtes de lecture d'abord.

    Formes : key `(lot, têtes, largeur)`, entre −1 et 1 ; beta, positif, gate, entre 0 et 1, et gamma, au
    moins 1, `(lot, têtes)` ; shift `(lot, têtes, 2r + 1)`, de somme 1 ; erase, entre 0 et 1, et add, entre
    −1 et 1, `(lot, têtes d'écriture, largeur)`.
    """

    key: Tensor
    beta: Tensor
    gate: Tensor
    shift: Tensor
    gamma: Tensor
    erase: Tensor
    add: Tensor


class NTMTrace(NamedTuple):
    """Ce qui s'est passé à chaque instant, pour les figures : un axe du temps devant ceux de l'état.

    Formes : memory `(temps, lot, cases, largeur)`, après l'écriture ; content, `(temps, lot, têtes, cases)`,
    l'adresse par le contenu seul ; weights, de même forme, l'adresse finale ; reads `(temps, lot, têtes de
    lecture, largeur)` ; heads : les grandeurs de `Heads`, avec le même axe devant.
    """

    memory: Tensor
    content: Tensor
    weights: Tensor
    reads: Tensor
    heads: Heads


def _stack(steps: list[NTMTrace]) -> NTMTrace:
    """Empile les instants d'une trace : un axe du temps devant chaque tenseur."""
    memory, content, weights, reads, heads = zip(*steps, strict=True)
    told = Heads(*(torch.stack(values) for values in zip(*heads, strict=True)))
    return NTMTrace(torch.stack(memory), torch.stack(content), torch.stack(weights), torch.stack(reads), told)


class NTM(nn.Module):
    """Machine de Turing neuronale : `output, state = model(x)` lit une séquence entière. Chapitre 18.

    À chaque instant, le contrôleur lit l'entrée et les vecteurs lus à l'instant d'avant ; ses têtes cherchent
    leur adresse dans la mémoire laissée par l'instant d'avant, écrivent, puis lisent la mémoire écrite.
    Aucun paramètre ne dépend du nombre de cases : `initial_state` peut en donner davantage qu'à
    l'entraînement. Une mémoire de départ apprise fait exception : elle fixe ce nombre.

    Args:
        input_size, output_size: traits d'une entrée et d'une sortie.
        hidden_size: unités du contrôleur.
        memory_slots, memory_width: nombre de cases et traits d'une case.
        read_heads, write_heads: têtes de lecture et d'écriture.
        shift_range: plus grand décalage r d'une tête en un instant ; il y en a 2r + 1 possibles.
        controller: « lstm » ou « feedforward » (une couche tanh, sans mémoire).
        output: la sortie se lit sur le contrôleur et les vecteurs lus (« both »), ou sur les vecteurs lus
            seuls (« reads »), ce qui force à passer par la mémoire.
        gate_bias: biais de départ de la porte d'interpolation ; très négatif, la tête part de sa place
            d'avant.
        input_bias: les biais de départ du contrôleur sont tirés entre −input_bias et +input_bias. À zéro, un
            vecteur nul laisse le contrôleur presque muet, et les têtes à leurs seuls biais : chapitre 19.
        forget_bias: biais de départ de la porte d'oubli d'un contrôleur LSTM ; grand, il retient longtemps
            (chapitre 9). Sans effet sur un contrôleur « feedforward », qui n'a pas de porte.
        beta_bias: biais de départ de beta, avant softplus ; positif, la recherche par le contenu part nette.
        stay_bias: biais de départ du décalage nul, avant softmax ; positif, la tête part sans se déplacer.
        learned_memory: la mémoire de départ est un paramètre, tiré au sort puis appris : les cases diffèrent
            dès le premier instant, et une recherche par le contenu peut en choisir une. Sinon, elle est
            presque nulle, la même partout.

    Raises:
        ValueError: une taille inférieure à 1, un choix inconnu, un input_bias négatif.
        TypeError: une taille qui n'est pas un entier.
    """

    def __init__(
        self,
        input_size: int,
        output_size: int,
        hidden_size: int,
        memory_slots: int,
        memory_width: int,
        read_heads: int = 1,
        write_heads: int = 1,
        shift_range: int = 1,
        controller: str = "lstm",
        *,
        output: str = "both",
        gate_bias: float = 0.0,
        input_bias: float = 0.0,
        forget_bias: float = 1.0,
        beta_bias: float = 0.0,
        stay_bias: float = 0.0,
        learned_memory: bool = False,
    ) -> None:
        super().__init__()
        self.input_size = check_size("input_size", input_size)
        self.output_size = check_size("output_size", output_size)
        self.hidden_size = check_size("hidden_size", hidden_size)
        self.shift_range = check_size("shift_range", shift_range, 0)
        self.memory_slots = check_size("memory_slots", memory_slots)
        self.memory_width = check_size("memory_width", memory_width)
        self.read_heads = check_size("read_heads", read_heads)
        self.write_heads = check_size("write_heads", write_heads)
        self.controller = check_choice("controller", controller, CONTROLLERS)
        self.output = check_choice("output", output, OUTPUTS)
        check_interval("input_bias", input_bias, 0, math.inf)
        check_type("learned_memory", learned_memory, bool)

        heads, width = self.read_heads + self.write_heads, self.memory_width
        recurrent = self.controller == "lstm"
        rows = (4 if recurrent else 1) * self.hidden_size
        read_size = self.read_heads * width
        self.input_layer = nn.Linear(self.input_size, rows)
        # Ce qui revient de l'instant d'avant : les vecteurs lus et, pour le LSTM, son état h.
        self.feedback = nn.Linear(read_size + recurrent * self.hidden_size, rows, bias=False)
        # Un seul produit pour toutes les grandeurs de `Heads`, rangées par fonction d'activation.
        self._sizes = (
            (heads + self.write_heads) * width,  # tanh : key, add
            heads + self.write_heads * width,  # sigmoïde : gate, erase
            2 * heads,  # softplus : beta, gamma
            heads * (2 * self.shift_range + 1),  # softmax : shift
        )
        self.head_layer = nn.Linear(self.hidden_size, sum(self._sizes))
        features = read_size + (self.hidden_size if self.output == "both" else 0)
        self.output_layer = nn.Linear(features, self.output_size)
        self._initialise(gate_bias, input_bias, forget_bias, beta_bias, stay_bias)
        self.start_memory: nn.Parameter | None = None
        if learned_memory:
            start = torch.randn(self.memory_slots, self.memory_width)
            self.start_memory = nn.Parameter(LEARNED_MEMORY_SCALE * start)

    def _initialise(
        self, gate_bias: float, input_bias: float, forget_bias: float, beta_bias: float, stay_bias: float
    ) -> None:
        for layer in (self.input_layer, self.feedback, self.head_layer, self.output_layer):
            nn.init.xavier_uniform_(layer.weight)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
        with torch.no_grad():
            if input_bias:
                self.input_layer.bias.uniform_(-input_bias, input_bias)
            if self.controller == "lstm":
                self.input_layer.bias[self.hidden_size : 2 * self.hidden_size] += forget_bias
            heads = self.read_heads + self.write_heads
            _, gates, strengths, shifts = self.head_layer.bias.split(self._sizes)
            gates[:heads] = gate_bias
            strengths[:heads] = beta_bias
            shifts.view(heads, -1)[:, self.shift_range] = stay_bias

    def initial_state(self, batch: int, memory_slots: int | None = None) -> NTMState:
        """Renvoie l'état de départ : mémoire presque nulle ou apprise, têtes sur la case 0, le reste nul.

        `memory_slots` : nombre de cases, celui de l'entraînement par défaut. Lève `ValueError` si une taille
        est trop petite, ou si la mémoire apprise a un autre nombre de cases.
        """
        check_size("batch", batch)
        slots = self.memory_slots if memory_slots is None else memory_slots
        check_size("memory_slots", slots)
        like = self.head_layer.weight
        weights = like.new_zeros(batch, self.read_heads + self.write_heads, slots)
        weights[:, :, 0] = 1.0
        controller = tuple(like.new_zeros(batch, self.hidden_size) for _ in range(self._controller_tensors))
        memory = like.new_full((batch, slots, self.memory_width), INITIAL_MEMORY)
        if self.start_memory is not None:
            if slots != self.memory_slots:
                raise ValueError(
                    f"memory_slots : {slots} reçu, {self.memory_slots} attendu, celui de la mémoire apprise"
                )
            memory = self.start_memory.expand(batch, -1, -1)
        return NTMState(
            memory,
            weights,
            like.new_zeros(batch, self.read_heads, self.memory_width),
            controller,
        )

    @property
    def _controller_tensors(self) -> int:
        return 2 if self.controller == "lstm" else 0

    def forward(
        self, input: Tensor, state: NTMState | None = None, *, trace: bool = False
    ) -> tuple[Tensor, NTMState] | tuple[Tensor, NTMState, NTMTrace]:
        """Lit une séquence ; renvoie les scores bruts, l'état final et, si `trace`, ce qui s'est passé.

        Formes : input `(temps, lot, input_size)` ; les scores `(temps, lot, output_size)`. Sans `state`,
        l'état est celui d'`initial_state`. Lève `ValueError` ou `TypeError` si un argument ne convient pas.
        """
        check_type("input", input, Tensor)
        _, batch, _ = check_shape("input", input, ("temps", "lot", self.input_size))
        check_dtype("input", input, self.head_layer.weight.dtype)
        if state is None:
            state = self.initial_state(batch)
        self._check_state(state, batch)

        project, step = self._controller_equations()
        hiddens, reads = [], []
        steps: list[NTMTrace] = []
        # Découper d'un coup : indicer dans la boucle créerait un gradient plein à chaque instant.
        for a in project(input).unbind(0):
            hidden, content, heads, state = self._step(a, state, step)
            hiddens.append(hidden)
            reads.append(state.reads.flatten(1))
            if trace:
                steps.append(NTMTrace(state.memory, content, state.weights, state.reads, heads))
        features = torch.stack(reads)
        if self.output == "both":
            features = torch.cat([torch.stack(hiddens), features], dim=2)
        output = self.output_layer(features)
        return (output, state, _stack(steps)) if trace else (output, state)

    def _controller_equations(self) -> Equations:
        """Le contrôleur est une cellule du cours, dont l'état est prolongé par les vecteurs lus."""
        equations = lstm_equations if self.controller == "lstm" else rnn_equations
        bias = self.input_layer.bias
        return equations(self.input_layer.weight, self.feedback.weight, bias, torch.zeros_like(bias))

    def _step(self, a: Tensor, state: NTMState, step) -> tuple[Tensor, Tensor, Heads, NTMState]:
        """Un instant ; `a` est l'entrée déjà projetée, `(lot, n)` ou `(lot, 4n)`."""
        reads = state.reads.flatten(1)
        if self.controller == "lstm":
            h, c = state.controller
            controller = step(a, (torch.cat([reads, h], dim=1), c))
            hidden = controller[0]
        else:
            (hidden,) = step(a, (reads,))
            controller = ()
        heads = self._tell(hidden)
        content = content_weights(state.memory, heads.key, heads.beta)
        weights = interpolate(content, state.weights, heads.gate)
        weights = sharpen(shift(weights, heads.shift), heads.gamma)
        to_read, to_write = weights.split((self.read_heads, self.write_heads), dim=1)
        memory = write(state.memory, to_write, heads.erase, heads.add)
        return hidden, content, heads, NTMState(memory, weights, read(memory, to_read), controller)

    def _tell(self, hidden: Tensor) -> Heads:
        """Des unités du contrôleur aux grandeurs des têtes : un produit, quatre fonctions d'activation."""
        batch, width, written = len(hidden), self.memory_width, self.write_heads
        heads = self.read_heads + written
        vectors, gates, strengths, shifts = self.head_layer(hidden).split(self._sizes, dim=1)
        key, add = torch.tanh(vectors).view(batch, -1, width).split((heads, written), dim=1)
        gate, erase = torch.sigmoid(gates).split((heads, written * width), dim=1)
        beta, gamma = F.softplus(strengths).chunk(2, dim=1)
        return Heads(
            key,
            beta,
            gate,
            torch.softmax(shifts.view(batch, heads, -1), dim=2),
            1 + gamma,
            erase.view(batch, written, width),
            add,
        )

    def _check_state(self, state: NTMState, batch: int) -> None:
        check_type("state", state, NTMState)
        width, heads = self.memory_width, self.read_heads + self.write_heads
        _, slots, _ = check_shape("state.memory", state.memory, (batch, "cases", width))
        check_shape("state.weights", state.weights, (batch, heads, slots))
        check_shape("state.reads", state.reads, (batch, self.read_heads, width))
        if len(state.controller) != self._controller_tensors:
            raise ValueError(
                f"state.controller : {len(state.controller)} tenseurs reçus, "
                f"{self._controller_tensors} attendus (contrôleur {self.controller!r})"
            )
        for i, tensor in enumerate(state.controller):
            check_shape(f"state.controller[{i}]", tensor, (batch, self.hidden_size))

    def extra_repr(self) -> str:
        """Ce que `print` montre de la machine : ses réglages."""
        return (
            f"{self.input_size}, {self.output_size}, {self.hidden_size}, {self.memory_slots}, "
            f"{self.memory_width}, read_heads={self.read_heads}, write_heads={self.write_heads}, "
            f"shift_range={self.shift_range}, controller={self.controller!r}, output={self.output!r}"
        )
