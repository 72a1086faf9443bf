"""*Générateur* dans la page : le nom et les probabilités affichés sont ceux que Python calcule."""

import re

import pytest
from playwright.sync_api import expect

from rnnbook.data.places import PLACE_ALPHABET
from rnnbook.widgets import Generator


@pytest.fixture
def page(visit, workshop):
    return visit(workshop, "generateur.html").page


def assert_shows(page, figure):
    tokens, laws = figure.draws()
    step = min(figure.step, len(tokens))
    name = figure.given() + "".join(PLACE_ALPHABET[k - 1] for k in tokens if k)
    expect(page.locator(".rnn-scene")).to_have_attribute(
        "aria-label", re.compile(rf"Nom tiré : {re.escape(name)}\.")
    )
    for node in page.locator("[data-token]").all():
        token = int(node.get_attribute("data-token"))
        value = float(node.text_content()[:-2].replace(",", ".")) / 100
        assert value == pytest.approx(laws[step - 1, token], abs=0.00051)


@pytest.mark.parametrize(("temperature", "seed"), [(0.3, 12), (1.4, 250)])
def test_settings_give_the_names_of_python(page, temperature, seed):
    page.get_by_role("slider", name="Température").fill(str(temperature))
    page.get_by_role("slider", name="Graine du tirage").fill(str(seed))
    assert_shows(page, Generator(temperature=temperature, seed=seed))


def test_typed_start_and_steps_back(page):
    field = page.get_by_label("Début du nom")
    field.press("Control+a")
    page.keyboard.type("Châ")
    page.get_by_role("slider", name="Tirage montré").fill("2")
    assert_shows(page, Generator(start="Châ", step=2))


def test_button_draws_another_name(page):
    page.get_by_role("button", name="Tirer un autre nom").click()
    assert_shows(page, Generator(seed=4, step=31))


def test_wrong_start_is_explained_and_changes_nothing(page):
    page.get_by_label("Début du nom").fill("Paris 7")
    expect(page.get_by_role("alert")).to_contain_text("« 7 »")
    assert_shows(page, Generator())
