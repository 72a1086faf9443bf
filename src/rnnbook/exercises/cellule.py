"""Exercices du chapitre 3, « La cellule récurrente ».

Formes : `inputs` (temps, lot, d), `x` (lot, d), `h` (lot, n), `W_xh` (n, d), `W_hh` (n, n), `b_h` (n,).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch

from rnnbook.exercises._model import Case, FunctionExercise, Mistake, Refusal, ValueExercise

Layer = tuple[np.ndarray, np.ndarray, np.ndarray]


def _weights(rng: np.random.Generator, d: int, n: int) -> Layer:
    """Des poids assez petits pour que tanh ne sature pas : une erreur se voit dans les valeurs."""
    return rng.normal(size=(n, d)) * 0.6, rng.normal(size=(n, n)) * 0.6, rng.normal(size=n)


# --- cellule-1 : compter et prévoir les formes ---------------------------------------------------------


def shapes_and_counts() -> dict[str, Any]:
    d, n, steps, batch = 5, 16, 12, 8
    return {
        "W_xh": (n, d),
        "W_hh": (n, n),
        "parametres": n * d + n * n + n,
        "parametres_torch": n * d + n * n + 2 * n,
        "output": (steps, batch, n),
        "h_n": (1, batch, n),
    }


COUNT = ValueExercise(
    "cellule-1",
    "Compter et prévoir les formes",
    "main",
    1,
    value=shapes_and_counts,
    mistakes=(
        Mistake(
            "transposee",
            "`W_xh` multiplie `x_t` (d traits) et donne n unités : quelle taille vient en premier, celle "
            "de la sortie ou celle de l'entrée ?",
            {"W_xh": (5, 16)},
        ),
        Mistake(
            "aplatie",
            "`W_xh` est une matrice : sa forme a deux nombres ; leur produit est son nombre de paramètres.",
            {"W_xh": (80,)},
        ),
        Mistake(
            "par-pas",
            "Vous avez compté les poids une fois par pas de temps. La cellule est la même à tous les pas.",
            {"parametres": 352 * 12},
        ),
        Mistake("sans-biais", "Il manque le biais dans votre compte des paramètres.", {"parametres": 336}),
        Mistake(
            "un-seul-biais",
            "`torch.nn.RNN` garde deux vecteurs de biais, `bias_ih_l0` et `bias_hh_l0`.",
            {"parametres_torch": 352},
        ),
        Mistake(
            "biais-de-torch",
            "L'équation n'a qu'un vecteur de biais, `b_h` ; c'est PyTorch qui en garde deux.",
            {"parametres": 368},
        ),
        Mistake(
            "lot-devant",
            "Par défaut (`batch_first=False`), le premier axe de `output` n'est pas le lot.",
            {"output": (8, 12, 16)},
        ),
        Mistake(
            "traits-en-sortie",
            "`output` contient des états : son dernier axe compte les unités, pas les traits de l'entrée.",
            {"output": (12, 8, 5)},
        ),
        Mistake(
            "sans-axe-des-couches",
            "`h_n` a un axe de plus que l'état d'un pas : celui des couches, même s'il n'y en a qu'une.",
            {"h_n": (8, 16)},
        ),
        Mistake(
            "tous-les-pas",
            "`h_n` ne garde que l'état du dernier pas : c'est `output` qui les contient tous.",
            {"h_n": (12, 8, 16)},
        ),
    ),
)


# --- cellule-2 : un pas de temps -----------------------------------------------------------------------


def step(x: np.ndarray, h: np.ndarray, W_xh: np.ndarray, W_hh: np.ndarray, b_h: np.ndarray) -> np.ndarray:
    return np.tanh(x @ W_xh.T + h @ W_hh.T + b_h)


def step_twice_x(x, h, W_xh, W_hh, b_h):
    return np.tanh(x @ W_xh.T + x @ W_hh.T + b_h)


def step_without_tanh(x, h, W_xh, W_hh, b_h):
    return x @ W_xh.T + h @ W_hh.T + b_h


def step_without_bias(x, h, W_xh, W_hh, b_h):
    return np.tanh(x @ W_xh.T + h @ W_hh.T)


def step_bias_outside(x, h, W_xh, W_hh, b_h):
    return np.tanh(x @ W_xh.T + h @ W_hh.T) + b_h


def step_state_not_transposed(x, h, W_xh, W_hh, b_h):
    return np.tanh(x @ W_xh.T + h @ W_hh + b_h)


def step_input_not_transposed(x, h, W_xh, W_hh, b_h):
    return np.tanh(x @ W_xh + h @ W_hh + b_h)


def step_column_vectors(x, h, W_xh, W_hh, b_h):
    return np.tanh(W_xh @ x + W_hh @ h + b_h)


def step_sigmoid(x, h, W_xh, W_hh, b_h):
    return 1 / (1 + np.exp(-(x @ W_xh.T + h @ W_hh.T + b_h)))


def step_bias_twice(x, h, W_xh, W_hh, b_h):
    return np.tanh(x @ W_xh.T + b_h + h @ W_hh.T + b_h)


def step_columns(x, h, W_xh, W_hh, b_h):
    return step(x, h, W_xh, W_hh, b_h).T


def step_in_place(x, h, W_xh, W_hh, b_h):
    h[:] = np.tanh(x @ W_xh.T + h @ W_hh.T + b_h)
    return h


def _step_inputs(rng: np.random.Generator) -> Iterator[Case]:
    for batch, d, n in ((3, 2, 4), (1, 5, 3), (3, 3, 3)):
        yield rng.normal(size=(batch, d)), rng.normal(size=(batch, n)), *_weights(rng, d, n)


STEP = FunctionExercise(
    "cellule-2",
    "Un pas de temps",
    "code",
    1,
    reference=step,
    inputs=_step_inputs,
    mistakes=(
        Mistake(
            "deux-fois-x",
            "`W_hh` multiplie l'entrée au lieu de l'état : le second terme porte sur `h`, l'état du pas "
            "d'avant.",
            step_twice_x,
        ),
        Mistake(
            "sans-tanh",
            "Vous renvoyez la préactivation : il reste à lui appliquer tanh.",
            step_without_tanh,
        ),
        Mistake("sans-biais", "Il manque le biais `b_h` dans la préactivation.", step_without_bias),
        Mistake(
            "biais-dehors",
            "Le biais s'ajoute avant tanh, pas après : votre état peut sortir de [−1, 1].",
            step_bias_outside,
        ),
        Mistake(
            "biais-deux-fois",
            "Vous ajoutez `b_h` deux fois : l'équation n'a qu'un biais.",
            step_bias_twice,
        ),
        Mistake(
            "une-colonne-par-exemple",
            "Les valeurs sont bonnes, mais chaque exemple est une colonne de votre résultat : il doit en "
            "être une ligne, comme dans `x`.",
            step_columns,
        ),
        Mistake(
            "w-hh-a-l-endroit",
            "La forme est bonne, mais `W_hh` est prise à l'envers : `W_hh` étant carrée, l'oubli de sa "
            "transposée ne lève pas d'erreur.",
            step_state_not_transposed,
        ),
        Mistake(
            "sans-transposees",
            "Chaque exemple du lot est une ligne : `x` a la forme (lot, d) et `W_xh` la forme (n, d). Quel "
            "produit donne (lot, n) ?",
            step_input_not_transposed,
        ),
        Mistake(
            "vecteurs-colonnes",
            "`W_xh @ x` vaut pour un vecteur colonne seul. Ici les exemples du lot sont les lignes de `x`.",
            step_column_vectors,
        ),
        Mistake(
            "sigmoide",
            "Vos états sont tous positifs : vous avez pris la sigmoïde au lieu de tanh.",
            step_sigmoid,
        ),
        Mistake(
            "sur-place",
            "Les valeurs sont justes, mais vous écrivez dans `h` : l'état d'avant est perdu pour qui vous "
            "appelle. Renvoyez un nouveau tableau.",
            step_in_place,
        ),
    ),
)


# --- cellule-3 : la boucle sur le temps ----------------------------------------------------------------


def run(
    inputs: np.ndarray, h_0: np.ndarray, W_xh: np.ndarray, W_hh: np.ndarray, b_h: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    h, states = h_0, []
    for x in inputs:
        h = step(x, h, W_xh, W_hh, b_h)
        states.append(h)
    return np.stack(states), h


def run_concatenate(inputs, h_0, W_xh, W_hh, b_h):
    states, h_n = run(inputs, h_0, W_xh, W_hh, b_h)
    return np.concatenate(list(states)), h_n


def run_previous_input(inputs, h_0, W_xh, W_hh, b_h):
    previous, states = np.zeros_like(inputs[0]), []
    for x in inputs:
        states.append(np.tanh(x @ W_xh.T + previous @ W_hh.T + b_h))
        previous = x
    return np.stack(states), states[-1]


def run_from_zero(inputs, h_0, W_xh, W_hh, b_h):
    return run(inputs, np.zeros_like(h_0), W_xh, W_hh, b_h)


def run_frozen_state(inputs, h_0, W_xh, W_hh, b_h):
    states = [step(x, h_0, W_xh, W_hh, b_h) for x in inputs]
    return np.stack(states), states[-1]


def run_append_before(inputs, h_0, W_xh, W_hh, b_h):
    h, states = h_0, []
    for x in inputs:
        states.append(h)
        h = step(x, h, W_xh, W_hh, b_h)
    return np.stack(states), h


def run_one_buffer(inputs, h_0, W_xh, W_hh, b_h):
    h, states = h_0.copy(), []
    for x in inputs:
        h[:] = step(x, h, W_xh, W_hh, b_h)
        states.append(h)
    return np.stack(states), h


def run_batch_first(inputs, h_0, W_xh, W_hh, b_h):
    states, h_n = run(inputs, h_0, W_xh, W_hh, b_h)
    return np.stack(list(states), axis=1), h_n


def run_first_state(inputs, h_0, W_xh, W_hh, b_h):
    states, _ = run(inputs, h_0, W_xh, W_hh, b_h)
    return states, states[0]


def run_with_start(inputs, h_0, W_xh, W_hh, b_h):
    states, h_n = run(inputs, h_0, W_xh, W_hh, b_h)
    return np.stack([h_0, *states]), h_n


def run_swapped(inputs, h_0, W_xh, W_hh, b_h):
    return run(inputs, h_0, W_xh, W_hh, b_h)[::-1]


def run_one_step(inputs, h_0, W_xh, W_hh, b_h):
    return run(inputs[:1], h_0, W_xh, W_hh, b_h)


def run_layer_axis(inputs, h_0, W_xh, W_hh, b_h):
    states, h_n = run(inputs, h_0, W_xh, W_hh, b_h)
    return states, h_n[None]


def run_in_place(inputs, h_0, W_xh, W_hh, b_h):
    states = []
    for x in inputs:
        h_0[:] = step(x, h_0, W_xh, W_hh, b_h)
        states.append(h_0)
    return np.stack(states), h_0


def run_outputs_only(inputs, h_0, W_xh, W_hh, b_h):
    return run(inputs, h_0, W_xh, W_hh, b_h)[0]


def _run_inputs(rng: np.random.Generator) -> Iterator[Case]:
    for steps, batch, d, n in ((5, 3, 2, 4), (1, 2, 4, 3), (6, 1, 3, 3)):
        yield rng.normal(size=(steps, batch, d)), rng.normal(size=(batch, n)), *_weights(rng, d, n)


RUN = FunctionExercise(
    "cellule-3",
    "La boucle sur le temps",
    "code",
    2,
    reference=run,
    inputs=_run_inputs,
    outputs=("outputs", "h_n"),
    mistakes=(
        Mistake(
            "concatenate",
            "Vos états sont mis bout à bout : `np.concatenate` les colle le long d'un axe qui existe déjà, "
            "et l'axe du temps se perd dans celui du lot. Quelle fonction crée un axe nouveau ?",
            run_concatenate,
        ),
        Mistake(
            "entree-d-avant",
            "`W_hh` multiplie l'entrée du pas d'avant. La récurrence reprend l'état d'avant, $h_{t-1}$, "
            "pas $x_{t-1}$ : sans lui, rien ne se transmet au-delà d'un pas.",
            run_previous_input,
        ),
        Mistake(
            "h-0-oublie",
            "Vous partez d'un état nul au lieu de `h_0` : l'erreur ne se voit pas tant que `h_0` est nul.",
            run_from_zero,
        ),
        Mistake(
            "etat-fige",
            "Chaque pas repart de `h_0` : l'état calculé n'est jamais transmis au pas suivant.",
            run_frozen_state,
        ),
        Mistake(
            "range-avant",
            "`outputs` est décalé d'un pas : vous rangez l'état avant de le mettre à jour, donc "
            "`outputs[0]` vaut `h_0`.",
            run_append_before,
        ),
        Mistake(
            "meme-tableau",
            "Toutes les lignes de `outputs` sont égales au dernier état : vous avez rangé plusieurs fois "
            "le même tableau, modifié sur place.",
            run_one_buffer,
        ),
        Mistake(
            "lot-devant",
            "Les valeurs sont bonnes, mais rangées (lot, temps, n) : ce livre met le temps devant, comme "
            "`torch.nn` par défaut.",
            run_batch_first,
        ),
        Mistake(
            "premier-etat",
            "`outputs` est juste, mais `h_n` est l'état du premier pas : on attend celui du dernier.",
            run_first_state,
        ),
        Mistake(
            "un-seul-resultat",
            "`outputs` est juste ; il manque `h_n`. Renvoyez les deux, dans l'ordre `outputs, h_n`.",
            run_outputs_only,
        ),
        Mistake(
            "avec-h-0",
            "`outputs` a un pas de trop : il commence par `h_0`, qui n'est l'état d'aucun pas.",
            run_with_start,
        ),
        Mistake("echanges", "Vous renvoyez `h_n, outputs` : on attend `outputs, h_n`.", run_swapped),
        Mistake(
            "un-seul-pas",
            "Vous vous arrêtez après le premier pas : le `return` est-il dans la boucle ?",
            run_one_step,
        ),
        Mistake(
            "axe-des-couches",
            "Les valeurs sont bonnes, mais `h_n` a un axe de trop : celui des couches est propre à PyTorch.",
            run_layer_axis,
        ),
        Mistake(
            "h-0-ecrase",
            "Vous écrivez chaque état dans `h_0` : toutes les lignes de `outputs` sont le même tableau, et "
            "l'appelant perd son état de départ.",
            run_in_place,
        ),
    ),
)


# --- cellule-4 : réparer deux couches ReLU -------------------------------------------------------------


def relu_step(x: np.ndarray, h: np.ndarray, layer: Layer) -> np.ndarray:
    W_xh, W_hh, b_h = layer
    return np.maximum(x @ W_xh.T + h @ W_hh.T + b_h, 0.0)


def two_layers(inputs: np.ndarray, layer_0: Layer, layer_1: Layer) -> np.ndarray:
    h_0 = np.zeros((inputs.shape[1], layer_0[1].shape[0]))
    h_1 = np.zeros((inputs.shape[1], layer_1[1].shape[0]))
    outputs = []
    for x in inputs:
        h_0 = relu_step(x, h_0, layer_0)
        h_1 = relu_step(h_0, h_1, layer_1)
        outputs.append(h_1)
    return np.stack(outputs)


def two_layers_late(inputs, layer_0, layer_1):
    h_0 = np.zeros((inputs.shape[1], layer_0[1].shape[0]))
    h_1 = np.zeros((inputs.shape[1], layer_1[1].shape[0]))
    outputs = []
    for x in inputs:
        h_1 = relu_step(h_0, h_1, layer_1)
        h_0 = relu_step(x, h_0, layer_0)
        outputs.append(h_1)
    return np.stack(outputs)


def two_layers_tanh(inputs, layer_0, layer_1):
    h_0, _ = run(inputs, np.zeros((inputs.shape[1], layer_0[1].shape[0])), *layer_0)
    return run(h_0, np.zeros((inputs.shape[1], layer_1[1].shape[0])), *layer_1)[0]


def two_layers_first_only(inputs, layer_0, layer_1):
    h_0 = np.zeros((inputs.shape[1], layer_0[1].shape[0]))
    outputs = []
    for x in inputs:
        h_0 = relu_step(x, h_0, layer_0)
        outputs.append(h_0)
    return np.stack(outputs)


def two_layers_shared_state(inputs, layer_0, layer_1):
    h = np.zeros((inputs.shape[1], layer_0[1].shape[0]))
    outputs = []
    for x in inputs:
        h = relu_step(x, h, layer_0)
        h = relu_step(h, h, layer_1)
        outputs.append(h)
    return np.stack(outputs)


def two_layers_before(inputs, layer_0, layer_1):
    states = two_layers(inputs, layer_0, layer_1)
    return np.concatenate([np.zeros_like(states[:1]), states[:-1]])


def two_layers_top_forgets(inputs, layer_0, layer_1):
    states = two_layers_first_only(inputs, layer_0, layer_1)
    return relu_step(states, np.zeros((inputs.shape[1], layer_1[1].shape[0])), layer_1)


def two_layers_same_input(inputs, layer_0, layer_1):
    return two_layers_first_only(inputs, layer_1, layer_0)


def two_layers_last_step(inputs, layer_0, layer_1):
    return two_layers(inputs, layer_0, layer_1)[-1]


def _layers_inputs(rng: np.random.Generator) -> Iterator[Case]:
    for steps, batch, d, n_0, n_1 in ((5, 3, 2, 4, 3), (4, 1, 3, 3, 3)):
        yield rng.normal(size=(steps, batch, d)), _weights(rng, d, n_0), _weights(rng, n_0, n_1)


LAYERS = FunctionExercise(
    "cellule-4",
    "Réparer deux couches empilées",
    "code",
    2,
    reference=two_layers,
    inputs=_layers_inputs,
    mistakes=(
        Mistake(
            "une-couche-en-retard",
            "La couche 1 lit l'état que la couche 0 avait au pas d'avant. Au pas $t$, elle reçoit celui que "
            "la couche 0 vient de calculer.",
            two_layers_late,
        ),
        Mistake("tanh", "Vos deux couches appliquent tanh ; on demande ReLU.", two_layers_tanh),
        Mistake(
            "premiere-couche",
            "Vous renvoyez les états de la couche 0 : la sortie d'un réseau empilé est celle de la "
            "dernière couche.",
            two_layers_first_only,
        ),
        Mistake(
            "etat-commun",
            "Les deux couches se partagent un seul état : chacune doit garder le sien d'un pas à l'autre.",
            two_layers_shared_state,
        ),
        Mistake(
            "range-avant",
            "Votre sortie est décalée d'un pas : vous la rangez avant de calculer la couche 1.",
            two_layers_before,
        ),
        Mistake(
            "couche-1-sans-passe",
            "La couche 1 repart d'un état nul à chaque pas : elle doit reprendre le sien.",
            two_layers_top_forgets,
        ),
        Mistake(
            "entree-directe",
            "La couche 1 lit l'entrée `x` : elle doit lire l'état de la couche 0.",
            two_layers_same_input,
        ),
        Mistake(
            "dernier-pas",
            "Vous ne renvoyez que le dernier pas : on attend la sortie à tous les pas, de forme (temps, "
            "lot, n).",
            two_layers_last_step,
        ),
    ),
)


# --- cellule-5 : charger ses poids dans torch.nn.RNN ----------------------------------------------------


def to_torch(W_xh: np.ndarray, W_hh: np.ndarray, b_h: np.ndarray) -> torch.nn.RNN:
    rnn = torch.nn.RNN(W_xh.shape[1], W_xh.shape[0])
    with torch.no_grad():
        for name, values in (
            ("weight_ih_l0", W_xh),
            ("weight_hh_l0", W_hh),
            ("bias_ih_l0", b_h),
            ("bias_hh_l0", np.zeros_like(b_h)),
        ):
            rnn.get_parameter(name).copy_(torch.from_numpy(values))
    return rnn


def to_torch_bias_twice(W_xh, W_hh, b_h):
    rnn = to_torch(W_xh, W_hh, b_h)
    with torch.no_grad():
        rnn.get_parameter("bias_hh_l0").copy_(torch.from_numpy(b_h))
    return rnn


def to_torch_random_bias(W_xh, W_hh, b_h):
    rnn = torch.nn.RNN(W_xh.shape[1], W_xh.shape[0])
    drawn = rnn.get_parameter("bias_hh_l0").detach().clone()
    rnn.load_state_dict({**to_torch(W_xh, W_hh, b_h).state_dict(), "bias_hh_l0": drawn})
    return rnn


def to_torch_no_bias(W_xh, W_hh, b_h):
    return to_torch(W_xh, W_hh, np.zeros_like(b_h))


def to_torch_transposed(W_xh, W_hh, b_h):
    return to_torch(W_xh, np.ascontiguousarray(W_hh.T), b_h)


def to_torch_relu(W_xh, W_hh, b_h):
    rnn = torch.nn.RNN(W_xh.shape[1], W_xh.shape[0], nonlinearity="relu")
    rnn.load_state_dict(to_torch(W_xh, W_hh, b_h).state_dict())
    return rnn


def to_torch_batch_first(W_xh, W_hh, b_h):
    rnn = torch.nn.RNN(W_xh.shape[1], W_xh.shape[0], batch_first=True)
    rnn.load_state_dict(to_torch(W_xh, W_hh, b_h).state_dict())
    return rnn


def to_torch_random_biases(W_xh, W_hh, b_h):
    rnn = torch.nn.RNN(W_xh.shape[1], W_xh.shape[0])
    drawn = {name: values.clone() for name, values in rnn.state_dict().items() if "bias" in name}
    rnn.load_state_dict({**to_torch(W_xh, W_hh, b_h).state_dict(), **drawn})
    return rnn


def to_torch_fresh(W_xh, W_hh, b_h):
    return torch.nn.RNN(W_xh.shape[1], W_xh.shape[0])


def _feed(
    answer: Callable[..., Any], W_xh: np.ndarray, W_hh: np.ndarray, b_h: np.ndarray, inputs: np.ndarray
) -> Any:
    """Construit le module et le nourrit d'une séquence que l'élève ne voit pas."""
    rnn = answer(W_xh, W_hh, b_h)
    if not isinstance(rnn, torch.nn.RNN):
        raise Refusal(
            f"On attend un module `torch.nn.RNN`, votre fonction renvoie un objet `{type(rnn).__name__}`."
        )
    kinds = {parameter.dtype for parameter in rnn.parameters()}
    if len(kinds) > 1:
        raise Refusal(
            "Les paramètres du module n'ont pas tous le même type : un tableau NumPy est en `float64`, une "
            "couche neuve en `float32`. Copiez les valeurs dans les paramètres, ou convertissez-les."
        )
    with torch.no_grad():
        output, h_n = rnn(torch.from_numpy(inputs).to(kinds.pop()))
    return output, h_n


def _torch_inputs(rng: np.random.Generator) -> Iterator[Case]:
    for steps, batch, d, n in ((6, 3, 2, 4), (5, 2, 3, 3)):
        yield *_weights(rng, d, n), rng.normal(size=(steps, batch, d))


TO_TORCH = FunctionExercise(
    "cellule-5",
    "Charger ses poids dans torch.nn.RNN",
    "code",
    3,
    reference=to_torch,
    inputs=_torch_inputs,
    use=_feed,
    outputs=("output", "h_n"),
    atol=1e-5,
    mistakes=(
        Mistake(
            "biais-deux-fois",
            "Les deux biais de `torch.nn.RNN` s'ajoutent : en mettant `b_h` dans l'un et dans l'autre, "
            "vous le comptez deux fois.",
            to_torch_bias_twice,
        ),
        Mistake(
            "biais-au-hasard",
            "`bias_hh_l0` garde les valeurs tirées au hasard à la création du module : tout paramètre "
            "compte, même celui que vous ne voulez pas utiliser.",
            to_torch_random_bias,
        ),
        Mistake(
            "biais-non-copies",
            "Les poids sont bons, mais les deux biais gardent les valeurs tirées à la création du module.",
            to_torch_random_biases,
        ),
        Mistake(
            "sans-biais", "Les poids sont bons, mais `b_h` n'est dans aucun des deux biais.", to_torch_no_bias
        ),
        Mistake(
            "transposee",
            "`weight_hh_l0` a déjà la forme (n, n) de `W_hh`, dans le même sens : ne la transposez pas.",
            to_torch_transposed,
        ),
        Mistake("relu", "Le module a les bons poids mais applique ReLU : on demande tanh.", to_torch_relu),
        Mistake(
            "lot-devant",
            "Le module attend le lot devant (`batch_first=True`) et lit le temps comme un lot : gardez le "
            "réglage par défaut.",
            to_torch_batch_first,
        ),
        Mistake(
            "poids-non-copies",
            "Le module garde les poids tirés à sa création : vos tableaux n'y ont pas été copiés.",
            to_torch_fresh,
        ),
    ),
)


# --- cellule-6 : des poids tirés entre 0 et 1 ----------------------------------------------------------


def saturated_share(inputs: np.ndarray, W_xh: np.ndarray, W_hh: np.ndarray) -> float:
    n = W_hh.shape[0]
    states, _ = run(inputs, np.zeros((inputs.shape[1], n)), W_xh, W_hh, np.zeros(n))
    return float(np.mean(np.abs(states) > 0.99))


def share_of_positive(inputs, W_xh, W_hh):
    n = W_hh.shape[0]
    states, _ = run(inputs, np.zeros((inputs.shape[1], n)), W_xh, W_hh, np.zeros(n))
    return float(np.mean(states > 0.99))


def share_of_last(inputs, W_xh, W_hh):
    n = W_hh.shape[0]
    _, h_n = run(inputs, np.zeros((inputs.shape[1], n)), W_xh, W_hh, np.zeros(n))
    return float(np.mean(np.abs(h_n) > 0.99))


def share_of_preactivations(inputs, W_xh, W_hh):
    n = W_hh.shape[0]
    states, _ = run(inputs, np.zeros((inputs.shape[1], n)), W_xh, W_hh, np.zeros(n))
    return float(np.mean(np.abs(np.arctanh(np.clip(states, -1 + 1e-15, 1 - 1e-15))) > 0.99))


def count_of_saturated(inputs, W_xh, W_hh):
    n = W_hh.shape[0]
    states, _ = run(inputs, np.zeros((inputs.shape[1], n)), W_xh, W_hh, np.zeros(n))
    return int(np.sum(np.abs(states) > 0.99))


def share_without_recurrence(inputs, W_xh, W_hh):
    return float(np.mean(np.abs(np.tanh(inputs @ W_xh.T)) > 0.99))


def share_in_percent(inputs, W_xh, W_hh):
    return 100 * saturated_share(inputs, W_xh, W_hh)


def _share_inputs(rng: np.random.Generator) -> Iterator[Case]:
    for scale, shift in ((1.0, 0.0), (0.1, 0.0), (2.0, 0.5)):
        W_xh, W_hh = (scale * (rng.random(shape) - shift) for shape in ((16, 20), (16, 16)))
        yield rng.normal(size=(12, 4, 20)), W_xh, W_hh


SHARE = FunctionExercise(
    "cellule-6",
    "Des poids tirés entre 0 et 1",
    "experience",
    2,
    reference=saturated_share,
    inputs=_share_inputs,
    mistakes=(
        Mistake(
            "sans-valeur-absolue",
            "Vous ne comptez que les états proches de 1 : tanh sature aussi près de −1.",
            share_of_positive,
        ),
        Mistake(
            "dernier-etat",
            "Vous ne mesurez que le dernier état : on demande la part sur tous les pas.",
            share_of_last,
        ),
        Mistake(
            "pre-activation",
            "Vous comparez la préactivation à 0,99 : la saturation se lit sur l'état, après tanh.",
            share_of_preactivations,
        ),
        Mistake(
            "compte",
            "Vous renvoyez un nombre d'états saturés : on demande une part, entre 0 et 1.",
            count_of_saturated,
        ),
        Mistake(
            "sans-recurrence",
            "Votre mesure ignore `W_hh` : l'état d'avant n'est pas repris d'un pas à l'autre.",
            share_without_recurrence,
        ),
        Mistake("pour-cent", "Votre part est en pour cent : on la demande entre 0 et 1.", share_in_percent),
    ),
)


# --- cellule-7 : reprendre l'état entre deux segments --------------------------------------------------

Runner = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


def run_by_segments(
    inputs: np.ndarray, h_0: np.ndarray, length: int, run: Runner
) -> tuple[np.ndarray, np.ndarray]:
    h, pieces = h_0, []
    for start in range(0, len(inputs), length):
        outputs, h = run(inputs[start : start + length], h)
        pieces.append(outputs)
    return np.concatenate(pieces), h


def segments_reset(inputs, h_0, length, run):
    pieces = [run(inputs[start : start + length], h_0) for start in range(0, len(inputs), length)]
    return np.concatenate([outputs for outputs, _ in pieces]), pieces[-1][1]


def segments_zero(inputs, h_0, length, run):
    return segments_reset(inputs, np.zeros_like(h_0), length, run)


def segments_without_tail(inputs, h_0, length, run):
    return run_by_segments(inputs[: len(inputs) // length * length], h_0, length, run)


def segments_first_state(inputs, h_0, length, run):
    h, pieces = h_0, []
    for start in range(0, len(inputs), length):
        outputs, _ = run(inputs[start : start + length], h)
        h = outputs[0]
        pieces.append(outputs)
    return np.concatenate(pieces), h


def segments_last_only(inputs, h_0, length, run):
    h = h_0
    for start in range(0, len(inputs), length):
        outputs, h = run(inputs[start : start + length], h)
    return outputs, h


def segments_overlap(inputs, h_0, length, run):
    h, pieces = h_0, []
    for start in range(0, len(inputs), length):
        outputs, h = run(inputs[start : start + length + 1], h)
        pieces.append(outputs[:length])
    return np.concatenate(pieces), h


def _segment_inputs(rng: np.random.Generator) -> Iterator[Case]:
    for steps, length, batch, d, n in ((7, 3, 2, 2, 3), (6, 2, 1, 3, 4), (4, 10, 3, 2, 2)):
        weights = _weights(rng, d, n)

        def cell(
            inputs: np.ndarray, h_0: np.ndarray, weights: Layer = weights, length: int = length
        ) -> tuple[np.ndarray, np.ndarray]:
            if len(inputs) > length:
                raise Refusal(
                    f"Vous donnez à `run` un segment de {len(inputs)} pas, avec `length` = {length} : "
                    "coupez le premier axe, celui du temps, tous les `length` pas."
                )
            return run(inputs, h_0, *weights)

        yield rng.normal(size=(steps, batch, d)), rng.normal(size=(batch, n)), length, cell


SEGMENTS = FunctionExercise(
    "cellule-7",
    "Reprendre l'état entre deux segments",
    "code",
    3,
    reference=run_by_segments,
    inputs=_segment_inputs,
    outputs=("outputs", "h_n"),
    success="L'état final d'un segment dit tout ce qu'il faut savoir du passé : la coupure ne se voit pas.",
    mistakes=(
        Mistake(
            "repart-de-h-0",
            "Chaque segment repart de `h_0` : le premier est juste, les suivants ont oublié tout ce qui "
            "précède.",
            segments_reset,
        ),
        Mistake(
            "repart-de-zero",
            "Chaque segment part d'un état nul, le premier aussi : `h_0` n'est pas utilisé.",
            segments_zero,
        ),
        Mistake(
            "reste-perdu",
            "Le dernier segment, plus court, est perdu quand `length` ne divise pas le nombre de pas.",
            segments_without_tail,
        ),
        Mistake(
            "premier-etat",
            "Vous transmettez l'état du premier pas du segment (`outputs[0]`) : il faut celui du dernier.",
            segments_first_state,
        ),
        Mistake(
            "dernier-segment",
            "Vous ne renvoyez que les sorties du dernier segment : recollez celles de tous.",
            segments_last_only,
        ),
        Mistake(
            "chevauchement",
            "Vos segments se chevauchent d'un pas : l'entrée à la frontière est lue deux fois.",
            segments_overlap,
        ),
    ),
)


EXERCISES = (COUNT, STEP, RUN, LAYERS, TO_TORCH, SHARE, SEGMENTS)
