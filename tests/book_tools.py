"""Un petit livre construit avec la vraie configuration : ses pages montrent ce que le thème sait écrire."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import site_tools

ROOT = Path(__file__).parents[1]

NOTEBOOK = (
    site_tools.HEADER
    + """# La cellule récurrente

Soit $x_t$. Avec {cite:t}`elman1990` et {cite:p}`cho2014`, l'« ordre » compte, d'"ici", et l'état $h_t$ : oui.

```{math}
:label: eq-essai
h_t = \\tanh(W_{xh}\\, x_t)
```

Voir {eq}`eq-essai`, {numref}`fig-schema`, {numref}`fig-carre`, {numref}`tab-essai` et {ref}`essai-1`.

```{figure} figures/schema.svg
:name: fig-schema
:alt: La cellule reçoit x et se renvoie son état.

Le schéma replié.
```

```{code-cell} ipython3
---
mystnb:
  figure: {name: fig-carre, caption: "Le carré."}
  image: {alt: "Le carré grandit deux fois plus vite à chaque pas."}
---
from rnnbook import plots
plots.use_style()
fig, ax = plots.axes()
ax.plot([0, 1, 2], [0, 1, 4]);
```

```{code-cell} ipython3
:tags: [hide-input]
import pandas as pd
pd.DataFrame({f"colonne {i}": [i] for i in range(20)})
```

```{code-cell} ipython3
:tags: [hide-output]
print("plié")
```

```{list-table} Un tableau
:name: tab-essai
:header-rows: 1

* - a
  - b
* - c
  - d
```

```{note}
Une note.
```

```{warning}
:class: dropdown
Attention.
```

```{exercise-start} Écrire
:label: essai-1
:class: niveau-1 genre-main
```
Écrivez.
```{exercise-end}
```

```{index} cellule récurrente
```

Une note de bas de page[^a].

[^a]: Son texte.

## Conclusion

```{glossary}
état caché
  Ce que le réseau garde.
```
"""
)

NUMBERED = (
    site_tools.HEADER
    + """# 1. Un chapitre

% diapo : L'« état », puis `h_n`

```{admonition} Fiche du chapitre
:class: fiche
**Prérequis.** La [cellule](cellule.md), le [second chapitre](02-suite.md), l'{term}`état caché`.
```

% fin-diapo

L'état $h_t$ suit {eq}`eq-carnet`, d'après {cite:p}`cho2014` ; voir {numref}`fig-plan`, {numref}`fig-pente`.

% diapo-suite

```{math}
:label: eq-carnet
h_t = \\tanh(W_{xh}\\, x_t)
```

% fin-diapo

```{list-table}
:header-rows: 1

* - forme
  - norme
* - `(n, d)`
  - $\\|x\\| = |y|$
```

% diapo colonnes

```{figure} figures/schema.svg
:name: fig-plan
:alt: Le plan montre une entrée [et une sortie].

Le plan.
```

```{code-cell} ipython3
---
mystnb:
  figure: {name: fig-pente, caption: "La pente de $x$."}
  image: {alt: "La droite monte d'autant à chaque pas."}
---
from rnnbook import plots
plots.use_style()
fig, ax = plots.axes()
ax.plot([0, 1, 2], [0, 1, 2]);
```

```{code-cell} ipython3
:tags: [hide-input]
# Vérifie : deux et deux font quatre.
assert 2 + 2 == 4
```

## À retenir

```{affirmations}
```

```{warning}
Un encadré.
```

% diapo question-2 : Question

```{quiz} essai
```

% fin-diapo

```{code-cell} ipython3
from rnnbook.exercises import check
```

```{exercise-start} Un pas
:label: cellule-2
:class: niveau-1 genre-code
```

Écrivez `step`, d'après {eq}`eq-carnet`.

```{a-completer} cellule-2
```

Puis concluez.

```{exercise-end}
```

```{solution-start} cellule-2
:class: dropdown
```

```{code-cell} ipython3
:tags: [solution-cellule-2]
import numpy as np


def step(x, h, W_xh, W_hh, b_h):
    \"\"\"Un pas.\"\"\"
    return np.tanh(x @ W_xh.T + h @ W_hh.T + b_h)
```

```{code-cell} ipython3
check("cellule-2", step)
```

C'est l'équation {eq}`eq-carnet`.

```{solution-end}
```
"""
)

PAGES = {
    "book/index.md": "# Essai\n\nVoir {doc}`cellule`.\n\n```{tableofcontents}\n```\n",
    "book/cellule.md": NOTEBOOK,
    "book/01-carnet.md": NUMBERED,
    "book/02-suite.md": "# 2. La suite\n\nRien qu'un mot.\n",
    "book/quiz/essai.yml": site_tools.QUIZ,
    "book/texte.md": "# Sans formule\n\n## Une section\n\nDu texte.\n",
    "book/reference.md": "# Référence\n\n```{eval-rst}\n.. autofunction:: rnnbook.formats.percent\n```\n",
    "book/bibliographie.md": "# Bibliographie\n\n```{bibliography}\n```\n",
    "_toc.yml": (
        "format: jb-book\nroot: book/index\nparts:\n  - caption: Partie\n    chapters:\n"
        "      - file: book/cellule\n      - file: book/01-carnet\n      - file: book/02-suite\n"
        "      - file: book/texte\n"
        "      - file: book/reference\n      - file: book/bibliographie\n"
    ),
    "references.bib": """
@inproceedings{cho2014,
  author={Cho, Kyunghyun and van Merriënboer, Bart and Bengio, Yoshua},
  title={Phrase and Representation}, booktitle={EMNLP}, year={2014}, doi={10.3115/v1/D14-1179}}
@article{elman1990,
  author={Elman, Jeffrey L. and Smith, Ann}, title={Finding and Structure}, journal={Science},
  year={1990}, volume={14}, pages={179--211}}
""",
    "book/figures/schema.svg": (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 120"><rect width="80" height="40" '
        'fill="#dcebf7" stroke="#0072b2"/></svg>'
    ),
}


def write(folder: Path) -> None:
    """Écrit les sources du petit livre dans `folder`."""
    for name, text in PAGES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    shutil.copy(ROOT / "_config.yml", folder)


def build(folder: Path) -> Path:
    """Construit le petit livre comme un lecteur le ferait ; renvoie le dossier HTML.

    Lève `AssertionError`, avec ce qu'a dit la commande, au premier avertissement.
    """
    command = Path(sys.executable).with_name("jupyter-book")
    # Sur GitHub Actions, le livre connaîtrait son dépôt ; ici il n'en a pas.
    environ = {name: value for name, value in os.environ.items() if not name.startswith("GITHUB_")}
    done = subprocess.run(
        [command, "build", folder, "-W", "-n", "--keep-going"],
        capture_output=True,
        text=True,
        env={**environ, "NO_COLOR": "1"},
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return folder / "_build" / "html"
