"""Compose le livre en PDF et le relit : `python tests/verifier/pdf.py`.

Ce qui est vérifié : le journal de LuaLaTeX (caractères, renvois, lignes qui débordent), les numéros des
figures et des équations, qui sont ceux des pages, les fontes, le nombre de pages, et le texte que l'on peut
en tirer, où chaque chapitre a son titre. Demande pdfinfo, pdffonts et pdftotext (paquet poppler-utils).
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from rnnbook_sphinx.pdf import SUMMARY

ROOT = Path(__file__).parents[2]
LATEX = ROOT / "_build" / "latex"

PAGES = 300
"""Le livre entier a plus de pages que cela."""

OVERFULL = 20.0
"""Débordement permis, en points : au-delà, il se voit."""

_FAULTS = {
    "Missing character": "caractère absent des fontes",
    "undefined": "renvoi qui ne mène nulle part",
    "has been referenced but does not exist": "lien qui ne mène nulle part",
    "multiply defined": "étiquette donnée deux fois",
}
_OVERFULL = re.compile(r"^Overfull \\[hv]box \((\d+(?:\.\d+)?)pt too .*", re.MULTILINE)
_LABEL = re.compile(r"^\\newlabel\{(?P<name>[^}]+)\}\{\{(?P<number>[^{}]*)\}", re.MULTILINE)


def output(*command: str | Path) -> str:
    """Ce qu'écrit une commande ; lève `SystemExit`, avec ce qu'elle a dit, si elle échoue."""
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False, cwd=ROOT)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return done.stdout


def log_faults(log: str) -> Iterator[str]:
    """Ce que le journal de LuaLaTeX reproche au livre."""
    for line in dict.fromkeys(log.splitlines()):
        for sign, meaning in _FAULTS.items():
            if sign in line:
                yield f"{meaning} : {line}"
    for match in _OVERFULL.finditer(log):
        if float(match[1]) > OVERFULL:
            yield f"débordement de {match[1]} pt : {match[0]}"


def labels(aux: str) -> dict[str, str]:
    """Les étiquettes du fichier auxiliaire → le numéro que le PDF leur donne."""
    return {match["name"]: match["number"] for match in _LABEL.finditer(aux)}


def number_faults(found: Mapping[str, str], expected: Mapping[str, str]) -> Iterator[str]:
    """Les figures et les équations qui n'ont pas, dans le PDF, le numéro de la page."""
    for name, number in expected.items():
        if found.get(name) != number:
            yield f"{name} : numéro {found.get(name, 'absent')} dans le PDF, {number} dans la page"


def font_faults(table: str) -> Iterator[str]:
    """Les fontes que le fichier n'emporte pas, d'après pdffonts."""
    for line in table.splitlines()[2:]:
        embedded = line.split()[-5]  # après le nom et le type, qui ont des espaces : emb sub uni objet
        if embedded != "yes":
            yield f"fonte absente du fichier : {line}"


def flat(text: str) -> str:
    """Un texte sans fins de ligne, espaces insécables ni coupures de mots, pour y chercher une phrase."""
    return " ".join(text.replace("\u00ad", "").replace("-\n", "").split())


def main() -> None:
    for tool in ("pdfinfo", "pdffonts", "pdftotext"):
        if shutil.which(tool) is None:
            raise SystemExit(f"{tool} manque : installez le paquet poppler-utils")
    start = time.monotonic()
    output("make", "pdf")
    seconds = time.monotonic() - start
    pdf = LATEX / "rnnbook.pdf"
    pages = int(re.findall(r"^Pages:\s+(\d+)", output("pdfinfo", pdf), re.MULTILINE)[0])
    text = flat(output("pdftotext", pdf, "-"))
    expected = json.loads((LATEX / SUMMARY).read_text(encoding="utf-8"))
    found = [
        *log_faults((LATEX / "rnnbook.log").read_text(encoding="utf-8", errors="replace")),
        *number_faults(labels((LATEX / "rnnbook.aux").read_text(encoding="utf-8")), expected["numeros"]),
        *font_faults(output("pdffonts", pdf)),
        *(f"titre absent du texte : {title}" for title in expected["titres"] if flat(title) not in text),
    ]
    if pages <= PAGES:
        found.append(f"{pages} pages, plus de {PAGES} attendues")
    if found:
        raise SystemExit("\n".join(found))
    print(f"{pdf.relative_to(ROOT)} : {pages} pages, {pdf.stat().st_size / 1e6:.1f} Mo, en {seconds:.0f} s")


if __name__ == "__main__":
    main()
