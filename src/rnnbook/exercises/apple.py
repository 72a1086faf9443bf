"""Exercices du chapitre 15, « Le cours d'Apple ».

Formes : `prices` et `forecast` (jours,) ; `close` (jours,) ; `starts` (tirages, blocs).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from rnnbook.exercises._model import Case, FunctionExercise, Mistake, ValueExercise


def _prices(rng: np.random.Generator, count: int) -> np.ndarray:
    """Un cours inventé qui monte par moments et descend par d'autres : une erreur de sens se voit."""
    return 50 * np.exp(np.cumsum(rng.normal(size=count) * 0.04))


# --- apple-1 : rendement, prix et erreurs --------------------------------------------------------------


def returns_and_errors() -> dict[str, float]:
    errors = np.array([1.0, -1.0, 4.0, 0.0])
    return {
        "rendement": float(np.log(63 / 60)),
        "prix_prevu": float(63 * np.exp(0.1)),
        "prix_si_nul": 63.0,
        "mae": float(np.abs(errors).mean()),
        "rmse": float(np.sqrt((errors**2).mean())),
    }


NUMBERS = ValueExercise(
    "apple-1",
    "Rendement, prix et erreurs",
    "main",
    1,
    value=returns_and_errors,
    rtol=2e-3,
    mistakes=(
        Mistake(
            "rendement-simple",
            "Vous avez divisé la hausse par le prix de la veille. Le rendement logarithmique est une "
            "différence de logarithmes : les deux sont proches, pas égaux.",
            {"rendement": 3 / 60},
        ),
        Mistake(
            "logarithme-decimal",
            "Le logarithme est népérien (`np.log`), pas décimal.",
            {"rendement": float(np.log10(63 / 60))},
        ),
        Mistake(
            "sans-exponentielle",
            "Pour revenir au prix, on défait le logarithme : multipliez par l'exponentielle du rendement.",
            {"prix_prevu": 63 * 1.1},
        ),
        Mistake(
            "depuis-l-avant-veille",
            "Le rendement de demain part du prix d'aujourd'hui, 63 dollars, pas de celui d'hier.",
            {"prix_prevu": float(60 * np.exp(0.1))},
        ),
        Mistake(
            "rendement-nul-prix-nul",
            "Un rendement nul n'annule pas le prix : $e^0$ vaut 1.",
            {"prix_si_nul": 0.0},
        ),
        Mistake(
            "erreurs-signees",
            "Les erreurs de signes contraires se compensent : prenez les valeurs absolues.",
            {"mae": 1.0},
        ),
        Mistake(
            "sans-racine",
            "Il manque la racine : la moyenne des carrés est en dollars au carré.",
            {"rmse": 4.5},
        ),
        Mistake(
            "racine-de-la-somme",
            "Vous avez pris la racine de la somme des carrés, sans diviser par le nombre de jours.",
            {"rmse": float(np.sqrt(18))},
        ),
    ),
)


# --- apple-2 : couper dans l'ordre du temps ------------------------------------------------------------


def chronological(count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    first, second = round(0.7 * count), round(0.85 * count)
    days = np.arange(count)
    return days[:first], days[first:second], days[second:]


def split_shuffled(count):
    days = np.random.default_rng(0).permutation(count)
    return tuple(days[part] for part in chronological(count))


def split_sorted_shuffle(count):
    return tuple(np.sort(part) for part in split_shuffled(count))


def split_overlap(count):
    first, second = round(0.7 * count), round(0.85 * count)
    days = np.arange(count)
    return days[: first + 1], days[first : second + 1], days[second:]


def split_gap(count):
    first, second = round(0.7 * count), round(0.85 * count)
    days = np.arange(count)
    return days[:first], days[first + 1 : second], days[second + 1 :]


def split_without_rest(count):
    training, validation, test = chronological(count)
    return training, validation, test[: int(0.15 * count)]


def split_test_first(count):
    last, rest = round(0.15 * count), round(0.3 * count)
    days = np.arange(count)
    return days[rest:], days[last:rest], days[:last]


def split_missing_validation(count):
    training, _, test = chronological(count)
    return training, test


SPLIT = FunctionExercise(
    "apple-2",
    "Couper dans l'ordre du temps",
    "code",
    1,
    reference=chronological,
    inputs=lambda rng: [(37,), (61,), (114,)],  # aucune frontière ne tombe sur un demi
    outputs=("entraînement", "validation", "test"),
    mistakes=(
        Mistake(
            "melange",
            "Vous avez mélangé les jours : l'entraînement contient des jours d'après le test. Une série se "
            "coupe dans l'ordre.",
            split_shuffled,
        ),
        Mistake(
            "melange-puis-trie",
            "Trier après avoir mélangé ne répare rien : chaque partie contient encore des jours de toute la "
            "série.",
            split_sorted_shuffle,
        ),
        Mistake(
            "chevauchement",
            "Vos parties se chevauchent d'un jour : le dernier jour d'une partie est le premier de la "
            "suivante. La borne droite d'une tranche est exclue.",
            split_overlap,
        ),
        Mistake(
            "trou",
            "Un jour manque à chaque frontière : la borne droite d'une tranche est déjà exclue, la tranche "
            "suivante commence là.",
            split_gap,
        ),
        Mistake(
            "reste-perdu",
            "Des jours de la fin n'appartiennent à aucune partie : le test prend tout ce qui reste.",
            split_without_rest,
        ),
        Mistake(
            "test-au-debut",
            "Votre test est au début de la série : vous prévoyez le passé en ayant appris l'avenir.",
            split_test_first,
        ),
        Mistake(
            "deux-parties",
            "Il manque la validation : sans elle, on choisirait les réglages sur le test.",
            split_missing_validation,
        ),
    ),
)


# --- apple-3 : régler l'échelle ------------------------------------------------------------------------


def scale(prices: np.ndarray, stop: int) -> np.ndarray:
    low, high = prices[:stop].min(), prices[:stop].max()
    return (prices - low) / (high - low)


def scale_everything(prices, stop):
    return (prices - prices.min()) / (prices.max() - prices.min())


def scale_each_part(prices, stop):
    return np.concatenate([scale_everything(part, stop) for part in (prices[:stop], prices[stop:])])


def scale_clipped(prices, stop):
    return np.clip(scale(prices, stop), 0, 1)


def scale_one_more_day(prices, stop):
    return scale(prices, stop + 1)


def scale_training_only(prices, stop):
    return scale(prices, stop)[:stop]


def scale_by_the_last(prices, stop):
    return scale(prices[::-1], len(prices) - stop)[::-1]


def _scale_inputs(rng: np.random.Generator) -> Iterator[Case]:
    for count, stop in ((40, 28), (25, 17)):
        # Le cours monte : chaque jour de plus change le maximum.
        yield np.cumsum(rng.random(count)) + 10, stop


SCALE = FunctionExercise(
    "apple-3",
    "Réparer une mise à l'échelle",
    "code",
    2,
    reference=scale,
    inputs=_scale_inputs,
    mistakes=(
        Mistake(
            "fuite",
            "L'échelle est réglée sur toute la série : elle connaît le maximum de jours que le modèle ne "
            "doit pas avoir vus.",
            scale_everything,
        ),
        Mistake(
            "chaque-partie",
            "Chaque partie a sa propre échelle : un même prix n'a plus le même nombre avant et après la "
            "frontière, et le test règle la sienne.",
            scale_each_part,
        ),
        Mistake(
            "ecrete",
            "Vous ramenez à 0 ou à 1 ce qui en sort : les prix du test sont perdus. Ils ont le droit de "
            "dépasser 1.",
            scale_clipped,
        ),
        Mistake(
            "un-jour-de-trop",
            "Votre échelle voit un jour de trop : `stop` est le premier jour hors de l'entraînement.",
            scale_one_more_day,
        ),
        Mistake(
            "entrainement-seul",
            "L'échelle est bonne, mais vous ne l'appliquez qu'à l'entraînement : on attend tous les jours.",
            scale_training_only,
        ),
        Mistake(
            "reglee-sur-la-fin",
            "L'échelle est réglée sur les jours qui suivent l'entraînement, ceux que l'on n'a pas.",
            scale_by_the_last,
        ),
    ),
)


# --- apple-4 : ajuster un cours ------------------------------------------------------------------------

Splits = list[tuple[int, float]]


def adjust(close: np.ndarray, splits: Splits) -> np.ndarray:
    adjusted = close.copy()
    for day, ratio in splits:
        adjusted[:day] /= ratio
    return adjusted


def adjust_including_the_day(close, splits):
    return adjust(close, [(day + 1, ratio) for day, ratio in splits])


def adjust_the_future(close, splits):
    adjusted = close.copy()
    for day, ratio in splits:
        adjusted[day:] /= ratio
    return adjusted


def adjust_forward(close, splits):
    adjusted = close.copy()
    for day, ratio in splits:
        adjusted[day:] *= ratio
    return adjusted


def adjust_multiplying(close, splits):
    return adjust(close, [(day, 1 / ratio) for day, ratio in splits])


def adjust_last_only(close, splits):
    return adjust(close, splits[-1:])


def adjust_not_compounded(close, splits):
    adjusted, before = close.copy(), 0
    for day, ratio in splits:
        adjusted[before:day] /= ratio
        before = day
    return adjusted


def adjust_in_place(close, splits):
    for day, ratio in splits:
        close[:day] /= ratio
    return close


def _adjust_inputs(rng: np.random.Generator) -> Iterator[Case]:
    for count, splits in ((30, [(11, 2.0), (20, 3.0)]), (18, [(9, 7.0)]), (12, [(3, 2.0), (8, 2.0)])):
        yield _prices(rng, count), splits


ADJUST = FunctionExercise(
    "apple-4",
    "Ajuster un cours",
    "code",
    2,
    reference=adjust,
    inputs=_adjust_inputs,
    mistakes=(
        Mistake(
            "jour-compris",
            "Le jour de la division se négocie déjà au nouveau prix : on ne divise que ce qui le précède.",
            adjust_including_the_day,
        ),
        Mistake(
            "avenir-divise",
            "Vous divisez les prix d'après, que la division a déjà diminués : c'est le passé qu'il faut "
            "mettre à leur niveau.",
            adjust_the_future,
        ),
        Mistake(
            "vers-l-avant",
            "Votre cours est continu, mais c'est l'avenir que vous ramenez au niveau du passé. On demande "
            "que le dernier prix ne change pas.",
            adjust_forward,
        ),
        Mistake(
            "multiplie",
            "Vous multipliez le passé : une action d'alors en vaut plusieurs d'aujourd'hui, chacune vaut "
            "donc moins.",
            adjust_multiplying,
        ),
        Mistake(
            "derniere-seule",
            "Seule la dernière division est corrigée : il peut y en avoir plusieurs.",
            adjust_last_only,
        ),
        Mistake(
            "sans-cumul",
            "Les divisions se cumulent : un prix d'avant la première est divisé par tous les rapports.",
            adjust_not_compounded,
        ),
        Mistake(
            "sur-place",
            "Les valeurs sont justes, mais vous écrivez dans `close` : les prix bruts sont perdus pour qui "
            "vous appelle. Travaillez sur une copie.",
            adjust_in_place,
        ),
    ),
)


# --- apple-5 : l'erreur de la persistance --------------------------------------------------------------


def persistence(prices: np.ndarray, start: int) -> tuple[np.ndarray, float]:
    forecast = prices[start - 1 : -1].copy()
    return forecast, float(np.abs(forecast - prices[start:]).mean())


def persistence_wrong_way(prices, start):
    forecast = np.append(prices[start + 1 :], prices[-1])
    return forecast, float(np.abs(forecast - prices[start:]).mean())


def persistence_rolled_wrong_way(prices, start):
    forecast = np.roll(prices, -1)[start:]
    return forecast, float(np.abs(forecast - prices[start:]).mean())


def persistence_today(prices, start):
    return prices[start:], 0.0


def persistence_first_day_missing(prices, start):
    return prices[start:-1], float(np.abs(np.diff(prices[start:])).mean())


def persistence_frozen(prices, start):
    forecast = np.full(len(prices) - start, prices[start - 1])
    return forecast, float(np.abs(forecast - prices[start:]).mean())


def persistence_signed(prices, start):
    forecast, _ = persistence(prices, start)
    return forecast, float((forecast - prices[start:]).mean())


def persistence_rmse(prices, start):
    forecast, _ = persistence(prices, start)
    return forecast, float(np.sqrt(((forecast - prices[start:]) ** 2).mean()))


def persistence_everywhere(prices, start):
    return prices[:-1], float(np.abs(np.diff(prices)).mean())


def _persistence_inputs(rng: np.random.Generator) -> Iterator[Case]:
    for count, start in ((30, 21), (12, 3)):
        yield _prices(rng, count), start


PERSISTENCE = FunctionExercise(
    "apple-5",
    "L'erreur de la persistance",
    "code",
    1,
    reference=persistence,
    inputs=_persistence_inputs,
    outputs=("forecast", "mae"),
    mistakes=(
        Mistake(
            "dans-le-mauvais-sens",
            "Vous répondez le prix du lendemain : la série est décalée dans le mauvais sens. La prévision du "
            "jour $t$ est le prix du jour $t-1$.",
            persistence_wrong_way,
        ),
        Mistake(
            "roll-a-l-envers",
            "`np.roll` décale dans l'autre sens et ramène le premier prix à la fin : vous répondez le prix "
            "du lendemain, et celui du premier jour pour le dernier.",
            persistence_rolled_wrong_way,
        ),
        Mistake(
            "le-jour-meme",
            "Votre erreur est nulle : vous prévoyez le prix du jour avec le prix du jour, que l'on n'a pas "
            "encore.",
            persistence_today,
        ),
        Mistake(
            "premier-jour-oublie",
            "Le premier jour à prévoir manque. Sa veille est dans la partie d'avant, et on a le droit de la "
            "connaître.",
            persistence_first_day_missing,
        ),
        Mistake(
            "figee",
            "Votre prévision reste figée : chaque matin, la persistance prend le prix de la veille.",
            persistence_frozen,
        ),
        Mistake(
            "sans-valeur-absolue",
            "La prévision est juste. Sans valeur absolue, les erreurs de signes contraires se compensent.",
            persistence_signed,
        ),
        Mistake(
            "rmse", "La prévision est juste, mais l'erreur est la RMSE ; on demande la MAE.", persistence_rmse
        ),
        Mistake(
            "toute-la-serie",
            "Vous prévoyez toute la série : on demande les jours à partir de `start`.",
            persistence_everywhere,
        ),
    ),
)


# --- apple-6 : démasquer un décalage -------------------------------------------------------------------


def lag_errors(forecast: np.ndarray, prices: np.ndarray, most: int) -> np.ndarray:
    count = len(prices)
    return np.array(
        [np.abs(forecast[most:] - prices[most - lag : count - lag]).mean() for lag in range(most + 1)]
    )


def lag_to_the_future(forecast, prices, most):
    count = len(prices)
    return np.array(
        [
            np.abs(forecast[: count - most] - prices[lag : count - most + lag]).mean()
            for lag in range(most + 1)
        ]
    )


def lag_rolled(forecast, prices, most):
    return np.array([np.abs(forecast - np.roll(prices, lag)).mean() for lag in range(most + 1)])


def lag_unequal_days(forecast, prices, most):
    count = len(prices)
    return np.array([np.abs(forecast[lag:] - prices[: count - lag]).mean() for lag in range(most + 1)])


def lag_from_one(forecast, prices, most):
    return lag_errors(forecast, prices, most)[1:]


def lag_without_last(forecast, prices, most):
    return lag_errors(forecast, prices, most)[:-1]


def lag_signed(forecast, prices, most):
    count = len(prices)
    return np.array([(forecast[most:] - prices[most - lag : count - lag]).mean() for lag in range(most + 1)])


def lag_correlations(forecast, prices, most):
    count = len(prices)
    return np.array(
        [np.corrcoef(forecast[most:], prices[most - lag : count - lag])[0, 1] for lag in range(most + 1)]
    )


def lag_winner(forecast, prices, most):
    return int(np.argmin(lag_errors(forecast, prices, most)))


def _lag_inputs(rng: np.random.Generator) -> Iterator[Case]:
    for count, most, shift in ((40, 4, 1), (25, 3, 2), (30, 1, 0)):
        prices = _prices(rng, count)
        yield np.roll(prices, shift) + rng.normal(size=count) * 0.2, prices, most


LAGS = FunctionExercise(
    "apple-6",
    "Démasquer un décalage",
    "experience",
    2,
    reference=lag_errors,
    inputs=_lag_inputs,
    mistakes=(
        Mistake(
            "vers-l-avenir",
            "Vous comparez la prévision aux jours qui suivent : le décalage $k$ recule, il compare "
            "$\\hat p_t$ à $p_{t-k}$.",
            lag_to_the_future,
        ),
        Mistake(
            "roll",
            "`np.roll` ramène les derniers prix au début : les premiers jours sont comparés à l'avenir.",
            lag_rolled,
        ),
        Mistake(
            "jours-differents",
            "Chaque décalage est mesuré sur des jours différents : pour comparer, gardez les mêmes jours, "
            "$t \\geq$ `most`.",
            lag_unequal_days,
        ),
        Mistake(
            "sans-le-zero",
            "Il manque le décalage 0, le jour même : c'est celui que la prévision prétend gagner.",
            lag_from_one,
        ),
        Mistake("sans-le-dernier", "Il manque le dernier décalage, `most` compris.", lag_without_last),
        Mistake(
            "sans-valeur-absolue", "Prenez la valeur absolue de chaque écart avant la moyenne.", lag_signed
        ),
        Mistake(
            "correlation",
            "Vous calculez une corrélation. Entre deux prix elle est toujours proche de 1 et ne distingue "
            "pas les décalages : on demande l'écart absolu moyen.",
            lag_correlations,
        ),
        Mistake(
            "le-gagnant-seul",
            "Vous renvoyez le meilleur décalage ; on demande l'erreur de chacun.",
            lag_winner,
        ),
    ),
)


# --- apple-7 : l'intervalle par blocs ------------------------------------------------------------------


def block_interval(
    model_error: np.ndarray, baseline_error: np.ndarray, starts: np.ndarray, block: int
) -> tuple[float, float]:
    delta = np.abs(model_error) - np.abs(baseline_error)
    days = (starts[:, :, None] + np.arange(block)).reshape(len(starts), -1)[:, : len(delta)]
    low, high = np.quantile(delta[days].mean(axis=1), [0.025, 0.975])
    return float(low), float(high)


def interval_single_days(model_error, baseline_error, starts, block):
    return block_interval(model_error, baseline_error, starts, 1)


def interval_scattered(model_error, baseline_error, starts, block):
    delta = np.abs(model_error) - np.abs(baseline_error)
    days = (starts[:, :, None] + len(delta) // block * np.arange(block)) % len(delta)
    days = days.reshape(len(starts), -1)[:, : len(delta)]
    low, high = np.quantile(delta[days].mean(axis=1), [0.025, 0.975])
    return float(low), float(high)


def interval_opposite(model_error, baseline_error, starts, block):
    return block_interval(baseline_error, model_error, starts, block)


def interval_signed(model_error, baseline_error, starts, block):
    delta = model_error - baseline_error
    days = (starts[:, :, None] + np.arange(block)).reshape(len(starts), -1)[:, : len(delta)]
    low, high = np.quantile(delta[days].mean(axis=1), [0.025, 0.975])
    return float(low), float(high)


def interval_too_long(model_error, baseline_error, starts, block):
    delta = np.abs(model_error) - np.abs(baseline_error)
    low, high = np.quantile(delta[starts[:, :, None] + np.arange(block)].mean(axis=(1, 2)), [0.025, 0.975])
    return float(low), float(high)


def interval_of_days(model_error, baseline_error, starts, block):
    delta = np.abs(model_error) - np.abs(baseline_error)
    low, high = np.quantile(delta, [0.025, 0.975])
    return float(low), float(high)


def interval_at_ninety(model_error, baseline_error, starts, block):
    delta = np.abs(model_error) - np.abs(baseline_error)
    days = (starts[:, :, None] + np.arange(block)).reshape(len(starts), -1)[:, : len(delta)]
    low, high = np.quantile(delta[days].mean(axis=1), [0.05, 0.95])
    return float(low), float(high)


def interval_unpaired(model_error, baseline_error, starts, block):
    days = (starts[:, :, None] + np.arange(block)).reshape(len(starts), -1)[:, : len(model_error)]
    means = np.abs(model_error)[days].mean(axis=1) - np.abs(baseline_error)[days[::-1]].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def _interval_inputs(rng: np.random.Generator) -> Iterator[Case]:
    for count, block, draws in ((60, 7, 200), (45, 10, 150)):
        calm = np.repeat(rng.uniform(0.2, 3, size=count // 5), 5)  # des semaines calmes, d'autres agitées
        baseline_error = rng.normal(size=count) * calm
        model_error = 0.7 * baseline_error + rng.normal(size=count) * calm * 0.6 + 0.3
        starts = rng.integers(0, count - block + 1, size=(draws, -(-count // block)))
        yield model_error, baseline_error, starts, block


INTERVAL = FunctionExercise(
    "apple-7",
    "Un intervalle par blocs",
    "code",
    3,
    reference=block_interval,
    inputs=_interval_inputs,
    outputs=("bas", "haut"),
    mistakes=(
        Mistake(
            "jours-un-a-un",
            "Vous ne prenez que le premier jour de chaque bloc : ce sont des jours tirés un à un, comme "
            "s'ils étaient indépendants.",
            interval_single_days,
        ),
        Mistake(
            "jours-eparpilles",
            "Les jours de vos blocs ne se suivent pas : la dépendance entre voisins, que le bloc doit "
            "garder, est perdue.",
            interval_scattered,
        ),
        Mistake(
            "signe",
            "Votre différence est à l'envers : c'est l'erreur du modèle moins celle du repère, négative "
            "quand le modèle fait mieux.",
            interval_opposite,
        ),
        Mistake(
            "erreurs-signees",
            "Vous retranchez les erreurs avec leur signe : comparez leurs valeurs absolues.",
            interval_signed,
        ),
        Mistake(
            "tirage-trop-long",
            "Un tirage doit compter autant de jours que la série : coupez ce qui dépasse.",
            interval_too_long,
        ),
        Mistake(
            "quantiles-des-jours",
            "Ce sont les quantiles des jours, pas ceux de leur moyenne : `starts` n'est pas utilisé.",
            interval_of_days,
        ),
        Mistake(
            "quatre-vingt-dix",
            "Votre intervalle est à 90 % : laissez 2,5 % des tirages de chaque côté.",
            interval_at_ninety,
        ),
        Mistake(
            "non-apparie",
            "Les deux modèles sont tirés sur des jours différents : retranchez d'abord, jour par jour, puis "
            "tirez la différence.",
            interval_unpaired,
        ),
    ),
)


EXERCISES = (NUMBERS, SPLIT, SCALE, ADJUST, PERSISTENCE, LAGS, INTERVAL)
