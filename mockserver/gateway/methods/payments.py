"""Methods that create payments (protocol.md 3.1 to 3.9)."""

from __future__ import annotations

from sys import intern
from typing import TYPE_CHECKING, Any

from mockserver import identity
from mockserver.evidence import Fact
from mockserver.gateway import fields
from mockserver.gateway.method import Call, Method, Outcome
from mockserver.payments.money import parse_amount
from mockserver.payments.payment import Payment
from mockserver.scenarios.scenario import plan_moves
from mockserver.schedule.moves import begin_payment

if TYPE_CHECKING:
    from collections.abc import Callable

    AnswerParts = Callable[[Call, Payment], dict[str, Any]]

_MINUTE = 60_000


def _creating(answer_parts: AnswerParts) -> Callable[[Call], Outcome]:
    """A handler that creates a payment; `answer_parts` adds what this method's answer has beside the common keys."""

    def handle(call: Call) -> Outcome:
        payment = _new_payment(call)
        begin_payment(call.unit, payment, call.exchange)
        data = {
            "order_id": payment.order_id,
            "trade_id": payment.trade_id,
            "amount": call.sent["amount"],
            "currency": payment.currency,
            **answer_parts(call, payment),
            "state": payment.state,
        }
        return Outcome(data, payment.trade_id, payment.scenario)

    return handle


def _new_payment(call: Call) -> Payment:
    """The payment of a call; texts that an account's payments have in common are kept once."""
    number = call.unit.next_number("payments")
    sent, now = call.sent, call.now
    timeout = fields.timeout_minutes(sent)
    return Payment(
        trade_id=identity.trade_id(call.account.seed, number),
        number=number,
        user=call.account.user,
        method=call.method,
        order_id=sent["order_id"],
        amount=parse_amount(sent["amount"]),
        currency=intern(sent["currency"]),
        pay_method=intern(sent.get("pay_method", "")),
        sub_pay_method=intern(sent.get("sub_pay_method", "")),
        description=intern(sent.get("description", "")),
        demo=sent.get("demo", ""),
        timeout=timeout,
        redirect_url=intern(sent.get("redirect_url", "")),
        notify_url=intern(sent["notify_url"]),
        scenario=call.scenario.name,
        created_at=now,
        expires_at=now + timeout * _MINUTE,
        paid_at=None,
        state="processing",
        plan=plan_moves(call.scenario, now, call.pay_delay),
    )


def _mini_program_parameters(call: Call, payment: Payment) -> dict[str, Any]:
    """What an Alipay mini program hands to `my.tradePay`."""
    return {"parameters": {"transaction_id": identity.mini_program_transaction_id(call.account.seed, payment.number)}}


_COMMON = (
    fields.PAY_METHOD,
    fields.SUB_PAY_METHOD,
    fields.ORDER_ID,
    fields.AMOUNT,
    fields.CURRENCY,
    fields.DESCRIPTION,
    fields.DEMO,
    fields.TIMEOUT,
    fields.REDIRECT_URL,
    fields.NOTIFY_URL,
)

METHODS = (
    Method(
        name="v3.CreatePaymentsAlipayMiniPay",
        summary="A payment in an Alipay mini program; for the Alipay wallet of China only.",
        source="SEED, 3.8",
        fields=_COMMON,
        handle=_creating(_mini_program_parameters),
        pay_methods=("online",),
        wallets=("Alipay",),
    ),
)

EVIDENCE = (
    Fact("v3.CreatePaymentsAlipayMiniPay", "Its fields and the keys of its answer.", "documented", "SEED"),
    Fact(
        "v3.CreatePaymentsAlipayMiniPay", "The answer shows the amount as it was sent, as text.", "documented", "SEED"
    ),
    Fact("order_id", "A repeated order_id is accepted and makes a new trade.", "client", "6, C2"),
    Fact("sub_pay_method", "Compared without case, kept in its documented spelling.", "assumed", "7.11"),
    Fact("unknown fields", "Tolerated and signed, otherwise ignored.", "client", "1.5, C1"),
)
