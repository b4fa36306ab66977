"""Findings: what a strict run reports, such as hints, refused requests and unknown addresses."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Literal, NamedTuple

from mockserver.domain.codes import SUCCESS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mockserver.domain.accounts import Queued
    from mockserver.domain.timeline import Exchange, JournalEntry

FindingKind = Literal["hint", "refused", "not found", "unused scenario"]
_MOST_KEPT = 200
_LONGEST_ADDRESS = 200
_OF_BROWSERS = ("/favicon.ico", "/robots.txt", "/apple-touch-icon", "/.well-known/")


class Finding(NamedTuple):
    """Something that a strict run reports. `user` and `number` are those of a request, or empty and 0."""

    kind: FindingKind
    text: str
    user: str = ""
    number: int = 0

    def __str__(self) -> str:
        about = f"account {self.user}, " if self.user else ""
        request = f"request {self.number}: " if self.number else ""
        return f"{self.kind}: {about}{request}{self.text}"


def is_refused(exchange: JournalEntry | Exchange) -> bool:
    """Whether a request was refused, and not because a scenario was asked for."""
    return exchange.code != SUCCESS and not exchange.scenario


def unused_text(scenario: str, times: int, method: str, reference: str) -> str:
    return f"{scenario} is still queued for {times} of the requests with method {method} and reference {reference}"


def unused(user: str, queue: Iterable[Queued]) -> list[Finding]:
    """The findings about queued scenarios that no request has used."""
    return [Finding("unused scenario", unused_text(*one), user) for one in queue]


class Findings:
    """The findings since the start of this process: the first 200, and how many of each kind there were."""

    def __init__(self) -> None:
        self.kept: list[Finding] = []
        self.counts: Counter[FindingKind] = Counter()

    def clear(self) -> None:
        self.kept.clear()
        self.counts.clear()

    def take_exchange(self, entry: JournalEntry) -> None:
        """Take a refused request, or an accepted one that has hints."""
        if entry.hint:
            for hint in entry.hint.splitlines():
                self._add(Finding("hint", f"{entry.method}: {hint}", entry.user, entry.number))
        elif is_refused(entry):
            text = f"{entry.method or '(no method)'} {entry.code} {entry.reason}".strip()
            self._add(Finding("refused", text, entry.user, entry.number))

    def take_unknown_address(self, http_method: str, path: str) -> None:
        """Take a request to an address that neither the gateway nor the sandbox has; not those of browsers."""
        if not path.startswith(_OF_BROWSERS):
            shown = "".join(letter if letter.isprintable() else "?" for letter in path[:_LONGEST_ADDRESS])
            self._add(Finding("not found", f"{http_method} {shown}"))

    def take_queue(self, user: str, queue: Iterable[Queued]) -> None:
        """Take the queued scenarios of an account that is deleted."""
        for finding in unused(user, queue):
            self._add(finding)

    def _add(self, finding: Finding) -> None:
        self.counts[finding.kind] += 1
        if len(self.kept) < _MOST_KEPT:
            self.kept.append(finding)
