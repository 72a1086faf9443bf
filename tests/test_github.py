"""Ce que GitHub et Binder liront : des fichiers bien formés, des commandes qui existent."""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))

SCHEMAS = {
    "vendor.github-workflows": WORKFLOWS,
    "vendor.dependabot": [ROOT / ".github" / "dependabot.yml"],
    "vendor.github-issue-forms": sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("[!c]*.yml")),
    "vendor.github-issue-config": [ROOT / ".github" / "ISSUE_TEMPLATE" / "config.yml"],
    "vendor.citation-file-format": [ROOT / "CITATION.cff"],
}


def steps(path: Path) -> list[str]:
    jobs = yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"].values()
    return [step["run"] for job in jobs for step in job["steps"] if "run" in step]


@pytest.mark.parametrize("schema", SCHEMAS)
def test_files_follow_their_schema(schema):
    command = Path(sys.executable).with_name("check-jsonschema")
    arguments = [command, "--builtin-schema", schema, *SCHEMAS[schema]]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_bad_file_is_refused(tmp_path):
    bad = tmp_path / "faux.yml"
    bad.write_text("on: push\njobs: {a: {}}\n", encoding="utf-8")
    command = Path(sys.executable).with_name("check-jsonschema")
    arguments = [command, "--builtin-schema", "vendor.github-workflows", bad]
    assert subprocess.run(arguments, capture_output=True, check=False).returncode != 0


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_workflows_call_commands_that_exist(path):
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    called = [
        word
        for run in steps(path)
        for line in re.findall(r"^make (.+)$", run, re.MULTILINE)
        for word in line.split()
        if "=" not in word
    ]
    assert set(called) <= targets
    for run in steps(path):
        for script in re.findall(r"^\.ci/\w+", run, re.MULTILINE):
            assert (ROOT / script).is_file(), script


def test_every_kind_of_workflow_is_there():
    assert [path.stem for path in WORKFLOWS] == ["essais", "hebdomadaire", "publier"]
    assert steps(ROOT / ".github" / "workflows" / "essais.yml") == [".ci/run"]
    assert any("make verifier" in run for run in steps(ROOT / ".github" / "workflows" / "hebdomadaire.yml"))


def test_citation_gives_the_version_of_the_package():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == importlib.metadata.version("rnnbook")


def test_binder_has_the_versions_of_the_book():
    pins = dict(
        re.findall(
            r"^([\w-]+)==([\w.]+)", (ROOT / "requirements.txt").read_text(encoding="utf-8"), re.MULTILINE
        )
    )
    binder = (ROOT / "binder" / "requirements.txt").read_text(encoding="utf-8")
    assert f"torch=={pins['torch']}+cpu\n" in binder
    assert f"jupytext=={pins['jupytext']}\n" in binder
    assert "-e ." in binder.split("\n")
