"""Le modèle de langue : perte, perplexité, température, tirage."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from rnnbook.data import places
from rnnbook.experiments import places as experiment
from rnnbook.language import CharModel, mean_loss, next_token_loss, perplexity, sample, tempered

NAMES = ["brest", "lys-saint-georges", "y", "évry"]


@pytest.fixture
def model():
    torch.manual_seed(0)
    return CharModel(hidden_size=8, embedding_size=4)


@pytest.mark.parametrize("layer", [nn.RNN, nn.GRU, nn.LSTM])
def test_loss_is_the_mean_over_real_signs(layer):
    torch.manual_seed(1)
    model = CharModel(layer=layer, hidden_size=8, embedding_size=4)
    total = 0.0
    for name in NAMES:
        tokens = [0, *places.encode_place(name), 0]
        state = None
        for read, due in itertools.pairwise(tokens):
            scores, state = model(torch.tensor([[read]]), state)
            total -= scores[0, 0].log_softmax(-1)[due].item()
    signs = sum(len(name) + 1 for name in NAMES)
    assert next_token_loss(model, places.place_tensors(NAMES)).item() == pytest.approx(
        total / signs, rel=1e-4
    )


def test_mean_loss_weighs_signs_not_batches(model):
    apart = [places.place_tensors([name]) for name in NAMES]
    whole = [places.place_tensors(NAMES)]
    assert mean_loss(model, apart) == pytest.approx(mean_loss(model, whole), rel=1e-5)
    assert perplexity(model, apart) == pytest.approx(math.exp(mean_loss(model, whole)), rel=1e-5)
    with pytest.raises(ValueError, match=r"^batches : "):
        mean_loss(model, [])


def test_temperature():
    scores = torch.tensor([2.0, 0.0, -1.0])
    assert torch.allclose(tempered(scores, 1.0), scores.softmax(-1))
    power = scores.softmax(-1) ** 2
    assert torch.allclose(tempered(scores, 0.5), power / power.sum())
    assert torch.allclose(tempered(scores, 100.0), torch.full((3,), 1 / 3), atol=0.01)
    for wrong in (0.0, -1.0, float("nan")):
        with pytest.raises(ValueError, match=r"^temperature : "):
            tempered(scores, wrong)


def test_sample_follows_the_law_of_the_model(model):
    """Sur mille tirages, la première lettre suit la loi du modèle."""
    generator = torch.Generator().manual_seed(0)
    drawn = [sample(model, generator, max_length=1) for _ in range(2000)]
    with torch.no_grad():
        law = model(torch.tensor([[0]]))[0][0, 0].softmax(-1).numpy()
    counts = np.array([drawn.count("")] + [drawn.count(sign) for sign in places.PLACE_ALPHABET])
    assert counts.sum() == 2000
    assert np.abs(counts / 2000 - law).max() < 0.02


def test_sample_keeps_its_prefix_and_its_limit(model):
    generator = torch.Generator().manual_seed(0)
    for _ in range(20):
        name = sample(model, generator, prefix="saint-", max_length=9, temperature=2.0)
        assert name.startswith("saint-")
        assert len(name) <= 9
    with pytest.raises(ValueError, match=r"^name : "):
        sample(model, generator, prefix="Paris 7")


def test_sample_reads_what_it_writes():
    """Un modèle appris sur un seul nom l'écrit d'un bout à l'autre."""
    torch.manual_seed(0)
    model, batch = CharModel(hidden_size=32), places.place_tensors(["carcassonne"])
    optimizer = torch.optim.Adam(model.parameters(), 1e-2)
    for _ in range(150):
        optimizer.zero_grad()
        next_token_loss(model, batch).backward()
        optimizer.step()
    assert sample(model, torch.Generator().manual_seed(0), temperature=0.2) == "carcassonne"
    assert sample(model, torch.Generator().manual_seed(0), temperature=0.2, prefix="carc") == "carcassonne"


def test_wrong_rank_is_refused(model):
    with pytest.raises(ValueError, match=r"^tokens : "):
        model(torch.zeros(4, dtype=torch.long))


def test_training_learns_and_repeats():
    names = places.load_places()[::12]
    parts = places.split_places(names, seed=0)
    recipe = replace(experiment.RECIPES["gru"], epochs=2, hidden_size=32)
    runs = [experiment.train(recipe, parts, seed=seed) for seed in (0, 0, 1)]
    assert runs[0].history.loss == runs[1].history.loss != runs[2].history.loss
    assert runs[0].history.validation[-1] < 3 < runs[0].history.loss[0]


def test_novelty_sums_to_one():
    parts = places.PlaceParts(["brest", "lyon"], ["nice"], ["metz"])
    found = experiment.novelty(["brest", "brest", "nice", "metz", "macourt"], parts)
    assert found == pytest.approx({"appris": 0.4, "réels": 0.4, "nouveaux": 0.2, "distincts": 0.8})
    with pytest.raises(ValueError, match=r"^texts : "):
        experiment.novelty([], parts)
