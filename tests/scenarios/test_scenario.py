from __future__ import annotations

import pytest

from mockserver.domain.states import PlannedTransition, after_query
from mockserver.scenarios.scenario import (
    Scenario,
    ScenarioCatalog,
    ScenarioQuery,
    Step,
    UnknownScenarioError,
    first_state,
    plan_transitions,
    scenario_in_demo,
)

SUCCESS = Scenario("default", "")
DECLINED = Scenario("declined", "", order_id="DECLINED-*", amount=99000599)
FAILED = Scenario("failed", "", order_id="FAILED-*", amount=99000699)


@pytest.fixture
def catalog() -> ScenarioCatalog:
    return ScenarioCatalog([SUCCESS, DECLINED, FAILED])


def test_a_request_that_asks_for_nothing_plays_the_default(catalog: ScenarioCatalog) -> None:
    assert catalog.choose(ScenarioQuery("", "1", "1.00")) is SUCCESS
    assert catalog.choose(ScenarioQuery("")) is SUCCESS


def test_another_default_may_be_named() -> None:
    assert ScenarioCatalog([SUCCESS, DECLINED], default="declined").choose(ScenarioQuery("")) is DECLINED


@pytest.mark.parametrize("order_id", ["DECLINED-1", "DECLINED-"])
def test_an_order_id_asks_for_a_scenario(catalog: ScenarioCatalog, order_id: str) -> None:
    assert catalog.choose(ScenarioQuery("", order_id, "1")) is DECLINED


@pytest.mark.parametrize("order_id", ["declined-1", "XDECLINED-1", "DECLINED"])
def test_an_order_id_that_is_only_similar_does_not(catalog: ScenarioCatalog, order_id: str) -> None:
    assert catalog.choose(ScenarioQuery("", order_id)) is SUCCESS


def test_an_amount_asks_for_a_scenario_however_it_is_written(catalog: ScenarioCatalog) -> None:
    assert catalog.choose(ScenarioQuery("", amount="990005.99")) is DECLINED
    assert catalog.choose(ScenarioQuery("", amount="990050.99")) is SUCCESS


def test_the_order_id_beats_the_amount_and_the_name_beats_both(catalog: ScenarioCatalog) -> None:
    assert catalog.choose(ScenarioQuery("", "FAILED-1", "990005.99")) is FAILED
    assert catalog.choose(ScenarioQuery("default", "FAILED-1", "990005.99")) is SUCCESS


def test_an_unknown_name_is_refused_with_the_nearest(catalog: ScenarioCatalog) -> None:
    with pytest.raises(UnknownScenarioError, match="no scenario 'declind'; did you mean 'declined'?"):
        catalog.choose(ScenarioQuery("declind"))
    with pytest.raises(UnknownScenarioError, match="Scenarios: declined, default, failed"):
        ScenarioCatalog([SUCCESS, DECLINED, FAILED], default="xyz")


def test_of_several_with_one_name_the_last_counts() -> None:
    mine = Scenario("declined", "mine")
    assert ScenarioCatalog([SUCCESS, DECLINED, mine]).choose(ScenarioQuery("declined")) is mine
    assert ScenarioCatalog([SUCCESS, DECLINED, mine]).choose(ScenarioQuery("", amount="990005.99")) is SUCCESS


def test_an_own_trigger_beats_a_shipped_one() -> None:
    by_order_id = Scenario("mine", "", order_id="DECLINED-*")
    by_amount = Scenario("mine", "", amount=99000599)
    assert ScenarioCatalog([SUCCESS, DECLINED, by_order_id]).choose(ScenarioQuery("", "DECLINED-1")) is by_order_id
    assert ScenarioCatalog([SUCCESS, DECLINED, by_amount]).choose(ScenarioQuery("", amount="990005.99")) is by_amount


REFUND_FAILED = Scenario("refund-failed", "", order_id="REFUNDFAIL-*", parts={"refund": (Step(0, "refund failed"),)})


def test_what_the_merchant_calls_a_thing_asks_only_for_scenarios_that_speak_of_such_things() -> None:
    catalog = ScenarioCatalog([SUCCESS, DECLINED, REFUND_FAILED])
    assert catalog.choose(ScenarioQuery(reference="REFUNDFAIL-1", part="refund")) is REFUND_FAILED
    assert catalog.choose(ScenarioQuery(reference="REFUNDFAIL-1", part="payout")) is SUCCESS
    assert catalog.choose(ScenarioQuery(reference="DECLINED-1", part="refund")) is SUCCESS
    assert catalog.choose(ScenarioQuery(reference="REFUNDFAIL-1")) is REFUND_FAILED


def test_a_refund_inherits_the_scenario_of_its_payment_where_that_speaks_of_refunds() -> None:
    catalog = ScenarioCatalog([SUCCESS, DECLINED, REFUND_FAILED])
    assert catalog.choose(ScenarioQuery(part="refund", inherited="refund-failed")) is REFUND_FAILED
    assert catalog.choose(ScenarioQuery(part="refund", inherited="declined")) is SUCCESS
    assert catalog.choose(ScenarioQuery(part="refund", inherited="gone by now")) is SUCCESS
    assert catalog.choose(ScenarioQuery("declined", part="refund", inherited="refund-failed")) is DECLINED


def test_a_first_step_without_delay_may_name_the_state_to_begin_in() -> None:
    starts = ("processing", "pending")
    assert first_state((Step(0, "pending"), Step(1, "processing")), starts) == "pending"
    assert first_state((Step(1, "pending"),), starts) is None
    assert first_state((Step(0, "paid"),), starts) is None
    assert first_state((), starts) is None


def test_steps_follow_one_another() -> None:
    steps = (Step(None, "verify"), Step(2000, "paid"))
    assert plan_transitions(steps, 100, pay_delay=1000) == (
        PlannedTransition(1100, "verify", 1000), PlannedTransition(3100, "paid", 2000),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("demo", "after_query"),
    [
        ("scenario:declined", "declined"),
        ("scenario: declined ", "declined"),
        ('{"a":{"b":["x","scenario:declined"]}}', "declined"),
        ('{"scenario":"declined"}', ""),
        ("my scenario:declined", ""),
        ('{"note":"see scenario:declined"}', ""),
        ('{"a":"scenario:declined"', ""),
        ("", ""),
        ("[" * 2000 + '"scenario:x"', ""),
    ],
)
def test_demo_asks_by_a_whole_text_alone_or_inside_json(demo: str, after_query: str) -> None:
    assert scenario_in_demo(demo) == after_query


def test_demo_beats_the_order_id_and_is_beaten_by_the_name(catalog: ScenarioCatalog) -> None:
    assert catalog.choose(ScenarioQuery(reference="FAILED-1", demo="scenario:declined")) is DECLINED
    assert catalog.choose(ScenarioQuery("default", demo="scenario:declined")) is SUCCESS
    with pytest.raises(UnknownScenarioError, match="did you mean 'declined'"):
        catalog.choose(ScenarioQuery(demo="scenario:declind"))


def test_what_comes_after_a_waiting_step_counts_from_its_end() -> None:
    steps = (Step(1000, "verify"), Step(0, "paid", queries=2), Step(500, "cancelled"))
    plan = plan_transitions(steps, 100, pay_delay=1000)
    assert [move.at for move in plan] == [1100, None, None]
    once = after_query(plan[1:], 7000)
    assert [(move.at, move.queries) for move in once] == [(None, 1), (None, 0)]
    assert [(move.at, move.queries) for move in after_query(once, 9000)] == [(9000, 0), (9500, 0)]
    assert after_query(plan, 7000) is plan, "the first move does not wait for queries"


@pytest.mark.parametrize("pattern", ["A-*", "*-A", "?x*", "[AB]-*", "EXACT"])
def test_a_pattern_may_be_any(pattern: str) -> None:
    mine = Scenario("mine", "", order_id=pattern)
    catalog = ScenarioCatalog([SUCCESS, mine])
    matching = {"A-*": "A-1", "*-A": "1-A", "?x*": "axb", "[AB]-*": "B-", "EXACT": "EXACT"}[pattern]
    assert catalog.choose(ScenarioQuery(reference=matching)) is mine
    assert catalog.choose(ScenarioQuery(reference=f" {matching}")) is (mine if pattern == "*-A" else SUCCESS)
