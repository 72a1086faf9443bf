"""Rendre accessible le contenu que Sphinx et pandas écrivent dans les pages.

Les boutons, repères et barres du thème le sont dans les gabarits de `templates/`.
"""

from __future__ import annotations

import re
from typing import Any

from sphinx.application import Sphinx

from rnnbook_sphinx import assets

_REPLACED = {
    'role="doc-biblioentry"': 'role="listitem"',
    "<th></th>": "<td></td>",
    '<table border="1" class="dataframe">': '<table class="dataframe">',
}
_SCOPED_STYLE = re.compile(r"<style scoped>.*?</style>\s*", re.DOTALL)


def accessible(body: str) -> str:
    """Corrige le contenu d'une page.

    - Le rôle `doc-biblioentry` est périmé : une référence est un élément de la liste qui la contient.
    - Le coin vide d'un tableau pandas n'est pas un en-tête.
    - La feuille que pandas répète sous chaque tableau (`<style scoped>`) est dans livre.css.
    """
    body = _SCOPED_STYLE.sub("", body)
    for before, after in _REPLACED.items():
        body = body.replace(before, after)
    return body


def _page(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    if assets.is_html(app) and context.get("body"):
        context["body"] = accessible(context["body"])


def setup(app: Sphinx) -> None:
    app.connect("html-page-context", _page)
