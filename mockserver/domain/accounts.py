"""Merchant accounts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from mockserver.clock import REAL, ClockSetting

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
