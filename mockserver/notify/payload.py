"""What a notification says: the signed bytes for a change of state (protocol.md 4.1 to 4.4)."""

from __future__ import annotations

import json
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote_plus

from mockserver import identity
from mockserver.evidence import Fact
from mockserver.payments import facts
from mockserver.payments.money import amount_text, exchange_rate
from mockserver.phpvalues import parse
from mockserver.signing import sign, string_to_sign

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mockserver.payments.payment import Payment
    from mockserver.payments.payout import Payout
    from mockserver.payments.refund import Refund
    from mockserver.payments.split import Split
    from mockserver.payments.telling import Form
    from mockserver.phpvalues import Value

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


# In the order of the published example, then of the published list.
_OF_PAYMENT = (
    "type", "user", "order_id", "trade_id", "transaction_id", "acquirer_id", "amount", "tip_amount", "currency",
    "settlement_amount", "settlement_currency", "exchange_rate", "amount_cny", "settlement_rate", "description",
    "createDate", "state", "demo", "out_trade_no", "sub_pay_method", "pay_method", "paid_time", "yb_transaction_id",
)  # fmt: skip


def payment_data(payment: Payment, seed: str) -> dict[str, Any]:
    """The `data` of a payment's notification: every documented parameter that has a value."""
    known = {
        "type": "payment",
        "user": payment.user,
        **facts.order(payment),
        **facts.settlement(payment),
        "settlement_rate": exchange_rate(payment.currency),
        **facts.progress(payment, seed),
        "out_trade_no": identity.out_trade_no(seed, payment.number),
    }
    return _with_value({name: known[name] for name in _OF_PAYMENT} | facts.card(payment))


def refund_data(refund: Refund, payment: Payment, seed: str) -> dict[str, Any]:
    """The `data` of a refund's notification: what a query tells of it, and the order that it belongs to."""
    return _with_value(
        {
            "type": "refund",
            "user": refund.user,
            "trade_id": refund.trade_id,
            "order_id": payment.order_id,
            "amount": amount_text(payment.amount),
            "currency": payment.currency,
            "pay_method": payment.pay_method,
            "sub_pay_method": payment.sub_pay_method,
            **{name: text or "" for name, text in facts.refund(refund, payment, seed).items() if name != "notify_url"},
        }
    )


def payout_data(payout: Payout, at: int) -> dict[str, Any]:
    """The `data` of a payout's notification, told at an instant; it has no type."""
    return facts.payout(payout, at // 1000)


def split_data(split: Split, seed: str) -> dict[str, Any]:
    """The `data` of the notification of a split or a return."""
    kind = "splitPayment" if split.type == "Split" else "splitRefund"
    return _with_value({**facts.split(split, seed), "receivers": facts.receivers(split), "type": kind})


def _with_value(data: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if value not in ("", None)}


def signed_body(data: dict[str, Any], secret_key: str, *, data_first: bool = False) -> bytes:
    """The bytes of a notification: `{"sign": …, "data": …}`, signed over the keys of data alone."""
    plain = all(type(value) is str for value in data.values())
    # Numbers and arrays are signed as their receiver reads them from the bytes.
    read = data if plain else cast("dict[str, Value]", parse(_encode(data).encode()))
    signature = sign(string_to_sign(read), secret_key)
    body = {"data": data, "sign": signature} if data_first else {"sign": signature, "data": data}
    return _encode(body).encode()


def encoded(body: bytes, form: Form) -> bytes:
    """The bytes of a notification as a form posts them, or percent-encoded as they are (protocol.md 4.0)."""
    if form == "json":
        return body
    text = quote_plus(body)
    return (f"resultData={text}" if form == "resultData" else text).encode()


CONTENT_TYPES: Mapping[Form, str] = MappingProxyType(
    {
        "json": "application/json",
        "resultData": "application/x-www-form-urlencoded",
        "percent-encoded": "application/x-www-form-urlencoded",
    }
)
"""How each form of a notification is announced."""

EVIDENCE = (
    Fact("notification", "As form field resultData, or percent-encoded, where a scenario says so.", "client",
         "4.0, C1, C4"),
    Fact("notification", "JSON body with sign and data, signed over the keys of data.", "documented", "1.6, 4.0, 4.1"),
    Fact("notification", "Sent on every change of state.", "documented", "4.0"),
    Fact("notification", "None for the creation of a payment, a refund or a payout.", "assumed", "4.0"),
    Fact("notification", "settlement_rate is the exchange_rate; out_trade_no has 20 digits.", "assumed", "4.1"),
    Fact("notification", "Sent for a split in its first state too.", "documented", "4.4"),
    Fact("notification", "The keys of a payout's data, before sign; no type.", "documented", "4.3"),
    Fact("notification", "The time of a payout's is when it is told.", "assumed", "4.3: later than that of 3.21"),
    Fact("notification", "The keys of a split's data and of its receivers, newest first.", "documented", "4.4"),
    Fact("notification", "The receivers of a split enter the string to sign as compact JSON.", "assumed", "1.6"),
    Fact("notification", "A refund's: what v3.QueryRefundOrder answers, with trade_id, order_id and user.", "assumed",
         "4.2 UNSEEN; C2, C4 and C6 read state, trade_id, order_id, transaction_id and m_refund_id"),
    Fact(
        "notification",
        "Never carries an empty value, so that clients that keep and that drop empties verify it.",
        "assumed",
        "1.6, 7.5",
    ),
    Fact("notification", "split_completed is 0 where an order stays open.", "documented", "3.24, 4.4"),
    Fact("notification", "`demo` is echoed byte for byte, `0` included.", "client", "6, C3"),
    Fact("notification", "transaction_id and acquirer_id appear once the payer has acted.", "assumed", "4.1"),
    Fact("notification", "Times are Unix seconds as text.", "documented", "5.6"),
)  # fmt: skip
