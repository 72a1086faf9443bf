"""Exécute les carnets publiés, tels quels, dans un environnement neuf qui n'a que ce que Colab a.

    python tests/verifier/carnets.py [--coeurs N] [--limite SECONDES]

Le livre est reconstruit à côté avec un dépôt d'exemple : chaque carnet a donc sa première cellule, qui
installe rnnbook. Une seule chose y est remplacée, l'adresse du dépôt, par la roue du paquet présent.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat

ROOT = Path(__file__).parents[2]
COLAB = Path(__file__).with_name("colab.txt")
REPOSITORY = "exemple/rnnbook"
ADDRESS = f'"rnnbook @ git+https://github.com/{REPOSITORY}@'


def run(*command: str | Path, **options: object) -> None:
    """Lance une commande ; lève `SystemExit`, avec ce qu'elle a dit, si elle échoue."""
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload]
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")


def publish(folder: Path) -> list[Path]:
    """Construit le livre comme la copie d'un dépôt le ferait ; renvoie ses carnets."""
    if (ROOT / "_build" / ".jupyter_cache").is_dir():  # ce qui est déjà exécuté ne l'est pas de nouveau
        shutil.copytree(ROOT / "_build" / ".jupyter_cache", folder / "_build" / ".jupyter_cache")
    book = Path(sys.executable).with_name("jupyter-book")
    environ = {**os.environ, "GITHUB_REPOSITORY": REPOSITORY, "GITHUB_REF_NAME": "main"}
    run(book, "build", ROOT, "--path-output", folder, env=environ)
    return sorted((folder / "_build" / "html" / "carnets").glob("*.ipynb"))


def point_to(wheel: Path, source: Path, target: Path) -> None:
    """Copie un carnet en remplaçant l'adresse du dépôt par la roue ; il doit y avoir une telle adresse."""
    book = nbformat.read(source, 4)
    installs = [cell for cell in book.cells if cell.cell_type == "code" and ADDRESS in cell.source]
    if len(installs) != 1:
        raise SystemExit(f"{source.name} : {len(installs)} cellule d'installation, une attendue")
    installs[0].source = installs[0].source.replace(f'{ADDRESS}main"', f'"{wheel}"')
    if ADDRESS in installs[0].source:
        raise SystemExit(f"{source.name} : branche inattendue dans la cellule d'installation")
    nbformat.write(book, target)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--coeurs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--limite", type=int, default=60, help="secondes permises à un carnet")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        notebooks = publish(folder)
        if not notebooks:
            raise SystemExit("aucun carnet publié")
        run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, ROOT)
        (wheel,) = folder.glob("rnnbook-*.whl")
        run(sys.executable, "-m", "venv", folder / "colab")
        python = folder / "colab" / "bin" / "python"
        run(python, "-m", "pip", "install", "--quiet", "--requirement", COLAB)
        work = folder / "travail"
        work.mkdir()
        for path in notebooks:
            point_to(wheel, path, work / path.name)

        def execute(path: Path) -> float:
            start = time.monotonic()
            convert = ("-m", "nbconvert", "--to", "notebook", "--execute", "--inplace")
            # Le premier carnet installe le paquet : cela ne compte pas dans ses cellules.
            limit = f"--ExecutePreprocessor.timeout={options.limite + 240}"
            run(python, *convert, limit, path.name, cwd=work, env={**os.environ, "OMP_NUM_THREADS": "1"})
            return time.monotonic() - start

        first, *others = sorted(work.glob("*.ipynb"))
        print(f"{first.name} : {execute(first):.0f} s, installation comprise", flush=True)
        with ThreadPoolExecutor(options.coeurs) as pool:
            for path, seconds in zip(others, pool.map(execute, others), strict=True):
                print(f"{path.name} : {seconds:.0f} s", flush=True)
        print(f"{len(notebooks)} carnets exécutés dans un environnement neuf")


if __name__ == "__main__":
    main()
