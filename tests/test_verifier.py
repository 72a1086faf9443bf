"""Les commandes longues de `make verifier` : ce qu'elles décident, sans ce qu'elles calculent."""

from __future__ import annotations

import importlib.util
import re
import sys
import tomllib
from itertools import chain
from pathlib import Path

import nbformat
import pytest

FOLDER = Path(__file__).parent


def load(path: str):
    """Le module d'un script, qui n'est pas dans un paquet."""
    spec = importlib.util.spec_from_file_location(Path(path).stem + "_script", FOLDER / path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def relire():
    return load("relecture/relire.py")


def read(relire, tmp_path, text):
    path = tmp_path / "page.md"
    path.write_text(text, encoding="utf-8")
    return [passage.text for passage in relire.passages(path)]


def test_relecture_reads_prose_and_leaves_code(relire, tmp_path):
    text = (
        "# Un titre\n\nL'état $h_t$ (*hidden state*, RNN) suit `nn.RNN` et {eq}`eq-a`.\n\n"
        '```{code-cell} ipython3\n---\nmystnb:\n  figure: {name: fig-a, caption: "La courbe monte."}\n'
        '  image: {alt: "Elle atteint un."}\n---\nfautte = 1\n```\n\n```{math}\nx = fautte\n```\n\n'
        "```{admonition} Un encadré\n:class: fiche\nSon texte.\n```\n\n- un {term}`mot <mots>`\n"
    )
    assert read(relire, tmp_path, text) == [
        "Un titre",
        "L’état Dupont (RNN) suit Dupont et Dupont.",
        "La courbe monte.",
        "Elle atteint un.",
        "Un encadré",
        "Son texte.",
        "un mot",
    ]


def test_relecture_reads_claims(relire, tmp_path):
    text = (FOLDER.parent / "book" / "03-cellule.md").read_text(encoding="utf-8").partition("# 3.")[
        0
    ] + "```{code-cell} ipython3\n# Vérifie : output[-1] est égal à h_n.\nassert True\n```\n"
    assert read(relire, tmp_path, text) == ["Dupont est égal à Dupont"]


def test_every_silent_rule_has_a_reason(relire):
    assert relire.silent_rules()


def test_versions_advance_pins_and_nothing_else():
    versions = load("verifier/versions.py")
    text = "# commentaire\n-e .[livre]\nmyst-nb==1.0\nbokeh_sampledata==2\n"
    new, changes = versions.advance(text, {"myst-nb": "1.4", "bokeh-sampledata": "2"})
    assert new == "# commentaire\n-e .[livre]\nmyst-nb==1.4\nbokeh_sampledata==2\n"
    assert changes == ["myst-nb : 1.0 → 1.4"]


def test_constraints_are_what_requirements_do_not_say():
    versions = load("verifier/versions.py")
    found = {"myst-nb": "1.4", "torch": "2.13.0+cpu", "sphinx": "7.4.7"}
    assert versions.constrain("# Pourquoi\nancien==1\n", "MyST_NB==1.4\n", found) == (
        "# Pourquoi\nsphinx==7.4.7\ntorch==2.13.0\n"
    )


def test_every_package_of_the_tests_has_one_version():
    """Chaque dépendance est imposée une fois, dans l'un des deux fichiers, ou deux fois la même."""
    versions = load("verifier/versions.py")
    pins: dict[str, str] = {}
    for path in (versions.REQUIREMENTS, versions.CONSTRAINTS):
        for match in versions._PIN.finditer(path.read_text(encoding="utf-8")):
            assert pins.setdefault(versions._key(match["name"]), match["version"]) == match["version"], path
    project = tomllib.loads((FOLDER.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = list(chain(project["dependencies"], *project["optional-dependencies"].values()))
    names = {versions._key(re.match(r"[\w.-]+", requirement)[0]) for requirement in wanted}
    assert names <= pins.keys()


def test_constructions_see_a_difference():
    constructions = load("verifier/constructions.py")
    same = {"a.html": b"x", "book/durees.html": b"1"}
    assert constructions.differences(same, {**same, "book/durees.html": b"2"}) == []
    assert constructions.differences(same, {**same, "a.html": b"y"}) == ["a.html"]
    assert constructions.differences(same, {**same, "b.html": b""}) == ["b.html"]
    assert constructions.where(b"un\ndeux : 0,1", b"un\ndeux : 0,2") == ("'deux : 0,1' puis 'deux : 0,2'")
    assert constructions.where(b"x", None) == "d'un seul côté"


def test_carnets_replace_only_the_address(tmp_path):
    carnets = load("verifier/carnets.py")
    install = f'if True:\n    %pip install {carnets.ADDRESS}main"\n'
    cells = [nbformat.v4.new_code_cell(install), nbformat.v4.new_code_cell("1 + 1")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "a.ipynb")
    carnets.point_to(tmp_path / "x.whl", tmp_path / "a.ipynb", tmp_path / "b.ipynb")
    first, second = nbformat.read(tmp_path / "b.ipynb", 4).cells
    assert first.source == f'if True:\n    %pip install "{tmp_path / "x.whl"}"\n'
    assert second.source == "1 + 1"
    with pytest.raises(SystemExit, match="0 cellule d'installation"):
        carnets.point_to(tmp_path / "x.whl", tmp_path / "b.ipynb", tmp_path / "c.ipynb")


@pytest.fixture(scope="module")
def composed():
    return load("verifier/pdf.py")


@pytest.mark.parametrize(
    ("line", "reproach"),
    [
        ("Missing character: There is no ☃ (U+2603) in font texgyrepagella!", "caractère absent"),
        ("LaTeX Warning: Hyper reference `book/03:x' on page 4 undefined on input line 9.", "renvoi"),
        ("LaTeX Warning: Label `book/03:x' multiply defined.", "étiquette donnée deux fois"),
        ("Overfull \\hbox (21.0pt too wide) in paragraph at lines 3--4", "débordement de 21.0 pt"),
    ],
)
def test_pdf_log_faults_are_seen(composed, line, reproach):
    (fault,) = composed.log_faults(f"LuaTeX\n{line}\n[1]\n")
    assert fault.startswith(reproach)


def test_a_small_overflow_is_allowed(composed):
    assert not list(composed.log_faults("Overfull \\vbox (2.3pt too high) detected at line 3\n"))


def test_pdf_numbers_are_those_of_the_pages(composed):
    aux = "\\newlabel{book/03:fig-a}{{5}{31}{Une figure}{figure.caption.5}{}}\n"
    found = composed.labels(aux)
    assert not list(composed.number_faults(found, {"book/03:fig-a": "5"}))
    assert list(composed.number_faults(found, {"book/03:fig-a": "6", "equation:book/03:eq-b": "1"})) == [
        "book/03:fig-a : numéro 5 dans le PDF, 6 dans la page",
        "equation:book/03:eq-b : numéro absent dans le PDF, 1 dans la page",
    ]


def test_pdf_fonts_are_embedded(composed):
    head = "name type encoding emb sub uni object ID\n---- ---- -------- --- --- --- ---------\n"
    row = "ABCDEF+TeXGyrePagella-Regular CID Type 0C (OT)  Identity-H {} yes yes    5  0\n"
    assert not list(composed.font_faults(head + row.format("yes")))
    assert len(list(composed.font_faults(head + row.format("no ")))) == 1
