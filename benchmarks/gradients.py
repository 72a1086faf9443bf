"""Mesures du chapitre 6 : la portée de chaque remède, selon le retard.

    python benchmarks/gradients.py

Écrit `book/resultats/gradients.json`, une ligne par remède et par retard. Le pas d'apprentissage de chaque
ligne est celui dont l'exactitude de validation, moyenne sur les graines, est la plus grande ; les séquences
de test ne servent qu'à mesurer.
"""

from __future__ import annotations

from itertools import product
from statistics import median

from rnnbook import results
from rnnbook.experiments import gradients
from rnnbook.formats import percent

MODULES = ("rnnbook.data.delays", "rnnbook.experiments.gradients", "rnnbook.training")


def main() -> None:
    rows = []
    for name, lag in product(gradients.REMEDIES, gradients.LAGS):
        rows.append(gradients.measure(name, lag))
        scores = rows[-1]["test"]
        print(
            f"{name:18s} retard {lag:3d}  lr {rows[-1]['lr']:g}  "
            f"{percent(min(scores))} · {percent(median(scores))} · {percent(max(scores))}",
            flush=True,
        )
    print(
        results.save(
            "gradients",
            command="python benchmarks/gradients.py",
            seeds=gradients.SEEDS,
            modules=MODULES,
            rows=rows,
        )
    )


if __name__ == "__main__":
    main()
