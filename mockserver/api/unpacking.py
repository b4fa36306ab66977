"""Validates a bundle before an account is created from it: types, limits, and references between its parts."""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import MISSING, fields, is_dataclass
from functools import lru_cache
from operator import attrgetter
from types import MappingProxyType, NoneType
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta, Struct

from mockserver.api.schemas import ExplanationRecord
from mockserver.clock import LAST_INSTANT, ClockSetting, checked
from mockserver.delivery.destination import is_web_address
from mockserver.demo import RUNS
from mockserver.domain.accounts import MAX_INSTANT, MOST_QUEUED, Account, ScenarioQueue
from mockserver.domain.kinds import KINDS
from mockserver.domain.ledger import DailyTotal, total_id
from mockserver.domain.money import CURRENCIES, LARGEST_AMOUNT, SETTLEMENT_CURRENCY
from mockserver.domain.notifications.notification import Attempt, Notification
from mockserver.domain.notifications.outbox import HELD_NOTIFICATIONS
from mockserver.domain.payments.payment import Behind, Payment
from mockserver.domain.refunds import Refund
from mockserver.domain.splits import Split
from mockserver.domain.states import PlannedTransition
from mockserver.domain.timeline import NOTIFICATION, Event, Exchange, Task
from mockserver.durations import LONGEST as LONGEST_DURATION
from mockserver.scenarios.scenario import parse_pattern
from mockserver.store.records import RECORD_KINDS
from mockserver.texts import LONGEST, is_segment, parse_user, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from mockserver.domain.lifecycle import Kind
    from mockserver.domain.unit_of_work import UnitOfWork

NOT_IN_BUNDLES = ("secret_key", "generation")
"""The fields of an account that are not in bundles."""

_BY_NAME: Mapping[str, type[Any]] = {kind.name: shape for shape, kind in RECORD_KINDS.items()}
_SERIES = frozenset(
    {*(kind.name for kind in RECORD_KINDS.values() if kind.dated), "notifications", "exchanges", HELD_NOTIFICATIONS}
    | {RUNS}
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


LARGEST_NUMBER = 10**9
"""The largest number of a series in a bundle: more than an account reaches, and within the range of every store."""

_Bounds = tuple[int, int]
_LATEST = LAST_INSTANT + 2 * LONGEST_DURATION  # a duration that begins at the last instant
_SEEN: _Bounds = (0, _LATEST)
_PLANNED: _Bounds = (0, MAX_INSTANT)
_LASTING: _Bounds = (0, LONGEST_DURATION)
_COUNTED: _Bounds = (0, 10**9)
_SUM: _Bounds = (0, 10**18)
_ANY: _Bounds = (-(10**18), 10**18)

_NUMBERS: Mapping[str, _Bounds] = MappingProxyType(
    {
        **dict.fromkeys(("at", "created_at", "expires_at", "paid_at", "waiting_since"), _SEEN),
        **dict.fromkeys(("delay", "after", "replay_after", "ahead_of_query"), _LASTING),
        **dict.fromkeys(("number", "trade_number", "notification"), (1, LARGEST_NUMBER)),
        **dict.fromkeys(("amount", "tip", "authorized", "settlement", "fee"), _SUM),
        **dict.fromkeys(("times", "waiting"), _COUNTED),
        "reference": (0, LARGEST_NUMBER),
        "opening_balance": (0, LARGEST_AMOUNT),
        "timeout": (1, 1440),
        "copies": (1, 20),
        "queries": (0, 1000),
        "remaining": (1, MOST_QUEUED),
        "status": (100, 999),
        "duration": (0, MAX_INSTANT),
    }
)
"""The limits of integers by the names of their fields; other fields may have any sum."""

_OTHERWISE: Mapping[tuple[type[Any], str], _Bounds] = MappingProxyType(
    {
        (Task, "at"): _PLANNED,
        (PlannedTransition, "at"): _PLANNED,
        (Behind, "until"): _PLANNED,
        (ClockSetting, "instant"): (0, LAST_INSTANT),
        (ClockSetting, "since"): (0, LAST_INSTANT),
        (ClockSetting, "step"): _LASTING,
    }
)
_TEXTS: Mapping[tuple[type[Any], str], _Bounds] = MappingProxyType(
    {(Account, "seed"): (1, LONGEST), (Account, "name"): (0, LONGEST), (Account, "scenario"): (0, LONGEST)}
)


class Binary(bytes):
    """Bytes in a bundle: a text if they are UTF-8, otherwise an object with base64."""

    __slots__ = ()


def packed_bytes(value: bytes) -> str | dict[str, str]:
    """Bytes in the form of `Binary`."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return {"base64": b64encode(value).decode()}


def read(shape: Any, packed: object) -> Any:  # noqa: ANN401 - of the given type
    """Convert a part of a bundle to a type.

    Raises:
        ValueError: it does not fit; the message says where.
    """
    return msgspec.convert(packed, shape, dec_hook=_read_bytes)


def read_list(kind: type[Any], packed: list[Any]) -> list[Any]:
    """Convert a list of a bundle to values of the type for `kind`.

    Raises:
        ValueError: a value does not fit; the message says which and where.
    """
    listed: list[Any] = read(list[shape_of(kind)], packed)  # type: ignore[arg-type, misc]  # a type created at runtime
    return listed


@lru_cache(maxsize=64)
def shape_of(kind: type[Any], *, as_list: bool = False, left_out: tuple[str, ...] = ()) -> type[Struct]:
    """The type for a stored type: an object, or a list if it is inside another value."""
    hints = get_type_hints(kind)
    names, defaults = _members(kind)
    members = [
        (name, _shape(hints[name], kind, name), *([defaults[name]] if name in defaults else []))
        for name in names
        if name not in left_out
    ]
    return msgspec.defstruct(
        kind.__name__, members, namespace={"__kept__": kind}, array_like=as_list, forbid_unknown_fields=True
    )


def restored(packed: Any) -> Any:  # noqa: ANN401 - the value itself
    """The stored value for a value that `read` returned."""
    if isinstance(packed, Struct):
        return packed.__kept__(**{name: restored(getattr(packed, name)) for name in packed.__struct_fields__})  # type: ignore[attr-defined]  # see shape_of
    return tuple(map(restored, packed)) if type(packed) is tuple else packed


def _read_bytes(_shape: type[Any], packed: Any) -> Binary:  # noqa: ANN401 - any JSON
    if isinstance(packed, str):
        return Binary(packed.encode())
    if isinstance(packed, dict) and isinstance(packed.get("base64"), str) and len(packed) == 1:
        return Binary(b64decode(packed["base64"], validate=True))
    raise ValueError("expected a text, or an object with base64")


def _members(kind: type[Any]) -> tuple[tuple[str, ...], Mapping[str, Any]]:
    """The names of the fields of a NamedTuple or dataclass, and the defaults."""
    if not is_dataclass(kind):
        return kind._fields, kind._field_defaults
    return tuple(one.name for one in fields(kind)), {
        one.name: one.default for one in fields(kind) if one.default is not MISSING
    }


def _shape(hint: Any, kind: type[Any], name: str) -> Any:  # noqa: ANN401 - a type
    if hint is int:
        least, most = _OTHERWISE.get((kind, name)) or _NUMBERS.get(name, _ANY)
        return Annotated[int, Meta(ge=least, le=most)]
    if hint is str and (kind, name) in _TEXTS:
        shortest, longest = _TEXTS[kind, name]
        return Annotated[str, Meta(min_length=shortest, max_length=longest)]
    if hint is bytes:
        return Binary
    if isinstance(hint, type) and hasattr(hint, "_fields"):
        return shape_of(hint, as_list=True)
    if get_origin(hint) is Literal or not get_args(hint):
        return hint
    inner = tuple(one if one in {..., NoneType} else _shape(one, kind, name) for one in get_args(hint))
    return tuple[inner] if get_origin(hint) is tuple else Union[inner]  # type: ignore[valid-type]  # noqa: UP007 - created at runtime
