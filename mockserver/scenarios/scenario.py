"""What a scenario is, and which one a request plays. Decisions only: no files, no clock."""

from __future__ import annotations

import re
from difflib import get_close_matches
from fnmatch import fnmatchcase, translate
from typing import TYPE_CHECKING, Literal, NamedTuple

from mockserver.payments.money import parse_amount
from mockserver.payments.states import PlannedMove

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

DEFAULT_NAME = "usual"
Part = Literal["then", "refund", "payout", "split"]
"""The parts of a scenario's story: what happens to payments, refunds, payouts and splits."""


class Step(NamedTuple):
    """A planned change of state: `after` the step before it, in milliseconds; None means the pay delay."""

    after: int | None
    state: str


class Scenario(NamedTuple):
    """One script: what asks for it, what the gateway answers, and what happens then.

    `order_id` is a pattern in which `*` stands for any text; it is compared with what the merchant calls the
    thing: the order_id of a payment, the m_refund_id of a refund, the reference of a payout, the reference_id of a
    split. `amount` is that of a payment, in hundredths of any currency. A request that matches either plays the
    scenario. `code` refuses the request. A part that is None leaves things to their usual course.
    """

    name: str
    summary: str
    order_id: str = ""
    amount: int | None = None
    code: str = ""
    then: tuple[Step, ...] | None = None
    refund: tuple[Step, ...] | None = None
    payout: tuple[Step, ...] | None = None
    split: tuple[Step, ...] | None = None

    def part(self, name: Part) -> tuple[Step, ...] | None:
        """The steps of a part."""
        steps: tuple[Step, ...] | None = getattr(self, name)
        return steps

    def speaks_of(self, name: Part) -> bool:
        """Whether the scenario changes what happens to such things."""
        return bool(self.code) or self.part(name) is not None


class UnknownScenarioError(LookupError):
    """A scenario was asked for by a name that none has."""

    def __init__(self, name: str, names: Iterable[str]) -> None:
        """Name the nearest ones."""
        known = sorted(names)
        nearest = get_close_matches(name, known, n=1)
        suggestion = f"; did you mean {nearest[0]!r}?" if nearest else "."
        super().__init__(f"There is no scenario {name!r}{suggestion} There are: {', '.join(known)}.")


def usual_steps(*states: str) -> tuple[Step, ...]:
    """Steps that follow one another by the pay delay."""
    return tuple(Step(None, state) for state in states)


def plan_moves(steps: Iterable[Step], begun_at: int, pay_delay: int) -> tuple[PlannedMove, ...]:
    """The moves of steps, each at its instant."""
    moves, at = list[PlannedMove](), begun_at
    for step in steps:
        at += pay_delay if step.after is None else step.after
        moves.append(PlannedMove(at, step.state))
    return tuple(moves)


def first_state(steps: tuple[Step, ...], starts: tuple[str, ...]) -> str | None:
    """The state in which the thing begins: that of a first step without delay, if a thing may begin so."""
    if steps and steps[0].after == 0 and steps[0].state in starts:
        return steps[0].state
    return None


class Queued(NamedTuple):
    """A scenario for the next calls that match: by the name of the method, and by what the merchant calls the thing.

    In both patterns `*` stands for any text.
    """

    scenario: str
    remaining: int
    method: str = "*"
    reference: str = "*"

    def matches(self, method: str, reference: str) -> bool:
        """Whether a call is one of those."""
        return fnmatchcase(method, self.method) and fnmatchcase(reference, self.reference)


class ScenarioQueue(NamedTuple):
    """The scenarios that are queued for an account, the next one first; there is one queue, called `queue`."""

    entries: tuple[Queued, ...] = ()
    name: str = "queue"

    def next_for(self, method: str, reference: str) -> tuple[str, ScenarioQueue]:
        """The scenario of a call, empty if none is queued for it, and the queue after it."""
        for place, entry in enumerate(self.entries):
            if entry.matches(method, reference):
                left = (entry._replace(remaining=entry.remaining - 1),) if entry.remaining > 1 else ()
                return entry.scenario, ScenarioQueue((*self.entries[:place], *left, *self.entries[place + 1 :]))
        return "", self


class Wish(NamedTuple):
    """What a request asks for: a scenario by name; what the merchant calls the thing; its amount; the part it plays.

    `amount` is empty where amounts ask for nothing, `inherited` the scenario of the trade that the request is about,
    `default` the account's own.
    """

    name: str = ""
    reference: str = ""
    amount: str = ""
    part: Part = "then"
    inherited: str = ""
    default: str = ""


class Repertoire:
    """The scenarios of a server, and the choice among them."""

    def __init__(self, scenarios: Iterable[Scenario], default: str = DEFAULT_NAME) -> None:
        """Take the scenarios; of several with one name or trigger the last counts.

        Raises:
            UnknownScenarioError: the default is none of them.
        """
        self._by_name = {scenario.name: scenario for scenario in scenarios}
        self.default = self.named(default)
        self._by_amount = {s.amount: s for s in self._by_name.values() if s.amount is not None}
        newest_first = reversed(self._by_name.values())
        self._patterns = [(re.compile(translate(s.order_id)), s) for s in newest_first if s.order_id]
        self._any_pattern = re.compile("|".join(f"(?:{pattern.pattern})" for pattern, _ in self._patterns) or "(?!)")

    def __iter__(self) -> Iterator[Scenario]:
        """The scenarios by name."""
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

    def choose(self, wish: Wish) -> Scenario:
        """The scenario of a request.

        It is the one asked for by name, else by what the merchant calls the thing, else by the amount, else that of
        the trade that the request is about, else the default.

        Raises:
            UnknownScenarioError: the name asked for is unknown.
        """
        if wish.name:
            return self.named(wish.name)
        if self._any_pattern.match(wish.reference):
            for pattern, scenario in self._patterns:
                # A payment carries its scenario on to its refunds and splits, so it may play any.
                if pattern.match(wish.reference) and (wish.part == "then" or scenario.speaks_of(wish.part)):
                    return scenario
        if wish.amount:
            asked_for = self._by_amount.get(parse_amount(wish.amount))
            if asked_for is not None:
                return asked_for
        inherited = self._by_name.get(wish.inherited)
        if inherited is not None and inherited.part(wish.part) is not None:
            return inherited
        return self._by_name.get(wish.default, self.default)
