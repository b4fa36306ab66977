"""Where records are found; the gateway's answers name these addresses, so they are known without Flask."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from mockserver.store.contract import NOBODY

if TYPE_CHECKING:
    from mockserver.store.contract import Exchange

API = "/_sandbox/api"


def journal_path(user: str) -> str:
    """The path of an account's journal."""
    owner = "" if user == NOBODY else f"/accounts/{quote(user, safe='')}"
    return f"{API}{owner}/exchanges"


def exchange_path(exchange: Exchange) -> str:
    """The path of an exchange's full record."""
    return f"{journal_path(exchange.user)}/{exchange.number}"
