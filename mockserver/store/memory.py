"""The store that starts at once and leaves nothing behind: plain Python structures, a world an account."""

from __future__ import annotations

import threading
from bisect import bisect_left, bisect_right, insort
from collections import deque
from heapq import heappop, heappush
from typing import TYPE_CHECKING

from mockserver.store.contract import NOBODY, Account, Event, Exchange, PaymentChoice, Series, Task, TaskKind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

    from mockserver.notify.plan import Attempt, Notification
    from mockserver.payments.payment import Payment

_TaskKey = tuple[TaskKind, str, int]


def _key(task: Task) -> _TaskKey:
    return (task.kind, task.trade_id, task.notification)


class PaymentIndex:
    """The account's payments in the order of their creation, all of them and those of each state.

    Payments are known by their number, which grows with their creation, so a state's numbers stay sorted. Most
    changes are made near the end of a list; the dearest moves the rest of the list by one place.
    """

    def __init__(self) -> None:
        """An empty index."""
        self._trades: list[str] = []
        self._created: list[int] = []
        self._by_state: dict[str, list[int]] = {}

    def enter(self, payment: Payment, before: Payment | None) -> None:
        """Take a new payment, or the new state of one."""
        place = payment.number - 1
        if before is None:
            self._trades.append(payment.trade_id)
            self._created.append(payment.created_at)
        elif before.state != payment.state:
            leaving = self._by_state[before.state]
            del leaving[bisect_left(leaving, place)]
        else:
            return
        insort(self._by_state.setdefault(payment.state, []), place)

    def page(self, choice: PaymentChoice) -> tuple[int, list[str]]:
        """How many payments are chosen, and the trade ids of the page."""
        places: Sequence[int] = range(len(self._trades))
        first = bisect_left(self._created, choice.since)
        last = bisect_right(self._created, choice.until)
        if choice.state is not None:
            places = self._by_state.get(choice.state, [])
            first, last = bisect_left(places, first), bisect_left(places, last)
        begin = first + choice.skip
        page = places[begin : min(last, begin + choice.limit)]
        return max(0, last - first), [self._trades[place] for place in page]


class World:
    """Everything that one account owns, behind its own lock."""

    def __init__(self, account: Account, journal_size: int) -> None:
        """An empty world."""
        self.account = account
        self.lock = threading.Lock()
        self.numbers: dict[Series, int] = {"payments": 0, "notifications": 0, "exchanges": 0}
        self.payments: dict[str, Payment] = {}
        self.index = PaymentIndex()
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

    def __init__(self, world: World, announce: Callable[[str, int], None]) -> None:
        """Prepare a unit; entering it takes the lock."""
        self._world = world
        self._announce = announce
        self._payments: dict[str, Payment] = {}
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
        if kind is None and self._tasks:
            self._announce(self._world.account.user, min(task.at for task in self._tasks))

    def _commit(self) -> None:
        world = self._world
        world.numbers = self._numbers
        for trade_id, payment in self._payments.items():
            world.index.enter(payment, world.payments.get(trade_id))
            world.payments[trade_id] = payment
        for number, notification in self._notifications.items():
            if number not in world.notifications:
                world.notifications_of.setdefault(notification.trade_id, []).append(number)
            world.notifications[number] = notification
        for attempt in self._attempts:
            world.attempts.setdefault(attempt.notification, []).append(attempt)
        for event in self._events:
            world.events.setdefault(event.trade_id, []).append(event)
        world.journal.extend(self._exchanges)
        for key in self._gone:
            world.due_at.pop(key, None)
        for task in self._tasks:
            world.schedule(task)

    def next_number(self, series: Series) -> int:
        """See `UnitOfWork`."""
        self._numbers[series] += 1
        return self._numbers[series]

    def payment(self, trade_id: str) -> Payment | None:
        """See `UnitOfWork`."""
        return self._payments.get(trade_id) or self._world.payments.get(trade_id)

    def save_payment(self, payment: Payment) -> None:
        """See `UnitOfWork`."""
        self._payments[payment.trade_id] = payment

    def list_payments(self, choice: PaymentChoice) -> tuple[int, list[Payment]]:
        """See `UnitOfWork`."""
        total, page = self._world.index.page(choice)
        return total, [self._world.payments[trade_id] for trade_id in page]

    def notification(self, number: int) -> Notification | None:
        """See `UnitOfWork`."""
        return self._notifications.get(number) or self._world.notifications.get(number)

    def save_notification(self, notification: Notification) -> None:
        """See `UnitOfWork`."""
        self._notifications[notification.number] = notification

    def notifications(self, trade_id: str) -> list[Notification]:
        """See `UnitOfWork`."""
        kept = {number: self._world.notifications[number] for number in self._world.notifications_of.get(trade_id, ())}
        kept.update({number: added for number, added in self._notifications.items() if added.trade_id == trade_id})
        return list(kept.values())

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
        world, due = self._world, list[Task]()
        while len(due) < limit:
            at = world.first_due()
            if at is None or at > now:
                break
            kind, trade_id, notification = key = heappop(world.agenda)[2]
            del world.due_at[key]
            due.append(Task(at, kind, trade_id, notification))
        self._taken += due
        return due

    def add_event(self, event: Event) -> None:
        """See `UnitOfWork`."""
        self._events.append(event)

    def events(self, trade_id: str) -> list[Event]:
        """See `UnitOfWork`."""
        added = [event for event in self._events if event.trade_id == trade_id]
        return [*self._world.events.get(trade_id, ()), *added]

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
        self._listeners: list[Callable[[str, int], None]] = []
        self.open_account(Account(NOBODY, "", ""))

    def open_account(self, account: Account) -> Account:
        """See `Store`."""
        world = self._worlds.setdefault(account.user, World(account, self._journal_size))
        world.account = Account(account.user, account.secret_key, world.account.seed)
        return world.account

    def account(self, user: str) -> Account | None:
        """See `Store`."""
        world = self._worlds.get(user)
        return None if world is None else world.account

    def unit(self, user: str) -> MemoryUnit:
        """See `Store`."""
        return MemoryUnit(self._worlds[user], self._announce)

    def next_due(self, user: str) -> int | None:
        """See `Store`."""
        world = self._worlds[user]
        with world.lock:
            return world.first_due()

    def users(self) -> list[str]:
        """See `Store`."""
        return list(self._worlds)

    def on_schedule(self, listener: Callable[[str, int], None]) -> None:
        """See `Store`."""
        self._listeners.append(listener)

    def close(self) -> None:
        """Nothing to let go of."""

    def _announce(self, user: str, at: int) -> None:
        for listener in self._listeners:
            listener(user, at)
