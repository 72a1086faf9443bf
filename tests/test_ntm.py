"""Chaque équation du NTM contre sa forme la plus lente, élément par élément, écrite d'après le papier."""

import importlib.util
import math
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnbook import ntm
from rnnbook.ntm import NTM


def rand(*shape, seed=0, low=-1.0, high=1.0):
    generator = torch.Generator().manual_seed(seed)
    return low + (high - low) * torch.rand(*shape, generator=generator, dtype=torch.float64)


def address(*shape, seed=0):
    return torch.softmax(3 * rand(*shape, seed=seed), dim=-1)


# --- Références lentes : listes de nombres, une séquence, une tête -----------------------------------------


def slow_content(memory, key, beta):
    def cosine(u, v):
        dot = sum(a * b for a, b in zip(u, v, strict=True))
        return dot / (math.sqrt(sum(a * a for a in u)) * math.sqrt(sum(b * b for b in v)))

    powers = [math.exp(beta * cosine(key, row)) for row in memory]
    return [power / sum(powers) for power in powers]


def slow_interpolate(content, previous, gate):
    return [gate * c + (1 - gate) * p for c, p in zip(content, previous, strict=True)]


def slow_shift(weights, shift_weights):
    slots, r = len(weights), len(shift_weights) // 2
    result = []
    for i in range(slots):
        total = 0.0
        for j in range(slots):
            # s(i − j) modulo N : plusieurs décalages peuvent désigner la même case.
            total += weights[j] * sum(
                shift_weights[o + r] for o in range(-r, r + 1) if (i - j - o) % slots == 0
            )
        result.append(total)
    return result


def slow_sharpen(weights, gamma):
    powers = [w**gamma for w in weights]
    return [power / sum(powers) for power in powers]


def slow_read(memory, weights):
    return [sum(w * row[k] for w, row in zip(weights, memory, strict=True)) for k in range(len(memory[0]))]


def slow_write(memory, weights, erases, adds):
    """`weights[h]`, `erases[h]`, `adds[h]` : une ligne par tête ; toutes effacent, puis toutes ajoutent."""
    memory = [list(row) for row in memory]
    for i, row in enumerate(memory):
        for k in range(len(row)):
            for w, e in zip(weights, erases, strict=True):
                row[k] *= 1 - w[i] * e[k]
            for w, a in zip(weights, adds, strict=True):
                row[k] += w[i] * a[k]
    return memory


def same(tensor, rows, tolerance=1e-5):
    expected = torch.tensor(rows, dtype=torch.float64)
    assert tensor.shape == expected.shape
    assert torch.allclose(tensor, expected, rtol=tolerance, atol=tolerance), (tensor - expected).abs().max()


sizes = st.tuples(*(st.integers(1, high) for high in (3, 6, 4, 3)), st.integers(0, 10_000))


@settings(max_examples=40, deadline=None, derandomize=True)
@given(sizes)
def test_every_equation_agrees_with_its_slow_form(drawn):
    batch, slots, width, heads, seed = drawn
    memory = rand(batch, slots, width, seed=seed)
    key = rand(batch, heads, width, seed=seed + 1)
    previous = address(batch, heads, slots, seed=seed + 2)
    beta = rand(batch, heads, seed=seed + 3, low=0, high=8)
    gate = rand(batch, heads, seed=seed + 4, low=0)
    gamma = rand(batch, heads, seed=seed + 5, low=1, high=6)
    moves = address(batch, heads, 2 * (seed % 4) + 1, seed=seed + 6)
    erase = rand(batch, heads, width, seed=seed + 7, low=0)
    add = rand(batch, heads, width, seed=seed + 8)

    content = ntm.content_weights(memory, key, beta)
    gated = ntm.interpolate(content, previous, gate)
    shifted = ntm.shift(gated, moves)
    weights = ntm.sharpen(shifted, gamma)
    read, written = ntm.read(memory, weights), ntm.write(memory, weights, erase, add)
    for b in range(batch):
        for h in range(heads):
            same(content[b, h], slow_content(memory[b].tolist(), key[b, h].tolist(), beta[b, h].item()), 1e-4)
            same(
                gated[b, h],
                slow_interpolate(content[b, h].tolist(), previous[b, h].tolist(), gate[b, h].item()),
            )
            same(shifted[b, h], slow_shift(gated[b, h].tolist(), moves[b, h].tolist()))
            same(weights[b, h], slow_sharpen(shifted[b, h].tolist(), gamma[b, h].item()))
            same(read[b, h], slow_read(memory[b].tolist(), weights[b, h].tolist()))
        same(written[b], slow_write(*(t[b].tolist() for t in (memory, weights, erase, add))))
    # Sans axe de têtes : la première tête, seule.
    assert torch.allclose(ntm.content_weights(memory, key[:, 0], beta[:, 0]), content[:, 0])
    assert torch.allclose(ntm.interpolate(content[:, 0], previous[:, 0], gate[:, 0]), gated[:, 0])
    assert torch.allclose(ntm.shift(gated[:, 0], moves[:, 0]), shifted[:, 0])
    assert torch.allclose(ntm.sharpen(shifted[:, 0], gamma[:, 0]), weights[:, 0])
    assert torch.allclose(ntm.read(memory, weights[:, 0]), read[:, 0])
    alone = ntm.write(memory, weights[:, 0], erase[:, 0], add[:, 0])
    same(alone[0], slow_write(*(t[0].tolist() for t in (memory, weights[:, :1], erase[:, :1], add[:, :1]))))


def test_shift_is_a_convolution_and_not_a_correlation():
    forward = torch.tensor([[0.0, 0.0, 1.0]])  # tout le poids sur le décalage +1
    assert ntm.shift(torch.tensor([[0.0, 1.0, 0.0, 0.0]]), forward).tolist() == [[0.0, 0.0, 1.0, 0.0]]
    assert ntm.shift(torch.tensor([[0.0, 0.0, 0.0, 1.0]]), forward).tolist() == [[1.0, 0.0, 0.0, 0.0]]
    far_back = torch.tensor([[1.0, 0.0, 0.0, 0.0, 0.0]])  # décalage −2
    assert ntm.shift(torch.tensor([[1.0, 0.0, 0.0, 0.0]]), far_back).tolist() == [[0.0, 0.0, 1.0, 0.0]]


@pytest.mark.parametrize("heads", [1, 3])
def test_gradients_agree_with_finite_differences(heads):
    batch, slots, width = 2, 4, 3
    arguments = {
        "memory": rand(batch, slots, width),
        "key": rand(batch, heads, width, seed=1),
        "beta": rand(batch, heads, seed=2, low=0.5, high=4),
        "previous": address(batch, heads, slots, seed=3),
        "gate": rand(batch, heads, seed=4, low=0.1, high=0.9),
        "moves": address(batch, heads, 3, seed=5),
        "gamma": rand(batch, heads, seed=6, low=1, high=3),
        "erase": rand(batch, heads, width, seed=7, low=0),
        "add": rand(batch, heads, width, seed=8),
    }

    def whole(memory, key, beta, previous, gate, moves, gamma, erase, add):
        weights = ntm.interpolate(ntm.content_weights(memory, key, beta), previous, gate)
        weights = ntm.sharpen(ntm.shift(weights, moves), gamma)
        memory = ntm.write(memory, weights, erase, add)
        return ntm.read(memory, weights), memory

    assert torch.autograd.gradcheck(whole, [t.requires_grad_() for t in arguments.values()])


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("strength", [0.0, 1.0, 1e4, 1e12])
def test_extremes_stay_finite_forward_and_backward(strength, dtype):
    batch, slots, width = 2, 5, 3
    memory = torch.zeros(batch, slots, width, dtype=dtype)
    memory[1, 0] = 1e-6
    key = torch.zeros(batch, width, dtype=dtype)
    key[1] = 1.0
    previous = torch.zeros(batch, slots, dtype=dtype)
    previous[:, 2] = 1.0  # une seule case, et log 0 partout ailleurs
    tensors = [memory, key, previous, torch.full((batch,), strength, dtype=dtype)]
    memory, key, previous, strengths = (t.requires_grad_() for t in tensors)
    still = torch.tensor([[0.0, 1.0, 0.0]], dtype=dtype).expand(batch, 3)
    content = ntm.content_weights(memory, key, strengths)
    aimed = ntm.interpolate(content, previous, torch.zeros(batch, dtype=dtype))
    sharp = ntm.sharpen(ntm.shift(aimed, still), 1 + strengths)
    result = ntm.write(memory, sharp, torch.ones_like(key), key)
    read = ntm.read(result, content)
    (read.square().sum() + (sharp * torch.arange(slots)).square().sum() + content.square().sum()).backward()
    for tensor in (content, sharp, result, read, *(t.grad for t in (memory, key, previous, strengths))):
        assert torch.isfinite(tensor).all()
    assert torch.allclose(content.sum(1), torch.ones(batch, dtype=dtype))
    assert torch.allclose(sharp, previous)


def test_sharpening_needs_its_normalisation():
    weights = torch.tensor([[0.5, 0.3, 0.2]])
    assert ntm.sharpen(weights, torch.tensor([3.0])).sum().item() == pytest.approx(1)
    assert weights.pow(3).sum().item() < 0.2
    # gamma = 1 ne change rien : le papier permet l'égalité.
    assert torch.allclose(ntm.sharpen(weights, torch.ones(1)), weights)


def test_functions_leave_their_arguments_alone():
    memory, weights = rand(1, 3, 2), address(1, 3)
    before = memory.clone(), weights.clone()
    ntm.write(memory, weights, torch.ones(1, 2, dtype=torch.float64), rand(1, 2, seed=2))
    ntm.shift(weights, address(1, 3, seed=3))
    assert torch.equal(memory, before[0])
    assert torch.equal(weights, before[1])


# --- Le réseau ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("controller", ["lstm", "feedforward"])
@pytest.mark.parametrize(("reading", "writing"), [(1, 1), (2, 3)])
@pytest.mark.parametrize("output", ["both", "reads"])
def test_forward_is_the_loop_of_the_paper(controller, reading, writing, output):
    """Rejoue la trace avec les fonctions publiques : contrôleur, adresses, écriture, lecture, sortie."""
    torch.manual_seed(0)
    model = NTM(3, 2, 5, 7, 4, reading, writing, controller=controller, output=output).double()
    x = rand(6, 2, 3)
    scores, state, trace = model(x, trace=True)
    before = model.initial_state(2)
    memory, weights, reads = before.memory, before.weights, before.reads
    hidden, cell = torch.zeros(2, 2, 5, dtype=torch.float64)
    for t in range(6):
        kept = torch.cat([reads.flatten(1), hidden], 1) if controller == "lstm" else reads.flatten(1)
        a = model.input_layer(x[t]) + model.feedback(kept)
        if controller == "lstm":
            i, f, g, o = a.chunk(4, dim=1)
            cell = f.sigmoid() * cell + i.sigmoid() * g.tanh()
            hidden = o.sigmoid() * cell.tanh()
        else:
            hidden = a.tanh()
        heads = type(trace.heads)(*(value[t] for value in trace.heads))
        content = ntm.content_weights(memory, heads.key, heads.beta)
        moved = ntm.shift(ntm.interpolate(content, weights, heads.gate), heads.shift)
        weights = ntm.sharpen(moved, heads.gamma)
        memory = ntm.write(memory, weights[:, reading:], heads.erase, heads.add)
        reads = ntm.read(memory, weights[:, :reading])
        features = reads.flatten(1) if output == "reads" else torch.cat([hidden, reads.flatten(1)], 1)
        for found, expected in (
            (trace.content[t], content),
            (trace.weights[t], weights),
            (trace.memory[t], memory),
            (trace.reads[t], reads),
            (scores[t], model.output_layer(features)),
        ):
            assert torch.allclose(found, expected, atol=1e-12)
    assert torch.equal(state.memory, trace.memory[-1])
    assert torch.equal(state.weights, trace.weights[-1])
    assert torch.equal(model(x)[0], scores)


def test_heads_have_the_ranges_of_the_paper():
    torch.manual_seed(0)
    model = NTM(3, 2, 5, 7, 4, 2, 1, shift_range=2)
    heads = model(100 * torch.randn(9, 3, 3), trace=True)[2].heads
    assert heads.shift.shape == (9, 3, 3, 5)
    assert torch.allclose(heads.shift.sum(-1), torch.ones(9, 3, 3))
    assert heads.erase.shape == heads.add.shape == (9, 3, 1, 4)
    assert heads.key.shape == (9, 3, 3, 4)
    for value, low, high in (
        (heads.beta, 0, math.inf),
        (heads.gate, 0, 1),
        (heads.gamma, 1, math.inf),
        (heads.erase, 0, 1),
        (heads.add, -1, 1),
        (heads.key, -1, 1),
    ):
        assert value.min() >= low
        assert value.max() <= high


@pytest.mark.parametrize("controller", ["lstm", "feedforward"])
def test_state_can_be_carried(controller):
    torch.manual_seed(0)
    model = NTM(3, 2, 5, 7, 4, controller=controller)
    x = torch.randn(8, 2, 3)
    whole, end = model(x)
    first, state = model(x[:3])
    second, other = model(x[3:], state)
    assert torch.allclose(torch.cat([first, second]), whole, atol=1e-6)
    assert torch.allclose(other.memory, end.memory, atol=1e-6)


def test_more_slots_at_test_time_change_nothing_near_the_start():
    """Sans recherche par le contenu et sans bout de mémoire atteint, le nombre de cases ne se voit pas."""
    torch.manual_seed(0)
    model = NTM(3, 2, 5, 20, 4, gate_bias=-40.0)
    x = torch.randn(4, 2, 3)
    short, _ = model(x)
    longer, state = model(x, model.initial_state(2, memory_slots=50))
    assert state.memory.shape == (2, 50, 4)
    assert torch.allclose(short, longer, atol=1e-5)


def test_rows_of_a_batch_do_not_mix():
    torch.manual_seed(0)
    model = NTM(3, 2, 5, 7, 4, 2, 2)
    x = torch.randn(5, 4, 3)
    assert torch.allclose(model(x)[0][:, 2:3], model(x[:, 2:3])[0], atol=1e-6)


def test_every_parameter_learns():
    torch.manual_seed(0)
    for controller in ("lstm", "feedforward"):
        model = NTM(3, 2, 5, 7, 4, controller=controller)
        model(torch.randn(6, 2, 3))[0].square().sum().backward()
        for name, parameter in model.named_parameters():
            assert parameter.grad.abs().sum() > 0, name


def test_initial_biases():
    lstm = NTM(3, 2, 5, 7, 4, 1, 2, gate_bias=-4.0)
    assert torch.equal(lstm.input_layer.bias[5:10], torch.ones(5))
    lasting = NTM(3, 2, 5, 7, 4, forget_bias=4.0)
    assert torch.equal(lasting.input_layer.bias, torch.tensor([0.0] * 5 + [4.0] * 5 + [0.0] * 10))
    gates = lstm(torch.zeros(1, 1, 3), trace=True)[2].heads.gate
    assert torch.allclose(gates, torch.tensor(-4.0).sigmoid().expand(1, 1, 3), atol=0.05)
    heads = NTM(3, 2, 5, 7, 4, 1, 2, beta_bias=6.0, stay_bias=5.0)(torch.zeros(1, 1, 3), trace=True)[2].heads
    assert torch.allclose(heads.beta, torch.tensor(6.0).expand(1, 1, 3), atol=0.1)
    assert torch.allclose(heads.shift[..., 1], torch.tensor(0.987).expand(1, 1, 3), atol=0.02)
    assert torch.allclose(heads.gate, torch.tensor(0.5).expand(1, 1, 3), atol=0.05)


@pytest.mark.parametrize("controller", ["lstm", "feedforward"])
def test_drawn_input_biases_tell_silence_from_nothing(controller):
    """Sans biais d'entrée, une entrée nulle ne dit rien au contrôleur ; avec eux, elle lui parle."""

    def told(**options):
        torch.manual_seed(0)
        return NTM(3, 2, 40, 7, 4, controller=controller, **options)

    with torch.no_grad():
        before, after = told(), told(input_bias=1.0)
        deaf, heard = (model(torch.zeros(1, 1, 3), trace=True)[2].heads.key for model in (before, after))
    assert deaf.abs().max() < 1e-6 < 0.1 < heard.abs().max()
    forget = torch.zeros(4 * 40 if controller == "lstm" else 40)
    forget[40:80] = 1.0
    drawn = after.input_layer.bias - forget
    assert drawn.abs().max() <= 1
    assert drawn.std() > 0.5
    assert torch.equal(before.head_layer.weight, after.head_layer.weight)
    with pytest.raises(ValueError, match="input_bias"):
        told(input_bias=-0.5)


def test_learned_memory_is_where_every_sequence_starts():
    torch.manual_seed(0)
    model = NTM(3, 2, 5, 7, 4, learned_memory=True)
    start = model.initial_state(2).memory
    assert torch.equal(start, model.start_memory.expand(2, 7, 4))
    assert 0.3 < start.std() < 0.7
    model(torch.randn(6, 2, 3))[0].square().sum().backward()
    assert (model.start_memory.grad.abs().sum(dim=1) > 0).all()
    assert "start_memory" not in NTM(3, 2, 5, 7, 4).state_dict()
    # Elle se tire en dernier : les autres poids d'une même graine n'en dépendent pas.
    torch.manual_seed(0)
    plain = NTM(3, 2, 5, 7, 4).state_dict()
    assert all(torch.equal(model.state_dict()[name], value) for name, value in plain.items())


@pytest.mark.parametrize(
    ("call", "name", "error"),
    [
        (lambda: ntm.content_weights(rand(2, 4, 3), rand(2, 2), rand(2)), "key", ValueError),
        (lambda: ntm.content_weights(rand(4, 3), rand(2, 3), rand(2)), "memory", ValueError),
        (lambda: ntm.content_weights(rand(2, 4, 3), rand(2, 3), rand(2, 1)), "beta", ValueError),
        (lambda: ntm.interpolate(rand(2, 4), rand(2, 1), rand(2)), "previous", ValueError),
        (lambda: ntm.interpolate(rand(2, 4), rand(2, 4), rand(1)), "gate", ValueError),
        (lambda: ntm.shift(rand(2, 4), rand(2, 2)), "shift_weights", ValueError),
        (lambda: ntm.shift(rand(2, 4), rand(1, 3)), "shift_weights", ValueError),
        (lambda: ntm.sharpen(rand(2, 4), rand(4)), "gamma", ValueError),
        (lambda: ntm.read(rand(2, 4, 3), rand(2, 3)), "weights", ValueError),
        (lambda: ntm.write(rand(2, 4, 3), rand(2, 4), rand(2, 4), rand(2, 3)), "erase", ValueError),
        (lambda: ntm.write(rand(2, 4, 3), rand(2, 4), rand(2, 3), rand(1, 3)), "add", ValueError),
        (lambda: NTM(0, 2, 3, 4, 5), "input_size", ValueError),
        (lambda: NTM(1, 2, 3, 4.0, 5), "memory_slots", TypeError),
        (lambda: NTM(1, 2, 3, 4, 5, controller="gru"), "controller", ValueError),
        (lambda: NTM(1, 2, 3, 4, 5, output="hidden"), "output", ValueError),
        (lambda: NTM(1, 2, 3, 4, 5)(torch.zeros(4, 2, 3)), "input", ValueError),
        (lambda: NTM(1, 2, 3, 4, 5)(torch.zeros(4, 2, 1).double()), "input", TypeError),
        (lambda: NTM(1, 2, 3, 4, 5).initial_state(2, 0), "memory_slots", ValueError),
        (lambda: NTM(1, 2, 3, 4, 5, learned_memory=True).initial_state(2, 9), "memory_slots", ValueError),
        (lambda: NTM(1, 2, 3, 4, 5, learned_memory="oui"), "learned_memory", TypeError),
        (
            lambda: NTM(1, 2, 3, 4, 5)(torch.zeros(4, 2, 1), NTM(1, 2, 3, 4, 5).initial_state(3)),
            "state.memory",
            ValueError,
        ),
        (
            lambda: NTM(1, 2, 3, 4, 5)(
                torch.zeros(4, 2, 1), NTM(1, 2, 3, 4, 5, controller="feedforward").initial_state(2)
            ),
            "state.controller",
            ValueError,
        ),
    ],
)
def test_errors_name_the_argument(call, name, error):
    with pytest.raises(error, match=f"^{name} : .* attendu"):
        call()


def test_plain_form_of_the_benchmark_follows_the_same_equations():
    """La réalisation simple, à laquelle la vitesse se compare, calcule bien la même chose."""
    path = Path(__file__).parents[1] / "benchmarks" / "ntm_plain.py"
    spec = importlib.util.spec_from_file_location("ntm_plain", path)
    plain = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(plain)
    torch.manual_seed(0)
    head, hidden = plain.Head(writes=True), torch.randn(plain.UNITS)
    memory, previous = torch.randn(plain.SLOTS, plain.WIDTH), torch.softmax(torch.randn(plain.SLOTS), 0)
    told = {name: layer(hidden)[None] for name, layer in head.layers.items()}
    beta, gate, gamma = (told[name][:, 0] for name in ("beta", "gate", "gamma"))
    weights = ntm.content_weights(memory[None], told["key"], torch.nn.functional.softplus(beta))
    weights = ntm.interpolate(weights, previous[None], gate.sigmoid())
    weights = ntm.shift(weights, told["shift"].softmax(1))
    weights = ntm.sharpen(weights, 1 + torch.nn.functional.softplus(gamma))
    assert torch.allclose(head.address(hidden, memory, previous), weights[0], atol=1e-6)
    written = ntm.write(memory[None], weights, told["erase"].sigmoid(), told["add"])
    assert torch.allclose(head.write(hidden, memory, weights[0]), written[0], atol=1e-5)
    assert plain.PlainNTM(9, 8)(torch.rand(5, 9)).shape == (5, 8)
