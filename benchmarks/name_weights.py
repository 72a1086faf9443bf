"""Apprend et range les poids de la figure « Devine la langue » (chapitre 7).

    python benchmarks/name_weights.py     écrit book/resultats/noms-poids.json (une dizaine de secondes)

Le réseau est le RNN simple du chapitre, appris sur la partie d'entraînement du premier découpage. Ses poids
sont arrondis en demi-précision, mis bout à bout dans l'ordre du modèle et écrits en base 64.
"""

from __future__ import annotations

import base64

import torch

from rnnbook import data, results
from rnnbook.experiments import names as experiment
from rnnbook.formats import percent
from rnnbook.metrics import macro_accuracy
from rnnbook.models import NameClassifier

SEED = 0
MODULES = ("rnnbook.data.names", "rnnbook.experiments.names", "rnnbook.models", "rnnbook.training")


def main() -> None:
    parts = data.split(data.load_names(), seed=SEED)
    model = experiment.train(experiment.RECIPES["rnn"], parts.training, seed=SEED).model
    assert isinstance(model, NameClassifier)
    flat = torch.cat([weight.half().flatten() for weight in model.state_dict().values()])
    # Mesurer ce que la page calcule : les poids arrondis.
    model.load_state_dict({name: weight.half().float() for name, weight in model.state_dict().items()})
    accuracy = macro_accuracy(parts.heldout.labels, experiment.predict(model, parts.heldout))
    path = results.save(
        "noms-poids",
        command="python benchmarks/name_weights.py",
        seeds=[SEED],
        modules=MODULES,
        rows={
            "langues": list(parts.heldout.languages),
            "formes": {name: list(weight.shape) for name, weight in model.state_dict().items()},
            "poids": base64.b64encode(flat.numpy().astype("<f2").tobytes()).decode(),
            "test": accuracy,
        },
        packages=("torch", "numpy", "faker", "unidecode"),
    )
    print(path, len(flat), "poids, exactitude macro sur le test :", percent(accuracy))


if __name__ == "__main__":
    main()
