"""*Devine la langue* dans la page : ce qu'elle affiche est ce que Python calcule."""

import pytest
from playwright.sync_api import expect

from rnnbook.widgets import GuessLanguage


@pytest.fixture
def page(visit, workshop):
    return visit(workshop, "devine.html").page


def shown(page):
    """Les langues affichées avec leur probabilité, dans l'ordre."""
    values = page.locator("[data-language]").all()
    return [
        (node.get_attribute("data-language"), float(node.text_content()[:-2].replace(",", ".")) / 100)
        for node in values
    ]


def assert_shows(page, figure):
    found, expected = shown(page), figure.best()
    assert [title for title, _ in found] == [title for title, _ in expected]
    for (_, value), (_, probability) in zip(found, expected, strict=True):
        assert value == pytest.approx(probability, abs=0.00061)


@pytest.mark.parametrize("name", ["Dubois", "Nováková", "O’Brien", "van der Berg", "Großmann"])
def test_typed_names_are_read(page, name):
    page.get_by_label("Un nom de famille").press("Control+a")
    page.keyboard.type(name)
    assert_shows(page, GuessLanguage(name=name))


def test_slider_goes_back_letter_by_letter(page):
    slider = page.get_by_role("slider", name="Lettres lues")
    for step in (3, 6):
        slider.fill(str(step))
        assert_shows(page, GuessLanguage(step=step))
    expect(slider).to_have_attribute("aria-valuetext", "6 sur 8 : « martin »")


def test_wrong_name_is_explained_and_changes_nothing(page):
    field = page.get_by_label("Un nom de famille")
    field.fill("Иванов")
    expect(page.get_by_role("alert")).to_contain_text("« И » n’est pas une lettre latine")
    assert_shows(page, GuessLanguage())


def test_most_probable_language_is_announced(page):
    page.get_by_label("Un nom de famille").fill("Papadopoulos")
    expect(page.locator(".rnn-live")).to_contain_text("Après 12 lettres sur 12, le plus probable : grec")


def test_figure_says_that_a_name_is_not_an_origin(page):
    expect(page.locator(".rnn-caution")).to_contain_text("Un nom n’est pas une origine.")
