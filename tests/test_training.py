"""La boucle d'entraînement."""

import sys
from types import SimpleNamespace

import pytest
import torch
from jupyter_client.manager import start_new_kernel
from torch import nn

from rnnbook import training

X = torch.linspace(-1, 1, 64)[:, None]
Y = 3 * X - 1


def batches(generator):
    for index in torch.randperm(64, generator=generator).split(16):
        yield X[index], Y[index]


def loss(model, batch):
    return nn.functional.mse_loss(model(batch[0]), batch[1])


def run(seed=0, **options):
    training.reproducible(seed)
    model = nn.Linear(1, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.2)
    options = {"epochs": 20, "seed": seed} | options
    return model, training.fit(model, batches, loss, optimizer=optimizer, **options)


def test_fit_learns():
    model, history = run()
    assert model.weight.item() == pytest.approx(3, abs=0.01)
    assert model.bias.item() == pytest.approx(-1, abs=0.01)
    assert len(history.loss) == len(history.gradient_norm) == 80
    assert len(history.epoch_loss) == 20
    assert history.epoch_loss[0] == pytest.approx(sum(history.loss[:4]) / 4)
    assert history.epoch_loss[-1] < history.epoch_loss[0] / 100
    assert history.validation == []
    assert not model.training


def test_fit_repeats_exactly():
    first, second = run(seed=3)[1], run(seed=3)[1]
    assert first == second
    assert first.loss != run(seed=4)[1].loss


def test_clip_bounds_the_step():
    training.reproducible(0)
    model = nn.Linear(1, 1)
    before = torch.cat([p.detach().flatten() for p in model.parameters()])
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    history = training.fit(model, lambda g: [(X, Y)], loss, epochs=1, optimizer=optimizer, clip=0.01)
    after = torch.cat([p.detach().flatten() for p in model.parameters()])
    assert (after - before).norm().item() == pytest.approx(0.01, rel=1e-3)
    assert history.gradient_norm[0] > 0.1, "la norme gardée est celle d'avant l'écrêtage"


def test_scheduler_steps_once_per_batch():
    training.reproducible(0)
    model = nn.Linear(1, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scheduler = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.0, total_iters=12)
    training.fit(model, batches, loss, epochs=3, optimizer=optimizer, scheduler=scheduler)
    assert optimizer.param_groups[0]["lr"] == 0


def test_best_weights_and_patience():
    values = iter([3.0, 2.0, 1.0, 1.5, 1.2, 0.5])
    seen = []

    def validate(model):
        assert not model.training
        assert not torch.is_grad_enabled()
        seen.append(model.weight.item())
        return next(values)

    model, history = run(validate=validate, patience=2)
    assert history.validation == [3.0, 2.0, 1.0, 1.5, 1.2]
    assert history.best_epoch == 2
    assert model.weight.item() == seen[2] != seen[-1]


def test_dropout_is_on_while_training():
    modes = []

    def spy(model, batch):
        modes.append(model.training)
        return loss(model, batch)

    training.reproducible(0)
    model = nn.Linear(1, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    training.fit(model, batches, spy, epochs=2, optimizer=optimizer, validate=lambda m: 0.0)
    assert all(modes)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"epochs": 0}, "epochs : 0 reçu"),
        ({"patience": 2}, "patience : 2 reçu sans validate"),
        ({"patience": 0, "validate": lambda m: 0.0}, "patience : 0 reçu"),
        ({"clip": -1.0}, "clip : -1.0 reçu"),
    ],
)
def test_fit_errors(options, message):
    with pytest.raises(ValueError, match=message):
        run(**options)


def test_fit_stops_on_broken_runs():
    model = nn.Linear(1, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with pytest.raises(ValueError, match="batches : aucun lot"):
        training.fit(model, lambda g: [], loss, epochs=1, optimizer=optimizer)
    with pytest.raises(ValueError, match="loss : nan à l'époque 0"):
        training.fit(model, lambda g: [(X * torch.nan, Y)], loss, epochs=1, optimizer=optimizer)


def test_reproducible():
    a = torch.rand(3, generator=training.reproducible(5))
    b = torch.rand(3)
    assert torch.equal(a, b)
    assert torch.equal(b, torch.rand(3, generator=training.reproducible(5)))
    assert torch.get_num_threads() == 1


def test_progress_bar_follows_the_terminal(monkeypatch):
    monkeypatch.setattr(sys, "stderr", SimpleNamespace(isatty=lambda: True))
    assert training.live_session()
    monkeypatch.setattr(sys, "stderr", SimpleNamespace(isatty=lambda: False))
    assert not training.live_session()


def test_progress_bar_follows_the_frontend():
    """Dans un vrai noyau : une interface accepte les questions, une construction du livre les refuse."""
    manager, client = start_new_kernel(kernel_name="python3")
    said = []
    try:
        for allow_stdin in (True, False):
            client.execute_interactive(
                "from rnnbook import training; print(training.live_session())",
                allow_stdin=allow_stdin,
                stdin_hook=lambda message: None,
                output_hook=lambda message: said.append(message["content"].get("text", "").strip()),
                timeout=120,
            )
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    assert [line for line in said if line] == ["True", "False"]


def test_progress_bar_can_be_forced(capsys):
    run(progress=True)
    assert "Époques" in capsys.readouterr().err
    run(progress=False)
    assert capsys.readouterr().err == ""
