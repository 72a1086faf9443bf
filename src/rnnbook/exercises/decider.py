"""Exercices du chapitre 21, « Quand ne pas utiliser un RNN »."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from rnnbook.exercises._model import Case, FunctionExercise, Mistake, ValueExercise

# --- decider-1 : où les coûts se croisent ----------------------------------------------------------------


def costs() -> dict[str, Any]:
    step, start, slope, length = 2.0, 0.5, 0.0005, 3000
    attention = sum(start + slope * t for t in range(1, length + 1))
    return {
        "croisement": (step - start) / slope,
        "recurrence": length * step,
        "attention": attention,
        "moins_chere": "attention" if attention < length * step else "recurrence",
    }


COSTS = ValueExercise(
    "decider-1",
    "Où les coûts se croisent",
    "main",
    1,
    value=costs,
    mistakes=(
        Mistake(
            "sans-depart",
            "Vous avez oublié ce que l'attention coûte dès le premier jeton : retranchez-le d'abord.",
            {"croisement": 4000.0},
        ),
        Mistake(
            "dernier-jeton",
            "C'est 3 000 fois le prix du dernier jeton. Chaque jeton a le sien : additionnez-les.",
            {"attention": 3000 * (0.5 + 0.0005 * 3000)},
        ),
        Mistake(
            "sans-fixe",
            "Il manque la part fixe de l'attention, payée à chaque jeton.",
            {"attention": 0.0005 * 3000 * 3001 / 2},
        ),
        Mistake(
            "croisement-confondu",
            "Au croisement les prix d'un jeton sont égaux, pas les totaux : l'attention a coûté moins avant.",
            {"moins_chere": "recurrence"},
        ),
    ),
)


# --- decider-2 : une différence appariée -----------------------------------------------------------------


def paired_difference(first: np.ndarray, second: np.ndarray) -> tuple[float, float]:
    differences = first - second
    return float(differences.mean()), float(differences.std(ddof=1) / np.sqrt(len(differences)))


def paired_reversed(first, second):
    mean, error = paired_difference(first, second)
    return -mean, error


def paired_apart(first, second):
    variance = first.var(ddof=1) / len(first) + second.var(ddof=1) / len(second)
    return first.mean() - second.mean(), np.sqrt(variance)


def paired_deviation(first, second):
    differences = first - second
    return differences.mean(), differences.std(ddof=1)


def paired_population(first, second):
    differences = first - second
    return differences.mean(), differences.std() / np.sqrt(len(differences))


def _errors(rng: np.random.Generator) -> Iterator[Case]:
    for count in (5, 12, 40):
        hard = rng.gamma(2.0, 1.0, size=count)
        yield hard + rng.normal(scale=0.1, size=count), hard + rng.normal(scale=0.1, size=count) + 0.2


PAIRED = FunctionExercise(
    "decider-2",
    "Une différence appariée",
    "code",
    2,
    reference=paired_difference,
    inputs=_errors,
    outputs=("la moyenne", "l'erreur type"),
    mistakes=(
        Mistake("sens", "Le signe est inversé : premier moins second.", paired_reversed),
        Mistake(
            "separees",
            "Votre erreur type est celle de deux groupes sans lien : prenez d'abord la différence, exemple "
            "par exemple.",
            paired_apart,
        ),
        Mistake(
            "ecart-type",
            "C'est l'écart-type des différences : divisez-le par la racine de N pour l'erreur type.",
            paired_deviation,
        ),
        Mistake(
            "population",
            "Le dénominateur de l'écart-type est N − 1 (`ddof=1`), car la moyenne est estimée.",
            paired_population,
        ),
    ),
)


# --- decider-3 : une tolérance mesurée -------------------------------------------------------------------

Losses = dict[int, np.ndarray]


def simplest_order(losses: Losses) -> int:
    best = min(losses.values(), key=np.mean)
    limit = best.mean() + best.std(ddof=1) / np.sqrt(len(best))
    return min(order for order, values in losses.items() if values.mean() <= limit)


def simplest_best(losses):
    return min(losses, key=lambda order: losses[order].mean())


def simplest_deviation(losses):
    best = min(losses.values(), key=np.mean)
    limit = best.mean() + best.std(ddof=1)
    return min(order for order, values in losses.items() if values.mean() <= limit)


def simplest_population(losses):
    best = min(losses.values(), key=np.mean)
    limit = best.mean() + best.std() / np.sqrt(len(best))
    return min(order for order, values in losses.items() if values.mean() <= limit)


def simplest_own_error(losses):
    limit = min(values.mean() for values in losses.values())
    return min(
        order
        for order, values in losses.items()
        if values.mean() - values.std(ddof=1) / np.sqrt(len(values)) <= limit
    )


def simplest_first_listed(losses):
    best = min(losses.values(), key=np.mean)
    limit = best.mean() + best.std(ddof=1) / np.sqrt(len(best))
    return next(order for order, values in losses.items() if values.mean() <= limit)


def simplest_largest(losses):
    best = min(losses.values(), key=np.mean)
    limit = best.mean() + best.std(ddof=1) / np.sqrt(len(best))
    return max(order for order, values in losses.items() if values.mean() <= limit)


def simplest_without_root(losses):
    best = min(losses.values(), key=np.mean)
    limit = best.mean() + best.std(ddof=1) / len(best)
    return min(order for order, values in losses.items() if values.mean() <= limit)


def simplest_multiplied(losses):
    best = min(losses.values(), key=np.mean)
    limit = best.mean() * (1 + best.std(ddof=1) / np.sqrt(len(best)))
    return min(order for order, values in losses.items() if values.mean() <= limit)


def simplest_strict(losses):
    best = min(losses.values(), key=np.mean)
    limit = best.mean() + best.std(ddof=1) / np.sqrt(len(best))
    return min(order for order, values in losses.items() if values.mean() < limit)


def simplest_of_all(losses):
    return min(losses)


def _losses(rng: np.random.Generator) -> Iterator[Case]:
    # Écarts aux moyennes d'écart-type 1 (dénominateur N − 1), donc d'erreur type 0,5 sur quatre découpages.
    spread = np.array([-1.0, 1.0, -1.0, 1.0]) * np.sqrt(3) / 2
    means = {2: 4.5, 3: 2.8, 4: 2.47, 5: 2.2, 6: 2.0, 7: 2.1}
    scales = {2: 6.0, 3: 1.0, 4: 0.2, 5: 1.0, 6: 1.0, 7: 1.0}
    curves = {order: mean + scales[order] * rng.permutation(spread) for order, mean in means.items()}
    yield (curves,)
    yield ({order: curves[order] for order in (7, 4, 2, 5, 3, 6)},)
    yield ({order: 0.1 * values for order, values in reversed(curves.items())},)
    yield ({6: curves[6], 7: curves[7], 2: curves[2], 5: curves[5] + 0.15},)
    # Erreur type 0,25, sans arrondi : l'ordre 5 est juste à la limite, 2,25.
    yield (
        {
            6: np.array([2.75, 1.75, 1.75, 1.75]),
            3: np.full(4, 2.75),
            5: np.full(4, 2.25),
            7: np.full(4, 2.125),
        },
    )


SIMPLEST = FunctionExercise(
    "decider-3",
    "Une tolérance mesurée",
    "experience",
    2,
    reference=simplest_order,
    inputs=_losses,
    mistakes=(
        Mistake(
            "meilleur",
            "C'est l'ordre de la plus basse moyenne ; on cherche le plus petit qui s'en approche assez.",
            simplest_best,
        ),
        Mistake(
            "ecart-type",
            "Votre tolérance est un écart-type entier : divisez-le par la racine du nombre de découpages.",
            simplest_deviation,
        ),
        Mistake(
            "population",
            "Le dénominateur de l'écart-type est N − 1 (`ddof=1`), car la moyenne est estimée.",
            simplest_population,
        ),
        Mistake(
            "erreur-du-candidat",
            "Vous prenez l'erreur type de chaque ordre : un ordre mal mesuré serait alors choisi pour cela. "
            "La règle prend celle du meilleur.",
            simplest_own_error,
        ),
        Mistake(
            "premier-venu",
            "Vous prenez le premier ordre du dictionnaire qui convient : ils n'y sont pas rangés.",
            simplest_first_listed,
        ),
        Mistake("plus-grand", "Parmi les ordres qui suffisent, on veut le plus petit.", simplest_largest),
        Mistake(
            "sans-racine",
            "L'erreur type divise l'écart-type par la racine de K, pas par K.",
            simplest_without_root,
        ),
        Mistake(
            "multipliee",
            "Ici on additionne l'erreur type, on ne multiplie pas.",
            simplest_multiplied,
        ),
        Mistake(
            "strictement",
            "Une moyenne égale à la limite convient aussi : elle ne la dépasse pas.",
            simplest_strict,
        ),
        Mistake(
            "tous-admis",
            "Vous rendez toujours le plus petit ordre. Cherchez d'abord la plus **basse** moyenne, puis "
            "comparez-lui les autres.",
            simplest_of_all,
        ),
    ),
)


# --- decider-4 : l'ordre compte-t-il ? -------------------------------------------------------------------

Score = Callable[[np.ndarray], float]


def order_loss(score: Score, sequences: np.ndarray, repeats: int, rng: np.random.Generator) -> float:
    shuffled = [score(rng.permuted(sequences, axis=1)) for _ in range(repeats)]
    return float(score(sequences) - np.mean(shuffled))


def order_loss_rows(score, sequences, repeats, rng):
    shuffled = [score(rng.permutation(sequences)) for _ in range(repeats)]
    return score(sequences) - np.mean(shuffled)


def order_loss_same(score, sequences, repeats, rng):
    shuffled = [score(rng.permutation(sequences, axis=1)) for _ in range(repeats)]
    return score(sequences) - np.mean(shuffled)


def order_loss_reversed(score, sequences, repeats, rng):
    return -order_loss(score, sequences, repeats, rng)


def order_loss_sum(score, sequences, repeats, rng):
    shuffled = [score(rng.permuted(sequences, axis=1)) for _ in range(repeats)]
    return score(sequences) - np.sum(shuffled)


def order_loss_in_place(score, sequences, repeats, rng):
    before, shuffled = score(sequences), []
    for _ in range(repeats):
        rng.permuted(sequences, axis=1, out=sequences)
        shuffled.append(score(sequences))
    return before - np.mean(shuffled)


def _rises(sequences: np.ndarray) -> float:
    """La part des pas qui montent, pondérée par le rang de la ligne."""
    weights = np.arange(1, len(sequences) + 1)[:, None]
    return float(((np.diff(sequences, axis=1) > 0) * weights).mean())


def _sequences(rng: np.random.Generator) -> Iterator[Case]:
    for count, steps in ((6, 9), (5, 5), (12, 4)):
        yield _rises, np.sort(rng.normal(size=(count, steps)), axis=1), 4, np.random.default_rng(3)


ORDER = FunctionExercise(
    "decider-4",
    "L'ordre compte-t-il ?",
    "code",
    3,
    reference=order_loss,
    inputs=_sequences,
    mistakes=(
        Mistake(
            "lignes",
            "Vous échangez les séquences entre elles : leur ordre intérieur n'a pas bougé. Mélangez "
            "chaque ligne.",
            order_loss_rows,
        ),
        Mistake(
            "meme-melange",
            "Toutes les lignes reçoivent la même permutation. Chaque séquence doit avoir la sienne "
            "(`rng.permuted`).",
            order_loss_same,
        ),
        Mistake("signe", "Le signe est inversé : score d'origine moins score mélangé.", order_loss_reversed),
        Mistake("somme", "Prenez la moyenne des scores mélangés, pas leur somme.", order_loss_sum),
        Mistake(
            "sur-place",
            "La valeur est juste, mais vous mélangez le tableau reçu : l'appelant perd ses séquences.",
            order_loss_in_place,
        ),
    ),
)


EXERCISES = (COSTS, PAIRED, SIMPLEST, ORDER)
