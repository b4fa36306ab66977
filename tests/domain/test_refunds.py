"""Refunds: what they reserve and spend, when they wait for the balance, and what the merchant reads of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

import pytest

from mockserver import identity
from mockserver.domain.ledger import DailyTotal, Movement, balance_of
from mockserver.domain.notifications.notification import NotificationFaults
from mockserver.domain.payments.payment import Payment, Refunded
from mockserver.domain.refunds import (
    REFUND,
    REFUND_STATE_CODES,
    REFUND_STATES,
    UNSUCCESSFUL,
    Refund,
    RefundState,
    as_refund,
    begin_refund,
    postponed,
    refund_data,
    submit_waiting,
)
from mockserver.domain.states import IllegalTransitionError, PlannedTransition, Transition
from mockserver.domain.timeline import Event, Task
from tests.domain.samples import (
    ANNA,
    NOW,
    balance,
    notified,
    payment,
    put_balance,
    refund,
    texts,
    transition_tasks,
)

if TYPE_CHECKING:
    from mockserver.domain.unit_of_work import UnitOfWork

COST = 5_10  # EUR 5.00 and the fee
DONE = PlannedTransition(NOW + 1000, "refunded", after=1000)
WAITS: dict[str, Any] = {"state": "refund pending", "waiting_since": NOW}


@pytest.fixture
def unit(unit: UnitOfWork) -> UnitOfWork:
    """The unit with a paid payment of EUR 20.00, whose money counts as part of the opening balance."""
    unit.put(payment(state="paid", paid_at=NOW - 5000))
    return unit


def begin(unit: UnitOfWork, refund_id: str = "r1", **changes: Any) -> Refund:
    return begin_refund(unit, ANNA, refund(refund_id, **changes), 7)


def become(unit: UnitOfWork, state: RefundState, at: int = NOW + 1000, **faults: Any) -> Refund:
    transition = Transition(state, at, NotificationFaults(**faults) if faults else None)
    return REFUND.transition(unit, ANNA, stored(unit), transition)


def stored(unit: UnitOfWork, refund_id: str = "r1") -> Refund:
    found = unit.get(Refund, refund_id)
    assert found is not None
    return found


def refunded(unit: UnitOfWork) -> Refunded:
    found = unit.get(Payment, "t1")
    assert found is not None
    return found.refunded


def waiting(unit: UnitOfWork) -> int:
    return balance_of(unit, ANNA).waiting


def test_the_codes_of_the_states_are_the_documented_ones() -> None:
    assert REFUND_STATE_CODES == {
        "to-be-approval": "20", "refund pending": "21", "refund processing": "22", "refunded": "23",
        "refund failed": "24", "refund error": "25", "refund declined": "26",
    }  # fmt: skip


def test_the_transitions_are_those_of_the_protocol() -> None:
    assert {state: REFUND_STATES.after(state) for state in REFUND_STATES} == {
        "to-be-approval": {"refund pending", "refund processing", "refund declined"},
        "refund pending": {"refund processing"},
        "refund processing": {"refunded", "refund failed", "refund error"},
        "refunded": set(), "refund failed": set(), "refund error": set(), "refund declined": set(),
    }  # fmt: skip
    assert set(REFUND_STATES) == set(get_args(RefundState))
    assert REFUND_STATES.starts[0] == "refund processing"


def test_a_new_refund_reserves_its_cost(unit: UnitOfWork) -> None:
    assert begin(unit).state == "refund processing"
    assert balance(unit) == (100_00, COST, 0)
    assert waiting(unit) == 0


def test_a_new_refund_is_on_the_timeline_of_its_order_and_notified_to_nobody(unit: UnitOfWork) -> None:
    begin(unit, plan=(DONE,))
    assert unit.events("t1") == [
        Event("t1", NOW, "request", 7, "v3.CreateRefund"), Event("t1", NOW, "state", 0, "refund r1: refund processing")
    ]  # fmt: skip
    assert unit.notifications("t1") == []
    assert unit.every_task() == [Task(NOW + 1000, "refund", "r1")]


def test_a_new_refund_counts_for_its_payment(unit: UnitOfWork) -> None:
    begin(unit)
    assert refunded(unit) == Refunded(1, 5_00, 5_00)
    begin(unit, "r2", amount=7_80, settlement=1_00)
    assert refunded(unit) == Refunded(2, 12_80, 6_00)


@pytest.mark.parametrize("state", ["to-be-approval", "refund pending"])
def test_a_refund_that_is_not_submitted_yet_reserves_nothing(unit: UnitOfWork, state: RefundState) -> None:
    begin(unit, state=state)
    assert balance(unit) == (100_00, 0, 0)
    assert waiting(unit) == 0
    assert refunded(unit).times == 1


def test_a_successful_refund_spends_what_it_reserved(unit: UnitOfWork) -> None:
    begin(unit)
    become(unit, "refunded")
    assert balance(unit) == (100_00 - COST, 0, 0)
    assert refunded(unit) == Refunded(1, 5_00, 5_00)


def test_a_successful_refund_is_cleared_as_a_movement_of_its_own(unit: UnitOfWork) -> None:
    unit.put(payment(state="paid", number=3))
    begin(unit, amount=39_00, currency="CNY")
    become(unit, "refunded")
    assert unit.every(Movement) == [
        Movement("r1", 1, NOW + 1000, "refund", "t1", 3, "o1", "Alipay", 39_00, "CNY", 5_00, 10, "standing")
    ]
    assert [(one.refunds, one.refund_amount, one.fees) for one in unit.every(DailyTotal)] == [(1, 5_00, 10)]


@pytest.mark.parametrize("state", ["refund failed", "refund error"])
def test_a_refund_that_fails_releases_what_it_reserved(unit: UnitOfWork, state: RefundState) -> None:
    begin(unit)
    begin(unit, "r2")
    become(unit, state)
    assert balance(unit) == (100_00, COST, 0)
    assert refunded(unit) == Refunded(1, 5_00, 5_00)
    assert unit.every(Movement) == []


def test_a_declined_refund_has_nothing_to_release(unit: UnitOfWork) -> None:
    begin(unit, state="to-be-approval")
    become(unit, "refund declined")
    assert balance(unit) == (100_00, 0, 0)
    assert refunded(unit) == Refunded()


def test_an_approved_refund_reserves_its_cost(unit: UnitOfWork) -> None:
    begin(unit, state="to-be-approval")
    assert become(unit, "refund processing").state == "refund processing"
    assert balance(unit) == (100_00, COST, 0)


def test_a_refund_is_refunded_once(unit: UnitOfWork) -> None:
    begin(unit)
    become(unit, "refunded")
    with pytest.raises(IllegalTransitionError, match="refund r1 is refunded and cannot become refund failed"):
        become(unit, "refund failed")


def test_each_change_of_state_is_notified_with_its_order(unit: UnitOfWork) -> None:
    begin(unit)
    become(unit, "refunded")
    [data] = notified(unit)
    assert (data["type"], data["state"], data["refund_id"]) == ("refund", "refunded", "r1")
    assert (data["trade_id"], data["order_id"], data["m_refund_id"]) == ("t1", "o1", "m1")
    assert [one.created_at for one in unit.notifications("t1")] == [NOW + 1000]


def test_the_faults_of_a_transition_come_before_those_of_the_refund(unit: UnitOfWork) -> None:
    begin(unit, state="to-be-approval", notification_faults=NotificationFaults(copies=3))
    become(unit, "refund processing", copies=2)
    assert len(unit.notifications("t1")) == 2
    become(unit, "refunded")
    assert len(unit.notifications("t1")) == 5


# When the balance is too small.


@pytest.mark.parametrize(("available", "state"), [(COST, "refund processing"), (COST - 1, "refund pending")])
def test_a_refund_waits_if_the_balance_is_a_cent_too_small(unit: UnitOfWork, available: int, state: str) -> None:
    put_balance(unit, available)
    begun = begin(unit, plan=(DONE,))
    assert (begun.state, stored(unit)) == (state, begun)
    assert waiting(unit) == (state == "refund pending")
    assert begun.waiting_since == (NOW if state == "refund pending" else None)


def test_a_refund_that_waits_has_nothing_scheduled_and_counts_for_its_payment(unit: UnitOfWork) -> None:
    put_balance(unit, 0)
    begin(unit, plan=(DONE,))
    assert unit.every_task() == []
    assert refunded(unit).times == 1
    assert texts(unit) == ["refund r1: refund pending"]
    assert unit.notifications("t1") == []


def test_money_submits_a_waiting_refund_and_its_plan_goes_on_from_there(unit: UnitOfWork) -> None:
    put_balance(unit, 0)
    begin(unit, plan=(DONE, DONE._replace(at=None)))
    put_balance(unit, COST, waiting=1)
    submit_waiting(unit, ANNA, NOW + 60_000)
    submitted = stored(unit)
    assert (submitted.state, submitted.waiting_since) == ("refund processing", None)
    assert [step.at for step in submitted.plan] == [NOW + 61_000, None]
    assert transition_tasks(unit) == [Task(NOW + 61_000, "refund", "r1")]
    assert (balance(unit), waiting(unit)) == ((COST, COST, 0), 0)
    assert [one["state"] for one in notified(unit)] == ["refund processing"]
    assert [one.created_at for one in unit.notifications("t1")] == [NOW + 60_000]


def test_without_enough_money_a_refund_goes_on_waiting(unit: UnitOfWork) -> None:
    unit.put(refund(**WAITS))
    put_balance(unit, COST - 1, waiting=1)
    submit_waiting(unit, ANNA, NOW)
    assert stored(unit) == refund(**WAITS)
    assert waiting(unit) == 1


def test_the_oldest_waiting_refund_is_submitted_first(unit: UnitOfWork) -> None:
    for number in (1, 2, 3):
        unit.put(refund(f"r{number}", number=number, created_at=NOW - number, **WAITS))
    put_balance(unit, 2 * COST, waiting=3)
    submit_waiting(unit, ANNA, NOW)
    states = [stored(unit, f"r{number}").state for number in (1, 2, 3)]
    assert states == ["refund pending", "refund processing", "refund processing"]
    assert waiting(unit) == 1
    assert texts(unit) == ["refund r3: refund processing", "refund r2: refund processing"]


def test_a_refund_that_is_too_dear_does_not_hold_up_a_cheaper_one(unit: UnitOfWork) -> None:
    unit.put(refund("r1", settlement=50_00, **WAITS))
    unit.put(refund("r2", number=2, **WAITS))
    put_balance(unit, COST, waiting=2)
    submit_waiting(unit, ANNA, NOW)
    assert (stored(unit).state, stored(unit, "r2").state) == ("refund pending", "refund processing")


def test_a_refund_that_a_scenario_keeps_pending_is_not_submitted(unit: UnitOfWork) -> None:
    unit.put(refund(state="refund pending"))
    unit.put(refund("r2", number=2, **WAITS))
    put_balance(unit, 2 * COST, waiting=1)
    submit_waiting(unit, ANNA, NOW)
    assert (stored(unit).state, stored(unit, "r2").state) == ("refund pending", "refund processing")


def test_nobody_looks_for_waiting_refunds_if_none_waits(unit: UnitOfWork) -> None:
    unit.put(refund(**WAITS))
    submit_waiting(unit, ANNA, NOW)
    assert stored(unit) == refund(**WAITS)


def test_the_release_of_a_failed_refund_submits_the_one_that_waits(unit: UnitOfWork) -> None:
    put_balance(unit, COST)
    begin(unit)
    begin(unit, "r2", number=2)
    assert stored(unit, "r2").state == "refund pending"
    become(unit, "refund failed", NOW + 2000)
    assert stored(unit, "r2").state == "refund processing"
    assert balance(unit) == (COST, COST, 0)
    assert [one["state"] for one in notified(unit)] == ["refund failed", "refund processing"]


def test_an_approved_refund_waits_for_the_balance_and_says_so(unit: UnitOfWork) -> None:
    put_balance(unit, 0)
    begin(unit, state="to-be-approval")
    changed = become(unit, "refund processing")
    assert (changed.state, changed.waiting_since) == ("refund pending", NOW + 1000)
    assert waiting(unit) == 1
    assert [one["state"] for one in notified(unit)] == ["refund pending"]


def test_a_pending_refund_that_cannot_be_submitted_waits_without_a_notification(unit: UnitOfWork) -> None:
    put_balance(unit, 0)
    begin(unit, state="refund pending")
    changed = become(unit, "refund processing")
    assert stored(unit) == changed == refund(state="refund pending", waiting_since=NOW + 1000)
    assert waiting(unit) == 1
    assert unit.notifications("t1") == []
    assert texts(unit) == ["refund r1: refund pending"]


def test_a_plan_is_delayed_by_the_time_that_its_refund_has_waited() -> None:
    late = postponed(refund(plan=(DONE, PlannedTransition(None, "refund failed")), **WAITS), NOW + 300)
    assert late.plan == (DONE._replace(at=NOW + 1300), PlannedTransition(None, "refund failed"))
    assert late.waiting_since is None


def test_a_refund_that_has_not_waited_keeps_its_plan() -> None:
    assert postponed(refund(plan=(DONE,)), NOW + 300) == refund(plan=(DONE,))


def test_a_waiting_refund_has_no_next_transition_until_it_is_submitted() -> None:
    assert REFUND.next_transition(refund(plan=(DONE,), **WAITS)) is None
    assert REFUND.next_transition(refund(plan=(DONE,))) == DONE
    assert REFUND.next_transition(refund()) is None


def test_a_refund_without_its_payment_is_a_fault_of_the_sandbox(unit: UnitOfWork) -> None:
    with pytest.raises(LookupError, match="refund r1 has no payment"):
        begin(unit, trade_id="t9")


# What the merchant reads.


def test_a_refund_is_answered_with_the_documented_fields() -> None:
    assert as_refund(refund(number=4), payment(number=3), "seed a") == {
        "transaction_id": identity.wallet_transaction_id("seed a", 3), "refund_id": "r1", "m_refund_id": "m1",
        "refund_time": "1732672545", "state": "refund processing", "refund_amount": "5.00", "refund_currency": "EUR",
        "refund_description": "back", "notify_url": "null", "demo": "a=1", "settlement_refund_amount": "5.00",
        "settlement_refund_currency": "EUR", "merchant_cost": "0.10",
        "yb_transaction_id": identity.refund_transaction_id("seed a", 4),
    }  # fmt: skip


def test_what_the_merchant_did_not_send_is_null() -> None:
    answered = as_refund(refund(m_refund_id="", own_notify_url="https://own.example"), payment(), "seed a")
    assert (answered["m_refund_id"], answered["notify_url"]) == (None, "https://own.example")


def test_an_unsuccessful_refund_costs_nothing() -> None:
    assert {"refund failed", "refund error", "refund declined"} == UNSUCCESSFUL
    for state in REFUND_STATES:
        cost = as_refund(refund(state=state), payment(), "seed a")["merchant_cost"]
        assert cost == ("0.00" if state in UNSUCCESSFUL else "0.10"), state


def test_a_notification_has_the_order_and_no_empty_value() -> None:
    data = refund_data(refund(m_refund_id="", own_notify_url="https://own.example"), payment(currency="CNY"), "seed a")
    assert list(data)[:10] == [
        "type", "user", "order_id", "trade_id", "refund_id", "refund_amount", "refund_currency", "description",
        "createDate", "state",
    ]  # fmt: skip
    assert {"amount", "currency", "pay_method", "sub_pay_method"} < set(data)
    assert data.keys() > as_refund(refund(), payment(), "seed a").keys() - {"m_refund_id", "notify_url"}
    assert (data["description"], data["createDate"]) == (data["refund_description"], data["refund_time"])
    assert (data["amount"], data["currency"], data["refund_amount"]) == ("20.00", "CNY", "5.00")
    assert {"m_refund_id", "notify_url"}.isdisjoint(data)
