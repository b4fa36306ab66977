"""The contract of stores: accounts, and units of work on one account that are committed completely or not at all.

Locks are taken in this order, and never the other way round:

1. The lock of an account's clock (`AccountClock`), because a changed clock is stored.
2. The store's lock. In memory it is the account's lock (`AccountState.lock`); SQL has one write lock for all accounts
   (`SqlStore._writing`). A unit of work holds it from its beginning until its commit, so inside a unit nothing may
   open another unit, change an account or set a clock. `MemoryStore._lock` guards only the dictionary of accounts,
   and is never held together with the lock of an account.
3. The locks of listeners: the worker's lock (`Worker._lock`, for its `DueQueue`), and those of `Waits` and `Secrets`.
   Listeners are called after the store's lock is released. While they hold their own lock, they call only `account` and
   `secret_keys` of a store, which need no lock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from mockserver.domain.accounts import Account
    from mockserver.domain.unit_of_work import AccountView, UnitOfWork


class AccountExistsError(Exception):
    """An account of this user already exists."""


class StoreListeners:
    """The listeners of a store, which are called after commits and after changes of accounts."""

    def __init__(self) -> None:
        self._commit_listeners: list[Callable[[str, int | None], None]] = []
        self._account_listeners: list[Callable[[str, str], None]] = []

    def on_commit(self, listener: Callable[[str, int | None], None]) -> None:
        self._commit_listeners.append(listener)

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
        """Add an account, or replace the key, role and opening balance of an existing one; returns the result."""

    def change_account(self, account: Account) -> None:
        """Replace the settings of an account, except its seed and generation.

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

    def check_writing(self) -> None:
        """Write and commit something, to check that payments can be stored; raises any exception if not."""

    def next_due(self, user: str) -> int | None:
        """The instant of an account's earliest task, or None."""

    def users(self) -> list[str]:
        """The users of all accounts."""

    def secret_keys(self) -> dict[str, str]:
        """The secret keys of all accounts, by user."""

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
