"""Chaque page du livre : hors ligne, sans erreur, légère, lisible en clair et en sombre, sur un téléphone."""

import gzip
from urllib.parse import unquote, urlsplit

import pytest
from conftest import BOOK
from playwright.sync_api import expect

modes = pytest.mark.parametrize("dark", [False, True], ids=["clair", "sombre"])


def wait_for_math(page):
    """Attend que MathJax ait fini et vérifie que chaque formule de la page est composée, sans erreur."""
    formulas = page.locator(".math").count()
    if formulas:
        page.evaluate("MathJax.startup.promise.then(() => true)")
        assert page.locator(".math:has(mjx-container)").count() == formulas
        assert page.locator("mjx-merror, [data-mjx-error]").count() == 0
        # MathJax écrit telle quelle, en rouge, une commande qu'il ne connaît pas.
        assert page.locator("mjx-assistive-mml").get_by_text("\\").count() == 0


def wait_for_figures(page):
    """Attend que toutes les figures interactives de la page soient vivantes ; renvoie leur nombre."""
    count = page.locator(".rnn-figure").count()
    expect(page.locator(".rnn-figure[data-ready]")).to_have_count(count)
    return count


def weight(requests):
    """Octets de tous les fichiers du livre que ces requêtes demandent, chacun compressé par gzip."""
    names = {unquote(urlsplit(url).path).lstrip("/") for url in requests if url.startswith("http")}
    contents = [(BOOK / name).read_bytes() for name in names]
    return sum(min(len(content), len(gzip.compress(content))) for content in contents)


@modes
def test_page_is_whole_and_accessible(visit, book_page, dark):
    opened = visit(BOOK, book_page, dark=dark)
    assert opened.page.locator("html").get_attribute("data-theme") == ("dark" if dark else "light")
    assert opened.page.locator("html").get_attribute("lang") == "fr"
    wait_for_math(opened.page)
    wait_for_figures(opened.page)
    # Le mode sombre ne change que les couleurs : les autres règles, longues, ont déjà vu la page.
    assert opened.violations(rules=["color-contrast"] if dark else None) == []
    assert opened.problems == []
    assert 0 < weight(opened.requests) < 1_000_000


@modes
def test_page_fits_a_phone_from_a_usb_stick(visit, book_page, dark):
    opened = visit(BOOK, book_page, scheme="file", dark=dark, width=390)
    wait_for_math(opened.page)
    for i in range(wait_for_figures(opened.page)):
        slider = opened.page.locator(".rnn-figure").nth(i).get_by_role("slider").first
        before = slider.get_attribute("aria-valuetext")
        at_end = float(slider.input_value()) >= float(slider.get_attribute("max"))
        slider.press("ArrowLeft" if at_end else "ArrowRight")
        expect(slider).not_to_have_attribute("aria-valuetext", before)
    assert opened.overflow() <= 0
    assert opened.problems == []
