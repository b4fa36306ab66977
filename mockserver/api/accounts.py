"""Accounts and their clocks."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec

from mockserver import identity
from mockserver.api.assistance import NoTool, Tool
from mockserver.api.operations import ApiError, BadValue, Label, Operation, Pending, Visit, Word, taken
from mockserver.api.records import AccountRecord, ClockRecord, KeepsSecret, instant_text
from mockserver.api.schemas import EventRecord
from mockserver.api.tools import known_scenario
from mockserver.clock import ClockSetting, checked, in_time
from mockserver.domain.accounts import Account, Role, ScenarioQueue
from mockserver.domain.money import parse_amount
from mockserver.durations import parse_duration
from mockserver.store.contract import AccountExistsError
from mockserver.texts import parse_user, shown
from mockserver.threads import StoppedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mockserver.app import Application
    from mockserver.domain.unit_of_work import UnitOfWork
    from mockserver.scheduler.worker import Advance

_MOST_EVENTS = 1000
_Part = Literal["all", "journal", "scenarios", "clock"]


class NewClock(msgspec.Struct, forbid_unknown_fields=True):
    """How a clock runs: from an ISO 8601 instant `at`, by a `step` such as 10s at each request, or at a `rate`."""

    kind: Literal["real", "frozen", "stepped", "scaled"]
    at: Word | None = None
    step: Word = "1s"
    rate: float = 60.0


class NewAccount(KeepsSecret, forbid_unknown_fields=True):
    """An account to create. A field that is left out gets a default, and user, secret_key and seed a random value."""

    user: str | None = None
    secret_key: Word | None = None
    name: Label = ""
    role: Role = "super admin"
    scenario: Label = ""
    seed: Word | None = None
    opening_balance: Word = "10000.00"
    clock: NewClock | None = None


class AccountChanges(KeepsSecret, forbid_unknown_fields=True):
    """The fields to change; a field that is left out keeps its value."""

    secret_key: Word | None = None
    name: Label | None = None
    role: Role | None = None
    scenario: Label | None = None


class Reset(msgspec.Struct, forbid_unknown_fields=True):
    """The parts to reset: everything, or only the journal, the queued and default scenarios, or the clock."""

    parts: Annotated[list[_Part], msgspec.Meta(min_length=1, max_length=10)] = msgspec.field(
        default_factory=lambda: ["all"]
    )


class ClockTarget(msgspec.Struct, forbid_unknown_fields=True):
    """How far to advance a clock: by a duration such as `1h`, or to an ISO 8601 instant."""

    by: Word | None = None
    to: Word | None = None


class AdvanceRecord(msgspec.Struct):
    """What happened while a clock was advanced: the number of events, and the first thousand of them in order."""

    started: str
    ended: str
    tasks: int
    events: int
    happened: list[EventRecord]


def parse_instant(text: str) -> int:
    """The instant of an ISO 8601 text, which is in UTC unless it says otherwise.

    Raises:
        BadValue: it is none.
    """
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise BadValue(f"Expected an ISO 8601 instant such as 2024-11-27T03:00:00Z, not {shown(text)}.") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return taken(in_time, round(moment.timestamp() * 1000))


def clock_setting(app: Application, clock: NewClock, now: int) -> ClockSetting:
    """The setting of a clock that runs as `clock` says, from the account's instant `now`.

    Raises:
        ApiError: an instant, a rate or a duration is invalid.
    """
    machine = app.clocks.machine.now()
    instant = now if clock.at is None else parse_instant(clock.at)
    rate = {"real": 1.0, "scaled": clock.rate}.get(clock.kind, 0.0)
    step = taken(parse_duration, clock.step) if clock.kind == "stepped" else 0
    return taken(checked, ClockSetting(clock.kind, instant, machine, rate, step))


def make_account(app: Application, account: Account, fill: Callable[[UnitOfWork], None] | None = None) -> Account:
    """Create an account and `fill` it, as one unit of work.

    Raises:
        ApiError: the account exists.
    """
    user = account.user
    try:
        with app.store.new_account(account) as unit:
            if fill is not None:
                fill(unit)
    except AccountExistsError:
        detail = f"The account {user} already exists. DELETE it, or choose another user."
        raise ApiError(409, "Account exists", detail) from None
    return app.store.account(user) or account


def create_account(visit: Visit) -> AccountRecord:
    """Create an account with a random user, key and seed, unless they are given."""
    wanted: NewAccount = visit.body
    account = Account(
        user=identity.new_user() if wanted.user is None else taken(parse_user, wanted.user),
        secret_key=wanted.secret_key or identity.new_secret_key(),
        seed=wanted.seed or identity.new_seed(),
        role=wanted.role,
        opening_balance=taken(parse_amount, wanted.opening_balance),
        name=wanted.name,
        scenario=wanted.scenario and known_scenario(visit, wanted.scenario),
    )
    if wanted.clock is not None:
        account = replace(account, clock=clock_setting(visit.app, wanted.clock, visit.app.clocks.machine.now()))
    account = make_account(visit.app, account)
    return AccountRecord.of(account, visit.app.clocks.of(account.user), secret=True)


def _list(visit: Visit) -> list[AccountRecord]:
    accounts = (visit.app.store.account(user) for user in visit.app.merchants())
    return [AccountRecord.of(account, visit.app.clocks.of(account.user)) for account in accounts if account]


def _show(visit: Visit) -> AccountRecord:
    return AccountRecord.of(visit.account, visit.clock)


def _change(visit: Visit) -> AccountRecord:
    changes: AccountChanges = visit.body
    wanted = {name: value for name, value in msgspec.structs.asdict(changes).items() if value is not None}
    if wanted.get("scenario"):
        known_scenario(visit, wanted["scenario"])
    visit.app.store.change_account(visit.account.user, lambda account: replace(account, **wanted))
    return _show(visit)


def _drop(visit: Visit) -> None:
    account = visit.account
    with visit.app.store.read(account.user) as view:
        queue = view.get(ScenarioQueue, "queue")
    visit.app.store.drop_account(account.user)
    if queue is not None:
        visit.app.findings.take_queue(account.user, queue.entries)
    visit.app.worker.forget(account.user)


def _reset(visit: Visit) -> AccountRecord:
    account, parts = visit.account, set(visit.body.parts)
    store = visit.app.store
    if "all" in parts:
        store.empty_account(account.user)
        parts = {"scenarios", "clock"}
    if "journal" in parts:
        store.clear_journal(account.user)
    if "scenarios" in parts:
        with store.unit(account.user) as unit:
            unit.put(ScenarioQueue())
        store.change_account(account.user, lambda present: replace(present, scenario=""))
    if "clock" in parts:
        store.change_account(account.user, lambda present: replace(present, clock=ClockSetting()))
        visit.app.worker.follow_clock(account.user)
    return _show(visit)


def _show_clock(visit: Visit) -> ClockRecord:
    return ClockRecord.of(visit.clock)


def _set_clock(visit: Visit) -> ClockRecord:
    clock, user = visit.clock, visit.account.user
    if visit.app.worker.is_advancing(user):
        raise ApiError(
            409, "Clock is busy", f"The clock of {user} is being advanced by another call. Try again when it has ended."
        )
    try:
        clock.change(lambda now: clock_setting(visit.app, visit.body, now))
    except ValueError:
        raise ApiError(
            409,
            "A clock cannot go back",
            f"The account's time is {instant_text(clock.now())}. Reset the account to go back.",
        ) from None
    visit.app.worker.follow_clock(user)
    visit.app.worker.note_clock(user, clock.now(), f"changed to {clock.setting.kind}")
    return ClockRecord.of(clock)


def _advance(visit: Visit) -> Pending:
    wanted: ClockTarget = visit.body
    if (wanted.by is None) == (wanted.to is None):
        raise BadValue("Expected either by, such as 1h, or to, such as 2024-11-27T03:00:00Z.")
    user, now = visit.account.user, visit.clock.now()
    target = (
        parse_instant(wanted.to or "") if wanted.by is None else taken(in_time, now + taken(parse_duration, wanted.by))
    )
    milliseconds = target - now
    try:
        advanced = visit.app.worker.begin_advance(user, milliseconds)
    except ValueError:
        raise ApiError(409, "A clock cannot go back", f"The account's time is already {instant_text(now)}.") from None
    except StoppedError as error:
        raise ApiError(503, "Stopping", str(error)) from None
    return Pending(advanced, _advance_record)


def _advance_record(advance: Advance) -> AdvanceRecord:
    return AdvanceRecord(
        started=instant_text(advance.started),
        ended=instant_text(advance.ended),
        tasks=advance.tasks,
        events=len(advance.happened),
        happened=[EventRecord.of(event) for event in advance.happened[:_MOST_EVENTS]],
    )


_ONE = "/accounts/{user}"
OPERATIONS = (
    Operation("POST", "/accounts", "Create an account; only this answer shows its secret key.", create_account,
              AccountRecord, NewAccount, status=201, tool=NoTool("Its answer shows a secret key.")),
    Operation("GET", "/accounts", "List all accounts.", _list, list[AccountRecord],
              tool=Tool("list_accounts")),
    Operation("GET", _ONE, "Get an account.", _show, AccountRecord, tool=NoTool("list_accounts says the same.")),
    Operation("PATCH", _ONE, "Change an account's key, name, role or default scenario.", _change, AccountRecord,
              AccountChanges, tool=NoTool("It takes a secret key; queue_scenario chooses outcomes.")),
    Operation("DELETE", _ONE, "Delete an account and everything in it.", _drop, status=204,
              tool=NoTool("Only the person who created an account should delete it; reset_account empties it.")),
    Operation("POST", f"{_ONE}/reset", "Empty an account, or reset a part of it.", _reset, AccountRecord, Reset,
              tool=Tool("reset_account", "Everything in the account is lost unless you name parts; ask the user first.",
                        destroys=True)),
    Operation("GET", f"{_ONE}/clock", "Get the clock of an account.", _show_clock, ClockRecord,
              tool=NoTool("list_accounts shows the clocks.")),
    Operation("PUT", f"{_ONE}/clock", "Set how the clock runs.", _set_clock, ClockRecord, NewClock,
              tool=Tool("set_clock", "A clock cannot go back. Only a real or scaled clock moves by itself.")),
    Operation("POST", f"{_ONE}/clock/advance", "Advance the clock, and perform all work that falls due.", _advance,
              AdvanceRecord, ClockTarget,
              tool=Tool("advance_clock", "Payers pay, orders expire and failed notifications are repeated at their"
                        " time, so this replaces waiting.")),
)  # fmt: skip
