"""Schémas du chapitre 4 : les trois boucles, et le forçage par la cible."""

from dessin import Drawing


def _column(d: Drawing) -> None:
    """L'entrée, l'état et la sortie d'un pas, de bas en haut."""
    d.box(120, 150, 90, 44, "h_{t}", stroke="blue", fill="soft-blue")
    d.box(120, 62, 90, 44, "o_{t}", stroke="purple", fill="soft-purple")
    d.arrow([(120, 226), (120, 174)], "W_{xh}", stroke="green", at=(146, 203))
    d.text(120, 238, "x_{t}", fill="green")
    d.arrow([(120, 127), (120, 86)], "W_{ho}", stroke="ink", at=(146, 108))


def _delay(d: Drawing, x: float, y: float) -> None:
    d.box(x, y, 16, 16, stroke="orange", fill="orange", radius=1)
    d.text(x + 16, y, "un pas plus tard", fill="muted", size=13, anchor="start")


def state_loop() -> Drawing:
    """De l'état vers l'état : la boucle ne touche pas la sortie."""
    d = Drawing(400, 250)
    _column(d)
    d.arrow([(165, 138), (250, 138), (250, 164), (167, 164)], stroke="orange")
    _delay(d, 250, 151)
    d.text(206, 126, "h_{t}", fill="orange", size=14)
    d.text(206, 180, "W_{hh} h_{t-1}", fill="orange", size=14)
    return d


def output_to_state() -> Drawing:
    """De la sortie vers l'état : ce qui est passé est ce qui a été répondu."""
    d = Drawing(400, 250)
    _column(d)
    d.arrow([(165, 62), (250, 62), (250, 150), (167, 150)], stroke="orange")
    _delay(d, 250, 106)
    d.text(206, 50, "o_{t}", fill="orange", size=14)
    d.text(206, 166, "W_{oh} o_{t-1}", fill="orange", size=14)
    return d


def output_loop() -> Drawing:
    """De la sortie vers la sortie : l'état caché ne sait rien du passé."""
    d = Drawing(400, 250)
    _column(d)
    d.arrow([(165, 50), (250, 50), (250, 76), (167, 76)], stroke="orange")
    _delay(d, 250, 63)
    d.text(206, 38, "o_{t}", fill="orange", size=14)
    d.text(206, 92, "W_{oo} o_{t-1}", fill="orange", size=14)
    return d


def forcing() -> Drawing:
    """Libre, chaque pas attend la sortie du précédent ; forcé, il reçoit la cible, connue d'avance."""
    d = Drawing(400, 320)
    xs = [90, 200, 310]
    for base, title, forced in ((0, "en boucle libre", False), (166, "forcé par la cible", True)):
        d.text(8, base + 14, title, size=14, anchor="start")
        for t, x in enumerate(xs, start=1):
            d.box(x, base + 96, 60, 38, f"h_{{{t}}}", stroke="blue", fill="soft-blue")
            d.box(x, base + 44, 60, 30, f"o_{{{t}}}", stroke="purple", fill="soft-purple")
            d.arrow([(x, base + 76), (x, base + 61)])
            d.arrow([(x + 12, base + 140), (x + 12, base + 117)], stroke="green")
            d.text(x + 28, base + 142, f"x_{{{t}}}", fill="green", size=14)
            source = f"y_{{{t - 1}}}" if t > 1 else "o_{0}"
            if forced or t == 1:
                d.arrow([(x - 12, base + 140), (x - 12, base + 117)], stroke="orange", dashed=forced)
                d.text(x - 30, base + 142, source, fill="orange", size=14)
            else:
                left, right, middle = x - 80, x - 31, x - 55  # de la sortie d'avant à l'état d'après
                corners = [(left, base + 44), (middle, base + 44), (middle, base + 96), (right, base + 96)]
                d.arrow(corners, stroke="orange")
    return d


DRAWINGS = {
    "recurrences-etat": state_loop,
    "recurrences-jordan": output_to_state,
    "recurrences-sortie": output_loop,
    "recurrences-forcage": forcing,
}

if __name__ == "__main__":
    for name, draw in DRAWINGS.items():
        draw().save(name)
