"""Right merchants of other designs: none of them loses money or an order, and each looks different from outside."""

from __future__ import annotations

import queue
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, ClassVar

from mockserver.client import NoAnswerError, RefusedError, UnexpectedAnswerError
from tests.examine.shops.merchant import Order, RefusedNotification, Shop
from tests.examine.shops.web import Answer, json_answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.examine.shops.web import Request


class QueueShop(Shop):
    """Acknowledges whatever comes, and works it off half a second later."""

    delay = 0.5

    def __init__(self, gateway_url: str, user: str, secret_key: str, *, port: int = 0) -> None:
        super().__init__(gateway_url, user, secret_key, port=port)
        self.waiting: queue.Queue[tuple[float, Request] | None] = queue.Queue()
        self.worker = threading.Thread(target=self.work, daemon=True)

    def __enter__(self) -> Shop:
        self.worker.start()
        return super().__enter__()

    def __exit__(self, *error: object) -> None:
        super().__exit__(*error)
        self.waiting.put(None)
        self.worker.join()

    def notify(self, request: Request) -> Answer:
        self.waiting.put((time.monotonic() + self.delay, request))
        return self.accepted()

    def work(self) -> None:
        while (next_one := self.waiting.get()) is not None:
            due, request = next_one
            time.sleep(max(0.0, due - time.monotonic()))
            super().notify(request)


class QueryingShop(Shop):
    """Takes a notification, signed or not, only as a hint that something happened, and asks the gateway what it was."""

    def notify(self, request: Request) -> Answer:
        try:
            data = self.parsed(request.body).get("data")
        except RefusedNotification:
            data = None
        if isinstance(data, dict):
            self.ask_gateway(str(data.get("order_id", "")))
            if data.get("type") == "refund":
                self.ask_for_refund(str(data.get("order_id", "")), str(data.get("refund_id", "")))
        return self.accepted()

    def ask_for_refund(self, order_id: str, refund_id: str) -> None:
        """Take the gateway's word on a refund, which names its payment by the transaction_id alone."""
        with self.lock:
            order = self.find(order_id)
        if order is None:
            return
        try:
            info = self.known_to_gateway(order) or {}
            refund = self.gateway.query_refund(refund_id)
        except (NoAnswerError, UnexpectedAnswerError, RefusedError):
            return
        if refund.fields.get("transaction_id") == info.get("transaction_id"):
            self.count_refund(order_id, refund.refund_id, refund.refund_amount, refund.state)

    def count_refund(self, order_id: str, refund_id: str, amount: str, state: str) -> None:
        with self.change(order_id) as order:
            if order is not None:
                self.take_refund(order, {"refund_id": refund_id, "refund_amount": amount, "state": state})


class PollingShop(QueryingShop):
    """Ignores notifications altogether, and polls the gateway for its orders and its refunds."""

    pause = 0.2

    def __init__(self, gateway_url: str, user: str, secret_key: str, *, port: int = 0) -> None:
        super().__init__(gateway_url, user, secret_key, port=port)
        self.stopped = threading.Event()
        self.poller = threading.Thread(target=self.poll, daemon=True)

    def __enter__(self) -> Shop:
        self.poller.start()
        return super().__enter__()

    def __exit__(self, *error: object) -> None:
        self.stopped.set()
        self.poller.join()
        super().__exit__(*error)

    def notify(self, request: Request) -> Answer:  # noqa: ARG002 - it may say what it likes
        return self.accepted()

    def poll(self) -> None:
        while not self.stopped.wait(self.pause):
            try:
                self.poll_orders()
                self.poll_refunds()
            except (NoAnswerError, UnexpectedAnswerError, RefusedError):
                continue

    def poll_orders(self) -> None:
        for one in self.listed():
            with suppress(RefusedNotification):  # an order that another shop of the account made
                self.take(self.as_payment(one.fields))

    def poll_refunds(self) -> None:
        for row in self.gateway.export_refunds(*self.span()):
            self.count_refund(row["order_id"], row["refund_id"], row["amount"], "refunded")


class ConfirmingShop(Shop):
    """Verifies the signature, and then asks the gateway too; where they differ it answers with an error."""

    def take_payment(self, order: Order, data: dict[str, str]) -> None:
        known = self.gateway.query_order(order.trade_id)
        if data["state"] == "paid" and known.state != "paid":
            raise RefusedNotification("the gateway says otherwise", 503)
        super().take_payment(order, data)


class BusyShop(Shop):
    """Answers 503 to the first notification of each order, and takes its repetition."""

    def __init__(self, gateway_url: str, user: str, secret_key: str, *, port: int = 0) -> None:
        super().__init__(gateway_url, user, secret_key, port=port)
        self.met: set[str] = set()

    def take(self, data: dict[str, str]) -> None:
        with self.lock:
            is_first = data.get("order_id", "") not in self.met
            self.met.add(data.get("order_id", ""))
        if is_first:
            raise RefusedNotification("busy", 503)
        super().take(data)

    def ask_gateway(self, order_id: str) -> None:
        with self.lock:
            self.met.add(order_id)
        super().ask_gateway(order_id)


class HoldingShop(Shop):
    """Acknowledges what does not fit an order, and holds the order for a person; the right payment frees it."""

    def check(self, order: Order, data: dict[str, str]) -> None:
        try:
            super().check(order, data)
        except RefusedNotification as refusal:
            if refusal.status == 409:
                self.hold(order)
            raise

    def take_refund(self, order: Order, data: dict[str, str]) -> None:
        try:
            super().take_refund(order, data)
        except RefusedNotification:
            self.hold(order)
            raise

    def hold(self, order: Order) -> None:
        order.state = "held"
        self.store(order)

    def end(self, order: Order, state: str) -> None:
        if order.state in {"open", "held"}:
            order.state = state

    def refusal(self, refusal: RefusedNotification) -> Answer:
        return self.accepted() if refusal.status == 409 else super().refusal(refusal)


class StrictHoldingShop(HoldingShop):
    """Holds an order that something did not fit, and leaves it held until a person has looked at it."""

    def take_payment(self, order: Order, data: dict[str, str]) -> None:
        if order.state != "held":
            super().take_payment(order, data)


class HoldingLateShop(Shop):
    """Holds money that comes after the end of an order for a person, as its goods may be sold by then."""

    def take_money(self, order: Order) -> None:
        if order.state in {"failed", "expired", "cancelled"} and not order.is_paid:
            order.state, order.paid_amount = "held", order.amount
        else:
            super().take_money(order)


class HoldingReviewShop(Shop):
    """Shows an order under risk review as held."""

    def wait(self, order: Order, state: str) -> None:
        if state == "verify" and order.state == "open":
            order.state = "held"

    def end(self, order: Order, state: str) -> None:
        if order.state in {"open", "held"}:
            order.state = state


class EventsShop(Shop):
    """Knows repetitions by the event, which it keeps in a set once it has been done."""

    def __init__(self, gateway_url: str, user: str, secret_key: str, *, port: int = 0) -> None:
        super().__init__(gateway_url, user, secret_key, port=port)
        self.done: set[tuple[str, ...]] = set()

    def take(self, data: dict[str, str]) -> None:
        event = tuple(data.get(name, "") for name in ("type", "order_id", "trade_id", "refund_id", "state"))
        with self.lock:
            if event in self.done and self.is_own_user(data):
                return
            super().take(data)
            self.done.add(event)


class QuietShop(Shop):
    """Answers ok to what it refuses too, and does nothing."""

    def refusal(self, refusal: RefusedNotification) -> Answer:  # noqa: ARG002 - for whatever reason
        return self.accepted()


class PatientShop(Shop):
    """Refuses a refund with 503 until the news of its payment has come, and takes the repetition."""

    def take_refund(self, order: Order, data: dict[str, str]) -> None:
        if not order.is_paid:
            raise RefusedNotification("no payment yet", 503)
        super().take_refund(order, data)


class ByTradeShop(Shop):
    """Finds its order by the trade_id, and reads the order_id only while it has no trade_id."""

    def take(self, data: dict[str, str]) -> None:
        with self.lock:
            own = [one for one in self.orders.values() if one.trade_id and one.trade_id == data.get("trade_id")]
            super().take({**data, "order_id": own[0].order_id} if own else data)


class LaterShop(Shop):
    """Stores an order only with the gateway's answer: a notification before that gets 404, and is taken when repeated."""

    def create(self, request: Request) -> Answer:
        order = self.ordered(request.fields())
        try:
            url = self.pay_at_gateway(order)
        except RefusedError as refusal:
            return json_answer(502, {"order_id": order.order_id, "error": str(refusal)})
        except (NoAnswerError, UnexpectedAnswerError):
            url = ""
        with self.lock:
            self.store(order)
        if not url:
            self.look_for(order)
        return json_answer(201 if url else 202, {"order_id": order.order_id, "url": url or None})


class SignedReturnShop(Shop):
    """Takes the signed message that the payer's browser brings like a notification, once it has verified it."""

    def come_back(self, request: Request) -> Answer:
        if request.method == "POST":
            answer = self.notify(request)
            if answer.status != 200:
                return answer
        return super().come_back(request)


class NewlineShop(Shop):
    """Answers ok with a line break, as `echo "ok\\n"` does."""

    def accepted(self) -> Answer:
        return Answer(200, b"ok\n")


class BadIs200Shop(Shop):
    """Answers bad with HTTP status 200 to what it refuses, as the official library does."""

    def refusal(self, refusal: RefusedNotification) -> Answer:  # noqa: ARG002 - for whatever reason
        return Answer(200, b"bad")


class HtmlTypeShop(Shop):
    """Answers ok as text/html, which is PHP's default content type."""

    def accepted(self) -> Answer:
        return Answer(200, b"ok", "text/html; charset=UTF-8")


class WooWordsShop(Shop):
    """Has WooCommerce's words: a paid order is processing, an open one pending, and an expired one cancelled."""

    words: ClassVar[Mapping[str, str]] = {
        "open": "pending", "paid": "processing", "expired": "cancelled", "held": "on-hold",
    }  # fmt: skip


class PlainTextShop(Shop):
    """Shows the state of an order as one plain word."""

    def shown(self, order: Order, state: str) -> Answer:  # noqa: ARG002 - the word is all there is
        return Answer(200, state.encode())


RIGHT: tuple[type[Shop], ...] = (
    Shop, QueueShop, QueryingShop, PollingShop, ConfirmingShop, BusyShop, HoldingShop, StrictHoldingShop,
    HoldingLateShop, HoldingReviewShop, EventsShop, QuietShop, PatientShop, ByTradeShop, SignedReturnShop,
    NewlineShop, BadIs200Shop, HtmlTypeShop, WooWordsShop, PlainTextShop, LaterShop,
)  # fmt: skip
