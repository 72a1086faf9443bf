"""Ce que les tests des figures partagent : appeler leur JavaScript, et bâtir un petit site qui les montre."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import nbformat
import pytest
from sphinx.cmd.build import build_main

from rnnbook.widgets import Figure

ROOT = Path(__file__).parent.parent
JS = ROOT / "tests" / "js"

CONF = """
project = "Atelier"
extensions = ["myst_nb", "rnnbook_sphinx.assets", "rnnbook_sphinx.svg", "rnnbook_sphinx.widgets"]
html_theme = "sphinx_book_theme"
html_theme_options = {"navbar_persistent": []}
html_context = {"default_mode": "auto"}
language = "fr"
numfig = True
nb_execution_mode = "off"
nb_mime_priority_overrides = [["html", "text/html", 1], ["latex", "image/svg+xml", 1]]
nb_ipywidgets_js = {}
"""


def missing(reason: str) -> None:
    """Saute le test faute d'un outil ; sur l'intégration continue, où tout est installé, il échoue."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def need_node() -> str:
    """Le chemin de node."""
    node = shutil.which("node")
    if node is None:
        missing("node est absent : installez Node.js 20 ou plus récent")
    assert node is not None
    return node


def need_npm_package(path: str) -> Path:
    """Un fichier des paquets npm de `tests/js`."""
    file = JS / "node_modules" / path
    if not file.exists():
        missing(f"{path} est absent : lancez `npm ci` dans tests/js")
    return file


def call_js(module: str, calls: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
    """Appelle des fonctions de `js/<module>.js` : suite de (nom, arguments), résultats dans l'ordre."""
    done = subprocess.run(
        [need_node(), JS / "call.js"],
        input=json.dumps({"module": module, "calls": calls}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def write_notebook(path: Path, title: str, figures: Iterable[Figure]) -> None:
    """Écrit un carnet déjà exécuté, une cellule par figure, avec l'état des widgets d'un vrai carnet."""
    cells = [nbformat.v4.new_markdown_cell(f"# {title}")]
    states: dict[str, Any] = {}
    for i, figure in enumerate(figures):
        bundle = figure._repr_mimebundle_()
        assert bundle is not None
        states[figure.model_id] = {"model_name": "AnyModel", "state": {"secret": "état-du-widget"}}
        cell = nbformat.v4.new_code_cell(f"{type(figure).__name__}()", execution_count=i + 1)
        cell.metadata["mystnb"] = {"figure": {"name": f"fig-{path.stem}-{i}", "caption": f"Légende {i + 1}."}}
        cell.outputs = [nbformat.v4.new_output("execute_result", bundle[0], execution_count=i + 1)]
        cells.append(cell)
    book = nbformat.v4.new_notebook(cells=cells)
    book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    if states:
        widgets = {"version_major": 2, "version_minor": 0, "state": states}
        book.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": widgets}
    nbformat.write(book, path)


def build_site(
    folder: Path, pages: Mapping[str, Sequence[Callable[[], Figure]]], builder: str = "html"
) -> Path:
    """Bâtit un petit site, une page par entrée de `pages` (nom → figures), et renvoie son dossier."""
    source = folder / "source"
    source.mkdir(parents=True)
    (source / "conf.py").write_text(CONF, encoding="utf-8")
    toc = "\n".join(pages)
    (source / "index.md").write_text(f"# Atelier\n\n```{{toctree}}\n{toc}\n```\n", encoding="utf-8")
    for name, figures in pages.items():
        write_notebook(source / f"{name}.ipynb", name, [figure() for figure in figures])
    out = folder / builder
    status = build_main(["-q", "-W", "-b", builder, "-d", str(folder / "doctrees"), str(source), str(out)])
    assert status == 0
    return out
