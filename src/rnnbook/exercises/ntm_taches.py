"""Exercices du chapitre 19, « Machine de Turing neuronale : les tâches ».

Formes : une séquence seule, sans axe de lot ; vecteurs `bits` (T, L), de 0 et de 1.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from rnnbook.exercises._model import Case, FunctionExercise, Mistake, ValueExercise

# --- ntm-taches-1 : longueurs et hasard ----------------------------------------------------------------


def lengths_and_chance() -> dict[str, float]:
    length, width, repeats, items, item_length = 20, 8, 3, 4, 3
    return {
        "pas_copie": 2 * length + 1,
        "bits_reponse": length * width,
        "faux_au_hasard": length * width / 2,
        "cout_au_hasard": length * width,
        "pas_repetee": 5 + 1 + 5 * repeats + 1,
        "pas_rappel": items * (1 + item_length) + (item_length + 2) + item_length,
    }


LENGTHS = ValueExercise(
    "ntm-taches-1",
    "Longueurs et hasard",
    "main",
    1,
    value=lengths_and_chance,
    mistakes=(
        Mistake(
            "sans-signal", "Il manque le pas du signal, entre la lecture et la réponse.", {"pas_copie": 40}
        ),
        Mistake(
            "tous-les-pas",
            "On ne note que la réponse : les pas de lecture ne comptent pas dans les bits.",
            {"bits_reponse": 41 * 8},
        ),
        Mistake(
            "tout-faux",
            "Au hasard, un bit sur deux est juste : l'erreur est la moitié des bits.",
            {"faux_au_hasard": 160},
        ),
        Mistake(
            "cout-moitie",
            "Le coût ne compte pas les erreurs : un bit prédit à 1/2 coûte −log2(1/2) = 1 bit, juste ou non.",
            {"cout_au_hasard": 80},
        ),
        Mistake(
            "sans-fin",
            "La copie répétée a un pas de plus : celui où la machine annonce qu'elle a fini.",
            {"pas_repetee": 21},
        ),
        Mistake(
            "sans-annonces",
            "Chaque objet est précédé d'un pas qui l'annonce, et la question est encadrée de deux pas.",
            {"pas_rappel": 4 * 3 + 3 + 3},
        ),
    ),
)


# --- ntm-taches-2 : le coût en bits --------------------------------------------------------------------


def cost_bits(probabilities: np.ndarray, targets: np.ndarray) -> float:
    right = np.where(targets == 1, probabilities, 1 - probabilities)
    return float(-np.log2(right).sum())


def cost_nats(probabilities, targets):
    return cost_bits(probabilities, targets) * np.log(2)


def cost_mean(probabilities, targets):
    return cost_bits(probabilities, targets) / targets.size


def cost_only_ones(probabilities, targets):
    return float(-(targets * np.log2(probabilities)).sum())


def cost_swapped(probabilities, targets):
    return cost_bits(1 - probabilities, targets)


def cost_wrong_bits(probabilities, targets):
    return float(((probabilities > 0.5) != (targets > 0.5)).sum())


def cost_positive_sign(probabilities, targets):
    return -cost_bits(probabilities, targets)


def _cost_inputs(rng: np.random.Generator) -> Iterator[Case]:
    for length, width in ((4, 3), (6, 8), (1, 1)):
        yield rng.uniform(0.05, 0.95, (length, width)), rng.integers(0, 2, (length, width)).astype(float)


COST = FunctionExercise(
    "ntm-taches-2",
    "Le coût en bits",
    "code",
    1,
    reference=cost_bits,
    inputs=_cost_inputs,
    mistakes=(
        Mistake("en-nats", "Votre logarithme est népérien : en bits, il est en base 2.", cost_nats),
        Mistake("moyenne", "Le coût d'une séquence est une somme, et non une moyenne.", cost_mean),
        Mistake(
            "que-les-uns",
            "Un 0 attendu coûte aussi : la probabilité qui compte est alors 1 − p.",
            cost_only_ones,
        ),
        Mistake(
            "a-l-envers",
            "Vous prenez la probabilité de la mauvaise réponse : c'est celle de la bonne qui compte.",
            cost_swapped,
        ),
        Mistake(
            "bits-faux",
            "Vous comptez les bits faux. Le coût, lui, dépend de la confiance : il lit les probabilités.",
            cost_wrong_bits,
        ),
        Mistake("signe", "Un coût est positif : il manque le signe moins.", cost_positive_sign),
    ),
)


# --- ntm-taches-3 : réparer le tirage de la copie ------------------------------------------------------


def copy_task(bits: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    length, width = bits.shape
    inputs = np.zeros((2 * length + 1, width + 1))
    inputs[:length, :width] = bits
    inputs[length, width] = 1
    targets = np.zeros((2 * length + 1, width))
    targets[length + 1 :] = bits
    mask = np.arange(2 * length + 1) > length
    return inputs, targets, mask


def copy_one_early(bits):
    length = len(bits)
    inputs, targets, _ = copy_task(bits)
    targets = np.zeros_like(targets)
    targets[length : 2 * length] = bits
    steps = np.arange(2 * length + 1)
    return inputs, targets, (steps >= length) & (steps < 2 * length)


def copy_leaks(bits):
    length, width = bits.shape
    inputs = np.zeros((2 * length + 1, width + 1))
    inputs[:length, :width] = bits
    inputs[length, width] = 1
    targets = np.zeros((2 * length + 1, width))
    targets[length + 1 :] = bits
    inputs[length + 1 :, :width] = targets[length + 1 :]
    mask = np.arange(2 * length + 1) > length
    return inputs, targets, mask


def copy_reversed(bits):
    inputs, targets, mask = copy_task(bits)
    targets[mask] = bits[::-1]
    return inputs, targets, mask


def copy_mask_everywhere(bits):
    inputs, targets, mask = copy_task(bits)
    return inputs, targets, np.ones_like(mask)


def copy_no_signal(bits):
    inputs, targets, mask = copy_task(bits)
    inputs[:, -1] = 0
    return inputs, targets, mask


def copy_signal_on_bits(bits):
    inputs, targets, mask = copy_task(bits)
    inputs[len(bits)] = 1
    return inputs, targets, mask


def _copy_inputs(rng: np.random.Generator) -> Iterator[Case]:
    for length, width in ((4, 3), (7, 8), (2, 2)):
        bits = rng.integers(0, 2, (length, width)).astype(float)
        bits[0], bits[-1] = 1, 0
        yield (bits,)


COPY = FunctionExercise(
    "ntm-taches-3",
    "Réparer le tirage de la copie",
    "code",
    2,
    reference=copy_task,
    inputs=_copy_inputs,
    outputs=("les entrées", "les cibles", "le masque"),
    mistakes=(
        Mistake(
            "reponse-en-entree",
            "La réponse est aussi dans l'entrée : la machine n'a rien à retenir. Pendant la répétition, "
            "l'entrée est nulle.",
            copy_leaks,
        ),
        Mistake(
            "un-pas-trop-tot",
            "La réponse commence au pas du signal : la machine ne l'a pas encore reçu quand elle devrait "
            "parler.",
            copy_one_early,
        ),
        Mistake("a-l-envers", "La copie se rend dans l'ordre de lecture.", copy_reversed),
        Mistake(
            "masque-partout",
            "Le masque est vrai partout : on demanderait à la machine de se taire pendant la lecture, et ces "
            "pas faciles cacheraient l'erreur.",
            copy_mask_everywhere,
        ),
        Mistake(
            "sans-signal",
            "Rien ne dit à la machine que la lecture est finie : où est le signal ?",
            copy_no_signal,
        ),
        Mistake(
            "signal-sur-les-bits",
            "Le signal a sa propre ligne, la dernière : les autres restent nulles à ce pas.",
            copy_signal_on_bits,
        ),
    ),
)


# --- ntm-taches-4 : l'anneau trop court ----------------------------------------------------------------


def ring_copy(bits: np.ndarray, slots: int) -> np.ndarray:
    memory = np.zeros((slots, bits.shape[1]))
    for t, vector in enumerate(bits):
        memory[t % slots] = vector
    return memory[np.arange(len(bits)) % slots]


def ring_stops(bits, slots):
    memory = np.zeros((slots, bits.shape[1]))
    for t, vector in enumerate(bits[:slots]):
        memory[t % slots] = vector
    return memory[np.arange(len(bits)) % slots]


def ring_last_slot(bits, slots):
    memory = np.zeros((slots, bits.shape[1]))
    for t, vector in enumerate(bits):
        memory[min(t, slots - 1)] = vector
    return memory[np.minimum(np.arange(len(bits)), slots - 1)]


def ring_adds(bits, slots):
    memory = np.zeros((slots, bits.shape[1]))
    for t, vector in enumerate(bits):
        memory[t % slots] += vector
    return memory[np.arange(len(bits)) % slots]


def ring_perfect(bits, slots):
    return bits.copy()


def ring_continues(bits, slots):
    memory = np.zeros((slots, bits.shape[1]))
    for t, vector in enumerate(bits):
        memory[t % slots] = vector
    return memory[(len(bits) + np.arange(len(bits))) % slots]


def ring_truncated(bits, slots):
    return ring_copy(bits, slots)[:slots]


def _ring_inputs(rng: np.random.Generator) -> Iterator[Case]:
    for length, slots in ((7, 4), (5, 5), (12, 5), (3, 8)):
        yield rng.integers(0, 2, (length, 6)).astype(float), slots


RING = FunctionExercise(
    "ntm-taches-4",
    "L'anneau trop court",
    "experience",
    2,
    reference=ring_copy,
    inputs=_ring_inputs,
    mistakes=(
        Mistake(
            "s-arrete",
            "Votre tête cesse d'écrire quand la mémoire est pleine : la vraie continue, et revient sur la "
            "première case.",
            ring_stops,
        ),
        Mistake("bute", "Votre tête bute sur la dernière case : la mémoire est un anneau.", ring_last_slot),
        Mistake(
            "ajoute",
            "Le second passage s'ajoute au premier : on a dit que la case est effacée avant.",
            ring_adds,
        ),
        Mistake("parfaite", "Avec moins de cases que de vecteurs, quelque chose se perd.", ring_perfect),
        Mistake(
            "ne-revient-pas",
            "Au signal, la tête de lecture revient à la case 0 : elle ne continue pas d'où l'écriture s'est "
            "arrêtée.",
            ring_continues,
        ),
        Mistake(
            "coupee",
            "La réponse a autant de vecteurs que la question, même si la mémoire a moins de cases.",
            ring_truncated,
        ),
    ),
)


# --- ntm-taches-5 : le prédicteur optimal --------------------------------------------------------------


def _predict(bits: np.ndarray, order: int, prior: float = 0.5, *, peek: bool = False) -> np.ndarray:
    """Probabilité du 1 à chaque bit qui a un contexte ; `prior` s'ajoute à chacun des deux comptes."""
    past, found = order - 1, []
    counts: dict[tuple[int, ...], np.ndarray] = {}
    for t in range(past, len(bits)):
        seen = counts.setdefault(tuple(int(b) for b in bits[t - past : t]), np.full(2, prior))
        before = seen.copy()
        seen[int(bits[t])] += 1
        zeros, ones = seen if peek else before
        found.append(ones / (zeros + ones) if zeros + ones else 0.5)
    return np.array(found)


def optimal_predictions(bits: np.ndarray, order: int) -> np.ndarray:
    return _predict(bits, order)


def optimal_laplace(bits, order):
    return _predict(bits, order, 1.0)


def optimal_peeks(bits, order):
    return _predict(bits, order, peek=True)


def optimal_context_too_long(bits, order):
    found = optimal_predictions(bits, order + 1)
    return np.concatenate([[0.5], found])


def optimal_no_context(bits, order):
    return _predict(bits, 1)[order - 1 :]


def optimal_of_zero(bits, order):
    return 1 - _predict(bits, order)


def optimal_no_prior(bits, order):
    return _predict(bits, order, 0.0)


def _optimal_inputs(rng: np.random.Generator) -> Iterator[Case]:
    for length, order in ((60, 3), (40, 2), (120, 6)):
        yield rng.integers(0, 2, length).astype(float), order


OPTIMAL = FunctionExercise(
    "ntm-taches-5",
    "Le prédicteur optimal",
    "code",
    3,
    reference=optimal_predictions,
    inputs=_optimal_inputs,
    mistakes=(
        Mistake(
            "laplace",
            "Vous ajoutez 1 à chaque compte. Pour une loi bêta(½, ½), c'est ½ au numérateur et 1 au "
            "dénominateur.",
            optimal_laplace,
        ),
        Mistake(
            "triche",
            "Vous comptez le bit avant de le prédire : c'est lire l'avenir.",
            optimal_peeks,
        ),
        Mistake(
            "contexte-trop-long",
            "Un n-gramme d'ordre n prédit d'après n − 1 bits : votre contexte en a un de trop.",
            optimal_context_too_long,
        ),
        Mistake(
            "sans-contexte",
            "Vous comptez tous les bits ensemble : il faut un compte par contexte.",
            optimal_no_context,
        ),
        Mistake("du-zero", "Vous donnez la probabilité du 0 : on demande celle du 1.", optimal_of_zero),
        Mistake(
            "sans-a-priori",
            "Après un seul 1, vous prédisez 1 à coup sûr : si un 0 vient, le coût est infini. Il manque "
            "l'a priori.",
            optimal_no_prior,
        ),
    ),
)

EXERCISES = (LENGTHS, COST, COPY, RING, OPTIMAL)
