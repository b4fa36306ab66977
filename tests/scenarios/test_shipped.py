"""Each shipped scenario, played through the gateway by each of the ways to ask for it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from mockserver.app import assemble
from mockserver.gateway.request import Request
from mockserver.scenarios.loader import SHIPPED, load_scenarios
from mockserver.settings import Settings
from tests.helpers import USER, Shop, answer, create, query, signed_call
from tests.scenarios import test_answers, test_notifications

if TYPE_CHECKING:
    from pathlib import Path

    from mockserver.app import Application
    from mockserver.clock import FrozenClock
    from tests.scenarios.wire import Till

STORIES = {
    "success": ["paid"],
    "declined": ["declined"],
    "failed": ["failed"],
    "expired": ["expired"],
    "review": ["verify", "paid"],
    "cancelled": ["cancelled"],
    "initiated": ["processing", "paid"],
    "late-payment": ["paid"],
    "paid-after-close": ["expired", "paid"],
    "paid-after-cancel": ["cancelled", "paid"],
    "review-declined": ["verify", "declined"],
    "never-paid": ["expired"],
}
WAITING = {"paid-once-queried", "paid-on-signal"}
REFUND_STORIES = {
    "refund-failed": ["refund failed"],
    "refund-error": ["refund error"],
    "refund-approval": ["refund processing", "refunded"],
    "refund-declined": ["refund declined"],
    "refund-pending": ["refund processing", "refunded"],
}
PAYOUT_STORIES = {
    "payout-failed": ["pending", "failed"],
    "payout-declined": ["declined"],
    "payout-cancelled": ["cancelled"],
}
SPLIT_STORIES = {"split-failed": ["Processing", "Failed"], "split-slow": ["Processing", "Success"]}
REFUSALS = {
    "internal-error": ("-1000", "Internal error"),
    "missing-field": ("-3001", "Required field is missing"),
    "signature-error": ("-403", "The signature Error"),
    "unsupported-method": ("-4011", "Not support the payment method"),
}
TRIGGERS = {scenario.name: scenario for scenario in load_scenarios(SHIPPED)}


def test_every_shipped_scenario_is_played_here() -> None:
    reported = {*STORIES, *WAITING, *REFUND_STORIES, *PAYOUT_STORIES, *SPLIT_STORIES, *REFUSALS}
    assert set(TRIGGERS) == {*reported, *test_answers.PLAYED, *test_notifications.PLAYED, "default"}


def ways(name: str) -> list[dict[str, str]]:
    """The requests that ask for a scenario: by order id, by amount, by demo, by header."""
    amount = TRIGGERS[name].amount
    assert amount is not None
    return [
        {"order_id": TRIGGERS[name].order_id.replace("*", "17")},
        {"amount": f"{amount / 100:.2f}"},
        {"demo": f"scenario:{name}", "order_id": "DECLINED-1", "amount": "990006.99"},
        {"demo": json.dumps({"order": 7, "notes": ["kept", f"scenario:{name}"]}), "order_id": "DECLINED-1"},
        {"scenario": name, "order_id": "DECLINED-1", "amount": "990006.99", "demo": "scenario:failed"},
    ]


def play(app: Application, clock: FrozenClock, trade_id: str) -> list[str]:
    """The states that a payment goes through, as notifications tell them."""
    clock.advance(24 * 3600 * 1000)
    app.worker.run_due(USER)
    with app.store.unit(USER) as unit:
        reported = unit.notifications(trade_id)
    assert [json.loads(notification.body)["data"]["state"] for notification in reported] == [
        n.notified_state for n in reported
    ]
    return [notification.notified_state for notification in reported]


@pytest.mark.parametrize("name", STORIES)
def test_a_story_is_played_to_its_end(app: Application, clock: FrozenClock, name: str) -> None:
    for way in ways(name):
        trade_id = create(app, **way)["data"]["trade_id"]
        assert play(app, clock, trade_id) == STORIES[name]
        assert query(app, trade_id)["data"]["transaction_info"]["state"] == STORIES[name][-1]


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_is_answered_and_creates_nothing(app: Application, name: str) -> None:
    for way in ways(name):
        envelope = create(app, **way)
        assert (envelope["status"], envelope["code"], envelope["message"]) == (False, *REFUSALS[name])
    with app.store.unit(USER) as unit:
        assert unit.next_number("payments") == 1
        assert f"The scenario '{name}'" in unit.exchanges(1)[0].reason


@pytest.mark.parametrize("name", ["paid-after-close", "paid-after-cancel"])
def test_money_that_arrives_for_a_closed_order_is_the_merchants(shop: Shop, name: str) -> None:
    before = shop.balance()["available"]
    trade_id = shop.create(name)
    shop.pass_time(2000)
    assert shop.balance()["available"] == before
    shop.pass_time(3000)
    assert shop.state(trade_id) == "paid"
    assert float(shop.balance()["available"]) > float(before)
    shop.refund(trade_id, "0.50")


def test_what_was_paid_cancelled_and_paid_again_is_listed_once(clock: FrozenClock, tmp_path: Path) -> None:
    steps = "\n".join(f"  - {{after: 10ms, state: {state}}}" for state in ("paid", "cancelled", "paid, forced: true"))
    (tmp_path / "again.yaml").write_text(f"name: again\nsummary: Twice.\nthen:\n{steps}\n", encoding="utf-8")
    shop = Shop(assemble(Settings(scenarios=tmp_path), clock=clock), clock)
    trade_id = shop.create("again", amount="10.00")
    shop.pass_time(1000)
    assert shop.state(trade_id) == "paid"
    asked = signed_call("v3.BatchQuery", {"start_time": "0", "end_time": "4000000000"})
    answered = shop.app.gateway.answer(Request("POST", asked))
    assert answered.export is not None
    assert b"".join(answered.export.pieces).count(trade_id.encode()) == 1


def test_paid_once_queried(shop: Shop) -> None:
    trade_id = shop.create("paid-once-queried")
    shop.pass_time(3600_000)
    assert [shop.state(trade_id) for _ in range(5)] == ["processing"] * 3 + ["paid"] * 2


def test_paid_on_signal(till: Till) -> None:
    trade_id = till.create("PAIDONSIGNAL-1").trade_id
    till.pass_time(3600_000)
    assert till.client.query_order(trade_id).state == "processing"
    assert till.ask(f"/accounts/{USER}/payments/{trade_id}/signal", {})["state"] == "paid"
    till.settle()
    assert till.notified() == ["paid"]


def test_what_waits_to_be_reported_expires_in_the_end(shop: Shop) -> None:
    trade_id = shop.create("paid-on-signal", timeout="5")
    shop.pass_time(5 * 60_000)
    assert shop.state(trade_id) == "expired"


def test_nothing_that_is_not_planned_goes_on(till: Till) -> None:
    trade_id = till.create("DECLINED-1").trade_id
    till.pass_time(2000)
    with pytest.raises(AssertionError, match="No transition is planned in the state declined"):
        till.ask(f"/accounts/{USER}/payments/{trade_id}/signal", {})


def test_a_default_refusal_refuses_queries_too() -> None:
    app = assemble(Settings(scenario="signature-error"))
    assert answer(app, signed_call("v3.QueryOrder", {"trade_id": "x"}))["code"] == "-403"


def test_a_default_is_overruled_by_the_request() -> None:
    app = assemble(Settings(scenario="signature-error"))
    assert create(app, order_id="PAID-1")["status"] is True


def test_a_scenario_that_does_not_exist_is_1000_with_the_nearest(app: Application) -> None:
    envelope = create(app, scenario="declind")
    assert envelope["code"] == "-1000"
    assert "did you mean 'declined'?" in envelope["message"]


def test_an_order_that_nobody_pays_expires_after_its_timeout(clock: FrozenClock, tmp_path: Path) -> None:
    (tmp_path / "unpaid.yaml").write_text("name: unpaid\nsummary: Nobody pays.\nthen: []\n", encoding="utf-8")
    app = assemble(Settings(scenarios=tmp_path, scenario="unpaid"), clock=clock)
    trade_id = create(app, timeout="2")["data"]["trade_id"]
    for milliseconds, state in ((2 * 60_000 - 1, "processing"), (1, "expired")):
        clock.advance(milliseconds)
        app.worker.run_due(USER)
        assert query(app, trade_id)["data"]["transaction_info"]["state"] == state


def test_a_short_timeout_comes_before_a_slow_payer(clock: FrozenClock) -> None:
    app = assemble(Settings(pay_delay=90_000), clock=clock)
    trade_id = create(app, timeout="1")["data"]["trade_id"]
    clock.advance(60_000)
    app.worker.run_due(USER)
    assert query(app, trade_id)["data"]["transaction_info"]["state"] == "expired"
    assert play(app, clock, trade_id) == ["expired"]
