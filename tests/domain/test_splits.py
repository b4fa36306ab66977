"""Splits and their returns: what they reserve, spend and give back, and what the merchant reads of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mockserver import identity
from mockserver.domain.ledger import BalanceTooSmallError
from mockserver.domain.notifications.notification import NotificationFaults
from mockserver.domain.payments.payment import Divided, Payment
from mockserver.domain.refunds import Refund
from mockserver.domain.splits import (
    SPLIT,
    SPLIT_STATES,
    Split,
    SplitState,
    as_receivers,
    as_split,
    begin_split,
    split_data,
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
    returned,
    split,
    texts,
    transition_tasks,
)

if TYPE_CHECKING:
    from mockserver.domain.unit_of_work import UnitOfWork


@pytest.fixture
def unit(unit: UnitOfWork) -> UnitOfWork:
    """The unit with a paid payment, whose money counts as part of the opening balance."""
    unit.put(payment(state="paid", paid_at=NOW - 5000))
    return unit


def begin(unit: UnitOfWork, made: Split) -> Split:
    begin_split(unit, ANNA, made, 7)
    return made


def become(unit: UnitOfWork, before: Split, state: SplitState, **faults: Any) -> Split:
    transition = Transition(state, NOW + 1000, NotificationFaults(**faults) if faults else None)
    return SPLIT.transition(unit, ANNA, before, transition)


def divided(unit: UnitOfWork) -> Divided:
    found = unit.get(Payment, "t1")
    assert found is not None
    return found.divided


def test_only_a_split_in_progress_changes() -> None:
    assert {state: SPLIT_STATES.after(state) for state in SPLIT_STATES} == {
        "Processing": {"Success", "Failed", "Cancelled"}, "Success": set(), "Failed": set(), "Cancelled": set()
    }  # fmt: skip


def test_the_amount_of_a_split_is_the_sum_of_its_shares() -> None:
    assert split().amount == 10_00
    assert split(shares=()).amount == 0


def test_a_new_split_reserves_its_amount_and_counts_for_its_order(unit: UnitOfWork) -> None:
    begin(unit, split())
    assert balance(unit) == (100_00, 10_00, 0)
    assert divided(unit) == Divided(1, 10_00)
    begin(unit, split("s9", number=2))
    assert divided(unit) == Divided(2, 20_00)


def test_a_split_is_at_most_what_is_usable(unit: UnitOfWork) -> None:
    put_balance(unit, 9_99)
    with pytest.raises(BalanceTooSmallError):
        begin(unit, split())
    put_balance(unit, 10_00)
    begin(unit, split())
    assert balance(unit) == (10_00, 10_00, 0)


def test_a_new_split_is_on_the_timeline_of_its_order_and_notified_at_once(unit: UnitOfWork) -> None:
    made = begin(unit, split(plan=(PlannedTransition(NOW + 1000, "Success"),)))
    assert unit.get(Split, "s1") == made
    assert unit.events("t1")[:2] == [
        Event("t1", NOW, "request", 7, "v3.SplitPayment"), Event("t1", NOW, "state", 0, "split s1: Processing")
    ]  # fmt: skip
    assert [(one["type"], one["state"]) for one in notified(unit)] == [("splitPayment", "Processing")]
    assert transition_tasks(unit) == [Task(NOW + 1000, "split", "s1")]


def test_a_successful_split_spends_what_it_reserved(unit: UnitOfWork) -> None:
    changed = become(unit, begin(unit, split()), "Success")
    assert balance(unit) == (90_00, 0, 0)
    assert divided(unit) == Divided(1, 10_00)
    assert [share.result for share in changed.shares] == ["Success", "Success"]
    assert unit.get(Split, "s1") == changed
    assert texts(unit)[-1] == "split s1: Success"


@pytest.mark.parametrize("state", ["Failed", "Cancelled"])
def test_a_split_that_does_not_succeed_releases_its_amount_and_its_order(unit: UnitOfWork, state: SplitState) -> None:
    begin(unit, split("s9", number=2))
    become(unit, begin(unit, split()), state)
    assert balance(unit) == (100_00, 10_00, 0)
    assert divided(unit) == Divided(1, 10_00)


def test_a_split_that_completes_closes_its_order(unit: UnitOfWork) -> None:
    begin(unit, split())
    assert divided(unit).closed is False
    begin(unit, split("s9", split_completed=True))
    assert divided(unit) == Divided(2, 20_00, closed=True)


def test_a_completing_split_that_fails_opens_its_order_again(unit: UnitOfWork) -> None:
    become(unit, begin(unit, split(split_completed=True)), "Failed")
    assert divided(unit) == Divided(0, 0, closed=False)


def test_an_order_stays_closed_when_an_earlier_split_fails(unit: UnitOfWork) -> None:
    earlier = begin(unit, split())
    begin(unit, split("s9", split_completed=True))
    become(unit, earlier, "Failed")
    assert divided(unit) == Divided(1, 10_00, closed=True)


def test_an_open_order_stays_open_when_a_split_fails(unit: UnitOfWork) -> None:
    become(unit, begin(unit, split()), "Failed")
    assert divided(unit).closed is False


def test_a_split_without_receivers_only_closes_its_order(unit: UnitOfWork) -> None:
    begin(unit, split(shares=(), split_completed=True))
    assert divided(unit) == Divided(0, 0, closed=True)
    assert balance(unit) == (100_00, 0, 0)


def test_a_return_reserves_nothing_and_leaves_the_splits_of_its_order(unit: UnitOfWork) -> None:
    begin(unit, split())
    begin(unit, returned())
    assert balance(unit) == (100_00, 10_00, 0)
    assert divided(unit) == Divided(1, 10_00)
    assert [one["type"] for one in notified(unit)] == ["splitPayment", "splitRefund"]
    assert texts(unit)[-1] == "return s2: Processing"


def test_a_successful_return_is_credited(unit: UnitOfWork) -> None:
    become(unit, begin(unit, returned()), "Success")
    assert balance(unit) == (104_00, 0, 0)
    assert divided(unit) == Divided()


@pytest.mark.parametrize("state", ["Failed", "Cancelled"])
def test_a_return_that_does_not_succeed_moves_nothing(unit: UnitOfWork, state: SplitState) -> None:
    become(unit, begin(unit, returned()), state)
    assert balance(unit) == (100_00, 0, 0)
    assert divided(unit) == Divided()


def test_a_split_succeeds_once(unit: UnitOfWork) -> None:
    changed = become(unit, begin(unit, split()), "Success")
    with pytest.raises(IllegalTransitionError, match="split s1 is Success and cannot become Cancelled"):
        become(unit, changed, "Cancelled")


@pytest.mark.parametrize("money_comes_by", ["a failed split", "a return"])
def test_money_that_comes_back_submits_a_waiting_refund(unit: UnitOfWork, money_comes_by: str) -> None:
    put_balance(unit, 10_00 if money_comes_by == "a failed split" else 2_00)
    begun = begin(unit, split() if money_comes_by == "a failed split" else returned())
    unit.put(refund(state="refund pending", waiting_since=NOW))
    put_balance(unit, *balance(unit)[:1], reserve=balance(unit)[1], waiting=1)
    become(unit, begun, "Failed" if money_comes_by == "a failed split" else "Success")
    assert [one.state for one in unit.every(Refund)] == ["refund processing"]


def test_the_faults_of_a_transition_come_before_those_of_the_split(unit: UnitOfWork) -> None:
    begun = begin(unit, split(notification_faults=NotificationFaults(copies=3)))
    assert len(unit.notifications("t1")) == 3
    become(unit, begun, "Success", copies=2)
    assert len(unit.notifications("t1")) == 5


def test_a_split_is_answered_with_the_documented_fields() -> None:
    assert as_split(split(split_completed=True), "seed a") == {
        "user": "anna", "split_id": "s1", "trade_id": "t1", "state": "Processing",
        "merchant_mid": str(identity.merchant_id("seed a")),
        "merchant_name": identity.store_names("seed a").merchant, "reference_id": "i1", "reference": "share",
        "split_solution_id": "104", "split_completed": 1, "created_at": "1732672545",
        "notify_url": "https://shop.example/notify", "currency": "EUR",
    }  # fmt: skip
    assert as_split(split(), "seed a")["split_completed"] == 0


def test_receivers_are_listed_newest_first() -> None:
    newest, oldest = as_receivers(split())
    assert newest == {
        "merchant_mid": "222", "merchant_name": "Shop 2", "detail_reference_id": "d2", "split_detail_id": "s1-2",
        "split_type": "Split", "split_amount": "6.00", "role": "1", "result": "Processing", "description": "part",
        "error_msg": None,
    }  # fmt: skip
    assert oldest["split_detail_id"] == "s1-1"


def test_a_receiver_of_a_return_has_the_id_of_its_return_too() -> None:
    [receiver] = as_receivers(returned())
    assert (receiver["split_type"], receiver["split_detail_id"]) == ("Return", "s1-1")
    assert receiver["refund_split_detail_id"] == "s2-1"


def test_a_failed_share_says_why(unit: UnitOfWork) -> None:
    changed = become(unit, begin(unit, split()), "Failed")
    assert {one["error_msg"] for one in as_receivers(changed)} == {"The receiver's account refused the amount."}


def test_a_notification_has_the_receivers_and_then_the_type() -> None:
    data = split_data(split(reference=""), "seed a")
    assert list(data)[-2:] == ["receivers", "type"]
    assert data["receivers"] == as_receivers(split())
    assert "reference" not in data
