"""The queued scenarios of an account, and the used answers of sequences."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import NamedTuple

MOST_QUEUED = 1000
"""The limit of queued scenarios of an account, and of calls for each."""


class Queued(NamedTuple):
    """A scenario for the next calls that match a method and the merchant's reference; `*` stands for any text."""

    scenario: str
    remaining: int
    method: str = "*"
    reference: str = "*"

    def matches(self, method: str, reference: str) -> bool:
        return fnmatchcase(method, self.method) and fnmatchcase(reference, self.reference)


class ScenarioQueue(NamedTuple):
    """The queued scenarios of an account, the next one first; there is one queue, named `queue`."""

    entries: tuple[Queued, ...] = ()
    name: str = "queue"

    def next_for(self, method: str, reference: str) -> tuple[str, ScenarioQueue]:
        """The scenario of a call, empty if none is queued for it, and the remaining queue."""
        for place, entry in enumerate(self.entries):
            if entry.matches(method, reference):
                left = (entry._replace(remaining=entry.remaining - 1),) if entry.remaining > 1 else ()
                return entry.scenario, ScenarioQueue((*self.entries[:place], *left, *self.entries[place + 1 :]))
        return "", self


class AnswersPlayed(NamedTuple):
    """The number of used answers of a scenario's sequence; `known_as` has the scenario and the order."""

    known_as: str
    times: int
