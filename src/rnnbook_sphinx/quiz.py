"""Le quiz d'un chapitre : `{quiz} 03-cellule` lit `quiz/03-cellule.yml`, à côté du chapitre.

Sans noyau, sans réseau, au clavier et au lecteur d'écran : des champs natifs, un bouton, une explication pour
chaque réponse. Sans JavaScript et hors HTML, les réponses expliquées suivent la question. Aucune des
bibliothèques examinées ne convenait : jupyterquiz met ses scripts dans la page, teachbooks-questions n'a ni
champs natifs ni annonces pour lecteur d'écran, sphinx-yaq n'explique pas chaque réponse.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator

from rnnbook_sphinx import assets
from rnnbook_sphinx.exercises import registry
from rnnbook_sphinx.typography import NBSP, correct, prose

TYPES = {"unique": "Une seule réponse est juste.", "multiple": "Plusieurs réponses peuvent être justes."}
"""Type d'une question → la consigne qui l'accompagne."""

QUESTIONS = range(3, 7)
ANSWERS = range(2, 7)


class QuizError(ValueError):
    """Un fichier de quiz mal formé : le message dit où et quoi."""


class _UniqueKeyLoader(yaml.SafeLoader):
    """Refuse une clé écrite deux fois, que YAML laisserait passer en gardant la dernière."""


def _unique_mapping(loader: yaml.SafeLoader, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
    keys = [loader.construct_object(key, deep=True) for key, _ in node.value]
    if twice := {key for key in keys if keys.count(key) > 1}:
        raise QuizError(
            f"ligne {node.start_mark.line + 1} : clé écrite deux fois : {', '.join(map(str, twice))}"
        )
    return yaml.SafeLoader.construct_mapping(loader, node, deep=deep)


_UniqueKeyLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _unique_mapping)


def load(path: Path) -> dict[str, Any]:
    """Lit et valide un quiz ; lève `FileNotFoundError` ou `QuizError`."""
    if not path.is_file():
        raise FileNotFoundError(f"quiz : le fichier {path.name} n'existe pas dans {path.parent.name}/")
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=_UniqueKeyLoader)
        validate(data)
    except (yaml.YAMLError, QuizError) as error:
        raise QuizError(f"{path.name} : {error}") from error
    return data


def validate(data: Any) -> None:
    """Vérifie qu'un quiz a exactement les clés voulues, et une explication pour chaque réponse.

    Lève `QuizError` au premier défaut, en disant où il est.
    """
    _keys(data, {"titre": str, "questions": list}, "quiz")
    _count(data["questions"], QUESTIONS, "quiz", "questions")
    for number, question in enumerate(data["questions"], start=1):
        place = f"question {number}"
        _keys(question, {"question": str, "type": str, "reponses": list}, place)
        if question["type"] not in TYPES:
            raise QuizError(f"{place}, type : {question['type']!r} reçu, un de {', '.join(TYPES)} attendu")
        _count(question["reponses"], ANSWERS, place, "réponses")
        for rank, answer in enumerate(question["reponses"], start=1):
            _keys(answer, {"texte": str, "juste": bool, "explication": str}, f"{place}, réponse {rank}")
        texts = [answer["texte"].strip() for answer in question["reponses"]]
        if len(set(texts)) != len(texts):
            raise QuizError(f"{place} : deux réponses ont le même texte")
        right = sum(answer["juste"] for answer in question["reponses"])
        if question["type"] == "unique" and right != 1:
            raise QuizError(f"{place} : {right} réponse(s) juste(s), une seule attendue")
        if not 0 < right < len(texts):
            raise QuizError(f"{place} : il faut au moins une réponse juste et une réponse fausse")


def _keys(value: Any, expected: dict[str, type], place: str) -> None:
    if not isinstance(value, dict):
        raise QuizError(f"{place} : {type(value).__name__} reçu, les clés {', '.join(expected)} attendues")
    if set(value) != set(expected):
        missing = ", ".join(sorted(set(expected) - set(value))) or "aucune"
        extra = ", ".join(sorted(map(str, set(value) - set(expected)))) or "aucune"
        raise QuizError(f"{place} : clés manquantes : {missing} ; clés en trop : {extra}")
    for key, kind in expected.items():
        if not isinstance(value[key], kind):
            raise QuizError(f"{place}, {key} : {type(value[key]).__name__} reçu, {kind.__name__} attendu")
        if kind is str and not value[key].strip():
            raise QuizError(f"{place}, {key} : le texte est vide")


def _count(items: list[Any], allowed: range, place: str, what: str) -> None:
    if len(items) not in allowed:
        raise QuizError(f"{place} : {len(items)} {what}, de {allowed[0]} à {allowed[-1]} attendues")


class quiz(nodes.General, nodes.Element):
    """Un quiz : attributs `name` et `ids`, un titre puis des questions."""


class quiz_question(nodes.General, nodes.Element):
    """Une question : attributs `number`, `total`, `kind` ; un énoncé, sa suite éventuelle, des réponses."""


class quiz_prompt(nodes.General, nodes.Element):
    """L'énoncé d'une question."""


class quiz_answer(nodes.General, nodes.Element):
    """Une réponse : attributs `right`, `field` (le champ), `kind` ; un texte, une explication."""


class quiz_text(nodes.General, nodes.Element):
    """Le texte d'une réponse."""


class quiz_explanation(nodes.General, nodes.Element):
    """L'explication d'une réponse."""


class QuizDirective(SphinxDirective):
    """`{quiz} <nom>` : le quiz du fichier `quiz/<nom>.yml`, cherché à côté du chapitre."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        name = self.arguments[0]
        relative, absolute = self.env.relfn2path(f"quiz/{name}.yml")
        self.env.note_dependency(relative)
        try:
            data = load(Path(absolute))
        except (FileNotFoundError, QuizError) as error:
            raise self.error(str(error)) from error
        node = quiz(name=name, ids=[f"quiz-{name}"])
        node += nodes.rubric("", prose(data["titre"]))
        total = len(data["questions"])
        node += [self.question(name, i, total, item) for i, item in enumerate(data["questions"], start=1)]
        entry = {"id": f"quiz-{name}", "title": prose(data["titre"])}
        registry(self.env)["quizzes"].setdefault(self.env.docname, []).append(entry)
        return [node]

    def question(self, name: str, number: int, total: int, data: dict[str, Any]) -> quiz_question:
        node = quiz_question(number=number, total=total, kind=data["type"])
        first, *rest = self.parse(data["question"])
        node += quiz_prompt("", *self.inline(first))
        node += rest
        for rank, answer in enumerate(data["reponses"], start=1):
            text, *more = self.parse(answer["texte"])
            if more:
                raise self.error(f"question {number}, réponse {rank} : le texte doit tenir en un paragraphe")
            verdict = nodes.strong("", "Juste. " if answer["juste"] else "Faux. ")
            start, *rest = self.parse(answer["explication"])
            node += quiz_answer(
                "",
                quiz_text("", *self.inline(text)),
                quiz_explanation("", nodes.paragraph("", "", verdict, *self.inline(start)), *rest),
                right=answer["juste"],
                kind=data["type"],
                field=f"quiz-{name}-{number}-{rank}",
            )
        return node

    def parse(self, text: str) -> list[nodes.Node]:
        """Lit du MyST (formules, code, accents) et y met les espaces insécables."""
        holder = nodes.Element()
        self.state.nested_parse(
            StringList(correct(text).splitlines(), self.arguments[0]), self.content_offset, holder
        )
        return holder.children

    def inline(self, node: nodes.Node) -> list[nodes.Node]:
        """Contenu d'un paragraphe : un champ et sa légende n'acceptent pas de bloc."""
        if not isinstance(node, nodes.paragraph):
            raise self.error("un énoncé, une réponse et une explication commencent par un paragraphe")
        return node.children


class PlainQuiz(SphinxPostTransform):
    """Hors HTML, un quiz est une liste de questions suivies de leurs réponses expliquées."""

    default_priority = 30

    def run(self, **kwargs: Any) -> None:
        if assets.is_html(self.app):
            return
        for node in list(self.document.findall(quiz)):
            items = [self.item(question) for question in node.findall(quiz_question)]
            anchor = nodes.target("", "", ids=node["ids"])
            node.replace_self([anchor, node.children[0], nodes.enumerated_list("", *items)])

    def item(self, question: quiz_question) -> nodes.list_item:
        answers = nodes.bullet_list()
        for answer in question.findall(quiz_answer):
            text, explanation = answer.children
            answers += nodes.list_item("", nodes.paragraph("", "", *text.children), *explanation.children)
        prompt, *rest = (child for child in question.children if not isinstance(child, quiz_answer))
        return nodes.list_item("", nodes.paragraph("", "", *prompt.children), *rest, answers)


def visit_quiz(self: HTML5Translator, node: quiz) -> None:
    title = f"{node['ids'][0]}-titre"
    self.body.append(
        f'<div class="rnn-quiz" id="{node["ids"][0]}" role="group" aria-labelledby="{title}">\n'
        f'<p class="rnn-quiz-titre" id="{title}">Quiz{NBSP}: {self.encode(node.children[0].astext())}</p>\n'
    )
    node.remove(node.children[0])


def depart_quiz(self: HTML5Translator, node: quiz) -> None:
    self.body.append("</div>\n")


def visit_quiz_question(self: HTML5Translator, node: quiz_question) -> None:
    self.body.append('<div class="rnn-question">\n<fieldset>\n')


def depart_quiz_question(self: HTML5Translator, node: quiz_question) -> None:
    self.body.append(
        "</fieldset>\n"
        '<p class="rnn-commandes"><button type="button" class="rnn-bouton" hidden>Vérifier</button></p>\n'
        '<div class="rnn-retour" role="status"></div>\n'
        '<details class="rnn-reponses"><summary>Voir les réponses expliquées</summary>\n<ul>\n'
    )
    for answer in node.findall(quiz_answer):
        text, explanation = answer.children
        self.body.append('<li><p class="rnn-choix">')
        _walk(self, text)
        self.body.append(f'</p>\n<div data-reponse="{answer["field"]}">')
        _walk(self, explanation)
        self.body.append("</div></li>\n")
    self.body.append("</ul>\n</details>\n</div>\n")


def _walk(self: HTML5Translator, node: nodes.Node) -> None:
    for child in node.children:
        child.walkabout(self)


def visit_quiz_prompt(self: HTML5Translator, node: quiz_prompt) -> None:
    question = node.parent
    assert isinstance(question, quiz_question)
    self.body.append(
        f'<legend><span class="rnn-numero">Question {question["number"]} sur {question["total"]}</span>\n'
    )


def depart_quiz_prompt(self: HTML5Translator, node: quiz_prompt) -> None:
    question = node.parent
    assert isinstance(question, quiz_question)
    self.body.append(f'<span class="rnn-consigne">{TYPES[question["kind"]]}</span></legend>\n')


def visit_quiz_answer(self: HTML5Translator, node: quiz_answer) -> None:
    kind = "radio" if node["kind"] == "unique" else "checkbox"
    group = node["field"].rpartition("-")[0]
    right = "oui" if node["right"] else "non"
    self.body.append(
        f'<div class="rnn-reponse"><input type="{kind}" id="{node["field"]}" name="{group}" '
        f'data-juste="{right}" autocomplete="off">\n'
    )


def depart_quiz_answer(self: HTML5Translator, node: quiz_answer) -> None:
    self.body.append("</div>\n")


def visit_quiz_text(self: HTML5Translator, node: quiz_text) -> None:
    answer = node.parent
    assert isinstance(answer, quiz_answer)
    self.body.append(f'<label for="{answer["field"]}">')


def depart_quiz_text(self: HTML5Translator, node: quiz_text) -> None:
    self.body.append("</label>\n")


def visit_quiz_explanation(self: HTML5Translator, node: quiz_explanation) -> None:
    raise nodes.SkipNode  # écrite à la fin de la question, avec toutes les réponses


def load_assets(app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Charge style et script dans les seules pages qui ont un quiz."""
    if assets.is_html(app) and pagename in registry(app.env)["quizzes"]:
        assets.use(app, "quiz.css", "quiz.js")


def setup(app: Sphinx) -> None:
    app.add_node(quiz, html=(visit_quiz, depart_quiz))
    app.add_node(quiz_question, html=(visit_quiz_question, depart_quiz_question))
    app.add_node(quiz_prompt, html=(visit_quiz_prompt, depart_quiz_prompt))
    app.add_node(quiz_answer, html=(visit_quiz_answer, depart_quiz_answer))
    app.add_node(quiz_text, html=(visit_quiz_text, depart_quiz_text))
    app.add_node(quiz_explanation, html=(visit_quiz_explanation, None))
    app.add_directive("quiz", QuizDirective)
    app.add_post_transform(PlainQuiz)
    app.connect("html-page-context", load_assets)
