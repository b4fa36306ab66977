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
_LINK = re.compile(r"(?<=\]\()(?!https?:|#|mailto:)([^)\s#]+)#?([^)\s]*)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
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
    text = _text(root, page, language)
    # A diagram is shown as its text, which is readable: the theme would fetch what draws it from another host.
    text = _DRAWING.sub("```text", _SWITCH.sub("", text, count=1))
    if language == "zh" and not _translation(root, page).exists():
        text = re.sub(r"^# .*\n\n", rf"\g<0>{_ENGLISH_ONLY}", text, count=1, flags=re.MULTILINE)

    def led_to_the_site(found: re.Match[str]) -> str:
        target, fragment = _target(root, page, found[1], folder), found[2]
        linked = PAGES.get(_file(page, found[1]))
        if fragment and linked and language == "zh" and ".zh-CN." not in found[1]:
            fragment = _fragment_in_chinese(root, linked, fragment)
        return f"{target}#{fragment}" if fragment else target

    pieces = _FENCE.split(text)
    return "".join(piece if piece.startswith("```") else _LINK.sub(led_to_the_site, piece) for piece in pieces)


def _translation(root: Path, page: Page) -> Path:
    english = root / page.file
    return english.with_name(english.name.replace(".md", _CHINESE))


def _text(root: Path, page: Page, language: str) -> str:
    """A page as it is in the repository, in English if it is not translated."""
    translated = _translation(root, page)
    if not (root / page.file).is_file():
        raise MissingPageError(f"website/navigation.py names {page.file}, which is not there.")
    return (translated if language == "zh" and translated.exists() else root / page.file).read_text(encoding="utf-8")


def _fragment_in_chinese(root: Path, page: Page, fragment: str) -> str:
    """The address of the heading in the translation of a page; both have the same headings in the same order."""
    english, chinese = (_addresses(_text(root, page, language)) for language in ("en", "zh"))
    return dict(zip(english, chinese, strict=True)).get(fragment, fragment)


def _addresses(text: str) -> list[str]:
    """The addresses of the headings of a page, as Git hosts make them."""
    headings = _HEADING.findall(_FENCE.sub("", text))
    return [re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings]


def _file(page: Page, link: str) -> str:
    """The file that a link of a page leads to, in English."""
    return normpath(f"{page.file.rpartition('/')[0] or '.'}/{link}").replace(_CHINESE, ".md")


def _repository(root: Path) -> str:
    """The address of the repository, as pyproject.toml says."""
    found = re.search(r'^Source = "(.+?)/?"$', (root / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)
    if found is None:
        raise MissingPageError("pyproject.toml has no address Source in [project.urls].")
    return found[1]


def _target(root: Path, page: Page, link: str, folder: Path) -> str:
    """Where a link of a page leads on the site: to a page, to a folder in the repository, or to a copy of the file."""
    file = _file(page, link)
    here = page.place.rpartition("/")[0] or "."
    if file == "README.md":  # what the first page is on a Git host
        return relpath(PAGES[_INDEX].place, here)
    if file in PAGES:
        return relpath(PAGES[file].place, here)
    if (root / file).is_dir():
        return f"{_repository(root)}/tree/main/{file}"
    if not (root / file).is_file():
        raise MissingPageError(f"{page.file} links to {link}, which is not there.")
    place = file.removeprefix("docs/") if file.startswith("docs/") else f"files/{file}"
    copy = folder / place
    copy.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(root / file, copy)
    return relpath(place, here)
