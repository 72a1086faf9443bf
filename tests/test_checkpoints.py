"""Un fichier de reprise se relit à l'identique ; abîmé, il est refusé et laissé tel quel."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file

from rnnbook import checkpoints

TENSORS = {
    "a": torch.arange(6.0).view(2, 3),
    "scalaire": torch.tensor(3.0),
    "octets": torch.arange(5, dtype=torch.uint8),
    "demi": torch.ones(2).half(),
    "vide": torch.zeros(0, dtype=torch.float64),
}


def test_round_trip(tmp_path):
    path = tmp_path / "reprise.safetensors"
    checkpoints.save(path, TENSORS, {"graine": 3, "texte": "é", "liste": [1.5, None]})
    tensors, header = checkpoints.load(path)
    assert header == {"graine": 3, "texte": "é", "liste": [1.5, None]}
    assert tensors.keys() == TENSORS.keys()
    for name, value in TENSORS.items():
        assert tensors[name].dtype == value.dtype
        assert torch.equal(tensors[name], value)
    assert [file.name for file in tmp_path.iterdir()] == ["reprise.safetensors"]


def test_saving_replaces_the_file(tmp_path):
    path = tmp_path / "reprise.safetensors"
    checkpoints.save(path, TENSORS, {"pas": 1})
    checkpoints.save(path, {"a": torch.ones(1)}, {"pas": 2})
    tensors, header = checkpoints.load(path)
    assert header == {"pas": 2}
    assert list(tensors) == ["a"]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(data=st.data())
def test_any_damage_is_refused_and_leaves_the_file_alone(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("abime") / "reprise.safetensors"
    checkpoints.save(path, TENSORS, {"graine": 3})
    content = path.read_bytes()
    if data.draw(st.booleans(), label="tronqué"):
        damaged = content[: data.draw(st.integers(0, len(content) - 1))]
    else:
        place = data.draw(st.integers(0, len(content) - 1))
        changed = content[place] ^ data.draw(st.integers(1, 255))
        damaged = content[:place] + bytes([changed]) + content[place + 1 :]
    path.write_bytes(damaged)
    with pytest.raises(ValueError, match="abîmé"):
        checkpoints.load(path)
    assert path.read_bytes() == damaged


def test_a_changed_header_is_refused(tmp_path):
    path = tmp_path / "reprise.safetensors"
    checkpoints.save(path, TENSORS, {"graine": 3})
    content = path.read_bytes()
    path.write_bytes(content.replace(b"graine", b"@raine"))
    with pytest.raises(ValueError, match="abîmé"):
        checkpoints.load(path)


def test_files_from_elsewhere_are_refused(tmp_path):
    path = tmp_path / "autre.safetensors"
    save_file({"a": torch.ones(2)}, path)
    with pytest.raises(ValueError, match="n'a pas été écrit par rnnbook"):
        checkpoints.load(path)
    with pytest.raises(FileNotFoundError, match="absent"):
        checkpoints.load(tmp_path / "absent")
    with pytest.raises(FileNotFoundError, match="dossier"):
        checkpoints.save(tmp_path / "sans" / "x", {}, {})
