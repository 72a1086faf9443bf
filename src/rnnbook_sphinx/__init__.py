"""Le côté Sphinx du livre : exécution en parallèle, cache honnête, pages hors ligne, quiz, exercices.

Une idée par module ; chacun a son `setup(app)`. L'extension est à part du paquet d'enseignement : aucun
chapitre ne l'importe.
"""

from importlib import import_module
from typing import Any

from sphinx.application import Sphinx

PARTS = (
    "assets",  # fichiers publiés dans _static/rnnbook/
    "execution",  # chapitres exécutés en parallèle, cache qui suit le code importé
    "timings",  # tableau des temps d'exécution
    "svg",  # figures incorporées à la page, couleurs qui suivent le mode clair ou sombre
    "widgets",  # figures interactives sans noyau
    "quiz",  # quiz dans la page
    "exercises",  # énoncés, cellules à compléter, index, progression
    "claims",  # liste de ce que les cellules d'un chapitre vérifient
    "french",  # textes que le thème laisse en anglais
    "accessible",  # rôles et en-têtes que les lecteurs d'écran attendent
    "index",  # l'index des termes, dans le sommaire
    "launch",  # boutons : télécharger le carnet, l'ouvrir dans Colab ou Binder
    "carnets",  # un carnet .ipynb par chapitre
    "diapos",  # un jeu de diapositives par partie
    "pdf",  # le livre en un fichier, composé par LuaLaTeX
    "offline",  # formules, icônes et scripts locaux, politique de sécurité des pages
)


def setup(app: Sphinx) -> dict[str, Any]:
    for part in PARTS:
        import_module(f"{__name__}.{part}").setup(app)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
