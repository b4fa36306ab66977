"""State tables: the states of one kind of thing, and the moves between them (protocol.md 5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

S = TypeVar("S", bound=str)


class PlannedMove(NamedTuple):
    """A move that a scenario has planned, and its instant."""

    at: int
    state: str


class IllegalMoveError(ValueError):
    """Something was told to make a move that its state table does not have."""

    def __init__(self, what: str, current: str, wanted: str, legal: Iterable[str]) -> None:
        """Name both states, and the moves that there are."""
        choices = ", ".join(sorted(legal))
        rest = f"from {current} it can become {choices}" if choices else f"{current} is final"
        super().__init__(f"{what} is {current} and cannot become {wanted}; {rest}")
        self.current = current
        self.wanted = wanted


class StateTable(Generic[S]):
    """The states of trades, refunds, payouts or splits.

    `moves` holds the states that each state may move to; `starts` those in which one may begin, the usual one first.
    """

    def __init__(self, subject: str, starts: tuple[S, ...], moves: Mapping[S, frozenset[S]]) -> None:
        """A table about a subject, which messages name."""
        self.subject = subject
        self.starts = starts
        self._moves = moves

    def __iter__(self) -> Iterator[S]:
        """The states in their documented order."""
        return iter(self._moves)

    def after(self, state: S) -> frozenset[S]:
        """The states that may follow a state; none when it is final."""
        return self._moves[state]

    def check(self, identifier: str, current: S, wanted: S) -> None:
        """Let a legal move pass.

        Raises:
            IllegalMoveError: the table has no such move.
        """
        if wanted not in self._moves[current]:
            raise IllegalMoveError(f"{self.subject} {identifier}", current, wanted, self._moves[current])

    def next_planned(self, current: S, plan: tuple[PlannedMove, ...]) -> tuple[PlannedMove, ...]:
        """The rest of a plan from its first move that is legal now; empty when none is."""
        for place, step in enumerate(plan):
            if step.state in self._moves[current]:
                return plan[place:]
        return ()
