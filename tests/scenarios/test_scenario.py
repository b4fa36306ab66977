from __future__ import annotations

import pytest

from mockserver.payments.payment import PlannedMove
from mockserver.scenarios.scenario import Repertoire, Scenario, Step, UnknownScenarioError, plan_moves

SUCCESS = Scenario("success", "")
DECLINED = Scenario("declined", "", order_id="DECLINED-*", amount=405)
FAILED = Scenario("failed", "", order_id="FAILED-*", amount=406)


@pytest.fixture
def repertoire() -> Repertoire:
    return Repertoire([SUCCESS, DECLINED, FAILED])


def test_a_request_that_asks_for_nothing_plays_the_default(repertoire: Repertoire) -> None:
    assert repertoire.choose("", {"order_id": "1", "amount": "1.00"}) is SUCCESS
    assert repertoire.choose("", {}) is SUCCESS


def test_another_default_may_be_named() -> None:
    assert Repertoire([SUCCESS, DECLINED], default="declined").choose("", {}) is DECLINED


@pytest.mark.parametrize("order_id", ["DECLINED-1", "DECLINED-"])
def test_an_order_id_asks_for_a_scenario(repertoire: Repertoire, order_id: str) -> None:
    assert repertoire.choose("", {"order_id": order_id, "amount": "1"}) is DECLINED


@pytest.mark.parametrize("order_id", ["declined-1", "XDECLINED-1", "DECLINED"])
def test_an_order_id_that_is_only_similar_does_not(repertoire: Repertoire, order_id: str) -> None:
    assert repertoire.choose("", {"order_id": order_id}) is SUCCESS


def test_an_amount_asks_for_a_scenario_however_it_is_written(repertoire: Repertoire) -> None:
    assert repertoire.choose("", {"amount": "4.05"}) is DECLINED
    assert repertoire.choose("", {"amount": "4.50"}) is SUCCESS


def test_the_order_id_beats_the_amount_and_the_name_beats_both(repertoire: Repertoire) -> None:
    request = {"order_id": "FAILED-1", "amount": "4.05"}
    assert repertoire.choose("", request) is FAILED
    assert repertoire.choose("success", request) is SUCCESS


def test_an_unknown_name_is_refused_with_the_nearest(repertoire: Repertoire) -> None:
    with pytest.raises(UnknownScenarioError, match="no scenario 'declind'; did you mean 'declined'?"):
        repertoire.choose("declind", {})
    with pytest.raises(UnknownScenarioError, match="There are: declined, failed, success"):
        Repertoire([SUCCESS, DECLINED, FAILED], default="xyz")


def test_of_several_with_one_name_the_last_counts() -> None:
    mine = Scenario("declined", "mine")
    assert Repertoire([SUCCESS, DECLINED, mine]).choose("declined", {}) is mine
    assert Repertoire([SUCCESS, DECLINED, mine]).choose("", {"amount": "4.05"}) is SUCCESS


def test_an_own_trigger_beats_a_shipped_one() -> None:
    by_order_id = Scenario("mine", "", order_id="DECLINED-*")
    by_amount = Scenario("mine", "", amount=405)
    assert Repertoire([SUCCESS, DECLINED, by_order_id]).choose("", {"order_id": "DECLINED-1"}) is by_order_id
    assert Repertoire([SUCCESS, DECLINED, by_amount]).choose("", {"amount": "4.05"}) is by_amount


def test_steps_follow_one_another() -> None:
    scenario = Scenario("s", "", then=(Step(None, "verify"), Step(2000, "paid")))
    assert plan_moves(scenario, 100, pay_delay=1000) == (PlannedMove(1100, "verify"), PlannedMove(3100, "paid"))
