"""Les n-grammes de caractères : la référence que les réseaux doivent battre (chapitres 7 et 16).

Un modèle de langue d'ordre n prédit chaque signe d'après les n − 1 précédents, par comptage. Le lissage
est celui de Kneser et Ney (1995, doi:10.1109/ICASSP.1995.479394), interpolé à remise constante comme
dans Chen et Goodman (1999, doi:10.1006/csla.1999.0128) :

    P(s | u) = (max(c(u, s) − D, 0) + D · N(u) · P(s | u')) / Σ_s c(u, s)

u est le contexte, u' le même sans son premier signe, N(u) le nombre de signes différents vus après u.
Un contexte jamais vu laisse sa place à u' ; sous le contexte vide, P(s | u') est uniforme.
c(u, s) est un vrai compte pour le contexte le plus long ; plus court, c'est le nombre de signes
différents vus juste avant u s : un signe fréquent dans un seul contexte ne devient pas probable partout.
Un texte commence par `START` et finit par `END` : le modèle apprend aussi les débuts et les fins.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import Any, Self

import numpy as np

from rnnbook.validation import check_choice, check_interval, check_shape, check_size, check_type

START = "\x02"
"""Marque le début d'un texte dans les contextes ; n'est jamais prédit."""

END = "\x03"
"""Marque la fin d'un texte ; prédit comme un signe."""


class NgramModel:
    """Un modèle de langue : la probabilité d'un texte, signe après signe.

    `order` : n, au moins 1. `discount` : D, entre 0,01 et 1. `alphabet` : les signes possibles ; par
    défaut, ceux des textes d'apprentissage.

        model = NgramModel(order=4).fit(["martin", "bernard", "dubois"])
        model.perplexity(["durand"]), model.sample(np.random.default_rng(0))
    """

    def __init__(self, order: int = 4, *, discount: float = 0.9, alphabet: str | None = None) -> None:
        self.order = check_size("order", order)
        self.discount = check_interval("discount", discount, 0.01, 1)
        self.given_alphabet = _check_alphabet(alphabet)
        self.alphabet: str | None = None
        self._tables: dict[str, tuple[dict[str, float], float]] = {}

    def fit(self, texts: Iterable[str]) -> Self:
        """Compte les n-grammes de `texts` et renvoie le modèle ; un second appel repart de zéro.

        `ValueError` : aucun texte, un texte vide, ou un signe hors de l'alphabet. `TypeError` : `texts`
        n'est pas une liste de textes.
        """
        texts = _check_texts(texts)
        if not all(texts):
            raise ValueError(f"texts : texte vide reçu au rang {texts.index('')}, au moins un signe attendu")
        alphabet = self.given_alphabet or _signs(texts)
        _check_signs("texts", texts, alphabet)
        self.alphabet = alphabet

        counts: dict[str, Counter[str]] = {}
        for text in texts:
            for context, sign in _steps(text, self.order):
                _count(counts, context, sign)
        D = self.discount
        self._tables = {}
        for context, row in counts.items():
            total = row.total()
            self._tables[context] = (
                {sign: (count - D) / total for sign, count in row.items()},
                D * len(row) / total,
            )
        return self

    def probability(self, sign: str, prefix: str = "") -> float:
        """Renvoie P(sign | début du texte), entre 0 et 1 ; `sign` peut être `END`.

        `prefix` est tout ce qui précède depuis le début du texte ; seuls les n − 1 derniers signes
        comptent. `ValueError` pour un signe hors de l'alphabet.
        """
        _check_signs("prefix", [prefix], self._fitted())
        check_choice("sign", sign, [*self._fitted(), END])
        return self._probability(self._context(prefix), sign)

    def distribution(self, prefix: str = "") -> np.ndarray:
        """Renvoie P(· | début du texte), forme (signes + 1,) : les signes de `alphabet`, puis `END`."""
        alphabet = self._fitted()
        _check_signs("prefix", [prefix], alphabet)
        context = self._context(prefix)
        return np.array([self._probability(context, sign) for sign in (*alphabet, END)])

    def log_probability(self, text: str) -> float:
        """Renvoie ln P(text), fin comprise : la somme des ln P(signe | ce qui précède)."""
        _check_signs("text", [text], self._fitted())
        return sum(math.log(self._probability(*step)) for step in _steps(text, self.order))

    def perplexity(self, texts: Iterable[str]) -> float:
        """Renvoie l'exponentielle de la perte moyenne par signe, la fin de chaque texte comptant pour un."""
        texts = _check_texts(texts)
        signs = sum(len(text) + 1 for text in texts)
        return math.exp(-sum(self.log_probability(text) for text in texts) / signs)

    def sample(
        self, generator: np.random.Generator, *, temperature: float = 1.0, max_length: int = 100
    ) -> str:
        """Tire un texte, signe après signe, jusqu'à `END` ou jusqu'à `max_length` signes.

        Chaque signe est tiré selon P^(1/temperature), renormalisée : 1 suit le modèle, moins de 1 préfère
        les signes probables.
        """
        check_type("generator", generator, np.random.Generator)
        check_interval("temperature", temperature, 0.01, 100)
        check_size("max_length", max_length)
        signs, text = [*self._fitted(), END], ""
        while len(text) < max_length:
            logits = np.log(self.distribution(text)) / temperature
            weights = np.exp(logits - logits.max())
            sign = signs[generator.choice(len(signs), p=weights / weights.sum())]
            if sign == END:
                break
            text += sign
        return text

    def _probability(self, context: str, sign: str) -> float:
        """La formule du module, du contexte vide au plus long des contextes connus."""
        p = 1 / (len(self._fitted()) + 1)
        for length in range(len(context) + 1):
            table = self._tables.get(context[len(context) - length :])
            if table is None:  # un contexte plus long contient celui-ci : il est inconnu aussi
                break
            discounted, rest = table
            p = discounted.get(sign, 0.0) + rest * p
        return p

    def _context(self, prefix: str) -> str:
        return _tail(START + prefix, self.order - 1)

    def _fitted(self) -> str:
        if self.alphabet is None:
            raise ValueError("modèle sans comptes : appeler fit(texts) d'abord")
        return self.alphabet


class NgramClassifier:
    """Un modèle de langue par classe, puis la règle de Bayes.

    P(classe | texte) est proportionnelle à P(classe) P(texte | classe).

    `order`, `discount`, `alphabet` : voir `NgramModel`. `prior` : P(classe), "uniform" (vise l'exactitude
    macro, où chaque classe compte autant) ou "empirical" (les fréquences d'apprentissage).

        classifier = NgramClassifier(order=4).fit(names.names, names.labels)
        classifier.predict(["dubois"]), classifier.predict_proba(["dubois"])
    """

    def __init__(
        self,
        order: int = 4,
        *,
        discount: float = 0.9,
        alphabet: str | None = None,
        prior: str = "uniform",
    ) -> None:
        self.order = check_size("order", order)
        self.discount = check_interval("discount", discount, 0.01, 1)
        self.given_alphabet = _check_alphabet(alphabet)
        self.prior = check_choice("prior", prior, ("uniform", "empirical"))
        self.models: list[NgramModel] = []
        self.classes = np.array([])
        self.log_prior = np.array([])

    def fit(self, texts: Iterable[str], labels: Sequence[Hashable] | np.ndarray) -> Self:
        """Compte les n-grammes de chaque classe ; `classes` contient alors les étiquettes, triées.

        `ValueError` : autant d'étiquettes que de textes sont attendues, et deux classes au moins ; mêmes
        erreurs que `NgramModel.fit` pour les textes.
        """
        texts = _check_texts(texts)
        check_shape("labels", np.asarray(labels), (len(texts),))
        classes, ranks = np.unique(np.asarray(labels), return_inverse=True)
        if len(classes) < 2:
            raise ValueError(f"labels : {len(classes)} classe reçue, au moins 2 attendues")
        # Un même alphabet pour toutes les classes, sinon leurs probabilités ne se comparent pas.
        alphabet = self.given_alphabet or _signs(texts)
        self.models = [
            NgramModel(self.order, discount=self.discount, alphabet=alphabet).fit(
                text for text, rank in zip(texts, ranks, strict=True) if rank == k
            )
            for k in range(len(classes))
        ]
        shares = np.bincount(ranks) / len(texts)
        self.classes = classes
        self.log_prior = np.log(shares) if self.prior == "empirical" else np.zeros(len(classes))
        return self

    def log_likelihood(self, texts: Iterable[str]) -> np.ndarray:
        """Renvoie ln P(texte | classe), forme (textes, classes). `ValueError` pour un signe inconnu."""
        if not self.models:
            raise ValueError("classifieur sans comptes : appeler fit(texts, labels) d'abord")
        texts = _check_texts(texts)
        _check_signs("texts", texts, self.models[0]._fitted())
        # Les textes partagent la plupart de leurs n-grammes : chacun n'est évalué qu'une fois.
        known: dict[tuple[str, str], np.ndarray] = {}
        result = np.zeros((len(texts), len(self.models)))
        for row, text in zip(result, texts, strict=True):
            for step in _steps(text, self.order):
                if step not in known:
                    known[step] = np.log([model._probability(*step) for model in self.models])
                row += known[step]
        return result

    def predict_proba(self, texts: Iterable[str]) -> np.ndarray:
        """Renvoie P(classe | texte), forme (textes, classes), colonnes dans l'ordre de `classes`."""
        scores = self.log_likelihood(texts) + self.log_prior
        weights = np.exp(scores - scores.max(axis=1, keepdims=True))
        return weights / weights.sum(axis=1, keepdims=True)

    def predict(self, texts: Iterable[str]) -> np.ndarray:
        """Renvoie la classe la plus probable de chaque texte, forme (textes,)."""
        return self.classes[self.predict_proba(texts).argmax(axis=1)]


def _steps(text: str, order: int) -> Iterator[tuple[str, str]]:
    """Donne chaque (contexte, signe) du texte, du premier signe à `END`."""
    marked = START + text + END
    for i in range(1, len(marked)):
        yield _tail(marked[:i], order - 1), marked[i]


def _tail(text: str, length: int) -> str:
    return text[max(0, len(text) - length) :]


def _count(counts: dict[str, Counter[str]], context: str, sign: str) -> None:
    """Compte un signe sous un contexte et, s'il y est nouveau, sous le contexte plus court.

    Un signe n'est donc compté sous un contexte court qu'une fois par signe différent qui le précède.
    """
    row = counts.setdefault(context, Counter())
    row[sign] += 1
    if row[sign] == 1 and context:
        _count(counts, context[1:], sign)


def _signs(texts: Iterable[str]) -> str:
    return "".join(sorted(set().union(*texts)))


def _check_alphabet(alphabet: str | None) -> str | None:
    if alphabet is None:
        return None
    check_type("alphabet", alphabet, str)
    if not alphabet or len(set(alphabet)) < len(alphabet) or {START, END} & set(alphabet):
        raise ValueError(f"alphabet : {alphabet!r} reçu, des signes tous différents attendus")
    return alphabet


def _check_texts(texts: Any) -> list[str]:
    if isinstance(texts, str) or not isinstance(texts, Iterable):
        raise TypeError(f"texts : {type(texts).__name__} reçu, une liste de textes attendue")
    texts = [check_type(f"texts[{i}]", text, str) for i, text in enumerate(texts)]
    if not texts:
        raise ValueError("texts : aucun texte reçu, au moins un attendu")
    return texts


def _check_signs(name: str, texts: Iterable[str], alphabet: str) -> None:
    signs = frozenset(alphabet) - {START, END}
    for text in texts:
        if unknown := set(check_type(name, text, str)) - signs:
            raise ValueError(
                f"{name} : {text!r} reçu, signes {sorted(unknown)} hors de l'alphabet {alphabet!r}"
            )
