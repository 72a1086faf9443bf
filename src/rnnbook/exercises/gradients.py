"""Exercices du chapitre 6, « Gradients évanescents et explosifs ».

Formes : `hs` (temps + 1, n), où `hs[0]` est h_0, d'une couche tanh ; `W_hh` (n, n) ; `norms` (retards + 1,).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from rnnbook.exercises._model import Case, FunctionExercise, Mistake, ValueExercise
from rnnbook.jacobians import Array, jacobian_norms, unroll


def _states(rng: np.random.Generator, steps: int, n: int) -> tuple[Array, Array]:
    """Des états tanh et leur matrice, loin de la saturation : une erreur se voit dans les valeurs."""
    W_hh = rng.normal(size=(n, n)) * 1.2 * n**-0.5
    return unroll("tanh", W_hh, 0.6 * rng.normal(size=(steps, n)), 0.5 * rng.normal(size=n)), W_hh


# --- gradients-1 : le produit à la main -----------------------------------------------------------------


def by_hand() -> dict[str, Any]:
    matrix = np.array([[0.9, 4.0], [0.0, 0.9]])
    return {
        "derivee": 0.9**20,
        "pas": int(np.ceil(np.log(1000) / -np.log(0.9))),
        "facteur": 1.5 * (1 - 0.8**2),
        "borne": 1.5,
        "rayon": 0.9,
        "coin": float((matrix @ matrix)[0, 1]),
    }


BY_HAND = ValueExercise(
    "gradients-1",
    "Le produit à la main",
    "main",
    1,
    value=by_hand,
    rtol=1e-3,
    atol=1e-3,  # « à un millième près »
    mistakes=(
        Mistake(
            "un-de-moins",
            "De $h_0$ à $h_{20}$, il y a vingt pas, donc vingt facteurs : vous en avez compté dix-neuf.",
            {"derivee": 0.9**19},
        ),
        Mistake(
            "somme",
            "Les facteurs se multiplient, ils ne s'additionnent pas : vingt pas donnent une puissance.",
            {"derivee": 0.9 * 20},
        ),
        Mistake(
            "arrondi-par-defaut",
            "Après 65 pas, la dérivée vaut encore un peu plus d'un millième.",
            {"pas": 65},
        ),
        Mistake(
            "sans-saturation",
            "Le facteur n'est pas $w$ seul : la pente de tanh, lue sur l'état, l'affaiblit.",
            {"facteur": 1.5},
        ),
        Mistake(
            "pente-sans-carre",
            "La pente de tanh, lue sur la sortie, est $1 - h^2$ : il manque le carré.",
            {"facteur": 1.5 * (1 - 0.8)},
        ),
        Mistake(
            "sans-poids",
            "Vous donnez la pente de tanh seule : le facteur est son produit par le poids.",
            {"facteur": 1 - 0.8**2},
        ),
        Mistake(
            "borne-sans-poids",
            "La borne d'un pas est un produit : la plus grande pente et la plus grande valeur singulière.",
            {"borne": 1.0},
        ),
        Mistake(
            "borne-avec-pente",
            "La borne prend la plus grande pente possible, 1, et non celle de cet état.",
            {"borne": 1.5 * (1 - 0.8**2)},
        ),
        Mistake(
            "plus-grand-nombre",
            "Le rayon spectral se lit sur les valeurs propres, qui sont ici sur la diagonale.",
            {"rayon": 4.0},
        ),
        Mistake(
            "terme-a-terme",
            "Vous avez élevé chaque nombre au carré : $W_{hh}^2$ est un produit de matrices.",
            {"coin": 16.0},
        ),
        Mistake(
            "un-seul-terme",
            "Le coin de $W_{hh}^2$ est une somme de deux produits : il vous en manque un.",
            {"coin": 0.9 * 4},
        ),
    ),
)


# --- gradients-2 : écrêter ------------------------------------------------------------------------------


def clip(gradients: list[Array], limit: float) -> list[Array]:
    norm = sum(float(np.sum(g**2)) for g in gradients) ** 0.5
    factor = 1.0 if norm <= limit else limit / norm
    return [factor * g for g in gradients]


def clip_each(gradients, limit):
    return [clip([g], limit)[0] for g in gradients]


def clip_values(gradients, limit):
    return [np.clip(g, -limit, limit) for g in gradients]


def clip_always(gradients, limit):
    norm = sum(float(np.sum(g**2)) for g in gradients) ** 0.5
    return [limit / norm * g for g in gradients]


def clip_sum_of_norms(gradients, limit):
    norm = sum(float(np.sum(g**2)) ** 0.5 for g in gradients)
    return [min(1.0, limit / norm) * g for g in gradients]


def clip_squared_norm(gradients, limit):
    norm = sum(float(np.sum(g**2)) for g in gradients)
    return [min(1.0, limit / norm) * g for g in gradients]


def clip_in_place(gradients, limit):
    for g, clipped in zip(gradients, clip(gradients, limit), strict=True):
        g[:] = clipped
    return gradients


def clip_to_unit(gradients, limit):
    norm = sum(float(np.sum(g**2)) for g in gradients) ** 0.5
    return [g / norm if norm > limit else g for g in gradients]


def _clip_inputs(rng: np.random.Generator) -> Iterator[Case]:
    for scale, limit in ((3.0, 0.5), (0.02, 2.0), (1.0, 2.5)):
        yield [scale * rng.normal(size=shape) for shape in ((3, 2), (3, 3), (3,))], limit


CLIP = FunctionExercise(
    "gradients-2",
    "Écrêter un gradient",
    "code",
    1,
    reference=clip,
    inputs=_clip_inputs,
    success="Un seul facteur pour tous : la direction ne change pas.",
    mistakes=(
        Mistake(
            "chacun-pour-soi",
            "Vous écrêtez chaque tableau à part : la direction change. La norme est celle de tous les "
            "gradients mis bout à bout.",
            clip_each,
        ),
        Mistake(
            "par-valeur",
            "Vous bornez chaque nombre : c'est un autre écrêtage, par valeur, qui tourne le gradient.",
            clip_values,
        ),
        Mistake(
            "toujours",
            "Vous ramenez toujours la norme au seuil, même quand elle est plus petite : un petit gradient "
            "ne doit pas grandir.",
            clip_always,
        ),
        Mistake(
            "somme-des-normes",
            "La norme d'un vecteur fait de plusieurs morceaux n'est pas la somme de leurs normes.",
            clip_sum_of_norms,
        ),
        Mistake("sans-racine", "Vous comparez au seuil le carré de la norme.", clip_squared_norm),
        Mistake(
            "norme-un",
            "Au-delà du seuil, vous ramenez la norme à 1 : il faut la ramener au seuil.",
            clip_to_unit,
        ),
        Mistake(
            "sur-place",
            "Les valeurs sont justes, mais vous écrivez dans les gradients reçus. Renvoyez de nouveaux "
            "tableaux.",
            clip_in_place,
        ),
    ),
)


# --- gradients-3 : la norme selon le retard -------------------------------------------------------------


def norms_by_lag(hs: Array, W_hh: Array) -> Array:
    return jacobian_norms("tanh", W_hh, hs)[::-1]


def _norms(hs: Array, W_hh: Array, step: Callable[[Array, int], Array]) -> list[Array]:
    """Les produits de retard 0 … T ; `step(product, j)` ajoute le facteur du pas j."""
    products = [np.eye(len(W_hh))]
    for j in range(len(hs) - 1, 0, -1):
        products.append(step(products[-1], j))
    return products


def _spectral(products: list[Array]) -> Array:
    return np.array([np.linalg.norm(p, 2) for p in products])


def norms_from_start(hs, W_hh):
    return norms_by_lag(hs, W_hh)[::-1]


def norms_wrong_side(hs, W_hh):
    return _spectral(_norms(hs, W_hh, lambda p, j: ((1 - hs[j] ** 2)[:, None] * W_hh) @ p))


def norms_previous_slope(hs, W_hh):
    return _spectral(_norms(hs, W_hh, lambda p, j: p @ ((1 - hs[j - 1] ** 2)[:, None] * W_hh)))


def norms_without_slope(hs, W_hh):
    return _spectral(_norms(hs, W_hh, lambda p, j: p @ W_hh))


def norms_slope_on_columns(hs, W_hh):
    return _spectral(_norms(hs, W_hh, lambda p, j: p @ ((1 - hs[j] ** 2) * W_hh)))


def norms_frobenius(hs, W_hh):
    products = _norms(hs, W_hh, lambda p, j: p @ ((1 - hs[j] ** 2)[:, None] * W_hh))
    return np.array([np.linalg.norm(p) for p in products])


def norms_frobenius_from_one(hs, W_hh):
    return np.concatenate([[1.0], norms_frobenius(hs, W_hh)[1:]])


def norms_spectral_radius(hs, W_hh):
    products = _norms(hs, W_hh, lambda p, j: p @ ((1 - hs[j] ** 2)[:, None] * W_hh))
    return np.array([np.abs(np.linalg.eigvals(p)).max() for p in products])


def norms_product_of_norms(hs, W_hh):
    factors = [np.linalg.norm((1 - h**2)[:, None] * W_hh, 2) for h in hs[:0:-1]]
    return np.concatenate([[1.0], np.cumprod(factors)])


def _norms_inputs(rng: np.random.Generator) -> Iterator[Case]:
    for steps, n in ((6, 3), (9, 4), (3, 2)):
        yield _states(rng, steps, n)


NORMS = FunctionExercise(
    "gradients-3",
    "La norme selon le retard",
    "code",
    2,
    reference=norms_by_lag,
    inputs=_norms_inputs,
    mistakes=(
        Mistake(
            "a-l-envers",
            "Vos valeurs sont rangées de $h_0$ à $h_T$ : on les demande par retard, la première vaut 1.",
            norms_from_start,
        ),
        Mistake(
            "mauvais-cote",
            "Le facteur d'un pas plus ancien se place à droite du produit, pas à gauche.",
            norms_wrong_side,
        ),
        Mistake(
            "pente-du-pas-precedent",
            "La pente du pas $j$ se lit sur $h_j$ ; vous l'avez lue sur $h_{j-1}$.",
            norms_previous_slope,
        ),
        Mistake(
            "sans-pente",
            "Il manque les pentes de tanh : vous calculez les puissances de $W_{hh}$.",
            norms_without_slope,
        ),
        Mistake(
            "pente-en-colonnes",
            "La pente multiplie les lignes de $W_{hh}$ : elle agit sur la sortie du pas, pas sur son entrée.",
            norms_slope_on_columns,
        ),
        Mistake(
            "frobenius",
            "`np.linalg.norm` sans second argument donne la norme de Frobenius ; on demande la plus grande "
            "valeur singulière.",
            norms_frobenius,
        ),
        Mistake(
            "frobenius-sauf-au-depart",
            "`np.linalg.norm` sans second argument additionne les carrés de tous les nombres : ajoutez-lui 2 "
            "pour la plus grande valeur singulière.",
            norms_frobenius_from_one,
        ),
        Mistake(
            "rayon-spectral",
            "Vous prenez les valeurs propres du produit ; l'allongement maximal est une valeur singulière.",
            norms_spectral_radius,
        ),
        Mistake(
            "produit-des-normes",
            "Vous multipliez les normes des facteurs : c'est une borne, pas la norme du produit.",
            norms_product_of_norms,
        ),
    ),
)


# --- gradients-4 : la portée ----------------------------------------------------------------------------


def reach(norms: Array, threshold: float) -> int:
    below = np.flatnonzero(norms < threshold)
    return int(below[0]) - 1 if len(below) else len(norms) - 1


def reach_last_above(norms, threshold):
    return int(np.flatnonzero(norms >= threshold)[-1])


def reach_first_below(norms, threshold):
    below = np.flatnonzero(norms < threshold)
    return int(below[0]) if len(below) else len(norms) - 1


def reach_count(norms, threshold):
    return int(np.sum(norms >= threshold))


def reach_argmax(norms, threshold):
    return int(np.argmax(norms < threshold)) - 1


def reach_norm(norms, threshold):
    return float(norms[reach(norms, threshold)])


def _reach_inputs(rng: np.random.Generator) -> Iterator[Case]:
    decreasing = 0.8 ** np.arange(20.0)
    yield decreasing, 0.1
    yield np.array([1.0, 0.6, 0.05, 0.4, 0.5, 0.02]), 0.1  # redescend, puis remonte
    yield 1.2 ** np.arange(8.0), 0.5  # ne descend jamais
    yield np.exp(-rng.random(15).cumsum()), 0.01


REACH = FunctionExercise(
    "gradients-4",
    "Jusqu'où le gradient porte",
    "experience",
    2,
    reference=reach,
    inputs=_reach_inputs,
    mistakes=(
        Mistake(
            "dernier-au-dessus",
            "La norme peut remonter après être passée sous le seuil : la portée s'arrête la première fois.",
            reach_last_above,
        ),
        Mistake(
            "premier-sous-le-seuil",
            "Vous renvoyez le premier retard sous le seuil ; la portée est le dernier encore au-dessus.",
            reach_first_below,
        ),
        Mistake(
            "compte",
            "Vous comptez les retards au-dessus du seuil : ils partent de 0, et peuvent ne pas se suivre.",
            reach_count,
        ),
        Mistake(
            "jamais-dessous",
            "Quand rien ne passe sous le seuil, `np.argmax` rend 0 : la portée est alors le dernier retard.",
            reach_argmax,
        ),
        Mistake("norme", "Vous renvoyez une norme : on demande un retard, un entier.", reach_norm),
    ),
)


# --- gradients-5 : réparer un pas d'entraînement --------------------------------------------------------


def train_step(
    model: nn.Module, optimizer: torch.optim.Optimizer, x: Tensor, y: Tensor, limit: float
) -> float:
    loss = nn.functional.mse_loss(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    norm = nn.utils.clip_grad_norm_(model.parameters(), limit)
    optimizer.step()
    return norm.item()


def step_returns_the_loss(model, optimizer, x, y, limit):
    loss = nn.functional.mse_loss(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), limit)
    optimizer.step()
    return loss.item()


def step_clip_too_late(model, optimizer, x, y, limit):
    loss = nn.functional.mse_loss(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    norm = nn.utils.clip_grad_norm_(model.parameters(), limit)
    return norm.item()


def step_clip_too_early(model, optimizer, x, y, limit):
    loss = nn.functional.mse_loss(model(x), y)
    optimizer.zero_grad()
    norm = nn.utils.clip_grad_norm_(model.parameters(), limit)
    loss.backward()
    optimizer.step()
    return norm.item()


def step_without_zero(model, optimizer, x, y, limit):
    loss = nn.functional.mse_loss(model(x), y)
    loss.backward()
    norm = nn.utils.clip_grad_norm_(model.parameters(), limit)
    optimizer.step()
    return norm.item()


def step_clip_weights(model, optimizer, x, y, limit):
    loss = nn.functional.mse_loss(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    norm = nn.utils.clip_grad_norm_(model.parameters(), torch.inf)
    optimizer.step()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.clamp_(-limit, limit)
    return norm.item()


def step_clip_values(model, optimizer, x, y, limit):
    loss = nn.functional.mse_loss(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    norm = nn.utils.clip_grad_norm_(model.parameters(), torch.inf)
    nn.utils.clip_grad_value_(model.parameters(), limit)
    optimizer.step()
    return norm.item()


def step_zero_before_step(model, optimizer, x, y, limit):
    loss = nn.functional.mse_loss(model(x), y)
    loss.backward()
    norm = nn.utils.clip_grad_norm_(model.parameters(), limit)
    optimizer.zero_grad()
    optimizer.step()
    return norm.item()


def _two_steps(answer: Callable[..., Any], seed: int, limit: float) -> dict[str, Any]:
    """Fait deux pas sur un petit modèle ; renvoie les normes lues et les poids obtenus."""
    generator = torch.Generator().manual_seed(seed)
    model = nn.Linear(3, 2)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    norms = [
        answer(
            model,
            optimizer,
            torch.randn(8, 3, generator=generator),
            5 * torch.randn(8, 2, generator=generator),
            limit,
        )
        for _ in range(2)
    ]
    return {
        "norme au pas 1": norms[0],
        "norme au pas 2": norms[1],
        "poids": model.weight.detach(),
        "biais": model.bias.detach(),
    }


def _train_inputs(rng: np.random.Generator) -> Iterator[Case]:
    for limit in (0.5, 1.0, 100.0):
        yield int(rng.integers(1000)), limit


TRAIN_STEP = FunctionExercise(
    "gradients-5",
    "Réparer un pas d'entraînement",
    "code",
    2,
    reference=train_step,
    inputs=_train_inputs,
    use=_two_steps,
    mistakes=(
        Mistake(
            "trop-tard",
            "Les poids ont déjà bougé quand vous écrêtez : le pas a été fait avec le gradient entier.",
            step_clip_too_late,
        ),
        Mistake(
            "perte-renvoyee",
            "Les poids sont justes, mais vous renvoyez la perte : on demande la norme du gradient avant "
            "écrêtage.",
            step_returns_the_loss,
        ),
        Mistake(
            "trop-tot",
            "Vous écrêtez avant `backward()` : il n'y a encore aucun gradient à raccourcir.",
            step_clip_too_early,
        ),
        Mistake(
            "sans-remise-a-zero",
            "Les gradients du pas précédent s'ajoutent à ceux-ci : il manque `zero_grad()`.",
            step_without_zero,
        ),
        Mistake(
            "poids-ecretes",
            "Vous bornez les poids : c'est le gradient qu'il faut raccourcir, et avant le pas.",
            step_clip_weights,
        ),
        Mistake(
            "par-valeur",
            "`clip_grad_value_` borne chaque nombre et tourne le gradient : on demande la norme.",
            step_clip_values,
        ),
        Mistake(
            "efface-avant-le-pas",
            "`zero_grad()` efface le gradient juste avant le pas : les poids ne bougent plus.",
            step_zero_before_step,
        ),
    ),
)


# --- gradients-6 : la régularisation de Pascanu ---------------------------------------------------------


def omega(hs: Array, W_hh: Array, d_last: Array) -> float:
    total, d_h = 0.0, d_last
    for h in hs[:1:-1]:  # h_T, …, h_2
        passed = (d_h * (1 - h**2)) @ W_hh
        total += (float(np.linalg.norm(passed) / np.linalg.norm(d_h)) - 1) ** 2
        d_h = passed
    return total


def _omega(hs: Array, W_hh: Array, d_last: Array, term: Callable[[float], float], last: int = 2) -> float:
    total, d_h = 0.0, d_last
    for t in range(len(hs) - 1, last - 1, -1):
        passed = (d_h * (1 - hs[t] ** 2)) @ W_hh
        total += term(float(np.linalg.norm(passed) / np.linalg.norm(d_h)))
        d_h = passed
    return total


def omega_not_squared(hs, W_hh, d_last):
    return _omega(hs, W_hh, d_last, lambda ratio: abs(ratio - 1))


def omega_signed(hs, W_hh, d_last):
    return _omega(hs, W_hh, d_last, lambda ratio: ratio - 1)


def omega_one_too_few(hs, W_hh, d_last):
    return _omega(hs, W_hh, d_last, lambda ratio: (ratio - 1) ** 2, last=3)


def omega_not_centred(hs, W_hh, d_last):
    return _omega(hs, W_hh, d_last, lambda ratio: ratio**2)


def omega_inverted(hs, W_hh, d_last):
    return _omega(hs, W_hh, d_last, lambda ratio: (1 / ratio - 1) ** 2)


def omega_one_too_many(hs, W_hh, d_last):
    return _omega(hs, W_hh, d_last, lambda ratio: (ratio - 1) ** 2, last=1)


def omega_transposed(hs, W_hh, d_last):
    total, d_h = 0.0, d_last
    for h in hs[:1:-1]:
        passed = W_hh @ (d_h * (1 - h**2))
        total += (float(np.linalg.norm(passed) / np.linalg.norm(d_h)) - 1) ** 2
        d_h = passed
    return total


def omega_slope_after(hs, W_hh, d_last):
    total, d_h = 0.0, d_last
    for h in hs[:1:-1]:
        passed = (d_h @ W_hh) * (1 - h**2)
        total += (float(np.linalg.norm(passed) / np.linalg.norm(d_h)) - 1) ** 2
        d_h = passed
    return total


def omega_frozen(hs, W_hh, d_last):
    ratios = [np.linalg.norm((d_last * (1 - h**2)) @ W_hh) / np.linalg.norm(d_last) for h in hs[:1:-1]]
    return float(sum((ratio - 1) ** 2 for ratio in ratios))


def omega_mean(hs, W_hh, d_last):
    return omega(hs, W_hh, d_last) / (len(hs) - 2)


def _omega_inputs(rng: np.random.Generator) -> Iterator[Case]:
    for steps, n in ((6, 3), (9, 4), (3, 2)):
        yield *_states(rng, steps, n), rng.normal(size=n)


OMEGA = FunctionExercise(
    "gradients-6",
    "Punir les changements de longueur",
    "code",
    3,
    reference=omega,
    inputs=_omega_inputs,
    mistakes=(
        Mistake("sans-carre", "Il manque le carré : chaque écart compte au carré.", omega_not_squared),
        Mistake(
            "sans-moins-un",
            "Vous punissez la longueur elle-même : c'est son écart à 1 qu'il faut punir.",
            omega_not_centred,
        ),
        Mistake(
            "rapport-renverse",
            "Votre rapport est renversé : la longueur après le pas en arrière est au numérateur.",
            omega_inverted,
        ),
        Mistake(
            "un-pas-de-trop",
            "La somme s'arrête à $t = 2$ : on ne transmet rien à $h_0$, qui n'est pas calculé.",
            omega_one_too_many,
        ),
        Mistake(
            "un-pas-de-moins",
            "Il manque le terme $t = 2$ à votre somme.",
            omega_one_too_few,
        ),
        Mistake(
            "avec-les-signes",
            "Sans le carré, un allongement et un raccourcissement s'annulent.",
            omega_signed,
        ),
        Mistake(
            "transposee",
            "Le gradient est une ligne, à gauche de $W_{hh}$ ; vous multipliez par sa transposée.",
            omega_transposed,
        ),
        Mistake(
            "pente-apres",
            "Le gradient traverse d'abord tanh (la pente du pas $t$), puis $W_{hh}$ : vous avez interverti.",
            omega_slope_after,
        ),
        Mistake(
            "gradient-fige",
            "Vous repartez de `d_last` à chaque pas : le gradient doit être transmis d'un pas à l'autre.",
            omega_frozen,
        ),
        Mistake("moyenne", "Vous renvoyez une moyenne : $\\Omega$ est une somme.", omega_mean),
    ),
)


EXERCISES = (BY_HAND, CLIP, NORMS, REACH, TRAIN_STEP, OMEGA)
