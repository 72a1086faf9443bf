"""Les données : noms, cours de bourse, séries."""

import numpy as np
import pandas as pd
import pytest
import torch

from rnnbook import data


@pytest.fixture(scope="module")
def names():
    return data.load_names()


@pytest.fixture(scope="module")
def parts(names):
    return data.split(names, seed=0)


# --- Noms ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("Nováková", "novakova"),
        ("Müller", "muller"),
        ("O’Neill", "o'neill"),
        ("Соловьёв", "soloviov"),
        ("Παπαδόπουλος", "papadopoulos"),
        ("Աբրահամյանց", "abrahamyants"),
        ("Bourgondië, van", "bourgondie van"),
        ("  Ó   hAnnagáin ", "o hannagain"),
        ("e\u0301te\u0301", "ete"),
        ("123", ""),
    ],
)
def test_normalise(raw, expected):
    assert data.normalise(raw) == expected


def test_normalise_is_stable(names):
    assert all(data.normalise(name) == name for name in names.names)


def test_load_names(names):
    assert len(names.languages) == 18
    assert len(names) == len(names.labels) > 15_000
    assert names.counts.min() > 80
    assert len(set(names.names)) == len(names), "un nom partagé par deux langues est resté"
    assert dict(zip(names.languages, names.titles, strict=True))["Czech"] == "tchèque"
    # Un nom bien connu par langue dont la source a un piège.
    for name, language in [
        ("ivanov", "Russian"),
        ("novakova", "Czech"),
        ("mac artuir", "Irish"),
        ("wandzel", "Polish"),
    ]:
        assert names.languages[names.labels[names.names.index(name)]] == language


def test_shared_names_can_stay(names):
    everything = data.load_names(drop_shared=False)
    shared = len(everything.names) - len(set(everything.names))
    assert shared > 0
    assert len(set(everything.names)) > len(names)
    heldout = data.split(everything, seed=3)
    assert not set(heldout.training.names) & set(heldout.heldout.names)
    assert not set(heldout.training.names) & set(heldout.validation.names)


def write(folder, **files):
    for language, text in files.items():
        (folder / f"{language}.txt").write_text(text, encoding="utf-8")


def test_load_names_from_folder(tmp_path):
    write(tmp_path, Czech="Novák\nNováková\n\nDvořák\n", Klingon="Worf\nNovak\n")
    names = data.load_names(tmp_path)
    assert names.names == ("dvorak", "novakova", "worf")
    assert names.labels.tolist() == [0, 0, 1]
    assert names.titles == ("tchèque", "Klingon")
    assert data.load_names(str(tmp_path), drop_shared=False).counts.tolist() == [3, 2]


def test_names_folder_errors(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"path : le dossier .*absent.* n'existe pas"):
        data.load_names(tmp_path / "absent")
    with pytest.raises(ValueError, match=r"path : aucun fichier \.txt"):
        data.load_names(tmp_path)
    (tmp_path / "Czech.txt").write_bytes("Novák".encode("latin-1"))
    with pytest.raises(ValueError, match=r"Czech\.txt n'est pas en UTF-8 \(octet 3\)"):
        data.load_names(tmp_path)
    write(tmp_path, Czech=" \n42\n")
    with pytest.raises(ValueError, match="aucun nom pour Czech"):
        data.load_names(tmp_path)
    with pytest.raises(TypeError, match="path : int reçu"):
        data.load_names(3)


@pytest.mark.parametrize(
    ("language", "forms"),
    [
        ("Czech", "novak, novakova"),
        ("Czech", "fiala, fialova"),
        ("Czech", "havlicek, havlickova"),
        ("Czech", "kadlec, kadlecova"),
        ("Czech", "nemec, nemcova"),
        ("Czech", "cerny, cerna"),
        ("Czech", "krejci, krejcova"),
        ("Russian", "ivanov, ivanova"),
        ("Russian", "ilin, ilina"),
        ("Russian", "dostoevskii, dostoevskaia"),
        ("Polish", "kowalski, kowalska"),
        ("Polish", "zawadzki, zawadzka"),
        ("Polish", "nowak, nowakowa"),
        ("Greek", "papadopoulos, papadopoulou"),
        ("Greek", "ioannides, ioannidou, ioannide"),
        ("Greek", "antonakes, antonake"),
        ("Greek", "bouras, boura"),
        ("Irish", "o hannagain, annagain, ni annagain"),
        ("Irish", "mac fionnlaich, mac fhionnlaich, nic fhionnlaich"),
        ("Armenian", "adamyan, adamyants"),
        ("Dutch", "van den berg, berg van den, van der berg, berg"),
        ("German", "von berg, berg"),
        ("Portuguese", "da costa, costa"),
    ],
)
def test_family_joins_forms(language, forms):
    assert len({data.family(form, language) for form in forms.split(", ")}) == 1


@pytest.mark.parametrize(
    ("language", "first", "second"),
    [
        ("Czech", "novak", "novotny"),
        ("Russian", "ivanov", "ivanin"),
        ("Greek", "antoniades", "antonakes"),
        ("Irish", "o briain", "o bruadair"),
        ("English", "cole", "coles"),
        ("Dutch", "van dijk", "van dam"),
    ],
)
def test_family_keeps_different_names_apart(language, first, second):
    assert data.family(first, language) != data.family(second, language)


def test_family_is_short_enough_to_mean_something(names):
    """Une règle trop gourmande réunirait la moitié d'une langue."""
    sizes = {}
    for name, label in zip(names.names, names.labels, strict=True):
        key = (label, data.family(name, names.languages[label]))
        sizes[key] = sizes.get(key, 0) + 1
    assert max(sizes.values()) <= 6


def test_split_is_a_partition(names, parts):
    assert sorted(name for part in parts for name in part.names) == sorted(names.names)
    lookup = dict(zip(names.names, names.labels, strict=True))
    for part in parts:
        assert all(lookup[name] == label for name, label in zip(part.names, part.labels, strict=True))


def test_split_is_stratified(names, parts):
    for part, share in zip(parts, (0.7, 0.1, 0.2), strict=True):
        assert np.abs(part.counts - share * names.counts).max() <= 3


def test_split_keeps_families_together(parts):
    keys = [
        {
            (label, data.family(name, part.languages[label]))
            for name, label in zip(part.names, part.labels, strict=True)
        }
        for part in parts
    ]
    assert not keys[0] & keys[1]
    assert not keys[0] & keys[2]
    assert not keys[1] & keys[2]


def test_split_leaves_no_gendered_twin(parts):
    """Sans passer par `family` : la terminaison du féminin ôtée ou ajoutée ne mène pas à l'entraînement."""
    endings = {"Russian": ("a",), "Czech": ("ova",), "Greek": ("s",), "Armenian": ("ts",)}
    training = {
        (parts.training.languages[k], name)
        for name, k in zip(parts.training.names, parts.training.labels, strict=True)
    }
    for name, label in zip(parts.heldout.names, parts.heldout.labels, strict=True):
        language = parts.heldout.languages[label]
        for ending in endings.get(language, ()):
            assert (language, name + ending) not in training
            assert (language, name.removesuffix(ending)) not in training or not name.endswith(ending)


def test_a_plain_split_would_leak(names, parts):
    """Le regroupement sert : un tirage nom par nom met l'autre genre à l'entraînement."""
    russian = [i for i, label in enumerate(names.labels) if names.languages[label] == "Russian"]
    order = np.random.default_rng(0).permutation(russian)
    heldout, training = names.subset(order[:100]), names.subset(order[100:])
    assert len(data.near_twins(heldout, training)) > 50
    label = names.languages.index("Russian")
    kept = parts.heldout.subset(np.flatnonzero(parts.heldout.labels == label))
    assert len(data.near_twins(kept, parts.training)) < 5


def test_split_follows_its_seed(names):
    assert data.split(names, seed=1).heldout.names == data.split(names, seed=1).heldout.names
    assert data.split(names, seed=1).heldout.names != data.split(names, seed=2).heldout.names


def test_split_errors(names):
    with pytest.raises(ValueError, match=r"fractions : .* de somme 1 attendus"):
        data.split(names, fractions=(0.7, 0.1, 0.1))
    with pytest.raises(ValueError, match="fractions"):
        data.split(names, fractions=(1.0, 0.0, 0.0))
    with pytest.raises(ValueError, match=r"names : 1 famille\(s\) de noms pour Czech"):
        data.split(data.Names(("novak", "novakova"), np.array([0, 0]), ("Czech",)))


def test_near_twins():
    left = data.Names(("abba", "cole", "zzz"), np.array([0, 0, 0]), ("English",))
    right = data.Names(("abbas", "coke", "yyyy"), np.array([0, 0, 0]), ("English",))
    assert data.near_twins(left, right) == [("abba", "abbas", "English"), ("cole", "coke", "English")]


# --- Tenseurs -----------------------------------------------------------------------------------------


def test_encode_and_decode():
    assert data.encode("ab z").tolist() == [1, 2, 27, 26]
    assert data.decode(torch.tensor([1, 2, 27, 26, 0, 0])) == "ab z"
    assert len(data.ALPHABET) == 29


@pytest.mark.parametrize("name", ["", "é", "ABC"])
def test_encode_errors(name):
    with pytest.raises(ValueError, match=r"name : .*voir normalise"):
        data.encode(name)


def test_to_tensors_and_take():
    names = data.Names(("ab", "abcd", "a"), np.array([0, 1, 0]), ("x", "y"))
    tensors = data.to_tensors(names)
    assert tensors.tokens.shape == (4, 3)
    assert tensors.tokens[:, 0].tolist() == [1, 2, 0, 0]
    batch = data.take(tensors, torch.tensor([2, 0]))
    assert batch.tokens.tolist() == [[1, 1], [2, 0]]
    assert batch.lengths.tolist() == [2, 1]
    assert batch.labels.tolist() == [0, 0]
    with pytest.raises(ValueError, match="names : aucun nom"):
        data.to_tensors(names.subset([]))


def test_batches_serve_every_name_once(parts):
    tensors = data.to_tensors(parts.validation)
    generator = torch.Generator().manual_seed(0)
    served = list(data.batches(tensors, 100, generator=generator))
    assert [len(batch.labels) for batch in served[:-1]] == [100] * (len(served) - 1)
    read = [data.decode(column) for batch in served for column in batch.tokens.T]
    assert sorted(read) == sorted(parts.validation.names)
    assert read != list(parts.validation.names)
    again = list(data.batches(tensors, 100, generator=torch.Generator().manual_seed(0)))
    assert all(torch.equal(a.tokens, b.tokens) for a, b in zip(served, again, strict=True))


def test_balanced_batches(parts):
    tensors = data.to_tensors(parts.training)
    generator = torch.Generator().manual_seed(0)
    labels = torch.cat(
        [batch.labels for batch in data.batches(tensors, 256, generator=generator, balanced=True)]
    )
    share = labels.bincount(minlength=18) / len(labels)
    assert (share - 1 / 18).abs().max() < 0.01
    with pytest.raises(ValueError, match="generator : None reçu"):
        next(data.batches(tensors, 256, balanced=True))
    with pytest.raises(ValueError, match="size : 0 reçu"):
        next(data.batches(tensors, 0))


# --- Cours de bourse --------------------------------------------------------------------------------------


def test_apple():
    table = data.load_stock()
    assert table.shape == (3270, 6)
    assert tuple(table.columns) == data.STOCK_COLUMNS
    assert str(table.index[0].date()) == "2000-03-01"
    assert str(table.index[-1].date()) == "2013-03-01"
    # Division de l'action par deux le 28 février 2005 : la clôture saute, la clôture ajustée non.
    ratio = table.loc["2005-02-25":"2005-02-28"].iloc[-1] / table.loc["2005-02-25"]
    assert ratio["close"] < 0.55
    assert 0.95 < ratio["adj_close"] < 1.05


def csv(tmp_path, change=lambda table: table):
    days = pd.date_range("2020-01-01", periods=5, name="date")
    table = pd.DataFrame({column: np.arange(1.0, 6.0) for column in data.STOCK_COLUMNS}, index=days)
    path = tmp_path / "cours.csv"
    change(table).to_csv(path)
    return path


def test_load_stock_from_csv(tmp_path):
    table = data.load_stock(
        csv(tmp_path, lambda t: t.assign(extra=0)[[*reversed(data.STOCK_COLUMNS), "extra"]])
    )
    assert tuple(table.columns) == data.STOCK_COLUMNS
    assert table["volume"].tolist() == [1, 2, 3, 4, 5]
    assert isinstance(table.index, pd.DatetimeIndex)


def blank(table):
    table.iloc[2, 3] = np.nan
    return table


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.drop(columns=["low", "volume"]), r"colonne\(s\) absente\(s\) : low, volume"),
        (blank, "valeur absente ou illisible dans close le 2020-01-03"),
        (lambda t: t.replace(3.0, "trois"), "valeur absente ou illisible dans open le 2020-01-03"),
        (lambda t: t.iloc[::-1], "dates en double ou dans le désordre entre le 2020-01-05 et le 2020-01-04"),
        (lambda t: t.iloc[[0, 1, 1, 2]], "dates en double"),
        (
            lambda t: t.set_axis([*t.index[:4], pd.Timestamp("2020-02-01")]),
            "trou de 28 jours entre le 2020-01-04",
        ),
        (lambda t: t.set_axis(list("abcde")), "date illisible"),
        (lambda t: t.iloc[:0], "n'a aucune ligne"),
    ],
)
def test_stock_errors(tmp_path, change, message):
    with pytest.raises(ValueError, match=message):
        data.load_stock(csv(tmp_path, change))


def test_stock_file_errors(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"path : le fichier .* n'existe pas"):
        data.load_stock(tmp_path / "absent.csv")
    (tmp_path / "vide.csv").write_text("")
    with pytest.raises(ValueError, match=r"vide\.csv est vide"):
        data.load_stock(tmp_path / "vide.csv")
    (tmp_path / "latin.csv").write_bytes("date,clôture\n".encode("latin-1"))
    with pytest.raises(ValueError, match=r"latin\.csv n'est pas en UTF-8"):
        data.load_stock(tmp_path / "latin.csv")
    with pytest.raises(TypeError, match="path : float reçu"):
        data.load_stock(1.5)


def test_log_returns():
    returns = data.log_returns(pd.Series([1.0, np.e, 1.0]))
    np.testing.assert_allclose(returns, [1.0, -1.0])
    with pytest.raises(ValueError, match="prices : un prix de 0"):
        data.log_returns(pd.Series([1.0, 0.0]))


def test_windows():
    inputs, targets = data.windows(np.arange(6.0), 2)
    assert inputs.shape == (2, 4, 1)
    assert targets.shape == (4, 1)
    assert inputs[:, 0, 0].tolist() == [0, 1]
    assert targets[:, 0].tolist() == [2, 3, 4, 5]
    assert data.windows(np.zeros((6, 3)), 2)[0].shape == (2, 4, 3)
    with pytest.raises(ValueError, match="length : 6 reçu, un entier de 1 à 5"):
        data.windows(np.arange(6.0), 6)
    with pytest.raises(ValueError, match="values : 3 axes"):
        data.windows(np.zeros((2, 2, 2)), 1)


# --- Séries ---------------------------------------------------------------------------------------------


def test_two_sines():
    series = data.two_sines(2000, 50, seed=1)
    assert series.shape == (2000, 50, 1)
    assert series.dtype == torch.float32
    assert torch.equal(series, data.two_sines(2000, 50, seed=1))
    assert not torch.equal(series, data.two_sines(2000, 50, seed=2))
    # Même tirage sans bruit : il reste un bruit uniforme de variance 0,1² / 12.
    clean = data.two_sines(2000, 50, noise=0.0, seed=1)
    assert abs(clean.var().item() - (0.5**2 + 0.2**2) / 2) < 0.01
    noise = series - clean
    assert noise.abs().max() <= 0.05 + 1e-6
    assert abs(noise.var().item() - 0.1**2 / 12) < 2e-5


@pytest.mark.parametrize(("arguments", "name"), [((0, 5), "count"), ((5, 0), "steps")])
def test_two_sines_errors(arguments, name):
    with pytest.raises(ValueError, match=f"{name} : 0 reçu"):
        data.two_sines(*arguments)
    with pytest.raises(ValueError, match="noise : -1"):
        data.two_sines(1, 1, noise=-1)
