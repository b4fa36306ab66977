"""Which scenario a request gets, what it uses up, and what it says about the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mockserver.domain.accounts import AnswersPlayed, Queued, ScenarioQueue
from mockserver.gateway.errors import RuleBroken
from mockserver.gateway.methods import find_method
from mockserver.gateway.scenario_choice import ScenarioChoice, ScenarioRequest, choose_scenario
from mockserver.scenarios.faults import Delay, HttpStatus, Reply
from mockserver.scenarios.scenario import RIGHT, Response, Scenario, ScenarioCatalog, Step
from tests.store.samples import ANNA, payment

if TYPE_CHECKING:
    from mockserver.domain.unit_of_work import UnitOfWork

FAILS = Response(code="-1000")
CATALOG = ScenarioCatalog(
    [
        Scenario("default", ""),
        Scenario("own", "", parts={"then": (Step(1, "paid"),)}),
        Scenario("patterned", "", order_id="P-*", answers=(FAILS,)),
        Scenario("dear", "", amount=99_00),
        Scenario("refunding", "", parts={"refund": (Step(1, "refund failed"),)}),
        Scenario("twice", "", order_id="TWICE-*", answers=(FAILS, FAILS, RIGHT)),
        Scenario("once", "", answers=(FAILS,)),
    ]
)
CREATE, QUERY, REFUND = "v3.CreatePaymentsAlipayMiniPay", "v3.QueryOrder", "v3.CreateRefund"


def choice(unit: UnitOfWork, method: str = CREATE, header: str = "", default: str = "", **sent: str) -> ScenarioChoice:
    account = ANNA if not default else type(ANNA)("anna", "key", "seed a", scenario=default)
    request = ScenarioRequest(header, account, find_method(method, dict(sent)), sent)
    return choose_scenario(CATALOG, request, unit)


def name(unit: UnitOfWork, method: str = CREATE, **asked: Any) -> str:
    return choice(unit, method, **asked).scenario.name


def queue(unit: UnitOfWork, *entries: Queued) -> None:
    unit.put(ScenarioQueue(entries))


def queued(unit: UnitOfWork) -> tuple[Queued, ...]:
    found = unit.get(ScenarioQueue, "queue")
    return found.entries if found else ()


def test_the_header_comes_before_all_else(unit: UnitOfWork) -> None:
    queue(unit, Queued("once", 1))
    assert name(unit, header="own", order_id="P-1", demo="scenario:dear", amount="99.00") == "own"
    assert queued(unit) == (Queued("once", 1),)


def test_an_unknown_scenario_is_refused_with_the_known_ones(unit: UnitOfWork) -> None:
    with pytest.raises(RuleBroken, match=r"There is no scenario 'oen'; did you mean 'own'\? Scenarios: dear, default,"):
        name(unit, header="oen")


def test_a_queued_scenario_is_used_up(unit: UnitOfWork) -> None:
    queue(unit, Queued("once", 2), Queued("own", 1))
    assert [name(unit) for _ in range(4)] == ["once", "once", "own", "default"]
    assert queued(unit) == ()


def test_a_queued_scenario_waits_for_its_method_and_reference(unit: UnitOfWork) -> None:
    waiting = (Queued("own", 1, method=QUERY), Queued("once", 1, reference="B-*"))
    queue(unit, *waiting)
    assert name(unit, order_id="A-1") == "default"
    assert queued(unit) == waiting
    assert (name(unit, order_id="B-1"), name(unit, QUERY, trade_id="t1")) == ("once", "own")


def test_the_reference_the_amount_and_the_demo_of_a_payment_choose(unit: UnitOfWork) -> None:
    assert name(unit, order_id="P-1") == "patterned"
    assert name(unit, amount="99.00") == "dear"
    assert name(unit, demo="scenario:own") == "own"


def test_the_amount_and_the_demo_of_other_requests_choose_nothing(unit: UnitOfWork) -> None:
    assert name(unit, REFUND, amount="99.00", demo="scenario:own", order_id="P-1") == "default"
    assert name(unit, REFUND, m_refund_id="P-1") == "patterned"


def test_an_account_has_a_default_of_its_own(unit: UnitOfWork) -> None:
    assert name(unit, default="own") == "own"


def test_a_refund_inherits_the_scenario_of_its_payment(unit: UnitOfWork) -> None:
    unit.put(payment(scenario="refunding"))
    assert name(unit, REFUND, trade_id="t1") == "refunding"
    assert name(unit, REFUND, trade_id="t9") == name(unit, REFUND) == "default"


def test_a_request_about_the_payment_itself_inherits_nothing(unit: UnitOfWork) -> None:
    unit.put(payment(scenario="own"))
    assert name(unit, QUERY, trade_id="t1") == "default"


def test_a_sequence_is_counted_for_each_order(unit: UnitOfWork) -> None:
    answers = [
        choice(unit, order_id=order).response for order in ("TWICE-1", "TWICE-2", "TWICE-1", "TWICE-1", "TWICE-1")
    ]
    assert answers == [FAILS, FAILS, FAILS, RIGHT, RIGHT]
    assert {one.known_as: one.times for one in unit.every(AnswersPlayed)} == {"twice TWICE-1": 4, "twice TWICE-2": 1}


def test_without_a_reference_a_sequence_is_counted_for_the_trade(unit: UnitOfWork) -> None:
    for trade_id in ("t1", "t2"):
        choice(unit, QUERY, header="twice", trade_id=trade_id)
    choice(unit, QUERY, header="twice")
    assert [one.known_as for one in unit.every(AnswersPlayed)] == ["twice t1", "twice t2", "twice "]


def test_a_single_answer_is_not_counted(unit: UnitOfWork) -> None:
    assert choice(unit, header="once").response == FAILS
    assert choice(unit).response is RIGHT
    assert unit.every(AnswersPlayed) == []


def reason(response: Response) -> str:
    return ScenarioChoice(Scenario("own", ""), response).reason


def test_a_right_answer_needs_no_reason() -> None:
    assert not reason(RIGHT)


def test_a_refusal_says_that_the_request_was_correct() -> None:
    assert reason(FAILS) == "The scenario 'own' answers with -1000; the request was correct."


def test_other_faults_are_described() -> None:
    assert reason(Response(faults=(HttpStatus(500),))).startswith("The scenario 'own' was used: ")
    assert "-1000" in reason(Response("-1000", faults=(HttpStatus(500),)))
    assert not reason(Response(effect="kept", message="unused"))


def test_an_export_is_late_or_lost_and_nothing_else() -> None:
    both = ScenarioChoice(Scenario("own", ""), Response(faults=(HttpStatus(500), Delay(1000, 1000))))
    assert both.of_export().response.faults == (Delay(1000, 1000),)
    plain = ScenarioChoice(Scenario("own", ""), RIGHT)
    assert plain.of_export() is plain


def test_only_faults_make_a_reply_of_an_answer() -> None:
    assert ScenarioChoice(Scenario("own", ""), RIGHT).reply(b"{}", ANNA, 1) is None
    faulty = ScenarioChoice(Scenario("own", ""), Response(faults=(HttpStatus(500), Delay(1000, 1000))))
    reply = faulty.reply(b"{}", ANNA, 1)
    assert isinstance(reply, Reply)
    assert (reply.status, reply.wait) == (500, 1000)


def test_a_drawn_delay_depends_on_the_account_and_the_request() -> None:
    erratic = ScenarioChoice(Scenario("own", ""), Response(faults=(Delay(1, 1_000_000),)))
    waits = [reply.wait for number in (1, 1, 2) if (reply := erratic.reply(b"{}", ANNA, number)) is not None]
    assert waits[0] == waits[1] != waits[2]
