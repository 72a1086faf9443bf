"""Le livre en LaTeX : figures, renvois, quiz, exercices et parties, sans qu'il faille TeX."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import book_tools
import pytest
from docutils import nodes

from rnnbook_sphinx import pdf, repository

FAKE = """#!/bin/sh
for word; do case "$word" in --output=*) printf '%%PDF-1.5' > "${word#--output=}" ;; esac; done
"""
"""Un rsvg-convert qui n'écrit que l'en-tête d'un PDF ; `make verifier` essaie le vrai."""

INTERACTIVE = """
```{code-cell} ipython3
---
mystnb:
  figure: {name: fig-vivante, caption: "Un réseau que l'on déroule."}
---
from rnnbook.widgets import Unrolled
Unrolled()
```
"""


@pytest.fixture(scope="module")
def latex(tmp_path_factory) -> Path:
    """Le dossier du petit livre en LaTeX, écrit sans un avertissement par la commande de `make pdf`."""
    folder = tmp_path_factory.mktemp("latex")
    book_tools.write(folder)
    page = folder / "book" / "02-suite.md"
    page.write_text(book_tools.site_tools.HEADER + "# 2. La suite\n" + INTERACTIVE, encoding="utf-8")
    fake = folder / "outils" / "rsvg-convert"
    fake.parent.mkdir()
    fake.write_text(FAKE, encoding="utf-8")
    fake.chmod(fake.stat().st_mode | stat.S_IXUSR)
    environ = {name: value for name, value in os.environ.items() if not name.startswith("GITHUB_")}
    environ |= {"PATH": f"{fake.parent}:{environ['PATH']}", "GITHUB_REPOSITORY": "exemple/rnnbook"}
    done = subprocess.run(
        [Path(sys.executable).with_name("jupyter-book"), "build", folder, "--builder", "latex", "-W", "-n"],
        capture_output=True,
        text=True,
        env=environ,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return folder / "_build" / "latex"


@pytest.fixture(scope="module")
def tex(latex) -> str:
    return (latex / "rnnbook.tex").read_text(encoding="utf-8")


def test_the_summary_tells_what_the_pdf_must_contain(latex, tex):
    summary = json.loads((latex / pdf.SUMMARY).read_text(encoding="utf-8"))
    assert "2. La suite" in summary["titres"]
    assert {"book/02-suite:fig-vivante"} < summary["numeros"].keys()
    assert any(name.startswith("equation:") for name in summary["numeros"])
    labels = set(re.findall(r"\\label\{(?:\\detokenize\{)?([^{}]+)\}", tex))
    assert summary["numeros"].keys() <= labels


def test_every_reference_has_its_label(tex):
    wanted = re.findall(r"\\(?:hyperref\[|eqref\{|ref\{)\\detokenize\{([^}]+)\}", tex)
    written = set(re.findall(r"\\label\{\\detokenize\{([^}]+)\}\}", tex))
    written |= set(re.findall(r"\\label\{(equation:[^}]+)\}", tex))
    assert wanted
    assert set(wanted) <= written


def test_figures_stay_vector(tex):
    images = re.findall(r"\\sphinxincludegraphics(?:\[[^]]*\])?\{(?:\{(.+?)\}(\.\w+)|(.+?))\}", tex)
    assert len(images) == 5
    assert {extension for _, extension, _ in images} == {".pdf"}


def test_an_interactive_figure_leads_to_its_page(tex):
    page = r"https://exemple.github.io/rnnbook/book/02\-suite.html\#fig\-vivante"
    assert page.replace("\\-", "-") in tex.replace("\\-", "-")


def test_without_repository_the_page_is_named():
    note = pdf.where(None, "book/03-cellule", "fig-cellule-deroule")
    assert note.astext().endswith("Elle s’anime dans la page book/03-cellule.html du livre construit.")
    assert not list(note.findall(nodes.reference))


def test_with_a_repository_the_page_is_linked():
    note = pdf.where(repository.Repository("Ecole", "cours", "main"), "book/03-cellule", "")
    (link,) = note.findall(nodes.reference)
    assert link["refuri"] == "https://ecole.github.io/cours/book/03-cellule.html"


def test_no_html_is_left(tex):
    body = tex.partition(r"\begin{document}")[2]
    assert not re.search(r"</?(?:div|span|svg|details|table|script)\b", body)


def test_the_book_is_arranged(tex):
    body = tex.partition(r"\begin{document}")[2]
    order = [r"\chapter{Présentation}", r"\livreannexes{Partie}", r"\chapter{1. Un chapitre}"]
    assert [text for text in order if text in body] == order
    assert [body.index(text) for text in order] == sorted(body.index(text) for text in order)
    title = body.index(r"\chapter{Bibliographie}")
    assert title < body.index(r"\begin{sphinxthebibliography}")


def test_a_part_with_chapters_is_counted():
    assert pdf.part("Séquences", numbered=True).astext() == r"\part{Séquences}"
    assert pdf.part("Annexes", numbered=False).astext() == r"\livreannexes{Annexes}"


def test_boxes_have_their_kind(tex):
    assert r"\begin{sphinxadmonition}{important}{Fiche du chapitre}" in tex
    assert r"\begin{sphinxadmonition}{tip}{Ce que ce chapitre vérifie}" in tex
    assert r"\begin{livreexercice}{livre-orange}" in tex
    assert r"\begin{livreexercice}{livre-green}" in tex


def test_answers_of_a_quiz_are_explained(tex):
    assert "Quiz d’essai" in tex
    assert "C’est un de trop." in tex


def test_numbers_do_not_start_again_in_each_chapter(tex):
    assert "nonumfigreset" in tex


def test_missing_packages_are_named(monkeypatch):
    monkeypatch.setattr(pdf.shutil, "which", lambda name: None)
    assert pdf.missing() == list(dict.fromkeys([*pdf.COMMANDS.values(), *pdf.FILES.values()]))


def test_nothing_is_missing_when_all_is_found(monkeypatch):
    monkeypatch.setattr(pdf.shutil, "which", lambda name: "/bin/true")
    assert pdf.missing() == []
