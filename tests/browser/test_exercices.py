"""Le quiz et la progression dans un navigateur, depuis `file://` : clavier, annonces, état gardé, exporté."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import figure_tools
import pytest
import site_tools
from conftest import BOOK
from figure_tools import ROOT
from playwright.sync_api import Browser, Page, expect

from rnnbook_sphinx import feuilles


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return site_tools.build(site_tools.write(tmp_path_factory.mktemp("livre")))[0]


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """Une page d'un lecteur tout neuf ; échoue si un script du livre lève."""
    context = chromium.new_context(accept_downloads=True)
    opened = context.new_page()
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    yield opened
    context.close()
    assert not errors


def visit(page: Page, site: Path, name: str) -> None:
    page.goto((site / name).as_uri())


def answer(page: Page, number: int, *choices: int) -> None:
    """Choisit des réponses d'une question du quiz (à partir de 0) et vérifie."""
    question = page.locator(".rnn-question").nth(number)
    for choice in choices:
        question.locator("input").nth(choice).check()
    question.get_by_role("button", name="Vérifier").click()


def status(page: Page, number: int) -> str:
    return page.locator(".rnn-question").nth(number).get_by_role("status").inner_text()


def test_each_choice_is_explained_and_a_wrong_one_can_be_mended(page, site):
    visit(page, site, "essai.html")
    assert page.get_by_text("Voir les réponses expliquées").first.is_hidden()
    page.get_by_role("button", name="Vérifier").first.click()
    assert "Choisissez d’abord" in status(page, 0)
    answer(page, 0, 1)
    assert "Faux. C’est un de trop." in status(page, 0)
    assert "Un et un" not in status(page, 0)
    answer(page, 0, 0)
    assert status(page, 0) == "Juste. Un et un font deux."
    assert page.get_by_text("Voir les réponses expliquées").first.is_visible()


def test_a_multiple_choice_says_what_is_missing(page, site):
    visit(page, site, "essai.html")
    answer(page, 1, 0)
    assert "Il manque une réponse juste." in status(page, 1)
    answer(page, 1, 1, 2)
    text = status(page, 1)
    assert "Faux. Il reste un." in text
    assert "Juste. Deux fois deux." in text
    assert text.endswith("Décochez ce qui est faux.")
    assert "Il manque" not in text
    page.locator(".rnn-question").nth(1).locator("input").nth(1).uncheck()
    assert status(page, 1) == ""
    answer(page, 1)
    assert "Faux" not in status(page, 1)


def test_the_whole_title_of_a_solution_opens_it(page, site):
    visit(page, site, "essai.html")
    solution = page.locator(".solution.dropdown")
    title = solution.locator(".admonition-title")
    code = solution.get_by_text("secret = 2")
    assert code.is_hidden()
    title.click(position={"x": 120, "y": 8})  # au milieu des mots
    assert code.is_visible()
    title.click(position={"x": 4, "y": 8})
    assert code.is_hidden()


def test_the_quiz_works_with_the_keyboard_alone(page, site):
    visit(page, site, "essai.html")
    page.locator(".rnn-question").first.locator("input").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Vérifier"
    page.keyboard.press("Enter")
    assert "Juste." in status(page, 0)


def test_a_quiz_all_right_is_marked_done_and_the_index_knows(page, site):
    visit(page, site, "essai.html")
    done = page.get_by_label("Fait : Quiz")
    answer(page, 0, 0)
    answer(page, 1, 0, 2)
    assert not done.is_checked()
    answer(page, 2, 1)
    assert done.is_checked()
    page.get_by_label("Fait : Exercice 1.1 (Doubler)").check()
    visit(page, site, "exercices.html")
    assert page.get_by_text("2 faits sur 3 exercices et quiz.").is_visible()
    assert [box.is_checked() for box in page.locator("td input").all()] == [True, False, True]


def test_the_index_filters(page, site):
    visit(page, site, "exercices.html")
    rows = page.locator("tbody tr:visible")
    assert rows.count() == 3
    page.get_by_label("Genre").select_option("code")
    assert rows.count() == 1
    page.get_by_label("Genre").select_option("")
    page.get_by_label("Niveau").select_option("2")
    assert rows.count() == 1
    page.get_by_label("Niveau").select_option("")
    page.locator("td input").first.check()
    page.get_by_label("État").select_option("non")
    assert rows.count() == 2
    page.get_by_label("Niveau").select_option("1")
    assert page.locator(".rnn-groupe").is_hidden()


@pytest.mark.parametrize("width", [390, 360])
def test_the_index_fits_a_phone_and_its_boxes_a_finger(page, site, width):
    page.set_viewport_size({"width": width, "height": 800})
    visit(page, site, "exercices.html")
    for table in page.locator("table.rnn-exercices").all():
        assert table.bounding_box()["width"] <= table.locator("..").bounding_box()["width"] + 0.5
    for label in page.locator("td label").all():
        box = label.bounding_box()
        assert min(box["width"], box["height"]) >= 24


def test_progress_is_exported_erased_and_imported_back(page, site, tmp_path):
    visit(page, site, "exercices.html")
    page.locator("td input").nth(1).check()
    with page.expect_download() as download:
        page.get_by_role("button", name="Exporter").click()
    path = tmp_path / "progression.json"
    download.value.save_as(path)
    data = json.loads(path.read_text(encoding="utf-8"))
    assert data["version"] == 1
    assert list(data["faits"]) == ["cellule-4"]

    page.once("dialog", lambda dialog: dialog.dismiss())
    page.get_by_role("button", name="Effacer").click()
    assert page.locator("td input").nth(1).is_checked()
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Effacer").click()
    assert not page.locator("td input").nth(1).is_checked()
    page.reload()
    assert not page.locator("td input").nth(1).is_checked()

    page.locator("td input").nth(0).check()
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_text("Progression importée").wait_for()
    assert [box.is_checked() for box in page.locator("td input").all()] == [True, True, False]


@pytest.mark.parametrize(
    "content", ["", "[]", '{"version": 2, "faits": {}}', '{"version": 1, "faits": {"a": "<b>"}}', "null"]
)
def test_a_wrong_file_changes_nothing(page, site, tmp_path, content):
    visit(page, site, "exercices.html")
    page.locator("td input").nth(0).check()
    path = tmp_path / "autre.json"
    path.write_text(content, encoding="utf-8")
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_text("Rien n’a changé").wait_for()
    assert [box.is_checked() for box in page.locator("td input").all()] == [True, False, False]


def test_a_damaged_store_is_forgiven(page, site):
    visit(page, site, "exercices.html")
    page.evaluate("localStorage.setItem('rnnbook-progression', '{oups')")
    page.reload()
    assert page.get_by_text("0 fait sur 3 exercices et quiz.").is_visible()


def test_two_open_pages_agree(page, site):
    visit(page, site, "exercices.html")
    other = page.context.new_page()
    visit(other, site, "essai.html")
    other.get_by_label("Fait : Exercice 1.1").check()
    page.get_by_text("1 fait sur 3").wait_for()
    assert page.locator("td input").first.is_checked()


def test_without_script_the_answers_can_still_be_read(chromium, site):
    context = chromium.new_context(java_script_enabled=False)
    opened = context.new_page()
    visit(opened, site, "essai.html")
    assert opened.locator(".rnn-bouton:visible").count() == 0
    opened.get_by_text("Voir les réponses expliquées").first.click()
    assert opened.get_by_text("Un et un font deux.").is_visible()
    visit(opened, site, "exercices.html")
    assert opened.get_by_text("demande JavaScript").is_visible()
    assert opened.locator("tbody tr").count() == 3
    context.close()


def test_a_link_into_a_folded_solution_opens_it(page, site):
    visit(page, site, "essai.html")
    inside = page.locator(".solution [id^=contenu]").first
    assert inside.is_hidden()
    page.goto(f"{(site / 'essai.html').as_uri()}#{inside.get_attribute('id')}")
    expect(inside).to_be_visible()
    expect(inside).to_be_in_viewport()


def test_sheets_and_pages_give_the_same_numbers(tmp_path):
    if not (BOOK / "book").is_dir():
        figure_tools.missing(f"pas de livre dans {BOOK} : construisez-le avec `make livre`")
    numbers = {}
    for sheet in feuilles.write_sheets(sorted((ROOT / "book").glob("[0-9][0-9]-*.md")), tmp_path):
        page = BOOK / "book" / f"{sheet.stem.removesuffix('-exercices')}.html"
        numbers[page.stem] = re.findall(r'caption-number">Exercice (\d+) ', page.read_text(encoding="utf-8"))
        headings = re.findall(r"## Exercice (\d+)", sheet.read_text(encoding="utf-8"))
        assert headings == numbers[page.stem]
    assert len(numbers) == len(list((ROOT / "book").glob("[0-9][0-9]-*.md")))
