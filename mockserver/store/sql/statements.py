"""The statements of the SQL store, for every database. Each is built once, and compiled once by a `Database`."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from mockserver.store.sql.schema import (
    accounts,
    attempts,
    events,
    exchanges,
    facts,
    generations,
    notifications,
    record_blocks,
    record_counts,
    records,
    tasks,
)

_value = sa.bindparam


def _columns(table: sa.Table, *left_out: str) -> list[sa.Column[Any]]:
    return [column for column in table.columns if column.name not in {"generation", *left_out}]


def _about(table: sa.Table) -> sa.ColumnElement[bool]:
    """The condition for rows of a subject, and for those that were added before its record."""
    return table.c.subject.in_([_value("subject"), sa.literal_column("-1")])


def _own(table: sa.Table, *names: str) -> list[sa.ColumnElement[bool]]:
    """The conditions for rows of a generation, with parameters for the named columns."""
    return [table.c[name] == _value(name) for name in ("generation", *names)]


FACTS = sa.select(facts.c.name, facts.c.value)
PUT_FACT = facts.insert()

_OF_ACCOUNT = accounts.c.account == _value("of_account")
ACCOUNT = sa.select(
    accounts.c.generation, accounts.c.value, accounts.c.progress, accounts.c.advanced_by, accounts.c.advanced_until
).where(_OF_ACCOUNT)
LOCKED_ACCOUNT = ACCOUNT.with_for_update()
FREE_ACCOUNT = ACCOUNT.with_for_update(skip_locked=True)
ACCOUNTS = sa.select(accounts.c.account, accounts.c.generation, accounts.c.value)
USERS = sa.select(accounts.c.account).order_by(accounts.c.account)
ADD_ACCOUNT = sa.text(
    "INSERT INTO accounts (account, generation, value, progress, advanced_by, advanced_until)"
    " VALUES (:account, :generation, :value, :progress, :advanced_by, :advanced_until) ON CONFLICT DO NOTHING"
)
KEEP_PROGRESS = accounts.update().where(_OF_ACCOUNT).values(progress=_value("to"))
CHANGE_ACCOUNT = accounts.update().where(_OF_ACCOUNT).values(value=_value("to"))
EMPTY_ACCOUNT = accounts.update().where(_OF_ACCOUNT).values(generation=_value("to"), progress=_value("nothing"))
DROP_ACCOUNT = accounts.delete().where(_OF_ACCOUNT)
TOUCH = facts.update().where(facts.c.name == "checked").values(value=_value("now"))
BEGIN_GENERATION = generations.insert().values(account=_value("of_account")).returning(generations.c.generation)
SET_ADVANCE = accounts.update().where(_OF_ACCOUNT).values(advanced_by=_value("by"), advanced_until=_value("until"))

GET_RECORD = sa.select(records.c.value, records.c.position).where(*_own(records, "kind", "identifier"))
AT_ONCE = 50
"""How many keys a statement for several of them has; they may be the same."""


def _one_of(column: sa.Column[Any]) -> sa.ColumnElement[bool]:
    return column.in_([_value(f"key_{place}", type_=column.type) for place in range(AT_ONCE)])


GET_RECORDS = sa.select(records.c.identifier, records.c.value, records.c.position).where(
    *_own(records, "kind"), _one_of(records.c.identifier)
)
EVERY = sa.select(records.c.value).where(*_own(records, "kind")).order_by(records.c.position)
GROUP = (
    sa.select(records.c.identifier, records.c.value, records.c.position)
    .where(*_own(records, "kind", "group_name"), records.c.group_name != "")
    .order_by(records.c.position)
)
_FROM = sa.tuple_(records.c.dated, records.c.number) > sa.tuple_(_value("since"), _value("after"))
_TO = sa.tuple_(records.c.dated, records.c.number) < sa.tuple_(_value("until"), _value("before"))
_IN_RANGE = (*_own(records, "kind"), records.c.dated.is_not(None), _FROM, _TO)
_IN_STATE = (*_IN_RANGE, records.c.state == _value("state"))
_UPWARDS, _DOWNWARDS = (
    [getattr(column, way)() for column in (records.c.dated, records.c.number)] for way in ("asc", "desc")
)
PAGE, PAGE_IN_STATE = (
    sa.select(records.c.value).where(*chosen).order_by(*_UPWARDS).offset(_value("skip")).limit(_value("limit"))
    for chosen in (_IN_RANGE, _IN_STATE)
)
COUNT, COUNT_IN_STATE = (
    sa.select(sa.func.count()).select_from(records).where(*chosen) for chosen in (_IN_RANGE, _IN_STATE)
)


class _HasPattern(FunctionElement[bool]):
    """Whether a text has a pattern, with ASCII letters in any case: ILIKE, which is LIKE in SQLite."""

    type = sa.Boolean()
    inherit_cache = True


@compiles(_HasPattern)
def _compiled(has: _HasPattern, compiler: Any, **options: Any) -> str:  # noqa: ANN401 - SQLAlchemy's
    text, pattern = (compiler.process(one, **options) for one in has.clauses)
    like = "LIKE" if compiler.dialect.name == "sqlite" else 'COLLATE "C" ILIKE'  # other collations take thrice the time
    return f"{text} {like} {pattern}"


_PLACE = (records.c.dated, records.c.number)


def _newest_likely(chosen: tuple[sa.ColumnElement[bool], ...]) -> sa.Select[Any]:
    """Those of the newest rows whose JSON has what is searched for."""
    seen = (
        sa.select(records.c.value, *_PLACE).where(*chosen).order_by(*_DOWNWARDS).limit(_value("looked_at")).subquery()
    )
    value = seen.c.value
    return (
        sa.select(value, seen.c.dated, seen.c.number)
        .where(sa.or_(_HasPattern(value, _value("text")), _HasPattern(value, _value("amount"))))
        .where(_HasPattern(value, _value("wallet")), _HasPattern(value, _value("exact_method")))
        .order_by(seen.c.dated.desc(), seen.c.number.desc())
        .limit(_value("limit"))
    )


NEWEST, NEWEST_IN_STATE = map(_newest_likely, (_IN_RANGE, _IN_STATE))
LAST_LOOKED_AT, LAST_LOOKED_AT_IN_STATE = (
    sa.select(*_PLACE).where(*chosen).order_by(*_DOWNWARDS).offset(_value("skip")).limit(_value("limit"))
    for chosen in (_IN_RANGE, _IN_STATE)
)
FIRST_POSITION, LAST_POSITION = (
    sa.select(records.c.position).where(*_IN_RANGE).order_by(*order).limit(1) for order in (_UPWARDS, _DOWNWARDS)
)
BLOCK = sa.select(record_blocks.c.dated, record_blocks.c.number).where(*_own(record_blocks, "kind", "block"))
BLOCK_COUNTS = (
    sa.select(record_counts.c.block, record_counts.c.count)
    .where(
        *_own(record_counts, "kind", "state", "level"),
        record_counts.c.block >= _value("first"),
        record_counts.c.block < _value("end"),
        record_counts.c.count > 0,
    )
    .order_by(record_counts.c.block)
)

NOTIFICATION = sa.select(*_columns(notifications)).where(*_own(notifications, "number"))
# Without an order: for one by number, SQLite would read all notifications by their keys.
NOTIFICATIONS = sa.select(*_columns(notifications)).where(*_own(notifications, "timeline"), _about(notifications))
NOTIFICATIONS_OF = (
    sa.select(*_columns(notifications))
    .where(*_own(notifications), _one_of(notifications.c.subject))
    .order_by(notifications.c.number)
)
_NEWEST = sa.select(*_columns(notifications)).order_by(notifications.c.number.desc()).limit(_value("limit"))
NEWEST_NOTIFICATIONS = _NEWEST.where(*_own(notifications), notifications.c.number < _value("before"))
NEWEST_NOTIFICATIONS_IN_STATE = NEWEST_NOTIFICATIONS.where(notifications.c.state == _value("state"))
NEWEST_FAILED_NOTIFICATIONS = NEWEST_NOTIFICATIONS_IN_STATE.where(
    notifications.c.state.not_in([sa.literal_column("'pending'"), sa.literal_column("'accepted'")])
)
ATTEMPTS = sa.select(*_columns(attempts)).where(*_own(attempts, "notification")).order_by(attempts.c.number)
ATTEMPTS_OF = (
    sa.select(*_columns(attempts))
    .where(*_own(attempts), _one_of(attempts.c.notification))
    .order_by(attempts.c.notification, attempts.c.number)
)

_TASK = (tasks.c.at, tasks.c.kind, tasks.c.about)
_BEGUN = tasks.c.at <= _value("now")
DUE_TRANSITIONS = (
    sa.select(*_TASK, tasks.c.number)
    .where(*_own(tasks), tasks.c.queue == 0, _BEGUN)
    .where(sa.tuple_(tasks.c.at, tasks.c.number) > sa.tuple_(_value("after_at"), _value("after_number")))
    .order_by(tasks.c.at, tasks.c.number)
    .limit(_value("limit"))
)
DUE_DELIVERIES = (
    sa.select(*_TASK, tasks.c.number, *_columns(notifications))
    .select_from(
        tasks.outerjoin(
            notifications,
            sa.and_(
                notifications.c.generation == tasks.c.generation,
                notifications.c.number == sa.cast(tasks.c.about, sa.BigInteger),
            ),
        )
    )
    .where(*_own(tasks), tasks.c.queue == 1, _BEGUN, tasks.c.claimed_until <= _value("machine"))
    .order_by(tasks.c.at, tasks.c.number)
    .limit(_value("limit"))
)


def _first_in(queue: int) -> sa.ScalarSelect[int]:
    return (
        sa.select(tasks.c.at)
        .where(tasks.c.generation == accounts.c.generation, tasks.c.queue == queue)
        .where(tasks.c.claimed_until <= _value("machine"))
        .order_by(tasks.c.at, tasks.c.number)
        .limit(1)
        .scalar_subquery()
    )


_FIRST_DUE = (_first_in(0), _first_in(1))
NEXT_DUE = sa.select(*_FIRST_DUE).select_from(accounts).where(_OF_ACCOUNT)
NEXT_DUE_OF_ALL = sa.select(accounts.c.account, *_FIRST_DUE).select_from(accounts)
ROW_VERSIONS = sa.text("SELECT account, xmin::text FROM accounts")
ACCOUNTS_OF = sa.text("SELECT account, generation, value FROM accounts WHERE account = ANY(:users)")
CLAIMED_ELSEWHERE = (
    sa.select(tasks.c.at)
    .select_from(tasks.join(accounts, tasks.c.generation == accounts.c.generation))
    .where(
        _OF_ACCOUNT, tasks.c.queue == 1, tasks.c.claimed_until > _value("machine"), tasks.c.claimed_by != _value("by")
    )
    .order_by(tasks.c.at)
    .limit(1)
)
HAS_DELIVERIES = (
    sa.select(tasks.c.at)
    .select_from(tasks.join(accounts, tasks.c.generation == accounts.c.generation))
    .where(_OF_ACCOUNT, tasks.c.queue == 1)
    .limit(1)
)
USERS_WITH_DELIVERIES = sa.select(accounts.c.account).where(
    sa.exists().where(tasks.c.generation == accounts.c.generation, tasks.c.queue == 1)
)
TASK = sa.select(tasks.c.at).where(*_own(tasks, "kind", "about"))
PENDING_DELIVERIES = sa.select(sa.func.count()).select_from(tasks).where(*_own(tasks), tasks.c.queue == 1)
EVERY_TASK = sa.select(*_TASK).where(*_own(tasks)).order_by(tasks.c.at, tasks.c.number)
END_ALL_CLAIMS = tasks.update().where(tasks.c.claimed_until > 0).values(claimed_until=0)
END_ALL_ADVANCES = accounts.update().where(accounts.c.advanced_until > 0).values(advanced_until=0)
END_OWN_CLAIMS = sa.text(
    "UPDATE tasks SET claimed_until = 0 FROM accounts WHERE tasks.generation = accounts.generation"
    " AND tasks.queue = 1 AND tasks.claimed_by = :by AND tasks.claimed_until > 0 RETURNING accounts.account"
)
END_OWN_ADVANCES = sa.text(
    "UPDATE accounts SET advanced_until = 0 WHERE advanced_by = :by AND advanced_until > 0 RETURNING account"
)

_EVENT = _columns(events, "subject", "number")
EVENTS = sa.select(*_EVENT).where(*_own(events, "timeline"), _about(events)).order_by(events.c.number)
EVERY_EVENT = sa.select(*_EVENT).where(*_own(events)).order_by(events.c.subject, events.c.number)

NEWER_EVENTS = (
    sa.select(*_EVENT)
    .where(*_own(events), events.c.number > _value("after"))
    .order_by(events.c.number.desc())
    .limit(_value("limit"))
)

EXCHANGE = sa.select(exchanges.c.value).where(*_own(exchanges, "number"))
EXCHANGES, OLDER_EXCHANGES = (
    sa.select(exchanges.c.value)
    .where(*_own(exchanges), chosen)
    .order_by(exchanges.c.number.desc())
    .limit(_value("limit"))
    for chosen in (exchanges.c.number > _value("after"), exchanges.c.number < _value("before"))
)
JOURNAL_LENGTH = sa.select(sa.func.count()).select_from(exchanges).where(*_own(exchanges))
DROP_EXCHANGES = exchanges.delete().where(*_own(exchanges), exchanges.c.number <= _value("last"))
CLEAR_JOURNAL = exchanges.delete().where(*_own(exchanges))

UNUSED_GENERATION = (
    sa.select(generations.c.generation)
    .select_from(generations.outerjoin(accounts, accounts.c.generation == generations.c.generation))
    .where(accounts.c.account.is_(None))
    .order_by(generations.c.generation)
    .limit(1)
)
FORGET_GENERATION = generations.delete().where(generations.c.generation == _value("of_generation"))


def sweep(table: sa.Table) -> sa.Delete:
    """Deletes some rows of a generation."""
    keys = list(table.primary_key.columns)
    some = sa.select(*keys).where(table.c.generation == _value("generation")).limit(_value("most"))
    return table.delete().where(sa.tuple_(*keys).in_(some))
