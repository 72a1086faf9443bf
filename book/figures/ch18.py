"""Schémas du chapitre 18 : les trois pièces de la machine, les quatre étapes de l'adressage."""

from dessin import Drawing


def machine() -> Drawing:
    """Le contrôleur commande deux têtes ; ce qui est lu lui revient au pas suivant."""
    d = Drawing(400, 330)
    d.box(120, 95, 150, 60, "contrôleur", stroke="blue", fill="soft-blue")
    d.arrow([(120, 172), (120, 127)], stroke="green")
    d.text(120, 184, "x_{t}", fill="green")
    d.arrow([(120, 65), (120, 30)], stroke="purple")
    d.text(120, 16, "o_{t}", fill="purple")
    d.box(310, 60, 130, 40, "tête d'écriture", stroke="ink", size=14)
    d.box(310, 130, 130, 40, "tête de lecture", stroke="ink", size=14)
    d.arrow([(195, 85), (243, 66)], stroke="blue")
    d.arrow([(195, 105), (243, 124)], stroke="blue")
    d.box(310, 245, 150, 108, stroke="gold", fill="paper")
    for k in range(1, 6):
        d.box(310, 200 + 18 * k - 9, 138, 14, stroke="line", radius=2)
    d.text(310, 314, "mémoire M_{t} : N cases", fill="gold", size=14)
    d.arrow([(375, 60), (392, 60), (392, 218), (386, 218)], stroke="orange")
    d.text(372, 176, "écrit", fill="orange", size=13, anchor="end")
    d.arrow([(235, 245), (40, 245), (40, 95), (44, 95)], stroke="orange")
    d.text(150, 232, "r_{t}, lu", fill="orange", size=14)
    d.box(40, 190, 16, 16, stroke="orange", fill="orange", radius=1)
    d.text(54, 212, "un pas plus tard", fill="muted", size=12, anchor="start")
    d.arrow([(310, 151), (310, 190)], stroke="ink")
    return d


def stages() -> Drawing:
    """Quatre boîtes l'une sous l'autre, leur commande à gauche, ce qui en sort à droite."""
    d = Drawing(400, 320)
    rows = [
        ("1. contenu", "k_{t}, β_{t}", "w de contenu", "blue", "soft-blue"),
        ("2. interpolation", "g_{t}, w_{t-1}", "w mélangé", "purple", "soft-purple"),
        ("3. décalage", "s_{t}", "w décalé", "orange", "soft-orange"),
        ("4. affûtage", "γ_{t}", "w_{t} : la tête", "green", "soft-green"),
    ]
    for k, (name, command, out, stroke, fill) in enumerate(rows):
        y = 52 + 72 * k
        d.box(200, y, 150, 42, name, stroke=stroke, fill=fill)
        d.text(48, y, command, fill=stroke)
        d.arrow([(92, y), (123, y)], stroke=stroke)
        d.text(286, y + 1, out, fill=stroke, size=13, anchor="start")
        d.arrow([(200, y + 22), (200, y + 49)], stroke="ink")
    d.arrow([(200, 8), (200, 30)], stroke="ink")
    d.text(212, 14, "mémoire M_{t-1}", size=13, anchor="start")
    return d


DRAWINGS = {"ntm-mecanisme-machine": machine, "ntm-mecanisme-adressage": stages}

if __name__ == "__main__":
    for name, draw in DRAWINGS.items():
        draw().save(name)
