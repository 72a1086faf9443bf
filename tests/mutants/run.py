"""Mutants : `make mutants` casse une ligne à la fois et montre que la cellule ou le test nommé s'en aperçoit.

Chaque `NN-slug.toml` de ce dossier décrit les mutants d'un chapitre :

    [[mutant]]
    name = "état oublié"
    file = "book/03-cellule.md"         # ou un module : "src/rnnbook/layers.py"
    before = "une ligne exacte"         # présente une seule fois dans le fichier
    after = "la ligne mutée"
    caught_by = "cell: la phrase d'une affirmation du chapitre"    # ou "test: tests/test_x.py::test_y"

Le dépôt est copié dans un dossier temporaire, muté, puis on exécute le chapitre jusqu'à la cellule nommée,
ou le test nommé. La cellule doit être la première à échouer. Sans mutation, tout doit passer.

`python tests/mutants/run.py 03-cellule` ne fait qu'un chapitre.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from pathlib import Path
from tempfile import TemporaryDirectory

from myst_nb.core.read import read_myst_markdown_notebook

from rnnbook.formats import decimal
from rnnbook_sphinx import claims, kernels

ROOT = Path(__file__).parents[2]
FOLDER = Path(__file__).parent
CELL_TIMEOUT = 180
_COPIED = ("src", "book", "tests", "pyproject.toml")
_IGNORED = shutil.ignore_patterns("node_modules", "__pycache__")


@dataclass(frozen=True)
class Mutant:
    """Une mutation d'une ligne, et qui doit l'attraper."""

    chapter: str
    name: str
    file: str
    before: str
    after: str
    caught_by: str

    @property
    def cell(self) -> str | None:
        """L'affirmation de la cellule qui attrape, ou None si c'est un test."""
        return self.caught_by.removeprefix("cell:").strip() if self.caught_by.startswith("cell:") else None

    @property
    def test(self) -> str | None:
        """Le test qui attrape, ou None si c'est une cellule."""
        return self.caught_by.removeprefix("test:").strip() if self.caught_by.startswith("test:") else None


@dataclass(frozen=True)
class Verdict:
    """Ce qu'a donné un mutant, ou le chapitre non muté : le problème (None si tout va bien), la durée (s)."""

    chapter: str
    name: str
    problem: str | None
    duration: float


def load(path: Path) -> list[Mutant]:
    """Lit les mutants d'un chapitre. Lève `ValueError` si une entrée n'a pas les champs attendus."""
    expected = {field.name for field in fields(Mutant)} - {"chapter"}
    mutants = []
    for entry in tomllib.loads(path.read_text(encoding="utf-8"))["mutant"]:
        if set(entry) != expected:
            raise ValueError(f"{path.name} : champs {sorted(entry)}, attendus {sorted(expected)}")
        mutants.append(Mutant(path.stem, **entry))
    return mutants


def judge(mutant: Mutant) -> Verdict:
    """Applique un mutant dans une copie du dépôt ; il ne doit pas échapper à qui doit l'attraper."""
    start = time.perf_counter()
    with TemporaryDirectory() as folder:
        copy = _copy(Path(folder))
        mutate(copy / mutant.file, mutant)
        problem = _escape(copy, mutant)
    return Verdict(mutant.chapter, mutant.name, problem, time.perf_counter() - start)


def judge_unmutated(chapter: str, mutants: list[Mutant]) -> Verdict:
    """Montre que, sans mutation, les cellules et les tests nommés passent : sinon attraper ne prouve rien."""
    start = time.perf_counter()
    problem = None
    with TemporaryDirectory() as folder:
        copy = _copy(Path(folder))
        cells = [_position(copy, chapter, mutant.cell) for mutant in mutants if mutant.cell]
        failure = _run_cells(copy, chapter, max(cells)) if cells else None
        tests = sorted({mutant.test for mutant in mutants if mutant.test})
        if failure:
            problem = f"sans mutation, une cellule échoue : {failure}"
        elif tests and _run_tests(copy, tests):
            problem = f"sans mutation, un test échoue parmi {', '.join(tests)}"
    return Verdict(chapter, "(sans mutation)", problem, time.perf_counter() - start)


def mutate(file: Path, mutant: Mutant) -> None:
    """Remplace la ligne. Lève `ValueError` si elle n'est pas présente exactement une fois."""
    text = file.read_text(encoding="utf-8")
    if text.count(mutant.before) != 1:
        raise ValueError(
            f"{mutant.name} : {text.count(mutant.before)} fois {mutant.before!r} dans {mutant.file}"
        )
    file.write_text(text.replace(mutant.before, mutant.after), encoding="utf-8")


def _escape(copy: Path, mutant: Mutant) -> str | None:
    """Dit comment le mutant échappe à celui qui devait l'attraper, ou None s'il est attrapé."""
    if mutant.test:
        code = _run_tests(copy, [mutant.test])
        return {0: "survit, le test passe", 1: None}.get(code, f"pytest n'a pas pu juger (code {code})")
    position = _position(copy, mutant.chapter, mutant.cell)
    failure = _run_cells(copy, mutant.chapter, position)
    if failure is None:
        return "survit, la cellule passe"
    if failure.index != position:
        return f"une autre cellule échoue d'abord : {failure.source.splitlines()[0]} ({failure.reason})"
    return None


def _copy(folder: Path) -> Path:
    for name in _COPIED:
        source, target = ROOT / name, folder / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=_IGNORED)
        else:
            shutil.copy(source, target)
    return folder


def _position(copy: Path, chapter: str, claim: str | None) -> int:
    """Renvoie le rang de la cellule qui vérifie `claim`."""
    for candidate in claims.read(copy / "book" / f"{chapter}.md"):
        if candidate.text == claim:
            return candidate.index
    raise ValueError(f"{chapter} : aucune cellule ne vérifie « {claim} »")


def _run_cells(copy: Path, chapter: str, last: int) -> kernels.Failure | None:
    path = copy / "book" / f"{chapter}.md"
    notebook = read_myst_markdown_notebook(path.read_text(encoding="utf-8"), path=path)
    notebook.cells = notebook.cells[: last + 1]
    return kernels.run(
        notebook,
        folder=path.parent,
        witness=copy / "temoin.json",
        timeout=CELL_TIMEOUT,
        PYTHONPATH=str(copy / "src"),
    )


def _run_tests(copy: Path, tests: list[str]) -> int:
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
    environment = {**kernels.environment(copy / "temoin.json"), "PYTHONPATH": str(copy / "src")}
    return subprocess.run(command, cwd=copy, env=environment, capture_output=True).returncode


def main(chapters: list[str], workers: int) -> int:
    files = [FOLDER / f"{name}.toml" for name in chapters] or sorted(FOLDER.glob("*.toml"))
    by_chapter = {path.stem: load(path) for path in files}
    with ThreadPoolExecutor(workers) as pool:
        jobs = [pool.submit(judge_unmutated, chapter, mutants) for chapter, mutants in by_chapter.items()]
        jobs += [pool.submit(judge, mutant) for mutants in by_chapter.values() for mutant in mutants]
        verdicts = [job.result() for job in jobs]
    verdicts.sort(key=lambda verdict: verdict.chapter)
    for verdict in verdicts:
        sign = "échec" if verdict.problem else "bon"
        print(f"{verdict.chapter:<18} {sign:<6} {decimal(verdict.duration, 1):>7} s  {verdict.name}")
        if verdict.problem:
            print(f"    {verdict.problem}")
    escaped = sum(verdict.problem is not None for verdict in verdicts)
    mutants = sum(map(len, by_chapter.values()))
    print(f"\n{mutants} mutants de {len(by_chapter)} chapitres, {escaped} verdict(s) en échec.")
    return int(escaped > 0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Casse une ligne à la fois et regarde qui s'en aperçoit.")
    parser.add_argument("chapitres", nargs="*", help="par exemple 03-cellule ; par défaut, tous")
    parser.add_argument("--coeurs", type=int, default=kernels.cores(), help="mutants jugés à la fois")
    arguments = parser.parse_args()
    sys.exit(main(arguments.chapitres, arguments.coeurs))
