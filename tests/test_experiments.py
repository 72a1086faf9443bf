"""Les expériences des chapitres 7 et 15 : justes en petit."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from rnnbook import data
from rnnbook.experiments import names as experiment
from rnnbook.experiments import stock
from rnnbook.metrics import macro_accuracy


@pytest.fixture(scope="module")
def three():
    """Trois langues très différentes, peu de noms : l'entraînement tient en une seconde."""
    names = data.load_names()
    kept = [names.languages.index(language) for language in ("Armenian", "Chinese", "Irish")]
    chosen = [index for label in kept for index in np.flatnonzero(names.labels == label)[::2]]
    small = names.subset(chosen)
    return data.split(
        data.Names(small.names, np.searchsorted(kept, small.labels), ("Armenian", "Chinese", "Irish")), seed=0
    )


@pytest.mark.parametrize("name", ["rapide", "langues"])
def test_train_learns_and_repeats(three, name):
    recipe = replace(experiment.RECIPES[name], epochs=3)
    run = experiment.train(recipe, three.training, seed=0)
    guess = experiment.predict(run.model, three.heldout)
    assert macro_accuracy(three.heldout.labels, guess) > 0.9
    assert run.seconds > 0
    again = experiment.train(recipe, three.training, seed=0)
    assert again.history.loss == run.history.loss
    other = experiment.train(recipe, three.training, seed=1)
    assert other.history.loss != run.history.loss


def test_scores_follow_the_order_of_names(three):
    run = experiment.train(replace(experiment.RECIPES["rapide"], epochs=1), three.training, seed=0)
    together = experiment.scores(run.model, three.heldout)
    for index in (0, 7, len(three.heldout) - 1):
        alone = experiment.scores(run.model, three.heldout.subset([index]))
        np.testing.assert_allclose(alone[0], together[index], atol=1e-5)


def test_letters_loss_is_a_mean_per_sign(three):
    """Un modèle qui ne sait rien paie log 30 par signe, fin comprise."""
    model = experiment.RECIPES["langues"].model(3)
    torch.nn.init.zeros_(model.output.weight)
    torch.nn.init.zeros_(model.output.bias)
    batch = data.take(data.to_tensors(three.training), torch.arange(20))
    assert experiment.letters_loss(model, batch).item() == pytest.approx(np.log(30), rel=1e-5)


def test_classic_loop(three):
    points = list(experiment.classic_loop(three.training, seed=0, steps=600, every=200))
    assert [point.step for point in points] == [200, 400, 600]
    assert 0 < points[0].seconds < points[2].seconds
    guess = experiment.predict(points[-1].model, three.heldout)
    assert macro_accuracy(three.heldout.labels, guess) > 0.6


# --- Apple ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def prices():
    return data.load_stock()["adj_close"].to_numpy()


def test_chronological():
    days = stock.chronological(100)
    assert days == (slice(0, 70), slice(70, 85), slice(85, 100))


def test_scalers():
    values = np.array([1.0, 3.0, 5.0])
    assert stock.Scaler.unit(values).forward(values).tolist() == [0, 0.5, 1]
    standard = stock.Scaler.standard(values)
    assert standard.forward(values).mean() == pytest.approx(0)
    assert standard.forward(values).std() == pytest.approx(1)
    np.testing.assert_allclose(standard.backward(standard.forward(values)), values)


def forecasts(prices, days):
    returns = 100 * np.abs(np.diff(np.log(prices)))
    shifted = stock.chronological(len(returns))
    return {
        "persistance": stock.persistence(prices),
        "regression": stock.linear_forecast(prices, days),
        "moyenne": stock.exponential_average(returns, 0.9),
        "volatilite": stock.linear_volatility(returns, shifted),
    }


def test_no_forecast_sees_its_day(prices):
    """Changer les jours à partir de t ne change pas la prévision du jour t."""
    prices = prices[:1000]
    days = stock.chronological(len(prices))
    before = forecasts(prices, days)
    changed = prices.copy()
    changed[900:] *= np.linspace(1.5, 3, 100)
    for name, values in forecasts(changed, days).items():
        first = 900 - (len(prices) - len(values))
        np.testing.assert_allclose(values[: first + 1], before[name][: first + 1], err_msg=name)
        assert not np.allclose(values[first + 1 :], before[name][first + 1 :]), name


@pytest.mark.parametrize("model", stock.PRICE_MODELS)
def test_only_the_leak_sees_the_future(prices, model, monkeypatch):
    """Le réseau n'apprend que du passé ; la « fuite », elle, change quand l'avenir change."""
    monkeypatch.setattr(stock, "EPOCHS", 1)
    prices = prices[:400]
    days = stock.chronological(len(prices))
    changed = prices.copy()
    changed[380:] *= 20
    first, _ = stock.network_forecast(prices, days, model, lr=1e-3, seed=0)
    second, _ = stock.network_forecast(changed, days, model, lr=1e-3, seed=0)
    assert np.isnan(first[: stock.WINDOW]).all()
    assert not np.isnan(first[stock.WINDOW + 1 :]).any()
    same = np.allclose(first[30:381], second[30:381])
    assert same == (model != "fuite")


def test_price_scores():
    prices = np.array([10.0, 11.0, 10.0, 12.0])
    scores = stock.price_scores(prices, np.array([np.nan, 10.5, 10.0, 9.0]), slice(1, 4))
    assert scores["mae"] == pytest.approx((0.5 + 0 + 3) / 3)
    assert scores["rmse"] == pytest.approx(((0.25 + 0 + 9) / 3) ** 0.5)
    assert scores["signe"] == pytest.approx(2 / 3)
    assert stock.price_scores(prices, stock.persistence(prices), slice(1, 4))["signe"] is None


def test_unknown_model(prices):
    with pytest.raises(ValueError, match="model : 'lstm' reçu, 'rendements' ou"):
        stock.network_forecast(prices, stock.chronological(len(prices)), "lstm", lr=1e-3, seed=0)


def test_exponential_average_is_the_weighted_past():
    values = np.array([1.0, 2.0, 4.0, 8.0])
    found = stock.exponential_average(values, 0.5)
    assert np.isnan(found[0])
    assert found[1:].tolist() == [1.0, 1.5, 2.75]
