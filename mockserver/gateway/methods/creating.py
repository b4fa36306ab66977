"""Shared by all methods that create a payment (protocol.md 3)."""

from __future__ import annotations

from sys import intern
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from mockserver import identity
from mockserver.domain.accounts import UsedReference
from mockserver.domain.money import parse_amount
from mockserver.domain.payments.payment import PAYMENT_STATES, UNSUCCESSFUL, Payment
from mockserver.domain.payments.serialization import ORDER_FIELDS, PROGRESS_FIELDS
from mockserver.domain.payments.transitions import begin_payment
from mockserver.evidence import DataField, Fact, pick_fields
from mockserver.gateway import parameters
from mockserver.gateway.errors import FieldInvalid, quoted
from mockserver.gateway.fields import timeout_minutes
from mockserver.gateway.method import Call, MethodResult
from mockserver.scenarios.scenario import Step, default_steps, first_state, plan_transitions
from mockserver.texts import message

if TYPE_CHECKING:
    from collections.abc import Callable

    from mockserver.domain.cards import CardUse

    AnswerParts = Callable[[Call, Payment], dict[str, Any]]

CHECKOUT_PATH = "/checkout"
PAID_AFTER_DELAY = default_steps("paid")
WAITS_FOR_PAYER: tuple[Step, ...] = ()
ORDER = (
    parameters.ORDER_ID, parameters.AMOUNT, parameters.CURRENCY, parameters.DESCRIPTION, parameters.DEMO,
)  # fmt: skip
ONLINE_ORDER = (
    parameters.PAY_METHOD, parameters.SUB_PAY_METHOD, *ORDER, parameters.TIMEOUT, parameters.NOTIFY_URL,
)  # fmt: skip
_MINUTE = 60_000


_CREATED = pick_fields(
    (*ORDER_FIELDS, *PROGRESS_FIELDS, DataField("amount", "amount as sent", "the amount of the request", "SEED")),
    ("order_id", "trade_id", "amount", "currency", "state"),
)


def created(*own: DataField) -> tuple[DataField, ...]:
    """The fields of an answer of `create`, with those that `answer_parts` returns."""
    return (*_CREATED[:-1], *own, _CREATED[-1])


class CreationOptions(NamedTuple):
    """Options of a new payment: default steps, whether it is only authorised, its card, whether it has an amount."""

    steps: tuple[Step, ...] = PAID_AFTER_DELAY
    authorizes: bool = False
    card: CardUse | None = None
    charges: bool = True


PAID_IN_WALLET = CreationOptions()
PAID_ON_PAGE = CreationOptions(WAITS_FOR_PAYER)


def create(
    call: Call, options: CreationOptions = PAID_IN_WALLET, answer_parts: AnswerParts | None = None
) -> MethodResult:
    """Create the payment of a call; `answer_parts` returns further keys of the answer.

    Raises:
        RuleBroken: its order_id was used before, and `duplicate_orders` is `refuse`.
    """
    payment = None if call.rules.duplicate_orders == "accept" else _earlier(call)
    if payment is None:
        payment = _new_payment(call, options)
        begin_payment(call.unit, payment, call.exchange)
    amount, show_amount = call.sent["amount"], call.rules.show_amount
    data = {
        "order_id": payment.order_id,
        "trade_id": payment.trade_id,
        "amount": amount if show_amount is None else show_amount(amount),
        "currency": payment.currency,
        **({} if answer_parts is None else answer_parts(call, payment)),
        "state": payment.state,
    }
    return MethodResult(data, payment.trade_id, payment.scenario)


def _earlier(call: Call) -> Payment | None:
    """The earlier payment of the order_id to answer with; `duplicate_orders` is `return` or `refuse`."""
    order_id = call.sent["order_id"]
    standing = [one for one in call.unit.group(Payment, order_id) if one.state not in UNSUCCESSFUL]
    if standing and call.rules.duplicate_orders == "refuse":
        template = message("must be unique, but {value} is already used by trade {trade_id}")
        used = template.format(value=quoted(order_id), trade_id=standing[-1].trade_id)
        raise FieldInvalid("order_id", used, kind="duplicate_order")
    return standing[-1] if standing else None


def page_of(call: Call, payment: Payment) -> str:
    return f"{call.rules.pages(call.reached)}{CHECKOUT_PATH}/{quote(payment.user, safe='')}/{payment.trade_id}"


URL = DataField("url", "address", "page to which you send the payer's browser", "3.1, 3.3")


def with_page(call: Call, payment: Payment) -> dict[str, Any]:
    return {"url": page_of(call, payment)}


def use_once(call: Call, name: str) -> None:
    """Reserve a unique id of the merchant.

    Raises:
        RuleBroken: it was used before.
    """
    used = UsedReference(name, call.sent[name])
    if call.unit.get(UsedReference, used.identifier) is not None:
        raise FieldInvalid(name, message("must be unique, but {value} was used before").format(value=quoted(used.text)))
    call.unit.put(used)


def _new_payment(call: Call, options: CreationOptions) -> Payment:
    """The payment of a call; texts that payments share are interned."""
    number = call.unit.next_number("payments")
    sent, now = call.sent, call.now
    timeout = timeout_minutes(sent)
    steps = call.steps(options.steps)
    if options.authorizes:
        steps = _authorizing(steps)
    state = first_state(steps, PAYMENT_STATES.starts)
    return Payment(
        trade_id=identity.trade_id(call.account.seed, number),
        number=number,
        user=call.account.user,
        method=call.method.name,
        order_id=sent["order_id"],
        amount=parse_amount(sent["amount"]) if options.charges else 0,
        tip=parse_amount(sent.get("tip_amount", "0")),
        currency=intern(sent["currency"]),
        pay_method=intern(sent.get("pay_method", "online")),
        sub_pay_method=intern(sent.get("sub_pay_method", "")),
        description=intern(sent.get("description", "")),
        demo=sent.get("demo", ""),
        timeout=timeout,
        redirect_url=intern(sent.get("redirect_url", "")),
        notify_url=intern(sent.get("notify_url", "")),
        scenario=call.scenario.name,
        created_at=now,
        expires_at=now + timeout * _MINUTE,
        paid_at=None,
        state="pending" if state == "pending" else "processing",
        plan=plan_transitions(steps, now, call.rules.pay_delay),
        authorizes=options.authorizes,
        card=options.card,
        notification_faults=call.scenario.notification_faults,
        auth_code=sent.get("auth_code", ""),
        sub_app_id=intern(sent.get("sub_app_id", "")),
        sub_open_id=sent.get("sub_open_id", ""),
    )


def _authorizing(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """Steps with `authorized` in place of `paid`, and without a review."""
    return tuple(
        step._replace(state="authorized") if step.state == "paid" else step for step in steps if step.state != "verify"
    )


EVIDENCE = (
    Fact("url", "A payment with a page waits for its payer, unless a scenario says otherwise.", "assumed",
         "3.1: what happens on the page is not documented"),
    Fact("amount", "Methods that create a payment return it as it was sent.", "assumed",
         "SEED for its own method; the old page of the app shows 1.00 (3.8)"),
    Fact("pay_method", "A value that the method does not support is -4011.", "assumed", "2 UNSEEN"),
    Fact("order_id", "A repeated order_id is accepted and creates a new trade.", "client", "6, C2"),
    Fact("order_id", "With --duplicate-orders, the answer is the first trade that has not failed, or -1000.", "assumed",
         "2 UNSEEN"),
    Fact("unknown fields", "Accepted and part of the signature, otherwise ignored.", "client", "1.5, C1"),
    Fact("request_id", "Rejected with -1000 if it was used before.", "assumed", "3.11: unique; the code is UNSEEN"),
)  # fmt: skip
