"""Units of work in a database: several on one account share a transaction."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any, NamedTuple

from mockserver.domain.timeline import NOTIFICATION, Event, Task
from mockserver.store.records import RECORD_KINDS
from mockserver.store.sql import statements
from mockserver.store.sql.changes import Changes, ScheduledTask
from mockserver.store.sql.progress import Added
from mockserver.store.sql.subjects import NOWHERE
from mockserver.store.sql.texts import account_text
from mockserver.store.sql.view import SqlView

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from mockserver.domain.accounts import Account
    from mockserver.domain.notifications.notification import Attempt, Notification
    from mockserver.domain.timeline import JournalEntry
    from mockserver.domain.unit_of_work import Series
    from mockserver.store.records import RecordKind
    from mockserver.store.sql.changes import RecordKey, StoredRecord, TaskKey
    from mockserver.store.sql.database import SqlConnection
    from mockserver.store.sql.progress import Progress

_AHEAD = 50
_LOOKED_AHEAD = 100  # milliseconds


class TasksAhead:
    """Transitions in the tables that are due or soon will be, read some at a time and in order.

    All of them up to the instant `until` have been read; `last` is the instant and number of the last one.
    """

    def __init__(self) -> None:
        self.tasks: deque[ScheduledTask] = deque()
        self.last = (-1, 0)
        self.until = -1

    def add(self, read: list[ScheduledTask], now: int) -> None:
        """Add tasks that were read at an instant."""
        self.tasks += read
        if read:
            self.last = read[-1].task.at, read[-1].number
        if len(read) < _AHEAD:
            self.until = now + _LOOKED_AHEAD


class Claimant(NamedTuple):
    """Who claims deliveries in a transaction: the name of the process, and the present instant of its machine."""

    process: str
    machine: int


class AccountTransaction:
    """What one transaction knows and changes of an account, which it has locked.

    Units of work are done in it one after the other. The changes of those that succeeded are `pending` until they are
    written, which is at the end unless a statement has to find them before.
    """

    def __init__(
        self, connection: SqlConnection, account: Account, progress: Progress, journal_size: int, claimant: Claimant
    ) -> None:
        self.connection = connection
        self.account = account
        self.progress = progress
        self.process, self.machine = claimant
        self.journal_size = journal_size
        self.pending = Changes()
        self.read: dict[RecordKey, StoredRecord | None] = {}
        self.has_changed = False
        self.planned: dict[TaskKey, int] = {}
        self.ahead = TasksAhead()
        self.scheduled: list[tuple[int, int, TaskKey]] = []
        """A heap of the transitions that were scheduled; those that were taken or changed since are still in it."""
        self.is_advanced_elsewhere = False
        """Whether another process advances the clock of the account."""
        self._stored = account, progress

    @property
    def has_new_settings(self) -> bool:
        """Whether the settings of the account were changed."""
        return self.account is not self._stored[0]

    @property
    def earliest(self) -> int | None:
        """The instant of the earliest task that was scheduled and not performed."""
        return min(self.planned.values(), default=None)

    def change_account(self, change: Callable[[Account], Account]) -> Account:
        """Change the settings of the account, except its seed and generation; returns the changed account."""
        was = self.account
        self.account = replace(change(was), user=was.user, seed=was.seed, generation=was.generation)
        self.has_changed = True
        return self.account

    def begin_advance(self, seconds: float) -> bool:
        """Keep other processes from advancing the clock and doing due work; False if another does so already."""
        if self.is_advanced_elsewhere:
            return False
        self._set_advance(self.machine + round(seconds * 1000))
        return True

    def end_advance(self) -> None:
        """Let other processes do due work again."""
        if not self.is_advanced_elsewhere:
            self._set_advance(0)
            self.has_changed = True

    def _set_advance(self, until: int) -> None:
        self.connection.run(statements.SET_ADVANCE, of_account=self.account.user, by=self.process, until=until)

    def write(self) -> None:
        """Write the pending changes."""
        if self.pending:
            self.pending.write(self.connection, self.account.generation, self.journal_size)
            self.read.update(self.pending.records)
            self.pending = Changes()
            self.look_again()

    def look_again(self) -> None:
        """Forget which tasks are due, as the tables have changed."""
        self.ahead = TasksAhead()
        self.scheduled = []

    def finish(self) -> None:
        """Write everything, before the transaction commits."""
        account, progress = self._stored
        self.write()
        if self.progress != progress:
            self.connection.run(statements.KEEP_PROGRESS, of_account=account.user, to=self.progress.text)
        if self.account is not account:
            self.connection.run(statements.CHANGE_ACCOUNT, of_account=account.user, to=account_text(self.account))


class SqlUnit(SqlView):
    """A unit of work. After an exception its changes are dropped, and the others in the transaction stay."""

    def __init__(self, transaction: AccountTransaction) -> None:
        super().__init__(transaction.connection, transaction.account, transaction.progress.copy())
        self._transaction = transaction
        self._read = transaction.read
        self._changes = Changes()
        self._planned: dict[TaskKey, int | None] = {}
        self._added_events: list[Event] = []
        self._has_savepoint = False
        self._has_written = False

    def __enter__(self) -> SqlUnit:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._keep()
        else:
            self._drop()

    def _keep(self) -> None:
        transaction = self._transaction
        if self._has_savepoint:
            self._connection.execute("RELEASE SAVEPOINT unit")
        if not (self._has_written or self._progress != transaction.progress or self._has_changes()):
            return
        self._set_subjects()
        transaction.pending.absorb(self._changes)
        transaction.progress = self._progress
        transaction.has_changed = True
        for key, at in self._planned.items():
            if at is None:
                transaction.planned.pop(key, None)
            else:
                transaction.planned[key] = at

    def _set_subjects(self) -> None:
        """Set where the rows of events and notifications go, now that the records are known that were added."""
        changes = self._changes
        changes.events = [(number, event, self._subject(event.timeline)) for number, event, _ in changes.events]
        changes.subjects = {number: self._subject(one.timeline) for number, one in changes.notifications.items()}

    def _has_changes(self) -> bool:
        """Whether there are changes, and not only cancelled tasks that do not exist."""
        tasks, before = self._changes.tasks, self._transaction.pending.tasks
        if self._changes.has_more_than_tasks() or any(task is not None for task in tasks.values()):
            return True
        return any(before[key] is not None if key in before else self._is_stored(key) for key in tasks)

    def _is_stored(self, key: TaskKey) -> bool:
        wanted = {"generation": self._account.generation, "kind": key[0], "about": key[1]}
        return self._connection.row(statements.TASK, **wanted) is not None

    def _drop(self) -> None:
        if self._has_savepoint:
            self._connection.execute("ROLLBACK TO SAVEPOINT unit")
            self._connection.execute("RELEASE SAVEPOINT unit")
            self._transaction.read.clear()
            self._transaction.look_again()

    def _layers(self) -> Iterable[Changes]:
        return self._changes, self._transaction.pending

    def _write_all(self) -> None:
        self._transaction.write()
        if self._changes:
            if not self._has_savepoint:
                self._connection.execute("SAVEPOINT unit")
                self._has_savepoint = True
            self._set_subjects()
            self._has_written |= self._has_changes()
            self._changes.write(self._connection, self._account.generation, self._transaction.journal_size)
            self._read.update(self._changes.records)
            self._changes = Changes()
            self._transaction.look_again()

    def next_number(self, series: Series) -> int:
        number = self._progress.numbers[series] = self._progress.numbers.get(series, 0) + 1
        return number

    def continue_numbers_from(self, numbers: dict[Series, int]) -> None:
        self._progress.numbers.update(numbers)

    def put(self, record: NamedTuple) -> None:
        kind = RECORD_KINDS[type(record)]
        self._changes.add_record(kind, record, self._present(kind, record), self._progress.added)

    def _present(self, kind: RecordKind, record: Any) -> StoredRecord | None:  # noqa: ANN401 - a record of the kind
        """The record that is replaced. It is searched for in the tables only if they can have it, and if it counts."""
        key = kind.shape, kind.identifier(record)
        is_known = key in self._read or any(key in layer.records for layer in self._layers())
        if is_known or (kind.date is not None and record.number <= self._progress.added.get(kind.name, _NONE).number):
            return self._stored(key)
        return None

    def save_notification(self, notification: Notification) -> None:
        self._changes.notifications[notification.number] = notification

    def add_attempt(self, attempt: Attempt) -> None:
        self._changes.attempts.append(attempt)

    def schedule(self, task: Task) -> None:
        key = task.kind, task.about
        number = self.next_number("tasks")
        self._changes.tasks[key] = ScheduledTask(task, number)
        self._planned[key] = task.at
        if task.kind != NOTIFICATION:
            heappush(self._transaction.scheduled, (task.at, number, key))

    def cancel(self, task: Task) -> None:
        key = task.kind, task.about
        self._changes.tasks[key] = None
        self._planned[key] = None

    def take_transition(self, now: int) -> Task | None:
        due = [one for one in (self._first_scheduled(now), self._first_stored(now)) if one is not None]
        if not due:
            return None
        task = min(due, key=lambda one: (one.task.at, one.number)).task
        self.cancel(task)
        return task

    def _first_scheduled(self, now: int) -> ScheduledTask | None:
        """The first due transition of those that were scheduled in this transaction, and are not written yet."""
        scheduled = self._transaction.scheduled
        while scheduled and scheduled[0][0] <= now:
            at, number, key = scheduled[0]
            known = next((layer.tasks[key] for layer in self._layers() if key in layer.tasks), None)
            if known is not None and (known.task.at, known.number) == (at, number):
                return known
            heappop(scheduled)  # taken, rescheduled, or dropped with its unit
        return None

    def _first_stored(self, now: int) -> ScheduledTask | None:
        """The first due transition of those in the tables that were not changed in this transaction."""
        ahead, changed = self._transaction.ahead, self._transaction.pending.tasks
        while True:
            while ahead.tasks and ahead.tasks[0].task[1:] in changed:
                ahead.tasks.popleft()  # these changes stay until the tables are read again
            for stored in ahead.tasks:
                key = stored.task[1:]
                if key not in self._changes.tasks and key not in changed:
                    return stored if stored.task.at <= now else None
            if ahead.until >= now:
                return None
            rows = self._connection.rows(
                statements.DUE_TRANSITIONS, generation=self._account.generation, now=now + _LOOKED_AHEAD, limit=_AHEAD,
                after_at=ahead.last[0], after_number=ahead.last[1],
            )  # fmt: skip
            ahead.add([ScheduledTask(Task(at, kind, about), number) for at, kind, about, number in rows], now)

    def claim_deliveries(self, now: int, limit: int, seconds: float) -> list[Notification]:
        until, by = self._transaction.machine + round(seconds * 1000), self._transaction.process
        claimed: list[Notification] = []
        while len(claimed) < limit and (due := self._due_deliveries(now, limit - len(claimed))):
            for scheduled, notification in due:
                key = scheduled.task[1:]
                self._planned[key] = None
                if notification is None or notification.state != "pending":
                    self._changes.tasks[key] = None
                    continue
                self._changes.tasks[key] = scheduled._replace(claimed_until=until, claimed_by=by)
                claimed.append(notification)
        return claimed

    def _due_deliveries(self, now: int, limit: int) -> list[tuple[ScheduledTask, Notification | None]]:
        """The first due deliveries that nobody has claimed, with their notifications."""
        machine = self._transaction.machine
        changed = {key: task for layer in reversed(list(self._layers())) for key, task in layer.tasks.items()
                   if key[0] == NOTIFICATION}  # fmt: skip
        due = [(one, self.notification(int(one.task.about))) for one in changed.values()
               if one is not None and one.task.at <= now and one.claimed_until <= machine]  # fmt: skip
        rows = self._connection.rows(
            statements.DUE_DELIVERIES, generation=self._account.generation, now=now, machine=machine,
            limit=limit + len(changed),
        )  # fmt: skip
        for at, kind, about, number, *columns in rows:
            if (kind, about) not in changed:
                stored = None if columns[0] is None else self._notification_of(tuple(columns))
                present = self._changed_notification(int(about)) or stored
                due.append((ScheduledTask(Task(at, kind, about), number), present))
        return sorted(due, key=lambda one: (one[0].task.at, one[0].number))[:limit]

    def add_event(self, event: Event) -> None:
        self._added_events.append(event)
        self._changes.events.append((self.next_number("events"), event, NOWHERE))

    def added_events(self) -> list[Event]:
        return self._added_events

    def add_exchange(self, entry: JournalEntry) -> None:
        self._changes.exchanges.append(entry.masked())


_NONE = Added()
