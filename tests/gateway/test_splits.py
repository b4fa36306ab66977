"""Splits of an order among receivers, and their returns."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.scenarios.test_shipped import SPLIT_STORIES

if TYPE_CHECKING:
    from tests.helpers import Shop

DETAIL_KEYS = [
    "merchant_mid", "merchant_name", "detail_reference_id", "split_detail_id", "split_type", "split_amount", "role", "result",
    "description", "error_msg",
]  # fmt: skip


def receivers(*amounts: Any) -> list[dict[str, Any]]:
    """Receivers 111, 222 … of these amounts."""
    return [
        {"mid": 111 * n, "detail_reference_id": f"123456-{n}", "split_amount": amount, "role": str(n), "description": f"分账描述{n}"}
        for n, amount in enumerate(amounts, start=1)
    ]  # fmt: skip


class Divider:
    """Splits orders and returns splits, each with a reference_id of its own."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.references = 0

    def creating(self, trade_id: str, *amounts: Any, **changes: Any) -> dict[str, Any]:
        self.references += 1
        return {
            "command": "createSplitPayment", "nonce_string": "n", "trade_id": trade_id, "split_solution_id": "104",
            "currency": "EUR", "notify_url": "https://www.yabandpay.com/notify", "split_completed": "0",
            "reference_id": f"ref{self.references}",
            "receivers": json.dumps(receivers(*amounts), ensure_ascii=False) if amounts else None, **changes,
        }  # fmt: skip

    def split(self, trade_id: str, *amounts: Any, scenario: str = "", **changes: Any) -> dict[str, Any]:
        return self.shop.ok("v3.SplitPayment", scenario, **self.creating(trade_id, *amounts, **changes))

    def refused(self, trade_id: str, *amounts: Any, **changes: Any) -> str:
        return self.shop.refused("v3.SplitPayment", **self.creating(trade_id, *amounts, **changes))

    def returning(self, split: dict[str, Any], *returned: tuple[int, Any], **changes: Any) -> dict[str, Any]:
        """A return of amounts, each by the number of its receiver."""
        self.references += 1
        given = [
            {
                "mid": 111 * n, "split_detail_id": f"{split['split_id']}-{n}", "detail_reference_id": f"back-{n}",
                "split_amount": amount, "description": f"分账回退描述{n}",
            }
            for n, amount in returned
        ]  # fmt: skip
        return {
            "command": "returnSplitPayment", "nonce_string": "n", "split_id": split["split_id"], "currency": "EUR",
            "notify_url": "https://www.yabandpay.com/notify", "reference_id": f"ref{self.references}",
            "receivers": json.dumps(given, ensure_ascii=False), **changes,
        }  # fmt: skip

    def query(self, split: dict[str, Any], **changes: Any) -> dict[str, Any]:
        ids = {"split_id": split["split_id"], "reference_id": split["reference_id"]}
        return self.shop.ok(
            "v3.SplitPayment", **{"command": "querySplitPayment", "nonce_string": "n", **ids, **changes}
        )

    def done(self, *amounts: Any) -> dict[str, Any]:
        """A split that has succeeded."""
        split = self.split(self.shop.paid("50.00"), *amounts)
        self.shop.pass_time(1000)
        return split


@pytest.fixture
def divider(shop: Shop) -> Divider:
    return Divider(shop)


def test_a_split_is_reported_in_the_documented_shape(divider: Divider) -> None:
    trade_id = divider.shop.paid("50.00")
    split = divider.split(trade_id, 10, "5.00", split_completed="1")
    divider.shop.pass_time(1000)
    reported = [one for one in divider.shop.notified(trade_id) if one["type"] == "splitPayment"]
    assert [one["state"] for one in reported] == ["Processing", "Success"]
    assert [name for name in reported[0] if name != "receivers"] == [
        "user", "split_id", "trade_id", "state", "merchant_mid", "merchant_name", "reference_id", "split_solution_id",
        "split_completed", "created_at", "notify_url", "currency", "type",
    ]  # fmt: skip
    assert (reported[0]["split_completed"], reported[0]["split_id"]) == ("1", split["split_id"])
    with divider.shop.app.store.unit(divider.shop.user) as unit:
        data = json.loads(unit.notifications(trade_id)[1].body)["data"]
    assert data["split_completed"] == 1
    assert [list(detail) for detail in data["receivers"]] == [DETAIL_KEYS, DETAIL_KEYS]
    assert [(one["merchant_mid"], one["split_amount"], one["role"]) for one in data["receivers"]] == [
        ("222", "5.00", "2"), ("111", "10.00", "1")
    ]  # fmt: skip
    assert data["receivers"][0]["split_detail_id"] == f"{split['split_id']}-2"
    assert data["receivers"][0]["error_msg"] is None


def test_receivers_may_be_an_array(divider: Divider) -> None:
    split = divider.split(divider.shop.paid("50.00"), receivers=receivers(2))
    assert split["receivers"][0]["split_amount"] == "2.00"


def test_the_money_leaves_the_balance_when_the_split_succeeds(divider: Divider) -> None:
    trade_id = divider.shop.paid("50.00")
    before = float(divider.shop.balance()["available"])
    divider.split(trade_id, 10)
    assert divider.shop.balance()["reserve"] == "10.00"
    divider.shop.pass_time(1000)
    assert divider.shop.balance()["reserve"] == "0.00"
    assert float(divider.shop.balance()["available"]) == pytest.approx(before - 10)


@pytest.mark.parametrize("name", SPLIT_STORIES)
@pytest.mark.parametrize("asked_by", ["header", "reference_id", "payment"])
def test_each_split_story_is_played_to_its_end(divider: Divider, name: str, asked_by: str) -> None:
    magic = next(s for s in divider.shop.app.catalog if s.name == name).order_id.replace("*", "1")
    trade_id = divider.shop.create("" if asked_by == "payment" else "success", order_id=magic, amount="50.00")
    divider.shop.pass_time(1000)
    reference = {"reference_id": magic} if asked_by == "reference_id" else {}
    split = divider.split(trade_id, 10, scenario=name if asked_by == "header" else "", **reference)
    divider.shop.pass_time(60_000)
    reported = [one for one in divider.shop.notified(trade_id) if one["type"] == "splitPayment"]
    assert [one["state"] for one in reported] == SPLIT_STORIES[name]
    errors = {detail["error_msg"] for detail in divider.query(split)["receivers"]}
    assert (errors == {None}) == (SPLIT_STORIES[name][-1] == "Success")


class TestLimits:
    def test_only_a_paid_order_can_be_split(self, divider: Divider) -> None:
        trade_id = divider.shop.create("declined")
        assert "is processing and cannot be split; only a paid trade can." in divider.refused(trade_id, 1)

    def test_ten_times(self, divider: Divider) -> None:
        trade_id = divider.shop.paid("50.00")
        for _ in range(10):
            divider.split(trade_id, 1)
        assert "has 10 splits, which is the limit." in divider.refused(trade_id, 1)

    def test_after_ten_it_can_still_be_closed(self, divider: Divider) -> None:
        trade_id = divider.shop.paid("50.00")
        for _ in range(10):
            divider.split(trade_id, 1)
        assert divider.split(trade_id, split_completed="1")["receivers"] == []

    def test_a_split_that_failed_does_not_count(self, divider: Divider) -> None:
        trade_id = divider.shop.paid("50.00")
        for _ in range(11):
            divider.split(trade_id, 49, scenario="split-failed")
            divider.shop.pass_time(2000)

    def test_until_it_is_closed(self, divider: Divider) -> None:
        trade_id = divider.shop.paid("50.00")
        divider.split(trade_id, 1, split_completed="1")
        assert "is closed for further splits, by split_completed 1." in divider.refused(trade_id, 1)

    def test_a_call_may_only_close_it(self, divider: Divider) -> None:
        trade_id = divider.shop.paid("50.00")
        assert divider.split(trade_id, split_completed="1")["receivers"] == []
        assert "is closed for further splits" in divider.refused(trade_id, 1)
        assert "Missing or empty in data: receivers." in divider.refused(divider.shop.paid("50.00"))

    def test_at_most_what_is_left_of_the_order(self, divider: Divider) -> None:
        trade_id = divider.shop.paid("50.00")
        assert "must add up to at most the EUR 49.90 that are left of trade" in divider.refused(trade_id, 49, "0.91")
        divider.split(trade_id, 40)
        divider.shop.refund(trade_id, "9.00")
        assert "at most the EUR 0.90 that are left" in divider.refused(trade_id, "0.91")
        divider.split(trade_id, "0.90")

    def test_a_split_order_cannot_be_cancelled(self, divider: Divider) -> None:
        trade_id = divider.shop.paid("50.00")
        divider.split(trade_id, 1)
        assert "has been split, so it cannot be cancelled" in divider.shop.refused(
            "v3.CancelPayment", trade_id=trade_id
        )

    @pytest.mark.parametrize(
        ("changes", "reported"),
        [
            ({"currency": "CNY"}, "currency must be one of EUR, not 'CNY'."),
            ({"split_completed": "2"}, "split_completed must be one of 0, 1, not '2'."),
            ({"reference_id": "r" * 33}, "reference_id must have at most 32 characters"),
            ({"reference": "r" * 129}, "reference must have at most 128 characters"),
            ({"nonce_string": "n" * 33}, "nonce_string must have at most 32 characters"),
            ({"receivers": "x"}, "receivers must be the JSON text of an array of objects"),
            ({"receivers": "[]"}, "receivers must be the JSON text of an array of objects"),
            ({"receivers": "[1]"}, "receivers must be the JSON text of an array of objects"),
            (
                {"receivers": '[{"mid":1}]'},
                "Missing or empty in receivers[0]: detail_reference_id, split_amount, role.",
            ),
            ({"receivers": receivers("x")}, "split_amount must be an amount such as 24.99, not 'x'."),
            ({"receivers": receivers(-1)}, "split_amount must be an amount such as 24.99, not '-1'."),
            ({"receivers": receivers(0)}, "split_amount must be an amount such as 24.99, not '0'."),
            ({"receivers": receivers(True)}, "Missing or empty in receivers[0]: split_amount."),
        ],
    )
    def test_what_cannot_be_is_reported(self, divider: Divider, changes: dict[str, Any], reported: str) -> None:
        assert reported in divider.refused(divider.shop.paid("50.00"), 1, **changes)

    def test_a_reference_id_is_taken_once(self, divider: Divider) -> None:
        trade_id = divider.shop.paid("50.00")
        divider.split(trade_id, 1, reference_id="mine")
        assert "reference_id must be unique, but 'mine' was used before." in divider.refused(
            trade_id, 1, reference_id="mine"
        )


class TestReturns:
    def test_a_return_brings_the_money_back(self, divider: Divider) -> None:
        split = divider.done(10, 5)
        before = float(divider.shop.balance()["available"])
        returned = divider.shop.ok("v3.SplitPayment", **divider.returning(split, (1, 2), (2, "1.00")))
        assert [one["split_type"] for one in returned["receivers"]] == ["Return", "Return"]
        divider.shop.pass_time(1000)
        assert float(divider.shop.balance()["available"]) == pytest.approx(before + 3)
        reported = [one for one in divider.shop.notified(split["trade_id"]) if one["type"] == "splitRefund"]
        assert [(one["state"], one["split_id"]) for one in reported] == [
            ("Processing", split["split_id"]), ("Success", split["split_id"])
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("returned", "reported"),
        [
            ([(1, "10.01")], "split_amount must be at most the 10.00 that are left of"),
            ([(1, 6), (1, 5)], "split_amount must be at most the 4.00 that are left of"),
            ([(3, 1)], "is not a share of mid '333' in split"),
        ],
    )
    def test_more_than_was_given_is_refused(self, divider: Divider, returned: list[Any], reported: str) -> None:
        split = divider.done(10, 5)
        assert reported in divider.shop.refused("v3.SplitPayment", **divider.returning(split, *returned))

    def test_what_was_returned_before_is_gone(self, divider: Divider) -> None:
        split = divider.done(10)
        divider.shop.ok("v3.SplitPayment", **divider.returning(split, (1, 6)))
        reported = divider.shop.refused("v3.SplitPayment", **divider.returning(split, (1, "4.01")))
        assert "split_amount must be at most the 4.00 that are left of" in reported

    def test_only_of_a_successful_split(self, divider: Divider) -> None:
        split = divider.split(divider.shop.paid("50.00"), 10)
        reported = divider.shop.refused("v3.SplitPayment", **divider.returning(split, (1, 1)))
        assert "is Processing; only a successful one can be returned." in reported

    def test_ten_times(self, divider: Divider) -> None:
        split = divider.done(11)
        for _ in range(10):
            divider.shop.ok("v3.SplitPayment", **divider.returning(split, (1, 1)))
        reported = divider.shop.refused("v3.SplitPayment", **divider.returning(split, (1, 1)))
        assert "has 10 returns, which is the limit." in reported

    def test_one_that_failed_brings_nothing_and_can_be_made_again(self, divider: Divider) -> None:
        split = divider.done(10)
        before = divider.shop.balance()
        divider.shop.ok("v3.SplitPayment", "split-failed", **divider.returning(split, (1, 10)))
        divider.shop.pass_time(2000)
        assert divider.shop.balance() == before
        divider.shop.ok("v3.SplitPayment", **divider.returning(split, (1, 10)))


class TestQueryAndCancel:
    def test_a_query_shows_the_split_and_its_returns(self, divider: Divider) -> None:
        split = divider.done(10, 5)
        returned = divider.shop.ok("v3.SplitPayment", **divider.returning(split, (1, 2)))
        everything = divider.query(split)
        assert list(everything)[:2] == ["split_id", "state"]
        assert [one["split_type"] for one in everything["receivers"]] == ["Return", "Split", "Split"]
        assert [one["split_type"] for one in divider.query(split, split_type="0")["receivers"]] == ["Split", "Split"]
        assert [one["split_type"] for one in divider.query(split, split_type="1")["receivers"]] == ["Return"]
        detail = f"{split['split_id']}-1"
        assert {one["split_detail_id"] for one in divider.query(split, split_detail_id=detail)["receivers"]} == {detail}
        own = returned["receivers"][0]["refund_split_detail_id"]
        assert len(divider.query(split, split_type="1", refund_split_detail_id=own)["receivers"]) == 1
        assert divider.query(split, split_type="1", refund_split_detail_id="x")["receivers"] == []

    @pytest.mark.parametrize(
        ("changes", "reported"),
        [
            ({"split_id": "x"}, "There is no split with the split_id 'x'."),
            ({"reference_id": "x"}, "reference_id 'x' is not the reference_id of split"),
            ({"refund_split_detail_id": "x"}, "refund_split_detail_id needs split_type 1."),
            ({"reference_id": None}, "Missing or empty in data: reference_id."),
        ],
    )
    def test_a_query_about_another_is_refused(self, divider: Divider, changes: dict[str, Any], reported: str) -> None:
        split = divider.done(10)
        ids = {"split_id": split["split_id"], "reference_id": split["reference_id"]}
        data = {"command": "querySplitPayment", "nonce_string": "n", **ids, **changes}
        assert reported in divider.shop.refused("v3.SplitPayment", **data)

    def test_a_processing_split_is_cancelled_and_its_money_free_again(self, divider: Divider) -> None:
        trade_id = divider.shop.paid("50.00")
        before = divider.shop.balance()
        split = divider.split(trade_id, 10, reference="a remark")
        ids = {"split_id": split["split_id"], "reference_id": split["reference_id"]}
        data = {"command": "cancelSplitPayment", "nonce_string": "n", **ids}
        assert divider.shop.ok("v3.SplitPayment", **data) == {**ids, "reference": "a remark", "state": "Cancelled"}
        assert divider.shop.balance() == before
        assert "is Cancelled and cannot become Cancelled" in divider.shop.refused("v3.SplitPayment", **data)
        divider.shop.pass_time(5000)
        assert divider.query(split)["state"] == "Cancelled"
        assert divider.query(split)["receivers"][0]["result"] == "Cancelled"

    def test_a_successful_split_cannot_be_cancelled(self, divider: Divider) -> None:
        split = divider.done(10)
        ids = {"split_id": split["split_id"], "reference_id": split["reference_id"]}
        reported = divider.shop.refused("v3.SplitPayment", command="cancelSplitPayment", nonce_string="n", **ids)
        assert "is Success and cannot become Cancelled; Success is final." in reported
