"""*Typologies* : la carte des dépendances est celle de vrais réseaux, et la page calcule la même."""

import itertools

import figure_tools
import numpy as np
import pytest
import torch
from torch import nn

from rnnbook.layers import GRU
from rnnbook.widgets import Typologies
from rnnbook.widgets.typologies import KINDS, read_word

WORDS = ["a", "bb", "bateau", "Été", "  zoulou ", "ÉCLAIR"]
WRONG = ["", "  ", "bateaux", "deux mots", "cœur", "a1", "été!"]


def settings():
    """Des figures qui couvrent chaque typologie, chaque longueur de mot, chaque chiffre, chaque retard."""
    for kind, word in itertools.product(KINDS, WORDS):
        for delay in range(4) if kind == "delayed" else (1,):
            yield Typologies(kind=kind, word=word, delay=delay)
    for digit in range(10):
        yield Typologies(kind="one_to_many", digit=digit)


def support(figure, layer):
    """Support de la jacobienne d'un vrai réseau : quelles entrées ont un gradient non nul vers quelle sortie.

    Le réseau a la forme de la typologie ; la sortie d'un pas, quand elle est redonnée en entrée, l'est sans
    arrondi, pour que le gradient la traverse.
    """
    torch.manual_seed(0)
    line = figure.timeline()
    reader, writer = (layer(3, 8).double() for _ in range(2))
    scores = nn.Linear(8, 3).double()
    emitted = [output.step for output in line.outputs]

    def run(x):
        states, state = reader(x)
        outputs = [scores(h) for h in states]
        if not line.feedback:
            return torch.stack([outputs[step - 1] for step in emitted])
        token = torch.zeros(1, 1, 3, dtype=torch.float64)
        written = []
        for _ in emitted:
            state, _ = writer(token, state)
            token = scores(state).softmax(-1)
            written.append(token[0])
        return torch.stack(written)

    x = torch.randn(len(line.inputs), 1, 3, dtype=torch.float64)
    jacobian = torch.autograd.functional.jacobian(run, x)  # (sorties, 1, 3, entrées, 1, 3)
    return (jacobian.abs().amax(dim=(1, 2, 4, 5)) > 0).numpy()


@pytest.mark.parametrize("layer", [nn.GRU, nn.RNN, GRU], ids=["torch-GRU", "torch-RNN", "rnnbook-GRU"])
@pytest.mark.parametrize("kind", KINDS)
def test_dependencies_are_the_support_of_a_real_jacobian(kind, layer):
    for word, delay in (("bateau", 0), ("bateau", 2), ("mer", 3), ("a", 1)):
        figure = Typologies(kind=kind, word=word, delay=delay)
        np.testing.assert_array_equal(figure.dependencies(), support(figure, layer))


def test_page_computes_the_same_timelines_and_dependencies():
    figures = list(settings())
    plans = figure_tools.call_js(
        "typologies", [("timeline", [f.kind, f.word, f.digit, f.delay]) for f in figures]
    )
    tables = figure_tools.call_js("typologies", [("dependencies", [plan]) for plan in plans])
    said = figure_tools.call_js("typologies", [("answers", [plan]) for plan in plans])
    for figure, plan, table, answers in zip(figures, plans, tables, said, strict=True):
        line = figure.timeline()
        assert plan["inputs"] == list(line.inputs)
        assert plan["steps"] == line.steps
        assert plan["feedback"] == line.feedback
        read = [(output["step"], output["answer"], frozenset(output["needs"])) for output in plan["outputs"]]
        assert read == [(output.step, output.answer, output.needs) for output in line.outputs]
        np.testing.assert_array_equal(table, figure.dependencies())
        assert answers == list(figure.answers())


def test_page_reads_the_same_words_as_python():
    results = figure_tools.call_js("typologies", [("readWord", [text]) for text in WORDS + WRONG])
    assert [result.get("word") for result in results[: len(WORDS)]] == [read_word(text) for text in WORDS]
    for text, result in zip(WRONG, results[len(WORDS) :], strict=True):
        assert result.get("error"), text
        with pytest.raises(ValueError, match="word : "):
            read_word(text)


@pytest.mark.parametrize(
    ("figure", "answers", "steps"),
    [
        (Typologies(), ("4",), 6),
        (Typologies(kind="one_to_many"), ("q", "u", "a", "t", "r", "e", "fin"), 8),
        (Typologies(kind="synchronous"), ("0", "1", "1", "2", "3", "4"), 6),
        (Typologies(kind="delayed"), ("a", "t", "e", "a", "u", "fin"), 7),
        (Typologies(kind="delayed", delay=0), ("?",) * 6, 6),
        (Typologies(kind="delayed", delay=3), ("a", "t", "e", "a", "u", "fin"), 9),
        (Typologies(kind="encoder_decoder"), ("a", "b", "e", "t", "u", "fin"), 12),
    ],
)
def test_each_typology_does_its_task(figure, answers, steps):
    assert figure.answers() == answers
    assert figure.timeline().steps == steps


def test_shapes_of_the_maps_are_those_of_the_chapter():
    size, delay = 6, 2
    maps = {kind: Typologies(kind=kind, delay=delay).dependencies() for kind in KINDS}
    assert maps["many_to_one"].shape == (1, size)
    assert maps["many_to_one"].all()
    np.testing.assert_array_equal(maps["synchronous"], np.tri(size, dtype=bool))
    np.testing.assert_array_equal(maps["delayed"], np.tri(size, size + delay, delay, dtype=bool))
    assert maps["encoder_decoder"].all()
    assert maps["one_to_many"].shape == (7, 1)


@pytest.mark.parametrize(
    ("arguments", "error", "name"),
    [
        ({"kind": "many"}, ValueError, "kind"),
        ({"word": 3}, TypeError, "word"),
        ({"word": "bateaux"}, ValueError, "word"),
        ({"digit": 10}, ValueError, "digit"),
        ({"delay": 4}, ValueError, "delay"),
        ({"delay": -1}, ValueError, "delay"),
        ({"step": -1}, ValueError, "step"),
    ],
)
def test_bad_arguments_are_named(arguments, error, name):
    with pytest.raises(error, match=rf"^{name} : "):
        Typologies(**arguments)


def test_description_follows_the_step():
    figure = Typologies(kind="delayed", word="mer", step=2)
    assert figure.describe() == ("Décalé : entre m e, sort e ; la dernière sortie peut dépendre de 2 entrées")
    figure.step = 1
    assert figure.describe() == "Décalé : entre m, sort rien"


def test_still_image_hides_what_is_not_yet_written():
    early, late = Typologies(kind="encoder_decoder", step=6).draw(), Typologies(kind="encoder_decoder").draw()
    assert early.count(">·<") == 0
    assert late.count(">·<") == 1
    assert early.count(">fin<") == 0
    assert late.count(">fin<") == 2
