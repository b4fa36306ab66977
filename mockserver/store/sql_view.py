"""A view of an account in an SQL database."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mockserver.domain.notifications.notification import Attempt, Notification
from mockserver.domain.timeline import Event, Exchange, Task
from mockserver.store import tables
from mockserver.store.records import RECORD_KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import sqlalchemy as sa

    from mockserver.domain.notifications.notification import NotificationState
    from mockserver.domain.unit_of_work import Choice, R, Series


class SqlView:
    """A view of an account: one database transaction that only reads.

    A unit of work overrides the `_write_…` methods to write its buffers before they are read.
    """

    _OWN_ROW = tables.NUMBERS

    def __init__(self, connection: sa.Connection, user: str) -> None:
        """Begin on an open transaction.

        Raises:
            KeyError: there is no such account.
        """
        self._connection = connection
        self._user = user
        row = connection.execute(self._OWN_ROW, {"of_account": user}).one_or_none()
        if row is None:
            raise KeyError(user)
        self._generation = row.generation
        self._numbers: dict[Series, int] = json.loads(row.numbers)
        self._read: dict[tuple[type[Any], str], Any] = {}

    def _write_records(self) -> None:
        """A view has no buffer."""

    def _write_tasks(self) -> None:
        """A view has no buffer."""

    def _write_events(self) -> None:
        """A view has no buffer."""

    def last_number(self, series: Series) -> int:
        return self._numbers.get(series, 0)

    def numbers(self) -> dict[Series, int]:
        own = {"records", "events", "tasks"}  # only used by this store
        return {series: number for series, number in self._numbers.items() if series not in own}

    def every(self, kind: type[R]) -> list[R]:
        self._write_records()
        return self._records(kind, self._connection.scalars(tables.EVERY, self._of(kind)))

    def every_event(self) -> list[Event]:
        self._write_events()
        return [Event(*row) for row in self._connection.execute(tables.EVERY_EVENT, {"generation": self._generation})]

    def every_task(self) -> list[Task]:
        self._write_tasks()
        return [Task(*row) for row in self._connection.execute(tables.EVERY_TASK, {"generation": self._generation})]

    def get(self, kind: type[R], identifier: str) -> R | None:
        known_by = (kind, identifier)
        if known_by not in self._read:
            text = self._connection.scalar(tables.GET_RECORD, self._of(kind, identifier=identifier))
            self._read[known_by] = None if text is None else RECORD_KINDS[kind].record(text)
        found: R | None = self._read[known_by]
        return found

    def group(self, kind: type[R], name: str) -> list[R]:
        self._write_records()
        return self._records(kind, self._connection.scalars(tables.GROUP, self._of(kind, group_name=name)))

    def count(self, kind: type[R], choice: Choice) -> int:
        self._write_records()
        statement = tables.COUNT if choice.state is None else tables.COUNT_IN_STATE
        return self._connection.scalar(statement, self._of(kind, **choice._asdict())) or 0

    def page(self, kind: type[R], choice: Choice) -> list[R]:
        self._write_records()
        statement = tables.PAGE if choice.state is None else tables.PAGE_IN_STATE
        return self._records(kind, self._connection.scalars(statement, self._of(kind, **choice._asdict())))

    def _of(self, kind: type[Any], **values: Any) -> dict[str, Any]:  # noqa: ANN401 - a column's value
        return {"generation": self._generation, "kind": RECORD_KINDS[kind].name, **values}

    def _records(self, kind: type[R], texts: Iterable[str]) -> list[R]:
        return [RECORD_KINDS[kind].record(text) for text in texts]

    def notification(self, number: int) -> Notification | None:
        row = self._connection.execute(
            tables.NOTIFICATION, {"generation": self._generation, "number": number}
        ).one_or_none()
        return None if row is None else Notification(*row)

    def notifications(self, timeline: str) -> list[Notification]:
        rows = self._connection.execute(tables.NOTIFICATIONS, {"generation": self._generation, "timeline": timeline})
        return [Notification(*row) for row in rows]

    def newest_notifications(self, *states: NotificationState) -> Iterator[Notification]:
        rows = self._connection.execute(tables.NEWEST_NOTIFICATIONS, {"generation": self._generation})
        return (Notification(*row) for row in rows if not states or row.state in states)

    def attempts(self, notification: int) -> list[Attempt]:
        rows = self._connection.execute(tables.ATTEMPTS, {"generation": self._generation, "notification": notification})
        return [Attempt(*row) for row in rows]

    def pending_deliveries(self) -> int:
        self._write_tasks()
        return self._connection.scalar(tables.PENDING_DELIVERIES, {"generation": self._generation}) or 0

    def events(self, timeline: str) -> list[Event]:
        self._write_events()
        rows = self._connection.execute(tables.EVENTS, {"generation": self._generation, "timeline": timeline})
        return [Event(*row) for row in rows]

    def exchange(self, number: int) -> Exchange | None:
        row = self._connection.execute(
            tables.EXCHANGE, {"generation": self._generation, "number": number}
        ).one_or_none()
        return None if row is None else Exchange(*row)

    def exchanges(self, limit: int, after: int = 0) -> list[Exchange]:
        wanted = {"generation": self._generation, "limit": max(0, limit), "after": after}
        rows = self._connection.execute(tables.EXCHANGES, wanted)
        return [Exchange(*row) for row in rows]
