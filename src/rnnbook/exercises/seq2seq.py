"""Exercices du chapitre 17, « Séquence à séquence »."""

from __future__ import annotations

from collections.abc import Iterator
from numbers import Integral
from typing import Any

import numpy as np

from rnnbook.data.numbers import number_words
from rnnbook.exercises._model import Case, FunctionExercise, Mistake, Refusal, ValueExercise
from rnnbook.seq2seq import Attention

# --- seq2seq-1 : compter à la main ----------------------------------------------------------------------


def counted_by_hand() -> dict[str, Any]:
    steps, words = len("80007") + 1, len(number_words(80_007))
    return {
        "mots": words,
        "pas du decodeur": steps,
        "accords": steps * words,
        "poids attention": sum(weight.numel() for weight in Attention(32).parameters()),
        "entree du decodeur": (10 + 32,),
    }


BY_HAND = ValueExercise(
    "seq2seq-1",
    "Compter ce que fait l'attention",
    "main",
    1,
    value=counted_by_hand,
    mistakes=(
        Mistake(
            "un-mot-compose",
            "Le trait d'union sépare aussi les mots : « quatre-vingt » en fait deux.",
            {"mots": 3},
        ),
        Mistake("fin-lue", "La fin s'écrit, mais ne se lit pas : seuls les mots sont lus.", {"mots": 5}),
        Mistake("sans-fin", "Le décodeur écrit aussi la fin : un pas de plus.", {"pas du decodeur": 5}),
        Mistake(
            "accords-par-mot",
            "Il faut un accord par mot **et** par pas du décodeur.",
            {"accords": 4},
        ),
        Mistake(
            "somme",
            "Les accords sont un produit : chaque pas regarde chaque mot.",
            {"accords": 10},
        ),
        Mistake(
            "accords-entre-mots",
            "Un accord compare un pas du décodeur à un mot, pas les mots entre eux.",
            {"accords": 16},
        ),
        Mistake("sans-v", "Il manque le vecteur v, de n poids.", {"poids attention": 2 * 32 * 32}),
        Mistake(
            "v-carre",
            "v est un vecteur, pas une troisième matrice.",
            {"poids attention": 3 * 32 * 32},
        ),
        Mistake(
            "sans-contexte",
            "Le décodeur lit le chiffre précédent et le contexte, mis bout à bout.",
            {"entree du decodeur": (10,)},
        ),
        Mistake(
            "sans-chiffre",
            "Le contexte ne suffit pas : le décodeur lit aussi le plongement du chiffre précédent.",
            {"entree du decodeur": (32,)},
        ),
        Mistake(
            "avec-l-etat",
            "L'état d'avant n'est pas une entrée : la cellule le reçoit à part.",
            {"entree du decodeur": (10 + 32 + 32,)},
        ),
    ),
)


# --- seq2seq-2 : juste de bout en bout ------------------------------------------------------------------


def exact(written: np.ndarray, wanted: np.ndarray) -> float:
    return float(np.mean((written == wanted).all(axis=0)))


def exact_digits(written, wanted):
    return float(np.mean(written == wanted))


def exact_any(written, wanted):
    return float(np.mean((written == wanted).any(axis=0)))


def exact_axis(written, wanted):
    return float(np.mean((written == wanted).all(axis=1)))


def exact_first(written, wanted):
    return float(np.mean(written[0] == wanted[0]))


def exact_count(written, wanted):
    return int((written == wanted).all(axis=0).sum())


def exact_all(written, wanted):
    return bool((written == wanted).all())


def exact_each(written, wanted):
    return (written == wanted).all(axis=0)


def exact_errors(written, wanted):
    return 1 - exact(written, wanted)


def exact_bag(written, wanted):
    return float(np.mean((np.sort(written, axis=0) == np.sort(wanted, axis=0)).all(axis=0)))


def _writings(rng: np.random.Generator) -> Iterator[Case]:
    for steps, size in ((4, 6), (5, 5), (3, 12)):
        wanted = rng.integers(0, 11, size=(steps, size))
        wanted[:, -1] = np.arange(steps)
        written = wanted.copy()
        wrong = rng.random(size) < 0.5
        written[steps // 2, wrong] = (written[steps // 2, wrong] + 1) % 11
        written[:, -1] = wanted[::-1, -1]  # les bons chiffres, dans le désordre
        yield written, wanted


EXACT = FunctionExercise(
    "seq2seq-2",
    "Juste de bout en bout",
    "code",
    1,
    reference=exact,
    inputs=_writings,
    mistakes=(
        Mistake(
            "par-chiffre",
            "Vous donnez la part des chiffres justes : un nombre à un chiffre près est faux.",
            exact_digits,
        ),
        Mistake("un-seul", "Un seul chiffre juste vous suffit : il les faut tous.", exact_any),
        Mistake(
            "axe",
            "Vous exigez que tout le lot soit juste à un pas : chaque nombre est une colonne.",
            exact_axis,
        ),
        Mistake("premier", "Vous ne regardez que le premier chiffre.", exact_first),
        Mistake("compte", "On demande une part, entre 0 et 1.", exact_count),
        Mistake(
            "tout-ou-rien",
            "Vous demandez que tout le lot soit juste : on veut la part des nombres qui le sont.",
            exact_all,
        ),
        Mistake(
            "sans-moyenne", "Vous avez un verdict par nombre : il reste à en faire une part.", exact_each
        ),
        Mistake("erreurs", "Vous donnez la part des nombres faux.", exact_errors),
        Mistake("desordre", "L'ordre des chiffres compte : 12 n'est pas 21.", exact_bag),
    ),
)


# --- seq2seq-3 : l'attention, masquée -------------------------------------------------------------------


def _softmax(energies: np.ndarray, axis: int = 0) -> np.ndarray:
    weights = np.exp(energies - energies.max(axis=axis, keepdims=True))
    law: np.ndarray = weights / weights.sum(axis=axis, keepdims=True)
    return law


def attention(energies: np.ndarray, states: np.ndarray, lengths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    padding = np.arange(len(energies))[:, None] >= lengths
    weights = _softmax(np.where(padding, -np.inf, energies))
    return (weights[..., None] * states).sum(axis=0), weights


def attention_unmasked(energies, states, lengths):
    weights = _softmax(energies)
    return (weights[..., None] * states).sum(axis=0), weights


def attention_zeroed(energies, states, lengths):
    padding = np.arange(len(energies))[:, None] >= lengths
    weights = np.where(padding, 0.0, _softmax(energies))
    return (weights[..., None] * states).sum(axis=0), weights


def attention_zero_energy(energies, states, lengths):
    padding = np.arange(len(energies))[:, None] >= lengths
    weights = _softmax(np.where(padding, 0.0, energies))
    return (weights[..., None] * states).sum(axis=0), weights


def attention_over_batch(energies, states, lengths):
    padding = np.arange(len(energies))[:, None] >= lengths
    weights = np.where(padding, 0.0, _softmax(energies, axis=1))
    return (weights[..., None] * states).sum(axis=0), weights


def attention_one_too_many(energies, states, lengths):
    return attention(energies, states, np.minimum(lengths + 1, len(energies)))


def attention_without_exp(energies, states, lengths):
    padding = np.arange(len(energies))[:, None] >= lengths
    weights = np.where(padding, 0.0, energies)
    weights = weights / weights.sum(axis=0)
    return (weights[..., None] * states).sum(axis=0), weights


def attention_over_everything(energies, states, lengths):
    padding = np.arange(len(energies))[:, None] >= lengths
    weights = np.where(padding, 0.0, np.exp(energies))
    weights = weights / weights.sum()
    return (weights[..., None] * states).sum(axis=0), weights


def attention_masked_batch(energies, states, lengths):
    padding = np.arange(len(energies))[:, None] >= lengths
    weights = np.where(padding, 0.0, np.exp(energies))
    weights = weights / weights.sum(axis=1, keepdims=True)
    return (weights[..., None] * states).sum(axis=0), weights


def attention_swapped(energies, states, lengths):
    return attention(energies, states, lengths)[::-1]


def attention_context_only(energies, states, lengths):
    return attention(energies, states, lengths)[0]


def attention_mean(energies, states, lengths):
    context, weights = attention(energies, states, lengths)
    return context / len(energies), weights


def attention_hard(energies, states, lengths):
    padding = np.arange(len(energies))[:, None] >= lengths
    chosen = np.where(padding, -np.inf, energies).argmax(axis=0)
    weights = (np.arange(len(energies))[:, None] == chosen).astype(float)
    return (weights[..., None] * states).sum(axis=0), weights


def _memories(rng: np.random.Generator) -> Iterator[Case]:
    for steps, size, units in ((5, 3, 4), (4, 4, 4), (7, 2, 6)):
        lengths = rng.integers(1, steps + 1, size=size)
        lengths[0], lengths[-1] = steps, 2
        yield 2 * rng.normal(size=(steps, size)), rng.normal(size=(steps, size, units)), lengths


ATTENTION = FunctionExercise(
    "seq2seq-3",
    "L'attention, sans regarder le remplissage",
    "code",
    2,
    reference=attention,
    inputs=_memories,
    outputs=("context", "weights"),
    mistakes=(
        Mistake(
            "sans-masque",
            "Le remplissage reçoit du poids : masquez-le avant la softmax.",
            attention_unmasked,
        ),
        Mistake(
            "masque-apres",
            "Vous annulez le remplissage après la softmax : les poids ne somment plus à 1.",
            attention_zeroed,
        ),
        Mistake(
            "energie-nulle",
            "Une énergie nulle n'est pas un poids nul : exp(0) vaut 1. Il faut moins l'infini.",
            attention_zero_energy,
        ),
        Mistake(
            "lot",
            "Votre softmax normalise le long du lot : ce sont les mots d'un exemple qui somment à 1.",
            attention_over_batch,
        ),
        Mistake(
            "lot-masque",
            "Vous divisez par la somme sur le lot : ce sont les mots d'un exemple qui somment à 1.",
            attention_masked_batch,
        ),
        Mistake(
            "somme-de-tout",
            "Vous divisez par la somme de tout le tableau : il en faut une par exemple du lot.",
            attention_over_everything,
        ),
        Mistake(
            "un-mot-de-trop",
            "Un mot de remplissage reçoit du poids : les rangs vont de 0 à la longueur moins un.",
            attention_one_too_many,
        ),
        Mistake(
            "sans-exponentielle",
            "Vous divisez les énergies par leur somme : elles peuvent être négatives, il manque "
            "l'exponentielle.",
            attention_without_exp,
        ),
        Mistake(
            "echanges", "Vous renvoyez `weights, context` : on attend `context, weights`.", attention_swapped
        ),
        Mistake(
            "sans-poids",
            "`context` est juste ; il manque `weights`, que l'on veut pouvoir regarder.",
            attention_context_only,
        ),
        Mistake(
            "moyenne",
            "Les poids somment déjà à 1 : diviser encore par le nombre de mots rétrécit le contexte.",
            attention_mean,
        ),
        Mistake(
            "argmax",
            "Vous gardez le seul mot le plus fort : l'attention fait une moyenne pesée.",
            attention_hard,
        ),
    ),
)


# --- seq2seq-4 : écrire seul ----------------------------------------------------------------------------


def greedy(step: Any, s: np.ndarray, start: int, end: int, longest: int) -> list[int]:
    written: list[int] = []
    digit = start
    while len(written) < longest:
        scores, s = step(digit, s)
        digit = int(np.argmax(scores))
        if digit == end:
            break
        written.append(digit)
    return written


def greedy_with_end(step, s, start, end, longest):
    written = greedy(step, s, start, end, longest)
    return [*written, end] if len(written) < longest else written


def greedy_same_state(step, s, start, end, longest):
    return greedy(lambda digit, _: step(digit, s), s, start, end, longest)


def greedy_same_digit(step, s, start, end, longest):
    return greedy(lambda _, state: step(start, state), s, start, end, longest)


def greedy_never_stops(step, s, start, end, longest):
    written, digit = [], start
    for _ in range(longest):
        scores, s = step(digit, s)
        digit = int(np.argmax(scores))
        written.append(digit)
    return written


def greedy_with_start(step, s, start, end, longest):
    return [start, *greedy(step, s, start, end, longest)]


def greedy_without_limit(step, s, start, end, longest):
    return greedy(step, s, start, end, 100)


def greedy_one_too_many(step, s, start, end, longest):
    return greedy(step, s, start, end, longest + 1)


def greedy_drops_the_last(step, s, start, end, longest):
    return greedy_with_end(step, s, start, end, longest)[:-1]


def greedy_skips_the_end(step, s, start, end, longest):
    return [digit for digit in greedy_never_stops(step, s, start, end, longest) if digit != end]


class _Decoder:
    """Un petit décodeur tiré au hasard, dont la fin devient de plus en plus probable."""

    def __init__(self, rng: np.random.Generator, digits: int, units: int, urge: float) -> None:
        self.W_d, self.W_s = rng.normal(size=(digits + 1, units)), rng.normal(size=(units, units))
        self.W_o, self.urge = 2 * rng.normal(size=(units, digits)), urge

    def __call__(self, digit: int, s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        inner = np.tanh(self.W_d[digit] + self.W_s @ s[:-1])
        scores = inner @ self.W_o
        scores[-1] += self.urge * s[-1]
        return scores, np.append(inner, s[-1] + 1)


def _decoders(rng: np.random.Generator) -> Iterator[Case]:
    for urge, longest in ((1.0, 12), (0.5, 12), (0.5, 2)):  # le dernier est coupé bien avant sa fin
        yield _Decoder(rng, 5, 6, urge), np.append(rng.normal(size=6), -6.0), 5, 4, longest


GREEDY = FunctionExercise(
    "seq2seq-4",
    "Écrire seul, puis s'arrêter",
    "code",
    3,
    reference=greedy,
    inputs=_decoders,
    mistakes=(
        Mistake(
            "avec-la-fin", "Le jeton de fin arrête l'écriture ; il n'en fait pas partie.", greedy_with_end
        ),
        Mistake(
            "meme-etat",
            "L'état rendu par `step` doit resservir au pas suivant.",
            greedy_same_state,
        ),
        Mistake(
            "meme-chiffre",
            "Le décodeur doit relire le chiffre qu'il vient d'écrire, pas le départ.",
            greedy_same_digit,
        ),
        Mistake("sans-arret", "Votre écriture continue après la fin.", greedy_never_stops),
        Mistake(
            "fin-sautee",
            "Vous n'écrivez pas la fin, mais vous continuez après elle : elle doit arrêter l'écriture.",
            greedy_skips_the_end,
        ),
        Mistake(
            "sans-limite",
            "Vous n'arrêtez pas après `longest` chiffres : un décodeur qui n'écrit jamais la fin vous "
            "bloquerait.",
            greedy_without_limit,
        ),
        Mistake("un-de-trop", "Vous écrivez un chiffre de plus que `longest`.", greedy_one_too_many),
        Mistake(
            "dernier-perdu",
            "Il manque le dernier chiffre quand `longest` arrête l'écriture : vous l'ôtez, ou vous vous "
            "arrêtez un pas trop tôt.",
            greedy_drops_the_last,
        ),
        Mistake("avec-le-depart", "Le jeton de départ est lu, il n'est pas écrit.", greedy_with_start),
    ),
)


# --- seq2seq-5 : selon la longueur ----------------------------------------------------------------------


def by_length(right: list[bool], lengths: list[int]) -> dict[int, float]:
    groups: dict[int, list[bool]] = {}
    for ok, length in zip(right, lengths, strict=True):
        groups.setdefault(length, []).append(ok)
    return {length: sum(row) / len(row) for length, row in sorted(groups.items())}


def by_length_counts(right, lengths):
    shares = by_length(right, lengths)
    return {length: share * lengths.count(length) for length, share in shares.items()}


def by_length_of_all(right, lengths):
    counts = by_length_counts(right, lengths)
    return {length: count / len(right) for length, count in counts.items()}


def by_length_errors(right, lengths):
    return {length: 1 - share for length, share in by_length(right, lengths).items()}


def by_length_of_right(right, lengths):
    counts = by_length_counts(right, lengths)
    return {length: count / max(sum(right), 1) for length, count in counts.items()}


def by_length_floor(right, lengths):
    return {length: int(share) for length, share in by_length(right, lengths).items()}


def _ordered(answer: Any, right: list[bool], lengths: list[int]) -> Any:
    shares = answer(right, lengths)
    if isinstance(shares, dict):
        if not all(isinstance(length, Integral) for length in shares):
            raise Refusal("Les clés de votre dictionnaire sont des longueurs : des entiers.")
        if list(shares) != sorted(shares):
            raise Refusal("Les clés de votre dictionnaire ne vont pas croissant.")
    return shares


def _verdicts(rng: np.random.Generator) -> Iterator[Case]:
    for size, low in ((12, 3), (20, 8)):
        lengths = [low, low + 2, low + 1, *rng.integers(low, low + 3, size=size).tolist()]
        yield [bool(x) for x in rng.random(size + 3) < 0.6], lengths


BY_LENGTH = FunctionExercise(
    "seq2seq-5",
    "L'exactitude selon la longueur",
    "experience",
    2,
    reference=by_length,
    inputs=_verdicts,
    use=_ordered,
    mistakes=(
        Mistake("comptes", "On demande des parts, pas des nombres de réussites.", by_length_counts),
        Mistake(
            "sur-tout",
            "Divisez par le nombre d'exemples de cette longueur, pas par leur total.",
            by_length_of_all,
        ),
        Mistake("erreurs", "Vous donnez la part des erreurs.", by_length_errors),
        Mistake(
            "division-entiere",
            "Votre division perd les décimales : `//` arrondit vers le bas.",
            by_length_floor,
        ),
        Mistake(
            "parmi-les-justes",
            "Vous répartissez les réussites : on demande la part de réussite de chaque longueur.",
            by_length_of_right,
        ),
    ),
)


EXERCISES = (BY_HAND, EXACT, ATTENTION, GREEDY, BY_LENGTH)
