"""Écrire les nombres à la française dans le texte et les tableaux des chapitres."""

from __future__ import annotations

NBSP = "\u00a0"
"""Espace insécable, devant % et entre un nombre et son unité."""

NNBSP = "\u202f"
"""Espace fine insécable, qui sépare les milliers."""


def decimal(value: float, digits: int = 2) -> str:
    """Écrit un nombre avec une virgule décimale et des espaces fines entre les milliers.

    `decimal(12345.678, 1)` donne « 12 345,7 ».
    """
    return f"{value:,.{digits}f}".replace(",", NNBSP).replace(".", ",").replace("-", "\u2212")


def percent(value: float, digits: int = 1) -> str:
    """Écrit une proportion entre 0 et 1 en pour cent : `percent(0.731)` donne « 73,1 % »."""
    return f"{decimal(100 * value, digits)}{NBSP}%"


def scientific(value: float, digits: int = 1) -> str:
    """Écrit un nombre en notation scientifique : `scientific(3.2e-7)` donne « 3,2·10⁻⁷ »."""
    mantissa, exponent = f"{value:.{digits}e}".split("e")
    powers = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
    return f"{mantissa.replace('.', ',').replace('-', chr(0x2212))}·10{str(int(exponent)).translate(powers)}"


def glue(name: str, text: str) -> None:
    """Donne à la prose du chapitre un texte calculé : le rôle `glue:text` de MyST-NB le retrouve par son nom.

    Même message que `myst_nb.glue`, sans dépendre des outils du livre : la cellule marche aussi dans Colab,
    où elle n'affiche rien.
    """
    from IPython.display import display

    prefix = "application/papermill.record/"
    display(
        {f"{prefix}text/plain": repr(text)},
        raw=True,
        metadata={"scrapbook": {"name": name, "mime_prefix": prefix}},
    )
