"""Methods that create payments which the payer makes in a wallet, without a page (protocol.md 3.4 to 3.10)."""

from __future__ import annotations

from sys import intern
from typing import TYPE_CHECKING, Any

from mockserver import identity
from mockserver.evidence import Fact
from mockserver.gateway import fields
from mockserver.gateway.errors import PayMethodUnsupported, RuleBroken
from mockserver.gateway.method import Call, Method, Outcome
from mockserver.payments import facts
from mockserver.payments.barcodes import wallet_of
from mockserver.payments.money import parse_amount
from mockserver.payments.payment import Payment
from mockserver.scenarios.scenario import plan_moves
from mockserver.schedule.moves import begin_payment

if TYPE_CHECKING:
    from collections.abc import Callable

    AnswerParts = Callable[[Call, Payment], dict[str, Any]]

_MINUTE = 60_000


def _creating(answer_parts: AnswerParts) -> Callable[[Call], Outcome]:
    """A handler that creates a payment; `answer_parts` adds what this method's answer has beside the common keys."""
    return lambda call: _create(call, answer_parts)


def _create(call: Call, answer_parts: AnswerParts) -> Outcome:
    payment = _new_payment(call)
    begin_payment(call.unit, payment, call.exchange)
    data = {
        "order_id": payment.order_id,
        "trade_id": payment.trade_id,
        "amount": call.sent["amount"],
        "currency": payment.currency,
        **answer_parts(call, payment),
        "state": payment.state,
    }
    return Outcome(data, payment.trade_id, payment.scenario)


def _new_payment(call: Call) -> Payment:
    """The payment of a call; texts that an account's payments have in common are kept once."""
    number = call.unit.next_number("payments")
    sent, now = call.sent, call.now
    timeout = fields.timeout_minutes(sent)
    return Payment(
        trade_id=identity.trade_id(call.account.seed, number),
        number=number,
        user=call.account.user,
        method=call.method,
        order_id=sent["order_id"],
        amount=parse_amount(sent["amount"]),
        tip=parse_amount(sent.get("tip_amount", "0")),
        currency=intern(sent["currency"]),
        pay_method=intern(sent.get("pay_method", "")),
        sub_pay_method=intern(sent.get("sub_pay_method", "")),
        description=intern(sent.get("description", "")),
        demo=sent.get("demo", ""),
        timeout=timeout,
        redirect_url=intern(sent.get("redirect_url", "")),
        notify_url=intern(sent.get("notify_url", "")),
        scenario=call.scenario.name,
        created_at=now,
        expires_at=now + timeout * _MINUTE,
        paid_at=None,
        state="processing",
        plan=plan_moves(call.scenario, now, call.pay_delay),
    )


def _mini_program_parameters(call: Call, payment: Payment) -> dict[str, Any]:
    """What an Alipay mini program hands to `my.tradePay`."""
    return {"parameters": {"transaction_id": identity.mini_program_transaction_id(call.account.seed, payment.number)}}


def _wechat_mini_program_parameters(call: Call, payment: Payment) -> dict[str, Any]:
    """What a WeChat mini program hands to `wx.requestPayment`, and what the merchant is credited."""
    seed, number = call.account.seed, payment.number
    credited = facts.settlement(payment)
    return {
        **{name: credited[name] for name in ("settlement_amount", "settlement_currency", "exchange_rate")},
        "parameters": {
            "timeStamp": facts.seconds_text(payment.created_at),
            "nonceStr": identity.token(seed, "nonce", number),
            "package": f"prepay_id=wx{identity.token(seed, 'prepay', number)}",
            "signType": "MD5",
            "paySign": identity.token(seed, "pay_sign", number),
        },
    }


def _wechat_app_parameters(call: Call, payment: Payment) -> dict[str, Any]:
    """What an app hands to WeChat's SDK."""
    seed, number = call.account.seed, payment.number
    return {
        "parameters": {
            "appid": call.sent["sub_app_id"],
            "partnerid": identity.partner_id(seed),
            "noncestr": identity.token(seed, "nonce", number),
            "package": "Sign=WXPay",
            "prepayid": f"wx{identity.token(seed, 'prepay', number)}",
            "timestamp": facts.seconds_text(payment.created_at),
            "sign": identity.token(seed, "pay_sign", number),
        }
    }


def _pay_by_barcode(call: Call) -> Outcome:
    """A payment by the code on the payer's phone; the wallet is found from the code when none is named."""
    auth_code = call.sent["auth_code"]
    wallet = wallet_of(auth_code)
    named = call.sent.get("sub_pay_method", wallet)
    if wallet is None or named != wallet:
        belongs = "no wallet" if wallet is None else wallet
        raise PayMethodUnsupported(f"The auth_code {fields.quoted(auth_code)} belongs to {belongs}.")
    return _create(call._replace(sent={**call.sent, "sub_pay_method": wallet}), lambda _call, _payment: {})


def _get_sub_pay(call: Call) -> Outcome:
    auth_code = call.sent["auth_code"]
    wallet = wallet_of(auth_code)
    if wallet is None:
        raise RuleBroken(f"No wallet makes an auth_code such as {fields.quoted(auth_code)}.")
    return Outcome({"auth_code": auth_code, "sub_pay_method": wallet}, "", "")


_ORDER = (fields.ORDER_ID, fields.AMOUNT, fields.CURRENCY, fields.DESCRIPTION, fields.DEMO)
_ONLINE_ORDER = (fields.PAY_METHOD, fields.SUB_PAY_METHOD, *_ORDER, fields.TIMEOUT, fields.NOTIFY_URL)

METHODS = (
    Method(
        name="v3.CreatePaymentsAlipayMiniPay",
        summary="A payment in an Alipay mini program; for the Alipay wallet of China only.",
        source="SEED, 3.8",
        fields=(*_ONLINE_ORDER, fields.REDIRECT_URL),
        handle=_creating(_mini_program_parameters),
        pay_methods=("online",),
        wallets=("Alipay",),
    ),
    Method(
        name="v3.CreatePaymentsWechatMiniPay",
        summary="A payment in a WeChat mini program.",
        source="3.4",
        fields=(*_ONLINE_ORDER, fields.SUB_APP_ID, fields.SUB_OPEN_ID),
        handle=_creating(_wechat_mini_program_parameters),
        pay_methods=("online",),
        wallets=("WeChat Pay",),
    ),
    Method(
        name="v3.CreatePaymentsWechatAPPPay",
        summary="A payment that the merchant's app hands to WeChat.",
        source="3.5",
        fields=(*_ONLINE_ORDER, fields.REDIRECT_URL, fields.SUB_APP_ID),
        handle=_creating(_wechat_app_parameters),
        pay_methods=("online",),
        wallets=("WeChat Pay",),
    ),
    Method(
        name="v3.BarcodePayment",
        summary="A payment in a shop: the cashier scans the code on the payer's phone.",
        source="3.9",
        fields=(
            fields.PAY_METHOD,
            fields.OPTIONAL_SUB_PAY_METHOD,
            *_ORDER,
            fields.AUTH_CODE,
            fields.TIP_AMOUNT,
            fields.OPTIONAL_NOTIFY_URL,
        ),
        handle=_pay_by_barcode,
        pay_methods=("offline",),
        wallets=("WeChat Pay", "Alipay"),
    ),
    Method(
        name="v3.GetSubPay",
        summary="Which wallet a payer's code belongs to.",
        source="3.10",
        fields=(fields.AUTH_CODE,),
        handle=_get_sub_pay,
    ),
)

EVIDENCE = (
    Fact("v3.CreatePaymentsWechatMiniPay", "Its fields.", "documented", "3.4"),
    Fact("v3.CreatePaymentsWechatMiniPay", "The keys of its answer and of parameters.", "client", "3.4, C8"),
    Fact("v3.CreatePaymentsWechatAPPPay", "Its fields.", "documented", "3.5"),
    Fact("v3.CreatePaymentsWechatAPPPay", "The keys of parameters.", "client", "3.5, C5"),
    Fact(
        "v3.BarcodePayment",
        "Its fields; the wallet is found from the auth_code when none is named.",
        "documented",
        "3.9",
    ),
    Fact(
        "v3.BarcodePayment",
        "Answers as processing with the common keys; an auth_code of another wallet, or of none, is -4011.",
        "assumed",
        "3.9 UNSEEN",
    ),
    Fact("v3.GetSubPay", "Its fields and its answer.", "documented", "3.10"),
    Fact("v3.GetSubPay", "An auth_code of no wallet is -1000 with a sentence.", "assumed", "3.10 UNSEEN"),
    Fact("v3.CreatePaymentsAlipayMiniPay", "Its fields and the keys of its answer.", "documented", "SEED"),
    Fact(
        "v3.CreatePaymentsAlipayMiniPay", "The answer shows the amount as it was sent, as text.", "documented", "SEED"
    ),
    Fact("order_id", "A repeated order_id is accepted and makes a new trade.", "client", "6, C2"),
    Fact("sub_pay_method", "Compared without case, kept in its documented spelling.", "assumed", "7.11"),
    Fact("unknown fields", "Tolerated and signed, otherwise ignored.", "client", "1.5, C1"),
)
