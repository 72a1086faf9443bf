"""Livre hors ligne : rien n'est demandé à un autre hôte, rien ne contourne la politique de sécurité."""

from __future__ import annotations

import gzip
import io
import re
from importlib.resources import files

import pytest
from fontTools.ttLib import TTFont

from rnnbook_sphinx.offline import (
    ICONS,
    MATHJAX,
    MATHJAX_CONFIG,
    POLICY,
    icon_font,
    lighten_css,
    policy,
    problems,
    static_catalog,
    without_kernel,
)

META = f'<meta http-equiv="Content-Security-Policy" content="{policy(["a()"])}" />'
THEME = files("pydata_sphinx_theme") / "theme/pydata_sphinx_theme/static/styles/pydata-sphinx-theme.css"

THEME_FONTS = files("pydata_sphinx_theme") / ("theme/pydata_sphinx_theme/static/vendor/fontawesome/webfonts")


def test_policy_allows_only_the_page_own_files():
    directives = dict(part.split(" ", 1) for part in policy().split("; "))
    assert directives == POLICY
    assert directives["default-src"] == "'none'"
    assert directives["script-src"] == "'self'"
    assert "http" not in policy()
    assert "unsafe-eval" not in policy()


def test_policy_names_each_inline_script_once_by_its_digest():
    # Empreinte donnée par l'exemple de la spécification CSP de niveau 2, section 6.5.
    text = policy(["alert('Hello, world.');", "alert('Hello, world.');"])
    assert text.count("sha256-") == 1
    assert "'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='" in text


@pytest.mark.parametrize(
    ("html", "problem"),
    [
        ('<script src="https://a.b/c.js"></script>', "ressource distante"),
        ('<script defer src="//a.b/c.js"></script>', "ressource distante"),
        ('<img alt="x" src="http://a.b/c.png">', "ressource distante"),
        ('<iframe src="https://a.b"></iframe>', "ressource distante"),
        ('<link rel="stylesheet" href="https://a.b/c.css">', "ressource distante"),
        ('<link href="//a.b/c.css" rel="stylesheet">', "ressource distante"),
        ('<link rel="preconnect" href="https://a.b">', "ressource distante"),
        ('<style>@import "https://a.b/c.css";</style>', "ressource distante"),
        ('<p style="background:url(https://a.b/c.png)">', "ressource distante"),
        ("<script>b()</script>", "script en ligne"),
        ('<button onclick="b()">', "attribut onclick"),
        ('<span class="fa-solid fa-yen-sign">', "icône yen-sign"),
    ],
)
def test_each_problem_is_seen(html, problem):
    (found,) = problems(META + html)
    assert found.startswith(problem)


def test_page_without_policy_is_refused():
    assert list(problems("<p>Bonjour</p>")) == ["aucune politique de sécurité (Content-Security-Policy)"]


@pytest.mark.parametrize(
    "html",
    [
        '<a href="https://a.b">lien</a>',
        '<link rel="canonical" href="https://a.b/c.html">',
        '<img alt="x" src="data:image/png;base64,AA">',
        '<script src="../_static/a.js"></script>',
        "<script>a()</script>",
        '<span class="fa-solid fa-bars">',
        "<p>onclick=</p>",
    ],
)
def test_what_stays_local_is_accepted(html):
    assert not list(problems(META + html))


def test_theme_stylesheet_keeps_only_our_icons():
    css = THEME.read_text(encoding="utf-8")
    light = lighten_css(css, b"fonte")
    assert len(light) < len(css) - 80_000
    kept = set(re.findall(r"\.fa-([a-z0-9-]+):+before[^{}]*\{content", light))
    assert {"bars", "moon"} <= kept
    assert "yen-sign" not in kept
    assert light.count("@font-face") == 1
    assert "vendor/fontawesome" not in light
    assert lighten_css(light, b"fonte") == light


def test_theme_rules_other_than_icons_are_all_kept():
    def rules(css: str) -> list[str]:
        css = re.sub(r"@font-face\{[^}]*\}", "", css)
        return [rule for rule in re.findall(r"[^{}]+\{[^{}]*\}", css) if not rule.startswith(".fa-")]

    css = THEME.read_text(encoding="utf-8")
    assert rules(lighten_css(css, b"")) == rules(css)


def test_icon_font_draws_every_icon_and_nothing_else():
    data = icon_font()
    assert len(data) < 8_000
    theme = TTFont(io.BytesIO((THEME_FONTS / "fa-solid-900.ttf").read_bytes())).getBestCmap()
    drawn = TTFont(io.BytesIO(data)).getBestCmap()
    assert {theme[code] for code in drawn} == ICONS
    assert icon_font() == data


def test_translations_need_no_evaluated_code():
    script = (
        'Documentation.addTranslations({"locale": "fr", "messages": {"a": "b"}, "plural_expr": "(n > 1)"});'
    )
    out = static_catalog(script + "\n")
    assert "PLURAL_EXPR = (n) => Number((n > 1));" in out
    assert '"messages": {"a": "b"}' in out
    assert "addTranslations" not in out
    assert static_catalog(out) == out


def test_what_waits_for_a_kernel_is_removed():
    view = '<script type="application/vnd.jupyter.widget-view+json">{"model_id": "1"}</script>'
    thebe = "<script type=\"text/x-thebe-config\">{}</script><script>kernelName = 'python3'</script>"
    assert without_kernel(f"<p>a</p>{view}<p>b</p>{thebe}") == "<p>a</p><p>b</p>"


def pages(book):
    return {
        path.relative_to(book).as_posix(): path.read_text(encoding="utf-8") for path in book.rglob("*.html")
    }


def test_every_built_page_is_clean(mini_book):
    found = pages(mini_book)
    assert {"index.html", "search.html", "genindex.html", "book/cellule.html"} <= found.keys()
    assert {name: list(problems(text)) for name, text in found.items() if list(problems(text))} == {}
    for text in found.values():
        assert not re.search("thebe|widget-state|fontawesome.js|unpkg|jsdelivr", text)


def test_every_file_a_page_names_exists(mini_book):
    for name, text in pages(mini_book).items():
        folder = (mini_book / name).parent
        for url in re.findall(r'<(?:script|link|img)\b[^>]*?\s(?:src|href)="([^"]+)"', text):
            if not url.startswith(("data:", "#")):
                assert (folder / re.split(r"[?#]", url)[0]).is_file(), f"{name} : {url}"


def test_mathjax_is_whole_local_and_only_where_there_are_formulas(mini_book):
    folder = mini_book / "_static" / "rnnbook" / "mathjax"
    found = pages(mini_book)
    assert "mathjax/startup.js" in found["book/cellule.html"]
    assert "mathjax/" not in found["book/texte.html"]
    assert set(MATHJAX[1:]) == {f"{name}.js" for name in MATHJAX_CONFIG["loader"]["load"]}
    assert all((folder / name).is_file() for name in MATHJAX)
    assert len(list((folder / "output/chtml/fonts/woff-v2").glob("*.woff"))) >= 20
    hosts = {
        host
        for path in folder.rglob("*.js")
        for host in re.findall(r"https?://([\w.-]+)", path.read_text(encoding="utf-8"))
    }
    # Espaces de noms et licences : rien qui soit demandé.
    assert hosts <= {"www.w3.org", "github.com", "www.apache.org"}


def test_what_no_page_asks_for_is_not_in_the_book(mini_book):
    static = mini_book / "_static"
    assert not (static / "vendor").exists()
    assert not (static / "scripts" / "fontawesome.js").exists()
    assert not list(static.rglob("*.map"))


def test_entry_page_leads_to_the_first_page(mini_book):
    entry = (mini_book / "index.html").read_text(encoding="utf-8")
    assert '<html lang="fr">' in entry
    assert "url=book/index.html" in entry


def test_chapter_with_formulas_weighs_less_than_one_megabyte(mini_book):
    page = mini_book / "book" / "cellule.html"
    text = page.read_text(encoding="utf-8")
    urls = re.findall(r'<(?:script|link)\b[^>]*?\s(?:src|href)="([^"]+\.(?:js|css))\b', text)
    asked = {page} | {(page.parent / url).resolve() for url in urls}
    mathjax = mini_book / "_static" / "rnnbook" / "mathjax"
    asked |= {mathjax / name for name in MATHJAX} | set((mathjax / "output/chtml/fonts").rglob("*.*"))
    weight = sum(len(gzip.compress(path.read_bytes())) for path in asked)
    assert weight < 1_000_000


def test_figures_are_in_the_page(mini_book):
    text = pages(mini_book)["book/cellule.html"]
    assert text.count('<svg class="rnn-svg"') == 2
    assert 'aria-label="Le carré grandit deux fois plus vite à chaque pas."' in text
    assert "<img" not in text
