"""Records of an account, and what tests read from its unit of work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mockserver.client import verify_notification
from mockserver.domain.accounts import Account
from mockserver.domain.ledger import Balance, balance_of
from mockserver.domain.payments.payment import Payment
from mockserver.domain.payouts import Payout
from mockserver.domain.refunds import Refund
from mockserver.domain.splits import Share, Split

if TYPE_CHECKING:
    from mockserver.domain.timeline import Task
    from mockserver.domain.unit_of_work import UnitOfWork

ANNA = Account("anna", "anna's key", "seed a", opening_balance=100_00)
NOW = 1_732_672_545_000  # 27 November 2024, 02:55:45 in the Netherlands
NOTIFY_URL = "https://shop.example/notify"


def payment(trade_id: str = "t1", **changes: Any) -> Payment:
    """A payment of EUR 20.00 that waits for its payer."""
    made = Payment(
        trade_id=trade_id, number=1, user="anna", method="v3.CreatePaymentsAlipayMiniPay", order_id="o1", amount=20_00,
        tip=0, currency="EUR", pay_method="online", sub_pay_method="Alipay", description="Tea", demo="a=1", timeout=10,
        redirect_url="", notify_url=NOTIFY_URL, scenario="default", created_at=NOW, expires_at=NOW + 600_000,
        paid_at=None, state="processing", plan=(),
    )  # fmt: skip
    return made._replace(**changes)


def refund(refund_id: str = "r1", **changes: Any) -> Refund:
    """A refund of EUR 5.00 of that payment, which costs a fee of EUR 0.10."""
    made = Refund(
        refund_id=refund_id, number=1, trade_id="t1", user="anna", m_refund_id="m1", amount=5_00, currency="EUR",
        settlement=5_00, fee=10, description="back", own_notify_url="", notify_url=NOTIFY_URL, scenario="default",
        created_at=NOW, state="refund processing", plan=(),
    )  # fmt: skip
    return made._replace(**changes)


def payout(payout_id: str = "p1", **changes: Any) -> Payout:
    """A payout of EUR 30.00 that waits for its approval."""
    made = Payout(
        payout_id=payout_id, number=1, user="anna", amount=30_00, currency="EUR", reference="4711",
        notify_url=NOTIFY_URL, scenario="default", created_at=NOW, state="awaiting approval", plan=(),
    )  # fmt: skip
    return made._replace(**changes)


def share(place: int, amount: int, **changes: Any) -> Share:
    """The share of the receiver at a place of a split."""
    made = Share(str(place) * 3, f"Shop {place}", f"d{place}", f"s1-{place}", "", amount, "1", "part", "Processing")
    return made._replace(**changes)


def split(transfer_id: str = "s1", **changes: Any) -> Split:
    """A split of that payment: EUR 4.00 for one receiver, EUR 6.00 for another."""
    made = Split(
        transfer_id=transfer_id, number=1, type="Split", split_id="s1", trade_id="t1", user="anna", reference_id="i1",
        reference="share", split_solution_id="104", split_completed=False, currency="EUR",
        shares=(share(1, 4_00), share(2, 6_00)), notify_url=NOTIFY_URL, scenario="default", created_at=NOW,
        state="Processing", plan=(),
    )  # fmt: skip
    return made._replace(**changes)


def returned(**changes: Any) -> Split:
    """A return of the first receiver's share of that split."""
    share_back = share(1, 4_00, refund_split_detail_id="s2-1")
    return split("s2", number=2, type="Return", shares=(share_back,), **changes)


def balance(unit: UnitOfWork) -> tuple[int, int, int]:
    """Available, reserved and frozen hundredths."""
    held = balance_of(unit, ANNA)
    return held.available, held.reserve, held.frozen


def put_balance(unit: UnitOfWork, available: int, **changes: Any) -> None:
    """Give the account another balance."""
    unit.put(Balance("EUR", available)._replace(**changes))


def texts(unit: UnitOfWork, timeline: str = "t1", kind: str = "state") -> list[str]:
    """The texts of the events of a kind on a timeline."""
    return [event.text for event in unit.events(timeline) if event.kind == kind]


def notified(unit: UnitOfWork, timeline: str = "t1") -> list[dict[str, Any]]:
    """The data of the notifications of a timeline, each verified with the account's key."""
    return [verify_notification(one.body, ANNA.secret_key).data for one in unit.notifications(timeline)]


def transition_tasks(unit: UnitOfWork) -> list[Task]:
    """The planned transitions of the account's objects."""
    return [task for task in unit.every_task() if task.kind != "notification"]


def delivery_instants(unit: UnitOfWork) -> dict[int, int]:
    """The instant of each notification's delivery, after `NOW`."""
    return {int(task.about): task.at - NOW for task in unit.every_task() if task.kind == "notification"}
