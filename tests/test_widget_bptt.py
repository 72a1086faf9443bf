"""*BPTT pas à pas* : le calcul de la page est celui de `rnnbook.bptt`."""

import figure_tools
import numpy as np
import pytest

from rnnbook import bptt
from rnnbook.widgets import Backpropagation
from rnnbook.widgets.unrolled import LONGEST, parse_sequence


def random_figure(seed, **state):
    generator = np.random.default_rng(seed)
    numbers = generator.normal(size=generator.integers(1, LONGEST + 1))
    drawn = {
        "sequence": " ".join(f"{x:.3f}" for x in numbers),
        "w_x": generator.uniform(-2, 2),
        "w": generator.uniform(-2, 2),
        "h_0": generator.uniform(-1, 1),
        "target": generator.uniform(-1, 1),
        "final": bool(seed % 2),
    }
    return Backpropagation(**{**drawn, **state})


FIGURES = [random_figure(seed) for seed in range(8)] + [Backpropagation(), Backpropagation(final=False)]


def values(figure):
    return [value for _, value in parse_sequence(figure.sequence)]


def test_page_computes_the_same_states_as_rnnbook():
    calls = [("forward", [values(f), f.w_x, f.w, f.h_0]) for f in FIGURES]
    for figure, states in zip(FIGURES, figure_tools.call_js("bptt", calls), strict=True):
        np.testing.assert_allclose(states, figure.trace().states.h[:, 0, 0], rtol=0, atol=1e-9)


def test_page_judges_the_same_steps_as_python():
    calls = [("immediate", [list(f.trace().states.h[:, 0, 0]), f.target, f.final]) for f in FIGURES]
    for figure, errors in zip(FIGURES, figure_tools.call_js("bptt", calls), strict=True):
        np.testing.assert_allclose(errors, figure.immediate(), rtol=0, atol=1e-9)


def test_page_computes_the_same_contributions_as_rnnbook():
    calls = [
        ("contributions", [list(f.trace().states.h[:, 0, 0]), f.w, list(f.immediate())]) for f in FIGURES
    ]
    for figure, terms in zip(FIGURES, figure_tools.call_js("bptt", calls), strict=True):
        expected = bptt.contributions(figure.trace(), figure.immediate()[:, None, None]).weight_hh
        np.testing.assert_allclose(terms, expected[:, :, 0, 0], rtol=0, atol=1e-9)


@pytest.mark.parametrize("truncation", [1, 2, 3, LONGEST])
def test_page_goes_back_as_rnnbook_does_cut_or_not(truncation):
    calls = [
        ("backward", [list(f.trace().states.h[:, 0, 0]), f.w, list(f.immediate()), truncation])
        for f in FIGURES
    ]
    for figure, result in zip(FIGURES, figure_tools.call_js("bptt", calls), strict=True):
        d_output = figure.immediate()[:, None, None]
        expected = bptt.backward(figure.trace(), d_output, truncation=truncation)
        assert result["gradient"] == pytest.approx(expected.params.weight_hh[0, 0], rel=0, abs=1e-9)
        np.testing.assert_allclose(result["d_h"], expected.states.h[:, 0, 0], rtol=0, atol=1e-9)
        figure.truncation = truncation
        np.testing.assert_allclose(result["parts"], figure.kept().sum(axis=0), rtol=0, atol=1e-9)
        assert figure.gradient(truncation) == pytest.approx(result["gradient"], rel=0, abs=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_gradient_is_the_slope_of_the_loss(seed):
    figure, step = random_figure(seed), 1e-6

    def loss(w):
        moved = random_figure(seed, w=w)
        errors = moved.trace().output[:, 0, 0] - moved.target
        return 0.5 * float(np.sum((errors[-1:] if moved.final else errors) ** 2))

    slope = (loss(figure.w + step) - loss(figure.w - step)) / (2 * step)
    assert figure.gradient() == pytest.approx(slope, rel=1e-6, abs=1e-9)


def test_first_use_of_the_weight_counts_only_from_a_nonzero_state():
    assert Backpropagation(h_0=0.5).contributions()[-1, 0] != 0
    assert Backpropagation(h_0=0).contributions()[-1, 0] == 0


@pytest.mark.parametrize(
    ("arguments", "error", "name"),
    [
        ({"sequence": 3}, TypeError, "sequence"),
        ({"sequence": "1 x"}, ValueError, "sequence"),
        ({"w": 3}, ValueError, "w"),
        ({"w_x": float("nan")}, ValueError, "w_x"),
        ({"h_0": 2}, ValueError, "h_0"),
        ({"target": "0"}, TypeError, "target"),
        ({"final": 1}, TypeError, "final"),
        ({"truncation": 0}, ValueError, "truncation"),
        ({"step": -1}, ValueError, "step"),
    ],
)
def test_bad_arguments_are_named(arguments, error, name):
    with pytest.raises(error, match=rf"^{name} : "):
        Backpropagation(**arguments)


def test_description_follows_the_step():
    figure = Backpropagation(sequence="1 1", w_x=0, w=1, h_0=0.5, target=0, truncation=1)
    figure.step = 1
    assert figure.describe() == "Rétropropagation sur 2 pas : aller jusqu'au pas 1, état 0,46"
    h_1 = np.tanh(0.5)
    h_2 = np.tanh(h_1)
    last = h_2 * (1 - h_2**2) * h_1
    first = h_2 * (1 - h_2**2) * (1 - h_1**2) * 0.5
    figure.step = 4
    assert figure.describe().replace(",", ".") == (
        "Rétropropagation sur 2 pas. tranches de 1 : retour jusqu'au pas 1. "
        f"somme des contributions {last:.3f}. gradient exact {last + first:.3f}"
    )


def test_still_image_grows_step_by_step():
    figure = Backpropagation(step=2)
    assert figure.draw().count('stroke-dasharray="4 4"') == 4
    figure.step = 7
    orange = figure.draw().count("#b84e00")
    figure.step = 12
    assert figure.draw().count("#b84e00") > orange > 0
    figure.truncation = 2
    assert figure.draw().count("#b84e00") < Backpropagation().draw().count("#b84e00")
