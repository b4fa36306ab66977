"""The sources of the site in one language: the documents of the repository, with links that lead to its pages."""

from __future__ import annotations

import re
import shutil
from posixpath import normpath, relpath
from typing import TYPE_CHECKING

from website.navigation import PAGES

if TYPE_CHECKING:
    from pathlib import Path

    from website.navigation import Page

_SWITCH = re.compile(r"^.*(?:\[中文\]|\[English\])\([^)]*\).*\n", re.MULTILINE)
_LINK = re.compile(r"(?<=\]\()(?!https?:|#|mailto:)([^)\s#]+)")
_FENCE = re.compile(r"(^```.*?^```$)", re.DOTALL | re.MULTILINE)
_ENGLISH_ONLY = '!!! note "这一页只有英文"\n\n'
_DRAWING = re.compile(r"^```mermaid$", re.MULTILINE)
_CHINESE = ".zh-CN.md"
_INDEX = "docs/index.md"


class MissingPageError(Exception):
    """A link or the navigation names a file that is not there, or a document is in no section of the navigation."""


def write_sources(root: Path, language: str, folder: Path) -> None:
    """Write all pages of the navigation, and the files that they link to, into an empty folder."""
    forgotten = sorted(set(_documents(root)) - set(PAGES))
    if forgotten:
        raise MissingPageError(f"website/navigation.py has no place for {', '.join(forgotten)}.")
    for page in PAGES.values():
        target = folder / page.place
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(_page(root, page, language, folder), encoding="utf-8")


def _documents(root: Path) -> list[str]:
    return [
        file.relative_to(root).as_posix()
        for file in (root / "docs").rglob("*.md")
        if not file.name.endswith(_CHINESE)
    ]  # fmt: skip


def _page(root: Path, page: Page, language: str, folder: Path) -> str:
    english = root / page.file
    translated = english.with_name(english.name.replace(".md", _CHINESE))
    is_translated = language == "zh" and translated.exists()
    if not english.is_file():
        raise MissingPageError(f"website/navigation.py names {page.file}, which is not there.")
    text = (translated if is_translated else english).read_text(encoding="utf-8")
    # A diagram is shown as its text, which is readable: the theme would fetch what draws it from another host.
    text = _DRAWING.sub("```text", _SWITCH.sub("", text, count=1))
    if language == "zh" and not is_translated:
        text = re.sub(r"^# .*\n\n", rf"\g<0>{_ENGLISH_ONLY}", text, count=1, flags=re.MULTILINE)
    pieces = _FENCE.split(text)
    return "".join(
        piece if piece.startswith("```") else _LINK.sub(lambda link: _target(root, page, link[1], folder), piece)
        for piece in pieces
    )


def _target(root: Path, page: Page, link: str, folder: Path) -> str:
    """Where a link of a page leads on the site: to a page, or to a copy of the file."""
    file = normpath(f"{page.file.rpartition('/')[0] or '.'}/{link}").replace(_CHINESE, ".md")
    here = page.place.rpartition("/")[0] or "."
    if file == "README.md":  # what the first page is on a Git host
        return relpath(PAGES[_INDEX].place, here)
    if file in PAGES:
        return relpath(PAGES[file].place, here)
    if not (root / file).is_file():
        raise MissingPageError(f"{page.file} links to {link}, which is not there.")
    place = file.removeprefix("docs/") if file.startswith("docs/") else f"files/{file}"
    copy = folder / place
    copy.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(root / file, copy)
    return relpath(place, here)
