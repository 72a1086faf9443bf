"""*Le déroulé* : le calcul de la page est celui de `rnnbook`."""

import figure_tools
import ipywidgets
import numpy as np
import pytest

from rnnbook.widgets import Unrolled
from rnnbook.widgets.unrolled import parse_sequence

SEQUENCES = ["1 0 0 0 0 0", "0", "-1,5 2 0.25", "\u22123 +10", "bonjour", "Éloïse", "a", "ZZZZZZZZ"]
TOO_LONG = ["1 2 3 4 5 6 7 8 9", "abcdefghi"]
WRONG = [
    "",
    "   ",
    "1 deux",
    "1,2,3",
    "deux mots",
    "1e3",
    "œuf",
    "été!",
    "11",
    "-10,5",
    "²",
]


@pytest.mark.parametrize("size", [1, 2, 3])
def test_page_computes_the_same_states_as_rnnbook(size):
    generator = np.random.default_rng(size)
    figures = [
        Unrolled(
            sequence,
            W_xh=generator.normal(size=(size, 1)),
            W_hh=generator.normal(size=(size, size)),
            b_h=generator.normal(size=size),
            selected="b_h[1]",
        )
        for sequence in SEQUENCES
    ]
    calls = [
        ("forward", [f.W_xh, f.W_hh, f.b_h, [value for _, value in parse_sequence(f.sequence)]])
        for f in figures
    ]
    for figure, states in zip(figures, figure_tools.call_js("deroule", calls), strict=True):
        np.testing.assert_allclose(states, figure.states(), rtol=0, atol=1e-9)


def test_page_reads_the_same_sequences_as_python():
    wrong = WRONG + TOO_LONG
    read = figure_tools.call_js("deroule", [("parseSequence", [text]) for text in SEQUENCES + wrong])
    for text, result in zip(SEQUENCES, read, strict=False):
        expected = parse_sequence(text)
        assert result["values"] == [value for _, value in expected]
        if result["labels"] is not None:
            assert result["labels"] == [label for label, _ in expected]
    for text, result in zip(wrong, read[len(SEQUENCES) :], strict=True):
        assert result.get("error"), text
        with pytest.raises(ValueError, match="sequence : "):
            parse_sequence(text)


def test_letters_run_from_minus_one_to_one():
    assert parse_sequence("aZé") == [("a", -1.0), ("Z", 1.0), ("é", 2 * 4 / 25 - 1)]


def test_states_follow_the_equation_of_chapter_three():
    figure = Unrolled("0,5 -1", W_xh=[[2.0]], W_hh=[[0.5]], b_h=[0.1], selected="W_hh[1,1]")
    first = np.tanh(2 * 0.5 + 0.1)
    second = np.tanh(2 * -1 + 0.5 * first + 0.1)
    np.testing.assert_allclose(figure.states(), [[0], [first], [second]])


@pytest.mark.parametrize(
    ("arguments", "error", "name"),
    [
        ({"sequence": 3}, TypeError, "sequence"),
        ({"sequence": "1 x"}, ValueError, "sequence"),
        ({"step": -1}, ValueError, "step"),
        ({"unfolded": 1}, TypeError, "unfolded"),
        ({"selected": "W_hh[4,1]"}, ValueError, "selected"),
        ({"W_hh": np.eye(4)}, ValueError, "W_hh"),
        ({"W_xh": [[1.0]]}, ValueError, "W_xh"),
        ({"b_h": [0.0]}, ValueError, "b_h"),
    ],
)
def test_bad_arguments_are_named(arguments, error, name):
    with pytest.raises(error, match=rf"^{name} : "):
        Unrolled(**arguments)


def test_wrong_sequence_leaves_the_figure_as_it_was():
    figure = Unrolled("1 2")
    with pytest.raises(ValueError, match="sequence : "):
        figure.sequence = "1 deux"
    assert figure.sequence == "1 2"


def test_description_gives_the_state_shown():
    figure = Unrolled("1 0", step=1, unfolded=False)
    assert figure.describe() == "Réseau récurrent plié sur 2 pas ; état au pas 1 : (0,76 ; 0,00 ; 0,76)"


def test_still_image_shows_reached_states_only():
    figure = Unrolled("1 0 1", step=1)
    image = figure.draw()
    assert "0,76" in image
    assert image.count("stroke-dasharray") == 2
    assert Unrolled("1 0 1").draw().count("stroke-dasharray") == 0


def test_figure_links_to_other_widgets():
    figure, slider = Unrolled(step=2), ipywidgets.IntSlider(max=8)
    assert ipywidgets.jslink((slider, "value"), (figure, "step")).target == (figure, "step")
    ipywidgets.link((figure, "step"), (slider, "value"))
    slider.value = 5
    assert figure.step == 5


def test_page_may_set_traits():
    figure = Unrolled()
    figure.set_state({"W_hh": [[0.5, 0, 0], [0, 0, 0], [0, 0, 0]], "step": 3})
    assert figure.describe() == "Réseau récurrent déplié sur 6 pas ; état au pas 3 : (0,18 ; 0,00 ; 0,00)"
