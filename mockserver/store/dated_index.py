"""Lists of dated records in memory, by instant and number: of all, and of those in each state."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    from mockserver.domain.unit_of_work import Choice


Heap: TypeAlias = "dict[Any, Any] | list[Any]"
"""A structure whose size grows with the content of an account."""
Date: TypeAlias = "tuple[int, int, str]"
"""The instant of a record, its number and its state."""


class DatedList:
    """Identifiers of records in the order of their instants, and at one instant in the order of their numbers.

    Positions are found by bisection. Most records enter at the end, and most payments leave their first state at its
    beginning, where leaving only makes a position vacant. Other changes shift the rest by one, which is fast in C.
    """

    def __init__(self, number_of: Callable[[str], int]) -> None:
        """`number_of` returns the number of a listed record."""
        self._number_of = number_of
        self._instants = array("q")
        self._identifiers: list[str] = []  # at the same position as its instant
        self._begin = 0  # the positions before it are vacant

    @property
    def heap(self) -> list[str]:
        return self._identifiers

    def position(self, at: int, number: int) -> int:
        """The position of the first record at this instant with at least this number, or at a later instant."""
        first = bisect_left(self._instants, at, self._begin)
        last = bisect_right(self._instants, at, first)
        return bisect_left(self._identifiers, number, first, last, key=self._number_of) if first < last else first

    def __getitem__(self, positions: slice) -> list[str]:
        return self._identifiers[positions]

    def enter(self, identifier: str, at: int, number: int) -> None:
        instants = self._instants
        last = instants[-1] if instants else -1
        if at > last or (at == last and number > self._number_of(self._identifiers[-1])):
            instants.append(at)
            self._identifiers.append(identifier)
        else:
            position = self.position(at, number)
            instants.insert(position, at)
            self._identifiers.insert(position, identifier)

    def leave(self, identifier: str, at: int, number: int) -> None:
        if self._identifiers[self._begin] != identifier:
            position = self._identifiers.index(identifier, self.position(at, number))
            del self._instants[position], self._identifiers[position]
            return
        self._begin += 1
        if self._begin > len(self._instants) // 2:
            del self._instants[: self._begin], self._identifiers[: self._begin]
            self._begin = 0


class DatedIndex:
    """The dated records of one kind: a list of all, and one for each state.

    A record is listed by its date: an instant, its number and its state.
    """

    def __init__(self, number_of: Callable[[str], int]) -> None:
        """`number_of` returns the number of a listed record."""
        self._number_of = number_of
        self._all = DatedList(number_of)
        self._by_state: dict[str, DatedList] = {}

    def heaps(self) -> list[Heap]:
        return [self._all.heap, *(listed.heap for listed in self._by_state.values())]

    def enter(self, identifier: str, date: Date, was: Date | None) -> None:
        """Add a record, or change its date from `was`; until then `number_of` must return its earlier number."""
        if was == date:
            return
        at, number, state = date
        if was is None:
            self._all.enter(identifier, at, number)
        elif was[:2] == date[:2]:
            self._by_state[was[2]].leave(identifier, at, number)
        else:
            self.leave(identifier, was)
            self._all.enter(identifier, at, number)
        listed = self._by_state.get(state)
        if listed is None:
            listed = self._by_state[state] = DatedList(self._number_of)
        listed.enter(identifier, at, number)

    def leave(self, identifier: str, date: Date) -> None:
        at, number, state = date
        self._all.leave(identifier, at, number)
        self._by_state[state].leave(identifier, at, number)

    def count(self, choice: Choice) -> int:
        _, first, last = self._chosen(choice)
        return max(0, last - first)

    def page(self, choice: Choice) -> list[str]:
        listed, first, last = self._chosen(choice)
        begin = first + choice.skip
        return listed[begin : min(last, begin + choice.limit)]

    def newest(self, choice: Choice, limit: int) -> tuple[list[str], str | None]:
        """The newest chosen identifiers, newest first, and the last of them if there are more."""
        listed, first, last = self._chosen(choice)
        begin = max(first, last - limit)
        found = listed[begin : max(begin, last)][::-1]
        return found, found[-1] if found and begin > first else None

    def _chosen(self, choice: Choice) -> tuple[DatedList, int, int]:
        listed = self._all if choice.state is None else self._by_state.get(choice.state, DatedList(self._number_of))
        until, before = (choice.until, choice.before) if choice.before else (choice.until + 1, 0)
        return listed, listed.position(choice.since, choice.after + 1), listed.position(until, before)
