"""Les liens suivent le dépôt : celui d'une copie ouvre la copie, et sans dépôt il n'y a pas de lien."""

from __future__ import annotations

import re
import subprocess
from urllib.parse import parse_qs, urlsplit

import pytest

from rnnbook_sphinx import launch, repository

ORIGIN = repository.Repository("Une-Personne", "mon-cours", "main")


def clone(folder, url, branch="main"):
    """Un dépôt git minimal dont `origin` est `url`."""
    for command in (
        ["init", "--quiet", f"--initial-branch={branch}"],
        ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "--allow-empty", "-m", "x"],
        *([["remote", "add", "origin", url]] if url else []),
    ):
        subprocess.run(["git", *command], cwd=folder, check=True)
    return folder


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/Une-Personne/mon-cours",
        "https://github.com/Une-Personne/mon-cours.git",
        "https://jeton@github.com/Une-Personne/mon-cours.git",
        "git@github.com:Une-Personne/mon-cours.git",
        "ssh://git@github.com/Une-Personne/mon-cours.git",
    ],
)
def test_the_remote_names_the_repository(tmp_path, url):
    assert repository.find(clone(tmp_path, url), {}) == ORIGIN


def test_a_second_remote_or_another_host_gives_no_link(tmp_path):
    assert repository.find(clone(tmp_path, ""), {}) is None
    other = tmp_path / "autre"
    other.mkdir()
    assert repository.find(clone(other, "https://exemple.org/Une-Personne/mon-cours.git"), {}) is None


def test_without_git_folder_there_is_no_repository(tmp_path):
    assert repository.find(tmp_path, {"GITHUB_REPOSITORY": ""}) is None


def test_github_actions_wins_over_the_remote(tmp_path):
    clone(tmp_path, "https://github.com/Une-Personne/mon-cours", branch="essai")
    environ = {"GITHUB_REPOSITORY": "autre/copie", "GITHUB_REF_NAME": "dev"}
    assert repository.find(tmp_path, environ) == repository.Repository("autre", "copie", "dev")
    assert repository.find(tmp_path, {}) == repository.Repository("Une-Personne", "mon-cours", "essai")


def test_a_detached_head_falls_back_on_main(tmp_path):
    clone(tmp_path, "https://github.com/Une-Personne/mon-cours", branch="essai")
    subprocess.run(["git", "checkout", "--quiet", "--detach"], cwd=tmp_path, check=True)
    assert repository.find(tmp_path, {}) == ORIGIN


# Les formes que documente chaque service : Colab (« Open from GitHub »), mybinder.org (« v2 »), nbgitpuller.
FORMS = {
    "Colab": r"https://colab\.research\.google\.com/github/[\w.-]+/[\w.-]+/blob/[\w.-]+/[\w./-]+\.ipynb",
    "Binder": r"https://mybinder\.org/v2/gh/[\w.-]+/[\w.-]+/[\w.%-]+\?urlpath=[\w.%-]+",
    "JupyterHub": r"https://[\w.-]+/hub/user-redirect/git-pull\?repo=[\w.%-]+&urlpath=[\w.%-]+&branch=[\w.%-]+",
}


def test_links_have_the_documented_form():
    found = launch.links(ORIGIN, "book/03-cellule", "https://hub.exemple.org/")
    assert set(found) == set(FORMS)
    for service, url in found.items():
        assert re.fullmatch(FORMS[service], url), url
    assert found["Colab"].endswith("/Une-Personne/mon-cours/blob/gh-pages/carnets/03-cellule.ipynb")
    binder = urlsplit(found["Binder"])
    assert binder.path == "/v2/gh/Une-Personne/mon-cours/main"
    assert parse_qs(binder.query) == {"urlpath": ["lab/tree/book/03-cellule.md"]}
    assert parse_qs(urlsplit(found["JupyterHub"]).query) == {
        "repo": ["https://github.com/Une-Personne/mon-cours"],
        "urlpath": ["lab/tree/mon-cours/carnets/03-cellule.ipynb"],
        "branch": ["gh-pages"],
    }


def test_a_branch_with_a_slash_stays_one_element_of_the_path():
    url = repository.Repository("a", "b", "essai/x").binder("book/01-donnees.md")
    assert urlsplit(url).path == "/v2/gh/a/b/essai%2Fx"


def test_without_hub_there_is_no_hub_link():
    assert set(launch.links(ORIGIN, "book/03-cellule")) == {"Colab", "Binder"}


def test_pages_address():
    assert ORIGIN.pages() == "https://une-personne.github.io/mon-cours"
    assert repository.Repository("a", "a.github.io", "main").pages() == "https://a.github.io"
