"""*Portrait de phase* : trajectoires et points fixes de la page sont ceux de `rnnbook.dynamics`."""

import figure_tools
import numpy as np
import pytest

from rnnbook.widgets import PhasePortrait

PRESETS = {
    "bit": ([[1.2, -0.6], [-0.6, 1.2]], [0, 0], ["stable", "selle", "stable"]),
    "oubli": ([[0.6, 0.2], [0.2, 0.6]], [0, 0], ["stable"]),
    "rotation": ([[1, -0.5], [0.5, 1]], [0, 0], ["instable"]),
    "deux bits": (
        [[2, 0], [0, 2]],
        [0, 0],
        ["stable", "selle", "stable", "selle", "instable", "selle", "stable", "selle", "stable"],
    ),
}


def settings():
    generator = np.random.default_rng(0)
    for _ in range(12):
        yield PhasePortrait(
            W_hh=generator.uniform(-3, 3, (2, 2)),
            b_h=generator.uniform(-1, 1, 2),
            start=generator.uniform(-1, 1, 2),
            steps=int(generator.integers(0, 41)),
        )
    for W_hh, b_h, _ in PRESETS.values():
        yield PhasePortrait(W_hh=W_hh, b_h=b_h)


def test_page_follows_the_same_path():
    figures = list(settings())
    calls = [("trajectory", [f.W_hh, f.b_h, f.start, f.steps]) for f in figures]
    for figure, states in zip(figures, figure_tools.call_js("phase", calls), strict=True):
        np.testing.assert_allclose(states, figure.states(), rtol=0, atol=1e-9)


def test_page_finds_the_same_fixed_points():
    figures = list(settings())
    found = figure_tools.call_js("phase", [("fixedPoints", [f.W_hh, f.b_h]) for f in figures])
    assert sum(map(len, found)) > len(figures)
    for figure, points in zip(figures, found, strict=True):
        expected = figure.points()
        assert [point["kind"] for point in points] == [point.kind for point in expected]
        np.testing.assert_allclose(
            [point["state"] for point in points], [point.state for point in expected], rtol=0, atol=1e-9
        )
        np.testing.assert_allclose(
            [point["radius"] for point in points], [point.radius for point in expected], atol=1e-7
        )


@pytest.mark.parametrize("name", PRESETS)
def test_presets_hold_what_their_button_says(name):
    W_hh, b_h, kinds = PRESETS[name]
    assert [point.kind for point in PhasePortrait(W_hh=W_hh, b_h=b_h).points()] == kinds


def test_one_bit_keeps_the_side_where_it_starts():
    ends = [PhasePortrait(start=start, steps=40).states()[-1] for start in ([0.3, -0.1], [-0.3, 0.1])]
    assert ends[0][0] > 0.5 > -0.5 > ends[1][0]


@pytest.mark.parametrize(
    ("arguments", "error", "name"),
    [
        ({"W_hh": [[4, 0], [0, 0]]}, ValueError, "W_hh"),
        ({"W_hh": [[1, 0]]}, ValueError, "W_hh"),
        ({"b_h": [0, -3.5]}, ValueError, "b_h"),
        ({"start": [1.2, 0]}, ValueError, "start"),
        ({"steps": -1}, ValueError, "steps"),
    ],
)
def test_bad_arguments_are_named(arguments, error, name):
    with pytest.raises(error, match=rf"^{name} : "):
        PhasePortrait(**arguments)


def test_description_counts_the_points():
    assert PhasePortrait(steps=0, start=[0.25, -1]).describe() == (
        "3 points fixes (2 stables, 1 selle) ; après 0 pas, l'état est en (0,25 ; −1,00)"
    )
    assert PhasePortrait(W_hh=[[0.5, 0], [0, 0.5]]).describe().startswith("1 point fixe (1 stable) ;")


def test_still_image_marks_each_point():
    drawn = PhasePortrait().draw()
    assert drawn.count("●") == 2
    assert drawn.count("✕") == 1
