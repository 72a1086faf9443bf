"""*La cellule GRU* : le calcul de la page est celui de `rnnbook`, dans les deux conventions."""

import itertools

import figure_tools
import numpy as np
import pytest
import torch

from rnnbook.layers import GRU
from rnnbook.widgets import GRUUnit
from rnnbook.widgets.gru_unit import LARGEST, ROWS
from rnnbook.widgets.unrolled import parse_sequence

FORMS = list(itertools.product(("passé", "nouveau"), ("après", "avant")))


def settings():
    generator = np.random.default_rng(0)
    sequences = ["1 0 0 0,5 0 -1 0 0", "0", "-1,5 2 0.25", "bonjour"]
    for (keeps, reset), sequence in itertools.product(FORMS, sequences):
        yield GRUUnit(
            sequence,
            weights=generator.uniform(-3, 3, (3, 3)),
            recurrent_bias=generator.uniform(-3, 3),
            output_bias=generator.uniform(-3, 3),
            keeps=keeps,
            reset=reset,
        )


def inputs(figure):
    return [value for _, value in parse_sequence(figure.sequence)]


def test_page_computes_the_same_values_as_rnnbook():
    figures = list(settings())
    calls = [
        (
            "forward",
            [
                figure.weights,
                {
                    "recurrentBias": figure.recurrent_bias,
                    "outputBias": figure.output_bias,
                    "keeps": figure.keeps,
                    "reset": figure.reset,
                },
                inputs(figure),
            ],
        )
        for figure in figures
    ]
    for figure, steps in zip(figures, figure_tools.call_js("gru", calls), strict=True):
        for name, values in figure.values().items():
            np.testing.assert_allclose([step[name] for step in steps], values, rtol=0, atol=1e-9)


@pytest.mark.parametrize("figure", list(settings())[:8], ids=str)
def test_the_form_of_pytorch_is_its_layer(figure):
    layer = GRU(1, 1, reset_after=figure.reset == "après").double()
    weights = torch.tensor(figure.weights, dtype=torch.float64)
    with torch.no_grad():
        layer.weight_ih_l0.copy_(weights[:, :1])
        layer.weight_hh_l0.copy_(weights[:, 1:2])
        layer.bias_ih_l0.copy_(weights[:, 2])
        layer.bias_hh_l0.copy_(torch.tensor([0.0, 0.0, figure.recurrent_bias], dtype=torch.float64))
        states = layer(torch.tensor(inputs(figure), dtype=torch.float64).reshape(-1, 1))[0][:, 0]
    np.testing.assert_allclose(figure.values()["h"], states, rtol=0, atol=1e-12)


def test_keeping_the_new_is_keeping_the_past_with_the_opposite_row():
    figure = GRUUnit(keeps="nouveau")
    r, z, k = figure.weights
    mirror = GRUUnit(keeps="passé", weights=[r, [-w for w in z], k])
    np.testing.assert_allclose(figure.values()["h"], mirror.values()["h"], atol=1e-12)
    np.testing.assert_allclose(figure.values()["z"], 1 - mirror.values()["z"], atol=1e-12)
    assert np.abs(figure.values()["h"] - GRUUnit().values()["h"]).max() > 0.1


def test_the_place_of_r_only_moves_the_bias_of_one_unit():
    forms = [GRUUnit(reset=reset).values()["h"] for reset in ("après", "avant")]
    assert np.abs(forms[0] - forms[1]).max() > 0.01
    without = [GRUUnit(reset=reset, recurrent_bias=0.0).values()["h"] for reset in ("après", "avant")]
    np.testing.assert_allclose(*without, atol=1e-12)


def test_lstm_beside_has_coupled_gates():
    figure = GRUUnit(weights=[[0, 0, 8], [1, 0, 1], [2, 0, 0]], recurrent_bias=0.0, output_bias=LARGEST)
    values = figure.values()
    # Sans retour de l'état, la cellule du LSTM fait la même moyenne que l'état du GRU.
    np.testing.assert_allclose(values["c"], values["h"], atol=1e-12)
    np.testing.assert_allclose(values["s"], np.tanh(values["c"]), atol=1e-3)


@pytest.mark.parametrize(
    ("arguments", "error", "name"),
    [
        ({"sequence": "1 x"}, ValueError, "sequence"),
        ({"step": -1}, ValueError, "step"),
        ({"keeps": "futur"}, ValueError, "keeps"),
        ({"reset": True}, ValueError, "reset"),
        ({"selected": "w_ho"}, ValueError, "selected"),
        ({"weights": np.eye(2)}, ValueError, "weights"),
        ({"weights": np.full((3, 3), 9.0)}, ValueError, "weights"),
        ({"recurrent_bias": 9.0}, ValueError, "recurrent_bias"),
        ({"output_bias": "2"}, TypeError, "output_bias"),
    ],
)
def test_bad_arguments_are_named(arguments, error, name):
    with pytest.raises(error, match=rf"^{name} : "):
        GRUUnit(**arguments)


def test_description_and_still_image_stop_at_the_step():
    assert "avant la première entrée" in GRUUnit(step=0).describe()
    figure = GRUUnit(step=2)
    assert figure.describe().startswith("Une unité GRU sur 8 pas (z garde le passé, r après le produit)")
    assert figure.draw().count("<rect") == 2 * len(ROWS)
