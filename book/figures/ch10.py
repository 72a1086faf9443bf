"""Schéma du chapitre 10 : la cellule GRU, de l'état d'avant à l'état d'après."""

from dessin import Drawing


def cell() -> Drawing:
    """Le passé suit le haut, le candidat monte du bas ; z règle le mélange, r filtre le produit (PyTorch)."""
    d = Drawing(400, 262)
    d.text(20, 46, "h_{t-1}", fill="orange")
    d.arrow([(42, 46), (146, 46)], stroke="orange")
    d.disc(160, 46, 13, "×")
    d.arrow([(174, 46), (286, 46)], stroke="orange")
    d.disc(300, 46, 13, "+")
    d.arrow([(314, 46), (362, 46)], stroke="orange")
    d.text(382, 46, "h_{t}", fill="orange")

    d.box(160, 112, 40, 30, "z_{t}", stroke="blue", fill="soft-blue")
    d.arrow([(160, 96), (160, 61)], "garde le passé", stroke="blue", at=(222, 78))
    d.arrow([(181, 112), (285, 112)], "1 − z_{t}", stroke="blue", at=(232, 100))
    d.disc(300, 112, 13, "×")
    d.arrow([(300, 98), (300, 61)])

    d.box(300, 186, 96, 34, "candidat h̃_{t}", stroke="purple", fill="soft-purple", size=13)
    d.arrow([(300, 168), (300, 126)], stroke="purple")

    d.arrow([(66, 46), (66, 112)], stroke="orange")
    d.box(66, 130, 112, 34, "W_{hh̃} h_{t-1} + b_{hh̃}", stroke="orange", size=13)
    d.arrow([(66, 147), (66, 172)], stroke="orange")
    d.disc(66, 186, 13, "×")
    d.box(66, 242, 40, 30, "r_{t}", stroke="green", fill="soft-green")
    d.arrow([(66, 227), (66, 200)], stroke="green")
    d.arrow([(80, 186), (250, 186)], "passé filtré", stroke="green", at=(160, 173))
    d.text(300, 250, "x_{t}", fill="ink")
    d.arrow([(300, 238), (300, 205)])
    return d


DRAWINGS = {"gru-cellule": cell}

if __name__ == "__main__":
    for name, draw in DRAWINGS.items():
        draw().save(name)
