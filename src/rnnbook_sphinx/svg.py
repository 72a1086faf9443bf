"""Incorporer les figures SVG aux pages : leurs couleurs suivent le mode clair ou sombre, leur texte se lit.

`inline_svg` fait tout le travail sur du texte ; `InlineImages` l'applique aux images d'une page HTML.
Chaque image doit avoir un texte de remplacement, unique dans le livre et différent de sa légende.
"""

from __future__ import annotations

import html
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

from rnnbook.plots import PALETTE
from rnnbook_sphinx import assets

logger = logging.getLogger(__name__)

_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_REFERENCE = re.compile(r"url\(\s*['\"]?#([^)'\"]+)['\"]?\s*\)")
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_COMMAND = re.compile(r"([MmLlHhVvCcSsQqTtAaZz])([^MmLlHhVvCcSsQqTtAaZz]*)")
_TRANSLATE = re.compile(r"translate\([^)]*\)")
_SCALE = re.compile(r"(?:scale|matrix)\(([^)]*)\)")

_XLINK = "{http://www.w3.org/1999/xlink}"
_DROPPED = {"metadata", "title", "desc"}
_COLOURED = {"fill", "stroke", "color", "stop-color", "flood-color", "lighting-color"}
_ROUNDED = {
    "d",
    "points",
    "x",
    "y",
    "x1",
    "y1",
    "x2",
    "y2",
    "cx",
    "cy",
    "r",
    "rx",
    "ry",
    "dx",
    "dy",
    "width",
    "height",
}
_VARIABLES = {light: f"var(--rnn-{name},{light})" for name, (light, _) in PALETTE.items()}

# Longueurs de CSS, en pixels.
_UNITS = {"": 1.0, "px": 1.0, "pt": 4 / 3, "pc": 16.0, "in": 96.0, "cm": 96 / 2.54, "mm": 96 / 25.4}


def palette_css() -> str:
    """Écrit la palette du livre en variables CSS `--rnn-<nom>`, pour le mode clair puis le mode sombre."""
    light, dark = (
        "".join(f"--rnn-{name}:{colours[mode]};" for name, colours in PALETTE.items()) for mode in (0, 1)
    )
    return f':root{{{light}}}\nhtml[data-theme="dark"]{{{dark}}}\n'


def inline_svg(text: str, prefix: str, label: str, width: str | None = None) -> str:
    """Réécrit un fichier SVG pour une page HTML : `<svg role="img" aria-label="…">`, sans nom en conflit.

    - `prefix` : début de tous les identifiants, unique dans la page (« f3- ») ;
    - `label` : texte de remplacement ; il remplace titre, description et métadonnées ;
    - `width` : largeur CSS maximale, celle du fichier par défaut.

    Les couleurs de la palette deviennent des variables CSS. Lève `ValueError` si `text` n'est pas un SVG,
    si un `<style>` contient une règle `@`, ou si une référence ne désigne rien.
    """
    try:
        root = ET.fromstring(text)
    except ET.ParseError as error:
        raise ValueError(f"text : XML mal formé ({error}), un fichier SVG attendu") from error
    _strip_namespaces(root)
    if root.tag != "svg":
        raise ValueError(f"text : élément racine <{root.tag}> reçu, <svg> attendu")
    pixels = _pixels(root.get("width"))
    viewbox = root.get("viewBox") or f"0 0 {pixels or 0:g} {_pixels(root.get('height')) or 0:g}"
    kept = {k: v for k, v in root.attrib.items() if k not in {"id", "width", "height", "viewBox", "version"}}
    root.attrib = {"id": prefix.rstrip("-"), **kept}
    _clean(root)
    _rename_ids(root, prefix)
    _restyle(root)
    digits = _digits(root, viewbox)
    _compact(root, digits)
    if not any(element.tag == "style" for element in root.iter()):
        del root.attrib["id"]
    limit = width or (f"{pixels:.0f}px" if pixels else "")
    root.attrib = {
        "class": " ".join(filter(None, ["rnn-svg", root.attrib.pop("class", "")])),
        "viewBox": " ".join(_short(n, digits) for n in _NUMBER.findall(viewbox)),
        "role": "img",
        "aria-label": label,
        **root.attrib,
    }
    if limit:
        root.set("style", ";".join(filter(None, [root.get("style"), f"max-width:{limit}"])))
    return _serialize(root)


def _strip_namespaces(root: ET.Element) -> None:
    """HTML n'a ni `xmlns` ni `xlink:href` (`href` suffit), ni attributs de logiciel de dessin."""
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
        element.attrib = {
            key.removeprefix(_XLINK): value
            for key, value in element.attrib.items()
            if not key.startswith("{") or key == f"{_XLINK}href"
        }


def _clean(element: ET.Element) -> None:
    """Retire ce qui ne se voit pas : métadonnées, titre, blancs entre balises."""
    in_text = element.tag in {"text", "tspan", "textPath", "style"}
    if not in_text and element.text and not element.text.strip():
        element.text = None
    for child in list(element):
        if child.tag in _DROPPED:
            element.remove(child)
            continue
        if not in_text and child.tail and not child.tail.strip():
            child.tail = None
        _clean(child)


def _rename_ids(root: ET.Element, prefix: str) -> None:
    """Donne un nom court et préfixé aux identifiants désignés, retire les autres."""
    inside = [element for element in root.iter() if element is not root]
    targets = {name for element in root.iter() for name in _references(element)}
    known = [element.get("id") for element in inside if element.get("id") in targets]
    names = {name: f"{prefix}{index}" for index, name in enumerate(dict.fromkeys(known))}
    if missing := sorted(targets - names.keys()):
        raise ValueError(f"text : identifiants désignés mais absents du SVG : {', '.join(missing)}")
    for element in inside:
        identifier = element.attrib.pop("id", None)
        if identifier in names:
            element.set("id", names[identifier])
    for element in root.iter():
        for key, value in element.attrib.items():
            if key == "href" and value.startswith("#"):
                element.set(key, f"#{names[value[1:]]}")
            else:
                element.set(key, _REFERENCE.sub(lambda match: f"url(#{names[match[1]]})", value))


def _references(element: ET.Element) -> Iterator[str]:
    for key, value in element.attrib.items():
        if key == "href" and value.startswith("#"):
            yield value[1:]
        yield from _REFERENCE.findall(value)


def _restyle(root: ET.Element) -> None:
    """Met les couleurs de la palette en variables et limite les `<style>` à leur figure."""
    for element in root.iter():
        if element.tag == "style":
            if "@" in (element.text or ""):
                raise ValueError("text : règle @ dans un <style>, des règles simples attendues")
            element.attrib.clear()
            element.text = "".join(
                ",".join(f"#{root.get('id')} {one.strip()}" for one in selectors.split(","))
                + f"{{{_declarations(body)}}}"
                for selectors, body in _RULE.findall(element.text or "")
            )
        for key, value in element.attrib.items():
            if key == "style":
                element.set(key, _declarations(value))
            elif key in _COLOURED:
                element.set(key, _colour(value))


def _declarations(style: str) -> str:
    pairs = (declaration.split(":", 1) for declaration in style.split(";") if ":" in declaration)
    return ";".join(
        f"{name.strip()}:{_colour(value) if name.strip() in _COLOURED else value.strip()}"
        for name, value in pairs
    )


def _colour(value: str) -> str:
    value = value.strip()
    short = re.fullmatch(r"#([0-9a-fA-F])([0-9a-fA-F])([0-9a-fA-F])", value)
    full = "#" + "".join(2 * digit for digit in short.groups()) if short else value
    return _VARIABLES.get(full.lower(), value)


def _digits(root: ET.Element, viewbox: str) -> int:
    """Décimales à garder : deux, sauf si la figure est petite ou agrandie par une transformation."""
    numbers = [float(n) for n in _NUMBER.findall(viewbox)]
    scales = [
        abs(float(n))
        for element in root.iter()
        for arguments in _SCALE.findall(element.get("transform", ""))
        for n in _NUMBER.findall(arguments)[:4]
    ]
    return 2 if numbers[2:3] >= [100.0] and max(scales, default=1.0) <= 1.0 else 5


def _compact(element: ET.Element, digits: int) -> None:
    """Raccourcit nombres et tracés ; remplace un groupe sans attribut par ce qu'il contient."""

    def shorten(text: str) -> str:
        return _NUMBER.sub(lambda match: _short(match[0], digits), text)

    for key, value in element.attrib.items():
        if key == "d":
            element.set(key, _path(value, digits))
        elif key in _ROUNDED and not value.endswith("%"):
            element.set(key, shorten(value))
        elif key == "href" and value.startswith("data:"):
            element.set(key, "".join(value.split()))
        elif key == "transform":
            # Une échelle arrondie déplacerait tout le groupe : seules les translations sont raccourcies.
            element.set(key, _TRANSLATE.sub(lambda match: shorten(match[0]), value))
    children: list[ET.Element] = []
    for child in element:
        _compact(child, digits)
        children.extend(child if child.tag == "g" and not child.attrib else [child])
    element[:] = children


def _path(data: str, digits: int) -> str:
    """Réécrit un tracé sans blancs inutiles ; une commande répétée ne s'écrit qu'une fois."""
    out: list[str] = []
    previous = ""
    for command, arguments in _COMMAND.findall(data):
        # Les drapeaux d'un arc peuvent se toucher (« 01 ») : ces nombres restent tels quels.
        numbers = (
            arguments.split() if command in "aA" else [_short(n, digits) for n in _NUMBER.findall(arguments)]
        )
        repeated = command == previous and command in "LlHhVvCcSsQqTt"
        out.append((" " if repeated else command) + " ".join(numbers))
        previous = command
    return "".join(out)


def _short(number: str, digits: int) -> str:
    """Écrit un nombre arrondi sans zéro inutile : « 0.500000 » devient « .5 »."""
    text = f"{float(number):.{digits}f}".rstrip("0").rstrip(".")
    sign, magnitude = ("-", text[1:]) if text.startswith("-") else ("", text)
    magnitude = magnitude.removeprefix("0") or "0"
    return magnitude if magnitude == "0" else sign + magnitude


def _pixels(length: str | None) -> float | None:
    match = re.fullmatch(r"\s*([\d.]+)\s*([a-z]*)\s*", length or "")
    return float(match[1]) * _UNITS[match[2]] if match and match[2] in _UNITS else None


def _serialize(element: ET.Element) -> str:
    attributes = "".join(
        f' {key}="{html.escape(value, quote=True)}"' for key, value in element.attrib.items()
    )
    inside = html.escape(element.text or "", quote=False)
    inside += "".join(_serialize(child) + html.escape(child.tail or "", quote=False) for child in element)
    return (
        f"<{element.tag}{attributes}>{inside}</{element.tag}>" if inside else f"<{element.tag}{attributes}/>"
    )


class InlineImages(SphinxPostTransform):
    """Remplace, dans les pages HTML, chaque image SVG par son dessin."""

    # Après le choix de la sortie de chaque cellule par myst-nb (priorité 4) et les figures collées.
    default_priority = 900
    builders = ("html", "dirhtml", "singlehtml")

    def run(self, **kwargs: Any) -> None:
        for index, image in enumerate(list(self.document.findall(nodes.image))):
            path = Path(self.env.srcdir) / image["uri"]
            if path.suffix != ".svg" or not path.is_file():
                continue
            prefix = f"f{index}-"
            drawing = inline_svg(
                path.read_text(encoding="utf-8"), prefix, image.get("alt", ""), image.get("width")
            )
            replacement = nodes.raw("", drawing, format="html")
            image.replace_self(replacement)


class ImageRecord(NamedTuple):
    """Ce qu'il faut savoir d'une image pour juger son texte de remplacement."""

    where: str
    alt: str
    caption: str


def faults(records: list[ImageRecord]) -> Iterator[tuple[str, str]]:
    """Dit ce qui manque aux textes de remplacement du livre : couples (endroit, reproche)."""
    first: dict[str, str] = {}
    for record in records:
        alt = _normal(record.alt)
        if not alt:
            yield record.where, "image sans texte de remplacement : écrire sa conclusion dans `alt`"
        elif alt == _normal(record.caption):
            yield record.where, "le texte de remplacement répète la légende : écrire ce que la figure montre"
        elif alt in first:
            yield record.where, f"texte de remplacement déjà pris par {first[alt]} : « {record.alt} »"
        first.setdefault(alt, record.where)


def _normal(text: str) -> str:
    return " ".join(text.split()).rstrip(".").casefold()


def _collect(app: Sphinx, doctree: nodes.document) -> None:
    """Note les images d'un document à sa lecture."""
    records = []
    for image in doctree.findall(nodes.image):
        if _replaced_by_html(image):
            continue
        figure = image.parent if isinstance(image.parent, nodes.figure) else None
        caption = next((child.astext() for child in figure or [] if isinstance(child, nodes.caption)), "")
        where = f"{app.env.doc2path(app.env.docname)}:{_line(image)}"
        records.append(ImageRecord(where, image.get("alt", ""), caption))
    _store(app.env)[app.env.docname] = records


def _replaced_by_html(image: nodes.image) -> bool:
    """Une sortie de cellule qui a aussi une forme HTML ne montre pas son image dans la page."""
    bundle = image
    while bundle is not None and bundle.get("nb_element") != "mime_bundle":
        bundle = bundle.parent if isinstance(bundle.parent, nodes.Element) else None
    return bundle is not None and any(child.get("mime_type") == "text/html" for child in bundle)


def _line(node: nodes.Node | None) -> int:
    while node is not None:
        if node.line:
            return node.line
        node = node.parent
    return 1


def _store(env: BuildEnvironment) -> dict[str, list[ImageRecord]]:
    if not hasattr(env, "rnnbook_images"):
        env.rnnbook_images = {}  # type: ignore[attr-defined]
    return env.rnnbook_images  # type: ignore[attr-defined]


def _purge(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    _store(env).pop(docname, None)


def _merge(app: Sphinx, env: BuildEnvironment, docnames: list[str], other: BuildEnvironment) -> None:
    _store(env).update({name: _store(other)[name] for name in docnames if name in _store(other)})


def _check(app: Sphinx, env: BuildEnvironment) -> None:
    records = [record for docname in sorted(_store(env)) for record in _store(env)[docname]]
    for where, message in faults(records):
        logger.warning(message, location=where)


def _publish(app: Sphinx) -> None:
    assets.write(app, "palette.css", palette_css())
    assets.use(app, "palette.css")


def setup(app: Sphinx) -> None:
    app.add_post_transform(InlineImages)
    app.connect("builder-inited", _publish)
    app.connect("doctree-read", _collect)
    app.connect("env-purge-doc", _purge)
    app.connect("env-merge-info", _merge)
    app.connect("env-check-consistency", _check)
