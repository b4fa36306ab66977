"""The completion of scenarios, orders and accounts from the running sandbox; nothing if there is none."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import msgspec

from mockserver.api.paths import API
from mockserver.cli.remote import DEFAULT_URL, TOKEN_VARIABLE, URL_VARIABLE
from mockserver.server.readiness import NotReadyError, call_sandbox

if TYPE_CHECKING:
    import click

_LIMIT = 200
_TIMEOUT = 0.5
_DONE = 200


def complete_accounts(context: click.Context, _parameter: click.Parameter, typed: str) -> list[str]:
    return _beginning(typed, (one["user"] for one in _asked(context, "/accounts") or []))


def complete_scenarios(context: click.Context, _parameter: click.Parameter, typed: str) -> list[str]:
    return _beginning(typed, (one["name"] for one in _asked(context, "/scenarios") or []))


def complete_orders(context: click.Context, _parameter: click.Parameter, typed: str) -> list[str]:
    """The newest orders by their order_id, and by their trade_id if that is typed."""
    user = context.params.get("account") or (_asked(context, "/settings") or {}).get("user", "")
    path = f"/accounts/{quote(user, safe='')}/payments"
    total = (_asked(context, f"{path}?limit=1") or {}).get("total", 0)
    last = max(1, -(-total // _LIMIT))
    found: list[dict[str, Any]] = []
    for page in range(max(1, last - 1), last + 1):
        found += (_asked(context, f"{path}?limit={_LIMIT}&page={page}") or {}).get("items", [])
    by_order = _beginning(typed, (one["order_id"] for one in reversed(found)))
    return by_order or (_beginning(typed, (one["trade_id"] for one in reversed(found))) if typed else [])


def _beginning(typed: str, texts: Any) -> list[str]:  # noqa: ANN401 - an iterable of texts
    fitting = (text for text in texts if text.startswith(typed) and text.isprintable() and " " not in text)
    return list(dict.fromkeys(fitting))[:_LIMIT]


def _asked(context: click.Context, path: str) -> Any:  # noqa: ANN401 - JSON
    """What the API answers at once; None if it does not."""
    url = context.params.get("url") or os.environ.get(URL_VARIABLE) or DEFAULT_URL
    token = context.params.get("token") or os.environ.get(TOKEN_VARIABLE, "")
    headers = {"Authorization": f"Bearer {token}".encode()} if token else {}
    try:
        status, answer = call_sandbox(url, "GET", API + path, timeout=_TIMEOUT, headers=headers)
        return msgspec.json.decode(answer) if status == _DONE else None
    except (NotReadyError, ValueError):
        return None
