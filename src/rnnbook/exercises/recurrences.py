"""Exercices du chapitre 4, « Récurrences ».

Formes : `inputs` (temps, lot, d), `targets` (temps, lot, m), `o_0` et `o_prev` (lot, m), `x` (lot, d),
`W_xh` (n, d), `W_oh` (n, m), `W_ho` (m, n).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from rnnbook.exercises._model import Case, FunctionExercise, Mistake, ValueExercise

Array = np.ndarray[Any, np.dtype[Any]]
Step = Callable[[Array, Array], Array]


# --- recurrences-1 : compter ----------------------------------------------------------------------------


def counts() -> dict[str, Any]:
    d, n, m, steps = 5, 16, 3, 12
    shared = n * d + m * n + n + m
    return {
        "W_hh": (n, n),
        "W_oh": (n, m),
        "W_oo": (m, m),
        "etat_etat": shared + n * n,
        "sortie_etat": shared + n * m,
        "sortie_sortie": shared + m * m,
        "libre": steps,
        "force": 1,
    }


COUNT = ValueExercise(
    "recurrences-1",
    "Compter les boucles",
    "main",
    1,
    value=counts,
    mistakes=(
        Mistake(
            "transposee",
            "$W_{oh}$ va de la sortie vers l'état : elle reçoit 3 nombres et en donne 16. Lequel vient en "
            "premier dans sa forme ?",
            {"W_oh": (3, 16)},
        ),
        Mistake(
            "sortie-etat-pour-sortie-sortie",
            "$W_{oo}$ ne touche pas l'état : elle va de la sortie vers la sortie.",
            {"W_oo": (16, 3)},
        ),
        Mistake("sans-biais", "Il manque les biais dans vos comptes.", {"etat_etat": 384}),
        Mistake(
            "boucle-en-trop",
            "Un réseau de Jordan n'a pas de $W_{hh}$ : sa seule boucle passe par la sortie.",
            {"sortie_etat": 147 + 48 + 256},
        ),
        Mistake(
            "force-pas-a-pas",
            "Forcés, les pas ne s'attendent plus : toutes les cibles sont connues d'avance.",
            {"force": 12},
        ),
        Mistake(
            "libre-parallele",
            "En boucle libre, chaque pas attend la sortie du précédent.",
            {"libre": 1},
        ),
    ),
)


# --- recurrences-2 : un pas de Jordan -------------------------------------------------------------------


def jordan_step(
    x: Array, o_prev: Array, W_xh: Array, W_oh: Array, W_ho: Array, b_h: Array, b_o: Array
) -> Array:
    return np.tanh(x @ W_xh.T + o_prev @ W_oh.T + b_h) @ W_ho.T + b_o


def jordan_same_step(x, o_prev, W_xh, W_oh, W_ho, b_h, b_o):
    o = jordan_step(x, o_prev, W_xh, W_oh, W_ho, b_h, b_o)
    return jordan_step(x, o, W_xh, W_oh, W_ho, b_h, b_o)


def jordan_without_loop(x, o_prev, W_xh, W_oh, W_ho, b_h, b_o):
    return np.tanh(x @ W_xh.T + b_h) @ W_ho.T + b_o


def jordan_outside(x, o_prev, W_xh, W_oh, W_ho, b_h, b_o):
    return (np.tanh(x @ W_xh.T + b_h) + o_prev @ W_oh.T) @ W_ho.T + b_o


def jordan_on_output(x, o_prev, W_xh, W_oh, W_ho, b_h, b_o):
    return np.tanh(x @ W_xh.T + b_h) @ W_ho.T + o_prev + b_o


def jordan_tanh_output(x, o_prev, W_xh, W_oh, W_ho, b_h, b_o):
    return np.tanh(jordan_step(x, o_prev, W_xh, W_oh, W_ho, b_h, b_o))


def jordan_not_transposed(x, o_prev, W_xh, W_oh, W_ho, b_h, b_o):
    return np.tanh(x @ W_xh.T + o_prev @ W_oh + b_h) @ W_ho.T + b_o


def jordan_without_output_bias(x, o_prev, W_xh, W_oh, W_ho, b_h, b_o):
    return np.tanh(x @ W_xh.T + o_prev @ W_oh.T + b_h) @ W_ho.T


def jordan_returns_state(x, o_prev, W_xh, W_oh, W_ho, b_h, b_o):
    return np.tanh(x @ W_xh.T + o_prev @ W_oh.T + b_h)


def _weights(rng: np.random.Generator, d: int, n: int, m: int) -> tuple[Array, ...]:
    """W_xh, W_oh, W_ho, b_h, b_o, assez petits pour que tanh ne sature pas."""
    shapes = ((n, d), (n, m), (m, n), (n,), (m,))
    return tuple(0.5 * rng.normal(size=shape) for shape in shapes)


def _step_inputs(rng: np.random.Generator) -> Iterator[Case]:
    for batch, d, n, m in ((3, 2, 5, 4), (1, 4, 3, 2), (3, 3, 3, 3)):
        yield rng.normal(size=(batch, d)), rng.normal(size=(batch, m)), *_weights(rng, d, n, m)


STEP = FunctionExercise(
    "recurrences-2",
    "Un pas de Jordan",
    "code",
    1,
    reference=jordan_step,
    inputs=_step_inputs,
    mistakes=(
        Mistake(
            "sortie-du-pas",
            "Vous donnez à l'état la sortie du pas même, $o_t$ : la boucle porte $o_{t-1}$, celle du pas "
            "d'avant.",
            jordan_same_step,
        ),
        Mistake(
            "sans-boucle",
            "La sortie d'avant ne sert pas : sans elle, le réseau n'a aucune mémoire.",
            jordan_without_loop,
        ),
        Mistake(
            "hors-de-tanh",
            "La boucle s'ajoute dans la préactivation : elle passe par tanh.",
            jordan_outside,
        ),
        Mistake(
            "sur-la-sortie",
            "Vous ajoutez $o_{t-1}$ à la sortie, sans $W_{oh}$ : ce serait une boucle de la sortie vers la "
            "sortie.",
            jordan_on_output,
        ),
        Mistake(
            "tanh-en-sortie",
            "La sortie est une lecture linéaire de l'état : pas de tanh après $W_{ho}$.",
            jordan_tanh_output,
        ),
        Mistake(
            "w-oh-a-l-endroit",
            "Les exemples sont des lignes : `W_oh`, de forme (n, m), se transpose.",
            jordan_not_transposed,
        ),
        Mistake("sans-biais", "Il manque le biais de la sortie, `b_o`.", jordan_without_output_bias),
        Mistake("etat", "Vous renvoyez l'état : on demande la sortie du pas.", jordan_returns_state),
    ),
)


# --- recurrences-3 : forcer sans boucle -----------------------------------------------------------------


def teacher_forced(step: Step, inputs: Array, targets: Array, o_0: Array) -> Array:
    return step(inputs, np.concatenate([o_0[None], targets[:-1]]))


def forced_by_the_answer(step, inputs, targets, o_0):
    return step(inputs, targets)


def forced_from_zero(step, inputs, targets, o_0):
    return teacher_forced(step, inputs, targets, np.zeros_like(o_0))


def forced_rolled(step, inputs, targets, o_0):
    return step(inputs, np.roll(targets, 1, axis=0))


def forced_by_the_next(step, inputs, targets, o_0):
    return step(inputs, np.concatenate([targets[1:], o_0[None]]))


def free_running(step, inputs, targets, o_0):
    outputs, previous = [], o_0
    for x in inputs:
        previous = step(x, previous)
        outputs.append(previous)
    return np.stack(outputs)


def forced_one_by_one(step, inputs, targets, o_0):
    previous = [o_0, *targets[:-1]]
    return [step(x, y) for x, y in zip(inputs, previous, strict=True)]


def _make_step(rng: np.random.Generator, d: int, n: int, m: int) -> Step:
    W_xh, W_oh, W_ho, b_h, b_o = _weights(rng, d, n, m)

    def step(x: Array, previous: Array) -> Array:
        return jordan_step(x, previous, W_xh, W_oh, W_ho, b_h, b_o)

    return step


def _sequence_inputs(rng: np.random.Generator) -> Iterator[Case]:
    for steps, batch, d, n, m in ((6, 3, 2, 5, 2), (2, 1, 3, 4, 1), (4, 4, 3, 3, 3)):
        inputs, targets = rng.normal(size=(steps, batch, d)), rng.normal(size=(steps, batch, m))
        yield _make_step(rng, d, n, m), inputs, targets, rng.normal(size=(batch, m))


def _call_once(answer: Callable[..., Any], step: Step, inputs: Array, targets: Array, o_0: Array) -> Any:
    """Compte les appels à `step` : un seul est permis."""
    calls = []

    def counted(x: Array, previous: Array) -> Array:
        calls.append(np.shape(x))
        return step(x, previous)

    return answer(counted, inputs, targets, o_0), len(calls)


FORCED = FunctionExercise(
    "recurrences-3",
    "Forcer sans boucle",
    "code",
    2,
    reference=teacher_forced,
    inputs=_sequence_inputs,
    use=_call_once,
    outputs=("les sorties", "le nombre d'appels à `step`"),
    mistakes=(
        Mistake(
            "reponse-donnee",
            "Au pas $t$, vous donnez la cible $y_t$, celle qu'il faut deviner. On donne $y_{t-1}$.",
            forced_by_the_answer,
        ),
        Mistake(
            "o-0-oublie",
            "Le premier pas reçoit des zéros : il doit recevoir `o_0`.",
            forced_from_zero,
        ),
        Mistake(
            "rotation",
            "`np.roll` met la dernière cible au premier pas : elle n'existe pas encore.",
            forced_rolled,
        ),
        Mistake(
            "dans-l-autre-sens",
            "Vous décalez dans l'autre sens : le pas $t$ reçoit $y_{t+1}$, qui est dans l'avenir.",
            forced_by_the_next,
        ),
        Mistake(
            "boucle-libre",
            "Vous relisez les sorties du réseau : c'est la boucle libre, pas le forçage.",
            free_running,
        ),
        Mistake(
            "pas-a-pas",
            "Les valeurs sont justes, mais pas à pas : un seul appel à `step` suffit, sur toute la séquence.",
            forced_one_by_one,
        ),
    ),
)


# --- recurrences-4 : évaluer en boucle libre ------------------------------------------------------------


def free_running_error(step: Step, inputs: Array, targets: Array, o_0: Array) -> Array:
    previous, errors = o_0, []
    for x, y in zip(inputs, targets, strict=True):
        previous = step(x, previous)
        errors.append(np.mean((previous - y) ** 2))
    return np.array(errors)


def error_forced(step, inputs, targets, o_0):
    previous, errors = o_0, []
    for x, y in zip(inputs, targets, strict=True):
        o = step(x, previous)
        errors.append(np.mean((o - y) ** 2))
        previous = y
    return np.array(errors)


def error_frozen(step, inputs, targets, o_0):
    return np.array([np.mean((step(x, o_0) - y) ** 2) for x, y in zip(inputs, targets, strict=True)])


def error_averaged(step, inputs, targets, o_0):
    return np.mean(free_running_error(step, inputs, targets, o_0))


def error_root(step, inputs, targets, o_0):
    return free_running_error(step, inputs, targets, o_0) ** 0.5


def error_absolute(step, inputs, targets, o_0):
    outputs = free_running(step, inputs, targets, o_0)
    return np.abs(outputs - targets).mean(axis=(1, 2))


def error_one_late(step, inputs, targets, o_0):
    outputs = free_running(step, inputs, targets, o_0)
    previous = np.concatenate([o_0[None], outputs[:-1]])
    return ((previous - targets) ** 2).mean(axis=(1, 2))


FREE_ERROR = FunctionExercise(
    "recurrences-4",
    "Réparer une évaluation",
    "code",
    2,
    reference=free_running_error,
    inputs=_sequence_inputs,
    mistakes=(
        Mistake(
            "forcee",
            "Le réseau reçoit encore la bonne réponse du pas d'avant : c'est le forçage. Livré à lui-même, "
            "que relit-il ?",
            error_forced,
        ),
        Mistake(
            "figee",
            "Chaque pas reçoit `o_0` : la sortie d'un pas doit passer au suivant.",
            error_frozen,
        ),
        Mistake(
            "moyennee",
            "Vous moyennez aussi sur le temps : c'est pas à pas que l'on voit l'erreur grandir.",
            error_averaged,
        ),
        Mistake("racine", "On demande l'erreur quadratique, sans racine.", error_root),
        Mistake("absolue", "On demande la moyenne des carrés, pas des valeurs absolues.", error_absolute),
        Mistake(
            "un-pas-trop-tard",
            "Vous comparez la cible à la sortie du pas d'avant : calculez d'abord celle du pas.",
            error_one_late,
        ),
    ),
)


# --- recurrences-5 : l'interaction de deux instants -----------------------------------------------------


def interactions(sequences: Array, outputs: Array) -> Array:
    matrix = (sequences * outputs) @ sequences.T / len(outputs)
    np.fill_diagonal(matrix, 0.0)
    return matrix


def interactions_sum(sequences, outputs):
    return interactions(sequences, outputs) * len(outputs)


def interactions_with_diagonal(sequences, outputs):
    return (sequences * outputs) @ sequences.T / len(outputs)


def interactions_without_output(sequences, outputs):
    return interactions(sequences, np.ones_like(outputs))


def interactions_one_at_a_time(sequences, outputs):
    return np.outer(sequences @ outputs, sequences @ outputs) / len(outputs) ** 2


def interactions_over_time(sequences, outputs):
    matrix = (sequences * outputs) @ sequences.T / len(sequences)
    np.fill_diagonal(matrix, 0.0)
    return matrix


def interactions_absolute(sequences, outputs):
    return np.abs(interactions(sequences, outputs))


def _interaction_inputs(rng: np.random.Generator) -> Iterator[Case]:
    for steps in (3, 5):
        sequences = np.array(np.meshgrid(*[[-1.0, 1.0]] * steps)).reshape(steps, -1)
        yield sequences, rng.normal(size=2**steps)
    yield sequences, sequences[0] * sequences[2] - 0.5 * sequences[1]


INTERACTIONS = FunctionExercise(
    "recurrences-5",
    "Deux instants se rencontrent-ils ?",
    "experience",
    3,
    reference=interactions,
    inputs=_interaction_inputs,
    mistakes=(
        Mistake("somme", "Vous avez sommé sur les suites : on demande une moyenne.", interactions_sum),
        Mistake(
            "diagonale",
            "La diagonale doit être nulle : $x_i^2$ vaut toujours 1, ce n'est pas une interaction.",
            interactions_with_diagonal,
        ),
        Mistake(
            "sans-la-sortie",
            "La sortie n'entre pas dans votre moyenne : on demande celle de $x_i x_j o_T$.",
            interactions_without_output,
        ),
        Mistake(
            "produit-de-moyennes",
            "Le produit de deux moyennes n'est pas la moyenne du produit.",
            interactions_one_at_a_time,
        ),
        Mistake(
            "divise-par-le-temps",
            "Vous divisez par le nombre de pas : la moyenne porte sur les suites.",
            interactions_over_time,
        ),
        Mistake("valeur-absolue", "Gardez le signe de chaque interaction.", interactions_absolute),
    ),
)


EXERCISES = (COUNT, STEP, FORCED, FREE_ERROR, INTERACTIONS)
