"""La rétropropagation à travers le temps, écrite à la main en NumPy (chapitre 5).

Une cellule sait faire un pas et le défaire : `step`, `step_backward`. Elle ne connaît ni le temps ni
ses poids. `forward` et `backward` répètent ces pas le long de la séquence, une fois pour les trois
cellules : `RNNCell`, `LSTMCell`, `GRUCell`.

Indices. Les formules comptent les entrées x_1 … x_T et les états s_0 … s_T ; l'état s_t est h_t, ou
(h_t, c_t) pour la LSTM. En Python, `x[t - 1]` est x_t, et `states.h[t]` est h_t : h_0 est gardé.

Notations des commentaires. `d_a` est la dérivée *totale* de la perte par rapport à a : elle compte
tous les chemins de a à la perte. ∂⁺u/∂w est la dérivée partielle *immédiate* : w varie dans le
calcul de u à ce pas, tout ce qui précède reste figé (Pascanu et al. 2013, arXiv:1211.5063, éq. 3-5).
⊙ est le produit terme à terme, ᵀ la transposée. Un vecteur des formules est ici une ligne du lot :
W x s'écrit `x @ W.T`.

    cell = RNNCell()
    params = init_parameters(cell, input_size=3, hidden_size=4, generator=np.random.default_rng(0))
    trace = forward(cell, params, x, State(h_0))  # x : (temps, lot, 3), h_0 : (lot, 4)
    gradients = backward(trace, d_output)  # d_output : (temps, lot, 4)
    gradients.params.weight_hh, gradients.x, gradients.states.h[0]  # dL/dW_hh, dL/dx, dL/dh_0
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Protocol

import numpy as np

from rnnbook.validation import check_choice, check_dtype, check_interval, check_shape, check_size, check_type

Array = np.ndarray[Any, np.dtype[Any]]


class Parameters(NamedTuple):
    """Les paramètres d'une cellule, sous les noms et dans l'ordre de `torch.nn.RNNCell`.

    G vaut 1 pour la cellule simple, 4 pour la LSTM (portes i, f, g, o), 3 pour la GRU (r, z, h̃). Les
    blocs des portes sont empilés dans cet ordre. Pour une couche de torch, ajouter `_l0` aux noms.
    La même structure porte les gradients.
    """

    weight_ih: Array
    """W_xh, forme (G·n, d)."""
    weight_hh: Array
    """W_hh, forme (G·n, n)."""
    bias_ih: Array
    """b_xh, forme (G·n,)."""
    bias_hh: Array
    """b_hh, forme (G·n,)."""


class State(NamedTuple):
    """L'état d'une cellule : h, et c pour la LSTM seule.

    Un état a la forme (lot, n). Le long d'une séquence, `states.h` a la forme (temps + 1, lot, n) :
    `states.h[0]` est h_0.
    """

    h: Any
    c: Any = None


class StepGradients(NamedTuple):
    """Ce que rend un pas défait : les dérivées par les paramètres, par x_t et par s_{t-1}."""

    params: Parameters
    x: Array
    state: State


class Cell(Protocol):
    """Ce que `forward` et `backward` demandent à une cellule."""

    @property
    def gates(self) -> int:
        """G, le nombre de blocs de n lignes dans les poids."""

    @property
    def has_c(self) -> bool:
        """Vrai si l'état contient aussi c."""

    def step(self, params: Parameters, x: Array, state: State) -> tuple[State, Any]:
        """Renvoie s_t et ce qu'il faut garder pour défaire ce pas."""

    def step_backward(self, params: Parameters, cache: Any, d_state: State) -> StepGradients:
        """Renvoie les dérivées, étant donné `d_state`, la dérivée de la perte par s_t."""


class RNNCache(NamedTuple):
    """Ce qu'un pas de `RNNCell` garde."""

    x: Array
    h_prev: Array
    h: Array


@dataclass(frozen=True)
class RNNCell:
    """La cellule simple : h_t = φ(W_xh x_t + b_xh + W_hh h_{t-1} + b_hh), φ = tanh ou ReLU.

    Source : chapitre 3 ; `torch.nn.RNNCell`. `ValueError` si `nonlinearity` n'est ni "tanh" ni "relu".
    """

    nonlinearity: str = "tanh"
    gates: ClassVar[int] = 1
    has_c: ClassVar[bool] = False

    def __post_init__(self) -> None:
        check_choice("nonlinearity", self.nonlinearity, ("tanh", "relu"))

    def step(self, params: Parameters, x: Array, state: State) -> tuple[State, RNNCache]:
        """Fait un pas ; x : (lot, d), état : (lot, n)."""
        W_xh, W_hh, b_xh, b_hh = params
        a = _affine(x, W_xh, b_xh) + _affine(state.h, W_hh, b_hh)
        h = np.tanh(a) if self.nonlinearity == "tanh" else np.maximum(a, 0)
        return State(h), RNNCache(x, state.h, h)

    def step_backward(self, params: Parameters, cache: RNNCache, d_state: State) -> StepGradients:
        """Défait un pas ; les gradients des paramètres sont sommés sur le lot."""
        x, h_prev, h = cache
        # φ'(a_t) se lit sur h_t : 1 − h_t² pour tanh ; 1 si h_t > 0, sinon 0, pour ReLU.
        slope = 1 - h**2 if self.nonlinearity == "tanh" else (h > 0).astype(h.dtype)
        d_a = d_state.h * slope  # d_a_t = d_h_t ⊙ φ'(a_t)
        # ∂⁺a_t/∂W_xh = x_t, ∂⁺a_t/∂W_hh = h_{t-1}, ∂a_t/∂h_{t-1} = W_hh
        d_x, d_W_xh, d_b_xh = _affine_backward(d_a, x, params.weight_ih)
        d_h_prev, d_W_hh, d_b_hh = _affine_backward(d_a, h_prev, params.weight_hh)
        return StepGradients(Parameters(d_W_xh, d_W_hh, d_b_xh, d_b_hh), d_x, State(d_h_prev))


class LSTMCache(NamedTuple):
    """Ce qu'un pas de `LSTMCell` garde."""

    x: Array
    h_prev: Array
    c_prev: Array
    i: Array
    f: Array
    g: Array
    o: Array
    tanh_c: Array


@dataclass(frozen=True)
class LSTMCell:
    """La cellule à mémoire : c_t = f_t ⊙ c_{t-1} + i_t ⊙ g_t, h_t = o_t ⊙ tanh(c_t).

    Source : chapitre 9 ; `torch.nn.LSTMCell`. Ordre des portes : i, f, g, o.
    """

    gates: ClassVar[int] = 4
    has_c: ClassVar[bool] = True

    def step(self, params: Parameters, x: Array, state: State) -> tuple[State, LSTMCache]:
        """Fait un pas ; x : (lot, d), état : h et c, (lot, n) chacun."""
        W_xh, W_hh, b_xh, b_hh = params
        h_prev, c_prev = state
        a_i, a_f, a_g, a_o = np.split(_affine(x, W_xh, b_xh) + _affine(h_prev, W_hh, b_hh), 4, axis=1)
        i, f, g, o = _sigmoid(a_i), _sigmoid(a_f), np.tanh(a_g), _sigmoid(a_o)
        c = f * c_prev + i * g
        tanh_c = np.tanh(c)
        return State(o * tanh_c, c), LSTMCache(x, h_prev, c_prev, i, f, g, o, tanh_c)

    def step_backward(self, params: Parameters, cache: LSTMCache, d_state: State) -> StepGradients:
        """Défait un pas ; les gradients des paramètres sont sommés sur le lot."""
        x, h_prev, c_prev, i, f, g, o, tanh_c = cache
        # h_t = o_t ⊙ tanh(c_t) : c_t agit sur la perte par h_t et, plus tard, par c_{t+1}.
        d_o = d_state.h * tanh_c
        d_c = d_state.c + d_state.h * o * (1 - tanh_c**2)
        # c_t = f_t ⊙ c_{t-1} + i_t ⊙ g_t : vers c_{t-1}, le gradient ne traverse que f_t.
        d_i, d_f, d_g = d_c * g, d_c * c_prev, d_c * i
        d_c_prev = d_c * f
        # σ'(a) = σ (1 − σ) ; tanh'(a) = 1 − tanh².
        d_a = np.hstack([d_i * i * (1 - i), d_f * f * (1 - f), d_g * (1 - g**2), d_o * o * (1 - o)])
        d_x, d_W_xh, d_b_xh = _affine_backward(d_a, x, params.weight_ih)
        d_h_prev, d_W_hh, d_b_hh = _affine_backward(d_a, h_prev, params.weight_hh)
        return StepGradients(Parameters(d_W_xh, d_W_hh, d_b_xh, d_b_hh), d_x, State(d_h_prev, d_c_prev))


class GRUCache(NamedTuple):
    """Ce qu'un pas de `GRUCell` garde ; u est la part récurrente du candidat."""

    x: Array
    h_prev: Array
    r: Array
    z: Array
    u: Array
    h_tilde: Array


@dataclass(frozen=True)
class GRUCell:
    """La cellule à portes couplées : h_t = (1 − z_t) ⊙ h̃_t + z_t ⊙ h_{t-1}.

    `reset_after=True` : h̃_t = tanh(W_xh̃ x_t + b_xh̃ + r_t ⊙ (W_hh̃ h_{t-1} + b_hh̃)), comme torch.
    `reset_after=False` : h̃_t = tanh(W_xh̃ x_t + b_xh̃ + W_hh̃ (r_t ⊙ h_{t-1}) + b_hh̃), comme
    Cho et al. 2014 (arXiv:1406.1078v3, éq. 5 à 8), aux biais près.

    Source : chapitre 10 ; `torch.nn.GRUCell`. Ordre des portes : r, z, h̃. `TypeError` si
    `reset_after` n'est pas un booléen.
    """

    reset_after: bool = True
    gates: ClassVar[int] = 3
    has_c: ClassVar[bool] = False

    def __post_init__(self) -> None:
        check_type("reset_after", self.reset_after, bool)

    def step(self, params: Parameters, x: Array, state: State) -> tuple[State, GRUCache]:
        """Fait un pas ; x : (lot, d), état : (lot, n)."""
        W_xh, W_hh, b_xh, b_hh = params
        h_prev, n = state.h, W_hh.shape[1]
        x_r, x_z, x_tilde = np.split(_affine(x, W_xh, b_xh), 3, axis=1)
        # Les 2n premières lignes de W_hh servent aux portes r et z, les n dernières au candidat.
        h_r, h_z = np.split(_affine(h_prev, W_hh[: 2 * n], b_hh[: 2 * n]), 2, axis=1)
        r, z = _sigmoid(x_r + h_r), _sigmoid(x_z + h_z)
        if self.reset_after:
            u = _affine(h_prev, W_hh[2 * n :], b_hh[2 * n :])
            h_tilde = np.tanh(x_tilde + r * u)
        else:
            u = _affine(r * h_prev, W_hh[2 * n :], b_hh[2 * n :])
            h_tilde = np.tanh(x_tilde + u)
        return State((1 - z) * h_tilde + z * h_prev), GRUCache(x, h_prev, r, z, u, h_tilde)

    def step_backward(self, params: Parameters, cache: GRUCache, d_state: State) -> StepGradients:
        """Défait un pas ; les gradients des paramètres sont sommés sur le lot."""
        x, h_prev, r, z, u, h_tilde = cache
        W_hh, n = params.weight_hh, params.weight_hh.shape[1]
        # h_t = (1 − z_t) ⊙ h̃_t + z_t ⊙ h_{t-1}
        d_z = d_state.h * (h_prev - h_tilde)
        d_a_tilde = d_state.h * (1 - z) * (1 - h_tilde**2)
        if self.reset_after:  # a_h̃ = … + r_t ⊙ u_t, u_t = W_hh̃ h_{t-1} + b_hh̃
            d_r, d_u = d_a_tilde * u, d_a_tilde * r
            d_h_tilde, d_W_tilde, d_b_tilde = _affine_backward(d_u, h_prev, W_hh[2 * n :])
        else:  # a_h̃ = … + W_hh̃ v_t + b_hh̃, v_t = r_t ⊙ h_{t-1}
            d_v, d_W_tilde, d_b_tilde = _affine_backward(d_a_tilde, r * h_prev, W_hh[2 * n :])
            d_r, d_h_tilde = d_v * h_prev, d_v * r
        d_a_gates = np.hstack([d_r * r * (1 - r), d_z * z * (1 - z)])
        d_h_gates, d_W_gates, d_b_gates = _affine_backward(d_a_gates, h_prev, W_hh[: 2 * n])
        d_x, d_W_xh, d_b_xh = _affine_backward(np.hstack([d_a_gates, d_a_tilde]), x, params.weight_ih)
        d_W_hh, d_b_hh = np.vstack([d_W_gates, d_W_tilde]), np.hstack([d_b_gates, d_b_tilde])
        # h_{t-1} agit par trois chemins : la copie z_t ⊙ h_{t-1}, les portes, le candidat.
        d_h_prev = d_state.h * z + d_h_gates + d_h_tilde
        return StepGradients(Parameters(d_W_xh, d_W_hh, d_b_xh, d_b_hh), d_x, State(d_h_prev))


class Trace(NamedTuple):
    """Ce que `forward` a calculé, tout ce que `backward` demande.

    Sa taille croît avec T : c'est le coût en mémoire de la rétropropagation à travers le temps.
    """

    cell: Cell
    params: Parameters
    states: State
    """États s_0 … s_T, forme (temps + 1, lot, n)."""
    caches: list[Any]
    """`caches[t - 1]` : ce que le pas t a gardé."""

    @property
    def output(self) -> Array:
        """h_1 … h_T, forme (temps, lot, n), comme `output` de torch."""
        return self.states.h[1:]


class Gradients(NamedTuple):
    """Les dérivées totales de la perte."""

    params: Parameters
    x: Array
    """dL/dx_1 … dL/dx_T, forme (temps, lot, d)."""
    states: State
    """dL/ds_0 … dL/ds_T, forme (temps + 1, lot, n) ; `states.h[0]` est dL/dh_0."""


def forward(cell: Cell, params: Parameters, x: Array, state: State) -> Trace:
    """Applique la cellule à une séquence, depuis l'état initial `state`.

    Formes : x (temps, lot, d) ; `state.h`, et `state.c` pour la LSTM, (lot, n). `ValueError` si une
    forme ne convient pas ou si une séquence est vide ; `TypeError` si les nombres ne sont pas tous
    du même type flottant.
    """
    _check_inputs(cell, params, x, state)
    states, caches = [state], []
    for x_t in x:
        state, cache = cell.step(params, x_t, state)
        states.append(state)
        caches.append(cache)
    return Trace(cell, params, _stack(states), caches)


def backward(
    trace: Trace, d_output: Array, d_final: State | None = None, *, truncation: int | None = None
) -> Gradients:
    """Remonte le temps et renvoie les gradients de L = Σ_t L_t.

    `d_output`, forme (temps, lot, n) : `d_output[t - 1]` est la dérivée immédiate de L_t par h_t, sans
    ce que h_t change aux pas suivants. `d_final` : la dérivée de la perte par l'état final, quand elle
    en dépend directement (par c_T, surtout). Le reste est la récurrence du chapitre 5 :

        d_s_t = ∂⁺L_t/∂s_t + d_s_{t+1} ∂s_{t+1}/∂s_t
        dL/dW = Σ_t d_s_t ∂⁺s_t/∂W

    `truncation=K` coupe le temps en tranches 1 … K, K+1 … 2K, … La valeur de l'état passe d'une tranche
    à la suivante, son gradient non : c'est `h.detach()` de torch à chaque début de tranche, les pertes
    des tranches étant additionnées (BPTT(K ; K) de Williams et Peng 1990, doi:10.1162/neco.1990.2.4.490).
    dL/dh_0 ne vient alors que de la première tranche. K ≥ T redonne le gradient complet.

    `ValueError` si une forme ne convient pas ou si `truncation` est inférieur à 1.
    """
    cell, params, states, caches = trace
    d_states = _immediate(trace, d_output)
    T = len(caches)
    chunk = T if truncation is None else check_size("truncation", truncation)
    if d_final is not None:
        _check_state("d_final", cell, d_final, states.h.shape[1:], states.h.dtype)
        d_states[T] = _each(np.add, d_states[T], d_final)

    d_params = Parameters(*map(np.zeros_like, params))
    d_x = []
    for t in range(T, 0, -1):
        step = cell.step_backward(params, caches[t - 1], d_states[t])
        for total, part in zip(d_params, step.params, strict=True):
            total += part  # d_s_t ∂⁺s_t/∂W
        d_x.append(step.x)
        starts_chunk = (t - 1) % chunk == 0
        if t == 1 or not starts_chunk:  # s_0 reçoit le gradient de la première tranche
            d_states[t - 1] = _each(np.add, d_states[t - 1], step.state)  # d_s_t ∂s_t/∂s_{t-1}
    return Gradients(d_params, np.stack(d_x[::-1]), _stack(d_states))


def jacobians(trace: Trace) -> Array:
    """Renvoie les jacobiennes d'un pas : `jacobians(trace)[t - 1]` est ∂s_t/∂s_{t-1}.

    Forme (temps, lot, m, m), lignes : s_t, colonnes : s_{t-1} ; m = n, ou 2n pour la LSTM dont l'état
    est [h ; c]. Pour la cellule simple, ∂h_t/∂h_{t-1} = diag(φ'(a_t)) W_hh (chapitre 5).
    La ligne i est ce que rend `step_backward` quand la perte est la composante i de s_t.
    """
    cell, params, states, caches = trace
    parts = 2 if cell.has_c else 1
    T, batch, n = trace.output.shape
    m = n * parts
    result = np.zeros((T, batch, m, m), dtype=states.h.dtype)
    for t in range(1, T + 1):
        for i in range(m):
            d_s = np.zeros((batch, m), dtype=states.h.dtype)
            d_s[:, i] = 1
            step = cell.step_backward(params, caches[t - 1], State(*np.split(d_s, parts, axis=1)))
            result[t - 1, :, i] = np.hstack(step.state[:parts])
    return result


def jacobian_product(steps: Array, t: int, k: int) -> Array:
    """Renvoie ∂s_t/∂s_k = J_t J_{t-1} … J_{k+1}, où J_j = ∂s_j/∂s_{j-1} ; l'identité si k = t.

    `steps` : le résultat de `jacobians`, forme (temps, lot, m, m). Renvoie (lot, m, m).
    `ValueError` si l'on n'a pas 0 ≤ k ≤ t ≤ temps.
    """
    T, batch, m, _ = check_shape("steps", steps, ("temps", "lot", "m", "m"))
    check_interval("t", check_size("t", t, 0), 0, T)
    check_interval("k", check_size("k", k, 0), 0, t)
    product = np.broadcast_to(np.eye(m, dtype=steps.dtype), (batch, m, m)).copy()
    for j in range(t, k, -1):
        product = product @ steps[j - 1]
    return product


def contributions(trace: Trace, d_output: Array) -> Parameters:
    """Renvoie chaque terme de la double somme du chapitre 5, pour chaque paramètre.

        dL/dW = Σ_t Σ_{k=1}^{t} (∂⁺L_t/∂s_t) (∂s_t/∂s_k) (∂⁺s_k/∂W)

    Chaque tableau a deux axes de plus, (temps, temps, …) : `[t - 1, k - 1]` est la part de L_t qui passe
    par l'emploi de W au pas k, sommée sur le lot, et vaut zéro si k > t. k part de 1 : la première
    entrée compte (dans W_xh toujours, dans W_hh dès que h_0 ≠ 0). La somme des deux premiers axes est
    `backward(trace, d_output).params`.

    Une troncature n'en garde qu'une partie. Par tranches de K (`backward(…, truncation=K)`) : les couples
    d'une même tranche, (t − 1) // K = (k − 1) // K. Par fenêtre glissante : les couples tels que t − k < K.
    Le calcul prend un temps et une place en T² : il sert à regarder, `backward` à entraîner.
    """
    cell, params, _, caches = trace
    immediate = _immediate(trace, d_output)
    T = len(caches)
    result = Parameters(*(np.zeros((T, T, *part.shape), dtype=part.dtype) for part in params))
    for t in range(1, T + 1):
        d_state = immediate[t]
        for k in range(t, 0, -1):  # d_state = (∂⁺L_t/∂s_t) (∂s_t/∂s_k)
            step = cell.step_backward(params, caches[k - 1], d_state)
            for terms, part in zip(result, step.params, strict=True):
                terms[t - 1, k - 1] = part
            d_state = step.state
    return result


def init_parameters(
    cell: Cell, input_size: int, hidden_size: int, generator: np.random.Generator, dtype: Any = np.float64
) -> Parameters:
    """Tire les paramètres uniformément entre −1/√n et 1/√n, la loi de `torch.nn`.

    `ValueError` si une taille est inférieure à 1 ; `TypeError` si `generator` n'en est pas un.
    """
    d, n = check_size("input_size", input_size), check_size("hidden_size", hidden_size)
    check_type("generator", generator, np.random.Generator)
    rows, bound = cell.gates * n, n**-0.5
    shapes = (rows, d), (rows, n), (rows,), (rows,)
    return Parameters(*(generator.uniform(-bound, bound, shape).astype(dtype) for shape in shapes))


def from_torch(module: Any) -> Parameters:
    """Copie les paramètres d'une cellule de torch, ou d'une couche simple à une direction.

    Accepte aussi les cellules et les couches de `rnnbook`. Sans biais (`bias=False`), les biais copiés
    sont nuls. `TypeError` si `module` n'a pas de paramètres nommés ; `ValueError` si ses paramètres ne
    sont pas ceux d'une seule couche récurrente.
    """
    if not hasattr(module, "named_parameters"):
        raise TypeError(f"module : {type(module).__name__} reçu, un module de torch attendu")
    arrays = {
        name.removesuffix("_l0"): value.detach().cpu().numpy().copy()
        for name, value in module.named_parameters()
    }
    if set(arrays) not in ({"weight_ih", "weight_hh"}, set(Parameters._fields)):
        raise ValueError(
            f"module : paramètres {sorted(arrays)} reçus, {list(Parameters._fields)} attendus "
            "(une seule couche, une seule direction)"
        )
    zeros = np.zeros(len(arrays["weight_hh"]), dtype=arrays["weight_hh"].dtype)
    return Parameters(*(arrays.get(name, zeros.copy()) for name in Parameters._fields))


def gradient_check(
    loss: Callable[..., float],
    arrays: Mapping[str, Array],
    gradients: Mapping[str, Array],
    *,
    step: float = 1e-5,
) -> dict[str, float]:
    """Compare des gradients aux différences finies centrées ; renvoie l'erreur relative de chacun.

        dL/dw ≈ (L(w + ε) − L(w − ε)) / 2ε, une composante w à la fois

    `loss(**arrays)` renvoie la perte ; `gradients` donne, sous les mêmes noms, les gradients à vérifier,
    et les tableaux qui n'y sont pas restent fixes. Erreur : voir `relative_error`. Un gradient juste
    donne environ 1e-9, un gradient faux bien plus que 1e-3. La formule se trompe en ε², l'arrondi en
    1/ε : `step=1e-5` les équilibre en double précision. Avec ReLU, un point anguleux à moins de ε
    fausse la comparaison.

    `ValueError` pour un nom inconnu ou une forme différente ; `TypeError` pour un tableau qui n'est pas
    un tableau de NumPy en float64.
    """
    check_interval("step", step, 1e-12, 1)
    errors = {}
    for name, gradient in gradients.items():
        check_choice("gradients", name, arrays)
        array = check_type(f"arrays[{name!r}]", arrays[name], np.ndarray)
        check_dtype(f"arrays[{name!r}]", array, np.dtype("float64"))
        check_shape(f"gradients[{name!r}]", gradient, array.shape)
        numeric = np.empty_like(array)
        for index in np.ndindex(array.shape):
            above, below = array.copy(), array.copy()
            above[index] += step
            below[index] -= step
            difference = loss(**{**arrays, name: above}) - loss(**{**arrays, name: below})
            numeric[index] = difference / (2 * step)
        errors[name] = relative_error(gradient, numeric)
    return errors


def relative_error(a: Array, b: Array) -> float:
    """Renvoie ‖a − b‖ / max(‖a‖, ‖b‖), normes euclidiennes de tous les termes ; 0 si a et b sont nuls.

    `ValueError` si les formes diffèrent.
    """
    if a.shape != b.shape:
        raise ValueError(f"b : forme {b.shape} reçue, forme {a.shape} attendue")
    largest = max(np.linalg.norm(a), np.linalg.norm(b))
    return float(np.linalg.norm(a - b) / largest) if largest else 0.0


def _affine(inputs: Array, weight: Array, bias: Array) -> Array:
    """W u + b pour chaque ligne du lot : (lot, d) → (lot, G·n)."""
    return inputs @ weight.T + bias


def _affine_backward(d_a: Array, inputs: Array, weight: Array) -> tuple[Array, Array, Array]:
    """Défait a = W u + b : d_u = Wᵀ d_a, d_W = d_a uᵀ et d_b = d_a, ces deux-ci sommés sur le lot."""
    return d_a @ weight, d_a.T @ inputs, d_a.sum(axis=0)


def _sigmoid(a: Array) -> Array:
    """σ(a) = 1 / (1 + e^{−a}), par tanh : e^{−a} déborde quand a est très négatif."""
    return (1 + np.tanh(a / 2)) / 2


def _each(function: Callable[..., Array], *states: State) -> State:
    """Applique une fonction aux h de plusieurs états, puis à leurs c ; c reste None s'il l'était."""
    parts = zip(*states, strict=True)
    return State(*(None if part[0] is None else function(*part) for part in parts))


def _stack(states: list[State]) -> State:
    """Empile des états le long du temps."""
    return _each(lambda *parts: np.stack(parts), *states)


def _immediate(trace: Trace, d_output: Array) -> list[State]:
    """Les ∂⁺L_t/∂s_t pour t = 0 … T : `d_output` par h, zéro par c, et rien encore pour s_0."""
    cell, _, states, _ = trace
    T, batch, n = trace.output.shape
    check_shape("d_output", d_output, (T, batch, n))
    check_dtype("d_output", d_output, states.h.dtype)
    zeros = np.zeros((batch, n), dtype=states.h.dtype)
    return [State(d_h, zeros if cell.has_c else None) for d_h in (zeros, *d_output)]


def _check_inputs(cell: Cell, params: Parameters, x: Array, state: State) -> None:
    check_type("params", params, Parameters)
    check_shape("params.weight_hh", params.weight_hh, ("G·n", "n"))
    dtype = check_dtype("params.weight_hh", params.weight_hh, np.dtype("float32"), np.dtype("float64"))
    n = params.weight_hh.shape[1]
    _, batch, d = check_shape("x", x, ("temps", "lot", "d"))
    rows = cell.gates * n
    expected = {"weight_ih": (rows, d), "weight_hh": (rows, n), "bias_ih": (rows,), "bias_hh": (rows,)}
    for name, shape in expected.items():
        check_shape(f"params.{name}", getattr(params, name), shape)
        check_dtype(f"params.{name}", getattr(params, name), dtype)
    check_dtype("x", x, dtype)
    _check_state("state", cell, state, (batch, n), dtype)


def _check_state(name: str, cell: Cell, state: State, shape: tuple[int, int], dtype: Any) -> None:
    check_type(name, state, State)
    if cell.has_c != (state.c is not None):
        expected = "State(h, c)" if cell.has_c else "State(h)"
        raise ValueError(f"{name} : c {'absent' if cell.has_c else 'reçu'}, {expected} attendu")
    for part in ("h", "c") if cell.has_c else ("h",):
        check_shape(f"{name}.{part}", getattr(state, part), shape)
        check_dtype(f"{name}.{part}", getattr(state, part), dtype)
