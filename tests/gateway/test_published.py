"""Every published example request, signed with the sandbox's key, is accepted and answered as documented."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from mockserver.app import assemble
from mockserver.client import signed_request
from mockserver.clock import FrozenClock
from mockserver.domain.accounts import Account
from mockserver.gateway.request import Request
from mockserver.settings import Settings
from tests.gateway.published import (
    ABOUT_A_CLEARING,
    ABOUT_A_REFUND,
    ABOUT_A_SPLIT,
    ABOUT_A_TRADE,
    CREATING,
    NUMBERED,
    OTHERS,
    Example,
)
from tests.helpers import SECRET_KEY, Shop

if TYPE_CHECKING:
    from collections.abc import Iterator

UUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
DAY = 24 * 3600 * 1000


@pytest.fixture
def example(request: pytest.FixtureRequest) -> Example:
    chosen: Example = request.param
    return chosen


@pytest.fixture
def shop(example: Example) -> Iterator[Shop]:
    """The merchant of an example, at the example's time."""
    clock = FrozenClock(int(example.time) * 1000)
    app = assemble(Settings(seed="tests", opening_balance=1_000_000), "http://127.0.0.1:1", clock=clock)
    app.store.open_account(Account(example.user, SECRET_KEY, "tests", opening_balance=1_000_000))
    yield Shop(app, clock, example.user)
    app.close()


def send(shop: Shop, example: Example, **changes: Any) -> bytes:
    unsigned = {
        "user": example.user,
        "method": example.method,
        "time": example.time,
        "data": {**example.data, **changes},
    }
    answered = shop.app.gateway.answer(Request("POST", signed_request(unsigned, SECRET_KEY)))
    # One test moves the clock far beyond the time of its example.
    assert [hint for hint in answered.entry.hint.splitlines() if "from the current time" not in hint] == []
    return b"".join(answered.export.pieces) if answered.export else answered.body


def accepted(shop: Shop, example: Example, **changes: Any) -> dict[str, Any]:
    envelope = json.loads(send(shop, example, **changes))
    assert (envelope["status"], str(envelope["code"]), envelope["message"]) == (True, "200", ""), envelope
    data: dict[str, Any] = envelope["data"]
    return data


def labels(examples: list[Example]) -> list[str]:
    return [f"{example.label} {example.method}" for example in examples]


def test_all_55_numbered_examples_are_sent_and_none_is_expected_to_fail() -> None:
    sent = [*CREATING, *ABOUT_A_TRADE, *OTHERS, *ABOUT_A_SPLIT, *ABOUT_A_REFUND, *ABOUT_A_CLEARING]
    numbered = [one for one in sent if one in NUMBERED]
    assert sorted(one.label for one in numbered) == [f"E{number:02d}" for number in range(1, 56)]
    assert all((one.breaks, one.code) == ("", "200") for one in numbered)


@pytest.mark.parametrize("example", CREATING, ids=labels(CREATING), indirect=True)
def test_a_creating_example_is_answered_in_the_documented_shape(shop: Shop, example: Example) -> None:
    envelope = json.loads(send(shop, example))
    assert list(envelope) == ["status", "code", "data", "message"]
    assert envelope["code"] == example.code, (example.breaks, envelope)
    if example.breaks:
        return
    data = envelope["data"]
    assert list(data)[:4] == ["order_id", "trade_id", "amount", "currency"]
    assert list(data)[-1] == "state"
    assert (data["order_id"], data["amount"], data["currency"], data["state"]) == (
        example.data["order_id"], example.data["amount"], "EUR", "processing",
    )  # fmt: skip
    assert re.fullmatch(UUID, data["trade_id"])
    assert {"url", "parameters"} & set(data) or example.method == "v3.BarcodePayment"
    assert shop.order(data["trade_id"])["order_id"] == example.data["order_id"]


@pytest.mark.parametrize("example", ABOUT_A_TRADE, ids=labels(ABOUT_A_TRADE), indirect=True)
def test_an_example_about_a_trade_is_accepted_for_a_trade_that_exists(shop: Shop, example: Example) -> None:
    unknown = json.loads(send(shop, example))
    assert (unknown["code"], "There is no order with the trade_id" in unknown["message"]) == ("-1000", True)
    if example.method == "v3.Capture":
        card = next(other for other in CREATING if other.label == "E36")
        trade_id = accepted(shop, card, operation="2", sub_pay_method="Card", payment_token_object="tok_visa")[
            "trade_id"
        ]
    else:
        trade_id = shop.create(amount="1.00")
    shop.pass_time(1000)
    data = accepted(shop, example, trade_id=trade_id)
    reported = data.get("transaction_info", data)
    documented = {
        "v3.Capture": ["order_id", "trade_id"],
        "v3.QueryOrder": [
            "trade_id", "merchant_name", "store_name", "cashier_name", "pay_method", "sub_pay_method", "order_id",
            "amount", "tip_amount", "currency", "settlement_amount", "settlement_currency", "exchange_rate",
            "description", "redirect_url", "notify_url", "state", "time_out", "amount_cny", "merchant_cost",
            "transaction_id",
        ],
        "v3.CancelPayment": [
            "type", "user", "amount", "currency", "trade_id", "description", "order_id", "createDate", "demo",
            "transaction_id", "state",
        ],
        "v3.CreateRefund": ["transaction_id", "refund_id", "m_refund_id"],
    }[example.method]  # fmt: skip
    assert list(reported)[: len(documented)] == documented
    assert all(isinstance(value, str) for value in reported.values())


@pytest.mark.parametrize("example", OTHERS, ids=labels(OTHERS), indirect=True)
def test_an_example_that_needs_nothing_is_answered_as_documented(shop: Shop, example: Example) -> None:
    body = send(shop, example)
    if example.method in {"v3.BatchQuery", "v3.TimePayOrder"}:
        rows = list(csv.reader(io.StringIO(body.decode())))
        assert [row[0] for row in rows] == ["type"]
        return
    envelope = json.loads(body)
    assert str(envelope["code"]) == example.code, (example.breaks, envelope)
    if example.breaks:
        return
    assert example.time == envelope["data"].get("time", example.time)
    shapes: dict[str, list[str]] = {
        "E35": ["auth_code", "sub_pay_method"],
        "E47": [
            "user", "time", "gateway_name", "wallet_id", "currency", "available", "reserve", "usable", "deposit",
        ],
        "E49": [
            "user", "time", "gateway_name", "payout_id", "currency", "amount", "reference", "notify_url", "state",
        ],
    }  # fmt: skip
    shapes["E48"], shapes["E50"] = shapes["E47"], shapes["E49"]
    if example.label in shapes:
        assert list(envelope["data"]) == shapes[example.label]
        numbers = {name for name, value in envelope["data"].items() if isinstance(value, int)}
        assert numbers <= {"time"}


@pytest.mark.parametrize("example", ABOUT_A_REFUND, ids=labels(ABOUT_A_REFUND), indirect=True)
@pytest.mark.parametrize("asked_by", ["refund_id", "yb_transaction_id"])
def test_the_example_about_a_refund_is_answered_with_the_documented_types(
    shop: Shop, example: Example, asked_by: str
) -> None:
    assert json.loads(send(shop, example))["code"] == "-1000"
    created = shop.refund(shop.paid(), "1.00")
    shop.pass_time(1000)
    data = accepted(shop, example, refund_id=created[asked_by])
    assert list(data) == [
        "transaction_id", "refund_id", "m_refund_id", "refund_time", "state", "refund_amount", "refund_currency",
        "refund_description", "notify_url", "demo", "settlement_refund_amount", "settlement_refund_currency",
        "merchant_cost", "yb_transaction_id",
    ]  # fmt: skip
    assert (data["m_refund_id"], data["notify_url"], data["state"]) == (None, "null", "refunded")
    assert re.fullmatch("[0-9]{20}", data["refund_id"])
    assert re.fullmatch(UUID, data["yb_transaction_id"])
    assert all(isinstance(value, str) for name, value in data.items() if name != "m_refund_id")


@pytest.mark.parametrize("example", ABOUT_A_SPLIT, ids=labels(ABOUT_A_SPLIT), indirect=True)
def test_an_example_about_a_split_is_answered_as_documented(shop: Shop, example: Example) -> None:
    assert json.loads(send(shop, example))["code"] == "-1000"
    split = shop.ok(
        "v3.SplitPayment", command="createSplitPayment", nonce_string="n", trade_id=shop.paid(), split_solution_id="104",
        currency="EUR", notify_url="https://www.yabandpay.com/notify", split_completed="1", reference_id="123456",
        receivers='[{"mid":111,"detail_reference_id":"123456-1","split_amount":2,"role":"1"}]',
    )  # fmt: skip
    data = accepted(shop, example, split_id=split["split_id"])
    if example.data["command"] == "cancelSplitPayment":
        assert data == {"split_id": split["split_id"], "reference_id": "123456", "state": "Cancelled"}
    else:
        assert list(data)[:2] == ["split_id", "state"]
        assert data["state"] == "Processing"


@pytest.mark.parametrize("example", ABOUT_A_CLEARING, ids=labels(ABOUT_A_CLEARING), indirect=True)
def test_an_example_about_a_clearing_is_accepted_for_a_clearing_that_exists(shop: Shop, example: Example) -> None:
    assert json.loads(send(shop, example))["code"] == "-1000"
    trade_id = shop.paid()
    shop.pass_time(2 * DAY)
    [settled] = shop.ok(
        "v3.GetTradebill", command="getTradebillInfo", nonce_string="n",
        start_time=str(example.time), end_time=str(example.time + 60),
    )["tradebillInfo"]  # fmt: skip
    assert re.fullmatch("M[0-9]{20}", settled["clearing_id"])
    data = accepted(shop, example, clearing_id=settled["clearing_id"])
    assert [one["trade_id"] for one in data["tradebillInfo"]] == [trade_id]
