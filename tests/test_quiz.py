"""Les quiz : chaque fichier du livre est bien formé, et un fichier mal formé est refusé en disant où."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path

import pytest
import yaml

from rnnbook_sphinx.quiz import QuizError, load, validate

BOOK = Path(__file__).parents[1] / "book"
QUIZZES = sorted((BOOK / "quiz").glob("*.yml"))
CHAPTERS = sorted(BOOK.glob("[0-9][0-9]-*.md"))

GOOD = {
    "titre": "Essai",
    "questions": [
        {
            "question": "Combien ?",
            "type": "unique",
            "reponses": [
                {"texte": "Un.", "juste": True, "explication": "Oui."},
                {"texte": "Deux.", "juste": False, "explication": "Non."},
            ],
        }
    ]
    * 3,
}


@pytest.mark.parametrize("path", QUIZZES, ids=lambda path: path.stem)
def test_quiz_file_is_well_formed(path):
    load(path)


@pytest.mark.parametrize("path", QUIZZES, ids=lambda path: path.stem)
def test_every_answer_has_its_own_explanation(path):
    for question in load(path)["questions"]:
        explanations = [answer["explication"].strip() for answer in question["reponses"]]
        assert len(set(explanations)) == len(explanations), question["question"]


@pytest.mark.parametrize("path", QUIZZES, ids=lambda path: path.stem)
def test_right_answer_is_not_always_at_the_same_place(path):
    places = {
        tuple(answer["juste"] for answer in question["reponses"]).index(True)
        for question in load(path)["questions"]
    }
    assert len(places) > 1


def test_no_place_tells_the_right_answer():
    """Qui répondrait toujours à la même place n'aurait pas la moitié des questions à trois choix."""
    places = [
        [answer["juste"] for answer in question["reponses"]].index(True)
        for path in QUIZZES
        for question in load(path)["questions"]
        if question["type"] == "unique" and len(question["reponses"]) == 3
    ]
    assert max(places.count(place) for place in range(3)) <= 0.45 * len(places)


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_chapter_shows_its_quiz(path):
    assert f"```{{quiz}} {path.stem}\n```" in path.read_text(encoding="utf-8")
    assert (BOOK / "quiz" / f"{path.stem}.yml").is_file()


def test_the_model_of_these_tests_is_accepted():
    validate(GOOD)


def broken(change) -> dict:
    data = deepcopy(GOOD)
    data["questions"] = [deepcopy(question) for question in data["questions"]]
    change(data)
    return data


def first(data):
    return data["questions"][0]


@pytest.mark.parametrize(
    ("change", "part"),
    [
        (lambda d: d.pop("titre"), "quiz : clés manquantes : titre"),
        (lambda d: d.update(auteur="x"), "clés en trop : auteur"),
        (lambda d: d.update(titre=" "), "quiz, titre : le texte est vide"),
        (lambda d: d.update(questions={}), "quiz, questions : dict reçu, list attendu"),
        (lambda d: d.update(questions=d["questions"][:2]), "2 questions, de 3 à 6 attendues"),
        (lambda d: d.update(questions=d["questions"] * 3), "9 questions, de 3 à 6 attendues"),
        (lambda d: d["questions"].__setitem__(1, "texte"), "question 2 : str reçu"),
        (lambda d: first(d).update(type="vrai-faux"), "question 1, type : 'vrai-faux' reçu"),
        (lambda d: first(d).pop("question"), "question 1 : clés manquantes : question"),
        (lambda d: first(d).update(reponses=first(d)["reponses"][:1]), "question 1 : 1 réponses, de 2 à 6"),
        (lambda d: first(d)["reponses"][1].pop("explication"), "question 1, réponse 2 : clés manquantes"),
        (
            lambda d: first(d)["reponses"][1].update(explication=""),
            "réponse 2, explication : le texte est vide",
        ),
        (lambda d: first(d)["reponses"][1].update(juste="non"), "réponse 2, juste : str reçu, bool attendu"),
        (
            lambda d: first(d)["reponses"][1].update(juste=True),
            "question 1 : 2 réponse(s) juste(s), une seule",
        ),
        (
            lambda d: first(d)["reponses"][0].update(juste=False),
            "question 1 : 0 réponse(s) juste(s), une seule",
        ),
        (
            lambda d: first(d)["reponses"][1].update(texte="Un."),
            "question 1 : deux réponses ont le même texte",
        ),
    ],
)
def test_a_badly_formed_quiz_is_refused_with_its_place(change, part):
    with pytest.raises(QuizError) as error:
        validate(broken(change))
    assert part in str(error.value)


@pytest.mark.parametrize("right", [True, False])
def test_a_multiple_choice_needs_both_kinds_of_answers(right):
    def change(data):
        first(data).update(type="multiple")
        for answer in first(data)["reponses"]:
            answer["juste"] = right

    with pytest.raises(QuizError, match="au moins une réponse juste et une réponse fausse"):
        validate(broken(change))


def test_a_key_written_twice_is_refused(tmp_path):
    path = tmp_path / "essai.yml"
    path.write_text("titre: un\n" + yaml.safe_dump(GOOD, allow_unicode=True), encoding="utf-8")
    with pytest.raises(QuizError, match=r"essai\.yml : ligne 1 : clé écrite deux fois : titre"):
        load(path)


def test_a_missing_or_unreadable_file_is_told(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"absent\.yml"):
        load(tmp_path / "absent.yml")
    (tmp_path / "faux.yml").write_text("a: [", encoding="utf-8")
    with pytest.raises(QuizError, match=r"faux\.yml"):
        load(tmp_path / "faux.yml")
