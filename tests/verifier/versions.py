"""Avance les versions de requirements.txt aux plus récentes que pyproject.toml permet, et dit ce qui change.

    python tests/verifier/versions.py

Les versions sont celles d'un environnement neuf. Lancez ensuite `make test`, puis relisez le livre.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
FILE = ROOT / "requirements.txt"
_PIN = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>\S+)$", re.MULTILINE)


def newest(folder: Path) -> dict[str, str]:
    """Installe le livre sans version imposée ; renvoie paquet → version."""
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    python = folder / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", f"{ROOT}[livre]"], check=True)
    listed = subprocess.run(
        [python, "-m", "pip", "list", "--format", "json"], capture_output=True, text=True, check=True
    )
    return {_key(package["name"]): package["version"] for package in json.loads(listed.stdout)}


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


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        versions = newest(Path(name))
    text, changes = advance(FILE.read_text(encoding="utf-8"), versions)
    FILE.write_text(text, encoding="utf-8")
    print("\n".join(changes) or "toutes les versions sont les plus récentes")


if __name__ == "__main__":
    main()
