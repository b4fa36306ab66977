"""v3.ListOrder and v3.ListOrderByTime."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.helpers import USER, answer, create, signed_call

if TYPE_CHECKING:
    from mockserver.app import Application
    from mockserver.clock import FrozenClock


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
    assert asked["data"]["transaction_info"] == listed_orders[0]


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
