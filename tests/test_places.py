"""Les noms de lieux : lus, gardés en familles, décalés d'un pas."""

import numpy as np
import pytest
import torch

from rnnbook.data import places


@pytest.fixture(scope="module")
def names():
    return places.load_places()


@pytest.fixture(scope="module")
def parts(names):
    return places.split_places(names, seed=0)


def test_names_are_distinct_and_written_with_the_alphabet(names):
    assert len(names) == len(set(names)) > 14_000
    assert names == sorted(names)
    assert set("".join(names)) <= set(places.PLACE_ALPHABET)
    assert {"brest", "l'haÿ-les-roses", "saint-denis", "la rochelle"} <= set(names)
    assert not any("paris 0" in name for name in names)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [("Évry", "évry"), ("E\u0301vry", "évry"), ("L’Isle-d’Abeau", "l'isle-d'abeau"), ("ŒUF", "œuf")],
)
def test_normalise(raw, expected):
    assert places.normalise_place(raw) == expected


@pytest.mark.parametrize("raw", ["Paris 07", "Château (ville)", "", "- '", "Prats de Molló"])
def test_normalise_refuses(raw):
    with pytest.raises(ValueError, match=r"^name : "):
        places.normalise_place(raw)


@pytest.mark.parametrize(
    ("name", "head"),
    [
        ("saint-denis-sur-loire", "saint-denis"),
        ("saint-denis-en-val", "saint-denis"),
        ("la ville-aux-clercs", "ville"),
        ("l'isle-d'abeau", "isle"),
        ("les", "les"),
        ("brest", "brest"),
        ("bourg-lès-valence", "bourg"),
    ],
)
def test_family(name, head):
    assert places.place_family(name) == head


def test_split_keeps_families_together_and_loses_nothing(names, parts):
    assert sorted(parts.training + parts.validation + parts.heldout) == names
    heads = [{places.place_family(name) for name in part} for part in parts]
    assert not (heads[0] & heads[1])
    assert not (heads[0] & heads[2])
    assert not (heads[1] & heads[2])
    for part, share in zip(parts, (0.8, 0.1, 0.1), strict=True):
        assert len(part) / len(names) == pytest.approx(share, abs=0.01)


def test_split_follows_its_seed(names, parts):
    assert places.split_places(names, seed=0) == parts
    assert places.split_places(names, seed=1) != parts


@pytest.mark.parametrize("fractions", [(0.5, 0.5), (0.8, 0.1, 0.2), (1.0, 0.0, 0.0)])
def test_split_refuses_wrong_fractions(names, fractions):
    with pytest.raises(ValueError, match=r"^fractions : "):
        places.split_places(names, fractions=fractions)


def test_split_refuses_too_few_names():
    with pytest.raises(ValueError, match="partie reste vide"):
        places.split_places(["brest", "brest-sur-mer"])


def test_tensors_are_shifted_by_one():
    inputs, targets = places.place_tensors(["ab", "b"])
    assert inputs.tolist() == [[0, 0], [1, 2], [2, 0]]
    assert targets.tolist() == [[1, 2], [2, 0], [0, places.IGNORED]]


def test_encode_refuses_unknown_signs():
    with pytest.raises(ValueError, match=r"^name : "):
        places.encode_place("ab1")
    with pytest.raises(ValueError, match=r"^names : aucun"):
        places.place_tensors([])


def test_batches_serve_each_name_once_with_little_padding(parts):
    some = parts.validation
    batches = list(places.place_batches(some, 64, generator=torch.Generator().manual_seed(0)))
    served = [
        "".join(places.PLACE_ALPHABET[k - 1] for k in column if k)
        for batch in batches
        for column in batch.inputs.T.tolist()
    ]
    assert sorted(served) == some
    padding = np.mean([(batch.targets == places.IGNORED).float().mean().item() for batch in batches])
    assert padding < 0.1


def test_batches_change_with_the_generator_and_stay_without(parts):
    def first(generator):
        return next(iter(places.place_batches(parts.validation, 32, generator=generator))).inputs

    assert torch.equal(first(None), first(None))
    seeds = [first(torch.Generator().manual_seed(seed)) for seed in (0, 1)]
    assert seeds[0].shape != seeds[1].shape or not torch.equal(*seeds)
    with pytest.raises(ValueError, match=r"^size : "):
        next(iter(places.place_batches(parts.validation, 0)))
