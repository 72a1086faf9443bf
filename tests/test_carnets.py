"""Les carnets publiés : lisibles sans MyST, exécutables, sans solution dans leurs cellules de code."""

from __future__ import annotations

import base64
import re
import zipfile
from html.parser import HTMLParser

import nbformat
import pytest

from rnnbook_sphinx import carnets, repository

# Ce qu'un lecteur verrait brut : rôle, directive, clôture, commentaire ou ancre de MyST, balise inconnue.
RAW = re.compile(
    r"\{[\w:-]+\}`|^\s*(?:`{3,}|:{3,})\{|^\s*:{3,}|^\(\w[\w-]*\)=|^\s*%\s|<(?!/?(?:details|summary|sup|sub|br)\b)/?\w",
    re.MULTILINE,
)
_CODE = re.compile(
    r"^(```+).*?^\1$|(?<!\})`[^`\n]+`|\$\$.*?\$\$|\$[^$\n]+\$|\]\([^)]*\)", re.MULTILINE | re.DOTALL
)


def raw(markdown: str) -> list[str]:
    """Ce qui reste brut dans une cellule de texte, hors code et formules."""
    inside = re.findall(r"^```\{.*$", markdown, re.MULTILINE)
    return inside + [match[0] for match in RAW.finditer(_CODE.sub("", markdown))]


@pytest.fixture(scope="module")
def folder(mini_book):
    return mini_book / carnets.FOLDER


@pytest.fixture(scope="module")
def notebook(folder):
    return nbformat.read(folder / "01-carnet.ipynb", 4)


@pytest.fixture(scope="module")
def text(notebook):
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


@pytest.fixture(scope="module")
def code(notebook):
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def test_chapters_alone_have_a_notebook(folder):
    assert sorted(path.name for path in folder.iterdir()) == ["01-carnet.ipynb", "02-suite.ipynb"]


def test_the_archive_holds_them_all(mini_book, folder):
    with zipfile.ZipFile(mini_book / carnets.ARCHIVE) as archive:
        assert archive.namelist() == ["carnets/01-carnet.ipynb", "carnets/02-suite.ipynb"]
        assert archive.read("carnets/01-carnet.ipynb") == (folder / "01-carnet.ipynb").read_bytes()


def test_the_notebook_is_valid_and_without_output(notebook):
    nbformat.validate(notebook)
    assert all(not cell.outputs for cell in notebook.cells if cell.cell_type == "code")


def test_nothing_raw_is_left(text):
    assert raw(text) == []


@pytest.mark.parametrize(
    "left", ["voir {eq}`a`", "```{note}\nx\n```", ":::{tip}", "(ancre)=", "% non", '<div class="a">x</div>']
)
def test_the_scan_sees_what_is_raw(left):
    assert raw(f"Un texte.\n\n{left}\n\nLa suite.")


@pytest.mark.parametrize(
    "fine", ["`{eq}`", "$a < b$", "```python\n# {x}\n```", "<details><summary>S</summary>"]
)
def test_the_scan_lets_code_and_math_pass(fine):
    assert raw(fine) == []


def test_equations_keep_their_numbers(text):
    assert "h_t = \\tanh(W_{xh}\\, x_t) \\tag{2}" in text
    assert "suit (2), d’après" in text


def test_figures_have_their_picture_and_numbered_caption(text):
    picture = re.search(r"!\[(.*?)\]\(data:image/svg\+xml;base64,([^)]+)\)", text)
    assert picture[1] == "Le plan montre une entrée (et une sortie)."
    svg = base64.b64decode(picture[2]).decode()
    assert svg.startswith('<svg xmlns="http://www.w3.org/2000/svg"')
    assert "var(" not in svg
    assert "#dcebf7" in svg
    assert "*Fig.\u00a03*\u00a0: Le plan." in text
    assert "*Fig.\u00a04*\u00a0: La pente de $x$." in text
    assert "voir Fig. 3, Fig. 4" in text.replace("\u00a0", " ")


def test_tables_survive_vertical_bars(text):
    row = next(line for line in text.split("\n") if "`(n, d)`" in line)
    assert row.count("|") == 3
    assert "$\\Vert x\\Vert  = \\vert y\\vert $" in row


def test_boxes_are_quotes_with_their_title(text):
    assert re.search(r"^> \*\*Fiche du chapitre\*\*\n> ?\n> \*\*Prérequis\.\*\*", text, re.MULTILINE)
    assert re.search(r"^> \*\*Avertissement\*\*\n> ?\n> Un encadré\.", text, re.MULTILINE)
    assert "> **Ce que ce chapitre vérifie**" in text
    assert "deux et deux font quatre." in text


def test_links_lead_to_notebooks_only(text):
    assert "[second chapitre](02-suite.ipynb)" in text
    assert ".html" not in text
    assert re.search(r"La cellule, le \[second chapitre\]", text)


def test_citations_are_resolved_and_listed(text):
    assert "[Cho" in text
    assert re.search(r"## Références citées\n\n- Kyunghyun Cho.*Phrase and", text, re.DOTALL)


def test_the_blank_is_code_and_the_solution_is_folded(text, code):
    assert any("à vous de jouer" in cell and 'check("cellule-2", step)' in cell for cell in code)
    assert not any("np.tanh" in cell for cell in code)
    folded = re.search(r"<details><summary>Solution</summary>\n\n(.*?)\n\n</details>", text, re.DOTALL)
    assert "return np.tanh(x @ W_xh.T + h @ W_hh.T + b_h)" in folded[1]
    assert "C’est l’équation (2)." in folded[1]
    assert "### Exercice 2\u00a0: Un pas" in text


def test_folded_cells_stay_cells(code):
    assert "# Vérifie : deux et deux font quatre.\nassert 2 + 2 == 4" in code


def test_the_quiz_is_readable(text):
    assert "**Question 1.** Combien vaut $1 + 1$" in text
    assert "- $2$\u00a0: **Juste.** Un et un font deux." in text
    assert "- Trois. **Faux.** C’est un de trop." in text


def test_details_are_balanced(text):
    assert text.count("<details>") == text.count("</details>") == 4


def test_no_install_cell_without_repository(code):
    assert not any("find_spec" in cell for cell in code)


def test_install_cell_names_the_repository():
    origin = repository.Repository("une", "copie", "dev")
    cell = carnets.INSTALL.format(url=origin.url, branch=origin.branch)
    assert '"rnnbook @ git+https://github.com/une/copie@dev"' in cell


class Buttons(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.urls = {}
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        for name in (attributes.get("class") or "").split():
            if name.endswith("-button") and "href" in attributes:
                self.urls[name] = attributes["href"]


def test_the_page_offers_its_notebook_and_no_dead_link(mini_book):
    buttons = Buttons((mini_book / "book" / "01-carnet.html").read_text(encoding="utf-8"))
    assert buttons.urls["btn-download-notebook-button"] == "../carnets/01-carnet.ipynb"
    assert not [name for name in buttons.urls if "launch" in name]
    other = Buttons((mini_book / "book" / "texte.html").read_text(encoding="utf-8"))
    assert "btn-download-notebook-button" not in other.urls
