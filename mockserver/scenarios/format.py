"""The format of scenario files, declared once for the loader, the JSON Schema and the docs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from mockserver.domain.codes import REFUSAL_MESSAGES
from mockserver.domain.kinds import BY_PART
from mockserver.domain.money import parse_amount
from mockserver.domain.notifications.notification import FORMS, NotificationFaults
from mockserver.domain.payments.transitions import PAYMENT
from mockserver.durations import DURATION_PATTERN, parse_duration
from mockserver.scenarios.faults import FAULTS, Fault, FaultField
from mockserver.scenarios.scenario import Effect, Response, Step, first_state, parse_pattern
from mockserver.scenarios.yaml_files import (  # fmt: skip
    Either,
    Flag,
    ListOf,
    Member,
    Node,
    Object,
    Parsed,
    Report,
    Schema,
    Shape,
    Text,
    Whole,
    Word,
)
from mockserver.texts import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mockserver.domain.states import StateMachine

PAY_DELAY, SIGNAL = "pay_delay", "signal"
SUCCEED, FAIL = "succeed", "fail"
FORCED_STATE = "paid"
_NAME = "[A-Za-z0-9][A-Za-z0-9._-]{0,99}"
_MOST_QUERIES = 1000
_MOST_COPIES = 20
_FIRST_ERROR = 400
_WITHOUT_BODY = frozenset({204, 205, 304})
_UNTRUE = ("amount", "currency", "order_id", "trade_id", "state", "transaction_id", "demo")
_EVEN_IF_LOST = frozenset({"delay", "connection"})
_EFFECTS: tuple[Effect, ...] = ("kept", "none", "forgotten")


class After(NamedTuple):
    """When a step happens: milliseconds after the one before it, None for the pay delay; or what it waits for."""

    after: int | None = 0
    queries: int = 0
    on_signal: bool = False


def parse_after(text: str) -> After:
    """Read when a step happens: `2s`, `pay_delay`, `3 queries` or `signal`.

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
    """Read the name of a scenario, which must fit into a header.

    Raises:
        ValueError: it is too long, or has other characters than letters, digits, points and hyphens.
    """
    if re.fullmatch(_NAME, text) is None:
        raise ValueError(
            f"expected up to 100 letters, digits, points and hyphens, as in my-scenario, not {shown(text)}"
        )
    return text


_duration = Parsed(parse_duration, f"^{DURATION_PATTERN}$", "2s")


def _notification_faults(values: dict[str, Any]) -> NotificationFaults | None:
    fields = tuple(values.get("fields", {}).items())
    return NotificationFaults(**{**values, "fields": fields}) if values else None


def _shape(field: FaultField) -> Shape:
    if field.words:
        return Word(field.words)
    return Whole(*field.numbers) if field.numbers else Parsed(field.read, field.pattern, field.example)


def _made(fault: type[Fault], value: Any) -> Fault:  # noqa: ANN401 - what the field's shape has read
    make: Callable[[Any], Fault] = fault
    return value if isinstance(value, fault) else make(value)


def _response(values: dict[str, Any]) -> Response:
    faults = tuple(_made(fault, values[fault.field().name]) for fault in FAULTS if fault.field().name in values)
    default = "none" if "code" in values or values.get("http_status", 200) >= _FIRST_ERROR else "kept"
    return Response(values.get("code", ""), values.get("message", ""), values.get("effect", default), faults)


NOTIFY = Object(
    {
        "delay": Member(_duration, "delay between the change of state and the notification"),
        "copies": Member(Whole(1, _MOST_COPIES), "number of times it is sent, even if the merchant acknowledges it"),
        "concurrent": Member(Flag(), "send the copies at the same time instead of one after the other"),
        "after_next": Member(Flag(), "send it only after the next notification of the same trade"),
        "before_answer": Member(
            Flag(), "hold the response to the request back until the notification has been delivered"
        ),
        "dropped": Member(Flag(), "never send it"),
        "wrong_signature": Member(Flag(), "sign it with a wrong key"),
        "fields": Member(
            Object({name: Member(Text(), f"replaces the real {name}") for name in _UNTRUE}, least=1),
            "values that replace the real ones; the signature is correct",
        ),
        "replay_after": Member(_duration, "send the oldest notification of the trade again, this long after this one"),
        "form": Member(
            Word(FORMS), "encoding of the body: JSON, a form with the field resultData, or percent-encoded JSON"
        ),
        "ahead_of_query": Member(_duration, "how long queries still return the previous state"),
    },
    _notification_faults,
    least=1,
)


def _check_respond(values: Mapping[str, Any], nodes: Mapping[str, Node], field: str, report: Report) -> None:
    if "message" in values and "code" not in nodes:
        report(nodes["message"], f"{field}.message", "only an error has a message; add code, such as code: '-1000'")
    if values.get("effect", "none") != "none" and "code" in values:
        report(nodes["effect"], f"{field}.effect", "a rejected request has no effect; expected none")
    if values.get("http_status") in _WITHOUT_BODY:
        report(
            nodes["http_status"],
            f"{field}.http_status",
            "an answer with this status has no body; expected another status, such as 503",
        )
    for name in (fault.field().name for fault in FAULTS):
        if "connection" in values and name in nodes and name not in _EVEN_IF_LOST:
            report(
                nodes[name],
                f"{field}.{name}",
                f"with connection, no response is sent, so {name} has no effect; remove one of them",
            )


RESPOND = Object(
    {
        "code": Member(Word(tuple(REFUSAL_MESSAGES)), "reject the request with this code; no object is created"),
        "message": Member(Text(), "message of the error; by default the code's own"),
        "effect": Member(
            Word(_EFFECTS),
            "effect of the request: it is kept, it has none, or it is answered normally and then forgotten; the"
            " default is"
            " none with a code or an HTTP status of 400 or more, otherwise kept",
        ),
        **{fault.field().name: Member(_shape(fault.field()), fault.field().meaning) for fault in FAULTS},
    },
    _response,
    _check_respond,
    least=1,
)


class Steps(NamedTuple):
    """The steps of a part, checked against its state table."""

    part: str

    @property
    def _states(self) -> StateMachine[Any]:
        return BY_PART[self.part].states

    def read(self, node: Node, field: str, report: Report) -> tuple[Step, ...] | None:
        """The steps without a mistake."""
        listed = self._list().read(node, field, report)
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
                self._check_transition(inner, f"{field}[{place}].state", before, step, report)
            before = step.state
            steps.append(step._replace(notification_faults=values.get("notify")))
        return tuple(steps)

    def _check_transition(self, node: Node, field: str, before: str, step: Step, report: Report) -> None:
        table = self._states
        if step.forced and step.state != FORCED_STATE:
            report(node, field, f"only {FORCED_STATE} can be forced")
        elif step.forced and step.state == before:
            report(node, field, f"the state is already {before}")
        elif step.state not in table.after(before) and not step.forced:
            legal = ", ".join(sorted(table.after(before))) or "no further step, as it is final"
            report(node, field, f"{before} cannot become {step.state}; expected {legal}")

    def step(self) -> Object:
        members = {
            "after": Member(
                Parsed(parse_after, f"^({PAY_DELAY}|{SIGNAL}|[1-9][0-9]{{0,3}} quer(y|ies)|{DURATION_PATTERN})$", "2s"),
                "when the step happens: a time after the step before it, a number of queries, or a signal from the"
                " control API",
                required=True,
            ),
            "state": Member(Word(tuple(self._states)), "the new state", required=True),
            "notify": Member(NOTIFY, "faults of the notification of this change"),
        }
        if self.part == PAYMENT.part:
            members["forced"] = Member(
                Flag(), "change the state even if the state table does not allow it; only for paid"
            )
        return Object(members)

    def _list(self) -> ListOf:
        table = self._states
        example = next(state for state in table if state in table.after(table.starts[0]))
        return ListOf(self.step(), f"of steps such as - {{after: 2s, state: {example}}}")

    def schema(self) -> Schema:
        return self._list().schema()


SCENARIO = Object(
    {
        "name": Member(
            Parsed(parse_name, f"^{_NAME}$", "my-scenario", numbers=True),
            "name for the header X-Sandbox-Scenario, the demo field and --scenario",
            required=True,
        ),
        "summary": Member(Text(), "one sentence that describes it", required=True),
        "trigger": Member(
            Object(
                {
                    "order_id": Member(
                        Parsed(parse_pattern, ".", "DECLINED-*", numbers=True),
                        "pattern, with * for any text, of the merchant's reference: the order_id of a payment,"
                        " the m_refund_id of a refund, the reference of a payout, the reference_id of a split",
                    ),
                    "amount": Member(
                        Parsed(parse_amount, r"^[0-9]+(\.[0-9]{1,2})?$", "990005.99", numbers=True),
                        "amount of a payment, in any currency",
                    ),
                }
            ),
            "values in a request that select the scenario; one of them is enough",
        ),
        "respond": Member(RESPOND, "how the gateway answers the request"),
        "answers": Member(
            ListOf(Either(Word((SUCCEED, FAIL)), RESPOND), "such as [fail, fail, succeed]", least=1),
            "responses to the requests about one order, in turn; the last one repeats. Each is succeed, fail (the"
            " response in respond), or fields as in respond",
        ),
        "notify": Member(NOTIFY, "faults of all notifications whose step has no notify of its own"),
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
