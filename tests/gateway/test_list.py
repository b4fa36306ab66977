"""v3.ListOrder and v3.ListOrderByTime."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mockserver.gateway.example import DOCUMENTED_DATA
from mockserver.gateway.methods.orders import EVIDENCE
from tests.helpers import USER, answer, create, signed_call

if TYPE_CHECKING:
    from mockserver.app import Application
    from mockserver.clock import FrozenClock
    from tests.helpers import Shop

PROTOCOL = Path(__file__).parents[2] / "docs" / "protocol.md"


@pytest.fixture
def start(app: Application, clock: FrozenClock) -> int:
    """Seven orders, ten seconds apart, every third declined; gives the Unix time of the first."""
    first = clock.now() // 1000
    for number in range(1, 8):
        create(app, order_id=f"DECLINED-{number}" if number % 3 == 0 else f"PAID-{number}")
        clock.advance(10_000)
    app.worker.run_due(USER)
    return first


def listed(app: Application, method: str, **data: Any) -> tuple[str, list[str]]:
    envelope = answer(app, signed_call(method, data))
    assert envelope["status"] is True, envelope
    assert list(envelope["data"]) == ["total_count", "transaction_info"]
    return envelope["data"]["total_count"], [one["order_id"][-1] for one in envelope["data"]["transaction_info"]]


def test_orders_are_listed_oldest_first_in_pages(app: Application, start: int) -> None:
    assert start
    assert listed(app, "v3.ListOrder", page="1", limit="3") == ("7", ["1", "2", "3"])
    assert listed(app, "v3.ListOrder", page=3, limit=3) == ("7", ["7"])
    assert listed(app, "v3.ListOrder", limit="20") == ("7", list("1234567"))


def test_a_filter_leaves_one_state(app: Application, start: int) -> None:
    assert start
    assert listed(app, "v3.ListOrder", page="1", limit="10", filter="declined") == ("2", ["3", "6"])
    assert listed(app, "v3.ListOrder", filter="expired") == ("0", [])


def test_the_page_past_the_end_is_empty(app: Application, start: int) -> None:
    span = {"start_time": start, "end_time": start + 100}
    assert listed(app, "v3.ListOrderByTime", **span, page="2", limit="7") == ("7", [])


@pytest.mark.parametrize("text", [str, int])
def test_a_range_of_time_holds_both_its_ends(app: Application, start: int, text: type) -> None:
    span = {"start_time": text(start + 10), "end_time": text(start + 30)}
    assert listed(app, "v3.ListOrderByTime", **span) == ("3", ["2", "3", "4"])
    assert listed(app, "v3.ListOrderByTime", **span, state="paid") == ("2", ["2", "4"])


def test_a_range_may_be_given_in_milliseconds(app: Application, start: int) -> None:
    span = {"start_time": (start + 10) * 1000, "end_time": (start + 30) * 1000}
    assert listed(app, "v3.ListOrderByTime", **span)[0] == "3"


def test_a_listed_order_reads_like_a_queried_one(app: Application, start: int) -> None:
    assert start
    listed_orders = answer(app, signed_call("v3.ListOrder", {"limit": "1"}))["data"]["transaction_info"]
    asked = answer(app, signed_call("v3.QueryOrder", {"trade_id": listed_orders[0]["trade_id"]}))
    queried = asked["data"]["transaction_info"]
    assert list(listed_orders[0].items())[: len(queried)] == list(queried.items())


def names_in_the_record_of_a_client() -> set[str]:
    """The names of C7's record, as protocol.md lists them."""
    [names] = re.findall(r"copied from real answers, names: (.*) \(spellings as there\)", PROTOCOL.read_text("utf-8"))
    return set(re.findall(r"\w+", names))


def test_a_listed_order_has_every_name_of_a_clients_record_that_can_be_known(shop: Shop) -> None:
    barcode = {
        "pay_method": "offline", "order_id": "O-2", "amount": "78", "currency": "CNY", "description": "Tea",
        "auth_code": "134443133735495918",
    }  # fmt: skip
    trade_id = shop.ok("v3.BarcodePayment", **barcode)["trade_id"]
    mini_program = {"sub_app_id": "wx7a53", "sub_open_id": "opilP5", "sub_pay_method": "WeChat Pay"}
    shop.ok("v3.CreatePaymentsWechatMiniPay", **{**DOCUMENTED_DATA, **mini_program})
    shop.pass_time(1000)
    shop.refund(trade_id, "39.00", refund_currency="CNY")
    paid, other = shop.ok("v3.ListOrderByTime", start_time="0", end_time="9999999999")["transaction_info"]
    known = names_in_the_record_of_a_client()
    absent = next(fact for fact in EVIDENCE if fact.behaviour.startswith("Not in a record"))
    not_listed = set(re.findall(r"\w+", absent.behaviour.partition(": ")[2]))
    assert len(known) == 70
    assert (known - set(paid), not_listed & set(paid)) == (not_listed, set())
    assert set(paid) == set(other)
    assert all(isinstance(value, str) for record in (paid, other) for value in record.values())
    assert {name: paid[name] for name in ("id", "cashier_email", "type", "auth_code", "sub_app_id")} == {
        "id": "1", "cashier_email": USER, "type": "payment", "auth_code": "134443133735495918", "sub_app_id": "",
    }  # fmt: skip
    assert (paid["settlement_rate"], paid["refund_amount"], paid["settlement_refund_amount"]) == (
        "7.8",
        "39.00",
        "5.00",
    )
    assert (other["id"], other["sub_app_id"], other["sub_open_id"], other["auth_code"]) == ("2", "wx7a53", "opilP5", "")
    assert paid["mid"] == paid["merchant_id"] == other["mid"]


@pytest.mark.parametrize(
    ("method", "data", "code", "sentence"),
    [
        ("v3.ListOrder", {"page": "0"}, "-1000", "page must be a whole number from 1 to 100000000, not '0'."),
        ("v3.ListOrder", {"limit": "501"}, "-1000", "limit must be a whole number from 1 to 500, not '501'."),
        ("v3.ListOrder", {"filter": "payed"}, "-1000", "filter must be one of authorized, cancelled"),
        ("v3.ListOrderByTime", {"start_time": 9, "end_time": 8}, "-1000", "end_time must not be before start_time."),
        ("v3.ListOrderByTime", {"start_time": "x", "end_time": 8}, "-1000", "start_time must be Unix time in seconds"),
        ("v3.ListOrderByTime", {"start_time": 9}, "-3001", "Required field is missing"),
    ],
)
def test_what_cannot_be_listed_is_refused(
    app: Application, method: str, data: dict[str, Any], code: str, sentence: str
) -> None:
    envelope = answer(app, signed_call(method, data))
    assert envelope["code"] == code
    assert sentence in envelope["message"]
