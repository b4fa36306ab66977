"""Merchants with one mistake in what a browser may bring about, and in creating orders."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from mockserver.client import NoAnswerError, RefusedError, UnexpectedAnswerError
from tests.examine.shops.merchant import Order, RefusedNotification, Shop, text_of
from tests.examine.shops.right import LaterShop
from tests.examine.shops.web import Answer, json_answer

if TYPE_CHECKING:
    from tests.examine.shops.web import Request


class GetPaysShop(Shop):
    """Takes the query of a GET on its notify URL for a notification, so a link pays an order."""

    costs = "GET on the notify URL with order_id and state in the query marks the order paid"
    verdict = "lost money"

    def not_a_notification(self, request: Request) -> Answer:
        with self.change(request.query.get("order_id", "")) as order:
            if order is not None and request.query.get("state", "paid") == "paid":
                self.take_money(order)
        return self.accepted()


class GetSaysOkShop(Shop):
    """Answers ok to a GET on its notify URL, so a wrong configuration looks right."""

    costs = "GET on the notify URL answers ok"
    verdict = "unsafe habit"

    def not_a_notification(self, _request: Request) -> Answer:
        return self.accepted()


class GetCrashesShop(Shop):
    """Crashes at a GET on its notify URL, with an error page that shows its insides."""

    costs = "GET on the notify URL answers 500 with an error page"
    verdict = "unsafe habit"

    def not_a_notification(self, request: Request) -> Answer:
        return Answer(200, request.body[:1], headers={"X-First": str(request.body[0])})


class TrustsReturnShop(Shop):
    """Believes the message that the payer's browser brings without verifying it, so payers can write it themselves."""

    costs = "accepts a forged browser return: wrong or missing signature"
    verdict = "lost money"

    def come_back(self, request: Request) -> Answer:
        with suppress(RefusedNotification):
            data = self.parsed(request.body).get("data")
            if isinstance(data, dict):
                self.take({name: text_of(value) for name, value in data.items()})
        return super().come_back(request)


class BareReturnPaysShop(Shop):
    """Takes the payer's return for the payment, so whoever opens the address has the goods."""

    costs = "marks an order paid on a bare browser return"
    verdict = "lost money"

    def come_back(self, request: Request) -> Answer:
        with self.change(request.query.get("order_id", "")) as order:
            if order is not None:
                self.take_money(order)
        return super().come_back(request)


class NeverAsksShop(Shop):
    """Never asks the gateway when the payer returns, so a payment whose notification is lost is lost too."""

    costs = "a browser return without a notification leaves a paid order open"
    verdict = "lost an order"

    def come_back(self, request: Request) -> Answer:
        with self.lock:
            order = self.find(request.query.get("order_id", ""))
        return Answer(404, b"") if order is None else Answer(200, b"Thank you.")


class LostAnswerShop(Shop):
    """Deletes the order when the gateway's answer is lost, although the payment may exist and may be paid."""

    costs = "loses the order when the answer to its creation is lost: never asks, and refuses the notification"
    verdict = "lost an order"

    def look_for(self, order: Order) -> None:
        with self.lock:
            del self.orders[order.order_id]


class LostAnswerFailsShop(Shop):
    """Fails the order when the gateway's answer is lost, and refuses its money."""

    costs = "fails the order when the answer to its creation is lost, and refuses its money"
    verdict = "lost an order"

    def look_for(self, order: Order) -> None:
        with self.change(order.order_id):
            order.state = "failed"
            order.trade_id = "none"


class ForgetsWhileCreatingShop(LaterShop):
    """Stores an order only with the gateway's answer, and answers ok to a notification that comes before, which is lost."""

    costs = "a notification while creating is answered ok and forgotten"
    verdict = "lost an order"

    def refusal(self, refusal: RefusedNotification) -> Answer:
        return self.accepted() if refusal.status == 404 else super().refusal(refusal)


class BlocksWhileCreatingShop(LaterShop):
    """Stores an order only with the gateway's answer, and blocks a trade that it does not know for good."""

    costs = "a notification while creating is refused, and so are its repetitions"
    verdict = "lost an order"

    def __init__(self, gateway_url: str, user: str, secret_key: str, *, port: int = 0) -> None:
        super().__init__(gateway_url, user, secret_key, port=port)
        self.blocked: set[str] = set()

    def take(self, data: dict[str, str]) -> None:
        trade_id = data.get("trade_id", "")
        with self.lock:
            if trade_id in self.blocked or self.find(data.get("order_id", "")) is None:
                self.blocked.add(trade_id)
                raise RefusedNotification("unknown order", 404)
            super().take(data)


class ReopensWhileCreatingShop(Shop):
    """Overwrites the order with the gateway's answer: paid by a notification that was quicker, it is open again."""

    costs = "a notification while creating is undone by the answer to the creation"
    verdict = "lost an order"

    def pay_at_gateway(self, order: Order) -> str:
        url = super().pay_at_gateway(order)
        with self.lock:
            order.state = "open"
        return url


class ReusedOrderIdShop(Shop):
    """Asks again with the same order_id when the answer is lost, and then knows only its second payment."""

    costs = "when the answer to its creation is lost, creates a second payment, and refuses the money of the first"
    verdict = "lost an order"

    def create(self, request: Request) -> Answer:
        order = self.ordered(request.fields())
        with self.lock:
            self.store(order)
        for _attempt in range(3):
            with suppress(NoAnswerError, UnexpectedAnswerError, RefusedError):
                return json_answer(201, {"order_id": order.order_id, "url": self.pay_at_gateway(order)})
        return json_answer(502, {"order_id": order.order_id, "error": "Please try again."})


SHOPS: tuple[type[Shop], ...] = (
    GetPaysShop, GetSaysOkShop, GetCrashesShop, TrustsReturnShop, BareReturnPaysShop, NeverAsksShop, LostAnswerShop,
    LostAnswerFailsShop, ForgetsWhileCreatingShop, BlocksWhileCreatingShop, ReopensWhileCreatingShop, ReusedOrderIdShop,
)  # fmt: skip
