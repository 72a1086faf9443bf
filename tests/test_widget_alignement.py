"""*Alignement* : la page écrit les mêmes chiffres que `rnnbook`, avec les mêmes poids d'attention."""

import figure_tools
import numpy as np
import pytest
import torch

from rnnbook import results
from rnnbook.data.numbers import END_DIGIT, number_tensors, number_words, split_numbers
from rnnbook.experiments import numbers as experiment
from rnnbook.widgets import Alignment

SOME = [1, 71, 80, 100, 999, 1000, 80_000, 97_204, 200_200, 204_000_097, 987_654_321, 999_999_999]


def drawn(count):
    """Des nombres de toutes tailles, tirés au sort."""
    rng = np.random.default_rng(0)
    return [int(rng.integers(1, 10 ** rng.integers(1, 10))) for _ in range(count)]


def test_page_says_numbers_as_num2words_does():
    numbers = [*range(1, 1200), *range(1999, 10**9, 3_141_593), *SOME]
    calls = [("numberWords", [number]) for number in numbers]
    for number, words in zip(numbers, figure_tools.call_js("alignement", calls), strict=True):
        assert words == number_words(number), number


def test_page_writes_and_looks_as_rnnbook_does():
    figure = Alignment()
    numbers = SOME + drawn(60)
    calls = [("write", [figure.weights, number_words(number)]) for number in numbers]
    for number, page in zip(numbers, figure_tools.call_js("alignement", calls), strict=True):
        figure.number = number
        tokens, looks = figure.writing()
        assert page["tokens"] == tokens, number
        np.testing.assert_allclose(page["looks"], looks, rtol=0, atol=1e-9)


def test_looks_are_those_of_the_model_in_single_precision():
    figure = Alignment(number=97_204)
    batch = number_tensors([97_204])
    written, looks = figure.model().write(batch.words, batch.lengths)
    tokens, mine = figure.writing()
    assert written[: len(tokens), 0].tolist() == tokens
    np.testing.assert_allclose(mine, looks[: len(tokens), :, 0], atol=1e-4)
    np.testing.assert_allclose(mine.sum(axis=1), 1, atol=1e-9)


def test_shipped_weights_reach_the_recorded_accuracy():
    parts = split_numbers()
    torch.set_num_threads(1)
    score = experiment.accuracy(Alignment().model(), parts.heldout)
    assert score == pytest.approx(results.load("nombres-poids")["lignes"]["test"], abs=0.01)
    assert score > 0.97


def test_weights_stay_light():
    assert len(Alignment().weights) < 150_000


def test_answer_leaves_the_end_out():
    figure = Alignment(number=80_000)
    tokens, _ = figure.writing()
    assert tokens[-1] == END_DIGIT
    assert figure.answer() == "80000"


@pytest.mark.parametrize(
    ("arguments", "error", "name"),
    [
        ({"number": 0}, ValueError, "number"),
        ({"number": 10**9}, ValueError, "number"),
        ({"number": "sept"}, TypeError, "number"),
        ({"step": 0}, ValueError, "step"),
        ({"weights": "AAAA"}, ValueError, "weights"),
    ],
)
def test_bad_arguments_are_named(arguments, error, name):
    with pytest.raises(error, match=rf"^{name} : "):
        Alignment(**arguments)


def test_description_follows_the_step():
    figure = Alignment(number=80_000, step=2)
    words, (_, looks) = number_words(80_000), figure.writing()
    most = words[int(looks[1].argmax())]
    said = figure.describe()
    assert said.startswith("« quatre vingt mille » : il écrit 80000 (juste) ; au pas 2, pour le chiffre 0, ")
    assert f"« {most} »" in said
    figure.step = 12
    assert "pour la fin" in figure.describe()


def test_a_wrong_writing_is_said():
    wrong = next(figure for n in range(1, 999) if (figure := Alignment(number=n)).answer() != str(n))
    assert f"(faux, c'est {wrong.number})" in wrong.describe()


def test_still_image_moves_its_frame_with_the_step():
    assert Alignment(step=1).draw() != Alignment(step=2).draw()
