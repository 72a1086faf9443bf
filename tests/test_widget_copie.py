"""*La machine copie* : le calcul de la page est celui de `rnnbook.ntm`, sur les mêmes poids arrondis."""

import figure_tools
import numpy as np
import pytest
import torch

from rnnbook.experiments import ntm
from rnnbook.widgets import CopyMachine
from rnnbook.widgets.copy_machine import pattern


def drawn(seed):
    """Une figure aux réglages quelconques, parfois avec moins de cases que de vecteurs."""
    rng = np.random.default_rng(seed)
    length = int(rng.integers(1, 31))
    bits = rng.integers(0, 2, (length, 8))
    return CopyMachine(
        bits=bits, slots=int(rng.choice([4, 12, 32, 64])), step=int(rng.integers(1, 2 * length + 2))
    )


def test_page_computes_what_rnnbook_computes():
    figures = [drawn(seed) for seed in range(6)]
    calls = [("play", [figure.weights, figure.bits, figure.slots]) for figure in figures]
    for figure, found in zip(figures, figure_tools.call_js("copie", calls), strict=True):
        expected = figure.play()
        for name, values in expected._asdict().items():
            np.testing.assert_allclose(found[name], values, rtol=0, atol=1e-9)


def test_page_counts_the_same_mistakes():
    figures = [drawn(seed) for seed in range(6)]
    played = [figure.play() for figure in figures]
    calls = [
        ("mistakes", [p.probabilities.tolist(), f.bits, f._shown()])
        for f, p in zip(figures, played, strict=True)
    ]
    for figure, found, seen in zip(figures, figure_tools.call_js("copie", calls), played, strict=True):
        assert found == np.argwhere(figure.wrong(seen)).tolist()


def test_page_starts_from_the_same_pattern():
    assert figure_tools.call_js("copie", [("pattern", [30])]) == [pattern(30)]


def test_figure_plays_the_shipped_model():
    model, _ = ntm.load_model("copy-held")
    figure = CopyMachine(bits=np.random.default_rng(0).integers(0, 2, (12, 8)))
    inputs = torch.zeros(25, 1, 9)
    inputs[:12, 0, :8] = torch.tensor(figure.bits)
    inputs[12:, 0, 8] = 1
    with torch.no_grad():
        scores, _ = model(inputs)
    np.testing.assert_allclose(figure.play().probabilities, scores[:, 0].sigmoid(), atol=1e-3)


@pytest.mark.parametrize("length", [1, 10, 20, 30])
def test_machine_copies_what_it_is_given(length):
    bits = np.random.default_rng(length).integers(0, 2, (length, 8))
    figure = CopyMachine(bits=bits, slots=64)
    assert figure.wrong(figure.play()).sum() <= 1


def test_too_few_slots_lose_vectors():
    figure = CopyMachine(bits=np.random.default_rng(0).integers(0, 2, (20, 8)), slots=8)
    assert figure.wrong(figure.play()).mean() > 0.2


@pytest.mark.parametrize(
    ("arguments", "error", "name"),
    [
        ({"bits": np.zeros((31, 8))}, ValueError, "bits"),
        ({"bits": np.zeros((3, 7))}, ValueError, "bits"),
        ({"bits": np.full((3, 8), 0.5)}, ValueError, "bits"),
        ({"slots": 3}, ValueError, "slots"),
        ({"slots": 65}, ValueError, "slots"),
        ({"step": 0}, ValueError, "step"),
        ({"edited": -1}, ValueError, "edited"),
        ({"weights": "AAAAAAAA"}, ValueError, "weights"),
    ],
)
def test_bad_arguments_are_named(arguments, error, name):
    with pytest.raises(error, match=rf"^{name} : "):
        CopyMachine(**arguments)


def test_still_image_stops_at_the_step_shown():
    whole, start = CopyMachine().draw(), CopyMachine(step=3).draw()
    assert start.count("<rect") < whole.count("<rect")
    assert CopyMachine(step=3).describe().endswith("0 bits faux sur 0")
