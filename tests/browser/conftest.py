"""Le navigateur des tests, un serveur local, le livre construit et un petit site qui montre chaque figure.

Le livre testé est `_build/html`, ou le dossier que nomme la variable `RNNBOOK_HTML`. Sans navigateur ou sans
livre, les tests sont sautés en disant pourquoi ; sur l'intégration continue (`CI=true`), ils échouent.
"""

from __future__ import annotations

import functools
import http.server
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import figure_tools
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Route, sync_playwright

from rnnbook.widgets import FIGURES, Figure

BOOK = Path(os.environ.get("RNNBOOK_HTML", figure_tools.ROOT / "_build" / "html"))
ARGUMENTS = ["--no-sandbox", "--disable-background-networking", "--disable-gpu", "--font-render-hinting=none"]


def book_pages() -> list[str]:
    """Les pages du livre construit ; les jeux de diapositives ont leurs propres essais."""
    pages = (path.relative_to(BOOK).as_posix() for path in BOOK.rglob("*.html"))
    others = ("_static/", "_sources/", "reports/", "diapos/")
    return sorted(page for page in pages if not page.startswith(others))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Un test par page du livre pour qui demande `book_page` ; un seul, sauté, sans livre."""
    if "book_page" in metafunc.fixturenames:
        metafunc.parametrize("book_page", book_pages() or [None], indirect=True)


@pytest.fixture
def book_page(request: pytest.FixtureRequest) -> str:
    """Une page du livre construit."""
    if request.param is None:
        figure_tools.missing(f"pas de livre dans {BOOK} : construisez-le avec `make livre`")
    return request.param


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Le navigateur du système s'il y en a un, sinon celui de `playwright install chromium`."""
    system = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=system, args=ARGUMENTS)
        except Error as error:
            figure_tools.missing(f"aucun navigateur ne démarre : {error.message.splitlines()[0]}")
        yield browser
        browser.close()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Le serveur ne dit rien : le navigateur rapporte déjà les fichiers absents."""


@pytest.fixture(scope="session")
def serve() -> Iterator[Callable[[Path], str]]:
    """Sert un dossier par HTTP sur cette machine ; renvoie le début de ses adresses."""
    servers: dict[Path, http.server.ThreadingHTTPServer] = {}

    def start(folder: Path) -> str:
        if folder not in servers:
            handler = functools.partial(_Quiet, directory=str(folder))
            servers[folder] = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
            threading.Thread(target=servers[folder].serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{servers[folder].server_port}"

    yield start
    for server in servers.values():
        server.shutdown()
        server.server_close()


class Visit:
    """Une page ouverte, et ce qui s'y passe de travers : requêtes vers ailleurs, erreurs de la console."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.problems: list[str] = []
        self.requests: list[str] = []
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.problems.append(f"erreur : {error}"))
        page.on("requestfailed", lambda request: self.problems.append(f"requête échouée : {request.url}"))
        page.route("**/*", self._filter)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.problems.append(f"console ({message.type}) : {message.text}")

    def _filter(self, route: Route) -> None:
        url = urlsplit(route.request.url)
        self.requests.append(route.request.url)
        if url.scheme in ("file", "data", "blob") or url.hostname == "127.0.0.1":
            route.continue_()
        else:
            self.problems.append(f"requête vers un autre hôte : {route.request.url}")
            route.abort()

    def violations(self, selector: str = "html", rules: list[str] | None = None) -> list[str]:
        """Ce que axe-core reproche à la page, ou à une partie d'elle ; `rules` : seulement ces règles."""
        source = figure_tools.need_npm_package("axe-core/axe.min.js").read_text(encoding="utf-8")
        self.page.evaluate(source)
        options = {} if rules is None else {"runOnly": rules}
        run = "([selector, options]) => axe.run(selector, options)"
        found = self.page.evaluate(run, [selector, options])["violations"]
        return [f"{rule['id']} : {node['html'][:300]}" for rule in found for node in rule["nodes"]]

    def drag_finger(self, *points: tuple[float, float]) -> None:
        """Pose un doigt au premier point de la fenêtre, le glisse par les suivants, et le lève."""
        client = self.page.context.new_cdp_session(self.page)
        for i, (x, y) in enumerate(points):
            kind = "touchMove" if i else "touchStart"
            client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
        client.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    def overflow(self) -> int:
        """De combien de pixels la page dépasse la fenêtre en largeur."""
        return self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )


@pytest.fixture
def visit(chromium: Browser, serve: Callable[[Path], str]) -> Iterator[Callable[..., Visit]]:
    """Ouvre une page d'un site : `visit(dossier, "page.html", scheme="file", dark=True, width=390)`."""
    contexts = []

    def open_page(
        folder: Path,
        path: str,
        *,
        scheme: str = "http",
        dark: bool = False,
        width: int = 1200,
        calm: bool = True,
    ) -> Visit:
        context = chromium.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce" if calm else "no-preference",
            has_touch=width < 600,
        )
        contexts.append(context)
        visited = Visit(context.new_page())
        root = serve(folder) if scheme == "http" else folder.resolve().as_uri()
        visited.page.goto(f"{root}/{path}")
        visited.page.wait_for_load_state("networkidle")
        return visited

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Un petit site, une page par figure (`<module>.html`) et une page `toutes.html`."""
    pages: dict[str, list[Callable[[], Figure]]] = {figure.module: [figure] for figure in FIGURES}
    pages["toutes"] = list(FIGURES)
    return figure_tools.build_site(tmp_path_factory.mktemp("atelier"), pages)
