"""Tenir le livre hors ligne : formules, icônes et scripts locaux, politique de sécurité, pages légères.

Rien de tiers n'est dans le dépôt : ce qu'il faut au navigateur vient des paquets installés.
"""

from __future__ import annotations

import base64
import hashlib
import html
import io
import json
import re
import shutil
from collections.abc import Iterable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

from fontTools import subset
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util import logging

from rnnbook_sphinx import assets

logger = logging.getLogger(__name__)

TEMPLATES = Path(__file__).parent / "templates"

MATHJAX = ("startup.js", "core.js", "input/tex.js", "output/chtml.js", "a11y/assistive-mml.js")
"""Composants de MathJax à charger. Pas le menu : aussi lourd qu'eux, il nomme un autre hôte."""

MATHJAX_FOLDERS = ("input/tex/extensions", "output/chtml/fonts")
"""Ce que ces composants chargent à la demande : extensions TeX, fontes."""

MATHJAX_CONFIG = {
    "loader": {"load": ["core", "input/tex", "output/chtml", "a11y/assistive-mml"]},
    # Une taille qui ne dépende pas de la fonte du système.
    "chtml": {"matchFontHeight": False, "scale": 1.1},
}

ICONS = {
    "angle-down",
    "angle-left",
    "angle-right",
    "bars",
    "bell",
    "circle-check",
    "circle-exclamation",
    "circle-half-stroke",
    "circle-info",
    "circle-xmark",
    "code",
    "download",
    "file",
    "file-pdf",
    "lightbulb",
    "list",
    "magnifying-glass",
    "magnifying-glass-minus",
    "moon",
    "pencil",
    "rocket",
    "share",
    "sun",
    "triangle-exclamation",
    "up-right-from-square",
}
"""Icônes de Font Awesome que les pages emploient : boutons, titres d'encadrés, liens entre chapitres."""

POLICY = {
    "default-src": "'none'",
    # `policy` y ajoute l'empreinte des quelques réglages que Sphinx et le thème écrivent dans la page.
    "script-src": "'self'",
    # MathJax écrit ses styles dans la page, matplotlib et pandas dans des attributs.
    "style-src": "'self' 'unsafe-inline'",
    # Les cartes de chaleur des figures sont des PNG en `data:`, les icônes de Bootstrap des SVG en `data:`.
    "img-src": "'self' data:",
    # La fonte d'icônes, réduite à quelques signes, tient dans la feuille de style.
    "font-src": "'self' data:",
    # La recherche relit les pages trouvées pour en montrer un extrait.
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
}
"""Politique de sécurité de chaque page. Elle vaut aussi pour un livre ouvert comme fichier (`file://`)."""

UNUSED = (
    "_static/**/*.map",
    "_static/**/*.LICENSE.txt",
    "_static/locales",
    "_static/scripts/fontawesome.js",
    "_static/sbt-webpack-macros.html",
    "_static/sphinx-thebe.*",
    "_static/vendor",
    "_static/webpack-macros.html",
)
"""Ce que le thème copie et qu'aucune page ne demande."""

_ACTIONS = {"window.print()": "imprimer"}

_WIDGET_VIEW = re.compile(
    r'<script type="application/vnd\.jupyter\.widget-view\+json">.*?</script>', re.DOTALL
)
_THEBE = re.compile(
    r'<script type="text/x-thebe-config">.*?</script>|<script>kernelName = .*?</script>', re.DOTALL
)
_CATALOG = re.compile(r"Documentation\.addTranslations\((\{.*\})\);", re.DOTALL)
_ICON_RULE = re.compile(r'(?:\.fa-[a-z0-9-]+:+before,?)+\{content:"[^"]*"\}')
_ICON_FACE = re.compile(r"@font-face\{[^}]*Font Awesome[^}]*\}")
_ICON_NAME = re.compile(r"\.fa-([a-z0-9-]+):")

_REMOTE = re.compile(
    r"""<(?:script|img|iframe|source|video|audio|embed|object|image|use)\b[^>]*?\s(?:src|href|data)="(?:https?:)?//[^"]*"
    |<link\b(?=[^>]*\srel="(?!next|prev|index|search|canonical|author|license)[^"]*")[^>]*?\shref="(?:https?:)?//[^"]*"
    |@import\s+(?:url\()?["']?(?:https?:)?//[^"')]*
    |url\(["']?(?:https?:)?//[^"')]*""",
    re.VERBOSE,
)
_INLINE_SCRIPT = re.compile(r"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL)
_HANDLER = re.compile(r'<[a-z][^>]*?\s(on[a-z]+)="')
_POLICY_META = re.compile(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)"')
_ICON_CLASS = re.compile(r'class="(?:fa-solid|fas) fa-([a-z0-9-]+)')


def policy(inline_scripts: Iterable[str] = ()) -> str:
    """Écrit la politique de sécurité d'une page où seuls ces scripts en ligne peuvent s'exécuter."""
    directives = dict(POLICY)
    directives["script-src"] = " ".join(
        [POLICY["script-src"], *sorted({_digest(body) for body in inline_scripts})]
    )
    return "; ".join(f"{name} {value}" for name, value in directives.items())


def _digest(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode('utf-8')).digest()).decode()}'"


def problems(page: str) -> Iterator[str]:
    """Dit ce qui, dans une page, demande un autre hôte ou sera refusé par sa politique de sécurité."""
    for match in _REMOTE.finditer(page):
        yield f"ressource distante : {match[0][:160]}"
    allowed = _POLICY_META.search(page)
    if allowed is None:
        yield "aucune politique de sécurité (Content-Security-Policy)"
    for body in _INLINE_SCRIPT.findall(page):
        if allowed is None or _digest(body) not in allowed[1]:
            yield f"script en ligne que la politique de sécurité refuse : {body.strip()[:80]}"
    for handler in _HANDLER.findall(page):
        yield f"attribut {handler} : la politique de sécurité refuse les scripts dans les attributs"
    for icon in sorted(set(_ICON_CLASS.findall(page)) - ICONS):
        yield f"icône {icon} absente de la fonte du livre : l'ajouter à ICONS"


def without_kernel(body: str) -> str:
    """Retire du contenu d'une page ce qui attend un noyau : vues d'ipywidgets, réglages de thebe."""
    return _THEBE.sub("", _WIDGET_VIEW.sub("", body))


def lighten_css(css: str, font: bytes) -> str:
    """Réduit la feuille du thème aux icônes employées ; leur fonte y entre en `data:`."""
    css = _ICON_RULE.sub(lambda rule: rule[0] if ICONS & set(_ICON_NAME.findall(rule[0])) else "", css)
    face = (
        "@font-face{font-family:Font Awesome\\ 6 Free;font-style:normal;font-weight:900;font-display:block;"
        f'src:url(data:font/woff;base64,{base64.b64encode(font).decode()}) format("woff")}}'
    )
    return face + _ICON_FACE.sub("", css)


def static_catalog(script: str) -> str:
    """Réécrit le catalogue de traductions de Sphinx sans `new Function`, que refuse la politique."""
    call = _CATALOG.fullmatch(script.strip())
    if call is None:
        return script
    plural = json.loads(call[1])["plural_expr"]
    return (
        f"{{\n  const catalogue = {call[1]};\n"
        "  Object.assign(Documentation.TRANSLATIONS, catalogue.messages);\n"
        f"  Documentation.PLURAL_EXPR = (n) => Number({plural});\n"
        "  Documentation.LOCALE = catalogue.locale;\n}\n"
    )


def icon_font() -> bytes:
    """Renvoie la fonte WOFF des icônes de `ICONS`, tirée de celle du thème."""
    source = files("pydata_sphinx_theme") / "theme/pydata_sphinx_theme/static/vendor/fontawesome/webfonts"
    options = subset.Options(flavor="woff", layout_features=[], notdef_outline=True)
    font = subset.load_font(io.BytesIO((source / "fa-solid-900.ttf").read_bytes()), options)
    # Une date de modification ferait une fonte différente à chaque construction.
    font.recalcTimestamp = False
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=[code for code, name in font.getBestCmap().items() if name in ICONS])
    subsetter.subset(font)
    buffer = io.BytesIO()
    font.save(buffer)
    return buffer.getvalue()


def _configure(app: Sphinx, config: Config) -> None:
    # Les gabarits du livre passent avant ceux du thème.
    config.templates_path[:0] = [str(TEMPLATES), str(TEMPLATES / "components")]
    config.mathjax_path = f"{assets.FOLDER}/mathjax/{MATHJAX[0]}"
    config.mathjax3_config = {**MATHJAX_CONFIG, **(config.mathjax3_config or {})}


def _publish(app: Sphinx) -> None:
    source = files("mathjax") / "static/mathjax/es5"
    names = [
        *MATHJAX,
        *(f"{folder}/{name}" for folder in MATHJAX_FOLDERS for name in _names(source / folder)),
    ]
    for name in names:
        assets.write(app, f"mathjax/{name}", (source / name).read_bytes())
    assets.use(app, "livre.css", "livre.js", "formules.js")


def _names(folder: Any) -> Iterator[str]:
    """Chemins des fichiers d'un dossier de paquet, relatifs à lui."""
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from (f"{entry.name}/{name}" for name in _names(entry))
        else:
            yield entry.name


def _page(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    """Retire d'une page ce qui demande un noyau ou un réseau, puis écrit sa politique de sécurité."""
    if not assets.is_html(app):
        return
    body = context.get("body", "")
    if _WIDGET_VIEW.search(body):
        logger.warning(
            "widget sans forme HTML : il n'apparaîtra pas dans la page ; employer rnnbook.widgets",
            location=pagename,
        )
    if body:
        context["body"] = without_kernel(body)
    scripts = context.get("script_files", [])
    scripts[:] = [script for script in scripts if not _needs_network(script)]
    context["css_files"] = [
        css for css in context.get("css_files", []) if "sphinx-thebe" not in str(css.filename)
    ]
    for button in _flat(context.get("header_buttons", [])):
        if button["type"] == "javascript":
            button["action"] = _ACTIONS[button.pop("javascript")]
    inline = [script.attributes["body"] for script in scripts if script.attributes.get("body")]
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy(inline)}" />'
    context["metatags"] = f"\n    {meta}{context.get('metatags', '')}"


def _needs_network(script: Any) -> bool:
    """Dit si un script sert thebe (code exécuté sur un serveur) ou le gestionnaire d'ipywidgets."""
    body = script.attributes.get("body") or ""
    return (
        "sphinx-thebe" in str(script.filename)
        or "THEBE_JS_URL" in body
        or "vnd.jupyter.widget-state" in script.attributes.get("type", "")
    )


def _flat(buttons: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for button in buttons:
        yield button
        yield from _flat(button.get("buttons", []))


def _finish(app: Sphinx, exception: Exception | None) -> None:
    """Allège le dossier construit, puis vérifie chaque page."""
    if exception or not assets.is_html(app):
        return
    out = Path(app.outdir)
    _write_entry(app, out)
    theme = out / "_static" / "styles" / "pydata-sphinx-theme.css"
    theme.write_text(lighten_css(theme.read_text(encoding="utf-8"), icon_font()), encoding="utf-8")
    for pattern in UNUSED:
        for path in out.glob(pattern):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    catalog = out / "_static" / "translations.js"
    if catalog.is_file():
        catalog.write_text(static_catalog(catalog.read_text(encoding="utf-8")), encoding="utf-8")
    for path in sorted(out.rglob("*.html")):
        for problem in problems(path.read_text(encoding="utf-8")):
            logger.warning(problem, location=path.relative_to(out).as_posix())
    for path in sorted(out.rglob("*.css")):
        for match in _REMOTE.finditer(path.read_text(encoding="utf-8")):
            logger.warning("ressource distante : %s", match[0], location=path.relative_to(out).as_posix())


def _write_entry(app: Sphinx, out: Path) -> None:
    """Écrit `index.html`, qui mène à la première page quand celle-ci est dans un dossier."""
    target = f"{app.config.root_doc}.html"
    if target == "index.html":
        return
    title = html.escape(app.config.html_title)
    (out / "index.html").write_text(
        f"""<!DOCTYPE html>
<html lang="fr">
<head>
<meta charset="utf-8" />
<meta http-equiv="Content-Security-Policy" content="{policy()}" />
<meta http-equiv="refresh" content="0; url={target}" />
<title>{title}</title>
<link rel="icon" href="data:," />
</head>
<body><main><h1><a href="{target}">{title}</a></h1></main></body>
</html>
""",
        encoding="utf-8",
    )


def setup(app: Sphinx) -> None:
    app.connect("config-inited", _configure)
    app.connect("builder-inited", _publish)
    app.connect("html-page-context", _page, priority=950)
    # Avant que sphinx-external-toc n'écrive son propre index.html.
    app.connect("build-finished", _finish, priority=400)
