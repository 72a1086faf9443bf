"""L'encodeur–décodeur : attention, remplissage, écriture libre."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from rnnbook.data.numbers import END_DIGIT, START_DIGIT, number_tensors, split_numbers
from rnnbook.experiments import numbers as experiment
from rnnbook.seq2seq import LONGEST, Attention, Memory, Seq2Seq, digits_loss, exact_matches

NUMBERS = [21, 5, 999_999, 80]


@pytest.fixture(params=[True, False], ids=["attention", "sans"])
def model(request):
    torch.manual_seed(0)
    return Seq2Seq(attention=request.param, hidden_size=12, embedding_size=6)


def test_attention_is_the_equation():
    """Contre une boucle écrite mot à mot, en NumPy."""
    torch.manual_seed(0)
    layer = Attention(5)
    states, s = torch.randn(4, 2, 5), torch.randn(2, 5)
    lengths = torch.tensor([4, 2])
    hidden = torch.arange(4)[:, None] >= lengths
    with torch.no_grad():
        context, weights = layer(s, Memory(states, layer.key(states), hidden))
    W_sa, W_ha, v = (
        p.detach().numpy() for p in (layer.query.weight, layer.key.weight, layer.energy.weight[0])
    )
    for b in range(2):
        energies = [v @ np.tanh(W_sa @ s[b].numpy() + W_ha @ states[j, b].numpy()) for j in range(lengths[b])]
        alpha = np.exp(energies) / np.exp(energies).sum()
        np.testing.assert_allclose(weights[: lengths[b], b], alpha, rtol=1e-5)
        assert torch.all(weights[lengths[b] :, b] == 0)
        expected = sum(a * states[j, b].numpy() for j, a in enumerate(alpha))
        np.testing.assert_allclose(context[b], expected, rtol=1e-5, atol=1e-6)


def test_padding_changes_nothing(model):
    batch = number_tensors(NUMBERS)
    together = model(batch)
    for column, number in enumerate(NUMBERS):
        alone = model(number_tensors([number]))[:, 0]
        assert torch.allclose(together[: len(alone), column], alone, atol=1e-6)


def test_without_attention_only_the_last_state_passes():
    torch.manual_seed(0)
    batch = number_tensors([999_999])
    for attention in (True, False):
        model = Seq2Seq(attention=attention, hidden_size=12)
        s, memory = model.encode(batch.words, batch.lengths)
        # Les états du milieu sont changés, le dernier reste : seule l'attention s'en aperçoit.
        changed = memory._replace(states=memory.states + 1, keys=memory.keys + 1)
        digit = torch.tensor([START_DIGIT])
        same = torch.allclose(model.step(digit, s, memory)[0], model.step(digit, s, changed)[0])
        assert same is not attention


def test_writing_is_guided_reading_of_its_own_digits(model):
    """Relire par `forward` ce que `write` a écrit redonne les mêmes choix."""
    batch = number_tensors(NUMBERS)
    written, looks = model.write(batch.words, batch.lengths)
    assert written.shape == (LONGEST, 4)
    assert looks.shape == (LONGEST, *batch.words.shape)
    read = torch.cat([torch.full((1, 4), START_DIGIT), written[:-1]])
    again = model(batch._replace(read=read)).argmax(-1)
    over = (written == END_DIGIT).cumsum(0) > (written == END_DIGIT).long()
    assert torch.equal(again[~over], written[~over])
    assert torch.all(written[over] == END_DIGIT)
    if model.attention is not None:
        assert torch.allclose(looks.sum(1), torch.ones(LONGEST, 4))


def test_exact_match_wants_every_digit_and_the_end(model):
    batch = number_tensors([21, 5])
    answers = torch.full((LONGEST, 2), END_DIGIT)
    answers[0], answers[1, 0] = torch.tensor([2, 5]), 1

    def say(written):
        model.write = lambda words, lengths: (written, None)
        return exact_matches(model, batch).tolist()

    assert say(answers) == [True, True]
    wrong = answers.clone()
    wrong[1, 1] = 0  # « 50 » au lieu de « 5 »
    assert say(wrong) == [True, False]


def test_loss_of_a_model_that_knows_nothing():
    model = Seq2Seq(attention=True, hidden_size=8)
    torch.nn.init.zeros_(model.output.weight)
    torch.nn.init.zeros_(model.output.bias)
    assert digits_loss(model, number_tensors(NUMBERS)).item() == pytest.approx(np.log(11), rel=1e-5)


def test_training_learns_and_repeats():
    parts = split_numbers(per_length=60)
    recipe = replace(experiment.RECIPES["attention"], epochs=2, hidden_size=24)
    runs = [experiment.train(recipe, parts.training, seed=seed) for seed in (0, 0, 1)]
    assert runs[0].history.loss == runs[1].history.loss != runs[2].history.loss
    assert runs[0].history.epoch_loss[1] < runs[0].history.epoch_loss[0]
    shares = experiment.by_length(runs[0].model, parts)
    assert list(shares) == list(range(3, 15))
    assert all(0 <= share <= 1 for share in shares.values())


def test_wrong_rank_is_refused(model):
    with pytest.raises(ValueError, match=r"^words : "):
        model.encode(torch.zeros(4, dtype=torch.long), torch.tensor([4]))
