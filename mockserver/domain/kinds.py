"""The moves that fall due, by the kind of what moves."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from mockserver.domain import payouts, refunds, splits
from mockserver.domain.notifications.outbox import plan_next
from mockserver.domain.payments import transitions
from mockserver.domain.payments.payment import PAYMENT_STATES, Payment
from mockserver.domain.payouts import PAYOUT_STATES, Payout
from mockserver.domain.refunds import REFUND_STATES, Refund
from mockserver.domain.splits import SPLIT_STATES, Split
from mockserver.domain.states import PlannedTransition, StateMachine, asked, without_waiting

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mockserver.domain.accounts import Account
    from mockserver.domain.timeline import TaskKind
    from mockserver.domain.unit_of_work import UnitOfWork

_MOVERS = MappingProxyType(
    {
        "payment": transitions.do_next_transition,
        "refund": refunds.do_next_transition,
        "payout": payouts.do_next_transition,
        "split": splits.do_next_transition,
    }
)


def do_due_transitions(unit: UnitOfWork, account: Account, now: int, limit: int | None = None) -> int:
    """Do the moves that are due, in the order of their instants, with those that they cause; gives their number.

    A task about nothing is passed over.
    """
    done = 0
    while (limit is None or done < limit) and (task := unit.take_transition(now)) is not None:
        _MOVERS[task.kind](unit, account, task.about)
        done += 1
    return done


Mover = Payment | Refund | Payout | Split


class NothingPlannedError(ValueError):
    """Something was told to go on that has no move to make."""


class _Kind(NamedTuple):
    task: TaskKind
    table: StateMachine[Any]
    identifier: str


_KINDS: Mapping[type[Any], _Kind] = MappingProxyType(
    {
        Payment: _Kind("payment", PAYMENT_STATES, "trade_id"),
        Refund: _Kind("refund", REFUND_STATES, "refund_id"),
        Payout: _Kind("payout", PAYOUT_STATES, "payout_id"),
        Split: _Kind("split", SPLIT_STATES, "transfer_id"),
    }
)


def count_query(unit: UnitOfWork, mover: Mover, now: int) -> None:
    """Count that the merchant has asked about something; a move that waited for that then comes at once."""
    plan = _planned(mover)
    if plan and plan[0].queries:
        _go_on(unit, mover, asked(plan, now))


def go_on(unit: UnitOfWork, mover: Mover, now: int) -> None:
    """Have the next planned move made now, whatever it waits for.

    Raises:
        NothingPlannedError: there is none.
    """
    plan = _planned(mover)
    if not plan:
        raise NothingPlannedError(f"nothing is planned for what is {mover.state}")
    _go_on(unit, mover, without_waiting(plan, now))


def _planned(mover: Mover) -> tuple[PlannedTransition, ...]:
    return _KINDS[type(mover)].table.next_planned(mover.state, mover.plan)


def _go_on(unit: UnitOfWork, mover: Mover, plan: tuple[PlannedTransition, ...]) -> None:
    kind = _KINDS[type(mover)]
    unit.put(mover._replace(plan=plan))
    if plan[0].at is not None:
        plan_next(unit, kind.task, getattr(mover, kind.identifier), plan[0])
