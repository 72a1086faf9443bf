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


# --- profonds-4 : une convolution qui ne lit pas l'avenir -------------------------------------------------


def causal_convolution(
    inputs: np.ndarray, lengths: np.ndarray, W: np.ndarray, b: np.ndarray, stride: int
) -> tuple[np.ndarray, np.ndarray]:
    outputs = _convolved(inputs, W, b, stride, before=W.shape[2] - 1)
    places = (lengths - 1) // stride + 1
    return _masked(outputs, places), places


def _convolved(inputs, W, b, stride, before, after=0):
    """Convolution à pas d'une série précédée de `before` zéros et suivie de `after`."""
    width = W.shape[2]
    padded = np.pad(inputs, ((before, after), (0, 0), (0, 0)))
    windows = [padded[t : t + width] for t in range(0, len(padded) - width + 1, stride)]
    return np.einsum("skbj,cjk->sbc", np.stack(windows), W) + b


def _masked(outputs, places):
    return outputs * (np.arange(len(outputs))[:, None] < places)[:, :, None]


def causal_both_sides(inputs, lengths, W, b, stride):
    before = (W.shape[2] - 1) // 2
    outputs = _convolved(inputs, W, b, stride, before, W.shape[2] - 1 - before)
    places = (lengths - 1) // stride + 1
    return _masked(outputs, places), places


def causal_zeros_after(inputs, lengths, W, b, stride):
    outputs = _convolved(inputs, W, b, stride, 0, W.shape[2] - 1)
    places = (lengths - 1) // stride + 1
    return _masked(outputs, places), places


def causal_one_zero_too_many(inputs, lengths, W, b, stride):
    outputs = _convolved(inputs[:-1], W, b, stride, W.shape[2])
    places = (lengths - 1) // stride + 1
    return _masked(outputs, places), places


def causal_without_zeros(inputs, lengths, W, b, stride):
    outputs = _convolved(inputs, W, b, stride, 0)
    places = (lengths - W.shape[2]) // stride + 1
    return _masked(outputs, places), places


def causal_flipped(inputs, lengths, W, b, stride):
    return causal_convolution(inputs, lengths, W[:, :, ::-1], b, stride)


def causal_stride_one(inputs, lengths, W, b, stride):
    return causal_convolution(inputs, lengths, W, b, 1)


def causal_without_bias(inputs, lengths, W, b, stride):
    return causal_convolution(inputs, lengths, W, 0 * b, stride)


def causal_without_mask(inputs, lengths, W, b, stride):
    outputs = _convolved(inputs, W, b, stride, W.shape[2] - 1)
    return outputs, (lengths - 1) // stride + 1


def causal_mask_before_bias(inputs, lengths, W, b, stride):
    outputs, places = causal_convolution(inputs, lengths, W, 0 * b, stride)
    return outputs + b, places


def causal_places_divided(inputs, lengths, W, b, stride):
    outputs = _convolved(inputs, W, b, stride, W.shape[2] - 1)
    places = lengths // stride
    return _masked(outputs, places), places


def causal_lengths_unchanged(inputs, lengths, W, b, stride):
    return causal_convolution(inputs, lengths, W, b, stride)[0], lengths


def causal_batch_first(inputs, lengths, W, b, stride):
    outputs, places = causal_convolution(inputs, lengths, W, b, stride)
    return np.ascontiguousarray(outputs.transpose(1, 2, 0)), places


def _causal_inputs(rng: np.random.Generator) -> Iterator[Case]:
    # Une série au moins remplit le lot : le nombre de places du tableau est celui de la plus longue.
    for lengths, d, channels, width, stride in (
        ((12, 7, 9), 2, 4, 4, 2),
        ((6, 10), 3, 2, 3, 3),
        ((11, 1), 2, 3, 5, 4),
        ((5, 4, 3, 2), 1, 2, 3, 1),
    ):
        yield (
            rng.normal(size=(max(lengths), len(lengths), d)),
            np.array(lengths),
            rng.normal(size=(channels, d, width)),
            rng.normal(size=channels),
            stride,
        )


CONVOLUTION = FunctionExercise(
    "profonds-4",
    "Une convolution qui ne lit pas l'avenir",
    "code",
    3,
    reference=causal_convolution,
    inputs=_causal_inputs,
    outputs=("outputs", "places"),
    mistakes=(
        Mistake(
            "zeros-des-deux-cotes",
            "Vous remplissez des deux côtés : le noyau lit alors des pas qui suivent l'instant de la sortie. "
            "Tous les zéros vont devant.",
            causal_both_sides,
        ),
        Mistake(
            "zeros-derriere",
            "Vos zéros sont derrière la série : chaque sortie lit l'avenir. Ils vont devant.",
            causal_zeros_after,
        ),
        Mistake(
            "un-zero-de-trop",
            "Vos sorties ont un pas de retard : la première sortie doit lire le premier pas de la série.",
            causal_one_zero_too_many,
        ),
        Mistake(
            "sans-zeros",
            "Vous attendez que le noyau tienne tout entier dans la série. Ici, la première place est au "
            "pas 0 : il faut des zéros devant.",
            causal_without_zeros,
        ),
        Mistake(
            "noyau-retourne",
            "Vous retournez le noyau, comme la convolution des mathématiciens. `Conv1d` ne le retourne pas.",
            causal_flipped,
        ),
        Mistake(
            "pas-de-un",
            "Votre noyau avance d'un pas à la fois : il doit avancer de `stride`.",
            causal_stride_one,
        ),
        Mistake("sans-biais", "Il manque le biais `b`, un par canal.", causal_without_bias),
        Mistake(
            "fin-non-effacee",
            "Les places qui suivent la fin d'une série ne sont pas nulles : effacez-les.",
            causal_without_mask,
        ),
        Mistake(
            "biais-apres-la-fin",
            "Après la fin d'une série, il reste le biais : effacez la sortie, pas seulement ce qu'elle lit.",
            causal_mask_before_bias,
        ),
        Mistake(
            "places-divisees",
            "Le nombre de places est arrondi vers le bas : une série d'un seul pas a pourtant une place.",
            causal_places_divided,
        ),
        Mistake(
            "longueurs-d-entree",
            "`outputs` est juste ; vous rendez les longueurs des séries au lieu de leurs nombres de places.",
            causal_lengths_unchanged,
        ),
        Mistake(
            "axes-de-conv1d",
            "Les valeurs sont justes, mais rangées (lot, canaux, temps) : on demande le temps devant.",
            causal_batch_first,
        ),
    ),
)


# --- profonds-5 : les pas que voit une sortie -------------------------------------------------------------


def steps_seen(layers: list[tuple[int, int]], s: int) -> tuple[int, int]:
    first, last = s, s
    for kernel, stride in reversed(layers):
        first, last = first * stride, last * stride + kernel - 1
    return first, last


def seen_without_strides(layers, s):
    return s, s + sum(kernel - 1 for kernel, _ in layers)


def seen_from_the_entry(layers, s):
    return steps_seen(layers[::-1], s)


def seen_end_excluded(layers, s):
    first, last = steps_seen(layers, s)
    return first, last + 1


def seen_width_kept(layers, s):
    last = s
    for kernel, stride in reversed(layers):
        last = last * stride + kernel
    return steps_seen(layers, s)[0], last


def seen_count(layers, s):
    first, last = steps_seen(layers, s)
    return first, last - first + 1


def seen_start_unmoved(layers, s):
    return s, s + steps_seen(layers, 0)[1]


def seen_first_output(layers, s):
    return steps_seen(layers, 0)


def _seen_inputs(rng: np.random.Generator) -> Iterator[Case]:
    yield [(16, 8)], 3
    yield [(5, 2), (5, 2)], 0
    yield [(4, 4), (3, 2), (3, 1)], 2
    yield [(3, 1), (3, 1), (3, 1)], 5
    yield [(7, 3), (2, 2), (5, 2), (3, 1)], 4


FIELD = FunctionExercise(
    "profonds-5",
    "Quels pas voit une sortie ?",
    "experience",
    2,
    reference=steps_seen,
    inputs=_seen_inputs,
    outputs=("premier", "dernier"),
    mistakes=(
        Mistake(
            "pas-ignores",
            "Votre compte vaut pour des pas de 1. Après un pas S, deux sorties voisines sont à S entrées "
            "l'une de l'autre.",
            seen_without_strides,
        ),
        Mistake(
            "couches-a-l-endroit",
            "Vous partez de l'entrée. Le rang s est celui d'une sortie : la dernière convolution le défait "
            "la première.",
            seen_from_the_entry,
        ),
        Mistake(
            "fin-exclue",
            "Le dernier pas est celui que la sortie voit encore, pas celui d'après.",
            seen_end_excluded,
        ),
        Mistake(
            "largeur-entiere",
            "Un noyau de largeur K finit K - 1 rangs après son début, pas K.",
            seen_width_kept,
        ),
        Mistake(
            "nombre-de-pas",
            "Votre second nombre est le champ réceptif : on demande le rang du dernier pas vu.",
            seen_count,
        ),
        Mistake(
            "debut-immobile",
            "La sortie s ne commence pas au pas s : chaque couche multiplie ce rang par son pas.",
            seen_start_unmoved,
        ),
        Mistake(
            "premiere-sortie",
            "Vous donnez ce que voit la sortie 0, quel que soit s.",
            seen_first_output,
        ),
    ),
)


EXERCISES = (SHAPES, LENGTH, STACK, CONVOLUTION, FIELD)
