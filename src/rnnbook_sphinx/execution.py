"""Exécuter les chapitres en parallèle avant leur lecture, avec un cache qui ne ment pas.

jupyter-cache ne connaît que le texte des cellules. Chaque exécution gardée porte donc en plus ses
dépendances (`dependencies`) ; quand l'une change, l'exécution est jetée, le chapitre exécuté à nouveau
et sa page relue. MyST-NB trouve ensuite chaque chapitre dans le cache.
"""

from __future__ import annotations

import json
import threading
import time
from concurrent.futures import CancelledError, ThreadPoolExecutor, as_completed
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn, JupyterCacheAbstract
from jupyter_cache.cache.db import NbCacheRecord
from myst_nb.core.read import create_nb_reader
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import SphinxError
from sphinx.util import logging

from rnnbook.formats import decimal
from rnnbook_sphinx import dependencies, kernels

logger = logging.getLogger(__name__)


class ChapterError(SphinxError):
    """Un chapitre au moins a échoué ; la construction s'arrête."""

    category = "Exécution des chapitres"


@dataclass(frozen=True)
class Chapter:
    """Un carnet à exécuter : nom de page, fichier, cellules, secondes accordées à chaque cellule."""

    name: str
    path: Path
    notebook: NotebookNode
    timeout: int


@dataclass(frozen=True)
class Execution:
    """Une exécution réussie : le carnet avec ses sorties, sa durée en secondes, ce dont elle dépend."""

    notebook: NotebookNode
    duration: float
    dependencies: dict[str, Any]


def refresh(
    app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]
) -> list[str]:
    """Exécute les chapitres dont le cache n'est plus vrai ; renvoie les pages à relire."""
    root = Path(app.srcdir)
    cache = get_cache(env.mystnb_config.execution_cache_path)  # type: ignore[attr-defined]
    chapters = [chapter for name in sorted(env.found_docs) if (chapter := _read(env, name))]
    execute(cache, [chapter for chapter in chapters if not _is_fresh(cache, chapter, root)], root=root)
    # Une page est à relire quand l'exécution qu'elle montre n'est plus celle du cache, faite ici ou ailleurs.
    shown: dict[str, str] = getattr(env, "rnnbook_executions", {})
    current = {chapter.name: _identity(cache, chapter.notebook) for chapter in chapters}
    env.rnnbook_executions = current  # type: ignore[attr-defined]
    return [name for name, identity in current.items() if shown.get(name) != identity]


def execute(cache: JupyterCacheAbstract, chapters: list[Chapter], *, root: Path) -> None:
    """Exécute `chapters` sur tous les cœurs, les plus longs d'abord, et garde les exécutions dans `cache`.

    Lève `ChapterError`, quand tous sont finis, si l'un a échoué.
    """
    if not chapters:
        return
    workers = min(kernels.cores(), len(chapters))
    logger.info("exécution de %d chapitre(s) sur %d cœur(s)", len(chapters), workers)
    durations = known_durations(cache)
    # Un chapitre de durée inconnue part en premier : il est peut-être le plus long.
    ordered = sorted(chapters, key=lambda chapter: -durations.get(str(chapter.path), float("inf")))
    failures = []
    interrupted = threading.Event()
    with ThreadPoolExecutor(workers) as pool:
        jobs = {pool.submit(_execute, chapter, root, interrupted): chapter for chapter in ordered}
        try:
            for job in as_completed(jobs):
                chapter, outcome = jobs[job], job.result()
                if isinstance(outcome, Execution):
                    store(cache, chapter.path, outcome)
                    logger.info("%s : exécuté en %s s", chapter.name, decimal(outcome.duration, 1))
                else:
                    failures.append(f"{_place(chapter, outcome)} : {outcome}")
                    logger.info("%s : échec", chapter.name)
        except BaseException:
            interrupted.set()
            raise
    if failures:
        raise ChapterError("\n\n".join(failures))


def store(cache: JupyterCacheAbstract, path: Path, execution: Execution) -> None:
    """Garde une exécution du chapitre `path` dans `cache`, à la place de la précédente."""
    data = {"execution_seconds": execution.duration, "dependances": execution.dependencies}
    bundle = CacheBundleIn(execution.notebook, str(path), data=data)
    cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)


def known_durations(cache: JupyterCacheAbstract) -> dict[str, float]:
    """Renvoie la dernière durée connue (secondes) de chaque chapitre, d'après son chemin."""
    records = sorted(cache.list_cache_records(), key=lambda record: record.created)
    return {record.uri: record.data["execution_seconds"] for record in records}


def _read(env: BuildEnvironment, name: str) -> Chapter | None:
    """Lit une page ; renvoie None si ce n'est pas un carnet à exécuter avec le cache."""
    path = Path(env.doc2path(name))
    config = env.mystnb_config  # type: ignore[attr-defined]
    reader = create_nb_reader(str(path), env.myst_config, config, path.read_text(encoding="utf-8"))  # type: ignore[attr-defined]
    if reader is None or any(path.match(pattern) for pattern in config.execution_excludepatterns):
        return None
    notebook = reader.read(path.read_text(encoding="utf-8"))
    config = config.copy(**notebook.metadata.get(config.metadata_key, {}))
    if config.execution_mode != "cache":
        return None
    return Chapter(name, path, notebook, config.execution_timeout)


def _is_fresh(cache: JupyterCacheAbstract, chapter: Chapter, root: Path) -> bool:
    """Dit si le cache tient une exécution encore vraie ; retire celle qui ne l'est plus."""
    record = _record(cache, chapter.notebook)
    if record is None:
        return False
    kept = record.data.get("dependances")
    # Sans dépendances, l'exécution a été gardée par un autre outil : on ne sait rien d'elle.
    found = dependencies.changes(kept, root=root) if kept else ["dépendances inconnues"]
    if not found:
        return True
    logger.info("%s, à exécuter : %s", chapter.name, ", ".join(found))
    cache.remove_cache(record.pk)
    return False


def _execute(chapter: Chapter, root: Path, interrupted: threading.Event) -> Execution | kernels.Failure:
    def stop_if_interrupted() -> None:
        if interrupted.is_set():
            raise CancelledError

    notebook = deepcopy(chapter.notebook)
    since, start = time.time(), time.perf_counter()
    with TemporaryDirectory() as folder:
        witness = Path(folder) / "temoin.json"
        failure = kernels.run(
            notebook,
            folder=chapter.path.parent,
            witness=witness,
            timeout=chapter.timeout,
            before_cell=stop_if_interrupted,
        )
        if failure:
            return failure
        duration = time.perf_counter() - start
        kept = dependencies.collect(read_witness(witness), root=root, since=since)
    return Execution(notebook, duration, kept)


def read_witness(path: Path) -> dict[str, list[str]]:
    """Relit ce que le témoin a noté ; il n'écrit rien si le carnet n'a exécuté aucune cellule."""
    if not path.is_file():
        return {"fichiers": [], "modules": []}
    return json.loads(path.read_text(encoding="utf-8"))


def _record(cache: JupyterCacheAbstract, notebook: NotebookNode) -> NbCacheRecord | None:
    try:
        return cache.match_cache_notebook(notebook)
    except KeyError:
        return None


def _identity(cache: JupyterCacheAbstract, notebook: NotebookNode) -> str:
    record = cache.match_cache_notebook(notebook)
    return f"{record.hashkey} {record.created.isoformat()}"


def _place(chapter: Chapter, failure: kernels.Failure) -> str:
    lines = chapter.notebook.metadata.get("source_map")
    return f"{chapter.path.name}, ligne {lines[failure.index] + 1}" if lines else chapter.path.name


def setup(app: Sphinx) -> None:
    app.connect("env-get-outdated", refresh)
