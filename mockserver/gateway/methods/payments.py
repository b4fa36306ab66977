"""Methods that create payments which the payer makes in a wallet, without a page (protocol.md 3.4 to 3.10)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from mockserver import identity
from mockserver.domain.calendar import seconds_text
from mockserver.domain.payments.serialization import as_settlement
from mockserver.domain.wallets import ALIPAY, WECHAT, wallet_of
from mockserver.evidence import Fact
from mockserver.gateway import parameters
from mockserver.gateway.errors import PayMethodUnsupported, RuleBroken, quoted
from mockserver.gateway.method import Call, Method, MethodResult
from mockserver.gateway.methods.creating import (
    ONLINE_ORDER,
    ORDER,
    create,
    page_of,
)

if TYPE_CHECKING:
    from mockserver.domain.payments.payment import Payment


def _mini_program_parameters(call: Call, payment: Payment) -> dict[str, Any]:
    """What an Alipay mini program hands to `my.tradePay`."""
    return {"parameters": {"transaction_id": identity.mini_program_transaction_id(call.account.seed, payment.number)}}


def _wechat_mini_program_parameters(call: Call, payment: Payment) -> dict[str, Any]:
    """What a WeChat mini program hands to `wx.requestPayment`, and what the merchant is credited."""
    seed, number = call.account.seed, payment.number
    credited = as_settlement(payment)
    return {
        **{name: credited[name] for name in ("settlement_amount", "settlement_currency", "exchange_rate")},
        "parameters": {
            "timeStamp": seconds_text(payment.created_at),
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
            "timestamp": seconds_text(payment.created_at),
            "sign": identity.token(seed, "pay_sign", number),
        }
    }


def _alipay_app_parameters(call: Call, payment: Payment) -> dict[str, Any]:
    """What an app opens to pay with Alipay: an address that only the wallet's own app takes."""
    page = quote(page_of(call, payment), safe="")
    return {"parameters": {"pay_url": f"alipays://platformapi/startapp?appId=20000067&url={page}"}}


def _pay_by_barcode(call: Call) -> MethodResult:
    """A payment by the code on the payer's phone; the wallet is found from the code when none is named."""
    auth_code = call.sent["auth_code"]
    wallet = wallet_of(auth_code)
    named = call.sent.get("sub_pay_method", wallet)
    if wallet is None or named != wallet:
        belongs = "no wallet" if wallet is None else wallet
        raise PayMethodUnsupported(f"The auth_code {quoted(auth_code)} belongs to {belongs}.", fields=("auth_code",))
    named_call = call._replace(sent={**call.sent, "sub_pay_method": wallet})
    return create(named_call)


def _get_sub_pay(call: Call) -> MethodResult:
    auth_code = call.sent["auth_code"]
    wallet = wallet_of(auth_code)
    if wallet is None:
        raise RuleBroken(f"No wallet makes an auth_code such as {quoted(auth_code)}.", field="auth_code")
    return MethodResult({"auth_code": auth_code, "sub_pay_method": wallet}, "", "")


_NOTIFY_URL_OR_EMPTY = parameters.NOTIFY_URL._replace(may_be_empty=True)

METHODS = (
    Method(
        name="v3.CreatePaymentsAlipayMiniPay",
        summary="A payment in an Alipay mini program; for the Alipay wallet of China only.",
        source="SEED, 3.8",
        fields=(*ONLINE_ORDER, parameters.SUB_PAY_METHOD_TYPE, parameters.REDIRECT_URL),
        handle=partial(create, answer_parts=_mini_program_parameters),
        reference="order_id",
        pay_methods=("online",),
        wallets=(ALIPAY,),
    ),
    Method(
        name="v3.CreatePaymentsWechatMiniPay",
        summary="A payment in a WeChat mini program.",
        source="3.4",
        fields=(*ONLINE_ORDER[:-1], _NOTIFY_URL_OR_EMPTY, parameters.SUB_APP_ID, parameters.SUB_OPEN_ID),
        handle=partial(create, answer_parts=_wechat_mini_program_parameters),
        reference="order_id",
        pay_methods=("online",),
        wallets=(WECHAT,),
    ),
    Method(
        name="v3.CreatePaymentsWechatAPPPay",
        summary="A payment that the merchant's app hands to WeChat.",
        source="3.5",
        fields=(*ONLINE_ORDER, parameters.REDIRECT_URL, parameters.SUB_APP_ID),
        handle=partial(create, answer_parts=_wechat_app_parameters),
        reference="order_id",
        pay_methods=("online",),
        wallets=(WECHAT,),
    ),
    Method(
        name="v3.CreatePaymentsAlipayAppPay",
        summary="A payment that the merchant's app hands to Alipay.",
        source="3.8",
        fields=(*ONLINE_ORDER, parameters.OS_TYPE, parameters.SUB_PAY_METHOD_TYPE, parameters.REDIRECT_URL),
        handle=partial(create, answer_parts=_alipay_app_parameters),
        reference="order_id",
        pay_methods=("online",),
        wallets=(ALIPAY,),
    ),
    Method(
        name="v3.BarcodePayment",
        summary="A payment in a shop: the cashier scans the code on the payer's phone.",
        source="3.9",
        fields=(
            parameters.PAY_METHOD,
            parameters.SUB_PAY_METHOD.optional,
            *ORDER,
            parameters.AUTH_CODE,
            parameters.TIP_AMOUNT,
            parameters.NOTIFY_URL.optional,
        ),
        handle=_pay_by_barcode,
        reference="order_id",
        pay_methods=("offline",),
        wallets=(WECHAT, ALIPAY),
    ),
    Method(
        name="v3.GetSubPay",
        summary="Which wallet a payer's code belongs to.",
        source="3.10",
        fields=(parameters.AUTH_CODE,),
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
    Fact(
        "v3.CreatePaymentsAlipayAppPay", "Its fields; os_type is required, as on the newest page.", "documented", "3.8"
    ),
    Fact("v3.CreatePaymentsAlipayAppPay", "Answers with parameters.pay_url.", "client", "3.8, C6"),
)
