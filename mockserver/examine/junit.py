"""The report of an examination as JUnit XML, as CI servers read it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement, indent, tostring

if TYPE_CHECKING:
    from mockserver.examine.report import CheckResult, Report

_NOT_IN_XML = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF], "\ufffd")


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
    return text.translate(_NOT_IN_XML).encode("utf-8", "replace").decode()


def as_text(one: CheckResult) -> str:
    """Why a check failed, and what was sent and answered, as plain text."""
    lines = [one.sentence, f"Sent: {one.sent}", f"Expected: {one.right}", f"What it costs: {one.costs}",
             f"Order {one.order_id}, trade {one.trade_id}"]  # fmt: skip
    for delivery in one.deliveries:
        answered = delivery.error if delivery.status is None else f"HTTP {delivery.status} {delivery.answer[:200]}"
        lines += [f"{delivery.verb} {delivery.url} ({delivery.what})", f"  {delivery.body}", f"  -> {answered}"]
    return "\n".join(lines)
