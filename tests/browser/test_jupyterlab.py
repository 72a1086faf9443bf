"""Dans un vrai JupyterLab, la figure est un widget vivant : la page change Python, Python change la page."""

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

import nbformat
import pytest
from playwright.sync_api import expect

pytest.importorskip("jupyterlab", reason="JupyterLab est absent : pip install 'rnnbook[test]'")

TOKEN = "carnet-de-test"
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """Un JupyterLab réglé comme celui de Binder ; renvoie la fonction qui donne l'adresse d'un fichier."""
    folder = tmp_path_factory.mktemp("lab")
    cells = [
        nbformat.v4.new_code_cell("from rnnbook.widgets import Unrolled\nfigure = Unrolled()\nfigure"),
        nbformat.v4.new_code_cell("print('pas', figure.step, figure.W_hh[0][0])"),
        nbformat.v4.new_code_cell("figure.sequence = 'az'"),
    ]
    book = nbformat.v4.new_notebook(cells=cells)
    book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(book, folder / "carnet.ipynb")
    shutil.copy(ROOT / "book" / "03-cellule.md", folder)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = [
        f"--ServerApp.port={port}",
        f"--IdentityProvider.token={TOKEN}",
        "--no-browser",
        "--allow-root",
    ]
    tools = {"PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])}
    private = {
        name: str(folder / name) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    }
    # Ce que Binder exécute après l'installation : les chapitres s'ouvrent comme des carnets.
    subprocess.run(
        ["bash", ROOT / "binder" / "postBuild"], env={**os.environ, **private, **tools}, check=True
    )
    with (folder / "journal").open("wb") as journal:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *settings, "--LabApp.news_url=None"],
            cwd=folder,
            env={**os.environ, **private, **tools, "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings")},
            stdout=journal,
            stderr=journal,
        )
        try:
            wait_until_it_answers(server, f"http://127.0.0.1:{port}/api/status?token={TOKEN}")
            yield lambda name: f"http://127.0.0.1:{port}/lab/tree/{name}?token={TOKEN}"
        finally:
            server.terminate()
            server.wait(timeout=30)


def wait_until_it_answers(server, address):
    for _ in range(120):
        assert server.poll() is None, "JupyterLab s'est arrêté avant de répondre"
        try:
            urllib.request.urlopen(address, timeout=2).close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    pytest.fail("JupyterLab n'a pas répondu en une minute")


def run_cell(page, index):
    """Exécute la cellule et attend son numéro d'exécution."""
    cell = page.locator(".jp-CodeCell").nth(index)
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    expect(cell.locator(".jp-InputPrompt")).to_have_text(re.compile(r"\[\d+\]"), timeout=60_000)
    return cell


def test_widget_is_live_both_ways(chromium, lab):
    page = chromium.new_page(viewport={"width": 1200, "height": 1600})
    page.goto(lab("carnet.ipynb"))
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=90_000)
    figure = run_cell(page, 0).locator(".rnn-figure")
    expect(figure.get_by_text("À essayer :")).to_be_visible(timeout=60_000)
    # C'est le widget, pas le HTML de la page du livre.
    expect(page.locator(".rnn-figure[data-state]")).to_have_count(0)

    expect(run_cell(page, 1).locator(".jp-OutputArea-output")).to_have_text(re.compile(r"pas 8 0\.9"))
    figure.get_by_role("slider", name="Pas t").press("Home")
    weight = figure.locator(".rnn-row .rnn-slider input")
    weight.press("ArrowRight")
    expect(figure.locator(".rnn-row output")).to_have_text("0,95")
    expect(run_cell(page, 1).locator(".jp-OutputArea-output")).to_have_text(re.compile(r"pas 0 0\.95"))

    run_cell(page, 2)
    expect(figure.get_by_label("Suite d’entrée")).to_have_value("az")
    expect(figure.locator(".rnn-column")).to_have_count(3)
    page.close()


def test_a_chapter_opens_as_a_notebook(chromium, lab):
    page = chromium.new_page(viewport={"width": 1200, "height": 900})
    page.goto(lab("03-cellule.md"))
    panel = page.get_by_role("tabpanel", name="03-cellule.md")
    expect(panel.get_by_role("heading", name="3. La cellule récurrente")).to_be_visible(timeout=90_000)
    expect(panel.locator(".jp-CodeCell").first).to_be_visible()
    page.close()
