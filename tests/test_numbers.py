"""Des nombres en lettres : leurs mots, leurs tenseurs, leurs parties, la grammaire qui les lit."""

import pytest
import torch

from rnnbook.data import numbers


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (1, "un"),
        (71, "soixante et onze"),
        (80, "quatre vingts"),
        (97, "quatre vingt dix sept"),
        (1000, "mille"),
        (200_000, "deux cent mille"),
        (1_001_021, "un million mille vingt et un"),
    ],
)
def test_words(number, words):
    assert numbers.number_words(number) == words.split()
    assert numbers.read_number(words.split()) == number


@pytest.mark.parametrize("number", [0, -3, 10**9])
def test_words_refuse(number):
    with pytest.raises(ValueError, match=r"^number : "):
        numbers.number_words(number)


def test_grammar_reads_every_number():
    for number in [*range(1, 2200), *range(10**6, 10**9, 7_654_321), 999_999_999]:
        assert numbers.read_number(numbers.number_words(number)) == number
    with pytest.raises(ValueError, match=r"^words : "):
        numbers.read_number(["deux", "septante"])
    with pytest.raises(ValueError, match=r"^words : "):
        numbers.read_number([])


def test_draw_gives_distinct_numbers_of_the_wanted_lengths():
    found = numbers.draw_numbers([3, 8], 30, seed=0)
    assert {length: len(row) for length, row in found.items()} == {3: 30, 8: 30}
    for length, row in found.items():
        assert len(set(row)) == 30
        assert {len(numbers.number_words(number)) for number in row} == {length}
    assert numbers.draw_numbers([3, 8], 30, seed=0) == found
    assert numbers.draw_numbers([3, 8], 30, seed=1) != found
    for wrong in ([], [0], [17]):
        with pytest.raises(ValueError, match=r"^lengths : "):
            numbers.draw_numbers(wrong, 5, seed=0)


def test_split_never_shares_a_number_and_keeps_lengths_apart():
    parts = numbers.split_numbers(per_length=60)
    sets = [set(part) for part in parts]
    assert sum(map(len, sets)) == len(set().union(*sets)) == sum(map(len, parts))
    lengths = [{len(numbers.number_words(number)) for number in part} for part in parts]
    assert lengths[0] <= set(numbers.TRAINED_LENGTHS)
    assert lengths[1] == lengths[2] == set(range(3, 11))
    assert lengths[3] == set(numbers.LONGER_LENGTHS)


def test_tensors():
    batch = numbers.number_tensors([21, 5])
    assert batch.words.T.tolist() == [
        numbers.encode_words(["vingt", "et", "un"]).tolist(),
        [*numbers.encode_words(["cinq"]).tolist(), 0, 0],
    ]
    assert batch.lengths.tolist() == [3, 1]
    end, start, ignored = numbers.END_DIGIT, numbers.START_DIGIT, numbers.IGNORED
    assert batch.targets.T.tolist() == [[2, 1, end], [5, end, ignored]]
    assert batch.read[:2].T.tolist() == [[start, 2], [start, 5]]
    assert torch.all(batch.read >= 0)
    with pytest.raises(ValueError, match=r"^numbers : aucun"):
        numbers.number_tensors([])
