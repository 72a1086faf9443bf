"""Noms de famille en 18 langues : les lire, les répartir, en faire des tenseurs.

Chemin d'un nom : `load_names` le normalise, `split` le place dans une partie avec les autres formes du
même nom, `to_tensors` le change une fois pour toutes en jetons, `batches` le sert en lots. Chapitre 7.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from unidecode import unidecode

from rnnbook.validation import check_size, check_type

ALPHABET = "abcdefghijklmnopqrstuvwxyz '-"
"""Les 29 signes d'un nom normalisé. Le jeton d'un signe est son rang plus un ; 0 est le remplissage."""

LANGUAGES: dict[str, str] = {
    "Arabic": "arabe",
    "Armenian": "arménien",
    "Chinese": "chinois",
    "Czech": "tchèque",
    "Dutch": "néerlandais",
    "English": "anglais",
    "Estonian": "estonien",
    "Finnish": "finnois",
    "French": "français",
    "German": "allemand",
    "Greek": "grec",
    "Irish": "irlandais",
    "Italian": "italien",
    "Japanese": "japonais",
    "Korean": "coréen",
    "Polish": "polonais",
    "Portuguese": "portugais",
    "Russian": "russe",
    "Scottish": "écossais",
    "Spanish": "espagnol",
    "Swedish": "suédois",
    "Vietnamese": "vietnamien",
}
"""Nom de langue tel que dans un fichier `Language.txt` → nom français pour les figures."""

# Chaque langue : (module de faker.providers.person, attribut). Pièges évités : `pl_PL.last_names` ne contient
# que « Doe » ; `et_EE.last_names` mêle des noms russes ; `zh_CN` et `zh_TW` ont une liste romanisée à part ;
# `fr_DZ` est une liste d'Algérie déjà en lettres latines, là où l'écriture arabe perdrait ses voyelles.
_SOURCES: dict[str, tuple[tuple[str, str], ...]] = {
    "Arabic": (("fr_DZ", "last_names"),),
    "Armenian": (("hy_AM", "last_names"),),
    "Chinese": (("zh_CN", "last_romanized_names"), ("zh_TW", "last_romanized_names")),
    "Czech": (("cs_CZ", "last_names"),),
    "Dutch": (("nl_NL", "last_names"),),
    "English": (("en_GB", "last_names"),),
    "Estonian": (("et_EE", "last_names_est"),),
    "Finnish": (("fi_FI", "last_names"),),
    "French": (("fr_FR", "last_names"), ("fr_CA", "last_names")),
    "German": (("de_DE", "last_names"), ("de_AT", "last_names")),
    "Greek": (("el_GR", "last_names"),),
    "Irish": (("ga_IE", "last_names"),),
    "Italian": (("it_IT", "last_names"),),
    "Polish": (("pl_PL", "unisex_last_names"), ("pl_PL", "male_last_names")),
    "Portuguese": (("pt_PT", "last_names"), ("pt_BR", "last_names")),
    "Russian": (("ru_RU", "last_names"),),
    "Spanish": tuple((f"es_{country}", "last_names") for country in ("ES", "MX", "AR", "CL", "CO")),
    "Swedish": (("sv_SE", "last_names"),),
}


@dataclass(frozen=True)
class Names:
    """Des noms normalisés et leur langue.

    `names` : n noms ; `labels` : (n,), entiers, rang de la langue dans `languages`.
    """

    names: tuple[str, ...]
    labels: np.ndarray
    languages: tuple[str, ...]

    @property
    def titles(self) -> tuple[str, ...]:
        """Noms français des langues, pour les figures ; un nom inconnu reste tel quel."""
        return tuple(LANGUAGES.get(language, language) for language in self.languages)

    @property
    def counts(self) -> np.ndarray:
        """Nombre de noms de chaque langue, forme (langues,)."""
        return np.bincount(self.labels, minlength=len(self.languages))

    def __len__(self) -> int:
        return len(self.names)

    def subset(self, indices: Sequence[int] | np.ndarray) -> Names:
        """Garde les noms de rangs `indices`, dans cet ordre ; les langues restent toutes."""
        return Names(
            tuple(self.names[i] for i in indices), self.labels[np.asarray(indices, dtype=int)], self.languages
        )


class Parts(NamedTuple):
    """Les trois parties d'un découpage : apprendre, choisir, mesurer."""

    training: Names
    validation: Names
    heldout: Names


# --- Lire ---------------------------------------------------------------------------------------------


def normalise(name: str) -> str:
    """Ramène un nom à `ALPHABET` : sans accent, en lettres latines minuscules, espaces simples.

    Une écriture non latine est translittérée ; les apostrophes que la translittération ajoute (signe mou
    russe, aspiration arménienne) sont ôtées, celles du nom (O'Neill) restent. Peut rendre une chaîne vide.
    """
    letters = (
        "'" if sign in "'’ʼ`´" else unidecode(sign).replace("'", "").replace("`", "")
        for sign in unicodedata.normalize("NFC", name)
    )
    kept = "".join(sign if sign in ALPHABET else " " for sign in "".join(letters).lower())
    return " ".join(kept.split())


def load_names(path: str | Path | None = None, *, drop_shared: bool = True) -> Names:
    """Charge les noms : ceux du paquet Faker, ou ceux d'un dossier.

    Args:
        path: dossier qui contient un fichier UTF-8 `Language.txt` par langue, un nom par ligne ; sans
            dossier, les 18 langues du cours.
        drop_shared: ôte les noms que plusieurs langues partagent (leur langue n'est pas décidable).

    Returns:
        Les noms normalisés, sans doublon, langue par langue puis par ordre alphabétique.

    Raises:
        FileNotFoundError: le dossier n'existe pas.
        ValueError: pas de fichier `.txt`, un fichier vide ou qui n'est pas en UTF-8.
        TypeError: `path` n'est pas un chemin.
    """
    raw = _faker_names() if path is None else _folder_names(Path(check_type("path", path, str, Path)))
    lists = {language: {normalise(name) for name in names} - {""} for language, names in sorted(raw.items())}
    for language, found in lists.items():
        if not found:
            raise ValueError(f"path : aucun nom pour {language} ; un nom par ligne attendu")
    owners: dict[str, int] = {}
    for found in lists.values():
        for name in found:
            owners[name] = owners.get(name, 0) + 1
    pairs = [
        (name, label)
        for label, found in enumerate(lists.values())
        for name in sorted(found)
        if owners[name] == 1 or not drop_shared
    ]
    return Names(tuple(name for name, _ in pairs), np.array([label for _, label in pairs]), tuple(lists))


def _faker_names() -> dict[str, list[str]]:
    providers = "faker.providers.person"
    return {
        language: [
            name
            for locale, attribute in sources
            for name in getattr(import_module(f"{providers}.{locale}").Provider, attribute)
        ]
        for language, sources in _SOURCES.items()
    }


def _folder_names(folder: Path) -> dict[str, list[str]]:
    if not folder.is_dir():
        raise FileNotFoundError(
            f"path : le dossier {str(folder)!r} n'existe pas ; un dossier de fichiers Language.txt attendu"
        )
    files = sorted(folder.glob("*.txt"))
    if not files:
        raise ValueError(
            f"path : aucun fichier .txt dans le dossier {str(folder)!r} ; un Language.txt par langue attendu"
        )
    lists = {}
    for file in files:
        try:
            lists[file.stem] = file.read_text(encoding="utf-8-sig").splitlines()
        except UnicodeDecodeError as error:
            raise ValueError(
                f"path : {file.name} n'est pas en UTF-8 (octet {error.start}) ; UTF-8 attendu"
            ) from error
    return lists


# --- Répartir -----------------------------------------------------------------------------------------

# Mots qu'une même famille porte ou non : « Berg », « van den Berg ».
_PARTICLES: dict[str, str] = {
    "Dutch": "d de den der die en het la le op s t te ten ter the uit und van von zu",
    "French": "d da de des dos du la le",
    "German": "auch der ii und van von zu",
    "Italian": "d da de del della di la lo",
    "Portuguese": "da das de do dos e",
    "Spanish": "de del la las los y",
}

# Chaque règle ôte ce qui distingue les formes d'un même nom. La clé obtenue n'est pas un nom : deux noms
# différents peuvent avoir la même, ce qui les place seulement dans la même partie.
_RULES: dict[str, tuple[tuple[str, str], ...]] = {
    # Novák / Nováková, Fiala / Fialová, Havlíček / Havlíčková (e mobile), Černý / Černá, Krejčí / Krejčová.
    "Czech": ((r"ova$", ""), (r"[aeiyo]$", ""), (r"e([ck])$", r"\1")),
    # Ivanov / Ivanova, Ilin / Ilina, Dostoïevski / Dostoïevskaïa.
    "Russian": ((r"(ov|ev|in|yn)a$", r"\1"), (r"(sk|tsk|zk)(aia|aya|ii|iy|yi|y|i|oi|oy)$", r"\1")),
    # Kowalski / Kowalska, Zawadzki / Zawadzka, Leśny / Leśna, Nowak / Nowakowa.
    "Polish": ((r"(sk|ck|dzk|zk)[iay]$", r"\1"), (r"n[ya]$", "n"), (r"(owa|owna)$", "")),
    # Papadópoulos / Papadopoúlou, Ioannídis / Ioannídou, Antonákis / Antonáki, Bouras / Boura.
    "Greek": ((r"(ous|ou|os|es|as|us|is|e|a|o|u|i)$", ""),),
    # Ó hAnnagáin / Ní Annagáin / Annagáin, Mac Fhionnlaich / Nic Fionnlaich : particule, h et lénition ôtés.
    "Irish": (
        (r"^(mac giolla|mac|mag|mhic|mc|nic|nig|o|ni|ui|ua|de|an|a)[ ']+", ""),
        (r"^h([aeiou])", r"\1"),
        (r"^([bcdfgmpst])h", r"\1"),
    ),
    # Adamyan / Adamyants, Hovsepyan / Hovsepov.
    "Armenian": ((r"(ants|yants|ents|ounts|ownts|yan|ian|ov|ts)$", ""),),
}


def family(name: str, language: str) -> str:
    """Donne la clé commune aux formes d'un nom normalisé : genre, particule, pluriel.

    `family("novakova", "Czech")` et `family("novak", "Czech")` sont égales. Sans règle pour la langue, le nom
    est sa propre clé. Les variantes d'orthographe (Karlsson, Carlsson) gardent des clés différentes : voir
    `near_twins`.
    """
    if language in _PARTICLES:
        particles = _PARTICLES[language].split()
        kept = [word for word in re.split(r"[ '-]+", name) if word not in particles]
        # « Berg, van den » est parfois classé à Berg : l'ordre des mots ne compte pas.
        return " ".join(sorted(filter(None, kept))) or name
    for pattern, replacement in _RULES.get(language, ()):
        shorter = re.sub(pattern, replacement, name)
        # Une racine d'une lettre réunirait des noms sans rapport.
        name = shorter if len(shorter) >= 2 else name
    return name


def split(names: Names, *, fractions: tuple[float, float, float] = (0.7, 0.1, 0.2), seed: int = 0) -> Parts:
    """Répartit les noms en parties d'entraînement, de validation et de test.

    Le tirage se fait langue par langue, famille par famille : les formes d'un même nom, et un même nom
    présent dans deux langues, restent ensemble.

    Args:
        fractions: parts visées de l'entraînement, de la validation et du test, de somme 1.
        seed: graine du tirage ; la même graine donne le même découpage.

    Raises:
        ValueError: fractions non positives ou de somme différente de 1 ; langue de moins de trois familles.
    """
    if len(fractions) != 3 or min(fractions) <= 0 or abs(sum(fractions) - 1) > 1e-9:
        raise ValueError(f"fractions : {fractions} reçu, trois nombres positifs de somme 1 attendus")
    rng = np.random.default_rng(seed)
    parts: tuple[list[int], list[int], list[int]] = ([], [], [])
    groups = _families(names)
    for label, language in enumerate(names.languages):
        own = [group for group in groups if names.labels[group[0]] == label]
        if len(own) < 3:
            raise ValueError(f"names : {len(own)} famille(s) de noms pour {language}, au moins 3 attendues")
        order = [own[i] for i in rng.permutation(len(own))]
        total = sum(len(group) for group in order)
        # Test et validation d'abord, une famille au moins chacun ; l'entraînement prend le reste.
        for part, share in ((2, fractions[2]), (1, fractions[1])):
            taken = 0
            while taken == 0 or (taken + len(order[-1]) / 2 <= share * total and len(order) > part):
                group = order.pop()
                taken += len(group)
                parts[part].extend(group)
        parts[0].extend(index for group in order for index in group)
    return Parts(*(names.subset(sorted(part)) for part in parts))


def _families(names: Names) -> list[list[int]]:
    """Regroupe les rangs des noms qui partagent une famille ou une écriture."""
    parent: dict[object, object] = {}

    def root(node: object) -> object:
        while parent.setdefault(node, node) != node:
            parent[node] = node = parent[parent[node]]
        return node

    keys = [
        (int(label), family(name, names.languages[label]))
        for name, label in zip(names.names, names.labels, strict=True)
    ]
    for name, key in zip(names.names, keys, strict=True):
        parent[root(key)] = root(name)
    groups: dict[object, list[int]] = {}
    for index, name in enumerate(names.names):
        groups.setdefault(root(name), []).append(index)
    return list(groups.values())


def near_twins(left: Names, right: Names) -> list[tuple[str, str, str]]:
    """Cherche les noms de `left` à une lettre près d'un nom de la même langue dans `right`.

    Une lettre ôtée, ajoutée ou changée. Renvoie des triplets (nom de `left`, nom de `right`, langue), un par
    nom de `left` au plus : ce que le regroupement par famille a laissé passer.
    """
    shapes: dict[tuple[int, str], str] = {}
    for name, label in zip(right.names, right.labels, strict=True):
        for shape in _one_letter_shapes(name):
            shapes.setdefault((int(label), shape), name)
    found = []
    for name, label in zip(left.names, left.labels, strict=True):
        twin = next(
            (shapes[key] for s in _one_letter_shapes(name) if (key := (int(label), s)) in shapes), None
        )
        if twin is not None:
            found.append((name, twin, left.languages[label]))
    return found


def _one_letter_shapes(name: str) -> list[str]:
    # Deux noms à une lettre près ont une forme commune ; « * » tient la place d'une lettre quelconque.
    replaced = [name[:i] + "*" + name[i + 1 :] for i in range(len(name))]
    inserted = [name[:i] + "*" + name[i:] for i in range(len(name) + 1)]
    return replaced + inserted


# --- Changer en tenseurs --------------------------------------------------------------------------------


class NameTensors(NamedTuple):
    """Des noms en tenseurs.

    `tokens` : (temps, lot), entiers, 0 après la fin du nom ; `lengths` : (lot,) ; `labels` : (lot,).
    """

    tokens: Tensor
    lengths: Tensor
    labels: Tensor


def encode(name: str) -> Tensor:
    """Change un nom normalisé en jetons, forme (temps,).

    Lève `ValueError` si le nom est vide ou contient un signe hors de `ALPHABET` (voir `normalise`).
    """
    unknown = sorted(set(name) - set(ALPHABET))
    if unknown or not name:
        raise ValueError(
            f"name : {name!r} reçu, un nom non vide écrit avec {ALPHABET!r} attendu (voir normalise)"
        )
    return torch.tensor([ALPHABET.index(letter) + 1 for letter in name])


def decode(tokens: Tensor) -> str:
    """Relit un nom depuis ses jetons, forme (temps,) ; le remplissage est ignoré."""
    return "".join(ALPHABET[token - 1] for token in tokens.tolist() if token)


def to_tensors(names: Names) -> NameTensors:
    """Change tous les noms en tenseurs, complétés par des zéros à la longueur du plus long.

    Lève `ValueError` si `names` est vide ou contient un nom hors de `ALPHABET`.
    """
    if len(names) == 0:
        raise ValueError("names : aucun nom reçu, au moins un attendu")
    encoded = [encode(name) for name in names.names]
    tokens = torch.nn.utils.rnn.pad_sequence(encoded)
    lengths = torch.tensor([len(name) for name in encoded])
    return NameTensors(tokens, lengths, torch.as_tensor(names.labels))


def take(tensors: NameTensors, indices: Tensor) -> NameTensors:
    """Forme un lot : les noms de rangs `indices`, du plus long au plus court, remplis au plus juste.

    L'ordre des longueurs est celui que `pack_padded_sequence` attend.
    """
    indices = indices[tensors.lengths[indices].argsort(descending=True, stable=True)]
    lengths = tensors.lengths[indices]
    return NameTensors(tensors.tokens[: int(lengths[0]), indices], lengths, tensors.labels[indices])


def batches(
    tensors: NameTensors, size: int, *, generator: torch.Generator | None = None, balanced: bool = False
) -> Iterator[NameTensors]:
    """Sert une époque en lots de `size` noms (le dernier peut être plus court).

    Args:
        generator: mélange les noms ; sans générateur, ils viennent dans l'ordre.
        balanced: tire avec remise, chaque langue aussi souvent que les autres ; exige `generator`.
    """
    count = len(tensors.labels)
    check_size("size", size)
    if balanced and generator is None:
        raise ValueError("generator : None reçu, un torch.Generator attendu pour un tirage équilibré")
    if balanced:
        weights = 1.0 / tensors.labels.bincount()[tensors.labels].double()
        order = torch.multinomial(weights, count, replacement=True, generator=generator)
    else:
        order = torch.arange(count) if generator is None else torch.randperm(count, generator=generator)
    for indices in order.split(size):
        yield take(tensors, indices)
