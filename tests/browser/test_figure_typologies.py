"""*Typologies* dans la page : ce qui sort et ce dont chaque sortie dépend sont ce que Python calcule."""

import numpy as np
import pytest
from playwright.sync_api import expect

from rnnbook.widgets import Typologies
from rnnbook.widgets.typologies import KINDS


@pytest.fixture
def page(visit, workshop):
    return visit(workshop, "typologies.html").page


def pick(page, figure):
    """Règle la page comme la figure."""
    page.get_by_label(KINDS[figure.kind], exact=True).check(force=True)
    if figure.kind == "one_to_many":
        page.get_by_role("slider", name="Chiffre lu").fill(str(figure.digit))
    else:
        page.get_by_label("Mot lu").fill(figure.word)
    if figure.kind == "delayed":
        page.get_by_role("slider", name="Retard").fill(str(figure.delay))
    page.get_by_role("slider", name="Pas").fill(str(figure.shown()))


def assert_shows(page, figure):
    line, table, shown = figure.timeline(), figure.dependencies(), figure.shown()
    rows = [i for i, output in enumerate(line.outputs) if output.step <= shown]
    out = " ".join(figure.answers()[i] for i in rows) or "rien"
    entered = " ".join(line.inputs[:shown]) or "rien"
    expect(page.locator(".rnn-scene")).to_have_attribute("aria-label", f"Entré : {entered}. Sorti : {out}.")
    marks = page.locator(".rnn-dep").all()
    seen = {(int(m.get_attribute("data-output")), int(m.get_attribute("data-input"))) for m in marks}
    assert seen == {(i, int(j)) for i in rows for j in np.flatnonzero(table[i])}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", KINDS)
def test_page_shows_what_python_computes_at_random_settings(page, kind, seed):
    generator = np.random.default_rng(seed)
    figure = Typologies(
        kind=kind,
        word="".join(generator.choice(list("abeilmnosu"), size=generator.integers(1, 7))),
        digit=int(generator.integers(10)),
        delay=int(generator.integers(4)),
    )
    figure.step = int(generator.integers(figure.timeline().steps + 1))
    pick(page, figure)
    assert_shows(page, figure)


def test_typed_word_is_read(page):
    page.get_by_label("Mot lu").press("Control+a")
    page.keyboard.type("Éclair")
    assert_shows(page, Typologies(word="Éclair"))
    expect(page.locator(".rnn-explain")).to_have_text(
        "Pas 6 sur 6. Entre « r » ; sort « 3 ». Cette sortie peut dépendre de 6 entrées sur 6 : e c l a i r."
    )


def test_wrong_word_is_explained_and_changes_nothing(page):
    field = page.get_by_label("Mot lu")
    field.fill("mot!")
    expect(page.get_by_role("alert")).to_contain_text("« ! » n’est pas une lettre")
    assert_shows(page, Typologies())
    page.get_by_role("button", name="Réinitialiser").click()
    expect(field).to_have_value("bateau")


def test_delay_opens_the_answers(page):
    figure = Typologies(kind="delayed", delay=0)
    pick(page, figure)
    expect(page.locator(".rnn-explain")).to_contain_text("augmentez le retard")
    page.get_by_role("slider", name="Retard").press("ArrowRight")
    assert_shows(page, Typologies(kind="delayed", delay=1, step=6))


def test_arrows_change_the_typology_and_steps_go_one_by_one(page):
    page.get_by_label("plusieurs vers un", exact=True).press("ArrowRight")
    expect(page.get_by_role("slider", name="Chiffre lu")).to_be_visible()
    expect(page.get_by_label("Mot lu")).to_have_count(0)
    for _ in range(3):
        page.get_by_role("button", name="Précédent").click()
    figure = Typologies(kind="one_to_many", step=5)
    assert_shows(page, figure)
    page.get_by_role("button", name="Suivant").press("Enter")
    figure.step = 6
    assert_shows(page, figure)


def test_steps_fit_on_a_phone(visit, workshop):
    opened = visit(workshop, "typologies.html", width=390)
    for kind in KINDS:
        figure = Typologies(kind=kind, word="uelaby", delay=3)
        pick(opened.page, figure)
        assert_shows(opened.page, figure)
        assert opened.overflow() <= 0
        box = opened.page.locator(".rnn-body").bounding_box()
        for tile in opened.page.locator(".rnn-scene rect, .rnn-map rect").all():
            inner = tile.bounding_box()
            assert box["x"] <= inner["x"] + 0.5
            assert inner["x"] + inner["width"] <= box["x"] + box["width"] + 0.5
