"""The habits of the published clients (protocol.md 6, C1 to C12), written from their description with signing of their own.

Every request here goes over HTTP, and every signature is made and checked without the product's code.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes, urlsplit

import pytest

from mockserver.gateway.hints import NOT_NOTIFIED
from tests.helpers import SECRET_KEY, USER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mockserver.clock import FrozenClock
    from mockserver.testing import Merchant, Sandbox

SHOP = {"pay_method": "online", "amount": "24.99", "currency": "EUR", "description": "Tea & cake / 分账"}


def php_text(value: Any) -> str:
    """What PHP makes of a scalar when it joins texts."""
    if isinstance(value, float):
        return f"{value:.14g}"
    return "1" if value is True else "" if value is False or value is None else str(value)


def php_sign(parameters: dict[str, Any], *, drop_empties: bool = False) -> str:
    """`ksort`, `key=value` joined by `&`, `hash_hmac`."""
    if drop_empties:
        parameters = {name: value for name, value in parameters.items() if value not in ("", "0", 0, None)}
    text = "&".join(f"{name}={php_text(parameters[name])}" for name in sorted(parameters))
    return hmac.new(SECRET_KEY.encode(), text.encode(), hashlib.sha256).hexdigest()


class Wire:
    """Posts JSON to the sandbox as curl does."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox

    def post(
        self,
        method: str,
        data: dict[str, Any],
        scenario: str = "",
        *,
        time: Any = 1732672545,
        drop_empties: bool = False,
    ) -> dict[str, Any]:
        sign = php_sign({"user": USER, "method": method, "time": time, **data}, drop_empties=drop_empties)
        body = {"user": USER, "sign": sign, "method": method, "time": time, "data": data}
        connection = http.client.HTTPConnection(urlsplit(self.sandbox.url).netloc, timeout=30)
        headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Sandbox-Scenario": scenario}
        connection.request("POST", "/Payments", json.dumps(body, ensure_ascii=False).encode(), headers)
        envelope: dict[str, Any] = json.loads(connection.getresponse().read())
        connection.close()
        return envelope


@pytest.fixture
def wire(sandbox: Sandbox) -> Iterator[Wire]:
    """The wire. No habit gets a hint, except for what is odd indeed: milliseconds, and no address to notify."""
    yield Wire(sandbox)
    with sandbox.app.store.read(USER) as view:
        hints = {hint for exchange in view.exchanges(1000) for hint in exchange.hint.splitlines()}
    assert [hint for hint in hints if " is in milliseconds; " not in hint and hint != NOT_NOTIFIED] == []


def verified(body: bytes, *, drop_empties: bool = False) -> dict[str, Any]:
    """The data of a notification, checked as the clients do."""
    received = json.loads(body.removeprefix(b"resultData="))
    data: dict[str, Any] = received["data"]
    flat = {**{name: value for name, value in data.items() if name != "3ds"}, **data.get("3ds", {})}
    assert php_sign(flat, drop_empties=drop_empties) == received["sign"]
    return data


def c1_data(merchant: Merchant, **changes: Any) -> dict[str, Any]:
    """What the official PHP library always sends."""
    return {
        **SHOP, "sub_pay_method": "iDeal", "order_id": "1001", "timeout": 0, "redirect_url": "https://shop.example/back",
        "notify_url": merchant.url, "ideal_email": "", "post_email": "", "demo": "", "cancel_url": "", **changes,
    }  # fmt: skip


@pytest.mark.parametrize(
    "wallet",
    [
        "Alipay", "WeChat Pay", "UnionPay", "UnionPay Card", "UnionPay QuickPass", "iDeal", "SOFORT/DIGITAL", "Sofort/Digital",
        "Sofort/Physical", "Bancontact", "Visa", "MasterCard", "PayPal/recurring", "PAYPAL/RECURRING", "List",
    ],
)  # fmt: skip
@pytest.mark.parametrize("amount", [24.99, 12.0, 25, "24.99"])
def test_c1_sends_floats_integers_and_signed_empties_without_a_json_content_type(
    wire: Wire, merchant: Merchant, wallet: str, amount: Any
) -> None:
    answer = wire.post("v3.CreatePayments", c1_data(merchant, sub_pay_method=wallet, amount=amount))
    assert answer["status"] is True
    assert answer["data"]["url"].startswith(f"{wire.sandbox.url}/checkout/")


def test_c1_shows_the_message_of_a_refusal_to_the_shopper(wire: Wire, merchant: Merchant) -> None:
    answer = wire.post("v3.CreatePayments", c1_data(merchant, amount="0.5"))
    assert answer["status"] is False
    assert answer["message"] == "amount must be at least EUR 1.00 for iDEAL, not '0.5'."


def test_c2_uses_an_order_id_again_and_needs_order_id_and_transaction_id(
    wire: Wire, merchant: Merchant, clock: FrozenClock
) -> None:
    wire.post("v3.CreatePayments", c1_data(merchant, timeout=1), "declined")
    again = c1_data(merchant, demo="woocomerce-yabandpay2.31.1")
    paid = wire.post("v3.CreatePayments", again, "success")
    assert paid["status"] is True
    clock.advance(2000)
    reported = {data["state"]: data for data in (verified(one.body) for one in merchant.wait_for(2))}
    assert reported["paid"]["order_id"] == reported["declined"]["order_id"] == "1001"
    assert reported["paid"]["transaction_id"]
    assert reported["paid"]["demo"] == "woocomerce-yabandpay2.31.1"


def test_c3_finds_its_order_through_the_json_text_in_demo(wire: Wire, merchant: Merchant, clock: FrozenClock) -> None:
    own = '{"magento_order_id":17,"plugin_version":"2.4.1","cancel_url":"https://shop.example/c?a=1&b=2"}'
    wire.post("v3.CreatePayments", c1_data(merchant, demo=own), "success")
    clock.advance(1000)
    data = verified(merchant.wait_for(1)[0].body)
    assert data["demo"] == own
    assert json.loads(data["demo"])["magento_order_id"] == 17


def test_c3_for_magento_2_finds_its_order_by_the_order_id(wire: Wire, merchant: Merchant, clock: FrozenClock) -> None:
    created = wire.post("v3.CreatePayments", c1_data(merchant, order_id="000000017"), "success")
    clock.advance(1000)
    data = verified(merchant.wait_for(1)[0].body)
    assert (data["order_id"], data["trade_id"]) == ("000000017", created["data"]["trade_id"])
    assert data["transaction_id"]


def test_c4_decodes_the_raw_body_and_reads_paid_time_as_a_number(
    wire: Wire, merchant: Merchant, clock: FrozenClock
) -> None:
    wire.post("v3.CreatePayments", c1_data(merchant, description="Tea"), "success")
    clock.advance(1000)
    data = verified(unquote_to_bytes(merchant.wait_for(1)[0].body))
    assert int(data["paid_time"]) == clock.now() // 1000
    assert data["trade_id"]


def test_c5_queries_on_return_and_refunds_without_a_number_of_its_own(
    wire: Wire, merchant: Merchant, clock: FrozenClock
) -> None:
    data = {**SHOP, "sub_pay_method": "WeChat Pay", "order_id": "5", "timeout": "0", "notify_url": merchant.url,
            "sub_app_id": "wx1", "sub_open_id": "o1"}  # fmt: skip
    created = wire.post("v3.CreatePaymentsWechatMiniPay", data)
    assert int(created["code"]) == 200
    assert set(created["data"]["parameters"]) == {"timeStamp", "nonceStr", "package", "signType", "paySign"}
    clock.advance(1000)
    merchant.wait_for(1)
    trade = {"trade_id": created["data"]["trade_id"]}
    assert wire.post("v3.QueryOrder", trade)["data"]["transaction_info"]["state"] == "paid"
    refund = {**trade, "refund_amount": "1.99", "refund_currency": "EUR", "refund_description": "Broken cup"}
    refunded = wire.post("v3.CreateRefund", refund)["data"]
    assert wire.post("v3.QueryRefundOrder", {"refund_id": refunded["refund_id"]})["data"]["refund_amount"] == "1.99"


def c6_data(merchant: Merchant, **changes: Any) -> dict[str, Any]:
    """What the Tigshop service adds to every creating call."""
    return {**SHOP, "order_id": "6", "ip_address": "10.0.0.1", "timeout": 15, "notify_url": merchant.url, "demo": "0",
            "redirect_url": "", **changes}  # fmt: skip


@pytest.mark.parametrize(
    ("method", "changes"),
    [
        ("v3.QRcodePayment", {"pay_method": "offline", "sub_pay_method": "QRcode"}),
        ("v3.CreatePayments", {"sub_pay_method": "WeChat Pay"}),
        ("v3.CreatePaymentsWechatH5Pay", {"sub_pay_method": "WeChat Pay"}),
        ("v3.CreatePaymentsAlipayWap", {"sub_pay_method": "Alipay"}),
        ("v3.CreatePaymentsAlipayWeb", {"sub_pay_method": "Alipay"}),
    ],
)
def test_c6_drops_empties_and_opens_pay_url_or_url(
    wire: Wire, merchant: Merchant, clock: FrozenClock, method: str, changes: dict[str, str]
) -> None:
    answer = wire.post(method, c6_data(merchant, **changes), "success", drop_empties=True)
    assert answer["status"] is True
    address = answer["data"].get("parameters", {}).get("pay_url") or answer["data"]["url"]
    assert address.startswith("http")
    clock.advance(1000)
    reported = json.loads(merchant.wait_for(1)[0].body)
    assert reported["data"]["state"] == "paid"


def test_c6_opens_the_alipay_app_without_os_type(wire: Wire, merchant: Merchant) -> None:
    sent = c6_data(merchant, sub_pay_method="Alipay")
    answer = wire.post("v3.CreatePaymentsAlipayAppPay", sent, drop_empties=True)
    assert answer["data"]["parameters"]["pay_url"].startswith("alipays://")


@pytest.mark.parametrize("method", ["v3.CreatePaymentsWechatMiniPay", "v3.CreatePaymentsWechatAPPPay"])
def test_c6_sends_no_sub_app_id_which_every_page_of_wechat_requires(
    wire: Wire, merchant: Merchant, method: str
) -> None:
    answer = wire.post(method, c6_data(merchant, sub_pay_method="WeChat Pay"), drop_empties=True)
    assert (answer["status"], answer["code"]) == (False, "-3001")


def test_c6_verifies_a_notification_without_its_empties_and_reads_the_refund(
    wire: Wire, merchant: Merchant, clock: FrozenClock
) -> None:
    created = wire.post("v3.CreatePaymentsAlipayWap", c6_data(merchant, sub_pay_method="Alipay", demo=""),
                        "success", drop_empties=True)  # fmt: skip
    clock.advance(1000)
    assert verified(merchant.wait_for(1)[0].body, drop_empties=True)["state"] == "paid"
    refund = {"trade_id": created["data"]["trade_id"], "m_refund_id": "R6", "refund_amount": "24.99",
              "refund_currency": "EUR", "refund_description": "back"}  # fmt: skip
    wire.post("v3.CreateRefund", refund, drop_empties=True)
    clock.advance(1000)
    data = verified(merchant.wait_for(2)[1].body, drop_empties=True)
    assert (data["state"], data["m_refund_id"]) == ("refunded", "R6")


def test_c7_sends_milliseconds_and_asks_for_a_page_past_the_end(
    wire: Wire, merchant: Merchant, clock: FrozenClock
) -> None:
    trades = [wire.post("v3.CreatePayments", c1_data(merchant), "success")["data"]["trade_id"]
              for _ in range(4)]  # fmt: skip
    clock.advance(1000)
    merchant.wait_for(4)
    seconds = clock.now() // 1000
    assert wire.post("v3.QueryOrder", {"trade_id": trades[0]}, time=clock.now())["status"] is True
    assert wire.post("v3.ListOrder", {"page": "1", "limit": "2", "filter": "paid"}, time=clock.now())["status"] is True
    asked = {"start_time": seconds - 60, "end_time": seconds, "limit": "2", "state": "paid"}
    first = wire.post("v3.ListOrderByTime", {**asked, "page": "1"}, time=clock.now())["data"]
    pages = int(first["total_count"]) // 2 + 1
    listed = [
        wire.post("v3.ListOrderByTime", {**asked, "page": str(page)}, time=seconds)["data"]["transaction_info"]
        for page in range(1, pages + 1)
    ]
    assert [len(page) for page in listed] == [2, 2, 0]
    assert all(isinstance(value, str) for record in listed[0] for value in record.values())


def test_c7_sends_nulls_as_empty_texts_that_it_has_not_signed(wire: Wire, clock: FrozenClock) -> None:
    wire.post("v3.CreatePaymentsAlipayMiniPay", {**SHOP, "sub_pay_method": "Alipay", "order_id": "7", "timeout": "0",
                                                 "notify_url": "https://mapi.yabandpay.com/refused"})  # fmt: skip
    asked = {
        "start_time": clock.now() // 1000 - 60,
        "end_time": clock.now() // 1000,
        "limit": "",
        "page": "",
        "state": "",
    }
    assert wire.post("v3.ListOrderByTime", asked, drop_empties=True)["data"]["total_count"] == "1"


def test_c8_sends_milliseconds_no_timeout_and_an_empty_notify_url(wire: Wire, clock: FrozenClock) -> None:
    data = {**SHOP, "sub_pay_method": "WeChat Pay", "order_id": "8", "notify_url": "", "sub_app_id": "wx1",
            "sub_open_id": "o1"}  # fmt: skip
    answer = wire.post("v3.CreatePaymentsWechatMiniPay", data, time=clock.now())
    assert answer["status"] is True
    texts = {name: value for name, value in answer["data"].items() if name != "parameters"}
    assert set(texts) == {
        "order_id", "trade_id", "amount", "currency", "settlement_amount", "settlement_currency", "exchange_rate", "state"
    }  # fmt: skip
    assert all(isinstance(value, str) for value in texts.values())
    assert answer["data"]["parameters"]["signType"] in {"MD5", "HMAC-SHA256"}


@pytest.mark.parametrize("kind", ["payment", "refund"])
def test_c11_reads_the_published_keys_in_their_order(
    wire: Wire, merchant: Merchant, clock: FrozenClock, kind: str
) -> None:
    created = wire.post("v3.CreatePayments", c1_data(merchant, demo="mine"), "success")
    clock.advance(1000)
    merchant.wait_for(1)
    refund = {"trade_id": created["data"]["trade_id"], "refund_amount": "1.99", "refund_currency": "EUR",
              "refund_description": "Broken cup"}  # fmt: skip
    wire.post("v3.CreateRefund", refund, time=clock.now())
    clock.advance(1000)
    reported = {data["type"]: data for data in (verified(one.body) for one in merchant.wait_for(2))}
    published = {
        "payment": [
            "type", "user", "order_id", "trade_id", "transaction_id", "amount", "currency", "settlement_amount",
            "settlement_currency", "exchange_rate", "description", "createDate", "state", "demo",
        ],
        "refund": [
            "type", "user", "order_id", "trade_id", "refund_id", "refund_amount", "refund_currency", "description",
            "createDate", "state",
        ],
    }[kind]  # fmt: skip
    assert [name for name in reported[kind] if name in published] == published
    assert reported["refund"]["description"] == "Broken cup"


def test_c12_opens_the_cashier_with_the_transaction_id_of_the_answer(wire: Wire, merchant: Merchant) -> None:
    data = {**SHOP, "sub_pay_method": "Alipay", "order_id": "12", "timeout": "0", "notify_url": merchant.url}
    parameters = wire.post("v3.CreatePaymentsAlipayMiniPay", data)["data"]["parameters"]
    assert len(parameters["transaction_id"]) == len("2816660400948ddP1j0Et1lNHl2sOlC0bKn0")
