"""Exécuter le code d'un élève : durée bornée, sorties muettes, hasard repris à l'identique.

Un fil d'exécution et une exception asynchrone marchent partout où marche un noyau Jupyter ; un
processus à part ne recevrait pas les fonctions définies dans une cellule.
"""

from __future__ import annotations

import builtins
import contextlib
import ctypes
import io
import os
import random
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import numpy as np

GRACE = 1.0
"""Secondes laissées au code interrompu pour s'arrêter."""


class TimeLimitReached(BaseException):
    """Levée dans le fil de l'élève à la fin du temps permis.

    Elle dérive de `BaseException` : un `except Exception` placé dans la boucle ne la retient pas.
    """


class TooLong(Exception):
    """Le temps permis est écoulé ; `stopped` dit si le calcul a pu être arrêté."""

    def __init__(self, seconds: float, stopped: bool) -> None:
        super().__init__(f"plus de {seconds} s")
        self.seconds = seconds
        self.stopped = stopped


class Crashed(Exception):
    """Le code de l'élève a levé `error`, qui peut aussi être `SystemExit` ou `KeyboardInterrupt`."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(type(error).__name__)
        self.error = error


def run_limited(function: Callable[[], Any], seconds: float) -> Any:
    """Renvoie `function()` ; lève `Crashed` si elle lève, `TooLong` après `seconds` secondes.

    Ce que `function` écrit à l'écran est perdu, et rien n'est à lire au clavier : une boucle sans fin qui
    écrit ne noie pas le carnet, `input()` n'attend personne, `exit()` n'arrête pas le noyau.
    """
    _finish_loading_torch()
    box: dict[str, Any] = {}

    def work() -> None:
        try:
            box["value"] = function()
        except BaseException as error:  # SystemExit et KeyboardInterrupt de l'élève compris
            box["error"] = error

    worker = threading.Thread(target=work, name="rnnbook-check", daemon=True)
    with _silence(), _no_exit():
        worker.start()
        try:
            worker.join(seconds)
        finally:  # aussi quand l'élève interrompt lui-même le noyau
            stopped = _stop(worker)
    if "value" in box:
        return box["value"]
    error = box.get("error")
    if error is None or isinstance(error, TimeLimitReached):
        raise TooLong(seconds, stopped)
    raise Crashed(error)


def _finish_loading_torch() -> None:
    """Charge ce que torch ne charge qu'au premier optimiseur, hors du temps compté.

    Une importation que la limite de temps couperait en route resterait à moitié faite dans ce noyau.
    """
    torch = sys.modules.get("torch")
    if torch is not None and "torch._dynamo" not in sys.modules:
        torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)


def _stop(worker: threading.Thread) -> bool:
    """Lève `TimeLimitReached` dans le fil jusqu'à ce qu'il s'arrête ; renvoie faux s'il tourne encore."""
    deadline = time.monotonic() + GRACE
    while worker.is_alive() and time.monotonic() < deadline:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(
            ctypes.c_ulong(worker.ident or 0), ctypes.py_object(TimeLimitReached)
        )
        worker.join(0.05)
    return not worker.is_alive()


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Coupe les sorties et l'entrée standard du processus, et `input`, qu'un noyau fait passer ailleurs."""
    keyboard, ask = sys.stdin, builtins.input
    with (
        open(os.devnull, "w", encoding="utf-8") as nowhere,
        contextlib.redirect_stdout(nowhere),
        contextlib.redirect_stderr(nowhere),
    ):
        sys.stdin, builtins.input = io.StringIO(), _nothing_to_read
        try:
            yield
        finally:
            sys.stdin, builtins.input = keyboard, ask


def _nothing_to_read(prompt: object = "") -> NoReturn:
    raise EOFError("rien à lire au clavier pendant une vérification")


@contextlib.contextmanager
def _no_exit() -> Iterator[None]:
    """Fait lever `SystemExit` à `exit()` : celui d'IPython ne lève rien, et arrête le noyau peu après."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is None:
        yield
        return

    def refuse() -> NoReturn:
        raise SystemExit

    shell.ask_exit = refuse  # cache la méthode, rendue par `del`
    try:
        yield
    finally:
        del shell.ask_exit


@contextlib.contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Fixe les générateurs globaux (`random`, NumPy, torch s'il est chargé), puis les rend comme avant.

    Une erreur qui laisse des poids au hasard se reproduit ainsi à l'identique, donc se reconnaît.
    """
    torch = sys.modules.get("torch")
    python, numpy = random.getstate(), np.random.get_state()  # noqa: NPY002
    pytorch = torch.get_rng_state() if torch else None
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002
    if torch:
        torch.manual_seed(seed)
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)  # noqa: NPY002
        if torch:
            torch.set_rng_state(pytorch)
