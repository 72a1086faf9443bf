"""Mettre en français ce que Sphinx, myst-nb et pybtex laissent en anglais, et composer à la française.

Les textes du thème sont dans les gabarits de `templates/` ; `conf.py` et ses catalogues font le reste.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from typing import Any

from docutils import nodes
from myst_nb.sphinx_ import HideCodeCellNode
from pybtex.plugin import register_plugin
from pybtex.style.formatting.unsrt import Style as PlainStyle
from pybtex.style.names.plain import NameStyle as PlainNames
from pybtex.style.template import join, names, sentence
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinxcontrib.bibtex.plugin import register_plugin as register_reference_style
from sphinxcontrib.bibtex.style.referencing import PersonStyle
from sphinxcontrib.bibtex.style.referencing.author_year import AuthorYearReferenceStyle

from rnnbook_sphinx.typography import prose

_APOSTROPHE = re.compile(r"(?<=[^\W\d_])'")
_QUOTED = re.compile(r'(?<=\u2019)"([^"]+)"')

_UNTOUCHED = (
    nodes.literal,
    nodes.FixedTextElement,
    nodes.Invisible,
    nodes.raw,
    nodes.math,
    nodes.math_block,
    addnodes.desc_signature,
)

_HIDDEN = {"source": "Code", "output": "Résultat", "content": "Code et résultat"}
"""Ce que myst-nb replie → le titre du repli, quand la cellule n'en donne pas."""


def typeset(text: str) -> str:
    """Compose un texte : apostrophe courbe après une lettre, espaces insécables.

    Sans cela, les guillemets automatiques de docutils prennent l'apostrophe de « l'« ordre » » pour un
    guillemet fermant, et le guillemet droit qui suit une apostrophe pour la fin d'une citation.
    """
    return prose(_QUOTED.sub(r"« \1 »", _APOSTROPHE.sub("\u2019", text)))


class FrenchTypography(SphinxTransform):
    """Compose les textes d'un document, hors code, formules et signatures."""

    # Juste avant les guillemets automatiques de Sphinx (priorité 750).
    default_priority = 740

    def apply(self, **kwargs: Any) -> None:
        if self.config.language != "fr":
            return
        for text in list(self.document.findall(nodes.Text)):
            composed = typeset(text)
            if composed != text and not _is_untouched(text):
                text.parent.replace(text, nodes.Text(composed))


def _is_untouched(node: nodes.Node) -> bool:
    while node is not None:
        if isinstance(node, _UNTOUCHED):
            return True
        node = node.parent
    return False


@dataclass
class FrenchReferenceStyle(AuthorYearReferenceStyle):
    """Citations « Cho et Bengio [2014] », « [Hochreiter et Schmidhuber, 1997] »."""

    person: PersonStyle = field(default_factory=lambda: PersonStyle(sep2=" et ", last_sep=" et "))


class FrenchNames(PlainNames):
    """Les noms en toutes lettres ; « and others » de BibTeX devient « et al. »."""

    def format(self, person: Any, abbr: bool = False) -> Any:
        return "al." if person.last_names == ["others"] else super().format(person, abbr)


class FrenchBibliographyStyle(PlainStyle):
    """Bibliographie triée par auteur, mots de liaison en français."""

    default_name_style = "francais"
    default_sorting_style = "author_year_title"

    def format_names(self, role: str, as_sentence: bool = True) -> Any:
        formatted = names(role, sep=", ", sep2=" et ", last_sep=" et ")
        return sentence[formatted] if as_sentence else formatted

    def format_editor(self, e: Any, as_sentence: bool = True) -> Any:
        result = join[self.format_names("editor", as_sentence=False), " (dir.)"]
        return sentence[result] if as_sentence else result


def visit_hidden_cell(self: Any, node: HideCodeCellNode) -> None:
    """Ouvre un repli de cellule ; son état (ouvert, fermé) est dit par `<details>` lui-même."""
    title = _HIDDEN.get(node["prompt_show"], node["prompt_show"])
    self.body.append(f'<details class="{" ".join(["rnn-repli", *node["classes"]])}">\n')
    self.body.append(f"<summary>{html.escape(title)}</summary>\n")


def depart_hidden_cell(self: Any, node: HideCodeCellNode) -> None:
    self.body.append("</details>\n")


def skip_bare_field(
    app: Sphinx, what: str, name: str, member: object, skip: bool, options: object
) -> bool | None:
    """Laisse hors de la référence un champ de n-uplet dont Python n'a qu'une phrase anglaise à dire.

    La docstring de la classe décrit ces champs.
    """
    return True if (getattr(member, "__doc__", None) or "").startswith("Alias for field number") else None


def setup(app: Sphinx) -> None:
    register_reference_style("sphinxcontrib.bibtex.style.referencing", "auteur_annee", FrenchReferenceStyle)
    register_plugin("pybtex.style.names", "francais", FrenchNames)
    register_plugin("pybtex.style.formatting", "francais", FrenchBibliographyStyle)
    app.add_transform(FrenchTypography)
    app.setup_extension("sphinx.ext.autodoc")
    app.connect("autodoc-skip-member", skip_bare_field)
    app.add_node(HideCodeCellNode, override=True, html=(visit_hidden_cell, depart_hidden_cell))
