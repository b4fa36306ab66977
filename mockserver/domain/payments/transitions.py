"""The transitions of payments, with their effects on the balance, the card and the notifications."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from mockserver.domain.cards import CardToken
from mockserver.domain.ledger import FEE, Movement, balance_of, cancel_movement, enter_movement
from mockserver.domain.lifecycle import Kind
from mockserver.domain.notifications.outbox import StateChange, notify
from mockserver.domain.payments.payment import PAYMENT_STATES, Behind, Payment, State, in_state, next_transition
from mockserver.domain.payments.serialization import PAYMENT_FIELDS, payment_data, settled_amount
from mockserver.domain.refunds import submit_waiting
from mockserver.domain.states import ImpossibleTransitionError, Transition
from mockserver.domain.timeline import Event
from mockserver.domain.wallets import choices
from mockserver.evidence import Fact

if TYPE_CHECKING:
    from mockserver.domain.accounts import Account
    from mockserver.domain.unit_of_work import AccountView, UnitOfWork


class NotCancellableError(ImpossibleTransitionError):
    """A payment cannot be cancelled, although its state allows it."""


def begin_payment(unit: UnitOfWork, payment: Payment, exchange: int) -> None:
    """Save a new payment, with the first events of its timeline, and schedule its next transition."""
    trade_id, at = payment.trade_id, payment.created_at
    unit.put(payment)
    unit.add_event(Event(trade_id, at, "request", exchange, payment.method))
    unit.add_event(Event(trade_id, at, "state", 0, payment.state))
    PAYMENT.plan_next(unit, payment)


def _enter(unit: UnitOfWork, account: Account, before: Payment, transition: Transition) -> Payment:
    at, faults = transition.at, transition.notification_faults or before.notification_faults
    payment = in_state(before, cast("State", transition.state), at)
    offered = choices(payment.sub_pay_method, payment.currency, payment.amount)
    if offered and payment.state in {"paid", "verify", "authorized"}:
        payment = payment._replace(sub_pay_method=offered[0])
    if payment.state == "paid":
        _credit(unit, account, payment, at)
    elif before.state == "paid":
        _give_back(unit, account, before)
    if payment.state in {"paid", "authorized"}:
        _keep_card(unit, payment)
    if faults is not None and faults.ahead_of_query:
        payment = payment._replace(behind=Behind(before.state, at + faults.ahead_of_query))
    PAYMENT.save(unit, payment, at)
    data = payment_data(payment, account.seed)
    notify(unit, account, StateChange("payment", payment.trade_id, payment.state, payment.notify_url, data, at, faults))
    return payment


def _credit(unit: UnitOfWork, account: Account, payment: Payment, at: int) -> None:
    if payment.amount == 0:
        return  # only a token was created
    settled = settled_amount(payment)
    movement = Movement(
        payment.trade_id, unit.next_number("movements"), at, "payment", payment.trade_id, payment.number,
        payment.order_id, payment.sub_pay_method, payment.amount, payment.currency, settled, FEE, "standing",
    )  # fmt: skip
    earlier = unit.get(Movement, payment.trade_id)
    if earlier is not None:  # it was cancelled and is now paid: restore its movement
        movement = movement._replace(number=earlier.number, at=earlier.at)
    enter_movement(unit, movement)
    unit.put(balance_of(unit, account).credited(settled - FEE))
    submit_waiting(unit, account, at)


def _give_back(unit: UnitOfWork, account: Account, payment: Payment) -> None:
    """Debit a payment that is cancelled after it was paid: it is not cleared and has no fee."""
    if payment.refunded.times:
        raise NotCancellableError(f"trade {payment.trade_id} has been refunded, so it cannot be cancelled")
    if payment.divided.times:
        raise NotCancellableError(f"trade {payment.trade_id} has been split, so it cannot be cancelled")
    if payment.amount:
        unit.put(balance_of(unit, account).debited(settled_amount(payment) - FEE))
        cancel_movement(unit, payment.trade_id)


def possible_states(view: AccountView, account: Account, payment: Payment) -> frozenset[State]:
    """The states that a payment can enter now: those of its state machine, unless something else prevents one."""
    states = PAYMENT_STATES.after(payment.state)
    if payment.state == "processing":
        return states - ({"paid", "verify"} if payment.authorizes else {"authorized"})
    if payment.state == "paid" and not _can_be_given_back(view, account, payment):
        return states - {"cancelled"}
    return states


def _can_be_given_back(view: AccountView, account: Account, payment: Payment) -> bool:
    costs = settled_amount(payment) - FEE if payment.amount else 0
    return not payment.refunded.times and not payment.divided.times and costs <= balance_of(view, account).usable


def _keep_card(unit: UnitOfWork, payment: Payment) -> None:
    card = payment.card
    if card is not None and card.token:
        unit.put(CardToken(card.token, card.brand, card.last_four, card.outcome, payment.trade_id))


PAYMENT = Kind(
    name="payment",
    record=Payment,
    states=PAYMENT_STATES,
    enter=_enter,
    identifier="trade_id",
    timeline="trade_id",
    group="order_id",
    part="then",
    own_next_transition=next_transition,
    notified=PAYMENT_FIELDS,
)

EVIDENCE = (
    Fact("v3.CancelPayment", "Rejected after a refund.", "documented", "3.17"),
    Fact("v3.CancelPayment", "A refund that has failed does not count.", "assumed", "3.17"),
    Fact("v3.CancelPayment", "Rejected after a split, and if the balance is too small.", "assumed",
         "2 UNSEEN"),
)  # fmt: skip
