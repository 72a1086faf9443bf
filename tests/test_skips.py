"""En intégration continue, un test sauté est un échec ; ailleurs, il reste sauté."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

BODIES = {
    "marqué": "@pytest.mark.skip(reason='pas ici')\ndef test_x():\n    pass\n",
    "en cours": "def test_x():\n    pytest.skip('pas ici')\n",
    "à la collecte": "pytest.importorskip('un_module_absent', reason='pas ici')\n",
    "échec attendu": "@pytest.mark.xfail(reason='pas ici')\ndef test_x():\n    assert False\n",
}


@pytest.mark.parametrize("ci", ["true", "false"])
@pytest.mark.parametrize("kind", BODIES)
def test_a_skip_fails_only_in_continuous_integration(tmp_path: Path, kind: str, ci: str) -> None:
    shutil.copy(Path(__file__).with_name("conftest.py"), tmp_path)
    (tmp_path / "test_x.py").write_text(f"import pytest\n\n\n{BODIES[kind]}", encoding="utf-8")
    tools = str(Path(__file__).parent)  # conftest.py emploie ses voisins
    environment = {**os.environ, "CI": ci, "PYTHONPATH": tools, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [sys.executable, "-m", "pytest", "-rA", "--rootdir", str(tmp_path), str(tmp_path)]
    outcome = subprocess.run(command, env=environment, capture_output=True, text=True)
    refused = ci == "true" and kind != "échec attendu"
    assert ("interdit en intégration continue : " in outcome.stdout) == refused
    assert (outcome.returncode in (1, 2)) == refused
    assert "pas ici" in outcome.stdout
