"""The store in an SQL database, with SQLAlchemy Core. Lock order: see `contract`."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import replace
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any, NamedTuple

from mockserver.domain.accounts import ANONYMOUS, Account
from mockserver.domain.timeline import Event, Task
from mockserver.store import tables
from mockserver.store.contract import AccountExistsError, StoreListeners
from mockserver.store.engine import account_text, change_account, open_engine, read_account, read_secret_keys
from mockserver.store.records import RECORD_KINDS
from mockserver.store.sql_view import SqlView

if TYPE_CHECKING:
    from collections.abc import Iterator

    import sqlalchemy as sa

    from mockserver.domain.notifications.notification import Attempt, Notification
    from mockserver.domain.timeline import JournalEntry
    from mockserver.domain.unit_of_work import Series
    from mockserver.store.records import RecordKind

_SWEPT_AT_ONCE = 100


class SqlUnit(SqlView):
    """A unit of work: one database transaction.

    It buffers records, tasks and events, and writes many rows at once when it finishes.
    """

    _OWN_ROW = tables.NUMBERS_FOR_UPDATE

    def __init__(self, connection: sa.Connection, user: str, journal_size: int) -> None:
        """Begin on an open transaction.

        Raises:
            KeyError: there is no such account.
        """
        super().__init__(connection, user)
        self._journal_size = journal_size
        self._stored_numbers = self._numbers.copy()
        self._changed: dict[tuple[type[Any], str], tuple[int, Any]] = {}
        self._tasks: dict[tuple[str, str], dict[str, Any] | None] = {}
        self._added_events: list[Event] = []
        self._new_events: list[dict[str, Any]] = []
        self._planned: dict[tuple[str, str], int] = {}
        self.has_written = False
        """Whether the unit has written something."""

    @property
    def earliest(self) -> int | None:
        """The instant of the earliest task that this unit has scheduled and not performed."""
        return min(self._planned.values(), default=None)

    def finish(self) -> None:
        """Write the buffers, before the transaction commits."""
        self._write_records()
        self._write_tasks()
        self._write_events()
        if self._numbers != self._stored_numbers:
            kept = {"of_account": self._user, "to": json.dumps(self._numbers)}
            self._write(tables.KEEP_NUMBERS, kept)

    def _write(self, statement: Any, values: Any) -> None:  # noqa: ANN401 - a statement and its values
        written = self._connection.execute(statement, values)
        self.has_written |= written.rowcount != 0

    def next_number(self, series: Series) -> int:
        number = self._numbers[series] = self._numbers.get(series, 0) + 1
        return number

    def continue_numbers_from(self, numbers: dict[Series, int]) -> None:
        self._numbers.update(numbers)

    def put(self, record: NamedTuple) -> None:
        known_by = (type(record), RECORD_KINDS[type(record)].identifier(record))
        added = self._changed[known_by][0] if known_by in self._changed else self.next_number("records")
        self._read[known_by] = record
        self._changed[known_by] = (added, record)

    def _write_records(self) -> None:
        rows = [self._row(RECORD_KINDS[shape], added, record) for (shape, _), (added, record) in self._changed.items()]
        self._changed = {}
        if rows:
            self._write(tables.PUT_RECORD, rows)

    def _row(self, kind: RecordKind, added: int, record: NamedTuple) -> dict[str, Any]:
        return {
            "generation": self._generation,
            "kind": kind.name,
            "identifier": kind.identifier(record),
            "group_name": kind.group(record) if kind.group else "",
            "dated": kind.dated(record) if kind.dated else None,
            "number": getattr(record, "number", None),
            "state": getattr(record, "state", ""),
            "added": added,
            "value": kind.text(record),
        }

    def save_notification(self, notification: Notification) -> None:
        self._write(tables.PUT_NOTIFICATION, {"generation": self._generation, **notification._asdict()})

    def add_attempt(self, attempt: Attempt) -> None:
        self._write(tables.attempts.insert(), {"generation": self._generation, **attempt._asdict()})

    def schedule(self, task: Task) -> None:
        row = {"generation": self._generation, **task._asdict(), "number": self.next_number("tasks")}
        self._tasks[task.kind, task.about] = row
        self._planned[task.kind, task.about] = task.at

    def cancel(self, task: Task) -> None:
        self._tasks[task.kind, task.about] = None
        self._planned.pop((task.kind, task.about), None)

    def take_transition(self, now: int) -> Task | None:
        return next(iter(self._take(tables.DUE_TRANSITIONS, now, 1)), None)

    def take_deliveries(self, now: int, limit: int) -> list[Task]:
        return self._take(tables.DUE_DELIVERIES, now, limit)

    def _take(self, statement: sa.Select[Any], now: int, limit: int) -> list[Task]:
        self._write_tasks()
        rows = self._connection.execute(statement, {"generation": self._generation, "now": now, "limit": limit})
        due = [Task(*row) for row in rows]
        for task in due:
            self.cancel(task)
        return due

    def _write_tasks(self) -> None:
        gone = [
            {"of_generation": self._generation, "of_kind": kind, "of_about": about}
            for (kind, about), row in self._tasks.items()
            if row is None
        ]
        if gone:
            self._write(tables.CANCEL_TASK, gone)
        rows = [row for row in self._tasks.values() if row is not None]
        if rows:
            self._write(tables.PUT_TASK, rows)
        self._tasks = {}

    def add_event(self, event: Event) -> None:
        self._added_events.append(event)
        self._new_events.append(
            {"generation": self._generation, **event._asdict(), "number": self.next_number("events")}
        )

    def added_events(self) -> list[Event]:
        return self._added_events

    def _write_events(self) -> None:
        if self._new_events:
            self._write(tables.events.insert(), self._new_events)
            self._new_events = []

    def add_exchange(self, entry: JournalEntry) -> None:
        exchange = entry.masked()
        self._write(tables.exchanges.insert(), {"generation": self._generation, **exchange._asdict()})
        last_dropped = exchange.number - self._journal_size
        if last_dropped > 0:
            self._write(tables.DROP_EXCHANGES, {"of_generation": self._generation, "last": last_dropped})


class SqlStore(StoreListeners):
    """Stores accounts in a database."""

    waits_for_io = True
    at_once = 50

    def __init__(self, url: str, journal_size: int) -> None:
        """Open the database; a new or empty one gets the tables.

        Raises:
            ValueError: the database cannot be used; the message says why and how to fix it.
        """
        self._journal_size = journal_size
        super().__init__()
        self._sweeper: Thread | None = None
        self._closed = False
        self._engine = open_engine(url)
        # SQLite allows one writer at a time, and lets waiting threads starve; this lock is fairer.
        self._writing = Lock()
        self._reader = self._engine.execution_options(reads_only=True)
        self.open_account(Account(ANONYMOUS, "", ""))

    def open_account(self, account: Account) -> Account:
        with self._writing, self._engine.begin() as connection:
            kept = read_account(connection, account.user)
            if kept is None:
                self._add_account(connection, account)
            else:
                changed = replace(
                    kept, secret_key=account.secret_key, role=account.role, opening_balance=account.opening_balance
                )
                change_account(connection, changed)
            opened = read_account(connection, account.user)
        if opened is None:
            raise KeyError(account.user)
        self.announce_account(account.user, account.secret_key)
        return opened

    def _add_account(self, connection: sa.Connection, account: Account) -> None:
        generation = connection.execute(tables.BEGIN_GENERATION, {"account": account.user}).inserted_primary_key
        begun = {"account": account.user, "generation": generation[0] if generation else 0, "numbers": "{}"}
        connection.execute(tables.ADD_ACCOUNT, {**begun, "value": account_text(account)})

    def account(self, user: str) -> Account | None:
        with self._reader.connect() as connection:
            return read_account(connection, user)

    def change_account(self, account: Account) -> None:
        with self._writing, self._engine.begin() as connection:
            kept = read_account(connection, account.user)
            if kept is None:
                raise KeyError(account.user)
            change_account(connection, replace(account, seed=kept.seed))
        self.announce_account(account.user, account.secret_key)
        self.announce_commit(account.user, None)

    def empty_account(self, user: str) -> None:
        with self._writing, self._engine.begin() as connection:
            begun = connection.execute(tables.BEGIN_GENERATION, {"account": user}).inserted_primary_key
            emptied = connection.execute(tables.EMPTY_ACCOUNT, {"of_account": user, "to": begun[0] if begun else 0})
            if emptied.rowcount == 0:
                raise KeyError(user)
        self._sweep_soon()
        self.announce_commit(user, None)

    def clear_journal(self, user: str) -> None:
        with self._writing, self._engine.begin() as connection:
            account = read_account(connection, user)
            if account is None:
                raise KeyError(user)
            connection.execute(tables.CLEAR_JOURNAL, {"of_generation": account.generation})
        self.announce_commit(user, None)

    def drop_account(self, user: str) -> None:
        with self._writing, self._engine.begin() as connection:
            connection.execute(tables.DROP_ACCOUNT, {"of_account": user})
        self.announce_account(user, "")
        self._sweep_soon()
        self.announce_commit(user, None)

    def _sweep_soon(self) -> None:
        """Delete the rows of unused generations on a thread, in small steps."""
        if self._sweeper is None or not self._sweeper.is_alive():
            self._sweeper = Thread(target=self._sweep, name="sweep", daemon=True)
            self._sweeper.start()

    def _sweep(self) -> None:
        for statement in tables.SWEEPS:
            swept = _SWEPT_AT_ONCE
            while swept == _SWEPT_AT_ONCE and not self._closed:
                with self._writing, self._engine.begin() as connection:
                    swept = connection.execute(statement, {"most": _SWEPT_AT_ONCE}).rowcount

    @contextmanager
    def unit(self, user: str) -> Iterator[SqlUnit]:
        with self._writing, self._engine.begin() as connection:
            unit = SqlUnit(connection, user, self._journal_size)
            yield unit
            unit.finish()
        if unit.has_written:
            self.announce_commit(user, unit.earliest)

    @contextmanager
    def read(self, user: str) -> Iterator[SqlView]:
        with self._reader.connect() as connection:
            yield SqlView(connection, user)

    @contextmanager
    def new_account(self, account: Account) -> Iterator[SqlUnit]:
        with self._writing, self._engine.begin() as connection:
            if read_account(connection, account.user) is not None:
                raise AccountExistsError(account.user)
            self._add_account(connection, account)
            unit = SqlUnit(connection, account.user, self._journal_size)
            yield unit
            unit.finish()
        self.announce_account(account.user, account.secret_key)
        self.announce_commit(account.user, unit.earliest)

    def check_writing(self) -> None:
        with self._writing, self._engine.begin() as connection:
            connection.execute(tables.TOUCH, {"of_account": ANONYMOUS})

    def next_due(self, user: str) -> int | None:
        with self._reader.connect() as connection:
            earliest: int | None = connection.scalar(tables.NEXT_DUE, {"of_account": user})
        return earliest

    def users(self) -> list[str]:
        with self._reader.connect() as connection:
            return list(connection.scalars(tables.USERS))

    def secret_keys(self) -> dict[str, str]:
        with self._reader.connect() as connection:
            return read_secret_keys(connection)

    def trades_in_memory(self) -> int:
        return 0

    def close(self) -> None:
        self._closed = True
        if self._sweeper is not None:
            self._sweeper.join()
        self._engine.dispose()
