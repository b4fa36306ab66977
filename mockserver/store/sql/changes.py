"""What units of work have changed in an account, and the tables do not have yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from mockserver.domain.timeline import NOTIFICATION
from mockserver.store.records import RECORD_KINDS
from mockserver.store.sql import schema, statements
from mockserver.store.sql.progress import Added
from mockserver.store.sql.texts import storable, value_of

if TYPE_CHECKING:
    from mockserver.domain.notifications.notification import Attempt, Notification
    from mockserver.domain.timeline import Event, Exchange, Task
    from mockserver.store.records import RecordKind
    from mockserver.store.sql.database import Row, SqlConnection

RecordKey = tuple[type[Any], str]
TaskKey = tuple[str, str]

BLOCK, SUPERBLOCK = 256, 256 * 256
"""How many records of a kind a block has, whose states are counted together, and how many a block of blocks."""


class StoredRecord(NamedTuple):
    """A record and its position among those of its kind, in the order of their addition."""

    record: Any
    position: int


class ScheduledTask(NamedTuple):
    """A task with its number in the order of scheduling, and who has claimed it until which instant of the machine."""

    task: Task
    number: int
    claimed_until: int = 0
    claimed_by: str = ""


class Changes:
    """Changes of one account. Reads look here before they look into the tables."""

    def __init__(self) -> None:
        self.records: dict[RecordKey, StoredRecord] = {}
        self.blocks: list[Row] = []
        self.counts: dict[tuple[str, str, int, int], int] = {}
        self.notifications: dict[int, Notification] = {}
        self.subjects: dict[int, int] = {}
        """Those of the notifications, by number."""
        self.attempts: list[Attempt] = []
        self.tasks: dict[TaskKey, ScheduledTask | None] = {}
        self.events: list[tuple[int, Event, int]] = []
        """Each with its number before it, and its subject after it."""
        self.exchanges: list[Exchange] = []

    def __bool__(self) -> bool:
        return bool(self.tasks) or self.has_more_than_tasks()

    def has_more_than_tasks(self) -> bool:
        """Whether anything else than tasks has changed."""
        return any((self.records, self.notifications, self.attempts, self.events, self.exchanges))

    def absorb(self, later: Changes) -> None:
        """Add changes that were made after these."""
        self.records.update(later.records)
        self.blocks += later.blocks
        for place, count in later.counts.items():
            self.counts[place] = self.counts.get(place, 0) + count
        self.notifications.update(later.notifications)
        self.subjects.update(later.subjects)
        self.attempts += later.attempts
        self.tasks.update(later.tasks)
        self.events += later.events
        self.exchanges += later.exchanges

    def add_record(self, kind: RecordKind, record: Any, before: StoredRecord | None, added: dict[str, Added]) -> None:  # noqa: ANN401 - a record of the kind
        """Add or replace a record; `before` is the present one, and `added` what was added of each kind."""
        key = kind.shape, kind.identifier(record)
        if before is None:
            known = added.get(kind.name) or Added()
            position = known.total
            if kind.date is None:
                added[kind.name] = known._replace(total=position + 1)
            else:
                self._add_dated(kind.name, kind.date(record)[:2], known, added)
        else:
            position = before.position
            if kind.date is not None:
                self._count(kind.name, before.record.state, position, -1)
                if kind.date(before.record)[:2] != kind.date(record)[:2]:
                    added[kind.name] = added[kind.name]._replace(in_order=False)
        if kind.date is not None:
            self._count(kind.name, record.state, position, 1)
        self.records[key] = StoredRecord(record, position)

    def _add_dated(self, kind: str, record_date: tuple[int, int], known: Added, added: dict[str, Added]) -> None:
        dated, number = record_date
        in_order = known.in_order and (dated, number) > (known.dated, known.number)
        if known.total % BLOCK == 0:
            self.blocks.append((kind, known.total // BLOCK, dated, number))
        added[kind] = Added(known.total + 1, dated, max(number, known.number), in_order)

    def _count(self, kind: str, state: str, position: int, by: int) -> None:
        for place in ((kind, state, 0, position // BLOCK), (kind, state, 1, position // SUPERBLOCK)):
            self.counts[place] = self.counts.get(place, 0) + by

    def write(self, connection: SqlConnection, generation: int, journal_size: int) -> None:
        """Write all changes into the tables."""
        if self.records:
            rows = [
                _record_row(generation, RECORD_KINDS[shape], *stored) for (shape, _), stored in self.records.items()
            ]
            connection.put(schema.PUT_RECORDS, rows)
        if self.blocks:
            connection.put(schema.PUT_BLOCKS, [(generation, *block) for block in self.blocks])
        if counts := [(generation, *place, count) for place, count in self.counts.items() if count]:
            connection.put(schema.PUT_COUNTS, counts)
        if self.notifications:
            subjects = self.subjects
            rows = [_notification_row(generation, one, subjects[one.number]) for one in self.notifications.values()]
            connection.put(schema.PUT_NOTIFICATIONS, rows)
        if self.attempts:
            connection.put(schema.ADD_ATTEMPTS, [_attempt_row(generation, one) for one in self.attempts])
        self._write_tasks(connection, generation)
        if self.events:
            connection.put(schema.ADD_EVENTS, [_event_row(generation, *event) for event in self.events])
        if self.exchanges:
            connection.put(schema.ADD_EXCHANGES, [(generation, one.number, value_of(one)) for one in self.exchanges])
            last = self.exchanges[-1].number - journal_size
            if last > 0:
                connection.run(statements.DROP_EXCHANGES, generation=generation, last=last)

    def _write_tasks(self, connection: SqlConnection, generation: int) -> None:
        gone = [(generation, *key) for key, task in self.tasks.items() if task is None]
        rows = [_task_row(generation, task) for task in self.tasks.values() if task is not None]
        if gone:
            connection.delete(schema.DELETE_TASKS, gone)
        if rows:
            connection.put(schema.PUT_TASKS, rows)


def _record_row(generation: int, kind: RecordKind, record: Any, position: int) -> Row:  # noqa: ANN401 - a record of the kind
    dated, number, state = (None, None, "") if kind.date is None else kind.date(record)
    group = storable(kind.group(record)) if kind.group else ""
    return (
        generation, kind.name, storable(kind.identifier(record)), group, position, dated, number, state,
        kind.text(record),
    )  # fmt: skip


def _notification_row(generation: int, one: Notification, subject: int) -> Row:
    number, timeline, type_, notified, at, url, body, state, form, concurrent, defect, once = one
    return (
        generation, number, timeline, type_, storable(notified), at, storable(url), body, state, form,
        int(concurrent), storable(defect), int(once), subject,
    )  # fmt: skip


def _attempt_row(generation: int, one: Attempt) -> Row:
    notification, number, at, url, sent, status, answer, error, duration = one
    return generation, notification, number, at, storable(url), sent, status, answer, storable(error), duration


def _task_row(generation: int, scheduled: ScheduledTask) -> Row:
    (at, kind, about), number, claimed_until, claimed_by = scheduled
    return generation, kind, about, int(kind == NOTIFICATION), at, number, claimed_until, claimed_by


def _event_row(generation: int, number: int, event: Event, subject: int) -> Row:
    timeline, at, kind, reference, text, duration = event
    return generation, subject, number, timeline, at, kind, reference, storable(text), duration
