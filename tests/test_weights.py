"""Les poids d'une figure : rangés et relus, ils donnent le modèle que la page calcule."""

import pytest
import torch
from torch import nn

from rnnbook.widgets import weights


def test_export_rounds_the_model_to_what_unpack_reads():
    torch.manual_seed(0)
    model = nn.GRU(3, 2)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    packed = weights.export(model)
    read = weights.unpack(packed["poids"], packed["formes"])
    assert list(read) == list(before)
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor, read[name])
        assert torch.equal(tensor, before[name].half().float())
    assert any(not torch.equal(model.state_dict()[name], before[name]) for name in before)


def test_pack_follows_the_order_of_the_tensors():
    first, second = torch.tensor([[1.0, 2.0]]), torch.tensor([0.5])
    packed = weights.pack([first, second])
    read = weights.unpack(packed, {"a": (1, 2), "b": (1,)})
    assert torch.equal(read["a"], first)
    assert torch.equal(read["b"], second)


def test_wrong_number_of_weights_is_refused():
    packed = weights.pack([torch.zeros(5)])
    assert weights.check_packed(packed, {"a": (5,)}) == packed
    with pytest.raises(ValueError, match=r"^weights : 5 poids reçus, 6 attendus"):
        weights.check_packed(packed, {"a": (2, 3)})
