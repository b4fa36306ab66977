"""Merchant accounts, and what they hold beside their objects: used references and queued scenarios."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Literal, NamedTuple

from mockserver.clock import REAL, ClockSetting

DEFAULT_SECRET_KEY = "sandbox-secret-key"  # noqa: S105 - everybody may know it
"""The secret key of the default account, unless the settings name another one."""

ANONYMOUS = ""
"""The user of the account whose journal has the requests of unknown users; no merchant can sign as it."""

MAX_INSTANT = 2**53
"""The largest instant and number: the largest integer that every JSON parser keeps exactly."""


Role = Literal["super admin", "cashier"]


@dataclass(frozen=True, slots=True)
class Account:
    """A merchant account, which is isolated from all others.

    `seed` determines its ids and names, `role` the methods it may call; `opening_balance` is in hundredths of the
    settlement currency. `scenario` is the default of its requests. `generation` grows each time the account is emptied.
    The repr leaves out the secret key.
    """

    user: str
    secret_key: str = field(repr=False)
    seed: str
    role: Role = "super admin"
    opening_balance: int = 0
    name: str = ""
    scenario: str = ""
    clock: ClockSetting = REAL
    generation: int = field(default=0, compare=False)


class UsedReference(NamedTuple):
    """A unique text of a merchant, such as a request_id; `purpose` is its kind.

    `known_as` is the identifier of the record that it refers to; empty if the text only must not be used again.
    """

    purpose: str
    text: str
    known_as: str = ""

    @property
    def identifier(self) -> str:
        return f"{self.purpose} {self.text}"


MOST_QUEUED = 1000
"""The limit of queued scenarios of an account, and of calls for each."""


class Queued(NamedTuple):
    """A scenario for the next calls that match a method and the merchant's reference; `*` matches any text."""

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


class LastExamination(NamedTuple):
    """The newest examination of the merchant's shop: its report as JSON, and the machine's instant of its last change.

    There is one, named `examination`.
    """

    report: str
    changed_at: int
    name: str = "examination"


class AnswersPlayed(NamedTuple):
    """The number of used answers of a scenario's sequence; `known_as` has the scenario and the order."""

    known_as: str
    times: int
