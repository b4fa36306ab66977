from __future__ import annotations

from typing import cast, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.domain.payments.payment import (
    AUTHORIZATION_LASTS,
    PAYMENT_STATES,
    STATE_CODES,
    Payment,
    State,
    in_state,
    next_transition,
)
from mockserver.domain.payments.transitions import PAYMENT
from mockserver.domain.states import IllegalTransitionError, PlannedTransition

STATES: tuple[State, ...] = get_args(State)
FINAL: tuple[State, ...] = ("declined", "failed", "expired", "cancelled")


def payment(state: State = "processing", plan: tuple[PlannedTransition, ...] = (), expires_at: int = 60_000) -> Payment:
    return Payment(
        trade_id="t", number=1, user="u", method="m", order_id="o", amount=100, tip=0, currency="EUR", pay_method="online",
        sub_pay_method="Alipay", description="d", demo="", timeout=1, redirect_url="", notify_url="", scenario="s",
        created_at=0, expires_at=expires_at, paid_at=None, state=state, plan=plan,
    )  # fmt: skip


def after_next_transition(before: Payment) -> Payment:
    step = next_transition(before)
    if step is None or step.at is None:
        return before
    return in_state(PAYMENT.without_next(before), cast("State", step.state), step.at)


def transitioned(before: Payment, state: State, at: int) -> Payment:
    PAYMENT_STATES.check(before.trade_id, before.state, state)
    return in_state(before, state, at)


def test_the_codes_are_the_documented_ones() -> None:
    assert STATE_CODES == {
        "paid": "00", "authorized": "01", "pending": "02", "processing": "03", "verify": "04",
        "declined": "05", "failed": "06", "expired": "07", "cancelled": "08",
    }  # fmt: skip


def test_every_state_has_its_transitions_and_the_final_ones_have_none() -> None:
    assert set(PAYMENT_STATES) == set(STATES)
    assert [state for state in STATES if not PAYMENT_STATES.after(state)] == list(FINAL)


@pytest.mark.parametrize("current", STATES)
@pytest.mark.parametrize("wanted", STATES)
def test_a_legal_transition_is_made_and_an_illegal_one_names_both_states(current: State, wanted: State) -> None:
    if wanted in PAYMENT_STATES.after(current):
        assert transitioned(payment(current), wanted, 5).state == wanted
        return
    with pytest.raises(IllegalTransitionError, match=f"is {current} and cannot become {wanted}") as caught:
        transitioned(payment(current), wanted, 5)
    assert (caught.value.current, caught.value.wanted) == (current, wanted)


def test_being_paid_is_dated() -> None:
    assert transitioned(payment(), "paid", 1234).paid_at == 1234
    assert transitioned(payment(), "verify", 1234).paid_at is None


def test_an_unpaid_payment_expires_when_its_timeout_has_passed() -> None:
    assert next_transition(payment()) == PlannedTransition(60_000, "expired")
    assert after_next_transition(payment()).state == "expired"


def test_the_plan_comes_before_a_later_expiry_and_after_an_earlier_one() -> None:
    plan = (PlannedTransition(1000, "paid"),)
    assert next_transition(payment(plan=plan)) == PlannedTransition(1000, "paid")
    assert next_transition(payment(plan=plan, expires_at=500)) == PlannedTransition(500, "expired")


def test_a_plan_is_followed_step_by_step() -> None:
    reviewed = after_next_transition(payment(plan=(PlannedTransition(1, "verify"), PlannedTransition(2, "paid"))))
    assert (reviewed.state, reviewed.plan) == ("verify", (PlannedTransition(2, "paid"),))
    paid = after_next_transition(reviewed)
    assert (paid.state, paid.plan, paid.paid_at) == ("paid", (), 2)


def test_an_authorisation_expires_after_30_days() -> None:
    authorized = transitioned(payment(), "authorized", 1234)
    assert authorized.authorized == 100
    assert AUTHORIZATION_LASTS == 30 * 24 * 60 * 60 * 1000
    assert next_transition(authorized) == PlannedTransition(1234 + AUTHORIZATION_LASTS, "expired")


def test_a_payment_under_review_does_not_expire() -> None:
    assert next_transition(payment("verify")) is None


def test_a_finished_payment_stays_as_it_is() -> None:
    finished = payment("declined", plan=(PlannedTransition(1, "paid"),))
    assert next_transition(finished) is None
    assert after_next_transition(finished) is finished


steps = st.tuples(st.integers(0, 10**6), st.sampled_from(STATES)).map(lambda step: PlannedTransition(*step))
plans = st.lists(steps, max_size=6).map(tuple)


@given(st.sampled_from(STATES), plans)
def test_whatever_is_planned_states_follow_the_state_machine(state: State, plan: tuple[PlannedTransition, ...]) -> None:
    current = payment(state, plan)
    for _ in range(len(plan) + 2):
        moved = after_next_transition(current)
        assert moved is current or moved.state in PAYMENT_STATES.after(current.state)
        current = moved
    assert next_transition(current) is None
