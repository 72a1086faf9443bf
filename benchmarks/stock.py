"""Mesures du chapitre 15 : prix et volatilité d'Apple.

    python benchmarks/stock.py prix
    python benchmarks/stock.py volatilite

Chaque commande écrit un fichier de `book/resultats/`. Le pas d'apprentissage de chaque modèle est celui dont
l'erreur de validation, moyenne sur les graines, est la plus petite ; les jours de test ne servent qu'à
mesurer.
"""

from __future__ import annotations

import numpy as np

from rnnbook import results
from rnnbook.data import load_stock
from rnnbook.experiments import stock
from rnnbook.formats import decimal
from rnnbook.metrics import block_bootstrap

BLOCK = 20
"""Jours d'un bloc du bootstrap."""

MODULES = (
    "rnnbook.data.stock",
    "rnnbook.experiments.stock",
    "rnnbook.metrics",
    "rnnbook.training",
)


def difference(error: np.ndarray, reference: np.ndarray) -> dict[str, float]:
    """Écart moyen d'erreur, jour par jour, et son intervalle à 95 % ; négatif : le modèle fait mieux."""
    return dict(zip(("ecart", "bas", "haut"), block_bootstrap(error - reference, BLOCK), strict=True))


def prix() -> None:
    """Persistance, régression et LSTM sur les mêmes jours de test."""
    prices = load_stock()["adj_close"].to_numpy()
    days = stock.chronological(len(prices))
    reference = np.abs(stock.persistence(prices) - prices)[days.test]
    rows = []
    for name, forecast in (
        ("persistance", stock.persistence(prices)),
        ("regression", stock.linear_forecast(prices, days)),
    ):
        scores = stock.price_scores(prices, forecast, days.test)
        error = np.abs(forecast - prices)[days.test]
        rows.append({"modele": name, **scores, "difference": difference(error, reference)})
    for name in stock.PRICE_MODELS:
        tried = []
        for lr in stock.RATES:
            runs = [stock.network_forecast(prices, days, name, lr=lr, seed=seed) for seed in stock.SEEDS]
            tried.append(
                (float(np.mean([error for _, error in runs])), lr, [forecast for forecast, _ in runs])
            )
        validation, lr, forecasts = min(tried, key=lambda row: row[0])
        error = np.mean([np.abs(forecast - prices)[days.test] for forecast in forecasts], axis=0)
        rows.append(
            {
                "modele": name,
                "lr": lr,
                "validation": validation,
                "essais": [{"lr": rate, "validation": value} for value, rate, _ in tried],
                "graines": [stock.price_scores(prices, forecast, days.test) for forecast in forecasts],
                "difference": difference(error, reference),
            }
        )
    path = save("apple-prix", rows)
    for row in rows:
        scores = row.get("graines", [row])
        mae, rmse = (np.mean([score[key] for score in scores]) for key in ("mae", "rmse"))
        gap = row["difference"]
        print(
            f"{row['modele']:12s} MAE {decimal(mae, 3)}  RMSE {decimal(rmse, 3)}  "
            f"écart {decimal(gap['ecart'], 4)} [{decimal(gap['bas'], 4)} ; {decimal(gap['haut'], 4)}]"
        )
    print(path)


def volatilite() -> None:
    """Moyenne, moyenne exponentielle, régression et LSTM pour |rendement|, en pour cent."""
    values = stock.absolute_returns(load_stock()["adj_close"])
    days = stock.chronological(len(values))
    decays = (0.8, 0.85, 0.9, 0.92, 0.94, 0.96, 0.98)

    def mse(forecast: np.ndarray, part: slice) -> float:
        return float(np.mean((forecast - values)[part] ** 2))

    decay = min(decays, key=lambda d: mse(stock.exponential_average(values, d), days.validation))
    average = stock.exponential_average(values, decay)
    reference = (average - values)[days.test] ** 2
    rows = []
    for name, forecast in (
        ("moyenne", np.full(len(values), values[days.training].mean())),
        ("moyenne exponentielle", average),
        ("regression", stock.linear_volatility(values, days)),
    ):
        error = (forecast - values)[days.test] ** 2
        rows.append(
            {"modele": name, "rmse": float(error.mean() ** 0.5), "difference": difference(error, reference)}
        )
    rows[1]["decroissance"] = decay
    tried = []
    for lr in stock.RATES:
        runs = [stock.network_volatility(values, days, lr=lr, seed=seed) for seed in stock.SEEDS]
        tried.append((float(np.mean([error for _, error in runs])), lr, [forecast for forecast, _ in runs]))
    validation, lr, forecasts = min(tried, key=lambda row: row[0])
    errors = [(forecast - values)[days.test] ** 2 for forecast in forecasts]
    rows.append(
        {
            "modele": "lstm",
            "lr": lr,
            "validation": validation,
            "essais": [{"lr": rate, "validation": value} for value, rate, _ in tried],
            "graines": [{"rmse": float(error.mean() ** 0.5)} for error in errors],
            "difference": difference(np.mean(errors, axis=0), reference),
        }
    )
    path = save("apple-volatilite", rows)
    for row in rows:
        rmse = np.mean([score["rmse"] for score in row.get("graines", [row])])
        gap = row["difference"]
        print(
            f"{row['modele']:22s} RMSE {decimal(rmse, 3)}  écart des carrés {decimal(gap['ecart'], 3)} "
            f"[{decimal(gap['bas'], 3)} ; {decimal(gap['haut'], 3)}]"
        )
    print(path)


def save(name: str, rows: list[dict]):
    return results.save(
        name,
        command=f"python benchmarks/stock.py {name.removeprefix('apple-')}",
        seeds=stock.SEEDS,
        modules=MODULES,
        rows=rows,
        packages=("torch", "numpy", "pandas", "bokeh_sampledata"),
    )


if __name__ == "__main__":
    results.run_command(__doc__, {"prix": prix, "volatilite": volatilite})
