"""Mesures du chapitre 19 : les cinq tâches du papier, NTM et LSTM ; et la vitesse.

    python benchmarks/ntm.py copy-held    copie, signal tenu, contrôleur sans mémoire : dix graines
    python benchmarks/ntm.py copy         copie du papier, contrôleur LSTM : dix graines
    python benchmarks/ntm.py recall       rappel associatif : cinq graines
    python benchmarks/ntm.py sort         tri par priorité
    python benchmarks/ntm.py ngrams       n-grammes dynamiques
    python benchmarks/ntm.py repeat       copie répétée
    python benchmarks/ntm.py vitesse      cette réalisation contre une, simple, séquence par séquence

Chaque tâche écrit `book/resultats/ntm_<tâche>.json`, et, avec `--poids`, ceux du meilleur entraînement dans
`src/rnnbook/weights/`. Les entraînements restent dans `_build/ntm/` : une mesure interrompue reprend là où
elle en était ; `--frais` les refait tous. Les secondes sont du temps de processeur, un fil.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from rnnbook import results
from rnnbook.experiments import ntm
from rnnbook.experiments.ntm import RECIPES, Recipe
from rnnbook.formats import decimal

FOLDER = Path(__file__).parents[1] / "_build" / "ntm"
MODULES = ("rnnbook.experiments.ntm", "rnnbook.ntm", "rnnbook.tasks")
RATES = (1e-3, 3e-3, 1e-2)


@dataclass(frozen=True)
class Experiment:
    """Ce que l'on mesure d'une tâche.

    `sizes` : tailles de séquence au-delà de l'entraînement, avec `slots` cases ; `rivals` : nom d'une
    comparaison → recette du LSTM, essayée à chaque pas d'apprentissage de `RATES`.
    """

    seeds: int
    sizes: tuple[dict[str, int], ...] = ()
    slots: int | None = None
    rivals: dict[str, Recipe] = field(default_factory=dict)


LENGTHS = tuple({"length": length} for length in (10, 20, 30, 40, 60, 80, 100, 120))

EXPERIMENTS = {
    "copy-held": Experiment(10, LENGTHS, 128),
    "copy": Experiment(10, LENGTHS, 128),
}


def measure(name: str, *, fresh: bool, weights: bool, only: list[int] | None) -> None:
    """Mène les entraînements d'une tâche, écrit ses résultats et, si on le veut, les poids du meilleur."""
    experiment = EXPERIMENTS[name]
    seeds = range(experiment.seeds) if only is None else only
    recipe = RECIPES[name]["ntm"]
    runs = [trained(recipe, seed, fresh=fresh) for seed in seeds]
    rows: dict[str, Any] = {"ntm": [row(run, experiment) for run in runs]}
    if only is not None:
        return
    for comparison, rival in experiment.rivals.items():
        rows[comparison] = [row(trained(replace(rival, lr=lr), 0, fresh=fresh), experiment) for lr in RATES]
    path = results.save(
        f"ntm_{name.replace('-', '_')}",
        command=f"python benchmarks/ntm.py {name} --poids",
        seeds=seeds,
        modules=MODULES,
        rows=rows,
    )
    print(path)
    if weights:
        ship(name, runs, rows["ntm"])


def trained(recipe: Recipe, seed: int, *, fresh: bool) -> ntm.Run:
    """Mène un entraînement, ou reprend celui qui est gardé."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{recipe.task}-{recipe.model}-{identity(recipe)}-{seed}.safetensors"
    if fresh:
        path.unlink(missing_ok=True)
    run = ntm.train(recipe, seed, checkpoint=path)
    run.save(path)
    return run


def identity(recipe: Recipe) -> str:
    """Un nom court pour une recette."""
    options = "-".join(str(value) for value in recipe.options.values())
    return f"{options}-{recipe.lr}-{recipe.steps}-{recipe.cooling}"


def row(run: ntm.Run, experiment: Experiment) -> dict[str, Any]:
    """Les mesures d'un entraînement, sur des séquences de test et au-delà."""
    recipe = run.recipe
    found: dict[str, Any] = {
        "graine": run.seed,
        "modele": recipe.model,
        "lr": recipe.lr,
        "options": recipe.options,
        "parametres": sum(parameter.numel() for parameter in run.model.parameters()),
        "pas": run.done,
        "secondes": run.seconds,
        "atteint": run.met,
        **ntm.evaluate(run.model, recipe.task),
        "courbe": curve(run),
        "au_dela": [
            {
                **sizes,
                **ntm.evaluate(run.model, recipe.task, count=100, memory_slots=experiment.slots, **sizes),
            }
            for sizes in experiment.sizes
        ],
    }
    far = "".join(
        f"  {'×'.join(map(str, sizes.values()))} : {decimal(at['faux'])} faux {decimal(at['cout'])} bit"
        for sizes, at in zip(experiment.sizes[-2:], found["au_dela"][-2:], strict=True)
    )
    print(
        f"{recipe.model} graine {run.seed} lr {recipe.lr:g} : {run.done} pas, {decimal(run.seconds, 1)} s "
        f"({'atteint' if run.met else 'non atteint'}), {decimal(found['faux'], 3)} faux, "
        f"{decimal(found['cout'], 3)} bit{far}",
        flush=True,
    )
    return found


def curve(run: ntm.Run, points: int = 60) -> list[list[float]]:
    """La mesure au fil des pas, en `points` moyennes au plus : [pas, mesure]."""
    size = -(-len(run.errors) // points)
    blocks = [run.errors[start : start + size] for start in range(0, len(run.errors), size)]
    return [[min((k + 1) * size, run.done), sum(block) / len(block)] for k, block in enumerate(blocks)]


def ship(name: str, runs: list[ntm.Run], rows: list[dict[str, Any]]) -> None:
    """Écrit les poids du meilleur entraînement, en demi-précision si les mesures n'y perdent rien."""
    task = runs[0].recipe.task
    best = min(range(len(runs)), key=lambda k: score(rows[k]))
    path = ntm.WEIGHTS / f"{name}.safetensors"
    path.parent.mkdir(exist_ok=True)
    command = f"python -m rnnbook train {task} --model ntm --seed {runs[best].seed} --out {name}.safetensors"
    ntm.save_model(runs[best], path, command=command, half=True)
    model, _ = ntm.load_model(path)
    if any(
        worse(ntm.evaluate(model, task, count=100, memory_slots=EXPERIMENTS[name].slots, **sizes), at)
        for sizes, at in zip(EXPERIMENTS[name].sizes, rows[best]["au_dela"], strict=True)
    ) or worse(ntm.evaluate(model, task), rows[best]):
        print("la demi-précision perd : poids en simple précision")
        ntm.save_model(runs[best], path, command=command)
    print(path, path.stat().st_size, "octets")


def score(measured: dict[str, Any]) -> tuple[float, float]:
    """Ce qui fait le meilleur entraînement : la plus grande taille essayée, puis les séquences de test."""
    far = measured["au_dela"][-1] if measured["au_dela"] else measured
    return far["faux"] + far["cout"], measured["cout"]


def worse(found: dict[str, float], expected: dict[str, Any]) -> bool:
    return found["faux"] > expected["faux"] or found["cout"] > 1.02 * expected["cout"] + 0.01


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("mesure", choices=EXPERIMENTS)
    parser.add_argument("--poids", action="store_true", help="écrit aussi les poids du meilleur")
    parser.add_argument("--frais", action="store_true", help="refait tous les entraînements")
    parser.add_argument("--graines", type=int, nargs="+", help="seulement ces graines, sans rien écrire")
    arguments = parser.parse_args()
    measure(arguments.mesure, fresh=arguments.frais, weights=arguments.poids, only=arguments.graines)
