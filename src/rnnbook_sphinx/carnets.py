"""Un carnet `.ipynb` par chapitre, écrit avec les pages : `carnets/NN-nom.ipynb`, et `carnets.zip`.

La prose y est du Markdown que Jupyter, Colab et VS Code lisent tels quels : références, citations, équations
numérotées, encadrés et quiz sont déjà résolus. Le code est exécutable ; un exercice y est une cellule à
compléter, sa solution est repliée. `sphinx-markdown-builder` traduit ce qui est courant ; ce module y ajoute
les cellules et ce qui est propre au livre. `sphinx-tojupyter` fait de même, mais il demande une construction
de plus, change l'ordre de choix des sorties pour les pages aussi, et laisse passer du HTML.
"""

from __future__ import annotations

import base64
import html
import re
import zipfile
from pathlib import Path
from typing import Any

import nbformat
from docutils import nodes
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from sphinx.application import Sphinx
from sphinx.locale import admonitionlabels
from sphinx_exercise.nodes import solution_node
from sphinx_markdown_builder.contexts import IndentContext, SubContext, SubContextParams, TableContext
from sphinx_markdown_builder.translator import MarkdownTranslator

from rnnbook_sphinx import assets, repository
from rnnbook_sphinx.typography import NBSP

FOLDER = "carnets"
ARCHIVE = "carnets.zip"

INSTALL = """\
# Installe rnnbook s'il manque (Colab, machine neuve) ; ne fait rien ailleurs.
import importlib.util

if importlib.util.find_spec("rnnbook") is None:
    %pip install --quiet "rnnbook @ git+{url}@{branch}"
"""
"""Première cellule d'un carnet, quand on sait d'où installer."""

_CHAPTER = re.compile(r"(?:.*/)?(\d\d-[\w-]+)")
_VARIABLE = re.compile(r"var\(--rnn-[\w-]+,\s*(#[0-9a-fA-F]{3,8})\)")
_LABEL = re.compile(r'\baria-label="([^"]*)"')
_VIEWBOX = re.compile(r'viewBox="[-\d.]+ [-\d.]+ ([\d.]+) ([\d.]+)"')
_EDITABLE = "rnn-a-completer"


def is_chapter(docname: str) -> bool:
    """Dit si un document est un chapitre (`NN-nom`), qui a donc son carnet."""
    return _CHAPTER.fullmatch(docname) is not None


def path_of(docname: str) -> str:
    """Chemin du carnet d'un chapitre dans le dossier construit."""
    return f"{FOLDER}/{docname.rpartition('/')[2]}.ipynb"


class NotebookTranslator(MarkdownTranslator):
    """Traduit le document résolu d'un chapitre en cellules de carnet, dans `cells`."""

    def __init__(self, document: nodes.document, builder: Any, docname: str) -> None:
        super().__init__(document, builder)
        self.docname = docname
        self.cells: list[nbformat.NotebookNode] = []
        self.folded = 0

    def flush(self) -> None:
        """Ferme la cellule de texte en cours."""
        if len(self._ctx_queue) != 1:
            raise ValueError(f"{self.docname} : cellule de code dans un encadré, au premier niveau attendue")
        text = self._ctx_queue[0].make().strip()
        self._ctx_queue[0] = SubContext()
        if text:
            self.cells.append(new_markdown_cell(re.sub(r"\n{3,}", "\n\n", text)))

    def code(self, source: str) -> None:
        """Ajoute une cellule de code ; dans une solution repliée, un bloc de code."""
        if self.folded:
            self.add(f"```python\n{source}\n```", prefix_eol=2, suffix_eol=2)
        else:
            self.flush()
            self.cells.append(new_code_cell(source))

    # Cellules

    def visit_container(self, node: nodes.container) -> None:
        element = node.get("nb_element")
        if element == "cell_code":
            blocks = [b for b in node.findall(nodes.literal_block) if _within(b, node, "cell_code_source")]
            self.code("\n".join(block.astext() for block in blocks).strip("\n"))
            for figure in node.findall(nodes.figure):
                self.caption(figure)
            raise nodes.SkipNode
        if element in ("cell_code_output", "cell_code_source"):
            raise nodes.SkipNode

    def visit_HideCodeCellNode(self, node: nodes.Element) -> None:
        """Une cellule que la page replie : dans un carnet, une cellule comme les autres."""

    def visit_literal_block(self, node: nodes.literal_block) -> None:
        if _EDITABLE in node["classes"]:
            self.code(node.astext())
            raise nodes.SkipNode
        super().visit_literal_block(node)

    def caption(self, figure: nodes.figure) -> None:
        """Écrit sous une cellule la légende numérotée de sa figure."""
        for caption in figure.findall(nodes.caption):
            number = self.number("figure", figure)
            self._push_context(SubContext(SubContextParams(2, 2)))
            self.add(f"*Fig.{NBSP}{number}*{NBSP}: " if number else "")
            for child in caption.children:
                child.walkabout(self)
            self._pop_context()

    def number(self, kind: str, node: nodes.Element) -> str:
        """Le numéro d'une équation ou d'une figure, tel que la page le montre ; vide si elle n'en a pas."""
        numbers = self.builder.env.toc_fignumbers.get(self.docname, {}).get(kind, {})
        return ".".join(map(str, next((numbers[name] for name in node["ids"] if name in numbers), ())))

    # Figures fixes

    def visit_figure(self, node: nodes.figure) -> None:
        for child in node.children:
            if not isinstance(child, (nodes.caption, nodes.legend)):
                child.walkabout(self)
        self.caption(node)
        for legend in node.findall(nodes.legend):
            legend.walkabout(self)
        raise nodes.SkipNode

    def visit_legend(self, node: nodes.legend) -> None: ...

    def visit_comment(self, node: nodes.comment) -> None:
        raise nodes.SkipNode

    def visit_raw(self, node: nodes.raw) -> None:
        text = node.astext()
        if node.get("format") == "html" and text.startswith("<svg"):
            self.add(picture(text), prefix_eol=2, suffix_eol=2)
        raise nodes.SkipNode

    # Équations et tableaux

    def visit_math_block(self, node: nodes.math_block) -> None:
        number = self.number("displaymath", node)
        tag = f" \\tag{{{number}}}" if number else ""
        self.add(f"$$\n{node.astext().strip()}{tag}\n$$", prefix_eol=2, suffix_eol=2)
        raise nodes.SkipNode

    def visit_math(self, node: nodes.math) -> None:
        latex = node.astext()
        if any(isinstance(context, TableContext) for context in self._ctx_queue):
            # Dans un tableau Markdown, une barre verticale ouvre une colonne.
            latex = latex.replace("\\|", "\\Vert ").replace("|", "\\vert ")
        self.add(f"${latex}$")
        raise nodes.SkipNode

    # Encadrés : une citation dont la première ligne est le titre

    def visit_admonition(self, node: nodes.Element) -> None:
        self.add("", prefix_eol=2)
        self._push_context(IndentContext("> ", empty=True, params=SubContextParams(2, 2)))

    def depart_admonition(self, node: nodes.Element) -> None:
        self._pop_context()

    def visit_note(self, node: nodes.Element) -> None:
        self.visit_admonition(node)
        self.add(f"**{admonitionlabels[node.tagname]}**", suffix_eol=2)

    depart_note = depart_admonition
    visit_warning = visit_tip = visit_important = visit_hint = visit_seealso = visit_note
    depart_warning = depart_tip = depart_important = depart_hint = depart_seealso = depart_admonition

    def visit_title(self, node: nodes.title) -> None:
        if isinstance(node.parent, nodes.section) or isinstance(self.ctx, TableContext):
            super().visit_title(node)
        else:
            self.add("**", prefix_eol=2)

    def depart_title(self, node: nodes.title) -> None:
        if isinstance(node.parent, nodes.section) or isinstance(self.ctx, TableContext):
            self._pop_context()
        else:
            self.add("**", suffix_eol=2)

    # Exercices

    def visit_exercise_node(self, node: nodes.Element) -> None:
        """Un énoncé n'est pas encadré : il contient des cellules."""
        self.flush()
        title, *content = node.children
        numbers = self.builder.env.toc_fignumbers.get(self.docname, {}).get("exercise", {})
        number = ".".join(map(str, numbers.get(node["label"], ())))
        subtitle = title.children[1].astext() if len(title.children) > 1 else ""
        self.add(f"### Exercice {number}{NBSP}: {subtitle}".rstrip(f"{NBSP}: "), prefix_eol=2, suffix_eol=2)
        for child in content:
            child.walkabout(self)
        self.flush()
        raise nodes.SkipNode

    visit_exercise_enumerable_node = visit_exercise_node

    def visit_solution_node(self, node: solution_node) -> None:
        self.flush()
        self.folded += 1
        self.add("<details><summary>Solution</summary>", prefix_eol=2, suffix_eol=2)
        for child in node.children[1:]:
            child.walkabout(self)
        self.add("</details>", prefix_eol=2, suffix_eol=2)
        self.folded -= 1
        self.flush()
        raise nodes.SkipNode

    # Quiz

    def visit_quiz(self, node: nodes.Element) -> None:
        self.add(f"**{node.children[0].astext()}**", prefix_eol=2, suffix_eol=2)
        for child in node.children[1:]:
            child.walkabout(self)
        raise nodes.SkipNode

    def visit_quiz_question(self, node: nodes.Element) -> None:
        self.add(f"**Question {node['number']}.** ", prefix_eol=2)

    def depart_quiz_question(self, node: nodes.Element) -> None:
        self.add("<details><summary>Réponses expliquées</summary>", prefix_eol=2, suffix_eol=2)
        for answer in (child for child in node.children if child.tagname == "quiz_answer"):
            text, explanation = answer.children
            self._push_context(IndentContext("- ", only_first=True, params=SubContextParams(1, 1)))
            for child in text.children:
                child.walkabout(self)
            self.add(f"{NBSP}: " if not text.astext().endswith((".", "!", "?")) else " ")
            first, *rest = explanation.children
            for child in (*first.children, *rest):
                child.walkabout(self)
            self._pop_context()
        self.add("</details>", prefix_eol=2, suffix_eol=2)

    def visit_quiz_prompt(self, node: nodes.Element) -> None: ...

    def depart_quiz_prompt(self, node: nodes.Element) -> None:
        self.ensure_eol(2)

    def visit_quiz_answer(self, node: nodes.Element) -> None:
        self._push_context(IndentContext("- ", only_first=True, params=SubContextParams(1, 1)))
        for child in node.children[0].children:
            child.walkabout(self)
        self._pop_context()
        raise nodes.SkipNode

    # Liens : vers un autre chapitre, son carnet ; vers le reste du livre, le texte seul

    def visit_reference(self, node: nodes.reference) -> None:
        uri = node.get("refuri", "")
        if uri.startswith(("http://", "https://")):
            super().visit_reference(node)
            return
        target = uri.partition("#")[0].removesuffix(".html")
        name = target.rpartition("/")[2]
        linked = bool(target) and is_chapter(name)
        self._push_context(SubContext())
        node["rnn_suffix"] = f"]({name}.ipynb)" if linked else ""
        self.add("[" if linked else "")

    def depart_reference(self, node: nodes.reference) -> None:
        self.add(node.attributes.pop("rnn_suffix", ""))
        self._pop_context()

    def visit_target(self, node: nodes.target) -> None: ...

    def visit_abbreviation(self, node: nodes.abbreviation) -> None: ...

    def visit_number_reference(self, node: nodes.Element) -> None:
        self.visit_reference(node)  # type: ignore[arg-type]

    def depart_number_reference(self, node: nodes.Element) -> None:
        self.depart_reference(node)  # type: ignore[arg-type]

    def visit_section(self, node: nodes.section) -> None:
        if not self.folded and not _is_content(node):
            self.flush()
        super().visit_section(node)

    def depart_section(self, node: nodes.section) -> None:
        self._pop_status()


def _is_content(section: nodes.section) -> bool:
    """Dit si une section est le corps d'un exercice ou d'une solution, et non une section du chapitre."""
    return not isinstance(section.parent, (nodes.section, nodes.document))


def _within(node: nodes.Node, stop: nodes.Node, element: str) -> bool:
    """Dit si `node` est, sous `stop`, dans un conteneur de myst-nb de ce nom."""
    parent = node.parent
    while parent is not None and parent is not stop:
        if parent.get("nb_element") == element:
            return True
        parent = parent.parent
    return False


def picture(svg: str) -> str:
    """Écrit un dessin SVG d'une page en image Markdown qui se suffit : une adresse `data:`, un texte."""
    label = _LABEL.search(svg)
    size = _VIEWBOX.search(svg)
    dimensions = f' width="{size[1]}" height="{size[2]}"' if size else ""
    alone = _VARIABLE.sub(r"\1", svg).replace(
        "<svg", f'<svg xmlns="http://www.w3.org/2000/svg"{dimensions}', 1
    )
    data = base64.b64encode(alone.encode("utf-8")).decode("ascii")
    text = html.unescape(label[1]) if label else ""
    return f"![{text.replace('[', '(').replace(']', ')')}](data:image/svg+xml;base64,{data})"


def bibliography(app: Sphinx, docname: str) -> nbformat.NotebookNode | None:
    """La liste des références citées par le chapitre, qu'une page du livre tient ailleurs."""
    domain: Any = app.env.get_domain("cite")
    entries = {
        citation.key: citation.tooltip_entry for citation in domain.citations if citation.tooltip_entry
    }
    cited = (item.targets for item in domain.citation_refs if item.docname == docname)
    keys = {target.key for targets in cited for target in targets}
    if not keys:
        return None
    backend = _backend()
    lines = sorted(f"- {entries[key].text.render(backend)}" for key in keys if key in entries)
    return new_markdown_cell("## Références citées\n\n" + "\n".join(lines))


def _backend() -> Any:
    from pybtex.backends.markdown import Backend

    return Backend("utf-8")


def notebook(app: Sphinx, document: nodes.document, docname: str) -> nbformat.NotebookNode:
    """Carnet d'un chapitre, à partir de son document résolu pour les pages HTML."""
    translator = NotebookTranslator(document, app.builder, docname)
    document.walkabout(translator)
    translator.flush()
    cells = translator.cells
    if (references := bibliography(app, docname)) is not None:
        cells.append(references)
    origin: repository.Repository | None = app.config.rnnbook_repository
    if origin is not None:
        cells.insert(1, new_code_cell(INSTALL.format(url=origin.url, branch=origin.branch).rstrip()))
    for index, cell in enumerate(cells):
        cell["id"] = f"cellule-{index}"  # deux constructions donnent le même fichier
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel, "language_info": {"name": "python"}})


def _write(app: Sphinx, document: nodes.document, docname: str) -> None:
    if not assets.is_html(app) or not is_chapter(docname):
        return
    target = Path(app.outdir) / path_of(docname)
    target.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook(app, document.deepcopy(), docname), target)


def _archive(app: Sphinx, exception: Exception | None) -> None:
    """Rassemble les carnets ; retire ceux de chapitres qui ne sont plus dans le livre."""
    if exception or not assets.is_html(app):
        return
    out = Path(app.outdir)
    expected = {path_of(name) for name in app.env.found_docs if is_chapter(name)}
    for path in sorted((out / FOLDER).glob("*.ipynb")):
        if f"{FOLDER}/{path.name}" not in expected:
            path.unlink()
    with zipfile.ZipFile(out / ARCHIVE, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(expected):
            # Une date fixe : deux constructions donnent la même archive.
            entry = zipfile.ZipInfo(name, date_time=(2026, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, (out / name).read_bytes())


def _outdated(app: Sphinx, env: Any, added: set[str], changed: set[str], removed: set[str]) -> list[str]:
    """Récrit les chapitres dont le carnet manque."""
    out = Path(app.outdir)
    if not assets.is_html(app):
        return []
    return [name for name in env.found_docs if is_chapter(name) and not (out / path_of(name)).is_file()]


def setup(app: Sphinx) -> None:
    app.setup_extension("sphinx_markdown_builder")
    app.connect("env-get-outdated", _outdated)
    app.connect("doctree-resolved", _write, priority=900)
    app.connect("build-finished", _archive, priority=300)
