"""A merchant's account, which owns everything that happens in its name."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from mockserver.clock import REAL, ClockSetting

ANONYMOUS = ""
"""The account that keeps the journal of requests whose user is unknown; no merchant can sign as it."""
MAX_INSTANT = 2**53
"""An instant and a number after all others: the largest that every reader of JSON keeps exactly."""


Role = Literal["super admin", "cashier"]


@dataclass(frozen=True, slots=True)
class Account:
    """A merchant's account: a world of its own, which owns everything that happens in its name.

    `seed` decides its ids and names, `role` what it may call; `opening_balance` is in hundredths of the settlement
    currency. `scenario` is played where a request asks for none; `world` changes whenever the account is emptied. The
    secret key is kept out of every text made of the account.
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
    """A text that stands for one thing only, such as a merchant's request_id; `purpose` says which kind.

    `known_as` is the identifier of the record that it stands for; empty where it only must not be used again.
    """

    purpose: str
    text: str
    known_as: str = ""

    @property
    def identifier(self) -> str:
        """What it is known by."""
        return f"{self.purpose} {self.text}"
