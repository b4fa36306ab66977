"""What every store does: a unit of work on one account, committed whole or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from mockserver.domain.accounts import Account
    from mockserver.domain.unit_of_work import AccountView, UnitOfWork


class AccountExistsError(Exception):
    """There is an account of this user already."""


class StoreListeners:
    """The listeners of a store: they are called after commits, and when accounts change."""

    def __init__(self) -> None:
        self._commit_listeners: list[Callable[[str, int | None], None]] = []
        self._account_listeners: list[Callable[[str, str], None]] = []

    def on_commit(self, listener: Callable[[str, int | None], None]) -> None:
        """Add a listener for commits."""
        self._commit_listeners.append(listener)

    def on_account(self, listener: Callable[[str, str], None]) -> None:
        """Add a listener for accounts."""
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
