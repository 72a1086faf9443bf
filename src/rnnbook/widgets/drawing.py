"""Dessiner en SVG l'image fixe d'une figure : ce que voit un lecteur sans JavaScript, ou le PDF.

Le texte reste du texte. Chaque couleur est un nom de `rnnbook.plots.PALETTE`.
"""

from __future__ import annotations

import re
from html import escape

from rnnbook.plots import PALETTE

_VARIABLE = re.compile(r"var\(--rnn-[\w-]+, (#[0-9a-f]{6})\)")


def color(name: str) -> str:
    """Une couleur du livre, en clair et en sombre : `color("blue")` vaut `var(--rnn-blue, #0072b2)`.

    Lève `ValueError` si `name` n'est pas dans la palette.
    """
    if name not in PALETTE:
        raise ValueError(f"name : {name!r} reçu, {', '.join(PALETTE)} attendu")
    return f"var(--rnn-{name}, {PALETTE[name][0]})"


def element(tag: str, *children: str, **attributes: str | float | None) -> str:
    """Un élément SVG. `stroke_width=2` écrit `stroke-width="2"` ; un nombre est arrondi au centième.

    `children` : éléments déjà écrits, ou texte passé par `html.escape`. Un attribut à `None` est omis.
    """
    written = "".join(
        f' {key.replace("_", "-")}="{escape(_write(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{tag}{written}>{''.join(children)}</{tag}>"


def text(x: float, y: float, content: str, **attributes: str | float | None) -> str:
    """Un texte, par défaut à l'encre du livre et centré sur `x`. `W_hh` y devient W indice hh."""
    head, *tails = re.split(r"_(\w+)", escape(content))
    pieces = [head]
    for index, after in zip(tails[::2], tails[1::2], strict=True):
        pieces.append(element("tspan", index, dy="0.3em", font_size="75%"))
        pieces.append(element("tspan", after, dy="-0.225em") if after else "")
    defaults: dict[str, str | float | None] = {"text_anchor": "middle", "fill": color("ink")}
    return element("text", *pieces, x=x, y=y, **{**defaults, **attributes})


def arrow(x1: float, y1: float, x2: float, y2: float, stroke: str) -> str:
    """Une flèche droite de (x1, y1) à (x2, y2), de la couleur nommée `stroke`."""
    length = ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5
    ux, uy = (x2 - x1) / length, (y2 - y1) / length
    back_x, back_y = x2 - 7 * ux, y2 - 7 * uy
    corners = ((x2, y2), (back_x - 4 * uy, back_y + 4 * ux), (back_x + 4 * uy, back_y - 4 * ux))
    points = " ".join(f"{x:.2f},{y:.2f}" for x, y in corners)
    line = element("line", x1=x1, y1=y1, x2=back_x, y2=back_y, stroke=color(stroke), stroke_width=1.6)
    return line + element("polygon", points=points, fill=color(stroke))


def document(width: float, height: float, label: str, *children: str) -> str:
    """L'image entière ; `label` dit ce qu'elle montre à qui ne la voit pas. `ValueError` s'il est vide."""
    if not label.strip():
        raise ValueError("label : texte vide reçu, la conclusion de la figure attendue")
    return element(
        "svg",
        *children,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {_write(width)} {_write(height)}",
        role="img",
        aria_label=label,
        font_family="system-ui, sans-serif",
        font_size=13,
    )


def standalone(svg: str) -> str:
    """La même image hors de la page (PDF) : les couleurs variables prennent leur valeur du mode clair."""
    return _VARIABLE.sub(r"\1", svg)


def _write(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.2f}".rstrip("0").rstrip(".")
