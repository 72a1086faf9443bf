"""Figures SVG dans la page : rien ne se perd du dessin, rien n'entre en conflit, chaque image a son texte."""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ET

import matplotlib.pyplot as plt
import numpy as np
import pytest
import site_tools

from rnnbook import plots
from rnnbook_sphinx.svg import ImageRecord, faults, inline_svg, palette_css

DIAGRAM = """<?xml version="1.0" encoding="UTF-8"?>
<!-- un commentaire -->
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="240pt" height="90pt"
     viewBox="0 0 320 120" version="1.1">
  <title>Titre</title>
  <metadata><x/></metadata>
  <style>text, .gras { font-weight: 700 }</style>
  <defs><marker id="fleche"><path d="M0 0L10 5L0 10z" fill="#1F2328"/></marker>
    <path id="inutile" d="M 0 0"/></defs>
  <g id="calque"><rect id="fond" width="320" height="120" fill="#fff"/></g>
  <text x="140.123456" y="65">a <tspan fill="#0072b2">b</tspan> c</text>
  <path d="M 20.00001 60 L 96.5 60.25 L 97 61" stroke="#123456" marker-end="url(#fleche)"/>
  <use xlink:href="#fleche" transform="translate(1.23456 2) scale(0.015625)"/>
</svg>
"""


def parse(text: str) -> ET.Element:
    return ET.fromstring(text)


def figure_svg(draw) -> str:
    """Renvoie le SVG que matplotlib écrit pour une figure du livre."""
    with plt.rc_context(plots.STYLE):
        figure, ax = plots.axes()
        draw(ax)
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None})
        plt.close(figure)
    return buffer.getvalue()


def test_root_says_what_the_image_shows():
    root = parse(inline_svg(DIAGRAM, "f3-", 'Une « boucle » & "deux" flèches'))
    assert root.get("role") == "img"
    assert root.get("aria-label") == 'Une « boucle » & "deux" flèches'
    assert root.get("viewBox") == "0 0 320 120"
    assert root.get("style") == "max-width:320px"
    assert root.get("width") is None


def test_width_of_the_image_wins_over_the_file():
    assert parse(inline_svg(DIAGRAM, "f0-", "x", width="60%")).get("style") == "max-width:60%"


def test_prolog_metadata_and_comments_are_gone():
    out = inline_svg(DIAGRAM, "f0-", "x")
    assert out.startswith("<svg ")
    for lost in ("<?xml", "commentaire", "metadata", "Titre", "xmlns", "xlink", "version"):
        assert lost not in out


def test_ids_are_prefixed_and_every_reference_still_leads_somewhere():
    root = parse(inline_svg(DIAGRAM, "f7-", "x"))
    ids = {element.get("id") for element in root.iter() if element.get("id")} - {"f7"}
    assert ids == {"f7-0"}
    assert root.find(".//use").get("href") == "#f7-0"
    assert root.find(".//path[@marker-end]").get("marker-end") == "url(#f7-0)"


def test_two_figures_of_a_page_share_no_id():
    first, second = (set(re.findall(r'id="([^"]+)"', inline_svg(DIAGRAM, p, "x"))) for p in ("f1-", "f11-"))
    assert first
    assert not first & second


def test_palette_colours_become_variables_and_others_stay():
    out = inline_svg(DIAGRAM, "f0-", "x")
    assert 'fill="var(--rnn-paper,#ffffff)"' in out
    assert 'fill="var(--rnn-ink,#1f2328)"' in out
    assert 'fill="var(--rnn-blue,#0072b2)"' in out
    assert 'stroke="#123456"' in out


@pytest.mark.parametrize(("name", "colours"), plots.PALETTE.items())
def test_every_palette_colour_is_mapped_in_styles_too(name, colours):
    svg = f'<svg viewBox="0 0 9 9"><path style="fill: {colours[0]}; x: 1"/></svg>'
    assert f"fill:var(--rnn-{name},{colours[0]});x:1" in inline_svg(svg, "f0-", "x")


def test_style_rules_stay_inside_their_figure():
    assert "<style>#f4 text,#f4 .gras{font-weight:700}</style>" in inline_svg(DIAGRAM, "f4-", "x")
    assert parse(inline_svg(DIAGRAM, "f4-", "x")).get("id") == "f4"


def test_text_keeps_its_spaces():
    assert "".join(parse(inline_svg(DIAGRAM, "f0-", "x")).find(".//text").itertext()) == "a b c"


def test_numbers_are_shortened_but_scales_are_not():
    root = parse(inline_svg(DIAGRAM, "f0-", "x"))
    assert root.find(".//path[@marker-end]").get("d") == "M20 60L96.5 60.25 97 61"
    assert root.find(".//text").get("x") == "140.12"
    assert root.find(".//use").get("transform") == "translate(1.23 2) scale(0.015625)"


@pytest.mark.parametrize(
    "svg",
    [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><path d="M0.12345 1"/></svg>',
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 120"><g transform="scale(40)">'
        '<path d="M0.12345 1"/></g></svg>',
    ],
    ids=["petite", "agrandie"],
)
def test_numbers_of_a_magnified_drawing_keep_their_digits(svg):
    assert 'd="M.12345 1"' in inline_svg(svg, "f0-", "x")


def test_arcs_keep_their_flags():
    svg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 120"><path d="M1 2a3 3 0 01 4 5z"/></svg>'
    assert 'd="M1 2a3 3 0 01 4 5z"' in inline_svg(svg, "f0-", "x")


def test_matplotlib_figure_keeps_its_clipping_its_points_and_shrinks():
    x = np.linspace(-4, 4, 50)
    source = figure_svg(lambda ax: ax.plot(x, np.tanh(x), label="tanh"))
    out = inline_svg(source, "f0-", "x")
    assert len(out) < 0.75 * len(source)
    root = parse(out)
    clips = {element.get("id") for element in root.iter("clipPath")}
    used = {element.get("clip-path") for element in root.iter() if element.get("clip-path")}
    assert used
    assert used == {f"url(#{name})" for name in clips}
    assert "var(--rnn-blue,#0072b2)" in out

    def curve(svg: str) -> np.ndarray:
        longest = max(re.findall(r'\sd="([^"]+)"', svg), key=lambda d: d.count(".") if "Q" not in d else 0)
        return np.array([float(n) for n in re.findall(r"-?\d*\.?\d+", longest)])

    np.testing.assert_allclose(curve(out), curve(source), atol=0.005 + 1e-9)


def test_heatmap_keeps_its_colours_in_dark_mode():
    source = figure_svg(lambda ax: plots.heatmap(ax, np.eye(2), ["a", "b"], ["a", "b"], digits=1))
    out = inline_svg(source, "f0-", "x")
    assert re.search(r'<image[^>]* href="data:image/png;base64,[^"\s]+"', out)
    # Les nombres s'écrivent en blanc et en noir hors palette : ils vont avec les cases, qui ne changent pas.
    texts = [
        g.get("style")
        for g in parse(out).iter("g")
        if (g.get("transform") or "").endswith("scale(0.09 -0.09)")
    ]
    assert texts
    assert not any("--rnn-paper" in (style or "") for style in texts)


@pytest.mark.parametrize(
    ("svg", "message"),
    [
        ("pas du XML", "XML mal formé"),
        ("<html/>", "<svg> attendu"),
        ('<svg><use href="#nulle-part"/></svg>', "nulle-part"),
        ("<svg><style>@import 'x';</style></svg>", "règle @"),
    ],
)
def test_bad_input_is_refused(svg, message):
    with pytest.raises(ValueError, match=message):
        inline_svg(svg, "f0-", "x")


def test_palette_stylesheet_has_both_modes():
    light, dark = palette_css().splitlines()
    assert light.startswith(":root{")
    assert dark.startswith('html[data-theme="dark"]{')
    for name, colours in plots.PALETTE.items():
        assert f"--rnn-{name}:{colours[0]};" in light
        assert f"--rnn-{name}:{colours[1]};" in dark


def test_alternative_texts_are_present_unique_and_not_the_caption():
    records = [
        ImageRecord("a.md:1", "La pente tombe.", "La tangente sature."),
        ImageRecord("a.md:2", " ", "Une légende."),
        ImageRecord("a.md:3", "Une légende", "une  légende."),
        ImageRecord("b.md:9", "la pente  tombe", ""),
    ]
    assert [(where, message.split(" :")[0]) for where, message in faults(records)] == [
        ("a.md:2", "image sans texte de remplacement"),
        ("a.md:3", "le texte de remplacement répète la légende"),
        ("b.md:9", "texte de remplacement déjà pris par a.md:1"),
    ]


def small_book(folder, pages, builder="html", parallel=0):
    """Construit ces pages avec `svg` pour seul module ; renvoie le dossier produit et les avertissements."""
    conf = re.sub(r"for part in \(.*?\)", 'for part in ("assets", "svg")', site_tools.CONF)
    names = "\n".join(name for name in pages if name != "index")
    pages = {**pages, "index": f"# Accueil\n\n```{{toctree}}\n{names}\n```\n{pages.get('index', '')}"}
    for name, text in pages.items():
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
    (folder / "conf.py").write_text(conf, encoding="utf-8")
    (folder / "schema.svg").write_text(DIAGRAM, encoding="utf-8")
    return site_tools.build(folder, builder, parallel=parallel)


def image(alt: str = "") -> str:
    return f"\n```{{figure}} schema.svg\n{f':alt: {alt}' if alt else ''}\n\nUne légende.\n```\n"


def test_only_html_pages_get_the_drawing(tmp_path):
    out, warnings = small_book(tmp_path, {"index": image("Un b suit un a.")})
    assert warnings == ""
    page = (out / "index.html").read_text(encoding="utf-8")
    assert 'role="img" aria-label="Un b suit un a."' in page
    assert "<img" not in page
    assert not (out / "_images").exists()
    out, _ = small_book(tmp_path, {"index": image("Un b suit un a.")}, builder="xml")
    assert 'uri="schema.svg"' in (out / "index.xml").read_text(encoding="utf-8")


def test_missing_and_repeated_texts_are_reported_where_they_are(tmp_path):
    _, warnings = small_book(tmp_path, {"index": image(), "page": "# Page\n" + image("Une légende")})
    assert re.search(r"index\.md:\d+: WARNING: image sans texte de remplacement", warnings)
    assert re.search(r"page\.md:3: WARNING: le texte de remplacement répète la légende", warnings)


def test_a_text_used_on_two_pages_is_reported_even_when_they_are_read_in_parallel(tmp_path):
    pages = {f"page{i}": f"# Page {i}\n" + image("Le même texte.") for i in range(7)}
    _, warnings = small_book(tmp_path, pages, parallel=2)
    assert warnings.count("texte de remplacement déjà pris par") == 6
