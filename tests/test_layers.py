"""Les couches sont les jumelles de celles de `torch.nn` : mêmes poids, mêmes sorties, mêmes gradients."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pack_sequence

from rnnbook import cells, layers

torch.set_num_threads(1)  # sur de si petits tenseurs, plusieurs fils se gênent

KINDS = ["RNN", "LSTM", "GRU"]


def pair(kind, *args, seed=0, **options):
    """La même couche deux fois, la nôtre puis celle de torch, tirées avec la même graine, en double."""
    torch.manual_seed(seed)
    ours = getattr(layers, kind)(*args, **options).double()
    torch.manual_seed(seed)
    return ours, getattr(torch.nn, kind)(*args, **options).double()


def as_tuple(state):
    return state if isinstance(state, tuple) else (state,)


def gap(mine, reference):
    assert mine.shape == reference.shape
    return (mine - reference).abs().max()


@st.composite
def configurations(draw):
    """Une couche, une entrée d'une des quatre sortes, et un état initial donné ou non."""
    kind = draw(st.sampled_from(KINDS))
    options = {
        "num_layers": draw(st.integers(1, 3)),
        "bias": draw(st.booleans()),
        "batch_first": draw(st.booleans()),
        "bidirectional": draw(st.booleans()),
    }
    if kind == "RNN":
        options["nonlinearity"] = draw(st.sampled_from(["tanh", "relu"]))
    return {
        "kind": kind,
        "sizes": (draw(st.integers(1, 5)), draw(st.integers(1, 5))),
        "options": options,
        "sort": draw(st.sampled_from(["lot", "sans lot", "tassé", "tassé et trié"])),
        "lengths": draw(st.lists(st.integers(1, 7), min_size=1, max_size=5)),
        "given_state": draw(st.booleans()),
        "seed": draw(st.integers(0, 2**31)),
    }


def make_input(sort, lengths, input_size, batch_first):
    """Renvoie les tenseurs d'entrée, la fonction qui les assemble, et l'axe du lot dans un état."""
    if sort == "sans lot":
        return torch.randn(lengths[0], input_size).double(), lambda x: x, ()
    x = torch.randn(max(lengths), len(lengths), input_size).double()
    x = x.transpose(0, 1).contiguous() if batch_first else x
    if sort == "lot":
        return x, lambda x: x, (len(lengths),)
    in_order = sort == "tassé et trié"
    lengths = sorted(lengths, reverse=True) if in_order else lengths
    return (
        x,
        lambda x: pack_padded_sequence(x, lengths, batch_first=batch_first, enforce_sorted=in_order),
        (len(lengths),),
    )


@settings(deadline=None, max_examples=150)
@given(configurations())
def test_outputs_states_and_all_gradients_equal_torch(config):
    kind, (d, n), options = config["kind"], config["sizes"], config["options"]
    ours, theirs = pair(kind, d, n, seed=config["seed"], **options)
    x, assemble, batch = make_input(config["sort"], config["lengths"], d, options["batch_first"])
    rows = options["num_layers"] * (2 if options["bidirectional"] else 1)
    state = [torch.randn(rows, *batch, n).double() for _ in range(2 if kind == "LSTM" else 1)]
    results, weights = [], None
    for layer in (ours, theirs):
        leaves = [t.clone().requires_grad_() for t in (x, *state)]
        hx = tuple(leaves[1:]) if kind == "LSTM" else leaves[1]
        output, final = layer(assemble(leaves[0]), *([hx] if config["given_state"] else []))
        if isinstance(output, PackedSequence):
            fields = [output.batch_sizes, output.sorted_indices, output.unsorted_indices]
            fields = [f for f in fields if f is not None]
            output = output.data
        else:
            fields = []
        values = [output, *as_tuple(final)]
        # Des poids tirés au hasard : une somme simple cacherait des sorties rangées autrement.
        weights = weights or [torch.randn_like(v) for v in values]
        loss = sum((v * w).sum() for v, w in zip(values, weights, strict=True))
        leaves = [*(leaves if config["given_state"] else leaves[:1]), *layer.parameters()]
        results.append([*fields, *values, *torch.autograd.grad(loss, leaves)])
    for mine, reference in zip(*results, strict=True):
        assert gap(mine, reference) < 1e-10


@settings(deadline=None, max_examples=40)
@given(configurations(), st.floats(0, 1))
def test_same_names_and_values_for_the_same_seed_and_state_dicts_load_both_ways(config, dropout):
    options = config["options"] | ({"dropout": dropout} if config["options"]["num_layers"] > 1 else {})
    d, n = config["sizes"]
    ours, theirs = pair(config["kind"], d, n, seed=config["seed"], **options)
    mine, reference = ours.state_dict(), theirs.state_dict()
    assert list(mine) == list(reference)
    assert all(torch.equal(mine[name], reference[name]) for name in mine)
    other, _ = pair(config["kind"], d, n, seed=config["seed"] + 1, **options)
    theirs.load_state_dict(other.state_dict())
    ours.load_state_dict(theirs.state_dict())
    x = torch.randn(3, 2, d).double()
    assert gap(ours.eval()(x)[0], theirs.eval()(x)[0]) < 1e-10


def test_positional_arguments_are_those_of_torch():
    ours, theirs = pair("RNN", 2, 3, 2, "relu", False, True, 0.5, True)
    assert (ours.nonlinearity, ours.bias, ours.batch_first) == ("relu", False, True)
    assert (ours.dropout, ours.bidirectional) == (0.5, True)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    ours, theirs = pair("LSTM", 2, 3, 2, False, True, 0.5, True)
    assert (ours.num_layers, ours.bias, ours.batch_first) == (2, False, True)
    assert list(ours.state_dict()) == list(theirs.state_dict())


@pytest.mark.parametrize("kind", KINDS)
def test_a_layer_is_a_loop_over_its_cell(kind):
    torch.manual_seed(0)
    layer = getattr(layers, kind)(2, 3)
    cell = getattr(cells, f"{kind}Cell")(2, 3)
    cell.load_state_dict({name.removesuffix("_l0"): value for name, value in layer.state_dict().items()})
    x, state, states = torch.randn(6, 4, 2), None, []
    for x_t in x:
        state = cell(x_t, state)
        states.append(as_tuple(state)[0])
    output, final = layer(x)
    torch.testing.assert_close(output, torch.stack(states))
    for mine, reference in zip(as_tuple(final), as_tuple(state), strict=True):
        torch.testing.assert_close(mine[0], reference)


def test_the_gru_layer_takes_both_reset_positions():
    torch.manual_seed(0)
    after, before = layers.GRU(2, 3), layers.GRU(2, 3, reset_after=False)
    before.load_state_dict(after.state_dict())
    cell = cells.GRUCell(2, 3, reset_after=False)
    cell.load_state_dict({name.removesuffix("_l0"): value for name, value in before.state_dict().items()})
    x, h = torch.randn(5, 1, 2), None
    for x_t in x:
        h = cell(x_t, h)
    torch.testing.assert_close(before(x)[1][0], h)
    assert (after(x)[1] - before(x)[1]).abs().max() > 1e-3


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_a_packed_sequence_is_read_as_if_it_were_alone(kind, bidirectional):
    torch.manual_seed(0)
    layer = getattr(layers, kind)(2, 3, num_layers=2, bidirectional=bidirectional)
    sequences = [torch.randn(length, 2) for length in (3, 6, 1, 4)]
    _, final = layer(pack_sequence(sequences, enforce_sorted=False))
    for i, x in enumerate(sequences):
        for together, alone in zip(as_tuple(final), as_tuple(layer(x)[1]), strict=True):
            torch.testing.assert_close(together[:, i], alone)


@pytest.mark.parametrize("dropout", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("make", [layers.RNN, torch.nn.RNN])
def test_dropout_follows_its_law_between_layers_only(make, dropout):
    """Les poids recopient l'entrée : chaque sortie vaut 0 ou x / (1 - p), chez torch aussi."""
    n, steps, batch = 4, 50, 100
    torch.manual_seed(0)
    layer = make(n, n, num_layers=2, nonlinearity="relu", dropout=dropout)
    for name, parameter in layer.named_parameters():
        torch.nn.init.eye_(parameter.data) if "weight_ih" in name else parameter.data.zero_()
    x = torch.rand(steps, batch, n) + 0.5
    output = layer(x)[0]
    kept = output != 0
    total = x.numel()
    # L'écart au taux attendu reste sous cinq écarts types de la loi binomiale.
    assert abs(kept.float().mean() - (1 - dropout)) <= 5 * math.sqrt(dropout * (1 - dropout) / total)
    if dropout < 1:
        torch.testing.assert_close(output[kept], x[kept] / (1 - dropout))
    # Un tirage par instant : d'un instant au suivant, on garde deux fois avec la probabilité (1 - p)².
    both = (kept[1:] & kept[:-1]).float().mean()
    assert abs(both - (1 - dropout) ** 2) <= 5 * math.sqrt(1 / total) * (0 < dropout < 1)
    assert torch.equal(layer.eval()(x)[0], x)


@pytest.mark.parametrize("kind", KINDS)
def test_dropout_gives_the_mean_and_the_spread_of_torch(kind):
    ours, theirs = pair(kind, 2, 3, num_layers=2, dropout=0.4)
    x, draws = torch.randn(5, 1, 2).double(), 4000
    mean, variance = [], []
    for layer in (ours, theirs):
        torch.manual_seed(1)
        last = layer(x.expand(-1, draws, -1))[0][-1]
        mean.append(last.mean(0))
        variance.append(last.var(0))
    spread = (variance[1] / draws).sqrt()
    assert ((mean[0] - mean[1]).abs() < 5 * math.sqrt(2) * spread).all()
    assert ((variance[0] / variance[1]).log().abs() < 0.25).all()


def test_dropout_on_one_layer_says_that_it_does_nothing():
    with pytest.warns(UserWarning, match="dropout : sans effet sur une seule couche"):
        layers.GRU(2, 3, dropout=0.5)


PACKED = pack_sequence([torch.zeros(3, 2), torch.zeros(1, 2)])


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: layers.RNN(0, 2), ValueError, "input_size : 0 reçu, un entier d'au moins 1 attendu"),
        (lambda: layers.RNN(2, "3"), TypeError, "hidden_size : str reçu, int attendu"),
        (lambda: layers.GRU(2, 3, num_layers=0), ValueError, "num_layers : 0 reçu"),
        (lambda: layers.LSTM(2, 3, bias=None), TypeError, "bias : NoneType reçu, bool attendu"),
        (lambda: layers.LSTM(2, 3, batch_first=1), TypeError, "batch_first : int reçu, bool attendu"),
        (lambda: layers.LSTM(2, 3, bidirectional=1), TypeError, "bidirectional : int reçu, bool attendu"),
        (lambda: layers.GRU(2, 3, 2, dropout=1.5), ValueError, "dropout : 1.5 reçu, un nombre entre 0 et 1"),
        (lambda: layers.GRU(2, 3, 2, dropout=True), TypeError, "dropout : bool reçu, float attendu"),
        (lambda: layers.GRU(2, 3, reset_after=0), TypeError, "reset_after : int reçu, bool attendu"),
        (
            lambda: layers.RNN(2, 3, nonlinearity="sigmoid"),
            ValueError,
            "nonlinearity : 'sigmoid' reçu, 'tanh' ou 'relu' attendu",
        ),
        (lambda: layers.RNN(2, 3)([[1.0, 2.0]]), TypeError, "list reçu, Tensor ou PackedSequence attendu"),
        (
            lambda: layers.RNN(2, 3)(torch.zeros(5)),
            ValueError,
            "input : forme (5,) reçue (rang 1), forme (temps, lot, 2) attendue (rang 3)",
        ),
        (lambda: layers.RNN(2, 3)(torch.zeros(5, 3)), ValueError, "(5, 3) reçue, forme (temps, 2) attendue"),
        (
            lambda: layers.RNN(2, 3, batch_first=True)(torch.zeros(4, 5, 3)),
            ValueError,
            "input : forme (4, 5, 3) reçue, forme (lot, temps, 2) attendue",
        ),
        (
            lambda: layers.LSTM(2, 3)(torch.zeros(0, 4, 2)),
            ValueError,
            "forme (0, 4, 2) reçue, un axe est vide",
        ),
        (lambda: layers.LSTM(2, 3)(torch.zeros(0, 2)), ValueError, "forme (0, 2) reçue, un axe est vide"),
        (lambda: layers.LSTM(4, 3)(PACKED), ValueError, "input.data : forme (4, 2) reçue, forme (total, 4)"),
        (
            lambda: layers.GRU(2, 3)(torch.zeros(5, 4, 2, dtype=torch.long)),
            TypeError,
            "input : nombres de type torch.int64 reçus, type torch.float32 attendu",
        ),
        (
            lambda: layers.GRU(2, 3)(torch.zeros(5, 4, 2), torch.zeros(4, 3)),
            ValueError,
            "hx : forme (4, 3) reçue (rang 2), forme (1, 4, 3) attendue (rang 3)",
        ),
        (
            lambda: layers.GRU(2, 3, num_layers=2, bidirectional=True)(PACKED, torch.zeros(2, 2, 3)),
            ValueError,
            "hx : forme (2, 2, 3) reçue, forme (4, 2, 3) attendue",
        ),
        (
            lambda: layers.GRU(2, 3)(torch.zeros(5, 2), torch.zeros(1, 1, 3)),
            ValueError,
            "hx : forme (1, 1, 3) reçue (rang 3), forme (1, 3) attendue (rang 2)",
        ),
        (
            lambda: layers.LSTM(2, 3)(torch.zeros(5, 4, 2), torch.zeros(1, 4, 3)),
            TypeError,
            "hx : Tensor reçu, tuple ou list attendu",
        ),
        (
            lambda: layers.LSTM(2, 3)(torch.zeros(5, 4, 2), (torch.zeros(1, 4, 3),) * 3),
            ValueError,
            "hx : 3 tenseurs reçus, 2 attendus, le couple (h, c)",
        ),
        (
            lambda: layers.LSTM(2, 3)(
                torch.zeros(5, 4, 2), (torch.zeros(1, 4, 3), torch.zeros(1, 4, 3).double())
            ),
            TypeError,
            "hx[1] : nombres de type torch.float64 reçus, type torch.float32 attendu",
        ),
    ],
)
def test_bad_input_is_named_in_french(call, error, message):
    with pytest.raises(error) as raised:
        call()
    assert message in str(raised.value)
