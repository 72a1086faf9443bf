"""La directive `{durees}` : le tableau des temps d'exécution des chapitres, à jour à chaque construction.

MyST-NB note la durée de chaque chapitre et redemande la page qui porte un tableau dès que l'un d'eux est
exécuté à nouveau ; seul l'affichage est d'ici, en français et avec les titres des chapitres.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from docutils import nodes
from myst_nb.ext.execution_tables import METADATA_KEY
from myst_nb.sphinx_ import NbMetadataCollector
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

from rnnbook.formats import decimal

HEADERS = ("Chapitre", "Durée (s)", "Exécuté le")


class TimingsNode(nodes.General, nodes.Element):
    """La place du tableau, rempli quand tous les chapitres sont lus."""


class TimingsDirective(SphinxDirective):
    """Pose le tableau des durées ; sans argument ni contenu."""

    def run(self) -> list[nodes.Node]:
        NbMetadataCollector.set_doc_data(self.env, self.env.docname, METADATA_KEY, True)
        return [TimingsNode()]


class FillTimings(SphinxPostTransform):
    """Remplace la place réservée par le tableau, avant que Sphinx ne résolve les liens."""

    default_priority = 8

    def run(self, **kwargs: Any) -> None:
        for node in list(self.document.findall(TimingsNode)):
            node.replace_self(self._table())

    def _table(self) -> nodes.table:
        executed = {
            name: data["exec_data"]
            for name, data in NbMetadataCollector.get_doc_data(self.env).items()
            if data.get("exec_data")
        }
        rows = [
            (self._link(name), decimal(data["runtime"], 1), _day(data["mtime"]))
            for name, data in sorted(executed.items())
        ]
        total = sum(data["runtime"] for data in executed.values())
        return table(HEADERS, [*rows, ("Ensemble", decimal(total, 1), "")])

    def _link(self, name: str) -> nodes.reference:
        title = self.env.titles[name].astext()
        uri = self.app.builder.get_relative_uri(self.env.docname, name)
        return nodes.reference("", title, internal=True, refuri=uri)


def table(headers: tuple[str, ...], rows: list[tuple[nodes.Node | str, ...]]) -> nodes.table:
    """Construit un tableau docutils : une ligne d'en-tête, puis `rows`."""
    group = nodes.tgroup("", *(nodes.colspec(colwidth=1) for _ in headers), cols=len(headers))
    group += nodes.thead("", _row(headers))
    group += nodes.tbody("", *(_row(row) for row in rows))
    return nodes.table("", group, classes=["colwidths-auto"])


def _row(cells: tuple[nodes.Node | str, ...]) -> nodes.row:
    contents = (nodes.Text(cell) if isinstance(cell, str) else cell for cell in cells)
    return nodes.row("", *(nodes.entry("", nodes.paragraph("", "", content)) for content in contents))


def _day(timestamp: float) -> str:
    return datetime.fromtimestamp(timestamp).strftime("%d/%m/%Y")


def setup(app: Sphinx) -> None:
    app.add_node(TimingsNode)
    app.add_directive("durees", TimingsDirective)
    app.add_post_transform(FillTimings)
