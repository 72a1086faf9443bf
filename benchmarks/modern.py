"""Mesures du chapitre 20 : minGRU, le balayage, le coût d'un jeton.

    python benchmarks/modern.py mingru     minGRU sur les tâches du chapitre 10 (environ deux minutes)
    python benchmarks/modern.py balayage   la boucle et les balayages ; à lancer seul sur la machine
    python benchmarks/modern.py jeton      un jeton de plus, GRU et attention ; à lancer seul sur la machine

Chaque commande écrit un fichier de `book/resultats/`. Les temps sont du temps de processeur, un fil, et sont
gardés en rapports.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from functools import partial

import numpy as np
import torch
from lags import tune

from rnnbook import layers, results, scan
from rnnbook.experiments import lags, modern
from rnnbook.formats import decimal

GRID = (("addition", 10), ("addition", 25), ("addition", 50), ("copie", 5))
LENGTHS = (16, 64, 256, 1024, 4096)
WIDTHS = (32, 1024, 16384)
"""Nombre de récurrences menées de front : lot × unités."""

LARGEST = 4_200_000
"""Nombre d'états le plus grand que l'on calcule : longueur × largeur."""

POSITIONS = (16, 256, 1024, 4096, 16384)
SIZE = 64
ROUNDS = 15


def mingru() -> None:
    """Trois pas d'apprentissage, trois graines ; le meilleur pas en validation."""
    rows = []
    for name, lag in GRID:
        found = tune(f"{name} {lag:3d}", partial(modern.mingru_run, name, lag), modern.RATES)
        rows.append({"tache": name, "retard": lag, **found})
    modules = (
        "rnnbook.data.delays",
        "rnnbook.experiments.lags",
        "rnnbook.experiments.modern",
        "rnnbook.scan",
        "rnnbook.training",
    )
    save("modernes-mingru", lags.SEEDS, modules, rows)


def balayage() -> None:
    """Aller seul, sans gradient : temps de la boucle divisé par celui de chaque balayage."""
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(0)
    forms = {"boucle": scan.linear_loop, "balayage": scan.linear_scan, "paires": scan.linear_scan_pairs}
    rows = []
    for width in WIDTHS:
        for length in LENGTHS:
            if width * length > LARGEST:
                continue
            a = torch.rand(length, width, generator=generator)
            b = torch.randn(length, width, generator=generator)
            seconds = rounds({name: partial(form, a, b) for name, form in forms.items()})
            for name in ("balayage", "paires"):
                low, middle, high = quartiles(seconds["boucle"] / seconds[name])
                row = {"longueur": length, "largeur": width, "forme": name}
                rows.append({**row, "rapport": middle, "bas": low, "haut": high})
                print(f"{width:6d} {length:6d} {name:9s} boucle / {name} : {decimal(middle)}", flush=True)
    save("modernes-balayage", [0], ("rnnbook.scan",), rows)


def jeton() -> None:
    """Un jeton de plus à chaque position : GRU et attention, rapportés au GRU."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    gru, attention = layers.GRU(SIZE, SIZE), modern.Attention(SIZE)
    x, h = torch.randn(SIZE), torch.zeros(1, SIZE)
    rows = []
    for position in POSITIONS:
        cache = torch.randn(2, position, SIZE)
        seconds = rounds(
            {
                "gru": partial(gru, x[None], h),
                "attention": partial(attention.step, x, cache, position - 1),
            },
            repeat=50,
        )
        low, middle, high = quartiles(seconds["attention"] / seconds["gru"])
        rows.append({"position": position, "rapport": middle, "bas": low, "haut": high})
        print(f"position {position:6d}  attention / GRU : {decimal(middle)}", flush=True)
    save("modernes-jeton", [0], ("rnnbook.experiments.modern", "rnnbook.layers"), rows)


@torch.no_grad()
def rounds(forms: dict[str, Callable[[], object]], repeat: int = 3) -> dict[str, np.ndarray]:
    """Temps de processeur de chaque forme, tour après tour, chacune appelée `repeat` fois par tour."""
    seconds: dict[str, list[float]] = {name: [] for name in forms}
    for _ in range(ROUNDS):
        for name, form in forms.items():
            start = time.process_time()
            for _ in range(repeat):
                form()
            seconds[name].append(time.process_time() - start)
    return {name: np.array(values) for name, values in seconds.items()}


def quartiles(ratios: np.ndarray) -> list[float]:
    return np.percentile(ratios, [25, 50, 75]).tolist()


def save(name: str, seeds: Iterable[int], modules: Iterable[str], rows: list[dict]) -> None:
    command = f"python benchmarks/modern.py {name.removeprefix('modernes-')}"
    print(results.save(name, command=command, seeds=seeds, modules=modules, rows=rows))


if __name__ == "__main__":
    results.run_command(__doc__, {"mingru": mingru, "balayage": balayage, "jeton": jeton})
