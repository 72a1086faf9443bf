"""Le paquet se charge vite et sans rien d'inutile ; les schémas sont ceux que leur code dessine."""

import subprocess
import sys
from pathlib import Path

import pytest

import rnnbook

FIGURES = Path(__file__).parents[1] / "book" / "figures"


def test_import_is_instant_and_light():
    code = (
        "import time; t = time.process_time(); import rnnbook; t = time.process_time() - t\n"
        "import sys; assert t < 0.2, t; assert not {'torch', 'matplotlib', 'numpy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_every_submodule_is_reachable_and_unknown_ones_are_refused():
    for name in rnnbook._SUBMODULES:
        assert getattr(rnnbook, name).__name__ == f"rnnbook.{name}"
    with pytest.raises(AttributeError, match="'absent'"):
        _ = rnnbook.absent


@pytest.mark.parametrize("script", sorted(FIGURES.glob("ch*.py")), ids=lambda p: p.stem)
def test_drawings_are_up_to_date(script, monkeypatch):
    monkeypatch.syspath_prepend(str(FIGURES))
    module = __import__(script.stem)
    for name, draw in module.DRAWINGS.items():
        path = FIGURES / f"{name}.svg"
        assert path.read_text(encoding="utf-8") == draw().render(), (
            f"lancez python book/figures/{script.name}"
        )
