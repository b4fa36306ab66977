"""State tables: the states of one kind of thing, and the moves between them (protocol.md 5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from mockserver.domain.notifications.faults import NotificationFaults

S = TypeVar("S", bound=str)


class PlannedTransition(NamedTuple):
    """A move that a scenario has planned.

    `at` is its instant; None where that is not known yet, because it or a move before it waits for something. It
    comes `after` so many milliseconds from the move before it. One with `queries` waits until the merchant has asked
    so many times more; one that is `told` waits until somebody says so. A `forced` one goes a way that the state table
    does not have. `telling` says how its notification misbehaves.
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
        """Whether it waits for the merchant, or for somebody's word."""
        return self.on_signal or self.queries > 0


def dated(plan: Iterable[PlannedTransition], since: int) -> tuple[PlannedTransition, ...]:
    """A plan whose first move counts from an instant: each move at its own, up to the first one that waits."""
    transitions, at = list[PlannedTransition](), since
    known = True
    for step in plan:
        known = known and not step.waits
        at += step.after
        transitions.append(step._replace(at=at if known else None))
    return tuple(transitions)


def without_waiting(plan: tuple[PlannedTransition, ...], now: int) -> tuple[PlannedTransition, ...]:
    """A plan whose first move waits no longer, but comes at this instant."""
    first = plan[0]._replace(after=0, queries=0, on_signal=False)
    return dated((first, *plan[1:]), now)


def asked(plan: tuple[PlannedTransition, ...], now: int) -> tuple[PlannedTransition, ...]:
    """A plan after the merchant has asked once more: its first move may have waited for that."""
    if not plan or not plan[0].queries:
        return plan
    if plan[0].queries == 1:
        return without_waiting(plan, now)
    return (plan[0]._replace(queries=plan[0].queries - 1), *plan[1:])


class IllegalTransitionError(ValueError):
    """Something was told to make a move that its state table does not have."""

    def __init__(self, what: str, current: str, wanted: str, legal: Iterable[str]) -> None:
        """Name both states, and the moves that there are."""
        choices = ", ".join(sorted(legal))
        rest = f"from {current} it can become {choices}" if choices else f"{current} is final"
        super().__init__(f"{what} is {current} and cannot become {wanted}; {rest}")
        self.current = current
        self.wanted = wanted


class StateMachine(Generic[S]):
    """The states of trades, refunds, payouts or splits.

    `moves` holds the states that each state may move to; `starts` those in which one may begin, the usual one first.
    """

    def __init__(self, subject: str, starts: tuple[S, ...], transitions: Mapping[S, frozenset[S]]) -> None:
        """A table about a subject, which messages name."""
        self.subject = subject
        self.starts = starts
        self._transitions = transitions

    def __iter__(self) -> Iterator[S]:
        """The states in their documented order."""
        return iter(self._transitions)

    def after(self, state: S) -> frozenset[S]:
        """The states that may follow a state; none when it is final."""
        return self._transitions[state]

    def check(self, identifier: str, current: S, wanted: S) -> None:
        """Let a legal move pass.

        Raises:
            IllegalMoveError: the table has no such move.
        """
        if wanted not in self._transitions[current]:
            raise IllegalTransitionError(f"{self.subject} {identifier}", current, wanted, self._transitions[current])

    def next_planned(self, current: S, plan: tuple[PlannedTransition, ...]) -> tuple[PlannedTransition, ...]:
        """The rest of a plan from its first move that is legal now, or forced; empty when none is."""
        legal = self._transitions[current]
        if plan and plan[0].state in legal:
            return plan
        for place, step in enumerate(plan):
            if step.state in legal or (step.forced and step.state != current):
                return plan[place:]
        return ()
