"""Requests that pages show: the documentation's own, signed for an account, ready to be pasted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mockserver.client import signed_request
from mockserver.gateway.example import curl_line, documented_request
from mockserver.pages.rendering import address_here

if TYPE_CHECKING:
    from mockserver.app import Application
    from mockserver.domain.accounts import Account


def example_request(account: Account, **changes: Any) -> bytes:  # noqa: ANN401 - values of any field
    """The documented request of an account with some fields of data changed; None leaves a field out."""
    unsigned = documented_request(account.user)
    unsigned["data"] = {name: value for name, value in {**unsigned["data"], **changes}.items() if value is not None}
    return signed_request(unsigned, account.secret_key)


def pasted(app: Application, account: Account, scenario: str = "", **changes: Any) -> str:  # noqa: ANN401
    """A command that sends such a request, asking for a scenario if one is named."""
    return curl_line(address_here(app), example_request(account, **changes), scenario)
