"""Exercices du chapitre 14, « Prévoir une série ».

Formes : `past` et `future` (pas, séries), sauf mention contraire ; `series` (temps, lot, 1) dans series-5.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from rnnbook.exercises._model import Case, FunctionExercise, Mistake, ValueExercise

# --- series-1 : plancher, MSE et MASE à la main --------------------------------------------------------


def floor_and_errors() -> dict[str, float]:
    return {"plancher": 0.03, "mse": 2.5, "mae": 1.5, "mase": 1.125, "mae_naive": 2.5}


NUMBERS = ValueExercise(
    "series-1",
    "Plancher, MSE et MASE à la main",
    "main",
    1,
    value=floor_and_errors,
    mistakes=(
        Mistake(
            "demi-largeur",
            "Dans $b^2/12$, $b$ est la largeur de l'intervalle, de −0,3 à 0,3.",
            {"plancher": 0.3**2 / 12},
        ),
        Mistake(
            "ecart-type",
            "Vous donnez l'écart-type du bruit : la MSE est un carré, son plancher est la variance.",
            {"plancher": 0.03**0.5},
        ),
        Mistake(
            "racine",
            "Vous avez pris la racine : la MSE est la moyenne des carrés elle-même.",
            {"mse": 2.5**0.5},
        ),
        Mistake(
            "somme", "Vous avez additionné les carrés sans diviser par le nombre de prévisions.", {"mse": 5.0}
        ),
        Mistake(
            "signes",
            "Les erreurs, +1 et −2, se compensent : prenez leurs valeurs absolues.",
            {"mae": -0.5},
        ),
        Mistake(
            "naif-de-l-avenir",
            "Le dénominateur de la MASE se calcule sur les pas lus, pas sur ceux que l'on prévoit.",
            {"mase": 0.6},
        ),
        Mistake(
            "diviseur",
            "Quatre pas lus font trois écarts entre voisins : divisez leur somme par 3.",
            {"mase": 1.5},
        ),
        Mistake(
            "naif-glissant",
            "Le naïf ne connaît que les pas lus : il répète 4 aux deux pas, il ne voit pas le 5.",
            {"mae_naive": 2.0},
        ),
    ),
)


# --- series-2 : la MASE d'un lot -----------------------------------------------------------------------


def mase(forecast: np.ndarray, future: np.ndarray, past: np.ndarray) -> float:
    naive = np.abs(past[1:] - past[:-1]).mean(axis=0)
    return float((np.abs(forecast - future).mean(axis=0) / naive).mean())


def mase_of_totals(forecast, future, past):
    return float(np.abs(forecast - future).mean() / np.abs(past[1:] - past[:-1]).mean())


def mase_naive_on_future(forecast, future, past):
    naive = np.abs(future[1:] - future[:-1]).mean(axis=0)
    return float((np.abs(forecast - future).mean(axis=0) / naive).mean())


def mase_signed(forecast, future, past):
    naive = np.abs(past[1:] - past[:-1]).mean(axis=0)
    return float(((forecast - future).mean(axis=0) / naive).mean())


def mase_signed_naive(forecast, future, past):
    naive = np.abs((past[1:] - past[:-1]).mean(axis=0))
    return float((np.abs(forecast - future).mean(axis=0) / naive).mean())


def mase_wrong_axis(forecast, future, past):
    naive = np.abs(past[:, 1:] - past[:, :-1]).mean(axis=1).mean()
    return float((np.abs(forecast - future).mean(axis=1) / naive).mean())


def mase_per_series(forecast, future, past):
    naive = np.abs(past[1:] - past[:-1]).mean(axis=0)
    return np.abs(forecast - future).mean(axis=0) / naive


def mase_squared(forecast, future, past):
    naive = ((past[1:] - past[:-1]) ** 2).mean(axis=0)
    return float((((forecast - future) ** 2).mean(axis=0) / naive).mean())


def _waves(rng: np.random.Generator, steps: int, count: int) -> np.ndarray:
    """Des marches d'amplitudes différentes : une moyenne prise dans le mauvais ordre se voit."""
    return np.cumsum(rng.normal(size=(steps, count)), axis=0) * np.linspace(0.5, 3, count)


def _mase_inputs(rng: np.random.Generator) -> Iterator[Case]:
    for read, ahead, count in ((6, 3, 4), (5, 2, 3), (4, 4, 4)):
        series = _waves(rng, read + ahead, count)
        yield series[read:] + rng.normal(size=(ahead, count)), series[read:], series[:read]


MASE = FunctionExercise(
    "series-2",
    "La MASE d'un lot",
    "code",
    1,
    reference=mase,
    inputs=_mase_inputs,
    mistakes=(
        Mistake(
            "moyenne-des-totaux",
            "Vous divisez l'erreur de tout le lot par le naïf de tout le lot : on demande une MASE par "
            "série, puis leur moyenne.",
            mase_of_totals,
        ),
        Mistake(
            "naif-de-l-avenir",
            "Votre dénominateur vient des pas à prévoir : au moment de prévoir, on ne les connaît pas.",
            mase_naive_on_future,
        ),
        Mistake(
            "sans-valeur-absolue",
            "Vos erreurs de signes contraires se compensent : il manque la valeur absolue au numérateur.",
            mase_signed,
        ),
        Mistake(
            "absolue-trop-tard",
            "Au dénominateur, la valeur absolue porte sur chaque écart, avant la moyenne.",
            mase_signed_naive,
        ),
        Mistake(
            "mauvais-axe",
            "L'axe 0 est le temps : vous comparez des séries voisines au lieu de pas voisins.",
            mase_wrong_axis,
        ),
        Mistake(
            "une-par-serie", "Vous renvoyez une MASE par série : il reste à les moyenner.", mase_per_series
        ),
        Mistake("carres", "La MASE se fait avec des valeurs absolues, pas des carrés.", mase_squared),
    ),
)


# --- series-3 : réparer une mise à l'échelle -----------------------------------------------------------

Scaled = tuple[np.ndarray, np.ndarray, np.ndarray]


def standardise(series: np.ndarray, read: int) -> Scaled:
    center, scale = series[:read].mean(axis=0), series[:read].std(axis=0)
    return (series - center) / scale, center, scale


def standardise_everything(series, read):
    center, scale = series.mean(axis=0), series.std(axis=0)
    return (series - center) / scale, center, scale


def standardise_scale_leaks(series, read):
    center, scale = series[:read].mean(axis=0), series.std(axis=0)
    return (series - center) / scale, center, scale


def standardise_apart(series, read):
    reduced, center, scale = standardise(series, read)
    future = series[read:]
    return (
        np.concatenate([reduced[:read], (future - future.mean(axis=0)) / future.std(axis=0)]),
        center,
        scale,
    )


def standardise_read_only(series, read):
    reduced, center, scale = standardise(series, read)
    return reduced[:read], center, scale


def standardise_one_scale(series, read):
    center, scale = series[:read].mean(), series[:read].std()
    count = series.shape[1]
    return (series - center) / scale, np.full(count, center), np.full(count, scale)


def standardise_variance(series, read):
    center, scale = series[:read].mean(axis=0), series[:read].var(axis=0)
    return (series - center) / scale, center, scale


def _standardise_inputs(rng: np.random.Generator) -> Iterator[Case]:
    for steps, read, count in ((12, 8, 3), (9, 6, 4), (8, 4, 2)):
        yield _waves(rng, steps, count) + 5, read


STANDARDISE = FunctionExercise(
    "series-3",
    "Réparer une mise à l'échelle",
    "code",
    2,
    reference=standardise,
    inputs=_standardise_inputs,
    outputs=("series", "center", "scale"),
    mistakes=(
        Mistake(
            "avenir-compris",
            "Le centre et l'échelle viennent de toute la série, avenir compris : c'est la fuite. Seuls les "
            "`read` premiers pas sont connus.",
            standardise_everything,
        ),
        Mistake(
            "echelle-seule",
            "Le centre est juste, mais l'écart-type voit encore les pas à prévoir.",
            standardise_scale_leaks,
        ),
        Mistake(
            "deux-echelles",
            "Vous donnez à l'avenir une échelle à lui : il ne se compare plus aux pas lus, et il faut le "
            "connaître pour la calculer.",
            standardise_apart,
        ),
        Mistake(
            "avenir-perdu",
            "Les pas à prévoir ont disparu : transformez-les aussi, avec l'échelle des pas lus.",
            standardise_read_only,
        ),
        Mistake(
            "une-seule-echelle",
            "Vous prenez une échelle pour tout le lot : on demande celle de chaque série.",
            standardise_one_scale,
        ),
        Mistake(
            "variance", "Vous divisez par la variance : l'écart-type est sa racine.", standardise_variance
        ),
    ),
)


# --- series-4 : itérer une régression ------------------------------------------------------------------


def iterate_linear(past: np.ndarray, weights: np.ndarray, bias: float, steps: int) -> np.ndarray:
    values, length = past, len(weights)
    for _ in range(steps):
        following = values[:, -length:] @ weights + bias
        values = np.concatenate([values, following[:, None]], axis=1)
    return values[:, -steps:]


def iterate_frozen(past, weights, bias, steps):
    following = past[:, -len(weights) :] @ weights + bias
    return np.repeat(following[:, None], steps, axis=1)


def iterate_first_window(past, weights, bias, steps):
    values, length = past, len(weights)
    for k in range(steps):
        following = values[:, k : k + length] @ weights + bias
        values = np.concatenate([values, following[:, None]], axis=1)
    return values[:, -steps:]


def iterate_without_bias(past, weights, bias, steps):
    return iterate_linear(past, weights, 0.0, steps)


def iterate_reversed(past, weights, bias, steps):
    return iterate_linear(past, weights[::-1], bias, steps)


def iterate_everything(past, weights, bias, steps):
    values, length = past, len(weights)
    for _ in range(steps):
        following = values[:, -length:] @ weights + bias
        values = np.concatenate([values, following[:, None]], axis=1)
    return values


def _iterate_inputs(rng: np.random.Generator) -> Iterator[Case]:
    for count, read, length, steps in ((3, 6, 4, 3), (2, 5, 5, 4), (4, 7, 2, 1)):
        yield rng.normal(size=(count, read)), rng.normal(size=length) * 0.5, 0.3, steps


ITERATE = FunctionExercise(
    "series-4",
    "Itérer une régression",
    "code",
    2,
    reference=iterate_linear,
    inputs=_iterate_inputs,
    mistakes=(
        Mistake(
            "fenetre-figee",
            "Toutes vos prévisions sont égales à la première : la fenêtre ne reçoit jamais la prévision.",
            iterate_frozen,
        ),
        Mistake(
            "mauvaise-fenetre",
            "Votre fenêtre part du début de la série : elle doit être faite des dernières valeurs.",
            iterate_first_window,
        ),
        Mistake("sans-biais", "Il manque le biais à chaque pas.", iterate_without_bias),
        Mistake(
            "a-l-envers",
            "Les poids sont pris à l'envers : `weights[0]` va avec la valeur la plus ancienne.",
            iterate_reversed,
        ),
        Mistake(
            "passe-compris",
            "Vous renvoyez aussi les pas lus : on ne demande que les prévisions.",
            iterate_everything,
        ),
    ),
)


# --- series-5 : les cibles de chaque pas ---------------------------------------------------------------


def every_step(series: np.ndarray, horizon: int) -> tuple[np.ndarray, np.ndarray]:
    inputs = series[:-horizon]
    shifted = [series[1 + k : 1 + k + len(inputs), :, 0] for k in range(horizon)]
    return inputs, np.stack(shifted, axis=-1)


def every_step_late(series, horizon):
    inputs = series[:-horizon]
    shifted = [series[k : k + len(inputs), :, 0] for k in range(horizon)]
    return inputs, np.stack(shifted, axis=-1)


def every_step_reversed(series, horizon):
    inputs, targets = every_step(series, horizon)
    return inputs, targets[..., ::-1]


def every_step_one_axis_more(series, horizon):
    inputs, targets = every_step(series, horizon)
    return inputs, targets[..., None]


def every_step_horizon_first(series, horizon):
    inputs, targets = every_step(series, horizon)
    return inputs, np.moveaxis(targets, -1, 0)


def every_step_last_only(series, horizon):
    inputs, targets = every_step(series, horizon)
    return inputs, np.repeat(targets[-1:], len(inputs), axis=0)


def every_step_flat_inputs(series, horizon):
    inputs, targets = every_step(series, horizon)
    return inputs[..., 0], targets


def every_step_one_ahead(series, horizon):
    inputs, targets = every_step(series, horizon)
    return inputs, np.repeat(targets[..., :1], horizon, axis=-1)


def _every_step_inputs(rng: np.random.Generator) -> Iterator[Case]:
    for steps, batch, horizon in ((9, 2, 3), (8, 3, 4), (6, 3, 3)):
        yield rng.normal(size=(steps, batch, 1)), horizon


EVERY_STEP = FunctionExercise(
    "series-5",
    "Les cibles de chaque pas",
    "code",
    3,
    reference=every_step,
    inputs=_every_step_inputs,
    outputs=("inputs", "targets"),
    mistakes=(
        Mistake(
            "pas-courant",
            "Votre première cible est la valeur que l'on vient de lire : le réseau n'a qu'à la recopier. "
            "Décalez d'un pas.",
            every_step_late,
        ),
        Mistake(
            "a-l-envers",
            "Les cibles d'un pas sont à l'envers : la plus proche vient en premier.",
            every_step_reversed,
        ),
        Mistake(
            "un-axe-de-trop",
            "Il y a un axe de trop : l'axe des grandeurs est remplacé par celui de l'horizon.",
            every_step_one_axis_more,
        ),
        Mistake(
            "horizon-devant",
            "Les valeurs sont bonnes, mais l'horizon est devant : on attend (temps, lot, horizon).",
            every_step_horizon_first,
        ),
        Mistake(
            "dernier-pas",
            "Tous les pas ont la cible du dernier : chacun doit avoir la sienne.",
            every_step_last_only,
        ),
        Mistake(
            "entrees-plates",
            "Les cibles sont justes, mais les entrées ont perdu l'axe des grandeurs : une série univariée a "
            "trois axes.",
            every_step_flat_inputs,
        ),
        Mistake(
            "un-seul-pas",
            "Vous répétez la valeur du pas suivant : les cibles sont les `horizon` valeurs qui suivent.",
            every_step_one_ahead,
        ),
    ),
)


# --- series-6 : combien de pas faut-il lire ? ----------------------------------------------------------


def window_error(
    train_past: np.ndarray,
    train_next: np.ndarray,
    test_past: np.ndarray,
    test_next: np.ndarray,
    length: int,
) -> float:
    X = np.hstack([train_past[:, -length:], np.ones((len(train_past), 1))])
    weights = np.linalg.lstsq(X, train_next, rcond=None)[0]
    return float(np.mean((test_past[:, -length:] @ weights[:-1] + weights[-1] - test_next) ** 2))


def window_first(train_past, train_next, test_past, test_next, length):
    return window_error(train_past[:, :length], train_next, test_past[:, :length], test_next, length)


def window_without_bias(train_past, train_next, test_past, test_next, length):
    weights = np.linalg.lstsq(train_past[:, -length:], train_next, rcond=None)[0]
    return float(np.mean((test_past[:, -length:] @ weights - test_next) ** 2))


def window_train_error(train_past, train_next, test_past, test_next, length):
    return window_error(train_past, train_next, train_past, train_next, length)


def window_fit_on_test(train_past, train_next, test_past, test_next, length):
    return window_error(test_past, test_next, test_past, test_next, length)


def window_root(train_past, train_next, test_past, test_next, length):
    return window_error(train_past, train_next, test_past, test_next, length) ** 0.5


def window_whole(train_past, train_next, test_past, test_next, length):
    return window_error(train_past, train_next, test_past, test_next, train_past.shape[1])


def _window_inputs(rng: np.random.Generator) -> Iterator[Case]:
    for count, read, length in ((40, 6, 3), (30, 5, 1), (50, 8, 5)):
        weights = rng.normal(size=read)
        train, test = rng.normal(size=(count, read)), rng.normal(size=(count // 2, read))
        noise = rng.normal(size=count) * 0.3
        yield train, train @ weights + 2 + noise, test, test @ weights + 2 + noise[: len(test)], length


WINDOW = FunctionExercise(
    "series-6",
    "Combien de pas faut-il lire ?",
    "experience",
    3,
    reference=window_error,
    inputs=_window_inputs,
    mistakes=(
        Mistake(
            "premiers-pas",
            "Vous lisez les premiers pas : les plus utiles sont les derniers, juste avant ce qu'il faut "
            "prévoir.",
            window_first,
        ),
        Mistake(
            "sans-biais", "Votre régression n'a pas de biais : ajoutez une colonne de 1.", window_without_bias
        ),
        Mistake(
            "erreur-d-entrainement",
            "Vous mesurez l'erreur sur l'entraînement : elle baisse toujours quand on lit plus de pas.",
            window_train_error,
        ),
        Mistake(
            "ajustee-sur-le-test",
            "Votre régression est ajustée sur le test : elle a vu les réponses.",
            window_fit_on_test,
        ),
        Mistake("racine", "Vous renvoyez la racine : on demande l'erreur quadratique moyenne.", window_root),
        Mistake("tous-les-pas", "Vous lisez tous les pas : `length` n'est pas employé.", window_whole),
    ),
)


EXERCISES = (NUMBERS, MASE, STANDARDISE, ITERATE, EVERY_STEP, WINDOW)
