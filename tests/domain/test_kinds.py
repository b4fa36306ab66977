"""The registry of kinds, due transitions of all kinds, and what queries and signals do to plans."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from mockserver.domain.kinds import (
    BY_PART,
    KINDS,
    NothingPlannedError,
    count_query,
    do_due_transitions,
    register,
    send_signal,
)
from mockserver.domain.payments.payment import Payment
from mockserver.domain.payments.transitions import PAYMENT, begin_payment
from mockserver.domain.payouts import Payout
from mockserver.domain.states import PlannedTransition
from mockserver.domain.timeline import Task
from tests.domain.samples import ANNA, NOW, payment, payout, texts, transition_tasks

if TYPE_CHECKING:
    from mockserver.domain.unit_of_work import UnitOfWork

PAID = PlannedTransition(NOW + 1000, "paid", after=1000)


def stored(unit: UnitOfWork, trade_id: str = "t1") -> Payment:
    found = unit.get(Payment, trade_id)
    assert found is not None
    return found


def test_there_are_four_kinds_each_with_its_part_of_a_scenario() -> None:
    assert list(KINDS) == ["payment", "refund", "payout", "split"]
    assert {part: kind.name for part, kind in BY_PART.items()} == {
        "then": "payment", "refund": "refund", "payout": "payout", "split": "split"
    }  # fmt: skip


def test_a_kind_that_comes_after_the_tables_were_made_is_refused() -> None:
    import mockserver.store.records  # noqa: F401, PLC0415 - makes the tables

    with pytest.raises(RuntimeError, match=re.escape("Register the kind 'payment' before mockserver.app")):
        register(PAYMENT)


def test_due_transitions_are_performed_and_later_ones_are_not(unit: UnitOfWork) -> None:
    begin_payment(unit, payment(plan=(PAID,)), 1)
    begin_payment(unit, payment("t2", plan=(PAID._replace(at=NOW + 1001),)), 2)
    assert do_due_transitions(unit, ANNA, NOW + 999) == 0
    assert do_due_transitions(unit, ANNA, NOW + 1000) == 1
    assert (stored(unit).state, stored(unit, "t2").state) == ("paid", "processing")


def test_a_transition_that_another_causes_is_performed_too(unit: UnitOfWork) -> None:
    begin_payment(unit, payment(plan=(PlannedTransition(NOW, "verify"), PlannedTransition(NOW + 5, "paid"))), 1)
    assert do_due_transitions(unit, ANNA, NOW + 5) == 2
    assert texts(unit) == ["processing", "verify", "paid"]


def test_transitions_are_performed_in_the_order_of_their_instants_whatever_their_kind(unit: UnitOfWork) -> None:
    begin_payment(unit, payment(plan=(PAID,)), 1)
    KINDS["payout"].save(unit, payout(plan=(PlannedTransition(NOW + 999, "pending"),)), NOW)
    assert do_due_transitions(unit, ANNA, NOW + 1000) == 2
    assert [event.text for event in unit.added_events() if event.kind == "state"][2:] == ["pending", "paid"]


def test_at_most_so_many_are_performed_at_once(unit: UnitOfWork) -> None:
    for number in range(1, 4):
        begin_payment(unit, payment(f"t{number}", plan=(PAID,)), number)
    assert do_due_transitions(unit, ANNA, NOW + 1000, 2) == 2
    assert [stored(unit, f"t{number}").state for number in range(1, 4)] == ["paid", "paid", "processing"]
    assert do_due_transitions(unit, ANNA, NOW + 1000, 2) == 1
    assert do_due_transitions(unit, ANNA, NOW + 1000, 0) == 0


def test_a_task_about_nothing_counts_and_does_nothing(unit: UnitOfWork) -> None:
    unit.schedule(Task(NOW, "payout", "p9"))
    assert do_due_transitions(unit, ANNA, NOW) == 1
    assert unit.every(Payout) == []


def begun(unit: UnitOfWork, *plan: PlannedTransition, **changes: Any) -> Payment:
    made = payment(plan=plan, **changes)
    begin_payment(unit, made, 1)
    return made


def test_the_last_query_that_a_transition_waits_for_makes_it_due(unit: UnitOfWork) -> None:
    begun(unit, PAID._replace(at=None, queries=2))
    count_query(unit, stored(unit), NOW + 10)
    assert stored(unit).plan[0].queries == 1
    assert transition_tasks(unit) == [Task(NOW + 600_000, "payment", "t1")]
    count_query(unit, stored(unit), NOW + 20)
    assert stored(unit).plan == (PlannedTransition(NOW + 20, "paid"),)
    assert transition_tasks(unit) == [Task(NOW + 20, "payment", "t1")]


def test_a_query_of_a_payment_that_waits_for_none_changes_nothing(unit: UnitOfWork) -> None:
    made = begun(unit, PAID)
    count_query(unit, made, NOW + 10)
    count_query(unit, payment("t2"), NOW + 10)
    assert unit.every(Payment) == [made]


def test_a_signal_makes_the_transition_due_that_waits_for_it(unit: UnitOfWork) -> None:
    begun(unit, PAID._replace(at=None, on_signal=True))
    send_signal(unit, stored(unit), NOW + 10)
    assert stored(unit).plan == (PlannedTransition(NOW + 10, "paid"),)
    assert transition_tasks(unit) == [Task(NOW + 10, "payment", "t1")]


def test_a_signal_hurries_a_transition_that_would_have_come_by_itself(unit: UnitOfWork) -> None:
    send_signal(unit, begun(unit, PAID), NOW + 10)
    assert transition_tasks(unit) == [Task(NOW + 10, "payment", "t1")]


def test_a_signal_for_a_payment_without_a_plan_is_refused(unit: UnitOfWork) -> None:
    made = begun(unit, PAID, state="declined")
    with pytest.raises(NothingPlannedError, match="no transition is planned in the state declined"):
        send_signal(unit, made, NOW)
