"""Exercices du chapitre 11, « Réseaux bidirectionnels ».

Formes : `xs` (temps, d), `inputs` (temps, lot, d), `output` (temps, lot, 2n), `lengths` (lot,) ; un sens est
un triplet (W_xh, W_hh, b_h) de formes (n, d), (n, n), (n,).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from rnnbook.exercises._model import Case, FunctionExercise, Mistake, ValueExercise

Way = tuple[np.ndarray, np.ndarray, np.ndarray]


# --- bidirectionnel-1 : prévoir les formes ----------------------------------------------------------------


def shapes() -> dict[str, Any]:
    d, n, steps, batch, layers = 5, 16, 12, 8, 2
    return {
        "output": (steps, batch, 2 * n),
        "h_n": (2 * layers, batch, n),
        "weight_ih_l0_reverse": (n, d),
        "weight_ih_l1": (n, 2 * n),
        "parametres": 2 * (n * d + n * n + 2 * n) + 2 * (n * 2 * n + n * n + 2 * n),
    }


SHAPES = ValueExercise(
    "bidirectionnel-1",
    "Prévoir les formes à deux sens",
    "main",
    1,
    value=shapes,
    mistakes=(
        Mistake(
            "un-seul-sens",
            "`output` garde les deux moitiés à chaque pas : que devient son dernier axe ?",
            {"output": (12, 8, 16)},
        ),
        Mistake(
            "sens-dans-les-traits",
            "`h_n` ne met pas les sens côte à côte : il les range sur son premier axe, avec les couches.",
            {"h_n": (2, 8, 32)},
        ),
        Mistake(
            "une-couche",
            "`h_n` garde un état final par couche **et** par sens.",
            {"h_n": (2, 8, 16)},
        ),
        Mistake(
            "arriere-lit-tout",
            "La couche 0 lit l'entrée, dans un sens comme dans l'autre : la lecture arrière ne lit pas les "
            "états de la lecture avant.",
            {"weight_ih_l0_reverse": (16, 32)},
        ),
        Mistake(
            "couche-1-sur-n",
            "La couche 1 lit la sortie de la couche 0, donc ses deux moitiés.",
            {"weight_ih_l1": (16, 16)},
        ),
        Mistake(
            "parametres-couche-1-sur-n",
            "Dans votre compte, la couche 1 ne lit que n traits : elle en lit 2n, dans chaque sens.",
            {"parametres": 2 * (80 + 256 + 32) + 2 * (256 + 256 + 32)},
        ),
        Mistake(
            "parametres-un-sens",
            "Votre compte ne prend qu'un sens : chaque couche a deux jeux de poids.",
            {"parametres": (80 + 256 + 32) + (512 + 256 + 32)},
        ),
    ),
)


# --- bidirectionnel-2 : le résumé d'un lot rempli ---------------------------------------------------------


def summary(output: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    n = output.shape[2] // 2
    ahead = output[lengths - 1, np.arange(len(lengths)), :n]
    return np.concatenate([ahead, output[0, :, n:]], axis=1)


def summary_last_step(output, lengths):
    return output[-1].copy()


def summary_last_true_step(output, lengths):
    return output[lengths - 1, np.arange(len(lengths))]


def summary_padded_forward(output, lengths):
    n = output.shape[2] // 2
    return np.concatenate([output[-1, :, :n], output[0, :, n:]], axis=1)


def summary_swapped(output, lengths):
    n = output.shape[2] // 2
    kept = summary(output, lengths)
    return np.concatenate([kept[:, n:], kept[:, :n]], axis=1)


def summary_first_step(output, lengths):
    return output[0].copy()


def summary_off_by_one(output, lengths):
    n = output.shape[2] // 2
    ahead = output[np.maximum(lengths - 2, 0), np.arange(len(lengths)), :n]
    return np.concatenate([ahead, output[0, :, n:]], axis=1)


def _padded(rng: np.random.Generator, steps: int, batch: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Des valeurs et des longueurs, dont la plus grande vaut `steps` ; zéros après chaque longueur."""
    lengths = rng.integers(1, steps, size=batch)
    lengths[rng.integers(batch)] = steps
    values = rng.normal(size=(steps, batch, width))
    values[np.arange(steps)[:, None] >= lengths] = 0.0
    return values, lengths


def _summary_inputs(rng: np.random.Generator) -> Iterator[Case]:
    for steps, batch, n in ((6, 4, 3), (5, 3, 2), (4, 2, 1)):
        yield _padded(rng, steps, batch, 2 * n)


SUMMARY = FunctionExercise(
    "bidirectionnel-2",
    "Le résumé d'un lot rempli",
    "code",
    2,
    reference=summary,
    inputs=_summary_inputs,
    mistakes=(
        Mistake(
            "dernier-pas",
            "Vous prenez `output[-1]` : c'est du remplissage pour les séquences courtes, et la moitié "
            "arrière n'y a lu qu'un pas.",
            summary_last_step,
        ),
        Mistake(
            "dernier-vrai-pas",
            "Le dernier vrai pas convient à la moitié avant. La moitié arrière, elle, a fini sa lecture "
            "ailleurs : où ?",
            summary_last_true_step,
        ),
        Mistake(
            "avant-dans-le-remplissage",
            "La moitié arrière est juste. La moitié avant vient du dernier pas du lot, qui est du "
            "remplissage pour les séquences courtes.",
            summary_padded_forward,
        ),
        Mistake(
            "moities-echangees",
            "Les valeurs sont justes, mais la moitié avant vient d'abord, comme dans `output`.",
            summary_swapped,
        ),
        Mistake(
            "premier-pas",
            "Au premier pas, la moitié arrière a tout lu, mais la moitié avant n'a lu qu'un mot.",
            summary_first_step,
        ),
        Mistake(
            "decale-d-un",
            "Votre moitié avant est prise un pas trop tôt : une séquence de longueur L finit au rang L − 1.",
            summary_off_by_one,
        ),
    ),
)


# --- bidirectionnel-3 : réparer une couche à deux sens ----------------------------------------------------


def read_states(xs: np.ndarray, W_xh: np.ndarray, W_hh: np.ndarray, b_h: np.ndarray) -> np.ndarray:
    h, states = np.zeros(len(b_h)), []
    for x in xs:
        h = np.tanh(W_xh @ x + W_hh @ h + b_h)
        states.append(h)
    return np.stack(states)


def both_directions(xs: np.ndarray, ahead: Way, back: Way) -> np.ndarray:
    forward = read_states(xs, *ahead)
    backward = read_states(xs[::-1], *back)[::-1]
    return np.concatenate([forward, backward], axis=1)


def directions_not_flipped(xs, ahead, back):
    forward = read_states(xs, *ahead)
    backward = read_states(xs[::-1], *back)
    return np.concatenate([forward, backward], axis=1)


def directions_never_reversed(xs, ahead, back):
    return np.concatenate([read_states(xs, *ahead), read_states(xs, *back)], axis=1)


def directions_output_flipped(xs, ahead, back):
    return np.concatenate([read_states(xs, *ahead), read_states(xs, *back)[::-1]], axis=1)


def directions_shared_weights(xs, ahead, back):
    return both_directions(xs, ahead, ahead)


def directions_sum(xs, ahead, back):
    n = len(ahead[2])
    states = both_directions(xs, ahead, back)
    return states[:, :n] + states[:, n:]


def directions_reads_forward(xs, ahead, back):
    forward = read_states(xs, *ahead)
    return np.concatenate([forward, read_states(forward[::-1], *back)[::-1]], axis=1)


def directions_flat(xs, ahead, back):
    n = len(ahead[2])
    states = both_directions(xs, ahead, back)
    return np.concatenate([states[:, :n], states[:, n:]])


def _way(rng: np.random.Generator, d: int, n: int) -> Way:
    return rng.normal(size=(n, d)) * 0.6, rng.normal(size=(n, n)) * 0.6, rng.normal(size=n)


def _directions_inputs(rng: np.random.Generator) -> Iterator[Case]:
    for steps, d, n in ((5, 2, 4), (4, 3, 3), (7, 1, 2)):
        yield rng.normal(size=(steps, d)), _way(rng, d, n), _way(rng, d, n)


DIRECTIONS = FunctionExercise(
    "bidirectionnel-3",
    "Réparer une couche à deux sens",
    "code",
    2,
    reference=both_directions,
    inputs=_directions_inputs,
    mistakes=(
        Mistake(
            "pas-remis-a-l-endroit",
            "La moitié avant est juste. La moitié arrière est dans l'ordre de lecture : la ligne 0 porte "
            "l'état du dernier pas.",
            directions_not_flipped,
        ),
        Mistake(
            "jamais-a-rebours",
            "Vos deux lectures vont dans le même sens : la seconde doit commencer par la fin.",
            directions_never_reversed,
        ),
        Mistake(
            "sortie-seule-retournee",
            "Vous retournez les états, mais la lecture se fait toujours du début à la fin : retournez aussi "
            "l'entrée.",
            directions_output_flipped,
        ),
        Mistake(
            "memes-poids",
            "La lecture arrière emploie les poids de la lecture avant : elle a les siens, `back`.",
            directions_shared_weights,
        ),
        Mistake(
            "somme",
            "Vous additionnez les deux moitiés : on les met côte à côte, ce qui fait 2n traits.",
            directions_sum,
        ),
        Mistake(
            "en-serie",
            "Votre lecture arrière lit les états de la lecture avant : toutes deux lisent `xs`.",
            directions_reads_forward,
        ),
        Mistake(
            "bout-a-bout-dans-le-temps",
            "Les deux moitiés sont mises l'une après l'autre dans le temps : il faut les coller trait à "
            "trait, sur le dernier axe.",
            directions_flat,
        ),
    ),
)


# --- bidirectionnel-4 : retourner un lot rempli -----------------------------------------------------------


def reverse_padded(inputs: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    turned = inputs.copy()
    for i, length in enumerate(lengths):
        turned[:length, i] = inputs[:length, i][::-1]
    return turned


def reverse_everything(inputs, lengths):
    return inputs[::-1].copy()


def reverse_in_place(inputs, lengths):
    for i, length in enumerate(lengths):
        inputs[:length, i] = inputs[:length, i][::-1].copy()
    return inputs


def reverse_one_short(inputs, lengths):
    turned = inputs.copy()
    for i, length in enumerate(lengths):
        turned[: length - 1, i] = inputs[: length - 1, i][::-1]
    return turned


def reverse_batch(inputs, lengths):
    return reverse_padded(inputs, lengths)[:, ::-1].copy()


def reverse_features(inputs, lengths):
    return inputs[:, :, ::-1].copy()


def _reverse_inputs(rng: np.random.Generator) -> Iterator[Case]:
    for steps, batch, d in ((6, 4, 3), (5, 3, 2), (4, 2, 4)):
        yield _padded(rng, steps, batch, d)


REVERSE = FunctionExercise(
    "bidirectionnel-4",
    "Retourner un lot rempli",
    "code",
    3,
    reference=reverse_padded,
    inputs=_reverse_inputs,
    rtol=0,
    atol=0,
    success="C'est ce que fait le lot compacté, à la main.",
    mistakes=(
        Mistake(
            "tout-retourne",
            "Vous retournez l'axe du temps en entier : le remplissage des séquences courtes passe devant.",
            reverse_everything,
        ),
        Mistake(
            "sur-place",
            "Les valeurs sont justes, mais vous écrivez dans `inputs` : renvoyez un nouveau tableau.",
            reverse_in_place,
        ),
        Mistake(
            "dernier-pas-oublie",
            "Le dernier vrai pas de chaque séquence n'a pas bougé : la tranche s'arrête un pas trop tôt.",
            reverse_one_short,
        ),
        Mistake(
            "lot-retourne",
            "Chaque séquence est juste, mais l'ordre des séquences du lot a changé aussi.",
            reverse_batch,
        ),
        Mistake(
            "traits-retournes",
            "Vous retournez l'axe des traits : c'est celui du temps, le premier, qu'il faut retourner.",
            reverse_features,
        ),
    ),
)


# --- bidirectionnel-5 : qu'a lu chaque sortie ? -----------------------------------------------------------

Runner = Callable[[np.ndarray], np.ndarray]


def readings(run: Runner, inputs: np.ndarray) -> np.ndarray:
    before = run(inputs)
    table = np.zeros((len(inputs), len(inputs)), dtype=bool)
    for s in range(len(inputs)):
        changed = inputs.copy()
        changed[s] += 1.0
        table[:, s] = np.any(run(changed) != before, axis=1)
    return table


def readings_transposed(run, inputs):
    return readings(run, inputs).T


def readings_all_traits(run, inputs):
    before = run(inputs)
    table = np.zeros((len(inputs), len(inputs)), dtype=bool)
    for s in range(len(inputs)):
        changed = inputs.copy()
        changed[s] += 1.0
        table[:, s] = np.all(run(changed) != before, axis=1)
    return table


def readings_unchanged(run, inputs):
    return ~readings(run, inputs)


def readings_cumulative(run, inputs):
    before = run(inputs)
    table = np.zeros((len(inputs), len(inputs)), dtype=bool)
    changed = inputs.copy()
    for s in range(len(inputs)):
        changed[s] += 1.0
        table[:, s] = np.any(run(changed) != before, axis=1)
    return table


def readings_sizes(run, inputs):
    before = run(inputs)
    table = np.zeros((len(inputs), len(inputs)))
    for s in range(len(inputs)):
        changed = inputs.copy()
        changed[s] += 1.0
        table[:, s] = np.abs(run(changed) - before).max(axis=1)
    return table


def _reader(kind: str, ahead: Way, back: Way) -> Runner:
    """Une couche cachée : un sens, la lecture arrière, les deux, ou une fenêtre de deux pas."""

    def run(xs: np.ndarray) -> np.ndarray:
        if kind == "avant":
            return read_states(xs, *ahead)
        if kind == "arriere":
            return read_states(xs[::-1], *back)[::-1]
        if kind == "deux":
            return both_directions(xs, ahead, back)
        previous = np.concatenate([np.zeros_like(xs[:1]), xs[:-1]])
        return np.concatenate([xs, previous], axis=1)

    return run


def _readings_inputs(rng: np.random.Generator) -> Iterator[Case]:
    for kind in ("avant", "arriere", "deux", "fenetre"):
        d, n, steps = 2, 3, 5
        yield _reader(kind, _way(rng, d, n), _way(rng, d, n)), rng.normal(size=(steps, d))


READINGS = FunctionExercise(
    "bidirectionnel-5",
    "Qu'a lu chaque sortie ?",
    "experience",
    3,
    reference=readings,
    inputs=_readings_inputs,
    success="Ce tableau suffit à reconnaître le branchement d'une couche sans en lire le code.",
    mistakes=(
        Mistake(
            "transpose",
            "Votre tableau est transposé : la ligne est la sortie, la colonne est l'entrée changée.",
            readings_transposed,
        ),
        Mistake(
            "tous-les-traits",
            "Vous exigez que tous les traits de la sortie bougent : un seul suffit pour qu'elle dépende de "
            "l'entrée.",
            readings_all_traits,
        ),
        Mistake(
            "contraire",
            "Vrai et faux sont échangés : vrai veut dire que la sortie a bougé.",
            readings_unchanged,
        ),
        Mistake(
            "changements-gardes",
            "Vos changements s'ajoutent : à chaque colonne, repartez de l'entrée d'origine.",
            readings_cumulative,
        ),
        Mistake(
            "ampleurs",
            "Vous renvoyez l'ampleur du changement : on demande vrai ou faux.",
            readings_sizes,
        ),
    ),
)


EXERCISES = (SHAPES, SUMMARY, DIRECTIONS, REVERSE, READINGS)
