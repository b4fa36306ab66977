"""Balance, payouts and clearing, for super admins (protocol.md 3.20 to 3.23)."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from mockserver import identity
from mockserver.domain.calendar import day_of, instant_at, seconds_text, utc_offset_text, years_later
from mockserver.domain.ledger import Balance, BalanceTooSmallError, DailyTotal, Movement, balance_of
from mockserver.domain.limits import cleared_until, oldest_report, oldest_transaction, report_ready_at
from mockserver.domain.money import SETTLEMENT_CURRENCY, amount_text, parse_amount
from mockserver.domain.payouts import (
    GATEWAY_NAME,
    PAYOUT,
    PAYOUT_FIELDS,
    PAYOUT_STATES,
    Payout,
    as_payout,
    begin_payout,
)
from mockserver.evidence import DataField, Fact, fields_inside, pick_fields
from mockserver.gateway import parameters
from mockserver.gateway.errors import FieldInvalid, FieldMissing, RuleBroken, quoted
from mockserver.gateway.fields import day_from, instant_of
from mockserver.gateway.method import Call, Export, Method, MethodResult
from mockserver.gateway.methods.exports import COLUMNS, standing_movements
from mockserver.gateway.methods.orders import time_range
from mockserver.scenarios.scenario import plan_transitions
from mockserver.texts import message

if TYPE_CHECKING:
    from collections.abc import Iterator

_CLEARED_AT = "001503"  # the time in the published clearing ids
_A_YEAR = 1


def _get_balance(call: Call) -> MethodResult:
    currency, seed = call.sent["currency"], call.account.seed
    balance = balance_of(call.unit, call.account) if currency == SETTLEMENT_CURRENCY else Balance(currency, 0)
    data = {
        "user": call.account.user,
        "time": int(call.time),
        "gateway_name": GATEWAY_NAME,
        "wallet_id": identity.balance_id(seed),
        "currency": currency,
        "available": amount_text(balance.available),
        "reserve": amount_text(balance.reserve),
        "usable": amount_text(balance.usable),
        "deposit": amount_text(balance.frozen),
    }
    return MethodResult(data)


def _payout(call: Call) -> MethodResult:
    sent, amount = call.sent, parse_amount(call.sent["amount"])
    if sent["currency"] != SETTLEMENT_CURRENCY:
        raise FieldInvalid(
            "currency",
            message("must be {currency}, the settlement currency of the account").format(currency=SETTLEMENT_CURRENCY),
            sent["currency"],
        )
    number = call.unit.next_number("payouts")
    payout = Payout(
        payout_id=identity.payout_id(call.account.seed, number),
        number=number,
        user=call.account.user,
        amount=amount,
        currency=sent["currency"],
        reference=sent["reference"],
        notify_url=sent.get("notify_url", ""),
        scenario=call.scenario.name,
        created_at=call.now,
        state=PAYOUT_STATES.starts[0],
        plan=plan_transitions(call.steps(), call.now, call.rules.pay_delay),
        notification_faults=call.scenario.notification_faults,
    )
    try:
        begin_payout(call.unit, call.account, payout, call.exchange)
    except BalanceTooSmallError as error:
        raise FieldInvalid(
            "amount", message("must be at most the usable balance: {error}").format(error=error)
        ) from error
    return MethodResult(as_payout(payout, int(call.time)), payout.payout_id, payout.scenario)


def _get_tradebill(call: Call) -> MethodResult:
    day = day_from(call.sent["bill_date"])
    if day is None:
        raise ValueError("bill_date has passed its rule, and is a day")
    if day < oldest_report(call.now):
        raise FieldInvalid("bill_date", message("must be within the last three months"), call.sent["bill_date"])
    if day > day_of(call.now) or call.now < report_ready_at(day):
        raise RuleBroken(
            message("The report of {value} is available from 07:00 Dutch time of the next day.").format(
                value=call.sent["bill_date"]
            ),
            field="bill_date",
        )
    totals = call.unit.group(DailyTotal, day.isoformat())
    bills = [_bill(total, day, call.account.seed) for total in totals if total.payments or total.refunds]
    return MethodResult({"tradebill": bills}, integer_code=True)


def _bill(total: DailyTotal, day: date, seed: str) -> dict[str, Any]:
    names = identity.store_names(seed)
    net = total.payment_amount - total.refund_amount - total.fees
    return {
        "time_zone": utc_offset_text(day),
        "MID": identity.merchant_id(seed),
        "merchant_name": names.merchant,
        "store_name": names.store,
        "sub_pay_method": total.sub_pay_method,
        "settlement_currency": SETTLEMENT_CURRENCY,
        "number_of_payment": total.payments,
        "payment_amount": amount_text(total.payment_amount),
        "number_of_refund": total.refunds,
        "refund_amount": amount_text(total.refund_amount),
        "merchant_cost": amount_text(total.fees),
        "settlement_amount": amount_text(net),
        "clearing_id": _clearing_id(seed, day, total.sub_pay_method),
        "bill_date": f"{day:%d-%m-%Y}",
    }


def _clearing_id(seed: str, day: date, sub_pay_method: str) -> str:
    digits = identity.clearing_digits(seed, f"clearing {day} {sub_pay_method}")
    return f"M{day + timedelta(days=1):%Y%m%d}{_CLEARED_AT}{digits}"


def _get_tradebill_info(call: Call) -> MethodResult:
    sub_pay_method = None
    if "clearing_id" in call.sent:
        total = _total_of(call, call.sent["clearing_id"])
        day = date.fromisoformat(total.day)
        sub_pay_method, since, until = total.sub_pay_method, instant_at(day), instant_at(day + timedelta(days=1)) - 1
    else:
        since, until = _asked_range(call)
    cleared = min(until, cleared_until(call.now) - 1)
    batches = standing_movements(call.open_view, since, cleared)
    around = call.rules.envelopes.success({"tradebillInfo": ["…"]}).split('"…"'.encode())
    pieces = _json_list(around, batches, sub_pay_method, call.account.seed)
    return MethodResult({}, export=Export("application/json", pieces))


def _asked_range(call: Call) -> tuple[int, int]:
    missing = [name for name in ("start_time", "end_time") if name not in call.sent]
    if missing:
        raise FieldMissing(*missing, remedy="; " + message("or send clearing_id instead.").removesuffix("."))
    since, until = time_range(call)
    if instant_of(call.sent["end_time"]) > years_later(since, _A_YEAR):
        raise FieldInvalid("start_time", message("and end_time must be at most a year apart"))
    if since < oldest_transaction(call.now):
        raise FieldInvalid("start_time", message("must be within the last seven years"))
    return since, until


def _total_of(call: Call, clearing_id: str) -> DailyTotal:
    try:
        day = date.fromisoformat(f"{clearing_id[1:5]}-{clearing_id[5:7]}-{clearing_id[7:9]}") - timedelta(days=1)
    except (ValueError, OverflowError):
        day = day_of(call.now)
    kept = day_of(oldest_transaction(call.now)) <= day < day_of(call.now) and call.now >= report_ready_at(day)
    for total in call.unit.group(DailyTotal, day.isoformat()) if kept else []:
        if _clearing_id(call.account.seed, day, total.sub_pay_method) == clearing_id:
            return total
    raise RuleBroken(
        message("There is no clearing with the clearing_id {value}.").format(value=quoted(clearing_id)),
        field="clearing_id",
    )


def _json_list(
    around: list[bytes], batches: Iterator[list[Movement]], sub_pay_method: str | None, seed: str
) -> Iterator[bytes]:
    """The envelope of a list, of two parts, written while its movements are read."""
    before, after = around
    yield before
    separator = ""
    for batch in batches:
        chosen = [movement for movement in batch if sub_pay_method in {None, movement.sub_pay_method}]
        if chosen:
            texts = [
                json.dumps(_settled(movement, seed), ensure_ascii=False, separators=(",", ":")) for movement in chosen
            ]
            yield (separator + ",".join(texts)).encode()
            separator = ","
    yield after


def _settled(movement: Movement, seed: str) -> dict[str, Any]:
    refund = movement.type == "refund"
    sign = -1 if refund else 1
    return {
        "clearing_id": _clearing_id(seed, day_of(movement.at), movement.sub_pay_method),
        "type": movement.type,
        "trade_id": movement.trade_id,
        "refund_id": movement.movement_id if refund else "",
        "order_id": movement.order_id,
        "sub_pay_method": movement.sub_pay_method,
        "transaction_id": identity.wallet_transaction_id(seed, movement.trade_number),
        "amount": amount_text(movement.amount),
        "currency": movement.currency,
        "settlement_amount": amount_text(sign * movement.settlement),
        "settlement_currency": SETTLEMENT_CURRENCY,
        "merchant_cost": amount_text(movement.fee),
        "net_amount": amount_text(sign * movement.settlement - movement.fee),
        "time": seconds_text(movement.at),
    }


_BALANCE_FIELDS = (
    *pick_fields(PAYOUT_FIELDS, ("user", "time", "gateway_name")),
    DataField("wallet_id", "text", "id of the balance", "3.20, 5.6"),
    DataField("currency", "currency", "ISO 4217 code, such as EUR", "3.20"),
    DataField("available", "amount", "available balance", "3.20"),
    DataField("reserve", "amount", "part of it that is reserved", "3.20"),
    DataField("usable", "amount", "available balance less the reserved part", "3.20"),
    DataField("deposit", "amount", "frozen balance, such as for payouts under way", "3.20"),
)
_REPORT_FIELDS = (
    DataField("tradebill", "array", "a report for each wallet", "3.22"),
    *fields_inside(
        "tradebill[]",
        (
            DataField("time_zone", "text", "GMT+1, or GMT+2 in summer", "3.22"),
            DataField("MID", "number", "MID of the account", "3.22"),
            DataField("merchant_name", "text", "name of the merchant", "3.22"),
            DataField("store_name", "text", "name of the shop", "3.22"),
            DataField("sub_pay_method", "text", "the wallet", "3.22"),
            DataField("settlement_currency", "currency", "currency that the merchant is paid in", "3.22"),
            DataField("number_of_payment", "number", "number of payments", "3.22"),
            DataField("payment_amount", "amount", "sum of the payments", "3.22"),
            DataField("number_of_refund", "number", "number of refunds", "3.22"),
            DataField("refund_amount", "amount", "sum of the refunds", "3.22"),
            DataField("merchant_cost", "amount", "sum of the fees", "3.22"),
            DataField("settlement_amount", "amount", "payments less refunds and fees", "3.22"),
            DataField("clearing_id", "text", "id of the clearing", "3.22, 5.6"),
            DataField("bill_date", "text", "day of the report, as dd-MM-yyyy", "3.22"),
        ),
    ),
)
_MOVEMENT_FIELDS = (
    DataField("tradebillInfo", "array", "the settled payments and refunds, the oldest first", "3.23"),
    *fields_inside(
        "tradebillInfo[]",
        (
            DataField("clearing_id", "text", "id of the clearing", "3.23, 5.6"),
            *(column._replace(source="3.23") for column in COLUMNS if column.name != "settlement_amount"),
            DataField(
                "settlement_amount", "amount", "amount in the settlement currency; negative for a refund", "3.23"
            ),
            DataField("net_amount", "amount", "settlement amount less the fee", "3.23"),
        ),
    ),
)

METHODS = (
    Method(
        name="v3.MerchantBalance",
        command="getBalance",
        summary="Returns the balance of the account in a currency.",
        source="3.20",
        fields=(parameters.NONCE_STRING, parameters.CURRENCY),
        handle=_get_balance,
        answer=_BALANCE_FIELDS,
        super_admin_only=True,
    ),
    Method(
        name="v3.MerchantBalance",
        command="payout",
        summary="Pays out a part of the usable balance to the merchant's bank, after approval.",
        source="3.21",
        fields=(
            parameters.NONCE_STRING, parameters.PAYOUT_AMOUNT, parameters.CURRENCY, parameters.PAYOUT_REFERENCE,
            parameters.NOTIFY_URL,
        ),
        handle=_payout,
        answer=PAYOUT_FIELDS,
        reference="reference",
        kind=PAYOUT,
        super_admin_only=True,
    ),
    Method(
        name="v3.GetTradebill",
        command="getTradebill",
        summary="Returns the clearing reports of a day, one for each wallet, from 07:00 Dutch time of the next day.",
        source="3.22",
        fields=(parameters.BILL_DATE, parameters.NONCE_STRING),
        handle=_get_tradebill,
        answer=_REPORT_FIELDS,
        super_admin_only=True,
    ),
    Method(
        name="v3.GetTradebill",
        command="getTradebillInfo",
        summary="Lists the settled payments and refunds of a clearing or a time range.",
        source="3.23",
        fields=(parameters.CLEARING_ID, parameters.SETTLED_FROM, parameters.SETTLED_TO, parameters.NONCE_STRING),
        handle=_get_tradebill_info,
        answer=_MOVEMENT_FIELDS,
        super_admin_only=True,
    ),
)  # fmt: skip

EVIDENCE = (
    Fact("command", "Accepted in both spellings, command and commond, and in any case.", "documented",
         "3.20, 7.1, 7.2"),
    Fact("finance and split", "Only for super admins.", "documented", "3.20 to 3.24"),
    Fact("finance and split", "A cashier is rejected with -1000.", "assumed", "2 UNSEEN"),
    Fact("v3.MerchantBalance", "Its fields and answers; usable is available less reserve.", "documented", "3.20, 3.21"),
    Fact("v3.MerchantBalance", "Has a balance only in the settlement currency; other currencies are 0.00.", "assumed",
         "3.20"),
    Fact("v3.GetTradebill", "The keys up to number_of_payment, and code as a number.", "documented", "3.22"),
    Fact("v3.GetTradebill", "The other keys of a report; time_zone is GMT+2 in summer; reports without movements are"
         " left out.", "assumed", "3.22 UNSEEN"),
    Fact("v3.GetTradebill", "getTradebillInfo answers tradebillInfo, an array of settled movements.", "assumed",
         "3.23 UNSEEN"),
    Fact("clearing_id", "M and 20 digits.", "documented", "5.6"),
    Fact("clearing_id", "The day after the cleared one, 001503, six digits.", "assumed", "3.23: as in both examples"),
)  # fmt: skip
