"""The store that keeps accounts in a SQL database, through SQLAlchemy Core. Imported only when asked for."""

from __future__ import annotations

import json
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from mockserver.notify.plan import Attempt, Notification
from mockserver.payments.payment import Payment, PlannedMove
from mockserver.store.contract import NOBODY, Account, Event, Exchange, PaymentChoice, Series, Task

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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
    "accounts", _text("secret_key"), _text("seed"),
    _integer("payments"), _integer("notifications"), _integer("exchanges"), _integer("events"), _integer("tasks"),
    keys=(),
)  # fmt: skip
payments = _table(
    "payments", _text("trade_id"), _integer("number"), _text("user"), _text("method"), _text("order_id"),
    _integer("amount"), _integer("tip"), _text("currency"), _text("pay_method"), _text("sub_pay_method"),
    _text("description"),
    _text("demo"), _integer("timeout"), _text("redirect_url"), _text("notify_url"), _text("scenario"),
    _integer("created_at"), _integer("expires_at"), _integer("paid_at", nullable=True), _text("state"), _text("plan"),
    keys=("trade_id",),
)  # fmt: skip
notifications = _table(
    "notifications", _integer("number"), _text("trade_id"), _text("payment_state"), _integer("created_at"),
    _text("url"), _bytes("body"), _text("state"),
    keys=("number",),
)  # fmt: skip
attempts = _table(
    "attempts", _integer("notification"), _integer("number"), _integer("at"), _text("url"), _bytes("sent"),
    _integer("status", nullable=True), _bytes("answer"), _text("error"), _integer("duration"),
    keys=("notification", "number"),
)  # fmt: skip
tasks = _table(
    "tasks", _integer("at"), _text("kind"), _text("trade_id"), _integer("notification"), _integer("number"),
    keys=("kind", "trade_id", "notification"),
)  # fmt: skip
events = _table(
    "events", _integer("number"), _text("trade_id"), _integer("at"), _text("kind"), _integer("reference"),
    _text("text"),
    keys=("number",),
)  # fmt: skip
exchanges = _table(
    "exchanges", _integer("number"), _integer("at"), _text("user"), _text("method"), _text("code"), _text("trade_id"),
    _text("scenario"), _text("reason"), _text("string_to_sign"), _bytes("request"), _bytes("answer"),
    _integer("duration"),
    keys=("number",),
)  # fmt: skip
sa.Index("notifications_of_trade", notifications.c.account, notifications.c.trade_id)
sa.Index("events_of_trade", events.c.account, events.c.trade_id)
sa.Index("tasks_by_instant", tasks.c.account, tasks.c.at, tasks.c.number)
sa.Index("payments_by_creation", payments.c.account, payments.c.created_at)
sa.Index("payments_by_state", payments.c.account, payments.c.state, payments.c.created_at)

_COUNTED = ("payments", "notifications", "exchanges", "events", "tasks")


def _payment(row: sa.Row[Any]) -> Payment:
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for a row as a mapping
    plan = tuple(PlannedMove(*step) for step in json.loads(values.pop("plan")))
    return Payment(**values, plan=plan)


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
        row = connection.execute(
            sa.select(*(accounts.c[name] for name in _COUNTED)).where(accounts.c.account == user).with_for_update()
        ).one_or_none()
        if row is None:
            raise KeyError(user)
        self._numbers = dict(zip(_COUNTED, row, strict=True))
        self._stored_numbers = self._numbers.copy()
        self.earliest: int | None = None

    def finish(self) -> None:
        """Write the counters back, before the transaction commits."""
        if self._numbers != self._stored_numbers:
            self._connection.execute(accounts.update().where(accounts.c.account == self._user).values(self._numbers))

    def _rows(self, table: sa.Table, *conditions: sa.ColumnElement[bool], left_out: str = "") -> sa.Select[Any]:
        return sa.select(*_columns(table, left_out)).where(table.c.account == self._user, *conditions)

    def _add(self, table: sa.Table, values: dict[str, Any]) -> None:
        self._connection.execute(table.insert(), {"account": self._user, **values})

    def _put(self, table: sa.Table, values: dict[str, Any]) -> None:
        keys = [column.name for column in table.primary_key.columns]
        statement = insert(table).values(account=self._user, **values)
        changes = {name: statement.excluded[name] for name in values if name not in keys}
        self._connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=changes))

    def next_number(self, series: Series) -> int:
        """See `UnitOfWork`."""
        self._numbers[series] += 1
        return int(self._numbers[series])

    def payment(self, trade_id: str) -> Payment | None:
        """See `UnitOfWork`."""
        row = self._connection.execute(self._rows(payments, payments.c.trade_id == trade_id)).one_or_none()
        return None if row is None else _payment(row)

    def save_payment(self, payment: Payment) -> None:
        """See `UnitOfWork`."""
        self._put(payments, {**payment._asdict(), "plan": json.dumps(payment.plan)})

    def list_payments(self, choice: PaymentChoice) -> tuple[int, list[Payment]]:
        """See `UnitOfWork`."""
        conditions: list[sa.ColumnElement[bool]] = [payments.c.created_at.between(choice.since, choice.until)]
        if choice.state is not None:
            conditions.append(payments.c.state == choice.state)
        counted = sa.select(sa.func.count()).where(payments.c.account == self._user, *conditions)
        page = self._rows(payments, *conditions).order_by(payments.c.number).offset(choice.skip).limit(choice.limit)
        total = self._connection.scalar(counted) or 0
        return total, [_payment(row) for row in self._connection.execute(page)]

    def notification(self, number: int) -> Notification | None:
        """See `UnitOfWork`."""
        row = self._connection.execute(self._rows(notifications, notifications.c.number == number)).one_or_none()
        return None if row is None else Notification(*row)

    def save_notification(self, notification: Notification) -> None:
        """See `UnitOfWork`."""
        self._put(notifications, notification._asdict())

    def notifications(self, trade_id: str) -> list[Notification]:
        """See `UnitOfWork`."""
        query = self._rows(notifications, notifications.c.trade_id == trade_id).order_by(notifications.c.number)
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
        self._numbers["tasks"] += 1
        self._put(tasks, {**task._asdict(), "number": self._numbers["tasks"]})
        self.earliest = task.at if self.earliest is None else min(self.earliest, task.at)

    def cancel(self, task: Task) -> None:
        """See `UnitOfWork`."""
        self._connection.execute(
            tasks.delete().where(
                tasks.c.account == self._user,
                tasks.c.kind == task.kind,
                tasks.c.trade_id == task.trade_id,
                tasks.c.notification == task.notification,
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
        self._numbers["events"] += 1
        self._add(events, {**event._asdict(), "number": self._numbers["events"]})

    def events(self, trade_id: str) -> list[Event]:
        """See `UnitOfWork`."""
        query = self._rows(events, events.c.trade_id == trade_id, left_out="number").order_by(events.c.number)
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
            **dict.fromkeys(_COUNTED, 0),
        }
        statement = insert(accounts).values(fresh)
        replace_key = statement.on_conflict_do_update(
            index_elements=["account"], set_={"secret_key": statement.excluded.secret_key}
        )
        with self._engine.begin() as connection:
            connection.execute(replace_key)
        return Account(account.user, account.secret_key, self._seed(account.user))

    def _seed(self, user: str) -> str:
        with self._reader.connect() as connection:
            return str(connection.scalar(sa.select(accounts.c.seed).where(accounts.c.account == user)))

    def account(self, user: str) -> Account | None:
        """See `Store`."""
        query = sa.select(accounts.c.account, accounts.c.secret_key, accounts.c.seed).where(accounts.c.account == user)
        with self._reader.connect() as connection:
            row = connection.execute(query).one_or_none()
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
