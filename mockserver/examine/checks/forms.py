"""Checks of the form of a notification, of other visits to the notify URL, and of the payer's browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mockserver.examine.checks.expecting import (
    AGAIN,
    ANYBODY,
    ANYTHING,
    CRASHES,
    FORGOTTEN,
    PAID_OR_HELD,
    claims_paid,
    must_be_paid,
    must_not_be_paid,
    once,
)
from mockserver.examine.steps import Browse, Check, Expect, Move, Send
from mockserver.texts import message

if TYPE_CHECKING:
    from mockserver.examine.steps import Verdict

_PUNCTUATION = ' 50% off + 1 %2B free & <b>"tea"</b> = it\'s'
_LONG = "The quick brown fox jumps over the lazy dog. " * 200
_STAYS = message("Answers with an error status of its own, and changes nothing.")
_FORGETS = message("A payer has paid and gets nothing, because the shop did not understand the notification.")
_COSTS: dict[str, Verdict] = {"form-result-data": "unsafe habit"}
FORMS = (
    Check("empty-body", message("Forms"), message("Empty body"), message("A notification without a body."), _STAYS,
          CRASHES, "4.0", "parse", (Send(genuine=False, body=""), must_not_be_paid())),
    Check("no-json", message("Forms"), message("No JSON"), message("A notification whose body is not JSON."), _STAYS,
          CRASHES, "4.0", "parse", (Send(genuine=False, defect="not JSON", fields=claims_paid), must_not_be_paid())),
    *(
        Check(name, message("Forms"), title, sent, message("Accepts it like any other."), _FORGETS, source, cure,
              (Move("paid"), send, must_be_paid(FORGOTTEN, _COSTS.get(name, "lost an order"))))
        for name, title, sent, source, cure, send in (
            ("form-result-data", message("Form field resultData"),
             message("The paid notification comes as the form field resultData."), "4.0; C1 and C4 read it", "parse",
             Send(form="resultData")),
            ("unknown-fields", message("Unknown further fields"),
             message("The paid notification has further fields that are not documented yet."),
             "1.6; 4.1 has grown from page to page", "verify",
             Send(fields=lambda _order: {"loyalty_points": "12", "zz_new_field": "new"})),
            ("fields-reordered", message("Fields in another order"),
             message("The fields of the paid notification come in another order."), "1.6: sorted by key", "verify",
             Send(reordered=True)),
            ("huge-text", message("Huge text"),
             message("The paid notification has a text of 9,000 characters, as demo if the shop sends none."), "4.1",
             "parse", Send(fields=lambda order: {"description" if order.demo else "demo": _LONG})),
            ("chinese", message("Chinese"), message("The description is Chinese."), "4.1", "verify",
             Send(fields=lambda order: {"description": f"{order.description} 茉莉花茶两盒 送礼佳品"})),
            ("emoji", message("Emoji"), message("The description has emoji."), "4.1", "verify",
             Send(fields=lambda order: {"description": f"{order.description} Tea 🍵 for two 👩‍👩‍👧"})),
            ("plus-and-percent", message("Plus and percent signs"),
             message("The description has the characters + % & = < and quotes."), "1.5, 4.0", "parse",
             Send(fields=lambda order: {"description": order.description + _PUNCTUATION})),
        )
    ),
    Check("huge-demo", message("Forms"), message("Huge demo"),
          message("A paid notification has a demo of more than 9,000 characters."),
          message("Does not fail over it. A demo that it did not send itself it may refuse."), CRASHES, "4.1", "parse",
          (Move("paid"),
           Send(fields=lambda order: {"demo": order.demo + _LONG}, needs_ok=False, repeated=False),
           Expect(ANYTHING, AGAIN, "lost money", most=1, lasting=False))),
    Check("get-on-notify-url", message("Forms"), message("GET on the notify URL"),
          message("A browser or a crawler opens the notify URL, with the state paid in the query."),
          message("Changes nothing, and does not fail."),
          ANYBODY, "4.0", "parse",
          (Browse("notify", lambda order: {
              "order_id": order.order_id, "trade_id": order.trade_id, "state": "paid", "amount": order.amount,
              "currency": order.currency}), must_not_be_paid())),
)  # fmt: skip

RETURNS = (
    Check("return-unpaid", message("Browser"), message("Return without payment"),
          message("The payer's browser comes back to the redirect URL, but nothing was paid and nothing was notified."),
          message("Believes only what is signed, or asks with v3.QueryOrder."),
          message("Payers get goods by opening an address."), "4.5; C5 queries", "return",
          (Browse("return"), must_not_be_paid())),
    Check("return-paid", message("Browser"), message("Return of a payer whose notification is lost"),
          message("The payer pays and comes back, but no notification ever arrives."),
          message("Asks with v3.QueryOrder when the payer returns, or later."),
          message("Delivery is not guaranteed: if the notification is lost, a payer has paid and gets nothing."),
          "4.0, 4.5; C5 queries", "return",
          (Move("paid"), Browse("return"),
           Expect(PAID_OR_HELD, message("The shop did not ask the gateway: its state is {state}."), "unsafe habit",
                  lasting=False))),
    Check("return-forged", message("Browser"), message("Forged return"),
          message("A browser posts a paid notification with a wrong signature to the redirect URL."),
          message("Verifies it like a notification; the order stays unpaid."), ANYBODY, "4.5; C3 verifies it", "return",
          (Send(genuine=False, fields=claims_paid, defect="wrong signature", form="resultData", to="return"),
           must_not_be_paid())),
    Check("return-first", message("Browser"), message("The browser is faster than the notification"),
          message("The payer pays and comes back before the notification arrives."), message("Ships once."),
          message("Goods leave the shop twice for one payment."), "4.5", "once",
          (Move("paid"), Browse("return"), Send(), must_be_paid(FORGOTTEN), once())),
)  # fmt: skip
