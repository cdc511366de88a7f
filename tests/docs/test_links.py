"""Links lead somewhere, every page is reached, and nothing names the machine it was written on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.pages import PAGES, ROOT, anchors, links, name_of

_OUTSIDE = ("https://", "http://")
_NOT_OURS = {".git", ".venv", ".tools", "cdktf.out", "state", "node_modules", "__pycache__", "uv.lock", ".meshwarden"}
_MACHINE = re.compile(
    "|".join((r"/wor" r"k/", r"/roo" r"t/", r"/hom" r"e/\w", r"/Use" r"rs/\w", r"\.pye" r"nv/", r"/op" r"t/\w"))
)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    for link in links(page):
        if link.startswith(_OUTSIDE):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{name_of(page)} links to `{link}`"
        assert target.is_relative_to(ROOT)
        if anchor:
            assert anchor in anchors(target), f"{name_of(page)} links to `{link}`, which has no such heading"


def test_every_page_is_reached_from_the_readme() -> None:
    reached: set[Path] = set()
    waiting = [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page not in reached and page in PAGES:
            reached.add(page)
            local = [link.partition("#")[0] for link in links(page) if not link.startswith(_OUTSIDE)]
            waiting.extend((page.parent / path).resolve() for path in local if path)
    assert reached == set(PAGES)


def test_nothing_names_the_machine_it_was_written_on() -> None:
    named = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in _files(ROOT)
        for number, line in enumerate(_text(path).splitlines(), start=1)
        if _MACHINE.search(line)
    ]
    assert named == []


def _files(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.name in _NOT_OURS or path.name.endswith(("_cache", ".egg-info")) or path.name == ".hypothesis":
            continue
        if path.is_dir():
            yield from _files(path)
        else:
            yield path


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""
