"""*La cellule GRU* dans la page : ce qu'elle affiche est ce que Python calcule."""

import numpy as np
import pytest
from playwright.sync_api import expect

from rnnbook.widgets import GRUUnit
from rnnbook.widgets.gru_unit import ROWS, WEIGHTS


@pytest.fixture
def page(visit, workshop):
    return visit(workshop, "gru.html").page


def number(text):
    return float(text.replace("\u2212", "-").replace(",", "."))


def assert_shows(page, figure):
    values = figure.values()
    last = min(figure.step, len(values["h"]))
    expected = {(t + 1, name): values[name][t] for t in range(last) for name in ROWS}
    nodes = page.locator(".rnn-value").all()
    shown = {
        (int(n.get_attribute("data-step")), n.get_attribute("data-row")): number(n.text_content())
        for n in nodes
    }
    assert shown.keys() == expected.keys()
    for key, value in expected.items():
        assert shown[key] == pytest.approx(value, abs=0.0051), key


@pytest.mark.parametrize("seed", range(3))
def test_shown_values_are_those_of_python_at_random_settings(page, seed):
    generator = np.random.default_rng(seed)
    figure = GRUUnit(
        keeps=("passé", "nouveau")[seed % 2], reset=("avant", "après")[seed % 2], step=int(3 + seed)
    )
    page.get_by_label(f"le {figure.keeps}", exact=True).check()
    page.get_by_label(figure.reset, exact=True).check()
    for name in generator.choice(WEIGHTS, size=4, replace=False):
        value = float(generator.integers(-16, 17)) * 0.25
        page.get_by_role("button", name=f"{name.replace('_', ' ').replace('k', 'h̃')},").click()
        page.locator(".rnn-row .rnn-slider input").fill(str(value))
        if name in ("b_hk", "b_o"):
            setattr(figure, {"b_hk": "recurrent_bias", "b_o": "output_bias"}[name], value)
        else:
            weights = np.array(figure.weights)
            weights["rzk".index(name[-1]), ["w_x", "w_h", "b_"].index(name[:-1])] = value
            figure.weights = weights
    page.get_by_label("Suite d’entrée").fill("0,5 -1 2 0 1 0")
    figure.sequence = "0,5 -1 2 0 1 0"
    page.get_by_role("slider", name="Pas t").fill(str(figure.step))
    assert_shows(page, figure)


def test_equations_follow_the_conventions(page):
    page.get_by_role("slider", name="Pas t").press("Home")
    expect(page.locator(".rnn-equation")).to_contain_text("l’unité n’a encore rien lu")
    page.get_by_role("button", name="Suivant").click()
    page.get_by_role("button", name="Suivant").click()
    figure = GRUUnit(step=2)
    values = {name: f"{value[1]:.2f}".replace(".", ",") for name, value in figure.values().items()}
    lines = page.locator(".rnn-equation p")
    expect(lines).to_have_count(4)
    expect(lines.nth(1)).to_contain_text(f"= {values['z']}")
    kept = f"{values['z']} × "
    expect(lines.nth(3)).to_contain_text(f"h2 = {kept}")
    page.get_by_label("le nouveau", exact=True).check()
    expect(lines.nth(3)).not_to_contain_text(f"h2 = {kept}")
    page.get_by_label("avant", exact=True).check()
    assert_shows(page, GRUUnit(step=2, keeps="nouveau", reset="avant"))


def test_wrong_sequence_is_explained_and_reset_brings_all_back(page):
    page.get_by_label("Suite d’entrée").fill("1 deux 3")
    expect(page.get_by_role("alert")).to_contain_text("« deux » n’est pas un nombre")
    page.get_by_label("le nouveau", exact=True).check()
    page.get_by_role("button", name="Réinitialiser").click()
    expect(page.get_by_role("alert")).to_be_empty()
    assert_shows(page, GRUUnit())
