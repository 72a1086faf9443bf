"""Des tâches dont le retard se règle : ce qu'il faut retenir, et combien de temps. Chapitres 6, 10 et 20.

Chaque fonction tire ses séquences d'un générateur explicite ; les axes sont (temps, lot, traits).
"""

from __future__ import annotations

import torch
from torch import Tensor

from rnnbook.validation import check_size


def recall(
    count: int, lag: int, *, symbols: int = 4, generator: torch.Generator | None = None
) -> tuple[Tensor, Tensor]:
    """Un symbole à retenir, puis du bruit, puis la question : quel était le premier symbole ?

    À l'instant 0, l'entrée porte l'un des `symbols` symboles en codage un parmi n. Suivent `lag - 1` instants
    de bruit normal sur ces mêmes traits. À l'instant `lag`, le trait de plus, resté nul, vaut 1 : c'est la
    question. Répondre au hasard coûte log(symbols) ; seul l'instant 0 renseigne.

    Returns:
        `(inputs, targets)` : (lag + 1, count, symbols + 1), float32 ; (count,), entiers de 0 à symbols - 1.

    Raises:
        ValueError: `count` ou `lag` inférieur à 1, `symbols` inférieur à 2.
    """
    check_size("count", count)
    check_size("lag", lag)
    check_size("symbols", symbols, 2)
    targets = torch.randint(symbols, (count,), generator=generator)
    inputs = torch.zeros(lag + 1, count, symbols + 1)
    inputs[0, torch.arange(count), targets] = 1.0
    inputs[1:-1, :, :symbols] = torch.randn(lag - 1, count, symbols, generator=generator)
    inputs[-1, :, symbols] = 1.0
    return inputs, targets


def adding(count: int, length: int, *, generator: torch.Generator | None = None) -> tuple[Tensor, Tensor]:
    """Le problème de l'addition (*adding problem*) de Hochreiter et Schmidhuber (1997, §5.4), simplifié.

    Chaque instant porte une valeur uniforme sur [0, 1] et un drapeau. Deux drapeaux valent 1 : l'un dans la
    première moitié, l'autre dans la seconde. La cible est la somme des deux valeurs ainsi désignées. Répondre
    toujours 1, la moyenne, donne une erreur quadratique de 1/6.

    Returns:
        `(inputs, targets)` : (length, count, 2), float32 ; (count, 1), float32.

    Raises:
        ValueError: `count` inférieur à 1, `length` inférieur à 2.
    """
    check_size("count", count)
    check_size("length", length, 2)
    half, rows = length // 2, torch.arange(count)
    values = torch.rand(length, count, generator=generator)
    first = torch.randint(half, (count,), generator=generator)
    second = torch.randint(half, length, (count,), generator=generator)
    flags = torch.zeros(length, count)
    flags[first, rows] = 1.0
    flags[second, rows] = 1.0
    return torch.stack([values, flags], dim=-1), (values[first, rows] + values[second, rows])[:, None]


def delayed_copy(
    count: int,
    delay: int,
    *,
    symbols: int = 8,
    length: int = 5,
    generator: torch.Generator | None = None,
) -> tuple[Tensor, Tensor]:
    """La copie différée : lire `length` symboles, attendre, puis les redire dans l'ordre.

    Les jetons 1 à `symbols` sont les symboles, 0 est le silence, `symbols + 1` le signal de départ. Après les
    symboles viennent `delay - 1` silences, le signal, puis des silences pendant la réponse. La cible est 0
    jusqu'au signal compris, puis les symboles : chacun est dit `length + delay` instants après sa lecture.

    Returns:
        `(inputs, targets)` : deux tenseurs d'entiers de forme (2 · length + delay, count).

    Raises:
        ValueError: une taille inférieure à 1, `symbols` inférieur à 2.
    """
    check_size("count", count)
    check_size("delay", delay)
    check_size("symbols", symbols, 2)
    check_size("length", length)
    message = torch.randint(1, symbols + 1, (length, count), generator=generator)
    inputs = torch.zeros(2 * length + delay, count, dtype=torch.long)
    targets = torch.zeros_like(inputs)
    inputs[:length] = message
    inputs[length + delay - 1] = symbols + 1
    targets[length + delay :] = message
    return inputs, targets
