"""A right merchant, small enough to be read whole. Every other shop changes a method or two of it.

    with Shop(gateway_url, user, secret_key) as shop:
        requests.post(f"{shop.url}/orders")

`POST /orders` creates an order and its payment, `GET /orders/ID` shows the shop's own state of it, `/notify` takes
notifications, and `/return` takes the payer's browser.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import unquote_plus

from mockserver.client import NoAnswerError, RefusedError, UnexpectedAnswerError, YabandPay
from tests.examine.shops.web import Answer, Request, WebServer, json_answer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mockserver.client import Order as GatewayOrder

ENDED = {"declined": "failed", "failed": "failed", "expired": "expired", "cancelled": "cancelled"}
"""The shop's word for each state of the gateway that ends a payment without money."""
_DAY = 86_400
_PAGE = 100


class RefusedNotification(Exception):
    """What the shop does not believe: the notification changes nothing, and is answered with a 4xx."""

    def __init__(self, why: str, status: int = 400) -> None:
        super().__init__(why)
        self.status = status


@dataclass
class Order:
    """An order. `refunds` has the amount of each refund by its id; `shipments` counts the parcels."""

    order_id: str
    amount: Decimal
    currency: str = "EUR"
    description: str = "Tea"
    trade_id: str = ""
    state: str = "open"
    shipments: int = 0
    paid_amount: Decimal = Decimal(0)
    refunds: dict[str, Decimal] = field(default_factory=dict)

    @property
    def is_paid(self) -> bool:
        """Whether the money came at some time, even if it went back since."""
        return self.paid_amount > 0

    @property
    def refunded(self) -> Decimal:
        return sum(self.refunds.values(), Decimal(0))


def text_of(value: Any) -> str:
    """A JSON value as the gateway signs it (protocol.md 1.5, 1.6)."""
    if isinstance(value, str):
        return value
    if value is None or value is False:
        return ""
    if isinstance(value, float):
        return f"{value:.14G}"
    return "1" if value is True else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def sign(data: Mapping[str, Any], secret_key: str) -> str:
    """HMAC-SHA256 of `key=value`, sorted by key and joined with `&`."""
    text = "&".join(f"{name}={text_of(data[name])}" for name in sorted(data))
    return hmac.new(secret_key.encode(), text.encode(), hashlib.sha256).hexdigest()


def money(text: str) -> Decimal:
    """An amount; amounts that are none are refused."""
    if re.fullmatch(r"-?[0-9]{1,18}(\.[0-9]+)?", text) is None:
        raise RefusedNotification(f"{text!r} is no amount")
    return Decimal(text)


class Shop:
    """A right merchant: a mistake costs it neither money nor an order."""

    costs: ClassVar[str] = ""
    """What the shop's mistake costs; empty for a right shop."""
    verdict: ClassVar[str] = "passed"
    words: ClassVar[Mapping[str, str]] = {}
    """The shop's own words for its states, where they differ."""

    def __init__(self, gateway_url: str, user: str, secret_key: str, *, port: int = 0) -> None:
        self.user = user
        self.secret_key = secret_key
        self.gateway = YabandPay(user, secret_key, gateway_url, timeout=(3.05, 5.0))
        self.orders: dict[str, Order] = {}
        self.lock = threading.RLock()
        self.web = WebServer(self.answer, port)
        self.url = self.web.url

    def __enter__(self) -> Shop:
        self.web.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.web.stop()

    def answer(self, request: Request) -> Answer:
        """The answer to a request, whichever page it is for."""
        page, _, rest = request.path.strip("/").partition("/")
        if page == "orders" and request.method == "POST" and not rest:
            return self.create(request)
        if page == "orders" and request.method == "GET" and rest:
            return self.show(rest)
        if page == "notify":
            return self.notify(request) if request.method == "POST" else self.not_a_notification(request)
        if page == "return" and request.method in {"GET", "POST"}:
            return self.come_back(request)
        return json_answer(404, {"error": "There is no such page."})

    # Orders

    def create(self, request: Request) -> Answer:
        """Store a new order, and then ask the gateway for its payment, so that no notification comes too early."""
        order = self.ordered(request.fields())
        with self.lock:
            self.store(order)
        url = ""
        try:
            url = self.pay_at_gateway(order)
        except RefusedError as refusal:
            return json_answer(502, {"order_id": order.order_id, "error": str(refusal)})
        except (NoAnswerError, UnexpectedAnswerError):
            self.look_for(order)
        return json_answer(201 if url else 202, {"order_id": order.order_id, "url": url or None})

    def ordered(self, wanted: Mapping[str, Any]) -> Order:
        amount, description = Decimal(str(wanted.get("amount", "12.34"))), str(wanted.get("description", "Tea"))
        return Order(secrets.token_hex(8), amount, description=description)

    def look_for(self, order: Order) -> None:
        """The answer was lost, so the payment may exist: ask the gateway."""
        self.ask_gateway(order.order_id)

    def pay_at_gateway(self, order: Order) -> str:
        """Create the order's payment; gives the payer's page."""
        payment = self.gateway.create_payment(
            "iDEAL",
            order_id=order.order_id,
            amount=order.amount,
            currency=order.currency,
            description=order.description,
            notify_url=f"{self.url}/notify",
            redirect_url=f"{self.url}/return?order_id={order.order_id}",
            demo=f"shop order {order.order_id}",
        )
        with self.change(order.order_id) as stored:
            order = stored or order  # in a shop that has not stored it yet
            order.trade_id = order.trade_id or payment.trade_id
        return payment.url

    def show(self, order_id: str) -> Answer:
        with self.lock:
            order = self.find(order_id)
        if order is None:
            return json_answer(404, {"error": "There is no such order."})
        state = self.words.get(order.state, order.state)
        return self.shown(order, state)

    def shown(self, order: Order, state: str) -> Answer:
        sums = {"paid_amount": str(order.paid_amount), "refunded_amount": str(order.refunded)}
        return json_answer(200, {"state": state, "shipments": order.shipments, **sums})

    def find(self, order_id: str) -> Order | None:
        return self.orders.get(order_id)

    def store(self, order: Order) -> None:
        self.orders[order.order_id] = order

    @contextmanager
    def change(self, order_id: str) -> Iterator[Order | None]:
        """An order that nobody else changes meanwhile; its changes are stored at the end."""
        with self.lock:
            order = self.find(order_id)
            yield order
            if order is not None:
                self.store(order)

    # Notifications

    def notify(self, request: Request) -> Answer:
        """Take a notification, and answer when its effect is stored."""
        try:
            self.take(self.verified(self.parsed(request.body)))
        except RefusedNotification as refusal:
            return self.refusal(refusal)
        return self.accepted()

    def accepted(self) -> Answer:
        return Answer(200, b"ok")

    def refusal(self, refusal: RefusedNotification) -> Answer:
        return Answer(refusal.status, b"bad")

    def not_a_notification(self, _request: Request) -> Answer:
        """A visit of the notify URL that is no POST."""
        return Answer(405, b"POST only", headers={"Allow": "POST"})

    def parsed(self, body: bytes) -> dict[str, Any]:
        """The message in a body: JSON, percent-encoded JSON, or a form with the field resultData (protocol.md 4.0)."""
        try:
            message = json.loads(self.json_in(body.decode()))
        except (ValueError, RecursionError):
            raise RefusedNotification("no JSON") from None
        if not isinstance(message, dict):
            raise RefusedNotification("no object")
        return message

    def json_in(self, text: str) -> str:
        """The JSON in the text of a body."""
        field = text.strip().removeprefix("resultData=")
        return field if field.startswith("{") else unquote_plus(field.split("&", maxsplit=1)[0])

    def verified(self, message: Mapping[str, Any]) -> dict[str, str]:
        """The signed fields of a message, as text."""
        data, signature = message.get("data"), message.get("sign")
        if not isinstance(data, dict) or not data:
            raise RefusedNotification("no data")
        try:
            genuine = self.is_genuine(data, signature)
        except ValueError:  # half of a surrogate pair cannot be signed
            genuine = False
        if not genuine:
            raise RefusedNotification("wrong signature")
        return {name: text_of(value) for name, value in data.items()}

    def is_genuine(self, data: dict[str, Any], signature: object) -> bool:
        return isinstance(signature, str) and hmac.compare_digest(
            sign(data, self.secret_key).encode(), signature.encode()
        )

    def take(self, data: dict[str, str]) -> None:
        """Do what a verified notification asks for."""
        if data.get("type") not in {"payment", "refund"}:
            return  # about a payout or a split, which this shop does not use
        with self.change(data.get("order_id", "")) as order:
            if order is None:
                raise RefusedNotification("unknown order", 404)
            self.check(order, data)
            order.trade_id = data["trade_id"]
            if data["type"] == "refund":
                self.take_refund(order, data)
            else:
                self.take_payment(order, data)

    def check(self, order: Order, data: dict[str, str]) -> None:
        """Compare a notification with the order: the signature proves who sent it, not what it is for."""
        if not data.get("trade_id") or not data.get("state"):
            raise RefusedNotification("no trade or no state")
        if not self.is_own_user(data):
            raise RefusedNotification("another merchant", 409)
        if not self.is_own_trade(order, data):
            raise RefusedNotification("another trade", 409)
        if data["type"] == "payment" and not self.is_own_amount(order, data):
            raise RefusedNotification("another amount", 409)
        if not self.is_own_currency(order, data):
            raise RefusedNotification("another currency", 409)

    def is_own_user(self, data: dict[str, str]) -> bool:
        return data.get("user") == self.user

    def is_own_trade(self, order: Order, data: dict[str, str]) -> bool:
        """Whether it is the order's trade, or the order's first: its creation may not have been answered yet."""
        return order.trade_id in {"", data["trade_id"]}

    def is_own_amount(self, order: Order, data: dict[str, str]) -> bool:
        return money(data.get("amount", "")) == order.amount

    def is_own_currency(self, order: Order, data: dict[str, str]) -> bool:
        name = "refund_currency" if data["type"] == "refund" else "currency"
        return data.get(name) == order.currency

    def take_payment(self, order: Order, data: dict[str, str]) -> None:
        """Notifications come late, again and in any order: money counts once and for good, an end only before it."""
        state = data["state"].lower().replace("canceled", "cancelled")
        if state == "paid":
            self.take_money(order)
        elif state == "cancelled" and order.is_paid:
            self.take_back(order)
        elif state in ENDED:
            self.end(order, ENDED[state])
        else:
            self.wait(order, state)

    def take_money(self, order: Order) -> None:
        """The first news of the money, even after the order has expired or was cancelled."""
        if order.is_paid:
            return
        order.paid_amount = order.amount
        if order.refunded >= order.amount:
            order.state = "refunded"
        else:
            order.state = "paid"
            self.ship(order)

    def ship(self, order: Order) -> None:
        """The side effect that must happen once."""
        order.shipments += 1

    def take_back(self, order: Order) -> None:
        """A paid order was cancelled; or the news is older than the money, which only the gateway can say."""
        if order.state == "paid" and self.gateway.query_order(order.trade_id).state == "cancelled":
            order.state = "cancelled"

    def end(self, order: Order, state: str) -> None:
        if order.state == "open":
            order.state = state

    def wait(self, order: Order, state: str) -> None:
        """Pending, processing, verify and authorized are no money yet."""

    def take_refund(self, order: Order, data: dict[str, str]) -> None:
        """Count a refund once. It may come before the news of the payment."""
        if data["state"].lower() != "refunded" or data.get("refund_id", "") in order.refunds:
            return
        amount = money(data.get("refund_amount", ""))
        if amount <= 0 or not self.can_refund(order, amount):
            raise RefusedNotification("more than was paid", 409)
        order.refunds[data.get("refund_id", "")] = amount
        if self.is_whole(order, amount):
            order.state = "refunded"

    def can_refund(self, order: Order, amount: Decimal) -> bool:
        return order.refunded + amount <= order.amount

    def is_whole(self, order: Order, _amount: Decimal) -> bool:
        """Whether a refund, already counted, leaves nothing of the payment."""
        return order.refunded >= order.amount

    # The payer's return, and questions to the gateway

    def come_back(self, request: Request) -> Answer:
        """A browser proves nothing: ask the gateway, which also mends a notification that never came."""
        order_id = request.query.get("order_id", "")
        self.ask_gateway(order_id)
        with self.lock:
            order = self.find(order_id)
        if order is None:
            return Answer(404, b"There is no such order.")
        return Answer(200, f"<p>Your order is {order.state}.</p>".encode(), "text/html; charset=utf-8")

    def ask_gateway(self, order_id: str) -> None:
        """Take the gateway's own word on an order, if it has one."""
        with self.lock:
            order = self.find(order_id)
        try:
            info = None if order is None else self.known_to_gateway(order)
        except (NoAnswerError, UnexpectedAnswerError, RefusedError):
            return  # the notification will say it
        if info is not None:
            with suppress(RefusedNotification):
                self.take(self.as_payment(info))

    def as_payment(self, info: Mapping[str, Any]) -> dict[str, str]:
        """The gateway's record of an order, as the data of a notification."""
        return {**{name: text_of(value) for name, value in info.items()}, "type": "payment", "user": self.user}

    def known_to_gateway(self, order: Order) -> dict[str, Any] | None:
        """The gateway's record of an order; after a lost answer the shop has no trade_id, so it looks through the list."""
        if order.trade_id:
            return self.gateway.query_order(order.trade_id).fields
        return next((one.fields for one in self.listed() if one.order_id == order.order_id), None)

    def listed(self) -> Iterator[GatewayOrder]:
        """The gateway's list of the account's orders."""
        for page in count(1):
            listed = self.gateway.list_orders_by_time(*self.span(), page=page, limit=_PAGE)
            yield from listed.orders
            if page * _PAGE >= listed.total:
                return

    def span(self) -> tuple[int, int]:
        """From yesterday until far into the future, as a sandbox's clock may be ahead."""
        now = int(time.time())
        return now - _DAY, now + 300 * _DAY
