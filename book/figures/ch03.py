"""Schémas du chapitre 3 : la cellule repliée, le réseau déplié, deux couches empilées."""

from dessin import Drawing


def folded() -> Drawing:
    """La cellule et sa boucle : ce qui sort à un pas rentre au pas suivant."""
    d = Drawing(400, 230)
    d.box(110, 115, 130, 84, "cellule", stroke="blue", fill="soft-blue")
    d.arrow([(110, 208), (110, 158)], "W_{xh}", stroke="green", at=(138, 183))
    d.text(110, 220, "x_{t}", fill="green")
    d.arrow([(110, 73), (110, 28)], "W_{ho}", stroke="purple", at=(138, 50))
    d.text(110, 14, "o_{t}", fill="purple")
    d.arrow([(175, 92), (260, 92), (260, 138), (176, 138)], stroke="orange")
    d.text(216, 78, "h_{t}", fill="orange")
    d.text(208, 155, "h_{t-1}", fill="orange")
    d.text(241, 155, "W_{hh}", fill="orange", size=14)
    d.box(260, 115, 16, 16, stroke="orange", fill="orange", radius=1)
    d.text(276, 115, "un pas plus tard", fill="muted", size=13, anchor="start")
    return d


def unfolded() -> Drawing:
    """La même cellule recopiée à chaque pas : mêmes matrices, états différents."""
    d = Drawing(400, 210)
    xs = [98, 204, 310]
    d.text(22, 105, "h_{0}", fill="orange")
    d.arrow([(38, 105), (64, 105)], stroke="orange")
    for t, x in enumerate(xs, start=1):
        d.box(x, 105, 66, 48, "cellule", stroke="blue", fill="soft-blue", size=14)
        d.arrow([(x, 186), (x, 130)], "W_{xh}", stroke="green", at=(x + 24, 158))
        d.text(x, 199, f"x_{{{t}}}", fill="green")
        d.arrow([(x, 80), (x, 26)], "W_{ho}", stroke="purple", at=(x + 24, 54))
        d.text(x, 12, f"o_{{{t}}}", fill="purple")
        last = t == len(xs)
        d.arrow([(x + 33, 105), (x + (58 if last else 72), 105)], stroke="orange")
        d.text(x + (74 if last else 53), 92 if not last else 105, f"h_{{{t}}}", fill="orange")
        if not last:
            d.text(x + 53, 122, "W_{hh}", fill="orange", size=13)
    return d


def stacked() -> Drawing:
    """Deux couches : la suite des états de la première est l'entrée de la seconde."""
    d = Drawing(410, 264)
    xs = [98, 204, 310]
    for level, (y, stroke, fill) in enumerate([(175, "blue", "soft-blue"), (85, "purple", "soft-purple")]):
        d.arrow([(46, y), (64, y)], stroke="orange")
        d.text(28, y, "0", fill="orange")
        for t, x in enumerate(xs, start=1):
            d.box(x, y, 66, 44, f"couche {level}", stroke=stroke, fill=fill, size=13)
            last = t == len(xs)
            d.arrow([(x + 33, y), (x + (56 if last else 72), y)], stroke="orange")
    for t, x in enumerate(xs, start=1):
        d.arrow([(x, 240), (x, 198)], stroke="green")
        d.text(x, 252, f"x_{{{t}}}", fill="green")
        d.arrow([(x, 152), (x, 108)], stroke="ink")
        d.arrow([(x, 62), (x, 28)], stroke="ink")
        d.text(x, 14, f"sortie {t}", size=13)
    d.text(374, 175, "h_{n}[0]", fill="orange", size=13, anchor="start")
    d.text(374, 85, "h_{n}[1]", fill="orange", size=13, anchor="start")
    return d


DRAWINGS = {"cellule-repliee": folded, "cellule-depliee": unfolded, "cellule-empilee": stacked}

if __name__ == "__main__":
    for name, draw in DRAWINGS.items():
        draw().save(name)
