"""Secousses et lecteurs du chapitre 12 : données, comptes, repères."""

import numpy as np
import pytest
import torch
from torch import nn

from rnnbook.data.quakes import LONGEST, SHORTEST, STEPS, quakes
from rnnbook.experiments import deep


def test_shapes_and_range():
    inputs, delays = quakes(200)
    assert inputs.shape == (STEPS, 200, 1)
    assert delays.shape == (200, 1)
    assert inputs.dtype == delays.dtype == torch.float32
    assert delays.min() >= SHORTEST
    assert delays.max() < LONGEST


def test_seed_fixes_the_draw():
    assert torch.equal(quakes(5, seed=3)[0], quakes(5, seed=3)[0])
    assert not torch.equal(quakes(5, seed=3)[0], quakes(5, seed=4)[0])


def test_slow_wave_arrives_after_the_delay():
    """Sans bruit et hors chocs, le signal est nul avant la première onde et repart après le délai."""
    inputs, delays = quakes(50, noise=0)
    for i in range(50):
        signal = inputs[:, i, 0].abs().numpy()
        quiet = np.minimum(signal, 0.5)
        first = next(t for t in range(STEPS - 3) if (quiet[t : t + 3] > 0.01).all())
        start = int(first + delays[i, 0])
        assert np.median(signal[start + 3 : start + 20]) > np.median(signal[max(start - 25, 0) : start - 3])


def test_shocks_last_one_step():
    inputs, _ = quakes(100, noise=0)
    large = inputs[..., 0].abs() > 3.2
    assert large.any()
    assert (large.sum(0) <= 6).all()


@pytest.mark.parametrize(
    ("arguments", "name"), [({"count": 0}, "count"), ({"count": 1, "noise": -1}, "noise")]
)
def test_bad_arguments_are_named(arguments, name):
    with pytest.raises(ValueError, match=rf"^{name} : "):
        quakes(**arguments)


@pytest.mark.parametrize(("n", "depth", "features"), [(3, 1, 1), (5, 2, 16), (4, 3, 2)])
def test_parameters_are_those_of_torch(n, depth, features):
    layer = nn.GRU(features, n, depth)
    assert deep.parameters(n, depth, features) == sum(p.numel() for p in layer.parameters())


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_width_fills_the_budget(depth):
    budget = deep.parameters(32, 1)
    n = deep.width(depth, budget)
    assert deep.parameters(n, depth) <= budget < deep.parameters(n + 1, depth)
    with pytest.raises(ValueError, match=r"^budget : 3 reçu"):
        deep.width(depth, 3)


def test_forms_read_what_they_say():
    x = torch.randn(STEPS, 2, 1)
    moved = x.clone()
    moved[-3] += 1.0  # un pas que saute la lecture d'un pas sur huit
    torch.manual_seed(0)
    for form, sees in zip(deep.FORMS, (True, False, True), strict=True):
        model = deep.DelayReader(form)
        assert model(x).shape == (2, 1)
        assert bool((model(x) != model(moved)).any()) == sees
    with pytest.raises(ValueError, match=r"^form : "):
        deep.DelayReader("lstm")


def test_convolution_sees_every_step_but_a_tail():
    x = torch.randn(STEPS, 1, 1, requires_grad=True)
    deep.DelayReader("convolution")(x).backward()
    read = (deep.STRIDE * ((STEPS - deep.KERNEL) // deep.STRIDE)) + deep.KERNEL
    assert read == STEPS
    assert (x.grad[..., 0, 0] != 0).sum() > 400


def test_training_is_reproducible_and_learns():
    data = quakes(64, seed=5)
    runs = [deep.train(data, "convolution", lr=1e-2, seed=0, updates=15) for _ in range(2)]
    for a, b in zip(runs[0].parameters(), runs[1].parameters(), strict=True):
        assert torch.equal(a, b)
    blind = (data[1] - data[1].mean()).abs().mean().item()
    assert deep.error(runs[0], data) < 1.2 * blind


def test_baselines_are_ordered():
    """Le détecteur bat la régression, qui bat à peine la constante."""
    parts = deep.Parts(quakes(400, seed=0), quakes(100, seed=1), quakes(100, seed=2))
    constant, detector = deep.constant_error(parts), deep.detector_error(parts)
    assert detector < 0.5 * constant
    assert detector < deep.ridge_error(parts) < 1.3 * constant


def test_detector_finds_both_arrivals_without_noise():
    inputs, delays = quakes(200, noise=0.05, seed=7)
    gap = deep.detect(inputs, 20, 2.0) - delays[:, 0].numpy()
    assert np.median(np.abs(gap - np.median(gap))) < 6
