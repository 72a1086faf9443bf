"""Points fixes et trajectoires : comparés à ce que l'on sait calculer à la main."""

import numpy as np
import pytest
import torch

from rnnbook import dynamics


def one_unit_points(w):
    """Les points fixes de h = tanh(w h), w > 1, par dichotomie."""
    low, high = 1e-6, 1.0
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if np.tanh(w * middle) > middle else (low, middle)
    return [-low, 0.0, low]


@pytest.mark.parametrize("w", [1.2, 2.0, 5.0])
def test_one_unit_with_a_strong_loop_has_two_stable_points_and_an_unstable_one(w):
    found = dynamics.fixed_points(dynamics.tanh_step([[w]], [0.0]), np.linspace(-1, 1, 15)[:, None])
    np.testing.assert_allclose([point.state[0] for point in found], one_unit_points(w), atol=1e-8)
    assert [point.kind for point in found] == ["stable", "instable", "stable"]
    np.testing.assert_allclose(found[1].eigenvalues, [w])
    np.testing.assert_allclose(found[2].eigenvalues, [w * (1 - found[2].state[0] ** 2)])


def test_weak_loop_forgets():
    found = dynamics.fixed_points(dynamics.tanh_step([[0.5]], [0.0]), np.linspace(-1, 1, 5)[:, None])
    assert len(found) == 1
    assert found[0].state == pytest.approx([0.0], abs=1e-9)
    assert found[0].radius == pytest.approx(0.5)


def test_two_separate_bits_have_nine_points():
    found = dynamics.fixed_points(dynamics.tanh_step(2 * np.eye(2), np.zeros(2)), dynamics.grid(-1, 1, 9))
    kinds = [point.kind for point in found]
    assert {kind: kinds.count(kind) for kind in kinds} == {"stable": 4, "selle": 4, "instable": 1}
    assert all(point.speed < 1e-20 for point in found)


def test_rotation_has_one_unstable_point_with_complex_eigenvalues():
    W = 1.5 * np.array([[np.cos(0.5), -np.sin(0.5)], [np.sin(0.5), np.cos(0.5)]])
    (point,) = dynamics.fixed_points(dynamics.tanh_step(W, np.zeros(2)), dynamics.grid(-1, 1, 7))
    assert point.kind == "instable"
    np.testing.assert_allclose(np.sort_complex(point.eigenvalues), 1.5 * np.exp([-0.5j, 0.5j]))


def test_stable_point_attracts_and_unstable_one_repels():
    step = dynamics.tanh_step([[2.0]], [0.0])
    low, middle, high = (point.state for point in dynamics.fixed_points(step, [[-1.0], [0.1], [1.0]]))
    np.testing.assert_allclose(dynamics.trajectory(step, high + 0.01, 60)[-1], high, atol=1e-9)
    np.testing.assert_allclose(dynamics.trajectory(step, middle - 0.01, 60)[-1], low, atol=1e-9)


def test_trajectory_starts_where_told_and_follows_the_step():
    step = dynamics.tanh_step([[0.5, 1.0], [-1.0, 0.5]], [0.1, 0.0])
    states = dynamics.trajectory(step, [0.3, -0.2], 5)
    assert states.shape == (6, 2)
    assert states[0].tolist() == [0.3, -0.2]
    np.testing.assert_allclose(states[3], step(torch.tensor(states[2])).numpy())


def test_speed_is_half_the_squared_move():
    step = dynamics.tanh_step(np.zeros((2, 2)), [0.5, 0.0])
    moved = np.tanh(0.5)
    assert dynamics.speed(step, torch.zeros(1, 2, dtype=torch.float64)).item() == pytest.approx(moved**2 / 2)


def test_grid_covers_the_corners():
    points = dynamics.grid(-1, 1, 3)
    assert points.shape == (9, 2)
    assert points[0].tolist() == [-1, -1]
    assert points[-1].tolist() == [1, 1]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: dynamics.tanh_step([[1.0, 2.0]], [0.0]), "W_hh"),
        (lambda: dynamics.tanh_step([[1.0]], [0.0, 1.0]), "b_h"),
        (lambda: dynamics.fixed_points(dynamics.tanh_step([[1.0]], [0.0]), [0.0]), "starts"),
        (lambda: dynamics.fixed_points(dynamics.tanh_step([[1.0]], [0.0]), [[0.0]], steps=0), "steps"),
        (lambda: dynamics.trajectory(dynamics.tanh_step([[1.0]], [0.0]), [[0.0]], 3), "start"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=rf"^{message} : "):
        call()
