"""Espaces insécables de la prose : `python -m rnnbook_sphinx.typography book/*.md` les pose.

Seule la prose change : ni le code, ni les formules, ni les noms de rôles, ni les adresses. Les légendes et
les textes de remplacement des figures comptent comme de la prose. Un test vérifie que chaque chapitre est
déjà corrigé.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

NBSP = "\u00a0"

_UNTOUCHED = re.compile(r"(`[^`]*`|\$[^$]*\$|https?://\S+|\]\([^)]*\)|\{[^}]*\})")
_UNIT = r"(?:%|(?:ms|s|min|h|ko|Ko|Mo|Go|px)(?![\w'’]))"
_FENCE = re.compile(r"\s*(`{3,}|:{3,})\s*(\{?[\w:-]*\}?)")


def prose(line: str) -> str:
    """Pose les insécables d'une ligne de prose.

    Devant `: ; ! ?` et les unités, dans les guillemets, entre les milliers.
    """
    pieces = _UNTOUCHED.split(line)
    for i in range(0, len(pieces), 2):
        piece = re.sub(r"«[ \u00a0]*", "«" + NBSP, pieces[i])
        piece = re.sub(r"[ \u00a0]*»", NBSP + "»", piece)
        piece = re.sub(r"(?<=\S) (?=[:;!?](?:\s|$|\*))", NBSP, piece)
        piece = re.sub(rf"(?<=\d) (?=\d{{3}}(?!\d)|{_UNIT})", NBSP, piece)
        pieces[i] = piece
    # La ponctuation ou l'unité qui suit du code ou une formule est séparée de lui par la découpe.
    return re.sub(rf"(?<=[`$)}}]) (?=[:;!?](?:\s|$)|{_UNIT})", NBSP, "".join(pieces))


def correct(text: str) -> str:
    """Renvoie le texte d'un chapitre MyST avec ses espaces insécables."""
    lines, fence, math, header = [], "", False, text.startswith("---\n")
    for number, line in enumerate(text.split("\n")):
        opening = _FENCE.match(line)
        if header:
            header = number == 0 or line != "---"
        elif fence:
            if line.strip() == fence:
                fence = ""
            elif caption := re.match(r"\s+(?:caption|alt): ", line):
                line = caption[0] + prose(line[caption.end() :])
        elif opening:
            code = opening[2] and not opening[2].startswith("{")
            if code or opening[2] in ("{code-cell}", "{math}", "{eval-rst}"):
                fence = opening[1]
            else:
                line = re.sub(r"«[ \u00a0]*", "«" + NBSP, re.sub(r"[ \u00a0]*»", NBSP + "»", line))
        elif line.startswith("$$"):
            math = not math
        elif not math:
            line = _markdown(line)
        lines.append(line)
    return "\n".join(lines)


def _markdown(line: str) -> str:
    if line.startswith(":alt:"):
        return ":alt: " + prose(line[6:])
    comment = line.startswith("% ")  # une marque de diapositive, par exemple
    if comment or re.match(r":\w+:", line) or re.fullmatch(r"\|[-|: ]+\|", line):
        return line
    return prose(line)


def main(paths: list[str]) -> None:
    """Récrit chaque fichier, et dit lesquels ont changé."""
    for path in map(Path, paths):
        before = path.read_text(encoding="utf-8")
        after = correct(before)
        if after != before:
            path.write_text(after, encoding="utf-8")
            print(f"{path} : espaces insécables posées")


if __name__ == "__main__":
    main(sys.argv[1:])
