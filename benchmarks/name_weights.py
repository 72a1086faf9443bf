"""Apprend et range les poids de la figure « Devine la langue » (chapitre 7).

    python benchmarks/name_weights.py     écrit book/resultats/noms-poids.json (une dizaine de secondes)

Le réseau est le RNN simple du chapitre, appris sur la partie d'entraînement du premier découpage. Ses poids
sont arrondis en demi-précision, mis bout à bout dans l'ordre du modèle et écrits en base 64.
"""

from __future__ import annotations

from rnnbook import data, results
from rnnbook.experiments import names as experiment
from rnnbook.formats import percent
from rnnbook.metrics import macro_accuracy
from rnnbook.models import NameClassifier
from rnnbook.widgets.weights import export

SEED = 0
MODULES = ("rnnbook.data.names", "rnnbook.experiments.names", "rnnbook.models", "rnnbook.training")


def main() -> None:
    parts = data.split(data.load_names(), seed=SEED)
    model = experiment.train(experiment.RECIPES["rnn"], parts.training, seed=SEED).model
    assert isinstance(model, NameClassifier)
    packed = export(model)
    accuracy = macro_accuracy(parts.heldout.labels, experiment.predict(model, parts.heldout))
    path = results.save(
        "noms-poids",
        command="python benchmarks/name_weights.py",
        seeds=[SEED],
        modules=MODULES,
        rows={"langues": list(parts.heldout.languages), **packed, "test": accuracy},
        packages=("torch", "numpy", "faker", "unidecode"),
    )
    print(path, "exactitude macro sur le test :", percent(accuracy))


if __name__ == "__main__":
    main()
