"""What a payer does on the page: picks an outcome, enters a card, or pays with a problem."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mockserver.client import InvalidNotificationError, verify_notification
from mockserver.domain.cards import CardUse
from mockserver.domain.kinds import do_due_transitions
from mockserver.domain.payments.payer import (
    LATE_PAYMENT_DELAY,
    PAYMENT_PROBLEMS,
    PaymentProblem,
    arrives_late_at,
    choose,
    pay_by_card,
    pay_with_problem,
    success_of,
)
from mockserver.domain.payments.payment import Behind, Payment, as_queried
from mockserver.domain.states import IllegalTransitionError, PlannedTransition
from tests.domain.samples import ANNA, NOW, balance, payment, texts

if TYPE_CHECKING:
    from mockserver.domain.unit_of_work import UnitOfWork

VISA, DECLINED, FAILED, CHALLENGED = "4111111111111111", "4000000000000002", "4000000000000119", "4000000000003220"


def by_card(unit: UnitOfWork, number: str, **changes: Any) -> Payment:
    return pay_by_card(unit, ANNA, payment(sub_pay_method="Visa", **changes), number, NOW)


def test_success_is_paid_or_where_a_capture_follows_authorized() -> None:
    assert success_of(payment()) == "paid"
    assert success_of(payment(authorizes=True)) == "authorized"


def test_the_payer_picks_the_outcome(unit: UnitOfWork) -> None:
    assert choose(unit, ANNA, payment(), "declined", NOW).state == "declined"
    assert texts(unit) == ["declined"]


def test_a_payer_who_pays_has_opened_the_page_before(unit: UnitOfWork) -> None:
    choose(unit, ANNA, payment(state="pending"), "paid", NOW)
    assert texts(unit) == ["processing", "paid"]


def test_an_expired_order_cannot_be_paid(unit: UnitOfWork) -> None:
    with pytest.raises(IllegalTransitionError):
        choose(unit, ANNA, payment(state="expired"), "paid", NOW)


@pytest.mark.parametrize(("problem", "closed"), [("late", "expired"), ("cancelled", "cancelled")])
def test_an_order_is_closed_and_paid_five_seconds_later(unit: UnitOfWork, problem: PaymentProblem, closed: str) -> None:
    assert LATE_PAYMENT_DELAY == 5000
    changed = pay_with_problem(unit, ANNA, payment(plan=(PlannedTransition(NOW, "declined"),)), problem, NOW)
    assert (changed.state, arrives_late_at(changed)) == (closed, NOW + 5000)
    assert do_due_transitions(unit, ANNA, NOW + 4999) == 0
    assert do_due_transitions(unit, ANNA, NOW + 5000) == 1
    assert texts(unit) == [closed, "paid"]
    assert balance(unit) == (119_90, 0, 0)


def test_a_payment_that_is_planned_in_time_does_not_arrive_late() -> None:
    assert arrives_late_at(payment(plan=(PlannedTransition(NOW, "paid"),))) is None
    assert arrives_late_at(payment(state="declined")) is None


def test_a_lost_notification_is_dropped(unit: UnitOfWork) -> None:
    assert pay_with_problem(unit, ANNA, payment(), "lost", NOW).state == "paid"
    assert [one.state for one in unit.notifications("t1")] == ["dropped"]


def test_a_notification_may_come_twice(unit: UnitOfWork) -> None:
    pay_with_problem(unit, ANNA, payment(), "twice", NOW)
    assert [one.state for one in unit.notifications("t1")] == ["pending", "pending"]


def test_a_notification_may_be_forged(unit: UnitOfWork) -> None:
    pay_with_problem(unit, ANNA, payment(), "forged", NOW)
    [forged] = unit.notifications("t1")
    with pytest.raises(InvalidNotificationError, match="does not match"):
        verify_notification(forged.body, ANNA.secret_key)


def test_a_problem_befalls_an_authorisation_too(unit: UnitOfWork) -> None:
    assert pay_with_problem(unit, ANNA, payment(authorizes=True), "lost", NOW).state == "authorized"
    assert PAYMENT_PROBLEMS == ("late", "cancelled", "lost", "twice", "forged")


@pytest.mark.parametrize(("number", "state"), [(VISA, "paid"), (DECLINED, "declined"), (FAILED, "failed")])
def test_the_number_of_the_card_decides(unit: UnitOfWork, number: str, state: str) -> None:
    paid = by_card(unit, number, state="pending")
    assert paid.state == state
    assert paid.card is not None
    assert (paid.card.brand, paid.card.last_four, paid.card.three_d_secure) == ("Visa", number[-4:], True)
    assert texts(unit) == ["processing", state]


def test_a_challenged_card_waits_for_the_payer(unit: UnitOfWork) -> None:
    challenged = by_card(unit, CHALLENGED)
    assert challenged.state == "processing"
    assert unit.get(Payment, "t1") == challenged
    assert texts(unit) == ["the bank of card 3220 requires a confirmation by the payer"]
    assert unit.notifications("t1") == []


def test_a_challenged_card_of_a_payer_who_is_not_authenticated_is_declined(unit: UnitOfWork) -> None:
    before = CardUse("Visa", "0000", "approved", three_d_secure=False, three_d_secure_id="", token="tok")
    paid = by_card(unit, CHALLENGED, card=before)
    assert paid.state == "declined"
    assert paid.card == before._replace(last_four="3220", outcome="challenged")


def test_a_card_of_another_brand_is_not_taken(unit: UnitOfWork) -> None:
    with pytest.raises(KeyError):
        by_card(unit, "5555555555554444")


def test_queries_return_the_earlier_state_until_the_instant(unit: UnitOfWork) -> None:
    ahead = choose(unit, ANNA, payment(), "paid", NOW)._replace(behind=Behind("processing", NOW + 700))
    before = as_queried(ahead, NOW + 699)
    assert (before.state, before.paid_at) == ("processing", None)
    assert as_queried(ahead, NOW + 700) is ahead
    assert as_queried(payment(), NOW) == payment()
