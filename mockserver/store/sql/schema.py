"""The tables of the SQL store."""

from __future__ import annotations

from typing import Any, NamedTuple

import sqlalchemy as sa

SCHEMA_VERSION = 3
"""The version of the tables. Increment it with each change of a table, column or index."""

metadata = sa.MetaData()


def _table(
    name: str, *columns: sa.Column[Any], keys: tuple[str, ...], fillfactor: int = 100, small: bool = False
) -> sa.Table:
    """A table with rows of accounts; `keys` are unique within a generation of an account.

    PostgreSQL leaves room in a page for changed rows by the `fillfactor`; its storage parameters are the table's
    `info`. SQLite keeps a table of `small` rows in the tree of its keys, which saves a second one.
    """
    owner = sa.Column("generation", sa.BigInteger, nullable=False)
    return sa.Table(
        name, metadata, owner, *columns, sa.PrimaryKeyConstraint("generation", *keys),
        sqlite_with_rowid=not small, info={"fillfactor": fillfactor, **_VACUUM},
    )  # fmt: skip


_VACUUM = {"autovacuum_vacuum_scale_factor": 0.05, "autovacuum_vacuum_insert_scale_factor": 0.1}
"""Queue tables need vacuum early: dead rows lie where the next due task is searched for."""


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def _integer(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=nullable)


def _bytes(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary, nullable=False)


facts = sa.Table("sandbox", metadata, sa.Column("name", sa.Text, primary_key=True), _text("value"))
"""What the database is: its application, the version of its tables, and the secret that all processes share."""

accounts = sa.Table(
    "accounts", metadata, sa.Column("account", sa.Text, primary_key=True), _integer("generation"), _text("value"),
    _text("progress"), _text("advanced_by"), _integer("advanced_until"),
    info={"fillfactor": 50, **_VACUUM},
)  # fmt: skip
"""`advanced_by` names who advances the account's clock, until the machine's instant `advanced_until`."""

generations = sa.Table(
    "generations", metadata,
    sa.Column("generation", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
    sa.Column("account", sa.Text, nullable=False), sqlite_autoincrement=True,
)  # fmt: skip
"""All contents that accounts have had. Emptying an account begins a new one, and the rows of old ones are swept."""

records = _table(
    "records", _text("kind"), _text("identifier"), _text("group_name"), _integer("position"),
    _integer("dated", nullable=True), _integer("number", nullable=True), _text("state"), _text("value"),
    keys=("kind", "identifier"), fillfactor=85,
)  # fmt: skip
record_blocks = _table(
    "record_blocks", _text("kind"), _integer("block"), _integer("dated"), _integer("number"), keys=("kind", "block"),
    small=True,
)  # fmt: skip
record_counts = _table(
    "record_counts", _text("kind"), _text("state"), _integer("level"), _integer("block"), _integer("count"),
    keys=("kind", "state", "level", "block"), fillfactor=50, small=True,
)  # fmt: skip
notifications = _table(
    "notifications", _integer("number"), _text("timeline"), _text("type"), _text("notified_state"),
    _integer("created_at"), _text("url"), _bytes("body"), _text("state"), _text("form"), _integer("concurrent"),
    _text("defect"), _integer("once"), _integer("subject"), keys=("number",), fillfactor=85,
)  # fmt: skip
attempts = _table(
    "attempts", _integer("notification"), _integer("number"), _integer("at"), _text("url"), _bytes("sent"),
    _integer("status", nullable=True), _bytes("answer"), _text("error"), _integer("duration"),
    keys=("notification", "number"),
)  # fmt: skip
tasks = _table(
    "tasks", _text("kind"), _text("about"), _integer("queue"), _integer("at"), _integer("number"),
    _integer("claimed_until"), _text("claimed_by"), keys=("kind", "about"), fillfactor=70, small=True,
)  # fmt: skip
"""`queue` is 0 for transitions and 1 for deliveries. A process has claimed one until the machine's instant, or 0."""

events = _table(
    "events", _integer("subject"), _integer("number"), _text("timeline"), _integer("at"), _text("kind"),
    _integer("reference"), _text("text"), _integer("duration", nullable=True), keys=("subject", "number"), small=True,
)  # fmt: skip
"""A `subject` is the place of a timeline's object in the order of addition, see `mockserver.store.sql.subjects`."""

exchanges = _table("exchanges", _integer("number"), _bytes("value"), keys=("number",))

_is_grouped, _is_dated = records.c.group_name != "", records.c.dated.is_not(None)
sa.Index(
    "records_by_group", records.c.generation, records.c.kind, records.c.group_name, records.c.position,
    sqlite_where=_is_grouped, postgresql_where=_is_grouped,
)  # fmt: skip
sa.Index(
    "records_by_instant", records.c.generation, records.c.kind, records.c.dated, records.c.number,
    sqlite_where=_is_dated, postgresql_where=_is_dated,
)  # fmt: skip
sa.Index(
    "records_by_state", records.c.generation, records.c.kind, records.c.state, records.c.dated, records.c.number,
    sqlite_where=_is_dated, postgresql_where=_is_dated,
)  # fmt: skip
sa.Index("notifications_by_subject", notifications.c.generation, notifications.c.subject)
_has_failed = notifications.c.state.not_in(["pending", "accepted"])
sa.Index(
    "notifications_by_state", notifications.c.generation, notifications.c.state, notifications.c.number,
    sqlite_where=_has_failed, postgresql_where=_has_failed,
)  # fmt: skip
sa.Index("tasks_by_instant", tasks.c.generation, tasks.c.queue, tasks.c.at, tasks.c.number)

OF_GENERATIONS = (records, record_blocks, record_counts, notifications, attempts, tasks, events, exchanges)
"""The tables whose rows belong to generations, which are swept when no account has them."""


class Put(NamedTuple):
    """Adds rows to a table, or replaces those with the same keys, except their columns in `kept`.

    Columns in `summed` are added to those of the row. The rows are tuples of all columns, each with other keys.
    """

    table: sa.Table
    replaces: bool = True
    kept: tuple[str, ...] = ()
    summed: tuple[str, ...] = ()


class Delete(NamedTuple):
    """Deletes the rows of a table that have one of the given keys, which are tuples."""

    table: sa.Table


PUT_RECORDS = Put(records, kept=("position",))
PUT_BLOCKS = Put(record_blocks)
PUT_COUNTS = Put(record_counts, summed=("count",))
PUT_NOTIFICATIONS = Put(notifications)
PUT_TASKS = Put(tasks)
ADD_ATTEMPTS = Put(attempts, replaces=False)
ADD_EVENTS = Put(events, replaces=False)
ADD_EXCHANGES = Put(exchanges, replaces=False)
DELETE_TASKS = Delete(tasks)
