"""Whatever is done in whatever order, money neither appears nor vanishes, and states move along their tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from mockserver.app import assemble
from mockserver.clock import FrozenClock
from mockserver.domain.calendar import day_of
from mockserver.domain.ledger import FEE, Balance, DailyTotal, Movement
from mockserver.domain.payments.payment import PAYMENT_STATES, Payment
from mockserver.domain.payments.serialization import settled_amount
from mockserver.domain.payouts import PAYOUT_STATES, UNPAID_OUT, Payout
from mockserver.domain.refunds import REFUND_STATES, UNSUCCESSFUL, Refund
from mockserver.domain.splits import SPLIT_STATES, Split
from mockserver.domain.unit_of_work import Choice
from mockserver.gateway.example import DOCUMENTED_DATA
from mockserver.settings import Settings
from tests.helpers import USER, Shop

if TYPE_CHECKING:
    from mockserver.domain.states import StateMachine
    from mockserver.domain.unit_of_work import R, UnitOfWork

pytestmark = pytest.mark.slow

# The gateway's own host, to which nothing is sent.
NOWHERE = "https://mapi.yabandpay.com/notify"
AMOUNTS = st.one_of(st.sampled_from([10, 11, 99, 100, 1000, 3333, 9999]), st.integers(10, 200_00)).map(
    lambda hundredths: f"{hundredths / 100:.2f}"
)
SCENARIOS = st.sampled_from(
    ["default", "success", "success", "declined", "expired", "review", "cancelled", "refund-failed", "refund-declined",
     "refund-approval", "refund-pending", "split-failed", "split-slow"]
)  # fmt: skip
PASSING = st.sampled_from([0, 1, 999, 1000, 1000, 2000, 60_000, 3_600_000, 24 * 3_600_000, 31 * 24 * 3_600_000])
PLACES = st.integers(0, 2)  # how many trades back
PARTS = st.sampled_from([1, 10, 33, 33, 50, 99, 100, 100, 101])  # hundredths of what is left
NONCE = {"nonce_string": "n"}


class Merchant(RuleBasedStateMachine):
    """A merchant who does anything, allowed or not."""

    @initialize(opening=st.sampled_from([0, 1000, 1_000_000]))
    def begin(self, opening: int) -> None:
        self.clock = FrozenClock()
        app = assemble(Settings(seed="tests", opening_balance=opening), clock=self.clock)
        self.shop, self.opening = Shop(app, self.clock), opening
        self.trades: list[str] = []
        self.splits: list[dict[str, Any]] = []
        self.requests = 0
        self.seen: dict[str, str] = {}

    def teardown(self) -> None:
        if hasattr(self, "shop"):
            self.shop.app.close()

    def some_trade(self, place: int) -> str:
        return self.trades[-1 - place % len(self.trades)] if self.trades else "none"

    def some_split(self, place: int) -> dict[str, Any]:
        return (
            self.splits[-1 - place % len(self.splits)] if self.splits else {"split_id": "none", "reference_id": "none"}
        )

    def left_of(self, trade_id: str, part: int) -> str:
        """A part of what a trade has not yet given back."""
        with self.shop.app.store.unit(USER) as unit:
            payment = unit.get(Payment, trade_id)
        left = payment.refundable if payment is not None else 100
        return f"{max(1, left * part // 100) / 100:.2f}"

    def number(self) -> str:
        self.requests += 1
        return f"n{self.requests}"

    @rule(amount=AMOUNTS, scenario=SCENARIOS, currency=st.sampled_from(["EUR", "EUR", "CNY", "HUF"]))
    def create(self, amount: str, scenario: str, currency: str) -> None:
        data = {
            **DOCUMENTED_DATA,
            "amount": amount,
            "currency": currency,
            "notify_url": NOWHERE,
            "order_id": self.number(),
        }
        answered = self.shop.call("v3.CreatePaymentsAlipayMiniPay", scenario, **data)
        if answered["status"]:
            self.trades.append(answered["data"]["trade_id"])

    @rule(amount=AMOUNTS, currency=st.sampled_from(["EUR", "EUR", "CNY", "HUF"]))
    def create_and_pay(self, amount: str, currency: str) -> None:
        self.create(amount, "success", currency)
        self.shop.pass_time(1000)

    @rule(amount=AMOUNTS)
    def authorize(self, amount: str) -> None:
        answered = self.shop.ok(
            "v3.CreateCardPayments", "default", pay_method="online", sub_pay_method="Card", operation="2", order_id="c", amount=amount,
            currency="EUR", description="x", notify_url=NOWHERE, request_id=self.number(), payment_token_object="tok_visa",
            **{"3ds_initiate": "01"},
        )  # fmt: skip
        self.trades.append(answered["trade_id"])

    @rule(place=PLACES, part=PARTS)
    def capture(self, place: int, part: int) -> None:
        trade_id = self.some_trade(place)
        self.shop.call("v3.Capture", trade_id=trade_id, amount=self.left_of(trade_id, part), currency="EUR",
                       description="x", notify_url=NOWHERE, request_id=self.number())  # fmt: skip

    @rule(place=PLACES, part=PARTS, scenario=st.one_of(st.just("default"), SCENARIOS))
    def refund(self, place: int, part: int, scenario: str) -> None:
        trade_id = self.some_trade(place)
        order = self.shop.call("v3.QueryOrder", trade_id=trade_id)
        currency = order["data"]["transaction_info"]["currency"] if order["status"] else "EUR"
        self.shop.call("v3.CreateRefund", scenario, trade_id=trade_id, refund_amount=self.left_of(trade_id, part),
                       refund_currency=currency, refund_description="x")  # fmt: skip

    @rule(place=PLACES)
    def cancel(self, place: int) -> None:
        self.shop.call("v3.CancelPayment", trade_id=self.some_trade(place))

    @rule(amount=AMOUNTS, scenario=st.sampled_from(["", "payout-failed", "payout-declined"]))
    def payout(self, amount: str, scenario: str) -> None:
        self.shop.call("v3.MerchantBalance", scenario, command="payout", amount=amount, currency="EUR", reference="1",
                       notify_url=NOWHERE, **NONCE)  # fmt: skip

    @rule(
        place=PLACES, part=PARTS, completed=st.sampled_from("0001"), scenario=st.one_of(st.just("default"), SCENARIOS)
    )
    def split(self, place: int, part: int, completed: str, scenario: str) -> None:
        trade_id = self.some_trade(place)
        receivers = [{"mid": 1, "detail_reference_id": "d", "split_amount": self.left_of(trade_id, part), "role": "1"}]
        answered = self.shop.call(
            "v3.SplitPayment", scenario, command="createSplitPayment", trade_id=trade_id, currency="EUR",
            split_solution_id="1", notify_url=NOWHERE, split_completed=completed, reference_id=self.number(),
            receivers=receivers, **NONCE,
        )  # fmt: skip
        if answered["status"]:
            self.splits.append(answered["data"])

    @rule(place=PLACES, part=PARTS, scenario=st.sampled_from(["default", "default", "split-failed"]))
    def return_split(self, place: int, part: int, scenario: str) -> None:
        split = self.some_split(place)
        given = split.get("receivers") or [{"split_amount": "1.00"}]
        amount = f"{float(given[0]['split_amount']) * part / 100:.2f}"
        receivers = [{"mid": 1, "split_detail_id": f"{split['split_id']}-1", "detail_reference_id": "d",
                      "split_amount": amount, "description": "x"}]  # fmt: skip
        self.shop.call("v3.SplitPayment", scenario, command="returnSplitPayment", split_id=split["split_id"], currency="EUR",
                       notify_url=NOWHERE, reference_id=self.number(), receivers=receivers, **NONCE)  # fmt: skip

    @rule(place=PLACES)
    def cancel_split(self, place: int) -> None:
        split = self.some_split(place)
        self.shop.call("v3.SplitPayment", command="cancelSplitPayment", split_id=split["split_id"],
                       reference_id=split["reference_id"], **NONCE)  # fmt: skip

    @rule(milliseconds=PASSING)
    def pass_time(self, milliseconds: int) -> None:
        self.shop.pass_time(milliseconds)

    @rule(milliseconds=PASSING)
    def let_due_work_wait(self, milliseconds: int) -> None:
        self.clock.advance(milliseconds)

    @invariant()
    def money_adds_up(self) -> None:
        with self.shop.app.store.unit(USER) as unit:
            self.check_books(unit)
            for payment in everything(unit, Payment):
                check_order(unit, payment)
            for split in everything(unit, Split):
                check_split(unit, split)
            for kind, table in TABLES:
                for record in everything(unit, kind):
                    self.check_state(record, table)

    def check_books(self, unit: UnitOfWork) -> None:
        balance = unit.get(Balance, "EUR") or Balance("EUR", self.opening)
        movements = [one for one in everything(unit, Movement) if one.state == "standing"]
        paid = sum(one.settlement - one.fee for one in movements if one.type == "payment")
        refunded = sum(one.settlement + one.fee for one in movements if one.type == "refund")
        payouts, splits = everything(unit, Payout), everything(unit, Split)
        paid_out = sum(one.amount for one in payouts if one.state not in UNPAID_OUT)
        given = sum(one.amount for one in splits if (one.type, one.state) == ("Split", "Success"))
        returned = sum(one.amount for one in splits if (one.type, one.state) == ("Return", "Success"))
        assert balance.available == self.opening + paid - refunded - paid_out - given + returned
        refunds = everything(unit, Refund)
        assert balance.reserve == sum(
            one.settlement + one.fee for one in refunds if one.state == "refund processing"
        ) + sum(one.amount for one in splits if (one.type, one.state) == ("Split", "Processing"))
        assert balance.frozen == sum(one.amount for one in payouts if one.state in {"awaiting approval", "pending"})
        assert balance.waiting == sum(one.waiting_since is not None for one in refunds)
        days = {day_of(one.at).isoformat() for one in movements}
        totals = [total for day in days for total in unit.group(DailyTotal, day)]
        assert sum(one.payment_amount - one.refund_amount - one.fees for one in totals) == paid - refunded

    def check_state(self, record: Any, table: StateMachine[Any]) -> None:
        known_by = f"{table.subject} {record[0]}"
        before = self.seen.get(known_by, record.state)
        assert record.state == before or record.state in reachable(table, before)
        self.seen[known_by] = record.state


def everything(unit: UnitOfWork, kind: type[R]) -> list[R]:
    return unit.page(kind, Choice(0, 10**15, None, 0, 10**6))


def check_order(unit: UnitOfWork, payment: Payment) -> None:
    """Paid = refunded + remaining, in the order's currency and in the settlement's."""
    standing = [one for one in unit.group(Refund, payment.trade_id) if one.state not in UNSUCCESSFUL]
    assert payment.refunded.amount == sum(one.amount for one in standing) <= payment.amount
    assert payment.refunded.settlement == sum(one.settlement for one in standing) <= settled_amount(payment)
    assert payment.refundable == payment.amount - sum(one.amount for one in standing)
    assert payment.refunded.times == len(standing)
    if payment.refundable == 0 and payment.amount:
        assert payment.refunded.settlement == settled_amount(payment)
    live = [one for one in everything(unit, Split) if (one.trade_id, one.type) == (payment.trade_id, "Split")]
    given = sum(one.amount for one in live if one.state in {"Processing", "Success"})
    assert given == payment.divided.amount <= max(0, settled_amount(payment) - FEE)
    if standing or given:
        assert payment.state == "paid"


def check_split(unit: UnitOfWork, split: Split) -> None:
    """No receiver gives back more than it got."""
    if split.type == "Split":
        returns = [one for one in unit.group(Split, split.split_id) if (one.type, one.state) == ("Return", "Success")]
        assert sum(one.amount for one in returns) <= split.amount


def reachable(table: StateMachine[Any], state: str) -> set[str]:
    """The states to which some legal moves lead."""
    found: set[str] = set()
    waiting = [state]
    while waiting:
        new = set(table.after(waiting.pop())) - found
        found |= new
        waiting += new
    return found


TABLES: list[tuple[type[Any], StateMachine[Any]]] = [
    (Payment, PAYMENT_STATES), (Refund, REFUND_STATES), (Payout, PAYOUT_STATES), (Split, SPLIT_STATES)
]  # fmt: skip

TestMoney = Merchant.TestCase
TestMoney.settings = hypothesis_settings(max_examples=150, stateful_step_count=50)
