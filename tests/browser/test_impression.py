"""Sur le papier : ni barre ni bouton, rien de coupé, en clair, solutions ouvertes, réglages lisibles."""

from conftest import BOOK

# Un A4 moins 15 mm de marge de chaque côté, en pixels.
PAPER = 680

# Ce qui ne sert qu'à l'écran et reste visible. Les poids d'une figure sont des boutons, mais se lisent.
SHOWN = """() => [...document.querySelectorAll(`
  button:not(.rnn-cell), nav, header, footer, progress, select, input[type=range], input[type=search],
  details:not([open]), .headerlink
`)].filter((node) => node.checkVisibility({ visibilityProperty: true }))
  .filter((node) => node.getBoundingClientRect().width > 1)
  .map((node) => node.outerHTML.slice(0, 160))"""

# Ce qui dépasse la feuille, ou qu'une barre de défilement cache.
CUT = """() => [...document.querySelectorAll(".bd-article *")].filter((node) => {
  if (node.closest("svg *, mjx-container, .rnn-live, .rnn-invisible") || node.clientWidth < 2) return false;
  const hides = getComputedStyle(node).overflowX !== "visible" && node.scrollWidth > node.clientWidth + 1;
  return hides || node.getBoundingClientRect().right > document.documentElement.clientWidth + 1;
}).map((node) => node.outerHTML.slice(0, 160))"""


def test_page_prints_cleanly(visit, book_page):
    page = visit(BOOK, book_page, dark=True, width=PAPER).page
    page.evaluate("window.MathJax?.startup?.promise.then(() => true)")
    page.emulate_media(media="print")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.locator("html").get_attribute("data-theme") == "light"
    assert page.evaluate(SHOWN) == []
    assert page.evaluate(CUT) == []
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.locator("html").get_attribute("data-theme") == "dark"


def test_solutions_are_printed_and_chosen_settings_keep_their_colour(visit):
    page = visit(BOOK, "book/03-cellule.html", width=PAPER).page
    page.emulate_media(media="print")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    codes = page.locator(".solution .cell_input")
    assert codes.count() > 0
    assert all(code.is_visible() for code in codes.all())
    style = "node => getComputedStyle(node).printColorAdjust"
    assert page.locator(".rnn-choice input:checked + span").first.evaluate(style) == "exact"
