"""*Portrait de phase* dans la page : réglages, départ au clavier et au doigt, nombres de Python."""

import numpy as np
import pytest
from playwright.sync_api import expect

from rnnbook.widgets import PhasePortrait


@pytest.fixture
def page(visit, workshop):
    return visit(workshop, "phase.html").page


def numbers(text):
    return [
        float(part.replace("−", "-").replace(",", ".")) for part in text.replace("\u00a0", " ").split(" ; ")
    ]


def assert_shows(page, figure):
    rows = page.locator(".rnn-verdict tbody tr")
    points = figure.points()
    expect(rows).to_have_count(len(points))
    expect(page.locator(".rnn-fixed")).to_have_count(len(points))
    for i, point in enumerate(points):
        kind = rows.nth(i).locator("th").text_content()
        state, radius = rows.nth(i).locator("td").all_text_contents()
        assert kind.endswith(point.kind)
        assert numbers(state) == pytest.approx(point.state.tolist(), abs=0.0051)
        assert numbers(radius) == pytest.approx([point.radius], abs=0.0051)
    end = page.locator(".rnn-arrival").text_content().split("(")[1].split(")")[0]
    assert numbers(end) == pytest.approx(figure.states()[-1].tolist(), abs=0.0051)


@pytest.mark.parametrize("seed", range(3))
def test_shown_numbers_are_those_of_python_at_random_settings(page, seed):
    generator = np.random.default_rng(seed)
    W = [[round(0.05 * int(generator.integers(-40, 41)), 2) for _ in range(2)] for _ in range(2)]
    b = [round(0.05 * int(generator.integers(-20, 21)), 2) for _ in range(2)]
    figure = PhasePortrait(W_hh=W, b_h=b, steps=int(generator.integers(1, 41)))
    sliders = page.get_by_role("slider")
    for i, value in enumerate([*W[0], *W[1], *b, figure.steps]):
        sliders.nth(i).fill(str(value))
    assert_shows(page, figure)


def test_arrows_move_the_start(page):
    plane = page.get_by_role("application")
    plane.focus()
    for key in ["ArrowLeft"] * 6 + ["ArrowDown"] * 3:
        page.keyboard.press(key)
    assert "Départ en (−0,10 ; 0,35)." in plane.get_attribute("aria-label")
    assert_shows(page, PhasePortrait(start=[-0.1, 0.35]))


@pytest.mark.parametrize("width", [390, 1200])
def test_touch_places_the_start(visit, workshop, width):
    page = visit(workshop, "phase.html", width=width).page
    plane = page.get_by_role("application")
    box = plane.bounding_box()
    press = plane.tap if width == 390 else plane.click
    press(position={"x": 0.25 * box["width"], "y": 0.75 * box["height"]})
    text = plane.get_attribute("aria-label").split("Départ en (")[1].split(")")[0]
    assert numbers(text) == pytest.approx([-0.55, -0.55], abs=0.02)


def test_preset_buttons_set_the_weights(page):
    page.get_by_role("button", name="Deux bits").click()
    assert_shows(page, PhasePortrait(W_hh=[[2, 0], [0, 2]]))
    expect(page.locator(".rnn-verdict tbody tr")).to_have_count(9)
