"""How the memory store finds an account's records: by what they are known by, by group, by instant and state."""

from __future__ import annotations

from bisect import bisect_left, insort
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from mockserver.domain.unit_of_work import Choice
    from mockserver.store.records import RecordKind

_NUMBER_BITS = 40
TaskKey: TypeAlias = "tuple[str, str]"
Place = tuple[int, int]
"""An instant, and a number that tells what was put there first."""


class DatedIndex:
    """The dated records of one kind in the order of their instants, all of them and those of each state.

    A record is known by its place, a number made of its instant and its own number, so a list of places is sorted by
    both. Most changes are made near the end of a list; the dearest moves the rest of the list by one place. What a
    place costs does not depend on its number.
    """

    def __init__(self) -> None:
        self._places: list[int] = []
        self._identifiers: list[str] = []  # each at the same index as its place
        self._by_state: dict[str, list[int]] = {}

    def enter(self, identifier: str, place: int, state: str, was: tuple[int, str] | None) -> None:
        """Take a new record, or the new place and state of one that had others."""
        if was == (place, state):
            return
        if was is not None and was[0] == place:
            _take_out(self._by_state[was[1]], place)
        else:
            if was is not None:
                self.leave(*was)
            at = bisect_left(self._places, place)
            self._places.insert(at, place)
            self._identifiers.insert(at, identifier)
        insort(self._by_state.setdefault(state, []), place)

    def leave(self, place: int, state: str) -> None:
        """Forget a record."""
        at = bisect_left(self._places, place)
        del self._places[at], self._identifiers[at]
        _take_out(self._by_state[state], place)

    def count(self, choice: Choice) -> int:
        """How many records are chosen."""
        _, first, last = self._chosen(choice)
        return max(0, last - first)

    def page(self, choice: Choice) -> list[str]:
        """The identifiers of the page."""
        places, first, last = self._chosen(choice)
        begin = first + choice.skip
        page = places[begin : min(last, begin + choice.limit)]
        if choice.state is None:
            return self._identifiers[begin : begin + len(page)]
        return [self._identifiers[bisect_left(self._places, place)] for place in page]

    def _chosen(self, choice: Choice) -> tuple[list[int], int, int]:
        places = self._places if choice.state is None else self._by_state.get(choice.state, [])
        since, until = _place(choice.since, choice.after + 1), _place(choice.until + 1, 0)
        return places, bisect_left(places, since), bisect_left(places, until)


def _take_out(places: list[int], place: int) -> None:
    del places[bisect_left(places, place)]


def _place(instant: int, number: int) -> int:
    return instant << _NUMBER_BITS | number


class RecordSet:
    """An account's records of one kind."""

    def __init__(self, kind: RecordKind) -> None:
        self._kind = kind
        self.records: dict[str, Any] = {}
        self.groups: dict[str, list[str]] = {}
        self.index = DatedIndex()

    def enter(self, record: Any) -> tuple[str, Any]:  # noqa: ANN401 - a record of the shelf's kind
        """Add or replace a record; gives what it is known by, and the one that it replaces or None."""
        kind = self._kind
        identifier = kind.identifier(record)
        before = self.records.get(identifier)
        self.records[identifier] = record
        if before is None and kind.group is not None:
            self.groups.setdefault(kind.group(record), []).append(identifier)
        if kind.dated is not None:
            place = _place(kind.dated(record), record.number)
            was = None if before is None else (_place(kind.dated(before), before.number), before.state)
            self.index.enter(identifier, place, record.state, was)
        return identifier, before

    def leave(self, identifier: str) -> None:
        """Take the record out that was added last."""
        record, kind = self.records.pop(identifier), self._kind
        if kind.group is not None:
            self.groups[kind.group(record)].pop()
        if kind.dated is not None:
            self.index.leave(_place(kind.dated(record), record.number), record.state)


class TaskQueue:
    """Tasks by their instant; of several with one instant, those that were put there first come first."""

    def __init__(self) -> None:
        self.due: dict[TaskKey, Place] = {}
        self._heap: list[tuple[Place, TaskKey]] = []
        self._put = 0

    def put(self, key: TaskKey, at: int) -> Place | None:
        """Enter a task, in place of its earlier instant; gives that earlier place."""
        before = self.due.get(key)
        self._put += 1
        self.restore(key, (at, self._put))
        return before

    def remove(self, key: TaskKey) -> Place | None:
        """Forget a task; gives its place if it had one."""
        return self.due.pop(key, None)

    def restore(self, key: TaskKey, place: Place | None) -> None:
        """Give a task a place that it had before; None is to have none."""
        if place is None:
            self.due.pop(key, None)
        else:
            self.due[key] = place
            heappush(self._heap, (place, key))

    def first_instant(self) -> int | None:
        """The instant of the earliest task."""
        while self._heap:
            place, key = self._heap[0]
            if self.due.get(key) == place:
                return place[0]
            heappop(self._heap)  # it was moved or removed since
        return None

    def take_first(self) -> tuple[TaskKey, Place]:
        """Remove the earliest task, after `first_instant` has shown that there is one."""
        place, key = heappop(self._heap)
        del self.due[key]
        return key, place
