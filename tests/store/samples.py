"""Values that tests of the stores keep and read back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mockserver.domain.accounts import Account
from mockserver.domain.notifications.notification import Attempt, Notification
from mockserver.domain.payments.payment import Payment
from mockserver.domain.states import PlannedTransition
from mockserver.domain.timeline import Exchange

if TYPE_CHECKING:
    from mockserver.domain.unit_of_work import UnitOfWork
    from mockserver.store.contract import Store

ANNA, BERT = Account("anna", "anna's key", "seed a"), Account("bert", "bert's key", "seed b")


def payment(trade_id: str = "t1", **changes: object) -> Payment:
    made = Payment(
        trade_id=trade_id, number=1, user="anna", method="v3.CreatePaymentsAlipayMiniPay", order_id="o1", amount=2499, tip=0,
        currency="EUR", pay_method="online", sub_pay_method="Alipay", description="分账 🍵", demo='{"a":1}', timeout=1440,
        redirect_url="", notify_url="https://shop.example", scenario="review", created_at=1_732_672_545_123,
        expires_at=1_732_758_945_123, paid_at=None, state="processing",
        plan=(PlannedTransition(1_732_672_546_123, "verify"), PlannedTransition(1_732_672_548_123, "paid")),
    )  # fmt: skip
    return made._replace(**changes)  # type: ignore[arg-type]


def exchange(number: int) -> Exchange:
    return Exchange(number, 5, "anna", "m", "200", "t1", "success", "", "a=b", b'{"\xff":1}', b"{}", 99)


def notification(number: int = 1, trade_id: str = "t1") -> Notification:
    return Notification(number, trade_id, "payment", "paid", 7, "https://shop.example", b'{"sign":"x"}', "pending")


def attempt(number: int, status: int | None = 200) -> Attempt:
    return Attempt(1, number, 8, "http://127.0.0.1", b"{}", status, b"ok", "" if status else "dead", 12)


def add_payment(unit: UnitOfWork) -> int:
    number = unit.next_number("payments")
    unit.put(payment(f"t{number}", number=number))
    return number


def fail(unit: UnitOfWork) -> None:
    add_payment(unit)
    raise ZeroDivisionError


def payments(store: Store, user: str = "anna") -> list[int]:
    with store.read(user) as view:
        return [one.number for one in view.every(Payment)]
