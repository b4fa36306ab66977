"""The balance, movement by movement, and the totals of days."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mockserver.domain.accounts import Account
from mockserver.domain.ledger import (
    FEE,
    Balance,
    BalanceTooSmallError,
    DailyTotal,
    Movement,
    balance_of,
    cancel_movement,
    enter_movement,
    total_id,
)
from tests.domain.samples import ANNA, NOW

if TYPE_CHECKING:
    from collections.abc import Callable

    from mockserver.domain.unit_of_work import UnitOfWork

HELD = Balance("EUR", 100, reserve=30, frozen=7, waiting=2)
DAY = "2024-11-27"


def movement(movement_id: str = "t1", **changes: Any) -> Movement:
    made = Movement(movement_id, 1, NOW, "payment", "t1", 1, "o1", "Alipay", 7800, "CNY", 1000, 10, "standing")
    return made._replace(**changes)


def total(unit: UnitOfWork, day: str = DAY, wallet: str = "Alipay") -> DailyTotal | None:
    return unit.get(DailyTotal, total_id(day, wallet))


def test_the_fee_is_ten_cents() -> None:
    assert FEE == 10


def test_usable_is_available_less_reserve() -> None:
    assert HELD.usable == 70
    assert HELD._replace(available=20).usable == -10


def test_each_movement_changes_its_own_part_of_the_balance() -> None:
    assert HELD.credited(40) == HELD._replace(available=140)
    assert HELD.debited(40) == HELD._replace(available=60)
    assert HELD.reserved(40) == HELD._replace(reserve=70)
    assert HELD.released(20) == HELD._replace(reserve=10)
    assert HELD.spent(20) == HELD._replace(available=80, reserve=10)
    assert HELD.frozen_for_payout(40) == HELD._replace(available=60, frozen=47)
    assert HELD.paid_out(5) == HELD._replace(frozen=2)
    assert HELD.thawed(5) == HELD._replace(available=105, frozen=2)


TAKING = [Balance.debited, Balance.reserved, Balance.frozen_for_payout]


@pytest.mark.parametrize("take", TAKING)
def test_all_that_is_usable_can_be_taken_and_not_a_cent_more(take: Callable[[Balance, int], Balance]) -> None:
    assert take(HELD, 70).usable == 0
    with pytest.raises(BalanceTooSmallError, match=r"the usable balance of EUR 0\.70 is too small for EUR 0\.71"):
        take(HELD, 71)


@pytest.mark.parametrize("take", TAKING)
@pytest.mark.parametrize("available", [30, 29])
def test_nothing_can_always_be_taken(take: Callable[[Balance, int], Balance], available: int) -> None:
    held = HELD._replace(available=available)
    assert take(held, 0) == held
    with pytest.raises(BalanceTooSmallError):
        take(held, 1)


def test_an_account_begins_with_its_opening_balance(unit: UnitOfWork) -> None:
    assert balance_of(unit, ANNA) == Balance("EUR", 100_00)
    assert balance_of(unit, Account("anna", "k", "s")) == Balance("EUR", 0)


def test_a_stored_balance_replaces_the_opening_balance(unit: UnitOfWork) -> None:
    unit.put(HELD)
    assert balance_of(unit, ANNA) == HELD


def test_a_total_has_the_payments_of_its_day_and_wallet_in_euros(unit: UnitOfWork) -> None:
    enter_movement(unit, movement())
    enter_movement(unit, movement("t2", settlement=500))
    assert unit.get(Movement, "t1") == movement()
    assert total(unit) == DailyTotal(f"{DAY} Alipay", DAY, "Alipay", payments=2, payment_amount=1500, fees=20)


def test_refunds_are_counted_apart_from_payments_and_their_fees_added(unit: UnitOfWork) -> None:
    enter_movement(unit, movement())
    enter_movement(unit, movement("r1", type="refund", settlement=300))
    enter_movement(unit, movement("r2", type="refund", settlement=200))
    assert total(unit) == DailyTotal(f"{DAY} Alipay", DAY, "Alipay", 1, 1000, 2, 500, 30)


def test_another_wallet_and_another_day_have_other_totals(unit: UnitOfWork) -> None:
    enter_movement(unit, movement())
    enter_movement(unit, movement("t2", sub_pay_method="WeChat Pay"))
    enter_movement(unit, movement("t3", at=NOW + 24 * 3_600_000))
    found = [total(unit), total(unit, wallet="WeChat Pay"), total(unit, "2024-11-28")]
    assert [one and one.payments for one in found] == [1, 1, 1]
    assert [one.sub_pay_method for one in unit.group(DailyTotal, DAY)] == ["Alipay", "WeChat Pay"]


def test_a_cancelled_payment_leaves_the_total_and_stays_known(unit: UnitOfWork) -> None:
    enter_movement(unit, movement())
    enter_movement(unit, movement("t2", settlement=500))
    cancel_movement(unit, "t1")
    assert unit.get(Movement, "t1") == movement(state="cancelled")
    assert total(unit) == DailyTotal(f"{DAY} Alipay", DAY, "Alipay", payments=1, payment_amount=500, fees=10)


def test_a_total_without_a_movement_of_a_refund_is_back_where_it_was(unit: UnitOfWork) -> None:
    enter_movement(unit, movement("r1", type="refund"))
    cancel_movement(unit, "r1")
    assert total(unit) == DailyTotal(f"{DAY} Alipay", DAY, "Alipay")


def test_a_payment_that_moved_no_money_has_nothing_to_cancel(unit: UnitOfWork) -> None:
    cancel_movement(unit, "t1")
    assert unit.every(Movement) == []
    assert unit.every(DailyTotal) == []
