"""The registry of kinds of objects with states, and functions for objects of all kinds.

No other module lists the kinds.
"""

from __future__ import annotations

import sys
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

_by_name: dict[str, Kind[Any]] = {kind.name: kind for kind in (PAYMENT, REFUND, PAYOUT, SPLIT)}
_by_part = {kind.part: kind for kind in _by_name.values() if kind.part}
_by_record = {kind.record: kind for kind in _by_name.values()}

KINDS: Mapping[str, Kind[Any]] = MappingProxyType(_by_name)
"""All kinds, by name."""

BY_PART: Mapping[str, Kind[Any]] = MappingProxyType(_by_part)
"""All kinds, by the name of their steps in scenario files."""

_TABLES_OF_KINDS = ("mockserver.store.records", "mockserver.scenarios.format")

RESERVED = frozenset(
    {
        # keys of scenario files
        "name", "summary", "trigger", "respond", "answers", "notify",
        # keys of account files
        "accounts", "user", "secret_key", "role", "scenario", "seed", "opening_balance", "clock",
        # keys of bundles, of their records and of their numbers
        "format", "account", "numbers", "records", "notifications", "attempts", "events", "tasks", "exchanges",
        "movements", "daily_totals", "balances", "card_tokens", "scenario_queues", "examinations", "answers_played",
        "used_references", "held", "demo_runs",
        # names in the paths of the API
        "reset", "bundle", "verify", "scenarios", "sign", "timelines", "wait", "examination", "activity",
        "demo-data", "story",
        # kinds of due work
        "notification",
    }
)  # fmt: skip
"""Words with a meaning of their own, which no kind may take as its name, plural or part."""

_OF_EACH_RECORD = ("number", "created_at", "state", "plan", "notification_faults")


def register(kind: Kind[Any]) -> None:
    """Add a kind that is declared elsewhere.

    Raises:
        ValueError: another kind has its name, part or record, its name, plural or part is `RESERVED`, or the record
            lacks a field that the kind names.
        RuntimeError: it comes too late, as other modules have made their tables of the kinds already.
    """
    if any(module in sys.modules for module in _TABLES_OF_KINDS):
        raise RuntimeError(
            f"Register the kind {kind.name!r} before mockserver.app or mockserver.testing is imported, "
            "or create_app from mockserver."
        )
    if kind.name in _by_name or kind.part in _by_part or kind.record in _by_record:
        raise ValueError(f"The name, part or record of the kind {kind.name!r} belongs to a kind that is registered.")
    taken = sorted({kind.name, kind.plural, kind.part} & RESERVED)
    if taken:
        raise ValueError(
            f"The kind {kind.name!r} cannot use the word {taken[0]!r}, which files or paths of the sandbox use."
            " Choose another name or part."
        )
    for name in (*_OF_EACH_RECORD, kind.identifier, kind.timeline, kind.group or kind.identifier):
        if not hasattr(kind.record, name):
            raise ValueError(f"The record of the kind {kind.name!r} has no field {name!r}.")
    _by_name[kind.name] = _by_record[kind.record] = kind
    if kind.part:
        _by_part[kind.part] = kind


class NothingPlannedError(ValueError):
    """An object received a signal, but has no planned transition."""


class UnknownKindError(LookupError):
    """The store has objects of a kind that is not registered."""


def do_due_transitions(unit: UnitOfWork, account: Account, now: int, limit: int | None = None) -> int:
    """Perform the due transitions and those that they cause, in order of their instants, at most `limit`.

    Tasks of objects that do not exist are skipped. Returns the number of tasks.

    Raises:
        UnknownKindError: a due task is for an object of a kind that is not registered.
    """
    done = 0
    while (limit is None or done < limit) and (task := unit.take_transition(now)) is not None:
        kind = _by_name.get(task.kind)
        if kind is None:
            raise UnknownKindError(
                f"The store has objects of the kind {task.kind!r}, which is not registered. "
                "Import the file that declares it before the sandbox."
            )
        kind.do_next(unit, account, task.about)
        done += 1
    return done


def count_query(unit: UnitOfWork, record: Any, now: int) -> None:  # noqa: ANN401 - a record of any kind
    """Count a query by the merchant; a transition that waits for the last one is then due at once."""
    plan = _by_record[type(record)].planned(record)
    if plan and plan[0].queries:
        _replan(unit, record, after_query(plan, now))


def send_signal(unit: UnitOfWork, record: Any, now: int) -> None:  # noqa: ANN401 - a record of any kind
    """Make the next planned transition due now.

    Raises:
        NothingPlannedError: no transition is planned.
    """
    plan = _by_record[type(record)].planned(record)
    if not plan:
        raise NothingPlannedError(f"no transition is planned in the state {record.state}")
    _replan(unit, record, without_waiting(plan, now))


def _replan(unit: UnitOfWork, record: Any, plan: Plan) -> None:  # noqa: ANN401 - a record of any kind
    replanned = record._replace(plan=plan)
    unit.put(replanned)
    if plan[0].at is not None:
        _by_record[type(record)].plan_next(unit, replanned)
