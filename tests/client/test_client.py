"""The reference client, against a real sandbox and against servers that misbehave."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from mockserver.client import (
    BAD,
    OK,
    InternalGatewayError,
    InvalidNotificationError,
    MissingFieldError,
    NoAnswerError,
    RefusedError,
    SignatureError,
    UnexpectedAnswerError,
    UnsupportedPayMethodError,
    YabandPay,
    YabandPayError,
    signed_request,
    verify_notification,
)
from mockserver.signing.signature import sign, string_to_sign
from tests.helpers import SECRET_KEY, USER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mockserver.testing import Merchant, Sandbox

ORDER: Any = {
    "order_id": "1",
    "amount": "24.9",
    "currency": "EUR",
    "description": "Tea",
    "notify_url": "https://s.example/n",
}


def test_a_payment_is_created(sandbox: Sandbox) -> None:
    payment = sandbox.client().create_alipay_mini_payment(**ORDER, demo="mine", timeout=5)
    assert (payment.order_id, payment.amount, payment.currency, payment.state) == ("1", "24.9", "EUR", "processing")
    assert payment.trade_id
    assert payment.parameters["transaction_id"]


@pytest.mark.parametrize("amount", ["24.99", Decimal("24.99")])
def test_an_amount_is_text_or_decimal(sandbox: Sandbox, amount: Any) -> None:
    assert sandbox.client().create_alipay_mini_payment(**{**ORDER, "amount": amount}).amount == "24.99"


def test_a_float_is_no_amount() -> None:
    with pytest.raises(TypeError, match="A float is not exact"):
        YabandPay(USER, SECRET_KEY).create_alipay_mini_payment(**{**ORDER, "amount": 24.99})


def test_a_payment_in_a_wechat_mini_program_is_created(sandbox: Sandbox) -> None:
    payment = sandbox.client().create_wechat_mini_payment(sub_app_id="wx1", sub_open_id="o1", **ORDER)
    assert set(payment.parameters) == {"timeStamp", "nonceStr", "package", "signType", "paySign"}


def test_a_payment_in_an_app_is_created(sandbox: Sandbox) -> None:
    payment = sandbox.client().create_wechat_app_payment(sub_app_id="wx1", **ORDER)
    assert payment.parameters["appid"] == "wx1"


def test_a_payer_is_charged_by_barcode(sandbox: Sandbox) -> None:
    client = sandbox.client()
    payment = client.pay_by_barcode(auth_code="134443133735495918", tip_amount="0.50", **ORDER)
    assert (payment.state, payment.parameters) == ("processing", {})
    assert client.wallet_of("134443133735495918") == "WeChat Pay"


def test_a_payment_is_cancelled(sandbox: Sandbox) -> None:
    client = sandbox.client()
    trade_id = client.create_alipay_mini_payment(**ORDER).trade_id
    assert client.cancel_payment(trade_id).state == "cancelled"
    with pytest.raises(InternalGatewayError, match="is cancelled and cannot become cancelled"):
        client.cancel_payment(trade_id)


def test_orders_are_listed(sandbox: Sandbox) -> None:
    client, now = sandbox.client(), sandbox.app.clock.now() // 1000
    trades = [client.create_alipay_mini_payment(**{**ORDER, "order_id": str(n)}).trade_id for n in range(3)]
    page = client.list_orders(page=2, limit=2)
    assert (page.total, [order.trade_id for order in page.orders]) == (3, trades[2:])
    assert client.list_orders_by_time(now, now, state="processing").total == 3
    assert client.list_orders_by_time(now, now, state="paid").orders == []


def test_a_list_without_list_is_unexpected() -> None:
    answer = b'{"status":true,"code":"200","data":{"total_count":"1"},"message":""}'
    with gateway(answer) as url, pytest.raises(UnexpectedAnswerError, match="no list in transaction_info"):
        YabandPay(USER, SECRET_KEY, url).list_orders()


def test_an_order_is_queried(sandbox: Sandbox) -> None:
    client = sandbox.client()
    payment = client.create_alipay_mini_payment(**ORDER)
    order = client.query_order(payment.trade_id)
    assert (order.trade_id, order.amount, order.state) == (payment.trade_id, "24.90", "processing")
    assert order.fields["merchant_name"]


@pytest.mark.parametrize(
    ("change", "error", "code"),
    [
        ({"amount": "0"}, InternalGatewayError, "-1000"),
        ({"notify_url": ""}, MissingFieldError, "-3001"),
        ({"order_id": "SIGNERR-1"}, SignatureError, "-403"),
        ({"order_id": "UNSUPPORTED-1"}, UnsupportedPayMethodError, "-4011"),
    ],
)
def test_each_code_has_an_error_of_its_own(
    sandbox: Sandbox, change: dict[str, str], error: type[RefusedError], code: str
) -> None:
    with pytest.raises(error) as caught:
        sandbox.client().create_alipay_mini_payment(**{**ORDER, **change})
    assert caught.value.code == code
    assert caught.value.message
    assert caught.value.reason
    assert caught.value.request["data"]["order_id"]
    assert isinstance(caught.value, YabandPayError)


def test_the_secret_key_is_in_no_text(sandbox: Sandbox) -> None:
    client = YabandPay(USER, "a very secret key", sandbox.url)
    assert "a very secret key" not in repr(client)
    with pytest.raises(SignatureError) as caught:
        client.query_order("x")
    assert "a very secret key" not in str(caught.value) + repr(caught.value) + repr(caught.value.request)


def test_the_real_gateway_is_the_default() -> None:
    assert YabandPay(USER, SECRET_KEY).url == "https://mapi.yabandpay.com/Payments"


@contextmanager
def gateway(answer: bytes, status: int = 200, *, silent: bool = False) -> Iterator[str]:
    """A gateway that always answers the same, or never."""
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            if silent:
                over.wait(30)
                return
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_arguments: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    over.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize("body", [b"", b"<html>502</html>", b"[]", b'{"code":"200"}'])
def test_an_answer_without_envelope_is_unexpected(body: bytes) -> None:
    with gateway(body, 502) as url, pytest.raises(UnexpectedAnswerError, match="HTTP 502"):
        YabandPay(USER, SECRET_KEY, url).query_order("x")


def test_an_order_without_transaction_info_is_unexpected() -> None:
    answer = b'{"status":true,"code":200,"data":{"other":1},"message":""}'
    with gateway(answer) as url, pytest.raises(UnexpectedAnswerError, match="no transaction_info"):
        YabandPay(USER, SECRET_KEY, url).query_order("x")


def test_an_unknown_code_is_a_refusal() -> None:
    with (
        gateway(b'{"status":false,"code":-9999,"data":[],"message":"Odd"}') as url,
        pytest.raises(RefusedError) as caught,
    ):
        YabandPay(USER, SECRET_KEY, url).query_order("x")
    assert (type(caught.value), caught.value.code, str(caught.value)) == (RefusedError, "-9999", "-9999 Odd")


def test_a_gateway_that_does_not_answer_is_given_up() -> None:
    with gateway(b"", silent=True) as url, pytest.raises(NoAnswerError, match="No answer from http"):
        YabandPay(USER, SECRET_KEY, url, timeout=0.1).query_order("x")


def test_a_gateway_that_is_not_there_is_no_answer() -> None:
    with pytest.raises(NoAnswerError):
        YabandPay(USER, SECRET_KEY, "http://127.0.0.1:1").query_order("x")


class TestNotifications:
    def test_one_from_the_sandbox_verifies(self, sandbox: Sandbox, merchant: Merchant) -> None:
        client = sandbox.client()
        payment = client.create_alipay_mini_payment(**{**ORDER, "notify_url": merchant.url}, demo="mine")
        sandbox.app.clock.advance(1000)  # type: ignore[attr-defined]
        notification = client.verify_notification(merchant.wait_for(1)[0].body)
        assert (notification.type, notification.trade_id, notification.state) == ("payment", payment.trade_id, "paid")
        assert notification.demo == "mine"
        assert (OK, BAD) == ("ok", "bad")

    @pytest.mark.parametrize(
        "body",
        [b"", b"{}", b"[]", b"nonsense", b'{"sign":"x"}', b'{"sign":"x","data":{}}', b'{"sign":"x","data":[1]}',
         b'{"sign":7,"data":{"a":"b"}}', b'{"sign":"x","data":{"a":"b"}}'],
    )  # fmt: skip
    def test_one_that_is_malformed_or_forged_is_invalid(self, body: bytes) -> None:
        with pytest.raises(InvalidNotificationError):
            verify_notification(body, SECRET_KEY)

    def test_one_that_was_changed_on_its_way_is_invalid(self) -> None:
        data = {"trade_id": "t", "amount": "1.00"}
        body = {"sign": sign(string_to_sign(data), SECRET_KEY), "data": {**data, "amount": "9.00"}}
        with pytest.raises(InvalidNotificationError, match="does not match"):
            verify_notification(json.dumps(body).encode(), SECRET_KEY)

    def test_missing_fields_are_empty(self) -> None:
        data = {"state": "completed"}
        body = {"data": data, "sign": sign(string_to_sign(data), SECRET_KEY)}
        notification = verify_notification(json.dumps(body).encode(), SECRET_KEY)
        assert (notification.state, notification.type, notification.order_id) == ("completed", "", "")


def test_a_request_is_signed_as_its_bytes_say() -> None:
    body = json.loads(signed_request({"user": "u", "method": "m", "time": 1, "data": {"amount": 12.0}}, SECRET_KEY))
    assert body["sign"] == sign("amount=12&method=m&time=1&user=u", SECRET_KEY)


def test_a_stale_sign_is_replaced() -> None:
    body = json.loads(signed_request({"user": "u", "method": "m", "time": 1, "data": {}, "sign": "old"}, SECRET_KEY))
    assert body["sign"] == sign("method=m&time=1&user=u", SECRET_KEY)
