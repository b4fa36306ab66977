"""Scenarios, and which one applies to a request. No I/O, no clock."""

from __future__ import annotations

import json
import re
from fnmatch import fnmatchcase, translate
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, NamedTuple

from mockserver.domain.money import parse_amount
from mockserver.domain.states import PlannedTransition
from mockserver.texts import did_you_mean, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from mockserver.domain.notifications.notification import NotificationFaults
    from mockserver.scenarios.faults import Fault

DEFAULT_NAME = "default"


class Step(NamedTuple):
    """A planned change of state: `after` the step before it, in milliseconds; None is the pay delay.

    A step with `queries` waits until the merchant has queried that often; `on_signal` waits for the control API.
    A `forced` step ignores the state table. `notification_faults` says how its notification misbehaves.
    """

    after: int | None
    state: str
    queries: int = 0
    on_signal: bool = False
    forced: bool = False
    notification_faults: NotificationFaults | None = None

    @property
    def waits(self) -> bool:
        return self.on_signal or self.queries > 0


Effect = Literal["kept", "none", "forgotten"]
"""The effect of a request: it has one; it has none; or it is answered normally and then discarded."""


class Response(NamedTuple):
    """How the gateway answers a request: it refuses it with `code`, or answers normally; `faults` change that answer.

    `message` replaces the code's own; `effect` says whether the request has an effect.
    """

    code: str = ""
    message: str = ""
    effect: Effect = "kept"
    faults: tuple[Fault, ...] = ()


RIGHT = Response()
LONGEST_PATTERN = 1000
_SOON = 3_000  # milliseconds that an answer is held for a notification


NO_PARTS: Mapping[str, tuple[Step, ...]] = MappingProxyType({})


class Scenario(NamedTuple):
    """What triggers a scenario, what the gateway answers, and what happens next.

    `order_id` is a pattern, with `*` for any text, for the merchant's reference: the order_id of a payment, the
    m_refund_id of a refund, the reference of a payout, the reference_id of a split. `amount` is that of a payment, in
    hundredths of any currency. Either of them triggers the scenario. The requests about one order get the `answers`
    in turn, and the last one repeats. A part that is None keeps the default behaviour. `notification_faults` says
    how notifications misbehave.
    """

    name: str
    summary: str
    order_id: str = ""
    amount: int | None = None
    answers: tuple[Response, ...] = ()
    parts: Mapping[str, tuple[Step, ...]] = NO_PARTS
    notification_faults: NotificationFaults | None = None

    @property
    def code(self) -> str:
        """The code of a scenario that refuses every request; empty for other scenarios."""
        return self.answers[0].code if len(self.answers) == 1 else ""

    def part(self, name: str) -> tuple[Step, ...] | None:
        """The steps of a part; None if it keeps the default behaviour."""
        return self.parts.get(name)

    def affects(self, name: str) -> bool:
        """Whether the scenario changes the behaviour of the objects of a part, or the answers about them."""
        return bool(self.answers) or self.affects_existing(name)

    def affects_existing(self, name: str) -> bool:
        """Whether it changes the behaviour of the objects of a part once they exist."""
        return self.part(name) is not None or self.notification_faults is not None

    def answer(self, played: int) -> Response:
        """The answer to a request, after `played` earlier ones about the same order."""
        return self.answers[min(played, len(self.answers) - 1)] if self.answers else RIGHT

    def notifies_before_answering(self, name: str, pay_delay: int) -> bool:
        """Whether a notification is due within seconds that must arrive before the answer to the request."""
        steps = self.parts.get(name)
        if not steps:
            return False
        passed = 0
        for step in steps:
            passed += pay_delay if step.after is None else step.after
            if step.waits or passed > _SOON:
                return False
            notification_faults = step.notification_faults or self.notification_faults
            if notification_faults is not None and notification_faults.before_answer:
                return passed + notification_faults.delay <= _SOON
        return False


class UnknownScenarioError(LookupError):
    """There is no scenario of this name."""

    def __init__(self, name: str, names: Iterable[str]) -> None:
        known = sorted(names)
        suggestion = did_you_mean(name, known) or "."
        super().__init__(f"There is no scenario {shown(name)}{suggestion} Scenarios: {', '.join(known)}.")


def parse_pattern(text: str) -> str:
    """Read a pattern in which `*` matches any text.

    Raises:
        ValueError: it is too long, or not a valid pattern.
    """
    try:
        if len(text) <= LONGEST_PATTERN:
            re.compile(translate(text))
            return text
    except re.error:
        pass
    raise ValueError(f"expected a pattern such as ORDER-*, of at most {LONGEST_PATTERN} characters, not {shown(text)}")


def default_steps(*states: str) -> tuple[Step, ...]:
    """Steps that follow each other after the pay delay."""
    return tuple(Step(None, state) for state in states)


def plan_transitions(steps: Iterable[Step], begun_at: int, pay_delay: int) -> tuple[PlannedTransition, ...]:
    """The transitions of steps; those up to the first one that waits have their instant."""
    transitions: list[PlannedTransition] = []
    at, known = begun_at, True
    for after, state, queries, on_signal, forced, notification_faults in steps:
        milliseconds = pay_delay if after is None else after
        at += milliseconds
        known = known and not queries and not on_signal
        transitions.append(
            PlannedTransition(
                at if known else None, state, milliseconds, queries, on_signal, forced, notification_faults
            )
        )
    return tuple(transitions)


def first_state(steps: tuple[Step, ...], starts: tuple[str, ...]) -> str | None:
    """The state in which an object begins: that of a first step without delay, if `starts` allows it."""
    if steps and steps[0].after == 0 and not steps[0].waits and steps[0].state in starts:
        return steps[0].state
    return None


class ScenarioQuery(NamedTuple):
    """What selects the scenario of a request: a name, the merchant's reference, the amount, the part of the scenario.

    `inherited` is the scenario of the trade that the request is about, `default` the account's own. Texts are empty
    if the request has none.
    """

    name: str = ""
    reference: str = ""
    amount: str = ""
    part: str = "then"
    inherited: str = ""
    default: str = ""
    demo: str = ""


DEMO = "scenario:"
"""The prefix of a demo field that selects a scenario."""


def scenario_in_demo(demo: str) -> str:
    """The NAME in a demo field of `scenario:NAME`, alone or as a text inside JSON; empty if there is none."""
    if DEMO not in demo:
        return ""
    if demo.startswith(DEMO):
        return demo[len(DEMO) :].strip()
    try:
        waiting = [json.loads(demo)]
    except (ValueError, RecursionError):
        return ""
    while waiting:
        value = waiting.pop(0)
        if isinstance(value, str) and value.startswith(DEMO):
            return value[len(DEMO) :].strip()
        waiting += value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return ""


class ScenarioCatalog:
    """The scenarios of a server, and the choice between them."""

    def __init__(self, scenarios: Iterable[Scenario], default: str = DEFAULT_NAME) -> None:
        """Take the scenarios; the last one of a name or trigger counts.

        Raises:
            UnknownScenarioError: the default is not one of them.
        """
        self._by_name = {scenario.name: scenario for scenario in scenarios}
        self.default = self.named(default)
        self._by_amount = {s.amount: s for s in self._by_name.values() if s.amount is not None}
        self._patterns = [s for s in reversed(self._by_name.values()) if s.order_id]
        self._beginnings = tuple(re.split(r"[*?\[]", s.order_id)[0] for s in self._patterns)

    def __iter__(self) -> Iterator[Scenario]:
        return iter(sorted(self._by_name.values(), key=lambda scenario: scenario.name))

    def named(self, name: str) -> Scenario:
        """The scenario of this name.

        Raises:
            UnknownScenarioError: there is none.
        """
        try:
            return self._by_name[name]
        except KeyError:
            raise UnknownScenarioError(name, self._by_name) from None

    def choose(self, query: ScenarioQuery) -> Scenario:
        """The scenario of a request.

        The first of these decides: the name, the demo field, the merchant's reference, the amount, the scenario of
        the trade that the request is about, the default.

        Raises:
            UnknownScenarioError: the request names an unknown scenario.
        """
        if query.name:
            return self.named(query.name)
        if query.demo and (asked := scenario_in_demo(query.demo)):
            return self.named(asked)
        if query.reference.startswith(self._beginnings):
            for scenario in self._patterns:
                # A payment passes its scenario on to its refunds and splits, so any scenario fits it.
                if fnmatchcase(query.reference, scenario.order_id) and (
                    query.part == "then" or scenario.affects(query.part)
                ):
                    return scenario
        if query.amount:
            asked_for = self._by_amount.get(parse_amount(query.amount))
            if asked_for is not None:
                return asked_for
        inherited = self._by_name.get(query.inherited)
        if inherited is not None and inherited.affects_existing(query.part):
            return inherited._replace(answers=()) if inherited.answers else inherited
        return self._by_name.get(query.default, self.default)
