"""Mesures du chapitre 14 : prévoir deux sinusoïdes bruitées.

    python benchmarks/series.py mesures     écrit book/resultats/series.json (sept minutes)
    python benchmarks/series.py poids       écrit book/resultats/series-poids.json, pour la figure du chapitre

Chaque réseau essaie trois pas d'apprentissage, chaque régression trois pénalités ; la validation choisit. Les
séries de test ne servent qu'à mesurer.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from rnnbook import results
from rnnbook.experiments import series as experiment
from rnnbook.formats import decimal
from rnnbook.widgets.weights import pack

MODULES = ("rnnbook.data.series", "rnnbook.experiments.series", "rnnbook.training")

PLAN = (*((name, "un-pas") for name in experiment.MODELS), *(("gru", s) for s in experiment.STRATEGIES[1:]))
"""Les couples (réseau, stratégie) mesurés."""


def linear(parts: experiment.Parts, strategy: str) -> dict:
    """La régression, d'un coup ou itérée, avec la pénalité que choisit la validation."""
    outputs = experiment.HORIZON if strategy == "directe" else 1
    past, future = experiment.READ, slice(experiment.READ, experiment.READ + outputs)
    tried = []
    for ridge in experiment.RIDGES:
        weights = experiment.fit_linear(parts.training[:past, :, 0].T, parts.training[future, :, 0].T, ridge)

        def errors(part: Tensor, weights: Tensor = weights) -> list[float]:
            inputs = part[:past, :, 0].T
            if strategy == "directe":
                return experiment.by_horizon(experiment.predict_linear(weights, inputs).T, part)
            return experiment.by_horizon(
                experiment.iterate_linear(weights, inputs, experiment.HORIZON).T, part
            )

        tried.append((float(np.mean(errors(parts.validation)[:outputs])), ridge, errors))
    validation, ridge, errors = min(tried, key=lambda row: row[0])
    return {
        "modele": "lineaire",
        "strategie": strategy,
        "penalite": ridge,
        "validation": validation,
        "essais": [{"penalite": value, "validation": error} for error, value, _ in tried],
        "graines": [{"mse": errors(parts.test)}],
    }


def network(parts: experiment.Parts, name: str, strategy: str) -> dict:
    """Un réseau, avec le pas d'apprentissage que choisit la validation."""
    tried = []
    for lr in experiment.RATES:
        runs = [experiment.train(name, strategy, parts, lr=lr, seed=seed) for seed in experiment.SEEDS]
        tried.append((float(np.mean([error for _, error in runs])), lr, [model for model, _ in runs]))
    validation, lr, models = min(tried, key=lambda row: row[0])
    seeds = []
    for model in models:
        forecast = experiment.forecast(model, parts.test, strategy)
        seeds.append({"mse": experiment.by_horizon(forecast, parts.test)})
        if strategy == "un-pas":
            with torch.no_grad():
                seeds[-1]["mse_forcee"] = experiment.by_horizon(
                    experiment.forced(model, parts.test), parts.test
                )
    return {
        "modele": name,
        "strategie": strategy,
        "lr": lr,
        "validation": validation,
        "essais": [{"lr": rate, "validation": error} for error, rate, _ in tried],
        "graines": seeds,
    }


def mesures() -> None:
    parts = experiment.load_parts()
    naive = experiment.by_horizon(experiment.naive(parts.test), parts.test)
    rows = [{"modele": "naif", "strategie": "un-pas", "graines": [{"mse": naive}]}]
    rows += [linear(parts, strategy) for strategy in ("un-pas", "directe")]
    for name, strategy in PLAN:
        rows.append(network(parts, name, strategy))
        report(rows[-1])
    path = results.save(
        "series",
        command="python benchmarks/series.py mesures",
        seeds=experiment.SEEDS,
        modules=MODULES,
        rows=rows,
    )
    for row in rows:
        report(row)
    print(path)


def report(row: dict) -> None:
    """Écrit l'erreur du premier pas, graine par graine, et l'erreur moyenne de chaque horizon."""
    mse = np.array([seed["mse"] for seed in row["graines"]])
    first = " ".join(decimal(value, 5) for value in mse[:, 0])
    means = " ".join(decimal(value, 4) for value in mse.mean(axis=0))
    print(
        f"{row['modele']:12s} {row['strategie']:10s} {row.get('lr', '')!s:6} | {first} | {means}", flush=True
    )


def poids() -> None:
    """Range la régression d'un pas et deux GRU, en demi-précision, pour la figure « Prévoir »."""
    parts = experiment.load_parts()
    kept = {(row["modele"], row["strategie"]): row for row in results.load("series")["lignes"]}
    past, following = experiment.READ, slice(experiment.READ, experiment.READ + 1)
    packed = {
        "lineaire": pack(
            [
                experiment.fit_linear(
                    parts.training[:past, :, 0].T,
                    parts.training[following, :, 0].T,
                    kept["lineaire", "un-pas"]["penalite"],
                )
            ]
        )
    }
    for strategy in ("un-pas", "boucle"):
        model, _ = experiment.train("gru", strategy, parts, lr=kept["gru", strategy]["lr"], seed=0)
        packed[f"gru-{strategy}"] = pack(model.state_dict().values())
    path = results.save(
        "series-poids",
        command="python benchmarks/series.py poids",
        seeds=[0],
        modules=MODULES,
        rows=packed,
    )
    print(path, {name: len(text) for name, text in packed.items()})


if __name__ == "__main__":
    results.run_command(__doc__, {"mesures": mesures, "poids": poids})
