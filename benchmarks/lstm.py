"""Mesures du chapitre 9 : le biais d'oubli de départ et le retard franchi.

    python benchmarks/lstm.py

Écrit `book/resultats/lstm-biais.json`. Pour chaque biais et chaque retard, le pas d'apprentissage est celui
dont l'exactitude de validation, moyenne sur les graines, est la plus grande ; le test ne sert qu'à mesurer.
"""

from __future__ import annotations

import numpy as np

from rnnbook import results
from rnnbook.experiments import lstm
from rnnbook.formats import decimal

VALIDATION, TEST = 20_000, 30_000
"""Graines des séquences de validation et de test, loin de celles de l'entraînement."""


def main() -> None:
    """Entraîne chaque biais à chaque retard, choisit le pas d'apprentissage, mesure et écrit le fichier."""
    rows = []
    for lag in lstm.LAGS:
        for bias in lstm.BIASES:
            tried = []
            for lr in lstm.RATES:
                models = [lstm.train_recaller(bias, lag, lr=lr, seed=seed) for seed in lstm.SEEDS]
                valid = float(np.mean([lstm.accuracy(model, lag, seed=VALIDATION) for model in models]))
                tried.append((valid, lr, [lstm.accuracy(model, lag, seed=TEST) for model in models]))
            valid, lr, scores = max(tried, key=lambda row: row[0])
            rows.append({"retard": lag, "biais": bias, "pas": lr, "validation": valid, "test": scores})
            print(lag, bias, lr, [decimal(score) for score in scores], flush=True)
    results.save(
        "lstm-biais",
        command="python benchmarks/lstm.py",
        seeds=lstm.SEEDS,
        modules=("rnnbook.data.delays", "rnnbook.experiments.lstm", "rnnbook.training"),
        rows=rows,
    )


if __name__ == "__main__":
    main()
