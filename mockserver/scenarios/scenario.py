"""What a scenario is, and which one a request plays. Decisions only: no files, no clock."""

from __future__ import annotations

import re
from difflib import get_close_matches
from fnmatch import translate
from typing import TYPE_CHECKING, NamedTuple

from mockserver.payments.money import parse_amount
from mockserver.payments.payment import PlannedMove, State

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

DEFAULT_NAME = "success"


class Step(NamedTuple):
    """A planned change of state: `after` the step before it, in milliseconds; None means the pay delay."""

    after: int | None
    state: State


class Scenario(NamedTuple):
    """One script: what asks for it, what the gateway answers, what happens to the payment.

    `order_id` is a pattern in which `*` stands for any text, `amount` is in hundredths of any
    currency; a request that matches either plays the scenario. `code` refuses the request.
    """

    name: str
    summary: str
    order_id: str = ""
    amount: int | None = None
    code: str = ""
    then: tuple[Step, ...] = ()


class UnknownScenarioError(LookupError):
    """A scenario was asked for by a name that none has."""

    def __init__(self, name: str, names: Iterable[str]) -> None:
        """Name the nearest ones."""
        known = sorted(names)
        nearest = get_close_matches(name, known, n=1)
        suggestion = f"; did you mean {nearest[0]!r}?" if nearest else "."
        super().__init__(f"There is no scenario {name!r}{suggestion} There are: {', '.join(known)}.")


def plan_moves(scenario: Scenario, created_at: int, pay_delay: int) -> tuple[PlannedMove, ...]:
    """The moves that a scenario plans for a payment, each at its instant."""
    moves, at = list[PlannedMove](), created_at
    for step in scenario.then:
        at += pay_delay if step.after is None else step.after
        moves.append(PlannedMove(at, step.state))
    return tuple(moves)


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
        return iter(sorted(self._by_name.values()))

    def named(self, name: str) -> Scenario:
        """The scenario of this name.

        Raises:
            UnknownScenarioError: there is none.
        """
        try:
            return self._by_name[name]
        except KeyError:
            raise UnknownScenarioError(name, self._by_name) from None

    def choose(self, asked_for: str, fields: Mapping[str, str]) -> Scenario:
        """The scenario of a request: asked for by name, else by its order id, else by its amount, else the default.

        Raises:
            UnknownScenarioError: the name asked for is unknown.
        """
        if asked_for:
            return self.named(asked_for)
        order_id = fields.get("order_id", "")
        if self._any_pattern.match(order_id):
            return next(scenario for pattern, scenario in self._patterns if pattern.match(order_id))
        if "amount" in fields:
            return self._by_amount.get(parse_amount(fields["amount"]), self.default)
        return self.default
