"""Merchants with one mistake in comparing a genuine notification with their order."""

from __future__ import annotations

from tests.examine.shops.merchant import Order, Shop, money


class BelievesAmountShop(Shop):
    """Never compares the amount, so an order of 12.34 is paid with 0.01."""

    costs = "accepts a notification with an amount that differs from the order's"
    verdict = "lost money"

    def is_own_amount(self, order: Order, data: dict[str, str]) -> bool:  # noqa: ARG002 - that is the mistake
        return True


class WholeEurosShop(Shop):
    """Compares amounts as integers, so an order of 12.99 is paid with 12.00."""

    costs = "accepts a notification with an amount that is some cents too small"
    verdict = "lost money"

    def is_own_amount(self, order: Order, data: dict[str, str]) -> bool:
        return int(money(data.get("amount", ""))) == int(order.amount)


class BelievesCurrencyShop(Shop):
    """Never compares the currency, so an order of 12.34 euros is paid with 12.34 yen."""

    costs = "accepts a notification with a currency that differs from the order's"
    verdict = "lost money"

    def is_own_currency(self, order: Order, data: dict[str, str]) -> bool:  # noqa: ARG002 - that is the mistake
        return True


class BelievesOrderIdShop(Shop):
    """Never compares the trade, so the payment of one order pays another one too."""

    costs = "accepts a notification whose order_id names another order than its trade_id"
    verdict = "lost money"

    def is_own_trade(self, order: Order, data: dict[str, str]) -> bool:  # noqa: ARG002 - that is the mistake
        return True


class AnyStateShop(Shop):
    """Never looks at the state of a payment: for it, a notification means money."""

    costs = "takes declined, failed, expired, cancelled, processing and verify as paid"
    verdict = "lost money"

    def take_payment(self, order: Order, data: dict[str, str]) -> None:  # noqa: ARG002 - that is the mistake
        self.take_money(order)


class InventedOrderShop(Shop):
    """Makes an order of a genuine notification for an order that it does not know, and ships what nobody ordered."""

    costs = "answers ok to an unknown order and creates it out of nothing"
    verdict = "lost money"

    def take(self, data: dict[str, str]) -> None:
        order_id = data.get("order_id", "")
        with self.lock:
            if data.get("type") == "payment" and self.find(order_id) is None:
                self.store(Order(order_id, money(data.get("amount", "")), data.get("currency", "")))
            super().take(data)


class AmountAsTextShop(Shop):
    """Compares amounts as text, so the same amount written as 12.340 or 12.3 instead of 12.30 is refused."""

    costs = "refuses a right notification whose amount is written with other decimals"
    verdict = "lost an order"

    def is_own_amount(self, order: Order, data: dict[str, str]) -> bool:
        return data.get("amount") == str(order.amount)


SHOPS: tuple[type[Shop], ...] = (
    BelievesAmountShop, WholeEurosShop, BelievesCurrencyShop, BelievesOrderIdShop, AnyStateShop, InventedOrderShop,
    AmountAsTextShop,
)  # fmt: skip
