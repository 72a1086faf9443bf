"""Ce que toute figure doit au lecteur : clavier, petit écran, clair et sombre, ni réseau ni JavaScript."""

import pytest
from playwright.sync_api import expect

from rnnbook.widgets import FIGURES

every_figure = pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.module)


@every_figure
@pytest.mark.parametrize("scheme", ["http", "file"])
def test_figure_comes_alive_without_a_network(visit, workshop, figure, scheme):
    opened = visit(workshop, f"{figure.module}.html", scheme=scheme)
    expect(opened.page.locator(".rnn-figure[data-ready]")).to_have_count(1)
    assert opened.problems == []
    scripts = [url for url in opened.requests if "/rnnbook/figures/" in url]
    assert any(f"/{figure.module}.js" in url for url in scripts)


@every_figure
@pytest.mark.parametrize("dark", [False, True], ids=["clair", "sombre"])
@pytest.mark.parametrize("width", [390, 600, 1200])
def test_figure_is_accessible(visit, workshop, figure, dark, width):
    opened = visit(workshop, f"{figure.module}.html", dark=dark, width=width)
    opened.page.locator(".rnn-figure[data-ready]").wait_for()
    assert opened.page.locator("html").get_attribute("data-theme") == ("dark" if dark else "light")
    assert opened.violations(".rnn-figure") == []
    assert opened.overflow() <= 0
    # Rien ne sort de la figure elle-même, où un débordement resterait caché.
    inside = "node => node.scrollWidth - node.clientWidth"
    boxes = "[...document.querySelectorAll('.rnn-figure, .rnn-body')]"
    assert opened.page.evaluate(f"Math.max(...{boxes}.map({inside}))") <= 0


@every_figure
def test_every_slider_moves_by_keyboard_and_says_its_value(visit, workshop, figure):
    page = visit(workshop, f"{figure.module}.html").page
    sliders = page.get_by_role("slider")
    assert sliders.count() > 0
    for i in range(sliders.count()):
        slider = sliders.nth(i)
        before = slider.get_attribute("aria-valuetext")
        at_end = float(slider.input_value()) >= float(slider.get_attribute("max"))
        slider.focus()
        page.keyboard.press("ArrowLeft" if at_end else "ArrowRight")
        expect(slider).not_to_have_attribute("aria-valuetext", before)
        expect(slider.locator("xpath=../output")).to_have_text(slider.get_attribute("aria-valuetext"))


@every_figure
def test_tab_reaches_every_control_and_reset_restores_them(visit, workshop, figure):
    page = visit(workshop, f"{figure.module}.html").page
    shown = page.locator(".rnn-body")
    opening = shown.inner_text()
    slider = page.get_by_role("slider").first
    slider.focus()
    page.keyboard.press("Home")
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    reset = page.get_by_role("button", name="Réinitialiser")
    for _ in range(60):
        page.keyboard.press("Tab")
        if reset.evaluate("node => node === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(reset).to_be_focused()
    assert shown.inner_text() == opening


@every_figure
def test_figure_says_what_to_try_and_announces_changes(visit, workshop, figure):
    page = visit(workshop, f"{figure.module}.html").page
    expect(page.locator(".rnn-hint")).to_contain_text("À essayer :")
    slider = page.get_by_role("slider").first
    slider.focus()
    live = page.locator(".rnn-live")
    expect(live).to_be_empty()
    at_end = float(slider.input_value()) >= float(slider.get_attribute("max"))
    page.keyboard.press("Home" if at_end else "End")
    expect(live).not_to_be_empty()
    first = live.text_content()
    page.keyboard.press("End" if at_end else "Home")
    expect(live).not_to_have_text(first)


@every_figure
def test_touch_targets_are_large_enough(visit, workshop, figure):
    page = visit(workshop, f"{figure.module}.html", width=390).page
    page.locator(".rnn-figure[data-ready]").wait_for()
    sizes = page.evaluate(
        "[...document.querySelectorAll('.rnn-figure :is(button, input)')].map(node => {"
        " const box = node.getBoundingClientRect(); return [node.outerHTML, box.width, box.height]; })"
    )
    assert sizes
    assert [size for size in sizes if min(size[1:]) < 32] == []


@every_figure
def test_sliders_follow_a_finger(visit, workshop, figure):
    opened = visit(workshop, f"{figure.module}.html", width=390)
    slider = opened.page.get_by_role("slider").first
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    height = box["y"] + box["height"] / 2
    left, right = (box["x"] + part * box["width"] for part in (0.06, 0.94))
    opened.drag_finger(*[(left + step / 6 * (right - left), height) for step in range(7)])
    low, high = (float(slider.get_attribute(name)) for name in ("min", "max"))
    assert float(slider.input_value()) > high - 0.15 * (high - low)
    said = slider.get_attribute("aria-valuetext")
    opened.drag_finger(*[(right + step / 6 * (left - right), height) for step in range(7)])
    assert float(slider.input_value()) < low + 0.15 * (high - low)
    expect(slider).not_to_have_attribute("aria-valuetext", said)


@every_figure
def test_without_javascript_the_still_image_stays(chromium, serve, workshop, figure):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{serve(workshop)}/{figure.module}.html")
    expect(page.locator(".rnn-figure > svg")).to_be_visible()
    assert page.locator(".rnn-figure > svg").get_attribute("aria-label") == figure().describe()
    expect(page.locator(".rnn-figure noscript p")).to_be_visible()
    context.close()


def test_theme_adds_no_frame_in_dark_mode(visit, workshop):
    boxes = [
        visit(workshop, "toutes.html", dark=dark).page.locator(".rnn-figure[data-ready]").first.bounding_box()
        for dark in (False, True)
    ]
    assert boxes[0]["width"] == boxes[1]["width"]


def test_all_figures_share_one_page(visit, workshop):
    opened = visit(workshop, "toutes.html")
    expect(opened.page.locator(".rnn-figure[data-ready]")).to_have_count(len(FIGURES))
    ids = opened.page.evaluate("[...document.querySelectorAll('.rnn-figure [id]')].map(node => node.id)")
    assert len(ids) == len(set(ids))
    assert opened.problems == []
