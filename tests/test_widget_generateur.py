"""*Générateur* : la page tire les mêmes noms que `rnnbook`, avec les mêmes probabilités."""

import figure_tools
import numpy as np
import pytest
import torch

from rnnbook import results
from rnnbook.data import places
from rnnbook.language import perplexity
from rnnbook.widgets import Generator
from rnnbook.widgets.generator import LONGEST

STARTS = ["", "saint-", "Château", "l'", "e\u0301pi", "La Ville-aux-"]


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("temperature", [0.1, 0.8, 2.0])
def test_page_draws_the_same_names_with_the_same_laws(start, temperature):
    figure = Generator(start=start, temperature=temperature)
    seeds = range(0, 1000, 90)
    letters = figure.given()
    calls = [("generate", [figure.weights, letters, temperature, seed]) for seed in seeds]
    for seed, page in zip(seeds, figure_tools.call_js("generateur", calls), strict=True):
        figure.seed = seed
        tokens, laws = figure.draws()
        assert page["tokens"] == tokens, seed
        np.testing.assert_allclose(page["laws"], laws, rtol=0, atol=1e-9)


def test_laws_are_those_of_the_model_on_the_rounded_weights():
    """Le premier tirage suit softmax(scores / température) du modèle de rnnbook, en simple précision."""
    figure = Generator(start="saint-", temperature=0.7)
    unread = torch.tensor([[0], *([k] for k in places.encode_place("saint-"))])
    with torch.no_grad():
        scores, _ = figure.model()(unread)
    expected = (scores[-1, 0] / 0.7).softmax(-1).numpy()
    np.testing.assert_allclose(figure.draws()[1][0], expected, atol=1e-4)


@pytest.mark.parametrize("start", ["Paris 7", "a@b", "- '", "Иванов"])
def test_wrong_starts_are_refused_on_both_sides(start):
    (result,) = figure_tools.call_js("generateur", [("normalise", [start])])
    assert set(result) == {"error"}
    with pytest.raises(ValueError, match=r"^start : "):
        Generator(start=start)


@pytest.mark.parametrize("start", STARTS)
def test_page_normalises_as_rnnbook_does(start):
    (result,) = figure_tools.call_js("generateur", [("normalise", [start])])
    assert result == {"letters": Generator(start=start).given()}


def test_a_name_ends_or_reaches_the_limit():
    figure = Generator(temperature=2.0)
    for seed in range(40):
        figure.seed = seed
        tokens, laws = figure.draws()
        assert len(tokens) == len(laws)
        assert tokens[-1] == 0 or len(figure.given()) + len(tokens) == LONGEST
        assert 0 not in tokens[:-1]


def test_shipped_weights_reach_the_recorded_perplexity():
    record = results.load("generation-poids")["lignes"]
    parts = places.split_places(places.load_places(), seed=0)
    score = perplexity(Generator().model(), places.place_batches(parts.heldout, 256))
    assert score == pytest.approx(record["perplexite"], rel=1e-3)
    assert score < 6.2


def test_weights_stay_light():
    assert len(Generator().weights) < 150_000


@pytest.mark.parametrize(
    ("arguments", "error", "name"),
    [
        ({"temperature": 0}, ValueError, "temperature"),
        ({"start": 3}, TypeError, "start"),
        ({"start": "a" * 16}, ValueError, "start"),
        ({"seed": -1}, ValueError, "seed"),
        ({"seed": 1000}, ValueError, "seed"),
        ({"step": 0}, ValueError, "step"),
        ({"weights": "AAAA"}, ValueError, "weights"),
    ],
)
def test_bad_arguments_are_named(arguments, error, name):
    with pytest.raises(error, match=rf"^{name} : "):
        Generator(**arguments)


def test_description_and_image_follow_the_step():
    figure = Generator(start="saint-", seed=3)
    tokens, laws = figure.draws()
    for step in (1, len(tokens)):
        figure.step = step
        said = figure.describe()
        assert f"{step} tirages sur {len(tokens)}" in said
        assert said.endswith(f"{100 * laws[step - 1, tokens[step - 1]]:.1f}\u00a0%".replace(".", ","))
    assert Generator(step=1).draw() != Generator(step=2).draw()
