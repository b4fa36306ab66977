"""All that one account owns in memory, and a view of it."""

from __future__ import annotations

import threading
from collections import deque
from itertools import chain, islice, takewhile
from typing import TYPE_CHECKING, Any

from mockserver.domain.timeline import Task
from mockserver.store.indexes import RecordSet, TaskQueue
from mockserver.store.records import RECORD_KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from mockserver.domain.accounts import Account
    from mockserver.domain.journal import Exchange
    from mockserver.domain.notifications.notification import Attempt, Notification
    from mockserver.domain.timeline import Event
    from mockserver.domain.unit_of_work import Choice, R, Series


class AccountState:
    """Everything that one account owns, behind its own lock."""

    def __init__(self, account: Account, journal_size: int) -> None:
        self.account = account
        self.lock = threading.Lock()
        self.numbers: dict[Series, int] = {}
        self.record_sets = {shape: RecordSet(kind) for shape, kind in RECORD_KINDS.items()}
        self.notifications: dict[int, Notification] = {}
        self.notifications_of: dict[str, list[int]] = {}
        self.attempts: dict[int, list[Attempt]] = {}
        self.events: dict[str, list[Event]] = {}
        self.journal: deque[Exchange] = deque(maxlen=journal_size)
        self.transitions = TaskQueue()
        self.deliveries = TaskQueue()

    def queue_of(self, kind: str) -> TaskQueue:
        """The agenda on which tasks of a kind stand."""
        return self.deliveries if kind == "notification" else self.transitions

    def heaps(self) -> list[dict[Any, Any]]:
        """All that may be large."""
        with self.lock:
            record_sets = list(self.record_sets.values())
            told: list[dict[Any, Any]] = [self.notifications, self.notifications_of, self.attempts, self.events]
            return [
                *told, *(records.records for records in record_sets), *(records.groups for records in record_sets),
                self.transitions.due, self.deliveries.due,
            ]  # fmt: skip

    def first_due(self) -> int | None:
        """The instant of the earliest task."""
        first = [at for at in (self.transitions.first_instant(), self.deliveries.first_instant()) if at is not None]
        return min(first, default=None)


class MemoryView:
    """A view of a world, for as long as it holds the world's lock."""

    def __init__(self, state: AccountState) -> None:
        self._state = state
        self._exchanges: list[Exchange] = []

    def __enter__(self) -> MemoryView:
        self._state.lock.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._state.lock.release()

    def last_number(self, series: Series) -> int:
        return self._state.numbers.get(series, 0)

    def numbers(self) -> dict[Series, int]:
        return self._state.numbers.copy()

    def every(self, kind: type[R]) -> list[R]:
        return list(self._state.record_sets[kind].records.values())

    def every_event(self) -> list[Event]:
        return [event for timeline in self._state.events.values() for event in timeline]

    def every_task(self) -> list[Task]:
        queues = (self._state.transitions, self._state.deliveries)
        placed = sorted((place, key) for queue in queues for key, place in queue.due.items())
        return [Task(place[0], *key) for place, key in placed]

    def get(self, kind: type[R], identifier: str) -> R | None:
        found: R | None = self._state.record_sets[kind].records.get(identifier)
        return found

    def group(self, kind: type[R], name: str) -> list[R]:
        records = self._state.record_sets[kind]
        return [records.records[identifier] for identifier in records.groups.get(name, ())]

    def count(self, kind: type[R], choice: Choice) -> int:
        return self._state.record_sets[kind].index.count(choice)

    def page(self, kind: type[R], choice: Choice) -> list[R]:
        records = self._state.record_sets[kind]
        return [records.records[identifier] for identifier in records.index.page(choice)]

    def notification(self, number: int) -> Notification | None:
        return self._state.notifications.get(number)

    def notifications(self, timeline: str) -> list[Notification]:
        return [self._state.notifications[number] for number in self._state.notifications_of.get(timeline, ())]

    def newest_notifications(self) -> Iterator[Notification]:
        return reversed(self._state.notifications.values())

    def attempts(self, notification: int) -> list[Attempt]:
        return list(self._state.attempts.get(notification, ()))

    def pending_deliveries(self) -> int:
        return len(self._state.deliveries.due)

    def events(self, timeline: str) -> list[Event]:
        return list(self._state.events.get(timeline, ()))

    def exchange(self, number: int) -> Exchange | None:
        return next((exchange for exchange in self._newest_exchanges() if exchange.number == number), None)

    def exchanges(self, limit: int, after: int = 0) -> list[Exchange]:
        newer = takewhile(lambda exchange: exchange.number > after, self._newest_exchanges())
        return list(islice(newer, max(0, limit)))

    def _newest_exchanges(self) -> Iterator[Exchange]:
        return chain(reversed(self._exchanges), reversed(self._state.journal))
