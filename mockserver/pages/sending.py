"""Sends requests through the gateway from a page, as a merchant would, and finds what a request of the journal was."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mockserver.domain.money import amount_text
from mockserver.gateway.example import curl_line
from mockserver.gateway.journal import may_be_cut
from mockserver.gateway.methods import ALL_METHODS
from mockserver.gateway.request import Request
from mockserver.masking import HIDDEN
from mockserver.pages.rendering import address_here, reached_address
from mockserver.signing.signature import signed_request
from mockserver.texts import message

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mockserver.app import Application
    from mockserver.domain.accounts import Account
    from mockserver.domain.payments.payment import Payment
    from mockserver.domain.timeline import Exchange


def send_request(app: Application, body: bytes, scenario: str = "") -> Exchange:
    """Send the body of a request through the gateway; returns the exchange that the journal has of it."""
    return app.gateway.answer(Request("POST", body, scenario, reached_address())).exchange


def present_request(app: Application, user: str, method: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """A request of an account at the present time of its clock, unsigned."""
    return {"user": user, "method": method, "time": app.clocks.of(user).now() // 1000, "data": dict(data)}


def next_number(app: Application, user: str) -> int:
    """The number that the account's next request has in the journal, for ids that no other request uses."""
    with app.store.read(user) as view:
        return view.last_number("exchanges") + 1


def request_content(exchange: Exchange) -> dict[str, Any] | None:
    """The JSON of a request in the journal, or None if it is none, has no data, or has values that are masked."""
    if is_masked(exchange):
        return None
    try:
        content = json.loads(exchange.request)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) and isinstance(content.get("data"), dict) else None


def creates_order(content: Mapping[str, Any]) -> bool:
    """Whether a request creates an object under an order_id of its own, which a second request cannot use again."""
    data = content["data"]
    return any(
        method.reference == "order_id" and method.name == content.get("method") and "order_id" in data
        for method in ALL_METHODS
    )


def order_commands(app: Application, account: Account, payment: Payment) -> dict[str, str]:
    """The commands that query an order and refund what is left of it, signed for the account."""
    if not account.secret_key:
        return {}
    calls: dict[str, tuple[str, dict[str, str]]] = {message("Query it, with curl"): ("v3.QueryOrder", {})}
    if payment.state == "paid" and payment.refundable > 0:
        refund = {"refund_amount": amount_text(payment.refundable), "refund_currency": payment.currency,
                  "refund_description": "test"}  # fmt: skip
        calls[message("Refund it, with curl")] = ("v3.CreateRefund", refund)
    here = address_here(app)
    requests = {
        label: present_request(app, account.user, method, {"trade_id": payment.trade_id, **data})
        for label, (method, data) in calls.items()
    }
    return {label: curl_line(here, signed_request(one, account.secret_key)) for label, one in requests.items()}


def is_masked(exchange: Exchange) -> bool:
    """Whether the journal holds a request with stars in place of secrets, so that it cannot be sent again."""
    return HIDDEN.encode() in exchange.request


def is_whole(exchange: Exchange) -> bool:
    """Whether the journal holds the bytes of a request as they came, neither masked nor cut."""
    return not is_masked(exchange) and (not may_be_cut(exchange.request) or request_content(exchange) is not None)


def without_sign(content: Mapping[str, Any]) -> dict[str, Any]:
    """A request without its sign."""
    return {name: value for name, value in content.items() if name != "sign"}


def sign_again(content: Mapping[str, Any], account: Account, **changes: Any) -> bytes:  # noqa: ANN401 - any JSON
    """The body of a request with the account's sign, whatever sign it had; `changes` replace fields of the envelope.

    Raises:
        ValueError: the content cannot be signed.
    """
    try:
        return signed_request({**without_sign(content), **changes}, account.secret_key)
    except RecursionError:
        raise ValueError("the request is nested too deeply to be signed") from None
