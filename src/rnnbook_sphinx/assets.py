"""Publier styles et scripts du livre dans `_static/rnnbook/`, et ne les charger que là où ils servent.

Ce qui est dans `src/rnnbook_sphinx/static/` est copié tel quel ; `write` ajoute ce qu'un module génère.
La copie a lieu à `builder-inited` et non par `html_static_path` : Jupyter Book chargerait chaque fichier
de `_static/` dans toutes les pages, et Sphinx doit trouver le fichier pour calculer son `?v=`.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from rnnbook import plots

STATIC = Path(__file__).parent / "static"

FOLDER = "rnnbook"
"""Sous-dossier de `_static/` réservé au livre."""


def fingerprint() -> str:
    """Renvoie l'empreinte de l'extension et de la palette : quand elle change, les pages sont refaites."""
    digest = hashlib.sha256(Path(plots.__file__).read_bytes())
    for path in sorted(Path(__file__).parent.rglob("*")):
        if path.is_file() and path.suffix != ".pyc":
            digest.update(path.read_bytes())
    return digest.hexdigest()


def is_html(app: Sphinx) -> bool:
    """Dit si le constructeur en cours écrit des pages HTML."""
    return app.builder.format == "html"


def write(app: Sphinx, name: str, content: str | bytes) -> None:
    """Écrit `_static/rnnbook/<name>` s'il a changé. Sans effet pour un autre format que HTML.

    À appeler à `builder-inited`, avant que les pages ne soient écrites.
    """
    if not is_html(app):
        return
    target = Path(app.outdir) / "_static" / FOLDER / name
    data = content.encode("utf-8") if isinstance(content, str) else content
    if target.is_file() and target.read_bytes() == data:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data)


def use(app: Sphinx, *names: str, **attributes: Any) -> None:
    """Charge des fichiers publiés (`.js` avec `defer`, `.css`) dans la page en cours.

    Appelée pendant `html-page-context`, elle ne vaut que pour cette page ; à `builder-inited`, pour toutes.
    Lève `ValueError` si un nom n'est ni un script ni une feuille de style.
    """
    for name in names:
        if name.endswith(".js"):
            app.add_js_file(f"{FOLDER}/{name}", **{"defer": "defer", **attributes})
        elif name.endswith(".css"):
            app.add_css_file(f"{FOLDER}/{name}", **attributes)
        else:
            raise ValueError(f"names : {name!r} reçu, un nom en .js ou .css attendu")


def _publish(app: Sphinx) -> None:
    for source in sorted(STATIC.rglob("*")):
        if source.is_file():
            write(app, source.relative_to(STATIC).as_posix(), source.read_bytes())


def setup(app: Sphinx) -> None:
    app.add_config_value("rnnbook_fingerprint", fingerprint(), "env", types=[str])
    app.connect("builder-inited", _publish)
