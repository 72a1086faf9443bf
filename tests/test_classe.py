"""Chaque commande des pages de l'enseignant est essayée, ou le dit."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = ("classe.md", "enseignant.md")

ELSEWHERE = {
    "make livre": "première étape de .ci/run",
    "RNNBOOK_SANS_SOLUTIONS=1 jupyter-book build .": "test_sphinx_exercises construit un tel livre",
    "pip install nbgitpuller": "s'exécute sur le serveur de l'établissement",
}
"""Commandes qu'un test de ce fichier n'exécute pas, et pourquoi."""

HERE = {
    "cp -r _build/html cours-rnn",
    "python -m http.server 8000 --directory _build/html",
    "python -m rnnbook_sphinx.feuilles --sortie feuilles",
}


def commands() -> set[str]:
    """Les lignes des blocs de commandes."""
    text = "\n".join((ROOT / "book" / page).read_text(encoding="utf-8") for page in PAGES)
    blocks = re.findall(r"^```bash\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return {line for block in blocks for line in block.splitlines()}


def test_every_command_is_tried_or_explained():
    assert commands() == HERE | ELSEWHERE.keys()


def tools() -> dict[str, str]:
    """L'environnement d'un lecteur qui a activé `.venv`."""
    return {**os.environ, "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])}


def test_the_sheets_are_written(tmp_path):
    shutil.copytree(ROOT / "book", tmp_path / "book")
    command = next(line for line in HERE if "feuilles" in line)
    subprocess.run(command.split(), cwd=tmp_path, env=tools(), check=True, capture_output=True)
    sheets = sorted(path.name for path in (tmp_path / "feuilles").iterdir())
    assert "03-cellule-exercices.ipynb" in sheets


def test_the_copied_book_is_served(tmp_path, mini_book):
    shutil.copytree(mini_book, tmp_path / "_build" / "html")
    copy = next(line for line in HERE if line.startswith("cp"))
    subprocess.run(copy.split(), cwd=tmp_path, check=True)
    assert (tmp_path / "cours-rnn" / "index.html").is_file()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    serve = next(line for line in HERE if "http.server" in line).replace("8000", str(port))
    server = subprocess.Popen(serve.split(), cwd=tmp_path, env=tools(), stderr=subprocess.DEVNULL)
    try:
        page = fetch(f"http://127.0.0.1:{port}/book/01-carnet.html")
    finally:
        server.terminate()
        server.wait(timeout=10)
    assert "Un chapitre" in page


def fetch(address: str) -> str:
    for _ in range(100):
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                return answer.read().decode("utf-8")
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    pytest.fail(f"{address} n'a pas répondu")
