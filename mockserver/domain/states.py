"""State machines: states, the transitions between them, and plans of transitions (protocol.md 5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from mockserver.domain.notifications.notification import NotificationFaults  # noqa: TC001 - stores read it from the annotations
from mockserver.texts import message

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


S = TypeVar("S", bound=str)


class Transition(NamedTuple):
    """A change to a state at an instant, with the faults of its notification."""

    state: str
    at: int
    notification_faults: NotificationFaults | None = None


class PlannedTransition(NamedTuple):
    """A planned transition.

    `at` is its instant, or None while it or an earlier one waits for something else. It happens `after` milliseconds
    from the one before it. It waits for a number of `queries` by the merchant, or `on_signal` for the control API. A
    `forced` one is allowed even if the state machine does not have it.
    """

    at: int | None
    state: str
    after: int = 0
    queries: int = 0
    on_signal: bool = False
    forced: bool = False
    notification_faults: NotificationFaults | None = None

    @property
    def waits(self) -> bool:
        """Whether it waits for the merchant or the control API."""
        return self.on_signal or self.queries > 0


Plan = tuple[PlannedTransition, ...]
"""Planned transitions, in order."""


def dated(plan: Iterable[PlannedTransition], since: int) -> Plan:
    """A plan that begins at an instant; the transitions up to the first one that waits get their instants."""
    transitions: list[PlannedTransition] = []
    at, known = since, True
    for step in plan:
        known = known and not step.waits
        at += step.after
        transitions.append(step._replace(at=at if known else None))
    return tuple(transitions)


def without_waiting(plan: Plan, now: int) -> Plan:
    """The plan with its first transition due now."""
    first = plan[0]._replace(after=0, queries=0, on_signal=False)
    return dated((first, *plan[1:]), now)


def after_query(plan: Plan, now: int) -> Plan:
    """The plan after one more query by the merchant."""
    if not plan or not plan[0].queries:
        return plan
    if plan[0].queries == 1:
        return without_waiting(plan, now)
    return (plan[0]._replace(queries=plan[0].queries - 1), *plan[1:])


class IllegalTransitionError(ValueError):
    """The state machine does not have this transition; `current` and `wanted` are the states."""

    def __init__(self, subject: str, current: str, wanted: str, legal: Iterable[str]) -> None:
        choices = ", ".join(sorted(legal))
        template = message("{thing} {id} is {current} and cannot become {wanted}; {current} is final")
        if choices:
            template = message(
                "{thing} {id} is {current} and cannot become {wanted}; from {current} it can become {choices}"
            )
        thing, _, identifier = subject.partition(" ")
        super().__init__(template.format(thing=thing, id=identifier, current=current, wanted=wanted, choices=choices))
        self.current = current
        self.wanted = wanted


class ImpossibleTransitionError(ValueError):
    """The state machine has this transition, but something else prevents it, such as the balance."""


class StateMachine(Generic[S]):
    """The states of one kind of object.

    `transitions` maps each state to its possible next states; `starts` are the possible first states, the default
    first. `subject` names the object in messages.
    """

    def __init__(self, subject: str, starts: tuple[S, ...], transitions: Mapping[S, frozenset[S]]) -> None:
        self.subject = subject
        self.starts = starts
        self._transitions = transitions

    def __iter__(self) -> Iterator[S]:
        return iter(self._transitions)

    def after(self, state: S) -> frozenset[S]:
        """The possible next states of a state; empty if it is final."""
        return self._transitions[state]

    def check(self, identifier: str, current: S, wanted: S) -> None:
        """Check that a transition is legal.

        Raises:
            IllegalTransitionError: the state machine does not have it.
        """
        if wanted not in self._transitions[current]:
            raise IllegalTransitionError(f"{self.subject} {identifier}", current, wanted, self._transitions[current])

    def next_planned(self, current: S, plan: Plan) -> Plan:
        """The plan from its first transition that is legal or forced; empty if there is none."""
        legal = self._transitions[current]
        if plan and plan[0].state in legal:
            return plan
        for place, step in enumerate(plan):
            if step.state in legal or (step.forced and step.state != current):
                return plan[place:]
        return ()
