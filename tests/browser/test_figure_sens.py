"""*Deux sens* dans la page : états, moitiés et mots lus sont ceux que Python calcule."""

import numpy as np
import pytest
from playwright.sync_api import expect

from rnnbook.widgets import TwoWays
from rnnbook.widgets.two_ways import KEPT, read_words

LABELS = {key: label.replace("'", "’") for key, label in KEPT.items()}


@pytest.fixture
def page(visit, workshop):
    return visit(workshop, "sens.html").page


def number(text):
    return float(text.replace("\u2212", "-").replace(",", "."))


def pick(page, figure):
    page.get_by_label("Phrase", exact=True).fill(figure.sentence)
    page.get_by_label(LABELS[figure.kept], exact=True).check(force=True)
    page.get_by_role("slider", name="Pas t").fill(str(figure.shown()))


def assert_shows(page, figure):
    states, table = figure.states(), figure.seen()
    values = page.locator(".rnn-value").all()
    assert len(values) == states.size
    picked = set()
    for node in values:
        way, t = int(node.get_attribute("data-way")), int(node.get_attribute("data-word"))
        assert number(node.text_content()) == pytest.approx(states[t, way], abs=0.0051)
        if node.get_attribute("data-picked") == "true":
            picked.add((way, t))
    assert picked == set(figure.halves())
    marks = page.locator(".rnn-mark").all()
    shown = {(int(m.get_attribute("data-way")), int(m.get_attribute("data-word"))) for m in marks}
    assert shown == {(int(way), int(t)) for way, t in np.argwhere(table)}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kept", KEPT)
def test_page_shows_what_python_computes_at_random_settings(page, kept, seed):
    generator = np.random.default_rng(seed)
    pool = ["martin", "est", "parti", "hier", "avec", "ses", "vieilles", "clés", "à", "lyon"]
    words = generator.choice(pool, size=generator.integers(1, 8))
    figure = TwoWays(" ".join(words), kept=kept, step=int(generator.integers(1, 8)))
    pick(page, figure)
    assert_shows(page, figure)


def test_opening_state_is_that_of_python(page):
    assert_shows(page, TwoWays())
    page.get_by_role("button", name="Suivant").click()
    assert_shows(page, TwoWays(step=2))
    page.get_by_role("slider", name="Pas t").press("End")
    assert_shows(page, TwoWays(step=len(read_words(TwoWays().sentence))))
    expect(page.locator(".rnn-explain")).to_contain_text("la moitié arrière vient de commencer")
    expect(page.get_by_role("button", name="Suivant")).to_have_attribute("aria-disabled", "true")


def test_typed_sentence_is_read(page):
    page.get_by_label("Phrase", exact=True).press("Control+a")
    page.keyboard.type("martin fête son anniversaire")
    assert_shows(page, TwoWays("martin fête son anniversaire"))


def test_changing_the_last_word_moves_every_backward_state(page):
    def shown():
        nodes = page.locator(".rnn-value[data-way='1']").all_text_contents()
        return [number(text) for text in nodes]

    field = page.get_by_label("Phrase", exact=True)
    field.fill("un deux trois quatre")
    before = shown()
    field.fill("un deux trois q")
    assert all(a != b for a, b in zip(before, shown(), strict=True))


def test_wrong_sentence_is_explained_and_changes_nothing(page):
    field = page.get_by_label("Phrase", exact=True)
    field.fill("un deux trois quatre cinq six sept huit")
    expect(page.get_by_role("alert")).to_contain_text("8 mots, c’est trop")
    assert_shows(page, TwoWays())
    page.get_by_role("button", name="Réinitialiser").click()
    expect(field).to_have_value(TwoWays().sentence)


def test_arrows_choose_what_is_kept(page):
    page.get_by_label("output[t]", exact=True).press("ArrowRight")
    assert_shows(page, TwoWays(kept="h_n"))
    expect(page.locator(".rnn-explain")).to_contain_text("c’est le résumé de la phrase")


def test_boxes_fit_on_a_phone(visit, workshop):
    opened = visit(workshop, "sens.html", width=390)
    figure = TwoWays("éléphantesq martin perdra ses vieilles anciennes clés", kept="h_n")
    opened.page.get_by_label("Phrase", exact=True).fill(figure.sentence)
    opened.page.get_by_label("h_n", exact=True).check(force=True)
    assert_shows(opened.page, figure)
    assert opened.overflow() <= 0
    body = opened.page.locator(".rnn-body").bounding_box()
    for node in opened.page.locator(".rnn-scene rect, .rnn-scene .rnn-token").all():
        inner = node.bounding_box()
        assert body["x"] <= inner["x"] + 1
        assert inner["x"] + inner["width"] <= body["x"] + body["width"] + 1
