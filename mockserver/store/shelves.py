"""How the memory store finds an account's records: by what they are known by, by group, by instant and state."""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mockserver.store.contract import Choice
    from mockserver.store.records import RecordKind

_NUMBER_BITS = 40
_NUMBERS = (1 << _NUMBER_BITS) - 1


class DatedIndex:
    """The dated records of one kind in the order of their instants, all of them and those of each state.

    A record is known by its place, a number made of its instant and its own number, so a list of places is sorted by
    both. Most changes are made near the end of a list; the dearest moves the rest of the list by one place.
    """

    def __init__(self) -> None:
        """An empty index."""
        self._identifiers: list[str] = []
        self._places: list[int] = []
        self._by_state: dict[str, list[int]] = {}

    def enter(self, identifier: str, place: int, state: str, before: str | None) -> None:
        """Take a new record, or the new state of one that was in the state `before`."""
        if before is None:
            missing = (place & _NUMBERS) - len(self._identifiers)
            self._identifiers += [""] * missing
            self._identifiers[(place & _NUMBERS) - 1] = identifier
            insort(self._places, place)
        elif before == state:
            return
        else:
            leaving = self._by_state[before]
            del leaving[bisect_left(leaving, place)]
        insort(self._by_state.setdefault(state, []), place)

    def count(self, choice: Choice) -> int:
        """How many records are chosen."""
        _, first, last = self._chosen(choice)
        return max(0, last - first)

    def page(self, choice: Choice) -> list[str]:
        """The identifiers of the page."""
        places, first, last = self._chosen(choice)
        begin = first + choice.skip
        page = places[begin : min(last, begin + choice.limit)]
        return [self._identifiers[(place & _NUMBERS) - 1] for place in page]

    def _chosen(self, choice: Choice) -> tuple[list[int], int, int]:
        places = self._places if choice.state is None else self._by_state.get(choice.state, [])
        since, until = _place(choice.since, 0), _place(choice.until + 1, 0)
        return places, bisect_left(places, since), bisect_left(places, until)


def _place(instant: int, number: int) -> int:
    return instant << _NUMBER_BITS | number


class Shelf:
    """An account's records of one kind."""

    def __init__(self, kind: RecordKind) -> None:
        """An empty shelf."""
        self._kind = kind
        self.records: dict[str, Any] = {}
        self.groups: dict[str, list[str]] = {}
        self.index = DatedIndex()

    def enter(self, identifier: str, record: Any) -> None:  # noqa: ANN401 - a record of the shelf's kind
        """Add or replace a record."""
        kind, before = self._kind, self.records.get(identifier)
        self.records[identifier] = record
        if before is None and kind.group is not None:
            self.groups.setdefault(kind.group(record), []).append(identifier)
        if kind.dated is not None:
            place = _place(kind.dated(record), record.number)
            self.index.enter(identifier, place, record.state, None if before is None else before.state)
