"""Keeps an account's books: its balance, its movements, and their daily totals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mockserver.payments.balance import Balance, DailyTotal, Movement
from mockserver.payments.calendar import day_of
from mockserver.payments.money import SETTLEMENT_CURRENCY

if TYPE_CHECKING:
    from mockserver.store.contract import Account, UnitOfWork


def balance_of(unit: UnitOfWork, account: Account) -> Balance:
    """What the account holds."""
    return unit.get(Balance, SETTLEMENT_CURRENCY) or Balance(SETTLEMENT_CURRENCY, account.opening_balance)


def total_id(day: str, sub_pay_method: str) -> str:
    """How the total of a day and a payment method is known."""
    return f"{day} {sub_pay_method}"


def enter_movement(unit: UnitOfWork, movement: Movement) -> None:
    """Enter a movement that counts."""
    unit.put(movement)
    _add_up(unit, movement, 1)


def cancel_movement(unit: UnitOfWork, movement_id: str) -> None:
    """Take a movement out of the totals; it stays visible as cancelled."""
    movement = unit.get(Movement, movement_id)
    if movement is not None:
        unit.put(movement._replace(state="cancelled"))
        _add_up(unit, movement, -1)


def _add_up(unit: UnitOfWork, movement: Movement, times: int) -> None:
    day = day_of(movement.at).isoformat()
    known_by = total_id(day, movement.sub_pay_method)
    total = unit.get(DailyTotal, known_by) or DailyTotal(known_by, day, movement.sub_pay_method)
    unit.put(total.plus(movement, times))
