"""Lire n'importe quel objet comme une valeur simple, et dire en français en quoi deux valeurs diffèrent.

`plain` traverse l'objet de l'élève (elle peut donc lever ou ne pas finir : on l'appelle sous garde) ;
tout le reste travaille sur son résultat, qui ne contient plus rien de l'élève.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from rnnbook.formats import percent

MAX_DEPTH = 8
"""Profondeur au-delà de laquelle une structure n'est plus lue (une liste peut se contenir elle-même)."""


@dataclass(frozen=True)
class Array:
    """Un tableau de dimension 1 ou plus. `values` est `None` si le type des éléments n'est pas numérique."""

    library: str  # « NumPy » ou « torch »
    shape: tuple[int, ...]
    dtype: str
    values: np.ndarray | None


@dataclass(frozen=True)
class Items:
    """Une liste ou un n-uplet, déjà lu."""

    kind: str  # « liste » ou « n-uplet »
    items: tuple[Any, ...]


@dataclass(frozen=True)
class Mapping:
    """Un dictionnaire, déjà lu ; les clés sont écrites en chaînes."""

    items: dict[str, Any]


@dataclass(frozen=True)
class Opaque:
    """Un objet que l'on ne compare pas : on n'en garde que le nom de type."""

    type_name: str


@dataclass(frozen=True)
class Difference:
    """Ce qui sépare deux valeurs ; `text` est une phrase sans majuscule ni point."""

    cause: Literal["vide", "type", "forme", "valeur"]
    text: str


def plain(value: Any, depth: int = 0) -> Any:
    """Lit `value` comme nombre, chaîne, `None`, `...`, `Array`, `Items`, `Mapping` ou `Opaque`."""
    if value is None or value is ... or isinstance(value, (bool, np.bool_)):
        return bool(value) if isinstance(value, np.bool_) else value
    if depth > MAX_DEPTH:
        return Opaque("structure trop profonde")
    if isinstance(value, (np.ndarray, np.generic)):
        return _plain_array(np.asarray(value), "NumPy")
    torch = sys.modules.get("torch")
    if torch and isinstance(value, torch.Tensor):
        tensor = value.detach().cpu()
        if tensor.dtype == torch.bfloat16:  # NumPy ne connaît pas ce type
            tensor = tensor.float()
        return _plain_array(tensor.resolve_conj().resolve_neg().numpy(), "torch")
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value)
    if isinstance(value, complex):
        return complex(value)
    if isinstance(value, str):
        return str(value)
    if isinstance(value, (list, tuple)):
        kind_name = "liste" if isinstance(value, list) else "n-uplet"
        return Items(kind_name, tuple(plain(item, depth + 1) for item in value))
    if isinstance(value, dict):
        return Mapping({str(key): plain(item, depth + 1) for key, item in value.items()})
    return Opaque(type(value).__name__)


def _plain_array(array: np.ndarray, library: str) -> Any:
    numeric = array.dtype.kind in "biufc"
    if array.ndim == 0:
        return array.item() if numeric else Opaque(f"tableau de type {array.dtype}")
    # Une copie : l'élève peut garder une référence et modifier le tableau ensuite.
    return Array(library, array.shape, str(array.dtype), array.copy() if numeric else None)


def describe(value: Any) -> str:
    """Nomme une valeur lue par `plain`, sans en montrer le contenu : « un tableau NumPy de forme (2, 3) »."""
    match value:
        case None:
            return "`None`"
        case bool():
            return "un booléen"
        case int():
            return "un entier"
        case float():
            return "un nombre décimal"
        case complex():
            return "un nombre complexe"
        case str():
            return "une chaîne"
        case Array(library, shape, dtype, values):
            what = "un tableau NumPy" if library == "NumPy" else "un tenseur torch"
            if values is None:
                return f"{what} de type `{dtype}` (listes de longueurs inégales ?)"
            return f"{what} de forme {shape_text(shape)}"
        case Items(kind, items):
            article = "une liste" if kind == "liste" else "un n-uplet"
            shapes = {item.shape for item in items if isinstance(item, Array)}
            if len(shapes) == 1 and all(isinstance(item, Array) for item in items):
                return f"{article} de {plural(len(items), 'tableau')} de forme {shape_text(shapes.pop())}"
            return f"{article} de {plural(len(items), 'élément')}"
        case Mapping(items):
            return f"un dictionnaire de {plural(len(items), 'clé')}"
        case Opaque(type_name):
            return f"un objet `{type_name}`"
    return "`...`"


def shape_text(shape: Sequence[int]) -> str:
    return f"`{tuple(shape)}`"


def plural(count: int, word: str) -> str:
    ending = "x" if word.endswith("eau") else "s"
    return f"{count} {word}{ending if count > 1 else ''}"


def difference(
    expected: Any, got: Any, *, rtol: float, atol: float, names: Sequence[str] = (), what: str = "le résultat"
) -> Difference | None:
    """Renvoie la première différence entre deux valeurs lues par `plain`, ou `None` si elles s'accordent.

    Deux nombres s'accordent si leur écart est au plus `atol + rtol * |attendu|`. Une liste vaut un n-uplet,
    un tableau sans axe vaut un nombre ; un tenseur torch ne vaut pas un tableau NumPy. `names` nomme les
    éléments d'un n-uplet attendu, `what` est le sujet des phrases.
    """
    if got is ...:
        return Difference("vide", f"{what} vaut encore `...`")
    if got is None and expected is not None:
        return Difference("type", f"{what} vaut `None` (un `return` oublié ?)")
    match expected, got:
        case Array(), Array():
            return _array_difference(expected, got, rtol, atol, what)
        case Items(), Items() if all(
            isinstance(item, int) for item in expected.items
        ):  # une forme, des jetons
            return (
                None
                if expected.items == got.items
                else Difference("valeur", f"{what} n'est pas {_THE_RIGHT[expected.kind]}")
            )
        case Items(), Items():
            if len(expected.items) != len(got.items):
                return Difference(
                    "forme",
                    f"{what} compte {plural(len(got.items), 'élément')}, {len(expected.items)} attendus",
                )
            return _items_difference(expected, got, rtol, atol, names)
        case Mapping(), Mapping():
            return _mapping_difference(expected, got, rtol, atol)
        case (bool(), bool()) | (str(), str()) | (None, None):
            return None if expected == got else Difference("valeur", f"{what} n'est pas la bonne réponse")
        case (int() | float() | complex(), int() | float() | complex()) if not isinstance(
            expected, bool
        ) and not isinstance(got, bool):
            exact = isinstance(expected, int)  # un compte n'est pas juste à peu près
            if got == expected if exact else np.isclose(got, expected, rtol=rtol, atol=atol):
                return None
            if np.isnan(got):
                return Difference("valeur", f"{what} vaut NaN")
            hundred = not exact and 0 < abs(expected) <= 1 and np.isclose(got, 100 * expected, rtol=rtol)
            hint = " : cent fois trop, comme en pour cent" if hundred else ""
            return Difference("valeur", f"{what} n'a pas la bonne valeur{hint}")
    text = f"{what} est {describe(got)}, on attend {describe(expected)}"
    if isinstance(expected, Array) and isinstance(got, Items):
        if got.kind == "liste" or len(got.items) == expected.shape[0]:
            text += " : assemblez les morceaux en un seul tableau"
        else:
            text += " et rien d'autre"
    elif isinstance(expected, Items) and len(names) == len(expected.items) and not isinstance(got, Items):
        text += f" : {', '.join(f'`{name}`' for name in names)}"
    return Difference("type", text)


_THE_RIGHT = {"liste": "la bonne liste", "n-uplet": "le bon n-uplet"}


def _items_difference(
    expected: Items, got: Items, rtol: float, atol: float, names: Sequence[str]
) -> Difference | None:
    """La première différence entre deux suites de même taille et, si elles sont nommées, ce qui est juste."""
    named = len(names) == len(expected.items)
    labels = [f"`{name}`" for name in names] if named else None
    found = {}
    for index, (one, other) in enumerate(zip(expected.items, got.items, strict=True)):
        label = labels[index] if labels else f"l'élément n° {index + 1} de la réponse"
        found[label] = difference(one, other, rtol=rtol, atol=atol, what=label)
    wrong = [item for item in found.values() if item]
    if not wrong:
        return None
    right = [label for label, item in found.items() if item is None]
    if not named or not right:
        return wrong[0]
    return Difference(
        wrong[0].cause,
        f"{wrong[0].text} ; {' et '.join(right)} {'sont justes' if right[1:] else 'est juste'}",
    )


def _mapping_difference(expected: Mapping, got: Mapping, rtol: float, atol: float) -> Difference | None:
    missing = [key for key in expected.items if key not in got.items]
    extra = [key for key in got.items if key not in expected.items]
    if missing or extra:
        parts = [f"manque {', '.join(f'`{key}`' for key in missing)}"] if missing else []
        parts += [f"en trop {', '.join(f'`{key}`' for key in extra)}"] if extra else []
        return Difference(
            "forme", f"les clés de votre dictionnaire ne sont pas celles de l'énoncé : {', '.join(parts)}"
        )
    found = {
        key: difference(one, got.items[key], rtol=rtol, atol=atol, what=f"`{key}`")
        for key, one in expected.items.items()
    }
    wrong = {key: item for key, item in found.items() if item}
    if not wrong:
        return None
    if all(item and item.cause == "vide" for item in found.values()):
        return next(iter(wrong.values()))
    right = len(found) - len(wrong)
    details = " ; ".join(item.text for item in wrong.values())
    score = f"{plural(right, 'réponse')} {'justes' if right > 1 else 'juste'} sur {len(found)}"
    return Difference(next(iter(wrong.values())).cause, f"{score}. À revoir : {details}")


def _array_difference(expected: Array, got: Array, rtol: float, atol: float, what: str) -> Difference | None:
    if got.values is None or expected.values is None or got.library != expected.library:
        return Difference("type", f"{what} est {describe(got)}, on attend {describe(expected)}")
    if got.shape != expected.shape:
        text = f"{what} a la forme {shape_text(got.shape)}, on attend {shape_text(expected.shape)}"
        if len(got.shape) > 1 and sorted(got.shape) == sorted(expected.shape):
            text += " : les axes sont dans un autre ordre"
        return Difference("forme", text)
    if (got.values.dtype.kind == "b") != (expected.values.dtype.kind == "b"):
        return Difference("type", f"{what} contient des `{got.dtype}`, on attend des `{expected.dtype}`")
    if expected.values.dtype.kind in "biu":  # un compte n'est pas juste à peu près
        rtol = atol = 0.0
    close = np.isclose(got.values, expected.values, rtol=rtol, atol=atol, equal_nan=True)
    if close.all():
        return None
    for name, test in (("NaN", np.isnan), ("infinis", np.isinf)):
        bad = test(got.values) & ~test(expected.values)
        if bad.any():
            return Difference(
                "valeur", f"{what} contient des {name} ({bad.sum()} sur {plural(bad.size, 'valeur')})"
            )
    if got.values.dtype.kind in "iu" and expected.values.dtype.kind == "f":
        return Difference(
            "type", f"{what} contient des entiers (`{got.dtype}`) : les décimales ont été perdues en route"
        )
    scale = np.abs(expected.values[np.isfinite(expected.values)]).max(initial=0.0)
    near = rtol > 0 and np.allclose(got.values, expected.values, rtol=0, atol=1e-2 * scale, equal_nan=True)
    hint = ", toutes proches : un arrondi, ou un petit terme oublié" if near else ""
    first = tuple(int(i) for i in np.argwhere(~close)[0])
    index = ", ".join(map(str, first))
    return Difference(
        "valeur",
        f"{what} a la bonne forme, mais {percent(1 - close.mean(), 0)} des valeurs sont fausses "
        f"(la première à l'indice `[{index}]`){hint}",
    )


def agree(one: Any, other: Any, *, rtol: float, atol: float) -> bool:
    """Dit si deux valeurs lues par `plain` s'accordent (mêmes règles que `difference`)."""
    return difference(one, other, rtol=rtol, atol=atol) is None
