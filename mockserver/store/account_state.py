"""The state of one account in memory, and a view of it."""

from __future__ import annotations

import threading
from collections import deque
from heapq import heapify, heappop, heappush
from itertools import chain, islice, takewhile
from typing import TYPE_CHECKING, Any, TypeAlias

from mockserver.domain.timeline import Exchanges, Task
from mockserver.domain.unit_of_work import Deliveries, ListPosition, NewestRecords
from mockserver.store.compact import Lists, Notifications, Timelines
from mockserver.store.contract import MOST_RECENT, History, Mark
from mockserver.store.dated_index import DatedIndex
from mockserver.store.records import RECORD_KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import TracebackType

    from mockserver.domain.accounts import Account
    from mockserver.domain.notifications.notification import Attempt, Notification, NotificationState
    from mockserver.domain.timeline import Event, Exchange, JournalEntry
    from mockserver.domain.unit_of_work import Choice, Clues, R, Series
    from mockserver.store.dated_index import Heap
    from mockserver.store.records import RecordKind


class AccountState:
    """Everything in one account, guarded by its `lock`."""

    def __init__(self, account: Account, journal_size: int) -> None:
        self.account = account
        self.lock = threading.Lock()
        self.numbers: dict[Series, int] = {}
        self.record_sets = {shape: RecordSet(kind) for shape, kind in RECORD_KINDS.items()}
        self.notifications = Notifications()
        self.timelines = Timelines()
        self.journal: deque[JournalEntry] = deque(maxlen=journal_size)
        self.transitions = TaskQueue()
        self.deliveries = TaskQueue()
        self.recent: deque[Event] | None = None
        """The newest events, once somebody follows the account's history."""
        self.recent_end = 0
        """How many events have been recent."""

    def set_number(self, series: Series, number: int | None) -> None:
        """Set the last number of a series; None for one that has none yet."""
        if number is None:
            self.numbers.pop(series, None)
        else:
            self.numbers[series] = number

    def queue_of(self, kind: str) -> TaskQueue:
        return self.deliveries if kind == "notification" else self.transitions

    def heaps(self) -> list[Heap]:
        """All large dictionaries and lists."""
        with self.lock:
            record_sets, queues = list(self.record_sets.values()), (self.transitions, self.deliveries)
            return [
                self.notifications.rows, self.notifications.numbers_of.values, self.timelines.flat,
                *(heap for records in record_sets for heap in records.heaps()),
                *(heap for queue in queues for heap in queue.heaps()),
            ]  # fmt: skip

    def first_due(self) -> int | None:
        first = [at for at in (self.transitions.first_instant(), self.deliveries.first_instant()) if at is not None]
        return min(first, default=None)


class MemoryView:
    """A view of an account's state, which holds the account's lock."""

    __slots__ = ("_exchanges", "_state")

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

    @property
    def account(self) -> Account:
        return self._state.account

    def last_number(self, series: Series) -> int:
        return self._state.numbers.get(series, 0)

    def numbers(self) -> dict[Series, int]:
        return self._state.numbers.copy()

    def every(self, kind: type[R]) -> list[R]:
        return list(self._state.record_sets[kind].records.values())

    def every_event(self) -> list[Event]:
        timelines = self._state.timelines
        return [event for timeline in timelines.flat for event in timelines.of(timeline)]

    def every_task(self) -> list[Task]:
        queues = (self._state.transitions, self._state.deliveries)
        return [Task(at, *key) for at, _, key in sorted(place for queue in queues for place in queue.places())]

    def get(self, kind: type[R], identifier: str) -> R | None:
        found: R | None = self._state.record_sets[kind].records.get(identifier)
        return found

    def group(self, kind: type[R], name: str) -> list[R]:
        records = self._state.record_sets[kind]
        return [records.records[identifier] for identifier in records.groups.of(name)]

    def count(self, kind: type[R], choice: Choice) -> int:
        return self._state.record_sets[kind].index.count(choice)

    def page(self, kind: type[R], choice: Choice) -> list[R]:
        records = self._state.record_sets[kind]
        return [records.records[identifier] for identifier in records.index.page(choice)]

    def newest(self, kind: type[R], choice: Choice, clues: Clues, looked_at: int) -> NewestRecords:  # noqa: ARG002 - looking into a record in memory costs less than a clue
        records = self._state.record_sets[kind].records
        listed, last = self._state.record_sets[kind].index.newest(choice, looked_at)
        found = [records[identifier] for identifier in listed]
        date = RECORD_KINDS[kind].date
        return NewestRecords(found, None if last is None or date is None else ListPosition(*date(records[last])[:2]))

    def notification(self, number: int) -> Notification | None:
        return self._state.notifications.get(number)

    def notifications(self, timeline: str) -> list[Notification]:
        return self._state.notifications.of(timeline)

    def deliveries(self, timelines: Sequence[str]) -> Deliveries:
        of = self._state.notifications
        found = {timeline: of.of(timeline) for timeline in timelines}
        return Deliveries(found, {one.number: of.attempts(one.number) for sent in found.values() for one in sent})

    def newest_notifications(self, *states: NotificationState, before: int = 1 << 62) -> Iterator[Notification]:
        return self._state.notifications.newest(*states, before=before)

    def attempts(self, notification: int) -> list[Attempt]:
        return self._state.notifications.attempts(notification)

    def pending_deliveries(self) -> int:
        return len(self._state.deliveries.due) + len(self._state.deliveries.claimed)

    def events(self, timeline: str) -> list[Event]:
        return self._state.timelines.of(timeline)

    def journal_length(self) -> int:
        return len(self._state.journal) + len(self._exchanges)

    def exchange(self, number: int) -> Exchange | None:
        return next((entry.masked() for entry in self._newest_entries() if entry.number == number), None)

    def exchanges(self, limit: int, after: int = 0) -> Exchanges:
        newer = takewhile(lambda entry: entry.number > after, self._newest_entries())
        return Exchanges(list(islice(newer, max(0, limit))))

    def journal_entries(self, limit: int, before: int) -> list[JournalEntry]:
        older = (entry for entry in self._newest_entries() if entry.number < before)
        return list(islice(older, max(0, limit)))

    def history(self, content: str, since: Mark | None) -> History:
        """What was added since a mark, as `Store.history` says. From the first call on, recent events are kept."""
        state = self._state
        if state.recent is None:
            state.recent = deque(maxlen=MOST_RECENT)
        now = Mark(content, state.recent_end, self.last_number("exchanges"))
        if since is None:
            return History(now)
        begin = now.since(since)
        if begin is since:
            new = now.events - begin.events
            events = list(islice(reversed(state.recent), new))[::-1]
        else:
            events = sorted(self.every_event(), key=lambda event: event.at)
            new = len(events)
        exchanges = self.exchanges(MOST_RECENT, begin.exchanges)
        missed = max(0, new - MOST_RECENT) + now.exchanges - begin.exchanges - len(exchanges)
        return History(now, events[-MOST_RECENT:], exchanges[::-1], missed)

    def _newest_entries(self) -> Iterator[JournalEntry]:
        return chain(reversed(self._exchanges), reversed(self._state.journal))


TaskKey: TypeAlias = "tuple[str, str]"
Place: TypeAlias = "tuple[int, int, TaskKey]"
"""An instant, a number in the order of scheduling, and the task."""
Places: TypeAlias = "tuple[Place | None, Place | None]"
"""Where a task is due, and where it is claimed."""


class RecordSet:
    """An account's records of one kind."""

    def __init__(self, kind: RecordKind) -> None:
        self._identifier, self._group, self._date = kind.identifier, kind.group, kind.date
        self.records: dict[str, Any] = {}
        self.groups: Lists[str, str] = Lists()
        records = self.records  # a lambda with self would be a cycle, and accounts are freed without the collector
        self.index = DatedIndex(lambda identifier: records[identifier].number)

    def heaps(self) -> list[Heap]:
        return [self.records, self.groups.values, *self.index.heaps()]

    def enter(self, record: Any) -> tuple[str, Any]:  # noqa: ANN401 - a record of the kind
        """Add or replace a record; returns its identifier, and the replaced record or None."""
        identifier, date = self._identifier(record), self._date
        before = self.records.get(identifier)
        if date is not None:
            self.index.enter(identifier, date(record), None if before is None else date(before))
        if before is None and self._group is not None:
            self.groups.add(self._group(record), identifier)
        self.records[identifier] = record
        return identifier, before

    def restore(self, identifier: str, before: Any) -> None:  # noqa: ANN401 - a record of the kind, or None
        """Set the earlier record of an identifier; None removes it, as the last added one."""
        if before is not None:
            self.enter(before)
            return
        record = self.records[identifier]
        if self._group is not None:
            self.groups.remove_last(self._group(record))
        if self._date is not None:
            self.index.leave(identifier, self._date(record))
        del self.records[identifier]


class TaskQueue:
    """Tasks in the order of their instants, and then of their scheduling.

    `due` has the valid place of each task, `claimed` that of each task that somebody has claimed. The heap may have
    outdated places: they are skipped at the top, and removed when they are the most.
    """

    _FEW = 50

    def __init__(self) -> None:
        self.due: dict[TaskKey, Place] = {}
        self.claimed: dict[TaskKey, Place] = {}
        self._heap: list[Place] = []
        self._put = 0

    def heaps(self) -> list[Heap]:
        return [self.due, self.claimed, self._heap]

    def put(self, key: TaskKey, at: int) -> Places:
        """Add a task, or change its instant, which ends its claim; returns its earlier places."""
        before = self.remove(key)
        self._put += 1
        self._place(key, (at, self._put, key))
        return before

    def remove(self, key: TaskKey) -> Places:
        """Remove a task; returns its places."""
        return self.due.pop(key, None), self.claimed.pop(key, None)

    def restore(self, key: TaskKey, places: Places) -> None:
        """Set the places of a task, where it is due and where it is claimed."""
        self.remove(key)
        due, claimed = places
        if due is not None:
            self._place(key, due)
        if claimed is not None:
            self.claimed[key] = claimed

    def _place(self, key: TaskKey, place: Place) -> None:
        self.due[key] = place
        heappush(self._heap, place)
        if len(self._heap) > 2 * len(self.due) + self._FEW:
            self._heap = list(self.due.values())
            heapify(self._heap)

    def places(self) -> Iterator[Place]:
        """The places of all tasks, in no order."""
        return chain(self.due.values(), self.claimed.values())

    def first_instant(self) -> int | None:
        while self._heap:
            place = self._heap[0]
            if self.due.get(place[2]) is place:
                return place[0]
            heappop(self._heap)  # outdated: rescheduled or removed since
        return None

    def take_due(self, now: int) -> Place | None:
        """Remove the earliest task if its instant has come; returns its place."""
        first = self.first_instant()
        if first is None or first > now:
            return None
        place = heappop(self._heap)
        del self.due[place[2]]
        return place
