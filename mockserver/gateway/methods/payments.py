"""Methods that create payments in a wallet, without a page (protocol.md 3.4 to 3.10)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from mockserver import identity
from mockserver.domain.calendar import seconds_text
from mockserver.domain.payments.serialization import SETTLEMENT_FIELDS, as_settlement
from mockserver.domain.wallets import ALIPAY, WECHAT, wallet_of
from mockserver.evidence import DataField, Fact, fields_inside
from mockserver.gateway import parameters
from mockserver.gateway.errors import PayMethodUnsupported, RuleBroken, quoted
from mockserver.gateway.method import Call, Method, MethodResult
from mockserver.gateway.methods.creating import (
    ONLINE_ORDER,
    ORDER,
    create,
    created,
    page_of,
)
from mockserver.texts import message

if TYPE_CHECKING:
    from mockserver.domain.payments.payment import Payment


_PARAMETERS = DataField("parameters", "object", "what the wallet needs; hand it on as it is", "SEED, 3.4, 3.5, 3.8")
_ALIPAY_MINI_FIELDS = (
    _PARAMETERS,
    DataField("parameters.transaction_id", "text", "what a mini program passes to my.crossPay as paymentUrl", "6: C12"),
)
_WECHAT_MINI_FIELDS = (
    *SETTLEMENT_FIELDS[:3],
    _PARAMETERS,
    *fields_inside(
        "parameters",
        (
            DataField("timeStamp", "Unix time", "parameter of wx.requestPayment", "3.4, C8"),
            DataField("nonceStr", "text", "parameter of wx.requestPayment", "3.4, C8"),
            DataField("package", "text", "parameter of wx.requestPayment", "3.4, C8"),
            DataField("signType", "text", "parameter of wx.requestPayment", "3.4, C8"),
            DataField("paySign", "text", "parameter of wx.requestPayment", "3.4, C8"),
        ),
    ),
)
_WECHAT_APP_FIELDS = (
    _PARAMETERS,
    *fields_inside(
        "parameters",
        (
            DataField("appid", "text", "the sub_app_id of the request", "3.5, C5"),
            DataField("partnerid", "digits", "parameter of the WeChat SDK", "3.5, C5"),
            DataField("noncestr", "text", "parameter of the WeChat SDK", "3.5, C5"),
            DataField("package", "text", "parameter of the WeChat SDK", "3.5, C5"),
            DataField("prepayid", "text", "parameter of the WeChat SDK", "3.5, C5"),
            DataField("timestamp", "Unix time", "parameter of the WeChat SDK", "3.5, C5"),
            DataField("sign", "text", "parameter of the WeChat SDK", "3.5, C5"),
        ),
    ),
)
_ALIPAY_APP_FIELDS = (
    _PARAMETERS,
    DataField("parameters.pay_url", "address", "address that your app opens to start the wallet", "3.8, C6"),
)


def _mini_program_parameters(call: Call, payment: Payment) -> dict[str, Any]:
    return {"parameters": {"transaction_id": identity.mini_program_transaction_id(call.account.seed, payment.number)}}


def _wechat_mini_program_parameters(call: Call, payment: Payment) -> dict[str, Any]:
    """The parameters of `wx.requestPayment` in a WeChat mini program, and the settlement."""
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
    """The URL that an app opens to pay with Alipay; only the wallet's app supports its scheme."""
    page = quote(page_of(call, payment), safe="")
    return {"parameters": {"pay_url": f"alipays://platformapi/startapp?appId=20000067&url={page}"}}


def _pay_by_barcode(call: Call) -> MethodResult:
    """Create a payment by the barcode on the payer's phone; the barcode determines the wallet."""
    auth_code = call.sent["auth_code"]
    wallet = wallet_of(auth_code)
    named = call.sent.get("sub_pay_method", wallet)
    if wallet is None or named != wallet:
        template = message("The auth_code {value} belongs to {wallet}.")
        if wallet is None:
            template = message("The auth_code {value} belongs to no wallet.")
        raise PayMethodUnsupported(
            template.format(value=quoted(auth_code), wallet=wallet),
            fields=("auth_code",),
        )
    named_call = call._replace(sent={**call.sent, "sub_pay_method": wallet})
    return create(named_call)


def _get_sub_pay(call: Call) -> MethodResult:
    auth_code = call.sent["auth_code"]
    wallet = wallet_of(auth_code)
    if wallet is None:
        raise RuleBroken(
            message("No wallet has an auth_code such as {value}.").format(value=quoted(auth_code)), field="auth_code"
        )
    return MethodResult({"auth_code": auth_code, "sub_pay_method": wallet}, "", "")


_NOTIFY_URL_OR_EMPTY = parameters.NOTIFY_URL._replace(may_be_empty=True)

METHODS = (
    Method(
        name="v3.CreatePaymentsAlipayMiniPay",
        summary="Creates a payment in an Alipay mini program; only for the Alipay wallet of China.",
        source="SEED, 3.8",
        fields=(*ONLINE_ORDER, parameters.SUB_PAY_METHOD_TYPE, parameters.REDIRECT_URL),
        handle=partial(create, answer_parts=_mini_program_parameters),
        answer=created(*_ALIPAY_MINI_FIELDS),
        reference="order_id",
        pay_methods=("online",),
        wallets=(ALIPAY,),
    ),
    Method(
        name="v3.CreatePaymentsWechatMiniPay",
        summary="Creates a payment in a WeChat mini program.",
        source="3.4",
        fields=(*ONLINE_ORDER[:-1], _NOTIFY_URL_OR_EMPTY, parameters.SUB_APP_ID, parameters.SUB_OPEN_ID),
        handle=partial(create, answer_parts=_wechat_mini_program_parameters),
        answer=created(*_WECHAT_MINI_FIELDS),
        reference="order_id",
        pay_methods=("online",),
        wallets=(WECHAT,),
    ),
    Method(
        name="v3.CreatePaymentsWechatAPPPay",
        summary="Creates a payment with WeChat in the merchant's app.",
        source="3.5",
        fields=(*ONLINE_ORDER, parameters.REDIRECT_URL, parameters.SUB_APP_ID),
        handle=partial(create, answer_parts=_wechat_app_parameters),
        answer=created(*_WECHAT_APP_FIELDS),
        reference="order_id",
        pay_methods=("online",),
        wallets=(WECHAT,),
    ),
    Method(
        name="v3.CreatePaymentsAlipayAppPay",
        summary="Creates a payment with Alipay in the merchant's app.",
        source="3.8",
        fields=(*ONLINE_ORDER, parameters.OS_TYPE, parameters.SUB_PAY_METHOD_TYPE, parameters.REDIRECT_URL),
        handle=partial(create, answer_parts=_alipay_app_parameters),
        answer=created(*_ALIPAY_APP_FIELDS),
        reference="order_id",
        pay_methods=("online",),
        wallets=(ALIPAY,),
    ),
    Method(
        name="v3.BarcodePayment",
        summary="Creates a payment in a shop: the cashier scans the barcode on the payer's phone.",
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
        answer=created(),
        reference="order_id",
        pay_methods=("offline",),
        wallets=(WECHAT, ALIPAY),
    ),
    Method(
        name="v3.GetSubPay",
        summary="Returns the wallet of a payer's barcode.",
        source="3.10",
        fields=(parameters.AUTH_CODE,),
        handle=_get_sub_pay,
        answer=(
            DataField("auth_code", "digits", "the auth_code of the request", "3.10"),
            DataField("sub_pay_method", "text", "the wallet of the barcode: WeChat Pay or Alipay", "3.10"),
        ),
    ),
)

EVIDENCE = (
    Fact("v3.CreatePaymentsWechatMiniPay", "Its fields.", "documented", "3.4"),
    Fact("v3.CreatePaymentsWechatMiniPay", "The keys of its answer and of parameters.", "client", "3.4, C8"),
    Fact("v3.CreatePaymentsWechatAPPPay", "Its fields.", "documented", "3.5"),
    Fact("v3.CreatePaymentsWechatAPPPay", "The keys of parameters.", "client", "3.5, C5"),
    Fact(
        "v3.BarcodePayment",
        "Its fields; without sub_pay_method, the auth_code determines the wallet.",
        "documented",
        "3.9",
    ),
    Fact(
        "v3.BarcodePayment",
        "Answers with processing and the common keys; an auth_code of another or no wallet is -4011.",
        "assumed",
        "3.9 UNSEEN",
    ),
    Fact("v3.GetSubPay", "Its fields and its answer.", "documented", "3.10"),
    Fact("v3.GetSubPay", "An auth_code of no wallet is -1000 with a message.", "assumed", "3.10 UNSEEN"),
    Fact("v3.CreatePaymentsAlipayMiniPay", "Its fields and the keys of its answer.", "documented", "SEED"),
    Fact("v3.CreatePaymentsAlipayMiniPay", "The answer has the amount as it was sent, as text.", "documented", "SEED"),
    Fact("v3.CreatePaymentsAlipayAppPay", "Its fields; os_type is android or ios.", "documented", "3.8"),
    Fact("v3.CreatePaymentsAlipayAppPay", "Answers with parameters.pay_url.", "client", "3.8, C6"),
)
