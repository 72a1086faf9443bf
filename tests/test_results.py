"""Les résultats longs se relisent, et leur empreinte suit le code."""

import json
import sys

import pytest

from rnnbook import results


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.setattr(results, "_CHECKOUT", tmp_path)
    return tmp_path


def test_save_then_load(elsewhere):
    results.save(
        "essai", command="python x.py", seeds=range(2), modules=["rnnbook.formats"], rows=[{"a": 1.5}]
    )
    record = results.load("essai")
    assert record["lignes"] == [{"a": 1.5}]
    assert record["graines"] == [0, 1]
    assert set(record["versions"]) == {"python", "torch", "numpy"}


def test_unknown_result_names_those_that_exist(elsewhere):
    (elsewhere / "connu.json").write_text("{}")
    with pytest.raises(FileNotFoundError, match="'absent' inconnu ; résultats présents : connu"):
        results.load("absent")


def test_run_command_runs_the_named_measure(monkeypatch, capsys):
    done = []
    commands = {"un": lambda: done.append(1), "deux": lambda: done.append(2)}
    monkeypatch.setattr(sys, "argv", ["x.py", "deux"])
    results.run_command("Mesures.", commands)
    assert done == [2]
    monkeypatch.setattr(sys, "argv", ["x.py", "trois"])
    with pytest.raises(SystemExit):
        results.run_command("Mesures.", commands)
    assert done == [2]
    assert "deux" in capsys.readouterr().err


def test_fingerprint_follows_code_not_comments(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    module = tmp_path / "module_essai.py"

    def written(text: str) -> str:
        module.write_text(text)
        sys.modules.pop("module_essai", None)
        return results.fingerprint(["module_essai"])

    first = written("def f(x):\n    return x + 1\n")
    assert written('def f(x):\n    """Ajoute."""\n    # un commentaire\n    return x + 1\n') == first
    assert written("def f(x):\n    return x + 2\n") != first


@pytest.mark.parametrize("path", sorted(results.folder().glob("*.json")), ids=lambda p: p.stem)
def test_kept_results_come_from_the_present_code(path):
    record = json.loads(path.read_text(encoding="utf-8"))
    assert results.fingerprint(record["modules"]) == record["empreinte"], f"à refaire : {record['commande']}"
