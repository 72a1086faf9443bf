"""Le produit de jacobiennes qui porte le gradient d'un pas à un autre (chapitre 6).

La récurrence est réduite à ce qui compte ici : h_t = φ(W_hh h_{t-1} + u_t), où u_t = W_xh x_t + b_h est ce
que l'entrée apporte. Trois activations φ : tanh, ReLU et la fonction identité (« linéaire »).

    states = unroll("tanh", W_hh, drive, h_0)  # drive : (temps, n), states : (temps + 1, n)
    norms = jacobian_norms("tanh", W_hh, states)  # norms[k] = ‖∂h_T/∂h_k‖
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from rnnbook.validation import check_choice, check_shape

Array = np.ndarray[Any, np.dtype[Any]]

# Nom → (φ, sa pente lue sur la sortie h = φ(a)). La pente de chacune vaut au plus 1.
ACTIVATIONS: dict[str, tuple[Callable[[Array], Array], Callable[[Array], Array]]] = {
    "tanh": (np.tanh, lambda h: 1 - h**2),
    "relu": (lambda a: np.maximum(a, 0.0), lambda h: (h > 0).astype(float)),
    "linéaire": (lambda a: a, np.ones_like),
}


def unroll(activation: str, W_hh: Array, drive: Array, h_0: Array) -> Array:
    """Déroule h_t = φ(W_hh h_{t-1} + u_t) ; renvoie h_0 … h_T, forme (temps + 1, n).

    `W_hh` : (n, n) ; `drive` : les u_t, (temps, n) ; `h_0` : (n,). Lève `ValueError` si une forme ou
    `activation` (« tanh », « relu » ou « linéaire ») ne convient pas. Source : chapitre 6.
    """
    check_choice("activation", activation, ACTIVATIONS)
    size, _ = check_shape("W_hh", W_hh, ("n", "n"))
    check_shape("drive", drive, ("temps", size))
    check_shape("h_0", h_0, (size,))
    function, _ = ACTIVATIONS[activation]
    states = [h_0]
    for u in drive:
        states.append(function(W_hh @ states[-1] + u))
    return np.stack(states)


def slopes(activation: str, states: Array) -> Array:
    """Les pentes φ'(a_1) … φ'(a_T), forme (temps, n), lues sur les états h_0 … h_T, (temps + 1, n).

    Lève `ValueError` si `activation` ou le rang de `states` ne convient pas.
    """
    check_choice("activation", activation, ACTIVATIONS)
    check_shape("states", states, ("temps + 1", "n"))
    return ACTIVATIONS[activation][1](states[1:])


def jacobians(activation: str, W_hh: Array, states: Array) -> Array:
    """Les produits ∂h_T/∂h_k pour k = 0 … T, forme (temps + 1, n, n) ; le dernier est l'identité.

    `W_hh` : (n, n) ; `states` : h_0 … h_T, (temps + 1, n). Lève `ValueError` si une forme ou `activation` ne
    convient pas. Source : chapitre 6, eq-gradients-produit.
    """
    size, _ = check_shape("W_hh", W_hh, ("n", "n"))
    check_shape("states", states, ("temps + 1", size))
    products = [np.eye(size)]
    for slope in slopes(activation, states)[::-1]:  # du pas T au pas 1
        products.append(products[-1] @ (slope[:, None] * W_hh))
    return np.stack(products[::-1])


def jacobian_norms(activation: str, W_hh: Array, states: Array) -> Array:
    """Les normes spectrales ‖∂h_T/∂h_k‖ pour k = 0 … T, forme (temps + 1,). Arguments de `jacobians`."""
    return np.linalg.norm(jacobians(activation, W_hh, states), ord=2, axis=(1, 2))


def norm_bound(W_hh: Array, steps: int) -> Array:
    """La borne σ_max(W_hh)^{T-k} de ces normes pour k = 0 … T = `steps`, forme (steps + 1,).

    Elle vaut pour les trois activations, dont la pente ne dépasse pas 1. Lève `ValueError` si `W_hh` n'est
    pas carrée. Source : chapitre 6, eq-gradients-borne ; Pascanu et al. (2013), §2.1.
    """
    check_shape("W_hh", W_hh, ("n", "n"))
    return np.linalg.norm(W_hh, ord=2) ** np.arange(steps, -1, -1.0)


def scaled(W_hh: Array, radius: float) -> Array:
    """Multiplie `W_hh`, (n, n), pour que son rayon spectral vaille `radius`.

    Le rayon spectral est le plus grand module des valeurs propres. Lève `ValueError` si `W_hh` n'est pas
    carrée ou si son rayon spectral est nul.
    """
    check_shape("W_hh", W_hh, ("n", "n"))
    present = np.abs(np.linalg.eigvals(W_hh)).max()
    if present == 0:
        raise ValueError("W_hh : rayon spectral nul reçu, une matrice non nilpotente attendue")
    return W_hh * (radius / present)
