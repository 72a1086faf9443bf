"""Construit deux fois le livre sans cache et compare : mêmes nombres, mêmes figures, mêmes carnets.

python tests/verifier/constructions.py
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from itertools import zip_longest
from pathlib import Path

ROOT = Path(__file__).parents[2]

EXPECTED = {
    "book/durees.html": "donne la durée de chaque chapitre",
    "_sources/book/durees.md": "la source de cette page",
    "searchindex.js": "indexe les nombres de la page des durées",
    ".buildinfo": "ne sert qu'à Sphinx",
}
"""Fichiers qui peuvent différer d'une construction à l'autre, et pourquoi."""


def build(folder: Path) -> Path:
    """Construit le livre dans `folder`, qui n'a rien en cache ; renvoie le dossier HTML."""
    start = time.monotonic()
    book = Path(sys.executable).with_name("jupyter-book")
    done = subprocess.run(
        [book, "build", ROOT, "--path-output", folder, "-W", "-n", "--keep-going"],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(done.stdout[-3000:] + done.stderr[-3000:])
    print(f"construction sans cache : {time.monotonic() - start:.0f} s", flush=True)
    return folder / "_build" / "html"


def contents(folder: Path) -> dict[str, bytes]:
    """Chemin relatif → octets, pour tous les fichiers du dossier."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def differences(first: dict[str, bytes], second: dict[str, bytes]) -> list[str]:
    """Les fichiers qui diffèrent ou ne sont que d'un côté, hors de ceux qu'on attend."""
    return sorted(
        name
        for name in (first.keys() | second.keys()) - EXPECTED.keys()
        if first.get(name) != second.get(name)
    )


def where(first: bytes | None, second: bytes | None) -> str:
    """La première ligne qui diffère, dans les deux versions : c'est elle qui dit d'où vient l'écart."""
    if first is None or second is None:
        return "d'un seul côté"
    lines = (text.decode(errors="replace").splitlines() for text in (first, second))
    one, two = next(((a, b) for a, b in zip_longest(*lines, fillvalue="") if a != b), ("", ""))
    start = max(0, next((k for k, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), 0) - 60)
    return f"{one[start : start + 160]!r} puis {two[start : start + 160]!r}"


def main() -> None:
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        first, second = contents(build(Path(one))), contents(build(Path(two)))
    if found := differences(first, second):
        lines = (f"{name} : {where(first.get(name), second.get(name))}" for name in found)
        raise SystemExit("fichiers différents :\n" + "\n".join(lines))
    print(f"{len(first)} fichiers identiques")


if __name__ == "__main__":
    main()
