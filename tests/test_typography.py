"""La prose des chapitres a ses espaces insécables."""

import re
from pathlib import Path

import pytest
from unidecode import unidecode

from rnnbook_sphinx.typography import NBSP, correct, prose

BOOK = Path(__file__).parents[1] / "book"


def test_prose_puts_non_breaking_spaces():
    assert prose("Quoi ? « Ceci » : 12 %.") == f"Quoi{NBSP}? «{NBSP}Ceci{NBSP}»{NBSP}: 12{NBSP}%."


def test_units_and_thousands_stay_together():
    assert prose("10 000 noms en 12 s, `x` s") == f"10{NBSP}000 noms en 12{NBSP}s, `x`{NBSP}s"
    assert prose("$w$ s'apprend en 3 saisons") == "$w$ s'apprend en 3 saisons"


def test_code_math_and_links_are_left_alone():
    line = "`a ? b : c`, $x : y$, [lien](a : b), https://exemple.org/a"
    assert prose(line) == line
    assert prose("voir `f` : ici") == f"voir `f`{NBSP}: ici"


def test_cells_and_formulas_are_left_alone_but_captions_are_not():
    cell = '```{code-cell} ipython3\n---\n  caption: "Voir : ici"\n---\nx = {1 : 2}\n```\n'
    text = cell + "$$\na : b\n$$\nAinsi :\n"
    assert correct(text) == text.replace("Voir :", f"Voir{NBSP}:").replace("Ainsi :", f"Ainsi{NBSP}:")


def test_comments_are_left_alone():
    assert correct("% diapo : La cellule ?\nAinsi :\n") == f"% diapo : La cellule ?\nAinsi{NBSP}:\n"


@pytest.mark.parametrize("path", sorted(BOOK.glob("*.md")), ids=lambda p: p.stem)
def test_chapter_is_already_correct(path):
    text = path.read_text(encoding="utf-8")
    wrong = [
        before
        for before, after in zip(text.split("\n"), correct(text).split("\n"), strict=True)
        if before != after
    ]
    assert not wrong, f"lancez `python -m rnnbook_sphinx.typography {path.name}` : {wrong[:3]}"


def test_the_glossary_is_in_alphabetical_order():
    """Sphinx rangerait les lettres accentuées après z."""
    text = (BOOK / "glossaire.md").read_text(encoding="utf-8")
    terms = re.findall(r"^(\S.*)\n  \S", text, re.MULTILINE)
    assert len(terms) > 100
    assert terms == sorted(terms, key=lambda term: unidecode(term).lower())
