"""Refunds (protocol.md 3.18, 3.19)."""

from __future__ import annotations

from mockserver import identity
from mockserver.domain.accounts import UsedReference
from mockserver.domain.calendar import stamp
from mockserver.domain.kinds import count_query
from mockserver.domain.ledger import FEE
from mockserver.domain.limits import MOST_REFUNDS, refundable_until
from mockserver.domain.money import SETTLEMENT_CURRENCY, amount_text, convert, parse_amount
from mockserver.domain.payments.payment import Payment
from mockserver.domain.payments.serialization import settled_amount
from mockserver.domain.refunds import (
    REFUND,
    REFUND_FIELDS,
    REFUND_STATES,
    Refund,
    RefundState,
    as_refund,
    begin_refund,
)
from mockserver.evidence import Fact
from mockserver.gateway import parameters
from mockserver.gateway.errors import FieldInvalid, RuleBroken, quoted
from mockserver.gateway.method import Call, Method, MethodResult
from mockserver.gateway.methods.orders import order_of
from mockserver.scenarios.scenario import first_state, plan_transitions
from mockserver.texts import message

_YB_TRANSACTION = "yb_transaction_id of a refund"


def _create_refund(call: Call) -> MethodResult:
    payment = order_of(call)
    amount = parse_amount(call.sent["refund_amount"])
    _check_refund(call, payment, amount)
    number = call.unit.next_number("refunds")
    seed, sent = call.account.seed, call.sent
    steps = call.steps()
    refund = Refund(
        refund_id=identity.stamped_number(seed, "refund", number, stamp(call.now)),
        number=number,
        trade_id=payment.trade_id,
        user=payment.user,
        m_refund_id=sent.get("m_refund_id", ""),
        amount=amount,
        currency=payment.currency,
        settlement=_settlement(payment, amount),
        fee=FEE,
        description=sent["refund_description"],
        own_notify_url=sent.get("notify_url", ""),
        notify_url=sent.get("notify_url", "") or payment.notify_url,
        scenario=call.scenario.name,
        created_at=call.now,
        state=_begins(first_state(steps, REFUND_STATES.starts)),
        plan=plan_transitions(steps, call.now, call.rules.pay_delay),
        notification_faults=call.scenario.notification_faults,
    )
    refund = begin_refund(call.unit, call.account, refund, call.exchange)
    call.unit.put(UsedReference(_YB_TRANSACTION, identity.refund_transaction_id(seed, number), refund.refund_id))
    return _result(call, refund)


def _begins(state: str | None) -> RefundState:
    return next((start for start in REFUND_STATES.starts if start == state), REFUND_STATES.starts[0])


def _check_refund(call: Call, payment: Payment, amount: int) -> None:
    if payment.state != "paid" or payment.paid_at is None:
        raise RuleBroken(
            message("Trade {trade_id} is {state} and cannot be refunded; only a paid trade can.").format(
                trade_id=payment.trade_id, state=payment.state
            )
        )
    currency = call.sent["refund_currency"]
    if currency != payment.currency:
        raise FieldInvalid(
            "refund_currency",
            message("must be {currency}, the currency of the order").format(currency=payment.currency),
            currency,
        )
    if call.now > refundable_until(payment.paid_at):
        raise RuleBroken(
            message("Trade {trade_id} was paid more than a year ago and can no longer be refunded.").format(
                trade_id=payment.trade_id
            )
        )
    if payment.refunded.times >= MOST_REFUNDS:
        raise RuleBroken(
            message("Trade {trade_id} has {number} refunds, which is the limit.").format(
                trade_id=payment.trade_id, number=MOST_REFUNDS
            )
        )
    if amount > payment.refundable:
        raise FieldInvalid(
            "refund_amount",
            message("must be at most the {currency} {amount} that are left of trade {trade_id}").format(
                currency=payment.currency, amount=amount_text(payment.refundable), trade_id=payment.trade_id
            ),
            call.sent["refund_amount"],
        )


def _settlement(payment: Payment, amount: int) -> int:
    """The refund in the settlement currency; all refunds together are the settlement of the payment."""
    left = settled_amount(payment) - payment.refunded.settlement
    if amount == payment.refundable:
        return left
    return min(left, convert(amount, payment.currency, SETTLEMENT_CURRENCY))


def _query_refund(call: Call) -> MethodResult:
    refund_id = call.sent["refund_id"]
    refund = call.unit.get(Refund, refund_id)
    if refund is None:
        named = call.unit.get(UsedReference, f"{_YB_TRANSACTION} {refund_id}")
        refund = named and call.unit.get(Refund, named.known_as)
    if refund is None:
        raise RuleBroken(
            message("There is no refund with the refund_id {value}.").format(value=quoted(refund_id)), field="refund_id"
        )
    count_query(call.unit, refund, call.now)
    return _result(call, refund)


def _result(call: Call, refund: Refund) -> MethodResult:
    payment = call.unit.get(Payment, refund.trade_id)
    if payment is None:
        raise LookupError(f"refund {refund.refund_id} has no payment")
    return MethodResult(dict(as_refund(refund, payment, call.account.seed)), refund.trade_id, refund.scenario)


METHODS = (
    Method(
        name="v3.CreateRefund",
        summary="Refunds a paid order, completely or in part, within a year.",
        source="3.18",
        fields=(
            parameters.TRADE_ID, parameters.M_REFUND_ID, parameters.REFUND_AMOUNT, parameters.REFUND_CURRENCY,
            parameters.REFUND_DESCRIPTION, parameters.NOTIFY_URL.optional,
        ),
        handle=_create_refund,
        answer=REFUND_FIELDS,
        reference="m_refund_id",
        kind=REFUND,
    ),
    Method(
        name="v3.QueryRefundOrder",
        summary="Returns a refund by its refund_id.",
        source="3.19",
        fields=(parameters.REFUND_ID,),
        handle=_query_refund,
        answer=REFUND_FIELDS,
    ),
)  # fmt: skip

EVIDENCE = (
    Fact("v3.CreateRefund", "Its fields and rules.", "documented", "3.18"),
    Fact("v3.CreateRefund", "refund_currency is the currency of the order.", "documented", "3.18, newest"),
    Fact("v3.CreateRefund", "Answers refund_id.", "client", "3.18, C5"),
    Fact("v3.CreateRefund", "The answer is that of v3.QueryRefundOrder.", "assumed", "3.18 UNSEEN"),
    Fact("v3.QueryRefundOrder", "Its field and the keys of its answer.", "documented", "3.19"),
    Fact("v3.QueryRefundOrder", "Accepts the 20 digits of refund_id, and the UUID of yb_transaction_id.", "assumed",
         "3.19: the published request has a UUID, its answer 20 digits"),
    Fact("v3.QueryRefundOrder", "refund_time is the time at which the refund was created.", "documented",
         "3.19, beside refund_id"),
    Fact("settlement", "The refunds of a payment together equal its settlement, to the cent.", "assumed",
         "3.18"),
)  # fmt: skip
