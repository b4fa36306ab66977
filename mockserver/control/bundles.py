"""An account as one JSON bundle: everything in it, without any secret and without how long anything took.

Where a merchant sent a secret key or a card number in a field, the bundle has three stars or the last four digits.

Two runs with the same seed, the same requests and a frozen clock make the same bytes.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from dataclasses import fields
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from mockserver import identity
from mockserver.clock import ClockSetting
from mockserver.control.hiding import hidden_values
from mockserver.control.operations import ApiError, BadValue, Operation, Visit
from mockserver.control.records import AccountRecord, KeepsSecret
from mockserver.notify.plan import Attempt, Notification
from mockserver.store.contract import Account, Event, Exchange, Task, UnitOfWork
from mockserver.store.records import KINDS, RecordKind

if TYPE_CHECKING:
    from collections.abc import Callable

_FORMAT = 1
_BASE64 = "base64"
_NOT_OURS = frozenset({"secret_key", "world"})


class Bundle(msgspec.Struct, forbid_unknown_fields=True):
    """An account's world. Instants are Unix milliseconds and amounts hundredths, as they are kept."""

    format: int
    account: dict[str, Any]
    numbers: dict[str, int]
    records: dict[str, list[dict[str, Any]]]
    notifications: list[dict[str, Any]]
    attempts: list[dict[str, Any]]
    events: list[dict[str, Any]]
    tasks: list[dict[str, Any]]
    exchanges: list[dict[str, Any]]


class Import(KeepsSecret, forbid_unknown_fields=True):
    """A bundle to be made an account of, under its own user or another, with a secret key of its own."""

    bundle: Bundle
    user: str | None = None
    secret_key: str | None = None


def _plain(shape: Any, mask: Callable[[bytes], bytes]) -> dict[str, Any]:  # noqa: ANN401 - any of the kept values
    """A kept value as JSON: bytes as text, or in base64 where they are none, and no durations."""
    values = shape._asdict()
    if "duration" in values:
        values["duration"] = 0
    return {name: _text(mask(value)) if isinstance(value, bytes) else value for name, value in values.items()}


def _text(content: bytes) -> str | dict[str, str]:
    try:
        return content.decode()
    except UnicodeDecodeError:
        return {_BASE64: b64encode(content).decode()}


def _content(text: str | dict[str, str]) -> bytes:
    return text.encode() if isinstance(text, str) else b64decode(text[_BASE64], validate=True)


def _kept(shape: type[Any], plain: dict[str, Any], *binary: str) -> Any:  # noqa: ANN401 - of the shape
    return shape(**{name: _content(value) if name in binary else value for name, value in plain.items()})


def _record(kind: RecordKind, record: Any) -> dict[str, Any]:  # noqa: ANN401 - a record of the kind
    return dict(zip(kind.shape._fields, json.loads(kind.text(record)), strict=True))


def _pack(visit: Visit) -> Bundle:
    account = visit.account
    known = {field.name: getattr(account, field.name) for field in fields(account) if field.name not in _NOT_OURS}
    secrets, key = visit.app.secrets, account.secret_key
    hide, mask = partial(hidden_values, secrets, key), partial(secrets.content, own=key, about_cards=False)
    with visit.app.store.unit(account.user) as unit:
        last = unit.last_number("notifications")
        numbered = [one for number in range(1, last + 1) if (one := unit.notification(number)) is not None]
        events = unit.every_event()
        return Bundle(
            format=_FORMAT,
            account={**known, "name": hide(account.name), "clock": list(_portable(account.clock))},
            numbers=dict(sorted(unit.numbers().items())),
            records={
                kind.name: [hide(_record(kind, one)) for one in unit.every(shape)] for shape, kind in KINDS.items()
            },
            notifications=[hide(_plain(one, mask)) for one in numbered],
            attempts=[hide(_plain(attempt, mask)) for one in numbered for attempt in unit.attempts(one.number)],
            # Those of one instant keep their order; deliveries in parallel may end in any.
            events=[hide(_without_times(_plain(event, mask))) for event in sorted(events, key=_order)],
            tasks=[_plain(task, mask) for task in unit.every_task()],
            exchanges=[_plain(one, mask) for one in reversed(unit.exchanges(visit.app.settings.journal_size))],
        )


def _portable(clock: ClockSetting) -> ClockSetting:
    """A clock's setting without the machine's time, where that means nothing."""
    return clock._replace(since=0) if clock.rate == 0 else clock


def _order(event: Event) -> tuple[int, str, int, int]:
    return (event.at, event.timeline, event.kind == "attempt", event.reference if event.kind == "attempt" else 0)


def _without_times(event: dict[str, Any]) -> dict[str, Any]:
    """An event about an attempt without the milliseconds that it took, which stand in brackets at the end."""
    if event["kind"] == "attempt" and event["text"].endswith(" ms)"):
        event["text"] = event["text"].rpartition(" (")[0]
    return event


def _unpack(visit: Visit) -> AccountRecord:
    wanted: Import = visit.body
    bundle = wanted.bundle
    if bundle.format != _FORMAT:
        raise BadValue(f"Expected a bundle of format {_FORMAT}, not {bundle.format}.")
    store = visit.app.store
    try:
        known = {**bundle.account, "clock": ClockSetting(*bundle.account["clock"])}
        account = Account(**{**known, "user": wanted.user or str(known["user"]),
                             "secret_key": wanted.secret_key or identity.new_secret_key()})  # fmt: skip
    except (KeyError, TypeError) as error:
        raise BadValue(f"The bundle's account cannot be read: {error}.") from None
    if store.account(account.user) is not None:
        raise ApiError(409, "Account exists", f"There is an account {account.user} already; name another user.")
    store.open_account(account)
    try:
        with store.unit(account.user) as unit:
            _enter(unit, bundle)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        store.drop_account(account.user)
        raise BadValue(f"The bundle cannot be read: {type(error).__name__}: {error}.") from None
    visit.app.clocks.forget(account.user)
    return AccountRecord.of(account, visit.app.clocks.of(account.user), secret=True)


def _enter(unit: UnitOfWork, bundle: Bundle) -> None:
    by_name = {kind.name: kind for kind in KINDS.values()}
    for name, listed in bundle.records.items():
        kind = by_name[name]
        for plain in listed:
            unit.put(kind.record(json.dumps([plain[field] for field in kind.shape._fields])))
    for plain in bundle.notifications:
        unit.save_notification(_kept(Notification, plain, "body"))
    for plain in bundle.attempts:
        unit.add_attempt(_kept(Attempt, plain, "sent", "answer"))
    for plain in bundle.events:
        unit.add_event(_kept(Event, plain))
    for plain in bundle.exchanges:
        unit.add_exchange(_kept(Exchange, plain, "request", "answer"))
    for plain in bundle.tasks:
        unit.schedule(_kept(Task, plain))
    unit.go_on_from(bundle.numbers)


OPERATIONS = (
    Operation("GET", "/accounts/{user}/bundle", "The whole account as one bundle, without secrets.", _pack, Bundle),
    Operation("POST", "/bundles", "Make an account of a bundle.", _unpack, AccountRecord, Import, status=201),
)
