"""The state of one account in memory, and a view of it."""

from __future__ import annotations

import threading
from bisect import bisect_left, insort
from collections import deque
from heapq import heappop, heappush
from itertools import chain, islice, takewhile
from typing import TYPE_CHECKING, Any, TypeAlias

from mockserver.domain.timeline import Exchanges, Task
from mockserver.store.records import RECORD_KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from mockserver.domain.accounts import Account
    from mockserver.domain.notifications.notification import Attempt, Notification
    from mockserver.domain.timeline import Event, Exchange, JournalEntry
    from mockserver.domain.unit_of_work import Choice, R, Series
    from mockserver.store.records import RecordKind


class AccountState:
    """Everything in one account, guarded by its `lock`."""

    def __init__(self, account: Account, journal_size: int) -> None:
        self.account = account
        self.lock = threading.Lock()
        self.numbers: dict[Series, int] = {}
        self.record_sets = {shape: RecordSet(kind) for shape, kind in RECORD_KINDS.items()}
        self.notifications: dict[int, Notification] = {}
        self.notifications_of: dict[str, list[int]] = {}
        self.attempts: dict[int, list[Attempt]] = {}
        self.events: dict[str, list[Event]] = {}
        self.journal: deque[JournalEntry] = deque(maxlen=journal_size)
        self.transitions = TaskQueue()
        self.deliveries = TaskQueue()

    def queue_of(self, kind: str) -> TaskQueue:
        return self.deliveries if kind == "notification" else self.transitions

    def heaps(self) -> list[dict[Any, Any]]:
        with self.lock:
            record_sets = list(self.record_sets.values())
            own: list[dict[Any, Any]] = [self.notifications, self.notifications_of, self.attempts, self.events]
            return [
                *own, *(records.records for records in record_sets), *(records.groups for records in record_sets),
                self.transitions.due, self.deliveries.due,
            ]  # fmt: skip

    def first_due(self) -> int | None:
        first = [at for at in (self.transitions.first_instant(), self.deliveries.first_instant()) if at is not None]
        return min(first, default=None)


class MemoryView:
    """A view of an account's state, which holds the account's lock."""

    def __init__(self, state: AccountState) -> None:
        self._state = state
        self._exchanges: list[JournalEntry] = []

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
        return next((entry.masked() for entry in self._newest_entries() if entry.summary.number == number), None)

    def exchanges(self, limit: int, after: int = 0) -> Exchanges:
        newer = takewhile(lambda entry: entry.summary.number > after, self._newest_entries())
        return Exchanges(list(islice(newer, max(0, limit))))

    def _newest_entries(self) -> Iterator[JournalEntry]:
        return chain(reversed(self._exchanges), reversed(self._state.journal))


_NUMBER_BITS = 40
TaskKey: TypeAlias = "tuple[str, str]"
Place = tuple[int, int]
"""An instant, and a number in the order of scheduling."""


class DatedIndex:
    """The dated records of one kind, sorted by instant: a list of all, and one for each state.

    A record has a place: an integer with the instant in its high bits and the record's number in its low bits, so a
    sorted list of places is in both orders. Counts and pages are found by bisection. Most changes are near the end of a
    list; others shift the rest of it by one, which is fast in C.
    """

    def __init__(self) -> None:
        self._places: list[int] = []
        self._identifiers: list[str] = []  # at the same index as its place
        self._by_state: dict[str, list[int]] = {}

    def enter(self, identifier: str, place: int, state: str, was: tuple[int, str] | None) -> None:
        """Add a record, or change its place and state from those in `was`."""
        if was == (place, state):
            return
        if was is not None and was[0] == place:
            _take_out(self._by_state[was[1]], place)
        else:
            if was is not None:
                self.leave(*was)
            at = bisect_left(self._places, place)
            self._places.insert(at, place)
            self._identifiers.insert(at, identifier)
        insort(self._by_state.setdefault(state, []), place)

    def leave(self, place: int, state: str) -> None:
        at = bisect_left(self._places, place)
        del self._places[at], self._identifiers[at]
        _take_out(self._by_state[state], place)

    def count(self, choice: Choice) -> int:
        _, first, last = self._chosen(choice)
        return max(0, last - first)

    def page(self, choice: Choice) -> list[str]:
        places, first, last = self._chosen(choice)
        begin = first + choice.skip
        page = places[begin : min(last, begin + choice.limit)]
        if choice.state is None:
            return self._identifiers[begin : begin + len(page)]
        return [self._identifiers[bisect_left(self._places, place)] for place in page]

    def _chosen(self, choice: Choice) -> tuple[list[int], int, int]:
        places = self._places if choice.state is None else self._by_state.get(choice.state, [])
        since, until = _place(choice.since, choice.after + 1), _place(choice.until + 1, 0)
        return places, bisect_left(places, since), bisect_left(places, until)


def _take_out(places: list[int], place: int) -> None:
    del places[bisect_left(places, place)]


def _place(instant: int, number: int) -> int:
    return instant << _NUMBER_BITS | number


class RecordSet:
    """An account's records of one kind."""

    def __init__(self, kind: RecordKind) -> None:
        self._kind = kind
        self.records: dict[str, Any] = {}
        self.groups: dict[str, list[str]] = {}
        self.index = DatedIndex()

    def enter(self, record: Any) -> tuple[str, Any]:  # noqa: ANN401 - a record of the kind
        """Add or replace a record; returns its identifier, and the replaced record or None."""
        kind = self._kind
        identifier = kind.identifier(record)
        before = self.records.get(identifier)
        self.records[identifier] = record
        if before is None and kind.group is not None:
            self.groups.setdefault(kind.group(record), []).append(identifier)
        if kind.dated is not None:
            place = _place(kind.dated(record), record.number)
            was = None if before is None else (_place(kind.dated(before), before.number), before.state)
            self.index.enter(identifier, place, record.state, was)
        return identifier, before

    def leave(self, identifier: str) -> None:
        """Remove the last added record."""
        record, kind = self.records.pop(identifier), self._kind
        if kind.group is not None:
            self.groups[kind.group(record)].pop()
        if kind.dated is not None:
            self.index.leave(_place(kind.dated(record), record.number), record.state)


class TaskQueue:
    """Tasks in the order of their instants, and then of their scheduling.

    `due` has the valid place of each task. The heap may have outdated places; they are skipped at the top.
    """

    def __init__(self) -> None:
        self.due: dict[TaskKey, Place] = {}
        self._heap: list[tuple[Place, TaskKey]] = []
        self._put = 0

    def put(self, key: TaskKey, at: int) -> Place | None:
        """Add a task, or change its instant; returns its earlier place."""
        before = self.due.get(key)
        self._put += 1
        self.restore(key, (at, self._put))
        return before

    def remove(self, key: TaskKey) -> Place | None:
        """Remove a task; returns its place, or None."""
        return self.due.pop(key, None)

    def restore(self, key: TaskKey, place: Place | None) -> None:
        """Set the place of a task; None removes it."""
        if place is None:
            self.due.pop(key, None)
        else:
            self.due[key] = place
            heappush(self._heap, (place, key))

    def first_instant(self) -> int | None:
        while self._heap:
            place, key = self._heap[0]
            if self.due.get(key) == place:
                return place[0]
            heappop(self._heap)  # outdated: rescheduled or removed since
        return None

    def take_first(self) -> tuple[TaskKey, Place]:
        """Remove the earliest task, for which `first_instant` must have returned an instant."""
        place, key = heappop(self._heap)
        del self.due[key]
        return key, place
