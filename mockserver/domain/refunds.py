"""Refunds: the record, its states and transitions (protocol.md 3.18, 3.19, 5.2)."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast, get_args

from mockserver import identity
from mockserver.domain.accounts import MAX_INSTANT
from mockserver.domain.calendar import seconds_text
from mockserver.domain.ledger import BalanceTooSmallError, Movement, balance_of, enter_movement
from mockserver.domain.lifecycle import Kind
from mockserver.domain.money import SETTLEMENT_CURRENCY, amount_text
from mockserver.domain.notifications.notification import NotificationFaults  # noqa: TC001 - stores read it from the annotations
from mockserver.domain.notifications.outbox import StateChange, notify
from mockserver.domain.notifications.payload import without_empty
from mockserver.domain.payments.payment import Payment
from mockserver.domain.states import PlannedTransition, StateMachine, Transition
from mockserver.domain.timeline import Event
from mockserver.domain.unit_of_work import Choice
from mockserver.evidence import DataField, Fact, pick_fields

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mockserver.domain.accounts import Account
    from mockserver.domain.states import PlannedTransition
    from mockserver.domain.unit_of_work import UnitOfWork

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

REFUND_STATES: StateMachine[RefundState] = StateMachine(
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
"""The final states of a refund without a movement of money."""


class Refund(NamedTuple):
    """One refund of a payment.

    `amount` is in hundredths of the payment's `currency`; `settlement` and `fee` are the merchant's cost, in
    hundredths of the settlement currency. Optional texts that the merchant did not send are empty. If the balance is
    too small, the refund waits, since `waiting_since`, and its plan continues when it is submitted.
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
    plan: tuple[PlannedTransition, ...]
    waiting_since: int | None = None
    notification_faults: NotificationFaults | None = None


def postponed(refund: Refund, until: int) -> Refund:
    """A refund that no longer waits, with its plan delayed by the time that it has waited."""
    later = until - (refund.waiting_since or until)
    plan = tuple(step._replace(at=None if step.at is None else step.at + later) for step in refund.plan)
    return refund._replace(plan=plan, waiting_since=None)


_AT_ONCE = 500


def begin_refund(unit: UnitOfWork, account: Account, refund: Refund, exchange: int) -> Refund:
    """Save a new refund; it waits if the balance is too small."""
    payment = _payment_of(unit, refund)
    taken = payment.refunded
    unit.put(
        payment._replace(
            refunded=taken._replace(
                times=taken.times + 1,
                amount=taken.amount + refund.amount,
                settlement=taken.settlement + refund.settlement,
            )
        )
    )
    unit.add_event(Event(refund.trade_id, refund.created_at, "request", exchange, "v3.CreateRefund"))
    if refund.state == "refund processing" and not _reserve(unit, account, refund):
        refund = _wait(unit, account, refund._replace(state="refund pending"), refund.created_at)
    REFUND.save(unit, refund, refund.created_at, _label(refund))
    return refund


def submit_waiting(unit: UnitOfWork, account: Account, at: int) -> None:
    """Submit the waiting refunds for which the balance is now sufficient, oldest first."""
    if balance_of(unit, account).waiting == 0:
        return
    skip = 0
    while pending := unit.page(Refund, Choice(0, MAX_INSTANT, "refund pending", skip, _AT_ONCE)):
        for refund in pending:
            if refund.waiting_since is not None and _reserve(unit, account, refund):
                balance = balance_of(unit, account)
                unit.put(balance._replace(waiting=balance.waiting - 1))
                submitted = postponed(refund, max(at, refund.waiting_since))
                _changed(unit, account, submitted._replace(state="refund processing"), Transition("", at))
            else:
                skip += 1


def _enter(unit: UnitOfWork, account: Account, refund: Refund, transition: Transition) -> Refund:
    state, at = cast("RefundState", transition.state), transition.at
    if state == "refund processing" and not _reserve(unit, account, refund):
        waiting = _wait(unit, account, refund._replace(state="refund pending"), at)
        if refund.state == "refund pending":
            unit.put(waiting)
            return waiting
        return _changed(unit, account, waiting, transition)
    if state == "refunded":
        _spend(unit, account, refund, at)
    elif state in UNSUCCESSFUL:
        _undo(unit, account, refund)
    return _changed(unit, account, refund._replace(state=state), transition)


def _changed(unit: UnitOfWork, account: Account, refund: Refund, transition: Transition) -> Refund:
    at, faults = transition.at, transition.notification_faults or refund.notification_faults
    REFUND.save(unit, refund, at, _label(refund))
    data = refund_data(refund, _payment_of(unit, refund), account.seed)
    notify(unit, account, StateChange("refund", refund.trade_id, refund.state, refund.notify_url, data, at, faults))
    if refund.state in UNSUCCESSFUL:
        submit_waiting(unit, account, at)
    return refund


def _label(refund: Refund) -> str:
    return f"refund {refund.refund_id}"


def _next_transition(refund: Refund) -> PlannedTransition | None:
    plan = REFUND_STATES.next_planned(refund.state, refund.plan)
    return plan[0] if plan and refund.waiting_since is None else None


def _payment_of(unit: UnitOfWork, refund: Refund) -> Payment:
    payment = unit.get(Payment, refund.trade_id)
    if payment is None:
        raise LookupError(f"refund {refund.refund_id} has no payment")
    return payment


def _cost(refund: Refund) -> int:
    return refund.settlement + refund.fee


def _reserve(unit: UnitOfWork, account: Account, refund: Refund) -> bool:
    try:
        unit.put(balance_of(unit, account).reserved(_cost(refund)))
    except BalanceTooSmallError:
        return False
    return True


def _wait(unit: UnitOfWork, account: Account, refund: Refund, since: int) -> Refund:
    balance = balance_of(unit, account)
    unit.put(balance._replace(waiting=balance.waiting + 1))
    return refund._replace(waiting_since=since)


def _spend(unit: UnitOfWork, account: Account, refund: Refund, at: int) -> None:
    unit.put(balance_of(unit, account).spent(_cost(refund)))
    payment = _payment_of(unit, refund)
    movement = Movement(
        refund.refund_id, unit.next_number("movements"), at, "refund", refund.trade_id, payment.number,
        payment.order_id, payment.sub_pay_method, refund.amount, refund.currency, refund.settlement, refund.fee,
        "standing",
    )  # fmt: skip
    enter_movement(unit, movement)


def _undo(unit: UnitOfWork, account: Account, refund: Refund) -> None:
    if refund.state == "refund processing":
        unit.put(balance_of(unit, account).released(_cost(refund)))
    payment = _payment_of(unit, refund)
    taken = payment.refunded
    left = taken._replace(
        times=taken.times - 1, amount=taken.amount - refund.amount, settlement=taken.settlement - refund.settlement
    )
    unit.put(payment._replace(refunded=left))


def as_refund(refund: Refund, payment: Payment, seed: str) -> dict[str, str | None]:
    """A refund in an answer; without a value, m_refund_id is null and notify_url the text `null`."""
    return {
        "transaction_id": identity.wallet_transaction_id(seed, payment.number),
        "refund_id": refund.refund_id,
        "m_refund_id": refund.m_refund_id or None,
        "refund_time": seconds_text(refund.created_at),
        "state": refund.state,
        "refund_amount": amount_text(refund.amount),
        "refund_currency": refund.currency,
        "refund_description": refund.description,
        "notify_url": refund.own_notify_url or "null",
        "demo": payment.demo,
        "settlement_refund_amount": amount_text(refund.settlement),
        "settlement_refund_currency": SETTLEMENT_CURRENCY,
        "merchant_cost": amount_text(0 if refund.state in UNSUCCESSFUL else refund.fee),
        "yb_transaction_id": identity.refund_transaction_id(seed, refund.number),
    }


REFUND_FIELDS = (
    DataField("transaction_id", "digits", "the wallet's number of the payment", "3.19, 5.6"),
    DataField("refund_id", "digits", "the gateway's id of the refund", "3.19, 5.6"),
    DataField("m_refund_id", "text or null", "the merchant's id of the refund; null without one", "3.19"),
    DataField("refund_time", "Unix time", "time at which the refund was created", "3.19, 5.6"),
    DataField("state", "text", "state of the refund", "3.19, 5.2"),
    DataField("refund_amount", "amount", "amount of the refund", "3.19"),
    DataField("refund_currency", "currency", "currency of the order", "3.19"),
    DataField("refund_description", "text", "reason of the refund", "3.19"),
    DataField("notify_url", "address", "address of the refund's notifications; the text null without one", "3.19"),
    DataField("demo", "text", "the demo of the order, unchanged", "3.19"),
    DataField("settlement_refund_amount", "amount", "amount in the settlement currency", "3.19"),
    DataField("settlement_refund_currency", "currency", "currency that the merchant is paid in", "3.19"),
    DataField("merchant_cost", "amount", "fee that the merchant pays", "3.19"),
    DataField("yb_transaction_id", "uuid", "YabandPay's own unique id of the refund", "3.19, 5.6"),
)
"""The `data` of an answer about a refund."""

# The keys of the only published notification of a refund (C11) in their order, then those of a query and of the order.
_NOTIFIED = (
    "type", "user", "order_id", "trade_id", "refund_id", "refund_amount", "refund_currency", "description",
    "createDate", "state", "m_refund_id", "refund_time", "refund_description", "transaction_id", "demo", "amount",
    "currency", "pay_method", "sub_pay_method", "settlement_refund_amount", "settlement_refund_currency",
    "merchant_cost", "yb_transaction_id",
)  # fmt: skip


def refund_data(refund: Refund, payment: Payment, seed: str) -> dict[str, Any]:
    """The `data` of a refund's notification: the data of a query, and of its order."""
    known = {
        **as_refund(refund, payment, seed),
        "type": "refund",
        "user": refund.user,
        "trade_id": refund.trade_id,
        "order_id": payment.order_id,
        "amount": amount_text(payment.amount),
        "currency": payment.currency,
        "pay_method": payment.pay_method,
        "sub_pay_method": payment.sub_pay_method,
        "description": refund.description,
        "createDate": seconds_text(refund.created_at),
    }
    return without_empty({name: known[name] for name in _NOTIFIED})


_ONLY_IF_SENT = {
    "m_refund_id": DataField("m_refund_id", "text", "the merchant's id of the refund", "4.2", "if the request had one"),
    "demo": DataField("demo", "text", "the demo of the order, unchanged", "6, C3", "if the order has one"),
}
NOTIFIED_REFUND_FIELDS = pick_fields(
    (
        *(_ONLY_IF_SENT.get(field.name, field) for field in REFUND_FIELDS),
        DataField("type", "text", "refund", "4.2"),
        DataField("user", "text", "UID of the account", "6, C11"),
        DataField("order_id", "text", "the merchant's order id", "6, C10 and C11"),
        DataField("trade_id", "uuid", "the gateway's id of the trade", "6, C10 and C11"),
        DataField("description", "text", "reason of the refund", "6, C11"),
        DataField("createDate", "Unix time", "time at which the refund was created", "6, C11"),
        DataField("amount", "amount", "amount of the order, with two decimals", "4.2"),
        DataField("currency", "currency", "ISO 4217 code, such as EUR", "4.2"),
        DataField("pay_method", "text", "online or offline", "4.2"),
        DataField("sub_pay_method", "text", "the wallet", "4.2"),
    ),
    _NOTIFIED,
)
"""The `data` of a refund's notification."""


REFUND = Kind(
    name="refund",
    record=Refund,
    states=REFUND_STATES,
    enter=_enter,
    identifier="refund_id",
    timeline="trade_id",
    group="trade_id",
    part="refund",
    default_states=("refunded",),
    notified=NOTIFIED_REFUND_FIELDS,
    own_next_transition=_next_transition,
)

EVIDENCE = (
    Fact("refund states", "Six states with the codes 20 to 25; the state field has the words.", "documented", "5.2"),
    Fact(
        "refund states",
        "26 is refund declined: the administrator refuses the approval.",
        "assumed",
        "5.2: a row 26 exists, its text is UNSEEN",
    ),
    Fact("refund states", "The transitions between them.", "assumed", "5.2, implied there"),
    Fact("refund states", "A new refund is refund processing, and refunded a pay delay later.", "assumed", "3.18"),
    Fact("refund pending", "Submitted automatically, oldest first, when the balance is sufficient.", "documented",
         "5.2"),
    Fact("refund", "Notifications are sent to its notify_url, or else to the order's.", "assumed", "3.18"),
    Fact("notification", "Of a refund: type, user, order_id, trade_id, refund_id, refund_amount, refund_currency,"
         " description, createDate, state.", "client", "6, C11"),
    Fact("notification", "Of a refund: description and createDate are those of the refund; the other keys of"
         " v3.QueryRefundOrder and of its order follow.", "assumed",
         "4.2 UNSEEN; C2, C4 and C6 read state, trade_id, order_id, transaction_id and m_refund_id"),
)  # fmt: skip
