"""Exercices du chapitre 9, « LSTM ».

Formes : `x` (lot, d), `h` et `c` (lot, n), `W_x` (4n, d), `W_h` (4n, n), `b` (4n,) ; blocs i, f, g, o.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch

from rnnbook.exercises._model import Case, FunctionExercise, Mistake, Refusal, ValueExercise


def _sigmoid(a: np.ndarray) -> np.ndarray:
    return (1 + np.tanh(a / 2)) / 2


# --- lstm-1 : compter et prévoir les formes ------------------------------------------------------------


def shapes_and_counts() -> dict[str, Any]:
    d, n, steps, batch = 10, 20, 12, 8
    return {
        "weight_ih_l0": (4 * n, d),
        "lignes_oubli": (n, 2 * n),
        "parametres": 4 * (n * d + n * n + n),
        "parametres_torch": 4 * (n * d + n * n + 2 * n),
        "output": (steps, batch, n),
        "c_n": (1, batch, n),
    }


COUNT = ValueExercise(
    "lstm-1",
    "Compter et prévoir les formes",
    "main",
    1,
    value=shapes_and_counts,
    mistakes=(
        Mistake(
            "un-bloc",
            "`weight_ih_l0` empile les quatre blocs i, f, g, o : combien de lignes en tout ?",
            {"weight_ih_l0": (20, 10)},
        ),
        Mistake(
            "transposee",
            "Les lignes de `weight_ih_l0` sont les unités des quatre blocs, ses colonnes les traits.",
            {"weight_ih_l0": (10, 80)},
        ),
        Mistake(
            "oubli-en-premier",
            "L'ordre des blocs dans PyTorch est i, f, g, o : les premières lignes sont à la porte d'entrée.",
            {"lignes_oubli": (0, 20)},
        ),
        Mistake(
            "fin-comprise",
            "La fin d'une tranche Python n'en fait pas partie : `[0:20]` a vingt lignes, de 0 à 19.",
            {"lignes_oubli": (20, 39)},
        ),
        Mistake(
            "compte-depuis-un",
            "Les lignes se comptent à partir de 0 : le premier bloc occupe `[0:20]`.",
            {"lignes_oubli": (21, 40)},
        ),
        Mistake(
            "sans-biais",
            "Il manque les biais : l'équation en a un par bloc.",
            {"parametres": 4 * (200 + 400)},
        ),
        Mistake(
            "biais-de-torch",
            "L'équation n'a qu'un biais par bloc ; c'est PyTorch qui en garde deux.",
            {"parametres": 4 * (200 + 400 + 40)},
        ),
        Mistake(
            "trois-portes",
            "Il y a trois portes, mais aussi le candidat : quatre blocs ont des paramètres.",
            {"parametres": 3 * (200 + 400 + 20)},
        ),
        Mistake(
            "un-seul-biais",
            "`torch.nn.LSTM` garde deux vecteurs de biais par bloc.",
            {"parametres_torch": 4 * (200 + 400 + 20)},
        ),
        Mistake(
            "sortie-quadruple",
            "Les quatre blocs se combinent en un seul état : sa taille est n, pas 4n.",
            {"output": (12, 8, 80)},
        ),
        Mistake(
            "sans-axe-des-couches",
            "`c_n`, comme `h_n`, a devant lui l'axe des couches, même s'il n'y en a qu'une.",
            {"c_n": (8, 20)},
        ),
        Mistake(
            "lot-devant",
            "Par défaut (`batch_first=False`), le premier axe de `output` n'est pas le lot.",
            {"output": (8, 12, 20)},
        ),
        Mistake(
            "tous-les-pas",
            "`c_n` ne garde que la cellule du dernier pas.",
            {"c_n": (12, 8, 20)},
        ),
    ),
)


# --- lstm-2 : un pas de LSTM ---------------------------------------------------------------------------


def lstm_step(
    x: np.ndarray, h: np.ndarray, c: np.ndarray, W_x: np.ndarray, W_h: np.ndarray, b: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    i, f, g, o = np.split(x @ W_x.T + h @ W_h.T + b, 4, axis=1)
    c = _sigmoid(f) * c + _sigmoid(i) * np.tanh(g)
    return _sigmoid(o) * np.tanh(c), c


def step_other_order(x, h, c, W_x, W_h, b):
    f, i, g, o = np.split(x @ W_x.T + h @ W_h.T + b, 4, axis=1)
    c = _sigmoid(f) * c + _sigmoid(i) * np.tanh(g)
    return _sigmoid(o) * np.tanh(c), c


def step_output_third(x, h, c, W_x, W_h, b):
    i, f, o, g = np.split(x @ W_x.T + h @ W_h.T + b, 4, axis=1)
    c = _sigmoid(f) * c + _sigmoid(i) * np.tanh(g)
    return _sigmoid(o) * np.tanh(c), c


def step_sigmoid_candidate(x, h, c, W_x, W_h, b):
    i, f, g, o = np.split(x @ W_x.T + h @ W_h.T + b, 4, axis=1)
    c = _sigmoid(f) * c + _sigmoid(i) * _sigmoid(g)
    return _sigmoid(o) * np.tanh(c), c


def step_no_forgetting(x, h, c, W_x, W_h, b):
    i, _, g, o = np.split(x @ W_x.T + h @ W_h.T + b, 4, axis=1)
    c = c + _sigmoid(i) * np.tanh(g)
    return _sigmoid(o) * np.tanh(c), c


def step_no_output_gate(x, h, c, W_x, W_h, b):
    _, c = lstm_step(x, h, c, W_x, W_h, b)
    return np.tanh(c), c


def step_raw_output(x, h, c, W_x, W_h, b):
    i, f, g, o = np.split(x @ W_x.T + h @ W_h.T + b, 4, axis=1)
    c = _sigmoid(f) * c + _sigmoid(i) * np.tanh(g)
    return _sigmoid(o) * c, c


def step_old_cell(x, h, c, W_x, W_h, b):
    i, f, g, o = np.split(x @ W_x.T + h @ W_h.T + b, 4, axis=1)
    new = _sigmoid(f) * c + _sigmoid(i) * np.tanh(g)
    return _sigmoid(o) * np.tanh(c), new


def step_without_bias(x, h, c, W_x, W_h, b):
    return lstm_step(x, h, c, W_x, W_h, np.zeros_like(b))


def step_other_sign(x, h, c, W_x, W_h, b):
    i, f, g, o = np.split(x @ W_x.T + h @ W_h.T + b, 4, axis=1)
    c = _sigmoid(-f) * c + _sigmoid(-i) * np.tanh(g)
    return _sigmoid(-o) * np.tanh(c), c


def step_open_gates(x, h, c, W_x, W_h, b):
    i, f, g, o = np.split(x @ W_x.T + h @ W_h.T + b, 4, axis=1)
    c = f * c + i * np.tanh(g)
    return o * np.tanh(c), c


def step_only_state(x, h, c, W_x, W_h, b):
    return lstm_step(x, h, c, W_x, W_h, b)[0]


def step_swapped(x, h, c, W_x, W_h, b):
    return lstm_step(x, h, c, W_x, W_h, b)[::-1]


def _step_inputs(rng: np.random.Generator) -> Iterator[Case]:
    for batch, d, n in ((3, 2, 4), (1, 5, 3), (4, 4, 4)):
        x, h, c = rng.normal(size=(batch, d)), rng.normal(size=(batch, n)), rng.normal(size=(batch, n))
        yield x, h, c, rng.normal(size=(4 * n, d)), rng.normal(size=(4 * n, n)), rng.normal(size=4 * n)


STEP = FunctionExercise(
    "lstm-2",
    "Un pas de LSTM",
    "code",
    1,
    reference=lstm_step,
    inputs=_step_inputs,
    outputs=("h", "c"),
    mistakes=(
        Mistake(
            "ordre-f-i",
            "Vos portes d'oubli et d'entrée sont échangées : l'ordre des blocs est i, f, g, o.",
            step_other_order,
        ),
        Mistake(
            "ordre-o-g",
            "Le candidat et la porte de sortie sont échangés : l'ordre des blocs est i, f, g, o.",
            step_output_third,
        ),
        Mistake(
            "candidat-sigmoide",
            "Votre candidat est toujours positif : avec une sigmoïde, la cellule ne peut rien retrancher.",
            step_sigmoid_candidate,
        ),
        Mistake(
            "sans-oubli",
            "L'ancienne cellule garde un poids fixe de 1 : sa porte d'oubli n'agit pas.",
            step_no_forgetting,
        ),
        Mistake(
            "sans-sortie",
            "`c` est juste, mais `h` est lu directement sur la cellule : il manque la porte de sortie.",
            step_no_output_gate,
        ),
        Mistake(
            "sortie-sans-tanh",
            "`c` est juste, mais `h` oublie la tanh : il pourrait sortir de [−1, 1].",
            step_raw_output,
        ),
        Mistake(
            "ancienne-cellule",
            "`c` est juste, mais `h` se calcule avec la cellule d'avant : il faut la nouvelle.",
            step_old_cell,
        ),
        Mistake("sans-biais", "Il manque le biais `b` dans les préactivations.", step_without_bias),
        Mistake(
            "signe",
            "Vos portes s'ouvrent quand elles devraient se fermer : vérifiez le signe dans σ(a) = "
            "1/(1 + e⁻ᵃ).",
            step_other_sign,
        ),
        Mistake(
            "sans-sigmoide",
            "Vos portes sont restées des préactivations : il leur manque la sigmoïde.",
            step_open_gates,
        ),
        Mistake("echanges", "Vous renvoyez `c, h` : on attend `h, c`.", step_swapped),
        Mistake(
            "sans-cellule",
            "`h` est juste ; il manque `c`, que le pas suivant attend aussi.",
            step_only_state,
        ),
    ),
)


# --- lstm-3 : la demi-vie d'un souvenir ----------------------------------------------------------------


def half_lives() -> dict[str, float]:
    return {str(b): float(np.log(0.5) / np.log(_sigmoid(np.array(float(b))))) for b in (0, 1, 2, 4)}


def _half_lives_of(function: Callable[[np.ndarray], np.ndarray]) -> dict[str, float]:
    return {str(b): float(function(_sigmoid(np.array(float(b))))) for b in (1, 2, 4)}


HALF_LIFE = ValueExercise(
    "lstm-3",
    "La demi-vie d'un souvenir",
    "main",
    2,
    value=half_lives,
    rtol=2e-2,
    success="Une unité de biais de plus multiplie la durée par un peu plus de deux, et bientôt par e.",
    mistakes=(
        Mistake(
            "constante-de-temps",
            "C'est le nombre de pas pour tomber à 1/e, et non à la moitié.",
            lambda: _half_lives_of(lambda f: -1 / np.log(f)),
        ),
        Mistake(
            "premier-ordre",
            "Vous avez pris 1/(1 − f) : une bonne approximation de la durée à 1/e, pas de la demi-vie.",
            lambda: _half_lives_of(lambda f: 1 / (1 - f)),
        ),
        Mistake(
            "perte-lineaire",
            "L'oubli multiplie : la perte d'un pas porte sur ce qui reste, pas sur la valeur de départ.",
            lambda: _half_lives_of(lambda f: 0.5 / (1 - f)),
        ),
        Mistake(
            "arrondi",
            "Vous arrondissez au pas suivant : on demande le nombre exact, pas forcément entier.",
            lambda: _half_lives_of(lambda f: np.ceil(np.log(0.5) / np.log(f))),
        ),
        Mistake(
            "signe",
            "Une durée est positive : ln f est négatif, car f est plus petit que 1.",
            lambda: _half_lives_of(lambda f: np.log(2) / np.log(f)),
        ),
        Mistake(
            "porte-de-signe-contraire",
            "Plus le biais est grand, plus la porte s'ouvre et plus le souvenir dure : vérifiez le signe "
            "dans σ(b) = 1/(1 + e⁻ᵇ).",
            lambda: _half_lives_of(lambda f: np.log(0.5) / np.log(1 - f)),
        ),
        Mistake(
            "sans-sigmoide",
            "Vous avez pris le biais pour la porte : f est la sigmoïde de b.",
            {"2": float(np.log(2) / 2), "4": float(np.log(2) / 4)},
        ),
    ),
)


# --- lstm-4 : le biais d'oubli -------------------------------------------------------------------------


def set_forget_bias(lstm: Any, value: float) -> None:
    n = lstm.hidden_size
    with torch.no_grad():
        for k in range(lstm.num_layers):
            getattr(lstm, f"bias_ih_l{k}")[n : 2 * n] = value
            getattr(lstm, f"bias_hh_l{k}")[n : 2 * n] = 0.0


def bias_twice(lstm, value):
    n = lstm.hidden_size
    with torch.no_grad():
        for k in range(lstm.num_layers):
            getattr(lstm, f"bias_ih_l{k}")[n : 2 * n] = value
            getattr(lstm, f"bias_hh_l{k}")[n : 2 * n] = value


def bias_first_only(lstm, value):
    n = lstm.hidden_size
    with torch.no_grad():
        for k in range(lstm.num_layers):
            getattr(lstm, f"bias_ih_l{k}")[n : 2 * n] = value


def bias_first_block(lstm, value):
    n = lstm.hidden_size
    with torch.no_grad():
        for k in range(lstm.num_layers):
            getattr(lstm, f"bias_ih_l{k}")[:n] = value
            getattr(lstm, f"bias_hh_l{k}")[:n] = 0.0


def bias_everywhere(lstm, value):
    with torch.no_grad():
        for k in range(lstm.num_layers):
            getattr(lstm, f"bias_ih_l{k}").fill_(value)
            getattr(lstm, f"bias_hh_l{k}").zero_()


def bias_first_layer(lstm, value):
    n = lstm.hidden_size
    with torch.no_grad():
        lstm.bias_ih_l0[n : 2 * n] = value
        lstm.bias_hh_l0[n : 2 * n] = 0.0


def bias_other_blocks_zero(lstm, value):
    bias_everywhere(lstm, 0.0)
    set_forget_bias(lstm, value)


def bias_second_to_zero(lstm, value):
    set_forget_bias(lstm, value)
    with torch.no_grad():
        for k in range(lstm.num_layers):
            getattr(lstm, f"bias_hh_l{k}").zero_()


def bias_third_block(lstm, value):
    n = lstm.hidden_size
    with torch.no_grad():
        for k in range(lstm.num_layers):
            getattr(lstm, f"bias_ih_l{k}")[2 * n : 3 * n] = value
            getattr(lstm, f"bias_hh_l{k}")[2 * n : 3 * n] = 0.0


def bias_of_the_gate(lstm, value):
    set_forget_bias(lstm, float(torch.sigmoid(torch.tensor(value))))


def bias_nowhere(lstm, value):
    return None


def _total_biases(
    answer: Callable[[Any, float], Any], n: int, layers: int, value: float
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Les biais sommés après passage de la réponse : ceux de l'oubli, puis les autres, couche par couche."""
    torch.manual_seed(0)
    lstm = torch.nn.LSTM(3, n, num_layers=layers)
    before = [parameter.shape for parameter in lstm.parameters()]
    answer(lstm, value)
    if [parameter.shape for parameter in lstm.parameters()] != before:
        raise Refusal("Votre fonction change la forme d'un paramètre : écrivez dans les biais existants.")
    totals = [getattr(lstm, f"bias_ih_l{k}") + getattr(lstm, f"bias_hh_l{k}") for k in range(layers)]
    blocks = [np.split(total.detach().numpy(), 4) for total in totals]
    return [f for _, f, _, _ in blocks], [np.concatenate([i, g, o]) for i, _, g, o in blocks]


FORGET_BIAS = FunctionExercise(
    "lstm-4",
    "Réparer le biais d'oubli",
    "code",
    2,
    reference=set_forget_bias,
    inputs=lambda rng: iter(((4, 1, 1.0), (3, 2, 2.0), (5, 3, -1.0))),
    use=_total_biases,
    outputs=("biais d'oubli", "autres biais"),
    success="La porte d'oubli part bien de σ(value), dans chaque couche.",
    mistakes=(
        Mistake(
            "deux-fois",
            "La porte d'oubli reçoit deux fois la valeur demandée : PyTorch additionne les deux biais.",
            bias_twice,
        ),
        Mistake(
            "un-biais-reste",
            "Le second biais garde ses valeurs tirées au hasard : la somme n'est pas la valeur demandée.",
            bias_first_only,
        ),
        Mistake(
            "premier-bloc",
            "Vous réglez la porte d'entrée : l'ordre des blocs est i, f, g, o.",
            bias_first_block,
        ),
        Mistake(
            "tous-les-blocs",
            "Vous changez aussi les biais des autres blocs : seul celui de l'oubli est demandé.",
            bias_everywhere,
        ),
        Mistake(
            "premiere-couche",
            "La première couche est juste ; les suivantes n'ont pas changé.",
            bias_first_layer,
        ),
        Mistake(
            "autres-a-zero",
            "La porte d'oubli est juste, mais vous avez remis à zéro les biais des autres blocs.",
            bias_other_blocks_zero,
        ),
        Mistake(
            "second-biais-a-zero",
            "La porte d'oubli est juste, mais tout le second biais est à zéro : les autres blocs ont changé.",
            bias_second_to_zero,
        ),
        Mistake(
            "troisieme-bloc",
            "Vous réglez le candidat : l'ordre des blocs est i, f, g, o.",
            bias_third_block,
        ),
        Mistake(
            "sigmoide-de-trop",
            "Le biais reçoit σ(value) : c'est la porte qui doit valoir σ(value), et elle applique déjà σ.",
            bias_of_the_gate,
        ),
        Mistake(
            "rien-d-ecrit",
            "Les biais n'ont pas changé : écrivez dans ceux de la couche reçue, pas dans une copie.",
            bias_nowhere,
        ),
    ),
)


# --- lstm-5 : défaire un pas ---------------------------------------------------------------------------

Gates = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def cell_backward(
    d_h: np.ndarray, d_c: np.ndarray, gates: Gates, c_prev: np.ndarray, c: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    i, f, g, o = gates
    d_c = d_c + d_h * o * (1 - np.tanh(c) ** 2)
    d_i, d_f, d_g, d_o = d_c * g, d_c * c_prev, d_c * i, d_h * np.tanh(c)
    d_a = np.hstack([d_i * i * (1 - i), d_f * f * (1 - f), d_g * (1 - g**2), d_o * o * (1 - o)])
    return d_a, d_c * f


def backward_without_output(d_h, d_c, gates, c_prev, c):
    i, f, g, o = gates
    d_a = np.hstack(
        [
            d_c * g * i * (1 - i),
            d_c * c_prev * f * (1 - f),
            d_c * i * (1 - g**2),
            d_h * np.tanh(c) * o * (1 - o),
        ]
    )
    return d_a, d_c * f


def backward_without_future(d_h, d_c, gates, c_prev, c):
    return cell_backward(d_h, np.zeros_like(d_c), gates, c_prev, c)


def backward_without_slopes(d_h, d_c, gates, c_prev, c):
    i, f, g, o = gates
    d_c = d_c + d_h * o * (1 - np.tanh(c) ** 2)
    return np.hstack([d_c * g, d_c * c_prev, d_c * i, d_h * np.tanh(c)]), d_c * f


def backward_sigmoid_slope(d_h, d_c, gates, c_prev, c):
    i, f, g, o = gates
    d_c = d_c + d_h * o * (1 - np.tanh(c) ** 2)
    parts = zip(gates, (d_c * g, d_c * c_prev, d_c * i, d_h * np.tanh(c)), strict=True)
    return np.hstack([d * gate * (1 - gate) for gate, d in parts]), d_c * f


def backward_new_cell(d_h, d_c, gates, c_prev, c):
    d_a, d_c_prev = cell_backward(d_h, d_c, gates, c_prev, c)
    _, f, _, o = gates
    d_f = (d_c + d_h * o * (1 - np.tanh(c) ** 2)) * c
    n = c.shape[1]
    return np.hstack([d_a[:, :n], d_f * f * (1 - f), d_a[:, 2 * n :]]), d_c_prev


def _blocks_with(d_h, d_c, gates, c_prev, c, *, slope, gate=True):
    """La rétropropagation, avec une autre pente pour tanh(c), ou sans la porte de sortie."""
    i, f, g, o = gates
    d_c = d_c + d_h * (o if gate else 1.0) * slope
    d_i, d_f, d_g, d_o = d_c * g, d_c * c_prev, d_c * i, d_h * np.tanh(c)
    return np.hstack([d_i * i * (1 - i), d_f * f * (1 - f), d_g * (1 - g**2), d_o * o * (1 - o)]), d_c * f


def backward_cell_slope(d_h, d_c, gates, c_prev, c):
    return _blocks_with(d_h, d_c, gates, c_prev, c, slope=1 - c**2)


def backward_without_output_gate(d_h, d_c, gates, c_prev, c):
    return _blocks_with(d_h, d_c, gates, c_prev, c, slope=1 - np.tanh(c) ** 2, gate=False)


def backward_no_slope(d_h, d_c, gates, c_prev, c):
    return _blocks_with(d_h, d_c, gates, c_prev, c, slope=1.0)


def backward_future_only(d_h, d_c, gates, c_prev, c):
    return cell_backward(d_h, d_c, gates, c_prev, c)[0], d_c * gates[1]


def backward_other_order(d_h, d_c, gates, c_prev, c):
    d_a, d_c_prev = cell_backward(d_h, d_c, gates, c_prev, c)
    i, f, g, o = np.split(d_a, 4, axis=1)
    return np.hstack([f, i, g, o]), d_c_prev


def backward_stacked_rows(d_h, d_c, gates, c_prev, c):
    d_a, d_c_prev = cell_backward(d_h, d_c, gates, c_prev, c)
    return np.concatenate(np.split(d_a, 4, axis=1)), d_c_prev


def backward_carry_without_gate(d_h, d_c, gates, c_prev, c):
    d_a, _ = cell_backward(d_h, d_c, gates, c_prev, c)
    return d_a, d_c + d_h * gates[3] * (1 - np.tanh(c) ** 2)


def _backward_inputs(rng: np.random.Generator) -> Iterator[Case]:
    for batch, n in ((3, 4), (1, 2), (3, 3)):
        i, f, o = (_sigmoid(rng.normal(size=(batch, n))) for _ in range(3))
        g, c_prev = np.tanh(rng.normal(size=(batch, n))), rng.normal(size=(batch, n))
        d_h, d_c = rng.normal(size=(batch, n)), rng.normal(size=(batch, n))
        yield d_h, d_c, (i, f, g, o), c_prev, f * c_prev + i * g


BACKWARD = FunctionExercise(
    "lstm-5",
    "Défaire un pas",
    "code",
    3,
    reference=cell_backward,
    inputs=_backward_inputs,
    outputs=("d_a", "d_c_prev"),
    success="Vers le passé, le gradient de la cellule ne traverse que la porte d'oubli.",
    mistakes=(
        Mistake(
            "sans-sortie",
            "`c` agit aussi sur la perte par `h` : à `d_c`, venu du futur, s'ajoute ce que rend tanh(c).",
            backward_without_output,
        ),
        Mistake(
            "sans-futur",
            "Vous ignorez `d_c`, ce que le pas suivant reproche à la cellule.",
            backward_without_future,
        ),
        Mistake(
            "sans-pentes",
            "`d_c_prev` est juste ; `d_a` s'arrête aux portes : restent les pentes de σ et de tanh.",
            backward_without_slopes,
        ),
        Mistake(
            "pente-du-candidat",
            "Le candidat sort d'une tanh : sa pente est 1 − g², pas g (1 − g).",
            backward_sigmoid_slope,
        ),
        Mistake(
            "cellule-nouvelle",
            "Le bloc f est faux : la porte d'oubli multiplie la cellule d'avant, pas la nouvelle.",
            backward_new_cell,
        ),
        Mistake(
            "sans-porte",
            "`d_a` est juste ; vers la cellule d'avant, le gradient traverse la porte d'oubli.",
            backward_carry_without_gate,
        ),
        Mistake(
            "pente-de-c",
            "La pente de tanh en c s'écrit avec sa sortie : 1 − tanh²(c), et non 1 − c².",
            backward_cell_slope,
        ),
        Mistake(
            "sans-porte-de-sortie",
            "h = o ⊙ tanh(c) : ce que `d_h` reproche à la cellule passe par la porte de sortie.",
            backward_without_output_gate,
        ),
        Mistake(
            "sans-pente-de-tanh",
            "h = o ⊙ tanh(c) : ce que `d_h` reproche à la cellule passe par la pente de tanh.",
            backward_no_slope,
        ),
        Mistake(
            "futur-seul",
            "`d_a` est juste ; `d_c_prev` ne transmet que `d_c` : la cellule a aussi agi par h.",
            backward_future_only,
        ),
        Mistake(
            "ordre",
            "Vos blocs d'oubli et d'entrée sont échangés : l'ordre est i, f, g, o.",
            backward_other_order,
        ),
        Mistake(
            "empiles-en-lignes",
            "Vos quatre blocs sont l'un sous l'autre, et se mêlent aux exemples du lot : mettez-les côte à "
            "côte, le long de l'axe 1.",
            backward_stacked_rows,
        ),
    ),
)


# --- lstm-6 : ne jamais oublier ------------------------------------------------------------------------


def saturated_share(candidates: np.ndarray, f: float) -> float:
    c, cells = np.zeros_like(candidates[0]), []
    for g in candidates:
        c = f * c + g
        cells.append(c)
    return float(np.mean(np.abs(np.tanh(cells)) > 0.99))


def share_of_cells(candidates, f):
    c, cells = np.zeros_like(candidates[0]), []
    for g in candidates:
        c = f * c + g
        cells.append(c)
    return float(np.mean(np.abs(cells) > 0.99))


def share_signed(candidates, f):
    c, cells = np.zeros_like(candidates[0]), []
    for g in candidates:
        c = f * c + g
        cells.append(c)
    return float(np.mean(np.tanh(cells) > 0.99))


def share_last_step(candidates, f):
    c = np.zeros_like(candidates[0])
    for g in candidates:
        c = f * c + g
    return float(np.mean(np.abs(np.tanh(c)) > 0.99))


def share_blend(candidates, f):
    c, cells = np.zeros_like(candidates[0]), []
    for g in candidates:
        c = f * c + (1 - f) * g
        cells.append(c)
    return float(np.mean(np.abs(np.tanh(cells)) > 0.99))


def share_of_squashed(candidates, f):
    c, cells = np.zeros_like(candidates[0]), []
    for g in candidates:
        c = np.tanh(f * c + g)
        cells.append(c)
    return float(np.mean(np.abs(cells) > 0.99))


def share_of_logit(candidates, f):
    return saturated_share(candidates, float(_sigmoid(np.array(f))))


def share_without_forgetting(candidates, f):
    return saturated_share(candidates, 1.0)


def share_without_past(candidates, f):
    return saturated_share(candidates, 0.0)


def _share_inputs(rng: np.random.Generator) -> Iterator[Case]:
    for f, steps, batch, n in ((1.0, 40, 3, 5), (0.9, 60, 2, 4), (0.5, 30, 4, 4)):
        yield rng.normal(0.3, 1.2, size=(steps, batch, n)), f


SHARE = FunctionExercise(
    "lstm-6",
    "Ne jamais oublier",
    "experience",
    2,
    reference=saturated_share,
    inputs=_share_inputs,
    mistakes=(
        Mistake(
            "cellule-nue",
            "Vous comparez `c` au seuil : la saturation se juge sur tanh(c), ce que la sortie voit.",
            share_of_cells,
        ),
        Mistake(
            "un-seul-cote",
            "Une tanh sature aussi vers −1 : prenez la valeur absolue.",
            share_signed,
        ),
        Mistake(
            "dernier-pas",
            "Vous ne regardez que le dernier pas, ou vous avez rangé plusieurs fois le même tableau : on "
            "demande la part sur tous les pas.",
            share_last_step,
        ),
        Mistake(
            "cellule-bornee",
            "Votre cellule passe par tanh avant d'être reprise : seule la sortie y passe, la cellule "
            "s'accumule.",
            share_of_squashed,
        ),
        Mistake(
            "sigmoide-de-f",
            "`f` est déjà la valeur de la porte, entre 0 et 1 : ne lui appliquez pas σ.",
            share_of_logit,
        ),
        Mistake("sans-oubli", "Votre mesure ignore f : la cellule n'oublie rien.", share_without_forgetting),
        Mistake(
            "portes-couplees",
            "Vous multipliez le candidat par 1 − f : dans un LSTM, entrée et oubli sont indépendants.",
            share_blend,
        ),
        Mistake(
            "sans-passe",
            "La cellule d'avant n'est pas reprise : rien ne s'accumule.",
            share_without_past,
        ),
    ),
)


EXERCISES = (COUNT, STEP, HALF_LIFE, FORGET_BIAS, BACKWARD, SHARE)
