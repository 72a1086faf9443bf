"""Chaque lien interne du livre construit mène à une page, et son ancre à un endroit de cette page."""

from __future__ import annotations

from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from conftest import BOOK


class Page(HTMLParser):
    """Les liens d'une page et les ancres qu'elle offre."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.anchors: set[str] = {""}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.anchors |= {values[name] or "" for name in ("id", "name") if name in values}
        if tag in ("a", "link") and values.get("href"):
            self.links.add(values["href"] or "")


@cache
def read(path: Path) -> Page:
    return Page(path.read_text(encoding="utf-8"))


def broken(page: Path) -> list[str]:
    """Les liens internes de `page` qui ne mènent nulle part."""
    found = []
    for link in sorted(read(page).links):
        parts = urlsplit(link)
        if parts.scheme or parts.netloc:
            continue
        target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
        if not target.is_file():
            found.append(f"{link} : pas de fichier")
        elif target.suffix == ".html" and unquote(parts.fragment) not in read(target).anchors:
            found.append(f"{link} : pas d'ancre")
    return found


def test_internal_links_lead_somewhere(book_page):
    assert broken(BOOK / book_page) == []


@pytest.mark.parametrize("link", ["absent.html", "page.html#absente", "#absente"])
def test_a_broken_link_is_seen(tmp_path, link):
    page = tmp_path / "page.html"
    page.write_text(f'<p id="ici"><a href="{link}">x</a> <a href="page.html#ici">y</a></p>', encoding="utf-8")
    assert [text.partition(" :")[0] for text in broken(page)] == [link]
