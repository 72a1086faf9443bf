"""Schéma de la page « Pour l'enseignant » : quel chapitre a besoin de quel autre."""

from dessin import Drawing

PLACES = {
    0: (200, 24), 1: (200, 78), 2: (110, 78), 3: (200, 132),
    4: (40, 196), 5: (120, 196), 7: (280, 196), 11: (360, 196),
    6: (120, 254), 8: (280, 254),
    9: (120, 312), 10: (200, 370),
    12: (40, 434), 13: (120, 434), 14: (200, 434), 16: (280, 434), 20: (360, 434),
    15: (200, 492), 17: (280, 492), 18: (280, 550), 19: (280, 608), 21: (120, 608),
}  # fmt: skip
"""Centre du disque de chaque chapitre."""

NEEDS = {
    1: [0], 2: [1], 3: [1], 4: [3], 5: [3], 6: [5], 7: [3], 8: [5, 7], 9: [6], 10: [9], 11: [2, 3],
    12: [10], 13: [10], 14: [10], 15: [14], 16: [7, 10], 17: [16], 18: [17], 19: [18], 20: [10],
}  # fmt: skip
"""Chapitre → ceux dont il a besoin, hors ceux qu'un autre amène déjà. Le 21 relit tout."""

RADIUS = 19


def graph() -> Drawing:
    """Un disque par chapitre, une flèche par besoin."""
    d = Drawing(400, 634)
    for chapter, needs in NEEDS.items():
        x, y = PLACES[chapter]
        for need in needs:
            a, b = PLACES[need]
            length = ((x - a) ** 2 + (y - b) ** 2) ** 0.5
            u, v = (x - a) / length, (y - b) / length
            start = (a + RADIUS * u, b + RADIUS * v)
            d.arrow([start, (x - (RADIUS + 3) * u, y - (RADIUS + 3) * v)], stroke="muted")
    for chapter, (x, y) in PLACES.items():
        color = "purple" if chapter in (18, 19) else "green" if chapter in (20, 21) else "blue"
        d.disc(x, y, RADIUS, str(chapter), stroke=color, fill=f"soft-{color}")
    return d


DRAWINGS = {"enseignant-graphe": graph}

if __name__ == "__main__":
    for name, draw in DRAWINGS.items():
        draw().save(name)
