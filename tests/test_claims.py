"""La directive `{affirmations}` : ce qu'elle trouve, ce qu'elle affiche, ce qu'elle refuse."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

from rnnbook_sphinx import claims, notebooks

ROOT = Path(__file__).parents[1]
CHAPTERS = [page for page in notebooks.chapters(ROOT) if page.stem[0].isdigit()]

PAGE = """---
jupytext:
  text_representation:
    format_name: myst
kernelspec:
  language: python
  name: python3
  display_name: Python 3
---

# Page

```{{code-cell}} ipython3
x = 1
```

```{{code-cell}} ipython3
{code}
```

```{{affirmations}}
```
"""


def test_only_cells_that_begin_with_the_comment_count() -> None:
    cells = [
        new_markdown_cell("# Vérifie : du texte."),
        new_code_cell("# Vérifie : un vaut un.\nassert 1 == 1"),
        new_code_cell("x = 1\n# Vérifie : trop tard.\nassert x"),
        new_code_cell("# Vérifie\u00a0: deux est pair.\nassert 2 % 2 == 0"),
    ]
    found = claims.of_notebook(new_notebook(cells=cells))
    assert [(claim.text, claim.index) for claim in found] == [("un vaut un.", 1), ("deux est pair.", 3)]


def test_a_long_claim_continues_on_the_next_comment_lines() -> None:
    cell = new_code_cell("# Vérifie : une phrase trop longue\n# pour une ligne.\nassert True\n# autre")
    (claim,) = claims.of_notebook(new_notebook(cells=[cell]))
    assert claim.text == "une phrase trop longue pour une ligne."


@pytest.mark.parametrize(
    ("code", "asserted"),
    [
        ("assert x", True),
        ("for i in x:\n    assert i", True),
        ("np.testing.assert_allclose(x, y)", True),
        ("print(x == y)", False),
        ("asserted = True", False),
    ],
)
def test_a_claim_needs_an_assertion(code: str, asserted: bool) -> None:
    notebook = new_notebook(cells=[new_code_cell(f"# Vérifie : oui.\n{code}")])
    assert claims.of_notebook(notebook)[0].asserted is asserted


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
def test_chapters_list_every_claim_and_each_one_asserts(chapter: Path) -> None:
    source = chapter.read_text(encoding="utf-8")
    found = claims.read(chapter)
    assert len(found) == source.count("# Vérifie")
    assert len({claim.text for claim in found}) == len(found)
    assert all(claim.asserted and claim.text.endswith(".") for claim in found)
    assert "```{affirmations}" in source


def build(folder: Path, code: str) -> tuple[str, str]:
    """Construit une page d'une affirmation sans l'exécuter ; renvoie le HTML et les avertissements."""
    source = folder / "source"
    source.mkdir(exist_ok=True)
    (source / "index.md").write_text(PAGE.format(code=code), encoding="utf-8")
    warnings = StringIO()
    with docutils_namespace():
        app = Sphinx(
            source,
            None,
            folder / "html",
            folder / "doctrees",
            "html",
            {"extensions": ["myst_nb", "rnnbook_sphinx.claims"], "nb_execution_mode": "off"},
            status=None,
            warning=warnings,
        )
        app.build()
    return (folder / "html" / "index.html").read_text(encoding="utf-8"), warnings.getvalue()


def test_page_lists_the_claim_and_links_to_its_cell(tmp_path: Path) -> None:
    html, warnings = build(tmp_path, "# Vérifie : un vaut un ; deux aussi.\nassert x == 1")
    assert warnings == ""
    assert 'href="#verifie-1">un vaut un\u00a0; deux aussi.</a>' in html
    anchor = html.index('id="verifie-1"')
    assert html.index("x</span>") < anchor < html.index("# Vérifie")


def test_page_follows_its_cells_on_an_incremental_build(tmp_path: Path) -> None:
    build(tmp_path, "# Vérifie : avant.\nassert x")
    html, _ = build(tmp_path, "# Vérifie : après.\nassert x")
    assert ">après.</a>" in html
    assert ">avant.</a>" not in html


def test_claim_without_assertion_is_reported(tmp_path: Path) -> None:
    _, warnings = build(tmp_path, "# Vérifie : rien.\nprint(x)")
    assert "affirmation sans assertion : rien." in warnings


def test_directive_without_claim_is_reported(tmp_path: Path) -> None:
    _, warnings = build(tmp_path, "print(x)")
    assert "aucune cellule ne commence par" in warnings
