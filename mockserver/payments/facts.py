"""What answers and notifications say in the same words: nearly all of it text (protocol.md 3.14, 3.19, 4, 5.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mockserver import identity
from mockserver.payments.money import SETTLEMENT_CURRENCY, amount_text, convert, exchange_rate
from mockserver.payments.refund import UNSUCCESSFUL

if TYPE_CHECKING:
    from mockserver.payments.payment import Payment
    from mockserver.payments.payout import Payout
    from mockserver.payments.refund import Refund
    from mockserver.payments.split import Split

GATEWAY_NAME = "YabandPay"
_THREE_D_SECURE_VERSION = "2.2.0"


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


def settled_amount(payment: Payment) -> int:
    """Hundredths of the settlement currency that a payment brings, before fees."""
    return convert(payment.amount, payment.currency, SETTLEMENT_CURRENCY)


def settlement(payment: Payment) -> dict[str, str]:
    """What the merchant is credited, and at which rate."""
    return {
        "settlement_amount": amount_text(settled_amount(payment)),
        "settlement_currency": SETTLEMENT_CURRENCY,
        "exchange_rate": exchange_rate(payment.currency),
        "amount_cny": amount_text(convert(payment.amount, payment.currency, "CNY")),
    }


def progress(payment: Payment, seed: str) -> dict[str, str]:
    """How far it has come: state, times, and the numbers that wallet and acquirer gave it once the payer had acted."""
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


def card(payment: Payment) -> dict[str, str]:
    """What is known of a card payment: the payer's authentication, and the token for later payments."""
    used = payment.card
    if used is None:
        return {}
    told = {}
    if used.three_d_secure:
        told = {
            "3ds_status": _authentication_status(payment),
            "3ds_trxid": used.three_d_secure_id,
            "3ds_version": _THREE_D_SECURE_VERSION,
        }
    succeeded = payment.state in {"paid", "authorized"}
    return {**told, "payment_token_object": used.token} if succeeded and used.token else told


def bank_transfer(payment: Payment, seed: str) -> dict[str, str]:
    """The account that the payer transfers to, and what to write on the transfer."""
    return {
        "account_name": "Stichting YabandPay Sandbox",
        "iban": identity.bank_account(seed),
        "bic": "SNDBNL2A",
        "reference": f"YB{payment.trade_id.replace('-', '')[:14].upper()}",
    }


def _authentication_status(payment: Payment) -> str:
    """The letter of EMV 3-D Secure: C challenge required, Y authenticated, N not authenticated."""
    challenged = payment.card is not None and payment.card.outcome == "challenged"
    if not challenged or payment.paid_at is not None or payment.authorized or payment.state == "verify":
        return "Y"
    return "C" if payment.state in {"pending", "processing", "expired", "cancelled"} else "N"


def refund(refund: Refund, payment: Payment, seed: str) -> dict[str, str | None]:
    """A refund; m_refund_id is null and notify_url the text `null` when the merchant gave none."""
    return {
        "transaction_id": identity.wallet_transaction_id(seed, payment.number),
        "refund_id": refund.refund_id,
        "m_refund_id": refund.m_refund_id or None,
        "refund_time": seconds_text(refund.created_at),
        "state": refund.state,
        "refund_amount": amount_text(refund.amount),
        "refund_currency": refund.currency,
        "refund_description": refund.description,
        "notify_url": refund.own_notify_url or "null",
        "demo": payment.demo,
        "settlement_refund_amount": amount_text(refund.settlement),
        "settlement_refund_currency": SETTLEMENT_CURRENCY,
        "merchant_cost": amount_text(0 if refund.state in UNSUCCESSFUL else refund.fee),
        "yb_transaction_id": identity.refund_transaction_id(seed, refund.number),
    }


def payout(payout: Payout, time: int) -> dict[str, Any]:
    """A payout; `time`, in seconds, is a number."""
    return {
        "user": payout.user,
        "time": time,
        "gateway_name": GATEWAY_NAME,
        "payout_id": payout.payout_id,
        "currency": payout.currency,
        "amount": amount_text(payout.amount),
        "reference": payout.reference,
        "notify_url": payout.notify_url,
        "state": payout.state,
    }


def split(split: Split, seed: str) -> dict[str, Any]:
    """A split or a return, without its receivers."""
    return {
        "user": split.user,
        "split_id": split.split_id,
        "trade_id": split.trade_id,
        "state": split.state,
        "merchant_mid": str(identity.merchant_id(seed)),
        "merchant_name": identity.store_names(seed).merchant,
        "reference_id": split.reference_id,
        "reference": split.reference,
        "split_solution_id": split.split_solution_id,
        "split_completed": int(split.split_completed),
        "created_at": seconds_text(split.created_at),
        "notify_url": split.notify_url,
        "currency": split.currency,
    }


def receivers(split: Split) -> list[dict[str, str | None]]:
    """The receivers of a split or a return, the newest detail first."""
    listed = []
    for share in reversed(split.shares):
        detail: dict[str, str | None] = {
            "merchant_mid": share.merchant_mid,
            "merchant_name": share.merchant_name,
            "detail_reference_id": share.detail_reference_id,
            "split_detail_id": share.split_detail_id,
            "split_type": split.type,
            "split_amount": amount_text(share.amount),
            "role": share.role,
            "result": share.result,
            "description": share.description,
            "error_msg": _ERRORS.get(share.result),
        }
        if share.refund_split_detail_id:
            detail["refund_split_detail_id"] = share.refund_split_detail_id
        listed.append(detail)
    return listed


_ERRORS = {"Failed": "The receiver's account refused the amount."}
