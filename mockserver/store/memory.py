"""The store in memory: plain Python structures, an `AccountState` for each account. Lock order: see `contract`."""

from __future__ import annotations

import threading
from collections import deque
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from mockserver import identity
from mockserver.domain.accounts import ANONYMOUS, Account
from mockserver.domain.timeline import Event, Task
from mockserver.store.account_state import AccountState, MemoryView
from mockserver.store.contract import AccountExistsError, StoreListeners

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import TracebackType

    from mockserver.domain.notifications.notification import Attempt, Notification
    from mockserver.domain.timeline import JournalEntry
    from mockserver.domain.unit_of_work import Series, UnitOfWork
    from mockserver.store.account_state import TaskKey, TaskQueue
    from mockserver.store.contract import History, Mark
    from mockserver.store.dated_index import Heap


_T = TypeVar("_T")
_NOWHERE = (None, None)


class MemoryUnit(MemoryView):
    """A unit of work, which holds the account's lock, writes immediately, and undoes its changes if it fails."""

    __slots__ = ("_added_events", "_announce", "_planned", "_undo")

    def __init__(self, state: AccountState, announce: Callable[[str, int | None], None]) -> None:
        self._state = state
        self._announce = announce
        self._exchanges: list[JournalEntry] = []
        self._undo: list[tuple[Any, ...]] = []  # functions with their arguments
        self._added_events: list[Event] = []
        self._planned: dict[TaskKey, int] = {}

    def __enter__(self) -> MemoryUnit:
        self._state.lock.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Release the lock; after an exception, undo all changes first."""
        state, planned = self._state, self._planned
        try:
            if kind is not None:
                for function, *arguments in reversed(self._undo):
                    function(*arguments)
                return
            state.journal += self._exchanges
            if state.recent is not None:
                state.recent += self._added_events
                state.recent_end += len(self._added_events)
        finally:
            state.lock.release()
        if self._undo or self._exchanges:
            self._announce(state.account.user, min(planned.values()) if planned else None)

    def next_number(self, series: Series) -> int:
        state = self._state
        numbers = state.numbers
        before = numbers.get(series)
        self._undo.append((state.set_number, series, before))
        number = numbers[series] = (before or 0) + 1
        return number

    def continue_numbers_from(self, numbers: dict[Series, int]) -> None:
        for series, number in numbers.items():
            self._undo.append((self._state.set_number, series, self._state.numbers.get(series)))
            self._state.numbers[series] = number

    def put(self, record: NamedTuple) -> None:
        records = self._state.record_sets[type(record)]
        self._undo.append((records.restore, *records.enter(record)))

    def save_notification(self, notification: Notification) -> None:
        notifications = self._state.notifications
        self._undo.append((notifications.restore, notification.number, notifications.save(notification)))

    def add_attempt(self, attempt: Attempt) -> None:
        notifications = self._state.notifications
        self._undo.append((notifications.restore, attempt.notification, notifications.add_attempt(attempt)))

    def schedule(self, task: Task) -> None:
        queue, key = self._state.queue_of(task.kind), task[1:]
        self._undo.append((queue.restore, key, queue.put(key, task.at)))
        self._planned[key] = task.at

    def cancel(self, task: Task) -> None:
        queue, key = self._state.queue_of(task.kind), task[1:]
        before = queue.remove(key)
        if before != _NOWHERE:
            self._undo.append((queue.restore, key, before))
            self._planned.pop(key, None)

    def take_transition(self, now: int) -> Task | None:
        return self._take(self._state.transitions, now)

    def claim_deliveries(self, now: int, limit: int, seconds: float) -> list[Notification]:  # noqa: ARG002 - the process ends its claims
        deliveries, notifications = self._state.deliveries, self._state.notifications
        due: list[Notification] = []
        while len(due) < limit and (task := self._take(deliveries, now)) is not None:
            notification = notifications.get(int(task.about))
            if notification is not None and notification.state == "pending":
                deliveries.claimed[task[1:]] = (task.at, 0, task[1:])
                due.append(notification)
        return due

    def _take(self, queue: TaskQueue, now: int) -> Task | None:
        place = queue.take_due(now)
        if place is None:
            return None
        at, _, key = place
        self._undo.append((queue.restore, key, (place, None)))
        self._planned.pop(key, None)
        return Task(at, *key)

    def add_event(self, event: Event) -> None:
        timelines = self._state.timelines
        timelines.add(event)
        self._undo.append((timelines.remove_last, event.timeline))
        self._added_events.append(event)

    def added_events(self) -> list[Event]:
        return self._added_events

    def add_exchange(self, entry: JournalEntry) -> None:
        self._exchanges.append(entry)


_FIRST_PAUSE, _PAUSE = 0.05, 0.001  # seconds, in which other threads run
_FREED_AT_ONCE = 500
_SMALL = 5_000


class Reclaimer:
    """Frees the memory of deleted accounts in small steps, on a thread.

    Freeing a large account at once would stop the whole process for seconds.
    """

    def __init__(self) -> None:
        self._closing = threading.Event()
        self._threads: set[threading.Thread] = set()

    def reclaim(self, heaps: Sequence[Heap]) -> None:
        """Empty unused dictionaries and lists; small ones are left to Python."""
        if sum(map(len, heaps)) < _SMALL or self._closing.is_set():
            return
        thread = threading.Thread(target=self._empty, args=(heaps,), name="reclaim", daemon=True)
        self._threads.add(thread)
        thread.start()

    def close(self) -> None:
        """Stop the threads, and leave the rest to Python."""
        self._closing.set()
        for thread in tuple(self._threads):
            thread.join()

    def _empty(self, heaps: Sequence[Heap]) -> None:
        stopped = self._closing.wait(_FIRST_PAUSE)
        for heap in heaps:
            while heap and not stopped:
                if isinstance(heap, list):
                    del heap[-_FREED_AT_ONCE:]
                else:
                    for _ in range(min(_FREED_AT_ONCE, len(heap))):
                        heap.popitem()
                stopped = self._closing.wait(_PAUSE)
        self._threads.discard(threading.current_thread())


class MemoryStore(StoreListeners):
    """Stores accounts in the memory of this process."""

    waits_for_io = False
    at_once = 10

    def __init__(self, journal_size: int) -> None:
        """A store without merchants; each journal keeps `journal_size` exchanges."""
        self._journal_size = journal_size
        self._accounts: dict[str, AccountState] = {}
        self._made = 0
        self._lock = threading.Lock()
        super().__init__()
        self.secret = identity.new_secret_key()
        self._run = identity.new_seed()
        self._reclaimer = Reclaimer()
        self.open_account(Account(ANONYMOUS, "", ""))

    def open_account(self, account: Account) -> Account:
        with self._lock:
            state = self._accounts.get(account.user)
            if state is None:
                opened = self._begin(account)
            else:
                opened = state.account = replace(
                    state.account,
                    secret_key=account.secret_key,
                    role=account.role,
                    opening_balance=account.opening_balance,
                    name=account.name or state.account.name,
                )
        self.announce_account(account.user, account.secret_key)
        return opened

    def _begin(self, account: Account) -> Account:
        self._made += 1
        state = AccountState(replace(account, generation=self._made), self._journal_size)
        self._accounts[account.user] = state
        return state.account

    def account(self, user: str) -> Account | None:
        state = self._accounts.get(user)
        return None if state is None else state.account

    def known_account(self, user: str) -> Account | None:
        state = self._accounts.get(user)
        return None if state is None else state.account

    def change_account(self, user: str, change: Callable[[Account], Account]) -> Account:
        with self._lock:
            state = self._accounts[user]
            was = state.account
            changed = state.account = replace(change(was), user=user, seed=was.seed, generation=was.generation)
        if changed.secret_key != was.secret_key:
            self.announce_account(user, changed.secret_key)
        self.announce_commit(user, None)
        return changed

    def empty_account(self, user: str) -> None:
        with self._lock:
            old = self._accounts[user]
            self._begin(old.account)
        self._reclaimer.reclaim(old.heaps())
        self.announce_commit(user, None)

    def clear_journal(self, user: str) -> None:
        state = self._accounts[user]
        with state.lock:
            state.journal = deque(maxlen=self._journal_size)
        self.announce_commit(user, None)

    def drop_account(self, user: str) -> None:
        with self._lock:
            old = self._accounts.pop(user, None)
        if old is not None:
            self._reclaimer.reclaim(old.heaps())
            self.announce_account(user, "")
            self.announce_commit(user, None)

    def read(self, user: str) -> MemoryView:
        return MemoryView(self._accounts[user])

    def perform(self, user: str, work: Callable[[UnitOfWork], _T]) -> _T:
        with MemoryUnit(self._accounts[user], self.announce_commit) as unit:
            return work(unit)

    async def perform_soon(self, user: str, work: Callable[[UnitOfWork], _T], *, skips_busy: bool = False) -> _T:  # noqa: ARG002 - no other process is there
        return self.perform(user, work)

    def unit(self, user: str) -> MemoryUnit:
        return MemoryUnit(self._accounts[user], self.announce_commit)

    @contextmanager
    def new_account(self, account: Account) -> Iterator[MemoryUnit]:
        planned: list[int] = []
        with self._lock:
            self._made += 1
            state = AccountState(replace(account, generation=self._made), self._journal_size)
        with MemoryUnit(state, lambda _user, at: planned.extend([] if at is None else [at])) as unit:
            yield unit
        with self._lock:
            if account.user in self._accounts:
                raise AccountExistsError(account.user)
            self._accounts[account.user] = state
        self.announce_account(account.user, account.secret_key)
        self.announce_commit(account.user, min(planned, default=None))

    def history(self, user: str, since: Mark | None) -> History:
        with self.read(user) as view:
            return view.history(f"{self._run}.{view.account.generation}", since)

    def check_writing(self) -> None:
        """Memory can always be written to."""

    def next_due(self, user: str) -> int | None:
        state = self._accounts.get(user)
        if state is None:
            return None
        with state.lock:
            return state.first_due()

    def next_due_of_all(self) -> dict[str, int]:
        due = {user: self.next_due(user) for user in self.users()}
        return {user: at for user, at in due.items() if at is not None}

    def has_deliveries(self, user: str) -> bool:
        state = self._accounts.get(user)
        return state is not None and any(True for _ in state.deliveries.places())

    def users_with_deliveries(self) -> list[str]:
        return [user for user in self.users() if self.has_deliveries(user)]

    def claimed_elsewhere(self, user: str) -> int | None:  # noqa: ARG002 - there is no other process
        return None

    def begin_advance(self, user: str, seconds: float) -> bool:  # noqa: ARG002 - as above
        return True

    def end_advance(self, user: str) -> None:
        """No other process has to know."""

    def is_advanced_elsewhere(self, user: str) -> bool:  # noqa: ARG002 - as above
        return False

    def start(self) -> None:
        """There is no other process."""

    def users(self) -> list[str]:
        return list(self._accounts)

    def secret_keys(self) -> dict[str, str]:
        return {user: state.account.secret_key for user, state in self._accounts.copy().items()}

    def trades_in_memory(self) -> int:
        return sum(len(state.timelines.flat) for state in list(self._accounts.values()))

    def close(self) -> None:
        self._reclaimer.close()
