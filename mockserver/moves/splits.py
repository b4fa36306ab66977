"""The moves of a split and of its returns."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from mockserver.moves.books import balance_of
from mockserver.moves.refunds import submit_waiting
from mockserver.moves.story import Change, News, plan_next, planned_change, tell
from mockserver.notify.payload import split_data
from mockserver.payments.payment import Divided, Payment
from mockserver.payments.split import SPLIT_STATES, Split, SplitState
from mockserver.store.contract import Event

if TYPE_CHECKING:
    from mockserver.notify.plan import NotificationType
    from mockserver.store.contract import Account, UnitOfWork


def begin_split(unit: UnitOfWork, account: Account, split: Split, exchange: int) -> None:
    """Enter a split or a return that a request has created, and tell the merchant so.

    Raises:
        BalanceTooSmallError: a split is more than the usable balance.
    """
    if split.type == "Split":
        unit.put(balance_of(unit, account).reserved(split.amount))
        _give_away(unit, split, 1)
    unit.add_event(Event(split.trade_id, split.created_at, "request", exchange, "v3.SplitPayment"))
    _record(unit, account, split, Change(split.state, split.created_at))


def do_next_move(unit: UnitOfWork, account: Account, transfer_id: str) -> None:
    """Move a split or a return on by its plan."""
    split = unit.get(Split, transfer_id)
    plan = SPLIT_STATES.next_planned(split.state, split.plan) if split else ()
    change = planned_change(plan)
    if split is not None and change is not None:
        _enter(unit, account, split._replace(plan=plan[1:]), change)


def move_split(unit: UnitOfWork, account: Account, split: Split, state: SplitState, at: int) -> Split:
    """Move a split or a return because somebody asked for it.

    Raises:
        IllegalMoveError: the state table has no such move.
    """
    SPLIT_STATES.check(split.transfer_id, split.state, state)
    return _enter(unit, account, split, Change(state, at))


def _enter(unit: UnitOfWork, account: Account, split: Split, change: Change) -> Split:
    state = cast("SplitState", change.state)
    balance = balance_of(unit, account)
    if split.type == "Return":
        unit.put(balance.credited(split.amount if state == "Success" else 0))
    elif state == "Success":
        unit.put(balance.spent(split.amount))
    else:
        unit.put(balance.released(split.amount))
        _give_away(unit, split, -1)
    shares = tuple(share._replace(result=state) for share in split.shares)
    moved = split._replace(state=state, shares=shares)
    _record(unit, account, moved, change)
    submit_waiting(unit, account, change.at)
    return moved


def _give_away(unit: UnitOfWork, split: Split, sign: int) -> None:
    """Count a split in its order, or with -1 count it no longer."""
    payment = unit.get(Payment, split.trade_id)
    if payment is not None:
        given = payment.divided
        closed = split.split_completed if sign > 0 else given.closed and not split.split_completed
        changed = Divided(given.times + sign * bool(split.shares), given.amount + sign * split.amount, closed)
        unit.put(payment._replace(divided=changed))


def _record(unit: UnitOfWork, account: Account, split: Split, change: Change) -> None:
    at = change.at
    unit.put(split)
    unit.add_event(Event(split.trade_id, at, "state", 0, f"{split.type.lower()} {split.transfer_id}: {split.state}"))
    kind: NotificationType = "splitPayment" if split.type == "Split" else "splitRefund"
    news = News(kind, split.trade_id, split.state, split.notify_url, change.telling or split.telling)
    tell(unit, account, news, split_data(split, account.seed), at)
    plan = SPLIT_STATES.next_planned(split.state, split.plan)
    plan_next(unit, "split", split.transfer_id, plan[0] if plan else None)
