"""Les tâches du papier : ce que disent leurs docstrings, séquence par séquence."""

import math

import pytest
import torch

from rnnbook import tasks
from rnnbook.tasks import Batch

DRAWS = [
    tasks.copy,
    tasks.repeat_copy,
    tasks.associative_recall,
    tasks.dynamic_ngrams,
    tasks.priority_sort,
]


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def check_layout(batch, answer_steps):
    """Bits en 0 et 1, cibles nulles hors de la réponse, réponse à la fin."""
    assert batch.inputs.dtype == batch.targets.dtype == torch.float32
    assert batch.mask.dtype == torch.bool
    assert batch.inputs.shape[:2] == batch.targets.shape[:2] == batch.mask.shape
    assert set(batch.targets.unique().tolist()) <= {0.0, 1.0}
    assert not batch.targets[~batch.mask].any()
    assert batch.mask[-answer_steps:].all()
    assert not batch.mask[:-answer_steps].any()


@pytest.mark.parametrize("held", [False, True])
@pytest.mark.parametrize("length", [1, 5])
def test_copy(length, held):
    batch = tasks.copy(40, length, held=held, width=3, generator=generator())
    check_layout(batch, length)
    assert batch.inputs.shape == (2 * length + 1, 40, 4)
    assert torch.equal(batch.targets[length + 1 :], batch.inputs[:length, :, :3])
    assert not batch.inputs[length:, :, :3].any()
    signal = torch.zeros(2 * length + 1)
    signal[length : None if held else length + 1] = 1
    assert torch.equal(batch.inputs[:, :, 3], signal[:, None].expand(-1, 40))


def test_lengths_are_uniform_between_their_bounds():
    draw = generator()
    lengths = torch.tensor(
        [int(tasks.copy(1, lengths=(2, 5), generator=draw).mask.sum()) for _ in range(800)]
    )
    counts = lengths.bincount(minlength=6)
    assert counts[:2].sum() == 0
    assert counts[2:].min() > 150
    assert len(counts) == 6


@pytest.mark.parametrize(("length", "repeats"), [(1, 1), (3, 4)])
def test_repeat_copy(length, repeats):
    batch = tasks.repeat_copy(30, length, repeats, width=2, generator=generator())
    check_layout(batch, length * repeats + 1)
    for sequence in range(30):
        shown = batch.inputs[:length, sequence, :2].tolist()
        said = batch.targets[length + 1 :, sequence].tolist()
        assert said == [[*row, 0.0] for _ in range(repeats) for row in shown] + [[0.0, 0.0, 1.0]]
    assert batch.inputs[length, :, 2].eq(1).all()
    assert batch.inputs[:, :, 2].sum() == 30


def test_repeat_numbers_have_mean_zero_and_variance_one():
    told = [tasks.repeat_copy(1, 1, repeats).inputs[1, 0, 9].item() for repeats in range(1, 11)]
    assert torch.tensor(told).mean().item() == pytest.approx(0, abs=1e-6)
    assert torch.tensor(told).std(correction=0).item() == pytest.approx(1, abs=1e-6)
    # Au-delà de l'entraînement, la même échelle continue.
    assert tasks.repeat_copy(1, 1, 20).inputs[1, 0, 9].item() == pytest.approx(
        told[9] + 10 * (told[9] - told[8])
    )


def test_associative_recall():
    items, length, width, count = 4, 3, 6, 200
    batch = tasks.associative_recall(count, items, generator=generator())
    check_layout(batch, length)
    assert batch.inputs.shape == (items * 4 + 5 + 3, count, 8)
    places = set()
    for sequence in range(count):
        x, y = batch.inputs[:, sequence], batch.targets[:, sequence]
        shown = [x[4 * k + 1 : 4 * k + 4, :width] for k in range(items)]
        question = x[4 * items + 1 : 4 * items + 4, :width]
        matches = [k for k in range(items - 1) if torch.equal(shown[k], question)]
        assert any(torch.equal(shown[k + 1], y[-length:]) for k in matches)
        places.update(matches)
    assert places == {0, 1, 2}
    marks = batch.inputs[:, :, width:]
    assert torch.equal(marks[:, 0, 0].nonzero().flatten(), torch.arange(0, 4 * items, 4))
    assert marks[:, 0, 1].nonzero().flatten().tolist() == [4 * items, 4 * items + 4]
    assert torch.equal(marks, marks[:, :1].expand_as(marks))
    assert not batch.inputs[-length:].any()


def test_dynamic_ngrams_follow_their_source():
    order, count = 3, 400
    batch = tasks.dynamic_ngrams(count, 400, order=order, generator=generator())
    check_layout(batch, 400 - order + 1)
    assert batch.inputs.shape == (399, count, 1)
    # La cible est le bit qui suit l'entrée.
    assert torch.equal(batch.targets[order - 2 : -1, :, 0], batch.inputs[order - 1 :, :, 0])
    # La part de 1 après un contexte suit la loi bêta(½, ½) : moyenne ½, variance 1/8, plus le tirage.
    bits = batch.inputs[:, :, 0].long()
    after = (bits[:-2] == 1) & (bits[1:-1] == 0)
    rates = ((bits[2:] * after).sum(0) / after.sum(0))[after.sum(0) > 30]
    assert rates.mean().item() == pytest.approx(0.5, abs=0.06)
    assert rates.var().item() == pytest.approx(1 / 8, abs=0.02)


def test_dynamic_ngrams_have_the_sizes_of_the_paper():
    batch = tasks.dynamic_ngrams(3)
    assert batch.inputs.shape == (199, 3, 1)
    assert batch.mask.sum(0).tolist() == [195] * 3


def slow_optimal(bits, order):
    """Équation 10, un bit après l'autre : renvoie P(1) pour chaque bit à prédire."""
    seen, answers = {}, []
    for t in range(order - 1, len(bits)):
        context = tuple(bits[t - order + 1 : t])
        ones, zeros = seen.get((context, 1), 0), seen.get((context, 0), 0)
        answers.append((ones + 0.5) / (ones + zeros + 1))
        seen[context, bits[t]] = seen.get((context, bits[t]), 0) + 1
    return answers


@pytest.mark.parametrize("order", [2, 4])
def test_optimal_predictor_is_equation_10(order):
    batch = tasks.dynamic_ngrams(5, 60, order=order, generator=generator(3))
    found = torch.sigmoid(tasks.optimal_ngrams(batch, order=order))[:, :, 0]
    start = int(batch.mask[:, 0].long().argmax())
    for sequence in range(5):
        bits = [*batch.inputs[:, sequence, 0].long().tolist(), int(batch.targets[-1, sequence, 0])]
        expected = slow_optimal(bits, order)
        assert torch.allclose(found[start:, sequence], torch.tensor(expected), atol=1e-5)


def test_optimal_predictor_beats_neighbours():
    """Aucun autre compte de départ que ½ ne coûte moins, en moyenne : c'est la loi a priori de la tâche."""
    batch = tasks.dynamic_ngrams(300, generator=generator())
    best = tasks.cost_bits(tasks.optimal_ngrams(batch), batch).mean()
    assert best < tasks.cost_bits(1.3 * tasks.optimal_ngrams(batch), batch).mean()
    assert best < tasks.cost_bits(0.7 * tasks.optimal_ngrams(batch), batch).mean()
    assert best < 195


def test_priority_sort():
    batch = tasks.priority_sort(50, generator=generator())
    check_layout(batch, 16)
    assert batch.inputs.shape == (37, 50, 10)
    assert batch.inputs[:20, :, 8].abs().max() <= 1
    assert batch.inputs[20, :, 9].eq(1).all()
    assert batch.inputs[:, :, 9].sum() == 50
    assert not batch.inputs[21:].any()
    for sequence in range(50):
        shown = batch.inputs[:20, sequence]
        ranked = sorted(shown.tolist(), key=lambda row: row[8], reverse=True)
        assert batch.targets[-16:, sequence].tolist() == [row[:8] for row in ranked[:16]]


@pytest.mark.parametrize("draw", DRAWS)
def test_draws_depend_on_the_seed_alone(draw):
    torch.manual_seed(1)
    first = draw(4, generator=generator(5))
    torch.manual_seed(2)
    again, other = draw(4, generator=generator(5)), draw(4, generator=generator(6))
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    assert first.inputs.shape != other.inputs.shape or not torch.equal(first.inputs, other.inputs)


def test_measures_on_a_hand_made_batch():
    targets = torch.tensor([[[1.0, 0.0]], [[1.0, 1.0]], [[0.0, 0.0]]])
    mask = torch.tensor([[False], [True], [True]])
    batch = Batch(torch.zeros(3, 1, 4), targets, mask)
    half = math.log(3)  # sigmoïde de log 3 : 3/4
    scores = torch.tensor([[[-9.0, 9.0]], [[half, -half]], [[-half, half]]])
    assert tasks.wrong_bits(scores, batch).tolist() == [2]
    expected = 2 * -math.log2(3 / 4) + 2 * -math.log2(1 / 4)
    assert tasks.cost_bits(scores, batch).item() == pytest.approx(expected, rel=1e-5)
    assert tasks.cost_bits(torch.zeros(3, 1, 2), batch).item() == pytest.approx(4)


def test_content_only_drops_the_end_mark():
    batch = tasks.repeat_copy(2, 3, 2, generator=generator())
    scores = 20 * batch.targets - 10
    scores[..., -1] = -scores[..., -1]
    assert tasks.wrong_bits(scores, batch).tolist() == [7, 7]
    assert tasks.wrong_bits(*tasks.content_only(scores, batch)).tolist() == [0, 0]


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: tasks.copy(0), "count"),
        (lambda: tasks.copy(2, 0), "length"),
        (lambda: tasks.copy(2, lengths=(5, 4)), "lengths"),
        (lambda: tasks.copy(2, lengths=(1, 2, 3)), "lengths"),
        (lambda: tasks.repeat_copy(2, 3, 0), "repeats"),
        (lambda: tasks.associative_recall(2, 1), "items"),
        (lambda: tasks.dynamic_ngrams(2, 6), "length"),
        (lambda: tasks.dynamic_ngrams(2, order=1), "order"),
        (lambda: tasks.priority_sort(2, 3, 4), "inputs_count"),
        (lambda: tasks.wrong_bits(torch.zeros(3, 2, 8), tasks.copy(3, 1)), "scores"),
        (lambda: tasks.cost_bits(torch.zeros(3, 3, 1), tasks.copy(3, 1)), "scores"),
    ],
)
def test_errors_name_the_argument(call, name):
    with pytest.raises(ValueError, match=f"^{name}.* attendu"):
        call()
