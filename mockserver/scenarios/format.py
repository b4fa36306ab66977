"""The format of scenario files, declared once: what the loader reads, the JSON Schema and the docs come from here."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from mockserver.domain.codes import REFUSAL_MESSAGES
from mockserver.domain.kinds import BY_PART
from mockserver.domain.money import parse_amount
from mockserver.domain.notifications.faults import FORMS, NotificationFaults
from mockserver.domain.payments.transitions import PAYMENT
from mockserver.durations import parse_duration
from mockserver.scenarios.faults import CONTENTS, FAULTS, LOSSES
from mockserver.scenarios.scenario import Effect, Response, Step, first_state, parse_pattern
from mockserver.scenarios.yaml_files import (  # fmt: skip
    Either,
    Flag,
    ListOf,
    Member,
    Node,
    Object,
    Parsed,
    Schema,
    Tell,
    Text,
    Whole,
    Word,
)
from mockserver.texts import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mockserver.domain.states import StateMachine

PAY_DELAY, SIGNAL = "pay_delay", "signal"
SUCCEED, FAIL = "succeed", "fail"
FORCED_STATE = "paid"
_NAME = "[A-Za-z0-9][A-Za-z0-9._-]{0,99}"
_DURATION = r"[0-9]+(\.[0-9]+)?\s*(ms|s|m|h|d)"
_MOST_QUERIES = 1000
_MOST_COPIES = 20
_FIRST_ERROR = 400
_WITHOUT_BODY = frozenset({204, 205, 304})
_UNTRUE = ("amount", "currency", "order_id", "trade_id", "state", "transaction_id", "demo")
_EVEN_IF_LOST = frozenset({"delay", "connection"})
_EFFECTS: tuple[Effect, ...] = ("kept", "none", "forgotten")


class After(NamedTuple):
    """When a step comes: milliseconds after the one before it, None for the pay delay; or what it waits for."""

    after: int | None = 0
    queries: int = 0
    on_signal: bool = False


def parse_after(text: str) -> After:
    """Read when a step comes: `2s`, `pay_delay`, `3 queries` or `signal`.

    Raises:
        ValueError: it is none of these.
    """
    if text == PAY_DELAY:
        return After(None)
    if text == SIGNAL:
        return After(on_signal=True)
    queries = re.fullmatch(r"([1-9][0-9]{0,3}) quer(?:y|ies)", text)
    if queries and int(queries[1]) <= _MOST_QUERIES:
        return After(queries=int(queries[1]))
    try:
        return After(parse_duration(text))
    except ValueError as error:
        raise ValueError(
            f"{str(error).partition(', not')[0]}, {PAY_DELAY}, 3 queries or {SIGNAL}, not {shown(text)}"
        ) from None


def parse_name(text: str) -> str:
    """Read a scenario's name, which a header carries.

    Raises:
        ValueError: it is too long, or has other characters than a header's words.
    """
    if re.fullmatch(_NAME, text) is None:
        raise ValueError(f"expected letters, digits, points and hyphens, as in my-scenario, not {shown(text)}")
    return text


def parse_delay(text: str) -> tuple[int, int]:
    """Read a duration, or a range to draw one from: `2s`, `100ms to 3s`.

    Raises:
        ValueError: it is neither, or the range is empty.
    """
    least, _, most = text.partition(" to ")
    span = parse_duration(least), parse_duration(most or least)
    if span[0] > span[1]:
        raise ValueError(f"expected the shorter duration first, as in 100ms to 3s, not {shown(text)}")
    return span


_duration = Parsed(parse_duration, f"^{_DURATION}$", "2s")


def _telling(values: dict[str, Any]) -> NotificationFaults | None:
    fields = tuple(values.get("fields", {}).items())
    return NotificationFaults(**{**values, "fields": fields}) if values else None


def _response(values: dict[str, Any]) -> Response:
    faults = tuple(make(values[name]) for name, make in FAULTS.items() if name in values)
    usual = "none" if "code" in values or values.get("http_status", 200) >= _FIRST_ERROR else "kept"
    return Response(values.get("code", ""), values.get("message", ""), values.get("effect", usual), faults)


NOTIFY = Object(
    {
        "delay": Member(_duration, "how much later than the change it is sent"),
        "copies": Member(Whole(1, _MOST_COPIES), "how often it is sent, whatever the merchant answers"),
        "concurrent": Member(Flag(), "the copies are sent at once instead of one after the other"),
        "after_next": Member(Flag(), "it is sent only after the next notification about the same trade"),
        "before_answer": Member(Flag(), "the answer to the request waits until the merchant has been told"),
        "dropped": Member(Flag(), "it is never sent"),
        "wrong_signature": Member(Flag(), "it is signed with another key"),
        "fields": Member(
            Object({name: Member(Text(), f"what it says in place of the true {name}") for name in _UNTRUE}, least=1),
            "values that it says in place of the true ones, rightly signed",
        ),
        "replay_after": Member(_duration, "the trade's oldest notification is sent once more, so much later"),
        "form": Member(Word(FORMS), "how the body is encoded: as JSON, as a form's field, or percent-encoded"),
        "ahead_of_query": Member(_duration, "queries go on telling the state before for so long"),
    },
    _telling,
    least=1,
)


def _check_respond(values: Mapping[str, Any], nodes: Mapping[str, Node], field: str, tell: Tell) -> None:
    if "message" in values and "code" not in nodes:
        tell(nodes["message"], f"{field}.message", "only a refusal has a message; name its code too")
    if values.get("effect", "none") != "none" and "code" in values:
        tell(nodes["effect"], f"{field}.effect", "a refused request has no effect; expected none")
    if values.get("http_status") in _WITHOUT_BODY:
        tell(nodes["http_status"], f"{field}.http_status", "an answer with this status has no body; expected another")
    for name in FAULTS:
        if "connection" in values and name in nodes and name not in _EVEN_IF_LOST:
            tell(nodes[name], f"{field}.{name}", "an answer that is lost on its way has nothing of its own")


RESPOND = Object(
    {
        "code": Member(Word(tuple(REFUSAL_MESSAGES)), "refuse the request with this code; nothing is created"),
        "message": Member(Text(), "the refusal's message, in place of the code's own"),
        "effect": Member(
            Word(_EFFECTS),
            "what becomes of the request: it is kept, it has none, or it is answered and then forgotten; usually kept,"
            " and none with a code or an HTTP status from 400 on",
        ),
        "delay": Member(
            Parsed(parse_delay, f"^{_DURATION}( to {_DURATION})?$", "100ms to 3s"),
            "how long the answer takes, in real time; a range is drawn from by the account's seed",
        ),
        "http_status": Member(Whole(200, 599), "the answer's HTTP status"),
        "retry_after": Member(_duration, "asks to be asked again so much later, in the header Retry-After"),
        "body": Member(Word(CONTENTS), "the answer's body is empty, cut in the middle, no JSON, or a proxy's page"),
        "slow": Member(_duration, "the body comes bit by bit and takes so long"),
        "connection": Member(Word(LOSSES), "there is no answer: the connection is reset or closed, or stays silent"),
    },
    _response,
    _check_respond,
    least=1,
)


class Steps(NamedTuple):
    """The steps of a part of the story, along its state table."""

    part: str

    @property
    def _states(self) -> StateMachine[Any]:
        return BY_PART[self.part].states

    def read(self, node: Node, field: str, tell: Tell) -> tuple[Step, ...] | None:
        """The steps; those with a mistake are left out."""
        listed = self._list().read(node, field, tell)
        if listed is None:
            return None
        steps, before = list[Step](), self._states.starts[0]
        for place, (inner, values) in enumerate(listed):
            if not values or "state" not in values:
                continue
            when = values.get("after", After())
            step = Step(when.after, values["state"], when.queries, when.on_signal, values.get("forced", False))
            begins = place == 0 and first_state((step,), self._states.starts) is not None
            if not begins:
                self._check_transition(inner, f"{field}[{place}].state", before, step, tell)
            before = step.state
            steps.append(step._replace(notification_faults=values.get("notify")))
        return tuple(steps)

    def _check_transition(self, node: Node, field: str, before: str, step: Step, tell: Tell) -> None:
        table = self._states
        if step.forced and step.state != FORCED_STATE:
            tell(node, field, f"only {FORCED_STATE} can be forced")
        elif step.forced and step.state == before:
            tell(node, field, f"it is {before} already")
        elif step.state not in table.after(before) and not step.forced:
            legal = ", ".join(sorted(table.after(before))) or "nothing: it is final"
            tell(node, field, f"{before} cannot become {step.state}; expected {legal}")

    def step(self) -> Object:
        """One step."""
        members = {
            "after": Member(
                Parsed(parse_after, f"^({PAY_DELAY}|{SIGNAL}|[1-9][0-9]{{0,3}} quer(y|ies)|{_DURATION})$", "2s"),
                "when: so long after the step before it, after so many queries, or on a signal from the control API",
                required=True,
            ),
            "state": Member(Word(tuple(self._states)), "the new state", required=True),
            "notify": Member(NOTIFY, "how the notification of this change misbehaves"),
        }
        if self.part == PAYMENT.part:
            members["forced"] = Member(Flag(), "the state table does not allow it, and it happens all the same")
        return Object(members)

    def _list(self) -> ListOf:
        table = self._states
        example = next(state for state in table if state in table.after(table.starts[0]))
        return ListOf(self.step(), f"of steps such as - {{after: 2s, state: {example}}}")

    def schema(self) -> Schema:
        """An array of steps."""
        return self._list().schema()


SCENARIO = Object(
    {
        "name": Member(
            Parsed(parse_name, f"^{_NAME}$", "my-scenario", numbers=True),
            "what the header X-Sandbox-Scenario, the demo field and --scenario ask for",
            required=True,
        ),
        "summary": Member(Text(), "one sentence for people", required=True),
        "trigger": Member(
            Object(
                {
                    "order_id": Member(
                        Parsed(parse_pattern, ".", "DECLINED-*", numbers=True),
                        "a pattern, * for any text, for what the merchant calls the thing: the order_id of a payment,"
                        " the m_refund_id of a refund, the reference of a payout, the reference_id of a split",
                    ),
                    "amount": Member(
                        Parsed(parse_amount, r"^[0-9]+(\.[0-9]{1,2})?$", "990005.99", numbers=True),
                        "the amount of a payment, in any currency",
                    ),
                }
            ),
            "values in a request that ask for the scenario; either is enough",
        ),
        "respond": Member(RESPOND, "how the gateway answers the request"),
        "answers": Member(
            ListOf(Either(Word((SUCCEED, FAIL)), RESPOND), "such as [fail, fail, succeed]", least=1),
            "the answers to the requests about one order, one after the other, the last one for ever: succeed, fail"
            " (as respond says), or fields as in respond",
        ),
        "notify": Member(NOTIFY, "how notifications misbehave whose own step says nothing else"),
        **{part: Member(Steps(part), f"what happens to {kind.plural}") for part, kind in BY_PART.items()},
    }
)


def schema() -> Schema:
    """The JSON Schema of a scenario file."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Scenario of the YabandPay sandbox",
        **SCENARIO.schema(),
    }
