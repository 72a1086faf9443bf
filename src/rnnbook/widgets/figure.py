"""La base des figures interactives : un objet Python, trois visages.

Affiché en fin de cellule, un tel objet se montre comme widget vivant dans Jupyter, Colab ou VS Code, comme
HTML sans noyau dans la page du livre, et comme image fixe dans le PDF ou sans JavaScript.
"""

from __future__ import annotations

import json
from html import escape
from typing import Any, ClassVar

import anywidget

from rnnbook.widgets import bundle
from rnnbook.widgets.drawing import standalone


class Figure(anywidget.AnyWidget):
    """Une figure interactive du livre.

    Une sous-classe donne `module` (nom du module `js/<module>.js`), ses traits synchronisés
    (`.tag(sync=True)`, tous représentables en JSON : c'est l'état de la figure), et deux méthodes :
    `describe`, ce que la figure montre en une phrase, et `draw`, son image fixe.
    """

    module: ClassVar[str]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        # traitlets crée une sous-classe par objet, qui ne redonne pas `module` : elle garde ces traits.
        if "module" in cls.__dict__:
            cls._esm = bundle.esm(cls.module)
            cls._css = bundle.css()
        super().__init_subclass__(**kwargs)

    def describe(self) -> str:
        """La conclusion de la figure dans son état présent : le texte de remplacement de l'image."""
        raise NotImplementedError(f"{type(self).__name__} n'a pas de méthode describe")

    def draw(self) -> str:
        """L'image fixe de l'état présent : un SVG fait par `rnnbook.widgets.drawing.document`."""
        raise NotImplementedError(f"{type(self).__name__} n'a pas de méthode draw")

    def state(self) -> dict[str, Any]:
        """L'état de la figure : nom du trait → valeur. C'est lui que la page du livre donne au JavaScript."""
        inherited = anywidget.AnyWidget.class_trait_names(sync=True)
        names = [name for name in self.trait_names(sync=True) if name not in inherited and name[0] != "_"]
        return {name: getattr(self, name) for name in sorted(names)}

    def html(self) -> str:
        """Le morceau de page que `hote.js` anime ; sans JavaScript, l'image fixe y reste."""
        state = json.dumps(self.state(), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        note = "Image fixe : la figure interactive demande JavaScript."
        return (
            f'<div class="rnn-figure" data-figure="{self.module}" data-state="{escape(state)}">'
            f"{self.draw()}<noscript><p>{note}</p></noscript></div>"
        )

    def __repr__(self) -> str:
        return f"{type(self).__name__} : {self.describe()}"

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        bundled = super()._repr_mimebundle_(**kwargs)
        if bundled is None:
            return None
        data, metadata = bundled
        faces = {"text/html": self.html(), "image/svg+xml": standalone(self.draw())}
        return {**data, **faces}, metadata
