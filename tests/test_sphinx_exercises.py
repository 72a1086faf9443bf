"""Les exercices et le quiz dans les pages : ce que Sphinx écrit, en une fois, par morceaux, sans corrigé."""

from __future__ import annotations

import ast
import re
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest
import site_tools

from rnnbook_sphinx import chapters, feuilles, kernels


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target, warnings = site_tools.build(site_tools.write(tmp_path_factory.mktemp("livre")))
    assert warnings == ""
    return target


class Ids(HTMLParser):
    """Relève les identifiants, les scripts écrits dans la page et les gestionnaires `on…`."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.handlers: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.ids += [value for name, value in attrs if name == "id" and value]
        self.handlers += [name for name, _ in attrs if name.startswith("on")]


def article(path: Path) -> str:
    """Le contenu de la page, sans ce que le thème met autour."""
    html = path.read_text(encoding="utf-8")
    return html[html.index("<article") : html.index("</article>")]


def text_of(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html)).replace("&quot;", '"').replace("&#39;", "'")


# --- La page d'un chapitre -----------------------------------------------------------------------------


def test_blank_comes_from_the_solution(site):
    text = text_of(article(site / "essai.html"))
    blank = 'def double(x): """Renvoie deux fois x.""" raise NotImplementedError("à vous de jouer") '
    assert blank + 'check("cellule-2", double)' in text


def test_repair_starts_from_the_listed_mistake(site):
    text = text_of(article(site / "essai.html"))
    assert '"""Deux couches.""" h_0 = np.zeros' in text
    assert "h_1 = relu_step(h_0, h_1, layer_1) h_0 = relu_step(x, h_0, layer_0)" in text


def test_titles_and_badges_are_french(site):
    text = text_of(article(site / "essai.html"))
    assert "Exercice 1.1 (Doubler)" in text
    assert "Solution de l’exercice 1.1 (Doubler)" in text
    assert "Solution de Exercice" not in text
    assert "niveau 1 sur 3 · à programmer" in text
    assert "niveau 2 sur 3 · à expérimenter" in text


def test_title_of_a_solution_is_plain_text_written_like_the_exercise(tmp_path):
    chapter = site_tools.CHAPTER.replace("} Doubler", "} Doubler d'un coup")
    target, warnings = site_tools.build(site_tools.write(tmp_path, chapter))
    assert warnings == ""
    html = article(target / "essai.html")
    assert "Exercice 1.1 (Doubler d’un coup)" in text_of(html)
    assert '<p class="admonition-title">Solution de l’exercice 1.1 (Doubler d’un coup)</p>' in html


def test_page_has_no_inline_script_and_no_duplicate_id(site):
    for name in ("essai.html", "exercices.html"):
        html = article(site / name)
        found = Ids(html)
        assert "<script" not in html
        assert found.handlers == []
        assert len(found.ids) == len(set(found.ids))


def test_quiz_is_native_fields_with_an_explanation_each(site):
    html = article(site / "essai.html")
    assert html.count("<fieldset>") == html.count("<legend>") == 3
    assert html.count('type="radio"') == 4
    assert html.count('type="checkbox"') == 3
    assert html.count('role="status"') == 3
    fields = re.findall(r'<input[^>]* id="([^"]+)"', html)
    assert all(f'<label for="{field}">' in html and f'data-reponse="{field}"' in html for field in fields)
    details = " ".join(re.findall(r"<details.*?</details>", html, re.DOTALL))
    assert "Juste. Un et un font deux." in text_of(details)
    assert "Faux. C’est un de trop." in text_of(details)
    assert 'class="math' in details


def test_scripts_are_loaded_only_where_they_serve(site):
    def loads(page, name):
        return f"_static/rnnbook/{name}" in (site / page).read_text(encoding="utf-8")

    assert loads("essai.html", "quiz.js")
    assert loads("essai.html", "exercices.js")
    assert loads("exercices.html", "exercices.js")
    assert not loads("exercices.html", "quiz.js")
    assert not loads("index.html", "exercices.js")
    assert (site / "_static" / "rnnbook" / "exercices.js").is_file()


def test_index_lists_everything_in_order(site):
    html = article(site / "exercices.html")
    rows = re.findall(r"<tr.*?</tr>", html, re.DOTALL)[1:]
    texts = [text_of(row).replace("\u00a0", " ").strip() for row in rows]
    assert texts == [
        "Exercice 1.1 : Doubler à programmer niveau 1 sur 3",
        "Exercice 1.2 : Réparer à expérimenter niveau 2 sur 3",
        "Quiz : Quiz d'essai quiz",
    ]
    targets = re.findall(r'href="essai\.html#([^"]+)"', html)
    ids = Ids(article(site / "essai.html")).ids
    assert targets == ["cellule-2", "cellule-4", "quiz-essai"]
    assert all(target in ids for target in targets)
    assert 'class="genre-code niveau-1' in html


def test_a_wrong_solution_stops_the_execution_of_its_chapter(tmp_path):
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("from rnnbook.exercises import check\ncheck('cellule-1', {})")]
    )
    failure = kernels.run(notebook, folder=tmp_path, witness=tmp_path / "temoin.json", timeout=60)
    assert failure is not None
    assert failure.reason.startswith("AssertionError : cellule-1")


# --- Constructions répétées, en parallèle, vers un autre format --------------------------------------------


def test_incremental_build_follows_the_chapter_and_its_quiz(tmp_path):
    folder = site_tools.write(tmp_path)
    site_tools.build(folder)
    site_tools.write(folder, site_tools.CHAPTER.replace("} Doubler", "} Tripler"))
    target, warnings = site_tools.build(folder)
    assert warnings == ""
    assert "Tripler" in article(target / "exercices.html")
    assert "Doubler" not in article(target / "exercices.html")
    quiz = folder / "quiz" / "essai.yml"
    quiz.write_text(quiz.read_text(encoding="utf-8").replace("Combien vaut", "Que vaut"), encoding="utf-8")
    target, warnings = site_tools.build(folder)
    assert warnings == ""
    assert "Que vaut" in article(target / "essai.html")


def test_removed_chapter_leaves_the_index(tmp_path):
    folder = site_tools.write(tmp_path)
    site_tools.build(folder)
    (folder / "essai.md").unlink()
    (folder / "index.md").write_text("# Accueil\n\n```{toctree}\nexercices\n```\n", encoding="utf-8")
    target, warnings = site_tools.build(folder)
    assert warnings == ""
    assert "Doubler" not in article(target / "exercices.html")


def test_parallel_reading_gives_the_same_index(tmp_path, site):
    folder = site_tools.write(tmp_path)
    for number in range(6):  # Sphinx ne lit en parallèle qu'à partir de six documents
        (folder / f"page{number}.md").write_text(
            f"---\norphan: true\n---\n# Page {number}\n", encoding="utf-8"
        )
    target, warnings = site_tools.build(folder, parallel=2)
    assert warnings == ""
    assert article(target / "exercices.html") == article(site / "exercices.html")


def test_latex_has_the_quiz_as_a_list_with_its_answers(tmp_path):
    target, warnings = site_tools.build(site_tools.write(tmp_path), "latex")
    assert warnings == ""
    tex = next(target.glob("*.tex")).read_text(encoding="utf-8")
    assert "Juste. }Un et un font deux." in tex
    assert "Solution de l’exercice" in tex


@pytest.mark.parametrize(
    ("old", "new", "part"),
    [
        ("niveau-1 genre-code", "genre-code", "classes genre-code reçues"),
        ("niveau-1 genre-code", "niveau-1 genre-main genre-code", "une de genre-main"),
        ("```{a-completer} cellule-2", "```{a-completer} cellule-9", "aucun exercice de ce nom"),
        ("solution-cellule-2]", "autre]", "cellule étiquetée"),
        ('check("cellule-2", double)', "pass", "un appel"),
        (":depart: une-couche-en-retard", ":depart: inconnue", "une erreur de cellule-4 attendue"),
        ("```{quiz} essai", "```{quiz} absent", "absent.yml n'existe pas"),
    ],
)
def test_an_error_of_the_author_is_told(tmp_path, old, new, part):
    assert old in site_tools.CHAPTER
    _, warnings = site_tools.build(site_tools.write(tmp_path, site_tools.CHAPTER.replace(old, new)))
    assert part in warnings


# --- Sans solutions, et feuilles -----------------------------------------------------------------------


def test_book_without_solutions_has_none_left(tmp_path):
    folder = site_tools.write(tmp_path)
    full, _ = site_tools.build(folder)
    assert "secret" in article(full / "essai.html")
    target, warnings = site_tools.build(folder, rnnbook_sans_solutions=True)
    assert warnings == ""
    published = [path for path in target.rglob("*") if path.suffix in (".html", ".md", ".txt", ".json")]
    assert not [path for path in published if "secret" in path.read_text(encoding="utf-8")]
    # La recherche garde des mots de la construction d'avant, mais ils ne mènent plus nulle part.
    assert not re.search(r'"secret": *(\d|\[\d)', (target / "searchindex.js").read_text(encoding="utf-8"))
    assert not (target / "_sources").exists()
    html = (target / "essai.html").read_text(encoding="utf-8")
    assert "Solution de" not in html
    assert "_sources" not in html
    assert "deux font quatre" not in html, "lien vers une cellule retirée"
    assert "NotImplementedError" in html


def test_environment_variable_asks_for_the_book_without_solutions(tmp_path, monkeypatch):
    folder = site_tools.write(tmp_path)
    target, _ = site_tools.build(folder)
    assert "secret" in article(target / "essai.html")
    monkeypatch.setenv("RNNBOOK_SANS_SOLUTIONS", "1")
    site_tools.build(folder)
    assert "secret" not in article(target / "essai.html")


def test_sheets_have_the_blanks_and_nothing_of_the_solutions(tmp_path, capsys):
    folder = site_tools.write(tmp_path)
    (folder / "essai.md").rename(folder / "03-essai.md")
    feuilles.main(["--livre", str(folder), "--sortie", str(tmp_path / "feuilles")])
    path = tmp_path / "feuilles" / "03-essai-exercices.ipynb"
    assert str(path) in capsys.readouterr().out
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    source = "\n".join(cell.source for cell in notebook.cells)
    assert "secret" not in source
    assert "★☆☆ · à programmer · `cellule-2`" in source
    assert 'raise NotImplementedError("à vous de jouer")' in source
    assert "```{" not in source
    again = path.read_bytes()
    feuilles.main(["--livre", str(folder), "--sortie", str(tmp_path / "feuilles")])
    assert path.read_bytes() == again


def test_sheets_command_refuses_a_folder_without_chapters(tmp_path, capsys):
    with pytest.raises(SystemExit):
        feuilles.main(["--livre", str(tmp_path)])
    assert "aucun chapitre" in capsys.readouterr().err


def test_sheet_prose_has_no_myst_left():
    equations = feuilles.Equations("$$\na = b\n$$ (eq-un)\n\n$$\nc = d\n$$ (eq-deux)\n")
    text = "Voir {eq}`eq-deux`, {term}`l'état <état>`, {ref}`sec-a`, [le chapitre](05-bptt.md) et [l'article](https://a.fr)."
    got = feuilles.readable(text, equations)
    assert got == (
        "Voir (1), l'état, `sec-a`, le chapitre et [l'article](https://a.fr).\n\n$$\nc = d \\tag{1}\n$$"
    )
    assert feuilles.readable("{eq}`eq-un` {eq}`eq-deux`", equations).startswith("(2) (1)")


def test_an_equation_follows_the_paragraph_that_cites_it():
    equations = feuilles.Equations("$$\na = b\n$$ (eq-un)\n")
    got = feuilles.readable("Par {eq}`eq-un`.\n\nDonc {eq}`eq-un`.", equations)
    assert got == "Par (1).\n\n$$\na = b \\tag{1}\n$$\n\nDonc (1)."


# --- La cellule à compléter ----------------------------------------------------------------------------

SOLUTION = '''import numpy as np

LIMITE = 3


@decorateur
def f(x):  # x : (lot, d)
    """Docstring."""
    # indice
    return np.tanh(x)


def g(x):
    # un commentaire qui dit la solution
    return x + 1


class Cellule(Base):
    """Une cellule."""

    def __init__(self, n):
        super().__init__()
        self.n = n

    def forward(self, x):
        """Un pas."""
        return x * self.n


reponses = {"a": 1, "b": (2, 3)}
assert f(0) == 0
'''

BLANK = '''import numpy as np
LIMITE = ...


@decorateur
def f(x):  # x : (lot, d)
    """Docstring."""
    raise NotImplementedError("à vous de jouer")


def g(x):
    raise NotImplementedError("à vous de jouer")


class Cellule(Base):
    """Une cellule."""

    def __init__(self, n):
        raise NotImplementedError("à vous de jouer")

    def forward(self, x):
        """Un pas."""
        raise NotImplementedError("à vous de jouer")


reponses = {
    "a": ...,
    "b": ...,
}'''


def test_blank_keeps_signatures_and_docstrings_only():
    assert chapters.blank(SOLUTION) == BLANK
    ast.parse(chapters.blank(SOLUTION))


def test_source_of_a_chapter_is_cut_into_exercises():
    one, two = chapters.exercises(site_tools.CHAPTER)
    assert (one.id, one.title, one.classes) == ("cellule-2", "Doubler", ("niveau-1", "genre-code"))
    assert one.check_call == 'check("cellule-2", double)'
    assert "secret" in one.answer
    assert two.given == []
    with pytest.raises(ValueError, match="aucun énoncé"):
        chapters.exercises(site_tools.HEADER + "```{solution-start} autre\n```\n")
    with pytest.raises(ValueError, match=":label:"):
        chapters.exercises(site_tools.HEADER + "```{exercise-start} Titre\n```\n")


def test_imports_of_a_chapter_are_read_past_magics():
    text = site_tools.HEADER + "```{code-cell} ipython3\n%matplotlib inline\nimport numpy as np\n```\n"
    assert [ast.unparse(node) for node in chapters.imports(text)] == ["import numpy as np"]
