"""Schéma du chapitre 20 : huit pas balayés en trois tours."""

from dessin import Drawing


def scan() -> Drawing:
    """Chaque rangée est un tour ; une case dit combien de pas elle couvre."""
    d = Drawing(400, 240)
    columns = [40 + 45 * t for t in range(8)]
    rows = [34, 96, 158, 220]
    covered = [
        [1] * 8,
        [min(t + 1, 2) for t in range(8)],
        [min(t + 1, 4) for t in range(8)],
        list(range(1, 9)),
    ]
    for level, (y, counts) in enumerate(zip(rows, covered, strict=True)):
        if level > 0:
            reach = 2 ** (level - 1)
            for t in range(8):
                last = t == 7
                if t >= reach:
                    d.arrow(
                        [(columns[t - reach], rows[level - 1] + 13), (columns[t] - 3, y - 14)],
                        stroke="orange" if last else "muted",
                        width=2.2 if last else 1.1,
                    )
                d.arrow(
                    [(columns[t], rows[level - 1] + 13), (columns[t], y - 13)],
                    stroke="orange" if last else "muted",
                    width=2.2 if last else 1.1,
                )
        for t, count in enumerate(counts):
            done = count == t + 1
            stroke, fill = ("green", "soft-green") if done else ("blue", "soft-blue")
            d.box(columns[t], y, 34, 26, str(count), stroke=stroke, fill=fill, size=13)
    for t, x in enumerate(columns):
        d.text(x, 10, f"pas {t + 1}", size=11, fill="muted")
    return d


DRAWINGS = {"modernes-balayage": scan}

if __name__ == "__main__":
    for name, draw in DRAWINGS.items():
        draw().save(name)
