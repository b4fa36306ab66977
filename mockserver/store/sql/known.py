"""The accounts that a process knows, without asking the database."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from mockserver.store.sql.texts import account_of, account_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from mockserver.domain.accounts import Account


class _Known(NamedTuple):
    text: str
    account: Account


class KnownAccounts:
    """Accounts as they were read or written last: one object as long as an account does not change."""

    def __init__(self, on_change: Callable[[str, str], None]) -> None:
        """Call `on_change` with user and key of an account that is new or has a new key; it is empty for one gone."""
        self._known: dict[str, _Known] = {}
        self._on_change = on_change

    def get(self, user: str) -> Account | None:
        known = self._known.get(user)
        return None if known is None else known.account

    def secret_keys(self) -> dict[str, str]:
        """The secret keys, by user."""
        return {user: known.account.secret_key for user, known in self._known.copy().items()}

    def read(self, user: str, generation: int, text: str) -> Account:
        """The account of a row that was read."""
        known = self._known.get(user)
        if known is not None and known.text == text and known.account.generation == generation:
            return known.account
        account = account_of(text, generation)
        self._set(user, _Known(text, account))
        return account

    def written(self, account: Account) -> None:
        """An account was changed, and committed."""
        self._set(account.user, _Known(account_text(account), account))

    def forget(self, user: str) -> None:
        """An account is gone."""
        if self._known.pop(user, None) is not None:
            self._on_change(user, "")

    def _set(self, user: str, known: _Known) -> None:
        before = self._known.get(user)
        self._known[user] = known
        if before is None or before.account.secret_key != known.account.secret_key:
            self._on_change(user, known.account.secret_key)
