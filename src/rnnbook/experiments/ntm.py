"""Entraîner un NTM, ou un LSTM, sur les tâches du papier : recettes, boucle, reprise. Chapitre 19.

Une recette dit tout d'un entraînement ; `Run` le mène pas à pas, le garde et le reprend à l'identique.
"""

from __future__ import annotations

import functools
import math
import platform
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from threading import current_thread, main_thread
from time import process_time
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from tqdm.auto import tqdm

from rnnbook import checkpoints, tasks, training
from rnnbook.ntm import NTM
from rnnbook.tasks import Batch
from rnnbook.validation import check_choice, check_size

WEIGHTS = Path(__file__).parents[1] / "weights"
MEASURES = {"faux": tasks.wrong_bits, "cout": tasks.cost_bits}
VALIDATION, TEST = 1_000_003, 2_000_003
"""Graines des séquences neuves : celles qui arrêtent un entraînement, celles qui le jugent."""


class LSTMReader(nn.Module):
    """Le rival du NTM : un LSTM et une projection, sous la même forme, `output, state = model(x)`.

    Formes : x `(temps, lot, input_size)` ; les scores bruts `(temps, lot, output_size)`. `forget_bias` est
    ajouté au biais de la porte d'oubli, comme dans le contrôleur du NTM.
    """

    def __init__(
        self, input_size: int, output_size: int, hidden_size: int, *, forget_bias: float = 1.0
    ) -> None:
        super().__init__()
        self.layer = nn.LSTM(input_size, hidden_size)
        self.output_layer = nn.Linear(hidden_size, output_size)
        with torch.no_grad():
            biases = dict(self.layer.named_parameters())["bias_ih_l0"]
            biases[hidden_size : 2 * hidden_size] += forget_bias

    def forward(self, input: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        """Lit une séquence ; `state` est l'état `(h, c)` d'où repartir."""
        hidden, state = self.layer(input, state)
        return self.output_layer(hidden), state


class Task(NamedTuple):
    """Une tâche vue de l'entraînement : `draw(count, generator=…)` en tire un lot."""

    draw: Callable[..., Batch]
    input_size: int
    output_size: int


TASKS = {
    "copy": Task(tasks.copy, 9, 8),
    "copy-held": Task(functools.partial(tasks.copy, held=True), 9, 8),
    "recall": Task(tasks.associative_recall, 8, 6),
    "repeat": Task(tasks.repeat_copy, 10, 9),
    "ngrams": Task(tasks.dynamic_ngrams, 1, 1),
    "sort": Task(tasks.priority_sort, 10, 8),
}
"""Nom d'une tâche, celui de la ligne de commande → sa description."""

MODELS: dict[str, type[nn.Module]] = {"ntm": NTM, "lstm": LSTMReader}


@dataclass(frozen=True)
class Recipe:
    """Ce qu'il faut pour refaire un entraînement.

    `options` : arguments du modèle, tailles d'entrée et de sortie exceptées. Quand `measure` (« faux » ou
    « cout », par séquence) ne dépasse pas `target` sur les derniers lots, le pas d'apprentissage descend en
    cosinus de `lr` à 0 pendant `cooling` pas : les adresses s'y affinent, et de plus longues séquences
    réussissent. Si l'erreur visée est alors atteinte sur `trials` séquences neuves, c'est fini ; sinon, le
    pas remonte. Après `steps` pas, une dernière descente finit l'entraînement.

    `beyond` : tailles d'un second essai (`{"length": 60, "memory_slots": 128}`), de `trials` séquences aussi,
    où la mesure ne doit pas dépasser `tolerance`. L'entraînement n'y prend aucun gradient ; il y choisit son
    arrêt. Au-delà de `Run.broken`, la règle apprise ne tient pas, et l'entraînement repart d'autres poids.

    `lessons` : les premières leçons, de la plus facile à la moins facile ; après elles viennent les tailles
    de la tâche. Une leçon donne `sizes`, des nombres ou des bornes comprises (`{"length": [1, 3]}`), et finit
    quand la mesure de 50 lots ne dépasse plus `until` en moyenne, ou après `steps` pas.
    """

    task: str
    options: dict[str, Any] = field(default_factory=dict)
    model: str = "ntm"
    lr: float = 1e-2
    steps: int = 3000
    cooling: int = 100
    batch: int = 32
    clip: float = 1.0
    measure: str = "faux"
    target: float = 0.0
    trials: int = 1000
    beyond: dict[str, int] = field(default_factory=dict)
    tolerance: float = 0.0
    lessons: list[dict[str, Any]] = field(default_factory=list)


COPY = {"hidden_size": 64, "memory_slots": 32, "memory_width": 16, "gate_bias": -4.0}
# Des cases toutes différentes, que le contenu adresse dès le départ, et sans se déplacer.
LEARNED = {"learned_memory": True, "gate_bias": 1.0, "beta_bias": 4.0, "stay_bias": 2.0}

# Le compte des tours tient deux cents pas : le contrôleur part avec une porte d'oubli grande ouverte.
LASTING = 4.0

# Trois fois les longueurs vues : une graine qui y casse reprend son entraînement.
BEYOND = {"length": 60, "memory_slots": 128}

RECIPES: dict[str, dict[str, Recipe]] = {
    "copy": {
        "ntm": Recipe(
            "copy", {**COPY, "output": "reads"}, lr=5e-3, cooling=250, beyond=BEYOND, tolerance=0.01
        ),
        "lstm": Recipe("copy", {"hidden_size": 78}, "lstm"),
    },
    "copy-held": {
        "ntm": Recipe(
            "copy-held",
            {**COPY, "controller": "feedforward", "input_bias": 0.3},
            lr=5e-3,
            cooling=200,
            beyond=BEYOND,
            tolerance=0.01,
        ),
        "lstm": Recipe("copy-held", {"hidden_size": 78}, "lstm"),
    },
    "recall": {
        "ntm": Recipe(
            "recall", {"hidden_size": 64, "memory_slots": 32, "memory_width": 16}, lr=5e-3, target=0.02
        ),
        "lstm": Recipe("recall", {"hidden_size": 78}, "lstm"),
    },
    "repeat": {
        "ntm": Recipe(
            "repeat",
            {**COPY, "forget_bias": LASTING},
            steps=4200,
            cooling=1500,
            target=0.05,
            lessons=[
                {"sizes": {"length": [1, 6], "repeats": [1, 5]}, "until": 0.3, "steps": 2500},
                {"sizes": {"length": [1, 8], "repeats": [1, 7]}, "until": 0.3, "steps": 2500},
            ],
        ),
        "lstm": Recipe("repeat", {"hidden_size": 78, "forget_bias": LASTING}, "lstm"),
    },
    "ngrams": {
        "ntm": Recipe(
            "ngrams",
            {"hidden_size": 64, "memory_slots": 40, "memory_width": 16, **LEARNED},
            steps=1300,
            cooling=300,
            batch=64,
            measure="cout",
            lessons=[
                {"sizes": {"order": 3, "length": 40}, "until": 0.0, "steps": 500},
                {"sizes": {"order": 5, "length": 100}, "until": 0.0, "steps": 300},
            ],
        ),
        "lstm": Recipe("ngrams", {"hidden_size": 78}, "lstm", measure="cout"),
    },
    "sort": {
        "ntm": Recipe(
            "sort",
            {"hidden_size": 100, "memory_slots": 40, "memory_width": 20, "read_heads": 2, **LEARNED},
            lr=5e-3,
            steps=1700,
            cooling=600,
            measure="cout",
            lessons=[
                {"sizes": {"inputs_count": 6, "targets_count": 5}, "until": 0.0, "steps": 500},
                {"sizes": {"inputs_count": 12, "targets_count": 10}, "until": 0.0, "steps": 500},
            ],
        ),
        "lstm": Recipe("sort", {"hidden_size": 100}, "lstm", measure="cout"),
    },
}
"""Nom d'une tâche → nom d'un modèle → recette."""


class Run:
    """Un entraînement : `step` fait un pas, `save` et `load` le gardent et le reprennent.

    Les lots viennent d'un générateur à part, gardé avec le reste : un entraînement repris donne les mêmes
    poids que s'il n'avait pas été interrompu.

    Attributs : `done`, les pas faits ; `seconds`, le temps de processeur, essais compris ; `met`, vrai quand
    l'erreur visée est atteinte ; `errors`, la mesure de chaque lot d'entraînement ; `descent`, le pas où la
    descente en cours a commencé, −1 hors d'une descente ; `lesson`, le nombre de leçons finies ; `restarts`,
    le nombre de fois où il est reparti d'autres poids.
    """

    window = 20  # lots récents dont la mesure décide d'une descente
    lesson_window = 50  # et de la fin d'une leçon
    broken = 10.0  # mesure au second essai à partir de laquelle on repart d'autres poids
    restart_seeds = 1000  # d'un départ au suivant, la graine change d'autant

    def __init__(self, recipe: Recipe, seed: int, device: str = "cpu") -> None:
        self.recipe, self.seed, self.device = recipe, check_size("seed", seed, 0), _device(device)
        self.done, self.seconds, self.restarts = 0, 0.0, 0
        self.met = self.finished = False
        self.errors: list[float] = []
        self._begin()

    def _begin(self) -> None:
        """Tire au sort des poids de départ, et recommence aux premières leçons."""
        self.generator = training.reproducible(self.seed + self.restart_seeds * self.restarts)
        self.model = build(self.recipe).to(self.device)
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=self.recipe.lr)
        self.descent, self.start, self.lesson = -1, self.done, 0

    def step(self) -> None:
        """Fait un pas de gradient ; au bout d'une descente, essaie le modèle sur des séquences neuves."""
        clock = process_time()
        recipe = self.recipe
        if self.descent < 0 and (self.done >= recipe.steps or self._promising()):
            self.descent = self.done
        down = (self.done - self.descent) / recipe.cooling if self.descent >= 0 else 0.0
        self.optimizer.param_groups[0]["lr"] = recipe.lr * (1 + math.cos(math.pi * down)) / 2
        sizes = self._sizes()
        batch = TASKS[recipe.task].draw(recipe.batch, generator=self.generator, **sizes).to(self.device)
        scores, _ = self.model(batch.inputs)
        loss = F.binary_cross_entropy_with_logits(scores[batch.mask], batch.targets[batch.mask])
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), recipe.clip)
        self.optimizer.step()
        self.errors.append(MEASURES[recipe.measure](scores.detach(), batch).double().mean().item())
        self.done += 1
        self._end_lesson()
        if self.descent >= 0 and self.done == self.descent + recipe.cooling:
            self.descent, self.start = -1, self.done
            beyond = 0.0
            if self._trial() <= recipe.target:
                beyond = self._trial(**recipe.beyond) if recipe.beyond else 0.0
                self.met = beyond <= recipe.tolerance
            self.finished = self.met or self.done >= recipe.steps
            if not self.finished and beyond > self.broken:
                self.restarts += 1
                self._begin()
        self.seconds += process_time() - clock

    def _promising(self) -> bool:
        """Dit si les derniers lots, tous vus au plein pas d'apprentissage, atteignent l'erreur visée."""
        recent = self.errors[self.start :][-self.window :]
        learned = self.lesson == len(self.recipe.lessons)
        return learned and len(recent) == self.window and sum(recent) <= self.window * self.recipe.target

    def _trial(self, **sizes: int) -> float:
        """Mesure le modèle sur des séquences neuves, que l'entraînement ne verra pas."""
        recipe = self.recipe
        count, chunk = recipe.trials, max(1, recipe.trials // 20)
        found = evaluate(self.model, recipe.task, seed=VALIDATION, count=count, chunk=chunk, **sizes)
        return found[recipe.measure]

    def _sizes(self) -> dict[str, int]:
        """Les tailles du prochain lot, tirées entre les bornes de la leçon ; rien après la dernière."""
        if self.lesson == len(self.recipe.lessons):
            return {}
        return {
            name: size if isinstance(size, int) else _between(*size, generator=self.generator)
            for name, size in self.recipe.lessons[self.lesson]["sizes"].items()
        }

    def _end_lesson(self) -> None:
        if self.lesson == len(self.recipe.lessons):
            return
        lesson, seen = self.recipe.lessons[self.lesson], self.errors[self.start :]
        recent = seen[-self.lesson_window :]
        passed = len(recent) == self.lesson_window and sum(recent) <= len(recent) * lesson["until"]
        if passed or len(seen) >= lesson["steps"]:
            self.lesson, self.start = self.lesson + 1, self.done

    def save(self, path: str | Path) -> None:
        """Garde tout ce qu'il faut pour reprendre, en un fichier safetensors."""
        tensors = {f"model.{name}": value for name, value in self.model.state_dict().items()}
        for index, values in self.optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer.{index}.{name}": value for name, value in values.items()}
        tensors["generator"] = self.generator.get_state()
        tensors["errors"] = torch.tensor(self.errors, dtype=torch.float64)
        checkpoints.save(path, tensors, {**self._identity(), **self._progress()})

    def load(self, path: str | Path) -> None:
        """Reprend l'entraînement gardé par `save`.

        Lève `ValueError` si le fichier est abîmé ou garde un autre entraînement ; le fichier reste tel quel.
        """
        tensors, header = checkpoints.load(path)
        for name, value in self._identity().items():
            if header.get(name) != value:
                raise ValueError(
                    f"path : {path} garde un autre entraînement ({name} : {header.get(name)} reçu, {value} "
                    "attendu) ; le fichier est laissé tel quel"
                )
        self.model.load_state_dict(_under("model.", tensors))
        saved = self.optimizer.state_dict()
        count = len(saved["param_groups"][0]["params"])
        # Au départ, Adam n'a pas encore d'état.
        states = {i: _under(f"optimizer.{i}.", tensors) for i in range(count)}
        saved["state"] = {i: state for i, state in states.items() if state}
        self.optimizer.load_state_dict(saved)
        self.generator.set_state(tensors["generator"])
        self.errors = tensors["errors"].tolist()
        for name in self._progress():
            setattr(self, name, header[name])

    def _identity(self) -> dict[str, Any]:
        return {"recette": asdict(self.recipe), "graine": self.seed}

    def _progress(self) -> dict[str, Any]:
        return {
            name: getattr(self, name)
            for name in ("done", "seconds", "descent", "start", "lesson", "restarts", "met", "finished")
        }


def build(recipe: Recipe) -> nn.Module:
    """Construit le modèle d'une recette, ses poids tirés au sort."""
    task = TASKS[recipe.task]
    return MODELS[recipe.model](task.input_size, task.output_size, **recipe.options)


def evaluate(model: nn.Module, task: str, **options: Any) -> dict[str, float]:
    """Mesure un modèle sur des séquences neuves : la moyenne de ce que donne `each_sequence`."""
    return {name: values.mean().item() for name, values in each_sequence(model, task, **options).items()}


@torch.no_grad()
def each_sequence(
    model: nn.Module | Callable[[Batch], Tensor],
    task: str,
    *,
    seed: int = TEST,
    count: int = 1000,
    chunk: int = 50,
    memory_slots: int | None = None,
    **sizes: int,
) -> dict[str, Tensor]:
    """Mesure un modèle sur `count` séquences neuves, par lots de `chunk`, une longueur tirée par lot.

    Une même graine donne les mêmes séquences à tous les modèles, que l'on peut alors comparer une à une. Un
    prédicteur qui n'est pas un réseau est une fonction du lot qui donne des scores (`tasks.optimal_ngrams`).

    `sizes` fixe la taille des séquences (`length=120`) ; `memory_slots`, le nombre de cases, pour un NTM
    seulement. Renvoie, pour chaque séquence, les bits faux (« faux ») et le coût en bits (« cout ») ; pour la
    copie répétée, aussi les bits faux sans la ligne de fin (« contenu »).
    """
    check_choice("task", task, TASKS)
    generator = torch.Generator().manual_seed(seed)
    measures = {**MEASURES, "contenu": _wrong_content} if task == "repeat" else MEASURES
    found: dict[str, list[Tensor]] = {name: [] for name in measures}
    for _ in range(max(1, count // chunk)):
        batch = TASKS[task].draw(chunk, generator=generator, **sizes)
        if isinstance(model, nn.Module):
            batch = batch.to(next(model.parameters()).device)
            state = model.initial_state(chunk, memory_slots) if isinstance(model, NTM) else None
            scores, _ = model(batch.inputs, state)
        else:
            scores = model(batch)
        for name, measure in measures.items():
            found[name].append(measure(scores, batch).double().cpu())
    return {name: torch.cat(values) for name, values in found.items()}


def _wrong_content(scores: Tensor, batch: Batch) -> Tensor:
    return tasks.wrong_bits(*tasks.content_only(scores, batch))


def train(
    recipe: Recipe,
    seed: int,
    *,
    device: str = "cpu",
    checkpoint: str | Path | None = None,
    every: int = 200,
    progress: bool | None = None,
) -> Run:
    """Mène un entraînement jusqu'au bout et renvoie `Run`.

    Args:
        checkpoint: fichier de reprise, écrit tous les `every` pas et à l'interruption (Ctrl-C) ; s'il existe,
            l'entraînement en repart.
        progress: barre de progression ; par défaut, seulement en session vivante.
    """
    run = Run(recipe, seed, device)
    check_size("every", every)
    if checkpoint is not None and Path(checkpoint).exists():
        run.load(checkpoint)
    hidden = not (training.live_session() if progress is None else progress)
    total = recipe.steps + recipe.cooling
    bar = tqdm(total=total, initial=run.done, desc=f"{recipe.task} {recipe.model}", disable=hidden)
    with bar, _interruptions() as asked:
        while not run.finished:
            run.step()
            bar.update()
            if run.done % 10 == 0:
                recent = run.errors[-run.window :]
                bar.set_postfix_str(f"{recipe.measure} {sum(recent) / len(recent):.3f}", refresh=False)
            if checkpoint is not None and (asked or run.done % every == 0):
                run.save(checkpoint)
            if asked:
                raise KeyboardInterrupt
    run.model.eval()
    return run


@contextmanager
def _interruptions() -> Iterator[list[int]]:
    """Retient Ctrl-C jusqu'à la fin du pas : coupé en son milieu, il laisserait des poids sans leur compte.

    Donne la liste, vide au départ, des interruptions demandées.
    """
    asked: list[int] = []
    if current_thread() is not main_thread():  # seul le fil principal reçoit les signaux
        yield asked
        return
    before = signal.signal(signal.SIGINT, lambda number, frame: asked.append(number))
    try:
        yield asked
    finally:
        signal.signal(signal.SIGINT, before)


def save_model(run: Run, path: str | Path, *, command: str, half: bool = False) -> None:
    """Écrit les seuls poids, avec de quoi les refaire : recette, graine, commande, versions.

    `half` : en demi-précision.
    """
    weights = run.model.state_dict()
    if half:
        weights = {name: value.half() for name, value in weights.items()}
    header = {
        "recette": asdict(run.recipe),
        "graine": run.seed,
        "pas": run.done,
        "commande": command,
        "versions": {"python": platform.python_version(), "torch": version("torch")},
    }
    checkpoints.save(path, weights, header)


def load_model(path: str | Path) -> tuple[nn.Module, dict[str, Any]]:
    """Relit un modèle écrit par `save_model`, en simple précision, et son en-tête.

    Un nom sans dossier ni suffixe, « copy », désigne des poids livrés avec le paquet. Lève
    `FileNotFoundError` si le fichier n'existe pas, `ValueError` s'il est abîmé.
    """
    if Path(path).name == str(path) and not Path(path).suffix:
        path = WEIGHTS / f"{path}.safetensors"
    weights, header = checkpoints.load(path)
    if "recette" not in header or "commande" not in header:
        raise ValueError(f"path : {path} ne contient pas un modèle écrit par save_model")
    model = build(Recipe(**header["recette"]))
    model.load_state_dict({name: value.float() for name, value in weights.items()})
    return model.eval(), header


def _between(low: int, high: int, *, generator: torch.Generator) -> int:
    return int(torch.randint(low, high + 1, (), generator=generator))


def _device(name: str) -> torch.device:
    """L'appareil de ce nom, s'il existe et répond."""
    try:
        return torch.zeros((), device=name).device
    except (RuntimeError, AssertionError) as error:
        raise ValueError(f"device : {name!r} reçu, un appareil présent attendu (cpu, cuda)") from error


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}
