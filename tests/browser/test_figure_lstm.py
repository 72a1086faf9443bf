"""*La cellule LSTM* dans la page : ce qu'elle affiche est ce que Python calcule."""

import numpy as np
import pytest
from playwright.sync_api import expect

from rnnbook.widgets import LSTMUnit
from rnnbook.widgets.lstm_unit import ROWS

GATES = {"input_gate": "Porte d’entrée", "forget_gate": "Porte d’oubli", "output_gate": "Porte de sortie"}


@pytest.fixture
def page(visit, workshop):
    return visit(workshop, "lstm.html").page


def number(text):
    return float(text.replace("\u2212", "-").replace(",", "."))


def assert_shows(page, figure):
    values = figure.values()
    last = min(figure.step, len(values["c"]))
    expected = {(name, t + 1): values[name][t] for name in ROWS for t in range(last)}
    nodes = page.locator(".rnn-value").all()
    shown = {
        (node.get_attribute("data-row"), int(node.get_attribute("data-step"))): number(node.text_content())
        for node in nodes
    }
    assert shown.keys() == expected.keys()
    for key, value in expected.items():
        assert shown[key] == pytest.approx(value, abs=0.0051), key


@pytest.mark.parametrize("seed", range(4))
def test_shown_values_are_those_of_python_at_random_settings(page, seed):
    generator = np.random.default_rng(seed)
    figure = LSTMUnit()
    for name in generator.choice(["w_xi", "w_hi", "b_f", "w_hf", "w_xg", "w_hg", "b_o", "w_ho"], 3, False):
        value = float(generator.integers(-20, 21)) * 0.5
        row, column = "ifgo".index(name[-1]), ["w_x", "w_h", "b_"].index(name[:-1])
        weights = np.array(figure.weights)
        weights[row, column] = value
        figure.weights = weights
        page.get_by_role("button", name=f"{str(name).replace('_', ' ')},").click()
        page.locator(".rnn-row .rnn-slider input").fill(str(value))
    for trait, label in GATES.items():
        state = str(generator.choice(["libre", "ouverte", "fermée"]))
        setattr(figure, trait, state)
        page.get_by_role("group", name=label).get_by_label(state).check(force=True)
    length = int(generator.integers(1, 9))
    text = " ".join(str(round(float(x), 2)).replace(".", ",") for x in generator.normal(size=length))
    page.get_by_label("Suite d’entrée").fill(text)
    figure.sequence = text
    figure.step = int(generator.integers(0, length + 1))
    page.get_by_role("slider", name="Pas t").fill(str(figure.step))
    assert_shows(page, figure)


def test_typed_word_is_computed(page):
    page.get_by_label("Suite d’entrée").press("Control+a")
    page.keyboard.type("bonjour")
    assert_shows(page, LSTMUnit("bonjour"))


def test_gates_move_by_keyboard(page):
    page.get_by_role("group", name="Porte de sortie").get_by_label("libre").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert_shows(page, LSTMUnit(output_gate="fermée"))
    expect(page.locator("[data-row=h][data-step='8']")).to_have_text("0,00")


def test_forced_gate_says_that_its_weights_do_nothing(page):
    page.get_by_role("group", name="Porte d’oubli").get_by_label("ouverte").check(force=True)
    expect(page.locator(".rnn-role")).to_contain_text("sans effet : porte forcée")


def test_equation_shows_the_numbers_of_the_step(page):
    page.get_by_role("slider", name="Pas t").fill("2")
    expect(page.locator(".rnn-equation")).to_have_text(
        "f2 c1 + i2 g2 = 0,95 × 0,95 + 0,05 × 0,54 : c2 = 0,93. "
        "o2 tanh(c2) = 0,95 × 0,73 : h2 = 0,69. "
        "De la cellule du pas 1, les portes d’oubli ont laissé la part 0,95."
    )


def test_wrong_sequence_is_explained_and_changes_nothing(page):
    page.get_by_label("Suite d’entrée").fill("1 deux 3")
    expect(page.get_by_role("alert")).to_contain_text("« deux » n’est pas un nombre")
    assert_shows(page, LSTMUnit())
