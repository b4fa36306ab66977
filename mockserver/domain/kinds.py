"""The registry of kinds of objects with states, and functions for objects of all kinds.

No other module lists the kinds.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from mockserver.domain.payments.transitions import PAYMENT
from mockserver.domain.payouts import PAYOUT
from mockserver.domain.refunds import REFUND
from mockserver.domain.splits import SPLIT
from mockserver.domain.states import after_query, without_waiting

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mockserver.domain.accounts import Account
    from mockserver.domain.lifecycle import Kind
    from mockserver.domain.states import Plan
    from mockserver.domain.unit_of_work import UnitOfWork

KINDS: Mapping[str, Kind[Any]] = MappingProxyType({kind.name: kind for kind in (PAYMENT, REFUND, PAYOUT, SPLIT)})
"""All kinds, by name."""

_BY_RECORD: Mapping[type[Any], Kind[Any]] = MappingProxyType({kind.record: kind for kind in KINDS.values()})
BY_PART: Mapping[str, Kind[Any]] = MappingProxyType({kind.part: kind for kind in KINDS.values()})
"""All kinds, by the name of their steps in scenario files."""


class NothingPlannedError(ValueError):
    """An object received a signal, but has no planned transition."""


def do_due_transitions(unit: UnitOfWork, account: Account, now: int, limit: int | None = None) -> int:
    """Perform the due transitions and those that they cause, in order of their instants, at most `limit`.

    Tasks of objects that do not exist are skipped. Returns the number of tasks.
    """
    done = 0
    while (limit is None or done < limit) and (task := unit.take_transition(now)) is not None:
        KINDS[task.kind].do_next(unit, account, task.about)
        done += 1
    return done


def count_query(unit: UnitOfWork, record: Any, now: int) -> None:  # noqa: ANN401 - a record of any kind
    """Count a query by the merchant; a transition that waits for the last one is then due at once."""
    plan = _BY_RECORD[type(record)].planned(record)
    if plan and plan[0].queries:
        _replan(unit, record, after_query(plan, now))


def send_signal(unit: UnitOfWork, record: Any, now: int) -> None:  # noqa: ANN401 - a record of any kind
    """Make the next planned transition due now.

    Raises:
        NothingPlannedError: no transition is planned.
    """
    plan = _BY_RECORD[type(record)].planned(record)
    if not plan:
        raise NothingPlannedError(f"no transition is planned in the state {record.state}")
    _replan(unit, record, without_waiting(plan, now))


def _replan(unit: UnitOfWork, record: Any, plan: Plan) -> None:  # noqa: ANN401 - a record of any kind
    replanned = record._replace(plan=plan)
    unit.put(replanned)
    if plan[0].at is not None:
        _BY_RECORD[type(record)].plan_next(unit, replanned)
