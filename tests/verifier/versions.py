"""Avance les versions imposées aux plus récentes que pyproject.toml permet, et dit ce qui change.

    python tests/verifier/versions.py

`requirements.txt` impose les paquets que le livre emploie ; `.ci/contraintes.txt`, ceux qu'ils entraînent
et les outils de test. Les versions sont celles d'un environnement neuf. Lancez ensuite `make test`, puis
relisez le livre.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
REQUIREMENTS = ROOT / "requirements.txt"
CONSTRAINTS = ROOT / ".ci" / "contraintes.txt"
NOT_OURS = {"rnnbook", "pip", "setuptools", "wheel"}
"""Le paquet lui-même, et ce qui vient avec Python."""
_PIN = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>\S+)$", re.MULTILINE)


def newest(folder: Path) -> dict[str, str]:
    """Installe le livre et ses tests sans version imposée ; renvoie paquet → version."""
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    python = folder / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", f"{ROOT}[livre,test]"], check=True)
    listed = subprocess.run(
        [python, "-m", "pip", "list", "--format", "json"], capture_output=True, text=True, check=True
    )
    installed = {_key(package["name"]): package["version"] for package in json.loads(listed.stdout)}
    return {name: version for name, version in installed.items() if name not in NOT_OURS}


def _key(name: str) -> str:
    """Un même paquet s'écrit avec des tirets, des points ou des soulignés."""
    return re.sub(r"[-_.]+", "-", name).lower()


def advance(text: str, versions: dict[str, str]) -> tuple[str, list[str]]:
    """Renvoie le texte avec les nouvelles versions, et la liste des changements."""
    changes: list[str] = []

    def replace(match: re.Match[str]) -> str:
        version = versions.get(_key(match["name"]), match["version"])
        if version != match["version"]:
            changes.append(f"{match['name']} : {match['version']} → {version}")
        return f"{match['name']}=={version}"

    return _PIN.sub(replace, text), changes


def constrain(text: str, requirements: str, versions: dict[str, str]) -> str:
    """Renvoie le fichier des contraintes : son en-tête, puis les paquets que `requirements` n'impose pas."""
    head = "".join(line for line in text.splitlines(keepends=True) if line.startswith("#"))
    direct = {_key(match["name"]) for match in _PIN.finditer(requirements)}
    pins = sorted((name, version) for name, version in versions.items() if name not in direct)
    # « 2.13.0+cpu » et « 2.13.0 » sont la même version, compilée autrement.
    return head + "".join(f"{name}=={version.partition('+')[0]}\n" for name, version in pins)


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        versions = newest(Path(name))
    text, changes = advance(REQUIREMENTS.read_text(encoding="utf-8"), versions)
    REQUIREMENTS.write_text(text, encoding="utf-8")
    constraints, more = advance(CONSTRAINTS.read_text(encoding="utf-8"), versions)
    CONSTRAINTS.write_text(constrain(constraints, text, versions), encoding="utf-8")
    changes += more
    print("\n".join(changes) or "toutes les versions sont les plus récentes")


if __name__ == "__main__":
    main()
