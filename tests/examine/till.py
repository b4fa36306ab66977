"""An order of a shop under test, and what a script sends about it."""

from __future__ import annotations

import json
import secrets
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus

import requests

from mockserver.signing.signature import sign, string_to_sign
from tests.helpers import SECRET_KEY, USER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mockserver.testing import MerchantAccount
    from tests.examine.shops.merchant import Shop

PATIENCE = 60.0
"""Seconds until a request counts as hung; nothing here takes any."""
OTHER_USER, OTHER_KEY = USER, SECRET_KEY
"""The sandbox's own account, which the platforms among the shops know too."""


class Till:
    """A new order of a shop, with its trade at the gateway."""

    def __init__(self, account: MerchantAccount, shop: Shop, scenario: str = "", **wanted: str) -> None:
        self.account = account
        self.shop = shop
        if scenario:
            account.use(scenario, times=1)
        known = len(account.payments)
        self.created = requests.post(f"{shop.url}/orders", json=wanted, timeout=PATIENCE)
        self.order_id: str = self.created.json()["order_id"]
        self.trade_id = account.payments[known].trade_id

    def data(self, state: str = "paid", **changes: Any) -> dict[str, Any]:
        """The data of a payment's notification, without empty fields, as the gateway sends it."""
        known = self.account.client.query_order(self.trade_id).fields
        fields = {
            "type": "payment", "user": self.account.user, "order_id": self.order_id, "trade_id": self.trade_id,
            "transaction_id": known["transaction_id"], "amount": known["amount"], "tip_amount": "0.00",
            "currency": known["currency"], "settlement_amount": known["amount"], "settlement_currency": "EUR",
            "exchange_rate": "1", "description": known["description"], "createDate": known["createDate"],
            "state": state, "demo": known["demo"], "sub_pay_method": "iDEAL", "pay_method": "online",
        }  # fmt: skip
        return {name: value for name, value in {**fields, **changes}.items() if value not in (None, "")}

    def refund_data(self, amount: str = "12.34", refund_id: str = "R-1", **changes: Any) -> dict[str, Any]:
        """The data of a refund's notification."""
        refund = {"type": "refund", "refund_id": refund_id, "refund_amount": amount, "refund_currency": "EUR"}
        return self.data(**{"state": "refunded", **refund, **changes})

    def signed(self, data: Mapping[str, Any], key: str = "") -> dict[str, Any]:
        """The message of some data, signed with a key, by default the account's."""
        return {"sign": sign(string_to_sign(dict(data)), key or self.account.secret_key), "data": dict(data)}

    def send(self, message: object, path: str = "/notify") -> requests.Response:
        """Post a message to the shop, as JSON unless it is bytes already."""
        body = message if isinstance(message, bytes) else as_json(message)
        headers = {"Content-Type": "application/json"}
        return requests.post(self.shop.url + path, body, headers=headers, timeout=PATIENCE, allow_redirects=False)

    def notify(self, state: str = "paid", **changes: Any) -> requests.Response:
        return self.send(self.signed(self.data(state, **changes)))

    def refund(self, amount: str = "12.34", refund_id: str = "R-1", **changes: Any) -> requests.Response:
        return self.send(self.signed(self.refund_data(amount, refund_id, **changes)))

    def forge(self, **changes: Any) -> requests.Response:
        """Send the right notification with a sign that somebody without the key has made up."""
        return self.send(self.signed(self.data(**changes), "not the key"))

    def notify_at_once(self, times: int = 2) -> None:
        """Send the paid notification several times at the same instant."""
        body, start = as_json(self.signed(self.data())), Barrier(times)

        def send() -> None:
            start.wait()
            self.send(body)

        with ThreadPoolExecutor(times) as pool:
            for sent in [pool.submit(send) for _ in range(times)]:
                sent.result()

    def come_back(self, message: object = None) -> requests.Response:
        """Return to the shop, with a message in a form or with none."""
        address = f"{self.shop.url}/return?order_id={self.order_id}"
        if message is None:
            return requests.get(address, timeout=PATIENCE)
        return requests.post(address, {"resultData": as_json(message)}, timeout=PATIENCE)

    def set_state(self, state: str) -> None:
        """Put the trade into a state at the gateway, whatever it was."""
        address = f"{self.account.url}/_sandbox/api/accounts/{self.account.user}/payments/{self.trade_id}/state"
        requests.post(address, json={"state": state, "force": True}, timeout=PATIENCE).raise_for_status()

    def show(self, order_id: str = "") -> requests.Response:
        return requests.get(f"{self.shop.url}/orders/{order_id or self.order_id}", timeout=PATIENCE)

    @property
    def state(self) -> str | None:
        """The shop's state of the order, in the words of all shops; None if it does not know the order."""
        answer = self.show()
        if answer.status_code == 404:
            return None
        word = str(answer.json()["state"]) if answer.headers["Content-Type"] == "application/json" else answer.text
        return {theirs: ours for ours, theirs in self.shop.words.items()}.get(word, word)

    @property
    def seen(self) -> tuple[str | None, int]:
        """The state and the number of shipments."""
        return self.state, self.show().json().get("shipments", 0)


def as_json(message: object) -> bytes:
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()


def as_form(message: object) -> bytes:
    return b"resultData=" + quote_plus(as_json(message)).encode()


def unknown_id() -> str:
    return secrets.token_hex(8)
