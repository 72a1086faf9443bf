"""Les exercices dans la page : cellule à compléter, niveau et genre, index, livre sans solutions.

L'énoncé et la solution sont ceux de `sphinx-exercise` ; ce module y ajoute ce qui lui manque. La progression
du lecteur reste dans son navigateur (`exercices.js`).
"""

from __future__ import annotations

import inspect
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.domains import Domain
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx_exercise.nodes import exercise_enumerable_node, exercise_node, solution_node

from rnnbook.exercises import KINDS, find
from rnnbook_sphinx import assets
from rnnbook_sphinx.chapters import level_and_kind, read_exercises
from rnnbook_sphinx.typography import NBSP

logger = logging.getLogger(__name__)

WITHOUT_SOLUTIONS = "RNNBOOK_SANS_SOLUTIONS"
"""Variable d'environnement : à « 1 », le livre se construit sans ses solutions."""


class Registry(Domain):
    """Ce que les chapitres contiennent, pour l'index : exercices, quiz, et les pages qui portent un index."""

    name = "rnnbook"
    label = "rnnbook"
    initial_data: dict[str, dict[str, Any]] = {"exercises": {}, "quizzes": {}, "indexes": {}}  # noqa: RUF012
    data_version = 1

    def clear_doc(self, docname: str) -> None:
        for entries in (self.data[key] for key in self.initial_data):
            entries.pop(docname, None)

    def merge_domaindata(self, docnames: list[str], otherdata: dict[str, Any]) -> None:
        for key in self.initial_data:
            self.data[key].update({name: otherdata[key][name] for name in docnames if name in otherdata[key]})

    def resolve_any_xref(self, *args: Any, **kwargs: Any) -> list[Any]:
        return []


class ToComplete(SphinxDirective):
    """`{a-completer} <id>` : la cellule à compléter, déduite de la solution du même document.

    L'option `:depart: <erreur>` part du code de cette erreur typique : c'est un exercice à réparer.
    """

    required_arguments = 1
    option_spec = {"depart": directives.unchanged_required}  # noqa: RUF012

    def run(self) -> list[nodes.Node]:
        label = self.arguments[0]
        path = Path(self.env.doc2path(self.env.docname))
        try:
            found = next((item for item in read_exercises(path) if item.id == label), None)
            if found is None:
                raise ValueError(f"{label} : aucun exercice de ce nom dans ce chapitre")
            code = found.blank
            if "depart" in self.options:
                self.env.note_dependency(inspect.getfile(find(label).mistake(self.options["depart"]).answer))
        except ValueError as error:
            raise self.error(f"a-completer : {error}") from error
        literal = nodes.literal_block(code, code, language="python", classes=["rnn-a-completer"])
        self.set_source_info(literal)
        return [literal]


class exercise_list(nodes.General, nodes.Element):
    """Place de l'index, remplie quand tous les chapitres sont lus."""


class ExerciseList(SphinxDirective):
    """`{liste-exercices}` : tous les exercices et quiz, par chapitre, avec la progression du lecteur."""

    def run(self) -> list[nodes.Node]:
        registry(self.env)["indexes"][self.env.docname] = True
        return [exercise_list()]


def registry(env: BuildEnvironment) -> dict[str, dict[str, Any]]:
    """Renvoie ce que les chapitres ont déclaré : `exercises`, `quizzes` et `indexes`, par document."""
    return env.get_domain(Registry.name).data


def badges(level: str, kind: str) -> nodes.paragraph:
    """Niveau et genre d'un exercice, en toutes lettres ; la feuille de style y ajoute les étoiles."""
    return nodes.paragraph(
        "",
        "",
        nodes.inline("", f"niveau {level} sur 3", classes=["rnn-niveau", f"niveau-{level}"]),
        nodes.Text(" · "),
        nodes.inline("", KINDS[kind], classes=["rnn-genre", f"genre-{kind}"]),
        classes=["rnn-badges"],
    )


def read_document(app: Sphinx, document: nodes.document) -> None:
    """Après la lecture d'un chapitre : retire les solutions s'il le faut, enregistre les exercices."""
    if app.config.rnnbook_sans_solutions:
        drop_solutions(document)
    entries = []
    for node in document.findall(_is_exercise):
        try:
            level, kind = level_and_kind(node["classes"])
        except ValueError as error:
            logger.warning("exercice %s : %s", node["label"], error, location=node)
            continue
        node.children[-1].insert(0, badges(level, kind))
        title = node.children[0].children
        subtitle = title[1].astext() if len(title) > 1 else ""
        entries.append(
            {
                "id": node["label"],
                "title": subtitle,
                "level": level,
                "kind": kind,
                "numbered": isinstance(node, exercise_enumerable_node),
            }
        )
    for node in document.findall(lambda item: _is_exercise(item) or isinstance(item, solution_node)):
        # sphinx-exercise donne le même identifiant à tous les énoncés et solutions d'une page.
        node.children[-1]["ids"] = [nodes.make_id(f"contenu-{node['label']}")]
    if entries:
        registry(app.env)["exercises"][app.env.docname] = entries


def _is_exercise(node: nodes.Node) -> bool:
    return isinstance(node, (exercise_node, exercise_enumerable_node))


def drop_solutions(document: nodes.document) -> None:
    """Retire les solutions, et les renvois vers ce qu'elles contenaient."""
    gone: set[str] = set()
    for solution in list(document.findall(solution_node)):
        gone.update(name for item in solution.findall(nodes.Element) for name in item["ids"])
        solution.parent.remove(solution)
    for reference in list(document.findall(nodes.reference)):
        if reference.get("refid") in gone:
            item = next(
                (parent for parent in _parents(reference) if isinstance(parent, nodes.list_item)), reference
            )
            item.parent.remove(item)


def _parents(node: nodes.Node) -> Iterator[nodes.Element]:
    while (parent := node.parent) is not None:
        yield parent
        node = parent


class FrenchSolutionTitles(SphinxPostTransform):
    """« Solution de Exercice 1 » devient « Solution de l’exercice 1 », dans les titres et les renvois.

    Le titre d'une solution n'est pas un lien vers l'exercice, écrit juste avant : où qu'on le touche, il
    ouvre la solution. sphinx-exercise y recopie le titre de l'exercice d'avant la typographie, d'où
    l'apostrophe.
    """

    default_priority = 23  # juste après les transformations de sphinx-exercise

    def run(self, **kwargs: Any) -> None:
        for solution in self.document.findall(solution_node):
            title = solution.children[0]
            for reference in list(title.findall(nodes.reference)):
                reference.replace_self(reference.children)
            for text in list(title.findall(nodes.Text)):
                if not isinstance(text.parent, (nodes.literal, nodes.math)):
                    _replace(text, text.replace("'", "’"))
            texts = list(title.findall(nodes.Text))
            if len(texts) > 1 and texts[1].lstrip().startswith("Exercice"):
                _replace(texts[0], "Solution de l’")
                _replace(texts[1], texts[1].lstrip().replace("Exercice", "exercice", 1))
        for reference in self.document.findall(nodes.reference):
            for text in list(reference.findall(nodes.Text)):
                if text.startswith("Solution de Exercice"):
                    french = text.replace("Solution de Exercice", "Solution de l’exercice", 1)
                    _replace(text, french.replace("'", "’"))


def _replace(old: nodes.Text, new: str) -> None:
    old.parent.replace(old, nodes.Text(new))


class FillExerciseList(SphinxPostTransform):
    """Écrit l'index à la place de la directive `{liste-exercices}`."""

    default_priority = 24

    def run(self, **kwargs: Any) -> None:
        for place in list(self.document.findall(exercise_list)):
            found = registry(self.env)
            groups = [
                self.group(docname, found["exercises"].get(docname, []), found["quizzes"].get(docname, []))
                for docname in reading_order(self.env)
                if docname in found["exercises"] or docname in found["quizzes"]
            ]
            notice = nodes.paragraph(
                "", "Cocher ce qui est fait demande JavaScript ; tout reste dans ce navigateur."
            )
            place.replace_self([nodes.container("", notice, classes=["rnn-progression"]), *groups])

    def group(
        self, docname: str, exercises: list[dict[str, Any]], quizzes: list[dict[str, str]]
    ) -> nodes.container:
        """Un chapitre : son titre, puis un tableau de ses exercices et de son quiz."""
        title = nodes.paragraph("", "", self.link(docname, "", self.env.titles[docname].astext()))
        title["classes"].append("rnn-chapitre")
        rows = [
            self.row(f"genre-{item['kind']} niveau-{item['level']}", *self.exercise(docname, item))
            for item in exercises
        ]
        rows += [
            self.row(
                "genre-quiz",
                nodes.paragraph("", "", self.link(docname, item["id"], f"Quiz{NBSP}: {item['title']}")),
                nodes.paragraph("", "quiz"),
                nodes.paragraph(),
            )
            for item in quizzes
        ]
        head = nodes.thead(
            "", self.row("", *(nodes.paragraph("", name) for name in ("Exercice", "Genre", "Niveau")))
        )
        columns = [nodes.colspec(colwidth=width) for width in (60, 20, 20)]
        table = nodes.table("", nodes.tgroup("", *columns, head, nodes.tbody("", *rows), cols=3))
        table["classes"] += ["rnn-exercices"]
        return nodes.container("", title, table, classes=["rnn-groupe"])

    def exercise(
        self, docname: str, item: dict[str, Any]
    ) -> tuple[nodes.paragraph, nodes.paragraph, nodes.paragraph]:
        name = "Exercice"
        if item["numbered"]:
            number = self.env.toc_fignumbers[docname]["exercise"][item["id"]]
            name += " " + ".".join(map(str, number))
        if item["title"]:
            name += f"{NBSP}: {item['title']}"
        level, _, kind = badges(item["level"], item["kind"]).children
        return (
            nodes.paragraph("", "", self.link(docname, item["id"], name)),
            nodes.paragraph("", "", kind),
            nodes.paragraph("", "", level),
        )

    def row(self, classes: str, *cells: nodes.paragraph) -> nodes.row:
        return nodes.row("", *(nodes.entry("", cell) for cell in cells), classes=classes.split())

    def link(self, docname: str, anchor: str, text: str) -> nodes.reference:
        builder = self.app.builder
        uri = builder.get_relative_uri(self.env.docname, docname) + (f"#{anchor}" if anchor else "")
        return nodes.reference("", text, internal=True, refuri=uri)


def reading_order(env: BuildEnvironment) -> list[str]:
    """Documents du livre dans l'ordre de la table des matières."""
    order: dict[str, None] = {}

    def visit(docname: str) -> None:
        if docname not in order:
            order[docname] = None
            for child in env.toctree_includes.get(docname, []):
                visit(child)

    visit(env.config.root_doc)
    return list(order)


def rewrite_indexes(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Fait récrire les pages d'index : n'importe quel chapitre a pu changer."""
    return list(registry(env)["indexes"])


def load_assets(app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Charge style et script dans les seules pages qui ont un exercice, un quiz ou un index."""
    if not assets.is_html(app):
        return
    found = registry(app.env)
    if any(pagename in found[key] for key in Registry.initial_data):
        assets.use(app, "exercices.css", "exercices.js")


def configure(app: Sphinx, config: Config) -> None:
    """Sans solutions, ni la source des pages ni les carnets ne sont proposés au lecteur."""
    if config.rnnbook_sans_solutions:
        config.html_copy_source = False  # type: ignore[attr-defined]
        options = config.html_theme_options
        config.html_theme_options = {  # type: ignore[attr-defined]
            name: value for name, value in options.items() if name != "launch_buttons"
        }


def hide_source(app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Sans solutions : ni lien vers la source d'une page, ni source laissée par une construction d'avant."""
    if app.config.rnnbook_sans_solutions:
        context["page_source_suffix"] = ""
        shutil.rmtree(Path(app.outdir) / "_sources", ignore_errors=True)


def setup(app: Sphinx) -> None:
    app.add_config_value("rnnbook_sans_solutions", os.environ.get(WITHOUT_SOLUTIONS) == "1", "env", [bool])
    app.add_domain(Registry)
    app.add_node(exercise_list)
    app.add_directive("a-completer", ToComplete)
    app.add_directive("liste-exercices", ExerciseList)
    app.add_post_transform(FrenchSolutionTitles)
    app.add_post_transform(FillExerciseList)
    app.connect("config-inited", configure)
    # Avant que Sphinx ne relève étiquettes et images : une solution retirée n'en laisse pas.
    app.connect("doctree-read", read_document, priority=400)
    app.connect("env-updated", rewrite_indexes)
    app.connect("html-page-context", load_assets)
    app.connect("html-page-context", hide_source, priority=100)  # avant les boutons du thème
