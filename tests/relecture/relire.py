"""Relit la prose du livre avec grammalecte : orthographe et grammaire. La moindre remarque fait échouer.

    python tests/relecture/relire.py [FICHIER…]

Ce qui est lu : le texte des pages, les encadrés, les légendes, les textes de remplacement, les quiz et les
affirmations. Ce qui ne l'est pas : le code, les formules, les termes anglais en italique. `mots.txt` tient
les mots propres au livre ; `regles.txt`, les règles que le livre n'applique pas, chacune avec sa raison.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.amsmath import amsmath_plugin
from mdit_py_plugins.attrs import attrs_plugin
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.front_matter import front_matter_plugin
from mdit_py_plugins.myst_blocks import myst_block_plugin
from mdit_py_plugins.myst_role import myst_role_plugin

from rnnbook_sphinx import claims
from rnnbook_sphinx.french import typeset

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent

NAME = "Dupont"
"""Ce qui tient la place d'une formule ou d'un code : un nom propre, ni masculin ni féminin, ni pluriel."""

_CODE = re.compile(
    r"\S*[_=^~\[\]]\S*|\b\w+\.\w+\S*|\b\w+\(\S*|\b(?:output|backward|detach|hidden|input|torch|unfold"
    r"|shift|read|write|conv1d|CrossEntropyLoss|NLLLoss|log-softmax|wong|shah|W[xh][ho])\b"
    r"|\([^)]* [-*/+] [^)]*\)|\b\d+ - \S+|ln m"
)
"""Un mot de code dans une affirmation, qui est un commentaire et n'a pas d'accents graves."""

READ = {"admonition", "note", "warning", "tip", "important", "seealso", "glossary", "list-table"}
"""Directives dont le corps est de la prose ; celui des autres est du code, une formule ou une donnée."""

TITLED = {"admonition", "exercise-start", "list-table", "figure"}
"""Directives dont l'argument ou la légende se lit."""


class Passage(NamedTuple):
    """Un paragraphe à relire, et d'où il vient."""

    path: Path
    line: int
    text: str


def parser() -> MarkdownIt:
    """Un lecteur de MyST, réglé comme le livre."""
    md = MarkdownIt("commonmark").enable("table")
    for plugin in (front_matter_plugin, myst_role_plugin, myst_block_plugin, deflist_plugin, attrs_plugin):
        md.use(plugin)
    return md.use(dollarmath_plugin, allow_labels=True).use(amsmath_plugin)


def sentence(token: Token) -> str:
    """Le texte d'un paragraphe : formules et code remplacés par un nom, termes anglais retirés."""
    out: list[str] = []
    foreign = 0
    for child in token.children or []:
        if child.type == "em_open":
            foreign += 1
        elif child.type == "em_close":
            foreign -= 1
            # « *Gate.* Nombre… » : le terme anglais d'une définition n'est pas dans sa phrase.
            out.append(NAME if out and not out[-1].endswith("(") else "")
        elif foreign:
            continue
        elif child.type == "text":
            out.append(child.content)
        elif child.type in ("softbreak", "hardbreak"):
            out.append("\n")
        elif child.type == "myst_role":
            out.append(role(child))
        elif child.type in ("code_inline", "math_inline", "image"):
            out.append(NAME)
    text = re.sub(r"[ \u00a0]*\([,;]?[ \u00a0]*\)", "", "".join(out))  # parenthèse vidée de son terme anglais
    text = re.sub(r"\([,;]?[ \u00a0]+", "(", text)
    text = re.sub(r"[ \n]+", " ", text)
    text = re.sub(r" (?=[,.)])", "", text)
    # Une formule qui compte des choses est un nombre : « n unités ».
    text = re.sub(rf"{NAME}(?: {NAME})+", NAME, text)
    return typeset(re.sub(rf"{NAME} (?=[a-zéè]+s\b(?!i))", "12 ", text).strip())


def role(token: Token) -> str:
    """Ce qu'un rôle montre au lecteur."""
    if token.meta["name"] == "term" or "<" in token.content:
        return token.content.partition("<")[0].strip()
    if token.meta["name"].startswith("glue"):
        return "12"
    return NAME


def passages(path: Path) -> Iterator[Passage]:
    """Les paragraphes d'une page."""
    text = path.read_text(encoding="utf-8")
    yield from prose(path, text, 0)
    for claim in claims.read(path) if "# Vérifie" in text else ():
        yield Passage(path, claim.index, _claim(claim.text))


def _claim(text: str) -> str:
    """Une affirmation sans son code : des symboles qui se suivent deviennent un seul nom."""
    return typeset(re.sub(rf"{NAME}(?: {NAME})+", NAME, _CODE.sub(NAME, text)))


def prose(path: Path, text: str, offset: int) -> Iterator[Passage]:
    for token in parser().parse(text):
        line = offset + (token.map[0] if token.map else 0) + 1
        if token.type == "inline" and (found := sentence(token)):
            yield Passage(path, line, found)
        elif token.type in ("fence", "colon_fence"):
            yield from directive(path, token, line)


def directive(path: Path, token: Token, line: int) -> Iterator[Passage]:
    match = re.match(r"\{([\w:-]+)\}\s*(.*)", token.info)
    if match is None:
        return
    name, argument = match[1], match[2].strip()
    if name == "code-cell":
        header = re.match(r"---\n(.*?)\n---\n", token.content, re.DOTALL)
        figure = (yaml.safe_load(header[1]) if header else {}).get("mystnb", {}) if header else {}
        for value in (figure.get("figure", {}).get("caption"), figure.get("image", {}).get("alt")):
            if value:
                yield from prose(path, _CODE.sub(NAME, value) if "$" not in value else value, line)
        return
    if name in TITLED and argument and name != "figure":
        yield from prose(path, argument, line - 1)
    options = re.match(r"(?::[\w-]+:.*\n)*", token.content)
    body = token.content[options.end() :] if options else token.content
    alt = re.search(r"^:alt: (.+)$", token.content, re.MULTILINE)
    if alt:
        yield Passage(path, line, typeset(_CODE.sub(NAME, alt[1])))
    if name == "glossary":
        # Un terme n'est pas le début de sa définition : chacun est un paragraphe.
        body = re.sub(r"^(\S.*)$", r"\1\n", textwrap.dedent(body), flags=re.MULTILINE)
        body = re.sub(r"^ +", "", body, flags=re.MULTILINE)
    if name in READ or name == "figure":
        yield from prose(path, body, line + (options[0].count("\n") if options else 0))


def quiz(path: Path) -> Iterator[Passage]:
    """Les textes d'un quiz."""
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    for question in data["questions"]:
        texts = [question["question"]]
        for answer in question["reponses"]:
            texts += [answer["texte"], answer["explication"]]
        for text in texts:
            yield from prose(path, text, 0)


def personal_words() -> set[str]:
    """Les mots propres au livre, un par ligne."""
    lines = (HERE / "mots.txt").read_text(encoding="utf-8").splitlines()
    return {line.strip() for line in lines if line.strip() and not line.startswith("#")}


def silent_rules() -> set[str]:
    """Les règles que le livre n'applique pas : `règle  # raison`."""
    lines = (HERE / "regles.txt").read_text(encoding="utf-8").splitlines()
    rules = [line.partition("#") for line in lines if line.strip() and not line.startswith("#")]
    if bare := [rule for rule, _, reason in rules if not reason.strip()]:
        raise SystemExit(f"regles.txt : {bare[0].strip()} n'a pas de raison")
    return {rule.strip() for rule, _, _ in rules}


def remarks(found: list[Passage]) -> Iterator[str]:
    """Ce que grammalecte reproche à ces passages."""
    known, silent = personal_words(), silent_rules()
    with tempfile.TemporaryDirectory() as name:
        source = Path(name) / "texte.txt"
        # Une ligne par paragraphe : le rang de la ligne dit d'où vient la remarque.
        source.write_text("\n".join(" ".join(p.text.split("\n")) for p in found) + "\n", encoding="utf-8")
        done = subprocess.run(
            ["grammalecte-cli", "-f", source, "-j", "-owe"], capture_output=True, text=True, check=True
        )
    for paragraph in json.loads(done.stdout)["data"]:
        passage = found[paragraph["iParagraph"] - 1]
        where = f"{passage.path.relative_to(ROOT)}:{passage.line}"
        text = " ".join(passage.text.split("\n"))
        for error in paragraph["lGrammarErrors"]:
            if not silent & set(error["sRuleId"].split("__")):
                rule = error["sRuleId"]
                yield f"{where} : {error['sMessage']} [{rule}]\n    {_around(text, error)}"
        for error in paragraph["lSpellingErrors"]:
            if not _known(error["sValue"], known):
                yield f"{where} : mot inconnu « {error['sValue']} »\n    {_around(text, error)}"


def _known(word: str, known: set[str]) -> bool:
    return {word, word.lower(), word.lower().removesuffix("s")} & known != set()


def _around(text: str, error: dict[str, Any]) -> str:
    start, end = error["nStart"], error["nEnd"]
    return f"…{text[max(0, start - 40) : start]}[{text[start:end]}]{text[end : end + 40]}…"


def main(arguments: list[str]) -> None:
    if shutil.which("grammalecte-cli") is None:
        raise SystemExit("grammalecte-cli est absent (paquet Debian grammalecte-cli)")
    pages = [Path(a).resolve() for a in arguments] or sorted((ROOT / "book").glob("*.md"))
    quizzes = [] if arguments else sorted((ROOT / "book" / "quiz").glob("*.yml"))
    found = [p for page in pages if page.suffix == ".md" for p in passages(page)]
    found += [p for page in [*quizzes, *(p for p in pages if p.suffix == ".yml")] for p in quiz(page)]
    said = list(remarks(found))
    print("\n".join(said))
    print(f"{len(found)} paragraphes relus, {len(said)} remarques")
    raise SystemExit(1 if said else 0)


if __name__ == "__main__":
    main(sys.argv[1:])
