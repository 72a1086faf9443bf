"""Le livre en PDF : ce qui manque à Sphinx pour composer les chapitres avec LuaLaTeX.

`make pdf` vérifie les paquets (`python -m rnnbook_sphinx.pdf`), lance `jupyter-book build . --builder latex`,
puis latexmk. La mise en page est dans `latex/livre.sty`. Les figures fixes restent vectorielles ; une figure
interactive devient une image et un lien vers sa page. sphinx-jupyterbook-latex, que Jupyter Book charge
d'ordinaire, impose XeLaTeX et ses fontes et change les figures en points : `_config.yml` s'en passe.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.builders.latex.nodes import thebibliography
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.transforms.post_transforms.images import ImageConverter
from sphinx.writers.latex import LaTeXTranslator
from sphinx_exercise.nodes import exercise_enumerable_node, exercise_node, solution_node

from rnnbook_sphinx import carnets, repository
from rnnbook_sphinx.typography import NBSP

COMMANDS = {
    "lualatex": "texlive-luatex",
    "latexmk": "latexmk",
    "xindy": "xindy",
    "rsvg-convert": "librsvg2-bin",
}
"""Commande → le paquet Debian qui la donne."""

FILES = {
    "titlesec.sty": "texlive-latex-extra",
    "french.ldf": "texlive-lang-french",
    "texgyrepagella-regular.otf": "fonts-texgyre",
    "texgyrepagella-math.otf": "fonts-texgyre-math",
    "DejaVuSansMono-Oblique.ttf": "fonts-dejavu",
}
"""Fichier que TeX doit trouver → le paquet Debian qui le donne."""

STYLE = Path(__file__).parent / "latex" / "livre.sty"

ELEMENTS = {
    "papersize": "a4paper",
    "extraclassoptions": "openany,oneside",
    "figure_align": "H",  # une figure reste où le texte l'annonce
    "fncychap": "",
    "fontpkg": "",
    "preamble": r"\usepackage{livre}",
}
"""Réglages de LaTeX ; une clé de `latex_elements` dans `_config.yml` l'emporte."""

SCALE = 0.8
"""Échelle des figures : leurs lettres, faites pour l'écran, ont alors la taille de celles du texte."""

NEEDED = "\\Needspace{%d\\baselineskip}"
"""Un titre change de page s'il ne reste pas sous lui ce nombre de lignes."""

ADMONITIONS = {"warning": "warning", "fiche": "important", "affirmations": "tip"}
"""Classe d'un encadré → son genre pour Sphinx ; les autres sont des notes."""

SUMMARY = "sommaire.json"
"""Fichier écrit avec le livre en LaTeX : ce que le PDF doit contenir, voir `summary`."""

PREFACE = "Présentation"
"""Titre du chapitre fait de la page d'accueil."""


def missing(commands: Iterable[str] = COMMANDS, files: Iterable[str] = FILES) -> list[str]:
    """Les paquets Debian qui manquent pour composer le livre, sans répétition."""
    absent = [COMMANDS[name] for name in commands if shutil.which(name) is None]
    absent += [FILES[name] for name in files if not _found_by_tex(name)]
    return list(dict.fromkeys(absent))


def _found_by_tex(name: str) -> bool:
    finder = shutil.which("kpsewhich")
    if finder is None:
        return False
    return subprocess.run([finder, name], capture_output=True, check=False).returncode == 0


class SvgToPdf(ImageConverter):
    """Convertit les figures SVG en PDF, sans perdre leurs traits ni leurs textes."""

    conversion_rules = [("image/svg+xml", "application/pdf")]  # noqa: RUF012

    def is_available(self) -> bool:
        if shutil.which("rsvg-convert") is None:
            raise ExtensionError("rsvg-convert manque pour convertir les figures : installez librsvg2-bin")
        return True

    def convert(self, _from: str, _to: str) -> bool:
        command = ["rsvg-convert", "--format=pdf", f"--zoom={SCALE}", f"--output={_to}", _from]
        subprocess.run(command, check=True)
        return True


class LinkInteractiveFigures(SphinxPostTransform):
    """Sous l'image fixe d'une figure interactive, dit où elle s'anime."""

    default_priority = 3  # avant que myst-nb ne garde l'image seule
    formats = ("latex",)

    def run(self, **kwargs: Any) -> None:
        for bundle in list(self.document.findall(_is_interactive)):
            figure = _ancestor(bundle, nodes.figure)
            name = next(iter(figure["ids"]), "") if figure is not None else ""
            note = where(self.config.rnnbook_repository, _docname(bundle), name)
            if figure is not None:
                figure += nodes.legend("", note)
            else:
                bundle.parent.insert(bundle.parent.index(bundle) + 1, note)


def where(origin: repository.Repository | None, docname: str, name: str) -> nodes.paragraph:
    """Dit où une figure s'anime : l'adresse de la page publiée, ou son fichier si aucun dépôt n'est connu."""
    start = f"Figure interactive{NBSP}: cette image en montre l’état de départ. Elle s’anime "
    if origin is None:
        page = nodes.literal("", f"{docname}.html")
        end = nodes.Text(" du livre construit.")
        return nodes.paragraph("", "", nodes.Text(f"{start}dans la page "), page, end)
    address = f"{origin.pages()}/{docname}.html" + (f"#{name}" if name else "")
    link = nodes.reference("", "dans sa page", refuri=address, internal=False)
    return nodes.paragraph("", "", nodes.Text(start), link, nodes.Text("."))


def _is_interactive(node: nodes.Node) -> bool:
    return (
        isinstance(node, nodes.container)
        and node.get("nb_element") == "mime_bundle"
        and any('<div class="rnn-figure"' in raw.astext() for raw in node.findall(nodes.raw))
    )


def _ancestor(node: nodes.Node, kind: type[nodes.Element]) -> Any:
    while node is not None and not isinstance(node, kind):
        node = node.parent
    return node


def _docname(node: nodes.Node) -> str:
    """Le document d'où vient un nœud du livre assemblé : Sphinx le note sur les sections."""
    while "docname" not in node:
        node = node.parent
    return node["docname"]


class ArrangeBook(SphinxPostTransform):
    """Donne au livre assemblé ses parties, son chapitre de présentation et sa bibliographie à sa place."""

    default_priority = 760  # après que Sphinx a mis la bibliographie à la fin (750)
    formats = ("latex",)

    def run(self, **kwargs: Any) -> None:
        top = next(self.document.findall(nodes.section))
        wrappers = [node for node in top if _is_toctree(node)]
        toctrees = self.env.get_doctree(self.config.root_doc).findall(addnodes.toctree)
        for wrapper, toctree in zip(wrappers, toctrees, strict=True):
            if caption := toctree.get("caption"):
                wrapper.insert(0, part(caption, numbered=carnets.is_chapter(toctree["entries"][0][1])))
        self.preface(top)
        self.bibliography()
        for title in list(self.document.findall(_is_list_title)):
            # Le nom d'un chapitre reste avec le tableau de ses exercices.
            title.parent.insert(title.parent.index(title), nodes.raw("", NEEDED % 14, format="latex"))

    def preface(self, top: nodes.section) -> None:
        """Met ce que la page d'accueil dit avant les parties dans un chapitre à elle."""
        contents = [node for node in top[1:] if not _is_toctree(node)]
        for node in contents:
            top.remove(node)
        section = nodes.section("", nodes.title("", PREFACE), *contents, ids=["presentation"])
        top.insert(1, section)

    def bibliography(self) -> None:
        """Remet les références dans la page qui les annonce."""
        for entries in list(self.document.findall(thebibliography)):
            home = entries[0]["docname"]
            files = self.document.findall(addnodes.start_of_file)
            page = next((node for node in files if node["docname"] == home), None)
            if page is not None:
                entries.parent.remove(entries)
                page[0] += entries


def _is_list_title(node: nodes.Node) -> bool:
    return isinstance(node, nodes.paragraph) and "rnn-chapitre" in node["classes"]


def part(caption: str, *, numbered: bool) -> nodes.raw:
    """La page de titre d'une partie ; seules celles qui ont des chapitres sont comptées, non les annexes."""
    command = f"\\part{{{caption}}}" if numbered else f"\\livreannexes{{{caption}}}"
    return nodes.raw("", command, format="latex")


def _is_toctree(node: nodes.Node) -> bool:
    return isinstance(node, nodes.compound) and "toctree-wrapper" in node["classes"]


def visit_admonition(self: LaTeXTranslator, node: nodes.admonition) -> None:
    kind = next((ADMONITIONS[name] for name in node["classes"] if name in ADMONITIONS), "note")
    self.body.append(f"\n{NEEDED % 8}\n\\begin{{sphinxadmonition}}{{{kind}}}")
    self.no_latex_floats += 1


def visit_exercise(self: LaTeXTranslator, node: nodes.Element) -> None:
    """Un énoncé ou une solution : son étiquette, et pour un énoncé celle des renvois de sphinx-exercise."""
    statement = not isinstance(node, solution_node)
    labels = self.hypertarget(node["label"])
    if statement:
        labels += self.hypertarget(f"exercise:{node['label']}", withdoc=False, anchor=False)
    color = "livre-orange" if statement else "livre-green"
    self.body.append(f"\n{NEEDED % 8}\n{labels}\n\\begin{{livreexercice}}{{{color}}}")
    self.no_latex_floats += 1


def depart_exercise(self: LaTeXTranslator, node: nodes.Element) -> None:
    self.body.append("\\end{livreexercice}\n")
    self.no_latex_floats -= 1


def _write_summary(app: Sphinx, error: Exception | None) -> None:
    """Écrit, à côté du livre en LaTeX, ce que le PDF doit contenir : titres et numéros des pages."""
    if error is None and app.builder.name == "latex":
        path = Path(app.outdir) / SUMMARY
        path.write_text(json.dumps(summary(app.env), ensure_ascii=False), encoding="utf-8")


def summary(env: BuildEnvironment) -> dict[str, Any]:
    """Les titres des pages du sommaire et, par étiquette LaTeX, les numéros des figures et des équations."""
    numbers = {
        f"{docname}:{name}": ".".join(map(str, number))
        for docname, kinds in env.toc_fignumbers.items()
        for name, number in kinds.get("figure", {}).items()
    }
    for label, (docname, number) in env.domaindata["math"]["objects"].items():
        numbers[f"equation:{docname}:{label}"] = str(number)
    titles = [title.astext() for name, title in env.titles.items() if name != env.config.root_doc]
    return {"titres": titles, "numeros": numbers}


def _configure(app: Sphinx, config: Config) -> None:
    config.latex_elements = {**ELEMENTS, **config.latex_elements}
    config.today_fmt = config.today_fmt or "%d %B %Y"
    config.latex_additional_files = [*config.latex_additional_files, str(STYLE)]


def setup(app: Sphinx) -> None:
    app.connect("config-inited", _configure)
    app.connect("build-finished", _write_summary)
    app.add_post_transform(SvgToPdf)
    app.add_post_transform(LinkInteractiveFigures)
    app.add_post_transform(ArrangeBook)
    app.add_node(nodes.admonition, override=True, latex=(visit_admonition, LaTeXTranslator.depart_admonition))
    for kind in (exercise_node, exercise_enumerable_node, solution_node):
        app.add_node(kind, override=True, latex=(visit_exercise, depart_exercise))


if __name__ == "__main__":
    if packages := missing():
        raise SystemExit(
            f"Il manque des paquets pour composer le PDF : {', '.join(packages)}.\n"
            f"Sous Debian ou Ubuntu : apt-get install --no-install-recommends {' '.join(packages)}"
        )
