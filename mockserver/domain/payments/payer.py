"""The actions of a payer on the payment page: an outcome, a card, or a problem for the merchant."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, NamedTuple

from mockserver import identity
from mockserver.domain.cards import CardUse, cards_taken, last_four
from mockserver.domain.notifications.notification import NotificationFaults
from mockserver.domain.payments.payment import Payment, State, next_transition
from mockserver.domain.payments.transitions import PAYMENT
from mockserver.domain.states import PlannedTransition, Transition
from mockserver.domain.timeline import Event
from mockserver.evidence import Fact
from mockserver.texts import message

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mockserver.domain.accounts import Account
    from mockserver.domain.cards import CardOutcome
    from mockserver.domain.unit_of_work import AccountView, UnitOfWork

PaymentProblem = Literal["late", "cancelled", "lost", "twice", "forged"]

LATE_PAYMENT_DELAY = 5_000
"""Milliseconds between the closing of an order and its late payment."""


_SCANNED = message("the payer scanned the QR code of the page")


class _Effect(NamedTuple):
    """The effect of a problem: the state in which the order is closed before its payment, or notification faults."""

    closed: State | None = None
    notification_faults: NotificationFaults | None = None


_EFFECTS: Mapping[PaymentProblem, _Effect] = MappingProxyType(
    {
        "late": _Effect(closed="expired"),
        "cancelled": _Effect(closed="cancelled"),
        "lost": _Effect(notification_faults=NotificationFaults(dropped=True)),
        "twice": _Effect(notification_faults=NotificationFaults(copies=2)),
        "forged": _Effect(notification_faults=NotificationFaults(wrong_signature=True)),
    }
)
PAYMENT_PROBLEMS: tuple[PaymentProblem, ...] = tuple(_EFFECTS)
_STATES: Mapping[CardOutcome, State] = MappingProxyType(
    {"declined": "declined", "failed": "failed", "challenged": "declined"}
)


def success_of(payment: Payment) -> State:
    return "authorized" if payment.authorizes else "paid"


def choose(unit: UnitOfWork, account: Account, payment: Payment, state: State, now: int) -> Payment:
    """Change a payment to the outcome that the payer picked.

    Raises:
        IllegalTransitionError: the payment can no longer change to this state.
    """
    return PAYMENT.transition(unit, account, _opened(unit, account, payment, now), Transition(state, now))


def pay_with_problem(
    unit: UnitOfWork, account: Account, payment: Payment, problem: PaymentProblem, now: int
) -> Payment:
    """Pay with a problem that the merchant must handle.

    Raises:
        IllegalTransitionError: the payment can no longer be paid.
    """
    effect, success = _EFFECTS[problem], success_of(payment)
    payment = _opened(unit, account, payment, now)
    if effect.closed is None:
        return PAYMENT.transition(unit, account, payment, Transition(success, now, effect.notification_faults))
    late_payment = PlannedTransition(now + LATE_PAYMENT_DELAY, success, after=LATE_PAYMENT_DELAY, forced=True)
    return PAYMENT.transition(unit, account, payment._replace(plan=(late_payment,)), Transition(effect.closed, now))


def scan(unit: UnitOfWork, payment: Payment, now: int) -> None:
    """Note on the timeline that the payer has opened the page by its QR code; only the first time."""
    if not was_scanned(unit, payment):
        unit.add_event(Event(payment.trade_id, now, "state", 0, _SCANNED))


def was_scanned(view: AccountView, payment: Payment) -> bool:
    """Whether the payer has opened the page by its QR code."""
    return any(event.text == _SCANNED for event in view.events(payment.trade_id))


def challenge_code(card: CardUse) -> str:
    """The six digits with which the payer's bank lets a challenged payment pass."""
    return f"{int(card.three_d_secure_id.replace('-', '')[:8], 16) % 10**6:06d}"


def arrives_late_at(payment: Payment) -> int | None:
    """The instant of the planned payment of a closed order; None if there is none."""
    coming = next_transition(payment)
    return coming.at if coming is not None and coming.forced else None


def pay_by_card(unit: UnitOfWork, account: Account, payment: Payment, number: str, now: int) -> Payment:
    """Pay by a test card that the payer entered; with a challenged card, the state does not change yet.

    Only the last four digits of the number are stored.

    Raises:
        IllegalTransitionError: the payment can no longer be paid.
        KeyError: the payment does not support a test card of this number.
    """
    card = cards_taken(payment.sub_pay_method)[number]
    used = payment.card or CardUse(
        card.brand,
        last_four(number),
        card.outcome,
        three_d_secure=True,
        three_d_secure_id=identity.authentication_id(
            account.seed, -payment.number
        ),  # the numbers of requests are positive
        token="",
    )
    used = used._replace(brand=card.brand, last_four=last_four(number), outcome=card.outcome)
    payment = _opened(unit, account, payment, now)._replace(card=used)
    if used.challenged:
        unit.put(payment)
        unit.add_event(
            Event(
                payment.trade_id,
                now,
                "state",
                0,
                message("the bank of card {digits} requires a confirmation by the payer").format(digits=used.last_four),
            )
        )
        return payment
    return PAYMENT.transition(unit, account, payment, Transition(_STATES.get(card.outcome, success_of(payment)), now))


def _opened(unit: UnitOfWork, account: Account, payment: Payment, now: int) -> Payment:
    """The payment after its payer has opened the page: no longer pending."""
    if payment.state != "pending":
        return payment
    return PAYMENT.transition(unit, account, payment, Transition("processing", now))


EVIDENCE = (
    Fact("url", "The number of a card that is entered on the page determines the outcome; a challenge is met there.",
         "assumed", "3.11: no test cards are published"),
    Fact("3ds_status", "Also sent for Visa, MasterCard, UnionPay Card and Bancontact, after the payer has entered a"
         " card.", "assumed", "4.1: card only"),
)  # fmt: skip
