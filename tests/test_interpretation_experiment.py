"""Compter et garder un bit : les tâches du chapitre 13 et leurs petits réseaux."""

import pytest
import torch

from rnnbook.experiments import interpretation as experiment


def test_counting_batch_writes_words_and_marks_their_end():
    inputs, ends, mask = experiment.counting_batch([2, 3])
    assert inputs.shape == (6, 2, 2)
    assert inputs.argmax(-1).T.tolist() == [[0, 0, 1, 1, 1, 1], [0, 0, 0, 1, 1, 1]]
    assert ends.T.tolist() == [[0, 0, 0, 1, 0, 0], [0, 0, 0, 0, 0, 1]]
    assert mask.T.tolist() == [[1, 1, 1, 1, 0, 0], [1, 1, 1, 1, 1, 1]]


class Exact(torch.nn.Module):
    """Compte vraiment, mais seulement jusqu'à `limit`."""

    def __init__(self, limit):
        super().__init__()
        self.limit = limit

    def forward(self, inputs):
        count = (inputs[..., 0] - inputs[..., 1]).cumsum(0)
        highest = inputs[..., 0].sum(0)
        return torch.where((count == 0) & (highest <= self.limit), 1.0, -1.0)


@pytest.mark.parametrize("limit", [0, 7, 500])
def test_reach_is_the_last_word_read_without_a_fault(limit):
    assert experiment.reach(Exact(limit)) == min(limit, experiment.LIMIT)


def test_padding_is_not_judged():
    """Un réseau qui compte se tromperait sur le remplissage : il ne doit pas en être puni."""
    assert experiment.correct(Exact(10), [1, 2, 3]).tolist() == [True, True, True]


def test_training_lowers_the_loss_and_repeats():
    model, short = experiment.train_counter("lstm", lr=1e-2, seed=0, steps=20)
    _, longer = experiment.train_counter("lstm", lr=1e-2, seed=0, steps=200)
    again, same = experiment.train_counter("lstm", lr=1e-2, seed=0, steps=20)
    assert longer < short
    assert same == short
    assert all(torch.equal(a, b) for a, b in zip(model.parameters(), again.parameters(), strict=True))


def test_models_have_about_as_many_parameters():
    sizes = [sum(p.numel() for p in experiment.Counter(*m).parameters()) for m in experiment.MODELS.values()]
    assert sizes == [127, 141, 133]


def test_flip_flop_asks_for_the_sign_of_the_last_pulse():
    inputs, targets = experiment.flip_flop(50, 40, generator=torch.Generator().manual_seed(0))
    assert inputs.shape == targets.shape == (40, 50, 1)
    assert set(inputs.unique().tolist()) == {-1.0, 0.0, 1.0}
    assert (inputs[0] != 0).all()
    held = inputs[0]
    for x, y in zip(inputs, targets, strict=True):
        held = torch.where(x != 0, x, held)
        assert torch.equal(y, held)
    assert 0.05 < (inputs[1:] != 0).float().mean() < 0.15


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: experiment.counting_batch([0]), "lengths"),
        (lambda: experiment.train_counter("tcn", lr=1e-2, seed=0), "name"),
        (lambda: experiment.flip_flop(0, 5, generator=torch.Generator()), "count"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=rf"^{message} : "):
        call()
