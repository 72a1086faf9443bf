"""Schéma du chapitre 17 : l'état unique de l'encodeur–décodeur, puis les regards de l'attention."""

from dessin import Drawing


def bottleneck() -> Drawing:
    """En haut, un seul état passe ; en bas, chaque chiffre pèse tous les états lus."""
    d = Drawing(400, 332)
    words, digits = ("vingt", "et", "un"), ("2", "1")
    for top, title, attention in (
        (28, "un seul état passe", False),
        (186, "chaque chiffre relit tout", True),
    ):
        d.text(200, top - 14, title, fill="muted", size=14)
        y = top + (72 if attention else 56)
        for j, word in enumerate(words):
            x = 46 + 62 * j
            d.box(x, y, 40, 36, f"h_{{{j + 1}}}", stroke="blue", fill="soft-blue")
            d.text(x, y + 56, word, fill="green", size=14)
            d.arrow([(x, y + 46), (x, y + 20)], stroke="green")
            if j < 2:
                d.arrow([(x + 20, y), (x + 41, y)], stroke="blue")
        d.arrow([(190, y), (258, y)], stroke="orange", width=2.4)
        for i, digit in enumerate(digits):
            x = 280 + 62 * i
            d.box(x, y, 40, 36, f"s_{{{i + 1}}}", stroke="purple", fill="soft-purple")
            d.text(x, y + 56, "▪" if i == 0 else digits[0], fill="green", size=14)
            d.arrow([(x, y + 46), (x, y + 20)], stroke="green")
            d.arrow([(x, y - 19), (x, y - 34)], stroke="purple")
            d.text(x, y - 44, digit, fill="purple", size=14)
            if i == 0:
                d.arrow([(x + 20, y), (x + 41, y)], stroke="purple")
        if attention:
            for j in range(3):
                x = 46 + 62 * j
                for end in (264, 326):
                    path = [(x, y - 19), (x + 20, y - 62), (end - 14, y - 62), (end, y - 20)]
                    d.arrow(path, stroke="orange", dashed=True, width=1.4)
    return d


DRAWINGS = {"seq2seq-goulot": bottleneck}

if __name__ == "__main__":
    for name, draw in DRAWINGS.items():
        draw().save(name)
