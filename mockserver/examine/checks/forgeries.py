"""Checks of notifications that nobody may believe: forged ones, and those that fit no order."""

from __future__ import annotations

from mockserver.examine.checks.expecting import (
    ANYBODY,
    FORGOTTEN,
    PAY,
    claims_paid,
    forged,
    must_be_paid,
    must_not_be_paid,
    once,
)
from mockserver.examine.steps import Check, Send
from mockserver.texts import message

_REFUSES = message("Refuses it; the order stays unpaid.")
FORGERIES = (
    forged(
        Check("wrong-signature", message("Forgeries"), message("Wrong signature"),
              message("A paid notification of an unpaid order, correct except for its signature."), _REFUSES,
              ANYBODY, "1.4, 1.6", "verify"),
        Send(genuine=False, fields=claims_paid, defect="wrong signature"),
    ),
    forged(
        Check("missing-signature", message("Forgeries"), message("No signature"),
              message("A paid notification of an unpaid order without a signature."), _REFUSES, ANYBODY, "1.6",
              "verify"),
        Send(genuine=False, fields=claims_paid, defect="missing signature"),
    ),
    forged(
        Check("signature-true", message("Forgeries"), message("True as signature"),
              message("A paid notification whose sign is the JSON value true, which loose comparisons take for equal."),
              _REFUSES, ANYBODY, "1.6: sign is a text", "verify"),
        Send(genuine=False, fields=claims_paid, defect="true as signature"),
    ),
    forged(
        Check("signature-of-another-account", message("Forgeries"), message("Signature of another account"),
              message("A paid notification of an unpaid order, signed with the key of another account."), _REFUSES,
              message("Every merchant of the gateway can mark orders as paid."), "1.6", "verify"),
        Send(genuine=False, fields=claims_paid, defect="signature of another account"),
    ),
    forged(
        Check("another-merchants-notification", message("Forgeries"),
              message("Genuine notification of another merchant"),
              message("Another merchant's genuine notification, for an order of theirs with the same order_id."),
              _REFUSES, message("Every merchant of the gateway can mark orders as paid."), "1.2, 1.6", "verify"),
        Send(genuine=False, defect="signature of another account",
             fields=lambda order: {"state": "paid", "user": order.another_user, "trade_id": order.unknown_trade}),
    ),
    forged(
        Check("tampered-amount", message("Forgeries"), message("Tampered amount"),
              message("The signature is that of a smaller payment; the amount was changed to the order's."), _REFUSES,
              message("A payer pays a cent and raises the amount in the notification."), "1.6: signed over all of data",
              "verify"),
        Send(genuine=False, fields=lambda order: {"state": "paid", "amount": order.other_amount},
             tampered=lambda order: {"amount": order.amount}),
    ),
    forged(
        Check("tampered-currency", message("Forgeries"), message("Tampered currency"),
              message("The signature is that of a payment in another currency, changed to the order's."),
              _REFUSES, message("A payer pays in a cheaper currency."), "1.6: signed over all of data", "verify"),
        Send(genuine=False, fields=lambda order: {"state": "paid", "currency": order.other_currency},
             tampered=lambda order: {"currency": order.currency}),
    ),
    forged(
        Check("tampered-order", message("Forgeries"), message("Tampered order"),
              message("The genuine notification of another, paid order, changed to name this one."), _REFUSES,
              message("One payment marks any number of orders as paid."), "1.6: signed over all of data", "verify"),
        Send(genuine=False,
             fields=lambda order: {
                 "state": "paid", **order.unknown_ids},
             tampered=lambda order: order.ids),
    ),
    forged(
        Check("unsigned-fields", message("Forgeries"), message("Unsigned fields beside the signed ones"),
              message("A genuine notification of an expired payment, with state paid added beside the signed data."),
              _REFUSES, message("Payers mark their own orders as paid without paying."), "1.6, 4.0", "verify"),
        Send(needs_ok=False, repeated=False, fields=lambda _order: {"state": "expired"},
             defect="unsigned fields beside the data", tampered=lambda _order: {"state": "paid"}),
    ),
    Check(
        "right-after-forged", message("Forgeries"), message("The genuine one after a forged one"),
        message("A forged paid notification is refused; then the payer pays, and the genuine one arrives."),
        message("Accepts the genuine one: what was refused leaves no trace."),
        message("Anybody can keep orders from being paid, and a payer gets nothing."), "4.0", "verify",
        (Send(genuine=False, fields=claims_paid, defect="wrong signature"), must_not_be_paid(), *PAY,
         must_be_paid(FORGOTTEN), once()),
    ),
    forged(
        Check("tampered-state", message("Forgeries"), message("Tampered state"),
              message("The genuine notification of an expired payment, with the state changed to paid."), _REFUSES,
              message("Payers mark their own orders as paid without paying."), "1.6: signed over all of data",
              "verify"),
        Send(genuine=False, fields=lambda _order: {"state": "expired"},
             tampered=lambda _order: {"state": "paid"}),
    ),
)  # fmt: skip

MISMATCHES = (
    forged(
        Check("wrong-amount", message("Mismatches"), message("Another amount than the order's"),
              message("A correctly signed paid notification over a smaller amount."),
              message("Compares the amount with its own order, and does not ship."),
              message("A payer pays a cent for a full basket, for example after changing the basket in another tab."),
              "4.1", "compare"),
        Send(genuine=False, fields=lambda order: {"state": "paid", "amount": order.other_amount}),
    ),
    forged(
        Check("amount-a-cent-less", message("Mismatches"), message("A cent less than the order's amount"),
              message("A correctly signed paid notification over the amount without a cent."),
              message("Compares the amount to the cent."), message("Amounts are compared without their cents."), "4.1",
              "compare"),
        Send(genuine=False, fields=lambda order: {"state": "paid", "amount": order.a_cent_less}),
    ),
    forged(
        Check("wrong-currency", message("Mismatches"), message("Another currency than the order's"),
              message("A correctly signed paid notification in another currency."),
              message("Compares the currency with its own order, and does not ship."),
              message("A payer pays 10 CNY instead of 10 EUR."), "4.1", "compare"),
        Send(genuine=False, fields=lambda order: {"state": "paid", "currency": order.other_currency}),
    ),
    Check(
        "unknown-order", message("Mismatches"), message("Unknown order"),
        message("A correctly signed paid notification of an order that the shop does not know."),
        message("Creates no order from it, and does not answer ok, so that it is sent again."),
        message("Money without an order is forgotten, or goods leave the shop without an order."), "4.0", "unknown",
        (Send(genuine=False, fields=lambda order: {
            "state": "paid", **order.unknown_ids}),
         must_not_be_paid()._replace(of_unknown=True), must_not_be_paid()),
    ),
)  # fmt: skip
