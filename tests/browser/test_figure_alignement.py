"""*Alignement* dans la page : ce qu'elle écrit et ce qu'elle regarde sont ce que Python calcule."""

import pytest
from playwright.sync_api import expect

from rnnbook.data.numbers import number_words
from rnnbook.widgets import Alignment


@pytest.fixture
def page(visit, workshop):
    return visit(workshop, "alignement.html").page


def assert_shows(page, figure):
    expect(page.locator("[data-written]")).to_have_attribute("data-written", figure.answer())
    tokens, looks = figure.writing()
    row = looks[min(figure.step, len(tokens)) - 1]
    shown = page.locator("[data-word]").all()
    assert len(shown) == len(number_words(figure.number))
    for node in shown:
        value = float(node.text_content()[:-2]) / 100
        assert value == pytest.approx(row[int(node.get_attribute("data-word"))], abs=0.0051)


@pytest.mark.parametrize("typed", ["80", "1001021", "345 678 912"])
def test_typed_numbers_are_written(page, typed):
    page.get_by_label("Un nombre", exact=True).press("Control+a")
    page.keyboard.type(typed)
    assert_shows(page, Alignment(number=int(typed.replace(" ", ""))))


def test_slider_goes_digit_by_digit(page):
    slider = page.get_by_role("slider", name="Chiffre examiné")
    for step in (3, 5):
        slider.fill(str(step))
        assert_shows(page, Alignment(step=step))


def test_examples_are_one_click_away(page):
    page.get_by_role("group", name="Exemples").get_by_role("button").nth(2).click()
    assert_shows(page, Alignment(number=204_000_097))


def test_wrong_number_is_explained_and_changes_nothing(page):
    page.get_by_label("Un nombre", exact=True).fill("douze")
    expect(page.get_by_role("alert")).to_contain_text("Des chiffres seulement")
    assert_shows(page, Alignment())
