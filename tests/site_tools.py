"""Un petit livre d'essai, avec un chapitre d'exercices et son quiz, construit dans ce processus."""

from __future__ import annotations

import io
import os
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from unittest import mock

from sphinx.application import Sphinx
from sphinx.util.console import strip_colors
from sphinx.util.docutils import docutils_namespace, patch_docutils

CONF = """
from importlib import import_module

project = "Essai"
language = "fr"
extensions = ["myst_nb", "sphinx_exercise", "sphinx_togglebutton", "sphinx_book_theme"]
html_theme = "sphinx_book_theme"
html_theme_options = {"navbar_persistent": []}
html_context = {"default_mode": "auto"}
mathjax_path = "mathjax.js"
myst_enable_extensions = ["dollarmath", "amsmath"]
numfig = True
exclude_patterns = ["_build"]
nb_execution_mode = "off"


def setup(app):
    for part in ("assets", "quiz", "exercises", "claims"):
        import_module(f"rnnbook_sphinx.{part}").setup(app)
"""

HEADER = """---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  name: python3
  display_name: Python 3
language_info:
  name: python
  pygments_lexer: ipython3
---

"""

CHAPTER = (
    HEADER
    + """# Chapitre d'essai

```{affirmations}
```

```{quiz} essai
```

```{exercise-start} Doubler
:label: cellule-2
:class: niveau-1 genre-code
```

Écrivez `double`.

```{a-completer} cellule-2
```

```{exercise-end}
```

```{solution-start} cellule-2
:class: dropdown
```

```{code-cell} ipython3
:tags: [solution-cellule-2]

def double(x):
    \"\"\"Renvoie deux fois x.\"\"\"
    secret = 2
    return secret * x
```

```{code-cell} ipython3
# Vérifie : deux fois deux font quatre.
assert double(2) == 4
check("cellule-2", double)
```

```{solution-end}
```

```{exercise-start} Réparer
:label: cellule-4
:class: niveau-2 genre-experience
```

```{a-completer} cellule-4
:depart: une-couche-en-retard
```

```{exercise-end}
```

```{solution-start} cellule-4
```

```{code-cell} ipython3
:tags: [solution-cellule-4]

def two_layers(inputs, layer_0, layer_1):
    \"\"\"Deux couches.\"\"\"
    return solution_secrete
```

```{code-cell} ipython3
check("cellule-4", two_layers)
```

```{solution-end}
```

Voir {ref}`cellule-2`.
"""
)

QUIZ = """titre: Quiz d'essai
questions:
  - question: Combien vaut $1 + 1$ ?
    type: unique
    reponses:
      - {texte: "$2$", juste: true, explication: "Un et un font deux."}
      - {texte: "Trois.", juste: false, explication: "C'est un de trop."}
  - question: "Lesquels sont pairs ?"
    type: multiple
    reponses:
      - {texte: Deux., juste: true, explication: "Deux fois un."}
      - {texte: Trois., juste: false, explication: "Il reste un."}
      - {texte: Quatre., juste: true, explication: "Deux fois deux."}
  - question: "Vide ?"
    type: unique
    reponses:
      - {texte: Oui., juste: false, explication: "Non : il a un élément."}
      - {texte: Non., juste: true, explication: "Il a un élément."}
"""


def write(folder: Path, chapter: str = CHAPTER) -> Path:
    """Écrit la source du livre d'essai dans `folder`."""
    (folder / "quiz").mkdir(parents=True, exist_ok=True)
    (folder / "conf.py").write_text(CONF, encoding="utf-8")
    (folder / "index.md").write_text(
        "# Accueil\n\n```{toctree}\n:numbered:\nessai\nexercices\n```\n", encoding="utf-8"
    )
    (folder / "essai.md").write_text(chapter, encoding="utf-8")
    (folder / "exercices.md").write_text("# Index\n\n```{liste-exercices}\n```\n", encoding="utf-8")
    (folder / "quiz" / "essai.yml").write_text(QUIZ, encoding="utf-8")
    return folder


def build(folder: Path, builder: str = "html", *, parallel: int = 0, **options: object) -> tuple[Path, str]:
    """Construit le livre de `folder` ; renvoie le dossier produit et les avertissements, sans couleurs."""
    warnings = io.StringIO()
    target = folder / "_build" / builder
    with (
        mock.patch.dict(os.environ),
        redirect_stdout(io.StringIO()),
        redirect_stderr(io.StringIO()),
        patch_docutils(str(folder)),
        docutils_namespace(),
    ):
        app = Sphinx(
            folder,
            folder,
            target,
            folder / "_build" / f"doctrees-{builder}",
            builder,
            confoverrides={"nitpicky": True, **options},
            status=None,
            warning=warnings,
            parallel=parallel,
        )
        app.build()
    return target, strip_colors(warnings.getvalue())
