"""Décrire un exercice et juger une réponse.

Un exercice se déclare une fois, dans le module de son chapitre : sa référence, ses entrées cachées et ses
erreurs typiques, écrites en code. Une erreur se reconnaît à ce qu'elle fait : la réponse de l'élève et le
code de l'erreur rendent la même chose sur toutes les entrées. Une erreur doit donc aboutir, sans exception,
pour au moins une entrée : des tailles toutes égales y aident.
"""

from __future__ import annotations

import copy
import inspect
import re
import sysconfig
import traceback
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from rnnbook.exercises._guard import Crashed, TimeLimitReached, TooLong, run_limited, seeded
from rnnbook.exercises._values import (
    Array,
    Difference,
    Mapping,
    agree,
    describe,
    difference,
    plain,
    plural,
    shape_text,
)
from rnnbook.formats import NBSP, decimal

Kind = Literal["main", "code", "experience"]
Cause = Literal[
    "juste", "vide", "type", "forme", "valeur", "exception", "duree", "mutation", "hasard", "erreur"
]
Case = tuple[Any, ...]

KINDS: dict[str, str] = {"main": "à la main", "code": "à programmer", "experience": "à expérimenter"}
"""Genre → son nom pour le lecteur."""


class Refusal(Exception):
    """Levée par la fonction `use` d'un exercice : son message est montré tel quel à l'élève."""


@dataclass(frozen=True)
class Verdict:
    """Le jugement d'une réponse. Vaut vrai si elle est juste.

    `cause` dit ce qui ne va pas (« juste » sinon) ; `mistake` nomme l'erreur typique reconnue, s'il y en a
    une ; `message` est le texte montré, en Markdown.
    """

    exercise: str
    cause: Cause
    message: str
    mistake: str | None = None

    @property
    def ok(self) -> bool:
        return self.cause == "juste"

    def __bool__(self) -> bool:
        return self.ok

    @property
    def heading(self) -> str:
        if self.ok:
            return "✓ Juste."
        return "○ À vous de jouer." if self.cause == "vide" else "✗ Pas encore."

    def __str__(self) -> str:
        return _typography(f"{self.exercise} : {self.heading} {self.message}")

    def __repr__(self) -> str:
        return f"<Verdict {self.exercise} : {self.cause}>"

    def _ipython_display_(self) -> None:
        """`check` a déjà montré le verdict : en fin de cellule d'un carnet, il ne s'écrit pas deux fois."""

    def markdown(self) -> str:
        return _typography(f"**{self.exercise} : {self.heading}** {self.message}")


def _typography(text: str) -> str:
    """Met les espaces insécables du français, sauf dans le code entre accents graves."""
    parts = text.split("`")
    parts[::2] = [re.sub(r" ([:;!?»%])", NBSP + r"\1", part).replace("« ", f"«{NBSP}") for part in parts[::2]]
    return "`".join(parts)


@dataclass(frozen=True)
class Mistake:
    """Une erreur typique : `answer` est la réponse fausse, en code, `message` ce qu'on en dit à l'élève.

    Pour un `FunctionExercise`, `answer` a la signature de la référence. Pour un `ValueExercise`, c'est une
    valeur ou une fonction sans argument qui la calcule ; si la réponse est un dictionnaire, on n'y met que
    les clés fausses.
    """

    name: str
    message: str
    answer: Any


@dataclass(frozen=True)
class Outcome:
    """Ce qu'une fonction a fait d'une entrée : une valeur lue par `plain`, ou une exception."""

    value: Any = None
    error: str | None = None  # nom du type de l'exception
    detail: str = ""  # son message
    line: str = ""  # la ligne de l'élève qui l'a levée
    mutated: tuple[str, ...] = ()


@dataclass(frozen=True)
class Exercise:
    """Ce que tous les exercices ont en commun.

    `id` : « <chapitre>-<numéro> ». `level` : 1 à 3. `rtol` et `atol` : écart permis, voir
    `rnnbook.exercises._values.difference`. `success` : une phrase de plus quand la réponse est juste.
    """

    id: str
    title: str
    kind: Kind
    level: Literal[1, 2, 3]
    mistakes: tuple[Mistake, ...]
    rtol: float = field(default=1e-4, kw_only=True)
    atol: float = field(default=1e-6, kw_only=True)
    success: str = field(default="", kw_only=True)
    time_limit: float = field(default=5.0, kw_only=True)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"kind : {self.kind!r} reçu, un de {tuple(KINDS)} attendu ({self.id})")
        if self.level not in (1, 2, 3):
            raise ValueError(f"level : {self.level!r} reçu, 1, 2 ou 3 attendu ({self.id})")
        names = [mistake.name for mistake in self.mistakes]
        if len(set(names)) != len(names):
            raise ValueError(f"mistakes : deux erreurs portent le même nom ({self.id})")

    def judge(self, answer: Any) -> Verdict:
        """Juge une réponse, quel que soit l'objet reçu ; ne lève que si l'exercice lui-même est faux."""
        try:
            return self._judge(answer)
        except TooLong as late:
            text = (
                f"Votre code tournait encore après {decimal(late.seconds, 0)} s : "
                "une boucle sans fin, ou bien un calcul refait à chaque pas ?"
            )
            if not late.stopped:
                text += " Il n'a pas pu être arrêté : redémarrez le noyau avant de continuer."
            return self._verdict("duree", text)
        except Crashed as crash:
            return self._verdict("type", f"Votre objet ne se laisse pas lire : il lève `{crash}`.")

    def _judge(self, answer: Any) -> Verdict:
        raise NotImplementedError

    def mistake(self, name: str) -> Mistake:
        """Renvoie l'erreur typique de ce nom ; lève `ValueError` si elle n'existe pas."""
        for mistake in self.mistakes:
            if mistake.name == name:
                return mistake
        known = ", ".join(mistake.name for mistake in self.mistakes)
        raise ValueError(f"name : {name!r} reçu, une erreur de {self.id} attendue ({known})")

    def _verdict(self, cause: Cause, message: str, mistake: str | None = None) -> Verdict:
        return Verdict(self.id, cause, message, mistake)

    def _right(self, text: str) -> Verdict:
        return self._verdict("juste", f"{text} {self.success}".strip())

    def _agree(self, one: Any, other: Any) -> bool:
        return agree(one, other, rtol=self.rtol, atol=self.atol)


@dataclass(frozen=True)
class FunctionExercise(Exercise):
    """Un exercice dont la réponse est une fonction (ou une classe).

    `reference` : la bonne fonction ; ses paramètres nomment ceux de l'élève dans les messages.
    `inputs(rng)` : les entrées cachées, chacune un n-uplet d'arguments ; `rng` a une graine fixe.
    `outputs` : noms des éléments du n-uplet renvoyé.
    `use(answer, *case)` : comment se servir de la réponse quand l'appeler ne suffit pas (une classe, un
    module à nourrir) ; peut lever `Refusal`.
    """

    reference: Callable[..., Any] = field(kw_only=True)
    inputs: Callable[[np.random.Generator], Iterable[Case]] = field(kw_only=True)
    outputs: tuple[str, ...] = field(default=(), kw_only=True)
    use: Callable[..., Any] | None = field(default=None, kw_only=True)

    def cases(self) -> list[Case]:
        """Les entrées cachées, les mêmes à chaque appel."""
        return list(self.inputs(np.random.default_rng(zlib.crc32(self.id.encode()))))

    @property
    def parameters(self) -> list[str]:
        """Noms des paramètres attendus."""
        return list(inspect.signature(self.reference).parameters)

    def outcomes(self, answer: Callable[..., Any], seed: int = 0) -> list[Outcome]:
        """Ce que `answer` fait de chaque entrée cachée. À appeler sous garde si `answer` vient de l'élève."""
        return [self._outcome(answer, case, seed) for case in self.cases()]

    def _outcome(self, answer: Callable[..., Any], case: Case, seed: int) -> Outcome:
        arguments = copy.deepcopy(case)
        with seeded(seed):
            try:
                value = plain(self.use(answer, *arguments) if self.use else answer(*arguments))
            except TimeLimitReached:
                raise
            except BaseException as error:  # `sys.exit()` dans la réponse ne doit pas fermer le noyau
                return Outcome(error=type(error).__name__, detail=str(error)[:300], line=_faulty_line(error))
        names = self._case_names()
        changed = tuple(
            name
            for name, before, after in zip(names, case, arguments, strict=True)
            if not callable(before) and not agree(plain(before), plain(after), rtol=0, atol=0)
        )
        return Outcome(value=value, mutated=changed)

    def _case_names(self) -> list[str]:
        return list(inspect.signature(self.use).parameters)[1:] if self.use else self.parameters

    def _judge(self, answer: Any) -> Verdict:
        refusal = run_limited(lambda: self._refuse(answer), self.time_limit)
        if refusal is not None:
            return refusal

        def observe() -> tuple[list[Outcome], Outcome]:
            return self.outcomes(answer), self._outcome(answer, self.cases()[0], seed=1)

        got, again = run_limited(observe, self.time_limit)
        if got[0].error == "NotImplementedError":
            return self._verdict(
                "vide", "Remplacez `raise NotImplementedError` par votre code, puis relancez la cellule."
            )
        expected = self.outcomes(self.reference)
        wrong = [i for i, pair in enumerate(zip(expected, got, strict=True)) if not self._same(*pair)]
        if not wrong and self._same(got[0], again):
            return self._right(
                f"Même résultat que la référence sur {plural(len(got), 'entrée')} que vous n'avez pas vues."
            )
        # Deux codes qui lèvent partout la même exception de forme peuvent n'avoir rien d'autre en commun.
        if any(outcome.error is None for outcome in got):
            for mistake in self.mistakes:
                if all(self._same(*pair) for pair in zip(self.outcomes(mistake.answer), got, strict=True)):
                    return self._verdict("erreur", mistake.message, mistake.name)
        if not self._same(got[0], again):
            return self._verdict(
                "hasard",
                "Deux appels avec les mêmes arguments ne donnent pas le même résultat : "
                "reste-t-il quelque chose tiré au hasard, ou gardé d'un appel à l'autre ?",
            )
        return self._explain(expected[wrong[0]], got[wrong[0]], self.cases()[wrong[0]])

    def _refuse(self, answer: Any) -> Verdict | None:
        """Dit pourquoi l'objet ne peut pas être appelé comme la référence, ou renvoie `None`."""
        name = self.reference.__name__.lstrip("_")
        call = f'`check("{self.id}", {name})`'
        if answer is ...:
            return self._verdict("vide", f"Remplacez `...` par votre fonction : {call}.")
        if not callable(answer):
            return self._verdict(
                "type",
                f"On attend une fonction, vous avez passé {describe(plain(answer))}. Passez-la sans "
                f"l'appeler : {call}.",
            )
        try:
            signature = inspect.signature(answer)
        except (TypeError, ValueError):  # fonctions en C : on les appelle sans savoir
            return None
        try:
            signature.bind(*self.parameters)
        except TypeError:
            wanted = ", ".join(self.parameters)
            return self._verdict(
                "type", f"Votre fonction a pour signature `{signature}`, on attend `({wanted})`."
            )
        return None

    def _same(self, one: Outcome, other: Outcome) -> bool:
        if (one.error, one.detail, one.mutated) != (other.error, other.detail, other.mutated):
            return False
        return one.error is not None or self._agree(one.value, other.value)

    def _explain(self, expected: Outcome, got: Outcome, case: Case) -> Verdict:
        where = self._where(case)
        if got.error == "Refusal":
            return self._verdict("type", got.detail)
        if got.error:
            line = f" à la ligne `{got.line[:80]}`" if got.line else ""
            detail = f" : `{got.detail.rstrip('. ')}`" if got.detail else ""
            return self._verdict("exception", f"Votre fonction lève `{got.error}`{line}{detail}.{where}")
        found = difference(
            expected.value, got.value, rtol=self.rtol, atol=self.atol, names=self.outputs, what="le résultat"
        )
        names = ", ".join(f"`{name}`" for name in got.mutated)
        if got.mutated and not found:
            return self._verdict(
                "mutation",
                f"Le résultat est juste, mais votre fonction modifie son argument {names} : "
                "l'appelant retrouverait ses données changées. Travaillez sur un nouveau tableau.",
            )
        assert found is not None
        written = f" Votre fonction modifie aussi son argument {names} : est-ce voulu ?" if names else ""
        return self._verdict(found.cause, f"{_sentence(found)}.{written}{where}")

    def _where(self, case: Case) -> str:
        """Décrit une entrée par ses formes, sans ses valeurs."""
        shapes = [
            f"`{name}` de forme {shape_text(value.shape)}"
            for name, value in zip(self._case_names(), map(plain, case), strict=True)
            if isinstance(value, Array)
        ]
        return f" (Entrée : {', '.join(shapes)}.)" if shapes else ""


@dataclass(frozen=True)
class ValueExercise(Exercise):
    """Un exercice dont la réponse est une valeur : un nombre, une forme, un dictionnaire de mesures.

    `value()` calcule la bonne réponse.
    """

    value: Callable[[], Any] = field(kw_only=True)

    def wrong_answer(self, mistake: Mistake) -> Any:
        """La réponse complète d'un élève qui ferait cette erreur et aucune autre."""
        wrong = mistake.answer() if callable(mistake.answer) else mistake.answer
        return {**self.value(), **wrong} if isinstance(wrong, dict) else wrong

    def _judge(self, answer: Any) -> Verdict:
        if callable(answer):
            return self._verdict(
                "type",
                "On attend une valeur, vous avez passé une fonction ou une classe : appelez-la d'abord.",
            )
        got = run_limited(lambda: plain(answer), self.time_limit)
        expected = plain(self.value())
        found = difference(expected, got, rtol=self.rtol, atol=self.atol, what="votre réponse")
        if found is None:
            return self._right("")
        if found.cause == "vide":
            begun = isinstance(got, Mapping) and any(item is not ... for item in got.items.values())
            score = f"{_sentence(found)}. " if begun else ""
            return self._verdict(
                "vide", score + "Remplacez chaque `...` par votre réponse, puis relancez la cellule."
            )
        messages = [mistake for mistake in self.mistakes if self._made(mistake, got)]
        if messages:
            score = f"{_sentence(found)}. " if isinstance(expected, Mapping) else ""
            return self._verdict(
                "erreur", score + " ".join(mistake.message for mistake in messages), messages[0].name
            )
        return self._verdict(found.cause, f"{_sentence(found)}.")

    def _made(self, mistake: Mistake, got: Any) -> bool:
        """Dit si la réponse contient cette erreur : pour un dictionnaire, sur les seules clés de l'erreur."""
        wrong = plain(mistake.answer() if callable(mistake.answer) else mistake.answer)
        if isinstance(wrong, Mapping) and isinstance(got, Mapping):
            return all(
                key in got.items and self._agree(item, got.items[key]) for key, item in wrong.items.items()
            )
        return self._agree(wrong, got)


_OUR_CODE = (
    str(Path(__file__).parents[1]),
    *{sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")},
)


def _faulty_line(error: BaseException) -> str:
    """La dernière ligne exécutée hors de ce paquet, de Python et des bibliothèques : celle de l'élève."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.line for frame in frames if frame.line and not frame.filename.startswith(_OUR_CODE)]
    return lines[-1] if lines else ""


def _sentence(found: Difference) -> str:
    return found.text[0].upper() + found.text[1:]
