"""State machines and plans."""

from __future__ import annotations

import pytest

from mockserver.domain.states import (
    IllegalTransitionError,
    PlannedTransition,
    StateMachine,
    after_query,
    dated,
    without_waiting,
)

PAID, CANCELLED = PlannedTransition(None, "paid", after=2000), PlannedTransition(None, "cancelled")
LAMP: StateMachine[str] = StateMachine(
    "lamp", ("off", "on"), {"off": frozenset({"on", "broken"}), "on": frozenset({"off"}), "broken": frozenset()}
)


def at(plan: tuple[PlannedTransition, ...]) -> list[int | None]:
    return [step.at for step in plan]


def test_each_transition_of_a_plan_comes_after_the_one_before_it() -> None:
    plan = dated([PlannedTransition(None, "verify", after=1000), PAID, CANCELLED], 50)
    assert [(step.state, step.at) for step in plan] == [("verify", 1050), ("paid", 3050), ("cancelled", 3050)]


@pytest.mark.parametrize("waiting", [PAID._replace(on_signal=True), PAID._replace(queries=1)])
def test_a_transition_that_waits_has_no_instant_nor_have_those_behind_it(waiting: PlannedTransition) -> None:
    assert waiting.waits
    assert at(dated([PAID, waiting, PAID], 50)) == [2050, None, None]


def test_a_transition_waits_for_queries_a_signal_or_nothing() -> None:
    assert [step.waits for step in (PAID, PAID._replace(queries=2), PAID._replace(on_signal=True))] == [
        False,
        True,
        True,
    ]


def test_what_no_longer_waits_is_due_now_and_dates_the_rest() -> None:
    waiting = PAID._replace(queries=3, on_signal=True)
    plan = without_waiting((waiting, PAID, waiting, CANCELLED), 70)
    assert plan[0] == PlannedTransition(70, "paid")
    assert at(plan) == [70, 2070, None, None]


def test_each_query_is_one_less_to_wait_for() -> None:
    plan = (PAID._replace(queries=3), PAID, CANCELLED)
    assert after_query(plan, 70) == (PAID._replace(queries=2), PAID, CANCELLED)


def test_the_last_query_makes_the_transition_due() -> None:
    assert at(after_query((PAID._replace(queries=1), PAID), 70)) == [70, 2070]


@pytest.mark.parametrize("plan", [(), (PAID,), (PAID._replace(on_signal=True), PAID._replace(queries=1))])
def test_a_query_changes_no_plan_that_waits_for_none(plan: tuple[PlannedTransition, ...]) -> None:
    assert after_query(plan, 70) is plan


def test_an_illegal_transition_names_the_possible_ones_in_order() -> None:
    with pytest.raises(IllegalTransitionError) as caught:
        LAMP.check("7", "off", "off")
    assert str(caught.value) == "lamp 7 is off and cannot become off; from off it can become broken, on"
    assert (caught.value.current, caught.value.wanted) == ("off", "off")


def test_a_final_state_is_called_final() -> None:
    with pytest.raises(IllegalTransitionError, match=r"^lamp 7 is broken and cannot become on; broken is final$"):
        LAMP.check("7", "broken", "on")


def test_a_legal_transition_passes() -> None:
    LAMP.check("7", "off", "broken")


def test_a_machine_lists_its_states_and_what_follows_them() -> None:
    assert list(LAMP) == ["off", "on", "broken"]
    assert LAMP.after("on") == {"off"}
    assert not LAMP.after("broken")


def step(state: str, *, forced: bool = False) -> PlannedTransition:
    return PlannedTransition(1, state, forced=forced)


def test_a_plan_goes_on_at_its_first_legal_transition() -> None:
    plan = (step("off"), step("on"), step("broken"))
    assert LAMP.next_planned("off", plan) == plan[1:]
    assert LAMP.next_planned("on", plan) == plan


def test_a_plan_without_a_legal_transition_is_over() -> None:
    assert LAMP.next_planned("broken", (step("off"), step("on"))) == ()
    assert LAMP.next_planned("off", ()) == ()


def test_a_forced_transition_needs_no_permission_but_another_state() -> None:
    plan = (step("broken", forced=True), step("on", forced=True))
    assert LAMP.next_planned("broken", plan) == plan[1:]
    assert LAMP.next_planned("on", plan) == plan
