"""Plans of demo data: the same for the same values, in the past, and in the mix of the wallets."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from mockserver.demo.goods import CHANNELS
from mockserver.demo.mistakes import MISTAKES, mistaken_request
from mockserver.demo.plan import DAY, TradePlan, plan_trade, request_data
from mockserver.domain.calendar import day_of
from mockserver.domain.codes import SUCCESS
from mockserver.gateway.request import Request
from mockserver.signing.signature import signed_request

if TYPE_CHECKING:
    from mockserver.app import Application

NOW = 1_732_672_545_000


@pytest.fixture(scope="module")
def plan() -> TradePlan:
    return plan_trade("tests", 3000, 7, NOW)


def test_the_same_values_give_the_same_plan(plan: TradePlan) -> None:
    assert plan_trade("tests", 3000, 7, NOW) == plan
    assert plan_trade("other", 3000, 7, NOW) != plan


def test_further_plans_of_an_account_have_order_ids_of_their_own(plan: TradePlan) -> None:
    plans = [plan, plan_trade("tests", 500, 7, NOW, 1), plan_trade("tests", 500, 7, NOW, 26)]
    ids = [order.order_id for one in plans for order in one.orders]
    assert len(set(ids)) == len(ids)
    assert [one.orders[0].order_id for one in plans] == ["2024-1120-0001", "2024-1120-B0001", "2024-1120-BA0001"]


def test_all_is_in_the_last_days_and_the_ids_have_its_day(plan: TradePlan) -> None:
    assert sum(order.is_created for order in plan.orders) == 3000
    begins = [order.mistaken_at or order.at for order in plan.orders]
    assert begins == sorted(begins)
    for order in plan.orders:
        assert NOW - 7 * DAY <= order.at <= NOW
        assert order.order_id.startswith(f"{day_of(order.mistaken_at):%Y-%m%d}-")
        assert order.refund is None or order.decided_at < order.refund.at <= NOW
        assert order.refund is None or 0 < order.refund.amount <= order.amount
    assert all(payout.at <= NOW and payout.amount > 0 for payout in plan.payouts)
    assert [payout.reference for payout in plan.payouts] == [f"2024-11-{day}" for day in range(20, 26)]


def test_the_wallets_have_their_shares_languages_and_outcomes(plan: TradePlan) -> None:
    created = [order for order in plan.orders if order.is_created]
    wallets = Counter(order.channel.wallet for order in created)
    assert all(0.19 < wallets[wallet] / 3000 < 0.28 for wallet in ("Alipay", "iDEAL", "WeChat Pay"))
    chinese = [order for order in created if any(letter >= "\u4e00" for letter in order.description)]
    assert {order.channel.wallet for order in chinese} == {"Alipay", "WeChat Pay", "UnionPay Card"}
    assert all(any(letter >= "\u4e00" for letter in order.payer) for order in chinese)
    assert {order.channel.wallet for order in created if order.currency == "CNY"} == {"Alipay", "WeChat Pay"}
    outcomes = Counter(order.outcome for order in created)
    assert 0.04 < sum(outcomes[bad] for bad in ("declined", "failed", "cancelled", "expired")) / 3000 < 0.08
    refunds = Counter(order.refund.outcome for order in created if order.refund)
    assert 0.07 < refunds.total() / 3000 < 0.11
    assert set(refunds) == {"refunded", "failed", "awaiting approval"}
    assert len({order.mistake for order in plan.orders}) > 8


@pytest.mark.parametrize("mistake", MISTAKES)
def test_each_mistake_is_refused_with_its_cause(plan: TradePlan, app: Application, mistake: str) -> None:
    account = app.store.account(app.settings.user)
    assert account is not None
    for channel in (CHANNELS[0], CHANNELS[2], CHANNELS[6]):
        order = next(order for order in plan.orders if order.channel == channel)
        data = request_data(order, {"notify_url": "https://shop.example/n", "redirect_url": "https://shop.example"})
        unsigned = {"user": account.user, "method": channel.method, "time": NOW // 1000, "data": data}
        answer = app.gateway.answer(Request("POST", mistaken_request(mistake, unsigned, account.secret_key)))
        assert answer.exchange.code != SUCCESS
        assert "No known mistake" not in answer.exchange.reason
        assert (
            app.gateway.answer(Request("POST", signed_request(unsigned, account.secret_key))).exchange.code == SUCCESS
        )


def test_there_is_more_trade_at_noon_and_in_the_evening_than_at_night(plan: TradePlan) -> None:
    hours = Counter((order.at // 3_600_000 + 1) % 24 for order in plan.orders)  # Dutch winter time
    assert min(hours[12], hours[19]) > 3 * max(hours[2], hours[5])


def test_a_clock_that_has_just_begun_has_its_trade_at_once() -> None:
    assert {order.at for order in plan_trade("tests", 5, 7, 0).orders} == {0}
