"""What is said beside a refusal: the field, the shape of its value, the rule and its source, the nearest valid word."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from mockserver.app import assemble
from mockserver.client import signed_request
from mockserver.domain.accounts import Account
from mockserver.gateway.example import documented_request
from mockserver.gateway.request import Request
from mockserver.settings import Settings
from mockserver.signing.signature import sign, signed_parameters, string_to_sign
from tests.helpers import SECRET_KEY, USER, Shop, answer, last_exchange, signed, signed_call

if TYPE_CHECKING:
    from mockserver.app import Application


def explained(app: Application, body: bytes) -> dict[str, Any]:
    """The explanation of a refusal, as the journal keeps it, with the code and the reason."""
    code = answer(app, body)["code"]
    exchange = last_exchange(app)
    return {"code": code, "reason": exchange.reason, **json.loads(exchange.explanation)}


@pytest.mark.parametrize(
    ("changes", "code", "field", "value", "source", "nearest"),
    [
        ({"sub_pay_method": "AliPay "}, "-4011", "sub_pay_method", "the text 'AliPay ' of 7 characters with a space after", "SEED, 3.8", "Alipay"),
        ({"pay_method": "on-line"}, "-4011", "pay_method", "the text 'on-line' of 7 characters", "SEED, 3.8", "online"),
        ({"currency": "eur"}, "-1000", "currency", "the text 'eur' of 3 characters", "3", "EUR"),
        ({"currency": "\u0415UR"}, "-1000", "currency", "the text '\u0415UR' of 3 characters with letters that are not ASCII", "3", "EUR"),
        ({"amount": "24,99"}, "-1000", "amount", "the text '24,99' of 5 characters", "3", "24.99"),
        ({"amount": "€ 1.024,99"}, "-1000", "amount", "the text '€ 1.024,99' of 10 characters with letters that are not ASCII", "3", "1024.99"),
        ({"amount": "0.01"}, "-1000", "amount", "the text '0.01' of 4 characters", "3", ""),
        ({"amount": [1]}, "-1000", "amount", "an array of 1", "3", ""),
        ({"amount": True}, "-1000", "amount", "true", "3", ""),
        ({"timeout": 2000}, "-1000", "timeout", "the number 2000", "5.5", "1440"),
        ({"notify_url": ""}, "-3001", "notify_url", "an empty text", "3", ""),
        ({"notify_url": None}, "-3001", "notify_url", "absent", "3", ""),
        ({"notify_url": None, "notifyUrl": "https://x.example"}, "-3001", "notify_url", "absent", "3", "notify_url"),
        ({"order_id": None, "oder_id": "7"}, "-3001", "order_id", "absent", "3", "order_id"),
        ({"notify_url": "shop.example/notify"}, "-1000", "notify_url", "the text 'shop.example/notify' of 19 characters", "3", ""),
    ],
)  # fmt: skip
def test_the_field_at_fault_is_named_with_shape_source_and_nearest_word(  # noqa: PLR0913, PLR0917 - a row of the table
    app: Application, changes: dict[str, Any], code: str, field: str, value: str, source: str, nearest: str
) -> None:
    reported = explained(app, signed(**changes))
    assert reported["code"] == code
    [field_error] = reported["fields"]
    assert (field_error["field"], field_error["value"], field_error["source"], field_error["nearest"]) == (
        field, value, f"protocol.md {source}", nearest,
    )  # fmt: skip
    assert reported["reason"] == f"{reported['sentence']} {reported['cure']}".strip()
    assert nearest in reported["cure"]
    assert field in reported["reason"]


@pytest.mark.parametrize(
    ("method", "nearest"),
    [
        ("v3.CreatePaymentAlipayMiniPay", "v3.CreatePaymentsAlipayMiniPay"),
        ("v3.queryorder", "v3.QueryOrder"),
        ("QueryOrder", "v3.QueryOrder"),
        (" v3.QueryOrder", "v3.QueryOrder"),
        ("v3.Zzz", ""),
    ],
)
def test_an_unknown_method_is_reported_with_the_nearest(app: Application, method: str, nearest: str) -> None:
    reported = explained(app, signed_call(method, {"trade_id": "x"}))
    [field_error] = reported["fields"]
    assert (field_error["field"], field_error["nearest"]) == ("method", nearest)
    assert reported["reason"].endswith(f"Did you mean '{nearest}'?" if nearest else f"There is no method '{method}'.")


def test_a_wallet_of_another_method_is_reported_with_the_methods_that_take_it(app: Application) -> None:
    reported = explained(app, signed(sub_pay_method="WeChat Pay"))
    assert reported["cure"].startswith("'WeChat Pay' is supported by v3.CreatePaymentsWechatMiniPay, ")


def test_a_field_at_the_wrong_place_is_reported(app: Application) -> None:
    request = documented_request(USER)
    request["notify_url"] = request["data"].pop("notify_url")
    assert (
        explained(app, signed_request(request, SECRET_KEY))["cure"] == "notify_url is beside data; move it into data."
    )
    request = documented_request(USER)
    request["data"]["time"] = request.pop("time")
    assert explained(app, signed_request(request, SECRET_KEY))["cure"] == "time is inside data; move it beside data."


def test_the_field_of_another_method_is_reported(shop: Shop) -> None:
    trade_id = shop.paid()
    reported = shop.refused(
        "v3.CreateRefund", trade_id=trade_id, amount="1.00", refund_currency="EUR", refund_description="x"
    )
    assert reported.endswith("Missing or empty in data: refund_amount. You sent 'amount'; the name is refund_amount.")


def test_an_order_id_in_place_of_a_trade_id_is_reported(shop: Shop) -> None:
    trade_id = shop.create(order_id="MINE-1")
    assert shop.refused("v3.QueryOrder", trade_id="MINE-1").endswith(
        f"There is no order with the trade_id 'MINE-1'. It is the order_id of trade {trade_id}."
    )


def test_a_sign_with_another_accounts_key_names_that_account(app: Application) -> None:
    app.store.open_account(Account("036870", "another-secret-key", "seed"))
    reported = explained(app, signed_request(documented_request(USER), "another-secret-key"))
    assert reported["mistakes"] == ["key of another account"]
    assert "036870" in reported["sentence"]


@pytest.mark.parametrize(("user", "cure"), [("16683", "Did you mean '016683'?"), ("x", "Send the UID of an account")])
def test_an_unknown_user_is_reported_with_the_nearest(app: Application, user: str, cure: str) -> None:
    body = signed_request(documented_request(user), "some other key")
    app.gateway.answer(Request("POST", body))
    exchange = last_exchange(app, "")
    assert exchange.reason.startswith(f"No account has the user '{user}'. {cure}")


def test_a_scripted_refusal_is_not_explained_as_a_mistake(app: Application) -> None:
    answer(app, signed(), scenario="signature-error")
    exchange = last_exchange(app)
    assert exchange.explanation == ""
    assert "the request was correct" in exchange.reason


def test_an_accepted_request_has_nothing_to_be_explained(app: Application) -> None:
    answer(app, signed())
    assert (last_exchange(app).reason, last_exchange(app).explanation) == ("", "")


@pytest.mark.parametrize("where", ["sign", "data", "envelope"])
def test_a_secret_that_a_merchant_sends_is_shown_nowhere(app: Application, where: str) -> None:
    request = documented_request(USER)
    if where == "data":
        request["data"]["secret_key"] = SECRET_KEY
    elif where == "envelope":
        request["secret_key"] = SECRET_KEY
    text = string_to_sign(signed_parameters(request))
    request["sign"] = SECRET_KEY if where == "sign" else sign(f"{text}&key={SECRET_KEY}", SECRET_KEY)
    assert answer(app, json.dumps(request).encode())["code"] == "-403"
    exchange = last_exchange(app)
    assert SECRET_KEY not in repr(exchange)
    assert b"***" in exchange.request
    assert json.loads(exchange.explanation)["mistakes"] == (
        ["secret sent as the sign"] if where == "sign" else ["secret appended"]
    )


def test_a_secret_in_a_right_request_is_shown_nowhere_either(app: Application) -> None:
    answer(app, signed(demo=SECRET_KEY))
    assert SECRET_KEY not in repr(last_exchange(app))


def test_a_short_secret_is_masked_where_it_is_a_whole_value() -> None:
    app = assemble(Settings(port=0, secret_key="1"))
    request = documented_request(USER)
    answer(app, signed_request({**request, "data": {**request["data"], "amount": "1", "order_id": "A-1"}}, "1"))
    exchange = last_exchange(app)
    assert b'"amount": "***"' in exchange.request
    assert b'"order_id": "A-1"' in exchange.request
    assert "amount=***&" in exchange.string_to_sign
    assert b'"amount":"***"' in exchange.answer


def test_what_cannot_be_explained_is_refused_all_the_same(
    app: Application, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_attempt: object) -> None:
        raise RuntimeError("a mistake of our own")

    monkeypatch.setattr("mockserver.explain.signature.explain_signature", broken)
    assert answer(app, signed().replace(b'"EUR"', b'"CHF"'))["code"] == "-403"
    assert last_exchange(app).reason == "The sign does not match."
    assert "could not be explained" in caplog.text
