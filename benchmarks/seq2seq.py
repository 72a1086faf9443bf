"""Mesures du chapitre 17 : des nombres en lettres aux chiffres, avec et sans attention.

    python benchmarks/seq2seq.py reglage       quatre pas d'apprentissage par modèle, sur la validation
    python benchmarks/seq2seq.py comparaison   chaque modèle, trois graines, sur le test et au-delà
    python benchmarks/seq2seq.py export        les poids de la figure « Alignement »

Chaque commande écrit un fichier de `book/resultats/` : deux à quatre minutes de processeur, un fil.
"""

from __future__ import annotations

from dataclasses import replace

from rnnbook import results
from rnnbook.data.numbers import split_numbers
from rnnbook.experiments import numbers as experiment
from rnnbook.formats import percent
from rnnbook.widgets.weights import export as export_weights

SEEDS = range(3)
TUNED = ("attention", "sans-32", "sans-64", "sans-128")
MODULES = ("rnnbook.data.numbers", "rnnbook.experiments.numbers", "rnnbook.seq2seq", "rnnbook.training")


def reglage() -> None:
    """Quatre pas d'apprentissage par modèle, jugés sur la validation."""
    save("nombres-reglage", [0], [tune(name, lr) for name in TUNED for lr in experiment.RATES])


def tune(name: str, lr: float) -> dict:
    parts = split_numbers()
    run = experiment.train(replace(experiment.RECIPES[name], lr=lr), parts.training, seed=0)
    row = {"modele": name, "lr": lr, "validation": experiment.accuracy(run.model, parts.validation)}
    print(row, flush=True)
    return row


def comparaison() -> None:
    """Chaque modèle, trois graines : écritures justes sur le test, et par nombre de mots."""
    save("nombres-comparaison", SEEDS, [measure(name, seed) for name in experiment.RECIPES for seed in SEEDS])


def measure(name: str, seed: int) -> dict:
    parts = split_numbers()
    model = experiment.train(experiment.RECIPES[name], parts.training, seed=seed).model
    row = {
        "modele": name,
        "graine": seed,
        "poids": sum(weight.numel() for weight in model.parameters()),
        "test": experiment.accuracy(model, parts.heldout),
        "plus-longs": experiment.accuracy(model, parts.longer),
        "longueurs": {str(length): share for length, share in experiment.by_length(model, parts).items()},
    }
    print(row, flush=True)
    return row


def export() -> None:
    """Les poids du modèle à attention, graine 0, en demi-précision et en base 64."""
    parts = split_numbers()
    model = experiment.train(experiment.RECIPES["attention"], parts.training, seed=0).model
    packed = export_weights(model)
    accuracy = experiment.accuracy(model, parts.heldout)
    save("nombres-poids", [0], {**packed, "test": accuracy})
    print("écritures justes sur le test, poids arrondis :", percent(accuracy))


def save(name: str, seeds, rows) -> None:
    command = "export" if name == "nombres-poids" else name.removeprefix("nombres-")
    path = results.save(
        name,
        command=f"python benchmarks/seq2seq.py {command}",
        seeds=seeds,
        modules=MODULES,
        rows=rows,
        packages=("torch", "numpy", "num2words"),
    )
    print(path)


if __name__ == "__main__":
    results.run_command(__doc__, {"reglage": reglage, "comparaison": comparaison, "export": export})
