"""Validates a bundle before an account is created from it: types, limits, and references between its parts."""

from __future__ import annotations

from operator import attrgetter
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from mockserver.api.schemas import ExplanationRecord
from mockserver.api.shapes import LARGEST_NUMBER, read, read_list, restored, shape_of
from mockserver.clock import checked
from mockserver.delivery.destination import is_web_address
from mockserver.domain.accounts import Account
from mockserver.domain.kinds import KINDS
from mockserver.domain.ledger import DailyTotal, total_id
from mockserver.domain.money import CURRENCIES, SETTLEMENT_CURRENCY
from mockserver.domain.notifications.notification import Attempt, Notification
from mockserver.domain.notifications.outbox import HELD_NOTIFICATIONS
from mockserver.domain.payments.payment import Payment
from mockserver.domain.refunds import Refund
from mockserver.domain.scenario_queue import MOST_QUEUED, ScenarioQueue
from mockserver.domain.splits import Split
from mockserver.domain.timeline import NOTIFICATION, Event, Exchange, Task
from mockserver.scenarios.scenario import parse_pattern
from mockserver.store.records import RECORD_KINDS
from mockserver.texts import is_segment, parse_user, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from mockserver.domain.lifecycle import Kind
    from mockserver.domain.unit_of_work import UnitOfWork

NOT_IN_BUNDLES = ("secret_key", "generation")
"""The fields of an account that are not in bundles."""

_BY_NAME: Mapping[str, type[Any]] = {kind.name: shape for shape, kind in RECORD_KINDS.items()}
_SERIES = frozenset(
    {*(kind.name for kind in RECORD_KINDS.values() if kind.dated), "notifications", "exchanges", HELD_NOTIFICATIONS}
)


_LIVING: Mapping[type[Any], Kind[Any]] = MappingProxyType({kind.record: kind for kind in KINDS.values()})


class Bundle(msgspec.Struct, forbid_unknown_fields=True):
    """Everything in an account. Instants are Unix milliseconds, amounts are hundredths."""

    format: int
    account: dict[str, Any]
    numbers: dict[str, int]
    records: dict[str, list[dict[str, Any]]]
    notifications: list[dict[str, Any]]
    attempts: list[dict[str, Any]]
    events: list[dict[str, Any]]
    tasks: list[dict[str, Any]]
    exchanges: list[dict[str, Any]]


class Unpacked(NamedTuple):
    """The stored values of a bundle. The account has no key yet."""

    account: Account
    records: Mapping[type[Any], list[Any]]
    notifications: list[Notification]
    attempts: list[Attempt]
    events: list[Event]
    exchanges: list[Exchange]
    tasks: list[Task]
    numbers: dict[str, int]

    def enter(self, unit: UnitOfWork) -> None:
        for records in self.records.values():
            for record in records:
                unit.put(record)
        for notification in self.notifications:
            unit.save_notification(notification)
        for attempt in self.attempts:
            unit.add_attempt(attempt)
        for event in self.events:
            unit.add_event(event)
        for exchange in self.exchanges:
            unit.add_exchange(exchange)
        for task in self.tasks:
            unit.schedule(task)
        unit.continue_numbers_from(self.numbers)


def unpacked(bundle: Bundle, known_scenario: Callable[[str], str]) -> Unpacked:
    """The stored values of a bundle; `known_scenario` raises its own error for an unknown scenario.

    Raises:
        ValueError: a value is invalid, or does not fit the others; the message says which and why.
    """
    account = _account(bundle.account)
    unknown = sorted(bundle.records.keys() - _BY_NAME.keys())
    if unknown:
        raise ValueError(f"records: {shown(unknown[0])} is unknown; expected one of {', '.join(_BY_NAME)}")
    found = Unpacked(
        account,
        {_BY_NAME[name]: _read(_BY_NAME[name], listed, f"records.{name}") for name, listed in bundle.records.items()},
        sorted(_read(Notification, bundle.notifications, "notifications"), key=attrgetter("number")),
        sorted(_read(Attempt, bundle.attempts, "attempts"), key=attrgetter("notification", "number")),
        _read(Event, bundle.events, "events"),
        sorted(_read(Exchange, bundle.exchanges, "exchanges"), key=attrgetter("number")),
        _read(Task, bundle.tasks, "tasks"),
        bundle.numbers,
    )
    _check_numbers(found)
    _check_records(found)
    _check_notifications(found)
    _check_exchanges(found)
    _check_tasks(found)
    _check_scenarios(found, known_scenario)
    return found


def _account(packed: Mapping[str, Any]) -> Account:
    try:
        found = read(shape_of(Account, left_out=NOT_IN_BUNDLES), packed)
        account = Account(**{name: restored(getattr(found, name)) for name in found.__struct_fields__}, secret_key="")
        parse_user(account.user)
        checked(account.clock)
    except ValueError as error:
        raise ValueError(f"account: {error}") from None
    return account


def _read(kind: type[Any], packed: list[dict[str, Any]], where: str) -> list[Any]:
    try:
        return [restored(one) for one in read_list(kind, packed)]
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from None


def _check_numbers(found: Unpacked) -> None:
    used = {RECORD_KINDS[shape].name: [one.number for one in records] for shape, records in found.records.items()
            if RECORD_KINDS[shape].dated}  # fmt: skip
    used |= {"notifications": [one.number for one in found.notifications]}
    used |= {"exchanges": [one.number for one in found.exchanges]}
    for series, last in found.numbers.items():
        if series not in _SERIES:
            raise ValueError(f"numbers: {shown(series)} is unknown; expected one of {', '.join(sorted(_SERIES))}")
        if not 0 <= last <= LARGEST_NUMBER:
            raise ValueError(f"numbers.{series}: expected a number from 0 to {LARGEST_NUMBER}")
    for series, numbers in used.items():
        _check_differ(numbers, series, "number")
        if max(numbers, default=0) > found.numbers.get(series, 0):
            raise ValueError(f"numbers.{series}: expected at least {max(numbers)}, the largest number in use")


def _check_records(found: Unpacked) -> None:
    trades = {payment.trade_id for payment in found.records.get(Payment, ())}
    for shape, records in found.records.items():
        kind = RECORD_KINDS[shape]
        _check_differ(map(kind.identifier, records), f"records.{kind.name}", "identifier")
        for place, record in enumerate(records):
            mistake = _mistake(record, trades)
            if mistake:
                raise ValueError(f"records.{kind.name}[{place}].{mistake}")


def _mistake(record: Any, trades: set[str]) -> str:  # noqa: ANN401 - a record of any kind
    mistake = _mistake_in_plan(kind, record) if (kind := _LIVING.get(type(record))) else ""
    if mistake:
        return mistake
    if getattr(record, "currency", SETTLEMENT_CURRENCY) not in CURRENCIES:
        return f"currency: expected one of {', '.join(sorted(CURRENCIES))}, not {shown(record.currency)}"
    if isinstance(record, (Refund, Split)) and record.trade_id not in trades:
        return f"trade_id: the bundle has no payment {shown(record.trade_id)}"
    if isinstance(record, ScenarioQueue):
        fits = record.name == ScenarioQueue().name and len(record.entries) <= MOST_QUEUED
        return "" if fits else f"entries: expected one queue of at most {MOST_QUEUED} scenarios"
    if isinstance(record, DailyTotal) and record.total_id != total_id(record.day, record.sub_pay_method):
        return "total_id: expected the record's day and sub_pay_method"
    return ""


def _mistake_in_plan(kind: Kind[Any], record: Any) -> str:  # noqa: ANN401 - a record of the kind
    states = kind.states
    if not is_segment(kind.id_of(record)):
        return f"{kind.identifier}: expected an identifier without spaces and slashes"
    unknown = [step.state for step in record.plan if step.state not in set(states)]
    if unknown:
        return f"plan: {shown(unknown[0])} is not a state; expected one of {', '.join(states)}"
    if record.notify_url and not is_web_address(record.notify_url):
        return f"notify_url: expected a web address, not {shown(record.notify_url)}"
    return ""


def _check_notifications(found: Unpacked) -> None:
    attempts: dict[int, int] = {one.number: 0 for one in found.notifications}
    for one in found.notifications:
        if not is_web_address(one.url):
            raise ValueError(f"notifications: number {one.number}: expected a web address, not {shown(one.url)}")
    for attempt in found.attempts:
        if attempt.notification not in attempts:
            raise ValueError(f"attempts: the bundle has no notification {attempt.notification}")
        attempts[attempt.notification] += 1
        if attempt.number != attempts[attempt.notification]:
            raise ValueError(
                f"attempts: expected the attempts of notification {attempt.notification} to be numbered 1, 2, 3 …"
            )


def _check_exchanges(found: Unpacked) -> None:
    for one in found.exchanges:
        if one.explanation and not _is_explanation(one.explanation):
            raise ValueError(
                f"exchanges: number {one.number}: expected an explanation in the form of GET"
                f" /accounts/{{user}}/exchanges/{{number}}"
            )


def _is_explanation(text: str) -> bool:
    try:
        msgspec.json.decode(text, type=ExplanationRecord)
    except (ValueError, RecursionError):
        return False
    return True


def _check_tasks(found: Unpacked) -> None:
    _check_differ(((task.kind, task.about) for task in found.tasks), "tasks", "kind and about")
    known = {kind.name: set(map(kind.id_of, found.records.get(kind.record, ()))) for kind in KINDS.values()}
    known[NOTIFICATION] = {str(one.number) for one in found.notifications}
    for task in found.tasks:
        if task.kind not in known:
            raise ValueError(f"tasks: kind {shown(task.kind)} is unknown; expected one of {', '.join(known)}")
        if task.about not in known[task.kind]:
            raise ValueError(f"tasks: the bundle has no {task.kind} {shown(task.about)}")


def _check_scenarios(found: Unpacked, known_scenario: Callable[[str], str]) -> None:
    queued = [entry for queue in found.records.get(ScenarioQueue, ()) for entry in queue.entries]
    for entry in queued:
        parse_pattern(entry.method)
        parse_pattern(entry.reference)
    for name in filter(None, {found.account.scenario, *(entry.scenario for entry in queued)}):
        known_scenario(name)


def _check_differ(identifiers: Iterable[Any], where: str, what: str) -> None:
    seen = set()
    for one in identifiers:
        if one in seen:
            raise ValueError(f"{where}: the {what} {shown(str(one))} appears twice; expected each once")
        seen.add(one)
