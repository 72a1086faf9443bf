"""Exercices du chapitre 13, « Dans la tête d'un RNN ».

Formes : `states` (mesures, n) ; `quantity` et `tokens` (mesures,) ; `W_hh` (n, n) ; `h`, `b` (n,).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from rnnbook import dynamics
from rnnbook.exercises._model import Case, FunctionExercise, Mistake, ValueExercise

# --- interpretation-1 : points fixes d'un neurone ------------------------------------------------------


def one_neuron() -> dict[str, float]:
    return {
        "jacobienne_faible": 0.5,
        "jacobienne_forte": 2.0,
        "points_faible": 1,
        "stables_faible": 1,
        "points_forte": 3,
        "stables_forte": 2,
        "jacobienne_au_souvenir": (1 - 0.9575**2) * 2,
    }


NEURON = ValueExercise(
    "interpretation-1",
    "Points fixes d'un neurone",
    "main",
    1,
    value=one_neuron,
    rtol=1e-2,
    mistakes=(
        Mistake(
            "pente-de-w",
            "En $h^* = 0$, la pente de tanh vaut 1 : la jacobienne est $w$ tout court, sans tanh.",
            {"jacobienne_faible": float(np.tanh(0.5)), "jacobienne_forte": float(np.tanh(2.0))},
        ),
        Mistake(
            "souvenir-unique",
            "Si $h^*$ est un point fixe, $-h^*$ en est un aussi, car tanh est impaire.",
            {"points_forte": 2},
        ),
        Mistake(
            "tous-stables",
            "En 0, la jacobienne vaut 2 : ce point-là repousse.",
            {"stables_forte": 3},
        ),
        Mistake(
            "deux-souvenirs-oublies",
            "Avec $w = 2$, zéro est instable : l'état finit ailleurs, en deux points.",
            {"points_forte": 1, "stables_forte": 0},
        ),
        Mistake(
            "sans-la-pente",
            "Hors de zéro, tanh n'a plus la pente 1 : multipliez $w$ par $1 - h^{*2}$.",
            {"jacobienne_au_souvenir": 2.0},
        ),
        Mistake(
            "pente-sans-w",
            "Vous donnez la pente de tanh seule : il manque le facteur $w$.",
            {"jacobienne_au_souvenir": 1 - 0.9575**2},
        ),
    ),
)


# --- interpretation-2 : choisir l'unité qui compte -----------------------------------------------------


def best_unit(states: np.ndarray, quantity: np.ndarray) -> tuple[np.ndarray, int]:
    r2 = np.array([np.corrcoef(unit, quantity)[0, 1] ** 2 for unit in states.T])
    return r2, int(r2.argmax())


def best_unit_signed(states, quantity):
    r = np.array([np.corrcoef(unit, quantity)[0, 1] for unit in states.T])
    return r, int(r.argmax())


def best_unit_absolute(states, quantity):
    r = np.array([abs(np.corrcoef(unit, quantity)[0, 1]) for unit in states.T])
    return r, int(r.argmax())


def best_unit_signed_choice(states, quantity):
    r = np.array([np.corrcoef(unit, quantity)[0, 1] for unit in states.T])
    return r**2, int(r.argmax())


def best_unit_covariance(states, quantity):
    c = np.array([np.cov(unit, quantity)[0, 1] ** 2 for unit in states.T])
    return c, int(c.argmax())


def best_unit_from_one(states, quantity):
    r2, best = best_unit(states, quantity)
    return r2, best + 1


def best_unit_worst(states, quantity):
    r2, _ = best_unit(states, quantity)
    return r2, int(r2.argmin())


def best_unit_wrong_axis(states, quantity):
    r2 = np.array([np.corrcoef(row, quantity)[0, 1] ** 2 for row in states])
    return r2, int(r2.argmax())


def _unit_inputs(rng: np.random.Generator) -> Iterator[Case]:
    for count, n, chosen in ((30, 4, 2), (20, 3, 0), (5, 5, 4)):
        quantity = rng.normal(size=count)
        states = rng.normal(size=(count, n)) * np.linspace(5, 0.5, n)
        states[:, chosen] = -0.2 * quantity + 0.02 * rng.normal(size=count)
        yield states, quantity


BEST_UNIT = FunctionExercise(
    "interpretation-2",
    "Choisir l'unité qui compte",
    "code",
    1,
    reference=best_unit,
    inputs=_unit_inputs,
    outputs=("r2", "best"),
    mistakes=(
        Mistake(
            "sans-carre",
            "Vous renvoyez la corrélation : une unité qui décompte y serait classée dernière. Élevez au "
            "carré.",
            best_unit_signed,
        ),
        Mistake(
            "valeur-absolue",
            "La meilleure unité est la bonne, mais le $R^2$ est le carré de la corrélation, pas sa valeur "
            "absolue.",
            best_unit_absolute,
        ),
        Mistake(
            "choix-signe",
            "Les $R^2$ sont justes, mais vous choisissez l'unité d'après la corrélation signée : prenez le "
            "plus grand $R^2$.",
            best_unit_signed_choice,
        ),
        Mistake(
            "covariance",
            "La covariance dépend de l'échelle : une unité qui varie beaucoup y gagne toujours.",
            best_unit_covariance,
        ),
        Mistake("depuis-1", "Le numéro se compte depuis 0, comme un indice.", best_unit_from_one),
        Mistake("la-pire", "Vous renvoyez l'unité qui suit le moins bien la grandeur.", best_unit_worst),
        Mistake(
            "mauvais-axe",
            "Une unité est une colonne de `states` : les lignes sont les mesures.",
            best_unit_wrong_axis,
        ),
    ),
)


# --- interpretation-3 : réparer une ablation -----------------------------------------------------------


def run_ablated(
    inputs: np.ndarray, W_xh: np.ndarray, W_hh: np.ndarray, b_h: np.ndarray, unit: int, value: float
) -> np.ndarray:
    h, states = np.zeros(len(b_h)), []
    for x in inputs:
        h = np.tanh(W_xh @ x + W_hh @ h + b_h)
        h[unit] = value
        states.append(h)
    return np.stack(states)


def run_ablated_late(inputs, W_xh, W_hh, b_h, unit, value):
    h, states = np.zeros(len(b_h)), []
    for x in inputs:
        h = np.tanh(W_xh @ x + W_hh @ h + b_h)
        states.append(h)
    table = np.stack(states)
    table[:, unit] = value
    return table


def run_ablated_before(inputs, W_xh, W_hh, b_h, unit, value):
    h, states = np.zeros(len(b_h)), []
    for x in inputs:
        h = h.copy()
        h[unit] = value
        h = np.tanh(W_xh @ x + W_hh @ h + b_h)
        states.append(h)
    return np.stack(states)


def run_ablated_zero(inputs, W_xh, W_hh, b_h, unit, value):
    return run_ablated(inputs, W_xh, W_hh, b_h, unit, 0.0)


def run_ablated_last_only(inputs, W_xh, W_hh, b_h, unit, value):
    h, states = np.zeros(len(b_h)), []
    for x in inputs:
        h = np.tanh(W_xh @ x + W_hh @ h + b_h)
        states.append(h)
    states[-1][unit] = value
    return np.stack(states)


def run_ablated_row_cut(inputs, W_xh, W_hh, b_h, unit, value):
    h, states = np.zeros(len(b_h)), []
    cut = W_hh.copy()
    cut[:, unit] = 0.0
    for x in inputs:
        h = np.tanh(W_xh @ x + cut @ h + b_h)
        h[unit] = value
        states.append(h)
    return np.stack(states)


def _ablated_inputs(rng: np.random.Generator) -> Iterator[Case]:
    for steps, d, n, unit in ((6, 2, 4, 1), (5, 3, 3, 0), (4, 1, 2, 1)):
        yield (
            rng.normal(size=(steps, d)),
            rng.normal(size=(n, d)) * 0.6,
            rng.normal(size=(n, n)) * 0.6,
            rng.normal(size=n) * 0.3,
            unit,
            0.7,
        )


ABLATED = FunctionExercise(
    "interpretation-3",
    "Réparer une ablation",
    "code",
    2,
    reference=run_ablated,
    inputs=_ablated_inputs,
    mistakes=(
        Mistake(
            "trop-tard",
            "Vous figez l'unité après la boucle : pendant la boucle, les autres unités l'ont lue intacte.",
            run_ablated_late,
        ),
        Mistake(
            "avant-le-pas",
            "L'unité est figée avant le pas, qui la recalcule aussitôt : les états rendus ne sont pas "
            "figés, et le premier pas part d'un état faux.",
            run_ablated_before,
        ),
        Mistake("a-zero", "Vous figez l'unité à 0 : on demande `value`.", run_ablated_zero),
        Mistake(
            "au-dernier-pas",
            "L'unité n'est figée qu'au dernier pas : il faut le faire à chaque pas.",
            run_ablated_last_only,
        ),
        Mistake(
            "colonne-coupee",
            "Vous coupez les poids qui lisent l'unité : elle vaut alors 0 pour les autres, et non `value`.",
            run_ablated_row_cut,
        ),
    ),
)


# --- interpretation-4 : un tour de Newton --------------------------------------------------------------


def newton_turn(h: np.ndarray, W_hh: np.ndarray, b: np.ndarray) -> np.ndarray:
    moved = np.tanh(W_hh @ h + b)
    J = (1 - moved**2)[:, None] * W_hh
    return h - np.linalg.solve(J - np.eye(len(h)), moved - h)


def newton_wrong_slope(h, W_hh, b):
    moved = np.tanh(W_hh @ h + b)
    J = (1 - h**2)[:, None] * W_hh
    return h - np.linalg.solve(J - np.eye(len(h)), moved - h)


def newton_columns(h, W_hh, b):
    moved = np.tanh(W_hh @ h + b)
    J = (1 - moved**2)[None, :] * W_hh
    return h - np.linalg.solve(J - np.eye(len(h)), moved - h)


def newton_without_identity(h, W_hh, b):
    moved = np.tanh(W_hh @ h + b)
    J = (1 - moved**2)[:, None] * W_hh
    return h - np.linalg.solve(J, moved - h)


def newton_plus(h, W_hh, b):
    moved = np.tanh(W_hh @ h + b)
    J = (1 - moved**2)[:, None] * W_hh
    return h + np.linalg.solve(J - np.eye(len(h)), moved - h)


def newton_step_only(h, W_hh, b):
    return np.tanh(W_hh @ h + b)


def newton_no_slope(h, W_hh, b):
    moved = np.tanh(W_hh @ h + b)
    return h - np.linalg.solve(W_hh - np.eye(len(h)), moved - h)


def _newton_inputs(rng: np.random.Generator) -> Iterator[Case]:
    for n in (2, 3, 4):
        yield rng.uniform(-0.8, 0.8, n), rng.normal(size=(n, n)), rng.normal(size=n) * 0.5


NEWTON = FunctionExercise(
    "interpretation-4",
    "Un tour de Newton",
    "code",
    2,
    reference=newton_turn,
    inputs=_newton_inputs,
    mistakes=(
        Mistake(
            "pente-de-h",
            "La pente de tanh est $1 - F(h)^2$, avec la sortie ; $1 - h^2$ ne vaut qu'au point fixe.",
            newton_wrong_slope,
        ),
        Mistake(
            "colonnes",
            "La pente multiplie les lignes de `W_hh` : une par unité d'arrivée.",
            newton_columns,
        ),
        Mistake(
            "sans-identite",
            "On cherche un zéro de $F(h) - h$ : sa jacobienne est $J - I$.",
            newton_without_identity,
        ),
        Mistake("mauvais-signe", "Le déplacement de Newton se retranche.", newton_plus),
        Mistake(
            "un-pas-du-reseau",
            "Vous appliquez un pas du réseau : il ne mène qu'aux points stables. Newton trouve aussi les "
            "autres.",
            newton_step_only,
        ),
        Mistake("sans-pente", "Il manque la pente de tanh dans la jacobienne.", newton_no_slope),
    ),
)


# --- interpretation-5 : une tâche témoin ---------------------------------------------------------------


def control_task(tokens: np.ndarray, labels: np.ndarray, permutation: np.ndarray) -> np.ndarray:
    return labels[permutation][tokens]


def control_true(tokens, labels, permutation):
    return labels[tokens]


def control_of_measures(tokens, labels, permutation):
    return labels[tokens][np.argsort(permutation[tokens % len(permutation)], kind="stable")]


def control_permuted_tokens(tokens, labels, permutation):
    return labels[np.argsort(permutation)][tokens]


def control_types_only(tokens, labels, permutation):
    return labels[permutation]


def control_inverted(tokens, labels, permutation):
    return ~labels[permutation][tokens]


def control_permutation(tokens, labels, permutation):
    return permutation[tokens]


def _control_inputs(rng: np.random.Generator) -> Iterator[Case]:
    for count, types in ((20, 7), (15, 5), (9, 9)):
        labels = np.zeros(types, dtype=bool)
        labels[: types // 2] = True
        # Un grand cycle : ni l'identité, ni sa propre inverse.
        permutation = np.roll(rng.permutation(types), 2)
        yield rng.integers(types, size=count), rng.permutation(labels), permutation


CONTROL = FunctionExercise(
    "interpretation-5",
    "Une tâche témoin",
    "code",
    3,
    reference=control_task,
    inputs=_control_inputs,
    mistakes=(
        Mistake(
            "vraies-etiquettes",
            "Ce sont les vraies étiquettes : la permutation n'est pas employée.",
            control_true,
        ),
        Mistake(
            "mesures-melangees",
            "Un même jeton porte plusieurs étiquettes : vous mélangez les mesures, pas les types.",
            control_of_measures,
        ),
        Mistake(
            "a-l-envers",
            "La permutation est prise à l'envers : le type `i` reçoit l'étiquette du type `permutation[i]`.",
            control_permuted_tokens,
        ),
        Mistake(
            "types-seulement",
            "Vous renvoyez une étiquette par type : distribuez-les aux mesures avec `tokens`.",
            control_types_only,
        ),
        Mistake("inversees", "Vos étiquettes sont inversées.", control_inverted),
        Mistake(
            "numeros",
            "Vous renvoyez des numéros de types : il faut l'étiquette du type permuté.",
            control_permutation,
        ),
    ),
)


# --- interpretation-6 : quand naît un souvenir ? -------------------------------------------------------


def _points(A: np.ndarray, scale: float) -> list[dynamics.FixedPoint]:
    return dynamics.fixed_points(dynamics.tanh_step(scale * A, np.zeros(2)), dynamics.grid(-1, 1, 9))


def stable_count(A: np.ndarray, scale: float) -> int:
    return sum(point.kind == "stable" for point in _points(A, scale))


def stable_count_all(A, scale):
    return len(_points(A, scale))


def stable_count_without_scale(A, scale):
    return stable_count(A, 1.0)


def stable_count_real_part(A, scale):
    return sum(bool((point.eigenvalues.real < 1).all()) for point in _points(A, scale))


def stable_count_saddles(A, scale):
    return sum(point.kind == "selle" for point in _points(A, scale))


def stable_count_smallest(A, scale):
    return sum(bool(np.abs(point.eigenvalues).min() < 1) for point in _points(A, scale))


def _stable_inputs(rng: np.random.Generator) -> Iterator[Case]:
    A = np.array([[0.25, 0.75], [0.75, 0.25]])
    turn = np.array([[1.0, -0.6], [0.6, 1.0]])
    yield from ((A, 0.6), (A, 1.6), (np.eye(2), 2.0), (turn, 0.95), (-np.eye(2), 1.5))


STABLE = FunctionExercise(
    "interpretation-6",
    "Quand naît un souvenir ?",
    "experience",
    3,
    reference=stable_count,
    inputs=_stable_inputs,
    mistakes=(
        Mistake(
            "tous-les-points", "Vous comptez tous les points fixes : on veut les stables.", stable_count_all
        ),
        Mistake(
            "sans-echelle", "L'échelle n'est pas employée : la matrice est $s A$.", stable_count_without_scale
        ),
        Mistake(
            "partie-reelle",
            "En temps discret, c'est le module des valeurs propres qui compte, pas leur partie réelle : une "
            "valeur propre de −1,5 repousse.",
            stable_count_real_part,
        ),
        Mistake(
            "selles", "Vous comptez les selles, qui repoussent dans une direction.", stable_count_saddles
        ),
        Mistake(
            "une-seule-valeur",
            "Un point est stable si **toutes** les valeurs propres sont de module inférieur à 1.",
            stable_count_smallest,
        ),
    ),
)


EXERCISES = (NEURON, BEST_UNIT, ABLATED, NEWTON, CONTROL, STABLE)
