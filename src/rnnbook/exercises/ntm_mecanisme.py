"""Exercices du chapitre 18, « Machine de Turing neuronale : le mécanisme ».

Formes : `memory` (N, L), `key` (L,), poids (N,) ; avec un lot, (lot, N).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from rnnbook.exercises._model import Case, FunctionExercise, Mistake, ValueExercise


def _softmax(scores: np.ndarray) -> np.ndarray:
    e = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


# --- ntm-mecanisme-1 : compter ce que dit une tête -----------------------------------------------------


def head_sizes() -> dict[str, int]:
    slots, width, shifts = 128, 20, 3
    reading = width + 3 + shifts
    return {
        "lecture": reading,
        "ecriture": reading + 2 * width,
        "memoire": slots * width,
        "de_plus": 0,
    }


COUNT = ValueExercise(
    "ntm-mecanisme-1",
    "Compter ce que dit une tête",
    "main",
    1,
    value=head_sizes,
    mistakes=(
        Mistake(
            "un-seul-decalage",
            "Le décalage n'est pas un nombre : c'est une distribution sur −1, 0 et +1.",
            {"lecture": 24},
        ),
        Mistake(
            "sans-affutage",
            "Comptez les scalaires : la netteté, la porte et l'exposant d'affûtage.",
            {"lecture": 25},
        ),
        Mistake(
            "cle-par-case",
            "La clé a la largeur d'une case ; elle est comparée à toutes, il n'y en a pas une par case.",
            {"lecture": 128 + 6},
        ),
        Mistake(
            "ecriture-sans-adresse",
            "Une tête d'écriture s'adresse comme une tête de lecture : elle a les mêmes commandes, et deux "
            "vecteurs de plus.",
            {"ecriture": 40},
        ),
        Mistake(
            "effacement-scalaire",
            "L'effacement est un vecteur : une composante par composante de la case.",
            {"ecriture": 26 + 21},
        ),
        Mistake(
            "une-case-un-nombre",
            "Une case n'est pas un nombre : elle en garde L.",
            {"memoire": 128},
        ),
        Mistake(
            "depend-des-cases",
            "Les poids $w_t$ ne sont pas émis par le contrôleur : ils sont calculés à partir des commandes.",
            {"de_plus": 128},
        ),
    ),
)


# --- ntm-mecanisme-2 : chercher par le contenu ---------------------------------------------------------


def content_weights(memory: np.ndarray, key: np.ndarray, beta: float) -> np.ndarray:
    norms = np.linalg.norm(memory, axis=1) * np.linalg.norm(key)
    return _softmax(beta * (memory @ key) / np.where(norms == 0, 1.0, norms))


def content_dot(memory, key, beta):
    return _softmax(beta * (memory @ key))


def content_key_not_normalised(memory, key, beta):
    norms = np.linalg.norm(memory, axis=1)
    return _softmax(beta * (memory @ key) / np.where(norms == 0, 1.0, norms))


def content_beta_outside(memory, key, beta):
    return beta * content_weights(memory, key, 1.0)


def content_divided_by_beta(memory, key, beta):
    return content_weights(memory, key, 1 / beta)


def content_without_beta(memory, key, beta):
    return content_weights(memory, key, 1.0)


def content_skips_empty(memory, key, beta):
    weights = content_weights(memory, key, beta) * (np.linalg.norm(memory, axis=1) > 0)
    return weights / weights.sum()


def content_without_softmax(memory, key, beta):
    norms = np.linalg.norm(memory, axis=1) * np.linalg.norm(key)
    return beta * (memory @ key) / np.where(norms == 0, 1.0, norms)


def content_nan(memory, key, beta):
    with np.errstate(invalid="ignore"):
        return _softmax(beta * (memory @ key) / (np.linalg.norm(memory, axis=1) * np.linalg.norm(key)))


def content_whole_norm(memory, key, beta):
    return _softmax(beta * (memory @ key) / (np.linalg.norm(memory) * np.linalg.norm(key)))


def _content_inputs(rng: np.random.Generator) -> Iterator[Case]:
    for slots, width, beta in ((5, 3, 2.0), (4, 4, 7.5), (8, 2, 0.5)):
        memory = rng.normal(size=(slots, width)) * 2
        if slots == 8:
            memory[3] = 0
        yield memory, rng.normal(size=width), beta


CONTENT = FunctionExercise(
    "ntm-mecanisme-2",
    "Chercher par le contenu",
    "code",
    1,
    reference=content_weights,
    inputs=_content_inputs,
    rtol=1e-4,
    atol=1e-5,
    mistakes=(
        Mistake(
            "produit-scalaire",
            "Vous comparez par un produit scalaire : une case longue l'emporte alors même si sa direction "
            "est mauvaise. Divisez par les deux normes.",
            content_dot,
        ),
        Mistake(
            "cle-non-normee",
            "Il manque la norme de la clé au dénominateur : doubler la clé ne doit rien changer.",
            content_key_not_normalised,
        ),
        Mistake(
            "beta-dehors",
            "`beta` multiplie les ressemblances avant la softmax, et non les poids : leur somme doit "
            "rester 1.",
            content_beta_outside,
        ),
        Mistake(
            "beta-inverse",
            "`beta` multiplie, il ne divise pas : plus il est grand, plus la recherche est nette.",
            content_divided_by_beta,
        ),
        Mistake(
            "sans-beta",
            "Votre recherche ignore `beta` : c'est lui qui la rend plus ou moins nette.",
            content_without_beta,
        ),
        Mistake(
            "case-nulle-exclue",
            "Une case nulle a une ressemblance de 0, pas un poids de 0 : $e^0 = 1$, elle compte.",
            content_skips_empty,
        ),
        Mistake(
            "sans-softmax",
            "Vous renvoyez les scores : il reste à en faire des poids positifs de somme 1.",
            content_without_softmax,
        ),
        Mistake(
            "case-nulle",
            "Une case nulle a une norme nulle : vous divisez zéro par zéro, et toute la softmax devient NaN.",
            content_nan,
        ),
        Mistake(
            "norme-de-tout",
            "`np.linalg.norm(memory)` est la norme de la matrice entière : il en faut une par case, "
            "avec `axis=1`.",
            content_whole_norm,
        ),
    ),
)


# --- ntm-mecanisme-3 : réparer le décalage -------------------------------------------------------------


def shift_batch(weights: np.ndarray, shift_weights: np.ndarray) -> np.ndarray:
    reach = shift_weights.shape[1] // 2
    out = np.zeros_like(weights)
    for column in range(2 * reach + 1):
        out += shift_weights[:, [column]] * np.roll(weights, column - reach, axis=1)
    return out


def shift_correlation(weights, shift_weights):
    reach = shift_weights.shape[1] // 2
    out = np.zeros_like(weights)
    for column in range(2 * reach + 1):
        offset = column - reach
        out += shift_weights[:, [column]] * np.roll(weights, -offset, axis=1)
    return out


def shift_from_zero(weights, shift_weights):
    out = np.zeros_like(weights)
    for column in range(shift_weights.shape[1]):
        out += shift_weights[:, [column]] * np.roll(weights, column, axis=1)
    return out


def shift_not_circular(weights, shift_weights):
    reach, size = shift_weights.shape[1] // 2, weights.shape[1]
    out = np.zeros_like(weights)
    for column in range(2 * reach + 1):
        offset = column - reach
        for i in range(size):
            if 0 <= i - offset < size:
                out[:, i] += weights[:, i - offset] * shift_weights[:, column]
    return out


def shift_flattened(weights, shift_weights):
    reach = shift_weights.shape[1] // 2
    out = np.zeros_like(weights)
    for column in range(2 * reach + 1):
        out += shift_weights[:, [column]] * np.roll(weights, column - reach)
    return out


def shift_first_example(weights, shift_weights):
    return shift_batch(weights, np.broadcast_to(shift_weights[:1], shift_weights.shape))


def shift_range_one(weights, shift_weights):
    centre = shift_weights.shape[1] // 2
    return shift_batch(weights, shift_weights[:, centre - 1 : centre + 2])


def _shift_inputs(rng: np.random.Generator) -> Iterator[Case]:
    for count, slots, reach in ((3, 6, 1), (2, 7, 2), (3, 3, 1)):
        yield _softmax(rng.normal(size=(count, slots))), _softmax(rng.normal(size=(count, 2 * reach + 1)))


SHIFT = FunctionExercise(
    "ntm-mecanisme-3",
    "Réparer le décalage",
    "code",
    2,
    reference=shift_batch,
    inputs=_shift_inputs,
    mistakes=(
        Mistake(
            "correlation",
            "La tête va dans l'autre sens : c'est une corrélation. Le poids du décalage +1 doit porter la "
            "case i vers la case i + 1.",
            shift_correlation,
        ),
        Mistake(
            "compte-depuis-zero",
            "La première colonne est le décalage −R, et non 0 : la tête est trop loin de R cases.",
            shift_from_zero,
        ),
        Mistake(
            "sans-retour",
            "Ce qui sort par un bout doit rentrer par l'autre : la convolution est circulaire, et la somme "
            "des poids reste 1.",
            shift_not_circular,
        ),
        Mistake(
            "lot-melange",
            "`np.roll` sans `axis=1` fait passer le bout d'un exemple au début du suivant.",
            shift_flattened,
        ),
        Mistake(
            "premier-exemple",
            "Vous décalez tout le lot avec les décalages du premier exemple : chacun a les siens.",
            shift_first_example,
        ),
        Mistake(
            "portee-un",
            "Votre fonction ne connaît que les décalages −1, 0 et +1 : la portée se lit dans la forme de "
            "`shift_weights`.",
            shift_range_one,
        ),
    ),
)


# --- ntm-mecanisme-4 : affûter sans se couper ----------------------------------------------------------


def sharpen_batch(weights: np.ndarray, gamma: np.ndarray) -> np.ndarray:
    return _softmax(gamma[:, None] * np.log(weights + 1e-12))


def sharpen_unnormalised(weights, gamma):
    return weights ** gamma[:, None]


def sharpen_naive(weights, gamma):
    powers = weights ** gamma[:, None]
    with np.errstate(invalid="ignore"):
        return powers / powers.sum(axis=1, keepdims=True)


def sharpen_log_zero(weights, gamma):
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(weights)
        e = np.exp(gamma[:, None] * logs - gamma[:, None] * logs.sum(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)


def sharpen_multiply(weights, gamma):
    return _softmax(gamma[:, None] * weights)


def sharpen_whole_batch(weights, gamma):
    powers = sharpen_batch(weights, gamma)
    return powers / powers.sum()


def sharpen_one_gamma(weights, gamma):
    return sharpen_batch(weights, np.full_like(gamma, gamma[0]))


def sharpen_over_batch(weights, gamma):
    powers = (weights / weights.max(axis=1, keepdims=True)) ** gamma[:, None]
    with np.errstate(invalid="ignore"):
        return powers / powers.sum(axis=0, keepdims=True)


def sharpen_scaled(weights, gamma):
    return (weights / weights.max(axis=1, keepdims=True)) ** gamma[:, None]


def sharpen_padded(weights, gamma):
    powers = weights ** gamma[:, None]
    return powers / (powers.sum(axis=1, keepdims=True) + 1e-16)


def sharpen_root(weights, gamma):
    return sharpen_batch(weights, 1 / gamma)


def _sharpen_inputs(rng: np.random.Generator) -> Iterator[Case]:
    yield _softmax(rng.normal(size=(3, 6))), np.array([1.0, 2.5, 4.0])
    yield np.eye(5)[[1, 3]], np.array([3.0, 1.5])
    yield np.stack([np.full(100, 0.01), _softmax(rng.normal(size=100))]), np.array([500.0, 500.0])


SHARPEN = FunctionExercise(
    "ntm-mecanisme-4",
    "Affûter sans se couper",
    "code",
    2,
    reference=sharpen_batch,
    inputs=_sharpen_inputs,
    atol=1e-6,
    mistakes=(
        Mistake(
            "sans-normaliser",
            "Il manque la division par la somme : ce ne sont plus des poids, et leur somme fond à chaque "
            "pas.",
            sharpen_unnormalised,
        ),
        Mistake(
            "puissance-nue",
            "C'est l'équation, mais 0,01 puissance 500 vaut zéro pour l'ordinateur, et 0/0 donne NaN. Passez "
            "par les logarithmes, ou divisez d'abord par le plus grand poids.",
            sharpen_naive,
        ),
        Mistake(
            "log-de-zero",
            "Un poids nul a un logarithme infini : ajoutez un nombre minuscule avant de le prendre.",
            sharpen_log_zero,
        ),
        Mistake(
            "softmax-des-poids",
            "Vous multipliez les poids par `gamma` au lieu de les élever à cette puissance : il manque le "
            "logarithme.",
            sharpen_multiply,
        ),
        Mistake(
            "somme-du-lot",
            "Vous divisez par la somme de tout le lot : chaque exemple a la sienne.",
            sharpen_whole_batch,
        ),
        Mistake(
            "un-seul-gamma",
            "Tout le lot est affûté avec l'exposant du premier exemple : chacun a le sien.",
            sharpen_one_gamma,
        ),
        Mistake(
            "somme-sur-le-lot",
            "Votre somme court sur le lot : ce sont les cases d'un exemple qui somment à 1.",
            sharpen_over_batch,
        ),
        Mistake(
            "divise-par-le-plus-grand",
            "Diviser par le plus grand poids évite le zéro, mais il reste à diviser par la somme.",
            sharpen_scaled,
        ),
        Mistake(
            "presque-zero-en-bas",
            "Un petit nombre au dénominateur évite NaN, mais 0,01 puissance 500 vaut toujours zéro : les "
            "poids ne somment plus à 1.",
            sharpen_padded,
        ),
        Mistake(
            "racine",
            "Vous élevez à la puissance 1/gamma : les poids s'étalent au lieu de s'affûter.",
            sharpen_root,
        ),
    ),
)


# --- ntm-mecanisme-5 : un pas de tête complet ----------------------------------------------------------

Command = dict[str, Any]
Step = tuple[np.ndarray, np.ndarray, np.ndarray]


def _address(memory: np.ndarray, previous: np.ndarray, command: Command) -> np.ndarray:
    content = content_weights(memory, command["key"], command["beta"])
    gated = command["gate"] * content + (1 - command["gate"]) * previous
    shifted = shift_batch(gated[None], command["shift_weights"][None])
    return sharpen_batch(shifted, np.array([command["gamma"]]))[0]


def _write(memory: np.ndarray, w: np.ndarray, command: Command) -> np.ndarray:
    return memory * (1 - np.outer(w, command["erase"])) + np.outer(w, command["add"])


def head_step(memory: np.ndarray, previous: np.ndarray, command: Command) -> Step:
    w = _address(memory, previous, command)
    written = _write(memory, w, command)
    return written, w, w @ written


def head_read_first(memory, previous, command):
    w = _address(memory, previous, command)
    return _write(memory, w, command), w, w @ memory


def head_gate_swapped(memory, previous, command):
    return head_step(memory, previous, {**command, "gate": 1 - command["gate"]})


def head_shift_swapped(memory, previous, command):
    return head_step(memory, previous, {**command, "shift_weights": command["shift_weights"][::-1]})


def head_sharpen_before(memory, previous, command):
    content = content_weights(memory, command["key"], command["beta"])
    gated = command["gate"] * content + (1 - command["gate"]) * previous
    sharp = sharpen_batch(gated[None], np.array([command["gamma"]]))
    w = shift_batch(sharp, command["shift_weights"][None])[0]
    written = _write(memory, w, command)
    return written, w, w @ written


def head_erase_everywhere(memory, previous, command):
    w = _address(memory, previous, command)
    written = memory * (1 - command["erase"]) + np.outer(w, command["add"])
    return written, w, w @ written


def head_add_then_erase(memory, previous, command):
    w = _address(memory, previous, command)
    written = (memory + np.outer(w, command["add"])) * (1 - np.outer(w, command["erase"]))
    return written, w, w @ written


def head_without_erase(memory, previous, command):
    w = _address(memory, previous, command)
    written = memory + np.outer(w, command["add"])
    return written, w, w @ written


def head_unnormalised(memory, previous, command):
    w = _address(memory, previous, {**command, "gamma": 1.0}) ** command["gamma"]
    written = _write(memory, w, command)
    return written, w, w @ written


def _step_inputs(rng: np.random.Generator) -> Iterator[Case]:
    for slots, width in ((6, 3), (4, 4), (8, 2)):
        command = {
            "key": rng.normal(size=width),
            "beta": float(rng.uniform(1, 5)),
            "gate": float(rng.uniform(0.2, 0.4)),
            "shift_weights": _softmax(rng.normal(size=3)),
            "gamma": float(rng.uniform(1.5, 3)),
            "erase": rng.random(width),
            "add": rng.normal(size=width),
        }
        yield rng.normal(size=(slots, width)), _softmax(rng.normal(size=slots)), command


STEP = FunctionExercise(
    "ntm-mecanisme-5",
    "Le suivant de celui qui ressemble",
    "code",
    3,
    reference=head_step,
    inputs=_step_inputs,
    outputs=("la mémoire", "les poids", "le vecteur lu"),
    mistakes=(
        Mistake(
            "lu-avant",
            "La mémoire et les poids sont justes, mais vous avez lu la mémoire d'avant : on lit ce qui vient "
            "d'être écrit.",
            head_read_first,
        ),
        Mistake(
            "porte-a-l-envers",
            "La porte est prise à l'envers : ouverte (1), elle suit le contenu.",
            head_gate_swapped,
        ),
        Mistake(
            "decalage-a-l-envers",
            "La tête va dans l'autre sens : `shift_weights` va de −1 à +1, et +1 avance.",
            head_shift_swapped,
        ),
        Mistake(
            "affute-avant",
            "Vous affûtez avant de décaler : l'ordre est contenu, porte, décalage, affûtage.",
            head_sharpen_before,
        ),
        Mistake(
            "efface-partout",
            "Vous effacez toutes les cases : l'effacement est multiplié par le poids de chaque case.",
            head_erase_everywhere,
        ),
        Mistake(
            "ajoute-avant",
            "Vous ajoutez avant d'effacer : une partie de ce qui vient d'être écrit disparaît.",
            head_add_then_erase,
        ),
        Mistake(
            "sans-effacer", "Vous ajoutez sans effacer : l'ancien contenu reste dessous.", head_without_erase
        ),
        Mistake(
            "sans-normaliser",
            "Vos poids n'ont pas une somme de 1 : l'affûtage se termine par une division.",
            head_unnormalised,
        ),
    ),
)


# --- ntm-mecanisme-6 : combien de pas avant de se perdre ------------------------------------------------


def _until_lost(
    leak: float, gamma: float, limit: int, *, normalise: bool = True, threshold: float = 0.5
) -> int:
    w = np.eye(64)[0]
    for step in range(1, limit + 1):
        w = (1 - leak) * np.roll(w, 1) + leak / 2 * (w + np.roll(w, 2))
        w = w**gamma
        if normalise:
            w = w / w.sum()
        if w.max() < threshold:
            return step
    return limit


def steps_until_lost(leak: float, gamma: float, limit: int = 500) -> int:
    return _until_lost(leak, gamma, limit)


def lost_unnormalised(leak, gamma, limit=500):
    return _until_lost(leak, gamma, limit, normalise=False)


def lost_one_late(leak, gamma, limit=500):
    found = _until_lost(leak, gamma, limit)
    return found if found == limit else found - 1


def lost_whole_leak(leak, gamma, limit=500):
    w = np.eye(64)[0]
    for step in range(1, limit + 1):
        w = (1 - leak) * np.roll(w, 1) + leak * (w + np.roll(w, 2))
        w = w**gamma / np.sum(w**gamma)
        if w.max() < 0.5:
            return step
    return limit


def lost_no_sharpening(leak, gamma, limit=500):
    return _until_lost(leak, 1.0, limit)


def lost_start_slot(leak, gamma, limit=500):
    return min(1, limit)


def _lost_inputs(rng: np.random.Generator) -> Iterator[Case]:
    yield from ((0.1, 1.0, 500), (0.2, 1.0, 500), (0.3, 1.1, 400), (0.15, 2.0, 60))


LOST = FunctionExercise(
    "ntm-mecanisme-6",
    "Combien de pas avant de se perdre ?",
    "experience",
    2,
    reference=steps_until_lost,
    inputs=_lost_inputs,
    mistakes=(
        Mistake(
            "sans-normaliser",
            "Sans division par la somme, les poids fondent et la tête semble se perdre : c'est le calcul qui "
            "est faux.",
            lost_unnormalised,
        ),
        Mistake(
            "un-de-moins",
            "Il manque le pas qui fait passer sous 0,5 : comptez-le.",
            lost_one_late,
        ),
        Mistake(
            "fuite-deux-fois",
            "La fuite part moitié d'un côté, moitié de l'autre : chez vous, elle part entière des deux.",
            lost_whole_leak,
        ),
        Mistake("sans-affuter", "Vous décalez sans affûter : `gamma` ne sert à rien.", lost_no_sharpening),
        Mistake(
            "case-de-depart",
            "Vous regardez le poids de la case de départ : la tête avance, suivez le plus grand poids.",
            lost_start_slot,
        ),
    ),
)


EXERCISES = (COUNT, CONTENT, SHIFT, SHARPEN, STEP, LOST)
