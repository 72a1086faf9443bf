"""Garder et relire les résultats longs : une commande les calcule, `book/resultats/*.json` les conserve.

Un chapitre charge le fichier, refait une de ses lignes en direct et vérifie qu'elle s'accorde.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import json
import platform
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

_PACKAGED = Path(__file__).parent / "resultats"
_CHECKOUT = Path(__file__).parents[2] / "book" / "resultats"


def folder() -> Path:
    """Renvoie le dossier des résultats : celui du dépôt, ou celui livré avec le paquet installé.

    Lève `FileNotFoundError` si aucun des deux n'existe.
    """
    for candidate in (_CHECKOUT, _PACKAGED):
        if candidate.is_dir():
            return candidate
    raise FileNotFoundError(f"aucun dossier de résultats : ni {_CHECKOUT} ni {_PACKAGED} n'existe")


def load(name: str) -> dict[str, Any]:
    """Lit `book/resultats/<name>.json`, écrit par `save`.

    Lève `FileNotFoundError` avec la liste des résultats qui existent.
    """
    path = folder() / f"{name}.json"
    if not path.is_file():
        known = ", ".join(sorted(p.stem for p in folder().glob("*.json"))) or "aucun"
        raise FileNotFoundError(f"name : résultat {name!r} inconnu ; résultats présents : {known}")
    return json.loads(path.read_text(encoding="utf-8"))


def save(
    name: str,
    *,
    command: str,
    seeds: Iterable[int],
    modules: Iterable[str],
    rows: Any,
    packages: Iterable[str] = ("torch", "numpy"),
) -> Path:
    """Écrit `book/resultats/<name>.json` et renvoie son chemin.

    `command` : la commande qui refait le fichier. `modules` : les modules dont le code produit les
    mesures ; leur empreinte est gardée. `rows` : les mesures, dans une forme que JSON connaît.
    """
    modules = sorted(modules)
    record = {
        "commande": command,
        "graines": list(seeds),
        "versions": {"python": platform.python_version(), **{p: version(p) for p in sorted(packages)}},
        "modules": modules,
        "empreinte": fingerprint(modules),
        "lignes": rows,
    }
    path = folder() / f"{name}.json"
    path.write_text(json.dumps(record, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return path


def run_command(description: str | None, commands: Mapping[str, Callable[[], object]]) -> None:
    """Lance la mesure nommée sur la ligne de commande : l'entrée commune des fichiers de `benchmarks/`.

    `description` : la docstring du fichier, que montre `--help`. `commands` : nom d'une mesure → fonction qui
    la fait. Un nom inconnu arrête le programme et donne la liste des noms.
    """
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("mesure", choices=list(commands))
    commands[parser.parse_args().mesure]()


def fingerprint(modules: Iterable[str]) -> str:
    """Renvoie l'empreinte du code de modules : commentaires, docstrings et mise en page n'y comptent pas."""
    digest = hashlib.sha256()
    for module in sorted(modules):
        spec = find_spec(module)
        if spec is None or spec.origin is None:
            raise ValueError(f"modules : module {module!r} introuvable")
        digest.update(
            ast.dump(_without_docstrings(ast.parse(Path(spec.origin).read_text(encoding="utf-8")))).encode()
        )
    return digest.hexdigest()[:16]


def _without_docstrings(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [line for line in body if not _is_text(line)]  # type: ignore[attr-defined]
    return tree


def _is_text(line: ast.AST) -> bool:
    return (
        isinstance(line, ast.Expr)
        and isinstance(line.value, ast.Constant)
        and isinstance(line.value.value, str)
    )
