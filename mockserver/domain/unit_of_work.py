"""Reading and changing one account, whichever store keeps it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mockserver.domain.notifications.notification import Attempt, Notification
    from mockserver.domain.timeline import Event, Exchange, Task

R = TypeVar("R", bound=NamedTuple)

Series = str
"""The name of a kind of record, or `notifications` or `exchanges`: what is counted by `next_number`."""


class Choice(NamedTuple):
    """Which records to list: dated from `since` to `until` (both included), in a state if one is named.

    `skip` and `limit` cut a page out of them. Of those dated `since`, only the ones with a number above `after` count,
    so that a list can go on where it stopped.
    """

    since: int
    until: int
    state: str | None
    skip: int
    limit: int
    after: int = 0


class AccountView(Protocol):
    """A consistent view of one account. Reading announces nothing and wakes nobody."""

    def last_number(self, series: Series) -> int:
        """The number that was given last, 0 if none was."""

    def numbers(self) -> dict[Series, int]:
        """The last number of every series."""

    def every(self, kind: type[R]) -> list[R]:
        """All records of a kind, in the order in which they were added."""

    def every_event(self) -> list[Event]:
        """All events of the account; those of one timeline in their order."""

    def every_task(self) -> list[Task]:
        """All tasks, by instant and in the order in which they were scheduled."""

    def get(self, kind: type[R], identifier: str) -> R | None:
        """The record of a kind that is known by this text, or None."""

    def group(self, kind: type[R], name: str) -> list[R]:
        """The records of a kind that belong to a trade, a split or a day, in the order in which they were added."""

    def count(self, kind: type[R], choice: Choice) -> int:
        """How many records are chosen, on all pages."""

    def page(self, kind: type[R], choice: Choice) -> list[R]:
        """The chosen records of the page: by instant, then by number."""

    def notification(self, number: int) -> Notification | None:
        """A notification, or None."""

    def notifications(self, timeline: str) -> list[Notification]:
        """The notifications of a timeline, oldest first."""

    def newest_notifications(self) -> Iterator[Notification]:
        """All notifications, newest first, each read when it is asked for."""

    def attempts(self, notification: int) -> list[Attempt]:
        """The attempts to deliver a notification, oldest first."""

    def pending_deliveries(self) -> int:
        """How many notifications are under way or wait for another try."""

    def events(self, timeline: str) -> list[Event]:
        """A timeline, oldest first."""

    def exchange(self, number: int) -> Exchange | None:
        """An exchange that the journal still holds, or None."""

    def exchanges(self, limit: int, after: int = 0) -> list[Exchange]:
        """The newest exchanges with a number above `after`, newest first."""


class UnitOfWork(AccountView, Protocol):
    """Reads and changes of one account. Reads see the unit's own changes."""

    def next_number(self, series: Series) -> int:
        """The next number of a series of the account, counting from 1."""

    def continue_numbers_from(self, numbers: dict[Series, int]) -> None:
        """Give numbers from these on, in an account that is still empty."""

    def put(self, record: NamedTuple) -> None:
        """Add a record, or replace the one that is known by the same text."""

    def save_notification(self, notification: Notification) -> None:
        """Add a notification, or replace the one with its number."""

    def add_attempt(self, attempt: Attempt) -> None:
        """Record one attempt."""

    def schedule(self, task: Task) -> None:
        """Have work done at its instant, in place of the same task's earlier instant."""

    def cancel(self, task: Task) -> None:
        """Forget a task, whatever its instant; no harm if there is none."""

    def take_transition(self, now: int) -> Task | None:
        """Claim the earliest move that is due, one that this unit has scheduled included; None when none is.

        Of several with one instant the one that was scheduled first comes first.
        """

    def take_deliveries(self, now: int, limit: int) -> list[Task]:
        """Claim deliveries that are due, in the same order; they are gone when this unit commits."""

    def add_event(self, event: Event) -> None:
        """Append to a timeline."""

    def added_events(self) -> list[Event]:
        """The events that this unit has added."""

    def add_exchange(self, exchange: Exchange) -> None:
        """Append to the journal; the oldest exchange beyond its size is dropped."""
