"""What the scenarios of an account leave behind: those that are queued, and the answers that were played."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import NamedTuple

MOST_QUEUED = 1000
"""Scenarios that are queued for an account at most, and times that each of them is played."""


class Queued(NamedTuple):
    """A scenario for the next calls that match: by the name of the method, and by what the merchant calls the thing.

    In both patterns `*` stands for any text.
    """

    scenario: str
    remaining: int
    method: str = "*"
    reference: str = "*"

    def matches(self, method: str, reference: str) -> bool:
        """Whether a call is one of those."""
        return fnmatchcase(method, self.method) and fnmatchcase(reference, self.reference)


class ScenarioQueue(NamedTuple):
    """The scenarios that are queued for an account, the next one first; there is one queue, called `queue`."""

    entries: tuple[Queued, ...] = ()
    name: str = "queue"

    def next_for(self, method: str, reference: str) -> tuple[str, ScenarioQueue]:
        """The scenario of a call, empty if none is queued for it, and the queue after it."""
        for place, entry in enumerate(self.entries):
            if entry.matches(method, reference):
                left = (entry._replace(remaining=entry.remaining - 1),) if entry.remaining > 1 else ()
                return entry.scenario, ScenarioQueue((*self.entries[:place], *left, *self.entries[place + 1 :]))
        return "", self


class AnswersPlayed(NamedTuple):
    """How many answers of a scenario's sequence an order has had; `known_as` names the scenario and the order."""

    known_as: str
    times: int
