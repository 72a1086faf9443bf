"""*Le déroulé* dans la page : ce qu'elle affiche est ce que Python calcule."""

import numpy as np
import pytest
from playwright.sync_api import expect

from rnnbook.widgets import Unrolled
from rnnbook.widgets.unrolled import parse_sequence


@pytest.fixture
def page(visit, workshop):
    return visit(workshop, "deroule.html").page


def number(text):
    return float(text.replace("\u2212", "-").replace(",", "."))


def shown_states(page):
    """Les états affichés : (pas, unité) → valeur."""
    values = page.locator(".rnn-value").all()
    keys = [(int(v.get_attribute("data-step")), int(v.get_attribute("data-unit"))) for v in values]
    return dict(zip(keys, [number(v.text_content()) for v in values], strict=True))


def assert_shows(page, figure):
    states = figure.states()
    last = min(figure.step, len(states) - 1)
    expected = {(t, i + 1): states[t, i] for t in range(last + 1) for i in range(states.shape[1])}
    shown = shown_states(page)
    assert shown.keys() == expected.keys()
    for key, value in expected.items():
        assert shown[key] == pytest.approx(value, abs=0.0051), key


@pytest.mark.parametrize("seed", range(4))
def test_shown_states_are_those_of_python_at_random_settings(page, seed):
    generator = np.random.default_rng(seed)
    figure = Unrolled()
    for name in generator.choice(figure.weight_names(), size=4, replace=False):
        value = round(float(generator.integers(-40, 41)) * 0.05, 2)
        kind, _, index = name[:-1].partition("[")
        position = [int(i) - 1 for i in index.split(",")] + ([0] if kind == "W_xh" else [])
        weights = np.array(getattr(figure, kind))
        weights[tuple(position)] = value
        setattr(figure, kind, weights)
        figure.selected = str(name)
        page.get_by_role("button", name=f"{name.replace('_', ' ')},").click()
        page.locator(".rnn-row .rnn-slider input").fill(str(value))
    length = int(generator.integers(1, 9))
    text = " ".join(str(round(float(x), 2)).replace(".", ",") for x in generator.normal(size=length))
    page.get_by_label("Suite d’entrée").fill(text)
    figure.sequence = text
    figure.step = int(generator.integers(0, length + 1))
    page.get_by_role("slider", name="Pas t").fill(str(figure.step))
    assert_shows(page, figure)


@pytest.mark.parametrize("text", ["bonjour", "Éloïse", "-1,5 2 0.25"])
def test_typed_sequences_are_computed(page, text):
    page.get_by_label("Suite d’entrée").press("Control+a")
    page.keyboard.type(text)
    assert_shows(page, Unrolled(text))
    inputs = [number(node) for node in page.locator(".rnn-input").all_text_contents()]
    assert inputs == pytest.approx([value for _, value in parse_sequence(text)], abs=0.0051)


def test_wrong_sequence_is_explained_and_changes_nothing(page):
    field = page.get_by_label("Suite d’entrée")
    field.fill("1 deux 3")
    expect(page.get_by_role("alert")).to_contain_text("« deux » n’est pas un nombre")
    expect(field).to_have_attribute("aria-invalid", "true")
    assert_shows(page, Unrolled())
    page.get_by_role("button", name="Réinitialiser").click()
    expect(field).to_have_value("1 0 0 0 0 0")
    expect(field).to_have_attribute("aria-invalid", "false")
    expect(page.get_by_role("alert")).to_be_empty()


def test_earlier_states_do_not_depend_on_later_inputs(page):
    before = shown_states(page)
    page.get_by_label("Suite d’entrée").fill("1 0 0 5 0 0")
    after = shown_states(page)
    assert {key for key in before if before[key] != after[key]} == {
        key for key in before if key[0] >= 4 and before[key] != after[key]
    }
    assert before[4, 1] != after[4, 1]


def test_steps_go_one_by_one(page):
    back, forth = page.get_by_role("button", name="Précédent"), page.get_by_role("button", name="Suivant")
    expect(forth).to_have_attribute("aria-disabled", "true")
    back.click()
    back.click()
    assert_shows(page, Unrolled(step=4))
    forth.press("Enter")
    assert_shows(page, Unrolled(step=5))
    slider = page.get_by_role("slider", name="Pas t")
    slider.press("Home")
    expect(slider).to_have_attribute("aria-valuetext", "0 sur 6")
    expect(page.locator(".rnn-equation")).to_have_text("h0 = 0 : le réseau n’a encore rien lu.")


def test_folded_view_keeps_the_state_of_the_step(visit, workshop):
    page = visit(workshop, "deroule.html", calm=False).page
    page.get_by_label("plié", exact=True).press("Space")
    expect(page.get_by_role("img", name="Réseau plié. État au pas 6 : 0,31 ; −0,65 ; −0,20.")).to_be_visible()
    faded = page.locator(".rnn-column[opacity='0']")
    expect(faded).to_have_count(6)
    expect(page.locator(".rnn-now")).to_have_attribute("opacity", "1")
    page.get_by_label("plié", exact=True).press("ArrowRight")
    expect(faded).to_have_count(0)


def test_equation_shows_the_numbers_of_the_chosen_unit(page):
    page.get_by_role("button", name="W hh[3,3],").click()
    page.get_by_role("slider", name="Pas t").press("Home")
    page.get_by_role("button", name="Suivant").click()
    expect(page.locator(".rnn-equation")).to_have_text(
        "h1[3] = tanh(1,00 × 1,00 + 0,00 × 0,00 + 0,00 × 0,00 + (−0,80) × 0,00 + 0,00) = 0,76"
    )
