"""Methods for existing orders (protocol.md 3.14 to 3.17)."""

from __future__ import annotations

from mockserver import identity
from mockserver.domain.kinds import count_query
from mockserver.domain.ledger import FEE
from mockserver.domain.limits import cancellable_until
from mockserver.domain.money import amount_text
from mockserver.domain.payments.payment import Payment, as_queried
from mockserver.domain.payments.serialization import (
    CARD_FIELDS,
    ORDER_FIELDS,
    PAYMENT_FIELDS,
    PROGRESS_FIELDS,
    SETTLEMENT_FIELDS,
    as_card,
    as_order,
    as_progress,
    as_settlement,
)
from mockserver.domain.payments.transitions import PAYMENT
from mockserver.domain.states import IllegalTransitionError, ImpossibleTransitionError, Transition
from mockserver.domain.timeline import Event
from mockserver.domain.unit_of_work import Choice
from mockserver.evidence import DataField, Fact, always_sent, fields_inside, pick_fields
from mockserver.gateway import parameters
from mockserver.gateway.errors import FieldInvalid, RuleBroken, quoted
from mockserver.gateway.fields import USUAL_PAGE, instant_of
from mockserver.gateway.method import Call, Method, MethodResult
from mockserver.texts import message

# The keys of an answer in their published order, then those of older pages and of C7's record.
_TRANSACTION_INFO = (
    "trade_id", "merchant_name", "store_name", "cashier_name", "pay_method", "sub_pay_method", "order_id", "amount",
    "tip_amount", "currency", "settlement_amount", "settlement_currency", "exchange_rate", "description",
    "redirect_url", "notify_url", "state", "time_out", "amount_cny", "merchant_cost", "transaction_id",
    "yb_transaction_id", "acquirer_id", "createDate", "paid_time", "demo",
)  # fmt: skip
_NOT_LISTED = (
    "device_id", "origin", "store_id", "store_token", "store_mid", "gateways_id", "gateways_name", "post_description",
    "payment_fee", "partner_profit", "profit", "parnter_cost", "parner_share", "yb_cost", "cost_fixed", "cost",
    "channel_cost", "revenue", "ideal_post_email", "sub_pay_type", "is_send_customs", "customs_res", "limit_type",
    "nonce_string", "is_send_cashier", "iban", "pay_timeout", "push_status", "tran_id", "wa_transaction_id", "details",
    "qrcode_url", "pay_type", "is_round", "deleted_at", "is_refund",
)  # fmt: skip
"""Keys of C7's record, in its spelling, of which nothing but the name is known."""
_CANCELLED = (
    "type", "user", "amount", "currency", "trade_id", "description", "order_id", "createDate", "demo",
    "transaction_id", "state",
)  # fmt: skip
_REST_OF_A_SECOND = 999
_INFO_FIELDS = (
    *pick_fields(
        always_sent(
            (
                *ORDER_FIELDS,
                *SETTLEMENT_FIELDS,
                *PROGRESS_FIELDS,
                DataField("merchant_name", "text", "name of the merchant", "3.14"),
                DataField("store_name", "text", "name of the shop", "3.14"),
                DataField("cashier_name", "text", "name of the account", "3.14"),
                DataField("redirect_url", "text", "the redirect_url of the request", "3.14"),
                DataField("notify_url", "text", "the notify_url of the request", "3.14"),
                DataField("time_out", "digits", "minutes until the order expires", "3.14"),
                DataField("merchant_cost", "amount", "fee that the merchant pays", "3.14"),
            )
        ),
        _TRANSACTION_INFO,
    ),
    *CARD_FIELDS,
)
_QUERY_FIELDS = (
    DataField("transaction_info", "object", "the order; a value that does not exist yet is an empty text", "3.14"),
    *fields_inside("transaction_info", _INFO_FIELDS),
)
_LIST_FIELDS = (
    DataField("total_count", "digits", "number of orders on all pages", "3.16, C7"),
    DataField("transaction_info", "array", "the orders of the page, the oldest first", "3.16, C7"),
    *fields_inside(
        "transaction_info[]",
        (
            *_INFO_FIELDS,
            DataField("id", "digits", "number of the order in the account", "6, C7"),
            DataField("merchant_id", "digits", "MID of the account", "6, C7"),
            DataField("cashier_email", "text", "the user of the account", "6, C7"),
            DataField("type", "text", "payment", "6, C7"),
            DataField("settlement_rate", "rate", "the exchange rate", "6, C7"),
            DataField("auth_code", "text", "the auth_code of the request", "6, C7"),
            DataField("sub_app_id", "text", "the sub_app_id of the request", "6, C7"),
            DataField("sub_open_id", "text", "the sub_open_id of the request", "6, C7"),
            DataField("mid", "digits", "MID of the account", "6, C7"),
            DataField("refund_amount", "amount", "sum of the refunds that have not failed", "6, C7"),
            DataField("settlement_refund_amount", "amount", "the same sum in the settlement currency", "6, C7"),
        ),
    ),
)
_CANCELLED_FIELDS = pick_fields(always_sent(PAYMENT_FIELDS), _CANCELLED)


def order_of(call: Call) -> Payment:
    """The payment of the trade_id in a request.

    Raises:
        RuleBroken: there is no such payment.
    """
    trade_id = call.sent["trade_id"]
    payment = call.unit.get(Payment, trade_id)
    if payment is None:
        named = call.unit.group(Payment, trade_id)
        hint = f"It is the order_id of trade {named[-1].trade_id}." if named else ""
        sentence = message("There is no order with the trade_id {value}.").format(value=quoted(trade_id))
        raise RuleBroken(sentence, hint, field="trade_id", kind="unknown_order")
    return payment


def _query_order(call: Call) -> MethodResult:
    payment = order_of(call)
    count_query(call.unit, payment, call.now)
    info = _transaction_info(as_queried(payment, call.now), call.account.seed)
    return MethodResult({"transaction_info": info}, payment.trade_id, payment.scenario)


def _transaction_info(payment: Payment, seed: str) -> dict[str, str]:
    names = identity.store_names(seed)
    known = {
        **as_order(payment),
        **as_settlement(payment),
        **as_progress(payment, seed),
        "merchant_name": names.merchant,
        "store_name": names.store,
        "cashier_name": names.cashier,
        "redirect_url": payment.redirect_url,
        "notify_url": payment.notify_url,
        "time_out": str(payment.timeout),
        "merchant_cost": amount_text(FEE if payment.state == "paid" and payment.amount else 0),
    }
    return {name: known[name] for name in _TRANSACTION_INFO} | as_card(payment)


def _listed(payment: Payment, seed: str) -> dict[str, str]:
    """A record of a list: that of a query, and the further keys of C7's record that can be known."""
    info, merchant = _transaction_info(payment, seed), str(identity.merchant_id(seed))
    return {
        **info,
        "id": str(payment.number),
        "merchant_id": merchant,
        "cashier_email": payment.user,
        "type": "payment",
        "settlement_rate": info["exchange_rate"],
        "auth_code": payment.auth_code,
        "sub_app_id": payment.sub_app_id,
        "sub_open_id": payment.sub_open_id,
        "mid": merchant,
        "refund_amount": amount_text(payment.refunded.amount),
        "settlement_refund_amount": amount_text(payment.refunded.settlement),
    }


def _list_orders(call: Call) -> MethodResult:
    return _list(call, 0, call.now, call.sent.get("filter"))


def _list_orders_by_time(call: Call) -> MethodResult:
    since, until = time_range(call)
    return _list(call, since, until, call.sent.get("state"))


def time_range(call: Call) -> tuple[int, int]:
    """The instants of start_time and end_time, both included.

    Raises:
        RuleBroken: the end is before the start.
    """
    since, until = instant_of(call.sent["start_time"]), instant_of(call.sent["end_time"]) + _REST_OF_A_SECOND
    if until < since:
        raise FieldInvalid("end_time", message("must not be before start_time"))
    return since, until


def _list(call: Call, since: int, until: int, state: str | None) -> MethodResult:
    page, limit = int(call.sent.get("page", 1)), int(call.sent.get("limit", USUAL_PAGE))
    choice = Choice(since, until, state, (page - 1) * limit, limit)
    chosen = call.unit.page(Payment, choice)
    listed = [_listed(as_queried(payment, call.now), call.account.seed) for payment in chosen]
    return MethodResult({"total_count": str(call.unit.count(Payment, choice)), "transaction_info": listed})


def _cancel_payment(call: Call) -> MethodResult:
    payment = order_of(call)
    if call.now > cancellable_until(payment.created_at):
        raise RuleBroken(
            message(
                "Trade {trade_id} can no longer be cancelled: "
                "the limit is 00:30 Central European Time on the day after its creation."
            ).format(trade_id=payment.trade_id)
        )
    call.unit.add_event(Event(payment.trade_id, call.now, "request", call.exchange, call.method.name))
    try:
        cancelled = PAYMENT.transition(call.unit, call.account, payment, Transition("cancelled", call.now))
    except (IllegalTransitionError, ImpossibleTransitionError) as error:
        raise RuleBroken.because(error) from error
    known = {
        "type": "payment",
        "user": payment.user,
        **as_order(cancelled),
        **as_progress(cancelled, call.account.seed),
    }
    return MethodResult({name: known[name] for name in _CANCELLED}, payment.trade_id, payment.scenario)


METHODS = (
    Method(
        name="v3.QueryOrder",
        summary="Returns an order by its trade_id.",
        source="3.14",
        fields=(parameters.TRADE_ID,),
        handle=_query_order,
        answer=_QUERY_FIELDS,
    ),
    Method(
        name="v3.ListOrder",
        summary="Lists the account's orders in pages, oldest first.",
        source="3.16",
        fields=(parameters.PAGE, parameters.LIMIT, parameters.FILTER),
        handle=_list_orders,
        answer=_LIST_FIELDS,
    ),
    Method(
        name="v3.ListOrderByTime",
        summary="Lists the orders of a time range in pages, oldest first; a page after the last one is empty.",
        source="3.16",
        fields=(parameters.START_TIME, parameters.END_TIME, parameters.PAGE, parameters.LIMIT, parameters.STATE),
        handle=_list_orders_by_time,
        answer=_LIST_FIELDS,
    ),
    Method(
        name="v3.CancelPayment",
        summary="Cancels an unpaid, paid or authorised payment completely, until 00:30 CET of the next day.",
        source="3.17",
        fields=(parameters.TRADE_ID,),
        handle=_cancel_payment,
        answer=_CANCELLED_FIELDS,
        changes_state=True,
    ),
)

EVIDENCE = (
    Fact(
        "v3.ListOrderByTime",
        "start_time, end_time, page, limit, state; total_count as text, transaction_info as array.",
        "client",
        "3.16, C7",
    ),
    Fact(
        "v3.ListOrderByTime",
        "A record has the keys of v3.QueryOrder, then id, merchant_id, cashier_email, type, settlement_rate, auth_code,"
        " sub_app_id, sub_open_id, mid, refund_amount and settlement_refund_amount.",
        "client",
        "6, C7's record",
    ),
    Fact(
        "v3.ListOrderByTime",
        "id counts the orders; merchant_id and mid are the MID of reports; cashier_email is the user; refund_amount is"
        " the sum of all refunds that have not failed.",
        "assumed",
        "6, C7's record has the names only; 3.14 and 7.19: cashier_email",
    ),
    Fact(
        "v3.ListOrderByTime",
        f"Not in a record, as only the names are known: {', '.join(_NOT_LISTED)}.",
        "assumed",
        "6, C7's record",
    ),
    Fact("v3.ListOrder", "page, limit, filter.", "client", "3.16, C7"),
    Fact("v3.ListOrder", "The answer is that of v3.ListOrderByTime.", "assumed", "3.16"),
    Fact(
        "v3.ListOrder, v3.ListOrderByTime",
        "Oldest first, by time of creation; an end before the start is -1000.",
        "assumed",
        "3.16 UNSEEN",
    ),
    Fact("v3.CancelPayment", "The keys of its answer, as on the newest page.", "documented", "3.17"),
    Fact("v3.CancelPayment", "Rejected in other states or too late: -1000 with a message.", "assumed", "2 UNSEEN"),
    Fact("v3.QueryOrder", "transaction_info is an object; its keys up to transaction_id.", "documented", "3.14"),
    Fact(
        "v3.QueryOrder", "yb_transaction_id and acquirer_id follow transaction_id.", "documented", "3.14, old vintage"
    ),
    Fact("v3.QueryOrder", "createDate, paid_time and demo.", "client", "6, C7's record"),
    Fact("v3.QueryOrder", "A card payment also has its 3ds fields and its token.", "assumed", "4.1"),
    Fact("v3.QueryOrder", "Values that do not exist yet are empty texts.", "assumed", "3.14"),
)
