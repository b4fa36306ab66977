"""v3.CreatePaymentsAlipayMiniPay, as the page that the project started from shows it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from mockserver.app import assemble
from tests.helpers import USER, create, last_exchange, query, signed

if TYPE_CHECKING:
    from mockserver.app import Application
    from mockserver.settings import Settings


def test_the_documented_request_is_answered_as_documented(app: Application) -> None:
    envelope = create(app)
    data = envelope["data"]
    assert envelope == {"status": True, "code": "200", "data": data, "message": ""}
    assert list(data) == ["order_id", "trade_id", "amount", "currency", "parameters", "state"]
    assert data["order_id"] == "2024519846516588484"
    assert data["amount"] == "1"
    assert data["currency"] == "EUR"
    assert data["state"] == "processing"
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", data["trade_id"])
    assert list(data["parameters"]) == ["transaction_id"]
    documented = "2816660400948ddP1j0Et1lNHl2sOlC0bKn0"
    assert len(data["parameters"]["transaction_id"]) == len(documented)
    assert re.fullmatch(r"28166[0-9]{8}[0-9A-Za-z]{23}", data["parameters"]["transaction_id"])


@pytest.mark.parametrize(
    ("amount", "answered"), [("1", "1"), ("24.99", "24.99"), (24.99, "24.99"), (12.0, "12"), (5, "5"), ("1.50", "1.50")]
)
def test_the_amount_is_answered_as_it_was_sent(app: Application, amount: object, answered: str) -> None:
    assert create(app, amount=amount)["data"]["amount"] == answered


def test_a_repeated_order_id_makes_a_new_trade(app: Application) -> None:
    assert create(app)["data"]["trade_id"] != create(app)["data"]["trade_id"]


def test_two_sandboxes_with_one_seed_give_the_same_trades(app: Application, settings: Settings) -> None:
    assert create(app)["data"]["trade_id"] == create(assemble(settings))["data"]["trade_id"]


@pytest.mark.parametrize(
    "field", ["pay_method", "sub_pay_method", "order_id", "amount", "currency", "description", "notify_url"]
)
@pytest.mark.parametrize("value", [None, ""])
def test_a_required_field_that_is_missing_or_empty_is_3001(app: Application, field: str, value: str | None) -> None:
    envelope = create(app, **{field: value})
    assert envelope == {"status": False, "code": "-3001", "data": [], "message": "Required field is missing"}
    assert last_exchange(app).reason == f"Missing or empty in data: {field}."


def test_all_missing_fields_are_named_at_once(app: Application) -> None:
    create(app, amount=None, notify_url="", description=None)
    assert last_exchange(app).reason == "Missing or empty in data: amount, description, notify_url."


@pytest.mark.parametrize("field", ["demo", "timeout", "redirect_url"])
@pytest.mark.parametrize("value", [None, ""])
def test_an_optional_field_may_be_missing_or_empty(app: Application, field: str, value: str | None) -> None:
    assert create(app, **{field: value})["status"] is True


@pytest.mark.parametrize(
    "changes", [{"sub_pay_method": "WeChat Pay"}, {"sub_pay_method": "Alipay "}, {"pay_method": "offline"}]
)
def test_a_wallet_or_pay_method_that_is_not_taken_is_4011(app: Application, changes: dict[str, str]) -> None:
    envelope = create(app, **changes)
    assert envelope == {"status": False, "code": "-4011", "data": [], "message": "Not support the payment method"}
    assert "v3.CreatePaymentsAlipayMiniPay supports" in last_exchange(app).reason


@pytest.mark.parametrize("wallet", ["Alipay", "alipay", "ALIPAY"])
def test_a_wallet_is_compared_without_case_and_kept_as_documented(app: Application, wallet: str) -> None:
    trade_id = create(app, sub_pay_method=wallet)["data"]["trade_id"]
    assert query(app, trade_id)["data"]["transaction_info"]["sub_pay_method"] == "Alipay"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"amount": "0.09"}, "amount must be at least EUR 0.10, not '0.09'."),
        ({"amount": "0"}, "amount must be at least EUR 0.10, not '0'."),
        ({"amount": 0}, "amount must be at least EUR 0.10, not '0'."),
        ({"amount": "0.99", "currency": "CNY"}, "amount must be at least CNY 1.00, not '0.99'."),
        ({"amount": "0.00", "currency": "CHF"}, "amount must be at least CHF 0.01, not '0.00'."),
        ({"amount": "-1"}, "such as 24.99, not '-1'."),
        ({"amount": "24,99"}, "such as 24.99, not '24,99'."),
        ({"amount": "1.005"}, "such as 24.99, not '1.005'."),
        ({"amount": "1e3"}, "such as 24.99, not '1e3'."),
        ({"amount": " 1"}, "such as 24.99, not ' 1'."),
        ({"amount": "１"}, "such as 24.99, not '１'."),
        ({"amount": "1" * 13}, "such as 24.99"),
        ({"amount": "x" * 1000}, "…'."),
        ({"amount": True}, "amount must be text or a number, not true."),
        ({"amount": ["1"]}, "amount must be text or a number, not an array."),
        ({"demo": {"a": "b"}}, "demo must be text or a number, not an object."),
        ({"currency": "eur"}, "currency must be one of CHF, CNY"),
        ({"currency": "XXX"}, "not 'XXX'."),
        ({"timeout": "1441"}, "timeout must be whole minutes from 0 to 1440, not '1441'."),
        ({"timeout": "-1"}, "timeout must be whole minutes"),
        ({"timeout": 1.5}, "timeout must be whole minutes from 0 to 1440, not '1.5'."),
        ({"notify_url": "shop.example/notify"}, "notify_url must be a web address such as https://shop.example/notify, not 'shop.example/notify'."),
        ({"notify_url": "ftp://shop.example"}, "notify_url must be a web address"),
        ({"notify_url": "https://"}, "notify_url must be a web address"),
        ({"notify_url": "https://shop.example:99999/"}, "notify_url must be a web address"),
        ({"notify_url": "https://shop.example/a b"}, "notify_url must be a web address"),
        ({"notify_url": "https://shop.example/\r\nX: y"}, "notify_url must be a web address"),
    ],
)  # fmt: skip
def test_a_value_that_breaks_a_rule_is_1000_with_a_sentence(
    app: Application, changes: dict[str, object], sentence: str
) -> None:
    envelope = create(app, **changes)
    assert (envelope["status"], envelope["code"], envelope["data"]) == (False, "-1000", [])
    assert sentence in envelope["message"]


@pytest.mark.parametrize(("amount", "currency"), [("0.10", "EUR"), ("0.1", "EUR"), ("1", "CNY"), ("0.01", "USD")])
def test_the_smallest_amounts_are_accepted(app: Application, amount: str, currency: str) -> None:
    assert create(app, amount=amount, currency=currency)["status"] is True


@pytest.mark.parametrize(
    ("sent", "meant"), [("0", "1440"), (None, "1440"), ("", "1440"), (0, "1440"), ("5", "5"), (1440, "1440")]
)
def test_timeout_0_and_no_timeout_mean_1440_minutes(app: Application, sent: object, meant: str) -> None:
    trade_id = create(app, timeout=sent)["data"]["trade_id"]
    assert query(app, trade_id)["data"]["transaction_info"]["time_out"] == meant


def test_unknown_fields_are_tolerated_and_signed(app: Application) -> None:
    assert create(app, cancel_url="", post_email="a@b.example", anything=7)["status"] is True


def test_the_journal_keeps_request_and_answer(app: Application) -> None:
    data = create(app, demo="the shop's own")["data"]
    exchange = last_exchange(app)
    assert exchange.request == signed(demo="the shop's own")
    assert data["trade_id"] in exchange.answer.decode()
    assert (exchange.user, exchange.code, exchange.trade_id, exchange.scenario) == (
        USER,
        "200",
        data["trade_id"],
        "default",
    )
