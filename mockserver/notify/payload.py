"""What a notification says: the signed bytes for a payment's state (protocol.md 4.1)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from mockserver import identity
from mockserver.evidence import Fact
from mockserver.payments.money import SETTLEMENT_CURRENCY, amount_text, convert, exchange_rate
from mockserver.signing import sign, string_to_sign

if TYPE_CHECKING:
    from mockserver.payments.payment import Payment

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def seconds_text(instant: int) -> str:
    """An instant as answers and notifications show it: Unix seconds, as text."""
    return str(instant // 1000)


def transaction_numbers(payment: Payment, seed: str) -> dict[str, str]:
    """The numbers that wallet and acquirer give a trade; none before the payer has acted."""
    if payment.state in {"pending", "processing", "expired", "cancelled"} and payment.paid_at is None:
        return {"transaction_id": "", "acquirer_id": ""}
    number = identity.wallet_transaction_id(seed, payment.number)
    return {"transaction_id": number, "acquirer_id": number}


def payment_data(payment: Payment, seed: str) -> dict[str, str]:
    """The `data` of a notification: every documented parameter that has a value."""
    data = {
        "type": "payment",
        "user": payment.user,
        "order_id": payment.order_id,
        "trade_id": payment.trade_id,
        **transaction_numbers(payment, seed),
        "amount": amount_text(payment.amount),
        "tip_amount": amount_text(0),
        "currency": payment.currency,
        **settlement(payment),
        "settlement_rate": exchange_rate(payment.currency),
        "amount_cny": amount_text(convert(payment.amount, payment.currency, "CNY")),
        "description": payment.description,
        "createDate": seconds_text(payment.created_at),
        "state": payment.state,
        "demo": payment.demo,
        "out_trade_no": identity.out_trade_no(seed, payment.number),
        "sub_pay_method": payment.sub_pay_method,
        "pay_method": payment.pay_method,
        "paid_time": "" if payment.paid_at is None else seconds_text(payment.paid_at),
        "yb_transaction_id": identity.yb_transaction_id(seed, payment.number),
    }
    return {name: text for name, text in data.items() if text != ""}


def settlement(payment: Payment) -> dict[str, str]:
    """What the merchant is credited for a payment, and at which rate."""
    return {
        "settlement_amount": amount_text(convert(payment.amount, payment.currency, SETTLEMENT_CURRENCY)),
        "settlement_currency": SETTLEMENT_CURRENCY,
        "exchange_rate": exchange_rate(payment.currency),
    }


def signed_body(data: dict[str, str], secret_key: str) -> bytes:
    """The bytes of a notification: `{"sign": …, "data": …}`, signed over the keys of data alone."""
    return _encode({"sign": sign(string_to_sign(data), secret_key), "data": data}).encode()


EVIDENCE = (
    Fact("notification", "JSON body with sign and data, signed over the keys of data.", "documented", "1.6, 4.0, 4.1"),
    Fact("notification", "Sent on every change of state; none for the creation itself.", "documented", "4.0"),
    Fact(
        "notification",
        "Never carries an empty value, so that clients that keep and that drop empties verify it.",
        "assumed",
        "1.6, 7.5",
    ),
    Fact("notification", "`demo` is echoed byte for byte, `0` included.", "client", "6, C3"),
    Fact("notification", "transaction_id and acquirer_id appear once the payer has acted.", "assumed", "4.1"),
    Fact("notification", "Times are Unix seconds as text.", "documented", "5.6"),
)
