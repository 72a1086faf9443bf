"""Primitives des schémas du livre : boîtes, flèches, symboles à indice, dans la palette de `rnnbook.plots`.

Chaque fichier `chNN.py` voisin dessine les schémas d'un chapitre ; `python book/figures/chNN.py` les récrit.
Les schémas font 400 unités de large au plus : leur texte de 15 unités reste lisible sur un téléphone.
"""

from __future__ import annotations

import re
from html import escape
from pathlib import Path

from rnnbook.plots import PALETTE

FOLDER = Path(__file__).parent
ARROW = 8
"""Longueur d'une pointe de flèche."""


def color(name: str) -> str:
    """Renvoie la couleur claire ; le livre la remplace par la variable CSS du mode courant."""
    return PALETTE[name][0]


def symbol(text: str) -> str:
    """Traduit `h_{t-1}` en tspans : lettre en italique, indice abaissé et plus petit ; le reste est droit."""
    parts, end = [], 0
    # La lettre emporte son diacritique, quand elle en a un : h̃, x̂.
    for match in re.finditer(r"(\S[\u0300-\u036f]?)_\{([^}]*)\}", text):
        letter, index = escape(match[1]), escape(match[2])
        parts += [
            escape(text[end : match.start()]),
            f'<tspan font-style="italic">{letter}</tspan><tspan dy="4" font-size="11">{index}</tspan>',
            # Un caractère de largeur nulle ramène le texte qui suit sur sa ligne de base.
            '<tspan dy="-4">\u200b</tspan>',
        ]
        end = match.end()
    return "".join([*parts, escape(text[end:])])


class Drawing:
    """Un schéma SVG de `width` × `height` unités, écrit par `save`."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self.items: list[str] = []

    def text(
        self, x: float, y: float, text: str, *, fill: str = "ink", size: int = 15, anchor: str = "middle"
    ) -> None:
        """Écrit un texte centré en hauteur sur `y` ; `h_{t}` y devient un symbole à indice."""
        self.items.append(
            f'<text x="{x:g}" y="{y + size / 3:.3g}" font-size="{size}" text-anchor="{anchor}" '
            f'fill="{color(fill)}">{symbol(text)}</text>'
        )

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        text: str = "",
        *,
        stroke: str = "ink",
        fill: str = "paper",
        radius: float = 6,
        dashed: bool = False,
        size: int = 15,
    ) -> None:
        """Dessine une boîte centrée en `(x, y)`, son texte au milieu."""
        dash = ' stroke-dasharray="5 4"' if dashed else ""
        self.items.append(
            f'<rect x="{x - width / 2:g}" y="{y - height / 2:g}" width="{width:g}" height="{height:g}" '
            f'rx="{radius:g}" fill="{color(fill)}" stroke="{color(stroke)}" stroke-width="1.6"{dash}/>'
        )
        if text:
            self.text(x, y, text, size=size)

    def disc(
        self, x: float, y: float, radius: float, text: str = "", *, stroke: str = "ink", fill: str = "paper"
    ) -> None:
        """Dessine un disque : une opération, ou une valeur."""
        self.items.append(
            f'<circle cx="{x:g}" cy="{y:g}" r="{radius:g}" fill="{color(fill)}" stroke="{color(stroke)}" '
            f'stroke-width="1.6"/>'
        )
        if text:
            self.text(x, y, text)

    def arrow(
        self,
        points: list[tuple[float, float]],
        label: str = "",
        *,
        stroke: str = "ink",
        dashed: bool = False,
        at: tuple[float, float] | None = None,
        width: float = 1.8,
    ) -> None:
        """Trace une flèche le long de `points` ; `label` est posé en `at`, ou au-dessus du milieu."""
        (x1, y1), (x2, y2) = points[-2], points[-1]
        length = ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5
        ux, uy = (x2 - x1) / length, (y2 - y1) / length
        bx, by = x2 - ARROW * ux, y2 - ARROW * uy
        path = " ".join(f"{x:g},{y:g}" for x, y in [*points[:-1], (round(bx, 2), round(by, 2))])
        dash = ' stroke-dasharray="5 4"' if dashed else ""
        self.items.append(
            f'<polyline points="{path}" fill="none" stroke="{color(stroke)}" stroke-width="{width:g}" '
            f'stroke-linejoin="round"{dash}/>'
        )
        side = ARROW / 2
        head = [(x2, y2), (bx - side * uy, by + side * ux), (bx + side * uy, by - side * ux)]
        tip = " ".join(f"{x:.5g},{y:.5g}" for x, y in head)
        self.items.append(f'<polygon points="{tip}" fill="{color(stroke)}"/>')
        if label:
            x, y = at or ((x1 + x2) / 2, (y1 + y2) / 2 - 12)
            self.text(x, y, label, fill=stroke, size=14)

    def save(self, name: str) -> None:
        """Écrit `book/figures/<name>.svg`."""
        (FOLDER / f"{name}.svg").write_text(self.render(), encoding="utf-8")

    def render(self) -> str:
        """Renvoie le texte du fichier SVG."""
        body = "\n".join(self.items)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}" '
            f'width="{self.width}" height="{self.height}" font-family="system-ui, sans-serif">\n'
            f"{body}\n</svg>\n"
        )
