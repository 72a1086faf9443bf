"""Les traits des figures : des valeurs JSON, vérifiées avec un message en français.

Python et la page les lisent et les écrivent ; `ipywidgets.jslink` peut les lier à un autre widget.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import traitlets

from rnnbook.validation import check_choice, check_interval, check_shape, check_size, check_type


class Number(traitlets.TraitType[float, Any]):
    """Un nombre réel entre `low` et `high`."""

    def __init__(self, low: float, high: float, default: float) -> None:
        self.low, self.high = low, high
        super().__init__(default)
        self.tag(sync=True)

    def validate(self, obj: Any, value: Any) -> float:
        return check_interval(str(self.name), value, self.low, self.high)


class Integer(traitlets.TraitType[int, Any]):
    """Un entier d'au moins `low`."""

    def __init__(self, low: int, default: int) -> None:
        self.low = low
        super().__init__(default)
        self.tag(sync=True)

    def validate(self, obj: Any, value: Any) -> int:
        return check_size(str(self.name), value, self.low)


class Flag(traitlets.TraitType[bool, Any]):
    """Vrai ou faux."""

    def __init__(self, default: bool) -> None:
        super().__init__(default)
        self.tag(sync=True)

    def validate(self, obj: Any, value: Any) -> bool:
        return check_type(str(self.name), value, bool)


class Choice(traitlets.TraitType[Any, Any]):
    """L'une des valeurs `choices`."""

    def __init__(self, choices: Iterable[Any], default: Any) -> None:
        self.choices = list(choices)
        super().__init__(default)
        self.tag(sync=True)

    def validate(self, obj: Any, value: Any) -> Any:
        return check_choice(str(self.name), value, self.choices)


class Text(traitlets.TraitType[str, Any]):
    """Un texte. La figure dit elle-même ce qu'elle en accepte (`@traitlets.validate`)."""

    def __init__(self, default: str) -> None:
        super().__init__(default)
        self.tag(sync=True)

    def validate(self, obj: Any, value: Any) -> str:
        return check_type(str(self.name), value, str)


class Array(traitlets.TraitType[list[Any], Any]):
    """Un tableau de nombres finis, gardé en listes : `Array("n", "n", default=…)` pour une matrice carrée.

    `axes` : tailles ou noms d'axes, comme dans `rnnbook.validation.check_shape`. Un tableau NumPy convient.
    """

    def __init__(self, *axes: int | str, default: Any) -> None:
        self.axes = axes
        super().__init__(default)
        self.tag(sync=True)

    def make_dynamic_default(self) -> list[Any]:
        # Chaque figure a ses propres listes.
        return np.asarray(self.default_value, dtype=float).tolist()

    def validate(self, obj: Any, value: Any) -> list[Any]:
        try:
            array = np.asarray(value, dtype=float)
        except (TypeError, ValueError):
            raise TypeError(f"{self.name} : {value!r} reçu, un tableau de nombres attendu") from None
        check_shape(str(self.name), array, self.axes)
        if not np.isfinite(array).all():
            raise ValueError(f"{self.name} : valeur infinie ou NaN reçue, des nombres finis attendus")
        return array.tolist()
