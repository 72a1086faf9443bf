"""Exercices du chapitre 5, « Rétropropagation à travers le temps ».

Formes : une séquence seule `xs` (temps, d), `hs` (temps + 1, n) où `hs[0]` est h_0, `d_output` (temps, n) ;
avec un lot, un axe de plus après le temps. `W_xh` (n, d), `W_hh` (n, n).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from rnnbook import bptt
from rnnbook.exercises._model import Case, FunctionExercise, Mistake, Refusal, ValueExercise

Array = bptt.Array


def _weights(rng: np.random.Generator, d: int, n: int) -> tuple[Array, Array]:
    """Des poids assez petits pour que tanh ne sature pas : une erreur se voit dans les valeurs."""
    return rng.normal(size=(n, d)) * 0.5, rng.normal(size=(n, n)) * 0.5


def _states(xs: Array, h_0: Array, W_xh: Array, W_hh: Array) -> Array:
    """h_0 … h_T, sans biais ; le dernier axe de `xs` et de `h_0` est celui des traits."""
    hs = [h_0]
    for x in xs:
        hs.append(np.tanh(x @ W_xh.T + hs[-1] @ W_hh.T))
    return np.stack(hs)


# --- bptt-1 : deux pas à la main, et compter les termes -------------------------------------------------

H_0, H_1, H_2, W = 0.5, 0.6, -0.2, 0.5


def two_steps() -> dict[str, Any]:
    immediate, passed, before = (1 - H_2**2) * H_1, (1 - H_2**2) * W, (1 - H_1**2) * H_0
    length, chunk = 10, 5
    return {
        "immediate": immediate,
        "facteur": passed,
        "totale_h_1": before,
        "totale_h_2": immediate + passed * before,
        "termes": length * (length + 1) // 2,
        "termes_par_tranches": length // chunk * (chunk * (chunk + 1) // 2),
    }


TWO_STEPS = ValueExercise(
    "bptt-1",
    "Deux pas à la main",
    "main",
    1,
    value=two_steps,
    mistakes=(
        Mistake(
            "pente-du-pas-precedent",
            "La pente de tanh au pas 2 se lit sur la sortie du pas 2, $1 - h_2^2$ : vous avez pris $h_1$.",
            {"immediate": (1 - H_1**2) * H_1},
        ),
        Mistake(
            "sans-pente",
            "Il manque à votre dérivée immédiate la pente de la tangente hyperbolique.",
            {"immediate": H_1},
        ),
        Mistake(
            "etat-courant",
            "$w$ multiplie l'état du pas précédent : la dérivée immédiate au pas 2 contient $h_1$, pas "
            "$h_2$.",
            {"immediate": (1 - H_2**2) * H_2},
        ),
        Mistake("facteur-sans-pente", "Le facteur n'est pas $w$ seul : tanh est traversée.", {"facteur": W}),
        Mistake(
            "h-0-oublie",
            "Au pas 1, $w$ a déjà servi : il a multiplié $h_0$, qui n'est pas nul ici.",
            {"totale_h_1": 0.0},
        ),
        Mistake(
            "immediate-pour-totale",
            "Votre dérivée totale au pas 2 n'est que la dérivée immédiate : la somme commence un pas "
            "trop tard, il manque l'emploi de $w$ au pas 1.",
            {"totale_h_2": (1 - H_2**2) * H_1},
        ),
        Mistake(
            "somme-sans-facteur",
            "Vous additionnez les deux dérivées sans porter celle du pas 1 jusqu'au pas 2.",
            {"totale_h_2": (1 - H_2**2) * H_1 + (1 - H_1**2) * H_0},
        ),
        Mistake(
            "carre",
            "Un emploi postérieur à la perte n'y contribue pas : seuls les couples $k \\le t$ comptent.",
            {"termes": 100},
        ),
        Mistake(
            "sans-la-diagonale",
            "Vous oubliez les couples $k = t$ : l'emploi du pas jugé compte aussi.",
            {"termes": 45},
        ),
        Mistake(
            "fenetre",
            "Vous avez compté une fenêtre qui glisse ($t - k < 5$). Les tranches, elles, sont fixes : 1 à 5, "
            "puis 6 à 10.",
            {"termes_par_tranches": 40},
        ),
        Mistake(
            "une-seule-tranche",
            "C'est le compte d'une tranche : combien y en a-t-il ?",
            {"termes_par_tranches": 15},
        ),
    ),
)


# --- bptt-2 : défaire un pas ---------------------------------------------------------------------------


def step_backward(d_h: Array, x: Array, h_prev: Array, h: Array, W_hh: Array) -> tuple[Array, ...]:
    d_a = d_h * (1 - h**2)
    return np.outer(d_a, x), np.outer(d_a, h_prev), d_a, W_hh.T @ d_a


def step_without_slope(d_h, x, h_prev, h, W_hh):
    return np.outer(d_h, x), np.outer(d_h, h_prev), d_h.copy(), W_hh.T @ d_h


def step_wrong_slope(d_h, x, h_prev, h, W_hh):
    return step_backward(d_h * (1 - h_prev**2) / (1 - h**2), x, h_prev, h, W_hh)


def step_slope_of_preactivation(d_h, x, h_prev, h, W_hh):
    return step_backward(d_h * (1 - np.tanh(h) ** 2) / (1 - h**2), x, h_prev, h, W_hh)


def step_not_transposed(d_h, x, h_prev, h, W_hh):
    d_W_xh, d_W_hh, d_b, _ = step_backward(d_h, x, h_prev, h, W_hh)
    return d_W_xh, d_W_hh, d_b, W_hh @ d_b


def step_swapped_outer(d_h, x, h_prev, h, W_hh):
    d_W_xh, d_W_hh, d_b, d_h_prev = step_backward(d_h, x, h_prev, h, W_hh)
    return d_W_xh.T, d_W_hh.T, d_b, d_h_prev


def step_current_state(d_h, x, h_prev, h, W_hh):
    return step_backward(d_h, x, h, h, W_hh)


def step_passed_before_slope(d_h, x, h_prev, h, W_hh):
    return *step_backward(d_h, x, h_prev, h, W_hh)[:3], W_hh.T @ d_h


def _step_inputs(rng: np.random.Generator) -> Iterator[Case]:
    for d, n in ((2, 3), (4, 2), (3, 3)):
        W_xh, W_hh = _weights(rng, d, n)
        x, h_prev = rng.normal(size=d), np.tanh(rng.normal(size=n))
        yield rng.normal(size=n), x, h_prev, np.tanh(W_xh @ x + W_hh @ h_prev), W_hh


STEP = FunctionExercise(
    "bptt-2",
    "Défaire un pas",
    "code",
    1,
    reference=step_backward,
    inputs=_step_inputs,
    outputs=("d_W_xh", "d_W_hh", "d_b", "d_h_prev"),
    mistakes=(
        Mistake(
            "sans-pente",
            "Le gradient ne traverse pas la tangente : il manque le facteur $1 - h_t^2$.",
            step_without_slope,
        ),
        Mistake(
            "pente-du-pas-precedent",
            "Vous lisez la pente sur $h_{t-1}$ : la tangente traversée est celle dont $h_t$ est la sortie.",
            step_wrong_slope,
        ),
        Mistake(
            "deux-fois-tanh",
            "`h` est déjà une sortie de tanh : lui appliquer tanh encore donne la pente d'un autre point.",
            step_slope_of_preactivation,
        ),
        Mistake(
            "sans-transposee",
            "Les trois premiers gradients sont justes. Pour `d_h_prev`, la matrice est carrée et son "
            "sens ne se voit pas aux formes : à l'aller `W_hh` multiplie l'état, que faut-il au retour ?",
            step_not_transposed,
        ),
        Mistake(
            "produit-externe-inverse",
            "Vos gradients des matrices sont transposés : une ligne par unité d'arrivée, une colonne par "
            "unité de départ.",
            step_swapped_outer,
        ),
        Mistake(
            "etat-courant",
            "`W_hh` a multiplié l'état du pas précédent : c'est lui qui entre dans son gradient.",
            step_current_state,
        ),
        Mistake(
            "transmis-trop-tot",
            "Vous transmettez au pas précédent le gradient d'avant la tangente : il doit la traverser "
            "d'abord.",
            step_passed_before_slope,
        ),
    ),
)


# --- bptt-3 : la somme pour le poids d'entrée ----------------------------------------------------------


def _neuron(xs: Array, w_x: float, w: float, h_0: float) -> Array:
    hs = [h_0]
    for x in xs:
        hs.append(np.tanh(w_x * x + w * hs[-1]))
    return np.array(hs)


def _sum_of_uses(
    xs: Array,
    w_x: float,
    w: float,
    h_0: float,
    *,
    first: int = 1,
    effect: Callable[[Array, Array, int], float] = lambda hs, xs, k: (1 - hs[k] ** 2) * xs[k - 1],
    factor: Callable[[Array, float], Array] = lambda hs, w: (1 - hs**2) * w,
    offset: int = 1,
) -> float:
    """Σ_k Π_{j=k+offset}^T factor(h_j) · effect(k) ; les options font chacune une erreur typique."""
    hs = _neuron(xs, w_x, w, h_0)
    uses = range(first, len(hs))
    return float(sum(np.prod(factor(hs[k + offset :], w)) * effect(hs, xs, k) for k in uses))


def input_derivative(xs: Array, w_x: float, w: float, h_0: float) -> float:
    return _sum_of_uses(xs, w_x, w, h_0)


def sum_from_two(xs, w_x, w, h_0):
    return _sum_of_uses(xs, w_x, w, h_0, first=2)


def sum_immediate_only(xs, w_x, w, h_0):
    return _sum_of_uses(xs, w_x, w, h_0, first=len(xs))


def sum_recurrent_weight(xs, w_x, w, h_0):
    return _sum_of_uses(xs, w_x, w, h_0, effect=lambda hs, xs, k: (1 - hs[k] ** 2) * hs[k - 1])


def sum_previous_slope(xs, w_x, w, h_0):
    return _sum_of_uses(xs, w_x, w, h_0, effect=lambda hs, xs, k: (1 - hs[k - 1] ** 2) * xs[k - 1])


def sum_without_h_0(xs, w_x, w, h_0):
    return _sum_of_uses(xs, w_x, w, 0.0)


def sum_one_factor_too_many(xs, w_x, w, h_0):
    return _sum_of_uses(xs, w_x, w, h_0, offset=0)


def sum_without_slopes(xs, w_x, w, h_0):
    return _sum_of_uses(xs, w_x, w, h_0, factor=lambda hs, w: np.full(len(hs), w))


def sum_total_for_immediate(xs, w_x, w, h_0):
    """La récurrence de la dérivée totale, mise à la place de la dérivée immédiate dans la somme."""

    def total(hs: Array, xs: Array, k: int) -> float:
        derivative = 0.0
        for j in range(1, k + 1):
            derivative = (1 - hs[j] ** 2) * (xs[j - 1] + w * derivative)
        return float(derivative)

    return _sum_of_uses(xs, w_x, w, h_0, effect=total)


def _sum_inputs(rng: np.random.Generator) -> Iterator[Case]:
    for length in (5, 3, 8):
        yield rng.normal(size=length), 0.7, float(rng.uniform(0.5, 1.2)), 0.4


SUM = FunctionExercise(
    "bptt-3",
    "La somme pour le poids d'entrée",
    "code",
    2,
    reference=input_derivative,
    inputs=_sum_inputs,
    mistakes=(
        Mistake(
            "commence-a-deux",
            "Votre somme commence à $k = 2$ : la première entrée compte aussi. Pour $w_x$, l'erreur se "
            "voit même si $h_0$ est nul.",
            sum_from_two,
        ),
        Mistake(
            "immediate-seule",
            "Vous ne gardez que l'emploi du dernier pas : c'est la dérivée immédiate, $w_x$ a servi à "
            "tous les pas.",
            sum_immediate_only,
        ),
        Mistake(
            "autre-poids",
            "C'est la dérivée par $w$ : par $w_x$, l'effet immédiat au pas $k$ porte sur l'entrée.",
            sum_recurrent_weight,
        ),
        Mistake(
            "pente-du-pas-precedent",
            "L'effet immédiat au pas $k$ traverse la tangente du pas $k$ : sa pente se lit sur $h_k$, "
            "pas sur $h_{k-1}$.",
            sum_previous_slope,
        ),
        Mistake(
            "h-0-oublie",
            "Vos états partent de zéro au lieu de `h_0` : toutes les pentes changent.",
            sum_without_h_0,
        ),
        Mistake(
            "un-facteur-de-trop",
            "Votre produit commence à $j = k$ : le chemin du pas $k$ au pas $t$ commence à $k + 1$.",
            sum_one_factor_too_many,
        ),
        Mistake(
            "produit-sans-pentes",
            "Chaque facteur du produit vaut $(1 - h_j^2)\\, w$ : il vous manque les pentes.",
            sum_without_slopes,
        ),
        Mistake(
            "totale-pour-immediate",
            "Vous portez de $k$ à $t$ la dérivée totale de $h_k$, qui contient déjà les emplois "
            "antérieurs : ils sont comptés plusieurs fois. La somme veut la dérivée immédiate.",
            sum_total_for_immediate,
        ),
    ),
)


# --- bptt-4 : toute la boucle, pour un lot --------------------------------------------------------------


def backward(xs: Array, hs: Array, W_xh: Array, W_hh: Array, d_output: Array) -> tuple[Array, ...]:
    d_W_xh, d_W_hh, d_b = np.zeros_like(W_xh), np.zeros_like(W_hh), np.zeros(len(W_hh))
    d_h_next = np.zeros_like(hs[0])
    for t in range(len(xs), 0, -1):
        d_a = (d_output[t - 1] + d_h_next) * (1 - hs[t] ** 2)
        d_W_xh += d_a.T @ xs[t - 1]
        d_W_hh += d_a.T @ hs[t - 1]
        d_b += d_a.sum(axis=0)
        d_h_next = d_a @ W_hh
    return d_W_xh, d_W_hh, d_b, d_h_next


def backward_without_next(xs, hs, W_xh, W_hh, d_output):
    steps = [backward(xs[i : i + 1], hs[i : i + 2], W_xh, W_hh, d_output[i : i + 1]) for i in range(len(xs))]
    return *(sum(parts) for parts in zip(*(step[:3] for step in steps), strict=True)), steps[0][3]


def backward_last_loss(xs, hs, W_xh, W_hh, d_output):
    last = np.zeros_like(d_output)
    last[-1] = d_output[-1]
    return backward(xs, hs, W_xh, W_hh, last)


def backward_transposed(xs, hs, W_xh, W_hh, d_output):
    return backward(xs, hs, W_xh, W_hh.T, d_output)


def backward_same_state(xs, hs, W_xh, W_hh, d_output):
    good = backward(xs, hs, W_xh, W_hh, d_output)
    d_W_hh, d_h_next = np.zeros_like(W_hh), np.zeros_like(hs[0])
    for t in range(len(xs), 0, -1):
        d_a = (d_output[t - 1] + d_h_next) * (1 - hs[t] ** 2)
        d_W_hh += d_a.T @ hs[t]
        d_h_next = d_a @ W_hh
    return good[0], d_W_hh, *good[2:]


def backward_from_second(xs, hs, W_xh, W_hh, d_output):
    good = backward(xs[1:], hs[1:], W_xh, W_hh, d_output[1:])
    return *good[:3], good[3]


def backward_mean(xs, hs, W_xh, W_hh, d_output):
    good = backward(xs, hs, W_xh, W_hh, d_output)
    return *(gradient / xs.shape[1] for gradient in good[:3]), good[3]


def backward_bias_per_example(xs, hs, W_xh, W_hh, d_output):
    good = backward(xs, hs, W_xh, W_hh, d_output)
    d_b, d_h_next = np.zeros_like(hs[0]), np.zeros_like(hs[0])
    for t in range(len(xs), 0, -1):
        d_a = (d_output[t - 1] + d_h_next) * (1 - hs[t] ** 2)
        d_b += d_a
        d_h_next = d_a @ W_hh
    return *good[:2], d_b, good[3]


def backward_overwrites(xs, hs, W_xh, W_hh, d_output):
    """Les gradients du seul pas 1 : `=` au lieu de `+=`."""
    d_h_next = np.zeros_like(hs[0])
    for t in range(len(xs), 0, -1):
        d_a = (d_output[t - 1] + d_h_next) * (1 - hs[t] ** 2)
        d_h_next = d_a @ W_hh
    return d_a.T @ xs[0], d_a.T @ hs[0], d_a.sum(axis=0), d_h_next


def _backward_inputs(rng: np.random.Generator) -> Iterator[Case]:
    for steps, batch, d, n in ((4, 2, 3, 2), (6, 3, 2, 4), (3, 3, 3, 3)):
        W_xh, W_hh = _weights(rng, d, n)
        xs, h_0 = rng.normal(size=(steps, batch, d)), rng.normal(size=(batch, n))
        yield xs, _states(xs, h_0, W_xh, W_hh), W_xh, W_hh, rng.normal(size=(steps, batch, n))


BACKWARD = FunctionExercise(
    "bptt-4",
    "Remonter le temps avec un lot",
    "code",
    2,
    reference=backward,
    inputs=_backward_inputs,
    outputs=("d_W_xh", "d_W_hh", "d_b", "d_h_0"),
    mistakes=(
        Mistake(
            "sans-le-suivant",
            "Chaque pas n'écoute que sa propre perte : rien ne vient du pas suivant. C'est la dérivée "
            "immédiate prise pour la totale.",
            backward_without_next,
        ),
        Mistake(
            "derniere-perte",
            "Seule la perte du dernier pas est remontée : chaque pas a la sienne, dans `d_output`.",
            backward_last_loss,
        ),
        Mistake(
            "matrice-a-l-envers",
            "Les formes sont bonnes, mais le gradient transmis passe par `W_hh` dans le mauvais sens. "
            "Ici les exemples sont les lignes.",
            backward_transposed,
        ),
        Mistake(
            "etat-courant",
            "Tout est juste sauf `d_W_hh` : à quel état `W_hh` a-t-elle été multipliée au pas $t$ ?",
            backward_same_state,
        ),
        Mistake(
            "s-arrete-au-pas-2",
            "Votre boucle s'arrête un pas trop tôt : le premier emploi des poids n'est pas compté.",
            backward_from_second,
        ),
        Mistake(
            "moyenne",
            "Vos gradients des paramètres sont divisés par la taille du lot : la perte est une somme, "
            "pas une moyenne.",
            backward_mean,
        ),
        Mistake(
            "biais-par-exemple",
            "Tout est juste sauf le biais : il sert à tous les exemples, son gradient se somme sur le lot.",
            backward_bias_per_example,
        ),
        Mistake(
            "ecrase",
            "Vous ne rendez que les gradients du pas 1 : chaque pas doit s'ajouter aux précédents.",
            backward_overwrites,
        ),
    ),
)


# --- bptt-5 : la chance, ou le gradient ? ---------------------------------------------------------------


def last_state(layer: nn.RNN, x: Tensor, truncation: int) -> Tensor:
    h = None
    for piece in x.split(truncation):
        _, h = layer(piece, None if h is None else h.detach())
    assert h is not None
    return h


def last_state_attached(layer, x, truncation):
    return layer(x)[1]


def last_state_forgotten(layer, x, truncation):
    return layer(x.split(truncation)[-1])[1]


def last_state_detached_input(layer, x, truncation):
    return layer(x.detach())[1]


def last_state_chunks(layer, x, truncation):
    return last_state(layer, x, len(x.chunk(truncation)[0]))


def last_state_first_slice(layer, x, truncation):
    return layer(x.split(truncation)[0])[1]


def _follow_gradient(answer: Callable[..., Any], layer: nn.RNN, x: Array, truncation: int) -> Any:
    """L'état rendu, et la dérivée de sa somme par chaque entrée : la coupure s'y lit."""
    inputs = torch.tensor(x, requires_grad=True)
    h = answer(layer, inputs, truncation)
    if not isinstance(h, Tensor):
        raise Refusal("On attend un tenseur : l'état final, tel que la couche le rend.")
    if not h.requires_grad:
        raise Refusal("Plus aucun gradient ne sort de votre état : la dernière tranche doit rester attachée.")
    h.sum().backward()
    gradient = torch.zeros_like(inputs) if inputs.grad is None else inputs.grad
    return h.detach().numpy(), gradient.numpy()


def _last_state_inputs(rng: np.random.Generator) -> Iterator[Case]:
    for steps, truncation, batch, d, n in ((7, 2, 2, 2, 3), (6, 4, 1, 3, 4), (9, 3, 3, 2, 2)):
        layer = nn.RNN(d, n).double()
        with torch.no_grad():
            for parameter in layer.parameters():
                parameter.copy_(torch.from_numpy(rng.normal(size=tuple(parameter.shape)) * 0.5))
        yield layer, rng.normal(size=(steps, batch, d)), truncation


LUCK = FunctionExercise(
    "bptt-5",
    "La chance ou le gradient",
    "experience",
    2,
    reference=last_state,
    inputs=_last_state_inputs,
    outputs=("état", "gradient"),
    use=_follow_gradient,
    mistakes=(
        Mistake(
            "sans-coupure",
            "L'état est juste, mais son gradient remonte jusqu'au premier pas : rien ne l'arrête entre deux "
            "tranches.",
            last_state_attached,
        ),
        Mistake(
            "etat-oublie",
            "La dernière tranche repart de zéro : la valeur de l'état doit passer, seul son gradient "
            "s'arrête.",
            last_state_forgotten,
        ),
        Mistake(
            "entree-detachee",
            "Vous détachez les entrées : c'est l'état qu'il faut détacher, entre deux tranches.",
            last_state_detached_input,
        ),
        Mistake(
            "nombre-de-tranches",
            "`chunk` prend un nombre de tranches ; `truncation` est leur longueur.",
            last_state_chunks,
        ),
        Mistake(
            "premiere-tranche",
            "Vous rendez l'état de la fin de la première tranche : on attend celui du dernier pas.",
            last_state_first_slice,
        ),
    ),
)


# --- bptt-6 : le gradient tronqué -----------------------------------------------------------------------


def _cut(hs: Array, W_hh: Array, d_output: Array, passes: Callable[[int], bool]) -> Array:
    """Gradient par W_hh, où le gradient ne va du pas t au pas t − 1 que si `passes(t)`."""
    gradient, d_h_next = np.zeros_like(W_hh), np.zeros(len(W_hh))
    for t in range(len(d_output), 0, -1):
        d_a = (d_output[t - 1] + d_h_next) * (1 - hs[t] ** 2)
        gradient += np.outer(d_a, hs[t - 1])
        d_h_next = W_hh.T @ d_a * passes(t)
    return gradient


def truncated_gradient(hs: Array, W_hh: Array, d_output: Array, size: int) -> Array:
    return _cut(hs, W_hh, d_output, lambda t: (t - 1) % size != 0)


def truncated_nowhere(hs, W_hh, d_output, size):
    return _cut(hs, W_hh, d_output, lambda t: True)


def truncated_everywhere(hs, W_hh, d_output, size):
    return _cut(hs, W_hh, d_output, lambda t: False)


def truncated_shifted(hs, W_hh, d_output, size):
    return _cut(hs, W_hh, d_output, lambda t: t % size != 0)


def truncated_from_the_end(hs, W_hh, d_output, size):
    return _cut(hs, W_hh, d_output, lambda t: (len(d_output) - t + 1) % size != 0)


def truncated_last_slice(hs, W_hh, d_output, size):
    start = (len(d_output) - 1) // size * size
    return _cut(hs[start:], W_hh, d_output[start:], lambda t: True)


def truncated_state(hs, W_hh, d_output, size):
    reset = hs.copy()
    reset[size : len(d_output) : size] = 0.0
    return truncated_gradient(reset, W_hh, d_output, size)


def truncated_window(hs, W_hh, d_output, size):
    gradient = np.zeros_like(W_hh)
    for t in range(1, len(d_output) + 1):
        start, last = max(0, t - size), np.zeros_like(d_output[:t])
        last[-1] = d_output[t - 1]
        gradient += _cut(hs[start : t + 1], W_hh, last[start:], lambda t: True)
    return gradient


def _truncated_inputs(rng: np.random.Generator) -> Iterator[Case]:
    for steps, size, n in ((7, 3, 2), (8, 3, 4), (10, 4, 3)):
        W_xh, W_hh = _weights(rng, 2, n)
        hs = _states(rng.normal(size=(steps, 2)), rng.normal(size=n), W_xh, W_hh)
        yield hs, W_hh, rng.normal(size=(steps, n)), size


TRUNCATED = FunctionExercise(
    "bptt-6",
    "Couper le temps en tranches",
    "code",
    3,
    reference=truncated_gradient,
    inputs=_truncated_inputs,
    success="La valeur de l'état passe la frontière, le gradient non.",
    mistakes=(
        Mistake("sans-coupure", "C'est le gradient complet : rien n'est coupé.", truncated_nowhere),
        Mistake(
            "tout-coupe",
            "Vous coupez à chaque pas : à l'intérieur d'une tranche, le gradient doit passer.",
            truncated_everywhere,
        ),
        Mistake(
            "frontiere-decalee",
            "Vos frontières sont décalées d'un pas : la première tranche va de 1 à $K$, la coupure se "
            "fait en quittant le pas $K + 1$ pour le pas $K$.",
            truncated_shifted,
        ),
        Mistake(
            "comptees-de-la-fin",
            "Vos tranches se comptent depuis la fin : elles partent du premier pas, la dernière peut "
            "être courte.",
            truncated_from_the_end,
        ),
        Mistake(
            "derniere-tranche",
            "Vous ne gardez que la dernière tranche : les pertes des autres comptent aussi.",
            truncated_last_slice,
        ),
        Mistake(
            "etat-remis-a-zero",
            "Vous remettez l'état à zéro à chaque frontière : sa valeur doit passer, seul son gradient "
            "s'arrête.",
            truncated_state,
        ),
        Mistake(
            "fenetre-glissante",
            "C'est une fenêtre qui glisse ($t - k < K$) : une troncature aussi, mais on demande des tranches "
            "fixes.",
            truncated_window,
        ),
    ),
)


# --- bptt-7 : les différences finies --------------------------------------------------------------------

Loss = Callable[[Array], float]


def numerical_gradient(loss: Loss, weight: Array, step: float) -> Array:
    gradient = np.empty_like(weight)
    for index in np.ndindex(weight.shape):
        above, below = weight.copy(), weight.copy()
        above[index] += step
        below[index] -= step
        gradient[index] = (loss(above) - loss(below)) / (2 * step)
    return gradient


def numerical_one_sided(loss, weight, step):
    gradient = np.empty_like(weight)
    for index in np.ndindex(weight.shape):
        above = weight.copy()
        above[index] += step
        gradient[index] = (loss(above) - loss(weight)) / step
    return gradient


def numerical_not_halved(loss, weight, step):
    return 2 * numerical_gradient(loss, weight, step)


def numerical_all_at_once(loss, weight, step):
    return np.full_like(weight, (loss(weight + step) - loss(weight - step)) / (2 * step))


def numerical_opposite(loss, weight, step):
    return -numerical_gradient(loss, weight, step)


def numerical_in_place(loss, weight, step):
    gradient = np.empty_like(weight)
    for index in np.ndindex(weight.shape):
        weight[index] += step
        above = loss(weight)
        weight[index] -= 2 * step
        gradient[index] = (above - loss(weight)) / (2 * step)
    return gradient


def _numerical_inputs(rng: np.random.Generator) -> Iterator[Case]:
    # Un écart de 0,1 : assez grand pour que la formule à un seul côté se distingue de la formule centrée.
    for steps, d, n in ((4, 2, 3), (6, 3, 2), (3, 1, 4)):
        W_xh, W_hh = _weights(rng, d, n)
        xs, h_0, y = rng.normal(size=(steps, d)), rng.normal(size=n), rng.normal(size=n)

        def loss(weight: Array, xs: Array = xs, h_0: Array = h_0, W_xh: Array = W_xh, y: Array = y) -> float:
            return 0.5 * float(np.sum((_states(xs, h_0, W_xh, weight)[-1] - y) ** 2))

        yield loss, W_hh, 0.1


NUMERICAL = FunctionExercise(
    "bptt-7",
    "Vérifier un gradient sans le connaître",
    "code",
    2,
    reference=numerical_gradient,
    inputs=_numerical_inputs,
    rtol=1e-6,
    atol=1e-9,
    mistakes=(
        Mistake(
            "un-seul-cote",
            "Votre différence n'est prise que d'un côté : son erreur décroît comme $\\varepsilon$, celle "
            "de la différence centrée comme $\\varepsilon^2$.",
            numerical_one_sided,
        ),
        Mistake(
            "intervalle-entier",
            "Vous trouvez le double : entre les deux points mesurés, quel est l'écart ?",
            numerical_not_halved,
        ),
        Mistake(
            "tout-a-la-fois",
            "Vous bougez tous les poids ensemble : chaque composante du gradient veut sa propre mesure.",
            numerical_all_at_once,
        ),
        Mistake(
            "signe",
            "Le signe est inversé : la perte au-dessus moins la perte au-dessous.",
            numerical_opposite,
        ),
        Mistake(
            "sur-place",
            "Vous déplacez les poids sans les remettre en place : les mesures suivantes se font ailleurs, et "
            "l'appelant retrouve ses poids changés.",
            numerical_in_place,
        ),
    ),
)


EXERCISES = (TWO_STEPS, STEP, SUM, BACKWARD, LUCK, TRUNCATED, NUMERICAL)
