"""Finds the order that is meant by an order_id, a trade_id, or the beginning of a trade_id."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import click

from mockserver.api.records import ListedPaymentRecord, Page, PaymentRecord, ScenarioRecord
from mockserver.api.schemas import PaymentDetails
from mockserver.cli.remote.completing import complete_orders
from mockserver.cli.remote.connection import no
from mockserver.testing.api import ApiRefusedError
from mockserver.texts import nearest_words, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mockserver.cli.remote.connection import Remote

ORDER = click.argument("order", shell_complete=complete_orders)
_AT_ONCE = 1000
_SEARCHED = 10_000
_SUGGESTED = 3
_NOT_FOUND = 404


def find_order(remote: Remote, name: str) -> PaymentRecord:
    """The order of this order_id (the newest one) or trade_id; exits if there is none, or if several may be meant."""
    found = order_of(remote, name)
    if found is not None:
        return found
    newest = list(newest_orders(remote, _SEARCHED))
    candidates = [order for order in newest if order.trade_id.startswith(name)]
    if len(candidates) != 1:
        no(_not_found(remote, name, newest, candidates))
    return candidates[0]


def _not_found(remote: Remote, name: str, newest: Sequence[PaymentRecord], candidates: Sequence[PaymentRecord]) -> str:
    if candidates:
        ids = ", ".join(f"{order.trade_id} ({order.order_id})" for order in candidates[:_SUGGESTED])
        return f"{shown(name)} is the beginning of {len(candidates)} trades: {ids}. Give more of the trade_id."
    near = nearest_words(name, dict.fromkeys(order.order_id for order in newest), _SUGGESTED)
    meant = f"; did you mean {' or '.join(near)}?" if near else "."
    return f"Account {remote.user} has no order {shown(name)}{meant} List them with {remote.command('orders')}."


def order_of(remote: Remote, name: str) -> PaymentRecord | None:
    """The newest order of this order_id, or the one of this trade_id."""
    same = remote.get("/payments", Page[PaymentRecord], {"order_id": name, "limit": _AT_ONCE}).items
    if same:
        return same[-1]
    try:
        return remote.get(f"/payments/{quote(name, safe='')}", PaymentDetails).payment
    except ApiRefusedError as error:
        if error.problem.status != _NOT_FOUND or error.problem.title == "No such account":
            raise
        return None


def newest_orders(remote: Remote, limit: int, **filters: str) -> Iterator[ListedPaymentRecord]:
    """The newest orders, newest first, or those that the API's filters of these names select."""
    wanted = {name: text for name, text in filters.items() if text}
    if wanted.keys() & {"q", "wallet", "method"}:
        yield from _searched_orders(remote, limit, wanted)
        return
    size = min(limit, _AT_ONCE)
    first = remote.get("/payments", Page[ListedPaymentRecord], {**wanted, "limit": size})
    last = -(-first.total // size)
    for page in range(last, 0, -1):
        items = first.items
        if page > 1:
            items = remote.get("/payments", Page[ListedPaymentRecord], {**wanted, "limit": size, "page": page}).items
        for order in reversed(items):
            if limit == 0:
                return
            limit -= 1
            yield order


_PAID = ("paid", "pay", "success", "succeeded", "completed")


def _searched_orders(remote: Remote, limit: int, wanted: dict[str, str]) -> Iterator[ListedPaymentRecord]:
    before: dict[str, str] = {}
    while limit > 0:
        found = remote.get("/payments", Page[ListedPaymentRecord], {**wanted, **before, "limit": min(limit, _AT_ONCE)})
        yield from found.items[:limit]
        limit -= len(found.items)
        if not found.next:
            return
        before = {"before": found.next}


def find_scenario(remote: Remote, name: str) -> ScenarioRecord:
    """The scenario of this name; exits if there is none."""
    known = {one.name: one for one in remote.api.call("GET", "/scenarios", list[ScenarioRecord])}
    if name not in known:
        near = nearest_words(name, known)
        meant = f"; did you mean {near[0]}?" if near else "."
        if name.casefold() in _PAID:
            meant = "; for a payment that is paid, use default."
        no(f"There is no scenario {shown(name)}{meant} List them with {remote.command('scenarios')}.")
    return known[name]
