"""Methods that look orders up (protocol.md 3.14 to 3.16)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mockserver import identity
from mockserver.evidence import Fact
from mockserver.gateway import fields
from mockserver.gateway.errors import RuleBroken
from mockserver.gateway.method import Call, Method, Outcome
from mockserver.notify.payload import seconds_text, settlement, transaction_numbers
from mockserver.payments.money import amount_text, convert

if TYPE_CHECKING:
    from mockserver.payments.payment import Payment

_COST = 10  # hundredths of a euro a payment costs the merchant, as in the published answer


def _query_order(call: Call) -> Outcome:
    trade_id = call.fields["trade_id"]
    payment = call.unit.payment(trade_id)
    if payment is None:
        raise RuleBroken(f"There is no order with the trade_id {fields.quoted(trade_id)}.")
    return Outcome({"transaction_info": _transaction_info(payment, call.account.seed)}, trade_id)


def _transaction_info(payment: Payment, seed: str) -> dict[str, str]:
    names = identity.store_names(seed)
    numbers = transaction_numbers(payment, seed)
    return {
        "trade_id": payment.trade_id,
        "merchant_name": names.merchant,
        "store_name": names.store,
        "cashier_name": names.cashier,
        "pay_method": payment.pay_method,
        "sub_pay_method": payment.sub_pay_method,
        "order_id": payment.order_id,
        "amount": amount_text(payment.amount),
        "tip_amount": amount_text(0),
        "currency": payment.currency,
        **settlement(payment),
        "description": payment.description,
        "redirect_url": payment.redirect_url,
        "notify_url": payment.notify_url,
        "state": payment.state,
        "time_out": str(payment.timeout),
        "amount_cny": amount_text(convert(payment.amount, payment.currency, "CNY")),
        "merchant_cost": amount_text(_COST),
        "transaction_id": numbers["transaction_id"],
        "yb_transaction_id": identity.yb_transaction_id(seed, payment.number),
        "acquirer_id": numbers["acquirer_id"],
        "createDate": seconds_text(payment.created_at),
        "paid_time": "" if payment.paid_at is None else seconds_text(payment.paid_at),
        "demo": payment.demo,
    }


METHODS = (
    Method(
        name="v3.QueryOrder",
        summary="Everything about one order, by its trade_id.",
        source="3.14",
        fields=(fields.TRADE_ID,),
        handle=_query_order,
    ),
)

EVIDENCE = (
    Fact("v3.QueryOrder", "transaction_info is an object; its keys up to transaction_id.", "documented", "3.14"),
    Fact(
        "v3.QueryOrder", "yb_transaction_id and acquirer_id follow transaction_id.", "documented", "3.14, old vintage"
    ),
    Fact("v3.QueryOrder", "createDate, paid_time and demo.", "client", "6, C7's record"),
    Fact("v3.QueryOrder", "merchant_cost is 0.10 for every payment.", "assumed", "3.14 shows 0.10"),
    Fact("v3.QueryOrder", "Values that do not exist yet are empty texts.", "assumed", "3.14"),
)
