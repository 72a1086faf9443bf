"""Récurrences linéaires : boucle et balayages disent la même chose, gradients compris."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnbook.scan import MinGRU, combine, linear_loop, linear_scan, linear_scan_pairs

SCANS = [linear_scan, linear_scan_pairs]


def draw(shape, seed=0, requires_grad=False):
    generator = torch.Generator().manual_seed(seed)
    return (torch.rand(shape, generator=generator, dtype=torch.float64) * 2 - 1).requires_grad_(requires_grad)


@pytest.mark.parametrize("scan", SCANS)
@settings(max_examples=40, deadline=None)
@given(steps=st.integers(1, 70), batch=st.integers(1, 3), start=st.booleans(), seed=st.integers(0, 9))
def test_scan_equals_loop_with_its_gradients(scan, steps, batch, start, seed):
    inputs = [draw((steps, batch, 2), seed, True), draw((steps, batch, 2), seed + 100, True)]
    inputs += [draw((batch, 2), seed + 200, True)] if start else []
    weight = draw((steps, batch, 2), seed + 300)
    expected, found = linear_loop(*inputs), scan(*inputs)
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-12)
    for gradient, target in zip(
        torch.autograd.grad((found * weight).sum(), inputs, allow_unused=True, materialize_grads=True),
        torch.autograd.grad((expected * weight).sum(), inputs),
        strict=True,
    ):
        torch.testing.assert_close(gradient, target, rtol=1e-10, atol=1e-12)


def test_loop_follows_the_equation():
    a, b = torch.tensor([2.0, 3.0, 0.5]), torch.tensor([1.0, -1.0, 4.0])
    assert linear_loop(a, b).tolist() == [1.0, 2.0, 5.0]
    assert linear_loop(a, b, torch.tensor(10.0)).tolist() == [21.0, 62.0, 35.0]


def test_combination_is_associative_and_not_commutative():
    one, two, three = ((draw((4,), k), draw((4,), k + 10)) for k in range(3))
    left, right = combine(combine(one, two), three), combine(one, combine(two, three))
    torch.testing.assert_close(left, right, rtol=1e-12, atol=1e-12)
    assert not torch.allclose(combine(one, two)[1], combine(two, one)[1])


@pytest.mark.parametrize("scan", SCANS)
def test_the_state_does_not_see_the_future(scan):
    a, b = draw((20, 3)), draw((20, 3), 1)
    before = scan(a, b)
    changed = b.clone()
    changed[12] += 1
    after = scan(a, changed)
    assert torch.equal(before[:12], after[:12])
    assert (before[12] != after[12]).all()


@pytest.mark.parametrize("function", [linear_loop, *SCANS])
@pytest.mark.parametrize(
    ("a", "b", "h_0", "error", "name"),
    [
        (torch.zeros(3, 2), torch.zeros(3, 1), None, ValueError, "b"),
        (torch.zeros(0, 2), torch.zeros(0, 2), None, ValueError, "a"),
        (torch.tensor(1.0), torch.tensor(1.0), None, ValueError, "a"),
        (torch.zeros(3, 2), torch.zeros(3, 2), torch.zeros(1, 2), ValueError, "h_0"),
        (torch.zeros(3, 2), torch.zeros(3, 2).double(), None, TypeError, "b"),
        ([1.0], torch.zeros(1), None, TypeError, "a"),
    ],
)
def test_bad_inputs_are_named(function, a, b, h_0, error, name):
    with pytest.raises(error, match=rf"^{name} : "):
        function(a, b, h_0)


def test_mingru_reads_a_sequence_as_it_writes_it():
    torch.manual_seed(0)
    layer = MinGRU(3, 5).double()
    x, h = draw((9, 4, 3)), draw((1, 4, 5), 1)
    states, last = layer(x, h)
    assert states.shape == (9, 4, 5)
    assert torch.equal(last, states[-1:])
    current = h[0]
    for x_t, expected in zip(x, states, strict=True):
        z = torch.sigmoid(layer.gate(x_t))
        manual = (1 - z) * current + z * layer.candidate(x_t)
        current = layer.step(x_t, current)
        torch.testing.assert_close(current, manual, rtol=1e-12, atol=1e-12)
        torch.testing.assert_close(expected, manual, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(layer(x)[0], layer(x, torch.zeros_like(h))[0])


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: MinGRU(0, 3), "input_size"),
        (lambda: MinGRU(2, 3)(torch.zeros(4, 1, 5)), "input"),
        (lambda: MinGRU(2, 3)(torch.zeros(4, 1, 2), torch.zeros(1, 2, 3)), "hx"),
    ],
)
def test_mingru_errors(call, name):
    with pytest.raises(ValueError, match=rf"^{name} : "):
        call()
