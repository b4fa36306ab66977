"""A refund and its state table (protocol.md 5.2)."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

from mockserver.evidence import Fact
from mockserver.payments.states import PlannedMove, StateTable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mockserver.payments.telling import Telling

RefundState = Literal[
    "to-be-approval",
    "refund pending",
    "refund processing",
    "refunded",
    "refund failed",
    "refund error",
    "refund declined",
]

REFUND_STATE_CODES: Mapping[RefundState, str] = MappingProxyType(
    {state: str(code) for code, state in enumerate(get_args(RefundState), start=20)}
)
"""The gateway's two-digit code of each state."""

REFUND_STATES: StateTable[RefundState] = StateTable(
    "refund",
    ("refund processing", "refund pending", "to-be-approval"),
    {
        "to-be-approval": frozenset({"refund pending", "refund processing", "refund declined"}),
        "refund pending": frozenset({"refund processing"}),
        "refund processing": frozenset({"refunded", "refund failed", "refund error"}),
        "refunded": frozenset(),
        "refund failed": frozenset(),
        "refund error": frozenset(),
        "refund declined": frozenset(),
    },
)

UNSUCCESSFUL: frozenset[RefundState] = frozenset({"refund failed", "refund error", "refund declined"})
"""The states in which a refund has taken nothing back."""

USUAL_REFUND: tuple[RefundState, ...] = ("refunded",)
"""What happens to a refund that no scenario speaks of, a pay delay between the steps."""


class Refund(NamedTuple):
    """One refund of a payment.

    `amount` is in hundredths of the payment's `currency`; `settlement` and `fee` are what it costs the merchant,
    in hundredths of the settlement currency. Optional texts that the merchant did not send are empty.
    A refund that the balance is too small for waits since an instant; its plan goes on when it is submitted.
    """

    refund_id: str
    number: int
    trade_id: str
    user: str
    m_refund_id: str
    amount: int
    currency: str
    settlement: int
    fee: int
    description: str
    own_notify_url: str
    notify_url: str
    scenario: str
    created_at: int
    state: RefundState
    plan: tuple[PlannedMove, ...]
    waiting_since: int | None = None
    telling: Telling | None = None


def postponed(refund: Refund, until: int) -> Refund:
    """A refund that waits no longer, with its plan moved by the time that it has waited."""
    later = until - (refund.waiting_since or until)
    plan = tuple(step._replace(at=None if step.at is None else step.at + later) for step in refund.plan)
    return refund._replace(plan=plan, waiting_since=None)


EVIDENCE = (
    Fact("refund states", "Six states with the codes 20 to 25; the state field holds the words.", "documented", "5.2"),
    Fact(
        "refund states",
        "26 is refund declined: the administrator refuses the approval.",
        "assumed",
        "5.2: a row 26 exists, its text is UNSEEN",
    ),
    Fact("refund states", "The moves between them.", "assumed", "5.2, implied there"),
    Fact("refund states", "A created refund is refund processing, and refunded a pay delay later.", "assumed", "3.18"),
)
