"""The tables and statements of the SQL store.

Statements are built once, as building one takes longer than running it in SQLite.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

SCHEMA_VERSION = 1
"""The version of the tables. Increment it with each change of a table, column or index."""

metadata = sa.MetaData()


def _table(name: str, *columns: sa.Column[Any], keys: tuple[str, ...]) -> sa.Table:
    """A table with rows of accounts; `keys` are unique within a generation of an account."""
    owner = sa.Column("generation", sa.BigInteger, nullable=False)
    return sa.Table(name, metadata, owner, *columns, sa.PrimaryKeyConstraint("generation", *keys))


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def _integer(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=nullable)


def _bytes(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary, nullable=False)


accounts = sa.Table("accounts", metadata, sa.Column("account", sa.Text, primary_key=True), _integer("generation"),
                    _text("value"), _text("numbers"))  # fmt: skip
generations = sa.Table(
    "generations", metadata, sa.Column("generation", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("account", sa.Text, nullable=False), sqlite_autoincrement=True,
)  # fmt: skip
records = _table(
    "records", _text("kind"), _text("identifier"), _text("group_name"), _integer("dated", nullable=True),
    _integer("number", nullable=True), _text("state"), _integer("added"), _text("value"),
    keys=("kind", "identifier"),
)  # fmt: skip
notifications = _table(
    "notifications", _integer("number"), _text("timeline"), _text("type"), _text("notified_state"),
    _integer("created_at"),
    _text("url"), _bytes("body"), _text("state"), _text("form"), sa.Column("concurrent", sa.Boolean, nullable=False),
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
    _text("text"), sa.Column("duration", sa.Integer),
    keys=("number",),
)  # fmt: skip
exchanges = _table(
    "exchanges", _integer("number"), _integer("at"), _text("user"), _text("method"), _text("code"), _text("trade_id"),
    _text("scenario"), _text("reason"), _text("string_to_sign"), _bytes("request"), _bytes("answer"),
    _integer("duration"), _text("explanation"),
    keys=("number",),
)  # fmt: skip
sa.Index("notifications_of_timeline", notifications.c.generation, notifications.c.timeline)
sa.Index("events_of_timeline", events.c.generation, events.c.timeline)
sa.Index("tasks_by_instant", tasks.c.generation, tasks.c.at, tasks.c.number)
sa.Index("records_by_group", records.c.generation, records.c.kind, records.c.group_name, records.c.added)
sa.Index("records_by_instant", records.c.generation, records.c.kind, records.c.dated, records.c.number)
sa.Index("records_by_state", records.c.generation, records.c.kind, records.c.state, records.c.dated, records.c.number)


def _columns(table: sa.Table, *left_out: str) -> list[sa.Column[Any]]:
    return [column for column in table.columns if column.name not in {"generation", *left_out}]


def _own(table: sa.Table, *names: str) -> list[sa.ColumnElement[bool]]:
    """The conditions for rows of a generation, with parameters for the named columns."""
    return [table.c[name] == sa.bindparam(name) for name in ("generation", *names)]


def _upsert(table: sa.Table, *kept: str) -> Any:  # noqa: ANN401 - a statement of the dialect
    """Adds a row, or replaces the row with the same keys except its `kept` columns."""
    statement = insert(table)
    keys = [column.name for column in table.primary_key.columns]
    changes = {column.name: statement.excluded[column.name] for column in table.columns
               if column.name not in {*keys, *kept}}  # fmt: skip
    return statement.on_conflict_do_update(index_elements=keys, set_=changes)


_OF_ACCOUNT = accounts.c.account == sa.bindparam("of_account")
ACCOUNT = sa.select(accounts.c.value, accounts.c.generation).where(_OF_ACCOUNT)
ACCOUNTS = sa.select(accounts.c.account, accounts.c.value)
ADD_ACCOUNT = accounts.insert()
CHANGE_ACCOUNT = accounts.update().where(_OF_ACCOUNT).values(value=sa.bindparam("to"))
EMPTY_ACCOUNT = accounts.update().where(_OF_ACCOUNT).values(generation=sa.bindparam("to"), numbers="{}")
DROP_ACCOUNT = accounts.delete().where(_OF_ACCOUNT)
BEGIN_GENERATION = generations.insert()
USERS = sa.select(accounts.c.account).order_by(accounts.c.account)
KEEP_NUMBERS = accounts.update().where(_OF_ACCOUNT).values(numbers=sa.bindparam("to"))
NUMBERS = sa.select(accounts.c.generation, accounts.c.numbers).where(_OF_ACCOUNT)
NUMBERS_FOR_UPDATE = NUMBERS.with_for_update()
TOUCH = accounts.update().where(_OF_ACCOUNT).values(numbers=accounts.c.numbers)
PUT_RECORD = _upsert(records, "added")
GET_RECORD = sa.select(records.c.value).where(*_own(records, "kind", "identifier"))
GROUP = sa.select(records.c.value).where(*_own(records, "kind", "group_name")).order_by(records.c.added)
CHOSEN = (
    *_own(records, "kind"),
    records.c.dated.between(sa.bindparam("since"), sa.bindparam("until")),
    sa.or_(records.c.dated > sa.bindparam("since"), records.c.number > sa.bindparam("after")),
)
CHOSEN_IN_STATE = (*CHOSEN, records.c.state == sa.bindparam("state"))
COUNT, COUNT_IN_STATE = (
    sa.select(sa.func.count()).select_from(records).where(*chosen) for chosen in (CHOSEN, CHOSEN_IN_STATE)
)
PAGE, PAGE_IN_STATE = (
    sa.select(records.c.value)
    .where(*chosen)
    .order_by(records.c.dated, records.c.number)
    .offset(sa.bindparam("skip"))
    .limit(sa.bindparam("limit"))
    for chosen in (CHOSEN, CHOSEN_IN_STATE)
)
PUT_NOTIFICATION = _upsert(notifications)
NOTIFICATION = sa.select(*_columns(notifications)).where(*_own(notifications, "number"))
NOTIFICATIONS = (
    sa.select(*_columns(notifications)).where(*_own(notifications, "timeline")).order_by(notifications.c.number)
)
NEWEST_NOTIFICATIONS = (
    sa.select(*_columns(notifications)).where(*_own(notifications)).order_by(notifications.c.number.desc())
)
ATTEMPTS = sa.select(*_columns(attempts)).where(*_own(attempts, "notification")).order_by(attempts.c.number)
PUT_TASK = _upsert(tasks)
CANCEL_TASK = tasks.delete().where(
    tasks.c.generation == sa.bindparam("of_generation"),
    tasks.c.kind == sa.bindparam("of_kind"),
    tasks.c.about == sa.bindparam("of_about"),
)
DUE_TRANSITIONS, DUE_DELIVERIES = (
    sa.select(*_columns(tasks, "number"))
    .where(*_own(tasks), of_kind, tasks.c.at <= sa.bindparam("now"))
    .order_by(tasks.c.at, tasks.c.number)
    .limit(sa.bindparam("limit"))
    for of_kind in (tasks.c.kind != "notification", tasks.c.kind == "notification")
)
PENDING_DELIVERIES = sa.select(sa.func.count()).select_from(tasks).where(*_own(tasks), tasks.c.kind == "notification")
NEXT_DUE = (
    sa.select(sa.func.min(tasks.c.at)).join(accounts, tasks.c.generation == accounts.c.generation).where(_OF_ACCOUNT)
)
EVENTS = sa.select(*_columns(events, "number")).where(*_own(events, "timeline")).order_by(events.c.number)
DROP_EXCHANGES = exchanges.delete().where(
    exchanges.c.generation == sa.bindparam("of_generation"), exchanges.c.number <= sa.bindparam("last")
)
EXCHANGE = sa.select(*_columns(exchanges)).where(*_own(exchanges, "number"))
EXCHANGES = (
    sa.select(*_columns(exchanges))
    .where(*_own(exchanges), exchanges.c.number > sa.bindparam("after"))
    .order_by(exchanges.c.number.desc())
    .limit(sa.bindparam("limit"))
)
EVERY = sa.select(records.c.value).where(*_own(records, "kind")).order_by(records.c.added)
EVERY_EVENT = sa.select(*_columns(events, "number")).where(*_own(events)).order_by(events.c.number)
EVERY_TASK = sa.select(*_columns(tasks, "number")).where(*_own(tasks)).order_by(tasks.c.at, tasks.c.number)
CLEAR_JOURNAL = exchanges.delete().where(exchanges.c.generation == sa.bindparam("of_generation"))


def _sweep(table: sa.Table) -> sa.Delete:
    """Deletes some rows of generations that no account has."""
    keys = list(table.primary_key.columns)
    used = sa.select(accounts.c.generation)
    some = sa.select(*keys).where(table.c.generation.not_in(used)).limit(sa.bindparam("most"))
    return table.delete().where(sa.tuple_(*keys).in_(some))


SWEEPS = [_sweep(table) for table in (records, notifications, attempts, tasks, events, exchanges, generations)]
