"""What the transitions of a payment do to the balance, the clearing, the card and the plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mockserver.domain.cards import CardToken, CardUse
from mockserver.domain.ledger import BalanceTooSmallError, DailyTotal, Movement
from mockserver.domain.notifications.notification import NotificationFaults
from mockserver.domain.payments.payment import AUTHORIZATION_LASTS, Behind, Divided, Payment, Refunded, State
from mockserver.domain.payments.transitions import PAYMENT, NotCancellableError, begin_payment
from mockserver.domain.refunds import Refund
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

PAID_AT = NOW + 1000


def become(unit: UnitOfWork, before: Payment, state: State, at: int = PAID_AT) -> Payment:
    return PAYMENT.transition(unit, ANNA, before, Transition(state, at))


def paid(unit: UnitOfWork, **changes: Any) -> Payment:
    return become(unit, payment(**changes), "paid")


def test_a_new_payment_begins_its_timeline_and_is_notified_to_nobody(unit: UnitOfWork) -> None:
    begin_payment(unit, payment(), 7)
    assert unit.events("t1") == [
        Event("t1", NOW, "request", 7, "v3.CreatePaymentsAlipayMiniPay"),
        Event("t1", NOW, "state", 0, "processing"),
    ]
    assert unit.get(Payment, "t1") == payment()
    assert unit.notifications("t1") == []


def test_a_new_payment_is_planned_to_expire(unit: UnitOfWork) -> None:
    begin_payment(unit, payment(), 7)
    assert unit.every_task() == [Task(NOW + 600_000, "payment", "t1")]


@pytest.mark.parametrize(("at", "state"), [(599_999, "paid"), (600_000, "paid"), (600_001, "expired")])
def test_a_plan_wins_over_the_expiry_up_to_its_very_instant(unit: UnitOfWork, at: int, state: str) -> None:
    begin_payment(unit, payment(plan=(PlannedTransition(NOW + at, "paid"),)), 7)
    PAYMENT.do_next(unit, ANNA, "t1")
    assert texts(unit) == ["processing", state]


def test_a_paid_payment_is_credited_less_its_fee(unit: UnitOfWork) -> None:
    assert paid(unit).paid_at == PAID_AT
    assert balance(unit) == (100_00 + 20_00 - 10, 0, 0)


def test_a_payment_in_yuan_is_credited_in_euros(unit: UnitOfWork) -> None:
    paid(unit, amount=78_00, currency="CNY")
    assert balance(unit) == (100_00 + 10_00 - 10, 0, 0)


def test_a_paid_payment_is_cleared_at_the_instant_of_its_payment(unit: UnitOfWork) -> None:
    paid(unit, amount=78_00, currency="CNY", number=5)
    assert unit.every(Movement) == [
        Movement("t1", 1, PAID_AT, "payment", "t1", 5, "o1", "Alipay", 78_00, "CNY", 10_00, 10, "standing")
    ]


def test_a_payment_of_nothing_creates_a_token_and_moves_no_money(unit: UnitOfWork) -> None:
    before = paid(unit, amount=0)
    assert balance(unit) == (100_00, 0, 0)
    become(unit, before, "cancelled")
    assert balance(unit) == (100_00, 0, 0)
    assert unit.every(Movement) == []


def test_a_payment_of_a_cent_is_money(unit: UnitOfWork) -> None:
    paid(unit, amount=1)
    assert balance(unit) == (100_00 + 1 - 10, 0, 0)


@pytest.mark.parametrize("state", ["authorized", "verify", "declined", "expired", "cancelled"])
def test_a_payment_that_is_not_paid_moves_no_money(unit: UnitOfWork, state: State) -> None:
    become(unit, payment(), state)
    assert balance(unit) == (100_00, 0, 0)
    assert unit.every(Movement) == []


def test_a_paid_payment_has_nothing_planned(unit: UnitOfWork) -> None:
    begin_payment(unit, payment(), 7)
    paid(unit)
    assert transition_tasks(unit) == []


def test_an_authorisation_is_planned_to_expire_after_30_days(unit: UnitOfWork) -> None:
    become(unit, payment(), "authorized")
    assert transition_tasks(unit) == [Task(PAID_AT + AUTHORIZATION_LASTS, "payment", "t1")]


def test_a_payment_makes_the_oldest_refund_possible_that_waits_for_the_balance(unit: UnitOfWork) -> None:
    unit.put(payment("t0", state="paid"))
    put_balance(unit, 0, waiting=1)
    unit.put(refund(trade_id="t0", state="refund pending", waiting_since=NOW))
    paid(unit)
    assert [one.state for one in unit.every(Refund)] == ["refund processing"]
    assert balance(unit) == (19_90, 5_10, 0)


def test_a_cancelled_payment_is_debited_with_its_fee_and_not_cleared(unit: UnitOfWork) -> None:
    before = paid(unit)
    become(unit, before, "cancelled", PAID_AT + 5)
    assert balance(unit) == (100_00, 0, 0)
    assert [(one.state, one.at) for one in unit.every(Movement)] == [("cancelled", PAID_AT)]
    assert [(one.payments, one.payment_amount, one.fees) for one in unit.every(DailyTotal)] == [(0, 0, 0)]


def test_a_payment_that_is_cancelled_and_paid_after_all_is_cleared_where_it_was(unit: UnitOfWork) -> None:
    cancelled = become(unit, paid(unit), "cancelled")
    unit.put(cancelled._replace(plan=(PlannedTransition(PAID_AT + 9, "paid", forced=True),)))
    PAYMENT.do_next(unit, ANNA, "t1")
    assert [(one.number, one.at, one.state) for one in unit.every(Movement)] == [(1, PAID_AT, "standing")]
    assert [(one.payments, one.payment_amount, one.fees) for one in unit.every(DailyTotal)] == [(1, 20_00, 10)]
    assert balance(unit) == (119_90, 0, 0)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"refunded": Refunded(1, 5_00, 5_00)}, "trade t1 has been refunded, so it cannot be cancelled"),
        ({"divided": Divided(1, 5_00)}, "trade t1 has been split, so it cannot be cancelled"),
    ],
)
def test_a_payment_that_was_refunded_or_split_cannot_be_cancelled(
    unit: UnitOfWork, changes: dict[str, Any], why: str
) -> None:
    before = paid(unit)._replace(**changes)
    with pytest.raises(NotCancellableError, match=why):
        become(unit, before, "cancelled")
    assert balance(unit) == (119_90, 0, 0)


def test_a_payment_cannot_be_cancelled_with_money_that_is_gone(unit: UnitOfWork) -> None:
    before = paid(unit)
    put_balance(unit, 19_89)
    with pytest.raises(BalanceTooSmallError):
        become(unit, before, "cancelled")
    put_balance(unit, 19_90)
    become(unit, before, "cancelled")
    assert balance(unit) == (0, 0, 0)


def test_a_final_payment_stays_final(unit: UnitOfWork) -> None:
    with pytest.raises(IllegalTransitionError, match="trade t1 is expired and cannot become paid"):
        become(unit, payment(state="expired"), "paid")


@pytest.mark.parametrize("state", ["paid", "authorized", "verify", "cancelled"])
def test_every_change_of_state_is_notified_with_the_new_state(unit: UnitOfWork, state: State) -> None:
    become(unit, payment(), state)
    assert [(one["type"], one["trade_id"], one["state"]) for one in notified(unit)] == [("payment", "t1", state)]
    assert [(one.type, one.notified_state, one.created_at) for one in unit.notifications("t1")] == [
        ("payment", state, PAID_AT)
    ]


def test_the_timeline_has_the_state_before_its_notification(unit: UnitOfWork) -> None:
    paid(unit)
    assert [event.kind for event in unit.events("t1")] == ["state", "notification"]


@pytest.mark.parametrize("state", ["paid", "verify", "authorized"])
def test_an_order_of_the_cashier_gets_the_wallet_that_paid(unit: UnitOfWork, state: State) -> None:
    become(unit, payment(sub_pay_method="List"), state)
    assert [one["sub_pay_method"] for one in notified(unit)] == ["WeChat Pay"]


def test_an_order_of_the_cashier_that_nobody_paid_has_no_wallet(unit: UnitOfWork) -> None:
    become(unit, payment(sub_pay_method="List"), "expired")
    assert [one["sub_pay_method"] for one in notified(unit)] == ["List"]


CARD = CardUse("Visa", "1111", "approved", three_d_secure=True, three_d_secure_id="3", token="tok")


@pytest.mark.parametrize("state", ["paid", "authorized"])
def test_a_card_is_kept_under_its_token_once_it_was_accepted(unit: UnitOfWork, state: State) -> None:
    become(unit, payment(card=CARD), state)
    assert unit.every(CardToken) == [CardToken("tok", "Visa", "1111", "approved", "t1")]


@pytest.mark.parametrize("state", ["declined", "failed", "verify"])
def test_a_card_that_was_not_accepted_is_not_kept(unit: UnitOfWork, state: State) -> None:
    become(unit, payment(card=CARD), state)
    assert unit.every(CardToken) == []


@pytest.mark.parametrize("card", [None, CARD._replace(token="")])
def test_without_a_token_no_card_is_kept(unit: UnitOfWork, card: CardUse | None) -> None:
    become(unit, payment(card=card), "paid")
    assert unit.every(CardToken) == []


def test_queries_show_the_state_before_while_a_notification_is_ahead_of_them(unit: UnitOfWork) -> None:
    faults = NotificationFaults(ahead_of_query=700)
    changed = PAYMENT.transition(unit, ANNA, payment(), Transition("paid", PAID_AT, faults))
    assert changed.behind == Behind("processing", PAID_AT + 700)


def test_the_faults_of_a_transition_come_before_those_of_the_payment(unit: UnitOfWork) -> None:
    own, of_payment = NotificationFaults(copies=2), NotificationFaults(copies=3)
    before = payment(notification_faults=of_payment)
    reviewed = PAYMENT.transition(unit, ANNA, before, Transition("verify", PAID_AT, own))
    assert len(unit.notifications("t1")) == 2
    become(unit, reviewed, "paid")
    assert len(unit.notifications("t1")) == 5
    assert reviewed.behind is None
