"""Ce dont dépend l'exécution d'un chapitre : fichiers du projet lus et versions installées.

On garde une empreinte de chaque fichier lu, d'après le témoin du noyau (`witness`). Tant qu'aucune ne
change, exécuter à nouveau donnerait le même résultat : le code qui aurait pu lire autre chose est lui-même
parmi ces fichiers.
"""

from __future__ import annotations

import hashlib
import os
import sys
from functools import cache
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

PACKAGE = "rnnbook"


def collect(seen: dict[str, list[str]], *, root: Path, since: float) -> dict[str, Any]:
    """Renvoie les dépendances d'une exécution, prêtes à être gardées en JSON.

    `seen` : ce que le témoin a noté. `root` : racine du livre. `since` : instant (secondes) du début de
    l'exécution ; un fichier modifié depuis reçoit une empreinte vide, qui fera exécuter à nouveau.
    """
    paths = {path for name in seen["fichiers"] if (path := Path(os.path.realpath(name))).is_file()}
    if "safetensors" in seen["modules"]:
        # Cette bibliothèque ouvre ses fichiers sans passer par Python : le témoin ne les voit pas.
        paths.update(_package_folder().rglob("*.safetensors"))
    files = {
        _key(path, root): "" if path.stat().st_mtime > since else _digest(path)
        for path in sorted(paths)
        if _is_project(path, root)
    }
    installed = packages_distributions()
    names = {name for module in seen["modules"] for name in installed.get(module, [])} - {PACKAGE}
    versions = {"python": _python(), **{name: version(name) for name in sorted(names)}}
    return {"fichiers": files, "versions": versions}


def changes(kept: dict[str, Any], *, root: Path) -> list[str]:
    """Renvoie, en français, ce qui a changé depuis que `kept` a été gardé ; une liste vide si rien."""
    found = []
    for key, digest in kept["fichiers"].items():
        path = root / key
        if not path.is_file():
            found.append(f"{key} a disparu")
        elif _digest(path) != digest:
            found.append(f"{key} a changé")
    for name, old in kept["versions"].items():
        new = _python() if name == "python" else _installed(name)
        if new != old:
            found.append(f"{name} est passé de {old} à {new or 'absent'}")
    return found


def _is_project(path: Path, root: Path) -> bool:
    if path.suffix == ".pyc":
        return False
    if path.is_relative_to(_package_folder()):
        return True
    if not path.is_relative_to(root) or path.is_relative_to(os.path.realpath(sys.prefix)):
        return False
    folders = path.relative_to(root).parts
    return not any(part == "_build" or part.startswith(".") for part in folders)


def _key(path: Path, root: Path) -> str:
    # Relatif quand c'est possible : le cache reste bon si le dépôt change de place.
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)


def _digest(path: Path) -> str:
    state = path.stat()
    return _digest_of_state(path, state.st_mtime_ns, state.st_size)


@cache
def _digest_of_state(path: Path, mtime_ns: int, size: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def _package_folder() -> Path:
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise FileNotFoundError(f"le paquet {PACKAGE} n'est pas installé")
    return Path(os.path.realpath(spec.origin)).parent


def _python() -> str:
    return f"{sys.version_info.major}.{sys.version_info.minor}"


@cache
def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
