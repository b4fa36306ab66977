"""The store that keeps accounts in a SQL database, through SQLAlchemy Core. Imported only when asked for."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import replace
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from mockserver.notify.plan import Attempt, Notification
from mockserver.store import tables
from mockserver.store.contract import NOBODY, Account, Choice, Event, Exchange, Task
from mockserver.store.engine import account_text, change_account, open_engine, read_account
from mockserver.store.records import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from mockserver.store.records import R, Record, RecordKind, Series

_SWEPT_AT_ONCE = 100


class SqlUnit:
    """A unit of work: one database transaction that holds the account's row.

    Records, tasks and events are kept aside and written when the unit finishes, many rows at once.
    """

    def __init__(self, connection: sa.Connection, user: str, journal_size: int) -> None:
        """Begin on an open transaction.

        Raises:
            KeyError: there is no such account.
        """
        self._connection = connection
        self._user = user
        self._journal_size = journal_size
        row = connection.execute(tables.NUMBERS, {"of_account": user}).one_or_none()
        if row is None:
            raise KeyError(user)
        self._world = row.world
        self._numbers: dict[Series, int] = json.loads(row.numbers)
        self._stored_numbers = self._numbers.copy()
        self._read: dict[tuple[type[Any], str], Any] = {}
        self._changed: dict[tuple[type[Any], str], tuple[int, Any]] = {}
        self._tasks: dict[tuple[str, str], dict[str, Any] | None] = {}
        self._news: list[Event] = []
        self._new_events: list[dict[str, Any]] = []
        self.earliest: int | None = None

    def finish(self) -> None:
        """Write what was kept aside, before the transaction commits."""
        self._write_records()
        self._write_tasks()
        self._write_events()
        if self._numbers != self._stored_numbers:
            kept = {"of_account": self._user, "to": json.dumps(self._numbers)}
            self._connection.execute(tables.KEEP_NUMBERS, kept)

    def next_number(self, series: Series) -> int:
        """See `UnitOfWork`."""
        number = self._numbers[series] = self._numbers.get(series, 0) + 1
        return number

    def last_number(self, series: Series) -> int:
        """See `UnitOfWork`."""
        return self._numbers.get(series, 0)

    def numbers(self) -> dict[Series, int]:
        """See `UnitOfWork`."""
        own = {"records", "events", "tasks"}  # which only this store counts
        return {series: number for series, number in self._numbers.items() if series not in own}

    def go_on_from(self, numbers: dict[Series, int]) -> None:
        """See `UnitOfWork`."""
        self._numbers.update(numbers)

    def every(self, kind: type[R]) -> list[R]:
        """See `UnitOfWork`."""
        self._write_records()
        return self._records(kind, self._connection.scalars(tables.EVERY, self._of(kind)))

    def every_event(self) -> list[Event]:
        """See `UnitOfWork`."""
        self._write_events()
        return [Event(*row) for row in self._connection.execute(tables.EVERY_EVENT, {"world": self._world})]

    def every_task(self) -> list[Task]:
        """See `UnitOfWork`."""
        self._write_tasks()
        return [Task(*row) for row in self._connection.execute(tables.EVERY_TASK, {"world": self._world})]

    def get(self, kind: type[R], identifier: str) -> R | None:
        """See `UnitOfWork`."""
        known_by = (kind, identifier)
        if known_by not in self._read:
            text = self._connection.scalar(tables.GET_RECORD, self._of(kind, identifier=identifier))
            self._read[known_by] = None if text is None else KINDS[kind].record(text)
        found: R | None = self._read[known_by]
        return found

    def put(self, record: Record) -> None:
        """See `UnitOfWork`."""
        known_by = (type(record), KINDS[type(record)].identifier(record))
        added = self._changed[known_by][0] if known_by in self._changed else self.next_number("records")
        self._read[known_by] = record
        self._changed[known_by] = (added, record)

    def group(self, kind: type[R], name: str) -> list[R]:
        """See `UnitOfWork`."""
        self._write_records()
        return self._records(kind, self._connection.scalars(tables.GROUP, self._of(kind, group_name=name)))

    def count(self, kind: type[R], choice: Choice) -> int:
        """See `UnitOfWork`."""
        self._write_records()
        statement = tables.COUNT if choice.state is None else tables.COUNT_IN_STATE
        return self._connection.scalar(statement, self._of(kind, **choice._asdict())) or 0

    def page(self, kind: type[R], choice: Choice) -> list[R]:
        """See `UnitOfWork`."""
        self._write_records()
        statement = tables.PAGE if choice.state is None else tables.PAGE_IN_STATE
        return self._records(kind, self._connection.scalars(statement, self._of(kind, **choice._asdict())))

    def _of(self, kind: type[Any], **values: Any) -> dict[str, Any]:  # noqa: ANN401 - a column's value
        return {"world": self._world, "kind": KINDS[kind].name, **values}

    def _records(self, kind: type[R], texts: Iterable[str]) -> list[R]:
        return [KINDS[kind].record(text) for text in texts]

    def _write_records(self) -> None:
        rows = [self._row(KINDS[shape], added, record) for (shape, _), (added, record) in self._changed.items()]
        self._changed = {}
        if rows:
            self._connection.execute(tables.PUT_RECORD, rows)

    def _row(self, kind: RecordKind, added: int, record: Record) -> dict[str, Any]:
        return {
            "world": self._world,
            "kind": kind.name,
            "identifier": kind.identifier(record),
            "group_name": kind.group(record) if kind.group else "",
            "dated": kind.dated(record) if kind.dated else None,
            "number": getattr(record, "number", None),
            "state": getattr(record, "state", ""),
            "added": added,
            "value": kind.text(record),
        }

    def notification(self, number: int) -> Notification | None:
        """See `UnitOfWork`."""
        row = self._connection.execute(tables.NOTIFICATION, {"world": self._world, "number": number}).one_or_none()
        return None if row is None else Notification(*row)

    def save_notification(self, notification: Notification) -> None:
        """See `UnitOfWork`."""
        self._connection.execute(tables.PUT_NOTIFICATION, {"world": self._world, **notification._asdict()})

    def notifications(self, timeline: str) -> list[Notification]:
        """See `UnitOfWork`."""
        rows = self._connection.execute(tables.NOTIFICATIONS, {"world": self._world, "timeline": timeline})
        return [Notification(*row) for row in rows]

    def newest_notifications(self) -> Iterator[Notification]:
        """See `UnitOfWork`."""
        rows = self._connection.execute(tables.NEWEST_NOTIFICATIONS, {"world": self._world})
        return (Notification(*row) for row in rows)

    def attempts(self, notification: int) -> list[Attempt]:
        """See `UnitOfWork`."""
        rows = self._connection.execute(tables.ATTEMPTS, {"world": self._world, "notification": notification})
        return [Attempt(*row) for row in rows]

    def add_attempt(self, attempt: Attempt) -> None:
        """See `UnitOfWork`."""
        self._connection.execute(tables.attempts.insert(), {"world": self._world, **attempt._asdict()})

    def schedule(self, task: Task) -> None:
        """See `UnitOfWork`."""
        row = {"world": self._world, **task._asdict(), "number": self.next_number("tasks")}
        self._tasks[task.kind, task.about] = row
        self.earliest = task.at if self.earliest is None else min(self.earliest, task.at)

    def cancel(self, task: Task) -> None:
        """See `UnitOfWork`."""
        self._tasks[task.kind, task.about] = None

    def take_move(self, now: int) -> Task | None:
        """See `UnitOfWork`."""
        return next(iter(self._take(tables.DUE_MOVES, now, 1)), None)

    def take_deliveries(self, now: int, limit: int) -> list[Task]:
        """See `UnitOfWork`."""
        return self._take(tables.DUE_DELIVERIES, now, limit)

    def pending_deliveries(self) -> int:
        """See `UnitOfWork`."""
        self._write_tasks()
        return self._connection.scalar(tables.PENDING_DELIVERIES, {"world": self._world}) or 0

    def _take(self, statement: sa.Select[Any], now: int, limit: int) -> list[Task]:
        self._write_tasks()
        rows = self._connection.execute(statement, {"world": self._world, "now": now, "limit": limit})
        due = [Task(*row) for row in rows]
        for task in due:
            self.cancel(task)
        return due

    def _write_tasks(self) -> None:
        gone = [
            {"of_world": self._world, "of_kind": kind, "of_about": about}
            for (kind, about), row in self._tasks.items()
            if row is None
        ]
        if gone:
            self._connection.execute(tables.CANCEL_TASK, gone)
        rows = [row for row in self._tasks.values() if row is not None]
        if rows:
            self._connection.execute(tables.PUT_TASK, rows)
        self._tasks = {}

    def add_event(self, event: Event) -> None:
        """See `UnitOfWork`."""
        self._news.append(event)
        self._new_events.append({"world": self._world, **event._asdict(), "number": self.next_number("events")})

    def news(self) -> list[Event]:
        """See `UnitOfWork`."""
        return self._news

    def events(self, timeline: str) -> list[Event]:
        """See `UnitOfWork`."""
        self._write_events()
        rows = self._connection.execute(tables.EVENTS, {"world": self._world, "timeline": timeline})
        return [Event(*row) for row in rows]

    def _write_events(self) -> None:
        if self._new_events:
            self._connection.execute(tables.events.insert(), self._new_events)
            self._new_events = []

    def add_exchange(self, exchange: Exchange) -> None:
        """See `UnitOfWork`."""
        self._connection.execute(tables.exchanges.insert(), {"world": self._world, **exchange._asdict()})
        last_dropped = exchange.number - self._journal_size
        if last_dropped > 0:
            self._connection.execute(tables.DROP_EXCHANGES, {"of_world": self._world, "last": last_dropped})

    def exchange(self, number: int) -> Exchange | None:
        """See `UnitOfWork`."""
        row = self._connection.execute(tables.EXCHANGE, {"world": self._world, "number": number}).one_or_none()
        return None if row is None else Exchange(*row)

    def exchanges(self, limit: int) -> list[Exchange]:
        """See `UnitOfWork`."""
        rows = self._connection.execute(tables.EXCHANGES, {"world": self._world, "limit": max(0, limit)})
        return [Exchange(*row) for row in rows]


class SqlStore:
    """Accounts in a database that outlives the process."""

    waits_for_io = True

    def __init__(self, url: str, journal_size: int) -> None:
        """Open the database, creating its tables where they are missing.

        Raises:
            ValueError: the address is not one that this store can open; the message says what it takes.
        """
        self._journal_size = journal_size
        self._listeners: list[Callable[[str, int | None], None]] = []
        self._sweeper: Thread | None = None
        self._closed = False
        self._engine = open_engine(url)
        # SQLite lets one write at a time, and threads that wait inside it are served unfairly and late.
        self._writing = Lock()
        self._reader = self._engine.execution_options(reads_only=True)
        try:
            tables.metadata.create_all(self._engine)
        except sa.exc.DatabaseError as error:
            raise ValueError(f"the database {url} cannot be opened: {error.orig}") from error
        self.open_account(Account(NOBODY, "", ""))

    def open_account(self, account: Account) -> Account:
        """See `Store`."""
        with self._writing, self._engine.begin() as connection:
            kept = read_account(connection, account.user)
            if kept is None:
                world = connection.execute(tables.BEGIN_WORLD, {"account": account.user}).inserted_primary_key
                begun = {"account": account.user, "world": world[0] if world else 0, "numbers": "{}"}
                connection.execute(tables.ADD_ACCOUNT, {**begun, "value": account_text(account)})
            else:
                changed = replace(
                    kept, secret_key=account.secret_key, role=account.role, opening_balance=account.opening_balance
                )
                change_account(connection, changed)
            opened = read_account(connection, account.user)
        if opened is None:
            raise KeyError(account.user)
        return opened

    def account(self, user: str) -> Account | None:
        """See `Store`."""
        with self._reader.connect() as connection:
            return read_account(connection, user)

    def change_account(self, account: Account) -> None:
        """See `Store`."""
        with self._writing, self._engine.begin() as connection:
            kept = read_account(connection, account.user)
            if kept is None:
                raise KeyError(account.user)
            change_account(connection, replace(account, seed=kept.seed))

    def empty_account(self, user: str) -> None:
        """See `Store`."""
        with self._writing, self._engine.begin() as connection:
            begun = connection.execute(tables.BEGIN_WORLD, {"account": user}).inserted_primary_key
            emptied = connection.execute(tables.EMPTY_ACCOUNT, {"of_account": user, "to": begun[0] if begun else 0})
            if emptied.rowcount == 0:
                raise KeyError(user)
        self._sweep_soon()
        self._announce(user, None)

    def clear_journal(self, user: str) -> None:
        """See `Store`."""
        with self._writing, self._engine.begin() as connection:
            account = read_account(connection, user)
            if account is None:
                raise KeyError(user)
            connection.execute(tables.CLEAR_JOURNAL, {"of_world": account.world})

    def drop_account(self, user: str) -> None:
        """See `Store`."""
        with self._writing, self._engine.begin() as connection:
            connection.execute(tables.DROP_ACCOUNT, {"of_account": user})
        self._sweep_soon()
        self._announce(user, None)

    def _sweep_soon(self) -> None:
        """Delete the rows of worlds that are gone, in a thread and a little at a time."""
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
        """See `Store`."""
        with self._writing, self._engine.begin() as connection:
            unit = SqlUnit(connection, user, self._journal_size)
            yield unit
            unit.finish()
        self._announce(user, unit.earliest)

    def next_due(self, user: str) -> int | None:
        """See `Store`."""
        with self._reader.connect() as connection:
            earliest: int | None = connection.scalar(tables.NEXT_DUE, {"of_account": user})
        return earliest

    def users(self) -> list[str]:
        """See `Store`."""
        with self._reader.connect() as connection:
            return list(connection.scalars(tables.USERS))

    def on_commit(self, listener: Callable[[str, int | None], None]) -> None:
        """See `Store`."""
        self._listeners.append(listener)

    def close(self) -> None:
        """See `Store`."""
        self._closed = True
        if self._sweeper is not None:
            self._sweeper.join()
        self._engine.dispose()

    def _announce(self, user: str, at: int | None) -> None:
        for listener in self._listeners:
            listener(user, at)
