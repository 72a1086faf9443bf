"""Lire les exercices dans la source d'un chapitre : énoncé, solution, et cellule à compléter.

La solution est la seule source : la cellule à compléter est la solution sans ses corps de fonctions, si bien
qu'elles ne peuvent pas se contredire. Rien n'est exécuté ici.
"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from myst_nb.core.read import read_myst_markdown_notebook

from rnnbook.exercises import KINDS, find

YOUR_TURN = 'raise NotImplementedError("à vous de jouer")'
"""Corps des fonctions à écrire ; `check` le reconnaît."""

_FENCE = re.compile(r"^(?P<fence>`{3,}|:{3,})\{(?P<name>[\w-]+)\}[ \t]*(?P<argument>.*)$")
_OPTION = re.compile(r"^:(?P<key>[\w-]+):[ \t]*(?P<value>.*)$")


@dataclass(frozen=True)
class Code:
    """Une cellule de code."""

    source: str
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Text:
    """Du Markdown entre deux directives."""

    source: str


@dataclass(frozen=True)
class Directive:
    """Une directive MyST de premier niveau."""

    name: str
    argument: str
    options: dict[str, str]
    body: str


Block = Code | Text | Directive


@dataclass
class ChapterExercise:
    """Un exercice tel que le chapitre l'écrit. `statement` et `solution` gardent l'ordre de la source."""

    id: str
    title: str
    classes: tuple[str, ...]
    statement: list[Block] = field(default_factory=list)
    solution: list[Block] = field(default_factory=list)

    @property
    def given(self) -> list[str]:
        """Cellules de l'énoncé, données à l'élève."""
        return [block.source for block in self.statement if isinstance(block, Code)]

    @property
    def answer(self) -> str:
        """La solution : les cellules étiquetées `solution-<id>`, bout à bout."""
        tag = f"solution-{self.id}"
        cells = [block.source for block in self.solution if isinstance(block, Code) and tag in block.tags]
        return "\n\n\n".join(cells)

    @property
    def check_call(self) -> str:
        """L'appel `check("<id>", …)` de la solution ; une chaîne vide s'il n'y en a pas."""
        for block in self.solution:
            if isinstance(block, Code):
                for node in ast.walk(ast.parse(_without_magics(block.source))):
                    if _is_check(node, self.id):
                        return ast.unparse(node).replace("'", '"')
        return ""

    @property
    def blank(self) -> str:
        """La cellule à compléter, appel à `check` compris.

        Lève `ValueError` s'il manque à la solution sa cellule étiquetée ou son appel à `check`, ou si
        l'option `depart` de l'énoncé nomme une erreur qui n'existe pas.
        """
        if not self.answer or not self.check_call:
            raise ValueError(
                f"{self.id} : la solution doit avoir une cellule étiquetée `solution-{self.id}` et un appel "
                f'`check("{self.id}", …)`'
            )
        starts = [block.options.get("depart") for block in self.statement if isinstance(block, Directive)]
        start = next((name for name in starts if name), None)
        code = blank(self.answer) if start is None else broken(self.answer, self.id, start)
        return f"{code}\n\n\n{self.check_call}"


def blocks(text: str) -> Iterator[Block]:
    """Découpe la source d'un chapitre MyST en cellules, directives de premier niveau et Markdown."""
    for cell in read_myst_markdown_notebook(text).cells:
        if cell.cell_type == "code":
            yield Code(cell.source, tuple(cell.metadata.get("tags", ())))
        elif cell.cell_type == "markdown":
            yield from _markdown_blocks(cell.source)


def _markdown_blocks(source: str) -> Iterator[Block]:
    pending: list[str] = []
    lines = iter(source.split("\n"))
    for line in lines:
        opening = _FENCE.match(line)
        if opening is None:
            pending.append(line)
            continue
        if text := "\n".join(pending).strip("\n"):
            yield Text(text)
        pending = []
        inner = []
        for inside in lines:
            if inside.strip() == opening["fence"]:
                break
            inner.append(inside)
        options: dict[str, str] = {}
        while inner and (option := _OPTION.match(inner[0])):
            options[option["key"]] = option["value"].strip()
            inner.pop(0)
        yield Directive(opening["name"], opening["argument"].strip(), options, "\n".join(inner).strip("\n"))
    if text := "\n".join(pending).strip("\n"):
        yield Text(text)


def exercises(text: str) -> list[ChapterExercise]:
    """Exercices d'un chapitre, dans l'ordre de sa source.

    Lève `ValueError` si un énoncé n'a pas d'étiquette ou si une solution ne suit aucun énoncé de ce nom.
    """
    found: dict[str, ChapterExercise] = {}
    current: list[Block] | None = None
    for block in blocks(text):
        if isinstance(block, Directive) and block.name == "exercise-start":
            label = block.options.get("label", "")
            if not label:
                raise ValueError(f"exercice « {block.argument} » : il lui faut une ligne `:label:`")
            classes = tuple(block.options.get("class", "").split())
            found[label] = ChapterExercise(label, block.argument, classes)
            current = found[label].statement
        elif isinstance(block, Directive) and block.name == "solution-start":
            if block.argument not in found:
                raise ValueError(f"solution de « {block.argument} » : aucun énoncé de ce nom ne la précède")
            current = found[block.argument].solution
        elif isinstance(block, Directive) and block.name in ("exercise-end", "solution-end"):
            current = None
        elif current is not None:
            current.append(block)
    return list(found.values())


def read_exercises(path: Path) -> list[ChapterExercise]:
    """Exercices du chapitre de ce fichier."""
    return exercises(path.read_text(encoding="utf-8"))


def level_and_kind(classes: Iterable[str]) -> tuple[str, str]:
    """Niveau (« 1 » à « 3 ») et genre d'un exercice, lus dans ses classes `niveau-N` et `genre-…`.

    Lève `ValueError` s'il n'y en a pas exactement un de chaque.
    """
    names = list(classes)
    levels = [level for level in "123" if f"niveau-{level}" in names]
    kinds = [kind for kind in KINDS if f"genre-{kind}" in names]
    prefixed = [name for name in names if name.startswith(("niveau-", "genre-"))]
    if len(levels) != 1 or len(kinds) != 1 or len(prefixed) != 2:
        raise ValueError(
            f"classes {' '.join(prefixed) or 'absentes'} reçues, une de niveau-1 à niveau-3 et une de "
            f"genre-{', genre-'.join(KINDS)} attendues"
        )
    return levels[0], kinds[0]


def imports(text: str) -> list[ast.Import | ast.ImportFrom]:
    """Importations de toutes les cellules du chapitre, dans l'ordre."""
    return [
        node
        for block in blocks(text)
        if isinstance(block, Code)
        for node in ast.parse(_without_magics(block.source)).body
        if isinstance(node, (ast.Import, ast.ImportFrom))
    ]


def blank(answer: str) -> str:
    """Retire d'une solution ce que l'élève doit trouver.

    Restent les importations, la signature et la docstring de chaque fonction ou méthode. Une affectation
    garde son nom (et les clés d'un dictionnaire), sa valeur devient `...`. Le reste disparaît.
    """
    lines = answer.split("\n")
    return _join([piece for node in ast.parse(answer).body if (piece := _blank_node(node, lines))])


def broken(answer: str, exercise_id: str, mistake: str) -> str:
    """La cellule de départ d'un exercice à réparer : la solution, avec le corps de l'erreur de ce nom.

    Lève `ValueError` si l'erreur n'existe pas ou si la solution n'est pas une fonction seule.
    """
    lines = answer.split("\n")
    nodes = ast.parse(answer).body
    if sum(isinstance(node, ast.FunctionDef) for node in nodes) != 1:
        raise ValueError(
            f"{exercise_id} : un exercice à réparer a une fonction et une seule dans sa solution"
        )
    source = textwrap.dedent(inspect.getsource(find(exercise_id).mistake(mistake).answer))
    function = ast.parse(source).body[0]
    assert isinstance(function, ast.FunctionDef)
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    code = "\n".join(source.split("\n")[body[0].lineno - 1 : body[-1].end_lineno])
    pieces = [
        f"{_header(node, lines)}\n{code}" if isinstance(node, ast.FunctionDef) else _blank_node(node, lines)
        for node in nodes
    ]
    return _join([piece for piece in pieces if piece])


def _blank_node(node: ast.stmt, lines: list[str]) -> str:
    match node:
        case ast.Import() | ast.ImportFrom():
            return "\n".join(lines[node.lineno - 1 : node.end_lineno])
        case ast.FunctionDef():
            return f"{_header(node, lines)}\n{' ' * (node.col_offset + 4)}{YOUR_TURN}"
        case ast.ClassDef():
            methods = [_blank_node(item, lines) for item in node.body if isinstance(item, ast.FunctionDef)]
            return "\n\n".join([_header(node, lines), *methods])
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Dict(keys=keys)) if all(keys):
            items = "".join(f"    {ast.unparse(key)}: ...,\n" for key in keys if key).replace("'", '"')
            return f"{name} = {{\n{items}}}"
        case ast.Assign(targets=[target]):
            return f"{ast.unparse(target)} = ..."
    return ""


def _header(node: ast.FunctionDef | ast.ClassDef, lines: list[str]) -> str:
    """Décorateurs, signature et docstring, tels qu'ils sont écrits."""
    start = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    documented = ast.get_docstring(node) is not None
    end = node.body[0].end_lineno if documented else node.body[0].lineno - 1
    kept = lines[start - 1 : end]
    while kept[-1].strip().startswith("#"):  # un commentaire posé sous la signature dirait la solution
        kept.pop()
    return "\n".join(kept)


def _join(pieces: list[str]) -> str:
    """Assemble des morceaux de module, avec deux lignes vides autour d'une définition."""
    text = ""
    for piece, before in zip(pieces, ["", *pieces], strict=False):
        block = any(part.startswith(("def ", "class ", "@")) for part in (piece, before))
        text += ("\n\n\n" if block else "\n") * bool(before) + piece
    return text


def _is_check(node: ast.AST, exercise_id: str) -> bool:
    match node:
        case ast.Call(func=ast.Name(id="check"), args=[ast.Constant(value=value), _]):
            return bool(value == exercise_id)
    return False


def _without_magics(source: str) -> str:
    """Vide les lignes `%magique` et `!commande`, qui ne sont pas du Python."""
    return re.sub(r"^[%!].*$", "", source, flags=re.MULTILINE)
