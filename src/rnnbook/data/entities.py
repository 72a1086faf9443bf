"""Phrases étiquetées : qui est une personne, qui est un lieu. Chapitre 11.

Les noms et la façon de former un nom de ville viennent du paquet Faker ; les phrases, de nos modèles. Dans
Faker, une ville française s'appelle souvent comme une famille : le mot seul ne dit donc pas ce qu'il désigne.
Parfois ce qui le précède décide (« madame … », « la mairie de … »), parfois ce qui le suit, et lui seul
(« … a perdu ses clés », « … a perdu ses remparts »).
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import NamedTuple

from faker.providers.address.fr_FR import Provider as Places
from faker.providers.person.fr_FR import Provider as People

from rnnbook.validation import check_size

TAGS: tuple[str, ...] = ("rien", "B-personne", "I-personne", "B-lieu", "I-lieu")
"""Les étiquettes : B (*begin*) ouvre un nom, I (*inside*) le continue, « rien » est hors de tout nom."""

# Un verbe, puis ce qui décide : d'abord pour une personne, ensuite pour un lieu.
_PREDICATES = (
    ("a perdu", ("ses clés", "son chapeau", "la mémoire"), ("ses remparts", "sa gare", "mille habitants")),
    ("attend", ("un taxi", "son frère", "le dentiste"), ("les touristes", "le tramway", "son festival")),
    (
        "a retrouvé",
        ("ses lunettes", "son sourire", "le sommeil"),
        ("ses visiteurs", "son marché", "le calme"),
    ),
    ("est encore", ("au lit", "en colère", "malade"), ("sous la neige", "inondée", "sans électricité")),
    ("a", ("soif", "trente ans", "mal aux dents"), ("deux ponts", "un port", "cinq écoles")),
    ("fête", ("son anniversaire", "sa retraite"), ("son carnaval", "ses vendanges")),
)

# Ici, ce qui précède le nom suffit.
_LEFT_PERSON = (
    "le frère de {} est parti",
    "on a vu madame {} au marché",
    "le docteur {} arrive",
    "mon voisin {} chante",
)
_LEFT_PLACE = (
    "la mairie de {} est fermée",
    "un train part pour {} ce soir",
    "il habite près de {}",
    "la route de {} est longue",
)

# Ce qui précède le nom convient à une personne comme à un lieu.
_OPENINGS = ("", "", "hier", "ce matin", "on parle de {} qui", "je pense à {} qui", "personne ne sait que")
_ASIDES = (
    "",
    "",
    "",
    "hier soir",
    "dit-on",
    "selon le journal",
    "comme chaque année",
    "à en croire la radio",
)
_LINKS = ("et", "mais", "puis")


class Sentence(NamedTuple):
    """Une phrase : ses mots, en minuscules, et pour chacun le rang de son étiquette dans `TAGS`."""

    words: tuple[str, ...]
    tags: tuple[int, ...]


class EntityParts(NamedTuple):
    """Les trois parties d'un découpage : apprendre, choisir, mesurer. Aucun nom n'est dans deux parties."""

    training: tuple[Sentence, ...]
    validation: tuple[Sentence, ...]
    heldout: tuple[Sentence, ...]


class _People(NamedTuple):
    """Les prénoms et les noms de famille d'une partie."""

    first: list[str]
    last: list[str]


def load_entities(sizes: tuple[int, int, int] = (1000, 300, 500), *, seed: int = 0) -> EntityParts:
    """Tire des phrases étiquetées, en trois parties dont les noms n'ont rien de commun.

    Args:
        sizes: nombre de phrases de chaque partie.
        seed: graine du partage des noms et du tirage des phrases.

    Returns:
        Les trois parties. Les modèles de phrases y sont les mêmes ; les prénoms et les noms de famille, dont
        sont faites aussi les villes, sont répartis en 60 %, 20 % et 20 %.

    Raises:
        ValueError: `sizes` n'a pas trois tailles, ou l'une est inférieure à 1.
    """
    if len(sizes) != 3:
        raise ValueError(f"sizes : {len(sizes)} tailles reçues, trois attendues")
    for i, size in enumerate(sizes):
        check_size(f"sizes[{i}]", size)
    rng = random.Random(seed)
    # Des noms d'un mot qui ne s'élident pas : « près de martin », mais « près d'alain ».
    first, last = (
        {name.lower() for name in names if name.isalpha() and name[0] not in "AEÉHIOUY"}
        for names in (People.first_names, People.last_names)
    )
    # Un nom n'est que dans une part, qu'il serve de prénom, de nom de famille ou des deux, comme « martin ».
    words = sorted(first | last)
    rng.shuffle(words)
    cuts = (0, len(words) * 3 // 5, len(words) * 4 // 5, len(words))
    parts = []
    for size, start, stop in zip(sizes, cuts, cuts[1:], strict=False):
        kept = words[start:stop]
        people = _People([w for w in kept if w in first], [w for w in kept if w in last])
        parts.append(tuple(_sentence(people, rng) for _ in range(size)))
    return EntityParts(*parts)


def _sentence(people: _People, rng: random.Random) -> Sentence:
    """Une proposition, ou deux reliées."""
    words, tags = _clause(people, rng)
    if rng.random() < 0.4:
        more_words, more_tags = _clause(people, rng)
        words, tags = [*words, rng.choice(_LINKS), *more_words], [*tags, 0, *more_tags]
    return Sentence(tuple(words), tuple(tags))


def _clause(people: _People, rng: random.Random) -> tuple[list[str], list[int]]:
    """Une proposition autour d'un nom, que décide une fois sur trois ce qui précède, sinon ce qui suit."""
    person = rng.random() < 0.5
    name = _person(people, rng) if person else _place(people, rng)
    if rng.random() < 1 / 3:
        pattern = rng.choice(_LEFT_PERSON if person else _LEFT_PLACE)
    else:
        verb, for_person, for_place = rng.choice(_PREDICATES)
        opening, ending = rng.choice(_OPENINGS), rng.choice(for_person if person else for_place)
        pattern = f"{opening if '{}' in opening else opening + ' {}'} {rng.choice(_ASIDES)} {verb} {ending}"
    words, tags = [], []
    for word in pattern.split():
        if word == "{}":
            begin = TAGS.index("B-personne" if person else "B-lieu")
            words += name
            tags += [begin] + [begin + 1] * (len(name) - 1)
        else:
            words.append(word)
            tags.append(0)
    return words, tags


def _person(people: _People, rng: random.Random) -> list[str]:
    """« martin », « jeanne » ou « jeanne martin »."""
    first, last = rng.choice(people.first), rng.choice(people.last)
    return rng.choice(([last], [last], [first], [first, last]))


def _place(people: _People, rng: random.Random) -> list[str]:
    """Une ville à la façon de Faker : « martin », « martin sur mer », « saint jean », « petit sur morel »."""
    last = rng.choice(people.last)
    # Un suffixe collé (« martinville ») ferait un mot de plus ; un suffixe à traits d'union donne des mots.
    suffix = rng.choice([s for s in Places.city_suffixes if s.startswith("-")])
    saint = [Places.city_prefixes[0].lower(), rng.choice(people.first)]
    return rng.choice(
        (
            [last],
            [last],
            [last],
            f"{last}{suffix}".lower().split("-"),
            saint,
            [last, "sur", rng.choice(people.last)],
        )
    )


# --- Mesurer ------------------------------------------------------------------------------------------


def spans(tags: Sequence[int]) -> set[tuple[int, int, str]]:
    """Les noms d'une phrase : triplets (premier mot, mot d'après le dernier, « personne » ou « lieu »).

    Une étiquette I qui ne continue rien, ou qui change de sorte, ouvre un nom. Lève `ValueError` si une
    étiquette n'est pas un rang de `TAGS`.
    """
    found, start, kind = set(), 0, ""
    for j, tag in enumerate([*tags, 0]):
        if not 0 <= tag < len(TAGS):
            raise ValueError(f"tags[{j}] : {tag} reçu, un rang de 0 à {len(TAGS) - 1} attendu")
        position, _, now = TAGS[tag].partition("-")
        if kind and (position != "I" or now != kind):
            found.add((start, j, kind))
            kind = ""
        if now and not kind:
            start, kind = j, now
    return found


def entity_f1(truth: Sequence[Sequence[int]], guesses: Sequence[Sequence[int]]) -> float:
    """La mesure F1 des noms, de 0 à 1 : moyenne harmonique de la précision et du rappel.

    Un nom trouvé compte s'il a les bonnes bornes et la bonne sorte. Sans aucun nom, ni vrai ni trouvé, F1
    vaut 1. Source : Tjong Kim Sang et De Meulder (2003), §2.3, doi:10.3115/1119176.1119195.

    Args:
        truth, guesses: pour chaque phrase, les étiquettes de ses mots.

    Raises:
        ValueError: deux nombres de phrases, ou deux longueurs d'une même phrase, qui diffèrent.
    """
    if len(truth) != len(guesses):
        raise ValueError(f"guesses : {len(guesses)} phrases reçues, {len(truth)} attendues")
    right = present = found = 0
    for i, (real, guess) in enumerate(zip(truth, guesses, strict=True)):
        if len(real) != len(guess):
            raise ValueError(f"guesses[{i}] : {len(guess)} étiquettes reçues, {len(real)} attendues")
        real_spans, guess_spans = spans(real), spans(guess)
        right += len(real_spans & guess_spans)
        present += len(real_spans)
        found += len(guess_spans)
    return 2 * right / (present + found) if present + found else 1.0
