"""Methods whose payer pays on a page: their answers, their wallets, and that they wait for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mockserver.domain.wallets import HOSTED
from tests.gateway.published import CREATING
from tests.helpers import USER, last_exchange

if TYPE_CHECKING:
    from tests.helpers import Shop

PAGE = f"http://127.0.0.1:1/checkout/{USER}/"
EXAMPLES = {example.method: example.data for example in CREATING if not example.breaks}
EXAMPLES["v3.BankTransfer"] = {**EXAMPLES["v3.CreatePayments"], "sub_pay_method": "Bank Transfer", "request_id": "r1"}
EXAMPLES["v3.BankTransfer"]["amount"] = "1"
WAITING = [
    "v3.CreatePayments", "v3.CreatePaymentsiDEALQRcode", "v3.QRcodePayment", "v3.CreatePaymentsWechatH5Pay",
    "v3.CreateWechatNativePay", "v3.CreatePaymentsAlipayWap", "v3.CreatePaymentsAlipayWeb", "v3.BankTransfer",
    "v3.CreateCardPayments",
]  # fmt: skip


def create(shop: Shop, method: str, scenario: str = "", **changes: Any) -> dict[str, Any]:
    return shop.ok(method, scenario, **{**EXAMPLES[method], **changes})


@pytest.mark.parametrize("method", WAITING)
def test_a_payment_with_a_page_waits_for_its_payer_until_it_expires(shop: Shop, method: str) -> None:
    data = create(shop, method, timeout="10")
    assert data["url"] == PAGE + data["trade_id"]
    shop.pass_time(10 * 60_000 - 1)
    assert shop.state(data["trade_id"]) == "processing"
    shop.pass_time(1)
    assert shop.state(data["trade_id"]) == "expired"


@pytest.mark.parametrize("method", WAITING)
def test_a_scenario_pays_in_the_payers_place(shop: Shop, method: str) -> None:
    data = create(shop, method, "success")
    shop.pass_time(1000)
    assert shop.state(data["trade_id"]) == "paid"


@pytest.mark.parametrize(
    ("method", "parts"),
    [
        ("v3.CreatePayments", ["url"]),
        ("v3.CreatePaymentsiDEALQRcode", ["url", "qrcode"]),
        ("v3.QRcodePayment", ["url", "qrcode"]),
        ("v3.CreateWechatNativePay", ["url", "qrcode"]),
        ("v3.CreatePaymentsWechatH5Pay", ["url", "parameters"]),
        ("v3.CreatePaymentsAlipayAppPay", ["parameters"]),
        ("v3.CreatePaymentsAlipayWap", ["url", "parameters"]),
        ("v3.CreatePaymentsAlipayWeb", ["url", "parameters"]),
        ("v3.BankTransfer", ["url", "parameters"]),
    ],
)
def test_an_answer_holds_what_its_clients_read(shop: Shop, method: str, parts: list[str]) -> None:
    data = create(shop, method)
    assert list(data) == ["order_id", "trade_id", "amount", "currency", *parts, "state"]
    if "parameters" in parts and method != "v3.BankTransfer":
        address = data.get("url", "alipays://")
        assert data["parameters"]["pay_url"].startswith(address)


def test_a_bank_transfer_names_an_account_with_right_check_digits(shop: Shop) -> None:
    details = create(shop, "v3.BankTransfer")["parameters"]
    assert list(details) == ["account_name", "iban", "bic", "reference"]
    digits = "".join(str(int(letter, 36)) for letter in details["iban"][4:] + details["iban"][:4])
    assert int(digits) % 97 == 1


def test_a_request_id_is_taken_once(shop: Shop) -> None:
    create(shop, "v3.BankTransfer")
    reported = shop.refused("v3.BankTransfer", **EXAMPLES["v3.BankTransfer"])
    assert "request_id must be unique, but 'r1' was used before." in reported
    create(shop, "v3.BankTransfer", request_id="r2")


def test_a_refused_request_does_not_use_its_request_id_up(shop: Shop) -> None:
    assert "cardinfo" in shop.refused(
        "v3.CreateCardPayments", **{**EXAMPLES["v3.CreateCardPayments"], "sub_pay_method": "Card"}
    )
    create(shop, "v3.CreateCardPayments")


def test_wechats_own_code_is_opened_by_its_app_and_paid_by_itself(shop: Shop) -> None:
    data = create(shop, "v3.CreateWechatNativePay", url_type="02")
    assert data["url"].startswith("weixin://wxpay/bizpayurl?pr=")
    shop.pass_time(1000)
    assert shop.order(data["trade_id"])["sub_pay_method"] == "WeChat Pay"
    assert shop.state(data["trade_id"]) == "paid"


@pytest.mark.parametrize("wallet", [wallet.name for wallet in HOSTED])
def test_every_wallet_is_taken_in_any_case(shop: Shop, wallet: str) -> None:
    for spelling in (wallet, wallet.upper(), wallet.lower()):
        data = create(shop, "v3.CreatePayments", sub_pay_method=spelling, amount="1")
        assert shop.order(data["trade_id"])["sub_pay_method"] == wallet


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("iDeal", "iDEAL"),
        ("SOFORT/DIGITAL", "Sofort/Digital"),
        ("PAYPAL/RECURRING", "PayPal/recurring"),
        ("ESP", "EPS"),
    ],
)
def test_the_plug_ins_spellings_are_known(shop: Shop, sent: str, kept: str) -> None:
    data = create(shop, "v3.CreatePayments", sub_pay_method=sent, amount="1")
    assert shop.order(data["trade_id"])["sub_pay_method"] == kept


@pytest.mark.parametrize("wallet", ["Bitcoin", "AliPay ", "WeChatPay", "Cards HPP"])
def test_another_wallet_is_4011(shop: Shop, wallet: str) -> None:
    reported = shop.refused("v3.CreatePayments", **{**EXAMPLES["v3.CreatePayments"], "sub_pay_method": wallet})
    assert reported.startswith("-4011 Not support the payment method")


@pytest.mark.parametrize(
    ("wallet", "amount", "currency", "sentence"),
    [
        ("iDEAL", "0.99", "EUR", "amount must be at least EUR 1.00 for iDEAL, not '0.99'."),
        ("Payconiq", "0.5", "EUR", "amount must be at least EUR 1.00 for Payconiq, not '0.5'."),
        ("UnionPayWap", "0.99", "EUR", "amount must be at least EUR 1.00 for UnionPayWap"),
        ("iDEAL", "10", "CNY", "currency must be EUR for iDEAL, not 'CNY'."),
        ("PayPal", "10", "USD", "currency must be EUR for PayPal, not 'USD'."),
        ("List", "0.99", "CNY", "amount must be at least CNY 1.00"),
    ],
)
def test_a_wallets_limits_are_reported(shop: Shop, wallet: str, amount: str, currency: str, sentence: str) -> None:
    changes = {"sub_pay_method": wallet, "amount": amount, "currency": currency}
    assert sentence in shop.refused("v3.CreatePayments", **{**EXAMPLES["v3.CreatePayments"], **changes})


@pytest.mark.parametrize(("method", "placeholder"), [("v3.CreatePayments", "List"), ("v3.QRcodePayment", "QRcode")])
def test_a_choice_of_wallets_shows_the_one_that_was_paid_with(shop: Shop, method: str, placeholder: str) -> None:
    data = create(shop, method, "success", sub_pay_method=placeholder)
    assert shop.order(data["trade_id"])["sub_pay_method"] == placeholder
    shop.pass_time(1000)
    assert shop.order(data["trade_id"])["sub_pay_method"] == "WeChat Pay"
    assert shop.notified(data["trade_id"])[0]["sub_pay_method"] == "WeChat Pay"


@pytest.mark.parametrize("name", ["sub_app_id", "ip_address", "request_id"])
def test_a_methods_own_required_field_is_3001(shop: Shop, name: str) -> None:
    method = {
        "sub_app_id": "v3.CreatePaymentsWechatAPPPay",
        "ip_address": "v3.CreatePaymentsWechatH5Pay", "request_id": "v3.BankTransfer",
    }[name]  # fmt: skip
    reported = shop.refused(method, **{**EXAMPLES[method], name: None})
    assert reported == f"-3001 Required field is missing | Missing or empty in data: {name}."


@pytest.mark.parametrize("os_type", [None, ""])
def test_the_alipay_app_needs_no_os_type(shop: Shop, os_type: str | None) -> None:
    data = create(shop, "v3.CreatePaymentsAlipayAppPay", os_type=os_type)
    assert data["parameters"]["pay_url"].startswith("alipays://")


def test_os_type_is_android_or_ios(shop: Shop) -> None:
    method = "v3.CreatePaymentsAlipayAppPay"
    assert "os_type must be one of android, ios" in shop.refused(method, **{**EXAMPLES[method], "os_type": "windows"})
    assert last_exchange(shop.app).code == "-1000"
