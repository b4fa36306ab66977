"""Rules for notifications: the merchant hears of every change, of nothing else, and twice only around a kill."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, NamedTuple

from bench.durability.case import Case, Violation, states_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.durability.evidence import AccountEvidence, Heard

_UNTIL_KILL = 10.0
"""Seconds from the arrival of a notification to a kill before which its acknowledgement may not have been stored."""

_LATE = 1.0
"""Seconds that a notification of a killed process may still be on its way."""


def merchant_has_heard(case: Case) -> Iterator[Violation]:
    """Each change of state has arrived, signed, with its amount; and nothing that did not happen."""
    happened = dict(_changes(case.evidence))
    heard = {one.about for one in case.evidence.heard if one.data is not None}
    for timeline, refund, state in happened.keys() - heard:
        yield Violation("heard in the end", refund or timeline, f"the merchant has not heard that it is {state}")
    for one in case.evidence.heard:
        timeline, refund, state = one.about
        if one.data is None:
            yield Violation("signed", case.evidence.user, f"a notification has another signature: {one.body}")
        elif one.about not in happened:
            yield Violation("heard, and not true", refund or timeline, f"the merchant has heard that it is {state}")
        elif (said := one.data.get("refund_amount", one.data["amount"])) != happened[one.about]:
            sentence = f"the merchant has heard {said}, not {happened[one.about]}"
            yield Violation("heard, and not true", refund or timeline, sentence)


def _changes(evidence: AccountEvidence) -> Iterator[tuple[tuple[str, str, str], str]]:
    """What the merchant hears of, with the amount: each state after the first."""
    for one in evidence.payments:
        trade_id = one.payment.trade_id
        for state in states_of(one.timeline)[1:]:
            amount = one.payment.authorized_amount if state == "authorized" else one.payment.amount
            yield (trade_id, "", state), amount
        for refund in one.refunds:
            for state in states_of(one.timeline, refund.refund_id)[1:]:
                yield (trade_id, refund.refund_id, state), refund.amount
    for paid_out in evidence.payouts:
        for state in states_of(paid_out.history.timeline)[1:]:
            yield (paid_out.payout.payout_id, "", state), paid_out.payout.amount


class Repeated(NamedTuple):
    """The arrivals of one notification, of which there are several; and the attempts that the sandbox has recorded."""

    arrivals: list[Heard]
    recorded: int


def repeated(evidence: AccountEvidence) -> list[Repeated]:
    """The notifications that have arrived more than once."""
    arrivals: defaultdict[str, list[Heard]] = defaultdict(list)
    for one in evidence.heard:
        arrivals[one.body].append(one)
    notifications = [notification for one in evidence.payments for notification in one.notifications]
    notifications += [notification for one in evidence.payouts for notification in one.history.notifications]
    recorded = Counter(attempt.sent for notification in notifications for attempt in notification.attempts)
    return [Repeated(found, recorded[body]) for body, found in arrivals.items() if len(found) > 1]


def repeated_around_kills(case: Case) -> Iterator[Violation]:
    """A delivery without a record was sent by a process that was killed before it could store the result."""
    for arrivals, recorded in repeated(case.evidence):
        first = arrivals[0].at
        until = min(arrivals[-1].at, first + _UNTIL_KILL)
        was_killed = any(first <= one.ended + _LATE and one.began <= until for one in case.interruptions)
        if len(arrivals) > recorded and not was_killed:
            timeline, refund, state = arrivals[0].about
            sentence = f"{state} came {len(arrivals)} times, {recorded} attempts are recorded"
            yield Violation("repeated without a kill", refund or timeline, sentence)
