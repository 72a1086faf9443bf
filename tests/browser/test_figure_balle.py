"""*La balle* dans la page : viser au clavier ou au doigt, révéler, et lire les erreurs que Python calcule."""

import numpy as np
import pytest
from playwright.sync_api import expect

from rnnbook.widgets import Ball
from rnnbook.widgets.ball import HALF


@pytest.fixture
def page(visit, workshop):
    return visit(workshop, "balle.html").page


def shown_errors(page):
    return [float(text.replace(",", ".")) for text in page.locator(".rnn-verdict td").all_text_contents()[:3]]


def reveal(page):
    page.get_by_role("button", name="Révéler").click()


def test_arrows_move_the_cross_and_reveal_gives_the_errors_of_python(page):
    field = page.get_by_role("application")
    field.focus()
    for key in ["ArrowRight"] * 4 + ["ArrowDown"] * 2 + ["Shift+ArrowUp"]:
        page.keyboard.press(key)
    assert "Votre croix : 0,70 ; 0,41." in field.get_attribute("aria-label")
    assert page.locator(".rnn-verdict td").all_text_contents() == ["?"] * 4
    page.get_by_role("button", name="Révéler").press("Enter")
    figure = Ball(guess=[0.7, 0.41])
    assert shown_errors(page) == pytest.approx(list(figure.errors().values()), abs=0.0051)


@pytest.mark.parametrize("width", [390, 1200])
@pytest.mark.parametrize("seed", range(3))
def test_touch_places_the_cross_at_random_settings(visit, workshop, seed, width):
    page = visit(workshop, "balle.html", width=width).page
    generator = np.random.default_rng(seed)
    figure = Ball(
        seed=1 + int(generator.integers(1, 4)),
        frames=int(generator.integers(1, 7)),
        noise=round(float(generator.integers(0, 11)) * 0.01, 2),
        guess=generator.uniform(-1.5, 1.5, 2),
    )
    for _ in range(figure.seed - 1):
        page.get_by_role("button", name="Nouveau lancer").click()
    page.get_by_role("slider", name="Images vues").fill(str(figure.frames))
    page.get_by_role("slider", name="Bruit").fill(str(figure.noise))
    field = page.get_by_role("application")
    box = field.bounding_box()
    x, y = ((1 + sign * value / HALF) / 2 for sign, value in zip((1, -1), figure.guess, strict=True))
    press = field.tap if width == 390 else field.click
    press(position={"x": x * box["width"], "y": y * box["height"]})
    reveal(page)
    # Un pixel du terrain vaut au plus 0,015.
    assert shown_errors(page) == pytest.approx(list(figure.errors().values()), abs=0.025)
    assert shown_errors(page)[1:] == pytest.approx(list(figure.errors().values())[1:], abs=0.0051)
    expect(field.locator("circle")).to_have_count(figure.frames)
    expect(field.locator(".rnn-truth")).to_have_count(1)


def test_answer_is_closed_once_revealed_and_a_new_throw_opens_it(page):
    field = page.get_by_role("application")
    reveal(page)
    field.press("ArrowRight")
    assert "Votre croix : 0,50 ; 0,50." in field.get_attribute("aria-label")
    assert "La balle est en" in field.get_attribute("aria-label")
    expect(page.get_by_role("button", name="Révéler")).to_have_attribute("aria-disabled", "true")
    page.get_by_role("button", name="Nouveau lancer").click()
    assert "Lancer n° 2, 1 image" in field.get_attribute("aria-label")
    assert "La balle est en" not in field.get_attribute("aria-label")


def test_means_are_kept_by_number_of_frames_until_reset(page):
    errors = {1: [], 3: []}
    for seed, frames in ((1, 1), (2, 1), (3, 3)):
        page.get_by_role("slider", name="Images vues").fill(str(frames))
        reveal(page)
        errors[frames].append(Ball(seed=seed, frames=frames).errors()["guess"])
        page.get_by_role("button", name="Nouveau lancer").click()
    mean = page.locator(".rnn-side .rnn-help")
    one, three = (f"{np.mean(values):.2f}".replace(".", ",") for values in errors.values())
    expect(mean).to_have_text(f"Vos erreurs moyennes : 1 image, {one} (2 fois) ; 3 images, {three} (1 fois).")
    page.get_by_role("button", name="Réinitialiser").click()
    expect(mean).to_have_text("Vos erreurs moyennes s’écriront ici.")


def test_cross_stops_at_the_edge(page):
    field = page.get_by_role("application")
    field.focus()
    for _ in range(55):
        page.keyboard.press("ArrowLeft")
    assert "Votre croix : −2,00 ; 0,50." in field.get_attribute("aria-label")
