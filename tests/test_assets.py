"""Les fichiers publiés : écrits une fois, chargés là où on le demande, et seulement en HTML."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from rnnbook_sphinx import assets


class App(SimpleNamespace):
    """Une application Sphinx réduite à ce que `assets` en emploie."""

    def add_js_file(self, name, **attributes):
        self.loaded.append((name, attributes))

    add_css_file = add_js_file


@pytest.fixture
def app(tmp_path):
    return App(outdir=tmp_path, builder=SimpleNamespace(format="html"), loaded=[])


def test_write_publishes_under_our_folder_and_leaves_an_unchanged_file_alone(app, tmp_path):
    assets.write(app, "a/b.css", "p{}")
    path = tmp_path / "_static" / "rnnbook" / "a" / "b.css"
    assert path.read_text(encoding="utf-8") == "p{}"
    before = path.stat().st_mtime_ns
    assets.write(app, "a/b.css", b"p{}")
    assert path.stat().st_mtime_ns == before
    assets.write(app, "a/b.css", "p{color:red}")
    assert path.read_text(encoding="utf-8") == "p{color:red}"


def test_nothing_is_published_for_another_format(app, tmp_path):
    app.builder.format = "latex"
    assets.write(app, "a.css", "p{}")
    assert not list(tmp_path.rglob("*.css"))


def test_use_defers_scripts(app):
    assets.use(app, "a.js", "b.css")
    assert app.loaded == [("rnnbook/a.js", {"defer": "defer"}), ("rnnbook/b.css", {})]


def test_use_refuses_another_kind_of_file(app):
    with pytest.raises(ValueError, match=r"'a\.svg' reçu"):
        assets.use(app, "a.svg")


def test_fingerprint_follows_every_file_of_the_extension(monkeypatch, tmp_path):
    package = tmp_path / "rnnbook_sphinx"
    (package / "static").mkdir(parents=True)
    monkeypatch.setattr(assets, "__file__", str(package / "assets.py"))
    first = assets.fingerprint()
    assert assets.fingerprint() == first
    (package / "static" / "livre.css").write_text("p{}", encoding="utf-8")
    assert assets.fingerprint() != first
