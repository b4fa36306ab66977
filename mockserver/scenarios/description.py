"""Describes scenarios in words, for the command line, the docs, the journal and the pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from mockserver.domain.codes import REFUSAL_MESSAGES
from mockserver.domain.kinds import BY_PART
from mockserver.domain.money import amount_text
from mockserver.domain.payments.transitions import PAYMENT
from mockserver.durations import duration_text
from mockserver.scenarios.faults import ONLY_LATE, Say
from mockserver.scenarios.scenario import DEMO
from mockserver.texts import message

if TYPE_CHECKING:
    from mockserver.domain.notifications.notification import NotificationFaults
    from mockserver.scenarios.scenario import Response, Scenario, Step

_EFFECTS = {
    "kept": message("the request takes effect"),
    "none": message("the request has no effect"),
    "forgotten": message("the request is discarded after the response"),
}


def plainly(text: str, /, **values: Any) -> str:  # noqa: ANN401 - a value of any type
    """The English text, with values for its `{names}`."""
    return text.format(**values) if values else text


NOTIFICATION = message("notification")
_MARGIN = 20


class Line(NamedTuple):
    """One line of a scenario's timeline; `when` is empty if it is the time of the line before.

    An aside adds to the line before it.
    """

    when: str
    subject: str
    what: str
    is_aside: bool = False


def response_in_words(response: Response, say: Say = plainly) -> str:
    """What happens to an answer; empty if it is normal."""
    parts = []
    if response.code:
        text = response.message or REFUSAL_MESSAGES[response.code]
        parts.append(say("rejected with {code} {message}", code=response.code, message=text))
    parts += [fault.describe(say) for fault in response.faults]
    is_only_late = all(isinstance(fault, ONLY_LATE) for fault in response.faults)
    if response.effect == "forgotten" or (response.faults and not response.code and not is_only_late):
        parts.append(say(_EFFECTS[response.effect]))
    return ", ".join(parts)


def notification_faults_in_words(faults: NotificationFaults | None, say: Say = plainly) -> str:
    """How a notification misbehaves; empty if it does not."""
    if faults is None:
        return ""
    fields = ", ".join(f"{name} {text}" for name, text in faults.fields)
    together = say("sent {count} times at once") if faults.concurrent else say("sent {count} times")
    holds = {
        say("never sent"): faults.dropped,
        say("sent after {duration}", duration=duration_text(faults.delay)): faults.delay > 0,
        say("sent only after the next one about the trade"): faults.after_next,
        say("sent before the request is answered"): faults.before_answer,
        together.format(count=faults.copies): faults.copies > 1,
        say("signed with a wrong key"): faults.wrong_signature,
        say("with {fields}", fields=fields): bool(fields),
        say("as a form with resultData"): faults.form == "resultData",
        say("as percent-encoded JSON"): faults.form == "percent-encoded",
        say("while queries return the old state for {duration}", duration=duration_text(faults.ahead_of_query)):
            faults.ahead_of_query > 0,
    }  # fmt: skip
    parts = [text for text, applies in holds.items() if applies]
    if faults.replay_after is not None:
        again = duration_text(faults.replay_after)
        parts.append(say("the oldest one is sent again {duration} later", duration=again))
    return ", ".join(parts)


def when(step: Step, say: Say = plainly) -> str:
    """When a step happens, counted from the step before it."""
    if step.on_signal:
        return say("on a signal")
    if step.queries:
        return say("after 1 query") if step.queries == 1 else say("after {count} queries", count=step.queries)
    if step.after is None:
        return say("after the pay delay")
    return say("after {duration}", duration=duration_text(step.after)) if step.after else say("at once")


def timeline(scenario: Scenario, say: Say = plainly) -> list[Line]:
    """What happens, in order: the answers, then each part with its notifications."""
    lines = _answers(scenario, say)
    for part, kind in BY_PART.items():
        subject = kind.name
        for step in scenario.part(part) or ():
            state = say("{state} (forced)", state=step.state) if step.forced else step.state
            lines.append(Line(when(step, say), say(subject), state))
            if misbehaviour := notification_faults_in_words(step.notification_faults, say):
                lines.append(Line("", say(NOTIFICATION), misbehaviour, is_aside=True))
        if scenario.part(part) == ():
            rest = say("stays unpaid until it expires") if part == PAYMENT.part else say("stays unchanged")
            lines.append(Line("", say(subject), rest))
    if misbehaviour := notification_faults_in_words(scenario.notification_faults, say):
        lines.append(Line("", say("every notification"), misbehaviour))
    return lines


def _answers(scenario: Scenario, say: Say) -> list[Line]:
    lines = []
    for place, response in enumerate(scenario.answers, 1):
        subject = say("request") if len(scenario.answers) == 1 else say("request {number}", number=place)
        if 1 < place == len(scenario.answers):
            subject = say("request {number} and later", number=place)
        lines.append(Line("", subject, response_in_words(response, say) or say("answered normally")))
    return lines


def drawn(scenario: Scenario) -> list[str]:
    lines = timeline(scenario)
    if not lines:
        return [f"  {'':{_MARGIN}}  default behaviour"]
    drawing: list[str] = []
    for line in lines:
        if line.is_aside:
            drawing.append(f"  {'':{_MARGIN}}  `- {line.subject}: {line.what}")
            continue
        if drawing:
            drawing.append(f"  {'':{_MARGIN}}  |")
        drawing.append(f"  {line.when:>{_MARGIN}}  * {line.subject}: {line.what}")
    return drawing


def triggers_of(scenario: Scenario) -> list[tuple[str, str]]:
    """How a request selects a scenario: pairs of a field, header or flag and its value."""
    ways = []
    if scenario.order_id:
        ways.append(("order_id", scenario.order_id))
    if scenario.amount is not None:
        ways.append(("amount", amount_text(scenario.amount)))
    name = scenario.name
    return [*ways, ("demo", f"{DEMO}{name}"), ("X-Sandbox-Scenario", name), ("serve --scenario", name)]
