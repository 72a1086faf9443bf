"""Schéma du chapitre 1 : trois noms de longueurs différentes, leur remplissage, et le compte des noms."""

from dessin import Drawing

NAMES = ("leroy", "li", "papadopoulos")


def padded_batch() -> Drawing:
    """Un nom par ligne ; sous chaque colonne, combien de noms y ont encore une lettre."""
    d = Drawing(400, 184)
    left, side, top = 38, 29, 46
    longest = max(map(len, NAMES))
    d.text(left - 15, 16, "temps", fill="muted", size=13, anchor="start")
    d.arrow([(left + 30, 16), (left + 90, 16)], stroke="muted")
    for t in range(longest):
        x = left + side * t
        for row, name in enumerate(NAMES):
            y = top + side * row
            if t < len(name):
                d.box(x, y, side - 3, side - 3, name[t], stroke="blue", fill="soft-blue", radius=3)
            else:
                d.box(x, y, side - 3, side - 3, stroke="muted", radius=3, dashed=True)
                d.text(x, y, "0", fill="muted", size=13)
        d.text(x, top + 3 * side + 8, str(sum(t < len(name) for name in NAMES)), fill="orange")
    d.text(
        left - 15,
        top + 3 * side + 34,
        "noms encore en cours, ou batch_sizes",
        fill="orange",
        size=13,
        anchor="start",
    )
    return d


DRAWINGS = {"donnees-lot": padded_batch}

if __name__ == "__main__":
    for name, draw in DRAWINGS.items():
        draw().save(name)
