"""`rnnbook` : le paquet du cours sur les réseaux de neurones récurrents.

Un module par idée, nommé comme le chapitre qui l'explique : `cells`, `layers`, `bptt`, `data`,
`training`, `plots`, `widgets`, `exercises`. Les modules se chargent à la demande :
`import rnnbook` n'importe ni torch ni matplotlib.
"""

from importlib import import_module
from types import ModuleType

__version__ = "0.1.0"

_SUBMODULES = (
    "bptt",
    "cells",
    "checkpoints",
    "data",
    "exercises",
    "formats",
    "layers",
    "metrics",
    "models",
    "ngrams",
    "ntm",
    "plots",
    "results",
    "tasks",
    "training",
    "validation",
    "widgets",
)


def __getattr__(name: str) -> ModuleType:
    """Charge un sous-module au premier accès (`rnnbook.cells`)."""
    if name in _SUBMODULES:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"le module {__name__!r} n'a pas d'attribut {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_SUBMODULES])
