"""The balance of an account and its movements. Amounts are hundredths of the settlement currency.

    available = opening balance + payments - fees - refunds - payouts - splits + returns

`reserve` is for refunds and splits in progress, `frozen` for payouts in progress.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from mockserver.domain.calendar import day_of
from mockserver.domain.money import SETTLEMENT_CURRENCY, amount_text
from mockserver.domain.states import ImpossibleTransitionError
from mockserver.evidence import Fact
from mockserver.texts import message

if TYPE_CHECKING:
    from mockserver.domain.accounts import Account
    from mockserver.domain.unit_of_work import AccountView, UnitOfWork

FEE = 10
"""The merchant's fee for a payment or refund, as in the published answers."""


class BalanceTooSmallError(ImpossibleTransitionError):
    """An amount exceeds the usable balance."""

    def __init__(self, amount: int, usable: int) -> None:
        super().__init__(
            message("the usable balance of {currency} {usable} is too small for {wanted_currency} {amount}").format(
                currency=SETTLEMENT_CURRENCY,
                usable=amount_text(usable),
                wanted_currency=SETTLEMENT_CURRENCY,
                amount=amount_text(amount),
            )
        )


class Balance(NamedTuple):
    """The balance in the settlement currency; `waiting` counts refunds for which it is too small."""

    currency: str
    available: int
    reserve: int = 0
    frozen: int = 0
    waiting: int = 0

    @property
    def usable(self) -> int:
        return self.available - self.reserve

    def credited(self, amount: int) -> Balance:
        return Balance(self.currency, self.available + amount, self.reserve, self.frozen, self.waiting)

    def debited(self, amount: int) -> Balance:
        """The balance without an amount.

        Raises:
            BalanceTooSmallError: the amount exceeds the usable balance.
        """
        self._check(amount)
        return self._replace(available=self.available - amount)

    def reserved(self, amount: int) -> Balance:
        """The balance with an amount added to the reserve.

        Raises:
            BalanceTooSmallError: the amount exceeds the usable balance.
        """
        self._check(amount)
        return self._replace(reserve=self.reserve + amount)

    def released(self, amount: int) -> Balance:
        """The balance with an amount of the reserve usable again."""
        return self._replace(reserve=self.reserve - amount)

    def spent(self, amount: int) -> Balance:
        """The balance without an amount of the reserve."""
        return self._replace(available=self.available - amount, reserve=self.reserve - amount)

    def frozen_for_payout(self, amount: int) -> Balance:
        """The balance with an amount frozen.

        Raises:
            BalanceTooSmallError: the amount exceeds the usable balance.
        """
        return self.debited(amount)._replace(frozen=self.frozen + amount)

    def paid_out(self, amount: int) -> Balance:
        """The balance without a frozen amount."""
        return self._replace(frozen=self.frozen - amount)

    def thawed(self, amount: int) -> Balance:
        """The balance with a frozen amount available again."""
        return self.credited(amount)._replace(frozen=self.frozen - amount)

    def _check(self, amount: int) -> None:
        if amount > max(0, self.usable):
            raise BalanceTooSmallError(amount, self.usable)


MovementType = Literal["payment", "refund"]
MovementState = Literal["standing", "cancelled"]


class Movement(NamedTuple):
    """One paid payment or one refund, for clearing and exports.

    `movement_id` is the trade_id of a payment, the refund_id of a refund. `amount` is in hundredths of
    `currency`, `settlement` and `fee` of the settlement currency. A cancelled payment is not cleared.
    """

    movement_id: str
    number: int
    at: int
    type: MovementType
    trade_id: str
    trade_number: int
    order_id: str
    sub_pay_method: str
    amount: int
    currency: str
    settlement: int
    fee: int
    state: MovementState


class DailyTotal(NamedTuple):
    """The sum of the movements of a Dutch day and a wallet; `total_id` has both."""

    total_id: str
    day: str
    sub_pay_method: str
    payments: int = 0
    payment_amount: int = 0
    refunds: int = 0
    refund_amount: int = 0
    fees: int = 0

    def plus(self, movement: Movement, times: int = 1) -> DailyTotal:
        """The total with a movement added, or subtracted for `times` -1."""
        amount, fees = times * movement.settlement, self.fees + times * movement.fee
        if movement.type == "payment":
            counted, total = self.payments + times, self.payment_amount + amount
            return self._replace(payments=counted, payment_amount=total, fees=fees)
        return self._replace(refunds=self.refunds + times, refund_amount=self.refund_amount + amount, fees=fees)


def balance_of(unit: AccountView, account: Account) -> Balance:
    return unit.get(Balance, SETTLEMENT_CURRENCY) or Balance(SETTLEMENT_CURRENCY, account.opening_balance)


def total_id(day: str, sub_pay_method: str) -> str:
    return f"{day} {sub_pay_method}"


def enter_movement(unit: UnitOfWork, movement: Movement) -> None:
    """Store a movement and add it to its daily total."""
    unit.put(movement)
    _add_up(unit, movement, 1)


def cancel_movement(unit: UnitOfWork, movement_id: str) -> None:
    """Subtract a movement from its daily total, and mark it as cancelled."""
    movement = unit.get(Movement, movement_id)
    if movement is not None:
        unit.put(movement._replace(state="cancelled"))
        _add_up(unit, movement, -1)


def _add_up(unit: UnitOfWork, movement: Movement, times: int) -> None:
    day = day_of(movement.at).isoformat()
    known_by = total_id(day, movement.sub_pay_method)
    total = unit.get(DailyTotal, known_by) or DailyTotal(known_by, day, movement.sub_pay_method)
    unit.put(total.plus(movement, times))


EVIDENCE = (
    Fact("balance", "available, reserve, usable, deposit; usable is available less reserve.", "documented", "3.20"),
    Fact(
        "balance",
        "available is the opening balance plus payments, from the instant they are paid, and returned splits, less"
        " fees, refunds, payouts and splits.",
        "assumed",
        "3.20",
    ),
    Fact("balance", "reserve is for refunds and splits in progress, deposit for payouts in progress.", "assumed",
         "3.20: reserve and frozen balance"),
    Fact("fees", "A cancelled payment has no fee.", "documented", "3.17"),
    Fact("fees", "0.10 for each other paid payment and for each successful refund.", "assumed",
         "3.14, 3.19: one example each"),
)  # fmt: skip
