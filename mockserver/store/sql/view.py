"""A view of an account in a database."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

from mockserver.domain.notifications.notification import Attempt, Notification
from mockserver.domain.timeline import Event, Exchange, Task
from mockserver.domain.unit_of_work import Deliveries, NewestRecords
from mockserver.store.contract import MOST_RECENT, History, Mark
from mockserver.store.records import RECORD_KINDS
from mockserver.store.sql import statements
from mockserver.store.sql.changes import StoredRecord
from mockserver.store.sql.lists import DatedLists
from mockserver.store.sql.subjects import NOWHERE, OWNERS, subject_of
from mockserver.store.sql.texts import exchange_of, restored, storable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import sqlalchemy as sa

    from mockserver.domain.accounts import Account
    from mockserver.domain.notifications.notification import NotificationState
    from mockserver.domain.unit_of_work import Choice, Clues, R, Series
    from mockserver.store.records import RecordKind
    from mockserver.store.sql.changes import Changes, RecordKey
    from mockserver.store.sql.database import Row, SqlConnection
    from mockserver.store.sql.progress import Progress

_AT_ONCE = 100


class SqlView:
    """A view of an account in a transaction. It reads changes that are not written yet before the tables."""

    def __init__(self, connection: SqlConnection, account: Account, progress: Progress) -> None:
        self._connection = connection
        self._account = account
        self._progress = progress
        self._read: dict[RecordKey, StoredRecord | None] = {}
        self._subjects: dict[str, int] = {}

    def _layers(self) -> Iterable[Changes]:
        """The changes to look into, the latest first."""
        return ()

    def _write_all(self) -> None:
        """Write all changes, so that any statement finds them."""

    @property
    def account(self) -> Account:
        return self._account

    def last_number(self, series: Series) -> int:
        return self._progress.numbers.get(series, 0)

    def numbers(self) -> dict[Series, int]:
        own = {"events", "tasks"}  # only used by this store
        return {series: number for series, number in self._progress.numbers.items() if series not in own}

    def _of(self, kind: RecordKind) -> dict[str, Any]:
        return {"generation": self._account.generation, "kind": kind.name}

    def get(self, kind: type[R], identifier: str) -> R | None:
        stored = self._stored((kind, identifier))
        return None if stored is None else stored.record

    def _stored(self, key: RecordKey) -> StoredRecord | None:
        for layer in self._layers():
            if key in layer.records:
                return layer.records[key]
        if key not in self._read:
            kind = RECORD_KINDS[key[0]]
            row = self._connection.row(statements.GET_RECORD, **self._of(kind), identifier=storable(key[1]))
            self._read[key] = None if row is None else StoredRecord(kind.record(row[0]), row[1])
        return self._read[key]

    def group(self, kind: type[R], name: str) -> list[R]:
        known = RECORD_KINDS[kind]
        if known.group is None:
            return []
        rows = self._connection.rows(statements.GROUP, **self._of(known), group_name=storable(name))
        found = {restored(identifier): StoredRecord(known.record(text), place) for identifier, text, place in rows}
        for layer in reversed(list(self._layers())):
            for (shape, identifier), stored in layer.records.items():
                if shape is kind and known.group(stored.record) == name:
                    found[identifier] = stored
        return [stored.record for stored in sorted(found.values(), key=lambda stored: stored.position)]

    def every(self, kind: type[R]) -> list[R]:
        self._write_all()
        known = RECORD_KINDS[kind]
        return [known.record(text) for (text,) in self._connection.rows(statements.EVERY, **self._of(known))]

    def count(self, kind: type[R], choice: Choice) -> int:
        return self._lists(kind).count(choice)

    def page(self, kind: type[R], choice: Choice) -> list[R]:
        return [RECORD_KINDS[kind].record(text) for text in self._lists(kind).page(choice)]

    def newest(self, kind: type[R], choice: Choice, clues: Clues, looked_at: int) -> NewestRecords:
        rows, rest = self._lists(kind).newest(choice, clues, looked_at)
        record = RECORD_KINDS[kind].record
        return NewestRecords((record(text) for text, _, _ in rows), rest)

    def _lists(self, kind: type[Any]) -> DatedLists:
        self._write_all()
        known = RECORD_KINDS[kind]
        return DatedLists(self._connection, self._of(known), self._progress.added.get(known.name))

    def notification(self, number: int) -> Notification | None:
        changed = self._changed_notification(number)
        if changed is not None:
            return changed
        row = self._connection.row(statements.NOTIFICATION, generation=self._account.generation, number=number)
        return None if row is None else self._notification_of(row)

    def _changed_notification(self, number: int) -> Notification | None:
        """A notification that is not written yet as it is now, or None."""
        return next((layer.notifications[number] for layer in self._layers() if number in layer.notifications), None)

    def _notification_of(self, row: Row) -> Notification:
        notification, subject = notification_of(row), row[-1]
        if subject != NOWHERE:
            self._subjects[notification.timeline] = subject
        return notification

    def _subject(self, timeline: str) -> int:
        """Where the rows of a timeline are."""
        known = self._subjects.get(timeline)
        if known is not None:
            return known
        for shape in OWNERS:
            stored = self._stored((shape, timeline))
            if stored is not None:
                found = self._subjects[timeline] = subject_of(RECORD_KINDS[shape].name, stored.position)
                return found
        return NOWHERE

    def notifications(self, timeline: str) -> list[Notification]:
        rows = self._of_timeline(statements.NOTIFICATIONS, timeline)
        found = {row[0]: notification_of(row) for row in rows}
        for layer in reversed(list(self._layers())):
            found |= {number: one for number, one in layer.notifications.items() if one.timeline == timeline}
        return [found[number] for number in sorted(found)]

    def deliveries(self, timelines: Sequence[str]) -> Deliveries:
        self._write_all()
        left = list(timelines)
        for shape in OWNERS:
            self._read_all(shape, left)
            left = [one for one in left if self._read[shape, one] is None]
        subjects = {self._subject(timeline) for timeline in timelines} | {NOWHERE}
        found: dict[str, list[Notification]] = {timeline: [] for timeline in timelines}
        for row in self._rows_of(statements.NOTIFICATIONS_OF, sorted(subjects)):
            notification = notification_of(row)
            if notification.timeline in found:
                found[notification.timeline].append(notification)
        made: dict[int, list[Attempt]] = {one.number: [] for sent in found.values() for one in sent}
        for row in self._rows_of(statements.ATTEMPTS_OF, list(made)):
            attempt = attempt_of(row)
            made[attempt.notification].append(attempt)
        return Deliveries(found, made)

    def _read_all(self, shape: type[Any], identifiers: Iterable[str]) -> None:
        """Read records of a kind together, so that those that are needed later are known."""
        kind = RECORD_KINDS[shape]
        missing = [one for one in identifiers if (shape, one) not in self._read]
        rows = self._rows_of(statements.GET_RECORDS, list(map(storable, missing)), kind=kind.name)
        found = {restored(identifier): StoredRecord(kind.record(text), place) for identifier, text, place in rows}
        self._read.update({(shape, one): found.get(one) for one in missing})

    def _rows_of(self, statement: sa.Executable, keys: Sequence[Any], **values: Any) -> Iterator[Row]:  # noqa: ANN401 - a column's value
        """The rows that a statement for several keys returns for any number of them."""
        for begin in range(0, len(keys), statements.AT_ONCE):
            some = [*keys[begin : begin + statements.AT_ONCE]]
            some += some[-1:] * (statements.AT_ONCE - len(some))
            named = {f"key_{place}": key for place, key in enumerate(some)}
            yield from self._connection.rows(statement, generation=self._account.generation, **values, **named)

    def newest_notifications(self, *states: NotificationState, before: int = 1 << 62) -> Iterator[Notification]:
        self._write_all()
        for state in states or (None,):
            yield from self._newest(state, before)

    def _newest(self, state: NotificationState | None, before: int) -> Iterator[Notification]:
        wanted: dict[str, Any] = {"generation": self._account.generation, "state": state}
        statement = statements.NEWEST_FAILED_NOTIFICATIONS
        if state is None:
            statement = statements.NEWEST_NOTIFICATIONS
        elif state in {"pending", "accepted"}:
            statement = statements.NEWEST_NOTIFICATIONS_IN_STATE  # most have this state, so no index is needed
        while rows := self._connection.rows(statement, **wanted, before=before, limit=_AT_ONCE):
            yield from map(notification_of, rows)
            before = rows[-1][0]

    def attempts(self, notification: int) -> list[Attempt]:
        rows = self._connection.rows(
            statements.ATTEMPTS, generation=self._account.generation, notification=notification
        )
        made = [attempt_of(row) for row in rows]
        for layer in reversed(list(self._layers())):
            made += [attempt for attempt in layer.attempts if attempt.notification == notification]
        return made

    def pending_deliveries(self) -> int:
        self._write_all()
        [(pending,)] = self._connection.rows(statements.PENDING_DELIVERIES, generation=self._account.generation)
        return int(pending)

    def events(self, timeline: str) -> list[Event]:
        rows = self._of_timeline(statements.EVENTS, timeline)
        added = chain.from_iterable(layer.events for layer in reversed(list(self._layers())))
        return [*map(event_of, rows), *(event for _, event, _ in added if event.timeline == timeline)]

    def _of_timeline(self, statement: sa.Executable, timeline: str) -> list[Row]:
        wanted = {"generation": self._account.generation, "subject": self._subject(timeline), "timeline": timeline}
        return self._connection.rows(statement, **wanted)

    def every_event(self) -> list[Event]:
        self._write_all()
        rows = self._connection.rows(statements.EVERY_EVENT, generation=self._account.generation)
        return [event_of(row) for row in rows]

    def history(self, since: Mark | None) -> History:
        """What was added since a mark, as `Store.history` says; the content is the generation of the account."""
        generation = self._account.generation
        now = Mark(str(generation), self.last_number("events"), self.last_number("exchanges"))
        if since is None or since == now:
            return History(now)
        begin = now.since(since)
        wanted = {"generation": generation, "limit": MOST_RECENT, "after": begin.events}
        rows = self._connection.rows(statements.NEWER_EVENTS, **wanted) if now.events > begin.events else []
        exchanges = self.exchanges(MOST_RECENT, begin.exchanges)
        missed = now.events - begin.events - len(rows) + now.exchanges - begin.exchanges - len(exchanges)
        return History(now, [*map(event_of, rows)][::-1], exchanges[::-1], missed)

    def every_task(self) -> list[Task]:
        self._write_all()
        rows = self._connection.rows(statements.EVERY_TASK, generation=self._account.generation)
        return [Task(*row) for row in rows]

    def journal_length(self) -> int:
        self._write_all()
        [(length,)] = self._connection.rows(statements.JOURNAL_LENGTH, generation=self._account.generation)
        return int(length)

    def exchange(self, number: int) -> Exchange | None:
        self._write_all()
        row = self._connection.row(statements.EXCHANGE, generation=self._account.generation, number=number)
        return None if row is None else exchange_of(row[0])

    def exchanges(self, limit: int, after: int = 0) -> list[Exchange]:
        self._write_all()
        wanted = {"generation": self._account.generation, "limit": max(0, limit), "after": after}
        return [exchange_of(value) for (value,) in self._connection.rows(statements.EXCHANGES, **wanted)]

    def journal_entries(self, limit: int, before: int) -> list[Exchange]:
        self._write_all()
        wanted = {"generation": self._account.generation, "limit": max(0, limit), "before": before}
        return [exchange_of(value) for (value,) in self._connection.rows(statements.OLDER_EXCHANGES, **wanted)]


def notification_of(row: Row) -> Notification:
    """The notification of a row."""
    number, timeline, type_, notified, at, url, body, state, form, concurrent, defect, once, _ = row
    return Notification(
        number, timeline, type_, restored(notified), at, restored(url), body, state, form, bool(concurrent),
        restored(defect), bool(once),
    )  # fmt: skip


def attempt_of(row: Row) -> Attempt:
    """The attempt of a row."""
    notification, number, at, url, sent, status, answer, error, duration = row
    return Attempt(notification, number, at, restored(url), sent, status, answer, restored(error), duration)


def event_of(row: Row) -> Event:
    """The event of a row."""
    timeline, at, kind, reference, text, duration = row
    return Event(timeline, at, kind, reference, restored(text), duration)
