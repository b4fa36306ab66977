"""A payout of the balance to the merchant's bank, and its state table (protocol.md 5.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from mockserver.evidence import Fact
from mockserver.payments.states import PlannedMove, StateTable

if TYPE_CHECKING:
    from mockserver.payments.telling import Telling

PayoutState = Literal["awaiting approval", "pending", "failed", "completed", "declined", "cancelled"]

PAYOUT_STATES: StateTable[PayoutState] = StateTable(
    "payout",
    ("awaiting approval",),
    {
        "awaiting approval": frozenset({"pending", "declined", "cancelled"}),
        "pending": frozenset({"completed", "failed"}),
        "failed": frozenset(),
        "completed": frozenset(),
        "declined": frozenset(),
        "cancelled": frozenset(),
    },
)

UNPAID_OUT: frozenset[PayoutState] = frozenset({"failed", "declined", "cancelled"})
"""The states in which the money of a payout is the merchant's balance again."""

USUAL_PAYOUT: tuple[PayoutState, ...] = ("pending", "completed")
"""What happens to a payout that no scenario speaks of, a pay delay between the steps."""


class Payout(NamedTuple):
    """One payout; `amount` is in hundredths of `currency`, `telling` as in a payment."""

    payout_id: str
    number: int
    user: str
    amount: int
    currency: str
    reference: str
    notify_url: str
    scenario: str
    created_at: int
    state: PayoutState
    plan: tuple[PlannedMove, ...]
    telling: Telling | None = None


EVIDENCE = (
    Fact("payout states", "Six states; a payout is created awaiting approval.", "documented", "3.21, 5.3"),
    Fact("payout states", "The moves between them.", "assumed", "5.3, implied there"),
)
