"""Réglages communs aux tests : en intégration continue, un test sauté est un échec."""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path
from typing import TypeVar

import book_tools
import pytest

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    return refuse_skip((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    return refuse_skip((yield))


def refuse_skip(report: Report) -> Report:
    """Change un saut en échec quand `CI=true` : ce qui n'est pas essayé n'est pas su."""
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("CI") == "true":
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"sauté, ce qui est interdit en intégration continue : {reason}"
    return report


@pytest.fixture(scope="session")
def mini_book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Les pages d'un petit livre, construit sans un avertissement par la commande du lecteur."""
    folder = tmp_path_factory.mktemp("livre")
    book_tools.write(folder)
    return book_tools.build(folder)
