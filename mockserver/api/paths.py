"""Where records are found; the gateway's answers name these addresses, so they are known without Flask."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from mockserver.domain.accounts import ANONYMOUS

if TYPE_CHECKING:
    from mockserver.domain.timeline import Exchange

NOT_SNIFFED = (b"x-content-type-options", b"nosniff")
"""The header by which browsers take an answer for what it says it is. Every answer has it."""

API = "/_sandbox/api"
ALIVE_PATH = f"{API}/health/live"
"""Answers 200 when the process is up; anybody may ask."""

READY_PATH = f"{API}/health/ready"
"""Answers 200 when payments are accepted; anybody may ask."""

LIVE_PATH = "/_sandbox/live/"
"""Below it, by its user, an account tells pages that something has happened."""

STOPPED_WAITING = "The sandbox is stopping, so this was not waited for."
"""What a request is told that waits when the sandbox stops."""

PENDING = "sandbox.pending"
"""In a WSGI environment: the list for what an operation waits for. The server calls again when it is there."""


_MOST_DIGITS = 15


def number_in(text: str) -> int | None:
    """The number of a record in a path; None for what no record can have."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else None


def journal_path(user: str) -> str:
    """The path of an account's journal."""
    owner = "" if user == ANONYMOUS else f"/accounts/{quote(user, safe='')}"
    return f"{API}{owner}/exchanges"


def exchange_path(exchange: Exchange) -> str:
    """The path of an exchange's full record."""
    return f"{journal_path(exchange.user)}/{exchange.number}"
