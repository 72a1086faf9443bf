"""Mesures des chapitres 7 et 10 : reconnaître la langue d'un nom.

    python benchmarks/names.py classique     la boucle nom par nom (environ deux minutes)
    python benchmarks/names.py rapide        le même réseau par lots, comparé à la boucle
    python benchmarks/names.py reglage       quatre pas d'apprentissage par modèle, sur la validation
    python benchmarks/names.py comparaison   les modèles et les 4-grammes sur cinq découpages
    python benchmarks/names.py cellules      RNN, LSTM et GRU à nombre égal de paramètres (chapitre 10)

Chaque commande écrit un fichier de `book/resultats/`. Les secondes sont du temps de processeur, un fil.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from time import process_time

import numpy as np
from torch import nn

from rnnbook import data, results
from rnnbook.experiments import names as experiment
from rnnbook.formats import decimal, percent
from rnnbook.metrics import macro_accuracy, macro_bootstrap
from rnnbook.ngrams import NgramClassifier

SPLITS = range(5)
COMPARED = ("rnn", "gru", "bigru", "langues")
# Des unités qui donnent à chaque cellule le même nombre de paramètres, à 1 % près.
CELLS = {"rnn": (nn.RNN, 229), "lstm": (nn.LSTM, 109), "gru": (nn.GRU, 128)}
MODULES = (
    "rnnbook.data.names",
    "rnnbook.experiments.names",
    "rnnbook.metrics",
    "rnnbook.models",
    "rnnbook.training",
)


def accuracies(model, parts: data.Parts) -> dict[str, float]:
    """Exactitude macro sur la validation et sur le test."""
    return {
        "validation": macro_accuracy(parts.validation.labels, experiment.predict(model, parts.validation)),
        "test": macro_accuracy(parts.heldout.labels, experiment.predict(model, parts.heldout)),
    }


def classique() -> None:
    """La boucle classique : exactitude et temps tous les 5 000 pas."""
    parts = data.split(data.load_names(), seed=0)
    rows = []
    for step, seconds, model in experiment.classic_loop(parts.training, seed=0):
        rows.append({"pas": step, "secondes": seconds, **accuracies(model, parts)})
        print(f"{step:7d} pas  {decimal(seconds, 1):>6} s  test {percent(rows[-1]['test'])}", flush=True)
    save("noms-classique", [0], rows)


def rapide() -> None:
    """Le même réseau par lots, trois graines, et combien de fois moins de temps il prend."""
    parts = data.split(data.load_names(), seed=0)
    rows = []
    for seed in range(3):
        run = experiment.train(experiment.RECIPES["rapide"], parts.training, seed=seed)
        rows.append({"graine": seed, "secondes": run.seconds, **accuracies(run.model, parts)})
        print(f"graine {seed}  {decimal(run.seconds, 2)} s  test {percent(rows[-1]['test'])}", flush=True)
    classic = results.load("noms-classique")["lignes"]
    best = max(classic, key=lambda row: row["test"])
    seconds = np.mean([row["secondes"] for row in rows])
    for title, row in (("fin", classic[-1]), ("sommet", best)):
        ratio = row["secondes"] / seconds
        print(f"boucle classique, {title} : {percent(row['test'])} en {decimal(ratio, 0)} fois plus de temps")
    save("noms-rapide", range(3), rows)


def reglage() -> None:
    """Quatre pas d'apprentissage par modèle, jugés sur la validation du premier découpage."""
    parts = data.split(data.load_names(), seed=0)
    rows = []
    for name in COMPARED:
        recipe = experiment.RECIPES[name]
        for lr in experiment.RATES:
            run = experiment.train(replace(recipe, lr=lr), parts.training, seed=0)
            score = macro_accuracy(parts.validation.labels, experiment.predict(run.model, parts.validation))
            rows.append({"modele": name, "lr": lr, "secondes": run.seconds, "validation": score})
            print(
                f"{name:8s} pas {lr:.4f}  {decimal(run.seconds, 1)} s  validation {percent(score)}",
                flush=True,
            )
    for discount in (0.5, 0.75, 0.9):
        model = NgramClassifier(order=4, discount=discount).fit(parts.training.names, parts.training.labels)
        score = macro_accuracy(parts.validation.labels, model.predict(parts.validation.names))
        rows.append({"modele": "4-grammes", "remise": discount, "validation": score})
        print(f"4-grammes remise {discount}  validation {percent(score)}", flush=True)
    save("noms-reglage", [0], rows)


def comparaison() -> None:
    """Chaque modèle sur chaque découpage, et l'écart aux 4-grammes avec son intervalle."""
    save("noms-comparaison", SPLITS, compare({name: experiment.RECIPES[name] for name in COMPARED}))


def cellules() -> None:
    """Les trois cellules à nombre égal de paramètres : huit réglages chacune, puis cinq découpages."""
    parts = data.split(data.load_names(), seed=0)
    trials, best = [], {}
    for cell, (layer, hidden_size) in CELLS.items():
        scored = []
        for frame, lr in product(("rnn", "gru"), experiment.RATES):
            recipe = experiment.RECIPES[frame]
            options = {**recipe.options, "layer": layer, "hidden_size": hidden_size}
            recipe = replace(recipe, options=options, lr=lr)
            run = experiment.train(recipe, parts.training, seed=0)
            score = macro_accuracy(parts.validation.labels, experiment.predict(run.model, parts.validation))
            scored.append((score, recipe))
            trials.append(
                {
                    "cellule": cell,
                    "unites": hidden_size,
                    "parametres": sum(p.numel() for p in run.model.parameters()),
                    "epoques": recipe.epochs,
                    "lot": recipe.batch_size,
                    "extinction": recipe.options["dropout"],
                    "lr": lr,
                    "validation": score,
                }
            )
            print(f"{cell:5s} {recipe.epochs} époques, pas {lr:.4f}  validation {percent(score)}", flush=True)
        best[cell] = max(scored, key=lambda pair: pair[0])[1]
    save("noms-cellules", SPLITS, {"essais": trials, **compare(best)})


def compare(recipes: dict[str, experiment.Recipe]) -> dict[str, object]:
    """Les 4-grammes et chaque recette sur chaque découpage ; puis tous les découpages ensemble."""
    names = data.load_names()
    rows, right, labels, tested = [], {name: [] for name in ("4-grammes", *recipes)}, [], []
    for seed in SPLITS:
        parts = data.split(names, seed=seed)
        truth = parts.heldout.labels
        labels.append(truth)
        tested += parts.heldout.names
        row = {"decoupage": seed, "test": {}, "secondes": {}}
        for name in right:
            guess, row["secondes"][name] = answer(recipes.get(name), parts, seed)
            right[name].append(guess == truth)
            row["test"][name] = macro_accuracy(truth, guess)
        rows.append(row)
        print(seed, "  ".join(f"{name} {percent(value)}" for name, value in row["test"].items()), flush=True)
    # Un nom peut être testé dans plusieurs découpages : ses réponses sont tirées ensemble.
    truth = np.concatenate(labels)
    reference = np.concatenate(right["4-grammes"]).astype(float)
    summary = {}
    for name, values in right.items():
        score = np.concatenate(values).astype(float)
        summary[name] = {
            "test": macro_bootstrap(score, truth, tested)._asdict(),
            "difference": macro_bootstrap(score - reference, truth, tested)._asdict(),
        }
        test, gap = summary[name]["test"], summary[name]["difference"]
        print(
            f"{name:10s} {percent(test['value'])} [{percent(test['low'])} ; {percent(test['high'])}]  "
            f"écart {percent(gap['value'])} [{percent(gap['low'])} ; {percent(gap['high'])}]"
        )
    return {"decoupages": rows, "ensemble": summary}


def answer(recipe: experiment.Recipe | None, parts: data.Parts, seed: int) -> tuple[np.ndarray, float]:
    """Entraîne un modèle et donne ses réponses sur le test, avec les secondes d'apprentissage.

    Sans recette, ce sont les 4-grammes.
    """
    if recipe is None:
        start = process_time()
        model = NgramClassifier(order=4).fit(parts.training.names, parts.training.labels)
        seconds = process_time() - start
        return model.predict(parts.heldout.names), seconds
    run = experiment.train(recipe, parts.training, seed=seed)
    return experiment.predict(run.model, parts.heldout), run.seconds


def save(name: str, seeds, rows) -> None:
    path = results.save(
        name,
        command=f"python benchmarks/names.py {name.removeprefix('noms-')}",
        seeds=seeds,
        modules=MODULES,
        rows=rows,
        packages=("torch", "numpy", "faker", "unidecode"),
    )
    print(path)


if __name__ == "__main__":
    results.run_command(
        __doc__,
        {
            "classique": classique,
            "rapide": rapide,
            "reglage": reglage,
            "comparaison": comparaison,
            "cellules": cellules,
        },
    )
