"""*La machine copie* dans la page : ce qu'elle affiche est ce que Python calcule."""

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from rnnbook.widgets import CopyMachine
from rnnbook.widgets.copy_machine import pattern


@pytest.fixture
def page(visit, workshop):
    return visit(workshop, "copie.html").page


def assert_shows(page, figure):
    played, length = figure.play(), len(figure.bits)
    nodes = page.locator(".rnn-scene [data-value]")
    shown = nodes.evaluate_all("list => list.map(node => Number(node.dataset.value))")
    expected = played.probabilities[length + 1 : figure._shown()].ravel()
    np.testing.assert_allclose(shown, expected, rtol=0, atol=1e-4)
    read, write = played.heads[figure._shown() - 1].argmax(axis=1)
    wrong = figure.wrong(played)
    expect(page.locator(".rnn-scene")).to_have_attribute(
        "aria-label",
        re.compile(
            f"écriture sur la case {write}, tête de lecture sur la case {read}. "
            f"Bits faux : {wrong.sum()} sur {wrong.size}"
        ),
    )


def test_opening_state_is_that_of_python(page):
    assert_shows(page, CopyMachine())


@pytest.mark.parametrize(("length", "slots", "step"), [(3, 32, 5), (20, 12, 41), (30, 64, 61), (1, 4, 1)])
def test_settings_change_the_computation(page, length, slots, step):
    page.get_by_role("slider", name="Vecteurs à copier").fill(str(length))
    page.get_by_role("slider", name="Cases de la mémoire").fill(str(slots))
    page.get_by_role("slider", name="Pas").fill(str(step))
    assert_shows(page, CopyMachine(bits=pattern(length), slots=slots, step=step))


def test_bits_are_edited_by_buttons(page):
    page.get_by_role("slider", name="Vecteur que l’on change").fill("3")
    bits = np.array(CopyMachine().bits)
    for j in (0, 5):
        page.get_by_role("button", name=f"bit {j + 1} :").click()
        bits[2, j] = 1 - bits[2, j]
    assert_shows(page, CopyMachine(bits=bits))


def test_sequence_is_drawn_with_the_pointer(page):
    page.get_by_role("button", name="Effacer").click()
    assert_shows(page, CopyMachine(bits=np.zeros((10, 8))))
    page.locator(".rnn-tape").scroll_into_view_if_needed()
    tape = page.locator(".rnn-tape").bounding_box()
    column, line = tape["width"] / 10, tape["height"] / 8
    page.mouse.move(tape["x"] + 2.5 * column, tape["y"] + 4.5 * line)
    page.mouse.down()
    page.mouse.move(tape["x"] + 5.5 * column, tape["y"] + 4.5 * line, steps=12)
    page.mouse.up()
    bits = np.zeros((10, 8))
    bits[2:6, 4] = 1
    assert_shows(page, CopyMachine(bits=bits))


def test_sequence_is_drawn_with_a_finger(visit, workshop):
    opened = visit(workshop, "copie.html", width=390)
    page = opened.page
    page.get_by_role("button", name="Effacer").tap()
    page.locator(".rnn-tape").scroll_into_view_if_needed()
    tape = page.locator(".rnn-tape").bounding_box()
    column, line = tape["width"] / 10, tape["height"] / 8
    places = [(tape["x"] + (i + 0.5) * column, tape["y"] + 6.5 * line) for i in np.linspace(1, 7, 25)]
    opened.drag_finger(*places)
    bits = np.zeros((10, 8))
    bits[1:8, 6] = 1
    assert_shows(page, CopyMachine(bits=bits))


def test_random_sequence_is_copied(page):
    page.get_by_role("button", name="Au hasard").click()
    expect(page.locator(".rnn-scene")).to_have_attribute("aria-label", re.compile("Bits faux : 0 sur 80"))
