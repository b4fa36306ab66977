"""What a payer does on the page: picks an outcome, types a card, or gets the order into trouble."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, NamedTuple

from mockserver import identity
from mockserver.domain.cards import CardUse, cards_taken, last_four
from mockserver.domain.notifications.faults import NotificationFaults
from mockserver.domain.payments.payment import Payment, State, next_transition
from mockserver.domain.payments.transitions import PAYMENT
from mockserver.domain.states import PlannedTransition, Transition
from mockserver.domain.timeline import Event
from mockserver.evidence import Fact

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mockserver.domain.accounts import Account
    from mockserver.domain.cards import CardOutcome
    from mockserver.domain.unit_of_work import UnitOfWork

Trouble = Literal["late", "cancelled", "lost", "twice", "forged"]

MONEY_TAKES = 5_000
"""Milliseconds after which the money arrives for an order that was closed before."""


class _Course(NamedTuple):
    """A trouble: the state in which the order is closed before it is paid, if it is, and how its payment is told."""

    closed: State | None = None
    notification_faults: NotificationFaults | None = None


_COURSES: Mapping[Trouble, _Course] = MappingProxyType(
    {
        "late": _Course(closed="expired"),
        "cancelled": _Course(closed="cancelled"),
        "lost": _Course(notification_faults=NotificationFaults(dropped=True)),
        "twice": _Course(notification_faults=NotificationFaults(copies=2)),
        "forged": _Course(notification_faults=NotificationFaults(wrong_signature=True)),
    }
)
TROUBLES: tuple[Trouble, ...] = tuple(_COURSES)
_STATES: Mapping[CardOutcome, State] = MappingProxyType(
    {"declined": "declined", "failed": "failed", "challenged": "declined"}
)


def success_of(payment: Payment) -> State:
    """The state that a payer who pays leads to."""
    return "authorized" if payment.authorizes else "paid"


def choose(unit: UnitOfWork, account: Account, payment: Payment, state: State, now: int) -> Payment:
    """Do what the payer has picked.

    Raises:
        IllegalTransitionError: the payment can no longer become that.
    """
    return PAYMENT.transition(unit, account, _opened(unit, account, payment, now), Transition(state, now))


def get_into_trouble(unit: UnitOfWork, account: Account, payment: Payment, trouble: Trouble, now: int) -> Payment:
    """Have a payment paid in a way that merchants fear.

    Raises:
        IllegalTransitionError: the payment can no longer be paid.
    """
    course, success = _COURSES[trouble], success_of(payment)
    payment = _opened(unit, account, payment, now)
    if course.closed is None:
        return PAYMENT.transition(unit, account, payment, Transition(success, now, course.notification_faults))
    money = PlannedTransition(now + MONEY_TAKES, success, after=MONEY_TAKES, forced=True)
    return PAYMENT.transition(unit, account, payment._replace(plan=(money,)), Transition(course.closed, now))


def arrives_late_at(payment: Payment) -> int | None:
    """When money arrives for an order that was closed before; None when none will, or nobody knows when."""
    coming = next_transition(payment)
    return coming.at if coming is not None and coming.forced else None


def pay_by_card(unit: UnitOfWork, account: Account, payment: Payment, number: str, now: int) -> Payment:
    """Pay by a test card that the payer has typed; a card that is challenged leaves the payment as it is until then.

    Of the number the last four digits are kept.

    Raises:
        IllegalTransitionError: the payment can no longer be paid.
        KeyError: it is no test card that this payment takes.
    """
    card = cards_taken(payment.sub_pay_method)[number]
    used = payment.card or CardUse(
        card.brand,
        last_four(number),
        card.outcome,
        three_d_secure=True,
        three_d_secure_id=identity.authentication_id(account.seed, -payment.number),  # requests count upwards
        token="",
    )
    used = used._replace(brand=card.brand, last_four=last_four(number), outcome=card.outcome)
    payment = _opened(unit, account, payment, now)._replace(card=used)
    if used.challenged:
        unit.put(payment)
        unit.add_event(Event(payment.trade_id, now, "state", 0, f"the bank of card {used.last_four} asks the payer"))
        return payment
    return PAYMENT.transition(unit, account, payment, Transition(_STATES.get(card.outcome, success_of(payment)), now))


def _opened(unit: UnitOfWork, account: Account, payment: Payment, now: int) -> Payment:
    """A payment whose payer has come, so that it is more than initiated."""
    if payment.state != "pending":
        return payment
    return PAYMENT.transition(unit, account, payment, Transition("processing", now))


EVIDENCE = (
    Fact("url", "A card that is typed on the page decides by its number; the payer meets its challenge there.",
         "assumed", "3.11: no test cards are published"),
    Fact("3ds_status", "Told of Visa, MasterCard and UnionPay Card too, once their payer has typed a card.", "assumed",
         "4.1: card only"),
)  # fmt: skip
