"""Les tâches dont le retard se règle : ce que disent leurs docstrings est vrai de ce qu'elles tirent."""

import pytest
import torch

from rnnbook import data


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def test_recall():
    inputs, targets = data.recall(500, 12, symbols=3, generator=generator())
    assert inputs.shape == (13, 500, 4)
    assert torch.equal(inputs[0, :, :3].argmax(-1), targets)
    assert torch.equal(inputs[0].sum(-1), torch.ones(500))
    assert torch.equal(inputs[:, :, 3].sum(0), torch.ones(500))
    assert torch.equal(inputs[-1, :, 3], torch.ones(500))
    assert inputs[1:-1, :, :3].std() == pytest.approx(1, abs=0.05)
    assert set(targets.tolist()) == {0, 1, 2}
    assert data.recall(2, 1, generator=generator())[0].shape == (2, 2, 5)


@pytest.mark.parametrize("length", [2, 7, 30])
def test_adding(length):
    inputs, targets = data.adding(4000, length, generator=generator())
    values, flags = inputs.unbind(-1)
    assert inputs.shape == (length, 4000, 2)
    assert torch.equal(flags[: length // 2].sum(0), torch.ones(4000))
    assert torch.equal(flags[length // 2 :].sum(0), torch.ones(4000))
    assert torch.allclose((values * flags).sum(0)[:, None], targets)
    assert (targets - 1).square().mean().item() == pytest.approx(1 / 6, abs=0.015)
    # Chaque place possible est tirée.
    assert (flags.sum(1) > 0).all()


def test_delayed_copy():
    inputs, targets = data.delayed_copy(300, 4, symbols=6, length=3, generator=generator())
    assert inputs.shape == targets.shape == (10, 300)
    assert torch.equal(targets[7:], inputs[:3])
    assert set(inputs[:3].flatten().tolist()) == set(range(1, 7))
    assert (inputs[6] == 7).all()
    assert not inputs[3:6].any()
    assert not inputs[7:].any()
    assert not targets[:7].any()


@pytest.mark.parametrize("draw", [data.recall, data.adding, data.delayed_copy])
def test_seeded(draw):
    first, again, other = (draw(20, 6, generator=generator(seed)) for seed in (1, 1, 2))
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    assert not torch.equal(first[0], other[0])


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: data.recall(0, 3), "count"),
        (lambda: data.recall(3, 0), "lag"),
        (lambda: data.recall(3, 3, symbols=1), "symbols"),
        (lambda: data.adding(3, 1), "length"),
        (lambda: data.delayed_copy(3, 0), "delay"),
        (lambda: data.delayed_copy(3, 3, length=0), "length"),
    ],
)
def test_errors(call, name):
    with pytest.raises(ValueError, match=name):
        call()
