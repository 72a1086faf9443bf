"""Exercices du chapitre 10, « GRU, et les trois face à face ».

Formes, sauf mention contraire : `x` (lot, d), `h` (lot, n), `W_x` (3n, d), `W_h` (3n, n), `b_x` et `b_h`
(3n,), blocs dans l'ordre de PyTorch : r, z, candidat.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from rnnbook.exercises._model import Case, FunctionExercise, Mistake, ValueExercise

Weights = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def _weights(rng: np.random.Generator, d: int, n: int) -> Weights:
    return (
        rng.normal(size=(3 * n, d)),
        rng.normal(size=(3 * n, n)),
        rng.normal(size=3 * n),
        rng.normal(size=3 * n),
    )


def _sigmoid(a: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-a))


# --- gru-1 : compter ------------------------------------------------------------------------------------


def counts() -> dict[str, Any]:
    d, n = 10, 20
    return {
        "weight_ih_l0": (3 * n, d),
        "weight_hh_l0": (3 * n, n),
        "torch": 3 * n * (d + n + 2),
        "keras_avant": 3 * n * (d + n + 1),
        "article": 3 * n * (d + n),
        "lstm": 4 * n * (d + n + 2),
    }


COUNT = ValueExercise(
    "gru-1",
    "Compter selon la convention",
    "main",
    1,
    value=counts,
    mistakes=(
        Mistake(
            "deux-blocs",
            "Vous n'avez compté que deux blocs : les deux portes. Le candidat a ses poids lui aussi.",
            {"torch": 2 * 20 * (10 + 20 + 2)},
        ),
        Mistake(
            "un-biais-torch",
            "`torch.nn.GRU` garde deux vecteurs de biais, `bias_ih_l0` et `bias_hh_l0`, de $3n$ nombres.",
            {"torch": 3 * 20 * (10 + 20 + 1)},
        ),
        Mistake(
            "deux-biais-keras",
            "Avec `reset_after=False`, Keras n'a qu'un biais par bloc : les deux s'additionneraient.",
            {"keras_avant": 3 * 20 * (10 + 20 + 2)},
        ),
        Mistake(
            "lstm-trois-blocs",
            "Un LSTM a quatre blocs : trois portes et un candidat.",
            {"lstm": 3 * 20 * (10 + 20 + 2)},
        ),
        Mistake(
            "transposee",
            "PyTorch range une matrice (sorties, entrées) : les $3n$ lignes d'abord.",
            {"weight_ih_l0": (10, 60)},
        ),
    ),
)


# --- gru-2 : un pas -------------------------------------------------------------------------------------


def gru_step(
    x: np.ndarray, h: np.ndarray, W_x: np.ndarray, W_h: np.ndarray, b_x: np.ndarray, b_h: np.ndarray
) -> np.ndarray:
    x_r, x_z, x_c = np.split(x @ W_x.T + b_x, 3, axis=1)
    h_r, h_z, h_c = np.split(h @ W_h.T + b_h, 3, axis=1)
    r, z = _sigmoid(x_r + h_r), _sigmoid(x_z + h_z)
    return z * h + (1 - z) * np.tanh(x_c + r * h_c)


def step_new(x, h, W_x, W_h, b_x, b_h):
    n = h.shape[1]
    sign = np.concatenate([np.ones(n), -np.ones(n), np.ones(n)])
    return gru_step(x, h, W_x * sign[:, None], W_h * sign[:, None], b_x * sign, b_h * sign)


def step_reset_before(x, h, W_x, W_h, b_x, b_h):
    n = h.shape[1]
    x_r, x_z, x_c = np.split(x @ W_x.T + b_x, 3, axis=1)
    h_r, h_z = np.split(h @ W_h[: 2 * n].T + b_h[: 2 * n], 2, axis=1)
    r, z = _sigmoid(x_r + h_r), _sigmoid(x_z + h_z)
    candidate = np.tanh(x_c + (r * h) @ W_h[2 * n :].T + b_h[2 * n :])
    return z * h + (1 - z) * candidate


def step_bias_outside(x, h, W_x, W_h, b_x, b_h):
    n = h.shape[1]
    inside = np.concatenate([b_h[: 2 * n], np.zeros(n)])
    outside = np.concatenate([np.zeros(2 * n), b_h[2 * n :]])
    return gru_step(x, h, W_x, W_h, b_x + outside, inside)


def step_no_reset(x, h, W_x, W_h, b_x, b_h):
    x_z, x_c = np.split(x @ W_x.T + b_x, 3, axis=1)[1:]
    h_z, h_c = np.split(h @ W_h.T + b_h, 3, axis=1)[1:]
    z = _sigmoid(x_z + h_z)
    return z * h + (1 - z) * np.tanh(x_c + h_c)


def step_swapped_gates(x, h, W_x, W_h, b_x, b_h):
    def swap(values: np.ndarray) -> np.ndarray:
        r, z, c = np.split(values, 3)
        return np.concatenate([z, r, c])

    return gru_step(x, h, swap(W_x), swap(W_h), swap(b_x), swap(b_h))


def step_sigmoid_candidate(x, h, W_x, W_h, b_x, b_h):
    x_r, x_z, x_c = np.split(x @ W_x.T + b_x, 3, axis=1)
    h_r, h_z, h_c = np.split(h @ W_h.T + b_h, 3, axis=1)
    r, z = _sigmoid(x_r + h_r), _sigmoid(x_z + h_z)
    return z * h + (1 - z) * _sigmoid(x_c + r * h_c)


def _step_inputs(rng: np.random.Generator) -> Iterator[Case]:
    for batch, d, n in ((3, 2, 4), (1, 5, 3), (2, 3, 3)):
        yield rng.normal(size=(batch, d)), rng.normal(size=(batch, n)), *_weights(rng, d, n)


STEP = FunctionExercise(
    "gru-2",
    "Un pas de GRU, à la PyTorch",
    "code",
    1,
    reference=gru_step,
    inputs=_step_inputs,
    mistakes=(
        Mistake(
            "signe-de-z",
            "Votre $z$ garde le nouveau : c'est la convention de Chung et al. PyTorch fait "
            "`z * h + (1 - z) * candidat`.",
            step_new,
        ),
        Mistake(
            "r-avant",
            "Vous multipliez l'état par $r$ avant le produit, comme Cho et al. PyTorch multiplie le résultat "
            "du produit, biais compris.",
            step_reset_before,
        ),
        Mistake(
            "biais-hors-de-r",
            "Le second biais du candidat est dans la parenthèse que $r$ multiplie ; vous l'en avez sorti.",
            step_bias_outside,
        ),
        Mistake(
            "sans-r",
            "La porte $r$ ne sert nulle part : elle filtre le passé que lit le candidat.",
            step_no_reset,
        ),
        Mistake(
            "portes-echangees",
            "Les blocs r et z sont échangés : l'ordre de PyTorch est r, z, candidat.",
            step_swapped_gates,
        ),
        Mistake(
            "candidat-sigmoide",
            "Le candidat passe par tanh, pas par la sigmoïde : il doit pouvoir être négatif.",
            step_sigmoid_candidate,
        ),
    ),
)


# --- gru-3 : reconnaître une forme ------------------------------------------------------------------------

Form = Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], np.ndarray]


def _form(x: np.ndarray, h: np.ndarray, W_x: np.ndarray, W_h: np.ndarray, *, before: bool, keeps: bool):
    """Une des quatre formes sans biais, blocs r, z, candidat."""
    x_r, x_z, x_c = np.split(x @ W_x.T, 3, axis=1)
    W_r, W_z, W_c = np.split(W_h, 3)
    r, z = _sigmoid(x_r + h @ W_r.T), _sigmoid(x_z + h @ W_z.T)
    candidate = np.tanh(x_c + ((r * h) @ W_c.T if before else r * (h @ W_c.T)))
    return z * h + (1 - z) * candidate if keeps else (1 - z) * h + z * candidate


def _probe(step: Form, W_c: np.ndarray, opened: float = 50.0) -> tuple[bool, bool]:
    """Ce que disent deux pas : z garde-t-il le passé ? le candidat lit-il l'autre unité après le filtre ?"""
    x, h = np.ones((1, 1)), np.array([[0.5, -0.5]])
    W_x, W_h = np.zeros((6, 1)), np.zeros((6, 2))
    W_x[2:4] = opened
    keeps = bool(np.allclose(step(x, h, W_x, W_h), h))
    W_x[2:4] = -opened if keeps else opened
    W_x[:2] = [[50.0], [-50.0]]  # r laisse passer l'unité 0, arrête l'unité 1
    W_h[4:] = W_c
    return keeps, bool(abs(step(x, h, W_x, W_h)[0, 0]) > 0.1)


EXCHANGE = np.array([[0.0, 1.0], [1.0, 0.0]])


def recognise(step: Form) -> tuple[str, str]:
    keeps, after = _probe(step, EXCHANGE)
    return "après" if after else "avant", "passé" if keeps else "nouveau"


def recognise_z_reversed(step):
    place, kept = recognise(step)
    return place, "nouveau" if kept == "passé" else "passé"


def recognise_r_reversed(step):
    place, kept = recognise(step)
    return "avant" if place == "après" else "après", kept


def recognise_diagonal(step):
    keeps, after = _probe(step, np.eye(2))
    return "après" if after else "avant", "passé" if keeps else "nouveau"


def recognise_open_reset(step):
    return "avant", recognise(step)[1]


def recognise_zero_state(step):
    x, h = np.ones((1, 1)), np.zeros((1, 2))
    keeps = np.allclose(step(x, h, np.zeros((6, 1)), np.zeros((6, 2))), h)
    return recognise(step)[0], "passé" if keeps else "nouveau"


def recognise_swapped(step):
    return recognise(step)[::-1]


UNACCENTED = "Il ne manque que les accents : écrivez vos chaînes comme celles de l'énoncé."


def recognise_unaccented(step, *, spared):
    return tuple(
        word if word == spared else word.replace("è", "e").replace("é", "e") for word in recognise(step)
    )


def _forms(rng: np.random.Generator) -> Iterator[Case]:
    choices = [(before, keeps) for before in (True, False) for keeps in (True, False)]
    for index in rng.permutation(len(choices)):
        before, keeps = choices[index]
        yield (partial(_form, before=before, keeps=keeps),)


RECOGNISE = FunctionExercise(
    "gru-3",
    "Une forme inconnue",
    "code",
    2,
    reference=recognise,
    inputs=_forms,
    outputs=("la place de r", "ce que garde z"),
    success="Quatre formes reconnues, à leurs seules réponses.",
    mistakes=(
        Mistake(
            "z-a-l-envers",
            "La place de $r$ est bonne, mais $z$ est lue à l'envers : si $z = 1$ rend l'état de départ, elle "
            "garde le passé.",
            recognise_z_reversed,
        ),
        Mistake(
            "r-a-l-envers",
            "$z$ est bien lue, mais la place de $r$ est à l'envers. Avant, $r$ filtre l'unité **lue** ; "
            "après, elle filtre l'unité qui **lit**.",
            recognise_r_reversed,
        ),
        Mistake(
            "matrice-diagonale",
            "Vous répondez « après » pour les quatre : ou bien votre matrice de candidat est diagonale et ne "
            "distingue pas les deux places, ou bien aucune porte $r$ n'est vraiment fermée. Faites lire à "
            "chaque unité l'état d'une autre.",
            recognise_diagonal,
        ),
        Mistake(
            "r-sans-effet",
            "Vous répondez « avant » pour les quatre : il faut une porte $r$ ouverte pour une unité et "
            "fermée pour une autre, et un état de départ non nul.",
            recognise_open_reset,
        ),
        Mistake(
            "etat-nul",
            "Vous répondez « passé » pour les quatre : d'un état nul, avec un candidat nul, rien ne "
            "distingue garder de remplacer.",
            recognise_zero_state,
        ),
        Mistake(
            "chaines-echangees",
            "Vos deux chaînes sont échangées : d'abord la place de $r$, ensuite ce que garde $z$.",
            recognise_swapped,
        ),
        Mistake("sans-accent", UNACCENTED, partial(recognise_unaccented, spared="")),
        Mistake("apres-sans-accent", UNACCENTED, partial(recognise_unaccented, spared="passé")),
        Mistake("passe-sans-accent", UNACCENTED, partial(recognise_unaccented, spared="après")),
    ),
)


# --- gru-4 : combien de temps une unité garde -------------------------------------------------------------


def half_life(b_z: float) -> int:
    z = 1 / (1 + np.exp(-b_z))
    kept, steps = 1.0, 0
    while kept > 0.5:
        kept, steps = kept * z, steps + 1
    return steps


def half_life_without_sigmoid(b_z):
    kept, steps = 1.0, 0
    while kept > 0.5 and steps < 1000:
        kept, steps = kept * min(abs(b_z) / (1 + abs(b_z)), 0.999), steps + 1
    return steps


def half_life_new(b_z):
    return half_life(-b_z)


def half_life_strict(b_z):
    return half_life(b_z) - 1


def half_life_tenth(b_z):
    z = 1 / (1 + np.exp(-b_z))
    return int(np.ceil(np.log(0.1) / np.log(z)))


def half_life_linear(b_z):
    z = 1 / (1 + np.exp(-b_z))
    return int(np.ceil(0.5 / (1 - z)))


def _biases(rng: np.random.Generator) -> Iterator[Case]:
    for b_z in (0.5, 1.0, 3.0, 5.0):
        yield (b_z + float(rng.uniform(0, 0.3)),)


HALF_LIFE = FunctionExercise(
    "gru-4",
    "Combien de temps garde-t-on ?",
    "experience",
    2,
    reference=half_life,
    inputs=_biases,
    mistakes=(
        Mistake(
            "sans-sigmoide",
            "$b_z$ n'est pas la porte : c'est ce qui entre dans la sigmoïde.",
            half_life_without_sigmoid,
        ),
        Mistake(
            "garde-le-nouveau",
            "Vous avez pris $1 - z$ pour la part gardée : ici $z$ garde le passé.",
            half_life_new,
        ),
        Mistake(
            "un-de-moins",
            "Il manque un pas : on demande le premier pas où il reste la moitié ou moins.",
            half_life_strict,
        ),
        Mistake(
            "un-dixieme", "Vous attendez qu'il reste un dixième ; on demande la moitié.", half_life_tenth
        ),
        Mistake(
            "perte-constante",
            "La perte n'est pas la même à chaque pas : ce qui reste est multiplié par $z$, encore et encore.",
            half_life_linear,
        ),
    ),
)


# --- gru-5 : la jacobienne d'un pas -----------------------------------------------------------------------


def gru_jacobian(
    x: np.ndarray, h: np.ndarray, W_x: np.ndarray, W_h: np.ndarray, b_x: np.ndarray, b_h: np.ndarray
) -> np.ndarray:
    r, z, u, c, (W_r, W_z, W_c) = _parts(x, h, W_x, W_h, b_x, b_h)
    d_r, d_z = (r * (1 - r))[:, None] * W_r, (z * (1 - z))[:, None] * W_z
    d_c = (1 - c**2)[:, None] * (u[:, None] * d_r + r[:, None] * W_c)
    return np.diag(z) + (h - c)[:, None] * d_z + (1 - z)[:, None] * d_c


def _parts(x, h, W_x, W_h, b_x, b_h):
    x_r, x_z, x_c = np.split(W_x @ x + b_x, 3)
    h_r, h_z, u = np.split(W_h @ h + b_h, 3)
    r, z = _sigmoid(x_r + h_r), _sigmoid(x_z + h_z)
    return r, z, u, np.tanh(x_c + r * u), np.split(W_h, 3)


def jacobian_copy_only(x, h, W_x, W_h, b_x, b_h):
    return np.diag(_parts(x, h, W_x, W_h, b_x, b_h)[1])


def jacobian_frozen_gates(x, h, W_x, W_h, b_x, b_h):
    r, z, _, c, (_, _, W_c) = _parts(x, h, W_x, W_h, b_x, b_h)
    return np.diag(z) + ((1 - z) * (1 - c**2) * r)[:, None] * W_c


def jacobian_without_reset_path(x, h, W_x, W_h, b_x, b_h):
    _, z, _, c, (_, W_z, _) = _parts(x, h, W_x, W_h, b_x, b_h)
    return jacobian_frozen_gates(x, h, W_x, W_h, b_x, b_h) + ((h - c) * z * (1 - z))[:, None] * W_z


def jacobian_transposed(x, h, W_x, W_h, b_x, b_h):
    return gru_jacobian(x, h, W_x, W_h, b_x, b_h).T


def jacobian_sign(x, h, W_x, W_h, b_x, b_h):
    _, z, _, c, (_, W_z, _) = _parts(x, h, W_x, W_h, b_x, b_h)
    return gru_jacobian(x, h, W_x, W_h, b_x, b_h) - 2 * ((h - c) * z * (1 - z))[:, None] * W_z


def _jacobian_inputs(rng: np.random.Generator) -> Iterator[Case]:
    for d, n in ((2, 4), (5, 3), (3, 3)):
        yield rng.normal(size=d), rng.uniform(-1, 1, size=n), *_weights(rng, d, n)


JACOBIAN = FunctionExercise(
    "gru-5",
    "La jacobienne d'un pas",
    "code",
    3,
    reference=gru_jacobian,
    inputs=_jacobian_inputs,
    success="Le terme diag(z) est le chemin direct ; les deux autres passent par les matrices.",
    mistakes=(
        Mistake(
            "copie-seule",
            "Il ne reste que la copie, diag(z) : l'état agit aussi par les portes et par le candidat.",
            jacobian_copy_only,
        ),
        Mistake(
            "portes-figees",
            "Vous dérivez à portes fixes : $r$ et $z$ dépendent elles aussi de $h_{t-1}$.",
            jacobian_frozen_gates,
        ),
        Mistake(
            "r-figee",
            "Il manque le chemin par $r$ : le candidat contient $r \\odot u$, un produit à dériver des deux "
            "côtés.",
            jacobian_without_reset_path,
        ),
        Mistake(
            "transposee",
            "Votre matrice est la transposée : la ligne i donne les dérivées de l'unité i du nouvel état.",
            jacobian_transposed,
        ),
        Mistake(
            "signe-de-z",
            "Le chemin par $z$ a le mauvais signe : la dérivée de $z h + (1 - z) \\tilde h$ par $z$ est "
            "$h - \\tilde h$.",
            jacobian_sign,
        ),
    ),
)


EXERCISES = (COUNT, STEP, RECOGNISE, HALF_LIFE, JACOBIAN)
