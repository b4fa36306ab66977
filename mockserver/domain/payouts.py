"""A payout of the balance to the merchant's bank, and its state table (protocol.md 5.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast

from mockserver.domain.ledger import balance_of
from mockserver.domain.money import amount_text
from mockserver.domain.notifications.outbox import Change, News, plan_next, planned_change, tell
from mockserver.domain.refunds import submit_waiting
from mockserver.domain.states import PlannedTransition, StateMachine
from mockserver.domain.timeline import Event
from mockserver.evidence import Fact

if TYPE_CHECKING:
    from mockserver.domain.accounts import Account
    from mockserver.domain.notifications.faults import NotificationFaults
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
"""The states in which the money of a payout is the merchant's balance again."""

DEFAULT_PAYOUT_STATES: tuple[PayoutState, ...] = ("pending", "completed")
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
    plan: tuple[PlannedTransition, ...]
    notification_faults: NotificationFaults | None = None


def begin_payout(unit: UnitOfWork, account: Account, payout: Payout, exchange: int) -> None:
    """Enter a payout that a request has created, and set its money aside.

    Raises:
        BalanceTooSmallError: it is more than the usable balance.
    """
    unit.put(balance_of(unit, account).frozen_for_payout(payout.amount))
    unit.add_event(Event(payout.payout_id, payout.created_at, "request", exchange, "v3.MerchantBalance payout"))
    _record(unit, payout, payout.created_at)


def do_next_transition(unit: UnitOfWork, account: Account, payout_id: str) -> None:
    """Move a payout on by its plan."""
    payout = unit.get(Payout, payout_id)
    plan = PAYOUT_STATES.next_planned(payout.state, payout.plan) if payout else ()
    change = planned_change(plan)
    if payout is not None and change is not None:
        _enter(unit, account, payout._replace(plan=plan[1:]), change)


def transition_payout(unit: UnitOfWork, account: Account, payout: Payout, state: PayoutState, at: int) -> Payout:
    """Move a payout because somebody asked for it.

    Raises:
        IllegalMoveError: the state table has no such move.
    """
    PAYOUT_STATES.check(payout.payout_id, payout.state, state)
    return _enter(unit, account, payout, Change(state, at))


def _enter(unit: UnitOfWork, account: Account, before: Payout, change: Change) -> Payout:
    payout, at = before._replace(state=cast("PayoutState", change.state)), change.at
    balance = balance_of(unit, account)
    if payout.state == "completed":
        unit.put(balance.paid_out(payout.amount))
    elif payout.state in UNPAID_OUT:
        unit.put(balance.thawed(payout.amount))
    _record(unit, payout, at)
    news = News(
        "payout",
        payout.payout_id,
        payout.state,
        payout.notify_url,
        change.notification_faults or payout.notification_faults,
    )
    tell(unit, account, news, payout_data(payout, at), at)
    if payout.state in UNPAID_OUT:
        submit_waiting(unit, account, at)
    return payout


def _record(unit: UnitOfWork, payout: Payout, at: int) -> None:
    unit.put(payout)
    unit.add_event(Event(payout.payout_id, at, "state", 0, payout.state))
    plan = PAYOUT_STATES.next_planned(payout.state, payout.plan)
    plan_next(unit, "payout", payout.payout_id, plan[0] if plan else None)


GATEWAY_NAME = "YabandPay"


def as_payout(payout: Payout, time: int) -> dict[str, Any]:
    """A payout; `time`, in seconds, is a number."""
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


def payout_data(payout: Payout, at: int) -> dict[str, Any]:
    """The `data` of a payout's notification, told at an instant; it has no type."""
    return as_payout(payout, at // 1000)


EVIDENCE = (
    Fact("payout states", "Six states; a payout is created awaiting approval.", "documented", "3.21, 5.3"),
    Fact("payout states", "The moves between them.", "assumed", "5.3, implied there"),
    Fact("notification", "The keys of a payout's data, before sign; no type.", "documented", "4.3"),
    Fact("notification", "The time of a payout's is when it is told.", "assumed", "4.3: later than that of 3.21"),
)  # fmt: skip
