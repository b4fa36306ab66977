"""What a refused request shows beside its refusal: names sent twice, rounded numbers, a sign elsewhere."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from mockserver.domain.accounts import ANONYMOUS
from mockserver.gateway.request import Request
from tests.helpers import SECRET_KEY, USER, answer, last_exchange, signed, signed_call

if TYPE_CHECKING:
    from mockserver.app import Application

ENVELOPE = json.loads(signed())


def reason(app: Application, body: bytes, user: str = USER, **sent: Any) -> str:
    app.gateway.answer(Request("POST", body, **sent))
    exchange = last_exchange(app, user)
    explanation = json.loads(exchange.explanation)
    assert exchange.reason == f"{explanation['sentence']} {explanation['cure']}".strip()
    return exchange.reason


def test_a_name_that_stands_twice_is_said_instead_of_no_known_mistake(app: Application) -> None:
    twice = signed(amount="1.00").replace(b'"amount": "1.00"', b'"amount": "1.00", "amount": "2.00"')
    said = reason(app, twice)
    assert said.startswith("The body has 'amount' twice or more")
    assert "No known mistake" not in said
    assert answer(app, signed().replace(b'"user"', b'"user":"x","user"'))["code"] == "200", "PHP takes the last"


@pytest.mark.parametrize(
    ("number", "read_as"),
    [("20251234567890123456", "'2.025123456789E+19'"), ("2.0251e+25", "'2.0251E+25'"),
     ("9077444259872608000", "'9077444259872608000'")],
)  # fmt: skip
def test_a_number_above_what_javascript_keeps_is_named(app: Application, number: str, read_as: str) -> None:
    body = signed_call("v3.QueryOrder", {"trade_id": "whole"}).replace(b'"whole"', number.encode())
    said = reason(app, body)
    assert f"trade_id is the number {number}, above 2^53" in said
    assert f"The gateway reads {read_as}" in said
    assert "No known mistake" not in said


def test_a_text_in_exponent_form_is_named_beside_an_unknown_trade(app: Application) -> None:
    said = reason(app, signed_call("v3.QueryOrder", {"trade_id": "2.0251e+25"}))
    assert "trade_id is '2.0251e+25', a number in exponent form" in said
    assert "exponent" not in reason(app, signed_call("v3.QueryOrder", {"trade_id": "2025"}))


@pytest.mark.parametrize(
    "header", ["x-sign", "sign", "authorization", "signature", "x-yabandpay-signature", "x-hmac-sha256"]
)
def test_a_sign_in_a_header_is_named(app: Application, header: str) -> None:
    without = json.dumps({name: value for name, value in ENVELOPE.items() if name != "sign"}).encode()
    pairs = [(header.encode(), ENVELOPE["sign"].encode())]
    assert f"A sign is in the header {header.title()}" in reason(app, without, headers=pairs)
    assert "header" not in reason(app, without, headers=[(b"x-design", b"1"), (b"user-agent", b"sign")])


def test_parameters_in_the_url_are_named(app: Application) -> None:
    said = reason(app, b'{"data": {"a": "1"}}', ANONYMOUS, query=b"user=016683&method=x&page=1&sign=ab")
    assert "The URL has 'user', 'method', 'sign'" in said


def test_a_secret_in_a_note_is_masked(app: Application) -> None:
    body = json.dumps({**ENVELOPE, "sign": ""}).replace('"user"', f'"{SECRET_KEY}":1,"{SECRET_KEY}":2,"user"').encode()
    assert SECRET_KEY not in reason(app, body)


SUGGESTED = [
    ({"currency": "GBP", "sub_pay_method": "iDEAL"}, ""), ({"currency": "gbp", "sub_pay_method": "iDEAL"}, ""),
    ({"currency": "eur", "sub_pay_method": "iDEAL"}, "EUR"), ({"currency": "gbp", "sub_pay_method": "Alipay"}, "GBP"),
    ({"currency": "EUR", "amount": "0,50", "sub_pay_method": "iDEAL"}, ""),
    ({"currency": "EUR", "amount": "1,50", "sub_pay_method": "iDEAL"}, "1.50"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "nearest"), SUGGESTED)
def test_a_suggestion_is_neither_what_was_sent_nor_what_is_refused_there(
    app: Application, changes: dict[str, str], nearest: str
) -> None:
    data = {**ENVELOPE["data"], **changes}
    assert answer(app, signed_call("v3.CreatePayments", data))["code"] == "-1000"
    exchange = last_exchange(app)
    assert [one["nearest"] for one in json.loads(exchange.explanation)["fields"]] == [nearest]
    assert ("Did you mean" in exchange.reason) == bool(nearest)
    if nearest:
        field = "amount" if "amount" in changes else "currency"
        assert answer(app, signed_call("v3.CreatePayments", {**data, field: nearest}))["code"] == "200"
