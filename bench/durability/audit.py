"""The audit: compares what was answered with what there is, and names each thing that is wrong. No I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.durability import notifications, objects, sums
from bench.durability.case import Case, Violation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from bench.durability.evidence import AccountEvidence
    from bench.durability.log import Sent
    from bench.durability.sandboxes import Interruption

RULES: tuple[Callable[[Case], Iterator[Violation]], ...] = (
    objects.answers_stand,
    objects.ids_are_unique,
    objects.nothing_from_nowhere,
    objects.states_are_legal,
    objects.captured_once,
    objects.histories_are_whole,
    objects.refusals_are_right,
    sums.paid_once,
    sums.refunds_add_up,
    sums.money_moves_once,
    sums.balance_adds_up,
    sums.daily_totals_add_up,
    notifications.merchant_has_heard,
    notifications.repeated_around_kills,
)
"""All rules, each for one account."""


def audit(
    sent: Iterable[Sent], evidence: Iterable[AccountEvidence], interruptions: Sequence[Interruption]
) -> list[Violation]:
    """Everything that is wrong; empty if nothing is."""
    requests = list(sent)
    cases = [Case([s for s in requests if s.user == one.user], one, interruptions) for one in evidence]
    return [violation for case in cases for rule in RULES for violation in rule(case)]
