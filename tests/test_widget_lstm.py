"""*La cellule LSTM* : le calcul de la page est celui de `rnnbook`."""

import figure_tools
import numpy as np
import pytest
import torch

from rnnbook.widgets import LSTMUnit
from rnnbook.widgets.lstm_unit import GATE_STATES, ROWS
from rnnbook.widgets.unrolled import parse_sequence

SEQUENCES = ["1 0,3 0 -0,4 0 0 1 0", "0", "-1,5 2 0.25", "\u22123 +10", "bonjour", "a"]


def random_figures(count):
    generator = np.random.default_rng(0)
    for index in range(count):
        gates = dict(
            zip(("input_gate", "forget_gate", "output_gate"), generator.choice(GATE_STATES, 3), strict=True)
        )
        yield LSTMUnit(
            SEQUENCES[index % len(SEQUENCES)],
            weights=generator.normal(scale=3, size=(4, 3)),
            **{name: str(state) for name, state in gates.items()},
        )


def arguments(figure):
    forced = {"i": figure.input_gate, "f": figure.forget_gate, "o": figure.output_gate}
    return [figure.weights, forced, [value for _, value in parse_sequence(figure.sequence)]]


def test_page_computes_the_same_values_as_rnnbook():
    figures = [LSTMUnit(), *random_figures(40)]
    results = figure_tools.call_js("lstm", [("run", arguments(figure)) for figure in figures])
    for figure, steps in zip(figures, results, strict=True):
        expected = figure.values()
        for name in ROWS:
            np.testing.assert_allclose([step[name] for step in steps], expected[name], rtol=0, atol=1e-9)


def test_values_equal_torch_when_no_gate_is_forced():
    figure = LSTMUnit("1 -0,5 2 0,25", weights=np.random.default_rng(1).normal(size=(4, 3)))
    layer = torch.nn.LSTM(1, 1).double()
    w_x, w_h, b = torch.tensor(figure.weights, dtype=torch.float64).split(1, dim=1)
    with torch.no_grad():
        for target, value in zip(layer.parameters(), (w_x, w_h, b[:, 0], torch.zeros(4)), strict=True):
            target.copy_(value)
        output, (_, c_n) = layer(torch.tensor([[1.0], [-0.5], [2.0], [0.25]], dtype=torch.float64))
    np.testing.assert_allclose(figure.values()["h"], output[:, 0], atol=1e-12)
    np.testing.assert_allclose(figure.values()["c"][-1], c_n[0].item(), atol=1e-12)


@pytest.mark.parametrize(("trait", "gate"), [("input_gate", "i"), ("forget_gate", "f"), ("output_gate", "o")])
def test_forced_gates_are_exactly_open_or_shut(trait, gate):
    for state, value in (("ouverte", 1.0), ("fermée", 0.0)):
        assert np.all(LSTMUnit("1 -2 3", **{trait: state}).values()[gate] == value)


def test_open_forget_gate_keeps_and_shut_one_forgets():
    kept = LSTMUnit("1 0 0 0", forget_gate="ouverte", input_gate="ouverte").values()["c"]
    np.testing.assert_allclose(kept, kept[0])
    lost = LSTMUnit("1 0 0 0", forget_gate="fermée", input_gate="ouverte").values()["c"]
    assert lost[0] > 0.9
    assert np.all(lost[1:] == 0)


def test_page_says_what_the_forget_gates_kept():
    figure = LSTMUnit()
    steps = [dict(zip(ROWS, row, strict=True)) for row in zip(*figure.values().values(), strict=True)]
    forget = figure.values()["f"]
    (kept,) = figure_tools.call_js("lstm", [("kept", [steps, 5])])
    assert kept == pytest.approx(np.prod(forget[1:5]), abs=1e-12)


@pytest.mark.parametrize(
    ("arguments", "error", "name"),
    [
        ({"sequence": "1 x"}, ValueError, "sequence"),
        ({"weights": np.eye(3)}, ValueError, "weights"),
        ({"forget_gate": "entrouverte"}, ValueError, "forget_gate"),
        ({"step": -1}, ValueError, "step"),
        ({"selected": "w_xz"}, ValueError, "selected"),
    ],
)
def test_bad_arguments_are_named(arguments, error, name):
    with pytest.raises(error, match=rf"^{name} : "):
        LSTMUnit(**arguments)


def test_description_gives_the_values_of_the_step():
    assert LSTMUnit(step=1).describe() == (
        "Une unité LSTM sur 8 pas ; au pas 1 : "
        "i = 0,98 ; f = 0,95 ; g = 0,96 ; o = 0,95 ; c = 0,95 ; h = 0,70"
    )
    assert LSTMUnit(step=0).describe().endswith("c et h sont nuls")


def test_still_image_shows_reached_steps_only():
    assert LSTMUnit(step=0).draw().count("<rect") == 0
    assert LSTMUnit(step=3).draw().count("<rect") == 18
