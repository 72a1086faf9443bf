"""Exercices du chapitre 12, « Réseaux profonds et convolutions 1D ».

Formes : `inputs` (temps, lot, d) ; une couche récurrente est un triplet (W_xh, W_hh, b_h) de formes (n, d),
(n, n), (n,) ; un noyau de convolution `W` est de forme (canaux, d, largeur), son biais `b` (canaux,).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from rnnbook.exercises._model import Case, FunctionExercise, Mistake, ValueExercise

Layer = tuple[np.ndarray, np.ndarray, np.ndarray]


# --- profonds-1 : prévoir les formes ----------------------------------------------------------------------


def shapes() -> dict[str, Any]:
    n, layers, batch = 32, 3, 4
    length = (1000 - 10) // 5 + 1
    return {
        "longueur": length,
        "entree_du_gru": (length, batch, 16),
        "output": (length, batch, n),
        "h_n": (layers, batch, n),
        "weight_ih_l0": (3 * n, 16),
        "weight_ih_l2": (3 * n, n),
    }


SHAPES = ValueExercise(
    "profonds-1",
    "De la convolution à la pile",
    "main",
    1,
    value=shapes,
    mistakes=(
        Mistake(
            "division-seule",
            "La dernière place possible du noyau n'est pas la fin de la série : il lui faut ses 10 pas. "
            "Combien de pas reste-t-il à parcourir, et combien de départs cela fait-il ?",
            {"longueur": 200},
        ),
        Mistake(
            "sans-le-premier",
            "Vous comptez les déplacements du noyau : la place de départ compte aussi.",
            {"longueur": 198},
        ),
        Mistake(
            "axes-de-conv1d",
            "`Conv1d` rend (lot, canaux, temps) : un GRU attend le temps devant et les traits à la fin.",
            {"entree_du_gru": (4, 16, 199)},
        ),
        Mistake(
            "couches-dans-output",
            "`output` ne garde que la dernière couche ; les autres ne s'y trouvent pas.",
            {"output": (199, 4, 96)},
        ),
        Mistake(
            "derniere-couche",
            "`h_n` garde l'état final de chaque couche, pas de la seule dernière.",
            {"h_n": (1, 4, 32)},
        ),
        Mistake(
            "trois-portes-oubliees",
            "Un GRU empile trois blocs dans chaque matrice de poids.",
            {"weight_ih_l2": (32, 32)},
        ),
        Mistake(
            "couche-lit-l-entree",
            "La dernière couche lit les états de celle d'en dessous, non la sortie de la convolution.",
            {"weight_ih_l2": (96, 16)},
        ),
    ),
)


# --- profonds-2 : la longueur de sortie -------------------------------------------------------------------


def output_length(length: int, kernel: int, stride: int = 1, padding: int = 0) -> int:
    return (length + 2 * padding - kernel) // stride + 1


def length_without_one(length, kernel, stride=1, padding=0):
    return (length + 2 * padding - kernel) // stride


def length_rounded_up(length, kernel, stride=1, padding=0):
    return -((kernel - length - 2 * padding) // stride) + 1


def length_padding_once(length, kernel, stride=1, padding=0):
    return (length + padding - kernel) // stride + 1


def length_without_kernel(length, kernel, stride=1, padding=0):
    return (length + 2 * padding) // stride


def length_without_stride(length, kernel, stride=1, padding=0):
    return length + 2 * padding - kernel + 1


def length_true_division(length, kernel, stride=1, padding=0):
    return (length + 2 * padding - kernel) / stride + 1


def _length_inputs(rng: np.random.Generator) -> Iterator[Case]:
    yield from ((600, 16, 8, 0), (100, 5, 1, 2), (50, 7, 3, 1), (9, 9, 4, 0), (31, 4, 2, 3))


LENGTH = FunctionExercise(
    "profonds-2",
    "La longueur de sortie",
    "code",
    1,
    reference=output_length,
    inputs=_length_inputs,
    mistakes=(
        Mistake(
            "sans-la-premiere-place",
            "Il vous manque une place : le noyau se pose une première fois avant de se déplacer.",
            length_without_one,
        ),
        Mistake(
            "arrondi-au-dessus",
            "Vous arrondissez vers le haut : un noyau qui dépasserait de la série n'est pas posé.",
            length_rounded_up,
        ),
        Mistake(
            "remplissage-d-un-cote",
            "Le remplissage s'ajoute des deux côtés de la série.",
            length_padding_once,
        ),
        Mistake(
            "sans-le-noyau",
            "Votre compte ignore la largeur du noyau : il lui faut tenir tout entier.",
            length_without_kernel,
        ),
        Mistake(
            "sans-le-pas", "Votre compte vaut pour un pas de 1 : divisez par le pas.", length_without_stride
        ),
        Mistake(
            "division-exacte",
            "Vous renvoyez un nombre à virgule : une longueur est un entier, arrondi vers le bas.",
            length_true_division,
        ),
    ),
)


# --- profonds-3 : réparer une pile ------------------------------------------------------------------------


def step(x: np.ndarray, h: np.ndarray, layer: Layer) -> np.ndarray:
    W_xh, W_hh, b_h = layer
    return np.tanh(x @ W_xh.T + h @ W_hh.T + b_h)


def stack(inputs: np.ndarray, layers: list[Layer]) -> tuple[np.ndarray, np.ndarray]:
    states = [np.zeros((inputs.shape[1], len(layer[2]))) for layer in layers]
    outputs = []
    for x in inputs:
        for k, layer in enumerate(layers):
            states[k] = step(x, states[k], layer)
            x = states[k]
        outputs.append(x)
    return np.stack(outputs), np.stack(states)


def stack_late(inputs, layers):
    states = [np.zeros((inputs.shape[1], len(layer[2]))) for layer in layers]
    outputs = []
    for x in inputs:
        before = [x, *states]
        states = [step(before[k], states[k], layer) for k, layer in enumerate(layers)]
        outputs.append(states[-1])
    return np.stack(outputs), np.stack(states)


def stack_shared_state(inputs, layers):
    h = np.zeros((inputs.shape[1], len(layers[0][2])))
    outputs, last = [], [h] * len(layers)
    for x in inputs:
        for k, layer in enumerate(layers):
            h = step(x, h, layer)
            x = last[k] = h
        outputs.append(h)
    return np.stack(outputs), np.stack(last)


def stack_first_layer(inputs, layers):
    outputs, _ = stack(inputs, layers[:1])
    return outputs, stack(inputs, layers)[1]


def stack_no_memory(inputs, layers):
    outputs = []
    for x in inputs:
        states = []
        for layer in layers:
            x = step(x, np.zeros((inputs.shape[1], len(layer[2]))), layer)
            states.append(x)
        outputs.append(x)
    return np.stack(outputs), np.stack(states)


def stack_last_state_only(inputs, layers):
    outputs, h_n = stack(inputs, layers)
    return outputs, h_n[-1]


def stack_reversed(inputs, layers):
    outputs, h_n = stack(inputs, layers)
    return outputs, h_n[::-1].copy()


def _layer(rng: np.random.Generator, d: int, n: int) -> Layer:
    return rng.normal(size=(n, d)) * 0.6, rng.normal(size=(n, n)) * 0.6, rng.normal(size=n)


def _stack_inputs(rng: np.random.Generator) -> Iterator[Case]:
    for steps, batch, d, n, depth in ((5, 3, 2, 4, 3), (4, 2, 3, 3, 2), (6, 1, 3, 3, 4)):
        layers = [_layer(rng, d if k == 0 else n, n) for k in range(depth)]
        yield rng.normal(size=(steps, batch, d)), layers


STACK = FunctionExercise(
    "profonds-3",
    "Réparer une pile de couches",
    "code",
    2,
    reference=stack,
    inputs=_stack_inputs,
    outputs=("outputs", "h_n"),
    mistakes=(
        Mistake(
            "etat-d-en-dessous-en-retard",
            "Chaque couche lit l'état que la couche d'en dessous avait au pas d'avant. Elle doit lire celui "
            "que cette couche vient de calculer, au même pas.",
            stack_late,
        ),
        Mistake(
            "etat-commun",
            "Toutes vos couches se passent un seul état : chacune garde le sien d'un pas à l'autre.",
            stack_shared_state,
        ),
        Mistake(
            "premiere-couche",
            "`outputs` contient les états de la couche 0 : la sortie d'une pile est sa dernière couche.",
            stack_first_layer,
        ),
        Mistake(
            "sans-memoire",
            "Vos couches repartent d'un état nul à chaque pas : plus rien n'est récurrent.",
            stack_no_memory,
        ),
        Mistake(
            "dernier-etat-seul",
            "`outputs` est juste ; `h_n` doit garder l'état final de chaque couche, forme (couches, lot, n).",
            stack_last_state_only,
        ),
        Mistake(
            "couches-a-l-envers",
            "`h_n` est rangé à l'envers : la couche 0 vient en premier.",
            stack_reversed,
        ),
    ),
)


# --- profonds-4 : une convolution à pas -------------------------------------------------------------------


def strided_convolution(inputs: np.ndarray, W: np.ndarray, b: np.ndarray, stride: int) -> np.ndarray:
    width = W.shape[2]
    outputs = []
    for start in range(0, len(inputs) - width + 1, stride):
        window = inputs[start : start + width]
        outputs.append(np.einsum("kbj,cjk->bc", window, W) + b)
    return np.stack(outputs)


def convolution_flipped(inputs, W, b, stride):
    return strided_convolution(inputs, W[:, :, ::-1], b, stride)


def convolution_stride_one(inputs, W, b, stride):
    return strided_convolution(inputs, W, b, 1)


def convolution_without_bias(inputs, W, b, stride):
    return strided_convolution(inputs, W, 0 * b, stride)


def convolution_last_missing(inputs, W, b, stride):
    outputs = strided_convolution(inputs, W, b, stride)
    return outputs[:-1] if (len(inputs) - W.shape[2]) % stride == 0 else outputs


def convolution_batch_first(inputs, W, b, stride):
    return np.ascontiguousarray(strided_convolution(inputs, W, b, stride).transpose(1, 2, 0))


def convolution_mean(inputs, W, b, stride):
    return strided_convolution(inputs, W / W.shape[2], b, stride)


def convolution_first_channel(inputs, W, b, stride):
    return strided_convolution(inputs[:, :, :1], W[:, :1], b, stride)


def _convolution_inputs(rng: np.random.Generator) -> Iterator[Case]:
    for steps, batch, d, channels, width, stride in (
        (12, 3, 2, 4, 4, 2),
        (9, 2, 3, 3, 3, 3),
        (11, 1, 2, 2, 5, 4),
    ):
        yield (
            rng.normal(size=(steps, batch, d)),
            rng.normal(size=(channels, d, width)),
            rng.normal(size=channels),
            stride,
        )


CONVOLUTION = FunctionExercise(
    "profonds-4",
    "Une convolution à pas",
    "code",
    3,
    reference=strided_convolution,
    inputs=_convolution_inputs,
    mistakes=(
        Mistake(
            "noyau-retourne",
            "Vous retournez le noyau, comme la convolution des mathématiciens. `Conv1d` ne le retourne pas.",
            convolution_flipped,
        ),
        Mistake(
            "pas-de-un",
            "Votre noyau avance d'un pas à la fois : il doit avancer de `stride`.",
            convolution_stride_one,
        ),
        Mistake("sans-biais", "Il manque le biais `b`, un par canal.", convolution_without_bias),
        Mistake(
            "derniere-place",
            "La dernière place du noyau, tout contre la fin de la série, est oubliée.",
            convolution_last_missing,
        ),
        Mistake(
            "axes-de-conv1d",
            "Les valeurs sont justes, mais rangées (lot, canaux, temps) : on demande le temps devant.",
            convolution_batch_first,
        ),
        Mistake(
            "moyenne",
            "Vous divisez par la largeur du noyau : c'est une somme pondérée, pas une moyenne.",
            convolution_mean,
        ),
        Mistake(
            "premier-trait",
            "Seul le premier trait de l'entrée est lu : la somme porte aussi sur les traits.",
            convolution_first_channel,
        ),
    ),
)


# --- profonds-5 : le champ réceptif -----------------------------------------------------------------------


def receptive_field(layers: list[tuple[int, int]]) -> int:
    field, jump = 1, 1
    for kernel, stride in layers:
        field += (kernel - 1) * jump
        jump *= stride
    return field


def field_without_strides(layers):
    return 1 + sum(kernel - 1 for kernel, _ in layers)


def field_sum_of_kernels(layers):
    return sum(kernel for kernel, _ in layers)


def field_product(layers):
    return int(np.prod([kernel for kernel, _ in layers]))


def field_own_stride(layers):
    field, jump = 1, 1
    for kernel, stride in layers:
        jump *= stride
        field += (kernel - 1) * jump
    return field


def field_last_stride_only(layers):
    field, before = 1, 1
    for kernel, stride in layers:
        field += (kernel - 1) * before
        before = stride
    return field


def field_total_stride(layers):
    return int(np.prod([stride for _, stride in layers]))


def _field_inputs(rng: np.random.Generator) -> Iterator[Case]:
    for layers in ([(16, 8)], [(5, 2), (5, 2)], [(4, 4), (3, 2), (3, 1)], [(3, 1), (3, 1), (3, 1)]):
        yield (layers,)
    yield ([(7, 3), (2, 2), (5, 2), (3, 1)],)


FIELD = FunctionExercise(
    "profonds-5",
    "Combien de pas voit une sortie ?",
    "experience",
    2,
    reference=receptive_field,
    inputs=_field_inputs,
    mistakes=(
        Mistake(
            "pas-ignores",
            "Votre compte vaut pour des pas de 1. Après un pas S, deux sorties voisines sont à S entrées "
            "l'une de l'autre.",
            field_without_strides,
        ),
        Mistake(
            "somme-des-noyaux",
            "Deux noyaux qui se suivent se recouvrent d'une sortie, et les pas comptent : la somme des "
            "largeurs ne suffit pas.",
            field_sum_of_kernels,
        ),
        Mistake(
            "produit-des-noyaux",
            "Les largeurs ne se multiplient pas : les noyaux se recouvrent.",
            field_product,
        ),
        Mistake(
            "son-propre-pas",
            "Vous appliquez à un noyau son propre pas : ce sont les pas des couches d'avant qui l'écartent.",
            field_own_stride,
        ),
        Mistake(
            "un-seul-pas",
            "Vous ne gardez que le pas de la couche d'avant : les pas de toutes les couches d'avant se "
            "multiplient.",
            field_last_stride_only,
        ),
        Mistake(
            "pas-total",
            "Vous donnez l'écart entre deux sorties voisines : on demande combien d'entrées en voit une.",
            field_total_stride,
        ),
    ),
)


EXERCISES = (SHAPES, LENGTH, STACK, CONVOLUTION, FIELD)
