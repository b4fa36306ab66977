"""What a notification says: the signed bytes for a payment's state (protocol.md 4.1)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from mockserver import identity
from mockserver.evidence import Fact
from mockserver.payments import facts
from mockserver.payments.money import exchange_rate
from mockserver.signing import sign, string_to_sign

if TYPE_CHECKING:
    from mockserver.payments.payment import Payment

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def payment_data(payment: Payment, seed: str) -> dict[str, str]:
    """The `data` of a notification: every documented parameter that has a value."""
    data = {
        "type": "payment",
        "user": payment.user,
        **facts.order(payment),
        **facts.settlement(payment),
        "settlement_rate": exchange_rate(payment.currency),
        **facts.progress(payment, seed),
        "out_trade_no": identity.out_trade_no(seed, payment.number),
    }
    return {name: text for name, text in data.items() if text != ""}


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
