"""L'identité visuelle du livre : couleurs, axes et nombres à la française.

Chaque figure s'ouvre par `axes()`. Les couleurs de `PALETTE` se lisent en clair, en sombre et par une
personne daltonienne (teintes d'Okabe et Ito, doi:10.1038/nmeth.1618, assombries pour un contraste
d'au moins 3 sur fond blanc). Dans le livre construit, chacune devient une variable CSS
(`--rnn-blue`…) qui suit le mode clair ou sombre de la page.
"""

from __future__ import annotations

from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter, ScalarFormatter

from rnnbook.formats import decimal

PALETTE: dict[str, tuple[str, str]] = {
    "ink": ("#1f2328", "#e8eaed"),
    "paper": ("#ffffff", "#121212"),
    "muted": ("#67707b", "#a3acb7"),
    "line": ("#d0d7de", "#484f58"),
    "blue": ("#0072b2", "#5db8f0"),
    "orange": ("#b84e00", "#ff9f52"),
    "green": ("#00845f", "#35c79f"),
    "purple": ("#9b3d80", "#e293c4"),
    "gold": ("#866a00", "#e8cf4b"),
    "soft-blue": ("#dcebf7", "#12324a"),
    "soft-orange": ("#fbe5d3", "#4a2a10"),
    "soft-green": ("#d7f0e6", "#0f3b2d"),
    "soft-purple": ("#f3dfec", "#43203a"),
}
"""Nom → (couleur en mode clair, couleur en mode sombre)."""

INK, PAPER, MUTED, LINE = (PALETTE[name][0] for name in ("ink", "paper", "muted", "line"))
BLUE, ORANGE, GREEN = (PALETTE[name][0] for name in ("blue", "orange", "green"))
PURPLE, GOLD = (PALETTE[name][0] for name in ("purple", "gold"))

CYCLE = (BLUE, ORANGE, GREEN, PURPLE, GOLD)
"""Couleurs des courbes, dans l'ordre."""

DASHES: tuple[Any, ...] = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)))
"""Traits des courbes, car la couleur ne porte jamais seule une information."""

STYLE: Any = {
    "figure.facecolor": PAPER,
    "figure.constrained_layout.use": True,
    "axes.facecolor": PAPER,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "axes.titlesize": 11,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.prop_cycle": cycler(color=CYCLE, linestyle=DASHES),
    "grid.color": LINE,
    "grid.linewidth": 0.8,
    "text.color": INK,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "lines.linewidth": 1.8,
    "legend.frameon": False,
    "font.size": 11,
    "image.cmap": "cividis",
    "svg.fonttype": "path",
    # Deux exécutions écrivent les mêmes identifiants dans le SVG.
    "svg.hashsalt": "rnnbook",
}


class FrenchFormatter(ScalarFormatter):
    """Graduations à virgule décimale."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        return super().__call__(x, pos).replace(".", ",")


def use_style() -> None:
    """Règle matplotlib pour tout le chapitre : style du livre et figures vectorielles sans date."""
    mpl.rcParams.update(STYLE)
    try:
        from matplotlib_inline.backend_inline import set_matplotlib_formats
    except ImportError:
        return
    set_matplotlib_formats("svg", metadata={"Date": None})


def axes(
    nrows: int = 1, ncols: int = 1, *, width: float = 5.6, height: float = 3.2, **kwargs: Any
) -> tuple[Figure, Any]:
    """Ouvre une figure du livre ; renvoie `(figure, axes)` comme `plt.subplots`.

    `width` et `height` sont en pouces. Une largeur de 5,6 reste lisible sur un téléphone de 390 pixels.
    """
    with mpl.rc_context(STYLE):
        figure, grid = plt.subplots(nrows, ncols, figsize=(width, height), **kwargs)
    for ax in np.atleast_1d(grid).flat:
        french_ticks(ax)
    return figure, grid


def french_ticks(ax: Axes) -> None:
    """Met la virgule décimale aux graduations linéaires des deux axes."""
    for axis in (ax.xaxis, ax.yaxis):
        if axis.get_scale() == "linear":
            axis.set_major_formatter(FrenchFormatter())
            axis.isDefault_majfmt = True  # des dates ou des noms gardent leurs propres étiquettes
            axis.set_minor_formatter(NullFormatter())


def heatmap(
    ax: Axes, values: Any, rows: list[str], columns: list[str], *, digits: int | None = None, **kwargs: Any
) -> Any:
    """Dessine une matrice, chaque étiquette en face de sa ligne ou de sa colonne ; renvoie l'image.

    `values` : forme (len(rows), len(columns)). Avec `digits`, la valeur est écrite dans la case.
    Lève `ValueError` si les étiquettes ne correspondent pas à la matrice.
    """
    matrix = np.asarray(values, dtype=float)
    expected = (len(rows), len(columns))
    if matrix.shape != expected:
        raise ValueError(f"values : forme {matrix.shape} reçue, {expected} attendue d'après les étiquettes")
    image = ax.imshow(matrix, aspect="auto", **kwargs)
    ax.grid(False)
    # set_ticks fixe position et étiquette ensemble : aucune ne peut glisser d'un cran.
    ax.set_xticks(range(len(columns)), columns)
    ax.set_yticks(range(len(rows)), rows)
    if digits is not None:
        for (i, j), value in np.ndenumerate(matrix):
            # Le texte est noir sur les couleurs claires de la palette, blanc sur les autres.
            # Un blanc hors palette : en mode sombre la case garde sa couleur, son texte aussi.
            color = "#000000" if sum(image.cmap(image.norm(value))[:3]) > 1.5 else "#fdfdfd"
            ax.text(j, i, decimal(value, digits), ha="center", va="center", fontsize=9, color=color)
    return image
