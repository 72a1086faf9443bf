"""Les prévisions de séries du chapitre 14 : justes en petit."""

import numpy as np
import pytest
import torch

from rnnbook.experiments import series as experiment


@pytest.fixture(scope="module")
def parts():
    whole = experiment.load_parts()
    return experiment.Parts(*(part[:, :200] for part in whole))


def test_parts_are_apart_and_share_the_clean_signal(parts):
    assert [part.shape for part in experiment.load_parts()] == [(60, 7000, 1), (60, 2000, 1), (60, 1000, 1)]
    clean = experiment.load_parts(noise=0.0)
    gap = (clean.test[:, :200] - parts.test).abs()
    assert gap.max() <= 0.05 + 1e-6
    assert not torch.equal(parts.training, parts.test)


def test_linear_recovers_its_weights():
    generator = torch.Generator().manual_seed(0)
    inputs = torch.randn(200, 5, generator=generator)
    truth = torch.randn(6, 2, generator=generator, dtype=torch.float64)
    targets = inputs.double() @ truth[:-1] + truth[-1]
    found = experiment.fit_linear(inputs, targets, ridge=1e-9)
    assert torch.allclose(found, truth, atol=1e-6)
    assert torch.allclose(experiment.predict_linear(found, inputs).double(), targets, atol=1e-5)
    # Une pénalité énorme ne laisse que le biais, qui n'est pas pénalisé.
    flat = experiment.fit_linear(inputs, targets, ridge=1e12)
    assert flat[:-1].abs().max() < 1e-6
    assert torch.allclose(flat[-1], targets.mean(dim=0), atol=1e-6)


def test_iterating_a_recurrence_continues_it():
    """x_t = x_{t-1} + x_{t-2} : itérer la régression donne la suite."""
    weights = torch.tensor([[1.0], [1.0], [0.0]], dtype=torch.float64)
    found = experiment.iterate_linear(weights, torch.tensor([[1.0, 1.0, 2.0]]), 4)
    assert found.tolist() == [[3.0, 5.0, 8.0, 13.0]]


@pytest.mark.parametrize("strategy", experiment.STRATEGIES)
def test_forecast_never_sees_the_future(parts, strategy):
    torch.manual_seed(0)
    model = experiment.Forecaster(horizon=10 if strategy in ("directe", "chaque-pas") else 1)
    before = experiment.forecast(model, parts.test, strategy)
    changed = parts.test.clone()
    changed[50:] += 1.0
    assert before.shape == (10, 200)
    assert torch.equal(experiment.forecast(model, changed, strategy), before)
    changed[49] += 1.0
    assert not torch.equal(experiment.forecast(model, changed, strategy), before)


def test_forced_and_iterated_share_their_first_step(parts):
    torch.manual_seed(0)
    model = experiment.Forecaster()
    with torch.no_grad():
        own, truth = experiment.iterate(model, parts.test[:50], 10), experiment.forced(model, parts.test)
    assert torch.allclose(own[0], truth[0], atol=1e-6)
    assert not torch.allclose(own[1], truth[1])


def test_loss_is_the_error_of_the_forecast(parts):
    torch.manual_seed(0)
    for strategy, horizon, count in (("un-pas", 1, 1), ("directe", 10, 10), ("boucle", 1, 10)):
        model = experiment.Forecaster(horizon=horizon)
        errors = experiment.by_horizon(experiment.forecast(model, parts.test, strategy), parts.test)
        expected = np.mean(errors[:count])
        assert experiment.loss(model, parts.test, strategy).item() == pytest.approx(expected, rel=1e-4)


def test_every_step_compares_each_answer_with_the_ten_next_values(parts):
    model = experiment.Forecaster(horizon=10)
    series = parts.test[:, :3]
    with torch.no_grad():
        outputs, _ = model(series[:50])
    expected = np.mean(
        [((outputs[t, i] - series[t + 1 : t + 11, i, 0]) ** 2).mean() for t in range(50) for i in range(3)]
    )
    assert experiment.loss(model, series, "chaque-pas").item() == pytest.approx(expected, rel=1e-4)


def test_train_learns_and_repeats(parts):
    naive = experiment.by_horizon(experiment.naive(parts.validation), parts.validation)[0]
    model, error = experiment.train("gru", "un-pas", parts, lr=3e-2, seed=0, epochs=12)
    assert error < naive
    again, same = experiment.train("gru", "un-pas", parts, lr=3e-2, seed=0, epochs=12)
    assert same == error
    assert all(torch.equal(a, b) for a, b in zip(model.parameters(), again.parameters(), strict=True))


def test_bad_arguments(parts):
    with pytest.raises(ValueError, match="strategy : 'mixte' reçu"):
        experiment.loss(experiment.Forecaster(), parts.test, "mixte")
    with pytest.raises(ValueError, match="name : 'tcn' reçu"):
        experiment.train("tcn", "un-pas", parts, lr=1e-2, seed=0)
    with pytest.raises(ValueError, match="rang 2"):
        experiment.Forecaster()(parts.test[:, :, 0])
