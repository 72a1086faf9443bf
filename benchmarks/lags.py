"""Mesures du chapitre 10 : RNN, LSTM et GRU à nombre de paramètres égal.

    python benchmarks/lags.py addition   l'addition contre le retard (environ quatre minutes)
    python benchmarks/lags.py copie      la copie différée contre le retard (environ six minutes)
    python benchmarks/lags.py temps      le temps d'un pas ; à lancer seul sur la machine

Chaque commande écrit un fichier de `book/resultats/`. Le pas d'apprentissage de chaque cellule, à chaque
retard, est celui dont l'erreur de validation, moyenne sur les graines, est la plus petite ; le test ne sert
qu'à mesurer.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from functools import partial

import numpy as np
import torch

from rnnbook import layers, results
from rnnbook.experiments import lags
from rnnbook.formats import decimal

GRID = {"addition": (10, 25, 50), "copie": (5, 15, 30)}
"""Retards essayés : longueur de la séquence pour l'addition, délai pour la copie."""

MODULES = ("rnnbook.data.delays", "rnnbook.experiments.lags", "rnnbook.training")

LENGTH, BATCH, ROUNDS = 100, 32, 40
"""Pour le temps d'un pas : longueur, lot, et nombre de tours dont on prend la médiane."""


def task(name: str) -> None:
    """Chaque cellule à chaque retard : trois pas d'apprentissage, trois graines, le meilleur gardé."""
    rows = []
    for lag in GRID[name]:
        for kind in lags.LAYERS:
            found = tune(f"{name} {lag:4d} {kind:5s}", partial(lags.run, name, kind, lag), lags.RATES)
            rows.append({"cellule": kind, "retard": lag, **found})
        save(f"retards-{name}", lags.SEEDS, MODULES, rows)  # un fichier entier après chaque retard


def tune(label: str, run: Callable[..., lags.Run], rates: Iterable[float]) -> dict:
    """Essaie chaque pas d'apprentissage avec chaque graine, et garde celui de meilleure validation moyenne.

    `run` reçoit `lr` et `seed`. Renvoie la meilleure ligne, et toutes sous « essais ».
    """
    tried = []
    for lr in rates:
        runs = [run(lr=lr, seed=seed) for seed in lags.SEEDS]
        tried.append({"lr": lr, "graines": [run._asdict() for run in runs]})
    best = min(tried, key=lambda row: np.mean([run["validation"] for run in row["graines"]]))
    print(
        f"{label} pas {best['lr']:.3f}  "
        f"résolue {sum(run['solved'] for run in best['graines'])} fois sur {len(lags.SEEDS)}  "
        f"test {decimal(np.mean([run['test'] for run in best['graines']]), 4)}",
        flush=True,
    )
    return {**best, "essais": tried}


def temps() -> None:
    """Temps d'un aller et retour, rapporté à celui du RNN : à paramètres égaux, puis à unités égales."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    task = lags.TASKS["addition"]
    rows = []
    for comparison in ("parametres", "unites"):
        forms = {}
        for kind in lags.LAYERS:
            size = lags.hidden_size(kind, task.inputs, task.outputs) if comparison == "parametres" else 64
            forms[kind, size, "torch.nn"] = lags.LAYERS[kind](task.inputs, size)
            forms[kind, size, "rnnbook"] = getattr(layers, kind.upper())(task.inputs, size)
        seconds: dict = {form: [] for form in forms}
        x = torch.randn(LENGTH, BATCH, task.inputs)
        for _ in range(ROUNDS):
            for form, layer in forms.items():
                start = time.process_time()
                layer(x)[0].sum().backward()
                seconds[form].append(time.process_time() - start)
        reference = next(np.array(values) for form, values in seconds.items() if form[0] == "rnn")
        for (kind, size, source), values in seconds.items():
            low, middle, high = np.percentile(np.array(values) / reference, [25, 50, 75]).tolist()
            row = {"a_egalite_de": comparison, "cellule": kind, "unites": size, "forme": source}
            rows.append({**row, "rapport": middle, "bas": low, "haut": high})
            print(
                f"{comparison:11s}{kind:5s}{size:4d} {source:9s}{decimal(middle):>7s} "
                f"[{decimal(low)} ; {decimal(high)}]   {decimal(1000 * float(np.median(values)), 2)} ms",
                flush=True,
            )
    save("retards-temps", [0], ("rnnbook.cells", "rnnbook.experiments.lags", "rnnbook.layers"), rows)


def save(name: str, seeds: Iterable[int], modules: Iterable[str], rows: list[dict]) -> None:
    command = f"python benchmarks/lags.py {name.removeprefix('retards-')}"
    print(results.save(name, command=command, seeds=seeds, modules=modules, rows=rows))


if __name__ == "__main__":
    results.run_command(
        __doc__,
        {"addition": lambda: task("addition"), "copie": lambda: task("copie"), "temps": temps},
    )
