"""Les poids livrés donnent les nombres écrits dans `book/resultats/`, et disent d'où ils viennent."""

import pytest

from rnnbook import results
from rnnbook.experiments import ntm

FILES = sorted(ntm.WEIGHTS.glob("*.safetensors"))
SLOTS = {"copy": 256, "copy-held": 256}


def test_there_are_weights():
    assert set(ntm.TASKS) <= {path.stem for path in FILES}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_weights_say_where_they_come_from(path):
    _, header = ntm.load_model(path.stem)
    assert header["recette"]["task"] in ntm.TASKS
    expected = f"python -m rnnbook train {path.stem} --model ntm --seed {header['graine']} --out {path.name}"
    assert header["commande"] == expected
    assert set(header["versions"]) == {"python", "torch"}
    assert path.stat().st_size < 300_000


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_weights_give_the_figures_of_the_results(path):
    model, header = ntm.load_model(path.stem)
    task = header["recette"]["task"]
    stated = results.load(f"ntm_{path.stem.replace('-', '_')}")["lignes"]["poids"]
    assert stated["graine"] == header["graine"]
    assert stated["octets"] == path.stat().st_size
    found = ntm.evaluate(model, task)
    assert found["faux"] == pytest.approx(stated["faux"], abs=0.02)
    assert found["cout"] == pytest.approx(stated["cout"], rel=0.02)
    if stated["au_dela"]:
        measures = {"faux", "cout", "contenu"}
        *_, last = stated["au_dela"]
        sizes = {name: value for name, value in last.items() if name not in measures}
        slots = SLOTS.get(path.stem, 128)
        beyond = ntm.evaluate(model, task, count=2000, chunk=250, memory_slots=slots, **sizes)
        for name in measures & set(last):
            assert beyond[name] == pytest.approx(last[name], rel=0.05, abs=0.05)
