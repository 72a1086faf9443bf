"""Les textes que des scripts ajoutent à la page sont en français, comme ceux que la construction écrit."""

import re

from conftest import BOOK

ENGLISH = re.compile(
    r"\b(the|toggle|hidden|show|hide|copy|copied|next|previous|search|launch|settings|open|back|click|download"
    r"|loading|skip|your|with|results?)\b",
    re.IGNORECASE,
)

# Noms et textes des commandes, où qu'elles soient, et de tout ce qui entoure l'article.
COLLECT = """() => {
  const texts = [];
  for (const node of document.querySelectorAll("body *")) {
    const command = node.closest("button, summary, .headerlink, [role=tooltip]");
    if (!command && node.closest("article, #search-results, nav")) continue;
    for (const name of ["aria-label", "title", "placeholder", "alt", "data-tooltip"]) {
      texts.push(node.getAttribute(name) ?? "");
    }
    texts.push(node.dataset.bsOriginalTitle ?? "");
    if (!node.matches("script, style, noscript") && !node.children.length) texts.push(node.textContent);
  }
  return texts;
}"""


def test_interface_has_no_english_word(visit, book_page):
    texts = visit(BOOK, book_page).page.evaluate(COLLECT)
    assert any("Chercher" in text for text in texts)
    assert sorted({text for text in texts if ENGLISH.search(text)}) == []
