"""Sends requests through the gateway from a page, as a merchant would, and finds what a request of the journal was."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mockserver.gateway.request import Request
from mockserver.masking import HIDDEN
from mockserver.pages.rendering import reached_origin
from mockserver.signing.signature import signed_request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mockserver.app import Application
    from mockserver.domain.accounts import Account
    from mockserver.domain.timeline import Exchange


def send_request(app: Application, body: bytes, scenario: str = "") -> Exchange:
    """Send the body of a request through the gateway; returns the exchange that the journal has of it."""
    return app.gateway.answer(Request("POST", body, scenario, reached_origin())).exchange


def request_content(exchange: Exchange) -> dict[str, Any] | None:
    """The JSON of a request in the journal, or None if it is none, has no data, or has values that are masked."""
    if is_masked(exchange):
        return None
    try:
        content = json.loads(exchange.request)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) and isinstance(content.get("data"), dict) else None


def is_masked(exchange: Exchange) -> bool:
    """Whether the journal holds a request with stars in place of secrets, so that it cannot be sent again."""
    return HIDDEN.encode() in exchange.request


def sign_again(content: Mapping[str, Any], account: Account, **changes: str | int) -> bytes:
    """The body of a request with the account's sign, whatever sign it had; `changes` replace fields of the envelope.

    Raises:
        ValueError: the content cannot be signed.
    """
    unsigned = {name: value for name, value in content.items() if name != "sign"}
    try:
        return signed_request({**unsigned, **changes}, account.secret_key)
    except RecursionError:
        raise ValueError("the request is nested too deeply to be signed") from None
