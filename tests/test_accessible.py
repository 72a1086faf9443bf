"""Ce que Sphinx et pandas écrivent devient lisible par un lecteur d'écran."""

import re

from rnnbook_sphinx.accessible import accessible


def test_references_are_items_of_their_list():
    body = '<div role="list"><div class="citation" role="doc-biblioentry">Cho</div></div>'
    assert accessible(body) == '<div role="list"><div class="citation" role="listitem">Cho</div></div>'


def test_pandas_table_has_no_empty_header_nor_style_of_its_own():
    body = (
        "<style scoped>\n  .dataframe td { color: red; }\n</style>\n"
        '<table border="1" class="dataframe"><tr><th></th><th>a</th></tr></table>'
    )
    assert accessible(body) == '<table class="dataframe"><tr><td></td><th>a</th></tr></table>'


def test_every_command_of_a_built_page_has_a_name(mini_book):
    for path in mini_book.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        for attributes, inside in re.findall(r"<button([^>]*)>(.*?)</button>", text, re.DOTALL):
            assert "aria-label=" in attributes or re.sub("<[^>]*>", "", inside).strip(), path.name


def test_content_of_a_built_page_has_landmarks(mini_book):
    text = (mini_book / "book" / "cellule.html").read_text(encoding="utf-8")
    assert '<nav class="bd-links bd-docs-nav" aria-label="Sommaire du livre">' in text
    assert '<main id="main-content"' in text
    assert text.count("<h1>") == 1
