"""Mesures du chapitre 19 : les cinq tâches du papier, NTM et LSTM ; et la vitesse.

    python benchmarks/ntm.py copy-held    copie, signal tenu, contrôleur sans mémoire : dix graines
    python benchmarks/ntm.py copy         copie du papier, contrôleur LSTM : dix graines
    python benchmarks/ntm.py recall       rappel associatif : cinq graines
    python benchmarks/ntm.py sort         tri par priorité
    python benchmarks/ntm.py ngrams       n-grammes dynamiques
    python benchmarks/ntm.py repeat       copie répétée
    python benchmarks/ntm.py vitesse      cette réalisation contre une, simple, séquence par séquence

Chaque tâche écrit `book/resultats/ntm_<tâche>.json`, et les poids de son meilleur entraînement dans
`src/rnnbook/weights/`. Les entraînements restent dans `_build/ntm/` : une mesure interrompue reprend là où
elle en était ; `--frais` les refait tous. Les secondes sont du temps de processeur, un fil.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import torch
import torch.nn.functional as F
from ntm_plain import PlainNTM
from torch import nn

from rnnbook import results, tasks, training
from rnnbook.experiments import ntm
from rnnbook.experiments.ntm import RECIPES, Recipe
from rnnbook.formats import decimal

FOLDER = Path(__file__).parents[1] / "_build" / "ntm"
MODULES = ("rnnbook.experiments.ntm", "rnnbook.ntm", "rnnbook.tasks")
SMALL, LARGE = (3e-4, 1e-3, 3e-3, 1e-2), (3e-3, 1e-2, 3e-2)
MANY = {"count": 2000, "chunk": 250}


@dataclass(frozen=True)
class Experiment:
    """Ce que l'on mesure d'une tâche.

    `sizes` : tailles de séquence au-delà de l'entraînement, avec `slots` cases ; `rivals` : nom d'une
    comparaison → recette du LSTM, essayée à chaque pas d'apprentissage de `rates`. « lstm_temps » : un LSTM
    plus large, entraîné aussi longtemps que le NTM ; « lstm_parametres » : autant de paramètres que le NTM.
    `judged` : combien de ces tailles, dans l'ordre, choisissent les poids livrés ; toutes par défaut.
    """

    seeds: int
    sizes: tuple[dict[str, int], ...] = ()
    slots: int | None = None
    rivals: dict[str, Recipe] = field(default_factory=dict)
    rates: tuple[float, ...] = SMALL
    judged: int | None = None


LENGTHS = tuple({"length": length} for length in (10, 20, 30, 40, 60, 80, 100, 120))


def lstm(task: str, hidden_size: int, steps: int, measure: str = "faux") -> Recipe:
    """Un LSTM rival, la taille exceptée le LSTM de `RECIPES` ; le quart de ses pas va à la descente."""
    options = {**RECIPES[task]["lstm"].options, "hidden_size": hidden_size}
    cooling = steps // 4
    return Recipe(task, options, "lstm", steps=steps - cooling, cooling=cooling, measure=measure)


ITEMS = tuple({"items": items} for items in (6, 8, 10, 12, 15, 20))
REPEATS = (
    {"length": 10, "repeats": 10},
    {"length": 20, "repeats": 10},
    {"length": 10, "repeats": 20},
)

EXPERIMENTS = {
    "copy-held": Experiment(
        10,
        LENGTHS,
        256,
        {
            "lstm_temps": lstm("copy-held", 160, 2200),
            "lstm_parametres": lstm("copy-held", 37, 3000),
        },
    ),
    "copy": Experiment(
        10,
        LENGTHS,
        256,
        {"lstm_temps": lstm("copy", 160, 4700), "lstm_parametres": lstm("copy", 78, 4000)},
    ),
    "recall": Experiment(
        5,
        ITEMS,
        128,
        {"lstm_temps": lstm("recall", 160, 4800), "lstm_parametres": lstm("recall", 78, 6000)},
    ),
    "repeat": Experiment(
        3,
        REPEATS,
        128,
        {"lstm_parametres": lstm("repeat", 78, 4000), "lstm_temps": lstm("repeat", 160, 20000)},
        judged=2,  # à 20 tours, toutes échouent : ce n'est pas là que l'on choisit
    ),
    "ngrams": Experiment(
        1,
        rivals={
            "lstm_parametres": replace(lstm("ngrams", 80, 1600, "cout"), batch=64),
            "lstm_temps": replace(lstm("ngrams", 128, 3000, "cout"), batch=64),
        },
        rates=LARGE,
    ),
    "sort": Experiment(
        1,
        rivals={
            "lstm_parametres": lstm("sort", 129, 6000, "cout"),
            "lstm_temps": lstm("sort", 160, 11000, "cout"),
        },
        rates=LARGE,
    ),
}


def measure(name: str, *, fresh: bool, only: list[int] | None) -> None:
    """Mène les entraînements d'une tâche, écrit ses résultats et les poids du meilleur."""
    experiment = EXPERIMENTS[name]
    seeds = range(experiment.seeds) if only is None else only
    recipe = RECIPES[name]["ntm"]
    rows: dict[str, Any] = {"ntm": []}
    runs = []
    for seed in seeds:
        runs.append(trained(recipe, seed, fresh=fresh))
        rows["ntm"].append(row(runs[-1], experiment))
    if only is not None:
        return
    rows["poids"] = ship(name, runs, rows["ntm"])
    keep(name, seeds, rows)
    for comparison, rival in experiment.rivals.items():
        runs = (trained(replace(rival, lr=lr), 0, fresh=fresh) for lr in experiment.rates)
        rows[comparison] = [row(run, experiment) for run in runs]
        keep(name, seeds, rows)


def keep(name: str, seeds: Iterable[int], rows: dict[str, Any]) -> None:
    """Écrit ce qui est mesuré : d'abord le NTM, puis une comparaison après l'autre."""
    path = results.save(
        f"ntm_{name.replace('-', '_')}",
        command=f"python benchmarks/ntm.py {name}",
        seeds=seeds,
        modules=MODULES,
        rows=rows,
    )
    print(f"{path} : {', '.join(rows)}", flush=True)


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
    """Un nom court, propre à une recette."""
    return hashlib.sha256(json.dumps(asdict(recipe), sort_keys=True).encode()).hexdigest()[:12]


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
        "departs": run.restarts + 1,
        "atteint": run.met,
        "courbe": curve(run),
        **quality(run.model, recipe.task, experiment),
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


def quality(model: nn.Module, task: str, experiment: Experiment) -> dict[str, Any]:
    """Les mesures d'un modèle : sur 1 000 séquences de test, puis sur 2 000 de chaque taille plus grande.

    Il en faut beaucoup : une faute rare y casse une séquence entière, et 100 n'en verraient le plus souvent
    aucune.

    Pour les n-grammes, aussi le regret de chaque séquence : ce qu'elle coûte de plus qu'à l'optimum.
    """
    each = ntm.each_sequence(model, task)
    regrets = {}
    if task == "ngrams":
        regret = each["cout"] - ntm.each_sequence(tasks.optimal_ngrams, task)["cout"]
        regrets = {"regrets": [round(value, 2) for value in regret.tolist()]}
    return {
        **{name: values.mean().item() for name, values in each.items()},
        **regrets,
        "au_dela": [
            {**sizes, **ntm.evaluate(model, task, **MANY, memory_slots=experiment.slots, **sizes)}
            for sizes in experiment.sizes
        ],
    }


def curve(run: ntm.Run, points: int = 60) -> list[list[float]]:
    """La mesure au fil des pas, en `points` moyennes au plus : [pas, mesure]."""
    size = -(-len(run.errors) // points)
    blocks = [run.errors[start : start + size] for start in range(0, len(run.errors), size)]
    return [[min((k + 1) * size, run.done), sum(block) / len(block)] for k, block in enumerate(blocks)]


def ship(name: str, runs: list[ntm.Run], rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Écrit les poids du meilleur entraînement et les mesure tels qu'ils sont livrés.

    En demi-précision, si cela n'ajoute pas plus d'un millième aux bits faux ni d'un centième au coût.
    """
    task, judged = runs[0].recipe.task, EXPERIMENTS[name].judged
    best = min(range(len(runs)), key=lambda k: score(rows[k], judged))
    path = ntm.WEIGHTS / f"{name}.safetensors"
    path.parent.mkdir(exist_ok=True)
    command = f"python -m rnnbook train {task} --model ntm --seed {runs[best].seed} --out {path.name}"
    for half in (True, False):
        ntm.save_model(runs[best], path, command=command, half=half)
        found = quality(ntm.load_model(path)[0], task, EXPERIMENTS[name])
        both = zip([found, *found["au_dela"]], [rows[best], *rows[best]["au_dela"]], strict=True)
        if all(
            new["faux"] <= 1.001 * old["faux"] and new["cout"] <= 1.01 * old["cout"] + 0.01
            for new, old in both
        ):
            break
    print(f"{path} : {path.stat().st_size} octets, graine {runs[best].seed}, demi-précision : {half}")
    return {"graine": runs[best].seed, "demi": half, "octets": path.stat().st_size, **found}


def score(measured: dict[str, Any], judged: int | None) -> tuple[float, float]:
    """Ce qui fait le meilleur entraînement : les bits faux aux tailles vues et au-delà, puis le coût."""
    sizes = [measured, *measured["au_dela"][:judged]]
    return sum(size["faux"] for size in sizes), sum(size["cout"] for size in sizes)


# --- Vitesse --------------------------------------------------------------------------------------------


def speed(limit: float) -> None:
    """Pas par seconde et temps jusqu'à zéro bit faux, pour les deux réalisations, l'une après l'autre."""
    rows = []
    for name in ("copy-held", "copy"):
        start = perf_counter()
        run = ntm.Run(RECIPES[name]["ntm"], 1)
        while not run.finished and run.seconds < limit:
            run.step()
        rows.append(speed_row(name, run.done, run.recipe.batch, run.seconds, perf_counter() - start, run.met))
    rows.append(plain(limit))
    for found in (row for row in rows[:2] if row["atteint"]):
        found["fois_plus_tot"] = rows[2]["secondes"] / found["secondes"]
        bound = "" if rows[2]["atteint"] else "au moins "
        print(f"{found['forme']} : zéro bit faux {bound}{decimal(found['fois_plus_tot'], 1)} fois plus tôt")
    path = results.save(
        "ntm_vitesse",
        command="python benchmarks/ntm.py vitesse",
        seeds=[1],
        modules=MODULES,
        rows=rows,
    )
    print(path)


def plain(limit: float, every: int = 100) -> dict[str, Any]:
    """La réalisation simple, jusqu'à zéro bit faux sur 1 000 séquences neuves ou `limit` secondes."""
    generator = training.reproducible(1)
    model = PlainNTM(9, 8)
    optimizer = torch.optim.RMSprop(model.parameters(), lr=1e-4, alpha=0.95, momentum=0.9)
    start, wall, done, errors, met = process_time(), perf_counter(), 0, [], False
    while not met and process_time() - start < limit:
        batch = tasks.copy(1, generator=generator)
        scores = model(batch.inputs[:, 0]).unsqueeze(1)
        loss = F.binary_cross_entropy_with_logits(scores[batch.mask], batch.targets[batch.mask])
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_value_(model.parameters(), 10)
        optimizer.step()
        errors.append(tasks.wrong_bits(scores.detach(), batch).item())
        done += 1
        if done % every == 0:
            recent = sum(errors[-every:]) / every
            print(
                f"simple : {done} séquences, {process_time() - start:.0f} s, {recent:.2f} bit faux",
                flush=True,
            )
            met = not sum(errors[-5 * every :]) and plain_errors(model) == 0
    return speed_row("simple", done, 1, process_time() - start, perf_counter() - wall, met) | {
        "faux_recents": sum(errors[-5 * every :]) / len(errors[-5 * every :])
    }


@torch.no_grad()
def plain_errors(model: PlainNTM) -> int:
    """Bits faux sur 1 000 séquences neuves, lues une à une ; s'arrête à la première faute."""
    generator = torch.Generator().manual_seed(ntm.VALIDATION)
    for _ in range(1000):
        batch = tasks.copy(1, generator=generator)
        if wrong := int(tasks.wrong_bits(model(batch.inputs[:, 0]).unsqueeze(1), batch).item()):
            return wrong
    return 0


def speed_row(name: str, steps: int, batch: int, seconds: float, wall: float, met: bool) -> dict[str, Any]:
    print(
        f"{name} : {steps} pas de {batch} séquences en {decimal(seconds, 1)} s "
        f"({decimal(steps / seconds, 1)} pas/s, {decimal(steps * batch / seconds, 1)} séquences/s), "
        f"zéro bit faux {'atteint' if met else 'non atteint'}",
        flush=True,
    )
    return {
        "forme": name,
        "pas": steps,
        "lot": batch,
        "secondes": seconds,
        "secondes_horloge": wall,
        "pas_par_seconde": steps / seconds,
        "sequences_par_seconde": steps * batch / seconds,
        "atteint": met,
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("mesure", choices=[*EXPERIMENTS, "vitesse"])
    parser.add_argument("--frais", action="store_true", help="refait tous les entraînements")
    parser.add_argument("--graines", type=int, nargs="+", help="seulement ces graines, sans rien écrire")
    parser.add_argument("--limite", type=float, default=900, help="vitesse : secondes par réalisation")
    arguments = parser.parse_args()
    if arguments.mesure == "vitesse":
        speed(arguments.limite)
    else:
        measure(arguments.mesure, fresh=arguments.frais, only=arguments.graines)
