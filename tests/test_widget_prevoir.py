"""*Prévoir* : les séries et les prévisions de la page sont celles de `rnnbook`."""

import base64
import itertools

import figure_tools
import numpy as np
import pytest
import torch

from rnnbook.experiments import series as experiment
from rnnbook.widgets import Forecasting
from rnnbook.widgets.forecasting import HORIZON, MODELS, READ


def settings():
    generator = np.random.default_rng(0)
    for (seed, model), forced in itertools.product(zip([0, 1, 29], MODELS, strict=True), [False, True]):
        yield Forecasting(
            seed=seed,
            model=model,
            forced=forced,
            noise=generator.uniform(0, 0.3),
            steps=int(generator.integers(1, 11)),
        )


def test_page_computes_the_same():
    figures = list(settings())
    series = figure_tools.call_js("prevoir", [("makeSeries", [f.seed, f.noise]) for f in figures])
    calls = [("forecast", [f.weights, f.model, f.series().tolist(), f.forced]) for f in figures]
    found = figure_tools.call_js("prevoir", calls)
    measures = [("errors", [f.series().tolist(), f.forecast().tolist(), f.steps]) for f in figures]
    for figure, values, forecast, errors in zip(
        figures, series, found, figure_tools.call_js("prevoir", measures), strict=True
    ):
        np.testing.assert_allclose(values, figure.series(), rtol=0, atol=1e-9)
        np.testing.assert_allclose(forecast, figure.forecast(), rtol=0, atol=1e-9)
        assert errors == pytest.approx(figure.errors(), rel=0, abs=1e-9)


@pytest.mark.parametrize("name", ["gru-un-pas", "gru-boucle"])
def test_forecast_is_that_of_torch(name):
    """Les poids rangés, remis dans le réseau du chapitre, donnent la prévision de la figure."""
    figure = Forecasting(model=name, seed=4)
    model = experiment.Forecaster()
    flat = torch.from_numpy(np.frombuffer(base64.b64decode(figure.weights), dtype="<f2").astype(np.float32))
    start = READ + 1 + (1401 if name == "gru-boucle" else 0)
    torch.nn.utils.vector_to_parameters(flat[start : start + 1401], model.parameters())
    inputs = torch.tensor(figure.series(), dtype=torch.float32)[:, None, None]
    with torch.no_grad():
        own = experiment.iterate(model, inputs[:READ], HORIZON)[:, 0]
        truth = experiment.forced(model, inputs)[:, 0]
    np.testing.assert_allclose(figure.forecast(), own, atol=1e-4)
    figure.forced = True
    np.testing.assert_allclose(figure.forecast(), truth, atol=1e-4)


def test_packaged_models_beat_the_naive_forecast():
    """En moyenne sur vingt séries, chaque modèle bat le naïf, et la vérité rendue aide le GRU d'un pas."""
    means = {}
    for model, forced in itertools.product(MODELS, [False, True]):
        errors = [Forecasting(seed=s, model=model, forced=forced, steps=10).errors() for s in range(20)]
        means[model, forced], naive = np.mean(errors, axis=0)
        assert means[model, forced] < naive / 3
    assert means["gru-un-pas", True] < means["gru-un-pas", False] / 3
    assert means["gru-boucle", False] < means["gru-un-pas", False]


def test_first_forecast_does_not_depend_on_what_follows():
    for model in MODELS:
        own, truth = (Forecasting(model=model, forced=forced).forecast() for forced in (False, True))
        assert own[0] == truth[0]
        assert not np.allclose(own[1:], truth[1:])


@pytest.mark.parametrize(
    ("arguments", "error", "name"),
    [
        ({"seed": -1}, ValueError, "seed"),
        ({"noise": 0.4}, ValueError, "noise"),
        ({"model": "lstm"}, ValueError, "model"),
        ({"steps": 0}, ValueError, "steps"),
        ({"forced": 1}, TypeError, "forced"),
        ({"weights": "AAAA"}, ValueError, "weights"),
    ],
)
def test_bad_arguments_are_named(arguments, error, name):
    with pytest.raises(error, match=rf"^{name} : "):
        Forecasting(**arguments)


def test_still_image_shows_as_many_squares_as_steps():
    for steps in (1, 7, 10):
        assert Forecasting(steps=steps).draw().count("<rect") == steps
