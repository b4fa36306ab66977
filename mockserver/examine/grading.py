"""Grades what the trials have seen. Effects come first, acknowledgements second; nothing here asks anybody."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from mockserver.examine.checks import ANSWERS
from mockserver.examine.checks.expecting import CRASHES, FORGOTTEN, NOT_AGAIN, NOT_TAKEN
from mockserver.examine.steps import HELD_ANSWER
from mockserver.texts import message

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mockserver.examine.steps import Check, Verdict
    from mockserver.examine.trial import Look, SentRequest, TrialRecord

_SLOW = 5_000
"""Milliseconds after which an answer is too slow to rely on: half of the gateway's assumed timeout."""

_UNKNOWN_WORD = message(
    "The state {word} is unknown. Say what it means with --paid, --open, --refunded, --closed or --held."
)
_SHOWN_BY_OK = frozenset({"store", "create", "verify", "parse"})
"""The cures of the checks in which an `ok` says that the shop took the notification."""

_REDIRECTS = range(300, 400)
_ERRORS = range(500, 600)
_SUCCESSES = range(200, 300)


class Grade(NamedTuple):
    """A verdict, and the sentence that says why: a template and its values.

    `costs` and `cure` are those of the check, unless it failed in another way than it is about.
    """

    verdict: Verdict
    template: str = ""
    values: Mapping[str, str] = {}
    costs: str = ""
    cure: str = ""

    @property
    def sentence(self) -> str:
        return self.template.format(**self.values)


PASSED = Grade("passed")
_NO_STATE = Grade("not graded", message("This can only be seen in the shop's state. Add --state."))
_NO_COUNT = Grade(
    "not graded",
    message(
        "The state is correct, but how often the shop acted is not known. Let its state have a number of shipments."
    ),
)
_NO_REFUNDS = Grade("not graded", message("The shop does not follow refunds, as the check of a full refund shows."))
_QUERIES = Grade(
    "not graded", message("The shop answered ok, and asked the gateway for the truth. Its state would show more.")
)
_TAKEN_BACK = Grade(
    "unsafe habit", message("The shop answered ok to it, so the gateway would not send it again."), {}, NOT_AGAIN,
    "unknown",
)  # fmt: skip
_HARMLESS = Grade("passed", message("It answered ok to it, but its state is correct."))


class Habits(NamedTuple):
    """What kind of shop it is, which decides what an `ok` means.

    One that `answers_first` says ok, perhaps after it has verified the signature, and works later; one that does not
    follow refunds ignores them.
    """

    answers_first: bool
    follows_refunds: bool

    @classmethod
    def of(cls, observations: Mapping[str, TrialRecord]) -> Habits:
        forged, refund = observations.get("wrong-signature"), observations.get("refund")
        accepts_all = forged is not None and _looks_right(forged) and any(one.accepted for one in forged.sent)
        works_later = any(look.came_later for seen in observations.values() if seen.sent for look in seen.looks)
        return cls(accepts_all or works_later, refund is None or _looks_right(refund))


def grade_all(checks: Sequence[Check], observations: Mapping[str, TrialRecord]) -> dict[str, Grade]:
    """The grades of the checks that have been carried out, and of the shop's answers in them."""
    habits = Habits.of(observations)
    grades = {one.name: grade(observations[one.name], habits) for one in checks if one.name in observations}
    seen = list(observations.values())
    return grades | {one.name: _GRADES_OF_ANSWERS[one.name](seen, grades) for one in ANSWERS if one in checks}


def grade(seen: TrialRecord, habits: Habits) -> Grade:
    """The grade of one check."""
    wrong = next((look for look in seen.looks if look.state is not None and not look.is_right), None)
    if wrong is not None:
        return _wrong_effect(wrong, habits)
    if seen.problem:
        return Grade("not graded", "{problem}", {"problem": seen.problem})
    broken = _breakdown(seen)
    if broken is not None:
        return broken
    if any(look.state is None for look in seen.looks):
        return _by_acknowledgements(seen)
    return _with_right_state(seen, habits)


def _looks_right(seen: TrialRecord) -> bool:
    return bool(seen.looks) and not seen.problem and all(look.is_right for look in seen.looks)


def _wrong_effect(look: Look, habits: Habits) -> Grade:
    if look.expect.needs_refunds and not habits.follows_refunds:
        return _NO_REFUNDS
    if look.state is not None and look.state.kind is None:
        return Grade("not graded", _UNKNOWN_WORD, {"word": repr(look.state.word)})
    return Grade(look.expect.verdict, look.expect.wrong, {"state": str(look.state)})


def _breakdown(seen: TrialRecord) -> Grade | None:
    """Whether the shop failed at something that it need not accept, or over a browser's visit."""
    unneeded = [one for one in seen.sent if not (one.genuine and one.needs_ok)]
    failed = next((one for one in unneeded if one.failed and not one.is_late), None)
    if failed is None:
        return None
    if failed.status is None:
        return Grade("unsafe habit", message("It did not answer: {error}"), {"error": failed.error}, CRASHES, "parse")
    return Grade(
        "unsafe habit", message("It failed with HTTP {status}."), {"status": str(failed.status)}, CRASHES, "parse"
    )


def _by_acknowledgements(seen: TrialRecord) -> Grade:
    """The grade if nobody has said how to read the shop's state."""
    forged = [one for one in seen.sent if one.genuine is False]
    expect = next((look.expect for look in seen.looks), None)
    if forged:
        if not any(one.accepted for one in forged):
            return PASSED
        verdict = "unsafe habit" if expect is None else expect.verdict
        return _QUERIES if seen.queried else Grade(verdict, message("The shop answered ok to it."))
    genuine = seen.genuine
    if not genuine:
        return _NO_STATE
    if not genuine[-1].accepted:
        return Grade("lost an order", message("The shop did not answer ok: {answer}"), {"answer": _answer(genuine[-1])})
    return PASSED if seen.check.cure in _SHOWN_BY_OK else _NO_STATE


def _answer(sent: SentRequest) -> str:
    if sent.status is None:
        return sent.error
    return f"HTTP {sent.status} {sent.answer[:80]!r}"


def _with_right_state(seen: TrialRecord, habits: Habits) -> Grade:
    counts_matter = [look for look in seen.looks if look.expect.most is not None and "paid" in look.expect.kinds]
    if counts_matter and counts_matter[-1].state is not None and counts_matter[-1].state.effects is None:
        return _NO_COUNT if seen.check.cure == "once" else PASSED
    accepted = [one for one in seen.sent if one.genuine is False and one.accepted]
    if not accepted:
        return PASSED
    if not habits.follows_refunds and any(look.expect.needs_refunds for look in seen.looks):
        return _NO_REFUNDS
    held = any(look.state is not None and look.state.kind == "held" for look in seen.looks)
    if seen.queried or habits.answers_first or held:
        return _HARMLESS
    return _TAKEN_BACK


def _genuine(seen: Sequence[TrialRecord]) -> list[SentRequest]:
    return [sent for one in seen for sent in one.genuine]


def _grade_ok(seen: Sequence[TrialRecord], _grades: Mapping[str, Grade]) -> Grade:
    """Whether what the shop took was answered with `ok`, in the end."""
    taken = [one for one in seen if _looks_right(one) or any(look.state is None for look in one.looks)]
    genuine = _genuine(taken)
    last = [sent for one in taken for sent in one.genuine[-1:]]
    answered = [one for one in genuine if one.status in _SUCCESSES]
    refused = [sent for one in taken for sent in _refused_repetitions(one)]
    odd = [one for one in (*answered, *last, *refused) if not (one.accepted or one.is_late or _has_own_check(one))]
    if odd:
        return Grade("unsafe habit", message("It answered {answer} instead of ok."), {"answer": _answer(odd[0])})
    is_seen = any(one.accepted for one in genuine)
    return PASSED if is_seen else Grade("not graded", message("It accepted no genuine notification."))


def _refused_repetitions(seen: TrialRecord) -> list[SentRequest]:
    """The repetitions of what the shop has acknowledged before that it did not acknowledge again."""
    accepted: set[str] = set()
    refused = []
    for one in seen.genuine:
        if one.accepted:
            accepted.add(one.body)
        elif one.body in accepted and not one.is_busy:
            refused.append(one)
    return refused


def _has_own_check(sent: SentRequest) -> bool:
    """Whether another check is about this kind of answer."""
    return sent.status in _REDIRECTS or (sent.status in _SUCCESSES and _is_page(sent))


def _grade_time(seen: Sequence[TrialRecord], _grades: Mapping[str, Grade]) -> Grade:
    """Whether it answered in time when it could: a shop with one process cannot while it creates the payment."""
    genuine = [sent for one in seen for sent in one.genuine if one.check.scenario != HELD_ANSWER or sent.repeats]
    late = next((one for one in genuine if one.milliseconds > _SLOW or one.is_late), None)
    if late is not None:
        return Grade(
            "unsafe habit", message("An answer took {seconds} s."), {"seconds": f"{late.milliseconds / 1000:.1f}"}
        )
    return PASSED if genuine else Grade("not graded", message("It got no genuine notification."))


def _grade_redirect(seen: Sequence[TrialRecord], _grades: Mapping[str, Grade]) -> Grade:
    wrong = next((one for one in _genuine(seen) if one.status in _REDIRECTS), None)
    if wrong is None:
        return PASSED
    return Grade("unsafe habit", message("It answered HTTP {status}, {where}."),
                 {"status": str(wrong.status), "where": wrong.error})  # fmt: skip


def _is_page(sent: SentRequest) -> bool:
    return sent.answer.lstrip("\ufeff \r\n\t").startswith("<")


def _grade_page(seen: Sequence[TrialRecord], _grades: Mapping[str, Grade]) -> Grade:
    wrong = next((one for one in _genuine(seen) if one.status in _SUCCESSES and _is_page(one)), None)
    if wrong is None:
        return PASSED
    return Grade("unsafe habit", message("It answered with a page: {answer}"), {"answer": _answer(wrong)})


def _grade_again(seen: Sequence[TrialRecord], grades: Mapping[str, Grade]) -> Grade:
    """Whether an order that the shop failed at is correct in the end."""
    broken = [one for one in seen if any(sent.genuine and sent.status in _ERRORS for sent in one.sent)]
    if not broken:
        return Grade("passed", message("It answered no genuine notification with an error."))
    lost = [one for one in broken if grades[one.check.name].verdict in {"lost an order", "lost money"}]
    if not lost:
        return Grade("passed", message("It accepted the repetition."))
    return Grade("lost an order", message("After its error, the repetition did not help: see {check}."),
                 {"check": lost[0].check.name})  # fmt: skip


def _grade_refused(seen: Sequence[TrialRecord], grades: Mapping[str, Grade]) -> Grade:
    """Whether the shop answered ok to a genuine notification that it ignored."""
    for one in seen:
        is_lost = grades[one.check.name].template in {FORGOTTEN, NOT_TAKEN}
        if is_lost and any(sent.accepted for sent in one.genuine[-1:]):
            return Grade("unsafe habit", message("It answered ok to a notification that it ignored: see {check}."),
                         {"check": one.check.name})  # fmt: skip
    return PASSED


_GRADES_OF_ANSWERS = {
    "answer-ok": _grade_ok,
    "answer-in-time": _grade_time,
    "answer-redirect": _grade_redirect,
    "answer-page": _grade_page,
    "answer-again": _grade_again,
    "answer-refused": _grade_refused,
}
