"""A merchant that talks HTTP to a sandbox with a frozen clock, for playing scenarios as merchants meet them."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

from mockserver.api.paths import API
from mockserver.client import verify_notification
from tests.helpers import SECRET_KEY, USER

if TYPE_CHECKING:
    from mockserver.client import YabandPay
    from mockserver.client.payments import CreatedPayment
    from mockserver.clock import FrozenClock
    from mockserver.testing import Merchant, Received, Sandbox


class Till:
    """One merchant's till: creates orders, lets time pass, and reads what it was notified of."""

    def __init__(self, sandbox: Sandbox, clock: FrozenClock, merchant: Merchant) -> None:
        self.sandbox = sandbox
        self.clock = clock
        self.merchant = merchant
        self.client: YabandPay = sandbox.client()

    def create(self, order_id: str, **changes: Any) -> CreatedPayment:
        """A new wallet payment."""
        order = {"amount": "24.99", "currency": "EUR", "description": "Tea", "notify_url": self.merchant.url}
        return self.client.create_alipay_mini_payment(order_id=order_id, **{**order, **changes})

    def payments(self, order_id: str) -> list[dict[str, Any]]:
        """The payments of an order, as the control API lists them."""
        found: list[dict[str, Any]] = self.ask(f"/accounts/{USER}/payments?order_id={order_id}")["items"]
        return found

    def ask(self, path: str, body: Any = None) -> Any:
        """What the control API answers."""
        import requests  # noqa: PLC0415 - only some tests ask

        method = "GET" if body is None else "POST"
        answer = requests.request(method, f"{self.sandbox.url}{API}{path}", json=body, timeout=30)
        assert answer.ok, answer.text
        return answer.json()

    def pass_time(self, milliseconds: int) -> None:
        """Move the clock; due work is done and its notifications are answered when this returns."""
        self.sandbox.app.worker.run_due(USER)
        self.clock.advance(milliseconds)
        self.settle()

    def settle(self) -> None:
        """Wait until nothing more is due and nothing is under way."""
        worker, store = self.sandbox.app.worker, self.sandbox.app.store
        while True:
            worker.run_due(USER)
            due = store.next_due(USER)
            if (due is None or due > self.clock.now()) and worker._in_flight.oldest(USER) is None:
                return
            threading.Event().wait(0.001)

    def notified(self) -> list[str]:
        """The states that arrived, in their order; what does not verify is `?`."""
        return [one.notification.state if one.notification else "?" for one in self.merchant.received]


def data_of(received: Received) -> dict[str, Any]:
    """The data of a notification, verified."""
    return dict(verify_notification(received.body, SECRET_KEY).data)


def plain_data(received: Received) -> dict[str, Any]:
    """The data of a notification, not verified."""
    data: dict[str, Any] = json.loads(received.body)["data"]
    return data
