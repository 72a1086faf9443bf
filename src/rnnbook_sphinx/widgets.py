"""Animer les figures de `rnnbook.widgets` dans la page, sans noyau.

L'objet a laissé dans la page `<div class="rnn-figure" data-figure=… data-state=…>`. Seules les pages qui
en contiennent chargent l'hôte, les modules de leurs figures et la feuille de style.
"""

from __future__ import annotations

import re
from typing import Any

from myst_nb.sphinx_ import NbMetadataCollector
from sphinx.application import Sphinx

from rnnbook.widgets import FIGURES, bundle
from rnnbook_sphinx import assets

_FIGURE = re.compile(r'<div class="rnn-figure" data-figure="([^"]+)"')


def module_files(names: list[str]) -> list[str]:
    """Les scripts d'une page où sont ces figures : l'hôte, puis chaque module après ceux dont il a besoin."""
    modules = dict.fromkeys(module.name for name in names for module in bundle.closure(name))
    return ["figures/hote.js", *(f"figures/{name}.js" for name in modules)]


def figures_in(body: str) -> list[str]:
    """Les modules des figures d'une page, dans l'ordre, chacun une fois."""
    return list(dict.fromkeys(_FIGURE.findall(body)))


def _publish(app: Sphinx) -> None:
    for name in ("hote.js", "figure.css"):
        assets.write(app, f"figures/{name}", (bundle.FOLDER / name).read_bytes())
    for figure in FIGURES:
        for module in bundle.closure(figure.module):
            assets.write(app, f"figures/{module.name}.js", bundle.classic(module))


def _drop_state(app: Sphinx, doctree: Any) -> None:
    # Le carnet exécuté porte l'état des widgets, que MyST-NB recopie dans la page : ici personne ne le lit.
    NbMetadataCollector.get_js_files(app.env, app.env.docname).pop("ipywidgets_state", None)


def _load(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    names = figures_in(context.get("body", ""))
    if names:
        assets.use(app, "figures/figure.css", *module_files(names))


def setup(app: Sphinx) -> None:
    app.connect("builder-inited", _publish)
    app.connect("doctree-read", _drop_state)
    app.connect("html-page-context", _load)
