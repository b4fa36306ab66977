"""The contract of stores: accounts, and units of work on one account that are committed completely or not at all.

Locks are taken in this order, and never the other way round:

1. The store's. In memory it is the account's lock (`AccountState.lock`). SQL gives each account's units their turn
   (`mockserver.store.sql.group_commit`); in SQLite all accounts take turns. A unit of work has it from its beginning
   until its commit, so inside a unit nothing may open another unit, change an account or set a clock.
   `MemoryStore._lock` guards the dictionary of accounts.
2. The locks of listeners: the worker's lock (`Worker._lock`, for its `DueQueue`), and those of `Waits` and `Secrets`.
   Listeners are called after the store's lock is released. While they hold their own lock, they call only
   `known_account` and `secret_keys` of a store, which need no lock.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from mockserver.domain.accounts import Account
    from mockserver.domain.timeline import Event, Exchange
    from mockserver.domain.unit_of_work import AccountView, UnitOfWork


_T = TypeVar("_T")

_MARK = re.compile(r"([0-9a-f.]{1,40})-([0-9]{1,15})-([0-9]{1,15})", re.ASCII)
MOST_RECENT = 10_000
"""How many events and exchanges a history has at most."""


class Mark(NamedTuple):
    """A place in the history of an account: what content it has, and the last numbers of its events and exchanges."""

    content: str
    events: int
    exchanges: int

    @classmethod
    def read(cls, text: str) -> Mark:
        """The mark of a text; that of no content if it is not a mark."""
        parts = _MARK.fullmatch(text)
        return cls("", 0, 0) if parts is None else cls(parts[1], int(parts[2]), int(parts[3]))

    def since(self, earlier: Mark) -> Mark:
        """The earlier mark if it is of the same content and before this one, otherwise the beginning of the content."""
        is_before = earlier.events <= self.events and earlier.exchanges <= self.exchanges
        return earlier if is_before and earlier.content == self.content else Mark(self.content, 0, 0)

    def __str__(self) -> str:
        return f"{self.content}-{self.events}-{self.exchanges}"


class History(NamedTuple):
    """The events and exchanges that an account got since a mark, oldest first, and the mark at their end.

    `missed` counts those that are not in it, because there were too many.
    """

    mark: Mark
    events: Sequence[Event] = ()
    exchanges: Sequence[Exchange] = ()
    missed: int = 0


class AccountExistsError(Exception):
    """An account of this user already exists."""


class AccountBusyError(Exception):
    """Another process works on the account."""


class StoreUnavailableError(Exception):
    """The database, or the account, cannot be used at present; the message says why. Nothing was changed."""


class StoreListeners:
    """The listeners of a store, which are called after commits and after changes of accounts."""

    def __init__(self) -> None:
        self._commit_listeners: list[Callable[[str, int | None], None]] = []
        self._account_listeners: list[Callable[[str, str], None]] = []
        self._other_listeners: list[Callable[[str], None]] = []

    def on_commit(self, listener: Callable[[str, int | None], None]) -> None:
        self._commit_listeners.append(listener)

    def on_other(self, listener: Callable[[str], None]) -> None:
        self._other_listeners.append(listener)

    def announce_other(self, user: str) -> None:
        """Call the listeners after another process has changed an account."""
        for listener in self._other_listeners:
            listener(user)
        self.announce_commit(user, None)

    def on_account(self, listener: Callable[[str, str], None]) -> None:
        self._account_listeners.append(listener)

    def announce_commit(self, user: str, at: int | None) -> None:
        """Call the listeners after a commit; `at` is the earliest instant that it scheduled, or None."""
        for listener in self._commit_listeners:
            listener(user, at)

    def announce_account(self, user: str, secret_key: str) -> None:
        """Call the listeners after an account was added, changed or dropped."""
        for listener in self._account_listeners:
            listener(user, secret_key)


class Store(Protocol):
    """Stores accounts. Safe for use by several threads."""

    waits_for_io: bool
    """Whether a unit of work may wait for a disk or network."""

    at_once: int
    """How much due work one unit of work performs: requests of the account wait for its end, in memory all requests."""

    def open_account(self, account: Account) -> Account:
        """Add an account, or replace the key, role and opening balance of an existing one; returns the result.

        An existing one keeps its name, unless the account has another.
        """

    def change_account(self, user: str, change: Callable[[Account], Account]) -> Account:
        """Change the settings of an account, except its seed and generation; returns the changed account.

        `change` gets the account as it is stored, while nobody else can change it. It may be called again.

        Raises:
            KeyError: there is no such account.
        """

    def empty_account(self, user: str) -> None:
        """Give an account a new, empty state, in constant time.

        Raises:
            KeyError: there is no such account.
        """

    def clear_journal(self, user: str) -> None:
        """Delete the exchanges of an account.

        Raises:
            KeyError: there is no such account.
        """

    def drop_account(self, user: str) -> None:
        """Delete an account and everything in it; does nothing if there is none."""

    def account(self, user: str) -> Account | None:
        """An account, or None."""

    def known_account(self, user: str) -> Account | None:
        """An account as this process knows it, without waiting; None if it is not known.

        Another process may have changed it a moment ago: `UnitOfWork.account` is always right.
        """

    def perform(self, user: str, work: Callable[[UnitOfWork], _T]) -> _T:
        """Do some work in a unit of work, and return its result once that is committed.

        A database commits the work of several callers together. If that fails, it calls each `work` again by itself,
        so that a failure concerns nobody else; what `work` changes beside the unit must bear that.

        Raises:
            KeyError: there is no such account.
            StoreUnavailableError: the database cannot be used at present.
        """

    async def perform_soon(self, user: str, work: Callable[[UnitOfWork], _T], *, skips_busy: bool = False) -> _T:
        """Like `perform`, on the event loop, which is not held up if `waits_for_io`.

        Raises:
            AccountBusyError: it `skips_busy` accounts, and another process works on this one or advances its clock.
        """

    def read(self, user: str) -> AbstractContextManager[AccountView]:
        """A view of an account for a short block; do slow work after the block, as the view may hold the lock.

        Raises:
            KeyError: there is no such account.
        """

    def unit(self, user: str) -> AbstractContextManager[UnitOfWork]:
        """A unit of work on an account, committed at the end of the block, rolled back by an exception.

        Listeners are called only if the unit has changed something.

        Raises:
            KeyError: there is no such account.
        """

    def new_account(self, account: Account) -> AbstractContextManager[UnitOfWork]:
        """A unit of work that creates an account and its content.

        The account becomes visible with the commit; after an exception it does not exist.

        Raises:
            AccountExistsError: the account exists.
        """

    def history(self, user: str, since: Mark | None) -> History:
        """What was added to an account since a mark; without one, only the present mark.

        After a mark of another content, such as that of an account before it was emptied, everything is new.

        Raises:
            KeyError: there is no such account.
        """

    def check_writing(self) -> None:
        """Write and commit something, to check that payments can be stored; raises any exception if not."""

    def next_due(self, user: str) -> int | None:
        """The instant of an account's earliest task that nobody has claimed, or None."""

    def next_due_of_all(self) -> dict[str, int]:
        """The instants of `next_due` of all accounts that have one, by user."""

    def has_deliveries(self, user: str) -> bool:
        """Whether an account has tasks for deliveries, which another process may have claimed."""

    def users_with_deliveries(self) -> list[str]:
        """The users of all accounts for which `has_deliveries` is true."""

    def claimed_elsewhere(self, user: str) -> int | None:
        """The instant of an account's earliest delivery that another process has claimed, or None."""

    def begin_advance(self, user: str, seconds: float) -> bool:
        """Keep other processes from advancing an account's clock and doing its due work, for some real seconds.

        Returns False if another process does so already. The one who has begun may begin again, to have longer.

        Raises:
            KeyError: there is no such account.
        """

    def end_advance(self, user: str) -> None:
        """Let other processes advance the account's clock again."""

    def is_advanced_elsewhere(self, user: str) -> bool:
        """Whether another process advances the account's clock."""

    def start(self) -> None:
        """Begin to hear of what other processes commit."""

    @property
    def secret(self) -> str:
        """A secret that all processes of this store share, to sign what browsers keep."""

    def users(self) -> list[str]:
        """The users of all accounts."""

    def secret_keys(self) -> dict[str, str]:
        """The secret keys of all accounts that this process knows, by user; without waiting."""

    def on_other(self, listener: Callable[[str], None]) -> None:
        """Call a listener with the user of each account that another process has changed, on any thread."""

    def on_account(self, listener: Callable[[str, str], None]) -> None:
        """Call a listener with user and key of each added or changed account; a dropped one has an empty key."""

    def on_commit(self, listener: Callable[[str, int | None], None]) -> None:
        """Call a listener after each commit of a change, with its user and an instant.

        The instant is that of the earliest task that the unit has scheduled and not performed, or None.
        """

    def trades_in_memory(self) -> int:
        """The number of trades and payouts that are in the memory of this process; needs no lock."""

    def close(self) -> None:
        """Close files and connections."""
