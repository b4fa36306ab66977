"""Payouts: what they freeze, pay out and give back, and what the merchant reads of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from mockserver.domain.ledger import BalanceTooSmallError
from mockserver.domain.notifications.notification import NotificationFaults
from mockserver.domain.payouts import (
    PAYOUT,
    PAYOUT_STATES,
    UNPAID_OUT,
    Payout,
    PayoutState,
    as_payout,
    begin_payout,
)
from mockserver.domain.refunds import Refund
from mockserver.domain.states import IllegalTransitionError, PlannedTransition, Transition
from mockserver.domain.timeline import Event, Task
from tests.domain.samples import ANNA, NOW, balance, notified, payment, payout, put_balance, refund

if TYPE_CHECKING:
    from mockserver.domain.unit_of_work import UnitOfWork


def begin(unit: UnitOfWork, **changes: Any) -> Payout:
    made = payout(**changes)
    begin_payout(unit, ANNA, made, 7)
    return made


def become(unit: UnitOfWork, before: Payout, *states: PayoutState, at: int = NOW + 1500, **faults: Any) -> Payout:
    for state in states:
        transition = Transition(state, at, NotificationFaults(**faults) if faults else None)
        before = PAYOUT.transition(unit, ANNA, before, transition)
    return before


def test_the_transitions_are_those_of_the_protocol() -> None:
    assert {state: PAYOUT_STATES.after(state) for state in PAYOUT_STATES} == {
        "awaiting approval": {"pending", "declined", "cancelled"}, "pending": {"completed", "failed"},
        "failed": set(), "completed": set(), "declined": set(), "cancelled": set(),
    }  # fmt: skip
    assert PAYOUT_STATES.starts == ("awaiting approval",)
    assert {"failed", "declined", "cancelled"} == UNPAID_OUT


def test_a_new_payout_freezes_its_amount(unit: UnitOfWork) -> None:
    begin(unit)
    assert balance(unit) == (70_00, 0, 30_00)


def test_a_new_payout_is_on_a_timeline_of_its_own_and_notified_to_nobody(unit: UnitOfWork) -> None:
    made = begin(unit, plan=(PlannedTransition(NOW + 1000, "pending"),))
    assert unit.get(Payout, "p1") == made
    assert unit.events("p1") == [
        Event("p1", NOW, "request", 7, "v3.MerchantBalance payout"), Event("p1", NOW, "state", 0, "awaiting approval")
    ]  # fmt: skip
    assert unit.notifications("p1") == []
    assert unit.every_task() == [Task(NOW + 1000, "payout", "p1")]


def test_a_payout_is_at_most_what_is_usable(unit: UnitOfWork) -> None:
    put_balance(unit, 35_00, reserve=5_00)
    with pytest.raises(BalanceTooSmallError):
        begin(unit, amount=30_01)
    begin(unit, amount=30_00)
    assert balance(unit) == (5_00, 5_00, 30_00)


def test_a_completed_payout_has_left_the_account(unit: UnitOfWork) -> None:
    become(unit, begin(unit), "pending", "completed")
    assert balance(unit) == (70_00, 0, 0)


@pytest.mark.parametrize("states", [("pending", "failed"), ("declined",), ("cancelled",)])
def test_a_payout_that_is_not_made_is_back_in_the_balance(unit: UnitOfWork, states: tuple[PayoutState, ...]) -> None:
    become(unit, begin(unit), *states)
    assert balance(unit) == (100_00, 0, 0)


def test_a_pending_payout_stays_frozen(unit: UnitOfWork) -> None:
    become(unit, begin(unit), "pending")
    assert balance(unit) == (70_00, 0, 30_00)


def test_a_completed_payout_cannot_fail(unit: UnitOfWork) -> None:
    completed = become(unit, begin(unit), "pending", "completed")
    with pytest.raises(IllegalTransitionError, match="payout p1 is completed and cannot become failed"):
        become(unit, completed, "failed")


@pytest.mark.parametrize(
    ("states", "refunded"), [(("declined",), "refund processing"), (("pending", "completed"), "refund pending")]
)
def test_money_that_comes_back_submits_a_waiting_refund(
    unit: UnitOfWork, states: tuple[PayoutState, ...], refunded: str
) -> None:
    begun = begin(unit, amount=100_00)
    unit.put(payment(state="paid"))
    put_balance(unit, 0, frozen=100_00, waiting=1)
    unit.put(refund(state="refund pending", waiting_since=NOW))
    become(unit, begun, *states)
    assert [one.state for one in unit.every(Refund)] == [refunded]


def test_each_change_of_state_is_notified_with_its_time(unit: UnitOfWork) -> None:
    become(unit, begin(unit), "pending")
    [made] = unit.notifications("p1")
    assert (made.type, made.notified_state, made.created_at) == ("payout", "pending", NOW + 1500)
    assert list(json.loads(made.body)) == ["data", "sign"]
    assert json.loads(made.body)["data"] == as_payout(payout(state="pending"), NOW // 1000 + 1)
    assert [one["state"] for one in notified(unit, "p1")] == ["pending"]


def test_the_faults_of_a_transition_come_before_those_of_the_payout(unit: UnitOfWork) -> None:
    begun = begin(unit, notification_faults=NotificationFaults(copies=3))
    pending = become(unit, begun, "pending", copies=2)
    assert len(unit.notifications("p1")) == 2
    become(unit, pending, "completed")
    assert len(unit.notifications("p1")) == 5


def test_a_payout_is_answered_with_the_documented_fields() -> None:
    assert as_payout(payout(amount=100_01), 1_708_482_257) == {
        "user": "anna", "time": 1_708_482_257, "gateway_name": "YabandPay", "payout_id": "p1", "currency": "EUR",
        "amount": "100.01", "reference": "4711", "notify_url": "https://shop.example/notify",
        "state": "awaiting approval",
    }  # fmt: skip
