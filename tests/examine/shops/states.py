"""Merchants with one mistake in following the states of a payment and of its refunds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.examine.shops.merchant import Order, RefusedNotification, Shop
from tests.examine.shops.right import HoldingReviewShop

if TYPE_CHECKING:
    from decimal import Decimal


class ForgetsAfterExpiryShop(Shop):
    """Answers ok to money that comes after the order has expired, and forgets it: the payer has paid for nothing."""

    costs = "forgets money that comes after expired"
    verdict = "lost an order"

    def take_money(self, order: Order) -> None:
        if order.state != "expired":
            super().take_money(order)


class ForgetsAfterCancelShop(Shop):
    """Answers ok to money that comes after the order was cancelled, and forgets it: the payer has paid for nothing."""

    costs = "forgets money that comes after cancelled"
    verdict = "lost an order"

    def take_money(self, order: Order) -> None:
        if order.state != "cancelled":
            super().take_money(order)


class RefusesLateShop(Shop):
    """Refuses money after the end of an order however often it comes, until the gateway gives up."""

    costs = "refuses money that comes after expired or cancelled, and so loses it"
    verdict = "lost an order"

    def take_money(self, order: Order) -> None:
        if order.state in {"expired", "cancelled"}:
            raise RefusedNotification("too late", 409)
        super().take_money(order)


class OlderProcessingShop(Shop):
    """Believes the newest arrival: an older processing makes a paid order open again."""

    costs = "an older processing undoes paid"
    verdict = "lost an order"

    def wait(self, order: Order, state: str) -> None:
        if state == "processing":
            order.state = "open"


class OlderExpiryShop(Shop):
    """Believes the newest arrival: an expiry that is older than the payment undoes it."""

    costs = "an older expired undoes paid"
    verdict = "lost an order"

    def end(self, order: Order, state: str) -> None:
        if state == "expired":
            order.state = state
        else:
            super().end(order, state)


class ProcessingIsPaidShop(Shop):
    """Takes processing for paid, and ships before anybody has paid."""

    costs = "takes processing as paid"
    verdict = "lost money"

    def wait(self, order: Order, state: str) -> None:
        if state == "processing":
            self.take_money(order)


class VerifyIsPaidShop(Shop):
    """Takes verify for paid, and has shipped when the review declines the payment."""

    costs = "takes verify as paid"
    verdict = "lost money"

    def wait(self, order: Order, state: str) -> None:
        if state == "verify":
            self.take_money(order)


class ReviewNeverEndsShop(HoldingReviewShop):
    """Holds an order under review, and ignores its decline, so the goods stay reserved for ever."""

    costs = "declined after verify is ignored"
    verdict = "lost an order"

    def end(self, order: Order, state: str) -> None:
        if order.state != "held":
            super().end(order, state)


class FailedIsPaidShop(Shop):
    """Takes a payment that failed for paid, as only declined, expired and cancelled are in its list of ends."""

    costs = "takes failed as paid"
    verdict = "lost money"

    def take_payment(self, order: Order, data: dict[str, str]) -> None:
        super().take_payment(order, {**data, "state": "paid"} if data["state"] == "failed" else data)


class DeclinedStaysOpenShop(Shop):
    """Ignores declined, so the order waits for its money for ever."""

    costs = "ignores declined: the order stays open"
    verdict = "lost an order"

    def take_payment(self, order: Order, data: dict[str, str]) -> None:
        if data["state"] != "declined":
            super().take_payment(order, data)


class ForgetsEarlyRefundShop(Shop):
    """Answers ok to a refund that comes before its payment, and forgets it: then it ships what was refunded."""

    costs = "forgets a refund that comes before the payment"
    verdict = "lost money"

    def take_refund(self, order: Order, data: dict[str, str]) -> None:
        if order.is_paid:
            super().take_refund(order, data)


class ForgetsRefundsShop(Shop):
    """Answers ok to every refund, and forgets it: its books keep money that went back."""

    costs = "forgets refunds"
    verdict = "lost money"

    def take_refund(self, order: Order, data: dict[str, str]) -> None:
        """Refunds are made by hand in this shop."""


class PartIsWholeShop(Shop):
    """Takes every refund for a whole one, and cancels an order of which a cup was broken."""

    costs = "takes a partial refund as a full one"
    verdict = "lost an order"

    def is_whole(self, _order: Order, _amount: Decimal) -> bool:
        return True


class LastPartShop(Shop):
    """Looks at each refund alone, so an order that was refunded in parts is never refunded."""

    costs = "partial refunds that add up to the payment never make the order refunded"
    verdict = "lost money"

    def is_whole(self, order: Order, amount: Decimal) -> bool:
        return amount >= order.amount


class RefundAboveShop(Shop):
    """Never compares a refund with the payment, and books more out than came in."""

    costs = "accepts a refund above the payment"
    verdict = "lost money"

    def can_refund(self, _order: Order, _amount: Decimal) -> bool:
        return True


class RefundFailedShop(Shop):
    """Takes every news of a refund for its success, so a refund that failed leaves a payer without money and goods."""

    costs = "takes a failed or pending refund as refunded"
    verdict = "lost an order"

    def take_refund(self, order: Order, data: dict[str, Any]) -> None:
        super().take_refund(order, {**data, "state": "refunded"})


SHOPS: tuple[type[Shop], ...] = (
    ForgetsAfterExpiryShop, ForgetsAfterCancelShop, RefusesLateShop, OlderProcessingShop, OlderExpiryShop,
    ProcessingIsPaidShop, VerifyIsPaidShop, ReviewNeverEndsShop, FailedIsPaidShop, DeclinedStaysOpenShop,
    ForgetsEarlyRefundShop, ForgetsRefundsShop, PartIsWholeShop, LastPartShop, RefundAboveShop, RefundFailedShop,
)  # fmt: skip
