"""Merchants with one mistake in handling a notification that comes again, or at once with another."""

from __future__ import annotations

import time
from contextlib import contextmanager, suppress
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.examine.shops.merchant import Order, RefusedNotification, Shop

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.examine.shops.web import Answer, Request

Event = tuple[str, str, str, str]


def event_of(data: dict[str, str]) -> Event:
    return data.get("type", ""), data.get("trade_id", ""), data.get("refund_id", ""), data.get("state", "")


class ShipsAgainShop(Shop):
    """Ships whenever it hears of the money, so a repetition is a second parcel."""

    costs = "ships again when the same notification comes again"
    verdict = "lost money"

    def take_money(self, order: Order) -> None:
        if order.state == "paid":
            self.ship(order)
        super().take_money(order)


class RaceShop(Shop):
    """Looks whether the order is paid, and then ships, with nothing that keeps another thread from doing the same."""

    costs = "ships twice when the same notification comes twice at once; right when one comes after the other"
    verdict = "lost money"
    pause = 0.15

    @contextmanager
    def change(self, order_id: str) -> Iterator[Order | None]:
        yield self.find(order_id)

    def take_money(self, order: Order) -> None:
        was_paid = order.is_paid
        time.sleep(self.pause)  # what a database takes under load
        if not was_paid:
            with self.lock:
                order.paid_amount = Decimal(0)  # it writes what it has read before
                super().take_money(order)


class _RemembersShop(Shop):
    """Remembers events, and takes those that it remembers for repetitions."""

    def __init__(self, gateway_url: str, user: str, secret_key: str, *, port: int = 0) -> None:
        super().__init__(gateway_url, user, secret_key, port=port)
        self.seen: set[object] = set()

    def is_new(self, event: object) -> bool:
        with self.lock:
            if event in self.seen:
                return False
            self.seen.add(event)
            return True


class _FailsShop(_RemembersShop):
    """Fails at the first notification of an order; what it learns by asking the gateway, it takes at once."""

    def ask_gateway(self, order_id: str) -> None:
        self.is_new(order_id)
        super().ask_gateway(order_id)


class SeenBeforeVerifiedShop(_RemembersShop):
    """Remembers an event before it verifies the signature, so a forgery makes it drop the real notification."""

    costs = "drops the right notification after a forgery of it was refused"
    verdict = "lost an order"

    def verified(self, message: Mapping[str, Any]) -> dict[str, str]:
        data = message.get("data")
        fields = {name: str(value) for name, value in data.items()} if isinstance(data, dict) else {}
        return super().verified(message) if self.is_new(event_of(fields)) else {}


class SeenBeforeDoneShop(_RemembersShop):
    """Remembers an event before it is done: what it refuses for now, as the payment of a refund is not here yet, it
    drops when it comes again."""

    costs = "answers 503 to a refund before its payment, and drops its repetition"
    verdict = "lost money"

    def take_refund(self, order: Order, data: dict[str, str]) -> None:
        if self.is_new(event_of(data)):
            if not order.is_paid:
                raise RefusedNotification("no payment yet", 503)
            super().take_refund(order, data)


class FailsOnceShop(_FailsShop):
    """Fails at the first news of an order's money with 500, and says ok to its repetition without doing anything."""

    costs = "answers 500 to a right payment, and ok to its repetition without acting"
    verdict = "lost an order"

    def take_money(self, order: Order) -> None:
        if self.is_new(order.order_id):
            self.is_new(f"{order.order_id} failed")
            raise TimeoutError("the database did not answer")
        if f"{order.order_id} failed" not in self.seen:
            super().take_money(order)


class AckThenCrashShop(_FailsShop):
    """Answers ok before anything is stored, and crashes at the first news of an order's money; only a repetition, which
    after the ok never comes, would pay the order."""

    costs = "answers ok to a right payment and forgets it; a repetition would complete it"
    verdict = "lost an order"

    def take_money(self, order: Order) -> None:
        if self.is_new(order.order_id):
            raise TimeoutError("the worker was stopped")
        super().take_money(order)

    def notify(self, request: Request) -> Answer:
        with suppress(TimeoutError):
            return super().notify(request)
        return self.accepted()


class OkWhenBusyShop(_FailsShop):
    """Refuses the first notification of an order, as it is locked just then, but answers ok, so it never comes again."""

    costs = "answers ok to what it refuses, and loses it"
    verdict = "lost an order"

    def take(self, data: dict[str, str]) -> None:
        if not self.is_new(data.get("order_id")):
            super().take(data)


class PaidAgainShop(Shop):
    """Sets the state of every news of the money, so a repetition makes a refunded order paid again."""

    costs = "a refunded order is paid again when the paid notification is repeated"
    verdict = "lost money"

    def take_money(self, order: Order) -> None:
        is_known = order.is_paid
        super().take_money(order)
        if is_known:
            order.state = "paid"


class RefundAgainShop(Shop):
    """Counts a refund whenever it hears of it, so two notifications of the half are a whole refund."""

    costs = "counts a partial refund twice when its notification comes again"
    verdict = "lost money"

    def take_refund(self, order: Order, data: dict[str, str]) -> None:
        again = f"{data.get('refund_id')} {len(order.refunds)}"
        super().take_refund(order, {**data, "refund_id": again})


SHOPS: tuple[type[Shop], ...] = (
    ShipsAgainShop, RaceShop, SeenBeforeVerifiedShop, SeenBeforeDoneShop, FailsOnceShop, AckThenCrashShop,
    OkWhenBusyShop, PaidAgainShop, RefundAgainShop,
)  # fmt: skip
