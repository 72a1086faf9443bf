"""Schémas du chapitre 2 : la même boîte récurrente, branchée de cinq façons."""

from dessin import Drawing

TOP, MIDDLE, BOTTOM = 22, 100, 178


def column(d: Drawing, x: float, width: float, name: str, *, stroke: str, fill: str) -> None:
    """Pose la boîte d'un pas."""
    d.box(x, MIDDLE, width, 42, name, stroke=stroke, fill=fill, size=13)


def reads(d: Drawing, x: float, name: str, *, dashed: bool = False, stroke: str = "green") -> None:
    """Une entrée monte vers la boîte."""
    d.arrow([(x, BOTTOM - 12), (x, MIDDLE + 24)], stroke=stroke, dashed=dashed)
    d.text(x, BOTTOM, name, fill=stroke)


def answers(d: Drawing, x: float, name: str) -> None:
    """Une sortie monte de la boîte."""
    d.arrow([(x, MIDDLE - 22), (x, TOP + 12)], stroke="purple")
    d.text(x, TOP, name, fill="purple")


def passes(d: Drawing, start: float, end: float, width: float) -> None:
    """L'état passe d'un pas au suivant."""
    d.arrow([(start + width / 2, MIDDLE), (end - width / 2 - 2, MIDDLE)], stroke="orange")


def feeds(d: Drawing, start: float, end: float) -> None:
    """La sortie d'un pas redescend devenir l'entrée du suivant."""
    middle = (start + end) / 2
    d.arrow(
        [(start + 13, TOP), (middle, TOP), (middle, BOTTOM), (end - 13, BOTTOM)], stroke="purple", dashed=True
    )


def chain(xs: list[float], width: float) -> Drawing:
    """Une suite de pas d'une même boîte."""
    d = Drawing(400, 200)
    for t, x in enumerate(xs):
        column(d, x, width, "boîte", stroke="blue", fill="soft-blue")
        if t:
            passes(d, xs[t - 1], x, width)
    return d


def many_to_one() -> Drawing:
    """Quatre entrées, une sortie au dernier pas."""
    xs = [62.0, 154.0, 246.0, 338.0]
    d = chain(xs, 58)
    for t, x in enumerate(xs, start=1):
        reads(d, x, f"x_{{{t}}}")
    answers(d, xs[-1], "ŷ")
    return d


def one_to_many() -> Drawing:
    """Une entrée fixe l'état de départ, puis la boîte relit ce qu'elle écrit."""
    xs = [146.0, 242.0, 338.0]
    d = chain(xs, 58)
    d.box(50, MIDDLE, 58, 42, "dense", stroke="ink", size=13)
    reads(d, 50, "c")
    d.arrow([(79, MIDDLE), (115, MIDDLE)], "h_{0}", stroke="orange")
    reads(d, xs[0], "0", dashed=True, stroke="purple")
    for t, x in enumerate(xs, start=1):
        answers(d, x, "fin" if t == 3 else f"ŷ_{{{t}}}")
        if t > 1:
            reads(d, x, f"ŷ_{{{t - 1}}}", dashed=True, stroke="purple")
            feeds(d, xs[t - 2], x)
    return d


def synchronous() -> Drawing:
    """Une sortie à chaque entrée."""
    xs = [62.0, 154.0, 246.0, 338.0]
    d = chain(xs, 58)
    for t, x in enumerate(xs, start=1):
        reads(d, x, f"x_{{{t}}}")
        answers(d, x, f"ŷ_{{{t}}}")
    return d


def delayed() -> Drawing:
    """Deux pas de retard : la première sortie tombe quand trois entrées sont lues."""
    xs = [44.0, 122.0, 200.0, 278.0, 356.0]
    d = chain(xs, 54)
    for t, x in enumerate(xs, start=1):
        if t <= 3:
            reads(d, x, f"x_{{{t}}}")
        else:
            reads(d, x, "0", dashed=True, stroke="muted")
        if t > 2:
            answers(d, x, f"ŷ_{{{t - 2}}}")
    return d


def encoder_decoder() -> Drawing:
    """L'encodeur lit tout ; son dernier état est le départ du décodeur."""
    xs = [34.0, 98.0, 162.0, 240.0, 304.0, 368.0]
    d = Drawing(400, 222)
    for t, x in enumerate(xs):
        reading = t < 3
        column(
            d, x, 42, "lit" if reading else "écrit", stroke="blue" if reading else "purple",
            fill="soft-blue" if reading else "soft-purple",
        )  # fmt: skip
        if t:
            passes(d, xs[t - 1], x, 42)
        if reading:
            reads(d, x, f"x_{{{t + 1}}}")
        else:
            answers(d, x, "fin" if t == 5 else f"ŷ_{{{t - 2}}}")
            reads(d, x, f"ŷ_{{{t - 3}}}" if t > 3 else "0", dashed=True, stroke="purple")
            if t > 3:
                feeds(d, xs[t - 1], x)
    d.text(201, MIDDLE - 14, "h_{T}", fill="orange", size=14)
    d.text(98, 210, "encodeur", fill="blue", size=14)
    d.text(304, 210, "décodeur", fill="purple", size=14)
    return d


DRAWINGS = {
    "typologies-plusieurs-un": many_to_one,
    "typologies-un-plusieurs": one_to_many,
    "typologies-synchrone": synchronous,
    "typologies-decale": delayed,
    "typologies-encodeur-decodeur": encoder_decoder,
}

if __name__ == "__main__":
    for name, draw in DRAWINGS.items():
        draw().save(name)
