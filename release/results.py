"""What a check found, and the table that a run ends with."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

WIDTH = 120


class State(Enum):
    """How a check ended. What is open does not fail a check on the way to a release, but it fails the release."""

    PASSED = "passed"
    FAILED = "FAILED"
    OPEN = "OPEN"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Result:
    """A line of the table."""

    check: str
    state: State
    detail: str

    @classmethod
    def passed(cls, check: str, detail: str) -> Result:
        return cls(check, State.PASSED, detail)

    @classmethod
    def failed(cls, check: str, detail: str) -> Result:
        return cls(check, State.FAILED, detail)

    @classmethod
    def open(cls, check: str, detail: str) -> Result:
        return cls(check, State.OPEN, detail)

    @classmethod
    def skipped(cls, check: str, detail: str) -> Result:
        return cls(check, State.SKIPPED, detail)


class CheckFailedError(Exception):
    """Says why a check cannot go on."""


def judged(check: str, faults: Sequence[str], passed: str) -> Result:
    """The result of a check that collects what is wrong."""
    return Result.failed(check, "\n".join(faults)) if faults else Result.passed(check, passed)


def table(results: Iterable[Result]) -> str:
    """The results as a table, with long details on lines of their own."""
    rows = list(results)
    checks = max((len(row.check) for row in rows), default=0)
    states = max(len(state.value) for state in State)
    margin = " " * (checks + states + 4)
    lines = []
    for row in rows:
        wrapped = [
            part
            for line in row.detail.splitlines() or [""]
            for part in textwrap.wrap(line, WIDTH - len(margin), break_long_words=False, break_on_hyphens=False) or [""]
        ]
        lines.append(f"{row.check:<{checks}}  {row.state.value:<{states}}  {wrapped[0]}".rstrip())
        lines += [f"{margin}{line}".rstrip() for line in wrapped[1:]]
    return "\n".join(lines)


def succeeded(results: Iterable[Result], *, release: bool) -> bool:
    """Whether the check as a whole passed; a release also needs all that is open to be closed."""
    fatal = {State.FAILED, State.OPEN} if release else {State.FAILED}
    return not any(result.state in fatal for result in results)
