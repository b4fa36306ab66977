"""Payments in answers and notifications (protocol.md 3.14, 4.1, 5.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mockserver import identity
from mockserver.domain.calendar import seconds_text
from mockserver.domain.money import SETTLEMENT_CURRENCY, amount_text, convert, exchange_rate
from mockserver.evidence import DataField, Fact, pick_fields

if TYPE_CHECKING:
    from mockserver.domain.payments.payment import Payment

_THREE_D_SECURE_VERSION = "2.2.0"
_PAYER_ACTED, _WITH_CARD = "after the payer has acted", "if the payer was authenticated by 3-D Secure"

ORDER_FIELDS = (
    DataField("order_id", "text", "the merchant's order id", "3"),
    DataField("trade_id", "uuid", "the gateway's id of the trade", "3.14"),
    DataField("amount", "amount", "amount of the order, with two decimals", "4.1, 5.5"),
    DataField("tip_amount", "amount", "tip, included in the amount", "4.1"),
    DataField("currency", "currency", "ISO 4217 code, such as EUR", "3"),
    DataField("description", "text", "description of the goods", "3", "if the order has one"),
    DataField("demo", "text", "the demo of the request, unchanged", "4.1, 6", "if the request had one"),
    DataField("pay_method", "text", "online or offline", "4.1"),
    DataField("sub_pay_method", "text", "the wallet; the one that the payer picked, on a page with several", "4.1"),
)
SETTLEMENT_FIELDS = (
    DataField("settlement_amount", "amount", "amount in the settlement currency, before fees", "4.1"),
    DataField("settlement_currency", "currency", "currency that the merchant is paid in", "4.1"),
    DataField("exchange_rate", "rate", "amount divided by the settlement amount", "4.1"),
    DataField("amount_cny", "amount", "amount in CNY", "4.1"),
)
PROGRESS_FIELDS = (
    DataField("state", "text", "state of the payment, in lower case", "4.1, 5.1"),
    DataField("createDate", "Unix time", "time at which the order was created", "4.1, 5.6"),
    DataField("paid_time", "Unix time", "time of the payment", "4.1, 5.6", "once it is paid"),
    DataField("transaction_id", "digits", "the wallet's number of the payment", "4.1, 5.6", _PAYER_ACTED),
    DataField("acquirer_id", "digits", "the acquirer's reference number", "4.1", _PAYER_ACTED),
    DataField("yb_transaction_id", "uuid", "YabandPay's own unique id of the payment", "4.1, 5.6"),
)
CARD_FIELDS = (
    DataField(
        "3ds_status",
        "text",
        "result of 3-D Secure: Y authenticated, C challenge required, N not authenticated",
        "4.1",
        _WITH_CARD,
    ),
    DataField("3ds_trxid", "uuid", "id of the authentication", "4.1", _WITH_CARD),
    DataField("3ds_version", "text", "version of 3-D Secure", "4.1", _WITH_CARD),
    DataField(
        "payment_token_object",
        "text",
        "token for later payments with the same card",
        "3.11, 4.1",
        "if the request creates a token and the payment succeeds",
    ),
)
BANK_TRANSFER_FIELDS = (
    DataField("account_name", "text", "holder of the account that the payer transfers to", "3.13"),
    DataField("iban", "text", "number of that account", "3.13"),
    DataField("bic", "text", "bank of that account", "3.13"),
    DataField("reference", "text", "text by which the transfer is matched", "3.13"),
)  # fmt: skip

# The order is that of the published example, then of the published list.
_OF_PAYMENT = (
    "type", "user", "order_id", "trade_id", "transaction_id", "acquirer_id", "amount", "tip_amount", "currency",
    "settlement_amount", "settlement_currency", "exchange_rate", "amount_cny", "settlement_rate", "description",
    "createDate", "state", "demo", "out_trade_no", "sub_pay_method", "pay_method", "paid_time", "yb_transaction_id",
)  # fmt: skip


def as_order(payment: Payment) -> dict[str, str]:
    """The fields that the merchant sent, and the trade_id."""
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


def settled_amount(payment: Payment) -> int:
    """The amount in hundredths of the settlement currency, before fees."""
    return convert(payment.amount, payment.currency, SETTLEMENT_CURRENCY)


def as_settlement(payment: Payment) -> dict[str, str]:
    """The settlement and its exchange rate."""
    return {
        "settlement_amount": amount_text(settled_amount(payment)),
        "settlement_currency": SETTLEMENT_CURRENCY,
        "exchange_rate": exchange_rate(payment.currency),
        "amount_cny": amount_text(convert(payment.amount, payment.currency, "CNY")),
    }


def as_progress(payment: Payment, seed: str) -> dict[str, str]:
    """The state, times, and the ids of wallet and acquirer, which exist after the payer's action."""
    never_paid = payment.paid_at is None and not payment.authorized
    untouched = never_paid and payment.state in {"pending", "processing", "expired", "cancelled"}
    number = "" if untouched else identity.wallet_transaction_id(seed, payment.number)
    return {
        "state": payment.state,
        "createDate": seconds_text(payment.created_at),
        "paid_time": seconds_text(payment.paid_at),
        "transaction_id": number,
        "acquirer_id": number,
        "yb_transaction_id": identity.yb_transaction_id(seed, payment.number),
    }


def as_card(payment: Payment) -> dict[str, str]:
    """The payer's authentication and the token of a card payment."""
    used = payment.card
    if used is None:
        return {}
    known = {}
    if used.three_d_secure:
        known = {
            "3ds_status": _authentication_status(payment),
            "3ds_trxid": used.three_d_secure_id,
            "3ds_version": _THREE_D_SECURE_VERSION,
        }
    succeeded = payment.state in {"paid", "authorized"}
    return {**known, "payment_token_object": used.token} if succeeded and used.token else known


def as_bank_transfer(payment: Payment, seed: str) -> dict[str, str]:
    """The account that the payer transfers to, and the reference of the transfer."""
    return {
        "account_name": "Stichting YabandPay Sandbox",
        "iban": identity.bank_account(seed),
        "bic": "SNDBNL2A",
        "reference": f"YB{payment.trade_id.replace('-', '')[:14].upper()}",
    }


def payment_data(payment: Payment, seed: str) -> dict[str, str]:
    """The `data` of a payment's notification: all documented parameters with a value."""
    known = as_order(payment)
    known |= as_settlement(payment)
    known |= as_progress(payment, seed)
    known["type"], known["user"] = "payment", payment.user
    known["settlement_rate"] = known["exchange_rate"]
    known["out_trade_no"] = identity.out_trade_no(seed, payment.number)
    data = {name: text for name in _OF_PAYMENT if (text := known[name])}
    if payment.card is not None:
        data |= as_card(payment)
    return data


PAYMENT_FIELDS = (
    *pick_fields(
        (
            *ORDER_FIELDS, *SETTLEMENT_FIELDS, *PROGRESS_FIELDS,
            DataField("type", "text", "payment", "4.1"),
            DataField("user", "text", "UID of the account", "4.1"),
            DataField("settlement_rate", "rate", "the exchange rate", "4.1"),
            DataField("out_trade_no", "digits", "the gateway's internal order number", "4.1"),
        ),
        _OF_PAYMENT,
    ),
    *CARD_FIELDS,
)  # fmt: skip
"""The `data` of a payment's notification."""


def _authentication_status(payment: Payment) -> str:
    """The letter of EMV 3-D Secure: C challenge required, Y authenticated, N not authenticated."""
    challenged = payment.card is not None and payment.card.outcome == "challenged"
    if not challenged or payment.paid_at is not None or payment.authorized or payment.state == "verify":
        return "Y"
    return "C" if payment.state in {"pending", "processing", "expired", "cancelled"} else "N"


EVIDENCE = (
    Fact("notification", "settlement_rate is the exchange_rate; out_trade_no has 20 digits.", "assumed", "4.1"),
    Fact("notification", "transaction_id and acquirer_id are sent after the payer has acted.", "assumed", "4.1"),
    Fact("notification", "`demo` is returned unchanged, even `0`.", "client", "6, C3"),
)
