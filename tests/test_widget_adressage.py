"""*Adressage NTM* : le calcul de la page est celui de `rnnbook.ntm`."""

import figure_tools
import numpy as np
import pytest

from rnnbook.widgets import Addressing


def drawn(seed):
    """Une figure aux réglages quelconques ; parfois une case, la clé ou toute la mémoire est nulle."""
    rng = np.random.default_rng(seed)
    memory = np.round(rng.uniform(-1, 1, (8, 4)), 2)
    memory[rng.integers(8)] = 0
    if seed % 5 == 0:
        memory[:] = 0
    return Addressing(
        memory=memory,
        key=np.zeros(4) if seed % 4 == 0 else np.round(rng.uniform(-1, 1, 4), 2),
        erase=np.round(rng.uniform(0, 1, 4), 2),
        add=np.round(rng.uniform(-1, 1, 4), 2),
        beta=float(rng.choice([0, 1, 7.5, 50])),
        gate=float(rng.choice([0, 0.35, 1])),
        previous=int(rng.integers(8)),
        shift=round(float(rng.uniform(-1, 1)), 2),
        gamma=float(rng.choice([1, 2.5, 20])),
    )


def test_page_computes_what_rnnbook_computes():
    figures = [drawn(seed) for seed in range(20)]
    calls = [("address", [figure.state()]) for figure in figures]
    for figure, found in zip(figures, figure_tools.call_js("adressage", calls), strict=True):
        expected = list(figure.weights().values())
        np.testing.assert_allclose(found["stages"], expected, rtol=0, atol=1e-9)
        np.testing.assert_allclose(found["written"], figure.written(), rtol=0, atol=1e-9)
        np.testing.assert_allclose(found["reads"], figure.reads(), rtol=0, atol=1e-9)
        assert np.isfinite(np.array(found["stages"])).all()


def test_shift_is_spread_over_two_offsets():
    np.testing.assert_allclose(Addressing(shift=0.9).shift_weights(), [0, 0.1, 0.9])
    np.testing.assert_allclose(Addressing(shift=-0.25).shift_weights(), [0.25, 0.75, 0])


@pytest.mark.parametrize(("shift", "slot"), [(1.0, 3), (-1.0, 1), (0.0, 2)])
def test_positive_shift_moves_the_head_forward(shift, slot):
    figure = Addressing(gate=0.0, previous=2, shift=shift)
    assert figure.weights()["affûtage"].argmax() == slot


def test_head_wraps_from_the_last_slot_to_the_first():
    figure = Addressing(gate=0.0, previous=7, shift=1.0)
    assert figure.weights()["décalage"].argmax() == 0


def test_sharp_head_replaces_what_it_erases_and_keeps_the_rest():
    figure = Addressing(gate=0.0, previous=3, shift=0.0, erase=[1, 0, 0, 1], add=[0.5, 0, 0, -0.5])
    after, before = figure.written(), np.array(figure.memory)
    np.testing.assert_allclose(after[3], [0.5, before[3, 1], before[3, 2], -0.5], atol=1e-9)
    np.testing.assert_allclose(np.delete(after, 3, axis=0), np.delete(before, 3, axis=0), atol=1e-9)


@pytest.mark.parametrize(
    ("arguments", "error", "name"),
    [
        ({"memory": np.zeros((8, 3))}, ValueError, "memory"),
        ({"memory": np.full((8, 4), 1.5)}, ValueError, "memory"),
        ({"key": [1, 2, 0, 0]}, ValueError, "key"),
        ({"erase": [-0.1, 0, 0, 0]}, ValueError, "erase"),
        ({"add": "rien"}, TypeError, "add"),
        ({"beta": -1}, ValueError, "beta"),
        ({"gate": 1.5}, ValueError, "gate"),
        ({"gamma": 0.5}, ValueError, "gamma"),
        ({"shift": 2}, ValueError, "shift"),
        ({"previous": 8}, ValueError, "previous"),
        ({"previous": 1.0}, TypeError, "previous"),
        ({"selected": "memory[8,0]"}, ValueError, "selected"),
    ],
)
def test_bad_arguments_are_named(arguments, error, name):
    with pytest.raises(error, match=rf"^{name} : "):
        Addressing(**arguments)


def test_description_says_where_the_head_goes():
    figure = Addressing(gate=0.0, previous=2, shift=1.0)
    assert figure.describe() == (
        "Tête partie de la case 2 : le contenu désigne la case 0 (0,90), la tête se pose sur la case 3 "
        "(1,00) et y lit (0,00 ; 0,30 ; 0,00 ; 0,90)"
    )


def test_still_image_shows_the_written_memory():
    figure = Addressing(gate=0.0, previous=3, shift=0.0, erase=[1] * 4, add=[0.37] * 4)
    assert figure.draw().count(">0,37<") == 4
