"""The moves of a refund, and when its money leaves the balance."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from mockserver.evidence import Fact
from mockserver.moves.books import balance_of, enter_movement
from mockserver.moves.story import Change, News, plan_next, planned_change, tell
from mockserver.notify.payload import refund_data
from mockserver.payments.balance import BalanceTooSmallError, Movement
from mockserver.payments.payment import Payment
from mockserver.payments.refund import REFUND_STATES, UNSUCCESSFUL, Refund, RefundState, postponed
from mockserver.store.contract import EVER, Choice, Event

if TYPE_CHECKING:
    from mockserver.payments.states import PlannedMove
    from mockserver.store.contract import Account, UnitOfWork

_AT_ONCE = 500


def begin_refund(unit: UnitOfWork, account: Account, refund: Refund, exchange: int) -> Refund:
    """Enter a refund that a request has created; it waits if the balance is too small."""
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
    _record(unit, refund, refund.created_at)
    return refund


def do_next_move(unit: UnitOfWork, account: Account, refund_id: str) -> None:
    """Move a refund on by its plan."""
    refund = unit.get(Refund, refund_id)
    plan = REFUND_STATES.next_planned(refund.state, refund.plan) if refund else ()
    change = planned_change(plan)
    if refund is not None and change is not None:
        _enter(unit, account, refund._replace(plan=plan[1:]), change)


def move_refund(unit: UnitOfWork, account: Account, refund: Refund, state: RefundState, at: int) -> Refund:
    """Move a refund because somebody asked for it; a submission waits if the balance is too small.

    Raises:
        IllegalMoveError: the state table has no such move.
    """
    REFUND_STATES.check(refund.refund_id, refund.state, state)
    return _enter(unit, account, refund, Change(state, at))


def submit_waiting(unit: UnitOfWork, account: Account, at: int) -> None:
    """Submit the refunds that the balance was too small for and now suffices for, oldest first."""
    if balance_of(unit, account).waiting == 0:
        return
    skip = 0
    while pending := unit.page(Refund, Choice(0, EVER, "refund pending", skip, _AT_ONCE)):
        for refund in pending:
            if refund.waiting_since is not None and _reserve(unit, account, refund):
                balance = balance_of(unit, account)
                unit.put(balance._replace(waiting=balance.waiting - 1))
                submitted = postponed(refund, max(at, refund.waiting_since))
                _tell_change(unit, account, submitted._replace(state="refund processing"), Change("", at))
            else:
                skip += 1


def _enter(unit: UnitOfWork, account: Account, refund: Refund, change: Change) -> Refund:
    state, at = cast("RefundState", change.state), change.at
    if state == "refund processing" and not _reserve(unit, account, refund):
        waiting = _wait(unit, account, refund._replace(state="refund pending"), at)
        if refund.state == "refund pending":
            unit.put(waiting)
            return waiting
        return _tell_change(unit, account, waiting, change)
    if state == "refunded":
        _spend(unit, account, refund, at)
    elif state in UNSUCCESSFUL:
        _undo(unit, account, refund)
    return _tell_change(unit, account, refund._replace(state=state), change)


def _tell_change(unit: UnitOfWork, account: Account, refund: Refund, change: Change) -> Refund:
    at = change.at
    _record(unit, refund, at)
    news = News("refund", refund.trade_id, refund.state, refund.notify_url, change.telling or refund.telling)
    tell(unit, account, news, refund_data(refund, _payment_of(unit, refund), account.seed), at)
    if refund.state in UNSUCCESSFUL:
        submit_waiting(unit, account, at)
    return refund


def _record(unit: UnitOfWork, refund: Refund, at: int) -> None:
    unit.put(refund)
    unit.add_event(Event(refund.trade_id, at, "state", 0, f"refund {refund.refund_id}: {refund.state}"))
    plan_next(unit, "refund", refund.refund_id, _next_step(refund))


def _next_step(refund: Refund) -> PlannedMove | None:
    plan = REFUND_STATES.next_planned(refund.state, refund.plan)
    return plan[0] if plan and refund.waiting_since is None else None


def _payment_of(unit: UnitOfWork, refund: Refund) -> Payment:
    payment = unit.get(Payment, refund.trade_id)
    if payment is None:
        raise LookupError(f"refund {refund.refund_id} belongs to no payment")
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


EVIDENCE = (
    Fact("refund pending", "Submitted by itself, oldest first, once the balance suffices.", "documented", "5.2"),
    Fact("refund", "Sent to its own notify_url, or to the order's when it has none.", "assumed", "3.18"),
)  # fmt: skip
