"""Schéma du chapitre 5 : l'aller vers les pertes, le retour du gradient."""

from dessin import Drawing


def backward_flow() -> Drawing:
    """Trois pas : flèches pleines à l'aller, pointillés au retour."""
    d = Drawing(400, 250)
    xs = [92, 202, 312]
    d.text(20, 140, "h_{0}", fill="blue")
    d.arrow([(36, 132), (60, 132)], stroke="blue")
    d.arrow([(60, 150), (36, 150)], stroke="orange", dashed=True)
    for t, x in enumerate(xs, start=1):
        d.box(x, 141, 62, 46, f"h_{{{t}}}", stroke="blue", fill="soft-blue")
        d.arrow([(x, 222), (x, 166)], stroke="blue")
        d.text(x, 236, f"x_{{{t}}}", fill="blue")
        d.box(x, 40, 62, 36, f"L_{{{t}}}", stroke="purple", fill="soft-purple")
        d.arrow([(x - 10, 118), (x - 10, 60)], stroke="blue")
        d.arrow([(x + 10, 58), (x + 10, 116)], stroke="orange", dashed=True)
        if t < len(xs):
            d.arrow([(x + 31, 132), (x + 78, 132)], stroke="blue")
            d.arrow([(x + 79, 150), (x + 33, 150)], stroke="orange", dashed=True)
    d.text(20, 12, "aller", fill="blue", size=13, anchor="start")
    d.text(66, 12, "retour", fill="orange", size=13, anchor="start")
    return d


DRAWINGS = {"bptt-retour": backward_flow}

if __name__ == "__main__":
    for name, draw in DRAWINGS.items():
        draw().save(name)
