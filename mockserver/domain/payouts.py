"""Payouts to the merchant's bank: the record, its states and transitions (protocol.md 3.21, 5.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast

from mockserver.domain.ledger import balance_of
from mockserver.domain.lifecycle import Kind
from mockserver.domain.money import amount_text
from mockserver.domain.notifications.notification import NotificationFaults  # noqa: TC001 - stores read it from the annotations
from mockserver.domain.notifications.outbox import StateChange, notify
from mockserver.domain.refunds import submit_waiting
from mockserver.domain.states import PlannedTransition, StateMachine, Transition
from mockserver.domain.timeline import Event
from mockserver.evidence import DataField, Fact

if TYPE_CHECKING:
    from mockserver.domain.accounts import Account
    from mockserver.domain.unit_of_work import UnitOfWork

PayoutState = Literal["awaiting approval", "pending", "failed", "completed", "declined", "cancelled"]

PAYOUT_STATES: StateMachine[PayoutState] = StateMachine(
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
"""The states in which the money of a payout is back in the balance."""


class Payout(NamedTuple):
    """One payout; `amount` is in hundredths of `currency`, `notification_faults` as in `Payment`."""

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
    plan: tuple[PlannedTransition, ...]
    notification_faults: NotificationFaults | None = None


def begin_payout(unit: UnitOfWork, account: Account, payout: Payout, exchange: int) -> None:
    """Save a new payout, and freeze its amount.

    Raises:
        BalanceTooSmallError: the amount exceeds the usable balance.
    """
    unit.put(balance_of(unit, account).frozen_for_payout(payout.amount))
    unit.add_event(Event(payout.payout_id, payout.created_at, "request", exchange, "v3.MerchantBalance payout"))
    PAYOUT.save(unit, payout, payout.created_at)


def _enter(unit: UnitOfWork, account: Account, before: Payout, transition: Transition) -> Payout:
    payout, at = before._replace(state=cast("PayoutState", transition.state)), transition.at
    balance = balance_of(unit, account)
    if payout.state == "completed":
        unit.put(balance.paid_out(payout.amount))
    elif payout.state in UNPAID_OUT:
        unit.put(balance.thawed(payout.amount))
    PAYOUT.save(unit, payout, at)
    data, faults = payout_data(payout, at), transition.notification_faults or payout.notification_faults
    notify(unit, account, StateChange("payout", payout.payout_id, payout.state, payout.notify_url, data, at, faults))
    if payout.state in UNPAID_OUT:
        submit_waiting(unit, account, at)
    return payout


GATEWAY_NAME = "YabandPay"


def as_payout(payout: Payout, time: int) -> dict[str, Any]:
    """A payout in an answer; `time` is in seconds."""
    return {
        "user": payout.user,
        "time": time,
        "gateway_name": GATEWAY_NAME,
        "payout_id": payout.payout_id,
        "currency": payout.currency,
        "amount": amount_text(payout.amount),
        "reference": payout.reference,
        "notify_url": payout.notify_url,
        "state": payout.state,
    }


PAYOUT_FIELDS = (
    DataField("user", "text", "UID of the account", "4.3"),
    DataField("time", "number", "Unix time in seconds, of the request or of the notification", "4.3"),
    DataField("gateway_name", "text", "YabandPay", "4.3"),
    DataField("payout_id", "uuid", "the gateway's id of the payout", "4.3, 5.6"),
    DataField("currency", "currency", "ISO 4217 code, such as EUR", "4.3"),
    DataField("amount", "amount", "amount of the payout", "4.3"),
    DataField("reference", "text", "the merchant's id of the payout", "4.3"),
    DataField("notify_url", "address", "address to which notifications are sent", "4.3"),
    DataField("state", "text", "state of the payout", "4.3, 5.3"),
)
"""The `data` of an answer about a payout, and of its notification."""


def payout_data(payout: Payout, at: int) -> dict[str, Any]:
    """The `data` of a payout's notification, which has no type."""
    return as_payout(payout, at // 1000)


PAYOUT = Kind(
    name="payout",
    record=Payout,
    states=PAYOUT_STATES,
    enter=_enter,
    identifier="payout_id",
    timeline="payout_id",
    part="payout",
    default_states=("pending", "completed"),
    notified=PAYOUT_FIELDS,
)

EVIDENCE = (
    Fact("payout states", "Six states; a new payout is awaiting approval.", "documented", "3.21, 5.3"),
    Fact("payout states", "The transitions between them.", "assumed", "5.3, implied there"),
    Fact("notification", "The keys of a payout's data, before sign; no type.", "documented", "4.3"),
    Fact("notification", "The time of a payout's notification is the time at which it is sent.", "assumed",
         "4.3: later than that of 3.21"),
)  # fmt: skip
