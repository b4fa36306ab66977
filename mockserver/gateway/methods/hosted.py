"""Methods that create payments with a page for the payer (protocol.md 3.1 to 3.3, 3.6 to 3.8, 3.13)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from mockserver import identity
from mockserver.domain.payments.serialization import BANK_TRANSFER_FIELDS, as_bank_transfer
from mockserver.domain.wallets import ALIPAY, BANK_TRANSFER, HOSTED, IDEAL, QR_CODE, WECHAT
from mockserver.evidence import DataField, Fact, fields_inside
from mockserver.gateway import parameters
from mockserver.gateway.method import Call, Method, MethodResult
from mockserver.gateway.methods.creating import (
    ONLINE_ORDER,
    ORDER,
    PAID_IN_WALLET,
    PAID_ON_PAGE,
    URL,
    create,
    created,
    page_of,
    use_once,
    with_page,
)

if TYPE_CHECKING:
    from mockserver.domain.payments.payment import Payment

_WECHAT_CODE = "02"
_CODE_FIELDS = (URL, DataField("qrcode", "text", "text of the QR code that you show; the same as url", "3.2, 3.3, 3.7"))
_WALLET_PAGE_FIELDS = (
    URL,
    DataField("parameters", "object", "what the wallet needs", "3.6, 3.8"),
    DataField("parameters.pay_url", "address", "the same page as url", "3.6, 3.8, C6"),
)
_BANK_FIELDS = (
    URL,
    DataField("parameters", "object", "the bank account that the payer transfers to", "3.13"),
    *fields_inside("parameters", BANK_TRANSFER_FIELDS),
)


def _code(call: Call, payment: Payment) -> dict[str, Any]:
    page = page_of(call, payment)
    return {"url": page, "qrcode": page}


def _wallet_page(call: Call, payment: Payment) -> dict[str, Any]:
    """The page for the payer's browser, under both names that clients read."""
    page = page_of(call, payment)
    return {"url": page, "parameters": {"pay_url": page}}


def _wechat_code(call: Call, payment: Payment) -> dict[str, Any]:
    code = f"weixin://wxpay/bizpayurl?pr={identity.token(call.account.seed, 'native', payment.number)[:9]}"
    return {"url": code, "qrcode": code}


def _create_native_pay(call: Call) -> MethodResult:
    if call.sent.get("url_type") == _WECHAT_CODE:
        return create(call, PAID_IN_WALLET, _wechat_code)
    return create(call, PAID_ON_PAGE, _code)


def _bank_details(call: Call, payment: Payment) -> dict[str, Any]:
    return {**with_page(call, payment), "parameters": as_bank_transfer(payment, call.account.seed)}


def _create_bank_transfer(call: Call) -> MethodResult:
    use_once(call, "request_id")
    return create(call, PAID_ON_PAGE, _bank_details)


METHODS = (
    Method(
        name="v3.CreatePayments",
        summary="Creates a payment on the gateway's page, with one wallet or, with List, the payer's choice.",
        source="3.1",
        fields=(*ONLINE_ORDER, parameters.REDIRECT_URL, parameters.BIC),
        handle=partial(create, options=PAID_ON_PAGE, answer_parts=with_page),
        answer=created(URL),
        reference="order_id",
        pay_methods=("online",),
        wallets=HOSTED,
    ),
    Method(
        name="v3.CreatePaymentsiDEALQRcode",
        summary="Creates an iDEAL QR code for a banking app.",
        source="3.2",
        fields=(
            parameters.PAY_METHOD, parameters.SUB_PAY_METHOD.optional, *ORDER, parameters.TIMEOUT,
            parameters.REDIRECT_URL, parameters.NOTIFY_URL,
        ),
        handle=partial(create, options=PAID_ON_PAGE, answer_parts=_code),
        answer=created(*_CODE_FIELDS),
        reference="order_id",
        pay_methods=("online",),
        wallets=(IDEAL,),
    ),
    Method(
        name="v3.QRcodePayment",
        summary="Creates a payment in a shop: the payer scans the merchant's QR code.",
        source="3.3",
        fields=(*ONLINE_ORDER, parameters.TIP_AMOUNT, parameters.REDIRECT_URL),
        handle=partial(create, options=PAID_ON_PAGE, answer_parts=_code),
        answer=created(*_CODE_FIELDS),
        reference="order_id",
        pay_methods=("offline",),
        wallets=(QR_CODE,),
    ),
    Method(
        name="v3.CreatePaymentsWechatH5Pay",
        summary="Creates a payment with WeChat in a phone's browser.",
        source="3.6",
        fields=(*ONLINE_ORDER, parameters.REDIRECT_URL, parameters.IP_ADDRESS),
        handle=partial(create, options=PAID_ON_PAGE, answer_parts=_wallet_page),
        answer=created(*_WALLET_PAGE_FIELDS),
        reference="order_id",
        pay_methods=("online",),
        wallets=(WECHAT,),
    ),
    Method(
        name="v3.CreateWechatNativePay",
        summary="Creates a QR code for WeChat: of the gateway's page, or with url_type 02 WeChat's own code.",
        source="3.7",
        fields=(*ORDER, parameters.URL_TYPE, parameters.TIMEOUT, parameters.NOTIFY_URL, parameters.REDIRECT_URL),
        handle=_create_native_pay,
        answer=created(*_CODE_FIELDS),
        reference="order_id",
        wallets=(WECHAT,),
    ),
    Method(
        name="v3.CreatePaymentsAlipayWap",
        summary="Creates a payment with Alipay in a phone's browser.",
        source="3.8",
        fields=(*ONLINE_ORDER, parameters.SUB_PAY_METHOD_TYPE, parameters.REDIRECT_URL),
        handle=partial(create, options=PAID_ON_PAGE, answer_parts=_wallet_page),
        answer=created(*_WALLET_PAGE_FIELDS),
        reference="order_id",
        pay_methods=("online",),
        wallets=(ALIPAY,),
    ),
    Method(
        name="v3.CreatePaymentsAlipayWeb",
        summary="Creates a payment with Alipay in a computer's browser.",
        source="3.8",
        fields=(*ONLINE_ORDER, parameters.SUB_PAY_METHOD_TYPE, parameters.REDIRECT_URL),
        handle=partial(create, options=PAID_ON_PAGE, answer_parts=_wallet_page),
        answer=created(*_WALLET_PAGE_FIELDS),
        reference="order_id",
        pay_methods=("online",),
        wallets=(ALIPAY,),
    ),
    Method(
        name="v3.BankTransfer",
        summary="Creates a payment by bank transfer to the gateway's account.",
        source="3.13",
        fields=(*ONLINE_ORDER, parameters.EMAIL, parameters.REDIRECT_URL, parameters.REQUEST_ID),
        handle=_create_bank_transfer,
        answer=created(*_BANK_FIELDS),
        reference="order_id",
        pay_methods=("online",),
        wallets=(BANK_TRANSFER,),
    ),
)  # fmt: skip

EVIDENCE = (
    Fact("v3.CreatePayments", "Its fields and the values of sub_pay_method.", "documented", "3.1"),
    Fact("v3.CreatePayments", "Answers with url and trade_id.", "client", "3.1: C1, C2, C5, C4"),
    Fact("v3.CreatePayments", "Also with order_id, amount, currency and state.", "assumed", "3.1, as SEED"),
    Fact("v3.CreatePaymentsiDEALQRcode", "Its fields.", "documented", "3.2"),
    Fact("v3.CreatePaymentsiDEALQRcode", "Answers with url and qrcode, the text of the code.", "assumed", "3.2 UNSEEN"),
    Fact("v3.QRcodePayment", "Its fields; the shop shows url.", "documented", "3.3"),
    Fact("v3.QRcodePayment", "qrcode has the same text.", "assumed", "3.3 UNSEEN"),
    Fact("v3.CreatePaymentsWechatH5Pay", "Its fields.", "documented", "3.6"),
    Fact("v3.CreatePaymentsWechatH5Pay", "Answers with url and parameters.pay_url.", "client", "3.6, C6"),
    Fact("v3.CreateWechatNativePay", "Its fields; pay_method and sub_pay_method are not among them.", "documented",
         "3.7"),
    Fact("v3.CreateWechatNativePay", "Answers with url and qrcode; WeChat's own code is paid without a payer.",
         "assumed", "3.7 UNSEEN"),
    Fact("v3.CreatePaymentsAlipayWap, v3.CreatePaymentsAlipayWeb", "Their fields.", "documented", "3.8"),
    Fact("v3.CreatePaymentsAlipayWap, v3.CreatePaymentsAlipayWeb", "Answer with url and parameters.pay_url.", "client",
         "3.8, C6"),
    Fact("v3.BankTransfer", "Its fields.", "documented", "3.13"),
    Fact("v3.BankTransfer", "Answers with url, and with name, iban, bic and reference of the bank account in"
         " parameters.", "assumed", "3.13 UNSEEN"),
)  # fmt: skip
