"""Refunds: what can be given back, when, how often, and what happens to the refund."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mockserver.app import assemble
from mockserver.domain.money import amount_text
from mockserver.domain.refunds import REFUND_STATE_CODES
from mockserver.settings import Settings
from tests.helpers import Shop
from tests.scenarios.test_shipped import REFUND_STORIES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mockserver.clock import FrozenClock

DAY = 24 * 3600 * 1000


def refusal(shop: Shop, trade_id: str, **changes: Any) -> str:
    data = {"trade_id": trade_id, "refund_amount": "1.00", "refund_currency": "EUR", "refund_description": "back"}
    return shop.refused("v3.CreateRefund", **{**data, **changes})


def hundredths(text: str) -> int:
    return round(float(text) * 100)


def test_a_refund_is_processed_and_then_refunded(shop: Shop) -> None:
    trade_id = shop.paid("10.00")
    answered = shop.refund(trade_id, "4.00", m_refund_id="R-1", notify_url="https://www.yabandpay.com/refund")
    assert (answered["state"], answered["m_refund_id"]) == ("refund processing", "R-1")
    assert shop.ok("v3.QueryRefundOrder", refund_id=answered["refund_id"]) == answered
    shop.pass_time(1000)
    queried = shop.ok("v3.QueryRefundOrder", refund_id=answered["refund_id"])
    assert queried == {**answered, "state": "refunded"}
    assert shop.state(trade_id) == "paid"


def test_the_merchant_is_reported_with_what_the_clients_read(shop: Shop) -> None:
    trade_id = shop.paid("10.00", demo="mine")
    answered = shop.refund(trade_id, "4.00", m_refund_id="R-1")
    shop.pass_time(1000)
    reported = shop.notified(trade_id)[-1]
    assert reported["type"] == "refund"
    assert {name: reported[name] for name in ("state", "m_refund_id", "trade_id", "order_id", "refund_amount", "demo")} == {
        "state": "refunded", "m_refund_id": "R-1", "trade_id": trade_id, "order_id": "O-1", "refund_amount": "4.00",
        "demo": "mine",
    }  # fmt: skip
    assert reported["refund_id"] == answered["refund_id"]
    assert reported["transaction_id"]
    assert (reported["description"], reported["createDate"]) == ("back", answered["refund_time"])


@pytest.mark.parametrize(
    ("own", "expected"), [(None, "https://www.yabandpay.com/notify"), ("https://a.example/r", "https://a.example/r")]
)
def test_it_is_reported_at_its_own_address_or_the_orders(shop: Shop, own: str | None, expected: str) -> None:
    trade_id = shop.paid()
    answered = shop.refund(trade_id, "1", notify_url=own)
    assert answered["notify_url"] == (own or "null")
    shop.pass_time(1000)
    with shop.app.store.unit(shop.user) as unit:
        assert unit.notifications(trade_id)[-1].url == expected


@pytest.mark.parametrize("name", REFUND_STORIES)
@pytest.mark.parametrize("asked_by", ["header", "m_refund_id", "payment"])
def test_each_refund_story_is_played_to_its_end(shop: Shop, name: str, asked_by: str) -> None:
    magic = next(s for s in shop.app.catalog if s.name == name).order_id.replace("*", "1")
    if asked_by == "payment":
        trade_id = str(shop.create("", order_id=magic))
        shop.pass_time(1000)
    else:
        trade_id = shop.paid()
    before = len(shop.notified(trade_id))
    shop.refund(
        trade_id, "1.00", name if asked_by == "header" else "", m_refund_id=magic if asked_by == "m_refund_id" else None
    )
    shop.pass_time(10_000)
    assert [reported["state"] for reported in shop.notified(trade_id)[before:]] == REFUND_STORIES[name]


def test_every_documented_state_is_reached(shop: Shop) -> None:
    reached = set()
    for name in REFUND_STORIES:
        answered = shop.refund(shop.paid(), "1.00", name)
        reached.add(answered["state"])
        shop.pass_time(10_000)
        reached.add(shop.ok("v3.QueryRefundOrder", refund_id=answered["refund_id"])["state"])
    assert reached == set(REFUND_STATE_CODES)


@pytest.mark.parametrize("name", ["refund-failed", "refund-error", "refund-declined"])
def test_a_refund_that_took_nothing_can_be_made_again(shop: Shop, name: str) -> None:
    trade_id, before = shop.paid("10.00"), shop.balance()
    shop.refund(trade_id, "10.00", name)
    assert "at most the EUR 0.00 that are left" in refusal(shop, trade_id, refund_amount="0.01")
    shop.pass_time(5000)
    assert shop.balance() == before
    shop.refund(trade_id, "10.00")


class TestLimits:
    @pytest.mark.parametrize("scenario", ["declined", "expired", "review", "cancelled"])
    def test_only_what_is_paid_can_be_refunded(self, shop: Shop, scenario: str) -> None:
        trade_id = shop.create(scenario)
        assert "is processing and cannot be refunded; only a paid trade can." in refusal(shop, trade_id)
        shop.pass_time(2000)
        assert f"is {shop.state(trade_id)} and cannot be refunded" in refusal(shop, trade_id)

    @pytest.mark.parametrize(
        ("changes", "reported"),
        [
            ({"refund_amount": "10.01"}, "refund_amount must be at most the EUR 10.00 that are left of trade"),
            ({"refund_amount": "0"}, "refund_amount must be more than 0, not '0'."),
            ({"refund_amount": "-1"}, "refund_amount must be a decimal number"),
            ({"refund_amount": "0.001"}, "refund_amount must be a decimal number"),
            ({"refund_currency": "CNY"}, "refund_currency must be EUR, the currency of the order, not 'CNY'."),
            ({"trade_id": "x"}, "There is no order with the trade_id 'x'."),
            ({"refund_description": ""}, "Missing or empty in data: refund_description."),
        ],
    )
    def test_other_money_is_refused(self, shop: Shop, changes: dict[str, str], reported: str) -> None:
        assert reported in refusal(shop, **{"trade_id": shop.paid("10.00"), **changes})

    def test_partial_refunds_may_not_be_more_than_the_order(self, shop: Shop) -> None:
        trade_id = shop.paid("10.00")
        for amount in ("3.33", "3.33", "3.33"):
            shop.refund(trade_id, amount)
        assert "at most the EUR 0.01 that are left" in refusal(shop, trade_id, refund_amount="0.02")
        shop.refund(trade_id, "0.01")
        assert "at most the EUR 0.00 that are left" in refusal(shop, trade_id, refund_amount="0.01")

    def test_fewer_than_30(self, shop: Shop) -> None:
        trade_id = shop.paid("10.00")
        for _ in range(29):
            shop.refund(trade_id, "0.01")
        assert "has 29 refunds, which is the limit." in refusal(shop, trade_id, refund_amount="0.01")

    def test_for_a_year(self, shop: Shop) -> None:
        trade_id = shop.paid("10.00")
        shop.pass_time(365 * DAY)
        shop.refund(trade_id, "1.00")
        shop.clock.advance(1)
        assert "was paid more than a year ago" in refusal(shop, trade_id)

    def test_a_refunded_order_cannot_be_cancelled(self, shop: Shop) -> None:
        trade_id = shop.paid("10.00")
        shop.refund(trade_id, "0.01")
        assert "has been refunded, so it cannot be cancelled." in shop.refused("v3.CancelPayment", trade_id=trade_id)

    def test_after_a_refund_that_failed_it_can(self, shop: Shop) -> None:
        trade_id = shop.paid("10.00")
        shop.refund(trade_id, "0.01", "refund-failed")
        shop.pass_time(2000)
        assert shop.ok("v3.CancelPayment", trade_id=trade_id)["state"] == "cancelled"

    def test_a_refund_that_nobody_made_is_unknown(self, shop: Shop) -> None:
        assert "There is no refund with the refund_id 'x'." in shop.refused("v3.QueryRefundOrder", refund_id="x")


@pytest.mark.parametrize("currency", ["EUR", "CNY", "HUF"])
def test_the_refunds_of_a_payment_cost_what_it_brought_to_the_cent(shop: Shop, currency: str) -> None:
    before = hundredths(shop.balance()["available"])
    trade_id = shop.paid("100.01", currency=currency)
    brought = hundredths(shop.order(trade_id)["settlement_amount"])
    taken = 0
    for amount in ("33.33", "33.33", "33.35"):
        answered = shop.refund(trade_id, amount, refund_currency=currency)
        taken += hundredths(answered["settlement_refund_amount"])
    shop.pass_time(1000)
    assert taken == brought
    assert hundredths(shop.balance()["available"]) == before - 4 * 10


class TestBalance:
    @pytest.fixture
    def poor(self, clock: FrozenClock) -> Iterator[Shop]:
        """The merchant of an account that began with nothing."""
        app = assemble(Settings(seed="tests", opening_balance=0), "http://127.0.0.1:1", clock=clock)
        yield Shop(app, clock)
        app.close()

    def test_a_refund_waits_for_the_balance_and_is_submitted_by_itself(self, poor: Shop) -> None:
        trade_id = poor.paid("10.00")
        answered = poor.refund(trade_id, "10.00")
        assert answered["state"] == "refund pending"
        poor.pass_time(DAY)
        assert poor.ok("v3.QueryRefundOrder", refund_id=answered["refund_id"])["state"] == "refund pending"
        poor.paid("1.00")
        assert poor.ok("v3.QueryRefundOrder", refund_id=answered["refund_id"])["state"] == "refund processing"
        poor.pass_time(1000)
        assert poor.ok("v3.QueryRefundOrder", refund_id=answered["refund_id"])["state"] == "refunded"
        states = [reported["state"] for reported in poor.notified(trade_id)]
        assert states == ["paid", "refund processing", "refunded"]
        assert poor.balance()["available"] == "0.70"

    def test_the_oldest_goes_first_and_what_fits_goes_on(self, poor: Shop) -> None:
        trade_id = poor.paid("10.00")
        large, small = poor.refund(trade_id, "9.85"), poor.refund(trade_id, "0.15")
        assert (large["state"], small["state"]) == ("refund pending", "refund processing")
        poor.paid("0.50")
        states = [poor.ok("v3.QueryRefundOrder", refund_id=one["refund_id"])["state"] for one in (large, small)]
        assert states == ["refund processing", "refunded"]

    def test_an_approved_refund_waits_too(self, poor: Shop) -> None:
        trade_id = poor.paid("10.00")
        poor.refund(trade_id, "10.00", "refund-approval")
        poor.pass_time(5000)
        poor.paid("1.00")
        poor.pass_time(1000)
        states = [reported["state"] for reported in poor.notified(trade_id)]
        assert states == ["paid", "refund pending", "refund processing", "refunded"]

    def test_a_payout_that_fails_lets_a_refund_go_on(self, poor: Shop) -> None:
        trade_id = poor.paid("10.00")
        poor.ok("v3.MerchantBalance", "payout-declined", command="payout", nonce_string="n", amount="9.90", currency="EUR",
                reference="1", notify_url="https://www.yabandpay.com/notify")  # fmt: skip
        answered = poor.refund(trade_id, "1.00")
        assert answered["state"] == "refund pending"
        poor.pass_time(2000)
        assert poor.ok("v3.QueryRefundOrder", refund_id=answered["refund_id"])["state"] == "refund processing"

    def test_money_under_way_is_reserved(self, shop: Shop) -> None:
        trade_id = shop.paid("10.00")
        before = hundredths(shop.balance()["available"])
        shop.refund(trade_id, "4.00")
        balance = shop.balance()
        assert (hundredths(balance["available"]), balance["reserve"]) == (before, "4.10")
        assert balance["usable"] == amount_text(before - 410)
        shop.pass_time(1000)
        balance = shop.balance()
        assert (hundredths(balance["available"]), balance["reserve"]) == (before - 410, "0.00")

    def test_a_cancelled_payment_needs_its_money_back(self, poor: Shop) -> None:
        trade_id = poor.paid("10.00")
        poor.ok("v3.MerchantBalance", command="payout", nonce_string="n", amount="9.90", currency="EUR", reference="1",
                notify_url="https://www.yabandpay.com/notify")  # fmt: skip
        reported = poor.refused("v3.CancelPayment", trade_id=trade_id)
        assert "The usable balance of EUR 0.00 is too small for EUR 9.90." in reported
        assert poor.state(trade_id) == "paid"


class TestOverdueWork:
    """What has fallen due happened before the call, whoever carries it out, and in the order of its instants."""

    @pytest.fixture
    def poor(self, clock: FrozenClock) -> Iterator[Shop]:
        app = assemble(Settings(seed="tests", opening_balance=0), "http://127.0.0.1:1", clock=clock)
        yield Shop(app, clock)
        app.close()

    def test_an_overdue_expiry_is_over(self, shop: Shop) -> None:
        trade_id = shop.create("expired")
        shop.clock.advance(3_600_000)
        assert shop.state(trade_id) == "expired"
        assert "is expired and cannot become cancelled" in shop.refused("v3.CancelPayment", trade_id=trade_id)

    def test_an_overdue_payment_is_paid_before_it_is_cancelled(self, shop: Shop) -> None:
        trade_id = shop.create()
        shop.clock.advance(5000)
        shop.ok("v3.CancelPayment", trade_id=trade_id)
        assert [reported["state"] for reported in shop.notified(trade_id)] == ["paid", "cancelled"]

    def test_a_report_does_not_change_afterwards(self, shop: Shop) -> None:
        shop.create()
        shop.clock.advance(2 * DAY)
        data = {"command": "getTradebill", "nonce_string": "n", "bill_date": "27-11-2024"}
        first = shop.ok("v3.GetTradebill", **data)
        shop.pass_time(0)
        assert shop.ok("v3.GetTradebill", **data) == first
        assert len(first["tradebill"]) == 1

    @pytest.mark.parametrize("steps", [[3_600_000], [500] * 20])
    def test_a_jump_shows_the_same_story_as_small_steps(self, poor: Shop, steps: list[int]) -> None:
        first = poor.paid("10.00")
        second = poor.create("initiated", amount="10.00")
        poor.clock.advance(1900)
        refund = poor.refund(first, "10.00", "refund-approval")
        for milliseconds in steps:
            poor.pass_time(milliseconds)
        with poor.app.store.unit(poor.user) as unit:
            begun = unit.events(first)[0].at
            story = [(event.at - begun, event.text.rpartition(": ")[2]) for event in unit.events(first)
                     if refund["refund_id"] in event.text]  # fmt: skip
        assert story == [
            (2900, "to-be-approval"), (4900, "refund processing"), (5900, "refunded")
        ]  # fmt: skip
        assert poor.state(second) == "paid"

    def test_a_refund_that_begins_to_wait_in_the_same_jump_is_submitted(self, poor: Shop) -> None:
        first = poor.paid("10.00")
        refund = poor.refund(first, "10.00", "refund-approval")
        poor.clock.advance(1500)
        poor.create(amount="10.00")
        poor.pass_time(3_600_000)
        assert poor.ok("v3.QueryRefundOrder", refund_id=refund["refund_id"])["state"] == "refunded"

    def test_many_that_wait_do_not_hide_one_that_fits(self, poor: Shop) -> None:
        trades = [poor.paid("20.00") for _ in range(18)]
        poor.ok("v3.MerchantBalance", command="payout", nonce_string="n", amount=poor.balance()["usable"], currency="EUR",
                reference="1", notify_url="https://www.yabandpay.com/notify")  # fmt: skip
        for number in range(511):
            poor.refund(trades[number % 18], "0.65")
        small = poor.refund(trades[17], "0.01")
        poor.paid("0.30")
        assert poor.ok("v3.QueryRefundOrder", refund_id=small["refund_id"])["state"] == "refund processing"
