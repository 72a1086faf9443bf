"""*Deux sens* : les états et les lectures de la page sont ceux de vraies couches bidirectionnelles."""

import itertools

import figure_tools
import numpy as np
import pytest
import torch
from torch import nn

from rnnbook.widgets import TwoWays
from rnnbook.widgets.two_ways import KEPT, read_words, word_value

SENTENCES = [
    "martin",
    "a b",
    "  martin   a perdu ses clés ",
    "éléphantesq oui",
    "un deux trois quatre cinq six sept",
]
WRONG = ["", "   ", "un deux trois quatre cinq six sept huit", "anticonstitutionnellement"]


def settings():
    for sentence, kept, step in itertools.product(SENTENCES, KEPT, (1, 2, 7)):
        yield TwoWays(sentence, kept=kept, step=step)


@pytest.mark.parametrize("seed", range(3))
def test_page_computes_the_same_states_as_rnnbook(seed):
    generator = np.random.default_rng(seed)
    weights = [{"W_xh": generator.normal(size=2), "W_hh": generator.normal(size=2)} for _ in SENTENCES]
    figures = [TwoWays(text, **values) for text, values in zip(SENTENCES, weights, strict=True)]
    calls = [("states", [read_words(f.sentence), f.W_xh, f.W_hh]) for f in figures]
    for figure, states in zip(figures, figure_tools.call_js("sens", calls), strict=True):
        np.testing.assert_allclose(states, figure.states(), rtol=0, atol=1e-9)


def test_page_keeps_the_same_halves_and_readings_as_python():
    figures = list(settings())
    counts = [len(read_words(f.sentence)) for f in figures]
    arguments = [[f.kept, f.step, count] for f, count in zip(figures, counts, strict=True)]
    halves = figure_tools.call_js("sens", [("halves", values) for values in arguments])
    tables = figure_tools.call_js("sens", [("seen", values) for values in arguments])
    for figure, pairs, table in zip(figures, halves, tables, strict=True):
        assert [tuple(pair) for pair in pairs] == figure.halves()
        np.testing.assert_array_equal(table, figure.seen())


def test_page_reads_the_same_words_as_python():
    results = figure_tools.call_js("sens", [("readWords", [text]) for text in SENTENCES + WRONG])
    assert [result.get("words") for result in results[: len(SENTENCES)]] == [read_words(s) for s in SENTENCES]
    for text, result in zip(WRONG, results[len(SENTENCES) :], strict=True):
        assert result.get("error"), text
        with pytest.raises(ValueError, match="sentence : "):
            read_words(text)
    words = ["a", "martin", "éléphantesq"]
    values = figure_tools.call_js("sens", [("wordValue", [word]) for word in words])
    assert values == [word_value(word) for word in words] == [-0.75, 0.5, 1.75]


def support(figure):
    """Ce que lit chaque moitié d'une vraie couche : quelles entrées ont un gradient non nul."""
    torch.manual_seed(0)
    count = len(read_words(figure.sentence))
    layer = nn.GRU(2, 3, bidirectional=True).double()
    x = torch.randn(count, 1, 2, dtype=torch.float64, requires_grad=True)
    output, h_n = layer(x)
    table = np.zeros((2, count), dtype=bool)
    for way, t in figure.halves():
        half = h_n[way] if figure.kept == "h_n" else output[t, :, 3 * way : 3 * way + 3]
        (gradient,) = torch.autograd.grad(half.sum(), x, retain_graph=True)
        table[way] = (gradient.abs().amax(dim=(1, 2)) > 0).numpy()
    return table


def test_readings_are_those_of_a_real_layer():
    for figure in settings():
        np.testing.assert_array_equal(figure.seen(), support(figure))


def test_states_are_those_of_torch():
    figure = TwoWays("un deux trois", W_xh=[1.5, -0.5], W_hh=[0.3, 0.9])
    x = [word_value(word) for word in ("un", "deux", "trois")]
    forward, backward = [0.0], [0.0]
    for value in x:
        forward.append(np.tanh(1.5 * value + 0.3 * forward[-1]))
    for value in x[::-1]:
        backward.append(np.tanh(-0.5 * value + 0.9 * backward[-1]))
    np.testing.assert_allclose(figure.states(), np.stack([forward[1:], backward[:0:-1]], axis=1))


def test_last_step_of_output_is_not_the_summary():
    last = TwoWays("un deux trois", kept="output", step=3)
    final = TwoWays("un deux trois", kept="h_n")
    assert last.seen().sum(axis=1).tolist() == [3, 1]
    assert final.seen().sum(axis=1).tolist() == [3, 3]
    assert final.halves() == [(0, 2), (1, 0)]


@pytest.mark.parametrize(
    ("arguments", "error", "name"),
    [
        ({"sentence": 3}, TypeError, "sentence"),
        ({"sentence": ""}, ValueError, "sentence"),
        ({"step": 0}, ValueError, "step"),
        ({"kept": "last"}, ValueError, "kept"),
        ({"W_xh": [1.0]}, ValueError, "W_xh"),
        ({"W_hh": [1.0, 9.0]}, ValueError, "W_hh"),
    ],
)
def test_bad_arguments_are_named(arguments, error, name):
    with pytest.raises(error, match=rf"^{name}"):
        TwoWays(**arguments)


def test_description_follows_what_is_kept():
    figure = TwoWays("un deux trois", kept="output", step=9)
    assert figure.describe() == (
        "Deux sens, output[t] au pas 3 : la moitié avant vaut 0,03 et a lu 3 mots sur 3 ; "
        "la moitié arrière vaut 0,24 et a lu 1 mot sur 3"
    )
    figure.kept = "h_n"
    assert figure.describe().startswith("Deux sens, h_n : la moitié avant")


def test_still_image_marks_the_words_read():
    image = TwoWays("un deux trois", kept="output", step=1).draw()
    assert image.count(">→<") == 1
    assert image.count(">←<") == 3
    assert TwoWays("un deux trois", kept="h_n").draw().count(">→<") == 3
