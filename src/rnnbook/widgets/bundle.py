"""Donner à un module ES d'une figure les deux formes où il sert.

Une figure est un module `js/<nom>.js`, qui importe ce qu'elle partage avec d'autres (`commun.js`). Jupyter
veut un seul module ES (`esm`). La page du livre veut des scripts classiques (`classic`), car `file://`
refuse les modules ; `js/hote.js` les y reçoit et monte les figures.

Traduire sans analyser tout le JavaScript demande des modules écrits d'une seule façon :

- `import { a, b } from "./voisin.js";`, en tête de ligne, avant le reste du code ;
- `export function`, `export const` ou `export class`, en tête de ligne ;
- une figure exporte `render` et finit par `export default { render };`.

Tout autre `import` ou `export` en tête de ligne est refusé.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from rnnbook.plots import PALETTE

FOLDER = Path(__file__).parent / "js"
"""Les modules ES, la feuille de style commune et l'hôte des pages."""

_IMPORT = re.compile(r'^import \{(\s*\w+(?:,\s*\w+)*,?\s*)\} from "\./([\w-]+)\.js";$', re.MULTILINE)
_EXPORT = re.compile(r"^export (function|const|class) (\w+)", re.MULTILINE)
_DEFAULT = "export default { render };"
_LEFTOVER = re.compile(r"^(?:import|export)\b.*$", re.MULTILINE)
_COMMENT = re.compile(r"/\*.*?\*/|//.*?$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Module:
    """Un module ES lu : ce qu'il importe (module → noms), ce qu'il exporte, et son code sans ces lignes."""

    name: str
    imports: dict[str, tuple[str, ...]]
    exports: tuple[str, ...]
    body: str

    @property
    def factory(self) -> str:
        """Le module comme fonction : reçoit les modules déjà faits, renvoie ce qu'il exporte."""
        lines = ["($modules) => {", '"use strict";']
        for name, names in self.imports.items():
            lines.append(f"const {{ {', '.join(names)} }} = $modules.{name};")
        return "\n".join([*lines, self.body, f"return {{ {', '.join(self.exports)} }};", "}"])


def parse(name: str, source: str) -> Module:
    """Lit le code d'un module ; lève `ValueError` s'il sort des conventions ci-dessus."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise ValueError(f"name : {name!r} reçu, un nom en minuscules, chiffres et _ attendu")
    imports: dict[str, tuple[str, ...]] = {}
    body = source
    for match in _IMPORT.finditer(source):
        before = _COMMENT.sub("", _IMPORT.sub("", source[: match.start()]))
        if before.strip():
            raise ValueError(f"{name}.js : l'import de {match[2]}.js doit précéder le reste du code")
        if match[2] in imports:
            raise ValueError(f"{name}.js : {match[2]}.js est importé deux fois")
        imports[match[2]] = tuple(part.strip() for part in match[1].split(",") if part.strip())
    body = _IMPORT.sub("", body).replace(_DEFAULT, "")
    exports = tuple(match[2] for match in _EXPORT.finditer(body))
    body = _EXPORT.sub(r"\1 \2", body)
    if leftover := _LEFTOVER.search(body):
        raise ValueError(f"{name}.js : « {leftover[0]} » ne suit pas les conventions de bundle.py")
    if (_DEFAULT in source) != ("render" in exports):
        raise ValueError(f"{name}.js : une figure exporte render et finit par « {_DEFAULT} »")
    return Module(name, imports, exports, body.strip())


def closure(name: str, folder: Path = FOLDER) -> list[Module]:
    """Lit un module et tout ce qu'il importe, chaque module après ceux dont il a besoin.

    Lève `FileNotFoundError` si un module manque, `ValueError` si un nom importé n'est pas exporté par son
    module ou si des modules s'importent en rond.
    """
    done: dict[str, Module] = {}

    def visit(name: str, path: tuple[str, ...]) -> Module:
        if name in path:
            raise ValueError(f"{' → '.join([*path, name])} : ces modules s'importent en rond")
        if name not in done:
            file = folder / f"{name}.js"
            if not file.is_file():
                raise FileNotFoundError(
                    f"name : {name!r} reçu, mais {file.name} n'est pas dans {folder.name}/"
                )
            module = parse(name, file.read_text(encoding="utf-8"))
            for imported, names in module.imports.items():
                missing = sorted(set(names) - set(visit(imported, (*path, name)).exports))
                if missing:
                    raise ValueError(f"{name}.js : {imported}.js n'exporte pas {', '.join(missing)}")
            done[name] = module
        return done[name]

    visit(name, ())
    return list(done.values())


@cache
def esm(name: str, folder: Path = FOLDER) -> str:
    """Réunit une figure et ses dépendances en un module ES, celui que charge Jupyter."""
    parts = [f"$modules.{module.name} = ({module.factory})($modules);" for module in closure(name, folder)]
    return "\n".join(
        ["const $modules = {};", *parts, f"export default {{ render: $modules.{name}.render }};", ""]
    )


def classic(module: Module) -> str:
    """Écrit un module comme script classique, que l'hôte `hote.js` reçoit."""
    return f'rnnbook.define("{module.name}", {module.factory});\n'


@cache
def css() -> str:
    """Les règles des figures et les couleurs du livre, pour Jupyter, Colab et VS Code, en clair et en sombre.

    Dans la page du livre, les couleurs viennent de la feuille de style du livre : seul `figure.css` y sert.
    """
    light, dark = (
        "".join(f"--rnn-{name}:{pair[side]};" for name, pair in PALETTE.items()) for side in (0, 1)
    )
    # Dans l'ordre : JupyterLab et Notebook, VS Code, Colab.
    hosts = ('[data-jp-theme-light="false"]', ".vscode-dark", 'html[theme="dark"]')
    selector = ", ".join(f"{host} .rnn-figure" for host in hosts)
    rules = (FOLDER / "figure.css").read_text(encoding="utf-8")
    return f".rnn-figure {{{light}}}\n{selector} {{{dark}}}\n{rules}"
