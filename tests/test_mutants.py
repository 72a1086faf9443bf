"""Les fichiers de mutants sont bien formés : `make mutants` n'a plus qu'à les exécuter."""

from __future__ import annotations

import ast
import difflib
from pathlib import Path

import pytest
from mutants import run

from rnnbook_sphinx import claims, notebooks

ROOT = Path(__file__).parents[1]
FILES = sorted(run.FOLDER.glob("*.toml"))
MUTANTS = [mutant for path in FILES for mutant in run.load(path)]
# Les pages sans numéro (l'accueil, les annexes) ne sont pas des chapitres.
CHAPTERS = [page for page in notebooks.chapters(ROOT) if page.stem[0].isdigit()]


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
def test_every_chapter_has_at_least_three_mutants(chapter: Path) -> None:
    assert sum(mutant.chapter == chapter.stem for mutant in MUTANTS) >= 3


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_file_names_a_chapter_and_distinct_mutants(path: Path) -> None:
    assert path.stem in {chapter.stem for chapter in CHAPTERS}
    names = [mutant.name for mutant in run.load(path)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: f"{mutant.chapter}-{mutant.name}")
def test_mutant_changes_one_line_of_the_package_or_of_its_chapter(mutant: run.Mutant) -> None:
    assert mutant.file == f"book/{mutant.chapter}.md" or mutant.file.startswith("src/rnnbook/")
    assert (ROOT / mutant.file).read_text(encoding="utf-8").count(mutant.before) == 1
    lines = list(difflib.ndiff(mutant.before.splitlines(), mutant.after.splitlines()))
    removed, added = (sum(line.startswith(sign) for line in lines) for sign in "-+")
    assert 1 <= removed + added <= 2
    assert max(removed, added) == 1


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: f"{mutant.chapter}-{mutant.name}")
def test_mutant_names_a_cell_or_a_test_that_exists(mutant: run.Mutant) -> None:
    if mutant.test:
        file, name = mutant.test.split("::")
        tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
        known = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        assert name.partition("[")[0] in known
    else:
        texts = [claim.text for claim in claims.read(ROOT / "book" / f"{mutant.chapter}.md")]
        nearest = difflib.get_close_matches(str(mutant.cell), texts, n=1)
        assert mutant.cell in texts, f"aucune cellule ne vérifie cette phrase ; la plus proche : {nearest}"


def test_load_refuses_unknown_fields(tmp_path: Path) -> None:
    path = tmp_path / "03-x.toml"
    path.write_text('[[mutant]]\nname = "a"\nfichier = "b"\n', encoding="utf-8")
    with pytest.raises(ValueError, match="fichier"):
        run.load(path)


def test_mutate_refuses_an_ambiguous_line(tmp_path: Path) -> None:
    file = tmp_path / "x.py"
    file.write_text("a = 1\na = 1\n", encoding="utf-8")
    with pytest.raises(ValueError, match="2 fois"):
        run.mutate(file, run.Mutant("x", "n", "x.py", "a = 1", "a = 2", "test: t"))
