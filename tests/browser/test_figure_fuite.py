"""*Le gradient qui fuit* dans la page : les nombres affichés sont ceux de `rnnbook.jacobians`."""

import numpy as np
import pytest
from playwright.sync_api import expect

from rnnbook.formats import scientific
from rnnbook.widgets import GradientLeak
from rnnbook.widgets.gradient_leak import SIGNALS

LABELS = {"tanh": "tanh", "relu": "ReLU", "linéaire": "linéaire"}


@pytest.fixture
def page(visit, workshop):
    return visit(workshop, "fuite.html").page


def written(value):
    return "0" if value == 0 else scientific(float(value))


def assert_shows(page, figure):
    expect(page.locator(".rnn-product")).to_have_text(written(figure.products()[0]))
    expect(page.locator(".rnn-bound")).to_have_text(written(figure.bound()[0]))
    expect(page.locator(".rnn-saturated")).to_have_text(f"{figure.saturated()} sur {figure.length}")
    expect(page.locator(".rnn-leak-cross")).to_have_count(figure.saturated())


@pytest.mark.parametrize("seed", range(6))
def test_shown_numbers_are_those_of_python_at_random_settings(page, seed):
    generator = np.random.default_rng(seed)
    figure = GradientLeak(
        w=round(float(generator.integers(-40, 41)) * 0.05, 2),
        activation=list(LABELS)[seed % 3],
        length=int(generator.integers(2, 61)),
        signal=list(SIGNALS)[int(generator.integers(3))],
        amplitude=round(float(generator.integers(0, 31)) * 0.1, 1),
    )
    page.get_by_role("slider", name="Poids récurrent w").fill(str(figure.w))
    page.get_by_label(LABELS[figure.activation], exact=True).check()
    page.get_by_role("slider", name="Longueur T").fill(str(figure.length))
    page.get_by_label(figure.signal, exact=True).check()
    page.get_by_role("slider", name="Amplitude de l’entrée").fill(str(figure.amplitude))
    assert_shows(page, figure)


def test_one_weight_two_fates(page):
    page.get_by_role("slider", name="Poids récurrent w").fill("1.5")
    expect(page.locator(".rnn-result")).to_contain_text("Le gradient s’évanouit.")
    page.get_by_role("slider", name="Amplitude de l’entrée").press("Home")
    expect(page.locator(".rnn-result")).to_contain_text("Le gradient explose.")
    assert_shows(page, GradientLeak(w=1.5, amplitude=0))


def test_dead_relu_is_drawn_apart(page):
    page.get_by_label("ReLU", exact=True).check()
    page.get_by_label("alternée", exact=True).check()
    expect(page.locator(".rnn-result")).to_contain_text("Plus rien ne passe.")
    dead = GradientLeak(activation="relu", signal="alternée")
    expect(page.locator(".rnn-leak-lost")).to_have_count(int(np.sum(dead.products() == 0)))
