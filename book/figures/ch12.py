"""Schémas du chapitre 12 : une pile de couches et son dropout, une convolution à pas devant un GRU."""

from dessin import Drawing

STYLES = (("blue", "soft-blue"), ("green", "soft-green"), ("purple", "soft-purple"))


def stacked() -> Drawing:
    """Trois couches sur quatre pas : l'état monte au même pas, passe à droite dans sa couche."""
    d = Drawing(400, 330)
    xs, ys = [92.0, 176.0, 260.0, 344.0], [244.0, 164.0, 84.0]
    for level, (y, (stroke, fill)) in enumerate(zip(ys, STYLES, strict=True), start=1):
        d.text(30, y, f"couche {level}", size=12, fill=stroke)
        for t, x in enumerate(xs, start=1):
            d.box(x, y, 40, 36, f"h_{{{t}}}", stroke=stroke, fill=fill)
            if t < len(xs):
                d.arrow([(x + 20, y), (x + 62, y)], stroke="orange")
            # Une croix marque le dropout : entre deux couches seulement.
            below = 312 - 14 if level == 1 else ys[level - 2] - 18
            d.arrow([(x, below), (x, y + 20)], stroke="ink")
            if level > 1:
                d.text(x + 13, (below + y + 18) / 2, "✕", size=14, fill="orange")
            if level == len(ys):
                d.arrow([(x, y - 18), (x, 34)], stroke="ink")
    for t, x in enumerate(xs, start=1):
        d.text(x, 314, f"x_{{{t}}}", fill="green")
        d.text(x, 20, "sortie", size=12)
    return d


def convolution() -> Drawing:
    """Dix entrées, un noyau de quatre posé tous les deux pas, quatre sorties lues par un GRU."""
    d = Drawing(400, 262)
    xs = [20 + 40 * t for t in range(10)]
    for t, x in enumerate(xs):
        d.box(x, 232, 32, 30, f"x_{{{t}}}", stroke="green", fill="paper", size=13)
    for s in range(4):
        start = xs[2 * s]
        center = start + 60
        stroke, fill = STYLES[s % 2]
        y = 190 - 14 * (s % 2)
        # Le crochet couvre les quatre entrées du noyau.
        d.arrow([(start - 10, 214), (start - 10, y), (center, y), (center, 152)], stroke=stroke)
        d.arrow([(start + 130, 214), (start + 130, y), (center, y), (center, 152)], stroke=stroke)
        d.box(center, 134, 40, 32, f"y_{{{s}}}", stroke=stroke, fill=fill)
        d.arrow([(center, 118), (center, 76)], stroke="ink")
        d.box(center, 56, 46, 36, "GRU", stroke="orange", fill="soft-orange", size=13)
        if s < 3:
            d.arrow([(center + 23, 56), (center + 55, 56)], stroke="orange")
    d.text(200, 20, "une série plus courte, que le GRU lit pas à pas", size=13, fill="muted")
    return d


DRAWINGS = {"profonds-pile": stacked, "profonds-convolution": convolution}

if __name__ == "__main__":
    for name, draw in DRAWINGS.items():
        draw().save(name)
