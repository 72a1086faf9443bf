"""La rétropropagation écrite à la main contre autograd, les différences finies et le chapitre 5."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rnnbook.bptt import (
    GRUCell,
    LSTMCell,
    Parameters,
    RNNCell,
    State,
    backward,
    contributions,
    forward,
    from_torch,
    gradient_check,
    init_parameters,
    jacobian_product,
    jacobians,
    relative_error,
)

CELLS = (RNNCell(), RNNCell("relu"), LSTMCell(), GRUCell(), GRUCell(reset_after=False))
CELL_IDS = ("rnn-tanh", "rnn-relu", "lstm", "gru-après", "gru-avant")
every_cell = pytest.mark.parametrize("cell", CELLS, ids=CELL_IDS)


class Problem:
    """Une cellule, une séquence et une perte linéaire L = Σ_t ⟨m_t, h_t⟩ + ⟨m_s, s_T⟩, tirées au sort."""

    def __init__(self, cell, seed=0, T=5, batch=2, d=3, n=4, h_0=True):
        generator = np.random.default_rng(seed)
        # Poids entre −1 et 1 : les non-linéarités comptent, sans saturer au point d'éteindre le gradient.
        self.params = Parameters(*(n**0.5 * part for part in init_parameters(cell, d, n, generator)))
        self.cell = cell
        self.x = generator.normal(size=(T, batch, d))
        zero_or_random = [generator.normal(size=(batch, n)) * h_0 for _ in range(4)]
        self.state = State(*zero_or_random[: 2 if cell.has_c else 1])
        self.d_final = State(*generator.normal(size=(2 if cell.has_c else 1, batch, n)))
        self.d_output = generator.normal(size=(T, batch, n))

    def trace(self):
        return forward(self.cell, self.params, self.x, self.state)

    def arrays(self):
        state = {"h_0": self.state.h} | ({"c_0": self.state.c} if self.cell.has_c else {})
        return {**self.params._asdict(), "x": self.x, **state}

    def loss(self, weight_ih, weight_hh, bias_ih, bias_hh, x, h_0, c_0=None):
        params = Parameters(weight_ih, weight_hh, bias_ih, bias_hh)
        trace = forward(self.cell, params, x, State(h_0, c_0))
        finals = zip(self.d_final, trace.states, strict=True)
        return np.sum(self.d_output * trace.output) + sum(
            np.sum(d * states[-1]) for d, states in finals if d is not None
        )


def named(gradients):
    states = gradients.states
    state = {"h_0": states.h[0]} | ({} if states.c is None else {"c_0": states.c[0]})
    return {**gradients.params._asdict(), "x": gradients.x, **state}


def torch_run(cell, weights, x, state):
    """Les mêmes équations par torch : `torch.nn.functional` pas à pas, ou Cho et al. écrite ici."""
    W_xh, W_hh, b_xh, b_hh = weights
    h, *c = state
    output = []
    for x_t in x:
        if cell == RNNCell():
            h = torch.rnn_tanh_cell(x_t, h, *weights)
        elif cell == RNNCell("relu"):
            h = torch.rnn_relu_cell(x_t, h, *weights)
        elif cell == LSTMCell():
            h, *c = torch.lstm_cell(x_t, (h, *c), *weights)
        elif cell == GRUCell():
            h = torch.gru_cell(x_t, h, *weights)
        else:
            n = h.shape[1]
            gates = x_t @ W_xh[: 2 * n].T + b_xh[: 2 * n] + h @ W_hh[: 2 * n].T + b_hh[: 2 * n]
            r, z = torch.sigmoid(gates).chunk(2, dim=1)
            rest = (r * h) @ W_hh[2 * n :].T + b_hh[2 * n :]
            h = (1 - z) * torch.tanh(x_t @ W_xh[2 * n :].T + b_xh[2 * n :] + rest) + z * h
        output.append(h)
    return torch.stack(output), [h, *c]


def torch_gradients(problem, truncation=None):
    """Autograd sur des tranches successives ; entre deux tranches, l'état est détaché."""
    leaves = {name: torch.tensor(array, requires_grad=True) for name, array in problem.arrays().items()}
    weights = [leaves[name] for name in Parameters._fields]
    state = [leaves[name] for name in ("h_0", "c_0") if name in leaves]
    T = len(problem.x)
    loss, outputs = 0.0, []
    for start in range(0, T, truncation or T):
        stop = min(start + (truncation or T), T)
        if start > 0:
            state = [part.detach() for part in state]
        output, state = torch_run(problem.cell, weights, leaves["x"][start:stop], state)
        loss = loss + (torch.tensor(problem.d_output[start:stop]) * output).sum()
        outputs.append(output)
    for d, part in zip(problem.d_final, state, strict=False):
        loss = loss + (torch.tensor(d) * part).sum()
    grads = torch.autograd.grad(loss, list(leaves.values()))
    values = torch.cat(outputs).detach().numpy()
    return values, {name: grad.numpy() for name, grad in zip(leaves, grads, strict=True)}


configurations = st.fixed_dictionaries(
    {
        "seed": st.integers(0, 2**32 - 1),
        "T": st.integers(1, 7),
        "batch": st.integers(1, 3),
        "d": st.integers(1, 4),
        "n": st.integers(1, 4),
        "h_0": st.booleans(),
    }
)
reproducible = settings(deadline=None, derandomize=True, max_examples=40)


@every_cell
@reproducible
@given(configurations, st.none() | st.integers(1, 8))
def test_gradients_equal_autograd_truncated_or_not(cell, config, truncation):
    problem = Problem(cell, **config)
    trace = problem.trace()
    ours = named(backward(trace, problem.d_output, problem.d_final, truncation=truncation))
    output, theirs = torch_gradients(problem, truncation)
    np.testing.assert_allclose(trace.output, output, rtol=0, atol=1e-12)
    assert ours.keys() == theirs.keys()
    for name in ours:
        scale = max(1.0, np.abs(theirs[name]).max())
        np.testing.assert_allclose(ours[name], theirs[name], rtol=0, atol=1e-10 * scale, err_msg=name)


@every_cell
@settings(reproducible, max_examples=10)
@given(configurations)
def test_gradients_equal_finite_differences(cell, config):
    problem = Problem(cell, **config)
    trace = problem.trace()
    if problem.cell == RNNCell("relu"):
        # Loin du point anguleux, où la dérivée n'existe pas.
        before = [problem.state.h, *trace.output[:-1]]
        a = np.stack(
            [
                x_t @ problem.params.weight_ih.T + h @ problem.params.weight_hh.T
                for x_t, h in zip(problem.x, before, strict=True)
            ]
        ) + (problem.params.bias_ih + problem.params.bias_hh)
        assume(np.abs(a).min() > 1e-3)
    gradients = named(backward(trace, problem.d_output, problem.d_final))
    errors = gradient_check(problem.loss, problem.arrays(), gradients)
    assert errors.keys() == gradients.keys()
    assert max(errors.values()) < 1e-6, errors


@pytest.mark.parametrize("cell", CELLS[:4], ids=CELL_IDS[:4])
def test_layers_of_torch_give_the_same_output_from_the_same_parameters(cell):
    layer = {"RNNCell": torch.nn.RNN, "LSTMCell": torch.nn.LSTM, "GRUCell": torch.nn.GRU}[type(cell).__name__]
    options = {"nonlinearity": cell.nonlinearity} if isinstance(cell, RNNCell) else {}
    torch.manual_seed(0)
    module = layer(3, 4, dtype=torch.float64, **options)
    problem = Problem(cell)
    start = [torch.tensor(part)[None] for part in problem.state if part is not None]
    with torch.no_grad():
        output, _ = module(torch.tensor(problem.x), tuple(start) if cell.has_c else start[0])
    trace = forward(cell, from_torch(module), problem.x, problem.state)
    np.testing.assert_allclose(trace.output, output.numpy(), rtol=0, atol=1e-12)


@every_cell
def test_truncation_changes_the_gradient_unless_it_covers_the_sequence(cell):
    problem = Problem(cell, T=6)
    trace = problem.trace()
    full = backward(trace, problem.d_output)
    for truncation in (6, 7):
        covering = backward(trace, problem.d_output, truncation=truncation)
        np.testing.assert_array_equal(covering.params.weight_hh, full.params.weight_hh)
    cut = backward(trace, problem.d_output, truncation=3)
    assert relative_error(cut.params.weight_hh, full.params.weight_hh) > 1e-3
    # h_3 termine une tranche : seule sa propre perte l'atteint.
    np.testing.assert_array_equal(cut.states.h[3], problem.d_output[2])


@every_cell
def test_contributions_add_up_to_the_gradient(cell):
    problem = Problem(cell)
    trace = problem.trace()
    terms = contributions(trace, problem.d_output)
    gradients = backward(trace, problem.d_output).params
    for name in Parameters._fields:
        by_pair, gradient = getattr(terms, name), getattr(gradients, name)
        np.testing.assert_allclose(by_pair.sum(axis=(0, 1)), gradient, rtol=0, atol=1e-12, err_msg=name)
        future = np.triu_indices(len(problem.x), k=1)
        assert not by_pair[future].any(), "une entrée ne compte pas avant d'être lue"


@every_cell
@pytest.mark.parametrize("truncation", [1, 2, 3, 4])
def test_chunks_keep_the_contributions_of_one_chunk(cell, truncation):
    problem = Problem(cell, T=7)
    trace = problem.trace()
    terms = contributions(trace, problem.d_output)
    cut = backward(trace, problem.d_output, truncation=truncation).params
    t, k = np.indices((7, 7))
    kept = t // truncation == k // truncation
    for name in Parameters._fields:
        total = getattr(terms, name)[kept].sum(axis=0)
        np.testing.assert_allclose(total, getattr(cut, name), rtol=0, atol=1e-12, err_msg=name)


def test_contributions_are_the_formula_of_the_chapter():
    """(∂⁺L_t/∂h_t) (∂h_t/∂h_k) (∂⁺h_k/∂W_hh), produit écrit terme à terme, k compris entre 1 et t."""
    problem = Problem(RNNCell(), T=4, batch=1)
    trace = problem.trace()
    h, steps = trace.states.h, jacobians(trace)
    terms = contributions(trace, problem.d_output).weight_hh
    n = h.shape[2]
    for t in range(1, 5):
        for k in range(1, t + 1):
            # ∂⁺h_k[i]/∂W_hh[j, l] = φ'(a_k[i]) h_{k-1}[l] si i = j, sinon 0
            immediate = np.zeros((n, n, n))
            for i in range(n):
                immediate[i, i] = (1 - h[k, 0, i] ** 2) * h[k - 1, 0]
            expected = np.einsum(
                "i,ij,jkl->kl", problem.d_output[t - 1, 0], jacobian_product(steps, t, k)[0], immediate
            )
            np.testing.assert_allclose(terms[t - 1, k - 1], expected, rtol=0, atol=1e-12)


def test_the_first_input_counts():
    """La somme part de k = 1 : pour W_xh toujours, pour W_hh dès que h_0 n'est pas nul."""
    with_h_0, without = Problem(RNNCell()), Problem(RNNCell(), h_0=False)
    first = contributions(with_h_0.trace(), with_h_0.d_output)
    assert np.abs(first.weight_ih[:, 0]).max() > 1e-3
    assert np.abs(first.weight_hh[:, 0]).max() > 1e-3
    first = contributions(without.trace(), without.d_output)
    assert np.abs(first.weight_ih[:, 0]).max() > 1e-3
    assert not first.weight_hh[:, 0].any()


@pytest.mark.parametrize("nonlinearity", ["tanh", "relu"])
def test_jacobian_of_the_simple_cell(nonlinearity):
    problem = Problem(RNNCell(nonlinearity))
    trace = problem.trace()
    slope = 1 - trace.output**2 if nonlinearity == "tanh" else (trace.output > 0).astype(float)
    expected = slope[..., None] * problem.params.weight_hh  # diag(φ'(a_t)) W_hh
    np.testing.assert_allclose(jacobians(trace), expected, rtol=0, atol=1e-14)


@every_cell
def test_jacobians_equal_autograd(cell):
    problem = Problem(cell, T=3, batch=2, n=3)
    trace = problem.trace()
    parts, n = (2 if cell.has_c else 1), 3
    weights = [torch.tensor(part) for part in problem.params]

    def final(flat, b):
        state = [part[None] for part in flat.split(n)]
        _, state = torch_run(cell, weights, torch.tensor(problem.x[1:, b : b + 1]), state)
        return torch.cat([part[0] for part in state])

    steps = jacobians(trace)
    for b in range(2):
        s_1 = torch.tensor(np.hstack([part[1, b] for part in trace.states[:parts]]))
        expected = torch.autograd.functional.jacobian(lambda s, b=b: final(s, b), s_1)
        np.testing.assert_allclose(jacobian_product(steps, 3, 1)[b], expected, rtol=0, atol=1e-12)


def test_jacobian_product_of_nothing_is_the_identity():
    steps = jacobians(Problem(RNNCell()).trace())
    np.testing.assert_array_equal(jacobian_product(steps, 2, 2), np.stack([np.eye(4)] * 2))
    np.testing.assert_array_equal(jacobian_product(steps, 3, 2), steps[2])
    np.testing.assert_allclose(jacobian_product(steps, 3, 1), steps[2] @ steps[1], rtol=0, atol=1e-15)


def test_state_gradients_follow_the_recursion():
    """dL/dh_t = ∂⁺L_t/∂h_t + dL/dh_{t+1} ∂h_{t+1}/∂h_t."""
    problem = Problem(RNNCell())
    trace = problem.trace()
    d_h, steps = backward(trace, problem.d_output).states.h, jacobians(trace)
    for t, (now, after) in enumerate(pairwise(d_h)):
        own = problem.d_output[t - 1] if t > 0 else 0
        expected = own + np.einsum("bi,bij->bj", after, steps[t])
        np.testing.assert_allclose(now, expected, rtol=0, atol=1e-12)


def test_arguments_are_left_as_they_were():
    problem = Problem(LSTMCell())
    arrays = [*problem.arrays().values(), problem.d_output, *problem.d_final]
    before = [array.copy() for array in arrays]
    gradients = backward(problem.trace(), problem.d_output, problem.d_final, truncation=2)
    gradient_check(problem.loss, problem.arrays(), {"bias_ih": gradients.params.bias_ih})
    for array, copy in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(array, copy)


@every_cell
def test_float32_stays_float32(cell):
    problem = Problem(cell)

    def small(parts):
        return [None if part is None else part.astype(np.float32) for part in parts]

    params, state = Parameters(*small(problem.params)), State(*small(problem.state))
    trace = forward(cell, params, problem.x.astype(np.float32), state)
    gradients = backward(trace, problem.d_output.astype(np.float32))
    assert {array.dtype for array in named(gradients).values()} == {np.dtype("float32")}


def test_large_preactivations_do_not_overflow():
    problem = Problem(LSTMCell())
    with np.errstate(all="raise", under="ignore"):
        trace = forward(problem.cell, problem.params, 1e4 * problem.x, problem.state)
        gradients = backward(trace, problem.d_output)
    assert np.isfinite(trace.output).all()
    assert np.isfinite(gradients.x).all()


def test_init_parameters_has_the_law_and_shapes_of_torch():
    params = init_parameters(GRUCell(), 5, 16, np.random.default_rng(0))
    module = torch.nn.GRUCell(5, 16)
    assert {k: v.shape for k, v in params._asdict().items()} == {
        k: tuple(v.shape) for k, v in module.named_parameters()
    }
    assert np.abs(params.weight_hh).max() <= 0.25
    assert np.abs(params.weight_hh).max() > 0.249
    np.testing.assert_allclose(params.weight_hh.std(), 0.5 / np.sqrt(12), rtol=0.05)
    again = init_parameters(GRUCell(), 5, 16, np.random.default_rng(0))
    np.testing.assert_array_equal(params.bias_hh, again.bias_hh)


def test_from_torch_copies_and_fills_missing_biases():
    module = torch.nn.LSTM(3, 4, bias=False)
    params = from_torch(module)
    np.testing.assert_array_equal(params.weight_ih, module.weight_ih_l0.detach().numpy())
    assert params.bias_ih.shape == params.bias_hh.shape == (16,)
    assert not params.bias_ih.any()
    assert params.bias_ih is not params.bias_hh
    params.weight_ih[:] = 0
    assert module.weight_ih_l0.abs().max() > 0


def test_gradient_check_finds_the_wrong_gradient():
    def loss(a, b):
        return float(np.sum(a**3) + np.sum(np.sin(b)))

    arrays = {"a": np.array([0.5, -1.0]), "b": np.array([[0.3]])}
    right = {"a": 3 * arrays["a"] ** 2, "b": np.cos(arrays["b"])}
    assert max(gradient_check(loss, arrays, right).values()) < 1e-9
    errors = gradient_check(loss, arrays, {**right, "b": -np.cos(arrays["b"])})
    assert errors["a"] < 1e-9
    assert errors["b"] == pytest.approx(2, abs=1e-6)
    assert gradient_check(loss, arrays, {"b": right["b"]}).keys() == {"b"}


def test_relative_error_by_hand():
    assert relative_error(np.array([3.0, 4.0]), np.array([3.0, 3.0])) == pytest.approx(1 / 5)
    assert relative_error(np.zeros(2), np.zeros(2)) == 0
    assert relative_error(np.zeros(2), np.ones(2)) == 1
    with pytest.raises(ValueError, match=r"b : forme \(3,\) reçue, forme \(2,\) attendue"):
        relative_error(np.zeros(2), np.zeros(3))


def problem_with(**changes):
    problem = Problem(changes.pop("cell", RNNCell()))
    params = problem.params._replace(**{k: v for k, v in changes.items() if k in Parameters._fields})
    return problem.cell, params, changes.get("x", problem.x), changes.get("state", problem.state)


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"x": np.zeros((5, 3))}, ValueError, r"x : forme \(5, 3\) reçue \(rang 2\).*rang 3"),
        ({"x": np.zeros((0, 2, 3))}, ValueError, r"x : .*axe est vide"),
        ({"x": np.zeros((5, 2, 9))}, ValueError, r"params.weight_ih : forme \(4, 3\) reçue, forme \(4, 9\)"),
        ({"x": [[[0.0]]]}, TypeError, "x : list reçu"),
        ({"x": np.zeros((5, 2, 3), dtype=int)}, TypeError, "x : nombres de type int64 reçus, type float64"),
        ({"x": np.zeros((5, 2, 3), np.float32)}, TypeError, "x : nombres de type float32"),
        ({"weight_hh": np.zeros((5, 4))}, ValueError, r"params.weight_hh : forme \(5, 4\) reçue"),
        ({"weight_hh": np.zeros((4, 4), int)}, TypeError, "params.weight_hh : .* float32 ou float64"),
        ({"bias_hh": np.zeros((1, 4))}, ValueError, r"params.bias_hh : forme \(1, 4\) reçue"),
        ({"state": State(np.zeros((1, 4)))}, ValueError, r"state.h : forme \(1, 4\) reçue, forme \(2, 4\)"),
        ({"state": np.zeros((2, 4))}, TypeError, "state : ndarray reçu, State attendu"),
        ({"state": State(np.zeros((2, 4)), np.zeros((2, 4)))}, ValueError, r"state : c reçu, State\(h\)"),
        ({"cell": LSTMCell(), "state": State(np.zeros((2, 4)))}, ValueError, r"c absent, State\(h, c\)"),
    ],
)
def test_bad_forward_arguments(changes, error, message):
    with pytest.raises(error, match=message):
        forward(*problem_with(**changes))


def test_forward_wants_parameters():
    cell, params, x, state = problem_with()
    with pytest.raises(TypeError, match="params : tuple reçu, Parameters attendu"):
        forward(cell, tuple(params), x, state)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"d_output": np.zeros((5, 2, 1))}, ValueError, r"d_output : forme \(5, 2, 1\) reçue"),
        ({"d_output": np.zeros((5, 2, 4), np.float32)}, TypeError, "d_output : nombres de type float32"),
        ({"truncation": 0}, ValueError, "truncation : 0 reçu"),
        ({"truncation": 2.0}, TypeError, "truncation : float reçu"),
        ({"truncation": True}, TypeError, "truncation : bool reçu"),
        ({"d_final": State(np.zeros((2, 1)))}, ValueError, r"d_final.h : forme \(2, 1\) reçue"),
    ],
)
def test_bad_backward_arguments(arguments, error, message):
    problem = Problem(RNNCell())
    with pytest.raises(error, match=message):
        backward(problem.trace(), **{"d_output": problem.d_output, **arguments})


def test_other_bad_arguments():
    trace = Problem(RNNCell()).trace()
    generator = np.random.default_rng(0)
    arrays = {"a": np.zeros(2)}
    bad = [
        (lambda: RNNCell("sigmoid"), ValueError, "nonlinearity : 'sigmoid' reçu, 'tanh' ou 'relu' attendu"),
        (lambda: GRUCell(reset_after="non"), TypeError, "reset_after : str reçu, bool attendu"),
        (lambda: contributions(trace, np.zeros((5, 2))), ValueError, r"d_output : forme \(5, 2\) reçue"),
        (lambda: jacobian_product(jacobians(trace), 6, 0), ValueError, "t : 6 reçu"),
        (lambda: jacobian_product(jacobians(trace), 2, 3), ValueError, "k : 3 reçu"),
        (lambda: init_parameters(RNNCell(), 0, 4, generator), ValueError, "input_size : 0 reçu"),
        (lambda: init_parameters(RNNCell(), 3, 4, 0), TypeError, "generator : int reçu, Generator attendu"),
        (lambda: from_torch("RNN"), TypeError, "module : str reçu"),
        (lambda: from_torch(torch.nn.Linear(2, 3)), ValueError, "module : paramètres .*weight.* reçus"),
        (lambda: from_torch(torch.nn.RNN(2, 3, num_layers=2)), ValueError, "une seule couche"),
        (lambda: from_torch(torch.nn.RNN(2, 3, bidirectional=True)), ValueError, "une seule direction"),
        (lambda: gradient_check(np.sum, arrays, {"c": np.zeros(2)}), ValueError, "gradients : 'c' reçu"),
        (lambda: gradient_check(np.sum, arrays, {"a": np.zeros(3)}), ValueError, r"gradients\['a'\] : forme"),
        (lambda: gradient_check(np.sum, {"a": np.zeros(2, int)}, arrays), TypeError, "nombres de type int64"),
        (lambda: gradient_check(np.sum, {"a": [0.0]}, arrays), TypeError, r"arrays\['a'\] : list reçu"),
        (lambda: gradient_check(np.sum, arrays, arrays, step=0), ValueError, "step : 0 reçu"),
    ]
    for call, error, message in bad:
        with pytest.raises(error, match=message):
            call()
