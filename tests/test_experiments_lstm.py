"""L'expérience du chapitre 9 : le biais de départ est celui que l'on demande, le fichier suit le code."""

import pytest
import torch

from rnnbook import results
from rnnbook.experiments import lstm


@pytest.mark.parametrize("bias", [0.0, 1.0, 2.0])
def test_forget_gate_starts_at_the_sigmoid_of_its_bias(bias):
    """À entrée et état nuls, une cellule de 1 garde σ(biais), plus ce qu'écrivent les autres blocs."""
    model = lstm.Recaller(bias)
    n, layer = lstm.HIDDEN, model.layer
    zero, one = torch.zeros(1, 1, n), torch.ones(1, 1, n)
    step = torch.zeros(1, 1, lstm.SYMBOLS + 1)
    _, (_, empty) = layer(step, (zero, zero))
    _, (_, full) = layer(step, (zero, one))
    torch.testing.assert_close(full - empty, torch.full_like(full, bias).sigmoid())


def test_training_repeats_and_learns_a_short_lag():
    models = [lstm.train_recaller(1.0, 2, lr=1e-2, seed=seed, steps=60) for seed in (0, 0, 1)]
    assert torch.equal(models[0].output.weight, models[1].output.weight)
    assert not torch.equal(models[0].output.weight, models[2].output.weight)
    assert lstm.accuracy(models[0], 2, seed=99) > 0.9


@pytest.mark.parametrize(("bias", "error"), [(11.0, ValueError), ("un", TypeError)])
def test_bad_bias_is_named(bias, error):
    with pytest.raises(error, match=r"^forget_bias : "):
        lstm.train_recaller(bias, 5, lr=1e-2, seed=0)


def test_results_hold_every_case_and_follow_the_code():
    record = results.load("lstm-biais")
    cases = {(row["retard"], row["biais"]) for row in record["lignes"]}
    assert cases == {(lag, bias) for lag in lstm.LAGS for bias in lstm.BIASES}
    assert all(len(row["test"]) == len(lstm.SEEDS) for row in record["lignes"])
    assert record["empreinte"] == results.fingerprint(record["modules"])
