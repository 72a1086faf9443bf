"""Phrases étiquetées : des noms séparés, des étiquettes justes, une mesure exacte."""

import random

import pytest
from faker.providers.person.fr_FR import Provider as People

from rnnbook.data.entities import TAGS, Sentence, entity_f1, load_entities, spans

COMMON = {"saint", "sur", "mer", "les", "bains", "la", "forêt"}


@pytest.fixture(scope="module")
def parts():
    return load_entities((300, 100, 200))


def names(part):
    return {word for words, tags in part for word, tag in zip(words, tags, strict=True) if tag} - COMMON


def test_sizes_and_alphabet(parts):
    assert [len(part) for part in parts] == [300, 100, 200]
    for words, tags in (sentence for part in parts for sentence in part):
        assert len(words) == len(tags)
        assert all(0 <= tag < len(TAGS) for tag in tags)
        assert all(word == word.lower() and word.strip() and "{" not in word for word in words)
        assert any(tags)


def test_no_name_is_in_two_parts(parts):
    known = [names(part) for part in parts]
    assert not known[0] & known[1]
    assert not (known[0] | known[1]) & known[2]
    assert all(len(part) > 40 for part in known)


def test_names_are_those_of_faker(parts):
    faker = {name.lower() for name in (*People.first_names, *People.last_names)}
    assert set.union(*map(names, parts)) <= faker


def test_same_word_is_a_person_here_and_a_place_there(parts):
    kinds = {}
    for words, tags in parts.training:
        for start, stop, kind in spans(tags):
            if stop == start + 1:
                kinds.setdefault(words[start], set()).add(kind)
    assert sum(len(found) == 2 for found in kinds.values()) > 20


def test_same_beginning_takes_both_tags(parts):
    """Un nom qui ouvre la phrase est tantôt une personne, tantôt un lieu : la suite décide."""
    opening = {sentence.tags[0] for sentence in parts.training}
    assert {TAGS.index("B-personne"), TAGS.index("B-lieu")} <= opening


def test_inside_always_follows_its_beginning(parts):
    for _, tags in (sentence for part in parts for sentence in part):
        for before, tag in zip((0, *tags), tags, strict=False):
            if TAGS[tag].startswith("I-"):
                assert TAGS[before].partition("-")[2] == TAGS[tag].partition("-")[2]


def test_left_clues_are_never_wrong(parts):
    """« madame » annonce une personne, « la mairie de » un lieu, dans chaque phrase."""
    for words, tags in (sentence for part in parts for sentence in part):
        for before, tag in zip(words, tags[1:], strict=False):
            if before == "madame":
                assert TAGS[tag] == "B-personne"
            if before == "pour":
                assert TAGS[tag] == "B-lieu"


def test_seed_fixes_everything():
    assert load_entities((5, 5, 5), seed=3) == load_entities((5, 5, 5), seed=3)
    assert load_entities((5, 5, 5), seed=3) != load_entities((5, 5, 5), seed=4)
    state = random.getstate()
    load_entities((5, 5, 5))
    assert random.getstate() == state


@pytest.mark.parametrize("sizes", [(1, 2), (1, 2, 3, 4), (0, 1, 1)])
def test_bad_sizes_are_named(sizes):
    with pytest.raises(ValueError, match=r"^sizes"):
        load_entities(sizes)


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ([0, 0], set()),
        ([1, 2, 0], {(0, 2, "personne")}),
        ([0, 3, 4, 4], {(1, 4, "lieu")}),
        ([1, 1], {(0, 1, "personne"), (1, 2, "personne")}),
        ([1, 4], {(0, 1, "personne"), (1, 2, "lieu")}),
        ([0, 2, 2], {(1, 3, "personne")}),
        ([], set()),
    ],
)
def test_spans(tags, expected):
    assert spans(tags) == expected


def test_spans_refuse_unknown_tags():
    with pytest.raises(ValueError, match=r"^tags\[1\] : 5 reçu"):
        spans([0, 5])


def test_f1_counts_whole_names():
    truth = [[1, 2, 0, 3], [0, 3]]
    assert entity_f1(truth, truth) == 1.0
    assert entity_f1(truth, [[0] * 4, [0] * 2]) == 0.0
    # Un nom juste, un nom trop court, un nom oublié : 2·1 / (3 + 2).
    assert entity_f1(truth, [[1, 0, 0, 3], [0, 0]]) == pytest.approx(2 / 5)
    assert entity_f1([[0]], [[0]]) == 1.0


@pytest.mark.parametrize(
    ("truth", "guesses", "message"),
    [([[0]], [], "guesses : 0 phrases"), ([[0, 0]], [[0]], r"guesses\[0\] : 1 étiquettes")],
)
def test_f1_refuses_other_shapes(truth, guesses, message):
    with pytest.raises(ValueError, match=message):
        entity_f1(truth, guesses)


def test_a_sentence_unpacks():
    words, tags = Sentence(("a",), (0,))
    assert (words, tags) == (("a",), (0,))
