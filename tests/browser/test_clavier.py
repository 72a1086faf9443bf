"""Le livre au clavier : on atteint tout, on voit où l'on est, et chaque commande répond."""

from conftest import BOOK
from playwright.sync_api import expect

CHAPTER = "book/03-cellule.html"

# Donne le focus à chaque élément qui le prend et renvoie ceux que rien ne signale à l'œil. Le bouton radio
# d'une figure est transparent : c'est l'étiquette peinte derrière lui qui le montre.
UNMARKED = """() => {
  const unmarked = [];
  for (const node of document.querySelectorAll("a[href], button, input, select, summary, [tabindex='0']")) {
    if (!node.checkVisibility({ visibilityProperty: true }) || node.tabIndex < 0 || node.disabled) continue;
    node.blur();
    const before = getComputedStyle(node).boxShadow;
    node.focus();
    if (!node.matches(":focus-visible")) unmarked.push(`sans focus : ${node.outerHTML.slice(0, 120)}`);
    const painted = node.closest(".rnn-choice") ? node.nextElementSibling : node;
    const style = getComputedStyle(painted);
    const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
    const shadow = style.boxShadow !== "none" && style.boxShadow !== before;
    if (!ring && !shadow) unmarked.push(node.outerHTML.slice(0, 120));
  }
  return unmarked;
}"""


def test_focus_is_always_visible(visit, book_page):
    page = visit(BOOK, book_page).page
    page.keyboard.press("Tab")
    assert page.evaluate(UNMARKED) == []


def test_first_key_skips_to_the_text_and_tab_goes_through_to_the_end(visit):
    page = visit(BOOK, CHAPTER).page
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Passer au contenu principal")
    expect(skip).to_be_focused()
    assert skip.bounding_box()["y"] >= 0
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('#main-content') !== null")
    last = page.locator("a[href]:visible, button:visible").last
    for _ in range(400):
        if last.evaluate("node => node === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError("le focus n'arrive pas à la fin de la page")


def test_solutions_open_and_close(visit):
    page = visit(BOOK, CHAPTER).page
    solution = page.locator(".solution").first
    code = solution.locator(".cell_input").first
    expect(code).to_be_hidden()
    toggle = solution.get_by_role("button", name="Afficher ou masquer : Solution de l’exercice")
    toggle.focus()
    page.keyboard.press("Enter")
    expect(code).to_be_visible()
    expect(toggle).to_have_attribute("aria-expanded", "true")
    expect(toggle).to_be_focused()
    page.keyboard.press("Space")
    expect(code).to_be_hidden()


def test_menus_and_panels_open_and_give_the_focus_back(visit):
    page = visit(BOOK, CHAPTER).page
    menu = page.get_by_role("button", name="Téléchargez cette page")
    menu.focus()
    page.keyboard.press("Enter")
    expect(menu).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.closest('.dropdown-menu') !== null")
    page.keyboard.press("Escape")
    expect(menu).to_be_focused()
    page.keyboard.press("Control+k")
    field = page.get_by_role("searchbox", name="Chercher dans le livre")
    expect(field.last).to_be_focused()
    page.keyboard.press("Escape")
    expect(field.last).to_be_hidden()


def test_contents_open_on_a_phone(visit):
    page = visit(BOOK, CHAPTER, width=390).page
    page.get_by_role("button", name="Afficher ou masquer le sommaire").focus()
    page.keyboard.press("Enter")
    link = page.get_by_role("navigation", name="Sommaire du livre").get_by_role("link").first
    expect(link).to_be_in_viewport()
    page.keyboard.press("Escape")
    expect(link).not_to_be_in_viewport()


def test_search_finds_a_chapter(visit):
    page = visit(BOOK, "search.html", scheme="file").page
    page.keyboard.type("rétropropagation")
    page.keyboard.press("Enter")
    expect(
        page.locator("#search-results").get_by_role("link", name="5. Rétropropagation").first
    ).to_be_visible()
