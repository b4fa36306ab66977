"""The changelog: its newest entry, and the date that a release writes into it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from release.results import CheckFailedError

UNDATED = "unreleased"
_HEADING = re.compile(r"^## (?P<version>\d\S*)(?: - (?P<date>\S+))?$", re.MULTILINE)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_SECOND_LEVEL = re.compile(r"^## (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Entry:
    """What changed with a version."""

    version: str
    date: str
    """Empty until the release."""
    text: str


def newest(changelog: str) -> Entry:
    """The entry on top, which must be one of a version."""
    first = _SECOND_LEVEL.search(changelog)
    if first is None:
        raise CheckFailedError("CHANGELOG.md has no entry")
    found = _HEADING.match(changelog, first.start())
    if found is None:
        raise CheckFailedError(
            f"the top entry of CHANGELOG.md is {first[1]!r}, not a version such as '1.0.0 - {UNDATED}'"
        )
    after = _SECOND_LEVEL.search(changelog, found.end())
    text = changelog[found.end() : after.start() if after else len(changelog)].strip()
    if not text:
        raise CheckFailedError(f"the entry {found['version']} of CHANGELOG.md is empty")
    date = found["date"] or ""
    if date not in {"", UNDATED} and not _DATE.fullmatch(date):
        raise CheckFailedError(
            f"the date of the entry {found['version']} of CHANGELOG.md is {date!r}, not as in 2026-01-31"
        )
    return Entry(found["version"], "" if date == UNDATED else date, text)


def dated(changelog: str, date: str) -> str:
    """The changelog with a date on its top entry."""
    entry = newest(changelog)
    return _HEADING.sub(f"## {entry.version} - {date}", changelog, count=1)
