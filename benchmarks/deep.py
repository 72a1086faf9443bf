"""Mesures du chapitre 12 : convolution devant un GRU, profondeur à paramètres égaux, temps par lot.

    python benchmarks/deep.py convolution
    python benchmarks/deep.py profondeur
    python benchmarks/deep.py temps

Chaque commande écrit un fichier de `book/resultats/`. Le pas d'apprentissage de chaque modèle est celui dont
l'erreur de validation, médiane sur trois graines, est la plus petite : une graine peut ne rien apprendre.
Le test ne sert qu'à mesurer. Le temps est donné en rapport au GRU seul, tour par tour : à refaire sur une
machine au repos.
"""

from __future__ import annotations

import time
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch

from rnnbook import results
from rnnbook.experiments import deep
from rnnbook.formats import decimal

MODULES = ("rnnbook.data.quakes", "rnnbook.experiments.deep", "rnnbook.training")
DEPTHS = (1, 2, 3)
REFERENCE_WIDTH = 32
"""Unités de la pile d'une couche ; les autres ont au plus autant de paramètres."""

LONGER = 2000
"""Lots que lit la convolution en un peu moins de temps qu'il n'en faut au GRU seul pour en lire 300."""

ROUNDS = 20


def measure(parts: deep.Parts, *, lr: float, seed: int, **options: Any) -> dict:
    """Entraîne un lecteur ; renvoie ses erreurs de validation et de test, en pas."""
    model = deep.train(parts.training, lr=lr, seed=seed, **options)
    row = {"validation": deep.error(model, parts.validation), "test": deep.error(model, parts.test)}
    print(options, decimal(lr, 3), seed, decimal(row["validation"], 1), flush=True)
    return row


def tune(parts: deep.Parts, **options: Any) -> dict:
    """Choisit le pas d'apprentissage par l'erreur de validation médiane des trois graines."""
    tried = {lr: [measure(parts, lr=lr, seed=seed, **options) for seed in deep.SEEDS] for lr in deep.RATES}
    errors = {lr: [row["validation"] for row in rows] for lr, rows in tried.items()}
    lr = min(errors, key=lambda rate: median(errors[rate]))
    return {
        "lr": lr,
        "validation": errors[lr],
        "test": [row["test"] for row in tried[lr]],
        "essais": [{"lr": rate, "validation": values} for rate, values in errors.items()],
    }


def convolution() -> None:
    """Le GRU seul, sur un pas sur huit, derrière une convolution (à lots égaux, puis à temps égal)."""
    parts = deep.recordings()
    rows = [
        {"modele": "constante", "test": [deep.constant_error(parts)]},
        {"modele": "regression", "test": [deep.ridge_error(parts)]},
        {"modele": "detecteur", "test": [deep.detector_error(parts)]},
    ]
    rows += [{"modele": form, "lots": deep.UPDATES, **tune(parts, form=form)} for form in deep.FORMS]
    longer = tune(parts, form="convolution", updates=LONGER)
    rows.append({"modele": "convolution, plus longtemps", "lots": LONGER, **longer})
    for row in rows:
        print(row["modele"], [decimal(value, 1) for value in row["test"]])
    print(save("convolution", rows))


def profondeur() -> None:
    """Une à trois couches de GRU, à paramètres égaux, derrière la même convolution."""
    parts = deep.recordings()
    budget = deep.parameters(REFERENCE_WIDTH, 1)
    rows = []
    for depth in DEPTHS:
        n = deep.width(depth, budget)
        found = tune(parts, form="convolution", num_layers=depth, hidden_size=n)
        rows.append({"couches": depth, "unites": n, "parametres": deep.parameters(n, depth), **found})
    print(save("profondeur", rows))


def temps() -> None:
    """Temps processeur d'un pas d'entraînement de chaque forme, rapporté à celui du GRU seul au même tour."""
    torch.set_num_threads(1)
    parts = deep.recordings()
    inputs, delays = parts.training
    batch = inputs[:, : deep.BATCH], delays[: deep.BATCH]
    models = {form: deep.DelayReader(form) for form in deep.FORMS}
    seconds: dict[str, list[float]] = {form: [] for form in models}
    for _ in range(ROUNDS):
        for form, model in models.items():
            start = time.process_time()
            deep.loss(model, batch).backward()
            seconds[form].append(time.process_time() - start)
    rows = []
    for form, values in seconds.items():
        ratios = np.array(values[2:]) / np.array(seconds["gru"][2:])  # les deux premiers tours chauffent
        low, middle, high = np.percentile(ratios, [25, 50, 75]).tolist()
        rows.append({"modele": form, "rapport": middle, "bas": low, "haut": high})
        print(
            f"{form:12s} {decimal(middle, 3)} [{decimal(low, 3)} ; {decimal(high, 3)}] "
            f"{decimal(1000 * float(np.median(values)), 1)} ms"
        )
    print(save("temps", rows, seeds=()))


def save(name: str, rows: list[dict], seeds: tuple[int, ...] = deep.SEEDS) -> Path:
    return results.save(
        f"profonds-{name}",
        command=f"python benchmarks/deep.py {name}",
        seeds=seeds,
        modules=MODULES,
        rows=rows,
    )


if __name__ == "__main__":
    results.run_command(__doc__, {"convolution": convolution, "profondeur": profondeur, "temps": temps})
