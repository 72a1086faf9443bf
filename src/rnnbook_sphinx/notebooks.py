"""Exécuter tous les chapitres comme des carnets : `python -m rnnbook_sphinx.notebooks`.

Chaque chapitre est converti en `.ipynb` dans `.scratch/carnets`, puis exécuté par nbmake sur tous les
cœurs. Ce qui a réussi rejoint le cache de la construction : `jupyter-book build .` n'exécute plus rien.
La commande échoue si un chapitre échoue, ou s'il dépasse la durée permise.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from copy import deepcopy
from pathlib import Path

import jupytext
import nbformat
from jupyter_cache import get_cache
from myst_nb.core.read import is_myst_markdown_notebook, read_myst_markdown_notebook
from nbformat import NotebookNode

from rnnbook.formats import decimal
from rnnbook_sphinx import dependencies, execution, kernels

CELL_TIMEOUT = 180
"""Secondes accordées à une cellule, comme dans `_config.yml`."""


def chapters(root: Path) -> list[Path]:
    """Renvoie les chapitres de `root/book` : les `.md` qui sont des carnets MyST."""
    pages = sorted((root / "book").glob("*.md"))
    return [page for page in pages if is_myst_markdown_notebook(page.read_text(encoding="utf-8"))]


def convert(chapter: Path, folder: Path) -> Path:
    """Convertit un chapitre en `.ipynb`, seul dans son dossier : le noyau y écrit son témoin."""
    target = folder / chapter.stem / f"{chapter.stem}.ipynb"
    target.parent.mkdir(parents=True)
    jupytext.write(jupytext.read(chapter, fmt="md:myst"), target)
    return target


def execute(notebooks: list[Path], workers: int, report: Path) -> int:
    """Exécute les carnets avec nbmake, dans l'ordre donné ; renvoie le code de sortie de pytest."""
    command = [sys.executable, "-m", "pytest", "-p", "nbmake.pytest_plugin", "-p", "xdist.plugin"]
    command += ["--nbmake", "--overwrite", f"--nbmake-timeout={CELL_TIMEOUT}", f"--junitxml={report}"]
    command += ["-p", "no:cacheprovider", *map(str, notebooks)]
    if workers > 1:
        # « worksteal » donne un carnet à chaque cœur dès qu'il est libre.
        command += ["-n", str(workers), "--dist=worksteal"]
    # Les autres extensions de pytest coûteraient des secondes au démarrage de chaque processus.
    environment = {**kernels.environment("temoin.json"), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return subprocess.run(command, env=environment).returncode


def durations(report: Path) -> dict[str, float]:
    """Lit les durées (secondes) des carnets réussis dans le rapport JUnit de pytest."""
    return {
        Path(case.attrib["name"]).stem: float(case.attrib["time"])
        for case in ET.parse(report).iter("testcase")
        if not len(case)
    }


def merge_outputs(notebook: NotebookNode, executed: NotebookNode) -> NotebookNode:
    """Renvoie une copie de `notebook`, lu par MyST-NB, avec les sorties de `executed`, converti par jupytext.

    Lève `ValueError` si les deux n'ont pas les mêmes cellules de code.
    """
    merged = deepcopy(notebook)
    cells = [cell for cell in merged.cells if cell.cell_type == "code"]
    sources = [cell for cell in executed.cells if cell.cell_type == "code"]
    if [cell.source for cell in cells] != [cell.source for cell in sources]:
        raise ValueError("executed : jupytext et MyST-NB ne lisent pas les mêmes cellules de code")
    for cell, source in zip(cells, sources, strict=True):
        cell.outputs, cell.execution_count = source.outputs, source.execution_count
    for key in ("language_info", "widgets"):
        if key in executed.metadata:
            merged.metadata[key] = executed.metadata[key]
    return merged


def main(root: Path, workers: int, limit: float) -> int:
    folder = root / ".scratch" / "carnets"
    shutil.rmtree(folder, ignore_errors=True)
    cache = get_cache(root / "_build" / ".jupyter_cache")
    known = execution.known_durations(cache)
    pages = sorted(chapters(root), key=lambda page: -known.get(str(page), float("inf")))
    since = time.time()
    notebooks = {page: convert(page, folder) for page in pages}
    report = folder / "rapport.xml"
    status = execute(list(notebooks.values()), workers, report)
    measured = durations(report)
    for page, notebook in notebooks.items():
        if page.stem in measured:
            seen = execution.read_witness(notebook.with_name("temoin.json"))
            kept = dependencies.collect(seen, root=root, since=since)
            original = read_myst_markdown_notebook(
                page.read_text(encoding="utf-8"), add_source_map=True, path=page
            )
            merged = merge_outputs(original, nbformat.read(notebook, as_version=4))
            execution.store(cache, page, execution.Execution(merged, measured[page.stem], kept))
    print(f"\nTemps des chapitres, sur {workers} cœur(s) :")
    for name, duration in sorted(measured.items()):
        print(f"  {name:<24}{decimal(duration, 1):>8} s")
    slow = sorted(name for name, duration in measured.items() if duration >= limit)
    if slow:
        print(f"Trop longs (la limite est de {decimal(limit, 0)} s) : {', '.join(slow)}")
    return status or bool(slow)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Exécute tous les chapitres du livre.")
    parser.add_argument("--livre", type=Path, default=Path.cwd(), help="racine du livre (par défaut, ici)")
    parser.add_argument("--coeurs", type=int, default=kernels.cores(), help="carnets exécutés à la fois")
    parser.add_argument("--limite", type=float, default=60.0, help="durée permise à un chapitre, en secondes")
    arguments = parser.parse_args()
    sys.exit(main(arguments.livre.resolve(), arguments.coeurs, arguments.limite))
