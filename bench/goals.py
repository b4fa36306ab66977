"""The goals of the sandbox's performance, and the tables of docs/performance.md."""

from __future__ import annotations

import os
import platform
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"


class Goal(NamedTuple):
    """What is measured, and the figure that is wanted: at least, or at most if `at_most`; `better` is the next goal."""

    measure: str
    wanted: float
    unit: str
    at_most: bool = False
    better: float | None = None

    @property
    def text(self) -> str:
        sign = "≤" if self.at_most else "≥"
        text = f"{sign} {number_text(self.wanted)} {self.unit}"
        return text if self.better is None else f"{text}, better {sign} {number_text(self.better)}"

    def is_met(self, value: float) -> bool:
        return _reaches(value, self.wanted, self.at_most)

    def verdict(self, value: float) -> str:
        """Whether the goal is met, for a cell of a table."""
        if not self.is_met(value):
            return "missed"
        is_better = self.better is not None and _reaches(value, self.better, self.at_most)
        return "met, and better" if is_better else "met"


class Figure(NamedTuple):
    """A measured value in the unit of its goal; `detail` is what else was seen."""

    value: float
    detail: str = ""


def _reaches(value: float, wanted: float, at_most: bool) -> bool:  # noqa: FBT001 - private
    return value <= wanted if at_most else value >= wanted


GOALS: Mapping[str, Goal] = {
    "creates-16": Goal("payments created, 16 connections", 14_000, "/s"),
    "creates-1": Goal("payments created, 1 connection", 9_000, "/s"),
    "stored": Goal("p99 of creating, 16 connections, 200,000 payments stored", 3, "ms", at_most=True),
    "lives-16": Goal("whole lives, 16 connections", 4_500, "/s", better=6_000),
    "lives-1": Goal("p50 of creating while other payments fall due and are notified", 0.4, "ms", at_most=True),
    "due": Goal("p50 from falling due to the merchant's socket, idle sandbox", 2, "ms", at_most=True),
    "drain": Goal("10,000 notifications, delivered by advancing the clock", 2, "s", at_most=True),
    "start": Goal("start to the first accepted payment", 1, "times pytest-httpserver's", at_most=True),
    "explain": Goal("p99 of creating while 50 wrong signatures a second are explained", 5, "ms", at_most=True),
    "idle": Goal("memory, idle", 30, "MiB", at_most=True),
    "payment": Goal("memory of a paid and notified payment", 2, "KiB", at_most=True),
    "stop-idle": Goal("stop, idle", 20, "ms", at_most=True),
    "stop-load": Goal("stop, in the middle of whole lives on 16 connections", 20, "ms", at_most=True),
}
PEER_GOALS: Mapping[str, Goal] = {
    "creates-16": Goal("payments created, 16 connections", 0.7, "times WireMock's", better=1),
    "lives-16": Goal("whole lives, 16 connections", 1.5, "times WireMock's", better=2),
}


def number_text(value: float) -> str:
    """A number as people read it: 14,000; 110; 16.2; 0.43."""
    if value == int(value) or abs(value) >= 100:  # noqa: PLR2004 - three digits are enough
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"  # noqa: PLR2004


def goal_table(goals: Mapping[str, Goal], figures: Mapping[str, Figure]) -> str:
    """The figures beside their goals in Markdown, missed ones too; what was not measured is left out."""
    rows = [
        (goal.measure, f"{number_text(figure.value)} {goal.unit}", goal.text, goal.verdict(figure.value), figure.detail)
        for goal, figure in ((goals[name], figures[name]) for name in goals if name in figures)
    ]
    return table(("measure", "figure", "goal", "", "seen with it"), rows)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    return "\n".join(f"| {' | '.join(row)} |".replace("|  |", "| |") for row in (head, ["---"] * len(head), *rows))


def with_part(text: str, part: str, made: str) -> str:
    """The page with one measured part replaced; the markers around it stay.

    Raises:
        ValueError: the page has no such part.
    """
    begin, end = f"<!-- {part}: measured by", f"<!-- end of {part} -->"
    before, marker, rest = text.partition(begin)
    first, end_of_line, old = rest.partition("\n")
    if not marker or end not in old:
        raise ValueError(f"There is no part {part!r} between {begin!r} and {end!r}")
    return f"{before}{marker}{first}{end_of_line}\n{made}\n\n{end}{old.partition(end)[2]}"


def machine() -> str:
    """A sentence about the machine, the system and the day, to stand above a table."""
    cpus = [line for line in _lines(Path("/proc/cpuinfo")) if line.startswith("model name")]
    cpu = cpus[0].partition(":")[2].strip() if cpus else platform.machine()
    today = datetime.now(timezone.utc).date()
    system = f"{platform.system()} {'.'.join(platform.release().split('.')[:2])}"
    return f"Measured on {today}: {os.cpu_count()} cores ({cpu}), {system}, Python {platform.python_version()}."


def _lines(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").splitlines() if file.exists() else []


def write_part(part: str, made: str) -> None:
    """Put a measured part into docs/performance.md, below a sentence about the machine."""
    text = with_part(PAGE.read_text(encoding="utf-8"), part, f"{machine()}\n\n{made}")
    PAGE.write_text(text, encoding="utf-8")
