"""Exercices vérifiés : `check("cellule-2", step)` dit si une réponse est juste et, sinon, pourquoi.

Un module par chapitre (`cellule`, `bptt`…) déclare ses exercices dans `EXERCISES`. Le moteur est dans les
modules privés : `_model` (décrire, juger), `_values` (comparer), `_guard` (exécuter sans risque).
"""

from __future__ import annotations

import difflib
import os
import pkgutil
import sys
from importlib import import_module
from typing import Any

from rnnbook.exercises._model import (
    KINDS,
    Exercise,
    FunctionExercise,
    Mistake,
    Refusal,
    ValueExercise,
    Verdict,
)

__all__ = [
    "KINDS",
    "STRICT",
    "Exercise",
    "FunctionExercise",
    "Mistake",
    "Refusal",
    "ValueExercise",
    "Verdict",
    "chapters",
    "check",
    "exercises",
    "find",
]

STRICT = "RNNBOOK_STRICT_CHECKS"
"""Variable d'environnement. À « 1 », une réponse fausse lève `AssertionError` : la construction s'arrête."""


def chapters() -> list[str]:
    """Noms des modules d'exercices, par ordre alphabétique : `["bptt", "cellule", …]`."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_"))


def exercises(chapter: str) -> tuple[Exercise, ...]:
    """Exercices d'un chapitre (`"cellule"`, `"ntm-mecanisme"`), dans l'ordre.

    Lève `ValueError` si le chapitre n'en a pas.
    """
    name = chapter.replace("-", "_")
    if name not in chapters():
        raise ValueError(f"chapter : {chapter!r} reçu, un de {', '.join(chapters())} attendu")
    found: tuple[Exercise, ...] = import_module(f"{__name__}.{name}").EXERCISES
    return found


def find(exercise_id: str) -> Exercise:
    """Renvoie l'exercice de cet identifiant.

    Lève `TypeError` si ce n'est pas une chaîne, `ValueError` s'il n'existe pas (avec les plus proches).
    """
    if not isinstance(exercise_id, str):
        raise TypeError(
            f"exercise_id : {type(exercise_id).__name__} reçu, une chaîne comme « cellule-1 » attendue"
        )
    chapter = exercise_id.rpartition("-")[0].replace("-", "_")
    known = chapters()
    for name in [chapter] if chapter in known else known:
        for exercise in exercises(name):
            if exercise.id == exercise_id:
                return exercise
    names = [exercise.id for name in known for exercise in exercises(name)]
    close = difflib.get_close_matches(exercise_id, names, n=3)
    hint = f" ; vouliez-vous dire {' ou '.join(f'« {name} »' for name in close)} ?" if close else ""
    raise ValueError(f"exercise_id : « {exercise_id} » n'est pas un exercice du livre{hint}")


def check(exercise_id: str, answer: Any) -> Verdict:
    """Vérifie une réponse sur des entrées cachées, affiche le jugement en français et le renvoie.

    `answer` est la fonction écrite (sans l'appeler) ou la valeur trouvée, selon l'exercice. Le verdict vaut
    vrai si la réponse est juste. La réponse de l'élève ne peut ni bloquer le noyau ni lever d'exception ici.

    Lève `ValueError` ou `TypeError` si l'exercice n'existe pas, et `AssertionError` pour une réponse fausse
    quand la variable d'environnement `RNNBOOK_STRICT_CHECKS` vaut « 1 ».
    """
    verdict = find(exercise_id).judge(answer)
    _show(verdict)
    if os.environ.get(STRICT) == "1" and not verdict.ok:
        raise AssertionError(str(verdict))
    return verdict


def _show(verdict: Verdict) -> None:
    """Affiche le verdict : mis en forme dans un carnet, en texte ailleurs."""
    ipython = sys.modules.get("IPython")
    if ipython is not None and ipython.get_ipython() is not None:
        ipython.display.display(
            {"text/plain": str(verdict), "text/markdown": verdict.markdown()}, raw=True, metadata={}
        )
    else:
        print(verdict)
