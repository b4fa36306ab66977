"""One version everywhere: Python's, the changelog's, the helpers' and the tag's."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

from release import changelog
from release.results import CheckFailedError, Result, judged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from release.context import Context
    from release.project import Project

_LINK = re.compile(r"\]\((?!https?://|#)([^)\s]+)\)")
# GitHub shows each end of a line in the notes of a release; a paragraph or an item goes on where no new one begins.
_WRAPPED = re.compile(r"(?<=\S)\n[ \t]*(?=[^\s])(?![-*+] |[>|#]|\d+\. )")
_QUOTED = re.compile(r"(?:<version>|yabandpay-mock(?:-junit)?:)(\d+\.\d+[^\s`\"<]*)")
_POM = "{http://maven.apache.org/POM/4.0.0}"


def check(context: Context) -> Iterator[Result]:
    """Compare all versions, and look for the date of the release."""
    project = context.project
    faults = [f"{where} has {found or 'no version'}, not {project.version}" for where, found in stated(project)
              if found != project.version]  # fmt: skip
    if context.tag and context.tag != f"v{project.version}":
        faults.append(f"the tag is {context.tag}, not v{project.version}")
    entry = None
    try:
        entry = changelog.newest(project.text("CHANGELOG.md"))
    except CheckFailedError as error:
        faults.append(str(error))
    if entry and entry.version != project.version:
        faults.append(f"the top entry of CHANGELOG.md is {entry.version}, not {project.version}")
    places = ", ".join(["mockserver", *(where for where, _ in stated(project)), "CHANGELOG.md"])
    yield judged(
        "versions", faults, f"{project.version} in {places}" + (f", and the tag {context.tag}" * bool(context.tag))
    )
    if entry and not faults:
        context.output.mkdir(parents=True, exist_ok=True)
        (context.output / "notes.md").write_text(notes(project, entry.text) + "\n", encoding="utf-8")
    if entry and not entry.date:
        yield Result.open(
            "release date", f"the entry {entry.version} of CHANGELOG.md has no date: `make release` closes it"
        )
    elif entry:
        yield Result.passed("release date", entry.date)


def notes(project: Project, text: str) -> str:
    """An entry of the changelog for a page elsewhere: with whole lines, and links to the files of the version."""
    text = "```".join(part if number % 2 else _WRAPPED.sub(" ", part) for number, part in enumerate(text.split("```")))
    return _LINK.sub(rf"]({project.metadata['urls']['Source']}/blob/v{project.version}/\1)", text)


def stated(project: Project) -> Iterator[tuple[str, str]]:
    """The files outside of Python's package that state a version, each with what it states."""
    for pattern, read in _READERS.items():
        for path in sorted(project.root.glob(pattern)):
            name = path.relative_to(project.root).as_posix()
            if name in project.tracked:
                yield name, read(project.text(name))


def _json(text: str) -> str:
    return str(json.loads(text).get("version", ""))


def _maven(text: str) -> str:
    return ET.fromstring(text).findtext(f"{_POM}version", "")  # noqa: S314 - a file of this repository


def _quoted(text: str) -> str:
    return ", ".join(sorted(set(_QUOTED.findall(text))))


# Composer takes the version of a PHP package from the tag, so that composer.json has none.
_READERS: dict[str, Callable[[str], str]] = {
    "helpers/*/package.json": _json,
    "helpers/*/package-lock.json": _json,
    "helpers/*/pom.xml": _maven,
    "helpers/java/README*.md": _quoted,
    "SECURITY.md": _quoted,
}
