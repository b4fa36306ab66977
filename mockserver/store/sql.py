"""The store that keeps accounts in a SQL database, through SQLAlchemy Core. Imported only when asked for."""

from __future__ import annotations

import json
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from mockserver.notify.plan import Attempt, Notification
from mockserver.store.contract import NOBODY, Account, Choice, Event, Exchange, Task
from mockserver.store.records import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mockserver.store.records import R, Record, Series

_LONGEST_WAIT = 2  # seconds for a database that another process has locked
metadata = sa.MetaData()


def _table(name: str, *columns: sa.Column[Any], keys: tuple[str, ...]) -> sa.Table:
    """A table of one account's records; `keys` tell two of them apart."""
    owner = sa.Column("account", sa.Text, nullable=False)
    return sa.Table(name, metadata, owner, *columns, sa.PrimaryKeyConstraint("account", *keys))


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def _integer(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=nullable)


def _bytes(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary, nullable=False)


accounts = _table(
    "accounts",
    _text("secret_key"),
    _text("seed"),
    _text("role"),
    _integer("opening_balance"),
    _text("numbers"),
    keys=(),
)
records = _table(
    "records", _text("kind"), _text("identifier"), _text("group_name"), _integer("dated", nullable=True),
    _integer("number", nullable=True), _text("state"), _integer("added"), _text("value"),
    keys=("kind", "identifier"),
)  # fmt: skip
notifications = _table(
    "notifications", _integer("number"), _text("timeline"), _text("type"), _text("told"), _integer("created_at"),
    _text("url"), _bytes("body"), _text("state"),
    keys=("number",),
)  # fmt: skip
attempts = _table(
    "attempts", _integer("notification"), _integer("number"), _integer("at"), _text("url"), _bytes("sent"),
    _integer("status", nullable=True), _bytes("answer"), _text("error"), _integer("duration"),
    keys=("notification", "number"),
)  # fmt: skip
tasks = _table(
    "tasks", _integer("at"), _text("kind"), _text("about"), _integer("number"),
    keys=("kind", "about"),
)  # fmt: skip
events = _table(
    "events", _integer("number"), _text("timeline"), _integer("at"), _text("kind"), _integer("reference"),
    _text("text"),
    keys=("number",),
)  # fmt: skip
exchanges = _table(
    "exchanges", _integer("number"), _integer("at"), _text("user"), _text("method"), _text("code"), _text("trade_id"),
    _text("scenario"), _text("reason"), _text("string_to_sign"), _bytes("request"), _bytes("answer"),
    _integer("duration"),
    keys=("number",),
)  # fmt: skip
sa.Index("notifications_of_timeline", notifications.c.account, notifications.c.timeline)
sa.Index("events_of_timeline", events.c.account, events.c.timeline)
sa.Index("tasks_by_instant", tasks.c.account, tasks.c.at, tasks.c.number)
sa.Index("records_by_group", records.c.account, records.c.kind, records.c.group_name, records.c.added)
sa.Index("records_by_instant", records.c.account, records.c.kind, records.c.dated, records.c.number)
sa.Index("records_by_state", records.c.account, records.c.kind, records.c.state, records.c.dated, records.c.number)


def _columns(table: sa.Table, *left_out: str) -> list[sa.Column[Any]]:
    return [column for column in table.columns if column.name not in {"account", *left_out}]


class SqlUnit:
    """A unit of work: one database transaction that holds the account's row."""

    def __init__(self, connection: sa.Connection, user: str, journal_size: int) -> None:
        """Begin on an open transaction.

        Raises:
            KeyError: there is no such account.
        """
        self._connection = connection
        self._user = user
        self._journal_size = journal_size
        numbers = connection.scalar(sa.select(accounts.c.numbers).where(accounts.c.account == user).with_for_update())
        if numbers is None:
            raise KeyError(user)
        self._numbers: dict[Series, int] = json.loads(numbers)
        self._stored_numbers = self._numbers.copy()
        self.earliest: int | None = None

    def finish(self) -> None:
        """Write the counters back, before the transaction commits."""
        if self._numbers != self._stored_numbers:
            numbers = json.dumps(self._numbers)
            self._connection.execute(accounts.update().where(accounts.c.account == self._user).values(numbers=numbers))

    def _rows(self, table: sa.Table, *conditions: sa.ColumnElement[bool], left_out: str = "") -> sa.Select[Any]:
        return sa.select(*_columns(table, left_out)).where(table.c.account == self._user, *conditions)

    def _add(self, table: sa.Table, values: dict[str, Any]) -> None:
        self._connection.execute(table.insert(), {"account": self._user, **values})

    def _put(self, table: sa.Table, values: dict[str, Any], kept: tuple[str, ...] = ()) -> None:
        """Add a row, or change the one with its keys but for the columns to be kept."""
        keys = [column.name for column in table.primary_key.columns]
        statement = insert(table).values(account=self._user, **values)
        changes = {name: statement.excluded[name] for name in values if name not in (*keys, *kept)}
        self._connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=changes))

    def next_number(self, series: Series) -> int:
        """See `UnitOfWork`."""
        number = self._numbers[series] = self._numbers.get(series, 0) + 1
        return number

    def get(self, kind: type[R], identifier: str) -> R | None:
        """See `UnitOfWork`."""
        values = sa.select(records.c.value).where(
            records.c.account == self._user, records.c.kind == KINDS[kind].name, records.c.identifier == identifier
        )
        text = self._connection.scalar(values)
        found: R | None = None if text is None else KINDS[kind].record(text)
        return found

    def put(self, record: Record) -> None:
        """See `UnitOfWork`."""
        kind = KINDS[type(record)]
        columns = {
            "kind": kind.name,
            "identifier": kind.identifier(record),
            "group_name": kind.group(record) if kind.group else "",
            "dated": kind.dated(record) if kind.dated else None,
            "number": getattr(record, "number", None),
            "state": getattr(record, "state", ""),
            "added": self.next_number("records"),
            "value": kind.text(record),
        }
        self._put(records, columns, kept=("added",))

    def group(self, kind: type[R], name: str) -> list[R]:
        """See `UnitOfWork`."""
        condition = (records.c.kind == KINDS[kind].name, records.c.group_name == name)
        return self._records(
            kind, sa.select(records.c.value).where(*self._own(records), *condition).order_by(records.c.added)
        )

    def count(self, kind: type[R], choice: Choice) -> int:
        """See `UnitOfWork`."""
        return self._connection.scalar(sa.select(sa.func.count()).where(*self._chosen(kind, choice))) or 0

    def page(self, kind: type[R], choice: Choice) -> list[R]:
        """See `UnitOfWork`."""
        chosen = sa.select(records.c.value).where(*self._chosen(kind, choice))
        in_order = chosen.order_by(records.c.dated, records.c.number)
        return self._records(kind, in_order.offset(choice.skip).limit(choice.limit))

    def _chosen(self, kind: type[R], choice: Choice) -> list[sa.ColumnElement[bool]]:
        conditions = [
            *self._own(records),
            records.c.kind == KINDS[kind].name,
            records.c.dated.between(choice.since, choice.until),
        ]
        if choice.state is not None:
            conditions.append(records.c.state == choice.state)
        return conditions

    def _own(self, table: sa.Table) -> tuple[sa.ColumnElement[bool], ...]:
        return (table.c.account == self._user,)

    def _records(self, kind: type[R], values: sa.Select[Any]) -> list[R]:
        return [KINDS[kind].record(text) for text in self._connection.scalars(values)]

    def notification(self, number: int) -> Notification | None:
        """See `UnitOfWork`."""
        row = self._connection.execute(self._rows(notifications, notifications.c.number == number)).one_or_none()
        return None if row is None else Notification(*row)

    def save_notification(self, notification: Notification) -> None:
        """See `UnitOfWork`."""
        self._put(notifications, notification._asdict())

    def notifications(self, timeline: str) -> list[Notification]:
        """See `UnitOfWork`."""
        query = self._rows(notifications, notifications.c.timeline == timeline).order_by(notifications.c.number)
        return [Notification(*row) for row in self._connection.execute(query)]

    def attempts(self, notification: int) -> list[Attempt]:
        """See `UnitOfWork`."""
        query = self._rows(attempts, attempts.c.notification == notification).order_by(attempts.c.number)
        return [Attempt(*row) for row in self._connection.execute(query)]

    def add_attempt(self, attempt: Attempt) -> None:
        """See `UnitOfWork`."""
        self._add(attempts, attempt._asdict())

    def schedule(self, task: Task) -> None:
        """See `UnitOfWork`."""
        self._put(tasks, {**task._asdict(), "number": self.next_number("tasks")})
        self.earliest = task.at if self.earliest is None else min(self.earliest, task.at)

    def cancel(self, task: Task) -> None:
        """See `UnitOfWork`."""
        self._connection.execute(
            tasks.delete().where(
                tasks.c.account == self._user,
                tasks.c.kind == task.kind,
                tasks.c.about == task.about,
            )
        )

    def take_due(self, now: int, limit: int) -> list[Task]:
        """See `UnitOfWork`."""
        by_instant = self._rows(tasks, tasks.c.at <= now, left_out="number").order_by(tasks.c.at, tasks.c.number)
        due = [Task(*row) for row in self._connection.execute(by_instant.limit(limit))]
        for task in due:
            self.cancel(task)
        return due

    def add_event(self, event: Event) -> None:
        """See `UnitOfWork`."""
        self._add(events, {**event._asdict(), "number": self.next_number("events")})

    def events(self, timeline: str) -> list[Event]:
        """See `UnitOfWork`."""
        query = self._rows(events, events.c.timeline == timeline, left_out="number").order_by(events.c.number)
        return [Event(*row) for row in self._connection.execute(query)]

    def add_exchange(self, exchange: Exchange) -> None:
        """See `UnitOfWork`."""
        self._add(exchanges, exchange._asdict())
        last_dropped = exchange.number - self._journal_size
        if last_dropped > 0:
            self._connection.execute(
                exchanges.delete().where(exchanges.c.account == self._user, exchanges.c.number <= last_dropped)
            )

    def exchange(self, number: int) -> Exchange | None:
        """See `UnitOfWork`."""
        row = self._connection.execute(self._rows(exchanges, exchanges.c.number == number)).one_or_none()
        return None if row is None else Exchange(*row)

    def exchanges(self, limit: int) -> list[Exchange]:
        """See `UnitOfWork`."""
        query = self._rows(exchanges).order_by(exchanges.c.number.desc()).limit(max(0, limit))
        return [Exchange(*row) for row in self._connection.execute(query)]


class SqlStore:
    """Accounts in a database that outlives the process."""

    waits_for_io = True

    def __init__(self, url: str, journal_size: int) -> None:
        """Open the database, creating its tables where they are missing.

        Raises:
            ValueError: the address is not one that this store can open; the message says what it takes.
        """
        self._journal_size = journal_size
        self._listeners: list[Callable[[str, int], None]] = []
        self._engine = _engine(url)
        # SQLite lets one write at a time, and threads that wait inside it are served unfairly and late.
        self._writing = Lock()
        self._reader = self._engine.execution_options(reads_only=True)
        try:
            metadata.create_all(self._engine)
        except sa.exc.DatabaseError as error:
            raise ValueError(f"the database {url} cannot be opened: {error.orig}") from error
        self.open_account(Account(NOBODY, "", ""))

    def open_account(self, account: Account) -> Account:
        """See `Store`."""
        fresh = {
            "account": account.user,
            "secret_key": account.secret_key,
            "seed": account.seed,
            "role": account.role,
            "opening_balance": account.opening_balance,
            "numbers": "{}",
        }
        statement = insert(accounts).values(fresh)
        changes = {name: statement.excluded[name] for name in ("secret_key", "role", "opening_balance")}
        replace_key = statement.on_conflict_do_update(index_elements=["account"], set_=changes)
        with self._engine.begin() as connection:
            connection.execute(replace_key)
            row = connection.execute(_account_of(account.user)).one()
        return Account(*row)

    def account(self, user: str) -> Account | None:
        """See `Store`."""
        with self._reader.connect() as connection:
            row = connection.execute(_account_of(user)).one_or_none()
        return None if row is None else Account(*row)

    @contextmanager
    def unit(self, user: str) -> Iterator[SqlUnit]:
        """See `Store`."""
        with self._writing, self._engine.begin() as connection:
            unit = SqlUnit(connection, user, self._journal_size)
            yield unit
            unit.finish()
        if unit.earliest is not None:
            for listener in self._listeners:
                listener(user, unit.earliest)

    def next_due(self, user: str) -> int | None:
        """See `Store`."""
        with self._reader.connect() as connection:
            earliest: int | None = connection.scalar(sa.select(sa.func.min(tasks.c.at)).where(tasks.c.account == user))
        return earliest

    def users(self) -> list[str]:
        """See `Store`."""
        with self._reader.connect() as connection:
            return list(connection.scalars(sa.select(accounts.c.account)))

    def on_schedule(self, listener: Callable[[str, int], None]) -> None:
        """See `Store`."""
        self._listeners.append(listener)

    def close(self) -> None:
        """See `Store`."""
        self._engine.dispose()


def _account_of(user: str) -> sa.Select[Any]:
    columns = (accounts.c.account, accounts.c.secret_key, accounts.c.seed, accounts.c.role, accounts.c.opening_balance)
    return sa.select(*columns).where(accounts.c.account == user)


def _engine(url: str) -> sa.Engine:
    """An engine whose units of work take SQLite's write lock when they begin, so that none fails half-way."""
    if not url.startswith("sqlite:///") or url in {"sqlite:///", "sqlite:///:memory:"}:
        raise ValueError(f"expected a database such as sqlite:///sandbox.db, not {url!r}")
    engine = sa.create_engine(url, connect_args={"timeout": _LONGEST_WAIT})

    @sa.event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own type
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")

    @sa.event.listens_for(engine, "begin")
    def _on_begin(connection: sa.Connection) -> None:
        reads_only = connection.get_execution_options().get("reads_only")
        connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")

    return engine
