"""Les expériences des chapitres 10 et 20 : justes en petit."""

import pytest
import torch

from rnnbook.experiments import lags, modern


@pytest.mark.parametrize("name", lags.TASKS)
@pytest.mark.parametrize("kind", lags.LAYERS)
def test_budget_is_nearly_spent_and_never_exceeded(name, kind):
    task = lags.TASKS[name]
    model = lags.reader(kind, task)
    count = sum(p.numel() for p in model.parameters())
    assert 0.95 * lags.BUDGET < count <= lags.BUDGET
    assert count == lags.count_parameters(kind, task.inputs, model.output.in_features, task.outputs)


@pytest.mark.parametrize("kind", ["lstm", "gru"])
def test_keeping_gate_starts_open(kind):
    layer = lags.reader(kind, lags.TASKS["addition"]).layer
    n = layer.hidden_size
    bias = layer.bias_ih_l0 + layer.bias_hh_l0
    assert bias[n : 2 * n].mean().item() == pytest.approx(1, abs=0.2)
    assert bias[:n].mean().item() == pytest.approx(0, abs=0.2)


def test_errors_of_a_model_without_memory_are_those_of_chance():
    for task in lags.TASKS.values():
        x, y = lags.held_out(task, 12, 1000)
        scores = torch.ones(*x.shape[:2], task.outputs)
        assert task.error(scores, y) == pytest.approx(task.chance, abs=0.05)
        assert task.loss(scores, y).isfinite()


def test_perfect_answers_have_no_error():
    adding, copy = lags.TASKS.values()
    x, y = lags.held_out(adding, 6, 3)
    assert adding.error((x[..., :1] * x[..., 1:]).sum(0, keepdim=True), y) < 1e-9
    x, y = lags.held_out(copy, 6, 3)
    scores = torch.nn.functional.one_hot((y - 1).clamp(min=0), lags.SYMBOLS).float()
    assert copy.error(scores, y) == 0


def test_training_stops_when_solved_and_repeats():
    run = lags.run("addition", "gru", 4, lr=1e-2, seed=0, steps=600)
    assert run.solved
    assert run.steps < 600
    assert run.validation < 0.01
    assert run.test < 0.02
    assert lags.run("addition", "gru", 4, lr=1e-2, seed=0, steps=600) == run
    assert not lags.run("addition", "rnn", 60, lr=1e-3, seed=0, steps=100).solved


def test_mingru_learns_to_add_with_few_parameters():
    run = modern.mingru_run("addition", 4, lr=1e-2, seed=0, steps=1200)
    assert run.solved
    assert sum(p.numel() for p in modern.mingru_reader(lags.TASKS["addition"]).parameters()) == 239


def test_attention_reads_its_cache_only_up_to_the_position():
    torch.manual_seed(0)
    head, x = modern.Attention(4), torch.randn(4)
    with torch.no_grad():
        cache = torch.randn(2, 9, 4)
        far = cache.clone()
        far[:, 4:] += 1
        assert torch.equal(head.step(x, cache, 3), head.step(x, far, 3))
        assert torch.equal(cache[0, 3], head.project(x)[4:8])


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: lags.hidden_size("gru", 2, 1, budget=10), "budget"),
        (lambda: lags.hidden_size("transformer", 2, 1), "kind"),
        (lambda: lags.run("addition", "mlp", 4, lr=0.1, seed=0), "kind"),
        (lambda: lags.run("division", "gru", 4, lr=0.1, seed=0), "name"),
        (lambda: modern.mingru_run("division", 4, lr=0.1, seed=0), "name"),
        (lambda: modern.multiplications("rnn", 4, 1), "kind"),
        (lambda: modern.Attention(4).step(torch.zeros(4), torch.zeros(2, 3, 4), 3), "position"),
        (lambda: modern.Attention(4).step(torch.zeros(4), torch.zeros(2, 3, 5), 0), "cache"),
    ],
)
def test_errors_are_named(call, name):
    with pytest.raises(ValueError, match=rf"^{name} : "):
        call()


def test_costs_of_a_token():
    assert modern.multiplications("gru", 10, 1) == modern.multiplications("gru", 10, 999) == 630
    assert modern.multiplications("mingru", 10, 5) == 220
    assert modern.multiplications("attention", 10, 7) - modern.multiplications("attention", 10, 6) == 20
