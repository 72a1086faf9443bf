"""Les cinq tâches de Graves, Wayne et Danihelka (2014, arXiv 1410.5401, §4), et leurs deux mesures.

Chaque tâche tire un lot d'un générateur explicite ; les tailles par défaut sont celles du papier.
Les séquences d'un même lot ont la même forme : leur longueur est donnée, ou tirée une fois pour le lot.

Deux mesures, pour toutes les tâches : `wrong_bits`, les bits faux par séquence une fois la sortie arrondie,
et `cost_bits`, le coût en bits par séquence, celui du papier.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from rnnbook.validation import check_shape, check_size, check_type


class Batch(NamedTuple):
    """Un lot de séquences : ce que l'on montre, ce que l'on attend, et quand.

    Formes : inputs `(temps, lot, entrées)`, float32 ; targets `(temps, lot, sorties)`, float32, des 0 et des
    1, nulles hors de la réponse ; mask `(temps, lot)`, booléen, vrai aux instants de la réponse.
    """

    inputs: Tensor
    targets: Tensor
    mask: Tensor

    def to(self, device: torch.device | str) -> Batch:
        """Renvoie le même lot sur un autre appareil."""
        return Batch(*(tensor.to(device) for tensor in self))


# --- Les deux mesures -----------------------------------------------------------------------------------


def wrong_bits(scores: Tensor, batch: Batch) -> Tensor:
    """Compte les bits faux de chaque séquence, la sortie étant arrondie : vaut 1 un score positif.

    Formes : scores, bruts, `(temps, lot, sorties)` ; renvoie `(lot,)`. Lève `ValueError` si la forme de
    scores n'est pas celle des cibles.
    """
    check_shape("scores", scores, batch.targets.shape)
    wrong = (scores > 0) != (batch.targets > 0.5)
    return (wrong & batch.mask.unsqueeze(2)).sum(dim=(0, 2))


def cost_bits(scores: Tensor, batch: Batch) -> Tensor:
    """Donne le coût de chaque séquence en bits : entropie croisée en base 2, sommée sur la réponse.

    Formes et erreurs : celles de `wrong_bits`.
    """
    check_shape("scores", scores, batch.targets.shape)
    nats = F.binary_cross_entropy_with_logits(scores, batch.targets, reduction="none")
    return (nats * batch.mask.unsqueeze(2)).sum(dim=(0, 2)) / math.log(2)


# --- Les tâches -----------------------------------------------------------------------------------------


def copy(
    count: int,
    length: int | None = None,
    *,
    lengths: tuple[int, int] = (1, 20),
    width: int = 8,
    held: bool = False,
    generator: torch.Generator | None = None,
) -> Batch:
    """Copie (§4.1) : lire des vecteurs de bits, puis, au signal, les redire dans l'ordre.

    L'entrée a `width` bits et une ligne de signal. Après `length` vecteurs vient le signal, à l'instant
    `length` ; la réponse occupe les `length` instants suivants, où l'entrée est nulle. Avec `held`, le signal
    reste levé pendant la réponse : un contrôleur sans mémoire sait alors qu'il doit répondre.

    Args:
        count: séquences du lot.
        length: longueur ; par défaut, tirée entre les bornes `lengths`, comprises.

    Raises:
        ValueError: une taille inférieure à 1, des bornes en désordre.
    """
    check_size("count", count)
    check_size("width", width)
    check_type("held", held, bool)
    length = _size("length", length, "lengths", lengths, generator)
    bits = _bits(length, count, width, generator=generator)
    inputs = torch.zeros(2 * length + 1, count, width + 1)
    inputs[:length, :, :width] = bits
    inputs[length : (None if held else length + 1), :, width] = 1.0
    return _answer(inputs, bits)


def repeat_copy(
    count: int,
    length: int | None = None,
    repeats: int | None = None,
    *,
    lengths: tuple[int, int] = (1, 10),
    repeat_range: tuple[int, int] = (1, 10),
    width: int = 8,
    generator: torch.Generator | None = None,
) -> Batch:
    """Copie répétée (§4.2) : redire une suite le nombre de fois demandé, puis dire que c'est fini.

    L'entrée a `width` bits, une ligne de signal et une ligne pour le nombre de répétitions, ramené à une
    moyenne nulle et à une variance de 1 sur `repeat_range` ; les deux arrivent ensemble après les vecteurs.
    La sortie a `width` bits et une ligne de fin, qui vaut 1 au seul instant qui suit la dernière copie.

    Args: ceux de `copy` ; `repeats` : répétitions, tirées par défaut entre les bornes `repeat_range`.

    Raises:
        ValueError: une taille inférieure à 1, des bornes en désordre.
    """
    check_size("count", count)
    check_size("width", width)
    length = _size("length", length, "lengths", lengths, generator)
    repeats = _size("repeats", repeats, "repeat_range", repeat_range, generator)
    low, high = repeat_range
    # Moyenne et variance d'un entier uniforme entre low et high.
    deviation = math.sqrt(((high - low + 1) ** 2 - 1) / 12) or 1.0
    bits = _bits(length, count, width, generator=generator)
    inputs = torch.zeros(length + 1 + length * repeats + 1, count, width + 2)
    inputs[:length, :, :width] = bits
    inputs[length, :, width] = 1.0
    inputs[length, :, width + 1] = (repeats - (low + high) / 2) / deviation
    answer = torch.zeros(length * repeats + 1, count, width + 1)
    answer[:-1, :, :width] = bits.repeat(repeats, 1, 1)
    answer[-1, :, width] = 1.0
    return _answer(inputs, answer)


def content_only(scores: Tensor, batch: Batch) -> tuple[Tensor, Batch]:
    """Ôte la ligne de fin de `repeat_copy`, dernier trait des scores et des cibles : reste le contenu.

    L'instant de la fin reste dans la réponse : il faut alors n'y rien dire.
    """
    return scores[..., :-1], batch._replace(targets=batch.targets[..., :-1])


def associative_recall(
    count: int,
    items: int | None = None,
    *,
    item_range: tuple[int, int] = (2, 6),
    item_length: int = 3,
    width: int = 6,
    generator: torch.Generator | None = None,
) -> Batch:
    """Rappel associatif (§4.3) : on montre une liste d'objets, puis l'un d'eux ; dire celui qui le suivait.

    Un objet est une suite de `item_length` vecteurs de `width` bits. L'entrée a `width` bits, une ligne qui
    annonce chaque objet et une ligne qui encadre la question. La question n'est jamais le dernier objet.

    Args:
        count: séquences du lot.
        items: objets montrés ; par défaut, leur nombre est tiré entre les bornes `item_range`, comprises.

    Raises:
        ValueError: une taille inférieure à 1 (2 pour les objets), des bornes en désordre.
    """
    check_size("count", count)
    check_size("item_length", item_length)
    check_size("width", width)
    items = check_size("items", _size("items", items, "item_range", item_range, generator), 2)
    bits = _bits(items, item_length, count, width, generator=generator)
    asked = torch.randint(items - 1, (count,), generator=generator)
    rows = torch.arange(count)
    shown = torch.zeros(items, 1 + item_length, count, width + 2)
    shown[:, 0, :, width] = 1.0
    shown[:, 1:, :, :width] = bits
    question = torch.zeros(item_length + 2, count, width + 2)
    question[[0, -1], :, width + 1] = 1.0
    # L'indexation avancée met le lot devant : (lot, item_length, width).
    question[1:-1, :, :width] = bits[asked, :, rows].transpose(0, 1)
    answer = bits[asked + 1, :, rows].transpose(0, 1)
    silence = torch.zeros(item_length, count, width + 2)
    return _answer(torch.cat([shown.flatten(0, 1), question, silence]), answer)


def dynamic_ngrams(
    count: int, length: int = 200, *, order: int = 6, generator: torch.Generator | None = None
) -> Batch:
    """N-grammes dynamiques (§4.4) : prédire le bit suivant d'une source que l'on découvre en la lisant.

    Pour chaque séquence, chacun des 2^(order − 1) contextes reçoit une probabilité de dire 1, tirée d'une loi
    bêta(½, ½). Les `order − 1` premiers bits sont à pile ou face ; chaque bit suivant est tiré selon son
    contexte. L'entrée à l'instant t est le bit t, la cible est le bit t + 1 ; la réponse commence au premier
    bit qui a un contexte, et compte donc `length − order + 1` bits.

    Raises:
        ValueError: `order` inférieur à 2, `length` qui ne dépasse pas `order`.
    """
    check_size("count", count)
    check_size("order", order, 2)
    check_size("length", length, order + 1)
    past = order - 1
    # Le carré du sinus d'un angle uniforme entre 0 et π/2 suit la loi bêta(½, ½).
    probabilities = torch.sin(torch.rand(count, 2**past, generator=generator) * (math.pi / 2)).square()
    bits = torch.empty(length, count)
    bits[:past] = _bits(past, count, generator=generator)
    draws = torch.rand(length, count, generator=generator)
    contexts = _contexts(bits, past)
    for t in range(past, length):
        chance = probabilities.gather(1, contexts[:, None]).squeeze(1)
        bits[t] = (draws[t] < chance).float()
        contexts = (2 * contexts + bits[t].long()) % 2**past
    mask = torch.zeros(length - 1, count, dtype=torch.bool)
    mask[past - 1 :] = True
    targets = bits[1:, :, None] * mask[:, :, None]
    return Batch(bits[:-1, :, None], targets, mask)


def optimal_ngrams(batch: Batch, *, order: int = 6) -> Tensor:
    """Donne la prédiction optimale de `dynamic_ngrams` (équation 10) : P(1) = (N1 + ½) / (N1 + N0 + 1).

    N1 et N0 comptent les 1 et les 0 déjà vus après le contexte courant. Renvoie des scores bruts, le
    logarithme de (N1 + ½) / (N0 + ½), de la forme des cibles, nuls hors de la réponse.
    """
    check_size("order", order, 2)
    bits, past = batch.inputs[..., 0], order - 1
    steps, count = check_shape("batch.inputs[..., 0]", bits, ("temps", "lot"))
    counts = torch.full((count, 2**past, 2), 0.5)
    rows, scores = torch.arange(count), torch.zeros(steps, count, 1)
    contexts = _contexts(bits, past)
    for t in range(past - 1, steps):
        zeros, ones = counts[rows, contexts].unbind(1)
        scores[t, :, 0] = torch.log(ones / zeros)
        if t + 1 < steps:
            following = bits[t + 1].long()
            counts[rows, contexts, following] += 1
            contexts = (2 * contexts + following) % 2**past
    return scores


def priority_sort(
    count: int,
    inputs_count: int = 20,
    targets_count: int = 16,
    *,
    width: int = 8,
    generator: torch.Generator | None = None,
) -> Batch:
    """Tri par priorité (§4.5) : rendre les vecteurs de plus haute priorité, du plus prioritaire au moins.

    L'entrée a `width` bits, une ligne de priorité, uniforme entre −1 et 1, et une ligne de signal, levée une
    fois après les `inputs_count` vecteurs. La réponse a `targets_count` vecteurs.

    Raises:
        ValueError: une taille inférieure à 1, plus de vecteurs à rendre que de vecteurs lus.
    """
    check_size("count", count)
    check_size("targets_count", targets_count)
    check_size("inputs_count", inputs_count, targets_count)
    check_size("width", width)
    bits = _bits(inputs_count, count, width, generator=generator)
    priorities = 2 * torch.rand(inputs_count, count, generator=generator) - 1
    inputs = torch.zeros(inputs_count + 1 + targets_count, count, width + 2)
    inputs[:inputs_count, :, :width] = bits
    inputs[:inputs_count, :, width] = priorities
    inputs[inputs_count, :, width + 1] = 1.0
    order = priorities.argsort(dim=0, descending=True, stable=True)[:targets_count]
    return _answer(inputs, bits.gather(0, order[:, :, None].expand(-1, -1, width)))


# --- Communs aux tâches ---------------------------------------------------------------------------------


def _bits(*shape: int, generator: torch.Generator | None) -> Tensor:
    return torch.randint(2, shape, generator=generator).float()


def _size(
    name: str,
    value: int | None,
    bounds_name: str,
    bounds: tuple[int, int],
    generator: torch.Generator | None,
) -> int:
    """Renvoie la taille donnée, ou en tire une entre les bornes, comprises."""
    if len(check_type(bounds_name, bounds, tuple)) != 2:
        raise ValueError(f"{bounds_name} : {len(bounds)} nombres reçus, deux bornes attendues")
    low = check_size(f"{bounds_name}[0]", bounds[0])
    high = check_size(f"{bounds_name}[1]", bounds[1], low)
    if value is not None:
        return check_size(name, value)
    return int(torch.randint(low, high + 1, (), generator=generator))


def _answer(inputs: Tensor, answer: Tensor) -> Batch:
    """Place la réponse aux derniers instants."""
    steps, count, _ = inputs.shape
    targets = torch.zeros(steps, count, answer.shape[2])
    targets[-len(answer) :] = answer
    mask = torch.zeros(steps, count, dtype=torch.bool)
    mask[-len(answer) :] = True
    return Batch(inputs, targets, mask)


def _contexts(bits: Tensor, past: int) -> Tensor:
    """Numéro du contexte que forment les `past` premiers bits, le plus ancien en poids fort : `(lot,)`."""
    powers = 2 ** torch.arange(past - 1, -1, -1)
    return (bits[:past].long() * powers[:, None]).sum(dim=0)
