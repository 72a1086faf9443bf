"""Les exercices : preuves sur tous ceux du livre, puis le moteur face à n'importe quelle réponse."""

from __future__ import annotations

import re
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest
import torch
from nbclient import NotebookClient

from rnnbook import exercises as book_exercises
from rnnbook.exercises import (
    STRICT,
    Exercise,
    FunctionExercise,
    Mistake,
    Refusal,
    ValueExercise,
    check,
    find,
)
from rnnbook.exercises.cellule import STEP, step
from rnnbook_sphinx.chapters import ChapterExercise, Directive, read_exercises
from rnnbook_sphinx.feuilles import needed_imports, sheet

BOOK = Path(__file__).parents[1] / "book"
CHAPTERS = {path.stem.partition("-")[2]: path for path in sorted(BOOK.glob("[0-9][0-9]-*.md"))}
WRITTEN = {item.id: (item, path) for path in CHAPTERS.values() for item in read_exercises(path)}
DECLARED = {
    item.id: item for chapter in book_exercises.chapters() for item in book_exercises.exercises(chapter)
}
MISTAKES = [(item, mistake) for item in DECLARED.values() for mistake in item.mistakes]


@pytest.fixture(autouse=True)
def _student(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chez l'élève, une réponse fausse ne lève rien."""
    monkeypatch.delenv(STRICT, raising=False)
    torch.set_num_threads(1)


# --- Preuves sur les exercices du livre ----------------------------------------------------------------


def run_cells(item: ChapterExercise, path: Path, answer: str) -> Any:
    """Exécute importations, cellules données et réponse ; renvoie ce que l'élève passe à check."""
    namespace: dict[str, Any] = {}
    for source in [*needed_imports(path.read_text(encoding="utf-8"), [item]), *item.given, answer]:
        exec(compile(source, f"<{item.id}>", "exec"), namespace)
    passed = re.fullmatch(r'check\("[\w-]+", (.+)\)', item.check_call, re.DOTALL)
    assert passed, f"appel à check illisible : {item.check_call}"
    return eval(passed[1], namespace)


def repaired(item: ChapterExercise) -> str | None:
    """L'erreur d'où part un exercice à réparer ; `None` pour les autres."""
    options = [block.options for block in item.statement if isinstance(block, Directive)]
    return next((option["depart"] for option in options if "depart" in option), None)


def by_id(mapping: dict[str, Any]) -> Any:
    return pytest.mark.parametrize("name", mapping)


@by_id(WRITTEN)
def test_the_solution_passes(name):
    item, path = WRITTEN[name]
    verdict = DECLARED[name].judge(run_cells(item, path, item.answer))
    assert verdict.ok, verdict.message


@by_id(WRITTEN)
def test_the_blank_fails_with_a_friendly_message(name):
    item, path = WRITTEN[name]
    verdict = DECLARED[name].judge(run_cells(item, path, item.blank.rpartition("\n\n\n")[0]))
    start = repaired(item)
    assert not verdict.ok
    assert (verdict.cause, verdict.mistake) == (("vide", None) if start is None else ("erreur", start))
    assert verdict.message


@pytest.mark.parametrize(("item", "mistake"), MISTAKES, ids=[f"{item.id}:{m.name}" for item, m in MISTAKES])
def test_each_mistake_fails_with_its_own_message(item, mistake):
    answer = item.wrong_answer(mistake) if isinstance(item, ValueExercise) else mistake.answer
    verdict = item.judge(answer)
    assert verdict.mistake == mistake.name, verdict.message
    assert mistake.message in verdict.message


@by_id({name: item for name, (item, _) in WRITTEN.items() if not repaired(item)})
def test_no_message_shows_the_solution(name):
    solution = WRITTEN[name][0].answer
    body = {line.strip() for line in solution.split("\n") if len(line.strip()) > 20} - {
        line.strip() for line in WRITTEN[name][0].blank.split("\n")
    }
    messages = " ".join(mistake.message for mistake in DECLARED[name].mistakes) + DECLARED[name].success
    assert body
    assert not [line for line in body if line in messages]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_chapter_and_declarations_agree(chapter):
    written = read_exercises(CHAPTERS[chapter])
    declared = book_exercises.exercises(chapter)
    assert [item.id for item in written] == [f"{chapter}-{n}" for n in range(1, len(written) + 1)]
    assert [(i.id, i.title, set(i.classes)) for i in written] == [
        (i.id, i.title, {f"niveau-{i.level}", f"genre-{i.kind}"}) for i in declared
    ]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_chapter_has_enough_exercises_of_each_level_and_kind(chapter):
    declared = book_exercises.exercises(chapter)
    assert len(declared) >= 4
    assert {item.level for item in declared} == {1, 2, 3}
    assert {item.kind for item in declared} == {"main", "code", "experience"}


@by_id(DECLARED)
def test_declared_exercise_is_written_and_has_enough_mistakes(name):
    assert name in WRITTEN, "déclaré dans rnnbook.exercises, absent des chapitres"
    assert len(DECLARED[name].mistakes) >= 3


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_sheet_runs_from_top_to_bottom_with_its_blanks(chapter, capsys):
    notebook = sheet(CHAPTERS[chapter].read_text(encoding="utf-8"))
    namespace: dict[str, Any] = {}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            exec(compile(cell.source, chapter, "exec"), namespace)
    text = capsys.readouterr().out
    assert all(f"{item.id} : " in text.replace("\u00a0", " ") for item in read_exercises(CHAPTERS[chapter]))
    assert "Juste" not in text


# --- Le moteur -----------------------------------------------------------------------------------------


class Hostile:
    """Lève à la moindre lecture."""

    def __getattribute__(self, name):
        raise RuntimeError("non")

    def __repr__(self):
        raise RuntimeError("non")

    __str__ = __len__ = __iter__ = __array__ = __repr__


class HostileMeta(type):
    def __getattribute__(cls, name):
        raise RuntimeError("non")


class HostileClass(metaclass=HostileMeta):
    pass


class BadMessage(Exception):
    def __str__(self):
        raise RuntimeError("le message lui-même lève")


def raises_bad_message(x, h, W_xh, W_hh, b_h):
    raise BadMessage


def exits(x, h, W_xh, W_hh, b_h):
    sys.exit(3)


def interrupts(x, h, W_xh, W_hh, b_h):
    raise KeyboardInterrupt


def recurses(x, h, W_xh, W_hh, b_h):
    return recurses(x, h, W_xh, W_hh, b_h)


def asks(x, h, W_xh, W_hh, b_h):
    return input("?")


def endless_generator(x, h, W_xh, W_hh, b_h):
    while True:
        yield x


def self_containing(x, h, W_xh, W_hh, b_h):
    loop: list[Any] = []
    loop.append(loop)
    return loop


ANYTHING = [
    None,
    ...,
    42,
    "step",
    [1, 2],
    np.zeros((3, 4)),
    torch.zeros(3, 4),
    print,
    len,
    int,
    dict,
    Hostile(),
    Hostile,
    HostileClass,
    BadMessage,
    raises_bad_message,
    exits,
    interrupts,
    recurses,
    asks,
    endless_generator,
    self_containing,
    lambda: 3,
    lambda *args: args,
    lambda *args, **kwargs: None,
    lambda x, h, W_xh, W_hh, b_h: np.array([[1], [2, 3]], dtype=object),
    lambda x, h, W_xh, W_hh, b_h: {"h": x},
    lambda x, h, W_xh, W_hh, b_h: np.array("texte"),
    lambda x, h, W_xh, W_hh, b_h: torch.zeros(3, 4, dtype=torch.bfloat16),
    lambda x, h, W_xh, W_hh, b_h: torch.zeros(3, 4, device="meta"),
    lambda x, h, W_xh, W_hh, b_h: torch.zeros(3, 4).to_sparse(),
    lambda x, h, W_xh, W_hh, b_h: Hostile(),
]


@pytest.mark.parametrize("name", ["cellule-1", "cellule-2", "cellule-5"])
@pytest.mark.parametrize("index", range(len(ANYTHING)))  # pytest lui-même ne sait pas afficher ces objets
def test_any_object_gets_a_verdict(name, index):
    verdict = find(name).judge(ANYTHING[index])
    assert not verdict.ok
    assert verdict.message


def quick(exercise: Exercise = STEP) -> Exercise:
    return replace(exercise, time_limit=0.3)


def loops(x, h, W_xh, W_hh, b_h):
    while True:
        x = x + 0


def sleeps(x, h, W_xh, W_hh, b_h):
    time.sleep(3)


def loops_and_catches(x, h, W_xh, W_hh, b_h):
    while True:
        try:
            x = x + 0
        except Exception:
            continue


@pytest.mark.parametrize("answer", [loops, loops_and_catches])
def test_an_endless_loop_is_stopped(answer):
    start = time.monotonic()
    verdict = quick().judge(answer)
    assert verdict.cause == "duree"
    assert "redémarrez" not in verdict.message
    assert time.monotonic() - start < 5


def test_a_loop_that_cannot_be_stopped_is_left_behind_and_said():
    start = time.monotonic()
    verdict = quick().judge(sleeps)
    assert verdict.cause == "duree"
    assert "redémarrez le noyau" in verdict.message
    assert time.monotonic() - start < 2.5


class EndlessRead(list):
    def __iter__(self):
        while True:
            yield 1


@pytest.mark.parametrize("name", ["cellule-1", "cellule-2"])
def test_reading_the_answer_is_bounded_too(name):
    answer = EndlessRead() if name == "cellule-1" else lambda *args: EndlessRead()
    assert quick(find(name)).judge(answer).cause == "duree"


def test_a_loop_that_prints_does_not_flood_the_screen(capsys):
    def chatty(x, h, W_xh, W_hh, b_h):
        while True:
            print("encore")

    quick().judge(chatty)
    assert capsys.readouterr().out == ""


CAUSES = [
    (lambda x, h, W_xh, W_hh, b_h: None, "type", "return"),
    (lambda x, h: x, "type", "signature"),
    (lambda x, h, W_xh, W_hh, b_h: 1 / 0, "exception", "ZeroDivisionError"),
    (lambda x, h, W_xh, W_hh, b_h: step(x, h, W_xh, W_hh, b_h) * np.nan, "valeur", "NaN"),
    (lambda x, h, W_xh, W_hh, b_h: step(x, h, W_xh, W_hh, b_h) + np.inf, "valeur", "infinis"),
    (lambda x, h, W_xh, W_hh, b_h: step(x, h, W_xh, W_hh, b_h) + 0.1, "valeur", "indice"),
    (lambda x, h, W_xh, W_hh, b_h: step(x, h, W_xh, W_hh, b_h)[:, :3], "forme", "(3, 3)"),
    (lambda x, h, W_xh, W_hh, b_h: step(x, h, W_xh, W_hh, b_h).astype(int), "type", "décimales"),
    (lambda x, h, W_xh, W_hh, b_h: torch.from_numpy(step(x, h, W_xh, W_hh, b_h)), "type", "tenseur torch"),
    (lambda x, h, W_xh, W_hh, b_h: list(step(x, h, W_xh, W_hh, b_h)), "type", "3 tableaux de forme `(4,)`"),
    (lambda x, h, W_xh, W_hh, b_h: np.random.normal(size=h.shape), "hasard", "même résultat"),  # noqa: NPY002
]


@pytest.mark.parametrize(("answer", "cause", "part"), CAUSES)
def test_the_message_says_what_is_wrong(answer, cause, part):
    verdict = STEP.judge(answer)
    assert verdict.cause == cause, verdict.message
    assert part in verdict.message


def test_an_exception_is_told_with_its_line_and_the_shapes_of_the_input():
    def faulty(x, h, W_xh, W_hh, b_h):
        return x @ x @ W_xh

    message = STEP.judge(faulty).message
    assert "ValueError" in message
    assert "`return x @ x @ W_xh`" in message
    assert "`x` de forme `(3, 2)`" in message


def test_a_mutated_argument_is_named():
    def mutates(x, h, W_xh, W_hh, b_h):
        new = step(x, h, W_xh, W_hh, b_h)
        b_h += 1
        return new

    verdict = STEP.judge(mutates)
    assert verdict.cause == "mutation"
    assert "`b_h`" in verdict.message
    assert "`h`" not in verdict.message


def test_an_argument_changed_on_the_way_to_a_wrong_result_is_named_too():
    def mutates(x, h, W_xh, W_hh, b_h):
        h *= 2
        return h

    verdict = STEP.judge(mutates)
    assert verdict.cause == "valeur"
    assert "modifie aussi son argument `h`" in verdict.message


@pytest.mark.parametrize(
    ("answer", "part"),
    [
        (lambda x: (x, x), "`b` n'a pas la bonne valeur ; `a` est juste"),
        (lambda x: x, "on attend un n-uplet de 2 éléments : `a`, `b`"),
        (lambda x: (x, 50.0), "en pour cent"),
    ],
)
def test_a_pair_says_which_part_is_right_and_what_is_missing(answer, part):
    exercise = FunctionExercise(
        "essai-4",
        "Essai",
        "code",
        1,
        (),
        reference=lambda x: (x, 0.5),
        inputs=lambda rng: [(1.0,)],
        outputs=("a", "b"),
    )
    assert part in exercise.judge(answer).message


@pytest.mark.parametrize(
    ("answer", "part"),
    [
        (lambda *args: step(*args).round(2), "toutes proches"),
        (lambda *args: list(step(*args)), "assemblez les morceaux"),
        (lambda *args: (step(*args), 1), "et rien d'autre"),
    ],
)
def test_what_is_nearly_right_is_told(answer, part):
    assert part in STEP.judge(answer).message


def test_axes_in_another_order_are_told():
    exercise = FunctionExercise(
        "essai-5",
        "Essai",
        "code",
        1,
        (),
        reference=lambda x: x,
        inputs=lambda rng: [(rng.normal(size=(2, 3)),)],
    )
    assert "les axes sont dans un autre ordre" in exercise.judge(lambda x: x.T).message


def test_single_precision_is_accepted_and_a_small_error_is_not():
    assert STEP.judge(lambda *args: step(*(a.astype(np.float32) for a in args)))
    assert not STEP.judge(lambda *args: step(*args) + 1e-3)


def test_state_kept_between_calls_is_seen():
    calls = []

    def remembers(x, h, W_xh, W_hh, b_h):
        calls.append(1)
        return step(x, h, W_xh, W_hh, b_h) + (0.1 if len(calls) > 3 else 0)

    assert STEP.judge(remembers).cause == "hasard"


def test_global_generators_are_left_as_they_were():
    torch.manual_seed(1)
    np.random.seed(1)  # noqa: NPY002
    expected = torch.rand(3), np.random.rand(3)  # noqa: NPY002
    torch.manual_seed(1)
    np.random.seed(1)  # noqa: NPY002
    STEP.judge(step)
    assert torch.equal(torch.rand(3), expected[0])
    assert np.array_equal(np.random.rand(3), expected[1])  # noqa: NPY002


def test_hidden_inputs_are_the_same_at_each_call():
    one, two = STEP.cases(), STEP.cases()
    assert all(np.array_equal(a, b) for x, y in zip(one, two, strict=True) for a, b in zip(x, y, strict=True))


VALUES = ValueExercise(
    "essai-1",
    "Essai",
    "main",
    1,
    value=lambda: {"forme": (2, 3), "compte": 100_000, "part": 0.25, "noms": ["a"]},
    mistakes=(
        Mistake("transposee", "message un", {"forme": (3, 2)}),
        Mistake("compte", "message deux", {"compte": 1}),
        Mistake("part", "message trois", lambda: {"part": 0.5}),
    ),
)
RIGHT = {"forme": (2, 3), "compte": 100_000, "part": 0.25, "noms": ["a"]}


def test_value_answers_accept_lists_arrays_of_no_axis_and_rounding():
    assert VALUES.judge({**RIGHT, "forme": [2, 3], "part": np.float32(0.250001), "noms": ("a",)})
    assert VALUES.judge({**RIGHT, "forme": torch.zeros(2, 3).shape, "compte": np.int64(100_000)})


def test_a_count_is_exact_and_a_boolean_is_not_a_number():
    assert not VALUES.judge({**RIGHT, "compte": 100_001})
    assert not VALUES.judge({**RIGHT, "compte": True})


def test_two_mistakes_in_one_answer_are_both_told():
    verdict = VALUES.judge({**RIGHT, "forme": (3, 2), "part": 0.5})
    assert verdict.mistake == "transposee"
    assert "message un message trois" in verdict.message
    assert "2 réponses justes sur 4" in verdict.message


@pytest.mark.parametrize(
    ("answer", "cause", "part"),
    [
        (dict.fromkeys(RIGHT, ...), "vide", "Remplacez"),
        ({**RIGHT, "part": ...}, "vide", "Remplacez"),
        (..., "vide", "Remplacez"),
        ({key: RIGHT[key] for key in ("forme", "compte")}, "forme", "`part`"),
        ({**RIGHT, "plus": 1}, "forme", "en trop `plus`"),
        ({**RIGHT, "part": ...}, "vide", "3 réponses justes sur 4"),
        ({**RIGHT, "part": 0.3}, "valeur", "`part` n'a pas la bonne valeur"),
        ({**RIGHT, "part": 25.0}, "valeur", "en pour cent"),
        ({**RIGHT, "forme": (2, 4)}, "valeur", "`forme` n'est pas le bon n-uplet"),
        ({**RIGHT, "part": float("nan")}, "valeur", "NaN"),
        (step, "type", "fonction"),
        (3, "type", "dictionnaire"),
    ],
)
def test_value_messages(answer, cause, part):
    verdict = VALUES.judge(answer)
    assert verdict.cause == cause, verdict.message
    assert part in verdict.message


def test_a_refusal_of_the_exercise_is_shown_as_it_is():
    def use(answer, x):
        raise Refusal("Il me faut autre chose.")

    exercise = FunctionExercise(
        "essai-2", "Essai", "code", 1, (), reference=lambda x: x, inputs=lambda rng: [(1,)], use=use
    )
    # La référence est refusée elle aussi : on regarde l'explication, pas l'accord.
    outcome = exercise.outcomes(lambda x: x)[0]
    assert exercise._explain(outcome, outcome, (1,)).message == "Il me faut autre chose."


def test_check_prints_in_the_terminal_and_returns_the_verdict(capsys):
    verdict = check("cellule-2", step)
    assert verdict
    assert verdict.ok
    assert capsys.readouterr().out.startswith("cellule-2\u00a0: ✓ Juste.")


def test_in_strict_mode_a_wrong_answer_stops_the_build(monkeypatch):
    monkeypatch.setenv(STRICT, "1")
    assert check("cellule-2", step)
    with pytest.raises(AssertionError, match="cellule-2"):
        check("cellule-2", None)


def test_unknown_exercises_are_told_with_their_neighbours():
    with pytest.raises(ValueError, match="cellule-2"):
        check("celule-2", step)
    with pytest.raises(ValueError, match="n'est pas un exercice"):
        check("cellule-99", step)
    with pytest.raises(TypeError, match="chaîne"):
        check(step, "cellule-2")
    with pytest.raises(ValueError, match="chapter"):
        book_exercises.exercises("inconnu")


def test_a_badly_declared_exercise_is_refused():
    with pytest.raises(ValueError, match="kind"):
        replace(STEP, kind="autre")
    with pytest.raises(ValueError, match="level"):
        replace(STEP, level=4)
    with pytest.raises(ValueError, match="même nom"):
        replace(STEP, mistakes=(STEP.mistakes[0],) * 2)
    with pytest.raises(ValueError, match="une erreur de cellule-2"):
        STEP.mistake("inconnue")


def test_french_spacing_leaves_code_alone():
    verdict = STEP.judge(step)
    text = str(replace(verdict, message="Vu : `a : b` et « ceci » ?"))
    assert text.endswith("Vu\u00a0: `a : b` et «\u00a0ceci\u00a0»\u00a0?")


def test_in_a_notebook_the_verdict_is_shown_once_and_a_loop_is_stopped():
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell("from rnnbook.exercises import check\ncheck('cellule-2', 3)"),
            nbformat.v4.new_code_cell(
                "from dataclasses import replace\nfrom rnnbook.exercises import find\n"
                "def loop(*args):\n    while True:\n        pass\n"
                "replace(find('cellule-2'), time_limit=0.3).judge(loop).cause"
            ),
        ]
    )
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    first, second = (cell.outputs for cell in notebook.cells)
    shown = [output for output in first if output.output_type != "stream"]
    assert len(shown) == 1
    assert "On attend une fonction" in shown[0].data["text/markdown"]
    assert second[0].data["text/plain"] == "'duree'"


def test_in_a_notebook_nothing_waits_for_the_reader_and_nothing_stops_the_kernel():
    sources = [
        "from rnnbook.exercises import find\n"
        "def asks(x, h, W_xh, W_hh, b_h):\n    return input('?')\n"
        "find('cellule-2').judge(asks).message",
        "def leaves(x, h, W_xh, W_hh, b_h):\n    exit()\nfind('cellule-2').judge(leaves).message",
        "input",  # rendu comme avant
        "import time\ntime.sleep(0.5)\n'le noyau répond'",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    asked, left, keyboard, alive = (cell.outputs[0].data["text/plain"] for cell in notebook.cells)
    assert "rien à lire au clavier" in asked
    assert "SystemExit" in left
    assert "raw_input" in keyboard
    assert alive == "'le noyau répond'"
