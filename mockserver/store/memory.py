"""The store that starts at once and leaves nothing behind: plain Python structures, a world an account."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import replace
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any

from mockserver.store.contract import NOBODY, Account, Choice, Event, Exchange, Task, TaskKind
from mockserver.store.records import KINDS
from mockserver.store.shelves import Shelf

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import TracebackType

    from mockserver.notify.plan import Attempt, Notification
    from mockserver.store.records import R, Record, Series

_TaskKey = tuple[TaskKind, str]


def _key(task: Task) -> _TaskKey:
    return (task.kind, task.about)


class World:
    """Everything that one account owns, behind its own lock."""

    def __init__(self, account: Account, journal_size: int) -> None:
        """An empty world."""
        self.account = account
        self.lock = threading.Lock()
        self.numbers: dict[Series, int] = {}
        self.shelves = {shape: Shelf(kind) for shape, kind in KINDS.items()}
        self.notifications: dict[int, Notification] = {}
        self.notifications_of: dict[str, list[int]] = {}
        self.attempts: dict[int, list[Attempt]] = {}
        self.events: dict[str, list[Event]] = {}
        self.journal: deque[Exchange] = deque(maxlen=journal_size)
        self.due_at: dict[_TaskKey, int] = {}
        self.agenda: list[tuple[int, int, _TaskKey]] = []
        self.scheduled = 0

    def schedule(self, task: Task) -> None:
        """Enter a task; an older entry of the same task in the agenda no longer counts."""
        key = _key(task)
        self.due_at[key] = task.at
        self.scheduled += 1
        heappush(self.agenda, (task.at, self.scheduled, key))

    def first_due(self) -> int | None:
        """The instant of the earliest task that still counts."""
        while self.agenda:
            at, _, key = self.agenda[0]
            if self.due_at.get(key) == at:
                return at
            heappop(self.agenda)
        return None


class MemoryUnit:
    """A unit of work on a world: changes are kept aside and entered on commit, under the world's lock."""

    def __init__(self, world: World, announce: Callable[[str, int | None], None]) -> None:
        """Prepare a unit; entering it takes the lock."""
        self._world = world
        self._announce = announce
        self._records: dict[tuple[type[Any], str], Any] = {}
        self._notifications: dict[int, Notification] = {}
        self._attempts: list[Attempt] = []
        self._events: list[Event] = []
        self._exchanges: list[Exchange] = []
        self._tasks: list[Task] = []
        self._gone: list[_TaskKey] = []
        self._taken: list[Task] = []

    def __enter__(self) -> MemoryUnit:
        """Take the world's lock."""
        self._world.lock.acquire()
        self._numbers = self._world.numbers.copy()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Enter the changes, or after an exception forget them, and let go of the lock."""
        try:
            if kind is None:
                self._commit()
            else:
                for task in self._taken:
                    self._world.schedule(task)
        finally:
            self._world.lock.release()
        if kind is None:
            earliest = min(task.at for task in self._tasks) if self._tasks else None
            self._announce(self._world.account.user, earliest)

    def _commit(self) -> None:
        world = self._world
        world.numbers = self._numbers
        for (shape, identifier), record in self._records.items():
            world.shelves[shape].enter(identifier, record)
        for number, notification in self._notifications.items():
            if number not in world.notifications:
                world.notifications_of.setdefault(notification.timeline, []).append(number)
            world.notifications[number] = notification
        for attempt in self._attempts:
            world.attempts.setdefault(attempt.notification, []).append(attempt)
        for event in self._events:
            world.events.setdefault(event.timeline, []).append(event)
        world.journal.extend(self._exchanges)
        for key in self._gone:
            world.due_at.pop(key, None)
        for task in self._tasks:
            world.schedule(task)

    def next_number(self, series: Series) -> int:
        """See `UnitOfWork`."""
        number = self._numbers[series] = self._numbers.get(series, 0) + 1
        return number

    def get(self, kind: type[R], identifier: str) -> R | None:
        """See `UnitOfWork`."""
        changed: R | None = self._records.get((kind, identifier))
        return self._world.shelves[kind].records.get(identifier) if changed is None else changed

    def put(self, record: Record) -> None:
        """See `UnitOfWork`."""
        shape = type(record)
        self._records[shape, KINDS[shape].identifier(record)] = record

    def group(self, kind: type[R], name: str) -> list[R]:
        """See `UnitOfWork`."""
        group_of = KINDS[kind].group
        if group_of is None:
            return []
        kept = dict.fromkeys(self._world.shelves[kind].groups.get(name, ()))
        changed = [(known_by[1], record) for known_by, record in self._records.items() if known_by[0] is kind]
        kept |= {identifier: None for identifier, record in changed if group_of(record) == name}
        return self._records_of(kind, kept)

    def _records_of(self, kind: type[R], identifiers: Iterable[str]) -> list[R]:
        found = (self.get(kind, identifier) for identifier in identifiers)
        return [record for record in found if record is not None]

    def count(self, kind: type[R], choice: Choice) -> int:
        """See `UnitOfWork`."""
        return self._world.shelves[kind].index.count(choice)

    def page(self, kind: type[R], choice: Choice) -> list[R]:
        """See `UnitOfWork`."""
        return self._records_of(kind, self._world.shelves[kind].index.page(choice))

    def notification(self, number: int) -> Notification | None:
        """See `UnitOfWork`."""
        return self._notifications.get(number) or self._world.notifications.get(number)

    def save_notification(self, notification: Notification) -> None:
        """See `UnitOfWork`."""
        self._notifications[notification.number] = notification

    def notifications(self, timeline: str) -> list[Notification]:
        """See `UnitOfWork`."""
        kept = {number: self._world.notifications[number] for number in self._world.notifications_of.get(timeline, ())}
        kept.update({number: added for number, added in self._notifications.items() if added.timeline == timeline})
        return [*kept.values()]

    def attempts(self, notification: int) -> list[Attempt]:
        """See `UnitOfWork`."""
        added = [attempt for attempt in self._attempts if attempt.notification == notification]
        return [*self._world.attempts.get(notification, ()), *added]

    def add_attempt(self, attempt: Attempt) -> None:
        """See `UnitOfWork`."""
        self._attempts.append(attempt)

    def schedule(self, task: Task) -> None:
        """See `UnitOfWork`."""
        self._tasks.append(task)

    def cancel(self, task: Task) -> None:
        """See `UnitOfWork`."""
        key = _key(task)
        self._tasks = [other for other in self._tasks if _key(other) != key]
        self._gone.append(key)

    def take_due(self, now: int, limit: int) -> list[Task]:
        """See `UnitOfWork`."""
        world = self._world
        due: list[Task] = []
        while len(due) < limit:
            at = world.first_due()
            if at is None or at > now:
                break
            key = heappop(world.agenda)[2]
            del world.due_at[key]
            due.append(Task(at, *key))
        self._taken += due
        return due

    def add_event(self, event: Event) -> None:
        """See `UnitOfWork`."""
        self._events.append(event)

    def news(self) -> list[Event]:
        """See `UnitOfWork`."""
        return self._events

    def events(self, timeline: str) -> list[Event]:
        """See `UnitOfWork`."""
        added = [event for event in self._events if event.timeline == timeline]
        return [*self._world.events.get(timeline, ()), *added]

    def add_exchange(self, exchange: Exchange) -> None:
        """See `UnitOfWork`."""
        self._exchanges.append(exchange)

    def exchange(self, number: int) -> Exchange | None:
        """See `UnitOfWork`."""
        return next((exchange for exchange in self._journal() if exchange.number == number), None)

    def exchanges(self, limit: int) -> list[Exchange]:
        """See `UnitOfWork`."""
        return self._journal()[-limit:][::-1] if limit > 0 else []

    def _journal(self) -> list[Exchange]:
        return [*self._world.journal, *self._exchanges]


class MemoryStore:
    """Accounts in this process's memory."""

    waits_for_io = False

    def __init__(self, journal_size: int) -> None:
        """A store without accounts; each journal holds `journal_size` exchanges."""
        self._journal_size = journal_size
        self._worlds: dict[str, World] = {}
        self._made = 0
        self._lock = threading.Lock()
        self._listeners: list[Callable[[str, int | None], None]] = []
        self.open_account(Account(NOBODY, "", ""))

    def open_account(self, account: Account) -> Account:
        """See `Store`."""
        with self._lock:
            world = self._worlds.get(account.user)
            if world is None:
                return self._begin_world(account)
            kept = world.account
            world.account = replace(
                kept, secret_key=account.secret_key, role=account.role, opening_balance=account.opening_balance
            )
            return world.account

    def _begin_world(self, account: Account) -> Account:
        self._made += 1
        world = World(replace(account, world=self._made), self._journal_size)
        self._worlds[account.user] = world
        return world.account

    def account(self, user: str) -> Account | None:
        """See `Store`."""
        world = self._worlds.get(user)
        return None if world is None else world.account

    def change_account(self, account: Account) -> None:
        """See `Store`."""
        with self._lock:
            world = self._worlds[account.user]
            world.account = replace(account, seed=world.account.seed, world=world.account.world)

    def empty_account(self, user: str) -> None:
        """See `Store`."""
        with self._lock:
            old = self._worlds[user]
            self._begin_world(old.account)
        _let_go_of(old)
        self._announce(user, None)

    def clear_journal(self, user: str) -> None:
        """See `Store`."""
        world = self._worlds[user]
        with world.lock:
            world.journal = deque(maxlen=self._journal_size)

    def drop_account(self, user: str) -> None:
        """See `Store`."""
        with self._lock:
            old = self._worlds.pop(user, None)
        if old is not None:
            _let_go_of(old)
            self._announce(user, None)

    def unit(self, user: str) -> MemoryUnit:
        """See `Store`."""
        return MemoryUnit(self._worlds[user], self._announce)

    def next_due(self, user: str) -> int | None:
        """See `Store`."""
        world = self._worlds.get(user)
        if world is None:
            return None
        with world.lock:
            return world.first_due()

    def users(self) -> list[str]:
        """See `Store`."""
        return list(self._worlds)

    def on_commit(self, listener: Callable[[str, int | None], None]) -> None:
        """See `Store`."""
        self._listeners.append(listener)

    def close(self) -> None:
        """Nothing to let go of."""

    def _announce(self, user: str, at: int | None) -> None:
        for listener in self._listeners:
            listener(user, at)


def _let_go_of(world: World) -> None:
    """Take a world apart in a thread, a little at a time: Python would free it all in one go and stop everything."""
    threading.Thread(target=_take_apart, args=(world,), name="take apart", daemon=True).start()


def _take_apart(world: World) -> None:
    with world.lock:
        shelves = list(world.shelves.values())
        heaps: list[dict[Any, Any]] = [world.notifications, world.notifications_of, world.attempts, world.events]
        heaps += [shelf.records for shelf in shelves] + [shelf.groups for shelf in shelves] + [world.due_at]
    for heap in heaps:
        while heap:
            heap.popitem()
