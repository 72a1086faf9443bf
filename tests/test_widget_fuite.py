"""*Le gradient qui fuit* : le calcul de la page est celui de `rnnbook.jacobians`."""

import figure_tools
import numpy as np
import pytest

from rnnbook.widgets import GradientLeak
from rnnbook.widgets.gradient_leak import LONGEST, SIGNALS


def random_figure(seed):
    generator = np.random.default_rng(seed)
    return GradientLeak(
        w=generator.uniform(-2, 2),
        activation=("tanh", "relu", "linéaire")[seed % 3],
        length=int(generator.integers(2, LONGEST + 1)),
        signal=list(SIGNALS)[seed // 3 % 3],
        amplitude=generator.uniform(0, 3),
    )


FIGURES = [random_figure(seed) for seed in range(18)] + [GradientLeak(), GradientLeak(w=1.5, amplitude=0)]


def test_page_reads_the_same_inputs_as_python():
    calls = [("inputs", [f.signal, f.amplitude, f.length]) for f in FIGURES]
    for figure, values in zip(FIGURES, figure_tools.call_js("fuite", calls), strict=True):
        np.testing.assert_allclose(values, figure.inputs(), rtol=1e-12)


def test_page_computes_the_same_states_and_slopes_as_rnnbook():
    calls = [("unroll", [f.activation, f.w, list(f.inputs())]) for f in FIGURES]
    calls += [("slopes", [f.activation, list(f.states())]) for f in FIGURES]
    results = figure_tools.call_js("fuite", calls)
    for figure, states, slopes in zip(FIGURES, results, results[len(FIGURES) :], strict=False):
        np.testing.assert_allclose(states, figure.states(), rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(slopes, figure.slopes(), rtol=1e-9, atol=1e-9)


def test_page_computes_the_same_products_as_rnnbook():
    calls = [("products", [f.w, list(f.slopes())]) for f in FIGURES]
    for figure, products in zip(FIGURES, figure_tools.call_js("fuite", calls), strict=True):
        np.testing.assert_allclose(products, figure.products(), rtol=1e-9, atol=0)


def test_products_are_the_slope_of_the_last_state():
    figure, eps = GradientLeak(w=1.3, signal="alternée", amplitude=0.7, length=12), 1e-6

    def last(shift):
        h = shift
        for x in figure.inputs():
            h = np.tanh(figure.w * h + x)
        return h

    assert figure.products()[0] == pytest.approx((last(eps) - last(-eps)) / (2 * eps), rel=1e-5)
    assert figure.products()[-1] == 1


def test_same_weight_explodes_or_vanishes_under_tanh():
    assert GradientLeak(w=1.5, amplitude=0).products()[0] == pytest.approx(1.5**30)
    assert abs(GradientLeak(w=1.5, amplitude=1).products()[0]) < 1e-9
    assert GradientLeak(w=1.5, amplitude=1).saturated() == 0
    assert GradientLeak(w=1.5, amplitude=3, signal="constante").saturated() == 30


def test_dead_relu_passes_nothing_and_the_image_still_holds():
    figure = GradientLeak(w=0.5, activation="relu", signal="alternée")
    assert figure.products()[0] == 0
    assert "la dérivée vaut 0 et" in figure.describe()
    assert "polyline" in figure.draw()


@pytest.mark.parametrize(
    ("arguments", "error", "name"),
    [
        ({"w": 3}, ValueError, "w"),
        ({"w": "1"}, TypeError, "w"),
        ({"activation": "sinus"}, ValueError, "activation"),
        ({"length": 1}, ValueError, "length"),
        ({"length": 61}, ValueError, "length"),
        ({"length": 2.5}, TypeError, "length"),
        ({"signal": "bruit"}, ValueError, "signal"),
        ({"amplitude": -1}, ValueError, "amplitude"),
    ],
)
def test_bad_arguments_are_named(arguments, error, name):
    with pytest.raises(error, match=rf"^{name} : "):
        GradientLeak(**arguments)


def test_description_gives_product_bound_and_saturation():
    figure = GradientLeak(w=0.5, activation="linéaire", length=10, amplitude=2)
    assert figure.describe() == (
        "Neurone linéaire, poids récurrent 0,50, une impulsion d'amplitude 2,0 : sur 10 pas, la dérivée vaut "
        "9,8·10⁻⁴ et sa borne 9,8·10⁻⁴ ; pas saturés : 0"
    )


def test_still_image_stays_short_at_its_longest():
    assert len(GradientLeak(length=LONGEST, signal="constante").draw()) < 40_000
