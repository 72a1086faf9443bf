"""Les jeux de diapositives dans un navigateur : le cadre, le clavier, hors ligne, l'impression, l'accès."""

from __future__ import annotations

import re

import figure_tools
import pytest
from conftest import BOOK
from playwright.sync_api import expect
from test_liens import broken

GO = "(node) => Reveal.slide(...Object.values(Reveal.getIndices(node)).slice(0, 2))"

SHOWN = (
    "h1, h2, p, li, pre, code, td, th, svg, img, fieldset, button, input, "
    "mjx-container > mjx-math, .rnn-figure"
)

MEASURE = """
(shown) => [...document.querySelectorAll('.cadre')].map((frame) => {
  const section = frame.closest('section');
  Reveal.slide(...Object.values(Reveal.getIndices(section)).slice(0, 2));
  const limit = frame.getBoundingClientRect();
  const foot = frame.querySelector('.pied')?.getBoundingClientRect().top ?? limit.bottom;
  const outside = [...frame.querySelectorAll(shown)].filter((element) => {
    if (element.closest('.pied, svg *')) return false;
    const { left, right, top, bottom, width, height } = element.getBoundingClientRect();
    if (width <= 1 || height <= 1) return false;
    return left < limit.left - 1 || right > limit.right + 1 || top < limit.top - 1 || bottom > foot + 1;
  });
  const body = frame.querySelector('.corps');
  const size = body ? parseFloat(getComputedStyle(body).fontSize) : 28;
  return { id: section.id, size, outside: outside.map((element) => element.outerHTML.slice(0, 120)) };
})
"""
"""Pour chaque diapositive, affichée : la taille du texte, en pixels, et ce qui sort du cadre."""


def decks() -> list[str]:
    """Les jeux du livre construit."""
    return sorted(path.relative_to(BOOK).as_posix() for path in (BOOK / "diapos").glob("*.html"))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Un test par jeu pour `deck`, sur un seul jeu pour `one_deck` ; un saut sans livre."""
    found = decks() or [None]
    for name, values in (("deck", found), ("one_deck", found[-1:])):
        if name in metafunc.fixturenames:
            metafunc.parametrize(name, values, indirect=True)


@pytest.fixture
def deck(request: pytest.FixtureRequest) -> str:
    """Un jeu du livre construit."""
    if request.param is None:
        figure_tools.missing(f"pas de jeu dans {BOOK / 'diapos'} : construisez-les avec `make diapos`")
    return request.param


one_deck = deck


@pytest.fixture
def show(visit):
    """Ouvre un jeu à la taille de ses cadres."""

    def open_deck(deck, scheme="http", query=""):
        opened = visit(BOOK, deck + query, scheme=scheme, width=1280)
        opened.page.set_viewport_size({"width": 1280, "height": 720})
        expect(opened.page.locator(".reveal[data-ready]")).to_be_attached(timeout=60_000)
        return opened

    return open_deck


def current(page):
    """L'identifiant de la diapositive affichée."""
    return page.evaluate("Reveal.getCurrentSlide().id")


def test_every_slide_fits_its_frame_in_a_readable_size(show, deck):
    opened = show(deck)
    page = opened.page
    assert page.locator("html").get_attribute("lang") == "fr"
    slides = page.evaluate(MEASURE, SHOWN)
    assert len(slides) > 8
    assert [slide for slide in slides if slide["outside"]] == []
    assert [slide["id"] for slide in slides if slide["size"] < 19] == []
    assert page.locator("mjx-merror, [data-mjx-error]").count() == 0
    assert page.locator(".math:has(mjx-container)").count() == page.locator(".math").count()
    expect(page.locator(".rnn-figure[data-ready]")).to_have_count(page.locator(".rnn-figure").count())
    # Une question vérifiée, explication comprise, tient aussi.
    answered = page.locator("section:has(> .cadre .rnn-quiz)").all()
    assert answered
    for section in answered:
        page.evaluate(GO, section.element_handle())
        for answer in section.locator("input[data-juste=oui]:visible").all():
            answer.check()
        section.get_by_role("button", name="Vérifier").click()
        expect(section.locator(".rnn-retour:visible")).not_to_be_empty()
    page.wait_for_timeout(200)
    assert [slide for slide in page.evaluate(MEASURE, SHOWN) if slide["outside"]] == []
    assert opened.problems == []


def test_print_gives_one_accessible_page_per_slide(show, deck):
    opened = show(deck, query="?print-pdf")
    slides = (BOOK / deck).read_text(encoding="utf-8").count('<div class="cadre')
    expect(opened.page.locator(".pdf-page")).to_have_count(slides, timeout=60_000)
    pdf = opened.page.pdf(prefer_css_page_size=True, print_background=True)
    assert pdf.count(b"/Type /Page\n") == slides
    # Toutes les diapositives y sont visibles à la fois.
    assert opened.violations(".slides") == []


def test_a_deck_is_walked_with_the_keyboard(show, one_deck):
    opened = show(one_deck)
    page = opened.page
    identifiers = page.evaluate("[...document.querySelectorAll('.slides section[id]')].map(({id}) => id)")
    seen = [current(page)]
    for _ in identifiers[1:]:
        page.keyboard.press("ArrowRight")
        seen.append(current(page))
    assert seen == identifiers
    page.keyboard.press("ArrowLeft")
    assert current(page) == identifiers[-2]
    expect(page).to_have_url(re.compile(f"#/{identifiers[-2]}$"))
    assert opened.violations() == []


def test_keys_pressed_in_a_figure_stay_there(show, one_deck):
    page = show(one_deck).page
    page.evaluate(GO, page.locator("section:has(> .cadre .rnn-figure)").last.element_handle())
    here = current(page)
    slider = page.locator("section.present > .cadre .rnn-figure input[type=range]").first
    before = slider.input_value()
    slider.focus()
    page.keyboard.press("ArrowLeft" if before == slider.get_attribute("max") else "ArrowRight")
    assert slider.input_value() != before
    page.locator("section.present > .cadre .rnn-figure button").last.focus()
    page.keyboard.press("Space")
    assert current(page) == here


def test_a_deck_opens_as_a_file_in_french(show, one_deck):
    opened = show(one_deck, scheme="file")
    page = opened.page
    page.keyboard.press("ArrowRight")
    assert current(page) != "debut"
    labels = page.evaluate("[...document.querySelectorAll('.reveal [aria-label]')].map((n) => n.ariaLabel)")
    assert labels
    assert [label for label in labels if "slide" in label.lower()] == []
    assert page.locator(".resume-button").text_content() == "Reprendre"
    assert opened.problems == []


def test_links_of_a_deck_lead_somewhere(deck):
    assert broken(BOOK / deck) == []
