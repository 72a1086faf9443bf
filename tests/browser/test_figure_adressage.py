"""*Adressage NTM* dans la page : ce qu'elle affiche est ce que Python calcule."""

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from rnnbook.widgets import Addressing


@pytest.fixture
def page(visit, workshop):
    return visit(workshop, "adressage.html").page


def shown(page, selector, *shape):
    """Les nombres affichés, dans l'ordre de la page, remis en tableau."""
    texts = page.locator(f".rnn-scene {selector}").all_text_contents()
    return np.array([float(t.replace("\u2212", "-").replace(",", ".")) for t in texts]).reshape(shape)


def assert_shows(page, figure):
    stages = np.stack(list(figure.weights().values()))
    np.testing.assert_allclose(shown(page, "[data-stage]", 5, 8), stages, rtol=0, atol=0.0051)
    for when, memory, read in zip(
        ("avant", "apres"), (figure.memory, figure.written()), figure.reads(), strict=True
    ):
        found = shown(page, f"[data-memory={when}]", 8, 4)
        np.testing.assert_allclose(found, memory, rtol=0, atol=0.0051)
        np.testing.assert_allclose(shown(page, f"[data-read={when}]", 4), read, rtol=0, atol=0.0051)


def slide(page, name, value):
    page.get_by_role("slider", name=name).fill(str(value))


def test_opening_state_is_that_of_python(page):
    assert_shows(page, Addressing())


@pytest.mark.parametrize("seed", range(3))
def test_shown_numbers_are_those_of_python_at_random_settings(page, seed):
    rng = np.random.default_rng(seed)
    settings = {
        "beta": float(rng.integers(0, 101)) / 2,
        "gate": round(float(rng.integers(0, 21)) * 0.05, 2),
        "previous": int(rng.integers(8)),
        "shift": round(float(rng.integers(-20, 21)) * 0.05, 2),
        "gamma": 1 + float(rng.integers(0, 39)) / 2,
    }
    names = ("netteté", "porte :", "case où était", "décalage :", "affûtage :")
    for name, value in zip(names, settings.values(), strict=True):
        slide(page, name, value)
    memory, i, j = np.array(Addressing().memory), int(rng.integers(8)), int(rng.integers(4))
    memory[i, j] = round(float(rng.integers(-10, 11)) / 10, 1)
    page.get_by_role("button", name=f"case {i}, composante {j + 1} :").click()
    page.get_by_role("slider", name=f"case {i}, composante").fill(str(memory[i, j]))
    assert_shows(page, Addressing(memory=memory, **settings))


def test_numbers_of_the_write_are_edited(page):
    page.get_by_role("button", name="effacement, composante 3 :").click()
    slide(page, "effacement, composante 3", 0.7)
    page.get_by_role("button", name="ajout, composante 4 :").click()
    slide(page, "ajout, composante 4", -0.4)
    assert_shows(page, Addressing(erase=[1, 1, 0.7, 0], add=[0.5, -0.5, 0, -0.4]))


def test_arrows_move_in_the_table_of_numbers(page):
    first = page.get_by_role("button", name="case 0, composante 1 :")
    first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    chosen = page.get_by_role("button", name="case 1, composante 2 :")
    expect(chosen).to_be_focused()
    expect(chosen).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".rnn-cell[tabindex='0']")).to_have_count(1)


def test_shift_forward_moves_the_head_to_the_next_slot(page):
    slide(page, "porte :", 0)
    slide(page, "décalage :", 1)
    expect(page.locator(".rnn-scene")).to_have_attribute("aria-label", re.compile("sur la case 3, 1,00"))
