"""Mesure des pages du livre construit : ce que chacune pèse, et quand elle commence à se voir.

    python benchmarks/pages.py             # après `make livre` ; affiche le tableau
    python benchmarks/pages.py --dossier _build/html --essais 5

Un serveur local, un navigateur au cache vide à chaque essai. Le poids est celui de tous les fichiers que la
page demande, chacun compressé par gzip (ou tel quel s'il est plus court). `premier affichage` est le
`first-contentful-paint` du navigateur, médiane et plus long des essais. Affiche seulement : rien n'est gardé.
"""

from __future__ import annotations

import argparse
import functools
import gzip
import http.server
import shutil
import threading
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import unquote, urlsplit

from playwright.sync_api import Browser, sync_playwright

from rnnbook.formats import decimal

FIRST_PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Le serveur ne dit rien."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--dossier", type=Path, default=Path("_build/html"), help="le livre construit")
    parser.add_argument("--essais", type=int, default=5, help="nombre de visites de chaque page")
    arguments = parser.parse_args()
    pages = sorted(
        path.relative_to(arguments.dossier).as_posix() for path in arguments.dossier.glob("book/*.html")
    )
    if not pages:
        parser.error(f"--dossier : pas de chapitre dans {arguments.dossier} ; lancez `make livre`")
    handler = functools.partial(Quiet, directory=str(arguments.dossier))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"{'page':32s}{'fichiers':>9s}{'HTML (ko)':>11s}{'tout (ko)':>11s}{'premier affichage (ms)':>26s}")
    weights, paints = [], []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-background-networking"]
        )
        for page in pages:
            visits = [
                visit(browser, f"http://127.0.0.1:{server.server_port}", page)
                for _ in range(arguments.essais)
            ]
            files = {arguments.dossier / name for name in visits[0][0]}
            times = [time for _, time in visits]
            weights.append(sum(map(compressed, files)) / 1000)
            paints.append(median(times))
            print(
                f"{page:32s}{len(files):9d}{decimal(compressed(arguments.dossier / page) / 1000, 0):>11s}"
                f"{decimal(weights[-1], 0):>11s}{decimal(paints[-1], 0):>17s}{decimal(max(times), 0):>9s}",
                flush=True,
            )
        browser.close()
    server.shutdown()
    print(
        f"{len(pages)} pages : poids médian {decimal(median(weights), 0)} ko, le plus lourd "
        f"{decimal(max(weights), 0)} ko ; premier affichage médian {decimal(median(paints), 0)} ms, "
        f"le plus tardif {decimal(max(paints), 0)} ms."
    )


def visit(browser: Browser, root: str, page: str) -> tuple[set[str], float]:
    """Ouvre une page, cache vide ; renvoie les fichiers demandés et l'instant du premier affichage (ms)."""
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    opened = context.new_page()
    names: set[str] = set()
    opened.on("request", lambda request: names.add(unquote(urlsplit(request.url).path).lstrip("/")))
    opened.goto(f"{root}/{page}")
    opened.wait_for_load_state("networkidle")
    opened.evaluate("window.MathJax?.startup?.promise.then(() => true)")
    opened.wait_for_load_state("networkidle")
    time = opened.evaluate(FIRST_PAINT)
    context.close()
    return names, time


@functools.cache
def compressed(path: Path) -> int:
    """Octets d'un fichier servi avec gzip."""
    data = path.read_bytes()
    return min(len(data), len(gzip.compress(data)))


if __name__ == "__main__":
    main()
