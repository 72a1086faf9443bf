"""Schéma du chapitre 14 : trois façons de prévoir plusieurs pas."""

from dessin import Drawing


def ways() -> Drawing:
    """Itérer, prévoir d'un coup, prévoir à chaque pas : trois bandes, trois pas lus, trois à prévoir."""
    d = Drawing(400, 510)
    read = [60, 120, 180]

    def band(y: float, title: str) -> None:
        d.text(20, y - 78, title, anchor="start", size=15)
        for t, x in enumerate(read, start=1):
            d.box(x, y, 36, 30, stroke="blue", fill="soft-blue")
            d.arrow([(x, y + 44), (x, y + 17)], stroke="green")
            d.text(x, y + 56, f"x_{{{t}}}", fill="green")
            if t > 1:
                d.arrow([(read[t - 2] + 18, y), (x - 19, y)], stroke="orange")

    band(100, "itérer")
    for k, x in enumerate([180, 265, 350]):
        if k > 0:
            d.box(x, 100, 36, 30, stroke="blue", fill="soft-blue")
            d.arrow([(x - 67, 100), (x - 19, 100)], stroke="orange")
            # La prévision du pas d'avant redevient une entrée.
            d.arrow(
                [(x - 72, 46), (x - 42, 46), (x - 42, 146), (x, 146), (x, 117)], stroke="purple", dashed=True
            )
        d.arrow([(x, 84), (x, 58)], stroke="purple")
        d.text(x, 46, f"x̂_{{{k + 4}}}", fill="purple")

    band(268, "d'un coup")
    band(430, "à chaque pas")
    for y, steps in ((268, read[-1:]), (430, read)):
        for x in steps:
            for k in range(3):
                kept = x == read[-1]
                d.disc(x, y - 24 - 13 * k, 5, stroke="purple", fill="purple" if kept else "soft-purple")
        for k in range(3):
            d.arrow([(190, y - 24 - 13 * k), (232 + 44 * k, y - 24 - 13 * k)], stroke="purple", width=1.2)
            d.text(248 + 44 * k, y - 24 - 13 * k, f"x̂_{{{k + 4}}}", fill="purple")
    return d


DRAWINGS = {"series-facons": ways}

if __name__ == "__main__":
    for name, draw in DRAWINGS.items():
        draw().save(name)
