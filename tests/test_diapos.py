"""Les diapositives : marques lues, morceaux de pages, jeux hors ligne ; chaque chapitre a les siennes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import site_tools

from rnnbook_sphinx import diapos, offline
from rnnbook_sphinx.diapos import Mark, cut, fragment, inline, parse

ROOT = Path(__file__).parents[1]
CHAPTERS = sorted((ROOT / "book").glob("[0-9][0-9]-*.md"))
MARK = re.compile(r"^% ?((?:fin-)?diapo.*)$")


@pytest.mark.parametrize(
    ("line", "mark"),
    [
        ("diapo", Mark("diapo")),
        ("diapo : La cellule", Mark("diapo", "La cellule")),
        ("diapo\u00a0: La cellule", Mark("diapo", "La cellule")),
        ("diapo colonnes code : A : b", Mark("diapo", "A\u00a0: b", ("colonnes", "code"))),
        ("diapo-suite", Mark("diapo-suite")),
        ("fin-diapo", Mark("fin-diapo")),
        ("une note", None),
    ],
)
def test_marks_are_read(line, mark):
    assert parse(line) == mark


@pytest.mark.parametrize(
    "line", ["diapo bleu : A", "diapos", "fin-diapo : A", "diapo-suite colonnes", "diapositive"]
)
def test_bad_marks_are_refused(line):
    with pytest.raises(ValueError, match=r"reçu|inconnue|ni titre ni option"):
        parse(line)


def test_titles_hold_code_and_formulas():
    assert inline("L'état `a<b`, $h_t$ : oui") == (
        'L’état <code>a&lt;b</code>, <span class="math notranslate nohighlight">\\(h_t\\)</span>\u00a0: oui'
    )


def test_a_page_is_cut_and_left_as_it_was():
    first = '<!--rnn-diapo {"kind": "diapo", "title": "A", "options": []}-->'
    more = '<!--rnn-diapo {"kind": "diapo\\u002dsuite", "title": "", "options": []}-->'
    page, slides = cut(
        f"<p>0</p>\n{first}<p>1</p>\n<!--/rnn-diapo--><p>2</p>\n{more}<p>3</p><!--/rnn-diapo-->"
    )
    assert page == "<p>0</p>\n<p>1</p>\n<p>2</p>\n<p>3</p>"
    assert [(slide.title, slide.blocks) for slide in slides] == [("A", ["<p>1</p>", "<p>3</p>"])]


@pytest.mark.parametrize(
    ("page", "deck"),
    [
        ('<a href="02-suite.html#x">s</a>', '<a href="../book/02-suite.html#x">s</a>'),
        ('<a href="#eq">(1)</a>', '<a href="../book/01-un.html#eq">(1)</a>'),
        ('<a href="https://a.b/c">s</a>', '<a href="https://a.b/c">s</a>'),
        ('<img alt="" src="../_images/a.png">', '<img alt="" src="../_images/a.png">'),
        ('<p id="eq">x<a class="headerlink" href="#eq">#</a></p>', '<p id="c01-eq">x</p>'),
        ('<label for="q-1">', '<label for="c01-q-1">'),
        (
            '<svg><path id="f0-1"/><use href="#f0-1"/><g clip-path="url(#f0-2)"/></svg>',
            '<svg><path id="c01-f0-1"/><use href="#c01-f0-1"/><g clip-path="url(#c01-f0-2)"/></svg>',
        ),
        ("<style>#f3 text{fill:red}</style>", "<style>#c01-f3 text{fill:red}</style>"),
    ],
)
def test_a_piece_of_page_is_rewritten_for_the_deck(page, deck):
    assert fragment(page, "book/01-un") == deck


@pytest.fixture(scope="module")
def deck(mini_book):
    return (mini_book / "diapos" / "partie.html").read_text(encoding="utf-8")


def test_one_deck_per_part_that_has_slides(mini_book):
    assert [path.name for path in (mini_book / "diapos").iterdir()] == ["partie.html"]


def test_the_deck_asks_nothing_from_elsewhere(mini_book, deck):
    assert list(offline.problems(deck)) == []
    for name in re.findall(r'<(?:script|link)[^>]*? (?:src|href)="([^"]+)"', deck):
        assert (mini_book / "diapos" / name).resolve().is_file(), name


def test_the_deck_holds_the_marked_pieces_in_order(deck):
    assert re.findall(r"<h2>(.*?)</h2>", deck) == [
        "1. Un chapitre",
        "L’«\u00a0état\u00a0», puis <code>h_n</code>",
        "1. Un chapitre",
        "Question",
    ]
    assert re.findall(r'<div class="(cadre[^"]*)">', deck) == [
        "cadre couverture",
        "cadre couverture",
        "cadre",
        "cadre colonnes",
        "cadre question-2",
    ]
    slides = re.findall(r'<div class="corps">.*?<p class="pied">', deck, re.DOTALL)
    assert [slide.count('<div class="bloc">') for slide in slides] == [2, 1, 1]
    assert "h_t = \\tanh(W_{xh}\\, x_t)" in slides[0]
    assert '<span class="eqno">(2)</span>' in slides[0]
    assert 'aria-label="Le plan montre une entrée [et une sortie]."' in slides[1]
    assert "Fig. 3" in slides[1].replace("\u00a0", " ")
    assert 'id="c01-quiz-essai-2-1"' in slides[2]
    assert "suit (2)" not in deck.replace("</a>", "")


def test_the_reader_sees_no_mark(mini_book):
    page = (mini_book / "book" / "01-carnet.html").read_text(encoding="utf-8")
    assert "diapo" not in page
    assert "diapo" not in (mini_book / "carnets" / "01-carnet.ipynb").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("source", "warning"),
    [
        ("% diapo bleu\n\nTexte.\n", "option bleu inconnue"),
        ("% diapo-suite\n\nTexte.\n", "diapo-suite sans diapositive ouverte"),
        ("Texte.\n\n% diapo\n\n## Section\n", "rien ne la suit"),
    ],
)
def test_a_wrong_mark_is_a_warning(tmp_path, source, warning):
    folder = site_tools.write(tmp_path, site_tools.HEADER + "# Essai\n\n" + source)
    conf = folder / "conf.py"
    conf.write_text(
        conf.read_text(encoding="utf-8").replace('"claims"', '"claims", "diapos"'), encoding="utf-8"
    )
    (folder / "exercices.md").write_text("# Rien\n", encoding="utf-8")
    assert warning in site_tools.build(folder)[1]


def marks(path: Path) -> list[tuple[int, Mark]]:
    """Les marques d'un chapitre, avec leur ligne."""
    lines = path.read_text(encoding="utf-8").split("\n")
    found = ((number, parse(match[1])) for number, line in enumerate(lines) if (match := MARK.match(line)))
    return [(number, mark) for number, mark in found if mark is not None]


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_each_chapter_has_slides_for_a_lesson(path):
    found = [mark for _, mark in marks(path)]
    assert 8 <= sum(mark.kind == "diapo" for mark in found) <= 16
    assert {"Objectifs", "À retenir"} <= {mark.title for mark in found}
    assert any(option.startswith("question") for mark in found for option in mark.options)


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_marks_stand_between_blank_lines(path):
    # Collée à un paragraphe, une marque le couperait en deux dans la page.
    lines = path.read_text(encoding="utf-8").split("\n")
    assert [number + 1 for number, _ in marks(path) if lines[number - 1] or lines[number + 1]] == []


def test_options_have_their_style():
    style = (ROOT / "src/rnnbook_sphinx/static/diapos.css").read_text(encoding="utf-8")
    assert {option for option in diapos.OPTIONS if f".{option}" not in style} == set()
