"""Exécuter un carnet : un noyau au réglage fixe, et un échec qui dit quelle cellule et pourquoi."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from rnnbook.exercises import STRICT

# Un fil par noyau : les sommes se font toujours dans le même ordre, et n noyaux occupent n cœurs.
_ONE_THREAD = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")
_JUPYTER = Path(sys.prefix) / "share" / "jupyter"
_ANSI = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Failure:
    """La cellule qui a échoué (son rang dans le carnet, son code) et la raison, en clair."""

    index: int
    source: str
    reason: str
    traceback: str

    def __str__(self) -> str:
        rule = "-" * 40
        return f"{self.reason}\n{rule}\n{self.source}\n{rule}\n{self.traceback}".rstrip()


def cores() -> int:
    """Renvoie le nombre de cœurs que ce processus peut occuper."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def environment(witness: str | Path) -> dict[str, str]:
    """Renvoie l'environnement d'un noyau : un fil, un hachage fixe, le témoin écrit dans `witness`.

    Un chemin relatif se lit depuis le dossier de travail du noyau.
    """
    return {
        **os.environ,
        **dict.fromkeys(_ONE_THREAD, "1"),
        "PYTHONHASHSEED": "0",
        "PYTHONSTARTUP": str(Path(__file__).with_name("witness.py")),
        "RNNBOOK_TEMOIN": str(witness),
        STRICT: "1",  # une solution que `check` refuse est un échec de sa cellule
        # Les noyaux de cet environnement passent avant ceux que l'utilisateur a pu installer pour lui.
        "JUPYTER_PATH": os.pathsep.join(filter(None, [str(_JUPYTER), os.environ.get("JUPYTER_PATH")])),
    }


def run(
    notebook: NotebookNode,
    *,
    folder: Path,
    witness: Path,
    timeout: int,
    before_cell: Callable[[], None] = lambda: None,
    **changes: str,
) -> Failure | None:
    """Exécute `notebook` sur place depuis `folder`, avec le Python en cours ; renvoie l'échec, ou None.

    `timeout` : secondes accordées à chaque cellule. `before_cell` : appelé avant chaque cellule, il arrête
    l'exécution en levant une exception. `changes` : variables ajoutées à l'environnement du noyau.
    """
    # Un seul dossier de noyaux : « python3 » ne peut être que le Python qui construit le livre.
    specs = KernelSpecManager(kernel_dirs=[str(_JUPYTER / "kernels")])
    # Chiffrer l'échange avec le noyau, quand il le sait, lui évite un avertissement.
    manager: Any = AsyncKernelManager(
        kernel_name="python3", kernel_spec_manager=specs, transport_encryption="auto"
    )
    reached = 0

    def note_cell(cell: NotebookNode, cell_index: int) -> None:
        nonlocal reached
        reached = cell_index
        before_cell()

    # Les métadonnées des cellules sont la clé du cache : y noter les heures d'exécution la changerait.
    client = NotebookClient(
        notebook, km=manager, timeout=timeout, record_timing=False, on_cell_execute=note_cell
    )
    # Le client n'arrête que les noyaux qu'il a créés lui-même : on le charge de celui-ci.
    client.owns_km = True
    try:
        client.execute(cwd=str(folder), env={**environment(witness), **changes})
    except CellExecutionError as error:
        return _failure(notebook, reached, f"{error.ename} : {_ANSI.sub('', error.evalue)}")
    except CellTimeoutError:
        return _failure(notebook, reached, f"la cellule dépasse les {timeout} s accordées")
    except DeadKernelError:
        return _failure(notebook, reached, "le noyau s'est arrêté (mémoire épuisée ?)")
    return None


def _failure(notebook: NotebookNode, index: int, reason: str) -> Failure:
    cell = notebook.cells[index]
    errors = [output for output in cell.outputs if output.output_type == "error"]
    traceback = "\n".join(line for error in errors for line in error.traceback)
    return Failure(index, cell.source, reason, _ANSI.sub("", traceback))
