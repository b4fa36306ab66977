"""Checks of refunds: whole, in parts, in the wrong order, failed, and too large."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mockserver.examine.checks.expecting import (
    GIVEN_BACK,
    PAID_OR_HELD,
    PAY,
    must_be_paid,
)
from mockserver.examine.steps import Check, Expect, GiveBack, Move, Repeat, RepeatRefused, Send
from mockserver.texts import message

if TYPE_CHECKING:
    from mockserver.examine.sandbox import Order


def _tenfold(order: Order) -> str:
    return f"{float(order.amount) * 10:.2f}"


_NOT_GIVEN_BACK = message("The money went back, but the shop's state is {state}.")
REFUNDS = (
    Check(
        "refund", message("Refunds"), message("A full refund"),
        message("A paid order is refunded in full."), message("Marks the order as refunded."),
        message("Refunded goods are shipped, and the books are wrong."), "4.2, 5.2; C2 and C6 read refunded", "refunds",
        (*PAY, must_be_paid(), GiveBack("whole"), Send(about="refund"),
         Expect(GIVEN_BACK, _NOT_GIVEN_BACK, "unsafe habit", lasting=False)),
    ),
    Check(
        "partial-refunds", message("Refunds"), message("Partial refunds"),
        message("A third of a paid order is refunded, and then the rest."),
        message("Stays paid after the first, and is refunded after the second."),
        message("The payer loses goods that are still paid, or refunded goods are shipped."), "3.18, 4.2", "refunds",
        (*PAY, must_be_paid(), GiveBack("third"), Send(about="refund"),
         Expect(PAID_OR_HELD, message("After a third, the shop's state is {state}."), "lost an order"),
         GiveBack("rest"), Send(about="refund"),
         Expect(GIVEN_BACK, _NOT_GIVEN_BACK, "lost money", lasting=False, needs_refunds=True)),
    ),
    Check(
        "refund-repeated", message("Refunds"), message("A partial refund again"),
        message("Half of a paid order is refunded, and that notification arrives twice. Then the rest is refunded."),
        message("Books each refund once, by its refund_id: stays paid, and is refunded after the second."),
        message("The payer loses goods that are still paid."), "4.0, 4.2", "refunds",
        (*PAY, must_be_paid(), GiveBack("half"), Send(about="refund"), Repeat(),
         Expect(PAID_OR_HELD, message("After a half, the shop's state is {state}."), "lost an order", most=1),
         GiveBack("other half"), Send(about="refund"),
         Expect(GIVEN_BACK, _NOT_GIVEN_BACK, "lost money", lasting=False, needs_refunds=True)),
    ),
    Check(
        "refund-failed", message("Refunds"), message("A refund fails"),
        message("A refund of a paid order fails, and the gateway says so."), message("Stays paid."),
        message("The books show money that never moved, and the payer waits for it."), "5.2", "refunds",
        (*PAY, must_be_paid(), GiveBack("whole", "refund failed"), Send(about="refund"),
         Expect(PAID_OR_HELD, message("No money went back, but the shop's state is {state}."), "lost an order")),
    ),
    Check(
        "paid-again-after-refund", message("Refunds"), message("The paid notification again, after the refund"),
        message("A paid order is refunded in full, and then the paid notification arrives once more."),
        message("Stays refunded."), message("Refunded goods are shipped."), "4.0", "states",
        (*PAY, must_be_paid(), GiveBack("whole"), Send(about="refund"), Send(needs_ok=False),
         Expect(GIVEN_BACK, _NOT_GIVEN_BACK, "lost money", most=1, needs_refunds=True)),
    ),
    Check(
        "refund-before-payment", message("Refunds"), message("The refund arrives before the payment"),
        message("The order is paid and refunded in full, and the two notifications arrive in the wrong order."),
        message("Ends as refunded."), message("Refunded goods are shipped."), "4.0, 4.2", "refunds",
        (Move("paid"), GiveBack("whole"), Send(about="refund", repeated=False, needs_ok=False), Send(repeated=False),
         RepeatRefused(), Expect(GIVEN_BACK, _NOT_GIVEN_BACK, "lost money", needs_refunds=True)),
    ),
    Check(
        "refund-in-another-currency", message("Refunds"), message("A refund in another currency"),
        message("A third is refunded, but the notification names the whole amount in another currency."),
        message("Compares the currency, and books nothing."), message("The books show money that never moved."),
        "3.18: the payment's currency", "refunds",
        (*PAY, must_be_paid(), GiveBack("third"),
         Send(genuine=False, about="refund", fields=lambda order: {
             "refund_amount": order.amount, "refund_currency": order.other_currency}),
         Expect(PAID_OR_HELD, message("The shop believed the currency: its state is {state}."), "lost money",
                needs_refunds=True)),
    ),
    Check(
        "refund-above-payment", message("Refunds"), message("A refund above the payment"),
        message("A third is refunded, but the notification names ten times the order's amount."),
        message("Does not book more than was paid."), message("The books show money that never moved."), "3.18",
        "refunds",
        (*PAY, must_be_paid(), GiveBack("third"),
         Send(genuine=False, about="refund", fields=lambda order: {"refund_amount": _tenfold(order)}),
         Expect(PAID_OR_HELD, message("The shop believed the amount: its state is {state}."), "lost money",
                needs_refunds=True)),
    ),
)  # fmt: skip
