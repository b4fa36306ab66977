"""Exports an account as one JSON bundle, and imports it.

A bundle has neither secrets nor durations. A secret key that a merchant sent in a field is replaced by three stars,
a card number by its last four digits. Runs with the same seed, requests and frozen clock produce the same bytes.
"""

from __future__ import annotations

import json
from dataclasses import fields, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from mockserver import identity
from mockserver.api.accounts import make_account
from mockserver.api.assistance import NoTool
from mockserver.api.hiding import hidden_values
from mockserver.api.operations import BadValue, Operation, Visit, Word, taken
from mockserver.api.records import AccountRecord, KeepsSecret
from mockserver.api.tools import known_scenario
from mockserver.api.unpacking import NOT_IN_BUNDLES, Bundle, packed_bytes, unpacked
from mockserver.store.records import RECORD_KINDS, RecordKind
from mockserver.texts import parse_user

if TYPE_CHECKING:
    from collections.abc import Callable

    from mockserver.clock import ClockSetting
    from mockserver.domain.timeline import Event

_FORMAT = 1


class Import(KeepsSecret, forbid_unknown_fields=True):
    """A bundle to create an account from, with the bundle's user or another one, and a new secret key."""

    bundle: Bundle
    user: str | None = None
    secret_key: Word | None = None


def _plain(shape: Any, mask: Callable[[bytes], bytes]) -> dict[str, Any]:  # noqa: ANN401 - any of the stored values
    """A stored value as JSON, without its duration."""
    values = shape._asdict()
    if values.get("duration") is not None:
        values["duration"] = 0
    return {name: packed_bytes(mask(value)) if isinstance(value, bytes) else value for name, value in values.items()}


def _record(kind: RecordKind, record: Any) -> dict[str, Any]:  # noqa: ANN401 - a record of the kind
    return dict(zip(kind.shape._fields, json.loads(kind.text(record)), strict=True))


def _pack(visit: Visit) -> Bundle:
    account = visit.account
    known = {field.name: getattr(account, field.name) for field in fields(account) if field.name not in NOT_IN_BUNDLES}
    secrets, key = visit.app.secrets, account.secret_key
    hide, mask = partial(hidden_values, secrets, key), partial(secrets.content, own=key, about_cards=False)
    with visit.app.store.read(account.user) as view:
        numbers = view.numbers()
        records = {shape: view.every(shape) for shape in RECORD_KINDS}
        numbered = [*view.newest_notifications()][::-1]
        attempts = [attempt for one in numbered for attempt in view.attempts(one.number)]
        events, tasks = view.every_event(), view.every_task()
        exchanges = view.exchanges(visit.app.settings.journal_size)
    # The view is closed before the texts are made, as it blocks the account's requests.
    return Bundle(
        format=_FORMAT,
        account={**known, "name": hide(account.name), "clock": list(_portable(account.clock))},
        numbers=dict(sorted(numbers.items())),
        records={
            kind.name: [hide(_record(kind, one)) for one in records[shape]] for shape, kind in RECORD_KINDS.items()
        },
        notifications=[hide(_plain(one, mask)) for one in numbered],
        attempts=[hide(_plain(attempt, mask)) for attempt in attempts],
        # Parallel deliveries end in any order, so events of one instant are sorted further.
        events=[hide(_plain(event._replace(duration=None), mask)) for event in sorted(events, key=_order)],
        tasks=[_plain(task, mask) for task in tasks],
        exchanges=[_plain(one, mask) for one in reversed(exchanges)],
    )


def _portable(clock: ClockSetting) -> ClockSetting:
    """The setting of a clock, without the machine's time if that has no effect."""
    return clock._replace(since=0) if clock.rate == 0 else clock


def _order(event: Event) -> tuple[int, str, int, int]:
    return (event.at, event.timeline, event.kind == "attempt", event.reference if event.kind == "attempt" else 0)


def _unpack(visit: Visit) -> AccountRecord:
    wanted: Import = visit.body
    bundle = wanted.bundle
    if bundle.format != _FORMAT:
        raise BadValue(f"Expected a bundle of format {_FORMAT}, not {bundle.format}.")
    try:
        found = unpacked(bundle, partial(known_scenario, visit))
    except ValueError as error:
        raise BadValue(f"The bundle cannot be read: {error}.") from None
    account = replace(found.account, secret_key=wanted.secret_key or identity.new_secret_key())
    if wanted.user is not None:
        account = replace(account, user=taken(parse_user, wanted.user))
    account = make_account(visit.app, account, found.enter)
    return AccountRecord.of(account, visit.app.clocks.of(account.user), secret=True)


OPERATIONS = (
    Operation("GET", "/accounts/{user}/bundle", "Export an account as a bundle, without secrets.", _pack, Bundle,
              tool=NoTool("A bundle is a file, and larger than an assistant's context.")),
    Operation("POST", "/bundles", "Create an account from a bundle.", _unpack, AccountRecord, Import, status=201,
              tool=NoTool("Its answer shows a secret key.")),
)  # fmt: skip
