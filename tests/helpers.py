"""What several tests need: signing by hand, and calling the gateway without a server."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mockserver.client import signed_request, verify_notification
from mockserver.gateway.example import DOCUMENTED_DATA, documented_request
from mockserver.gateway.request import Request

if TYPE_CHECKING:
    from mockserver.app import Application
    from mockserver.clock import FrozenClock
    from mockserver.domain.timeline import Exchange

SECRET_KEY = "sandbox-secret-key"
USER = "016683"


def answer(app: Application, body: bytes, *, scenario: str = "", http_method: str = "POST") -> dict[str, Any]:
    """The envelope that the gateway answers a body with."""
    envelope: dict[str, Any] = json.loads(app.gateway.answer(Request(http_method, body, scenario)).body)
    assert list(envelope) == ["status", "code", "data", "message"]
    return envelope


def create(app: Application, *, scenario: Any = "", **changes: Any) -> dict[str, Any]:
    """The answer to the documented request with some fields of data changed; None leaves a field out."""
    return answer(app, signed(**changes), scenario=scenario)


def signed(**changes: Any) -> bytes:
    """The documented request with some fields of data changed, rightly signed; None leaves a field out."""
    request = documented_request(USER)
    request["data"] = {k: v for k, v in {**request["data"], **changes}.items() if v is not None}
    return signed_request(request, SECRET_KEY)


def signed_call(method: str, data: dict[str, Any]) -> bytes:
    """A rightly signed request of any method."""
    return signed_request({"user": USER, "method": method, "time": 1546588959, "data": data}, SECRET_KEY)


def query(app: Application, trade_id: str) -> dict[str, Any]:
    """The answer to v3.QueryOrder."""
    return answer(app, signed_call("v3.QueryOrder", {"trade_id": trade_id}))


def last_exchange(app: Application, user: str = USER) -> Exchange:
    """The newest entry of a journal."""
    with app.store.unit(user) as unit:
        return unit.exchanges(1)[0]


class Shop:
    """A merchant's side in a test: calls methods, lets time pass, and reads what the account was notified of."""

    def __init__(self, app: Application, clock: FrozenClock, user: str = USER) -> None:
        self.app = app
        self.clock = clock
        self.user = user

    def call(self, method: str, scenario: str = "", time: Any = 1546588959, **data: Any) -> dict[str, Any]:
        """The envelope that a rightly signed call is answered with; a field that is None is left out."""
        sent = {name: value for name, value in data.items() if value is not None}
        body = signed_request({"user": self.user, "method": method, "time": time, "data": sent}, SECRET_KEY)
        answered = self.app.gateway.answer(Request("POST", body, scenario))
        pieces = b"".join(answered.export.pieces) if answered.export else answered.body
        envelope: dict[str, Any] = json.loads(pieces)
        return envelope

    def ok(self, method: str, scenario: str = "", **data: Any) -> dict[str, Any]:
        """The data of an answer that must be a success."""
        envelope = self.call(method, scenario, **data)
        assert envelope["status"] is True, (envelope, last_exchange(self.app, self.user).reason)
        answered: dict[str, Any] = envelope["data"]
        return answered

    def refused(self, method: str, **data: Any) -> str:
        """The code, the message and the reason beside the answer of a call that must be refused."""
        envelope = self.call(method, **data)
        assert envelope["status"] is False, envelope
        return f"{envelope['code']} {envelope['message']} | {last_exchange(self.app, self.user).reason}"

    def create(self, scenario: str = "success", **changes: Any) -> str:
        """The trade_id of a new payment, which the scenario decides on."""
        data = {**DOCUMENTED_DATA, "order_id": "O-1", **changes}
        return str(self.ok("v3.CreatePaymentsAlipayMiniPay", scenario, **data)["trade_id"])

    def paid(self, amount: str = "10.00", **changes: Any) -> str:
        """The trade_id of a new payment that has been paid."""
        trade_id = self.create(amount=amount, **changes)
        self.pass_time(1000)
        assert self.state(trade_id) == "paid"
        return trade_id

    def state(self, trade_id: str) -> str:
        """The state of a payment, as a query tells it."""
        return str(self.order(trade_id)["state"])

    def order(self, trade_id: str) -> dict[str, Any]:
        """Everything that a query tells of a payment."""
        info: dict[str, Any] = self.ok("v3.QueryOrder", trade_id=trade_id)["transaction_info"]
        return info

    def balance(self) -> dict[str, Any]:
        """What the account holds."""
        return self.ok("v3.MerchantBalance", command="getBalance", nonce_string="n", currency="EUR")

    def refund(self, trade_id: str, amount: str, scenario: str = "", **changes: Any) -> dict[str, Any]:
        """The answer to a refund."""
        data = {"trade_id": trade_id, "refund_amount": amount, "refund_currency": "EUR", "refund_description": "back"}
        return self.ok("v3.CreateRefund", scenario, **{**data, **changes})

    def pass_time(self, milliseconds: int) -> None:
        """Move the clock and do what has fallen due."""
        self.clock.advance(milliseconds)
        self.app.worker.run_due(self.user)

    def notified(self, timeline: str) -> list[dict[str, Any]]:
        """The data of the notifications about a trade or a payout, each verified with the account's key."""
        with self.app.store.unit(self.user) as unit:
            bodies = [notification.body for notification in unit.notifications(timeline)]
        return [verify_notification(body, SECRET_KEY).data for body in bodies]
