"""Schéma du chapitre 16 : apprendre guidé par les vraies lettres, inventer en relisant les siennes."""

from dessin import Drawing


def two_modes() -> Drawing:
    """À gauche le vrai nom entre à chaque pas ; à droite la lettre tirée revient à l'entrée."""
    d = Drawing(400, 262)
    for left, title, free in ((8, "apprendre", False), (212, "inventer", True)):
        d.text(left + 88, 12, title, fill="muted", size=14)
        xs = [left + 30, left + 88, left + 146]
        inputs = ("▪", "b", "r")
        outputs = ("b", "r", "e")
        for t, x in enumerate(xs):
            d.box(x, 140, 40, 40, f"h_{{{t + 1}}}", stroke="blue", fill="soft-blue")
            d.arrow([(x, 212), (x, 162)], stroke="green")
            d.text(x, 226, inputs[t], fill="green")
            d.arrow([(x, 118), (x, 72)], stroke="purple")
            d.text(x, 58, outputs[t], fill="purple")
            if t < 2:
                d.arrow([(x + 20, 140), (x + 37, 140)], stroke="blue")
                if free:
                    path = [(x + 9, 58), (x + 29, 58), (x + 29, 226), (xs[t + 1] - 9, 226)]
                    d.arrow(path, stroke="orange", dashed=True)
        d.text(left + 88, 38, "lettre tirée" if free else "cible", fill="purple", size=13)
        d.text(
            left + 88,
            252,
            "entrée : la lettre tirée" if free else "entrée : la vraie lettre",
            fill="green",
            size=13,
        )
    return d


DRAWINGS = {"generation-deux-modes": two_modes}

if __name__ == "__main__":
    for name, draw in DRAWINGS.items():
        draw().save(name)
