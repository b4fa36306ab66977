"""Paths of the API, for code that does not import Flask."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from mockserver.domain.accounts import ANONYMOUS

if TYPE_CHECKING:
    from mockserver.domain.timeline import JournalEntry

NOT_SNIFFED = (b"x-content-type-options", b"nosniff")
"""The header of every answer that stops browsers from guessing its content type."""

DASHBOARD_PATH = "/_sandbox"
API = f"{DASHBOARD_PATH}/api"
ALIVE_PATH = f"{API}/health/live"
"""Answers 200 when the process is up; needs no token."""

READY_PATH = f"{API}/health/ready"
"""Answers 200 when payments are accepted; needs no token."""

LIVE_PATH = "/_sandbox/live/"
"""Prefix of the path, followed by the user, at which pages receive an account's changes."""

STOPPED_WAITING = "The sandbox is stopping, so this wait was cancelled. Start the sandbox and try again."
"""The message to requests that wait when the sandbox stops."""

PENDING = "sandbox.pending"
"""Key in the WSGI environment of the list to which an operation adds its `Pending`; the server then calls again."""


_MOST_DIGITS = 15


def number_in(text: str) -> int | None:
    """The number of a record in a path; None if it is not a valid number."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else None


def journal_path(user: str) -> str:
    owner = "" if user == ANONYMOUS else f"/accounts/{quote(user, safe='')}"
    return f"{API}{owner}/exchanges"


def exchange_path(exchange: JournalEntry) -> str:
    return f"{journal_path(exchange.user)}/{exchange.number}"


def exchange_page(exchange: JournalEntry) -> str:
    """The path of the page that shows an exchange."""
    if exchange.user == ANONYMOUS:
        return f"{DASHBOARD_PATH}/unknown-users/{exchange.number}"
    return f"{DASHBOARD_PATH}/accounts/{quote(exchange.user, safe='')}/requests/{exchange.number}"
