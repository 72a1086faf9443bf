"""Schémas du chapitre 9 : la cellule LSTM entière, puis chacune de ses quatre parties mise en avant."""

from functools import partial

from dessin import Drawing

COLORS = {"f": "blue", "i": "green", "g": "gold", "o": "purple"}
GATES = {"f": (100, "σ"), "i": (172, "σ"), "g": (248, "tanh"), "o": (312, "σ")}


def cell(*shown: str) -> Drawing:
    """La cellule ; les parties hors de `shown` pâlissent (sans argument : tout est montré)."""
    d = Drawing(400, 290)
    shown = shown or tuple(GATES)

    def stroke(*names: str, color: str = "") -> str:
        lit = any(name in shown for name in names)
        return (color or COLORS[names[0]]) if lit else "line"

    def width(*names: str) -> float:
        return 2.6 if len(shown) < 4 and any(name in shown for name in names) else 1.6

    carry = stroke("f", "i", "g", "o", color="orange")
    d.text(24, 50, "c_{t-1}", fill="orange")
    d.arrow([(46, 50), (87, 50)], stroke=carry)
    d.arrow([(113, 50), (197, 50)], stroke=carry)
    d.arrow([(223, 50), (366, 50)], stroke=carry)
    d.text(384, 50, "c_{t}", fill="orange")

    # Les entrées communes aux quatre blocs.
    d.text(28, 246, "h_{t-1}", fill="ink")
    d.text(28, 268, "x_{t}", fill="ink")
    d.arrow([(52, 256), (312, 256), (312, 218)], stroke="muted")
    for name, (x, activation) in GATES.items():
        color = stroke(name)
        d.arrow([(x, 256), (x, 218)], stroke=color, width=width(name))
        soft = {"f": "soft-blue", "i": "soft-green", "o": "soft-purple"}.get(name, "soft-orange")
        fill = soft if name in shown else "paper"
        d.box(x, 200, 50, 34, activation, stroke=color, fill=fill, size=14)

    d.arrow([(100, 183), (100, 64)], stroke=stroke("f"), width=width("f"))
    d.arrow([(172, 183), (172, 125), (197, 125)], stroke=stroke("i"), width=width("i"))
    d.arrow([(248, 183), (248, 125), (223, 125)], stroke=stroke("g"), width=width("g"))
    d.arrow([(210, 112), (210, 64)], stroke=stroke("i", "g", color="green"), width=width("i", "g"))
    d.arrow([(312, 183), (312, 150), (327, 150)], stroke=stroke("o"), width=width("o"))
    d.arrow([(340, 50), (340, 82)], stroke=stroke("o", color="orange"))
    d.box(340, 98, 46, 28, "tanh", stroke=stroke("o", color="ink"), size=13)
    d.arrow([(340, 112), (340, 137)], stroke=stroke("o", color="orange"))
    d.arrow([(353, 150), (374, 150)], stroke=stroke("o", color="ink"), width=width("o"))
    d.text(387, 150, "h_{t}", fill="ink")

    d.disc(100, 50, 13, "×", stroke=stroke("f"))
    d.disc(210, 50, 13, "+", stroke=stroke("i", "g", color="green"))
    d.disc(210, 125, 13, "×", stroke=stroke("i"))
    d.disc(340, 150, 13, "×", stroke=stroke("o"))
    for name, x, y in (("f", 86, 150), ("i", 158, 150), ("g", 262, 150), ("o", 298, 166)):
        if name in shown:
            d.text(x, y, f"{name}_{{t}}", fill=COLORS[name])
    return d


DRAWINGS = {
    "lstm-cellule": cell,
    "lstm-oubli": partial(cell, "f"),
    "lstm-entree": partial(cell, "i"),
    "lstm-candidat": partial(cell, "g"),
    "lstm-sortie": partial(cell, "o"),
}

if __name__ == "__main__":
    for name, draw in DRAWINGS.items():
        draw().save(name)
