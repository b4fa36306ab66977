"""How objects of any kind change state, shown with a kind of its own over payments."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mockserver.domain.lifecycle import Kind
from mockserver.domain.notifications.notification import NotificationFaults
from mockserver.domain.payments.payment import PAYMENT_STATES, Payment
from mockserver.domain.states import (
    IllegalTransitionError,
    ImpossibleTransitionError,
    PlannedTransition,
    Transition,
)
from mockserver.domain.timeline import Event, Task
from tests.domain.samples import ANNA, NOW, payment, texts

if TYPE_CHECKING:
    from mockserver.domain.accounts import Account
    from mockserver.domain.unit_of_work import UnitOfWork

VERIFY, PAID = PlannedTransition(NOW + 1, "verify"), PlannedTransition(NOW + 3, "paid")
PLAN = (VERIFY, PAID)


def enter(unit: UnitOfWork, account: Account, record: Payment, transition: Transition) -> Payment:
    """Enter any state but declined."""
    if transition.state == "declined":
        raise ImpossibleTransitionError("nobody declines")
    entered = record._replace(state=transition.state, notification_faults=transition.notification_faults)  # type: ignore[arg-type]
    ORDER.save(unit, entered, transition.at, account.user)
    return entered


ORDER: Kind[Payment] = Kind("order", Payment, PAYMENT_STATES, enter, identifier="trade_id", timeline="order_id")


def stored(unit: UnitOfWork) -> Payment:
    found = unit.get(Payment, "t1")
    assert found is not None
    return found


def test_a_kind_knows_its_names() -> None:
    assert ORDER.plural == "orders"
    assert (ORDER.id_of(payment()), ORDER.timeline_of(payment())) == ("t1", "o1")
    assert (ORDER.group, ORDER.part, ORDER.default_states) == ("", "", ())


def test_the_next_transition_is_the_first_possible_one_of_the_plan() -> None:
    assert ORDER.next_transition(payment(plan=PLAN)) == VERIFY
    assert ORDER.next_transition(payment(state="verify", plan=PLAN)) == PAID
    assert ORDER.next_transition(payment(state="declined", plan=PLAN)) is None


def test_a_record_without_its_next_transition_keeps_the_rest_of_the_plan() -> None:
    assert ORDER.without_next(payment(plan=PLAN)).plan == (PAID,)
    assert ORDER.without_next(payment(state="verify", plan=PLAN)).plan == ()
    assert ORDER.without_next(payment(state="declined", plan=PLAN)).plan == PLAN


def test_a_next_transition_of_its_own_leaves_the_plan() -> None:
    expiring = Kind("order", Payment, PAYMENT_STATES, enter, "trade_id", "order_id",
                    own_next_transition=lambda _: PlannedTransition(NOW, "expired"))  # fmt: skip
    assert expiring.next_transition(payment(plan=PLAN)) == PlannedTransition(NOW, "expired")
    assert expiring.without_next(payment(plan=PLAN)).plan == PLAN


def test_saving_stores_the_record_tells_its_timeline_and_schedules_what_is_next(unit: UnitOfWork) -> None:
    ORDER.save(unit, payment(plan=PLAN), NOW, "order t1")
    assert stored(unit) == payment(plan=PLAN)
    assert unit.events("o1") == [Event("o1", NOW, "state", 0, "order t1: processing")]
    assert unit.every_task() == [Task(NOW + 1, "order", "t1")]


def test_without_a_label_the_event_is_the_state(unit: UnitOfWork) -> None:
    ORDER.save(unit, payment(), NOW)
    assert texts(unit, "o1") == ["processing"]


@pytest.mark.parametrize("plan", [(), (VERIFY._replace(at=None),)])
def test_what_is_not_dated_takes_the_earlier_task_away(unit: UnitOfWork, plan: tuple[PlannedTransition, ...]) -> None:
    ORDER.save(unit, payment(plan=PLAN), NOW)
    unit.schedule(Task(NOW, "order", "t2"))
    ORDER.save(unit, payment(plan=plan), NOW)
    assert unit.every_task() == [Task(NOW, "order", "t2")]


def test_the_next_transition_is_performed_at_its_instant_with_its_faults(unit: UnitOfWork) -> None:
    faults = NotificationFaults(copies=2)
    unit.put(payment(plan=(VERIFY._replace(notification_faults=faults), PAID)))
    ORDER.do_next(unit, ANNA, "t1")
    assert stored(unit) == payment(state="verify", plan=(PAID,), notification_faults=faults)
    assert unit.events("o1") == [Event("o1", NOW + 1, "state", 0, "anna: verify")]
    assert unit.every_task() == [Task(NOW + 3, "order", "t1")]


@pytest.mark.parametrize("plan", [(), (VERIFY._replace(at=None), PAID)])
def test_nothing_is_performed_without_an_instant(unit: UnitOfWork, plan: tuple[PlannedTransition, ...]) -> None:
    unit.put(payment(plan=plan))
    ORDER.do_next(unit, ANNA, "t1")
    assert stored(unit) == payment(plan=plan)
    assert unit.every_event() == []


def test_nothing_is_performed_on_an_object_that_does_not_exist(unit: UnitOfWork) -> None:
    ORDER.do_next(unit, ANNA, "t9")
    assert unit.every_event() == []


def test_a_planned_transition_that_is_impossible_ends_the_plan_and_says_why(unit: UnitOfWork) -> None:
    unit.put(payment(plan=(PlannedTransition(NOW + 5, "declined"), PAID)))
    ORDER.do_next(unit, ANNA, "t1")
    assert stored(unit) == payment(plan=())
    assert unit.events("o1") == [Event("o1", NOW + 5, "state", 0, "not declined: nobody declines")]


def test_a_requested_transition_is_performed_and_returned(unit: UnitOfWork) -> None:
    changed = ORDER.transition(unit, ANNA, payment(), Transition("paid", NOW))
    assert changed == stored(unit) == payment(state="paid")


def test_a_requested_transition_must_be_legal(unit: UnitOfWork) -> None:
    with pytest.raises(IllegalTransitionError, match="trade t1 is declined and cannot become paid"):
        ORDER.transition(unit, ANNA, payment(state="declined"), Transition("paid", NOW))
    assert unit.every_event() == []


def test_a_requested_transition_that_is_impossible_is_refused(unit: UnitOfWork) -> None:
    with pytest.raises(ImpossibleTransitionError, match="nobody declines"):
        ORDER.transition(unit, ANNA, payment(), Transition("declined", NOW))
