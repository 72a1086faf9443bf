"""La directive `{affirmations}` : la liste de ce que les cellules d'un chapitre vérifient.

Une cellule qui vérifie commence par un commentaire `# Vérifie : une phrase.` et échoue, par une assertion,
quand la phrase est fausse. La liste est tirée des cellules elles-mêmes : elle ne peut pas s'en écarter.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docutils import nodes
from myst_nb.core.read import read_myst_markdown_notebook
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from rnnbook_sphinx.typography import prose

logger = logging.getLogger(__name__)

TITLE = "Ce que ce chapitre vérifie"
INTRODUCTION = "Chaque phrase mène à une cellule exécutée avec le livre, qui échoue si la phrase est fausse."
_COMMENT = re.compile(r"# Vérifie[ \u00a0]:\s*(.+(?:\n# .+)*)")


@dataclass(frozen=True)
class Claim:
    """Une affirmation : sa phrase, le rang de sa cellule dans le carnet, si cette cellule peut échouer."""

    text: str
    index: int
    asserted: bool


def read(path: Path) -> list[Claim]:
    """Renvoie les affirmations du chapitre `path`, dans l'ordre de ses cellules."""
    return of_notebook(read_myst_markdown_notebook(path.read_text(encoding="utf-8"), path=path))


def of_notebook(notebook: NotebookNode) -> list[Claim]:
    """Renvoie les affirmations d'un carnet : les cellules qui commencent par `# Vérifie : …`.

    Une phrase longue continue sur les lignes de commentaire qui suivent.
    """
    cells = [(index, cell) for index, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
    return [
        Claim(comment[1].replace("\n# ", " ").strip(), index, _asserts(cell.source))
        for index, cell in cells
        if (comment := _COMMENT.match(cell.source))
    ]


def _asserts(source: str) -> bool:
    """Dit si un code peut échouer de lui-même : `assert`, ou une fonction `assert_…` de NumPy ou de torch."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Assert):
            return True
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2].startswith("assert_"):
            return True
    return False


class ClaimsDirective(SphinxDirective):
    """Liste les affirmations du chapitre où elle se trouve, avec un lien vers chaque cellule."""

    def run(self) -> list[nodes.Node]:
        claims = read(Path(self.env.doc2path(self.env.docname)))
        place = self.get_location()
        if not claims:
            logger.warning("affirmations : aucune cellule ne commence par « # Vérifie : »", location=place)
        for claim in claims:
            if not claim.asserted:
                logger.warning("affirmation sans assertion : %s", claim.text, location=place)
        items = (
            nodes.list_item("", nodes.paragraph("", "", _link(number, claim)))
            for number, claim in enumerate(claims, start=1)
        )
        box = nodes.admonition("", nodes.title("", TITLE), classes=["affirmations"])
        box += nodes.paragraph("", INTRODUCTION)
        box += nodes.bullet_list("", *items)
        return [box]


class AnchorCells(SphinxTransform):
    """Pose, devant chaque cellule qui vérifie, l'ancre où mène la liste."""

    default_priority = 400

    def apply(self, **kwargs: Any) -> None:
        boxes = [box for box in self.document.findall(nodes.admonition) if "affirmations" in box["classes"]]
        if not boxes:
            return
        claims = read(Path(self.env.doc2path(self.env.docname)))
        numbers = {claim.index: number for number, claim in enumerate(claims, start=1)}
        for cell in list(self.document.findall(_is_code_cell)):
            if cell["cell_index"] in numbers:
                target = nodes.target("", "", ids=[_anchor(numbers[cell["cell_index"]])])
                cell.parent.insert(cell.parent.index(cell), target)


def _link(number: int, claim: Claim) -> nodes.reference:
    return nodes.reference("", prose(claim.text), internal=True, refid=_anchor(number))


def _anchor(number: int) -> str:
    return f"verifie-{number}"


def _is_code_cell(node: nodes.Node) -> bool:
    return isinstance(node, nodes.container) and node.get("nb_element") == "cell_code"


def setup(app: Sphinx) -> None:
    app.add_directive("affirmations", ClaimsDirective)
    app.add_transform(AnchorCells)
