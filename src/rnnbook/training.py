"""Une boucle d'entraînement pour tous les chapitres.

`reproducible` fixe la graine et le fil de calcul ; `fit` entraîne ; `History` garde ce qui s'est passé.
L'arrêt dépend des époques et de la validation, jamais de l'horloge.
"""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from math import inf, isfinite
from typing import Any

import torch
from torch import Tensor, nn
from tqdm.auto import tqdm

from rnnbook.validation import check_interval, check_size


@dataclass
class History:
    """Le journal d'un entraînement.

    `loss` et `gradient_norm` : une valeur par pas (norme avant écrêtage) ; `epoch_loss` : moyenne de la perte
    par époque ; `validation` : une valeur par époque ; `best_epoch` : époque (à partir de 0) dont le modèle
    garde les poids.
    """

    loss: list[float] = field(default_factory=list)
    gradient_norm: list[float] = field(default_factory=list)
    epoch_loss: list[float] = field(default_factory=list)
    validation: list[float] = field(default_factory=list)
    best_epoch: int = -1


def reproducible(seed: int = 0) -> torch.Generator:
    """Prépare un calcul que l'on peut refaire : un seul fil, opérations déterministes, graine fixée.

    À appeler avant de construire le modèle, dont les poids sont tirés au sort. Renvoie un générateur de même
    graine, pour les tirages que l'on veut tenir à part.
    """
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    torch.manual_seed(seed)
    return torch.Generator().manual_seed(seed)


def fit(
    model: nn.Module,
    batches: Callable[[torch.Generator], Iterable[Any]],
    loss: Callable[[nn.Module, Any], Tensor],
    *,
    epochs: int,
    optimizer: torch.optim.Optimizer,
    scheduler: torch.optim.lr_scheduler.LRScheduler | None = None,
    clip: float | None = 1.0,
    validate: Callable[[nn.Module], float] | None = None,
    patience: int | None = None,
    seed: int = 0,
    progress: bool | None = None,
) -> History:
    """Entraîne `model` et renvoie le journal.

    Args:
        batches: `batches(generator)` sert les lots d'une époque ; le générateur mélange.
        loss: `loss(model, batch)` donne la perte d'un lot, un scalaire.
        epochs: nombre d'époques au plus.
        scheduler: fait varier le pas d'apprentissage, avancé après chaque lot.
        clip: norme à laquelle le gradient est ramené s'il la dépasse ; `None` : pas d'écrêtage.
        validate: `validate(model)` donne, sans gradient et en mode évaluation, un nombre à rendre petit ; le
            modèle garde alors les poids de sa meilleure époque.
        patience: arrête après ce nombre d'époques sans progrès de `validate`.
        seed: graine des mélanges et du dropout.
        progress: barre de progression ; par défaut, seulement en session vivante (voir `live_session`).

    Raises:
        ValueError: `epochs` ou `patience` inférieur à 1, `patience` sans `validate`, époque sans lot, perte
            qui n'est plus un nombre fini.
    """
    check_size("epochs", epochs)
    limit = inf if clip is None else check_interval("clip", clip, 0, inf)
    if patience is not None and validate is None:
        raise ValueError(
            f"patience : {patience} reçu sans validate ; validate, qui mesure le progrès, attendu"
        )
    stop = epochs if patience is None else check_size("patience", patience)
    history, lowest, best = History(), inf, copy.deepcopy(model.state_dict())
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    hidden = not (live_session() if progress is None else progress)
    for epoch in tqdm(range(epochs), desc="Époques", leave=False, disable=hidden):
        model.train()
        first = len(history.loss)
        for batch in batches(generator):
            value = loss(model, batch)
            optimizer.zero_grad()
            value.backward()
            norm = nn.utils.clip_grad_norm_(model.parameters(), limit)
            optimizer.step()
            if scheduler is not None:
                scheduler.step()
            history.loss.append(value.item())
            history.gradient_norm.append(norm.item())
        steps = history.loss[first:]
        if not steps:
            raise ValueError("batches : aucun lot reçu, au moins un par époque attendu")
        history.epoch_loss.append(sum(steps) / len(steps))
        if not isfinite(history.epoch_loss[-1]):
            raise ValueError(f"loss : {history.epoch_loss[-1]} à l'époque {epoch}, un nombre fini attendu")
        if validate is None:
            continue
        model.eval()
        with torch.no_grad():
            history.validation.append(float(validate(model)))
        if history.validation[-1] < lowest:
            lowest, history.best_epoch = history.validation[-1], epoch
            best = copy.deepcopy(model.state_dict())
        elif epoch - history.best_epoch >= stop:
            break
    if validate is None:
        history.best_epoch = epochs - 1
    else:
        model.load_state_dict(best)
    model.eval()
    return history


def live_session() -> bool:
    """Dit si quelqu'un regarde : terminal, ou notebook ouvert dans une interface.

    Une interface (JupyterLab, VS Code, Colab) accepte que le noyau pose une question (`input`) ; une
    exécution sans personne (construction du livre, nbmake) le refuse. Le message d'exécution reçu le dit.
    """
    from_ipython = sys.modules.get("IPython")
    shell = from_ipython.get_ipython() if from_ipython else None
    kernel = getattr(shell, "kernel", None)
    if kernel is None:
        return sys.stderr.isatty()
    return bool(kernel.get_parent("shell").get("content", {}).get("allow_stdin", False))
