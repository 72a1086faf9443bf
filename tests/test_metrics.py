"""Les mesures et leurs intervalles."""

import numpy as np
import pytest

from rnnbook import metrics


def test_confusion_rows_are_the_truth():
    table = metrics.confusion([0, 0, 1, 2], [0, 1, 1, 0], 3)
    assert table.tolist() == [[1, 1, 0], [0, 1, 0], [1, 0, 0]]


@pytest.mark.parametrize(
    ("labels", "predictions", "message"),
    [
        ([0, 1], [0], "formes"),
        ([], [], "formes"),
        ([0, 3], [0, 1], "labels : valeurs de 0 à 3"),
        ([0], [-1], "predictions"),
    ],
)
def test_confusion_errors(labels, predictions, message):
    with pytest.raises(ValueError, match=message):
        metrics.confusion(labels, predictions, 3)


def test_macro_accuracy_weighs_classes_equally():
    labels = [0] * 98 + [1, 1]
    assert metrics.macro_accuracy(labels, [0] * 100) == 0.5
    assert metrics.macro_accuracy(labels, [0] * 99 + [1]) == 0.75
    assert metrics.macro_accuracy([2, 2], [2, 5]) == 0.5


def test_macro_bootstrap_covers_what_it_should():
    """Deux classes de taux 0,9 et 0,6 : l'intervalle contient 0,75 à peu près 95 fois sur 100."""
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1], [200, 40])
    covered = 0
    for _ in range(200):
        values = rng.random(240) < np.where(labels == 0, 0.9, 0.6)
        found = metrics.macro_bootstrap(values, labels, draws=300)
        assert found.low <= found.value <= found.high
        covered += found.low <= 0.75 <= found.high
    assert 0.89 <= covered / 200 <= 0.99


def test_clusters_widen_the_interval():
    """Dix copies d'un exemple n'apportent rien : l'intervalle reste celui d'un exemple par groupe."""
    values = np.random.default_rng(1).random(50) < 0.5
    alone = metrics.macro_bootstrap(values, np.zeros(50, int))
    copies = metrics.macro_bootstrap(np.repeat(values, 10), np.zeros(500, int), np.repeat(np.arange(50), 10))
    naive = metrics.macro_bootstrap(np.repeat(values, 10), np.zeros(500, int))
    assert copies == pytest.approx(alone)
    assert naive.high - naive.low < 0.5 * (alone.high - alone.low)


def test_macro_bootstrap_errors():
    with pytest.raises(ValueError, match="formes"):
        metrics.macro_bootstrap([1.0, 0.0], [0])
    with pytest.raises(ValueError, match="un groupe a deux classes"):
        metrics.macro_bootstrap([1.0, 0.0], [0, 1], [7, 7])
    with pytest.raises(ValueError, match="draws : 0 reçu"):
        metrics.macro_bootstrap([1.0], [0], draws=0)


def test_block_bootstrap_keeps_dependence():
    """Sur une série autocorrélée, les blocs donnent un intervalle plus large que le tirage un à un."""
    rng = np.random.default_rng(0)
    noise = rng.standard_normal(2000)
    series = np.zeros(2000)
    for t in range(1, 2000):
        series[t] = 0.9 * series[t - 1] + noise[t]
    single, blocks = metrics.block_bootstrap(series, 1), metrics.block_bootstrap(series, 50)
    assert single.value == blocks.value == pytest.approx(series.mean())
    assert 2.5 < (blocks.high - blocks.low) / (single.high - single.low) < 5
    # Tirage un à un d'une série sans mémoire : l'intervalle normal.
    plain = metrics.block_bootstrap(noise, 1, draws=4000)
    assert plain.high - plain.low == pytest.approx(2 * 1.96 / np.sqrt(2000), rel=0.1)


@pytest.mark.parametrize("block", [0, 11])
def test_block_bootstrap_errors(block):
    with pytest.raises(ValueError, match=f"block : {block} reçu"):
        metrics.block_bootstrap(np.zeros(10), block)
