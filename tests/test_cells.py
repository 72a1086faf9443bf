"""Les cellules égalent celles de `torch.nn` ; le GRU de Cho et al. suit ses équations écrites à la main."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnbook import cells

torch.set_num_threads(1)  # sur de si petits tenseurs, plusieurs fils se gênent

KINDS = ["RNNCell", "LSTMCell", "GRUCell"]


def pair(kind, input_size, hidden_size, *, seed, **options):
    """La même cellule deux fois, la nôtre puis celle de torch, tirées avec la même graine, en double."""
    torch.manual_seed(seed)
    ours = getattr(cells, kind)(input_size, hidden_size, **options).double()
    torch.manual_seed(seed)
    return ours, getattr(torch.nn, kind)(input_size, hidden_size, **options).double()


def as_tuple(state):
    return state if isinstance(state, tuple) else (state,)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_same_parameters_for_the_same_seed(kind, bias):
    torch.manual_seed(7)
    ours = getattr(cells, kind)(3, 5, bias=bias)
    torch.manual_seed(7)
    theirs = getattr(torch.nn, kind)(3, 5, bias=bias)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    for name, value in theirs.state_dict().items():
        assert torch.equal(ours.state_dict()[name], value), name


@pytest.mark.parametrize("kind", KINDS)
def test_state_dicts_load_both_ways(kind):
    x = torch.randn(4, 3)
    ours, theirs = getattr(cells, kind)(3, 5), getattr(torch.nn, kind)(3, 5)
    ours.load_state_dict(theirs.state_dict())
    torch.testing.assert_close(ours(x), theirs(x))
    ours = getattr(cells, kind)(3, 5)
    theirs.load_state_dict(ours.state_dict())
    torch.testing.assert_close(ours(x), theirs(x))


@settings(deadline=None, max_examples=80)
@given(
    kind=st.sampled_from(KINDS),
    input_size=st.integers(1, 5),
    hidden_size=st.integers(1, 5),
    batch=st.none() | st.integers(1, 4),
    bias=st.booleans(),
    relu=st.booleans(),
    given_state=st.booleans(),
    seed=st.integers(0, 2**31),
)
def test_one_step_and_its_gradients_equal_torch(
    kind, input_size, hidden_size, batch, bias, relu, given_state, seed
):
    options = {"nonlinearity": "relu"} if relu and kind == "RNNCell" else {}
    ours, theirs = pair(kind, input_size, hidden_size, seed=seed, bias=bias, **options)
    lead = () if batch is None else (batch,)
    n_states = 2 if kind == "LSTMCell" else 1
    x, *state = (torch.randn(*lead, n).double() for n in (input_size, *[hidden_size] * n_states))
    results = []
    for cell in (ours, theirs):
        leaves = [t.clone().requires_grad_() for t in (x, *state)]
        hx = None if not given_state else tuple(leaves[1:]) if n_states == 2 else leaves[1]
        new = as_tuple(cell(leaves[0], hx))
        loss = sum((i + 1) * s.square().sum() for i, s in enumerate(new))
        leaves = [*(leaves if given_state else leaves[:1]), *cell.parameters()]
        results.append([*new, *torch.autograd.grad(loss, leaves)])
    for mine, reference in zip(*results, strict=True):
        assert mine.shape == reference.shape
        assert (mine - reference).abs().max() < 1e-10


def test_reset_before_the_product_follows_cho_et_al():
    d, n = 3, 4
    torch.manual_seed(0)
    cell = cells.GRUCell(d, n, reset_after=False).double()
    x, h = torch.randn(2, d).double(), torch.randn(2, n).double()
    W_ih, W_hh, b_ih, b_hh = (p.detach().numpy() for p in cell.parameters())
    (W_xr, W_xz, W_xn), (W_hr, W_hz, W_hn) = np.split(W_ih, 3), np.split(W_hh, 3)
    b_r, b_z, b_n = np.split(b_ih + b_hh, 3)
    new = []
    for x_t, past in zip(x.numpy(), h.numpy(), strict=True):
        r = 1 / (1 + np.exp(-(W_xr @ x_t + W_hr @ past + b_r)))
        z = 1 / (1 + np.exp(-(W_xz @ x_t + W_hz @ past + b_z)))
        candidate = np.tanh(W_xn @ x_t + W_hn @ (r * past) + b_n)
        new.append((1 - z) * candidate + z * past)
    np.testing.assert_allclose(cell(x, h).detach().numpy(), np.stack(new), rtol=0, atol=1e-12)


def test_the_two_reset_positions_differ_except_from_a_null_state_without_bias():
    torch.manual_seed(0)
    after, before = cells.GRUCell(3, 4, bias=False), cells.GRUCell(3, 4, bias=False, reset_after=False)
    before.load_state_dict(after.state_dict())
    x, h = torch.randn(2, 3), torch.randn(2, 4)
    assert torch.equal(after(x), before(x))
    assert (after(x, h) - before(x, h)).abs().max() > 1e-2


@pytest.mark.parametrize("kind", KINDS)
def test_the_state_carries_the_past(kind):
    torch.manual_seed(0)
    cell = getattr(cells, kind)(2, 3)
    x = torch.randn(1, 2)
    once = cell(x)
    twice = cell(x, once)
    assert not torch.equal(as_tuple(once)[0], as_tuple(twice)[0])


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: cells.RNNCell(0, 2), ValueError, "input_size : 0 reçu, un entier d'au moins 1"),
        (lambda: cells.LSTMCell(2, -1), ValueError, "hidden_size : -1 reçu"),
        (lambda: cells.GRUCell(2, 2.0), TypeError, "hidden_size : float reçu, int attendu"),
        (lambda: cells.RNNCell(2, 2, bias=1), TypeError, "bias : int reçu, bool attendu"),
        (
            lambda: cells.RNNCell(2, 2, nonlinearity="sigmoid"),
            ValueError,
            "nonlinearity : 'sigmoid' reçu, 'tanh' ou 'relu' attendu",
        ),
        (lambda: cells.GRUCell(2, 2, reset_after="non"), TypeError, "reset_after : str reçu, bool attendu"),
        (lambda: cells.RNNCell(2, 3)([1.0, 2.0]), TypeError, "input : list reçu, Tensor attendu"),
        (
            lambda: cells.RNNCell(2, 3)(torch.zeros(5, 1, 2)),
            ValueError,
            "input : forme (5, 1, 2) reçue (rang 3), forme (lot, 2) attendue (rang 2)",
        ),
        (lambda: cells.RNNCell(2, 3)(torch.zeros(4)), ValueError, "forme (4,) reçue, forme (2,) attendue"),
        (lambda: cells.RNNCell(2, 3)(torch.zeros(0, 2)), ValueError, "input : forme (0, 2) reçue, un axe"),
        (
            lambda: cells.RNNCell(2, 3)(torch.zeros(1, 2).double()),
            TypeError,
            "input : nombres de type torch.float64 reçus, type torch.float32 attendu",
        ),
        (
            lambda: cells.RNNCell(2, 3)(torch.zeros(1, 2), torch.zeros(3)),
            ValueError,
            "hx : forme (3,) reçue (rang 1), forme (1, 3) attendue (rang 2)",
        ),
        (
            lambda: cells.GRUCell(2, 3)(torch.zeros(1, 2), torch.zeros(1, 3).double()),
            TypeError,
            "hx : nombres de type torch.float64 reçus",
        ),
        (
            lambda: cells.GRUCell(2, 3)(torch.zeros(1, 2), (torch.zeros(1, 3),)),
            TypeError,
            "hx : tuple reçu, Tensor attendu",
        ),
        (
            lambda: cells.LSTMCell(2, 3)(torch.zeros(1, 2), torch.zeros(1, 3)),
            TypeError,
            "hx : Tensor reçu, tuple ou list attendu",
        ),
        (
            lambda: cells.LSTMCell(2, 3)(torch.zeros(1, 2), (torch.zeros(1, 3),)),
            ValueError,
            "hx : 1 tenseurs reçus, 2 attendus, le couple (h, c)",
        ),
        (
            lambda: cells.LSTMCell(2, 3)(torch.zeros(1, 2), (torch.zeros(1, 3), torch.zeros(1, 4))),
            ValueError,
            "hx[1] : forme (1, 4) reçue, forme (1, 3) attendue",
        ),
    ],
)
def test_bad_input_is_named_in_french(call, error, message):
    with pytest.raises(error) as raised:
        call()
    assert message in str(raised.value)
