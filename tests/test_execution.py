"""Le cache ne ment pas : un petit livre, construit plusieurs fois, n'exécute que ce qui a changé."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from myst_nb.core.read import read_myst_markdown_notebook

from rnnbook_sphinx import dependencies, execution, kernels, notebooks

ROOT = Path(__file__).parents[1]

CONF = """
extensions = ["myst_nb", "rnnbook_sphinx.execution", "rnnbook_sphinx.timings"]
nb_execution_mode = "cache"
html_theme = "basic"
exclude_patterns = ["_build", ".*", "src"]
"""

HEADER = """---
jupytext:
  text_representation:
    format_name: myst
kernelspec:
  name: python3
  display_name: Python 3
  language: python
---

"""

PAGES = {
    "index": "# Livre\n\n```{toctree}\nbook/formats\nbook/donnees\n```\n\n```{durees}\n```\n",
    # Ce chapitre dépend d'un module de rnnbook, importé dans une fonction.
    "book/formats": """# Formats

```{code-cell} ipython3
def later():
    from rnnbook.formats import decimal
    return decimal(1.5)

"le module dit " + later()
```
""",
    # Celui-ci dépend d'un résultat au nom calculé et d'un paquet installé.
    "book/donnees": """# Données

```{code-cell} ipython3
import os
import outil
from rnnbook import results

name = "no" + "ms"
"le résultat dit", results.load(name)["lignes"], "version", outil.VERSION
```

```{code-cell} ipython3
:tags: [remove-input]
settings = [os.environ[name] for name in ("OMP_NUM_THREADS", "PYTHONHASHSEED")]
print(*settings, "get_ipython" in dir(), "_install" in dir())
```
""",
}


class Book:
    """Un petit livre dans un dossier temporaire, avec sa copie de `src` et un paquet installé à part."""

    def __init__(self, root: Path) -> None:
        self.root = root
        shutil.copytree(ROOT / "src", root / "src", ignore=shutil.ignore_patterns("__pycache__"))
        self.write("conf.py", CONF)
        for name, text in PAGES.items():
            self.write(f"{name}.md", text if name == "index" else HEADER + text)
        self.write("book/resultats/noms.json", '{"lignes": 41}')
        self.install("1.0")

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def replace(self, name: str, old: str, new: str) -> None:
        text = (self.root / name).read_text(encoding="utf-8")
        assert text.count(old) == 1
        self.write(name, text.replace(old, new))

    def install(self, version: str) -> None:
        """Installe le paquet « outil » à une version : seul son numéro change, pas son fichier."""
        site = self.root / ".installes"
        shutil.rmtree(site, ignore_errors=True)
        code = "from importlib.metadata import version\nVERSION = version('outil')\n"
        self.write(".installes/outil.py", code)
        self.write(f".installes/outil-{version}.dist-info/METADATA", f"Name: outil\nVersion: {version}\n")
        self.write(f".installes/outil-{version}.dist-info/top_level.txt", "outil\n")

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        path = os.pathsep.join([str(self.root / "src"), str(self.root / ".installes")])
        environment = {**os.environ, "PYTHONPATH": path, "JUPYTER_DATA_DIR": str(self.root / ".jupyter")}
        command = [sys.executable, "-m", *arguments]
        return subprocess.run(command, env=environment, cwd=self.root, capture_output=True, text=True)

    def build(self) -> list[str]:
        """Construit le livre sans avertissement ; renvoie les pages exécutées, dans l'ordre alphabétique."""
        outcome = self.run("sphinx", "-W", ".", "_build/html")
        assert outcome.returncode == 0, outcome.stdout + outcome.stderr
        self.log = outcome.stdout
        # Jamais par MyST-NB, qui exécuterait les chapitres un par un.
        assert "Executing notebook" not in outcome.stdout
        return sorted(re.findall(r"^(\S+) : exécuté en", outcome.stdout, flags=re.MULTILINE))

    def html(self, page: str) -> str:
        return (self.root / "_build" / "html" / f"{page}.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """Un livre déjà construit une fois. Un noyau « python3 » d'utilisateur, en panne, est là pour tromper."""
    book = Book(tmp_path_factory.mktemp("livre"))
    spec = {"argv": ["/bin/false"], "display_name": "Python 3", "language": "python"}
    book.write(".jupyter/kernels/python3/kernel.json", json.dumps(spec))
    assert book.build() == ["book/donnees", "book/formats"]
    return book


def test_a_second_build_without_change_executes_nothing(book: Book) -> None:
    before = (book.root / "_build/html/book/formats.html").stat().st_mtime_ns
    assert book.build() == []
    assert (book.root / "_build/html/book/formats.html").stat().st_mtime_ns == before


def test_a_changed_function_puts_its_new_number_in_the_page(book: Book) -> None:
    assert "le module dit 1,50" in book.html("book/formats")
    book.replace("src/rnnbook/formats.py", "digits: int = 2) -> str", "digits: int = 3) -> str")
    assert book.build() == ["book/formats"]
    assert "le module dit 1,500" in book.html("book/formats")


def test_a_changed_result_or_version_puts_its_new_number_in_the_page(book: Book) -> None:
    assert ", 41," in book.html("book/donnees")
    book.write("book/resultats/noms.json", '{"lignes": 43}')
    book.install("2.0")
    assert book.build() == ["book/donnees"]
    reasons = "book/resultats/noms.json a changé, outil est passé de 1.0 à 2.0"
    assert f"book/donnees, à exécuter : {reasons}" in book.log
    assert ", 43," in book.html("book/donnees")
    assert "2.0" in book.html("book/donnees")


def test_editing_a_chapter_executes_only_that_one(book: Book) -> None:
    book.replace("book/formats.md", '"le module dit "', '"la page dit "')
    assert book.build() == ["book/formats"]
    assert "la page dit" in book.html("book/formats")
    # Un chapitre dont seule la prose change n'est pas exécuté, mais il est relu.
    book.replace("book/formats.md", "# Formats", "# Nombres")
    assert book.build() == []
    assert "<h1>Nombres" in book.html("book/formats")
    assert ">Nombres</a>" in book.html("index")


def test_kernels_run_on_one_thread_with_a_fixed_hash_and_leave_no_name(book: Book) -> None:
    assert "1 0 True False" in book.html("book/donnees")


def test_the_table_of_durations_is_in_french_with_a_total(book: Book) -> None:
    html = book.html("index")
    assert all(f"<p>{header}</p>" in html for header in ("Chapitre", "Durée (s)", "Exécuté le", "Ensemble"))
    assert re.search(
        r">Données</a></p></td>\s*<td><p>\d+,\d</p></td>\s*<td><p>\d\d/\d\d/\d{4}</p></td>", html
    )


def test_notebooks_fill_the_cache_of_the_build_and_refuse_long_chapters(book: Book) -> None:
    shutil.rmtree(book.root / "_build" / ".jupyter_cache")
    outcome = book.run("rnnbook_sphinx.notebooks", "--coeurs", "2", "--limite", "0.001")
    assert outcome.returncode == 1
    assert re.search(r"^  donnees +\d+,\d s$", outcome.stdout, flags=re.MULTILINE)
    assert "Trop longs (la limite est de 0 s) : donnees, formats" in outcome.stdout
    assert book.build() == []
    # Ce que nbmake a exécuté garde ses dépendances.
    book.write("book/resultats/noms.json", '{"lignes": 47}')
    assert book.build() == ["book/donnees"]
    assert ", 47," in book.html("book/donnees")


def test_a_failing_chapter_says_which_cell_and_why_and_keeps_the_others(tmp_path: Path) -> None:
    book = Book(tmp_path)
    book.replace("book/formats.md", "return decimal(1.5)", "assert decimal(1.5) == 0, 'un et demi'")
    outcome = book.run("sphinx", ".", "_build/html")
    assert outcome.returncode != 0
    assert "formats.md, ligne 14 : AssertionError : un et demi" in outcome.stderr
    assert "    assert decimal(1.5) == 0, 'un et demi'" in outcome.stderr
    assert not (book.root / "_build/html/index.html").exists()
    failed = book.run("rnnbook_sphinx.notebooks", "--coeurs", "1")
    assert failed.returncode == 1
    assert "un et demi" in failed.stdout
    # Les chapitres sains sont restés dans le cache ; le chapitre réparé est seul exécuté.
    book.replace("book/formats.md", "assert decimal(1.5) == 0, 'un et demi'", "return decimal(1.5)")
    assert book.build() == ["book/formats"]


def cell(code: str) -> str:
    return f"```{{code-cell}} ipython3\n{code}\n```\n\n"


def test_dependencies_name_what_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = tmp_path / "donnees.csv"
    data.write_text("1", encoding="utf-8")
    seen = {"fichiers": [str(data), str(tmp_path / "_build" / "x")], "modules": ["nbformat", "json"]}
    kept = dependencies.collect(seen, root=tmp_path, since=data.stat().st_mtime + 1)
    assert list(kept["fichiers"]) == ["donnees.csv"]
    assert set(kept["versions"]) == {"python", "nbformat"}
    assert dependencies.changes(kept, root=tmp_path) == []
    data.write_text("2 ou 3", encoding="utf-8")
    kept["versions"] |= {"nbformat": "0.1", "absent": "1.0"}
    assert dependencies.changes(kept, root=tmp_path) == [
        "donnees.csv a changé",
        f"nbformat est passé de 0.1 à {nbformat.__version__}",
        "absent est passé de 1.0 à absent",
    ]
    data.unlink()
    assert dependencies.changes(kept, root=tmp_path)[0] == "donnees.csv a disparu"


def test_a_notebook_without_code_depends_on_nothing(tmp_path: Path) -> None:
    seen = execution.read_witness(tmp_path / "temoin.json")
    assert dependencies.collect(seen, root=tmp_path, since=0)["fichiers"] == {}


def test_a_file_written_during_the_execution_is_not_trusted(tmp_path: Path) -> None:
    data = tmp_path / "donnees.csv"
    data.write_text("1", encoding="utf-8")
    seen = {"fichiers": [str(data)], "modules": []}
    kept = dependencies.collect(seen, root=tmp_path, since=data.stat().st_mtime - 1)
    assert dependencies.changes(kept, root=tmp_path) == ["donnees.csv a changé"]


def test_timeout_names_the_cell(tmp_path: Path) -> None:
    text = (
        HEADER
        + "```{code-cell} ipython3\nx = 1\n```\n\n```{code-cell} ipython3\nwhile True:\n    pass\n```\n"
    )
    notebook = read_myst_markdown_notebook(text)
    failure = kernels.run(notebook, folder=tmp_path, witness=tmp_path / "temoin.json", timeout=1)
    assert failure is not None
    assert failure.source.startswith("while True")
    assert "dépasse les 1 s accordées" in failure.reason


def test_dead_kernel_names_the_cell(tmp_path: Path) -> None:
    notebook = read_myst_markdown_notebook(HEADER + cell("import os\nos._exit(1)"))
    failure = kernels.run(notebook, folder=tmp_path, witness=tmp_path / "temoin.json", timeout=20)
    assert failure is not None
    assert "os._exit" in failure.source
    assert "le noyau s'est arrêté" in failure.reason


def test_a_module_loaded_while_the_witness_writes_is_no_failure(tmp_path: Path) -> None:
    arriving = (
        "import gc, sys, types\n"
        "def on_gc(phase, info):\n"
        "    sys.modules[f'arrive_{len(sys.modules)}'] = types.ModuleType('arrive')\n"
        "pairs = [(i, -i) for i in range(10_000)]  # plus de couple en réserve : le prochain est alloué\n"
        "gc.callbacks.append(on_gc)\n"
        "gc.set_threshold(20)"
    )
    notebook = read_myst_markdown_notebook(HEADER + cell(arriving) + cell("gc.callbacks.clear()"))
    failure = kernels.run(notebook, folder=tmp_path, witness=tmp_path / "temoin.json", timeout=60)
    assert failure is None
    assert not [output for page_cell in notebook.cells for output in page_cell.get("outputs", [])]
    modules = execution.read_witness(tmp_path / "temoin.json")["modules"]
    assert [name for name in modules if name.startswith("arrive_")]


@pytest.mark.parametrize("page", notebooks.chapters(ROOT), ids=lambda path: path.stem)
def test_jupytext_and_mystnb_read_the_same_cells(page: Path, tmp_path: Path) -> None:
    converted = nbformat.read(notebooks.convert(page, tmp_path), as_version=4)
    notebook = read_myst_markdown_notebook(page.read_text(encoding="utf-8"), path=page)
    merged = notebooks.merge_outputs(notebook, converted)
    assert [cell.source for cell in merged.cells] == [cell.source for cell in notebook.cells]


def test_merging_refuses_other_cells() -> None:
    one = read_myst_markdown_notebook(HEADER + cell("x = 1"))
    other = read_myst_markdown_notebook(HEADER + cell("x = 2"))
    with pytest.raises(ValueError, match="mêmes cellules"):
        notebooks.merge_outputs(one, other)
