"""What answers and notifications say of a payment in the same words: all of it text (protocol.md 3.14, 4.1, 5.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mockserver import identity
from mockserver.payments.money import SETTLEMENT_CURRENCY, amount_text, convert, exchange_rate

if TYPE_CHECKING:
    from mockserver.payments.payment import Payment


def seconds_text(instant: int | None) -> str:
    """An instant as Unix seconds; empty when it has not come."""
    return "" if instant is None else str(instant // 1000)


def order(payment: Payment) -> dict[str, str]:
    """What the merchant asked for."""
    return {
        "trade_id": payment.trade_id,
        "order_id": payment.order_id,
        "pay_method": payment.pay_method,
        "sub_pay_method": payment.sub_pay_method,
        "amount": amount_text(payment.amount),
        "tip_amount": amount_text(payment.tip),
        "currency": payment.currency,
        "description": payment.description,
        "demo": payment.demo,
    }


def settlement(payment: Payment) -> dict[str, str]:
    """What the merchant is credited, and at which rate."""
    return {
        "settlement_amount": amount_text(convert(payment.amount, payment.currency, SETTLEMENT_CURRENCY)),
        "settlement_currency": SETTLEMENT_CURRENCY,
        "exchange_rate": exchange_rate(payment.currency),
        "amount_cny": amount_text(convert(payment.amount, payment.currency, "CNY")),
    }


def progress(payment: Payment, seed: str) -> dict[str, str]:
    """How far it has come: state, times, and the numbers that wallet and acquirer gave it once the payer had acted."""
    untouched = payment.paid_at is None and payment.state in {"pending", "processing", "expired", "cancelled"}
    number = "" if untouched else identity.wallet_transaction_id(seed, payment.number)
    return {
        "state": payment.state,
        "createDate": seconds_text(payment.created_at),
        "paid_time": seconds_text(payment.paid_at),
        "transaction_id": number,
        "acquirer_id": number,
        "yb_transaction_id": identity.yb_transaction_id(seed, payment.number),
    }
