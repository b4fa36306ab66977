"""The interface for reading and changing one account, which each store implements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar

from mockserver.domain.notifications.notification import DeliveryOutcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from mockserver.domain.accounts import Account
    from mockserver.domain.notifications.notification import Attempt, Notification, NotificationState
    from mockserver.domain.timeline import Event, Exchange, JournalEntry, Task

R = TypeVar("R", bound=NamedTuple)

Series = str
"""What `next_number` counts: the name of a kind of record, `notifications` or `exchanges`."""


class Choice(NamedTuple):
    """Which records to list: from `since` to `until` (both included), in a state unless it is None.

    `skip` and `limit` select a page. Of the records at `since`, only those with a number above `after` are listed, so
    that a list can be continued; of those at `until`, only those with a number below `before`, unless it is 0.
    """

    since: int
    until: int
    state: str | None
    skip: int
    limit: int
    after: int = 0
    before: int = 0


class Clues(NamedTuple):
    """What a wanted record contains somewhere, in any case: `text` or `amount`, `wallet` and `method`.

    An empty clue is none.
    """

    text: str = ""
    amount: str = ""
    wallet: str = ""
    method: str = ""


class ListPosition(NamedTuple):
    """The place of a dated record: its instant, and its number."""

    at: int
    number: int


class NewestRecords(NamedTuple):
    """Records, newest first, and the place where their list goes on: before this record. None at its end.

    The records may be read after the view is closed.
    """

    records: Iterable[Any]
    rest: ListPosition | None


class Deliveries(NamedTuple):
    """Notifications by timeline, and attempts by the number of their notification, as an `AccountView` has them."""

    by_timeline: Mapping[str, list[Notification]]
    by_notification: Mapping[int, list[Attempt]]

    def notifications(self, timeline: str) -> list[Notification]:
        """The notifications of a timeline, oldest first."""
        return self.by_timeline.get(timeline, [])

    def attempts(self, notification: int) -> list[Attempt]:
        """The attempts to deliver a notification, oldest first."""
        return self.by_notification.get(notification, [])

    def last(self, timeline: str, retry_plan: Sequence[int], now: int) -> DeliveryOutcome | None:
        """What became of the last notification of a timeline until an instant; None if there is none."""
        sent = self.notifications(timeline)
        return DeliveryOutcome.of(sent[-1], self.attempts(sent[-1].number), retry_plan, now) if sent else None


class AccountView(Protocol):
    """A consistent view of one account. Reading notifies no listeners."""

    def last_number(self, series: Series) -> int:
        """The last number of a series; 0 if it is empty."""

    def numbers(self) -> dict[Series, int]:
        """The last numbers of all series."""

    def every(self, kind: type[R]) -> list[R]:
        """All records of a kind, in the order of their addition."""

    def every_event(self) -> list[Event]:
        """All events of the account; the events of one timeline are in order."""

    def every_task(self) -> list[Task]:
        """All tasks, by instant and then in the order of their scheduling."""

    def get(self, kind: type[R], identifier: str) -> R | None:
        """The record of a kind with this identifier, or None."""

    def group(self, kind: type[R], name: str) -> list[R]:
        """The records of a kind in a group, such as a trade, a split or a day, in the order of their addition."""

    def count(self, kind: type[R], choice: Choice) -> int:
        """The number of chosen records on all pages."""

    def page(self, kind: type[R], choice: Choice) -> list[R]:
        """The chosen records of a page, by instant and then by number."""

    def newest(self, kind: type[R], choice: Choice, clues: Clues, looked_at: int) -> NewestRecords:
        """The newest of the chosen records, of which a store may leave out those that do not fit the clues.

        It looks at the newest `looked_at`, and may end sooner when it has `choice.limit` that fit.
        """

    def notification(self, number: int) -> Notification | None:
        """The notification of this number, or None."""

    def notifications(self, timeline: str) -> list[Notification]:
        """The notifications of a timeline, oldest first."""

    def deliveries(self, timelines: Sequence[str]) -> Deliveries:
        """The notifications of some timelines with their attempts, read together."""

    def newest_notifications(self, *states: NotificationState, before: int = 1 << 62) -> Iterator[Notification]:
        """All notifications with a number below `before`, or those in some states, newest first, read one by one."""

    def attempts(self, notification: int) -> list[Attempt]:
        """The attempts to deliver a notification, oldest first."""

    def pending_deliveries(self) -> int:
        """The number of notifications that are in delivery or wait for an attempt."""

    def events(self, timeline: str) -> list[Event]:
        """The events of a timeline, oldest first."""

    def journal_length(self) -> int:
        """The number of exchanges that the journal has."""

    def exchange(self, number: int) -> Exchange | None:
        """An exchange that the journal still has, or None."""

    def exchanges(self, limit: int, after: int = 0) -> Sequence[Exchange]:
        """The newest exchanges with a number above `after`, newest first."""

    def journal_entries(self, limit: int, before: int) -> Sequence[JournalEntry]:
        """The newest exchanges with a number below `before`, newest first, as they are in the journal."""


class UnitOfWork(AccountView, Protocol):
    """Reads and changes of one account. Reads see the unit's own changes."""

    @property
    def account(self) -> Account:
        """The account, as it is until this unit is committed."""

    def next_number(self, series: Series) -> int:
        """The next number of a series, which begins with 1."""

    def continue_numbers_from(self, numbers: dict[Series, int]) -> None:
        """Set the last numbers of the series of an empty account."""

    def put(self, record: NamedTuple) -> None:
        """Add a record, or replace the one with the same identifier."""

    def save_notification(self, notification: Notification) -> None:
        """Add a notification, or replace the one with the same number."""

    def add_attempt(self, attempt: Attempt) -> None:
        """Add an attempt to deliver a notification."""

    def schedule(self, task: Task) -> None:
        """Schedule a task; replaces the instant of the same task."""

    def cancel(self, task: Task) -> None:
        """Remove a task, with any instant; does nothing if there is none."""

    def take_transition(self, now: int) -> Task | None:
        """Claim the earliest due transition, including those that this unit has scheduled; None if there is none.

        Transitions of one instant are claimed in the order of their scheduling.
        """

    def claim_deliveries(self, now: int, limit: int, seconds: float) -> list[Notification]:
        """Claim the notifications of due deliveries, in the same order.

        A claimed task falls due for nobody else until it is scheduled or cancelled, or until its claim ends: with the
        process that has it, in a database after a number of real seconds.
        """

    def add_event(self, event: Event) -> None:
        """Append an event to its timeline."""

    def added_events(self) -> list[Event]:
        """The events that this unit has added."""

    def add_exchange(self, entry: JournalEntry) -> None:
        """Append an exchange to the journal, and drop the oldest if the journal is full."""
