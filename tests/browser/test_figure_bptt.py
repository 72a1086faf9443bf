"""*BPTT pas à pas* dans la page : les états et les contributions affichés sont ceux de `rnnbook.bptt`."""

import numpy as np
import pytest
from playwright.sync_api import expect

from rnnbook.widgets import Backpropagation


@pytest.fixture
def page(visit, workshop):
    return visit(workshop, "bptt.html").page


def number(text):
    return float(text.replace("\u2212", "-").replace(",", "."))


def assert_shows(page, figure):
    states, kept = figure.trace().states.h[:, 0, 0], figure.kept()
    T, first = len(kept), figure.first_undone()
    shown = {
        int(v.get_attribute("data-step")): number(v.text_content()) for v in page.locator(".rnn-value").all()
    }
    assert shown == pytest.approx({t: states[t] for t in range(min(figure.step, T) + 1)}, abs=0.0051)
    parts = {
        int(v.get_attribute("data-use")): number(v.text_content()) for v in page.locator(".rnn-part").all()
    }
    expected = {k: kept[:, k - 1].sum() for k in range(first, T + 1)}
    assert parts == pytest.approx(expected, abs=0.00051)
    if expected:
        total = number(page.locator(".rnn-total").text_content())
        assert total == pytest.approx(sum(expected.values()), abs=0.00051)


@pytest.mark.parametrize("seed", range(4))
def test_shown_numbers_are_those_of_python_at_random_settings(page, seed):
    generator = np.random.default_rng(seed)
    length = int(generator.integers(2, 9))
    text = " ".join(str(round(float(x), 2)).replace(".", ",") for x in generator.normal(size=length))
    figure = Backpropagation(sequence=text, final=bool(seed % 2))
    page.get_by_label("Suite d’entrée").fill(text)
    page.get_by_label("au dernier pas" if figure.final else "à chaque pas", exact=True).check()
    for name, label, limit in (
        ("w", "Poids récurrent w", 40),
        ("h_0", "État initial h0", 20),
        ("target", "Cible y", 20),
    ):
        value = round(float(generator.integers(-limit, limit + 1)) * 0.05, 2)
        setattr(figure, name, value)
        page.get_by_role("slider", name=label).fill(str(value))
    figure.truncation = int(generator.integers(1, length + 1))
    page.get_by_role("slider", name="Troncature").fill(str(figure.truncation))
    for step in (length, int(generator.integers(length + 1, 2 * length)), 2 * length):
        figure.step = step
        page.get_by_role("slider", name="Étape").fill(str(step))
        assert_shows(page, figure)


def test_forward_then_backward_one_step_at_a_time(page):
    page.get_by_role("slider", name="Étape").press("Home")
    expect(page.locator(".rnn-equation")).to_have_text("h0 = 0,50 : le réseau n’a encore rien lu.")
    expect(page.locator(".rnn-result")).to_contain_text("rien encore")
    forth = page.get_by_role("button", name="Suivant")
    for step in range(1, 13):
        forth.click()
        assert_shows(page, Backpropagation(step=step))
    expect(page.locator(".rnn-result")).to_contain_text("Le compte y est.")
    expect(forth).to_have_attribute("aria-disabled", "true")


def test_cutting_loses_contributions_and_says_the_gap(page):
    exact, cut = Backpropagation().gradient(), Backpropagation().gradient(truncation=2)
    expect(page.locator(".rnn-lost")).to_have_count(0)
    page.get_by_role("slider", name="Troncature").fill("2")
    expect(page.locator(".rnn-lost")).to_have_count(4)
    expect(page.locator(".rnn-cut")).to_have_count(2)
    gap = f"{cut - exact:.3f}".replace("-", "\u2212").replace(".", ",")
    expect(page.locator(".rnn-result")).to_contain_text(f"Écart dû aux tranches de 2 : {gap}.")
    page.get_by_role("slider", name="Étape").fill("9")
    expect(page.locator(".rnn-equation")).to_contain_text("la tranche suivante ne transmet rien")


def test_first_use_counts_only_when_the_network_starts_from_something(page):
    first = page.locator(".rnn-part[data-use='1']")
    expect(first).not_to_have_text("0,000")
    page.get_by_role("slider", name="État initial h0").fill("0")
    expect(first).to_have_text("0,000")


def test_wrong_sequence_is_explained_and_changes_nothing(page):
    page.get_by_label("Suite d’entrée").fill("1 deux")
    expect(page.get_by_role("alert")).to_contain_text("« deux » n’est pas un nombre")
    assert_shows(page, Backpropagation())
