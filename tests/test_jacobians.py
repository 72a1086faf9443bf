"""Le produit de jacobiennes : comparé à autograd, aux différences finies et à sa borne."""

import numpy as np
import pytest
import torch

from rnnbook.jacobians import ACTIVATIONS, jacobian_norms, jacobians, norm_bound, scaled, slopes, unroll

TORCH = {"tanh": torch.tanh, "relu": torch.relu, "linéaire": lambda a: a}


def network(seed=0, n=4, steps=7):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, n)) * n**-0.5, rng.normal(size=(steps, n)), rng.normal(size=n)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_products_equal_autograd(activation):
    W_hh, drive, h_0 = network()
    states = unroll(activation, W_hh, drive, h_0)
    products = jacobians(activation, W_hh, states)

    def last_from(h, first):
        for u in torch.tensor(drive[first:]):
            h = TORCH[activation](torch.tensor(W_hh) @ h + u)
        return h

    for k in range(len(states)):
        start = torch.tensor(states[k])
        exact = torch.autograd.functional.jacobian(lambda h, k=k: last_from(h, k), start)
        np.testing.assert_allclose(products[k], exact.numpy(), atol=1e-12)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_norms_never_exceed_the_bound(activation):
    for seed in range(5):
        W_hh, drive, h_0 = network(seed)
        norms = jacobian_norms(activation, W_hh, unroll(activation, W_hh, drive, h_0))
        assert np.all(norms <= norm_bound(W_hh, len(drive)) * (1 + 1e-12))
        assert norms[-1] == 1


def test_bound_is_reached_by_a_linear_orthogonal_recurrence():
    W_hh, drive, h_0 = network()
    W_hh = 1.1 * np.linalg.qr(W_hh)[0]
    norms = jacobian_norms("linéaire", W_hh, unroll("linéaire", W_hh, drive, h_0))
    np.testing.assert_allclose(norms, norm_bound(W_hh, len(drive)))


def test_slopes_of_relu_are_zero_or_one():
    states = unroll("relu", *network())
    assert set(np.unique(slopes("relu", states))) == {0.0, 1.0}
    assert np.array_equal(slopes("relu", states) == 1, states[1:] > 0)


def test_scaled_sets_the_spectral_radius():
    W_hh = scaled(network()[0], 1.3)
    assert np.abs(np.linalg.eigvals(W_hh)).max() == pytest.approx(1.3)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda W, u, h: unroll("sinus", W, u, h), "activation"),
        (lambda W, u, h: unroll("tanh", W[:2], u, h), "W_hh"),
        (lambda W, u, h: unroll("tanh", W, u[:, :2], h), "drive"),
        (lambda W, u, h: unroll("tanh", W, u, h[:2]), "h_0"),
        (lambda W, u, h: jacobians("tanh", W, u[:, :2]), "states"),
        (lambda W, u, h: slopes("tanh", h), "states"),
        (lambda W, u, h: norm_bound(h, 3), "W_hh"),
        (lambda W, u, h: scaled(np.triu(W, 1), 1.0), "W_hh"),
    ],
)
def test_bad_arguments_are_named(call, name):
    with pytest.raises(ValueError, match=rf"^{name} : "):
        call(*network())
