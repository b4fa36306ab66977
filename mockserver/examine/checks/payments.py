"""Checks of payments and their outcomes, and of the same notification again."""

from __future__ import annotations

from mockserver.examine.checks.expecting import (
    FORGOTTEN,
    PAID,
    PAID_OR_HELD,
    PAY,
    TAKEN,
    must_be_paid,
    must_not_be_paid,
    once,
)
from mockserver.examine.steps import HELD_ANSWER, Check, Expect, Move, Repeat, RepeatRefused, Send
from mockserver.texts import message

PAYMENTS = (
    Check(
        "right-payment", message("Payments"), message("A successful payment"),
        message("The payer pays, and the gateway sends the signed notification."),
        message("Verifies it, marks the order as paid, ships once, and answers ok."),
        message("A payer has paid and gets nothing."), "4.0, 4.1, 5.1", "store",
        (*PAY, must_be_paid(FORGOTTEN), once()),
    ),
    Check(
        "notified-while-creating", message("Payments"), message("A notification while the shop creates the order"),
        message("The payer pays at once, and the notification arrives before the answer to the shop's own request."),
        message("Has stored its order before the request, or refuses the notification until it has."),
        message("A payer has paid and gets nothing."), "4.0; 3.9: an in-store payment is paid within its request",
        "create",
        (RepeatRefused(), must_be_paid(FORGOTTEN), once()), scenario=HELD_ANSWER,
    ),
    Check(
        "answer-lost", message("Payments"), message("The answer to the shop's request is lost"),
        message("The gateway creates the payment, but the connection breaks before its answer. Later it is paid."),
        message("Finds the payment with v3.ListOrder, or sends the request again, and accepts the later notification."),
        message("A payer has paid and gets nothing."), "3.16", "create",
        (*PAY, Expect(PAID_OR_HELD, FORGOTTEN, "lost an order", lasting=False), once(PAID_OR_HELD)),
        scenario="answer-lost",
    ),
    *(
        Check(
            state, message("Payments"), title, sent, message("Ships nothing."),
            message("Goods leave the shop without payment."), "5.1", "states",
            (Move(state), Send(), must_not_be_paid()),
        )
        for state, title, sent in (
            ("declined", message("Declined"), message("The payment is declined.")),
            ("failed", message("Failed"), message("The payment fails.")),
            ("expired", message("Expired"), message("The payer does not pay in time, and the order expires.")),
            ("cancelled", message("Cancelled"), message("The payment is cancelled.")),
        )
    ),
    *(
        Check(
            f"paid-after-{state}", message("Payments"), title, sent,
            message("Takes the money: ships, holds the order for a person, or refunds."),
            message("A payer has paid and gets nothing."), "4.0, 5.1; C4 sees expired before paid", "late",
            (Move(state), Send(), Move("paid", forced=True), Send(),
             Expect(TAKEN, FORGOTTEN, "lost an order", lasting=False), once(TAKEN)),
        )
        for state, title, sent in (
            ("expired", message("Paid after it expired"),
             message("The order expires, and then the payer's money arrives after all.")),
            ("cancelled", message("Paid after it was cancelled"),
             message("The payment is cancelled, and then the payer's money arrives after all.")),
        )
    ),
    Check(
        "older-processing", message("Payments"), message("An older state arrives late"),
        message("After the paid notification, one of the earlier state processing arrives."),
        message("Stays paid: an order never goes back to an earlier state."),
        message("A paid order counts as unpaid: the payer gets nothing, or is asked to pay again."), "4.0", "states",
        (*PAY, must_be_paid(), Send(fields=lambda _order: {"state": "processing"}, needs_ok=False),
         Expect(PAID, message("The older state replaced paid: the shop's state is {state}."), "lost an order", most=1)),
    ),
    Check(
        "older-expired", message("Payments"), message("An older expiry arrives late"),
        message("The order expires and is then paid, but the notification of the expiry arrives last."),
        message("Keeps the money: an order never goes back to an earlier state."),
        message("A payer has paid and gets nothing."), "4.0; C4 sees expired before paid", "states",
        (Move("expired"), Move("paid", forced=True), Send(), must_be_paid(),
         Send(fields=lambda _order: {"state": "expired"}, needs_ok=False),
         Expect(TAKEN, message("The older state replaced paid: the shop's state is {state}."), "lost an order",
         most=1)),
    ),
    Check(
        "verify-then-paid", message("Payments"), message("Under review, then paid"),
        message("The payment is under risk review (verify), and is then paid."),
        message("Waits during the review, then ships once."),
        message("Goods leave the shop before the money is certain."),
        "4.1, 5.1", "review",
        (Move("verify"), Send(), must_not_be_paid(), *PAY, must_be_paid(FORGOTTEN), once()),
    ),
    Check(
        "verify-then-declined", message("Payments"), message("Under review, then declined"),
        message("The payment is under risk review (verify), and is then declined."), message("Ships nothing."),
        message("Goods leave the shop without payment."), "4.1, 5.1", "review",
        (Move("verify"), Send(), must_not_be_paid(), Move("declined"), Send(), must_not_be_paid()),
    ),
)  # fmt: skip

REPETITIONS = (
    Check(
        "repeated", message("Repetitions"), message("The same notification again"),
        message("The paid notification arrives a second time, with the same bytes."),
        message("Answers ok and does nothing more."), message("Goods leave the shop twice for one payment."),
        "4.0: the same notification can arrive several times", "once", (*PAY, must_be_paid(), Repeat(), once()),
    ),
    Check(
        "twice-at-once", message("Repetitions"), message("Twice at once"),
        message("Two copies of the paid notification arrive at the same moment."),
        message("Lets one wait for the other, and ships once."), message("Goods leave the shop twice for one payment."),
        "4.0: deduplicate and lock", "once", (Move("paid"), Send(copies=2), must_be_paid(), once()),
    ),
    Check(
        "ten-at-once", message("Repetitions"), message("Ten at once"),
        message("Ten copies of the paid notification arrive at the same moment."),
        message("Lets them wait for each other, and ships once."),
        message("Goods leave the shop several times for one payment."), "4.0: deduplicate and lock", "once",
        (Move("paid"), Send(copies=10), must_be_paid(), once()),
    ),
    Check(
        "ten-times", message("Repetitions"), message("Ten times"),
        message("The paid notification arrives ten times."), message("Answers ok each time, and ships once."),
        message("Goods leave the shop up to ten times for one payment."), "4.0", "once",
        (*PAY, must_be_paid(), Repeat(9), once()),
    ),
)  # fmt: skip
