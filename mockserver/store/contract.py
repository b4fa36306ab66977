"""What every store does: a unit of work on one account, committed whole or not at all."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

from mockserver.clock import REAL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from mockserver.clock import ClockSetting
    from mockserver.notify.plan import Attempt, Notification
    from mockserver.store.records import R, Record, Series

NOBODY = ""
"""The account that keeps the journal of requests whose user is unknown; no merchant can sign as it."""
EVER = 2**53
"""An instant and a number after all others: the largest that every reader of JSON keeps exactly."""

Role = Literal["super admin", "cashier"]
EventKind = Literal["request", "state", "notification", "attempt", "clock"]
CLOCK_TIMELINE = "clock"
"""The timeline on which changes of an account's clock stand."""
TaskKind = Literal["payment", "refund", "payout", "split", "notification"]


@dataclass(frozen=True, slots=True)
class Account:
    """A merchant's account: a world of its own, which owns everything that happens in its name.

    `seed` decides its ids and names, `role` what it may call; `opening_balance` is in hundredths of the settlement
    currency. `scenario` is played where a request asks for none; `world` changes whenever the account is emptied. The
    secret key is kept out of every text made of the account.
    """

    user: str
    secret_key: str = field(repr=False)
    seed: str
    role: Role = "super admin"
    opening_balance: int = 0
    name: str = ""
    scenario: str = ""
    clock: ClockSetting = REAL
    world: int = field(default=0, compare=False)


class Exchange(NamedTuple):
    """One request to the gateway and its answer, as the journal keeps them.

    `trade_id` and `scenario` are empty when there was none; `reason` is empty for an accepted
    request that nothing was done to; `duration` is in microseconds. `explanation` is what was found out about a
    refusal, as JSON.
    """

    number: int
    at: int
    user: str
    method: str
    code: str
    trade_id: str
    scenario: str
    reason: str
    string_to_sign: str
    request: bytes
    answer: bytes
    duration: int
    explanation: str = ""


class Event(NamedTuple):
    """One step on a timeline: that of a trade with its refunds and splits, or of a payout.

    `timeline` is the trade_id or the payout_id. `reference` is the number of the exchange (`request`) or of the
    notification (`notification`, `attempt`) that the step is about; `text` is the new state, or a sentence.
    """

    timeline: str
    at: int
    kind: EventKind
    reference: int
    text: str


class Task(NamedTuple):
    """Work that falls due: the next move of a payment, refund, payout or split, or a notification's next delivery.

    A task is known by its kind and the id of what it is about: scheduling it again replaces it.
    """

    at: int
    kind: TaskKind
    about: str


class AccountExistsError(Exception):
    """There is an account of this user already."""


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

    def go_on_from(self, numbers: dict[Series, int]) -> None:
        """Give numbers from these on, in an account that is still empty."""

    def put(self, record: Record) -> None:
        """Add a record, or replace the one that is known by the same text."""

    def save_notification(self, notification: Notification) -> None:
        """Add a notification, or replace the one with its number."""

    def add_attempt(self, attempt: Attempt) -> None:
        """Record one attempt."""

    def schedule(self, task: Task) -> None:
        """Have work done at its instant, in place of the same task's earlier instant."""

    def cancel(self, task: Task) -> None:
        """Forget a task, whatever its instant; no harm if there is none."""

    def take_move(self, now: int) -> Task | None:
        """Claim the earliest move that is due, one that this unit has scheduled included; None when none is.

        Of several with one instant the one that was scheduled first comes first.
        """

    def take_deliveries(self, now: int, limit: int) -> list[Task]:
        """Claim deliveries that are due, in the same order; they are gone when this unit commits."""

    def add_event(self, event: Event) -> None:
        """Append to a timeline."""

    def news(self) -> list[Event]:
        """The events that this unit has added."""

    def add_exchange(self, exchange: Exchange) -> None:
        """Append to the journal; the oldest exchange beyond its size is dropped."""


class StoreListeners:
    """Those who hear of commits and of accounts; every store has them."""

    def __init__(self) -> None:
        """Nobody listens."""
        self._commit_listeners: list[Callable[[str, int | None], None]] = []
        self._account_listeners: list[Callable[[str, str], None]] = []

    def on_commit(self, listener: Callable[[str, int | None], None]) -> None:
        """See `Store`."""
        self._commit_listeners.append(listener)

    def on_account(self, listener: Callable[[str, str], None]) -> None:
        """See `Store`."""
        self._account_listeners.append(listener)

    def announce_commit(self, user: str, at: int | None) -> None:
        """A change was committed that planned work for an instant, or none."""
        for listener in self._commit_listeners:
            listener(user, at)

    def announce_account(self, user: str, secret_key: str) -> None:
        """An account was added, changed or dropped."""
        for listener in self._account_listeners:
            listener(user, secret_key)


class Store(Protocol):
    """Keeps accounts. Safe to use from several threads."""

    waits_for_io: bool
    """Whether a unit of work may wait for a disk or a network."""

    def open_account(self, account: Account) -> Account:
        """The stored account of this user, added if there is none; its key, role and opening balance are replaced."""

    def change_account(self, account: Account) -> None:
        """Replace an account's own settings, but neither its seed nor its world.

        Raises:
            KeyError: there is no such account.
        """

    def empty_account(self, user: str) -> None:
        """Give an account a new, empty world, in a time that does not depend on what it holds.

        Raises:
            KeyError: there is no such account.
        """

    def clear_journal(self, user: str) -> None:
        """Forget an account's exchanges.

        Raises:
            KeyError: there is no such account.
        """

    def drop_account(self, user: str) -> None:
        """Forget an account and everything in it; no harm if there is none."""

    def account(self, user: str) -> Account | None:
        """An account, or None."""

    def read(self, user: str) -> AbstractContextManager[AccountView]:
        """A view of an account, for a short block: what takes long is done with its values after the block.

        Raises:
            KeyError: there is no such account.
        """

    def unit(self, user: str) -> AbstractContextManager[UnitOfWork]:
        """A unit of work on an account, committed on leaving the block, undone by an exception.

        Only a unit that has changed something is a commit; one that only read is announced to nobody.

        Raises:
            KeyError: there is no such account.
        """

    def new_account(self, account: Account) -> AbstractContextManager[UnitOfWork]:
        """A unit of work that makes an account with all that the block puts into it.

        Others see it from the commit on; after an exception there is no such account.

        Raises:
            AccountExistsError: there is one of this user already.
        """

    def check_writing(self) -> None:
        """Write something and commit it, to see that payments can be kept; any exception says that they cannot."""

    def next_due(self, user: str) -> int | None:
        """The instant of an account's earliest task, or None."""

    def users(self) -> list[str]:
        """The users of all accounts."""

    def secret_keys(self) -> dict[str, str]:
        """The secret key of every account by its user."""

    def on_account(self, listener: Callable[[str, str], None]) -> None:
        """Call the listener with the user and the secret key of each account that is added or changed.

        The key is empty when the account has been dropped.
        """

    def on_commit(self, listener: Callable[[str, int | None], None]) -> None:
        """Call the listener after each commit of a change with its user, and the earliest instant that it planned.

        The instant is that of the earliest task which the unit has scheduled and not done; None if there is none.
        """

    def close(self) -> None:
        """Let go of files and connections."""
