"""Pas un mot d'anglais dans l'interface, et une composition à la française."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from pybtex.database import parse_string
from pybtex.plugin import register_plugin

from rnnbook_sphinx.french import FrenchBibliographyStyle, FrenchNames, typeset

INTERFACE = {
    # Barres et boutons.
    "Passer au contenu principal",
    "Afficher ou masquer le sommaire", "Afficher ou masquer le plan de la page",
    "Chercher", "Chercher…", "Chercher dans le livre", "Chercher dans le livre…", "Ctrl", "+", "K",
    "Clair, sombre, automatique", "Mode clair, sombre ou automatique", "Plan de la page", "Sommaire",
    "Sommaire du livre", "Sur cette page", "Alerte de version", "Téléchargez cette page",
    "Télécharger le fichier source", "Imprimer au format PDF", ".md", ".pdf",
    "Télécharger le carnet de ce chapitre", ".ipynb",
    "précédent", "suivant", "page précédente", "page suivante", "© 2026, Les auteurs de rnnbook",
    # Recherche et index.
    "Recherche", "Index", "JavaScript est désactivé",
    "La recherche a besoin de JavaScript ; le sommaire et l’index fonctionnent sans lui.",
    # Contenu que Sphinx et ses extensions écrivent.
    "#", "Fig. 1", "Fig. 2", "Fig. 3", "Fig. 4", "Tableau 1", "Exercice 1", "Exercice 2",
    "(Écrire)", "(Un pas)", "Solution de l’exercice 2 (Un pas)", "Voir les réponses expliquées",
    "Note", "Avertissement", "Ce que ce chapitre vérifie",
    "Code", "Résultat", "Lien vers ce tableau", "Lien vers ce terme", "Lien vers cette définition",
    "Lien vers cette image", "Lien vers cette rubrique", "Lien vers cette équation",
}  # fmt: skip
"""Les textes que le livre d'essai doit à son interface."""

CONTENT = {
    "Partie", "Essai", "La cellule récurrente", "Sans formule", "Référence", "Bibliographie", "Conclusion",
    "Une section", "La cellule reçoit x et se renvoie son état.",
    "Le carré grandit deux fois plus vite à chaque pas.", "percent()",
    "1. Un chapitre", "2. La suite", "À retenir", "Le plan montre une entrée [et une sortie].",
    "La droite monte d'autant à chaque pas.", "Fiche du chapitre",
}  # fmt: skip
"""Les titres et les textes de remplacement que ses pages écrivent elles-mêmes."""

BOOK = "Réseaux de neurones récurrents"

ATTRIBUTES = ("aria-label", "title", "placeholder", "alt", "data-bs-title")


VOID = {"meta", "link", "input", "br", "hr", "img", "col"}
SKIPPED = {"script", "style", "pre", "code", "svg"}
GENERATED = {"admonition-title", "caption-number", "headerlink"}


class Interface(HTMLParser):
    """Récolte les textes de l'interface : hors de l'article, ou dans ce que Sphinx y ajoute."""

    def __init__(self) -> None:
        super().__init__()
        self.stack: list[tuple[str, set[str]]] = []
        self.texts: set[str] = set()

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.texts |= {values[name].strip() for name in ATTRIBUTES if (values.get(name) or "").strip()}
        if tag not in VOID:
            self.stack.append((tag, set((values.get("class") or "").split())))

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.stack.pop()

    def handle_endtag(self, tag):
        while self.stack and self.stack.pop()[0] != tag:
            pass

    def handle_data(self, data):
        tags = {tag for tag, _ in self.stack}
        classes = set().union(*(classes for _, classes in self.stack))
        generated = "article" not in tags or "summary" in tags or classes & GENERATED
        if data.strip() and generated and not tags & SKIPPED:
            self.texts.add(data.strip())


def interface(page: Path) -> set[str]:
    parser = Interface()
    parser.feed(page.read_text(encoding="utf-8"))
    return parser.texts


def test_interface_of_every_page_is_the_french_one(mini_book):
    # Un jeu de diapositives est fait du contenu des pages ; test_diapos lit le reste dans un navigateur.
    pages = (path for path in mini_book.rglob("*.html") if path.parent.name != "diapos")
    found = {path.name: interface(path) for path in pages}
    titles = {f"{title} — {BOOK}" for title in CONTENT | {"Index"}} | {f"Recherche - {BOOK}", BOOK}
    citations = {
        text for texts in found.values() for text in texts if re.match(r"(Jeffrey|Kyunghyun)\b", text)
    }
    known = INTERFACE | CONTENT | titles | citations
    assert {name: texts - known for name, texts in found.items() if texts - known} == {}
    # La liste elle-même ne garde rien que plus aucune page ne montre.
    assert set().union(*found.values()) >= INTERFACE - {"Lien vers cette définition"}


def test_the_index_is_in_the_contents_and_lists_the_terms(mini_book):
    page = (mini_book / "book" / "texte.html").read_text(encoding="utf-8")
    assert re.search(
        r'<li class="toctree-l1"><a class="reference internal" href="../genindex.html">Index</a>', page
    )
    index = (mini_book / "genindex.html").read_text(encoding="utf-8")
    assert "état caché" in index
    assert "percent() (dans le module rnnbook.formats)" in index


@pytest.mark.parametrize(
    ("text", "composed"),
    [
        ("l'« ordre »", "l’«\u00a0ordre\u00a0»"),
        ("aujourd'hui : oui !", "aujourd’hui\u00a0: oui\u00a0!"),
        ("l'", "l’"),
        ('d\'"ici" et "là"', 'd’«\u00a0ici\u00a0» et "là"'),
        ("'a' et 12'", "'a’ et 12'"),
        ("à 12:30, http://a.b", "à 12:30, http://a.b"),
    ],
)
def test_typeset(text, composed):
    assert typeset(text) == composed


def test_elision_before_a_quotation_keeps_its_apostrophe(mini_book):
    text = (mini_book / "book" / "cellule.html").read_text(encoding="utf-8")
    assert "l’«\u00a0ordre\u00a0» compte" in text
    assert "d’«\u00a0ici\u00a0»" in text
    assert "l’état" in text
    assert "\u201d" not in text


def test_code_keeps_its_straight_quotes(mini_book):
    text = (mini_book / "book" / "cellule.html").read_text(encoding="utf-8")
    assert "&quot;plié&quot;" in text or '"plié"' in text


def test_citations_and_references_are_joined_in_french(mini_book):
    chapter = (mini_book / "book" / "cellule.html").read_text(encoding="utf-8")
    assert "Elman et Smith [" in chapter
    references = (mini_book / "book" / "bibliographie.html").read_text(encoding="utf-8")
    assert "Kyunghyun Cho, Bart van Merriënboer et Yoshua Bengio." in references
    assert "Jeffrey\u00a0L. Elman et Ann Smith." in references
    # Les titres, eux, gardent leur langue.
    assert "Finding and structure" in references


@pytest.mark.parametrize(
    ("author", "written"),
    [
        ("Graves, Alex and others", "Alex Graves et al. "),
        ("Graves, Alex and Wayne, Greg and others", "Alex Graves, Greg Wayne et al. "),
    ],
)
def test_a_shortened_list_of_authors_has_no_english_word(author, written):
    register_plugin("pybtex.style.names", "francais", FrenchNames)
    source = f"@article{{a, author={{{author}}}, title={{T}}, journal={{J}}, year={{2016}}}}"
    (entry,) = FrenchBibliographyStyle().format_bibliography(parse_string(source, "bibtex"))
    assert entry.text.render_as("text").startswith(written)


def test_hidden_cells_are_named_in_french_and_open_by_keyboard(mini_book):
    chapter = (mini_book / "book" / "cellule.html").read_text(encoding="utf-8")
    summaries = re.findall(r'<details class="rnn-repli [^"]*">\s*<summary>([^<]*)</summary>', chapter)
    assert summaries == ["Code", "Résultat"]
