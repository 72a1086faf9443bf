"""Entraîner, interrompre, reprendre ; la ligne de commande ; la copie apprise de zéro."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest
import torch

from rnnbook import __main__ as command_line
from rnnbook import checkpoints, tasks
from rnnbook.experiments import ntm
from rnnbook.experiments.ntm import RECIPES, Recipe, Run

SMALL = {
    "ntm": Recipe(
        "copy", {"hidden_size": 6, "memory_slots": 4, "memory_width": 3}, steps=12, cooling=5, batch=3
    ),
    "lstm": Recipe("copy", {"hidden_size": 6}, "lstm", steps=12, cooling=5, batch=3),
}


def weights(run):
    return {name: value.clone() for name, value in run.model.state_dict().items()}


def same(first, second):
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)


def test_the_rival_starts_with_its_forget_gate_open():
    """Le biais s'ajoute à celui que PyTorch tire, aux seules lignes de la porte d'oubli."""
    found = {}
    for bias in (0.0, 1.0):
        torch.manual_seed(0)
        found[bias] = dict(ntm.LSTMReader(9, 8, 6, forget_bias=bias).named_parameters())
    drift = found[1.0]["layer.bias_ih_l0"] - found[0.0]["layer.bias_ih_l0"]
    assert torch.allclose(drift, torch.tensor([0.0] * 6 + [1.0] * 6 + [0.0] * 12))
    others = [name for name in found[0.0] if "bias_ih" not in name]
    assert all(torch.equal(found[0.0][name], found[1.0][name]) for name in others)


@pytest.mark.parametrize("model", ["ntm", "lstm"])
@pytest.mark.parametrize("cut", [0, 1, 7, 14])
def test_resumed_gives_the_same_weights_as_uninterrupted(model, cut, tmp_path):
    path = tmp_path / "copie.reprise"
    whole = ntm.train(SMALL[model], 3)
    first = Run(SMALL[model], 3)
    for _ in range(cut):
        first.step()
    first.save(path)
    torch.manual_seed(999)  # la reprise ne doit rien au générateur global
    resumed = ntm.train(SMALL[model], 3, checkpoint=path)
    assert resumed.done == whole.done == 17
    assert resumed.errors == whole.errors
    assert same(weights(resumed), weights(whole))
    assert not same(weights(whole), weights(ntm.train(SMALL[model], 4)))


def test_interruption_keeps_the_work(tmp_path, monkeypatch):
    path = tmp_path / "copie.reprise"
    whole = ntm.train(SMALL["ntm"], 0)
    step = Run.step

    def interrupted(run):
        if run.done == 8:  # Ctrl-C en plein milieu du neuvième pas : il se termine
            os.kill(os.getpid(), signal.SIGINT)
        step(run)

    monkeypatch.setattr(Run, "step", interrupted)
    with pytest.raises(KeyboardInterrupt):
        ntm.train(SMALL["ntm"], 0, checkpoint=path)
    monkeypatch.undo()
    assert checkpoints.load(path)[1]["done"] == 9
    assert same(weights(ntm.train(SMALL["ntm"], 0, checkpoint=path)), weights(whole))


@pytest.mark.parametrize(
    ("other", "seed", "named"), [(SMALL["ntm"], 1, "graine"), (replace(SMALL["ntm"], lr=0.5), 0, "recette")]
)
def test_another_training_is_refused(other, seed, named, tmp_path):
    path = tmp_path / "copie.reprise"
    Run(SMALL["ntm"], 0).save(path)
    before = path.read_bytes()
    with pytest.raises(ValueError, match=f"autre entraînement \\({named}"):
        ntm.train(other, seed, checkpoint=path)
    assert path.read_bytes() == before


def test_rate_falls_to_zero_at_the_end():
    run = ntm.train(SMALL["ntm"], 0)
    assert 0 < run.optimizer.param_groups[0]["lr"] < 0.1 * SMALL["ntm"].lr
    assert run.finished
    assert not run.met


def test_training_stops_when_the_error_is_met():
    run = ntm.train(replace(SMALL["ntm"], target=1000.0, steps=500), 0)
    assert run.met
    assert run.done == Run.window + 5


def test_lessons_come_first_and_are_resumed(tmp_path, monkeypatch):
    lessons = [
        {"sizes": {"length": 2}, "until": -1.0, "steps": 4},
        {"sizes": {"length": [3, 5]}, "until": 1000.0, "steps": 90},
    ]
    recipe = replace(SMALL["ntm"], lessons=lessons, steps=70)
    run, lengths, passed = Run(recipe, 0), [], []

    def spy(*arguments, **options):
        batch = tasks.copy(*arguments, **options)
        lengths.append((len(batch.inputs) - 1) // 2)
        return batch

    with monkeypatch.context() as patch:
        patch.setitem(ntm.TASKS, "copy", ntm.TASKS["copy"]._replace(draw=spy))
        while run.done < run.recipe.steps:
            run.step()
            passed.append(run.lesson)
            if run.done == 30:
                run.save(tmp_path / "reprise")
    # La première ne peut pas être réussie : elle s'arrête à son nombre de pas ; la seconde, dès 50 lots.
    assert lengths[:4] == [2] * 4
    assert set(lengths[4:54]) == {3, 4, 5}
    assert max(lengths[54:70]) > 5
    assert passed == [0] * 3 + [1] * 50 + [2] * (len(passed) - 53)
    resumed = ntm.train(recipe, 0, checkpoint=tmp_path / "reprise")
    assert same(weights(resumed), weights(ntm.train(recipe, 0)))


def test_training_is_judged_beyond_its_lengths():
    easy = replace(SMALL["ntm"], target=80.0, trials=40, steps=60)
    assert ntm.train(easy, 0).done == Run.window + 5
    # 80 bits faux suffisent jusqu'à 20 vecteurs, mais pas à 60.
    beyond = {"length": 60, "memory_slots": 8}
    assert ntm.train(replace(easy, beyond=beyond, tolerance=480.0), 0).done == Run.window + 5
    hard = ntm.train(replace(easy, beyond=beyond, tolerance=80.0), 0)
    assert not hard.met
    assert hard.done >= easy.steps


def test_a_rule_that_breaks_beyond_starts_again_from_other_weights(tmp_path, monkeypatch):
    """80 bits faux suffisent aux longueurs vues ; à 60 vecteurs, il y en a plus de 10 : un nouveau départ."""
    beyond = {"length": 60, "memory_slots": 8}
    recipe = replace(SMALL["ntm"], target=80.0, trials=40, steps=60, beyond=beyond)
    run, at = Run(recipe, 0), []
    while not run.finished:
        before = run.restarts
        run.step()
        if run.restarts > before:
            at.append(run.done)
            fresh = Run(recipe, Run.restart_seeds * run.restarts)
            assert same(weights(run), weights(fresh))
            assert torch.equal(run.generator.get_state(), fresh.generator.get_state())
            run.save(tmp_path / f"reprise-{run.restarts}")
    assert at == [25, 50]
    assert run.done >= 60
    for k in (1, 2):
        resumed = ntm.train(recipe, 0, checkpoint=tmp_path / f"reprise-{k}")
        assert same(weights(resumed), weights(run))
        assert resumed.errors == run.errors
    monkeypatch.setattr(Run, "broken", 1000.0)
    assert ntm.train(recipe, 0).restarts == 0


def test_saved_model_is_read_back(tmp_path):
    run = ntm.train(SMALL["ntm"], 0)
    ntm.save_model(run, tmp_path / "a.safetensors", command="commande")
    model, header = ntm.load_model(tmp_path / "a.safetensors")
    assert same(model.state_dict(), run.model.state_dict())
    assert header["graine"] == 0
    assert header["commande"] == "commande"
    assert header["versions"]["torch"]
    ntm.save_model(run, tmp_path / "demi.safetensors", command="commande", half=True)
    half, _ = ntm.load_model(tmp_path / "demi.safetensors")
    x = torch.rand(4, 2, 9)
    assert torch.allclose(half(x)[0], model(x)[0], atol=5e-3)
    run.save(tmp_path / "reprise")
    with pytest.raises(ValueError, match="save_model"):
        ntm.load_model(tmp_path / "reprise")


def test_evaluation_is_the_mean_of_its_measures():
    model = ntm.build(RECIPES["copy"]["ntm"])
    with torch.no_grad():
        for parameter in model.output_layer.parameters():
            parameter.zero_()
    found = ntm.evaluate(model, "copy", count=100, length=7)
    # Des scores nuls : un bit de coût par bit, et la moitié des bits, les 1, sont faux.
    assert found["cout"] == pytest.approx(56, rel=1e-5)
    assert found["faux"] == pytest.approx(28, abs=1.5)
    assert ntm.evaluate(model, "copy", count=100, length=7, memory_slots=40) == found


def test_models_can_be_compared_sequence_by_sequence():
    optimal = ntm.each_sequence(tasks.optimal_ngrams, "ngrams", count=100)["cout"]
    model = ntm.each_sequence(ntm.build(RECIPES["ngrams"]["lstm"]), "ngrams", count=100)["cout"]
    assert optimal.shape == model.shape == (100,)
    assert 100 < optimal.mean() < 140
    # Un réseau qui n'a rien appris paie un bit par bit ; l'optimum gagne presque partout.
    assert model.mean() == pytest.approx(195, rel=0.05)
    assert (optimal < model).double().mean() > 0.9


def command(*arguments):
    return [sys.executable, "-m", "rnnbook", "train", "copy-held", *arguments]


def test_command_interrupted_then_resumed(tmp_path):
    """Le vrai programme, tué par Ctrl-C, puis relancé : mêmes poids qu'en un seul tenant."""
    out = tmp_path / "copie.safetensors"
    process = subprocess.Popen(
        command("--seed", "1", "--out", str(out), "--every", "5"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    checkpoint = tmp_path / "copie.safetensors.reprise"
    deadline = time.monotonic() + 120
    while not checkpoint.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "la même commande reprendra" in errors
    assert not out.exists()
    resumed = Run(RECIPES["copy-held"]["ntm"], 1)
    resumed.load(checkpoint)
    done = resumed.done
    whole = Run(RECIPES["copy-held"]["ntm"], 1)
    for _ in range(done):
        whole.step()
    for _ in range(3):
        whole.step()
        resumed.step()
    assert done >= 5
    assert same(weights(resumed), weights(whole))


def test_command_trains_and_writes(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(ntm.RECIPES, "copy", SMALL)
    out = tmp_path / "copie.safetensors"
    arguments = ["train", "copy", "--model", "lstm", "--seed", "2", "--out", str(out)]
    assert command_line.main(arguments) == 0
    assert "17 pas" in capsys.readouterr().out
    model, header = ntm.load_model(out)
    assert same(model.state_dict(), ntm.train(SMALL["lstm"], 2).model.state_dict())
    assert header["commande"].endswith("train copy --model lstm --seed 2 --out copie.safetensors")
    assert list(tmp_path.iterdir()) == [out]
    # Relancée, elle n'écrase rien.
    before = out.read_bytes()
    assert command_line.main(arguments) == 1
    assert "existe déjà" in capsys.readouterr().err
    assert out.read_bytes() == before


def test_damaged_checkpoint_gives_a_clear_error(tmp_path, capsys):
    out = tmp_path / "copie.safetensors"
    checkpoint = tmp_path / "copie.safetensors.reprise"
    Run(RECIPES["copy"]["ntm"], 0).save(checkpoint)
    damaged = checkpoint.read_bytes()[:-100]
    checkpoint.write_bytes(damaged)
    assert command_line.main(["train", "copy", "--out", str(out)]) == 1
    message = capsys.readouterr().err
    assert "abîmé" in message
    assert "laissé tel quel" in message
    assert "Traceback" not in message
    assert checkpoint.read_bytes() == damaged
    assert not out.exists()


def test_command_line_knows_every_task():
    assert set(command_line.TASKS) == set(ntm.TASKS) == set(RECIPES)
    for recipes in RECIPES.values():
        assert set(recipes) == {"ntm", "lstm"}
        for name, recipe in recipes.items():
            assert recipe.model == name
            ntm.build(recipe)


def test_missing_folder_and_unknown_device(tmp_path, capsys):
    assert command_line.main(["train", "copy", "--out", str(tmp_path / "sans" / "x")]) == 1
    assert "n'existe pas" in capsys.readouterr().err
    assert command_line.main(["train", "copy", "--device", "lune", "--out", str(tmp_path / "x")]) == 1
    assert "'lune' reçu" in capsys.readouterr().err


def test_copy_is_learned_from_scratch():
    """La forme rapide de la copie : aucun bit faux sur 1 000 séquences neuves, presque aucun ailleurs."""
    recipe = RECIPES["copy-held"]["ntm"]
    assert (recipe.measure, recipe.target, recipe.trials) == ("faux", 0, 1000)
    run = ntm.train(recipe, 1)
    assert run.met
    assert ntm.evaluate(run.model, "copy-held")["faux"] < 0.01
    assert run.seconds < 60
