"""Schémas du chapitre 11 : deux lectures de la même suite, et le remplissage que l'une lit en premier."""

from itertools import pairwise

from dessin import Drawing


def row(d: Drawing, xs: list[float], y: float, *, back: bool, reached: int | None = None) -> None:
    """Une rangée de cellules, parcourue vers la droite ou vers la gauche (`back`)."""
    stroke, fill = ("orange", "soft-orange") if back else ("blue", "soft-blue")
    for t, x in enumerate(xs, start=1):
        idle = reached is not None and t > reached
        d.box(x, y, 46, 34, stroke="muted" if idle else stroke, fill="paper" if idle else fill, dashed=idle)
        if not idle:
            d.text(x, y + 3, f"h_{{{t}}}", size=15)
            head = [(x - 11, y - 10), (x + 7, y - 10)]
            d.arrow(head[::-1] if back else head, width=1.2)
    used = xs if reached is None else xs[:reached]
    for left, right in pairwise(used):
        ends = [(left + 23, y), (right - 25, y)]
        d.arrow([(right - 23, y), (left + 25, y)] if back else ends, stroke=stroke)


def two_ways() -> Drawing:
    """Deux rangées de cellules lisent les mêmes entrées ; la sortie réunit leurs états."""
    d = Drawing(400, 262)
    xs = [94.0, 180.0, 266.0, 352.0]
    row(d, xs, 150, back=False)
    row(d, xs, 88, back=True)
    d.text(28, 150, "avant", fill="blue", size=13)
    d.text(28, 88, "arrière", fill="orange", size=13)
    for t, x in enumerate(xs, start=1):
        d.text(x, 246, f"x_{{{t}}}", fill="green")
        d.arrow([(x, 232), (x, 170)], stroke="green")
        # L'entrée contourne la première rangée pour monter à la seconde.
        d.arrow([(x, 214), (x + 31, 214), (x + 31, 118), (x + 10, 118), (x + 10, 107)], stroke="green")
        # La sortie prend l'état du bas en contournant l'autre rangée.
        d.arrow(
            [(x - 10, 132), (x - 10, 119), (x - 32, 119), (x - 32, 50), (x - 8, 50), (x - 8, 32)],
            stroke="purple",
        )
        d.arrow([(x + 6, 70), (x + 6, 32)], stroke="purple")
        d.text(x, 18, f"o_{{{t}}}", fill="purple")
    return d


def padding() -> Drawing:
    """D'où part la lecture arrière, sans et avec lot compacté."""
    d = Drawing(400, 242)
    xs = [60.0, 130.0, 200.0, 270.0, 340.0]
    words = ["il", "a", "soif", "0", "0"]
    for y, title, reached in ((62, "Sans compacter", None), (182, "Avec un lot compacté", 3)):
        d.text(36, y - 40, title, size=14, anchor="start")
        row(d, xs, y, back=True, reached=reached)
        for t, (x, word) in enumerate(zip(xs, words, strict=True), start=1):
            idle = reached is not None and t > reached
            if not idle:
                d.arrow([(x, y + 38), (x, y + 19)], stroke="green" if t < 4 else "muted")
            d.text(x, y + 49, word, fill="green" if t < 4 else "muted", size=14)
        start = xs[-1] if reached is None else xs[reached - 1]
        d.arrow([(start + 45, y), (start + 25, y)], stroke="ink")
        d.text(start + 40, y - 27, "début", size=13)
    return d


DRAWINGS = {"bidirectionnel-deux-sens": two_ways, "bidirectionnel-remplissage": padding}

if __name__ == "__main__":
    for name, draw in DRAWINGS.items():
        draw().save(name)
