"""*Prévoir* dans la page : les erreurs affichées sont celles que Python calcule."""

import numpy as np
import pytest
from playwright.sync_api import expect

from rnnbook.widgets import Forecasting
from rnnbook.widgets.forecasting import MODELS

LABELS = ["régression", "GRU d’un pas", "GRU en boucle"]


@pytest.fixture
def page(visit, workshop):
    return visit(workshop, "prevoir.html").page


def shown_errors(page):
    return [float(text.replace(",", ".")) for text in page.locator(".rnn-verdict td").all_text_contents()]


@pytest.mark.parametrize("seed", range(3))
def test_shown_errors_are_those_of_python_at_random_settings(page, seed):
    generator = np.random.default_rng(seed)
    figure = Forecasting(
        seed=int(generator.integers(0, 31)),
        noise=round(0.02 * int(generator.integers(0, 16)), 2),
        model=list(MODELS)[seed],
        forced=bool(seed % 2),
        steps=int(generator.integers(2, 11)),
    )
    page.get_by_role("slider", name="Série").fill(str(figure.seed))
    page.get_by_role("slider", name="bruit").fill(str(figure.noise))
    page.get_by_label(LABELS[seed], exact=True).check()
    page.get_by_label("la vraie valeur" if figure.forced else "sa prévision", exact=True).check()
    page.get_by_role("slider", name="Pas prévus").fill(str(figure.steps))
    assert shown_errors(page) == pytest.approx(figure.errors(), abs=5.1e-5)
    expect(page.locator(".rnn-step-guess")).to_have_count(figure.steps)


def test_next_adds_one_step_and_stops_at_ten(page):
    page.get_by_role("slider", name="Pas prévus").fill("9")
    page.get_by_role("button", name="Suivant").click()
    expect(page.locator(".rnn-step-guess")).to_have_count(10)
    expect(page.get_by_role("button", name="Suivant")).to_have_attribute("aria-disabled", "true")
    assert "Erreur sur 10 pas" in page.locator(".rnn-scene").get_attribute("aria-label")
