"""Rules for payments, refunds and payouts: they are as they were answered, each is there once, and none is half."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from bench.durability.case import Case, Violation, states_of
from bench.durability.load import AUTHORISATION
from mockserver.domain.money import amount_text, parse_amount
from mockserver.domain.payments.payment import PAYMENT_STATES
from mockserver.domain.payouts import PAYOUT_STATES
from mockserver.domain.refunds import REFUND_STATES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.durability.evidence import AccountEvidence
    from bench.durability.log import RequestKind, Sent
    from mockserver.api.schemas import EventRecord, NotificationRecord, PaymentDetails
    from mockserver.domain.states import StateMachine

_CREATING: tuple[RequestKind, ...] = ("create", "refund", "payout")
_AFTER_DATABASE = 10.0
"""Seconds after the restart of a database in which a sandbox may still find its connections broken."""


class _There(NamedTuple):
    """An object that there is, as far as its creation was answered."""

    kind: RequestKind
    identifier: str
    reference: str
    amount: int
    currency: str
    trade_id: str

    def __str__(self) -> str:
        return f"{self.reference}, {self.currency} {amount_text(self.amount)} of trade {self.trade_id or 'none'}"


def _all_there(evidence: AccountEvidence) -> Iterator[_There]:
    for one in evidence.payments:
        payment = one.payment
        amount = _created_amount(one)
        yield _There("create", payment.trade_id, payment.order_id, amount, payment.currency, payment.trade_id)
        for refund in one.refunds:
            amount = parse_amount(refund.amount)
            yield _There("refund", refund.refund_id, refund.m_refund_id, amount, refund.currency, refund.trade_id)
    for paid_out in evidence.payouts:
        payout = paid_out.payout
        yield _There("payout", payout.payout_id, payout.reference, parse_amount(payout.amount), payout.currency, "")


def _created_amount(details: PaymentDetails) -> int:
    """The amount that was asked for; a capture may have taken less of it."""
    return parse_amount(details.payment.authorized_amount) or parse_amount(details.payment.amount)


def answers_stand(case: Case) -> Iterator[Violation]:
    """What was answered is there, as it was answered."""
    there = {(one.kind, one.identifier): one for one in _all_there(case.evidence)}
    for kind in _CREATING:
        for sent in case.of_kind(kind):
            found = there.get((kind, sent.identifier))
            answered = _There(kind, sent.identifier, sent.reference, sent.amount, sent.currency, sent.trade_id)
            if found is None:
                yield Violation("answered, and gone", sent.identifier, f"{kind} {sent.reference} was answered")
            elif found != answered:
                yield Violation("answered otherwise", sent.identifier, f"answered: {answered}; there is: {found}")


def ids_are_unique(case: Case) -> Iterator[Violation]:
    """No id was answered to two requests, and no two payments have the same number."""
    for kind in _CREATING:
        for identifier, count in Counter(sent.identifier for sent in case.of_kind(kind)).items():
            if count > 1:
                yield Violation("one id, one object", identifier, f"was answered to {count} requests of kind {kind}")
    for number, count in Counter(row["transaction_id"] for row in case.evidence.paid_rows).items():
        if count > 1:
            yield Violation("one id, one object", number, f"is the transaction_id of {count} payments")


def nothing_from_nowhere(case: Case) -> Iterator[Violation]:
    """Each object has the one request that it was created by, and that was not refused."""
    requests = {(one.kind, one.reference): one for one in case.sent if one.reference}
    there = list(_all_there(case.evidence))
    for (kind, reference), count in Counter((one.kind, one.reference) for one in there).items():
        if count > 1:
            yield Violation("done once", reference, f"{kind} was sent once and done {count} times")
    for one in there:
        sent = requests.get((one.kind, one.reference))
        if sent is None:
            yield Violation("nothing from nowhere", one.identifier, f"nobody has sent {one.kind} {one.reference}")
        elif sent.outcome == "refused":
            yield Violation("refused, and done", one.identifier, f"{one.kind} {one.reference}: {sent.detail}")


def states_are_legal(case: Case) -> Iterator[Violation]:
    for one in case.evidence.payments:
        payment, timeline = one.payment, one.timeline
        yield from _legal(payment.trade_id, PAYMENT_STATES, states_of(timeline), payment.state)
        for refund in one.refunds:
            states = states_of(timeline, refund.refund_id)
            yield from _legal(refund.refund_id, REFUND_STATES, states, refund.state)
    for paid_out in case.evidence.payouts:
        states = states_of(paid_out.history.timeline)
        yield from _legal(paid_out.payout.payout_id, PAYOUT_STATES, states, paid_out.payout.state)


def _legal(identifier: str, machine: StateMachine[Any], states: list[str], now: str) -> Iterator[Violation]:
    path = " → ".join(states)
    if not states or states[0] not in machine.starts:
        yield Violation("legal states", identifier, f"begins with {path or 'nothing'}")
    elif states[-1] != now:
        yield Violation("legal states", identifier, f"is {now}, and its timeline says {path}")
    elif any(here not in set(machine) or there not in machine.after(here) for here, there in pairwise(states)):
        yield Violation("legal states", identifier, f"has no such way: {path}")


def captured_once(case: Case) -> Iterator[Violation]:
    """An authorisation is paid by one capture, of the amount that was answered."""
    captures: defaultdict[str, list[Sent]] = defaultdict(list)
    for sent in case.of_kind("capture"):
        captures[sent.trade_id].append(sent)
    for one in case.evidence.payments:
        trade_id, answers = one.payment.trade_id, captures[one.payment.trade_id]
        done = sum(event.kind == "request" and event.text == "v3.Capture" for event in one.timeline)
        if len(answers) > 1 or done > 1:
            yield Violation("captured once", trade_id, f"{len(answers)} captures were answered, {done} are recorded")
        if answers and not done:
            yield Violation("answered, and gone", trade_id, "its capture was answered")
        elif answers and parse_amount(one.payment.amount) != answers[0].amount:
            sentence = f"{amount_text(answers[0].amount)} was captured, there is {one.payment.amount}"
            yield Violation("answered otherwise", trade_id, sentence)
        is_paid = "paid" in states_of(one.timeline)
        if one.payment.order_id.startswith(AUTHORISATION) and is_paid != (done > 0):
            yield Violation("captured once", trade_id, f"paid: {is_paid}, captures on its timeline: {done}")


def histories_are_whole(case: Case) -> Iterator[Violation]:
    """Each object has the request that created it, each request its entry in the journal, each change its events."""
    for one in case.evidence.payments:
        trade_id = one.payment.trade_id
        requests = Counter(event.text for event in one.timeline if event.kind == "request")
        for method, expected in ((one.payment.method, 1), ("v3.CreateRefund", len(one.refunds))):
            if requests[method] != expected:
                sentence = f"{requests[method]} requests of {method} on its timeline, and not {expected}"
                yield Violation("nothing half", trade_id, sentence)
        yield from _whole(trade_id, one.timeline, one.notifications)
    for paid_out in case.evidence.payouts:
        history = paid_out.history
        yield from _whole(paid_out.payout.payout_id, history.timeline, history.notifications)


def _whole(
    identifier: str, timeline: list[EventRecord], notifications: list[NotificationRecord]
) -> Iterator[Violation]:
    if not timeline or timeline[0].kind != "request":
        yield Violation("nothing half", identifier, "its timeline does not begin with a request")
    journaled = {event.reference for event in timeline if event.kind == "signature"}
    for event in timeline:
        if event.kind == "request" and event.reference not in journaled:
            yield Violation("nothing half", identifier, f"request {event.reference} is not in the journal")
    if {event.reference for event in timeline if event.kind == "notification"} != {one.number for one in notifications}:
        yield Violation("nothing half", identifier, "its notifications are not those of its timeline")
    for one in notifications:
        if one.state != "accepted":
            yield Violation("heard in the end", identifier, f"notification {one.number} is {one.state}")


def refusals_are_right(case: Case) -> Iterator[Violation]:
    """No creation and no query breaks a rule; a sandbox fails only while its database is away."""
    for sent in case.sent:
        subject = sent.trade_id or sent.reference
        if sent.outcome == "refused" and (sent.kind in {"create", "query"} or "There is no" in sent.detail):
            yield Violation("refused wrongly", subject, f"{sent.kind}: {sent.detail}")
        if sent.outcome == "failed" and not any(
            one.victim == "database" and one.began <= sent.at <= one.ended + _AFTER_DATABASE
            for one in case.interruptions
        ):
            yield Violation("failed without a reason", subject, f"{sent.kind}: {sent.detail}")
