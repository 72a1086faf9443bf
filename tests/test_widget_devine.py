"""*Devine la langue* : la page donne les probabilités du classifieur de `rnnbook`."""

import figure_tools
import numpy as np
import pytest
import torch

from rnnbook import data, results
from rnnbook.experiments import names as experiment
from rnnbook.metrics import macro_accuracy
from rnnbook.widgets import GuessLanguage
from rnnbook.widgets.guess_language import LONGEST, normalise

ACCENTED = ["Müller", "Nováková", "Łukaszewicz", "Õunapuu", "Sjöström", "Bjørn Ægir", "Großmann", "Ďurčová"]
OTHERS = [
    "O’Neill",
    "de la Cruz",
    "  Ó  Súilleabháin ",
    "Lévi‑Strauss",
    "Nguyễn",
    "ŒUVRE",
    "İnönü",
    "A\u030astro\u0323m",
]
LATIN = [chr(code) for code in [*range(0xC0, 0x180), *range(0x1E00, 0x1E9A), *range(0x1EA0, 0x1EFA)]]
WRONG = ["", "  ", "Иванов", "R2D2", "a@b", "Παπαδόπουλος", "x" * (LONGEST + 1), "½", "×"]


def held_out(count):
    """Des noms de test, tirés au sort dans toutes les langues."""
    names = [name for name in data.split(data.load_names()).heldout.names if len(name) <= LONGEST]
    return [names[i] for i in np.random.default_rng(0).choice(len(names), size=count, replace=False)]


def test_page_normalises_as_rnnbook_does():
    names = ACCENTED + OTHERS + [f"a{sign}b" for sign in LATIN if sign not in "×÷"]
    for name, result in zip(
        names, figure_tools.call_js("devine", [("normalise", [n]) for n in names]), strict=True
    ):
        assert result == {"letters": data.normalise(name)} == {"letters": normalise(name)}, name


@pytest.mark.parametrize("name", WRONG)
def test_wrong_names_are_refused_on_both_sides(name):
    (result,) = figure_tools.call_js("devine", [("normalise", [name])])
    assert set(result) == {"error"}
    with pytest.raises(ValueError, match=r"^name : "):
        GuessLanguage(name=name)


def test_page_gives_the_probabilities_of_the_classifier_on_500_names():
    names = held_out(500 - len(ACCENTED)) + ACCENTED
    figure = GuessLanguage()
    model, letters = figure.model(), [normalise(name) for name in names]
    calls = [("read", [figure.weights, name]) for name in letters]
    tensors = data.to_tensors(data.Names(tuple(letters), np.zeros(500, dtype=int), ("toutes",)))
    with torch.no_grad():
        order = tensors.lengths.argsort(descending=True, stable=True)
        found = model(tensors.tokens[:, order], tensors.lengths[order]).softmax(-1).numpy()
    expected = np.empty_like(found)
    expected[order] = found
    pages = figure_tools.call_js("devine", calls)
    assert [len(page) for page in pages] == [len(name) for name in letters]
    np.testing.assert_allclose([page[-1] for page in pages], expected, rtol=0, atol=1e-4)


@pytest.mark.parametrize("name", ["Martinez", "Õunapuu", "o'b", "x" * LONGEST])
def test_each_letter_counts_on_both_sides(name):
    figure = GuessLanguage(name=name)
    (table,) = figure_tools.call_js("devine", [("read", [figure.weights, normalise(name)])])
    np.testing.assert_allclose(table, figure.probabilities(), rtol=0, atol=1e-4)
    np.testing.assert_allclose(np.sum(table, axis=1), 1, atol=1e-6)


@pytest.mark.parametrize("step", [1, 4, 8])
def test_both_show_the_languages_that_convinced_at_some_point(step):
    figure = GuessLanguage(step=step)
    table = figure.probabilities().tolist()
    (rows,) = figure_tools.call_js("devine", [("strongest", [table, step, 6])])
    assert rows == figure.strongest()
    assert rows[0] == int(np.argmax(table[step - 1]))
    assert {int(np.argmax(row)) for row in table[:step]} <= set(rows)


def test_probabilities_do_not_depend_on_letters_to_come():
    long, short = GuessLanguage(name="martinez").probabilities(), GuessLanguage(name="martin").probabilities()
    np.testing.assert_allclose(long[:6], short, atol=1e-6)


def test_shipped_weights_reach_the_recorded_accuracy():
    record, parts = results.load("noms-poids"), data.split(data.load_names(), seed=0)
    model = GuessLanguage().model()
    score = macro_accuracy(parts.heldout.labels, experiment.predict(model, parts.heldout))
    assert score == pytest.approx(record["lignes"]["test"], abs=0.005)
    assert score > 0.65


def test_weights_stay_light():
    assert len(GuessLanguage().weights) < 150_000


@pytest.mark.parametrize(
    ("arguments", "error", "name"),
    [
        ({"name": 3}, TypeError, "name"),
        ({"step": 0}, ValueError, "step"),
        ({"weights": "AAAA"}, ValueError, "weights"),
        ({"languages": "français,anglais"}, ValueError, "languages"),
    ],
)
def test_bad_arguments_are_named(arguments, error, name):
    with pytest.raises(error, match=rf"^{name} : "):
        GuessLanguage(**arguments)


def test_description_follows_the_step():
    figure = GuessLanguage(name="Nováková", step=5)
    table, titles = figure.probabilities(), figure.languages.split(",")
    assert figure.describe().startswith(
        f"Après 5 lettres sur 8, « novak » : {titles[int(table[4].argmax())]} "
    )
    figure.step = LONGEST
    assert figure.describe().startswith("Après 8 lettres sur 8, « novakova » : tchèque ")


def test_still_image_shows_the_letters_read():
    whole, early = GuessLanguage(name="Dubois").draw(), GuessLanguage(name="Dubois", step=2).draw()
    assert early.count('fill-opacity="0"') >= whole.count('fill-opacity="0"') + 4
