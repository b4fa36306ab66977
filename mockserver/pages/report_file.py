"""The report of an examination for people: what its page shows, and one HTML file to print and send."""

from __future__ import annotations

import re
from functools import cache, partial
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from mockserver.examine.report import FAILURES, VERDICTS
from mockserver.pages.forgeries import BodyLine, body_lines, defect_in_words
from mockserver.pages.language import speaker
from mockserver.pages.reasons import translate_reason
from mockserver.texts import message

if TYPE_CHECKING:
    from collections.abc import Callable

    from mockserver.examine.report import CheckResult, Report, ShownRequest
    from mockserver.pages.language import Say

_HERE = Path(__file__).parent
_TITLES = {
    "lost money": message("lost money"), "lost an order": message("lost an order"),
    "unsafe habit": message("unsafe habit"), "not graded": message("not graded"), "passed": message("passed"),
}  # fmt: skip
_BADGES = {"lost money": "bad", "lost an order": "bad", "unsafe habit": "warn", "passed": "good"}
_HEADLINES = {
    "lost money": message("Your shop would have lost money in {count} of {total} checks."),
    "lost an order": message("Your shop would have lost an order in {count} of {total} checks."),
    "unsafe habit": message("Your shop would have lost nothing, but has an unsafe habit in {count} of {total} checks."),
}
_NO_ORDER = message("no such order")
_SHIPPED = re.compile(r"(.*), shipped (?:once|(\d+) times)", re.DOTALL)
_LONGEST_BODY, _LONGEST_ANSWER = 4_000, 1_000
_UNPRINTABLE = dict.fromkeys([*range(9), 11, 12, *range(14, 32), *range(127, 160), 0xFFFE, 0xFFFF], "�")


class VerdictInWords(NamedTuple):
    """A verdict in words, the class of its badge, and how many checks have it."""

    name: str
    title: str
    badge: str
    checks: int = 0

    @classmethod
    def of(cls, name: str, say: Say, checks: int = 0) -> VerdictInWords:
        return cls(name, say(_TITLES[name]), _BADGES.get(name, ""), checks)


class RepeatedRequest(NamedTuple):
    """The same request once or several times in a row, and its answers."""

    what: str
    verb: str
    url: str
    lines: list[BodyLine]
    times: int
    answers: list[str]

    @classmethod
    def of(cls, requests: list[ShownRequest], say: Say) -> RepeatedRequest:
        first = requests[0]
        state, _, defect = first.what.partition(", ")
        what = f"{state}, {defect_in_words(defect, say)}" if defect else state
        lines = body_lines(first.body, defect, _LONGEST_BODY)
        alike = groupby(requests, key=lambda one: (one.status, one.answer, one.error))
        answers = [_answers(list(same), say) for _, same in alike]
        return cls(what, first.verb, first.url, lines, len(requests), answers)


class ResultInWords(NamedTuple):
    """The result of a check in words. `mend_of` is the title of an earlier check that the same lines mend."""

    name: str
    group: str
    title: str
    verdict: VerdictInWords
    sentence: str
    sent: str
    right: str
    costs: str
    source: str
    order_id: str
    trade_id: str
    requests: list[RepeatedRequest]
    mend: dict[str, str]
    mend_of: tuple[str, str] = ("", "")

    @classmethod
    def of(cls, one: CheckResult, say: Say) -> ResultInWords:
        groups = groupby(one.deliveries, key=lambda sent: (sent.what, sent.verb, sent.url, sent.body))
        return cls(
            one.name, say(one.group), say(one.title), VerdictInWords.of(one.verdict, say), _sentence(one, say),
            say(one.sent), say(one.right), say(one.costs), say(one.source), one.order_id, one.trade_id,
            [RepeatedRequest.of(list(same), say) for _, same in groups], one.mend,
        )  # fmt: skip


class ReportInWords(NamedTuple):
    """A report in a language: failures with the worst first, and the other checks in their own order."""

    report: Report
    headline: str
    badge: str
    open: list[str]
    problem: str
    verdicts: list[VerdictInWords]
    failures: list[ResultInWords]
    passed: list[ResultInWords]
    not_graded: list[ResultInWords]

    @classmethod
    def of(cls, report: Report, say: Say, read: Callable[[str], str]) -> ReportInWords:
        """A report in a language: `say` translates its texts, and `read` finished sentences such as its problem."""
        ordered = sorted(report.results, key=lambda one: VERDICTS.index(one.verdict))
        results = [ResultInWords.of(one, say) for one in ordered]
        failures = [one for one in results if one.verdict.name in FAILURES]
        verdicts = [VerdictInWords.of(name, say, report.verdicts.get(name, 0)) for name in VERDICTS]
        worst = next((one.badge for one in verdicts if one.checks), "")
        return cls(
            report, _headline(report, say), "" if report.state == "running" else worst,
            [say(one) for one in report.open], read(report.problem), verdicts, _without_repeated_lines(failures),
            [one for one in results if one.verdict.name == "passed"],
            [one for one in results if one.verdict.name == "not graded"],
        )  # fmt: skip


def report_file(report: Report, language: str) -> str:
    """The report as one HTML page that fetches nothing and runs nothing, in a language of `LANGUAGES`."""
    say = speaker(language)
    page = _environment().get_template("report_file.html")
    text = page.render(
        _=say,
        language=language,
        result=ReportInWords.of(report, say, partial(translate_reason, language)),
        order_page=None,
    )
    return text.lstrip().translate(_UNPRINTABLE).encode("utf-8", "replace").decode()


@cache
def _environment() -> Environment:
    folders = [_HERE / "templates", _HERE / "static"]
    return Environment(loader=FileSystemLoader(folders), autoescape=True, undefined=StrictUndefined)


def _headline(report: Report, say: Say) -> str:
    total, graded = len(report.results), len(report.results) - report.verdicts.get("not graded", 0)
    if report.state == "failed":
        return say(message("The examination could not be carried out."))
    if report.state == "running":
        return say(message("{done} of {total} checks are done."), done=report.done, total=report.total)
    for verdict, sentence in _HEADLINES.items():
        if count := report.verdicts.get(verdict, 0):
            return say(sentence, count=count, total=total)
    if not graded:
        return say(message("No check was graded."))
    if graded < total:
        return say(message("Your shop passed {count} of {total} checks. The others were not graded."), count=graded,
                   total=total)  # fmt: skip
    return say(message("Your shop passed all {total} checks."), total=total)


def _sentence(one: CheckResult, say: Say) -> str:
    try:
        return say(one.template, **{name: _value(text, say) for name, text in one.values.items()})
    except (LookupError, ValueError):  # a template of another version
        return one.sentence


def _value(text: str, say: Say) -> str:
    """A value in a sentence: a shop's own word for its state, after which `ShopState` says how often it shipped."""
    found = _SHIPPED.fullmatch(text)
    if found is None:
        return say(_NO_ORDER) if text == _NO_ORDER else text
    state = say(_NO_ORDER) if found[1] == _NO_ORDER else found[1]
    if found[2] is None:
        return say(message("{state}, shipped once"), state=state)
    return say(message("{state}, shipped {count} times"), state=state, count=found[2])


def _answers(alike: list[ShownRequest], say: Say) -> str:
    """The same answer to several requests in a row."""
    first, times = alike[0], [one.duration_ms for one in alike]
    text = first.answer
    text = text if len(text) <= _LONGEST_ANSWER else f"{text[:_LONGEST_ANSWER]}…"
    status = say(message("no answer")) if first.status is None else f"HTTP {first.status}"
    took = f"{min(times)} … {max(times)} ms" if min(times) < max(times) else f"{times[0]} ms"
    count = say(message("{count} times"), count=len(alike)) if len(alike) > 1 else ""
    return " · ".join(filter(None, [status, text, first.error, took, count]))


def _without_repeated_lines(failures: list[ResultInWords]) -> list[ResultInWords]:
    """The failures, in which the same lines that mend them are only with the first."""
    seen: list[ResultInWords] = []
    for one in failures:
        first = next((other for other in seen if other.mend and other.mend == one.mend), None)
        seen.append(one if first is None else one._replace(mend={}, mend_of=(first.name, first.title)))
    return seen
