"""Les trois boucles : comparées à torch, à leurs équations écrites à la main, et à elles-mêmes forcées."""

import numpy as np
import pytest
import torch
from torch import nn

from rnnbook.recurrences import LOOPS, Recurrence

D, N, M, T, B = 3, 5, 2, 6, 4


def network(loop, seed=0):
    torch.manual_seed(seed)
    model = Recurrence(D, N, M, loop).double()
    initial = torch.randn(B, model.carried_size, dtype=torch.float64)
    return model, torch.randn(T, B, D, dtype=torch.float64), initial


def by_hand(model, inputs, initial):
    """Les équations du chapitre, un exemple du lot à la fois."""
    W = {name: p.detach().numpy() for name, p in model.named_parameters()}
    columns = []
    for i in range(inputs.shape[1]):
        carried, outputs = initial[i].numpy(), []
        for x in inputs[:, i].numpy():
            inside = 0 if model.loop == "output-to-output" else W["W_rec"] @ carried
            h = np.tanh(W["W_xh"] @ x + inside + W["b_h"])
            outside = W["W_rec"] @ carried if model.loop == "output-to-output" else 0
            o = W["W_ho"] @ h + outside + W["b_o"]
            carried = h if model.loop == "hidden-to-hidden" else o
            outputs.append(o)
        columns.append(np.stack(outputs))
    return np.stack(columns, axis=1)


@pytest.mark.parametrize("loop", LOOPS)
def test_outputs_follow_the_equations_from_any_start(loop):
    model, inputs, initial = network(loop)
    np.testing.assert_allclose(
        model(inputs, initial).detach().numpy(), by_hand(model, inputs, initial), atol=1e-12
    )


def test_state_loop_equals_torch():
    model, inputs, initial = network("hidden-to-hidden")
    layer = nn.RNN(D, N).double()
    with torch.no_grad():
        layer.weight_ih_l0.copy_(model.W_xh)
        layer.weight_hh_l0.copy_(model.W_rec)
        layer.bias_ih_l0.copy_(model.b_h)
        layer.bias_hh_l0.zero_()
    states, _ = layer(inputs, initial[None])
    torch.testing.assert_close(model(inputs, initial), states @ model.W_ho.T + model.b_o)


@pytest.mark.parametrize("loop", LOOPS)
def test_start_defaults_to_zeros(loop):
    model, inputs, initial = network(loop)
    torch.testing.assert_close(model(inputs), model(inputs, torch.zeros_like(initial)))


@pytest.mark.parametrize("loop", LOOPS[1:])
def test_forcing_by_its_own_outputs_changes_nothing(loop):
    model, inputs, initial = network(loop)
    free = model(inputs, initial)
    torch.testing.assert_close(model(inputs, initial, targets=free), free)


@pytest.mark.parametrize("loop", LOOPS[1:])
def test_forced_output_sees_the_previous_target_only(loop):
    model, inputs, initial = network(loop)
    targets = torch.randn(T, B, M, dtype=torch.float64)
    moved = targets.clone()
    moved[2] += 1
    change = (model(inputs, initial, targets=moved) - model(inputs, initial, targets=targets)).abs()
    assert [t for t in range(T) if change[t].max() > 0] == [3]


@pytest.mark.parametrize("loop", LOOPS)
def test_loop_parameter_has_the_shape_of_its_loop(loop):
    model, _, _ = network(loop)
    assert model.W_rec.shape == {LOOPS[0]: (N, N), LOOPS[1]: (N, M), LOOPS[2]: (M, M)}[loop]
    assert sum(p.numel() for p in model.parameters()) == N * D + M * N + N + M + model.W_rec.numel()


@pytest.mark.parametrize(
    ("call", "error", "name"),
    [
        (lambda m, x, s: Recurrence(D, N, M, "input-to-hidden"), ValueError, "loop"),
        (lambda m, x, s: Recurrence(D, 0, M), ValueError, "hidden_size"),
        (lambda m, x, s: m(x[0], s), ValueError, "inputs"),
        (lambda m, x, s: m(x[:, :, :1], s), ValueError, "inputs"),
        (lambda m, x, s: m(x.float(), s), TypeError, "inputs"),
        (lambda m, x, s: m(x, s[:1]), ValueError, "initial"),
        (lambda m, x, s: m(x, s, targets=x), ValueError, "targets"),
    ],
)
@pytest.mark.parametrize("loop", LOOPS[:2])
def test_bad_arguments_are_named(call, error, name, loop):
    with pytest.raises(error, match=rf"^{name} : "):
        call(*network(loop))
