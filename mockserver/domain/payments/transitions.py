"""The moves of a payment."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from mockserver.domain.cards import CardToken
from mockserver.domain.ledger import FEE, BalanceTooSmallError, Movement, balance_of, cancel_movement, enter_movement
from mockserver.domain.notifications.outbox import Change, News, plan_next, tell
from mockserver.domain.payments.payment import Behind, Payment, State, after_next_transition, move, next_transition
from mockserver.domain.payments.serialization import payment_data, settled_amount
from mockserver.domain.refunds import submit_waiting
from mockserver.domain.timeline import Event
from mockserver.domain.wallets import choices
from mockserver.evidence import Fact

if TYPE_CHECKING:
    from mockserver.domain.accounts import Account
    from mockserver.domain.unit_of_work import UnitOfWork


class NotCancellableError(ValueError):
    """A payment may not be cancelled although its state would allow it."""


def begin_payment(unit: UnitOfWork, payment: Payment, exchange: int) -> None:
    """Enter a payment that a request has created, with the first lines of its timeline and its next move."""
    unit.put(payment)
    unit.add_event(Event(payment.trade_id, payment.created_at, "request", exchange, payment.method))
    unit.add_event(Event(payment.trade_id, payment.created_at, "state", 0, payment.state))
    plan_next(unit, "payment", payment.trade_id, next_transition(payment))


def do_next_transition(unit: UnitOfWork, account: Account, trade_id: str) -> None:
    """Move a payment on by its own plan or time limit."""
    payment = unit.get(Payment, trade_id)
    step = payment and next_transition(payment)
    if payment is None or step is None:
        return
    change = Change(step.state, payment.expires_at if step.at is None else step.at, step.notification_faults)
    try:
        _enter(unit, account, payment, after_next_transition(payment), change)
    except (NotCancellableError, BalanceTooSmallError) as reason:
        unit.add_event(Event(trade_id, change.at, "state", 0, f"not {step.state}: {reason}"))
        unit.put(payment._replace(plan=()))


def transition_payment(unit: UnitOfWork, account: Account, payment: Payment, state: State, at: int) -> Payment:
    """Move a payment because somebody asked for it.

    Raises:
        IllegalMoveError: the state table has no such move.
        NotCancellableError: it has been refunded or split.
        BalanceTooSmallError: there is not enough left to give back.
    """
    return change_payment(unit, account, payment, Change(state, at))


def change_payment(unit: UnitOfWork, account: Account, payment: Payment, change: Change) -> Payment:
    """Move a payment because somebody asked for it, told in the way that the change says.

    Raises:
        IllegalMoveError: the state table has no such move.
        NotCancellableError: it has been refunded or split.
        BalanceTooSmallError: there is not enough left to give back.
    """
    return _enter(unit, account, payment, move(payment, cast("State", change.state), change.at), change)


def _enter(unit: UnitOfWork, account: Account, before: Payment, moved: Payment, change: Change) -> Payment:
    at, notification_faults = change.at, change.notification_faults or moved.notification_faults
    offered = choices(moved.sub_pay_method, moved.currency, moved.amount)
    if offered and moved.state in {"paid", "verify", "authorized"}:
        moved = moved._replace(sub_pay_method=offered[0])
    if moved.state == "paid":
        _credit(unit, account, moved, at)
    elif before.state == "paid":
        _give_back(unit, account, before)
    if moved.state in {"paid", "authorized"}:
        _keep_card(unit, moved)
    if notification_faults is not None and notification_faults.ahead_of_query:
        moved = moved._replace(behind=Behind(before.state, at + notification_faults.ahead_of_query))
    unit.put(moved)
    unit.add_event(Event(moved.trade_id, at, "state", 0, moved.state))
    news = News("payment", moved.trade_id, moved.state, moved.notify_url, notification_faults)
    tell(unit, account, news, payment_data(moved, account.seed), at)
    plan_next(unit, "payment", moved.trade_id, next_transition(moved))
    return moved


def _credit(unit: UnitOfWork, account: Account, payment: Payment, at: int) -> None:
    if payment.amount == 0:
        return  # a card was kept for later, and nothing charged
    settled = settled_amount(payment)
    movement = Movement(
        payment.trade_id, unit.next_number("movements"), at, "payment", payment.trade_id, payment.number,
        payment.order_id, payment.sub_pay_method, payment.amount, payment.currency, settled, FEE, "standing",
    )  # fmt: skip
    earlier = unit.get(Movement, payment.trade_id)
    if earlier is not None:  # it was cancelled and is paid after all: its movement stands again where it was entered
        movement = movement._replace(number=earlier.number, at=earlier.at)
    enter_movement(unit, movement)
    unit.put(balance_of(unit, account).credited(settled - FEE))
    submit_waiting(unit, account, at)


def _give_back(unit: UnitOfWork, account: Account, payment: Payment) -> None:
    """Undo a payment that is cancelled after it was paid: it is not cleared and costs no fee."""
    if payment.refunded.times:
        raise NotCancellableError(f"trade {payment.trade_id} has been refunded, so it cannot be cancelled")
    if payment.divided.times:
        raise NotCancellableError(f"trade {payment.trade_id} has been split, so it cannot be cancelled")
    if payment.amount:
        unit.put(balance_of(unit, account).debited(settled_amount(payment) - FEE))
        cancel_movement(unit, payment.trade_id)


def _keep_card(unit: UnitOfWork, payment: Payment) -> None:
    card = payment.card
    if card is not None and card.token:
        unit.put(CardToken(card.token, card.brand, card.last_four, card.outcome, payment.trade_id))


EVIDENCE = (
    Fact("v3.CancelPayment", "Refused after a refund.", "documented", "3.17"),
    Fact("v3.CancelPayment", "A refund that has failed does not count.", "assumed", "3.17"),
    Fact("v3.CancelPayment", "Refused after a split, and when the balance no longer holds the money.", "assumed",
         "2 UNSEEN"),
)  # fmt: skip
