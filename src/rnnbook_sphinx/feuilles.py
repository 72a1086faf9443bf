"""Feuilles d'exercices : `python -m rnnbook_sphinx.feuilles --sortie feuilles`.

Un carnet par chapitre : les énoncés, les cellules données, les cellules à compléter et leur vérification,
sans aucune solution. Le Markdown y est lisible tel quel, sans directive ni rôle MyST.
"""

from __future__ import annotations

import argparse
import ast
import re
from collections.abc import Sequence
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from rnnbook.exercises import KINDS
from rnnbook_sphinx.chapters import (
    ChapterExercise,
    Code,
    Directive,
    Text,
    exercises,
    imports,
    level_and_kind,
)
from rnnbook_sphinx.typography import correct

INTRODUCTION = """\
Exécutez d'abord la cellule qui suit.
Puis, pour chaque exercice, remplacez ce qui est à compléter et exécutez la cellule (Maj+Entrée).
`check` répond dessous : ✓ juste, ✗ pas encore, et pourquoi, ○ pas encore commencé.
Recommencez autant de fois que vous voulez.
Après un redémarrage du noyau, exécutez à nouveau les cellules déjà faites.
Les définitions et les figures sont dans le chapitre."""
"""Première cellule d'une feuille."""

_EQUATION = re.compile(r"^\$\$\n(?P<latex>.*?)\n\$\$[ \t]*\((?P<label>[\w-]+)\)", re.MULTILINE | re.DOTALL)
_ROLE = re.compile(r"\{(?P<role>[\w:]+)\}`(?P<content>[^`]+)`")
_TITLE = re.compile(r"^# (.+)$", re.MULTILINE)


class Equations:
    """Les équations numérotées d'un chapitre, renumérotées dans l'ordre où une feuille les cite."""

    def __init__(self, text: str) -> None:
        self.latex = {match["label"]: match["latex"] for match in _EQUATION.finditer(text)}
        self.numbers: dict[str, int] = {}

    def number(self, label: str) -> int:
        return self.numbers.setdefault(label, len(self.numbers) + 1)

    def display(self, label: str) -> str:
        return f"$$\n{self.latex[label]} \\tag{{{self.number(label)}}}\n$$"


def sheet(text: str, first: int = 1) -> nbformat.NotebookNode:
    """Carnet d'exercices d'un chapitre, à partir de sa source. Sans exercice, il n'a que son titre.

    `first` : numéro de son premier exercice.
    """
    title = _TITLE.search(text)
    equations = Equations(text)
    found = exercises(text)
    cells = [new_markdown_cell(f"# {title[1] if title else 'Exercices'} : exercices\n\n{INTRODUCTION}")]
    imported = ["from rnnbook.exercises import check", *needed_imports(text, found)]
    cells.append(new_code_cell("\n".join(imported)))
    for number, exercise in enumerate(found, start=first):
        cells.append(new_markdown_cell(_heading(number, exercise)))
        cells += [_cell(exercise, block, equations) for block in exercise.statement]
    for index, cell in enumerate(cells):
        cell["id"] = f"cellule-{index}"  # deux écritures donnent le même fichier
        if cell.cell_type == "markdown":
            cell["source"] = correct(cell["source"])
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


def _heading(number: int, exercise: ChapterExercise) -> str:
    level, kind = level_and_kind(exercise.classes)
    stars = "★" * int(level) + "☆" * (3 - int(level))
    return f"## Exercice {number} : {exercise.title}\n\n{stars} · {KINDS[kind]} · `{exercise.id}`"


def _cell(
    exercise: ChapterExercise, block: Code | Text | Directive, equations: Equations
) -> nbformat.NotebookNode:
    if isinstance(block, Code):
        return new_code_cell(block.source)
    if isinstance(block, Text):
        return new_markdown_cell(readable(block.source, equations))
    if block.name == "a-completer":
        return new_code_cell(exercise.blank)
    if block.name == "math":
        return new_markdown_cell(f"$$\n{block.body}\n$$")
    quoted = "\n".join(f"> {line}".rstrip() for line in readable(block.body, equations).split("\n"))
    heading = f"> **{block.argument}**\n>\n" if block.argument else ""
    return new_markdown_cell(heading + quoted)


def readable(markdown: str, equations: Equations) -> str:
    """Récrit rôles et liens MyST en texte, et rappelle chaque équation sous le paragraphe qui la cite."""
    seen: set[str] = set()
    paragraphs = []
    for paragraph in re.split(r"\n{2,}", markdown):
        cited: dict[str, None] = {}
        text = _ROLE.sub(lambda match, cited=cited: _plain_role(match, equations, cited), paragraph)
        text = re.sub(r"\[([^\]]+)\]\((?!https?://)[^)]*\)", r"\1", text)  # vers un chapitre absent d'ici
        new = [label for label in cited if label not in seen]
        seen.update(new)
        paragraphs += [text, *map(equations.display, new)]
    return "\n\n".join(paragraphs)


def _plain_role(match: re.Match[str], equations: Equations, cited: dict[str, None]) -> str:
    """Le texte d'un rôle MyST ; note dans `cited` l'équation qu'il cite."""
    role, content = match["role"], match["content"]
    if role == "eq" and content in equations.latex:
        cited[content] = None
        return f"({equations.number(content)})"
    text = re.fullmatch(r"(.+?)\s*<[^>]+>", content)
    return text[1] if text else f"`{content}`"


def needed_imports(text: str, found: Sequence[ChapterExercise]) -> list[str]:
    """Importations du chapitre dont les exercices se servent sans les écrire eux-mêmes."""
    used: set[str] = set()
    for exercise in found:
        code = "\n".join([*exercise.given, exercise.answer])
        nodes = list(ast.walk(ast.parse(code)))
        own = {node.arg for node in nodes if isinstance(node, ast.arg)}  # un paramètre n'est pas un module
        used.update(node.id for node in nodes if isinstance(node, ast.Name) and node.id not in own)
    lines: dict[str, None] = {}
    for node in imports(text):
        names = [alias for alias in node.names if (alias.asname or alias.name.split(".")[0]) in used]
        if names:
            kept = (
                ast.Import(names)
                if isinstance(node, ast.Import)
                else ast.ImportFrom(node.module, names, node.level)
            )
            lines[ast.unparse(kept)] = None
    return list(lines)


def write_sheets(chapters: Sequence[Path], folder: Path) -> list[Path]:
    """Écrit dans `folder` le carnet de chaque chapitre qui a des exercices ; renvoie les fichiers écrits.

    Les exercices se numérotent d'un chapitre au suivant, comme dans les pages du livre.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    first = 1
    for path in chapters:
        text = path.read_text(encoding="utf-8")
        if found := exercises(text):
            target = folder / f"{path.stem}-exercices.ipynb"
            nbformat.write(sheet(text, first), target)
            written.append(target)
            first += len(found)
    return written


def main(arguments: Sequence[str] | None = None) -> None:
    """Ligne de commande : écrit les feuilles et dit où."""
    parser = argparse.ArgumentParser(prog="python -m rnnbook_sphinx.feuilles", description=__doc__)
    parser.add_argument("--livre", type=Path, default=Path("book"), help="dossier des chapitres (book)")
    parser.add_argument(
        "--sortie", type=Path, default=Path("feuilles"), help="dossier des carnets (feuilles)"
    )
    options = parser.parse_args(arguments)
    chapters = sorted(options.livre.glob("[0-9][0-9]-*.md"))
    if not chapters:
        parser.error(f"--livre : aucun chapitre NN-nom.md dans {options.livre}")
    for path in write_sheets(chapters, options.sortie):
        print(path)


if __name__ == "__main__":
    main()
