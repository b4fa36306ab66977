"""The store that starts at once and leaves nothing behind: plain Python structures, a world an account."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mockserver.store.contract import NOBODY, Account, Choice, Event, Exchange, Task, TaskKind
from mockserver.store.dismantling import Dismantling
from mockserver.store.records import KINDS
from mockserver.store.shelves import Agenda, Shelf

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from mockserver.notify.plan import Attempt, Notification
    from mockserver.store.records import R, Record, Series

_Undo = tuple[Callable[..., object], tuple[Any, ...]]


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
        self.moves = Agenda()
        self.deliveries = Agenda()

    def agenda_of(self, kind: TaskKind) -> Agenda:
        """The agenda on which tasks of a kind stand."""
        return self.deliveries if kind == "notification" else self.moves

    def heaps(self) -> list[dict[Any, Any]]:
        """All that may be large."""
        with self.lock:
            shelves = list(self.shelves.values())
            told: list[dict[Any, Any]] = [self.notifications, self.notifications_of, self.attempts, self.events]
            return [
                *told, *(shelf.records for shelf in shelves), *(shelf.groups for shelf in shelves),
                self.moves.due, self.deliveries.due,
            ]  # fmt: skip

    def first_due(self) -> int | None:
        """The instant of the earliest task."""
        first = [at for at in (self.moves.first_instant(), self.deliveries.first_instant()) if at is not None]
        return min(first, default=None)


class MemoryUnit:
    """A unit of work on a world: it holds the world's lock, writes at once, and takes everything back if it fails."""

    def __init__(self, world: World, announce: Callable[[str, int | None], None]) -> None:
        """Prepare a unit; entering it takes the lock."""
        self._world = world
        self._announce = announce
        self._undo: list[_Undo] = []
        self._news: list[Event] = []
        self._exchanges: list[Exchange] = []
        self._earliest: int | None = None

    def __enter__(self) -> MemoryUnit:
        """Take the world's lock."""
        self._world.lock.acquire()
        self._numbers_before = self._world.numbers.copy()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go of the lock, after an exception with every change taken back."""
        try:
            if kind is None:
                self._world.journal.extend(self._exchanges)
            else:
                self._world.numbers = self._numbers_before
                for function, arguments in reversed(self._undo):
                    function(*arguments)
        finally:
            self._world.lock.release()
        if kind is None:
            self._announce(self._world.account.user, self._earliest)

    def next_number(self, series: Series) -> int:
        """See `UnitOfWork`."""
        numbers = self._world.numbers
        number = numbers[series] = numbers.get(series, 0) + 1
        return number

    def last_number(self, series: Series) -> int:
        """See `UnitOfWork`."""
        return self._world.numbers.get(series, 0)

    def numbers(self) -> dict[Series, int]:
        """See `UnitOfWork`."""
        return self._world.numbers.copy()

    def go_on_from(self, numbers: dict[Series, int]) -> None:
        """See `UnitOfWork`."""
        self._world.numbers = dict(numbers)

    def every(self, kind: type[R]) -> list[R]:
        """See `UnitOfWork`."""
        return list(self._world.shelves[kind].records.values())

    def every_event(self) -> list[Event]:
        """See `UnitOfWork`."""
        return [event for timeline in self._world.events.values() for event in timeline]

    def every_task(self) -> list[Task]:
        """See `UnitOfWork`."""
        agendas = (self._world.moves, self._world.deliveries)
        placed = sorted((place, key) for agenda in agendas for key, place in agenda.due.items())
        return [Task(place[0], *key) for place, key in placed]

    def get(self, kind: type[R], identifier: str) -> R | None:
        """See `UnitOfWork`."""
        found: R | None = self._world.shelves[kind].records.get(identifier)
        return found

    def put(self, record: Record) -> None:
        """See `UnitOfWork`."""
        shelf = self._world.shelves[type(record)]
        identifier, before = shelf.enter(record)
        if before is None:
            self._undo.append((shelf.leave, (identifier,)))
        else:
            self._undo.append((shelf.enter, (before,)))

    def group(self, kind: type[R], name: str) -> list[R]:
        """See `UnitOfWork`."""
        shelf = self._world.shelves[kind]
        return [shelf.records[identifier] for identifier in shelf.groups.get(name, ())]

    def count(self, kind: type[R], choice: Choice) -> int:
        """See `UnitOfWork`."""
        return self._world.shelves[kind].index.count(choice)

    def page(self, kind: type[R], choice: Choice) -> list[R]:
        """See `UnitOfWork`."""
        shelf = self._world.shelves[kind]
        return [shelf.records[identifier] for identifier in shelf.index.page(choice)]

    def notification(self, number: int) -> Notification | None:
        """See `UnitOfWork`."""
        return self._world.notifications.get(number)

    def save_notification(self, notification: Notification) -> None:
        """See `UnitOfWork`."""
        number, world = notification.number, self._world
        before = world.notifications.get(number)
        world.notifications[number] = notification
        if before is None:
            listed = world.notifications_of.setdefault(notification.timeline, [])
            listed.append(number)
            self._undo += [(world.notifications.pop, (number,)), (listed.pop, ())]
        else:
            self._undo.append((world.notifications.__setitem__, (number, before)))

    def notifications(self, timeline: str) -> list[Notification]:
        """See `UnitOfWork`."""
        return [self._world.notifications[number] for number in self._world.notifications_of.get(timeline, ())]

    def newest_notifications(self) -> Iterator[Notification]:
        """See `UnitOfWork`."""
        return reversed(self._world.notifications.values())

    def attempts(self, notification: int) -> list[Attempt]:
        """See `UnitOfWork`."""
        return list(self._world.attempts.get(notification, ()))

    def add_attempt(self, attempt: Attempt) -> None:
        """See `UnitOfWork`."""
        made = self._world.attempts.setdefault(attempt.notification, [])
        made.append(attempt)
        self._undo.append((made.pop, ()))

    def schedule(self, task: Task) -> None:
        """See `UnitOfWork`."""
        agenda, key = self._world.agenda_of(task.kind), (task.kind, task.about)
        self._undo.append((agenda.restore, (key, agenda.put(key, task.at))))
        self._earliest = task.at if self._earliest is None else min(self._earliest, task.at)

    def cancel(self, task: Task) -> None:
        """See `UnitOfWork`."""
        agenda, key = self._world.agenda_of(task.kind), (task.kind, task.about)
        self._undo.append((agenda.restore, (key, agenda.remove(key))))

    def take_move(self, now: int) -> Task | None:
        """See `UnitOfWork`."""
        return self._take(self._world.moves, now)

    def take_deliveries(self, now: int, limit: int) -> list[Task]:
        """See `UnitOfWork`."""
        due: list[Task] = []
        while len(due) < limit and (task := self._take(self._world.deliveries, now)) is not None:
            due.append(task)
        return due

    def pending_deliveries(self) -> int:
        """See `UnitOfWork`."""
        return len(self._world.deliveries.due)

    def _take(self, agenda: Agenda, now: int) -> Task | None:
        at = agenda.first_instant()
        if at is None or at > now:
            return None
        key, before = agenda.take_first()
        self._undo.append((agenda.restore, (key, before)))
        return Task(at, *key)

    def add_event(self, event: Event) -> None:
        """See `UnitOfWork`."""
        timeline = self._world.events.setdefault(event.timeline, [])
        timeline.append(event)
        self._undo.append((timeline.pop, ()))
        self._news.append(event)

    def news(self) -> list[Event]:
        """See `UnitOfWork`."""
        return self._news

    def events(self, timeline: str) -> list[Event]:
        """See `UnitOfWork`."""
        return list(self._world.events.get(timeline, ()))

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
        self._dismantling = Dismantling()
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
        self._dismantling.begin(old)
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
            self._dismantling.begin(old)
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
        """Let go of what is still being taken apart."""
        self._dismantling.close()

    def _announce(self, user: str, at: int | None) -> None:
        for listener in self._listeners:
            listener(user, at)
