"""Les n-grammes : un exemple fait à la main, la définition de Kneser-Ney par ensembles, les lois."""

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnbook import data
from rnnbook.ngrams import END, START, NgramClassifier, NgramModel

reproducible = settings(deadline=None, derandomize=True, max_examples=60)
corpora = st.lists(st.text("abc", min_size=1, max_size=6), min_size=1, max_size=12)


def test_tiny_example_by_hand():
    """Ordre 2, D = 1/2, textes ab, ab, b ; les signes possibles sont a, b et la fin."""
    model = NgramModel(order=2, discount=0.5).fit(["ab", "ab", "b"])
    # Sous le contexte vide, chaque signe vaut le nombre de signes différents qui le précèdent :
    # a : 1 (début), b : 2 (début, a), fin : 1 (b). D · N = 3/2, réparti sur trois signes.
    a, b, end = (0.5 + 0.5) / 4, (1.5 + 0.5) / 4, (0.5 + 0.5) / 4
    assert (a, b, end) == (0.25, 0.5, 0.25)
    # Après le début : a deux fois, b une fois.
    np.testing.assert_allclose(
        model.distribution(), [(1.5 + 1 * a) / 3, (0.5 + 1 * b) / 3, (0 + 1 * end) / 3], rtol=1e-14
    )
    # Après a : b deux fois. Après b : la fin trois fois.
    assert model.probability("b", "a") == pytest.approx((1.5 + 0.5 * b) / 2)
    assert model.probability(END, "ab") == pytest.approx((2.5 + 0.5 * end) / 3)
    expected = math.log((1.5 + a) / 3) + math.log((1.5 + 0.5 * b) / 2) + math.log((2.5 + 0.5 * end) / 3)
    assert model.log_probability("ab") == pytest.approx(expected)
    assert model.perplexity(["ab"]) == pytest.approx(math.exp(-expected / 3))


def kneser_ney(texts, order, discount, alphabet, sign, context):
    """La définition, par ensembles de n-grammes et sans récursion sur les comptes."""
    marked = [START + text + END for text in texts]
    if context is None:
        return 1 / (len(alphabet) + 1)
    positions = [(m, i) for m in marked for i in range(1, len(m))]
    after = [(m, i) for m, i in positions if i >= len(context) and m[i - len(context) : i] == context]
    if len(context) == order - 1 or context.startswith(START):
        counts = Counter(m[i] for m, i in after)
    else:
        counts = Counter(sign for _, sign in {(m[i - len(context) - 1], m[i]) for m, i in after})
    shorter = kneser_ney(texts, order, discount, alphabet, sign, context[1:] if context else None)
    if not counts:
        return shorter
    kept = max(counts[sign] - discount, 0) + discount * len(counts) * shorter
    return kept / sum(counts.values())


@reproducible
@given(corpora, st.integers(1, 4), st.floats(0.1, 1), st.text("abc", max_size=4))
def test_probabilities_are_those_of_the_definition(texts, order, discount, prefix):
    model = NgramModel(order, discount=discount, alphabet="abc").fit(texts)
    context = (START + prefix)[-(order - 1) :] if order > 1 else ""
    expected = [kneser_ney(texts, order, discount, "abc", sign, context) for sign in ("a", "b", "c", END)]
    np.testing.assert_allclose(model.distribution(prefix), expected, rtol=1e-12)


@reproducible
@given(corpora, st.integers(1, 5), st.floats(0.01, 1), st.text("abcd", max_size=5))
def test_distributions_are_positive_and_sum_to_one(texts, order, discount, prefix):
    model = NgramModel(order, discount=discount, alphabet="abcd").fit(texts)
    probabilities = model.distribution(prefix)
    assert probabilities.shape == (5,)
    assert probabilities.min() > 0
    assert probabilities.sum() == pytest.approx(1, abs=1e-12)
    assert [model.probability(sign, prefix) for sign in ("a", "b", "c", "d", END)] == list(probabilities)


@pytest.mark.parametrize("discount", [0.3, 1.0])
def test_perplexity_of_the_uniform_law_is_the_number_of_signs(discount):
    """Chaque signe vu une fois, fin comprise : la loi est uniforme sur quatre signes."""
    model = NgramModel(order=1, discount=discount).fit(["abc"])
    np.testing.assert_allclose(model.distribution(), np.full(4, 0.25), rtol=1e-14)
    assert model.perplexity(["cab", "b"]) == pytest.approx(4)


def test_perplexity_is_the_exponential_of_the_mean_not_the_mean_of_exponentials():
    model = NgramModel(order=2).fit(["ab", "ab", "ba"])
    texts = ["ab", "bbbb"]
    losses = [-model.log_probability(text) for text in texts]
    assert model.perplexity(texts) == pytest.approx(math.exp(sum(losses) / (3 + 5)))
    mean_of_exponentials = np.mean([math.exp(losses[0] / 3), math.exp(losses[1] / 5)])
    assert abs(model.perplexity(texts) - mean_of_exponentials) > 0.01


def test_a_longer_memory_predicts_better_what_depends_on_it():
    """Après ab vient c, après bb vient a : deux signes de mémoire le savent, un seul non."""
    texts = ["abc", "bba"] * 20
    short, long = (NgramModel(order).fit(texts).perplexity(texts) for order in (2, 3))
    assert long < 0.9 * short


def test_samples_follow_the_law_of_the_model():
    model = NgramModel(order=3).fit(["ab", "ab", "b", "ba"])
    generator = np.random.default_rng(0)
    draws = 4000
    counts = Counter(model.sample(generator) for _ in range(draws))
    for text in ("ab", "b", "ba", "abb"):
        p = math.exp(model.log_probability(text))
        spread = math.sqrt(p * (1 - p) / draws)
        assert abs(counts[text] / draws - p) < 4 * spread, text


def test_temperature_sharpens_or_flattens_the_law():
    model = NgramModel(order=1).fit(["aab"])
    p_a, p_b, p_end = model.distribution()
    assert p_a > p_b == p_end
    draws = 3000
    for temperature in (0.5, 2.0):
        generator = np.random.default_rng(1)
        first = [model.sample(generator, temperature=temperature, max_length=1) for _ in range(draws)]
        weights = np.array([p_a, p_b, p_end]) ** (1 / temperature)
        p = weights[0] / weights.sum()
        assert abs(first.count("a") / draws - p) < 4 * math.sqrt(p * (1 - p) / draws)


def test_samples_repeat_with_the_seed_and_stop_at_max_length():
    model = NgramModel(order=2).fit(["abab", "ba"])
    draw = [[model.sample(np.random.default_rng(seed)) for seed in range(20)] for _ in range(2)]
    assert draw[0] == draw[1]
    assert len(set(draw[0])) > 5
    endless = NgramModel(order=1).fit(["a" * 1000])
    assert endless.sample(np.random.default_rng(0), max_length=7) == "a" * 7


def test_only_the_last_signs_of_the_prefix_count():
    model = NgramModel(order=3).fit(["abcabc", "cabbac"])
    np.testing.assert_array_equal(model.distribution("cccab"), model.distribution("aab"))
    assert not np.array_equal(model.distribution("ab"), model.distribution("bb"))
    # « a » en début de texte n'est pas « a » plus loin : le début est un contexte.
    assert not np.array_equal(model.distribution("a"), model.distribution("ca"))


def test_a_second_fit_forgets_the_first():
    again = NgramModel(order=3).fit(["aaz"]).fit(["ab"])
    fresh = NgramModel(order=3).fit(["ab"])
    assert again.alphabet == fresh.alphabet == "ab"
    np.testing.assert_array_equal(again.distribution("aa"), fresh.distribution("aa"))


def test_classifier_is_the_rule_of_bayes():
    texts, labels = ["aba", "ab", "bab", "cc", "cbc"], ["x", "x", "x", "y", "y"]
    for prior, shares in (("uniform", [0.5, 0.5]), ("empirical", [0.6, 0.4])):
        classifier = NgramClassifier(order=2, prior=prior).fit(texts, labels)
        assert list(classifier.classes) == ["x", "y"]
        models = [NgramModel(order=2, alphabet="abc").fit(part) for part in (texts[:3], texts[3:])]
        joint = np.array([s * math.exp(m.log_probability("bc")) for s, m in zip(shares, models, strict=True)])
        np.testing.assert_allclose(classifier.predict_proba(["bc"]), [joint / joint.sum()], rtol=1e-12)
    assert list(classifier.predict(["abab", "ccc"])) == ["x", "y"]


@reproducible
@given(corpora, corpora, st.integers(1, 4))
def test_class_probabilities_sum_to_one(left, right, order):
    labels = [0] * len(left) + [1] * len(right)
    classifier = NgramClassifier(order, alphabet="abc").fit(left + right, labels)
    probabilities = classifier.predict_proba(["a", "abcabc" * 50, ""])
    assert probabilities.shape == (3, 2)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-12)


def test_languages_of_real_names():
    """18 langues, noms jamais vus, formes d'un même nom tenues ensemble : bien au-dessus du hasard (1/18)."""
    parts = data.split(data.load_names(), seed=0)
    classifier = NgramClassifier(order=4, alphabet=data.ALPHABET).fit(
        parts.training.names, parts.training.labels
    )
    guesses = classifier.predict(parts.validation.names)
    right = guesses == parts.validation.labels
    macro = np.mean([right[parts.validation.labels == k].mean() for k in classifier.classes])
    assert macro > 0.72


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: NgramModel(order=0), ValueError, "order : 0 reçu"),
        (lambda: NgramModel(order=2.0), TypeError, "order : float reçu, int attendu"),
        (lambda: NgramModel(discount=0), ValueError, r"discount : 0 reçu, un nombre entre 0.01 et 1"),
        (lambda: NgramModel(discount=1.5), ValueError, "discount : 1.5 reçu"),
        (lambda: NgramModel(alphabet="aba"), ValueError, "alphabet : 'aba' reçu, des signes tous différents"),
        (lambda: NgramModel(alphabet=["a"]), TypeError, "alphabet : list reçu, str attendu"),
        (lambda: NgramModel(alphabet=""), ValueError, "alphabet : '' reçu"),
        (lambda: NgramModel(alphabet="a" + END), ValueError, "alphabet : .* reçu"),
        (lambda: NgramModel().fit([]), ValueError, "texts : aucun texte reçu"),
        (lambda: NgramModel().fit(["a", ""]), ValueError, "texts : texte vide reçu au rang 1"),
        (lambda: NgramModel().fit("martin"), TypeError, "texts : str reçu, une liste de textes attendue"),
        (lambda: NgramModel().fit(["a", 3]), TypeError, r"texts\[1\] : int reçu, str attendu"),
        (lambda: NgramModel().fit(["a" + START]), ValueError, "hors de l'alphabet"),
        (
            lambda: NgramModel(alphabet="ab").fit(["abc"]),
            ValueError,
            r"texts : 'abc' reçu, signes \['c'\] hors de",
        ),
        (lambda: NgramModel().distribution(), ValueError, r"appeler fit\(texts\) d'abord"),
        (lambda: NgramModel().fit(["a"]).probability("b"), ValueError, "sign : 'b' reçu"),
        (
            lambda: NgramModel().fit(["a"]).probability("a", "b"),
            ValueError,
            r"prefix : 'b' reçu, signes \['b'\]",
        ),
        (
            lambda: NgramModel().fit(["a"]).log_probability("é"),
            ValueError,
            r"text : 'é' reçu, signes \['é'\] hors de",
        ),
        (lambda: NgramModel().fit(["a"]).log_probability(1), TypeError, "text : int reçu"),
        (lambda: NgramModel().fit(["a"]).perplexity([]), ValueError, "texts : aucun texte reçu"),
        (lambda: NgramModel().fit(["a"]).sample(0), TypeError, "generator : int reçu, Generator attendu"),
        (
            lambda: NgramModel().fit(["a"]).sample(np.random.default_rng(0), temperature=0),
            ValueError,
            "temperature : 0 reçu",
        ),
        (lambda: NgramClassifier(prior="none"), ValueError, "prior : 'none' reçu, 'uniform' ou 'empirical'"),
        (lambda: NgramClassifier().predict(["a"]), ValueError, r"appeler fit\(texts, labels\) d'abord"),
        (lambda: NgramClassifier().fit(["a", "b"], [0]), ValueError, r"labels : forme \(1,\) reçue"),
        (lambda: NgramClassifier().fit(["a", "b"], [0, 0]), ValueError, "labels : 1 classe reçue"),
        (lambda: NgramClassifier().fit(["a", "b"], [0, 1]).predict(["c"]), ValueError, r"signes \['c'\]"),
    ],
)
def test_bad_arguments(call, error, message):
    with pytest.raises(error, match=message):
        call()
