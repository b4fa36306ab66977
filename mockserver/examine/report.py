"""The result of an examination, as values for JSON, and as JUnit XML."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from mockserver.examine.mending import lines_for
from mockserver.examine.steps import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mockserver.examine.grading import Grade
    from mockserver.examine.steps import Check
    from mockserver.examine.trial import SentRequest, TrialRecord

VERDICTS: tuple[Verdict, ...] = ("lost money", "lost an order", "unsafe habit", "not graded", "passed")
"""All verdicts, the worst first."""

FAILURES: tuple[Verdict, ...] = VERDICTS[:3]
_LONGEST_BODY = 4_000


class ShownRequest(msgspec.Struct):
    """One request to the shop and its answer; `status` is None if there was none, and `error` says why."""

    what: str
    verb: str
    url: str
    body: str
    status: int | None
    answer: str
    error: str
    duration_ms: int

    @classmethod
    def of(cls, sent: SentRequest) -> ShownRequest:
        body, answer = sent.body[:_LONGEST_BODY], sent.answer[:_LONGEST_BODY]
        return cls(sent.what, sent.verb, sent.url, body, sent.status, answer, sent.error, sent.milliseconds)


class CheckResult(msgspec.Struct):
    """The verdict of one check, and what it rests on.

    `sentence` says why; it is `template`, filled in with `values`. `mend` has the lines that mend a failure, by
    language. `deliveries` are in the order in which they were sent.
    """

    name: str
    group: str
    title: str
    verdict: Verdict
    sentence: str
    template: str
    values: dict[str, str]
    sent: str
    right: str
    costs: str
    source: str
    order_id: str
    trade_id: str
    deliveries: list[ShownRequest]
    mend: dict[str, str]

    @classmethod
    def of(cls, check: Check, grade: Grade, seen: TrialRecord | None) -> CheckResult:
        order, has_failed = None if seen is None else seen.order, grade.verdict in FAILURES
        deliveries = [ShownRequest.of(one) for one in seen.sent] if seen is not None else []
        return cls(
            check.name, check.group, check.title, grade.verdict, grade.sentence, grade.template, dict(grade.values),
            check.sent, check.right, grade.costs or check.costs, check.source, order.order_id if order else "",
            order.trade_id if order else "", deliveries, lines_for(grade.cure or check.cure) if has_failed else {},
        )  # fmt: skip

    @property
    def has_failed(self) -> bool:
        return self.verdict in FAILURES


class Report(msgspec.Struct):
    """The result of an examination.

    `state` is running, ended, stopped or failed; `problem` says why it failed. `open` are sentences about what could
    not be seen. `done` of `total` checks have been carried out.
    """

    state: str
    user: str
    started_at: str
    seconds: float
    done: int
    total: int
    verdicts: dict[str, int]
    results: list[CheckResult]
    open: list[str] = []
    problem: str = ""

    @property
    def failures(self) -> list[str]:
        """A line for each failed check: its name, the verdict, and why."""
        return [f"{one.name}: {one.verdict}: {one.sentence}" for one in self.results if one.has_failed]

    @property
    def has_passed(self) -> bool:
        return self.state == "ended" and not any(one.has_failed for one in self.results)


def count_verdicts(results: Iterable[CheckResult]) -> dict[str, int]:
    counts = Counter(one.verdict for one in results)
    return {verdict: counts[verdict] for verdict in VERDICTS}
