"""The result of an examination, as values for JSON, and as JUnit XML."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement, indent, tostring

import msgspec

from mockserver.examine.mending import lines_for
from mockserver.examine.steps import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mockserver.examine.grading import Grade
    from mockserver.examine.steps import Check
    from mockserver.examine.trial import Observation, SentRequest

VERDICTS: tuple[Verdict, ...] = ("lost money", "lost an order", "unsafe habit", "not graded", "passed")
"""All verdicts, the worst first."""

FAILURES: tuple[Verdict, ...] = VERDICTS[:3]
_LONGEST_BODY = 4_000
_REPLACED_IN_XML = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF], "�")


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
    def of(cls, check: Check, grade: Grade, seen: Observation | None) -> CheckResult:
        order, has_failed = None if seen is None else seen.order, grade.verdict in FAILURES
        deliveries = [ShownRequest.of(one) for one in seen.sent] if seen is not None else []
        return cls(
            check.name, check.group, check.title, grade.verdict, grade.sentence, grade.template, dict(grade.values),
            check.sent, check.right, check.costs, check.source, order.order_id if order else "",
            order.trade_id if order else "", deliveries, lines_for(check.cure) if has_failed else {},
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
    def has_passed(self) -> bool:
        return self.state == "ended" and not any(one.has_failed for one in self.results)


def count_verdicts(results: Iterable[CheckResult]) -> dict[str, int]:
    counts = Counter(one.verdict for one in results)
    return {verdict: counts[verdict] for verdict in VERDICTS}


def as_junit(report: Report) -> str:
    """The report as JUnit XML, in which a failure has what was sent and answered."""
    cases = report.results
    failed, skipped = sum(one.has_failed for one in cases), report.verdicts.get("not graded", 0)
    suite = Element("testsuite", name="yabandpay-mock examine", tests=str(len(cases)), failures=str(failed),
                    skipped=str(skipped), errors="0", time=f"{report.seconds:.3f}",
                    timestamp=report.started_at)  # fmt: skip
    for one in cases:
        case = SubElement(suite, "testcase", classname=_in_xml(f"examine.{one.group}"), name=_in_xml(one.title))
        if one.has_failed:
            message = _in_xml(f"{one.verdict}: {one.sentence}")
            SubElement(case, "failure", type=one.verdict, message=message).text = _in_xml(as_text(one))
        elif one.verdict == "not graded":
            SubElement(case, "skipped", message=_in_xml(one.sentence))
    suites = Element("testsuites")
    suites.append(suite)
    indent(suites)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(suites, encoding="unicode")}\n'


def _in_xml(text: str) -> str:
    """The text without the characters that XML cannot have."""
    return text.translate(_REPLACED_IN_XML).encode("utf-8", "replace").decode()


def as_text(one: CheckResult) -> str:
    """Why a check failed, and what was sent and answered, as plain text."""
    lines = [one.sentence, f"Sent: {one.sent}", f"A right shop: {one.right}", f"What it costs: {one.costs}",
             f"Order {one.order_id}, trade {one.trade_id}"]  # fmt: skip
    for delivery in one.deliveries:
        answered = delivery.error if delivery.status is None else f"HTTP {delivery.status} {delivery.answer[:200]}"
        lines += [f"{delivery.verb} {delivery.url} ({delivery.what})", f"  {delivery.body}", f"  -> {answered}"]
    return "\n".join(lines)
