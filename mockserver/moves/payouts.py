"""The moves of a payout."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from mockserver.moves.books import balance_of
from mockserver.moves.refunds import submit_waiting
from mockserver.moves.story import Change, News, plan_next, planned_change, tell
from mockserver.notify.payload import payout_data
from mockserver.payments.payout import PAYOUT_STATES, UNPAID_OUT, Payout, PayoutState
from mockserver.store.contract import Event

if TYPE_CHECKING:
    from mockserver.store.contract import Account, UnitOfWork


def begin_payout(unit: UnitOfWork, account: Account, payout: Payout, exchange: int) -> None:
    """Enter a payout that a request has created, and set its money aside.

    Raises:
        BalanceTooSmallError: it is more than the usable balance.
    """
    unit.put(balance_of(unit, account).frozen_for_payout(payout.amount))
    unit.add_event(Event(payout.payout_id, payout.created_at, "request", exchange, "v3.MerchantBalance payout"))
    _record(unit, payout, payout.created_at)


def do_next_move(unit: UnitOfWork, account: Account, payout_id: str) -> None:
    """Move a payout on by its plan."""
    payout = unit.get(Payout, payout_id)
    plan = PAYOUT_STATES.next_planned(payout.state, payout.plan) if payout else ()
    change = planned_change(plan)
    if payout is not None and change is not None:
        _enter(unit, account, payout._replace(plan=plan[1:]), change)


def move_payout(unit: UnitOfWork, account: Account, payout: Payout, state: PayoutState, at: int) -> Payout:
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
    news = News("payout", payout.payout_id, payout.state, payout.notify_url, change.telling or payout.telling)
    tell(unit, account, news, payout_data(payout, at), at)
    if payout.state in UNPAID_OUT:
        submit_waiting(unit, account, at)
    return payout


def _record(unit: UnitOfWork, payout: Payout, at: int) -> None:
    unit.put(payout)
    unit.add_event(Event(payout.payout_id, at, "state", 0, payout.state))
    plan = PAYOUT_STATES.next_planned(payout.state, payout.plan)
    plan_next(unit, "payout", payout.payout_id, plan[0] if plan else None)
