"""Vérifier un argument et dire en français son nom, ce qui est venu et ce qu'on attendait.

Ces fonctions n'importent ni NumPy ni torch : un tableau est ce qui a `shape` et `dtype`. Chacune
renvoie la valeur vérifiée, ou lève `TypeError` (mauvaise nature) ou `ValueError` (mauvaise valeur).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import index
from typing import Any, TypeVar

T = TypeVar("T")


def check_type(name: str, value: Any, *types: type) -> Any:
    """Renvoie `value` si elle est d'un des `types` ; un booléen ne passe que si `bool` y est."""
    unwanted_bool = isinstance(value, bool) and bool not in types
    if unwanted_bool or not isinstance(value, types):
        expected = " ou ".join(t.__name__ for t in types)
        raise TypeError(f"{name} : {type(value).__name__} reçu, {expected} attendu")
    return value


def check_size(name: str, value: Any, minimum: int = 1) -> int:
    """Renvoie `value`, un entier (de Python, de NumPy ou de torch) qui vaut au moins `minimum`."""
    try:
        size = index(value)
    except TypeError:
        raise TypeError(f"{name} : {type(value).__name__} reçu, int attendu") from None
    if isinstance(value, bool):
        raise TypeError(f"{name} : bool reçu, int attendu")
    if size < minimum:
        raise ValueError(f"{name} : {size} reçu, un entier d'au moins {minimum} attendu")
    return size


def check_interval(name: str, value: Any, low: float, high: float) -> float:
    """Renvoie `value`, un nombre tel que `low <= value <= high` ; NaN est refusé."""
    if isinstance(value, str | bool) or not hasattr(value, "__float__"):
        raise TypeError(f"{name} : {type(value).__name__} reçu, float attendu")
    if not low <= float(value) <= high:
        raise ValueError(f"{name} : {value} reçu, un nombre entre {low} et {high} attendu")
    return float(value)


def check_choice(name: str, value: T, choices: Iterable[T]) -> T:
    """Renvoie `value` si elle est l'un des `choices`."""
    choices = list(choices)
    if value not in choices:
        raise ValueError(f"{name} : {value!r} reçu, {' ou '.join(map(repr, choices))} attendu")
    return value


def check_shape(name: str, array: Any, axes: Sequence[int | str]) -> tuple[int, ...]:
    """Renvoie la forme d'un tableau de rang `len(axes)`, sans axe vide.

    Un entier de `axes` fixe la taille de l'axe ; un texte le nomme et laisse sa taille libre, la même
    partout où ce nom revient : `check_shape("x", x, ("temps", "lot", 3))`.
    """
    expected = _show(axes)
    if not hasattr(array, "shape"):
        raise TypeError(f"{name} : {type(array).__name__} reçu, un tableau de forme {expected} attendu")
    shape = tuple(array.shape)
    received = f"{name} : forme {_show(shape)} reçue"
    if len(shape) != len(axes):
        raise ValueError(f"{received} (rang {len(shape)}), forme {expected} attendue (rang {len(axes)})")
    if 0 in shape:
        raise ValueError(f"{received}, un axe est vide ; forme {expected} attendue")
    sizes: dict[str, int] = {}
    for axis, size in zip(axes, shape, strict=True):
        if size != (sizes.setdefault(axis, size) if isinstance(axis, str) else axis):
            raise ValueError(f"{received}, forme {expected} attendue")
    return shape


def check_dtype(name: str, array: Any, *dtypes: Any) -> Any:
    """Renvoie le type des nombres du tableau (`array.dtype`) s'il est l'un des `dtypes`."""
    if array.dtype not in dtypes:
        expected = " ou ".join(map(str, dtypes))
        raise TypeError(f"{name} : nombres de type {array.dtype} reçus, type {expected} attendu")
    return array.dtype


def _show(axes: Sequence[int | str]) -> str:
    """Écrit une forme comme un tuple de Python, les noms d'axes sans guillemets."""
    return f"({', '.join(map(str, axes))}{',' if len(axes) == 1 else ''})"
