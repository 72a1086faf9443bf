"""Les boutons d'un chapitre : télécharger son carnet, l'ouvrir dans Colab, Binder ou un JupyterHub.

Le thème viserait la source `.md`, que Colab ne sait pas ouvrir. Ici les liens visent le carnet publié et le
dépôt d'où le livre est construit ; sans dépôt connu, il n'y a pas de bouton mort.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from rnnbook_sphinx import assets, carnets, repository


def links(origin: repository.Repository, docname: str, hub: str = "") -> dict[str, str]:
    """Les services qui ouvrent le chapitre `docname` → l'adresse où cliquer."""
    found = {
        "Colab": origin.colab(carnets.path_of(docname)),
        "Binder": origin.binder(f"{docname}.md"),
    }
    if hub:
        found["JupyterHub"] = origin.jupyterhub(hub, carnets.path_of(docname))
    return found


def _buttons(app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    if not assets.is_html(app) or not carnets.is_chapter(pagename) or app.config.rnnbook_sans_solutions:
        return
    notebook = {
        "type": "link",
        "url": context["pathto"](carnets.path_of(pagename), 1),
        "text": ".ipynb",
        "icon": "fas fa-code",
        "tooltip": "Télécharger le carnet de ce chapitre",
        "label": "download-notebook-button",
    }
    buttons = context["header_buttons"]
    for group in buttons:
        if group.get("label") == "download-buttons":
            group["buttons"].insert(0, notebook)
    origin: repository.Repository | None = app.config.rnnbook_repository
    if origin is None:
        return
    launch = [
        {
            "type": "link",
            "url": url,
            "text": service,
            "tooltip": f"Ouvrir ce chapitre dans {service}",
            "label": f"launch-{service.lower()}-button",
        }
        for service, url in links(origin, pagename, app.config.rnnbook_jupyterhub).items()
    ]
    buttons.insert(
        0,
        {
            "type": "group",
            "tooltip": "Exécuter ce chapitre en ligne",
            "icon": "fas fa-rocket",
            "buttons": launch,
            "label": "launch-buttons",
        },
    )


def _find_repository(app: Sphinx, config: Any) -> None:
    config.rnnbook_repository = repository.find(Path(app.srcdir))


def setup(app: Sphinx) -> None:
    app.add_config_value("rnnbook_repository", None, "env", [repository.Repository, type(None)])
    # Adresse d'un JupyterHub qui a nbgitpuller : `sphinx: config: rnnbook_jupyterhub` dans _config.yml.
    app.add_config_value("rnnbook_jupyterhub", "", "html", [str])
    app.connect("config-inited", _find_repository)
    # Après les boutons du thème, avant que les pages ne soient relues (`offline`).
    app.connect("html-page-context", _buttons, priority=900)
