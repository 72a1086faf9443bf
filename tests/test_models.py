"""Le classifieur de noms."""

import pytest
import torch
from torch import nn

from rnnbook import data, layers
from rnnbook.models import NameClassifier


def batch():
    names = data.Names(
        ("novak", "o briain", "li"), torch.tensor([0, 1, 2]).numpy(), ("Czech", "Irish", "Chinese")
    )
    return data.take(data.to_tensors(names), torch.arange(3))


@pytest.mark.parametrize("layer", [nn.RNN, nn.LSTM, nn.GRU, layers.RNN, layers.LSTM, layers.GRU])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_padding_changes_nothing(layer, bidirectional):
    """Dans un lot ou seul, un nom reçoit les mêmes scores."""
    torch.manual_seed(0)
    model = NameClassifier(3, layer=layer, hidden_size=8, bidirectional=bidirectional)
    tokens, lengths, _ = batch()
    scores = model(tokens, lengths)
    assert scores.shape == (3, 3)
    for i, length in enumerate(lengths.tolist()):
        alone = model(tokens[:length, i : i + 1], lengths[i : i + 1])
        torch.testing.assert_close(alone[0], scores[i])


def test_our_layers_and_torch_agree():
    torch.manual_seed(0)
    ours = NameClassifier(3, layer=layers.GRU, hidden_size=8, bidirectional=True)
    theirs = NameClassifier(3, layer=nn.GRU, hidden_size=8, bidirectional=True)
    theirs.load_state_dict(ours.state_dict())
    tokens, lengths, _ = batch()
    torch.testing.assert_close(ours(tokens, lengths), theirs(tokens, lengths))
    assert [name for name, _ in ours.named_parameters()][:2] == ["embedding.weight", "layer.weight_ih_l0"]


def test_every_letter_counts():
    torch.manual_seed(0)
    model = NameClassifier(3, layer=nn.RNN, hidden_size=8, bidirectional=True)
    tokens, lengths, _ = batch()
    before = model(tokens, lengths)
    for t in range(int(lengths[0])):
        changed = tokens.clone()
        changed[t, 0] = 29
        assert not torch.allclose(model(changed, lengths)[0], before[0])
