"""Chaque vérification laisse passer ce qui convient et nomme, en français, ce qui ne convient pas."""

import numpy as np
import pytest
import torch

from rnnbook.validation import (
    check_choice,
    check_dtype,
    check_interval,
    check_shape,
    check_size,
    check_type,
)


def test_values_that_fit_come_back():
    x = np.zeros((4, 2, 3))
    assert check_type("x", x, np.ndarray, torch.Tensor) is x
    assert check_type("bias", True, bool) is True
    assert check_size("hidden_size", np.int64(3)) == 3
    assert check_size("seed", 0, minimum=0) == 0
    assert check_interval("dropout", 1, 0, 1) == 1.0
    assert check_choice("nonlinearity", "relu", ["tanh", "relu"]) == "relu"
    assert check_shape("x", x, ("temps", "lot", 3)) == (4, 2, 3)
    assert check_shape("x", torch.zeros(2, 2), ("n", "n")) == (2, 2)
    assert check_dtype("x", x, np.float32, np.float64) == np.float64


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: check_type("x", [1], torch.Tensor, np.ndarray),
            TypeError,
            "x : list reçu, Tensor ou ndarray attendu",
        ),
        (lambda: check_type("n", True, int), TypeError, "n : bool reçu, int attendu"),
        (lambda: check_size("n", 2.0), TypeError, "n : float reçu, int attendu"),
        (lambda: check_size("n", torch.tensor([1, 2])), TypeError, "n : Tensor reçu, int attendu"),
        (lambda: check_size("n", True), TypeError, "n : bool reçu, int attendu"),
        (lambda: check_size("n", 0), ValueError, "n : 0 reçu, un entier d'au moins 1 attendu"),
        (lambda: check_interval("p", 1.5, 0, 1), ValueError, "p : 1.5 reçu, un nombre entre 0 et 1 attendu"),
        (lambda: check_interval("p", float("nan"), 0, 1), ValueError, "p : nan reçu"),
        (lambda: check_interval("p", "0.5", 0, 1), TypeError, "p : str reçu, float attendu"),
        (lambda: check_interval("p", True, 0, 1), TypeError, "p : bool reçu, float attendu"),
        (
            lambda: check_choice("f", "sin", ["tanh", "relu"]),
            ValueError,
            "f : 'sin' reçu, 'tanh' ou 'relu' attendu",
        ),
        (
            lambda: check_shape("x", 3.0, ("lot",)),
            TypeError,
            "x : float reçu, un tableau de forme (lot,) attendu",
        ),
        (
            lambda: check_shape("x", np.zeros((2, 3)), ("temps", "lot", 3)),
            ValueError,
            "x : forme (2, 3) reçue (rang 2), forme (temps, lot, 3) attendue (rang 3)",
        ),
        (
            lambda: check_shape("x", np.zeros((2, 4)), ("lot", 3)),
            ValueError,
            "x : forme (2, 4) reçue, forme (lot, 3)",
        ),
        (
            lambda: check_shape("x", np.zeros((0, 3)), ("lot", 3)),
            ValueError,
            "x : forme (0, 3) reçue, un axe est vide",
        ),
        (
            lambda: check_shape("w", np.zeros((2, 3)), ("n", "n")),
            ValueError,
            "w : forme (2, 3) reçue, forme (n, n)",
        ),
        (
            lambda: check_dtype("x", np.zeros(2, dtype=int), np.float64),
            TypeError,
            "x : nombres de type int64 reçus",
        ),
    ],
)
def test_values_that_do_not_fit_are_named(call, error, message):
    with pytest.raises(error) as raised:
        call()
    assert message in str(raised.value)
