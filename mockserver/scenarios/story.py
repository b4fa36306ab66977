"""Tells what a scenario does, in words: for the command line, the docs, the journal and the pages."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from mockserver.codes import REFUSAL_MESSAGES
from mockserver.durations import duration_text
from mockserver.payments.money import amount_text
from mockserver.scenarios.faults import Body, Delay, Fault, HttpStatus, Lost, RetryAfter, Slow
from mockserver.scenarios.scenario import DEMO

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mockserver.payments.telling import Telling
    from mockserver.scenarios.scenario import Part, Response, Scenario, Step

SUBJECTS: Mapping[Part, str] = MappingProxyType(
    {"then": "payment", "refund": "refund", "payout": "payout", "split": "split"}
)
_BODIES = {
    "empty": "the body is empty",
    "truncated": "the body breaks off in the middle",
    "garbled": "the body is no JSON",
    "html": "the body is the page of a proxy",
}
_LOSSES = {
    "reset": "the connection is reset",
    "closed": "the connection is closed without an answer",
    "silent": "no answer ever comes",
}
_EFFECTS = {
    "kept": "the request takes effect",
    "none": "the request has no effect",
    "forgotten": "the request is forgotten afterwards",
}


NOTIFICATION = "notification"
_MARGIN = 20


class Line(NamedTuple):
    """One line of a scenario's timeline: when, about what, and what happens; `when` is empty where it goes on."""

    when: str
    subject: str
    what: str


def response_in_words(response: Response) -> str:
    """What happens to an answer; empty where nothing does."""
    told = []
    if response.code:
        told.append(f"refused with {response.code} {response.message or REFUSAL_MESSAGES[response.code]}")
    told += [_fault_in_words(fault) for fault in response.faults]
    if told and not response.code and not all(isinstance(fault, (Delay, Slow)) for fault in response.faults):
        told.append(_EFFECTS[response.effect])
    elif response.effect == "forgotten":
        told.append(_EFFECTS["forgotten"])
    return ", ".join(told)


def _fault_in_words(fault: Fault) -> str:
    if isinstance(fault, Delay):
        least, most = duration_text(fault.least), duration_text(fault.most)
        return f"answered after {least}" if least == most else f"answered after {least} to {most}"
    if isinstance(fault, HttpStatus):
        return f"HTTP {fault.status}"
    if isinstance(fault, RetryAfter):
        return f"Retry-After {fault.seconds}"
    if isinstance(fault, Body):
        return _BODIES[fault.content]
    if isinstance(fault, Lost):
        return _LOSSES[fault.how]
    return f"the body comes bit by bit within {duration_text(fault.milliseconds)}"


def telling_in_words(telling: Telling | None) -> str:
    """How a notification misbehaves; empty where it does not."""
    if telling is None:
        return ""
    fields = " and ".join(f"{name} {text}" for name, text in telling.fields)
    said = {
        "never sent": telling.dropped,
        f"sent after {duration_text(telling.delay)}": telling.delay > 0,
        "sent only after the next one about the trade": telling.after_next,
        "sent before the request is answered": telling.before_answer,
        f"sent {telling.copies} times{' at once' if telling.concurrent else ''}": telling.copies > 1,
        "signed with a wrong key": telling.wrong_signature,
        f"telling {fields}": bool(fields),
        f"as {'a form with resultData' if telling.form == 'resultData' else 'percent-encoded JSON'}":
            telling.form != "json",
        f"while queries tell the old state for {duration_text(telling.ahead_of_query)}": telling.ahead_of_query > 0,
    }  # fmt: skip
    told = [text for text, holds in said.items() if holds]
    if telling.replay_after is not None:
        told.append(f"and the oldest one is sent once more {duration_text(telling.replay_after)} later")
    return ", ".join(told)


def when(step: Step) -> str:
    """When a step comes, after the one before it."""
    if step.told:
        return "when told"
    if step.queries:
        return f"after {step.queries} {'query' if step.queries == 1 else 'queries'}"
    if step.after is None:
        return "after the pay delay"
    return f"after {duration_text(step.after)}" if step.after else "at once"


def timeline(scenario: Scenario) -> list[Line]:
    """What happens, in its order: the answers, then each part of the story with its notifications."""
    lines = []
    for place, response in enumerate(scenario.answers):
        told = response_in_words(response) or "answered rightly"
        number = f"request {place + 1}" if len(scenario.answers) > 1 else "request"
        last = " and later" if place and place == len(scenario.answers) - 1 else ""
        lines.append(Line("", f"{number}{last}", told))
    for part, subject in SUBJECTS.items():
        for step in scenario.part(part) or ():
            lines.append(Line(when(step), subject, f"{step.state}{' all the same' if step.forced else ''}"))
            if told := telling_in_words(step.telling):
                lines.append(Line("", NOTIFICATION, told))
        if scenario.part(part) == ():
            lines.append(Line("", subject, "nobody pays until it expires" if part == "then" else "stays as it is"))
    if told := telling_in_words(scenario.telling):
        lines.append(Line("", "every notification", told))
    return lines


def drawn(scenario: Scenario) -> list[str]:
    """The timeline as a drawing of plain characters, top to bottom."""
    lines = timeline(scenario)
    if not lines:
        return [f"  {'':{_MARGIN}}  nothing but the usual course"]
    drawing: list[str] = []
    for line in lines:
        if line.subject == NOTIFICATION:
            drawing.append(f"  {'':{_MARGIN}}  `- {line.subject} {line.what}")
            continue
        if drawing:
            drawing.append(f"  {'':{_MARGIN}}  |")
        drawing.append(f"  {line.when:>{_MARGIN}}  * {line.subject}: {line.what}")
    return drawing


def ways_to_ask(scenario: Scenario) -> list[tuple[str, str]]:
    """How a request asks for a scenario: the ways and what to write."""
    ways = []
    if scenario.order_id:
        ways.append(("order_id", scenario.order_id))
    if scenario.amount is not None:
        ways.append(("amount", amount_text(scenario.amount)))
    name = scenario.name
    return [*ways, ("demo", f"{DEMO}{name}"), ("X-Sandbox-Scenario", name), ("serve --scenario", name)]
