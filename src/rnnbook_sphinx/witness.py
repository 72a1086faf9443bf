"""Témoin d'exécution : note, depuis le noyau d'un chapitre, les fichiers lus et les modules chargés.

IPython exécute ce fichier au démarrage du noyau (variable `PYTHONSTARTUP`). Après chaque cellule, la liste
est écrite en JSON dans le fichier nommé par `RNNBOOK_TEMOIN`. Lire ce qui a vraiment servi voit aussi les
imports tardifs et les noms de fichiers calculés, que la lecture du code source manquerait.

Ce fichier ne dépend que de la bibliothèque standard et d'IPython, et ne laisse aucun nom dans le carnet.
"""


def _install() -> None:
    import json
    import os
    import sys
    from pathlib import Path
    from typing import Any

    from IPython import get_ipython

    target = Path(os.environ["RNNBOOK_TEMOIN"]).absolute()
    opened: set[str] = set()

    def note_open(event: str, args: tuple[Any, ...]) -> None:
        if event == "open" and isinstance(args[0], str) and not _writes(args[1]):
            opened.add(os.path.abspath(args[0]))

    def _writes(mode: str | None) -> bool:
        return mode is not None and any(letter in mode for letter in "wax")

    def save(*_: object) -> None:
        # `list(sys.modules.items())` alloue : le ramasse-miettes peut y lancer un import et tout interrompre.
        modules = sys.modules.copy()
        sources = {path for module in modules.values() if (path := getattr(module, "__file__", None))}
        seen = {
            "fichiers": sorted(opened | sources),
            "modules": sorted({name.partition(".")[0] for name in modules}),
        }
        target.write_text(json.dumps(seen), encoding="utf-8")

    sys.addaudithook(note_open)
    get_ipython().events.register("post_run_cell", save)


_install()
del _install
