"""What a payment's change of state causes, within the unit of work that changes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mockserver.notify.payload import payment_data, signed_body
from mockserver.notify.plan import Notification
from mockserver.payments.payment import make_next_move, move, next_move
from mockserver.store.contract import Event, Task

if TYPE_CHECKING:
    from mockserver.payments.payment import Payment, State
    from mockserver.store.contract import Account, UnitOfWork


def begin_payment(unit: UnitOfWork, payment: Payment, exchange: int) -> None:
    """Enter a payment that a request has created, with the first lines of its timeline and its next move."""
    unit.save_payment(payment)
    unit.add_event(Event(payment.trade_id, payment.created_at, "request", exchange, payment.method))
    unit.add_event(Event(payment.trade_id, payment.created_at, "state", 0, payment.state))
    _schedule_next_move(unit, payment)


def do_next_move(unit: UnitOfWork, account: Account, trade_id: str) -> None:
    """Move a payment on by its own plan or timeout."""
    payment = unit.payment(trade_id)
    step = payment and next_move(payment)
    if payment is not None and step is not None:
        _enter(unit, account, make_next_move(payment), step.at)


def move_payment(unit: UnitOfWork, account: Account, payment: Payment, state: State, at: int) -> Payment:
    """Move a payment because somebody asked for it.

    Raises:
        IllegalMoveError: the state table has no such move.
    """
    moved = move(payment, state, at)
    _enter(unit, account, moved, at)
    return moved


def _enter(unit: UnitOfWork, account: Account, moved: Payment, at: int) -> None:
    unit.save_payment(moved)
    unit.add_event(Event(moved.trade_id, at, "state", 0, moved.state))
    if moved.notify_url:
        _notify(unit, account, moved, at)
    _schedule_next_move(unit, moved)


def _notify(unit: UnitOfWork, account: Account, payment: Payment, at: int) -> None:
    body = signed_body(payment_data(payment, account.seed), account.secret_key)
    number = unit.next_number("notifications")
    unit.save_notification(
        Notification(number, payment.trade_id, payment.state, at, payment.notify_url, body, "pending")
    )
    unit.add_event(Event(payment.trade_id, at, "notification", number, payment.state))
    unit.schedule(Task(at, "deliver", payment.trade_id, number))


def _schedule_next_move(unit: UnitOfWork, payment: Payment) -> None:
    step = next_move(payment)
    if step is not None:
        unit.schedule(Task(step.at, "move", payment.trade_id))
