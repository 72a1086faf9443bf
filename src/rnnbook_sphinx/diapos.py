"""Les diapositives : un jeu reveal.js par partie du livre, `diapos/<partie>.html`, écrit avec les pages.

Un jeu est fait de morceaux de pages. Dans un chapitre, un commentaire que le lecteur ne voit pas dit où
chaque diapositive commence :

    % diapo : La cellule            ouvre une diapositive ; sans titre, celui de la section
    % diapo colonnes : La cellule   la même, ses blocs côte à côte
    % diapo-suite                   ajoute un bloc à la diapositive ouverte
    % fin-diapo                     ferme le bloc ; la marque suivante ou la fin de la section aussi

Le morceau est pris dans la page écrite : équations, renvois, figures et sorties y sont déjà, et le jeu ne
peut pas s'écarter du chapitre. Une cellule qui donne une figure n'y montre qu'elle ; l'option `code` montre
aussi son code. `question-2` ne garde que la deuxième question d'un quiz. `sphinx-revealjs` fait un jeu d'un
document entier ; nous ne prenons que les fichiers de reveal.js qu'il installe.
"""

from __future__ import annotations

import html
import json
import posixpath
import re
from dataclasses import asdict, dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from rnnbook_sphinx import assets, offline, widgets
from rnnbook_sphinx.carnets import is_chapter
from rnnbook_sphinx.french import typeset

logger = logging.getLogger(__name__)

FOLDER = "diapos"
"""Dossier des jeux, dans le dossier construit."""

OPTIONS = {"colonnes", "code", *(f"question-{number}" for number in range(1, 7))}
"""Options d'une marque `diapo`, qui sont aussi des classes de la diapositive."""

REVEAL = ("dist/reveal.js", "dist/reveal.css", "plugin/zoom/zoom.js")
"""Ce qu'un jeu demande à reveal.js."""

HELP = (
    "Suite : flèche droite ou Espace. Retour : flèche gauche. Vue d’ensemble : Échap. "
    "Plein écran : F. Écran noir : B. Agrandir : Maj et clic."
)
"""Les touches, dites sur la première diapositive de chaque jeu."""

_MARK = re.compile(r"(?P<kind>diapo-suite|diapo|fin-diapo)\b(?P<options>[^:\n]*)(?::(?P<title>.*))?")
_REGION = re.compile(r"<!--rnn-diapo (?P<mark>\{.*?\})-->(?P<body>.*?)<!--/rnn-diapo-->\n?", re.DOTALL)
_HEADERLINK = re.compile(r'<a class="headerlink".*?</a>', re.DOTALL)
_STYLE = re.compile(r"<style>.*?</style>", re.DOTALL)
_IDENTIFIER = re.compile(r'(?<=\s)(id|for|aria-labelledby|aria-describedby|data-reponse)="([^"]+)"')
_INSIDE = re.compile(r'(<(?!a\b)[a-zA-Z]+\b[^>]*?\shref="#|url\(#)')
_LINK = re.compile(r'(<a\b[^>]*?\shref=")([^"]*)"')
_SOURCE = re.compile(r'(<img\b[^>]*?\ssrc=")([^"]*)"')
_LITERAL = re.compile(r"`[^`]+`|\$[^$]+\$")
_TITLE = {"`": "<code>{}</code>", "$": '<span class="math notranslate nohighlight">\\({}\\)</span>'}
_PLACE = "\ufffc"  # le caractère d'Unicode qui tient la place d'un objet


@dataclass(frozen=True)
class Mark:
    """Une marque : `diapo`, `diapo-suite` ou `fin-diapo`, ses options, son titre (en HTML)."""

    kind: str
    title: str = ""
    options: tuple[str, ...] = ()


@dataclass
class Slide:
    """Une diapositive : titre et blocs, en HTML, et classes."""

    title: str
    options: list[str] = field(default_factory=list)
    blocks: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Part:
    """Une partie du livre : son titre, le nom de son jeu, ses chapitres."""

    title: str
    name: str
    chapters: tuple[str, ...]

    @property
    def path(self) -> str:
        return f"{FOLDER}/{self.name}.html"


def parse(line: str) -> Mark | None:
    """Lit une ligne de commentaire ; renvoie None si ce n'est pas une marque.

    Lève `ValueError` si une option est inconnue, ou si une autre marque que `diapo` a un titre ou une option.
    """
    found = _MARK.fullmatch(line.strip())
    if found is None:
        if re.match(r"(fin-)?diapo", line.strip()):
            raise ValueError(f"{line.strip()!r} reçu, diapo, diapo-suite ou fin-diapo attendu")
        return None
    options = tuple(found["options"].split())
    title = (found["title"] or "").strip()
    if unknown := set(options) - OPTIONS:
        raise ValueError(
            f"option {', '.join(sorted(unknown))} inconnue, {', '.join(sorted(OPTIONS))} attendues"
        )
    if found["kind"] != "diapo" and (title or options):
        raise ValueError(f"{found['kind']} ne prend ni titre ni option")
    return Mark(found["kind"], inline(title), options)


def inline(title: str) -> str:
    """Écrit un titre en HTML ; il peut contenir du `code` et des $formules$."""
    kept = []

    def keep(found: re.Match[str]) -> str:
        kept.append(_TITLE[found[0][0]].format(html.escape(found[0][1:-1], quote=False)))
        return _PLACE

    text = html.escape(typeset(_LITERAL.sub(keep, title)), quote=False)
    return re.sub(_PLACE, lambda _: kept.pop(0), text)


def source_of(title: nodes.Node) -> str:
    """Réécrit un titre de section comme le serait celui d'une marque."""
    marks = {nodes.literal: "`", nodes.math: "$"}
    return "".join(
        child.astext() if (mark := marks.get(type(child))) is None else f"{mark}{child.astext()}{mark}"
        for child in title.children
    )


class MarkRegions(SphinxPostTransform):
    """Entoure de commentaires HTML, dans les pages, ce que chaque marque prend ; `_cut` les y retrouve."""

    default_priority = 950  # quand plus rien ne change dans le document
    builders = ("html", "dirhtml")

    def run(self, **kwargs: Any) -> None:
        opened = False
        for comment in list(self.document.findall(nodes.comment)):
            mark = self.read(comment)
            if mark is None:
                continue
            if mark.kind == "diapo-suite" and not opened:
                logger.warning("diapo-suite sans diapositive ouverte", location=comment)
                continue
            opened = opened or mark.kind == "diapo"
            if mark.kind != "fin-diapo":
                self.surround(comment, mark)

    def read(self, comment: nodes.comment) -> Mark | None:
        """La dernière marque d'un commentaire : deux lignes qui se suivent n'en font qu'un."""
        try:
            marks = [mark for line in comment.astext().split("\n") if (mark := parse(line))]
        except ValueError as error:
            logger.warning("marque de diapositive : %s", error, location=comment)
            return None
        return marks[-1] if marks else None

    def surround(self, comment: nodes.comment, mark: Mark) -> None:
        parent = comment.parent
        start = parent.index(comment)
        end = start + 1
        while end < len(parent) and not self.stops(parent[end]):
            end += 1
        if end == start + 1:
            logger.warning("marque de diapositive : rien ne la suit dans sa section", location=comment)
            return
        title = mark.title or inline(source_of(parent.next_node(nodes.title)))
        data = {"kind": mark.kind, "title": title, "options": mark.options}
        # « -- » fermerait le commentaire.
        text = json.dumps(data, ensure_ascii=False).replace("-", "\\u002d")
        parent.insert(end, nodes.raw("", "<!--/rnn-diapo-->", format="html"))
        parent.insert(start, nodes.raw("", f"<!--rnn-diapo {text}-->", format="html"))

    def stops(self, node: nodes.Node) -> bool:
        if isinstance(node, nodes.comment):
            return self.read(node) is not None
        return isinstance(node, nodes.section)


def cut(body: str) -> tuple[str, list[Slide]]:
    """Sépare une page de ses diapositives : renvoie la page sans marques, et ses diapositives."""
    slides: list[Slide] = []
    for region in _REGION.finditer(body):
        mark = json.loads(region["mark"])
        if mark["kind"] == "diapo":
            slides.append(Slide(mark["title"], mark["options"]))
        slides[-1].blocks.append(region["body"].strip())
    return re.sub(r"<!--/?rnn-diapo.*?-->\n?", "", body), slides


def fragment(block: str, docname: str) -> str:
    """Réécrit un morceau de la page `docname` pour un jeu : liens, images, identifiants sans conflit."""
    prefix = f"c{docname.rpartition('/')[2].partition('-')[0]}-"
    folder = posixpath.dirname(docname)

    def relative(target: str) -> str:
        if not target or re.match(r"[a-z]+:", target):
            return target
        page = target if not target.startswith("#") else f"{posixpath.basename(docname)}.html{target}"
        return posixpath.relpath(posixpath.join(folder, page), FOLDER)

    block = _HEADERLINK.sub("", block)
    block = _IDENTIFIER.sub(lambda found: f'{found[1]}="{prefix}{found[2]}"', block)
    block = _INSIDE.sub(lambda found: found[0] + prefix, block)
    block = _STYLE.sub(lambda found: found[0].replace("#f", f"#{prefix}f"), block)
    block = _LINK.sub(lambda found: f'{found[1]}{relative(found[2])}"', block)
    return _SOURCE.sub(lambda found: f'{found[1]}{relative(found[2])}"', block)


def parts(env: BuildEnvironment) -> list[Part]:
    """Les parties du livre qui ont des chapitres, dans l'ordre du sommaire."""
    root = env.get_doctree(env.config.root_doc)
    found = []
    for toctree in root.findall(addnodes.toctree):
        chapters = tuple(name for name in toctree["includefiles"] if is_chapter(name))
        if chapters and toctree.get("caption"):
            found.append(Part(toctree["caption"], nodes.make_id(toctree["caption"]), chapters))
    return found


def deck(app: Sphinx, part: Part, chapters: dict[str, list[Slide]]) -> str:
    """La page d'un jeu ; `chapters` donne les diapositives de chaque chapitre de la partie."""
    titles = {name: html.escape(app.env.titles[name].astext(), quote=False) for name in chapters}
    project = html.escape(app.config.html_title, quote=False)
    content = "\n".join(
        f'<section class="chapitre">\n{_chapter(name, titles[name], slides)}</section>'
        for name, slides in chapters.items()
    )
    summary = "".join(f'<li><a href="#{_id(name)}">{title}</a></li>' for name, title in titles.items())
    figures = widgets.figures_in(content)
    styles = ["reveal/reveal.css", "palette.css", "diapos.css"]
    scripts = ["reveal/reveal.js", "reveal/zoom.js"]
    if figures:
        styles.append("figures/figure.css")
        scripts += widgets.module_files(figures)
    if "rnn-quiz" in content:
        styles.append("quiz.css")
        scripts.append("quiz.js")
    scripts += ["formules.js", "diapos.js"]
    mathjax = f"window.MathJax = {json.dumps(app.config.mathjax3_config)}"
    static = f"../_static/{assets.FOLDER}"
    head = "\n".join(
        [
            f'<meta http-equiv="Content-Security-Policy" content="{offline.policy([mathjax])}" />',
            f"<title>{html.escape(part.title)} — {project}</title>",
            '<link rel="stylesheet" href="../_static/pygments.css" />',
            *(f'<link rel="stylesheet" href="{static}/{name}" />' for name in styles),
            f'<link rel="icon" type="image/svg+xml" href="{static}/icone.svg" />',
            f"<script>{mathjax}</script>",
            f'<script defer src="{static}/mathjax/{offline.MATHJAX[0]}"></script>',
            *(f'<script defer src="{static}/{name}"></script>' for name in scripts),
        ]
    )
    return f"""<!DOCTYPE html>
<html lang="fr" data-theme="light">
<head>
<meta charset="utf-8" />
<meta name="viewport" content="width=device-width, initial-scale=1.0" />
{head}
</head>
<body>
<div class="diapos">
<main class="slides">
<section class="chapitre"><section id="debut"><div class="cadre couverture">
<p class="livre">{project}</p>
<h1>{html.escape(part.title, quote=False)}</h1>
<ol class="chapitres">{summary}</ol>
<p class="aide">{HELP}</p>
</div></section></section>
{content}
</main>
</div>
</body>
</html>
"""


def _id(docname: str) -> str:
    return docname.rpartition("/")[2]


def _chapter(docname: str, title: str, slides: list[Slide]) -> str:
    """Les sections d'un chapitre : son titre, puis ses diapositives."""
    page = posixpath.relpath(f"{docname}.html", FOLDER)
    opening = (
        f'<section id="{_id(docname)}"><div class="cadre couverture">\n<h2>{title}</h2>\n'
        f'<p><a href="{page}">Lire le chapitre</a></p>\n</div></section>\n'
    )
    return opening + "".join(
        f'<section id="{_id(docname)}-{number}"><div class="{" ".join(["cadre", *slide.options])}">\n'
        f'<h2>{slide.title}</h2>\n<div class="corps">\n'
        + "".join(f'<div class="bloc">\n{fragment(block, docname)}\n</div>\n' for block in slide.blocks)
        + f'</div>\n<p class="pied">{title} <span>{number} / {len(slides)}</span></p>\n</div></section>\n'
        for number, slide in enumerate(slides, start=1)
    )


class deck_list(nodes.General, nodes.Element):
    """Place de la liste des jeux, remplie quand le sommaire est connu."""


class DeckList(SphinxDirective):
    """`{diapos}` : la liste des jeux, un lien par partie."""

    def run(self) -> list[nodes.Node]:
        return [deck_list()]


class FillDeckList(SphinxPostTransform):
    """Écrit la liste ; hors HTML, où il n'y a pas de jeux, les titres seuls."""

    default_priority = 24

    def run(self, **kwargs: Any) -> None:
        here = posixpath.dirname(self.env.docname)
        for place in list(self.document.findall(deck_list)):
            items = [
                nodes.list_item("", nodes.paragraph("", "", self.entry(part, here)))
                for part in parts(self.env)
            ]
            place.replace_self(nodes.bullet_list("", *items))

    def entry(self, part: Part, here: str) -> nodes.Node:
        if not assets.is_html(self.app):
            return nodes.Text(part.title)
        uri = posixpath.relpath(part.path, here)
        return nodes.reference("", part.title, internal=True, refuri=uri)


def _kept(app: Sphinx, docname: str) -> Path:
    """Où sont gardées les diapositives d'un chapitre, d'une construction à l'autre."""
    return Path(app.doctreedir) / FOLDER / f"{_id(docname)}.json"


def _cut_page(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    if not assets.is_html(app) or not context.get("body"):
        return
    context["body"], slides = cut(context["body"])
    if is_chapter(pagename):
        kept = _kept(app, pagename)
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps([asdict(slide) for slide in slides]), encoding="utf-8")


def _write(app: Sphinx, exception: Exception | None) -> None:
    """Assemble les jeux ; retire ceux de parties qui ne sont plus dans le livre."""
    if exception or not assets.is_html(app):
        return
    written = set()
    for part in parts(app.env):
        chapters = {name: slides for name in part.chapters if (slides := _slides(app, name))}
        if not chapters:
            continue
        target = Path(app.outdir) / part.path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(deck(app, part, chapters), encoding="utf-8")
        written.add(target)
    for path in (Path(app.outdir) / FOLDER).glob("*.html"):
        if path not in written:
            path.unlink()
    if written:
        source = files("sphinx_revealjs") / "_static/revealjs"
        for name in REVEAL:
            assets.write(app, f"reveal/{name.rpartition('/')[2]}", (source / name).read_bytes())


def _slides(app: Sphinx, docname: str) -> list[Slide]:
    return [Slide(**slide) for slide in json.loads(_kept(app, docname).read_text(encoding="utf-8"))]


def _outdated(app: Sphinx, env: Any, added: set[str], changed: set[str], removed: set[str]) -> list[str]:
    """Récrit les chapitres dont les diapositives manquent."""
    if not assets.is_html(app):
        return []
    return [name for name in env.found_docs if is_chapter(name) and not _kept(app, name).is_file()]


def setup(app: Sphinx) -> None:
    app.add_node(deck_list)
    app.add_directive("diapos", DeckList)
    app.add_post_transform(MarkRegions)
    app.add_post_transform(FillDeckList)
    app.connect("env-get-outdated", _outdated)
    # Après tout ce qui corrige le contenu d'une page.
    app.connect("html-page-context", _cut_page, priority=960)
    # Avant que les pages ne soient vérifiées (`offline`).
    app.connect("build-finished", _write, priority=350)
