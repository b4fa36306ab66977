"""An account's past: the gateway works in it, at instants before the present one, and nobody else does its due work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

from mockserver.domain.kinds import KINDS
from mockserver.domain.timeline import NOTIFICATION, Task
from mockserver.store.account_state import TaskQueue

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from mockserver.domain.accounts import Account
    from mockserver.domain.unit_of_work import AccountView, UnitOfWork
    from mockserver.store.contract import Store

_T = TypeVar("_T")
_KIND_OF = {kind.record: kind for kind in KINDS.values()}


class PastClock:
    """A clock that shows the instant that it is set to."""

    def __init__(self, instant: int) -> None:
        self.instant = instant

    def now(self) -> int:
        return self.instant

    def seconds_until(self, instant: int) -> float | None:
        return 0.0 if instant <= self.instant else None

    def on_change(self, listener: Callable[[], None]) -> None:
        """Nobody waits for the past, so the listener is never called."""


class PastTasks:
    """The tasks of what was created in the past, and its timelines. While it is `creating`, all new objects are."""

    def __init__(self) -> None:
        self.transitions, self.deliveries = TaskQueue(), TaskQueue()
        self.timelines: set[str] = set()
        self.creating = False

    def copy(self) -> PastTasks:
        """A copy whose tasks are its own, for a unit of work that may be done again."""
        copied = PastTasks()
        copied.timelines = self.timelines
        for task in self.all():
            copied.queue_of(task.kind).put(task[1:], task.at)
        return copied

    def all(self) -> list[Task]:
        """All tasks, by instant and then in the order of their scheduling."""
        places = sorted([*self.transitions.places(), *self.deliveries.places()])
        return [Task(at, *key) for at, _, key in places]

    def queue_of(self, kind: str) -> TaskQueue:
        return self.deliveries if kind == NOTIFICATION else self.transitions

    def next_due(self, until: int) -> tuple[int, str] | None:
        """The instant and the queue of the earliest task up to an instant; None if there is none."""
        found = [(queue.first_instant(), name) for name, queue in
                 (("transitions", self.transitions), ("deliveries", self.deliveries))]  # fmt: skip
        due = [(at, name) for at, name in found if at is not None and at <= until]
        return min(due, key=lambda one: one[0]) if due else None


class PastUnit:
    """A unit of work in the past. Tasks of what it creates go to `PastTasks`, so the worker never does them."""

    __slots__ = ("_tasks", "_unit")

    def __init__(self, unit: UnitOfWork, tasks: PastTasks) -> None:
        self._unit = unit
        self._tasks = tasks

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - everything else is as in the unit
        return getattr(self._unit, name)

    def put(self, record: NamedTuple) -> None:
        kind = _KIND_OF.get(type(record)) if self._tasks.creating else None
        if kind is not None:
            self._tasks.timelines.add(kind.timeline_of(record))
        self._unit.put(record)

    def schedule(self, task: Task) -> None:
        if self._is_own(task):
            self._tasks.queue_of(task.kind).put(task[1:], task.at)
        else:
            self._unit.schedule(task)

    def cancel(self, task: Task) -> None:
        if self._is_own(task):
            self._tasks.queue_of(task.kind).remove(task[1:])
        else:
            self._unit.cancel(task)

    def take_transition(self, now: int) -> Task | None:
        place = self._tasks.transitions.take_due(now)
        return None if place is None else Task(place[0], *place[2])

    def _is_own(self, task: Task) -> bool:
        if task.kind == NOTIFICATION:
            notification = self._unit.notification(int(task.about))
            return notification is not None and notification.timeline in self._tasks.timelines
        kind = KINDS[task.kind]
        record = self._unit.get(kind.record, task.about)
        return record is not None and kind.timeline_of(record) in self._tasks.timelines


class PastStore:
    """The store of a gateway that works in the past: in the unit of work that is open, or else in one of its own."""

    waits_for_io = False
    at_once = 1 << 30

    def __init__(self, store: Store) -> None:
        self._store = store
        self.tasks = PastTasks()
        self.open_unit: UnitOfWork | None = None

    def account(self, user: str) -> Account | None:
        return self._store.account(user)

    known_account = account

    def secret_keys(self) -> dict[str, str]:
        return self._store.secret_keys()

    def read(self, user: str) -> AbstractContextManager[AccountView]:
        return self._store.read(user)

    def perform(self, user: str, work: Callable[[UnitOfWork], _T]) -> _T:
        """Do work in the open unit, or in a new one, which is committed whole or not at all."""
        if self.open_unit is not None:
            return work(self.open_unit)
        before = self.tasks

        def in_past(unit: UnitOfWork) -> _T:
            if self._store.waits_for_io:
                self.tasks = before.copy()  # a database may call this again
            self.open_unit = cast("UnitOfWork", PastUnit(unit, self.tasks))
            try:
                return work(self.open_unit)
            finally:
                self.open_unit = None

        try:
            return self._store.perform(user, in_past)
        except BaseException:
            self.tasks = before
            raise
