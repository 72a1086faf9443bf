"""Mettre l'index dans le sommaire : les termes du glossaire et les noms du paquet, par ordre alphabétique.

Sphinx écrit la page (`genindex`), mais `_toc.yml` ne peut nommer qu'un fichier du livre.
"""

from __future__ import annotations

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

PAGE = ("Index", "genindex")


def _add(app: Sphinx, doctree: nodes.document) -> None:
    if app.env.docname != app.config.root_doc:
        return
    lists = list(doctree.findall(addnodes.toctree))
    if lists:
        lists[-1]["entries"].append(PAGE)


def setup(app: Sphinx) -> None:
    # Après sphinx-external-toc, qui écrit les sommaires au même moment.
    app.connect("doctree-read", _add, priority=900)
