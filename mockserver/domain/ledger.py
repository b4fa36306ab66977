"""An account's balance, and the movements that change it. Amounts are hundredths of the settlement currency.

    available = opening balance + payments - fees - refunds - payouts - splits + returns

`reserve` is set aside for what is under way, `frozen` is on its way to the merchant's bank.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from mockserver.domain.calendar import day_of
from mockserver.domain.money import SETTLEMENT_CURRENCY, amount_text
from mockserver.domain.states import ImpossibleTransitionError
from mockserver.evidence import Fact

if TYPE_CHECKING:
    from mockserver.domain.accounts import Account
    from mockserver.domain.unit_of_work import UnitOfWork

FEE = 10
"""What a payment or a refund costs the merchant, as in the published answers."""


class BalanceTooSmallError(ImpossibleTransitionError):
    """More was asked for than the merchant has."""

    def __init__(self, amount: int, usable: int) -> None:
        super().__init__(
            f"the usable balance of {SETTLEMENT_CURRENCY} {amount_text(usable)} "
            f"is too small for {SETTLEMENT_CURRENCY} {amount_text(amount)}"
        )


class Balance(NamedTuple):
    """What an account holds in the settlement currency; `waiting` counts the refunds that it is too small for."""

    currency: str
    available: int
    reserve: int = 0
    frozen: int = 0
    waiting: int = 0

    @property
    def usable(self) -> int:
        """What may be spent."""
        return self.available - self.reserve

    def credited(self, amount: int) -> Balance:
        """With an amount more."""
        return self._replace(available=self.available + amount)

    def debited(self, amount: int) -> Balance:
        """With an amount less.

        Raises:
            BalanceTooSmallError: so much is not usable.
        """
        self._check(amount)
        return self._replace(available=self.available - amount)

    def reserved(self, amount: int) -> Balance:
        """With an amount set aside.

        Raises:
            BalanceTooSmallError: so much is not usable.
        """
        self._check(amount)
        return self._replace(reserve=self.reserve + amount)

    def released(self, amount: int) -> Balance:
        """With a reserved amount usable again."""
        return self._replace(reserve=self.reserve - amount)

    def spent(self, amount: int) -> Balance:
        """With a reserved amount gone for good."""
        return self._replace(available=self.available - amount, reserve=self.reserve - amount)

    def frozen_for_payout(self, amount: int) -> Balance:
        """With an amount on its way to the bank.

        Raises:
            BalanceTooSmallError: so much is not usable.
        """
        return self.debited(amount)._replace(frozen=self.frozen + amount)

    def paid_out(self, amount: int) -> Balance:
        """With a frozen amount arrived at the bank."""
        return self._replace(frozen=self.frozen - amount)

    def thawed(self, amount: int) -> Balance:
        """With a frozen amount available again."""
        return self.credited(amount)._replace(frozen=self.frozen - amount)

    def _check(self, amount: int) -> None:
        if amount > max(0, self.usable):
            raise BalanceTooSmallError(amount, self.usable)


MovementType = Literal["payment", "refund"]
MovementState = Literal["standing", "cancelled"]


class Movement(NamedTuple):
    """One paid payment or one refund, as clearing and exports see it.

    `movement_id` is the trade_id of a payment, the refund_id of a refund. `amount` is in hundredths of
    `currency`, `settlement` and `fee` in those of the settlement currency. A cancelled payment is not cleared.
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
    """The movements of a Dutch day by one payment method, added up; `total_id` names both."""

    total_id: str
    day: str
    sub_pay_method: str
    payments: int = 0
    payment_amount: int = 0
    refunds: int = 0
    refund_amount: int = 0
    fees: int = 0

    def plus(self, movement: Movement, times: int = 1) -> DailyTotal:
        """With a movement added, or taken out by -1."""
        amount, fees = times * movement.settlement, self.fees + times * movement.fee
        if movement.type == "payment":
            counted, total = self.payments + times, self.payment_amount + amount
            return self._replace(payments=counted, payment_amount=total, fees=fees)
        return self._replace(refunds=self.refunds + times, refund_amount=self.refund_amount + amount, fees=fees)


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


EVIDENCE = (
    Fact("balance", "available, reserve, usable, deposit; usable is available less reserve.", "documented", "3.20"),
    Fact(
        "balance",
        "available counts a payment from the instant it is paid; it is the opening balance with payments and returned"
        " splits, less fees, refunds, payouts and splits.",
        "assumed",
        "3.20",
    ),
    Fact("balance", "reserve is held for refunds and splits under way, deposit for payouts under way.", "assumed",
         "3.20: reserve and frozen balance"),
    Fact("fees", "A cancelled payment costs none.", "documented", "3.17"),
    Fact("fees", "0.10 for every other payment that was paid and for every refund that succeeds.", "assumed",
         "3.14, 3.19: one example each"),
)  # fmt: skip
