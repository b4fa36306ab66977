"""The further methods that are paid in a wallet: WeChat mini program and app, barcode, and whose barcode it is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from mockserver.domain.wallets import wallet_of
from tests.helpers import USER, answer, last_exchange, query, signed_call

if TYPE_CHECKING:
    from mockserver.app import Application
    from mockserver.clock import FrozenClock

# The published example requests (protocol.md 1.7 E20, E23, E32, E35); their signs belong to keys nobody knows.
WECHAT_MINI = {
    "description": "test", "timeout": "300", "pay_method": "online", "sub_pay_method": "WeChat Pay",
    "order_id": "202413271095510835", "amount": "1.23", "currency": "EUR",
    "notify_url": "https://imenuapi.yabandpay.com/api/Notify/yabandpay", "sub_app_id": "wx7a5355d3d2a904a4",
    "sub_open_id": "opilP5dyazU7pTpyps8TDc53OGyU",
}  # fmt: skip
WECHAT_APP = {
    "description": "YabandPay test", "timeout": "0", "pay_method": "online", "sub_pay_method": "WeChat Pay",
    "order_id": "202459846951635165", "amount": "0.1", "currency": "EUR",
    "notify_url": "https://www.yabandpay.com/notify", "sub_app_id": "wxc72defa5cec6dfc7",
}  # fmt: skip
BARCODE = {
    "amount": "0.1", "auth_code": "134443133735495918", "currency": "EUR", "demo": "test",
    "description": "YabandPay test", "notify_url": "https://www.yabandpay.com/notify",
    "order_id": "202488465489451317", "pay_method": "offline", "sub_pay_method": "WeChat Pay",
}  # fmt: skip
EXAMPLES = {
    "v3.CreatePaymentsWechatMiniPay": WECHAT_MINI,
    "v3.CreatePaymentsWechatAPPPay": WECHAT_APP,
    "v3.BarcodePayment": BARCODE,
}
ALIPAY_PLUS = "2893612204263667830"


def create(app: Application, method: str, **changes: Any) -> dict[str, Any]:
    data = {name: value for name, value in {**EXAMPLES[method], **changes}.items() if value is not None}
    return answer(app, signed_call(method, data))


def test_a_wechat_mini_program_gets_what_its_client_reads(app: Application) -> None:
    data = create(app, "v3.CreatePaymentsWechatMiniPay")["data"]
    assert list(data) == [
        "order_id", "trade_id", "amount", "currency", "settlement_amount", "settlement_currency", "exchange_rate",
        "parameters", "state",
    ]  # fmt: skip
    assert list(data["parameters"]) == ["timeStamp", "nonceStr", "package", "signType", "paySign"]
    assert data["parameters"]["package"].startswith("prepay_id=wx")
    assert all(isinstance(value, str) for value in data["parameters"].values())


def test_a_wechat_app_gets_what_its_client_reads(app: Application, clock: FrozenClock) -> None:
    data = create(app, "v3.CreatePaymentsWechatAPPPay")["data"]
    assert list(data) == ["order_id", "trade_id", "amount", "currency", "parameters", "state"]
    parameters = data["parameters"]
    assert list(parameters) == ["appid", "partnerid", "noncestr", "package", "prepayid", "timestamp", "sign"]
    assert (parameters["appid"], parameters["timestamp"]) == ("wxc72defa5cec6dfc7", str(clock.now() // 1000))


@pytest.mark.parametrize(
    ("auth_code", "wallet"),
    [("134443133735495918", "WeChat Pay"), (ALIPAY_PLUS, "Alipay"), ("281234567890123456", "Alipay")],
)
@pytest.mark.parametrize("named", [True, False, ""])
def test_a_barcode_payment_finds_its_wallet(app: Application, auth_code: str, wallet: str, named: object) -> None:
    chosen = {True: wallet, False: None, "": ""}[named]
    data = create(app, "v3.BarcodePayment", auth_code=auth_code, sub_pay_method=chosen)["data"]
    info = query(app, data["trade_id"])["data"]["transaction_info"]
    assert (info["pay_method"], info["sub_pay_method"], info["state"]) == ("offline", wallet, "processing")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"auth_code": ALIPAY_PLUS}, f"The auth_code '{ALIPAY_PLUS}' belongs to Alipay."),
        ({"auth_code": "123"}, "The auth_code '123' belongs to no wallet."),
        ({"auth_code": "123", "sub_pay_method": None}, "The auth_code '123' belongs to no wallet."),
        (
            {"sub_pay_method": "UnionPay"},
            "v3.BarcodePayment supports sub_pay_method WeChat Pay or Alipay, not 'UnionPay'.",
        ),
        ({"pay_method": "online"}, "v3.BarcodePayment supports pay_method offline, not 'online'."),
    ],
)
def test_a_barcode_of_another_wallet_is_4011(app: Application, changes: dict[str, Any], reason: str) -> None:
    assert create(app, "v3.BarcodePayment", **changes)["code"] == "-4011"
    assert last_exchange(app).reason.startswith(reason)


def test_a_tip_is_shown_where_the_order_is_shown(app: Application) -> None:
    data = create(app, "v3.BarcodePayment", amount="2.1", tip_amount="0.5")["data"]
    info = query(app, data["trade_id"])["data"]["transaction_info"]
    assert (info["amount"], info["tip_amount"]) == ("2.10", "0.50")


@pytest.mark.parametrize(
    ("tip", "sentence"), [("2.11", "must not be more than the amount '2.1'"), ("x", "must be a decimal")]
)
def test_a_tip_that_cannot_be_is_1000(app: Application, tip: str, sentence: str) -> None:
    envelope = create(app, "v3.BarcodePayment", amount="2.1", tip_amount=tip)
    assert envelope["code"] == "-1000"
    assert f"tip_amount {sentence}" in envelope["message"]


def test_a_barcode_payment_without_notify_url_is_paid_in_silence(app: Application, clock: FrozenClock) -> None:
    trade_id = create(app, "v3.BarcodePayment", notify_url=None)["data"]["trade_id"]
    clock.advance(1000)
    app.worker.run_due(USER)
    assert query(app, trade_id)["data"]["transaction_info"]["state"] == "paid"
    with app.store.unit(USER) as unit:
        assert unit.notifications(trade_id) == []
    assert app.store.next_due(USER) is None


@pytest.mark.parametrize("method", EXAMPLES)
def test_each_is_paid_and_notified(app: Application, clock: FrozenClock, method: str) -> None:
    trade_id = create(app, method)["data"]["trade_id"]
    clock.advance(1000)
    app.worker.run_due(USER)
    with app.store.unit(USER) as unit:
        reported = json.loads(unit.notifications(trade_id)[0].body)["data"]
    assert (reported["state"], reported["sub_pay_method"]) == ("paid", "WeChat Pay")


@pytest.mark.parametrize(
    ("method", "field"),
    [
        ("v3.CreatePaymentsWechatMiniPay", "sub_app_id"),
        ("v3.CreatePaymentsWechatMiniPay", "sub_open_id"),
        ("v3.CreatePaymentsWechatMiniPay", "notify_url"),
        ("v3.CreatePaymentsWechatAPPPay", "sub_app_id"),
        ("v3.BarcodePayment", "auth_code"),
        ("v3.BarcodePayment", "description"),
    ],
)
def test_a_required_field_that_is_missing_is_3001(app: Application, method: str, field: str) -> None:
    assert create(app, method, **{field: None})["code"] == "-3001"
    assert last_exchange(app).reason == f"Missing or empty in data: {field}."


@pytest.mark.parametrize("method", ["v3.CreatePaymentsWechatMiniPay", "v3.CreatePaymentsWechatAPPPay"])
def test_wechats_methods_do_not_take_alipay(app: Application, method: str) -> None:
    assert create(app, method, sub_pay_method="Alipay")["code"] == "-4011"


def test_the_wallet_of_a_code_is_reported_as_documented(app: Application) -> None:
    envelope = answer(app, signed_call("v3.GetSubPay", {"auth_code": "135056725249518813"}))
    assert envelope == {
        "status": True, "code": "200", "message": "",
        "data": {"auth_code": "135056725249518813", "sub_pay_method": "WeChat Pay"},
    }  # fmt: skip


def test_the_code_of_no_wallet_is_1000(app: Application) -> None:
    envelope = answer(app, signed_call("v3.GetSubPay", {"auth_code": "999"}))
    assert (envelope["code"], envelope["message"]) == ("-1000", "No wallet has an auth_code such as '999'.")


@pytest.mark.parametrize(
    ("auth_code", "wallet"),
    [
        ("10" + "0" * 16, "WeChat Pay"), ("15" + "9" * 16, "WeChat Pay"), ("16" + "0" * 16, None), ("09" + "0" * 16, None),
        ("10" + "0" * 15, None), ("10" + "0" * 17, None), (ALIPAY_PLUS, "Alipay"), ("25" + "0" * 14, "Alipay"),
        ("30" + "0" * 22, "Alipay"), ("31" + "0" * 15, None), ("", None), ("abc", None), ("１" * 18, None),
    ],
)  # fmt: skip
def test_a_code_shows_its_wallet(auth_code: str, wallet: str | None) -> None:
    assert wallet_of(auth_code) == wallet
