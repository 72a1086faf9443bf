"""Mesure des couches : aller et retour de `rnnbook.layers` contre `torch.nn`, et de quoi l'écart est fait.

    python benchmarks/layers.py            # affiche le tableau
    python benchmarks/layers.py --save     # et écrit book/resultats/couches.json

À chaque tour, toutes les formes d'une couche calculent l'une après l'autre la même sortie et les mêmes
gradients ; on divise leur temps processeur par celui de `torch.nn` au même tour, puis on prend la médiane
et les quartiles des tours. Un fil, simple précision. Une forme :

- `rnnbook` : la couche du cours ;
- `par porte` : un produit par porte et par instant, pour l'entrée comme pour l'état ;
- `indexé` : la couche du cours, mais qui lit son produit d'entrée par `a[t]` (petite taille seulement) ;
- `sans oneDNN` : `torch.nn`, privé de la bibliothèque qui fait d'un LSTM entier un seul noyau ;
- `produits` : les seuls produits de matrices qu'aucune boucle en PyTorch n'évite ; ce n'est pas un modèle.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rnnbook import cells, layers, results
from rnnbook.formats import decimal

SEED = 0
SIZES = {
    "petite": {"temps": 100, "lot": 32, "entree": 32, "etat": 128},
    "grande": {"temps": 500, "lot": 64, "entree": 64, "etat": 256},
}
ROUNDS = {"petite": 60, "grande": 12}
EQUATIONS = {"RNN": cells.rnn_equations, "LSTM": cells.lstm_equations, "GRU": cells.gru_equations}

Form = Callable[[], Any]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--save", action="store_true", help="écrit book/resultats/couches.json")
    parser.add_argument("--size", choices=SIZES, action="append", help="une seule taille, sans --save")
    arguments = parser.parse_args()
    if arguments.save and arguments.size:
        parser.error("--save garde les deux tailles : ôtez --size")
    torch.set_num_threads(1)
    print(f"{'couche':8s}{'taille':9s}{'forme':13s}{'rapport':>8s}   quartiles        ms par tour")
    rows = []
    for size in arguments.size or SIZES:
        for kind in EQUATIONS:
            for row, milliseconds in measure(kind, size):
                low, high = (decimal(row[key]) for key in ("bas", "haut"))
                print(
                    f"{kind:8s}{size:9s}{row['forme']:13s}{decimal(row['rapport']):>8s}   "
                    f"[{low} ; {high}]".ljust(55)
                    + f"{decimal(milliseconds, 1):>10s}",
                    flush=True,
                )
                rows.append(row)
    if arguments.save:
        command = "python benchmarks/layers.py --save"
        modules = ("rnnbook.cells", "rnnbook.layers")
        print(results.save("couches", command=command, seeds=[SEED], modules=modules, rows=rows))


def measure(kind: str, size: str) -> list[tuple[dict, float]]:
    """Chronomètre toutes les formes d'une couche, tour après tour ; renvoie une ligne par forme."""
    forms = make_forms(kind, size)
    times: dict[str, list[float]] = {name: [] for name in forms}
    for _ in range(ROUNDS[size]):
        for name, form in forms.items():
            start = time.process_time()
            form()
            times[name].append(time.process_time() - start)
    rows = []
    for name, seconds in times.items():
        ratios = np.array(seconds) / np.array(times["torch.nn"])
        low, middle, high = np.percentile(ratios, [25, 50, 75]).tolist()
        row = {"couche": kind, "taille": size, **SIZES[size], "forme": name}
        rows.append(({**row, "rapport": middle, "bas": low, "haut": high}, 1000 * float(np.median(seconds))))
    return rows


def make_forms(kind: str, size: str) -> dict[str, Form]:
    """Prépare les formes à chronométrer et vérifie que leurs sorties et leurs gradients sont les mêmes."""
    steps, batch, d, n = SIZES[size].values()
    torch.manual_seed(SEED)
    reference, ours = getattr(nn, kind)(d, n), getattr(layers, kind)(d, n)
    ours.load_state_dict(reference.state_dict())
    x, gradient = torch.randn(steps, batch, d), torch.randn(steps, batch, n)
    weights = list(reference.parameters())
    zeros = (torch.zeros(batch, n),) * (2 if kind == "LSTM" else 1)

    def both_ways(forward: Callable[[], Tensor], parameters: list) -> Form:
        def run() -> list[Tensor]:
            output = forward()
            return [output, *torch.autograd.grad(output, parameters, gradient)]

        return run

    def without_onednn() -> list[Tensor]:
        torch.backends.mkldnn.enabled = False
        try:
            return forms["torch.nn"]()
        finally:
            torch.backends.mkldnn.enabled = True

    forms: dict[str, Form] = {
        "torch.nn": both_ways(lambda: reference(x)[0], weights),
        "rnnbook": both_ways(lambda: ours(x)[0], list(ours.parameters())),
        "par porte": both_ways(lambda: per_gate(kind, x, zeros, weights), weights),
        "sans oneDNN": without_onednn,
    }
    if size == "petite":
        forms["indexé"] = both_ways(lambda: indexed(kind, x, zeros, weights), weights)
    expected = forms["torch.nn"]()
    for form in forms.values():
        for value, target in zip(form(), expected, strict=True):
            torch.testing.assert_close(value, target, rtol=1e-3, atol=1e-4 * target.abs().max().item())
    forms["produits"] = lambda: products(x, *weights[:2])
    return forms


def per_gate(kind: str, x: Tensor, state: tuple[Tensor, ...], weights: list) -> Tensor:
    """La forme des manuels : à chaque instant, une application linéaire par porte."""
    blocks = len(weights[0]) // weights[1].shape[1]
    W_x, W_h, b_x, b_h = (w.chunk(blocks) for w in weights)
    h, c, outputs = state[0], state[-1], []
    for x_t in x:
        a = [F.linear(x_t, W, b) for W, b in zip(W_x, b_x, strict=True)]
        u = [F.linear(h, W, b) for W, b in zip(W_h, b_h, strict=True)]
        if kind == "RNN":
            h = torch.tanh(a[0] + u[0])
        elif kind == "LSTM":
            i, f, o = (torch.sigmoid(a[k] + u[k]) for k in (0, 1, 3))
            c = f * c + i * torch.tanh(a[2] + u[2])
            h = o * torch.tanh(c)
        else:
            r, z = torch.sigmoid(a[0] + u[0]), torch.sigmoid(a[1] + u[1])
            h = (1 - z) * torch.tanh(a[2] + r * u[2]) + z * h
        outputs.append(h)
    return torch.stack(outputs)


def indexed(kind: str, x: Tensor, state: tuple[Tensor, ...], weights: list) -> Tensor:
    """La faute à ne pas faire : à chaque instant, `a[t]` donne au retour un gradient de la taille de `a`."""
    project, step = EQUATIONS[kind](*weights)
    a, outputs = project(x), []
    for t in range(len(x)):
        state = step(a[t], state)
        outputs.append(state[0])
    return torch.stack(outputs)


@torch.no_grad()
def products(x: Tensor, weight_ih: Tensor, weight_hh: Tensor) -> None:
    """Trois produits par instant, un à l'aller et deux au retour ; deux en tout pour l'entrée."""
    steps, batch, d = x.shape
    flat, h = x.reshape(steps * batch, d), torch.zeros(batch, weight_hh.shape[1])
    a = flat @ weight_ih.t()
    a.t() @ flat
    for a_t in a.split(batch):
        h @ weight_hh.t()
        a_t @ weight_hh
        a_t.t() @ h


if __name__ == "__main__":
    main()
