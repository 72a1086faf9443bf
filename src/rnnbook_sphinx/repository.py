"""Le dépôt d'où le livre est construit : ses liens le suivent, et chaque copie (*fork*) a les siens.

Le nom vient de `GITHUB_REPOSITORY` (posé par GitHub Actions), sinon de l'adresse du dépôt distant `origin`.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode

PUBLISHED_BRANCH = "gh-pages"
"""Branche où la publication dépose les pages et les carnets."""

_REMOTE = re.compile(
    r"(?:https://(?:[^@/]+@)?github\.com/|git@github\.com:|ssh://git@github\.com/)"
    r"(?P<owner>[\w.-]+)/(?P<name>[\w.-]+?)(?:\.git)?/?"
)
_SLUG = re.compile(r"(?P<owner>[\w.-]+)/(?P<name>[\w.-]+)")


@dataclass(frozen=True)
class Repository:
    """Un dépôt de GitHub et la branche d'où l'on construit."""

    owner: str
    name: str
    branch: str

    @property
    def url(self) -> str:
        """L'adresse que `git clone` accepte."""
        return f"https://github.com/{self.owner}/{self.name}"

    def pages(self) -> str:
        """L'adresse du livre publié par GitHub Pages."""
        site = f"https://{self.owner.lower()}.github.io"
        return site if self.name.lower() == f"{self.owner.lower()}.github.io" else f"{site}/{self.name}"

    def colab(self, notebook: str) -> str:
        """Le lien qui ouvre dans Colab un carnet publié, donné par son chemin dans le site."""
        return (
            f"https://colab.research.google.com/github/{self.owner}/{self.name}"
            f"/blob/{PUBLISHED_BRANCH}/{notebook}"
        )

    def binder(self, source: str) -> str:
        """Le lien qui lance Binder et y ouvre, en carnet, une source du dépôt."""
        opened = urlencode({"urlpath": f"lab/tree/{source}"})
        return f"https://mybinder.org/v2/gh/{self.owner}/{self.name}/{quote(self.branch, safe='')}?{opened}"

    def jupyterhub(self, hub: str, notebook: str) -> str:
        """Le lien nbgitpuller : copie les carnets publiés sur un JupyterHub et ouvre celui-ci."""
        asked = {
            "repo": self.url,
            "urlpath": f"lab/tree/{self.name}/{notebook}",
            "branch": PUBLISHED_BRANCH,
        }
        return f"{hub.rstrip('/')}/hub/user-redirect/git-pull?{urlencode(asked)}"


def find(folder: Path, environ: Mapping[str, str] = os.environ) -> Repository | None:
    """Renvoie le dépôt de `folder`, ou `None` quand rien ne le nomme : le livre n'a alors aucun lien mort."""
    named = _SLUG.fullmatch(environ.get("GITHUB_REPOSITORY", ""))
    match = named or _REMOTE.fullmatch(_git(folder, "remote", "get-url", "origin"))
    if match is None:
        return None
    # Un clone au commit près (intégration continue) n'a pas de nom de branche : HEAD.
    branch = environ.get("GITHUB_REF_NAME") or _git(folder, "rev-parse", "--abbrev-ref", "HEAD")
    return Repository(match["owner"], match["name"], "main" if branch in ("", "HEAD") else branch)


def _git(folder: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=folder, capture_output=True, text=True, check=False, timeout=10
        )
    except FileNotFoundError:  # git n'est pas installé : dépôt inconnu
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
