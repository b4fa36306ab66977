"""What one account is judged by, and what can be wrong."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bench.durability.evidence import AccountEvidence
    from bench.durability.log import Outcome, RequestKind, Sent
    from bench.durability.sandboxes import Interruption
    from mockserver.api.schemas import EventRecord

_REFUND_EVENT = re.compile(r"refund (\S+): (.+)")


class Violation(NamedTuple):
    """Something that must not be: the rule, the trade, refund, payout or request, and a sentence."""

    rule: str
    subject: str
    sentence: str


class Case(NamedTuple):
    """The requests of an account, in the order in which they ended, its evidence, and what was killed meanwhile."""

    sent: Sequence[Sent]
    evidence: AccountEvidence
    interruptions: Sequence[Interruption]

    def of_kind(self, kind: RequestKind, outcome: Outcome = "answered") -> Iterator[Sent]:
        return (one for one in self.sent if one.kind == kind and one.outcome == outcome)


def states_of(timeline: Iterable[EventRecord], refund_id: str = "") -> list[str]:
    """The states of the payment or payout of a timeline, in order; or those of one of its refunds."""
    texts = [event.text for event in timeline if event.kind == "state"]
    found = [(_REFUND_EVENT.fullmatch(text), text) for text in texts]
    if refund_id:
        return [match[2] for match, _ in found if match and match[1] == refund_id]
    return [text for match, text in found if not match]
