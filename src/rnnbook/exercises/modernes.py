"""Exercices du chapitre 20, « Récurrences modernes ».

Formes, sauf mention contraire : `a` et `b` (temps, n), des tableaux NumPy.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from rnnbook.exercises._model import Case, FunctionExercise, Mistake, ValueExercise

Pair = tuple[np.ndarray, np.ndarray]


# --- modernes-1 : profondeur et travail -------------------------------------------------------------------


def depth_and_work() -> dict[str, Any]:
    steps, n = 1024, 64
    return {
        "profondeur_boucle": steps,
        "profondeur_balayage": 10,
        "mingru": 2 * n * (n + 1),
        "gru": 3 * n * (2 * n + 2),
        "egalite": 3 * n // 2,
    }


COUNT = ValueExercise(
    "modernes-1",
    "Profondeur, paramètres, coût d'un jeton",
    "main",
    1,
    value=depth_and_work,
    mistakes=(
        Mistake(
            "logarithme-naturel",
            "Le nombre de tours est un logarithme en base 2 : la portée double à chaque tour.",
            {"profondeur_balayage": 7},
        ),
        Mistake(
            "moitie",
            "La portée double à chaque tour ; elle n'avance pas d'un pas à la fois.",
            {"profondeur_balayage": 512},
        ),
        Mistake(
            "matrice-recurrente",
            "minGRU n'a pas de matrice récurrente : ses deux blocs ne lisent que l'entrée.",
            {"mingru": 2 * 64 * (64 + 64 + 1)},
        ),
        Mistake(
            "un-biais",
            "`torch.nn.GRU` a deux biais par bloc.",
            {"gru": 3 * 64 * (2 * 64 + 1)},
        ),
        Mistake(
            "sans-projections",
            "Pour l'attention, ajoutez les trois projections du jeton, $3n^2$ multiplications.",
            {"egalite": 3 * 64},
        ),
    ),
)


# --- modernes-2 : composer deux pas -------------------------------------------------------------------------


def compose(first: Pair, second: Pair) -> Pair:
    return second[0] * first[0], second[0] * first[1] + second[1]


def compose_reversed(first, second):
    return compose(second, first)


def compose_sum(first, second):
    return second[0] * first[0], first[1] + second[1]


def compose_wrong_factor(first, second):
    return second[0] * first[0], first[0] * first[1] + second[1]


def compose_added_factors(first, second):
    return second[0] + first[0], second[0] * first[1] + second[1]


def compose_product(first, second):
    return second[0] * first[0], second[1] * first[1]


def _pairs(rng: np.random.Generator) -> Iterator[Case]:
    for n in (1, 3, 5):
        yield tuple((rng.normal(size=n), rng.normal(size=n)) for _ in range(2))


COMPOSE = FunctionExercise(
    "modernes-2",
    "Composer deux pas",
    "code",
    1,
    reference=compose,
    inputs=_pairs,
    outputs=("a", "b"),
    mistakes=(
        Mistake(
            "a-l-envers",
            "Vous composez dans l'autre ordre : `second` s'applique au résultat de `first`.",
            compose_reversed,
        ),
        Mistake(
            "ajouts-seuls",
            "L'ajout du premier pas est multiplié par le facteur du second, comme le reste de l'état.",
            compose_sum,
        ),
        Mistake(
            "mauvais-facteur",
            "L'ajout du premier pas est multiplié par le facteur du **second**, pas par le sien.",
            compose_wrong_factor,
        ),
        Mistake(
            "facteurs-ajoutes",
            "Deux facteurs de suite se multiplient ; ils ne s'ajoutent pas.",
            compose_added_factors,
        ),
        Mistake(
            "ajouts-multiplies",
            "Les ajouts ne se multiplient pas : remplacez $h$ par $a_1 h + b_1$ dans $a_2 h + b_2$.",
            compose_product,
        ),
    ),
)


# --- modernes-3 : réparer un balayage -----------------------------------------------------------------------


def scan(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    reach = 1
    while reach < len(a):
        new_b = a[reach:] * b[:-reach] + b[reach:]
        new_a = a[reach:] * a[:-reach]
        a, b = np.concatenate([a[:reach], new_a]), np.concatenate([b[:reach], new_b])
        reach *= 2
    return b


def scan_stale_factors(a, b):
    reach = 1
    while reach < len(a):
        new_b = a[reach:] * b[:-reach] + b[reach:]
        b = np.concatenate([b[:reach], new_b])
        reach *= 2
    return b


def scan_linear_reach(a, b):
    reach = 1
    while reach < len(a):
        new_b = a[reach:] * b[:-reach] + b[reach:]
        new_a = a[reach:] * a[:-reach]
        a, b = np.concatenate([a[:reach], new_a]), np.concatenate([b[:reach], new_b])
        reach += 1
    return b


def scan_one_turn_short(a, b):
    reach = 1
    while 2 * reach < len(a):
        new_b = a[reach:] * b[:-reach] + b[reach:]
        new_a = a[reach:] * a[:-reach]
        a, b = np.concatenate([a[:reach], new_a]), np.concatenate([b[:reach], new_b])
        reach *= 2
    return b


def scan_factors_first(a, b):
    reach = 1
    while reach < len(a):
        a = np.concatenate([a[:reach], a[reach:] * a[:-reach]])
        b = np.concatenate([b[:reach], a[reach:] * b[:-reach] + b[reach:]])
        reach *= 2
    return b


def scan_cumulated(a, b):
    return np.cumsum(b, axis=0)


def _scan_inputs(rng: np.random.Generator) -> Iterator[Case]:
    for steps, n in ((8, 2), (13, 3), (6, 1)):
        yield rng.uniform(0.5, 1, size=(steps, n)), rng.normal(size=(steps, n))


REPAIR = FunctionExercise(
    "modernes-3",
    "Réparer un balayage",
    "code",
    2,
    reference=scan,
    inputs=_scan_inputs,
    mistakes=(
        Mistake(
            "facteurs-perimes",
            "Les facteurs `a` ne sont pas composés : après un tour, chaque pas couvre deux pas et son "
            "facteur doit être celui des deux.",
            scan_stale_factors,
        ),
        Mistake(
            "portee-plus-un",
            "La portée augmente de un au lieu de doubler : des pas sont comptés deux fois.",
            scan_linear_reach,
        ),
        Mistake(
            "un-tour-de-moins",
            "Il manque un tour : les derniers pas ne couvrent pas toute la suite.",
            scan_one_turn_short,
        ),
        Mistake(
            "facteurs-trop-tot",
            "Vous mettez `a` à jour avant de vous en servir pour `b` : les deux doivent lire l'ancien `a`.",
            scan_factors_first,
        ),
        Mistake(
            "somme-cumulee",
            "Une somme cumulée oublie les facteurs : elle ne vaut que si tous les $a_t$ sont égaux à 1.",
            scan_cumulated,
        ),
    ),
)


# --- modernes-4 : la portée d'un noyau ----------------------------------------------------------------------


def reach_of(a: float, share: float) -> int:
    kernel = np.abs(a) ** np.arange(100_000)
    total = np.cumsum(kernel) / kernel.sum()
    return int(np.argmax(total >= share)) + 1


def reach_off_by_one(a, share):
    return reach_of(a, share) - 1


def reach_of_value(a, share):
    kernel = np.abs(a) ** np.arange(100_000)
    return int(np.argmax(kernel <= share))


def reach_time_constant(a, share):
    return round(1 / (1 - abs(a)))


def reach_squared(a, share):
    return reach_of(a * a, share)


def _reach_inputs(rng: np.random.Generator) -> Iterator[Case]:
    for a, share in ((0.9, 0.95), (0.99, 0.5), (0.5, 0.9), (0.999, 0.7)):
        yield a + float(rng.uniform(0, 5e-4)), share


REACH = FunctionExercise(
    "modernes-4",
    "Jusqu'où voit un noyau ?",
    "experience",
    2,
    reference=reach_of,
    inputs=_reach_inputs,
    mistakes=(
        Mistake(
            "un-de-moins",
            "Il manque un : le noyau commence au retard 0, donc les retards 0 à k font k + 1 pas.",
            reach_off_by_one,
        ),
        Mistake(
            "valeur-au-lieu-de-somme",
            "Vous regardez quand le noyau passe sous la part ; on demande quand sa somme l'atteint.",
            reach_of_value,
        ),
        Mistake(
            "constante-de-temps",
            "$1/(1-a)$ est un bon ordre de grandeur, mais il ne dépend pas de la part demandée.",
            reach_time_constant,
        ),
        Mistake("carre", "Vous avez sommé les carrés du noyau ; on demande ses valeurs.", reach_squared),
    ),
)


# --- modernes-5 : minGRU par balayage -----------------------------------------------------------------------


def mingru(
    x: np.ndarray, h_0: np.ndarray, W_z: np.ndarray, b_z: np.ndarray, W_h: np.ndarray, b_h: np.ndarray
) -> np.ndarray:
    z = 1 / (1 + np.exp(-(x @ W_z.T + b_z)))
    b = z * (x @ W_h.T + b_h)
    a = 1 - z
    b = np.concatenate([(a[0] * h_0 + b[0])[None], b[1:]])
    return scan(a, b)


def mingru_keeps_past(x, h_0, W_z, b_z, W_h, b_h):
    return mingru(x, h_0, -W_z, -b_z, W_h, b_h)


def mingru_without_start(x, h_0, W_z, b_z, W_h, b_h):
    return mingru(x, np.zeros_like(h_0), W_z, b_z, W_h, b_h)


def mingru_raw_start(x, h_0, W_z, b_z, W_h, b_h):
    z = 1 / (1 + np.exp(-(x @ W_z.T + b_z)))
    b = z * (x @ W_h.T + b_h)
    return scan(1 - z, np.concatenate([(h_0 + b[0])[None], b[1:]]))


def mingru_unweighted(x, h_0, W_z, b_z, W_h, b_h):
    z = 1 / (1 + np.exp(-(x @ W_z.T + b_z)))
    b = x @ W_h.T + b_h
    a = 1 - z
    return scan(a, np.concatenate([(a[0] * h_0 + b[0])[None], b[1:]]))


def mingru_tanh(x, h_0, W_z, b_z, W_h, b_h):
    z = 1 / (1 + np.exp(-(x @ W_z.T + b_z)))
    b, a = z * np.tanh(x @ W_h.T + b_h), 1 - z
    return scan(a, np.concatenate([(a[0] * h_0 + b[0])[None], b[1:]]))


def _mingru_inputs(rng: np.random.Generator) -> Iterator[Case]:
    for steps, d, n in ((9, 3, 4), (16, 2, 2), (5, 1, 3)):
        yield (
            rng.normal(size=(steps, d)),
            rng.normal(size=n),
            rng.normal(size=(n, d)),
            rng.normal(size=n),
            rng.normal(size=(n, d)),
            rng.normal(size=n),
        )


MINGRU = FunctionExercise(
    "modernes-5",
    "minGRU d'un seul coup",
    "code",
    3,
    reference=mingru,
    inputs=_mingru_inputs,
    success="Aucune boucle sur le temps : seulement une dizaine de tours.",
    mistakes=(
        Mistake(
            "garde-le-passe",
            "Votre $z$ garde le passé ; dans minGRU il garde le nouveau, donc $a_t = 1 - z_t$.",
            mingru_keeps_past,
        ),
        Mistake(
            "h-0-oublie",
            "L'état de départ `h_0` ne sert nulle part. Comment le faire entrer dans le premier pas ?",
            mingru_without_start,
        ),
        Mistake(
            "h-0-entier",
            "`h_0` entre dans le premier pas multiplié par $a_1$, pas tel quel.",
            mingru_raw_start,
        ),
        Mistake(
            "candidat-entier",
            "Il manque $z_t$ devant le candidat : $b_t = z_t \\odot \\tilde h_t$.",
            mingru_unweighted,
        ),
        Mistake("tanh", "Le candidat de minGRU est linéaire : il n'y a pas de tanh.", mingru_tanh),
    ),
)


EXERCISES = (COUNT, COMPOSE, REPAIR, REACH, MINGRU)
