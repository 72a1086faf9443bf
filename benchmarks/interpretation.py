"""Mesures du chapitre 13 : jusqu'où compte un réseau entraîné sur a^n b^n, n de 1 à 20.

    python benchmarks/interpretation.py     écrit book/resultats/interpretation.json (trois minutes)

Chaque réseau essaie trois pas d'apprentissage avec trois graines ; la perte sur les vingt mots d'entraînement
choisit. Les mots plus longs ne servent qu'à mesurer.
"""

from __future__ import annotations

import numpy as np

from rnnbook import results
from rnnbook.experiments import interpretation as experiment


def main() -> None:
    rows = []
    for name in experiment.MODELS:
        tried = []
        for lr in experiment.RATES:
            runs = [experiment.train_counter(name, lr=lr, seed=seed) for seed in experiment.SEEDS]
            tried.append((float(np.mean([loss for _, loss in runs])), lr, [model for model, _ in runs]))
        loss, lr, models = min(tried, key=lambda row: row[0])
        rows.append(
            {
                "modele": name,
                "parametres": sum(p.numel() for p in models[0].parameters()),
                "lr": lr,
                "perte": loss,
                "essais": [
                    {"lr": rate, "perte": value, "portees": [experiment.reach(model) for model in found]}
                    for value, rate, found in tried
                ],
                "portees": [experiment.reach(model) for model in models],
            }
        )
        print(rows[-1], flush=True)
    print(
        results.save(
            "interpretation",
            command="python benchmarks/interpretation.py",
            seeds=experiment.SEEDS,
            modules=("rnnbook.experiments.interpretation", "rnnbook.training"),
            rows=rows,
        )
    )


if __name__ == "__main__":
    main()
