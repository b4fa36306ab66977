"""The search for what a client did: one departure from the right way to sign, then two or three at different stages."""

from __future__ import annotations

from itertools import count, islice
from math import isqrt
from typing import TYPE_CHECKING, NamedTuple

from mockserver.explain.departing import Departure, Line, Ways
from mockserver.explain.line import Message, Stage
from mockserver.explain.mistakes import BY_NAME
from mockserver.explain.selecting import of_several_not_sent
from mockserver.explain.times import at_time, far_times

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mockserver.explain.forms import Form, Wanted

MOST_CANDIDATES = 12_000
"""So many strings are signed at most before the search gives up."""

_FEWEST_CANDIDATES = 400
_USUAL_SIZE = 2_000
_LARGE_SIZE = 16_000
_FEW_VARIANTS = 2
_FARTHEST_PAIR = 120
_FARTHEST_CHEAP = 8
_FARTHEST_CHEAP_OF_OTHER_HASH = 40
_FARTHEST_HASH = 9
_RIGHT_SIZE = 32
_FARTHEST_TRIPLE = 5
_FARTHEST_TRIPLE_OF_OTHER_HASH = 8


class Found(NamedTuple):
    """What gives the client's digest: the line, the departures from it, and the form of the sign.

    Nothing was found where `form` is None. `tried` counts the strings that were signed; `all_alone` tells
    whether every known way was among them, so that at most several at once are missing.
    """

    line: Line
    departures: tuple[Departure, ...]
    form: Form | None
    tried: int
    all_alone: bool


_Candidate = tuple[Line, tuple[Departure, ...], bytes]


def search(message: Message, wanted: Wanted) -> Found:
    """Find the simplest known way to one of the wanted digests; between equally simple ones, the likelier."""
    return _Search(message, wanted).result()


class _Search:
    def __init__(self, message: Message, wanted: Wanted) -> None:
        self._wanted = wanted
        self._sizes = wanted.sizes
        self._lines = [Line(message, drops_empties=False), Line(message, drops_empties=True)]
        if self._lines[0].states[Stage.DIGEST] == self._lines[1].states[Stage.DIGEST]:
            self._lines.pop()
        size = max(len(self._lines[0].states[Stage.KEY]), 1)
        self._most = min(MOST_CANDIDATES, max(_FEWEST_CANDIDATES, MOST_CANDIDATES * _USUAL_SIZE // size))
        self._most_variants = _FEW_VARIANTS if size > _LARGE_SIZE else None
        self._all_alone = False
        self._tried = 0
        self._far_times: tuple[list[str], list[str]] = ([], [])

    def result(self) -> Found:
        whole, form_of = self._wanted.whole, self._wanted.form if self._wanted.rest else None
        for line, departures, digest in islice(self._candidates(), self._most):
            self._tried += 1
            form = form_of(digest) if form_of else whole.get(digest)
            if form is not None:
                return Found(line, departures, form, self._tried, self._all_alone)
        return Found(self._lines[0], (), None, self._tried, self._all_alone)

    def _candidates(self) -> Iterator[_Candidate]:
        if not self._sizes:
            return
        rights = [line.digest(line.message, Stage.PARAMETERS) for line in self._lines]
        for line, digest in zip(self._lines, rights, strict=True):
            yield line, (), digest
        leaving: dict[Line, list[Departure]] = {line: [] for line in self._lines}
        several: list[_Candidate] = []
        seen = set(rights)
        ways = Ways(self._lines[0].message, self._most_variants)
        for line, departures in leaving.items():
            for departure in line.leaving(ways, self._sizes, seen):
                departures.append(departure)
                if departure.digest is not None:
                    candidate = line, (departure,), departure.digest
                    if len(departure.way.mistakes) == 1:
                        yield candidate
                    else:
                        several.append(candidate)
        yield from several
        self._all_alone = self._most_variants is None
        if self._all_alone:
            yield from self._together(leaving)

    def _together(self, leaving: dict[Line, list[Departure]]) -> Iterator[_Candidate]:
        needs_other_hash = _RIGHT_SIZE not in self._sizes
        for line, departures in leaving.items():
            cheap = _cheap_pairs(line, departures, needs_other_hash)
            yield from islice(cheap, 3 * self._most // self._share(line))
        if not needs_other_hash:
            for line, departures in leaving.items():
                yield from islice(_pairs(line, departures), 7 * self._most // self._share(line) // 4)
            yield from _several_not_sent(self._lines[0])
            self._far_times = far_times(self._lines[0].message)
            for line, departures in leaving.items():
                yield from self._at_far_times(line, departures)
        for line, departures in leaving.items():
            yield from islice(_triples(line, departures, needs_other_hash), self._most // self._share(line) // 2)

    def _share(self, line: Line) -> int:
        """Clients that drop empty values are the fewer, so less is tried for them."""
        return 60 if line.drops_empties else 10

    def _at_far_times(self, line: Line, departures: list[Departure]) -> Iterator[_Candidate]:
        """The many unlikely times, alone and where the keys are not sorted; only those that fit."""
        unsorted = [one for one in departures if one.way.mistakes == ("keys unsorted",)][:1]
        now = f"time={line.message.parameters.get('time')}"
        likely, others = self._far_times
        for first in ((), tuple(unsorted))[: 1 if line.drops_empties else 2]:
            before, _, after = line.departing(first, Stage.STRING).partition(now)
            times = likely if line.drops_empties else [*likely, *others]
            self._tried += len(times)
            for time in times:
                digest = line.digest(f"{before}time={time}{after}".encode("utf-8", "replace"), Stage.KEY)
                if self._wanted.form(digest) is not None:
                    other = Departure.by(at_time(time), Stage.TIME)
                    yield line, (other, *first), digest


def _several_not_sent(line: Line) -> Iterator[_Candidate]:
    """Several optional fields that were not sent, whichever."""
    for way in of_several_not_sent(line.message):
        departure = Departure.by(way, Stage.FIELDS)
        yield line, (departure,), line.digest(way.step(line.states[Stage.FIELDS]), departure.until)


def _pairs(line: Line, departures: list[Departure]) -> Iterator[_Candidate]:
    for first, second in _likely_pairs(departures):
        if not _is_cheap(first, second):
            left = line.after(first, second)
            if left is not None:
                yield line, (first, second), line.digest(left, second.until)


def _cheap_pairs(line: Line, departures: list[Departure], needs_other_hash: bool) -> Iterator[_Candidate]:  # noqa: FBT001
    """Pairs of which the second only hashes otherwise, or with another key, what the first has made."""
    last = [one for one in departures if _ends_cheaply(one) and (one.stage == Stage.DIGEST or not needs_other_hash)]
    farthest = _FARTHEST_CHEAP_OF_OTHER_HASH if needs_other_hash else _FARTHEST_CHEAP
    end = Stage.DIGEST if needs_other_hash else Stage.KEY
    firsts = [one for one in departures if one.rank <= farthest and one.digest is not None and one.stage < end]
    for first in sorted(firsts, key=_rank):
        states = line.states_after(first)
        for second in last:
            if first.stage < second.stage:
                left = second.way.step(states[second.stage])
                digest = left if second.stage == Stage.DIGEST else line.digest(left, second.until)
                yield line, (first, second), digest


def _is_cheap(first: Departure, second: Departure) -> bool:
    return first.rank <= _FARTHEST_CHEAP and first.stage < Stage.KEY and _ends_cheaply(second)


def _ends_cheaply(departure: Departure) -> bool:
    farthest = _FARTHEST_HASH if departure.stage == Stage.DIGEST else _FARTHEST_CHEAP
    return departure.stage >= Stage.KEY and departure.rank <= farthest


def _likely_pairs(departures: list[Departure]) -> Iterator[tuple[Departure, Departure]]:
    """Pairs at different stages, in the order of the line, by the product of their ranks: likelier ones first."""
    by_rank: dict[int, list[Departure]] = {}
    for departure in departures:
        by_rank.setdefault(departure.rank, []).append(departure)
    for product in islice(count(1), _FARTHEST_PAIR):
        for low in range(1, isqrt(product) + 1):
            if product % low == 0:
                yield from _pairs_between(by_rank.get(low, []), by_rank.get(product // low, []))


def _pairs_between(ones: list[Departure], others: list[Departure]) -> Iterator[tuple[Departure, Departure]]:
    is_same = ones is others
    for number, one in enumerate(ones):
        for other in others[number + 1 :] if is_same else others:
            first, second = (one, other) if one.stage < other.stage else (other, one)
            if first.until <= second.stage and first.digest is not None:
                yield first, second


def _triples(line: Line, departures: list[Departure], needs_other_hash: bool) -> Iterator[_Candidate]:  # noqa: FBT001
    """Three departures, of which one is among the most common mistakes, the likelier first."""
    farthest = _FARTHEST_TRIPLE_OF_OTHER_HASH if needs_other_hash else _FARTHEST_TRIPLE
    likely = sorted([one for one in departures if one.rank <= farthest and not _is_rare(one)], key=_stage)
    hashes = [one for one in departures if one.stage == Stage.DIGEST][:farthest]
    found: list[list[tuple[Departure, Departure]]] = [[] for _ in range(farthest + 1)]
    for number, one in enumerate(likely):
        for other in likely[number + 1 :]:
            if one.digest is not None and one.until <= other.stage and one.rank * other.rank <= farthest:
                found[one.rank * other.rank].append((one, other))
    for product, pairs in enumerate(found[1:], start=1):
        thirds = hashes if needs_other_hash else [one for one in likely if one.rank * product <= farthest]
        for first, second in pairs:
            yield from _third(line, first, second, thirds)


def _third(line: Line, first: Departure, second: Departure, thirds: list[Departure]) -> Iterator[_Candidate]:
    after = [third for third in thirds if second.until <= third.stage and _has_common(first, second, third)]
    left = line.after(first, second) if after else None
    if left is not None:
        both = Departure(first.stage, second.until, second.way, 0, b"", {second.until: left})
        for third in after:
            result = line.after(both, third)
            if result is not None:
                yield line, (first, second, third), line.digest(result, third.until)


def _has_common(*departures: Departure) -> bool:
    return any(BY_NAME[name].is_common for one in departures for name in one.way.mistakes)


def _rank(departure: Departure) -> int:
    return departure.rank


def _stage(departure: Departure) -> Stage:
    return departure.stage


def _is_rare(departure: Departure) -> bool:
    return BY_NAME[departure.way.mistakes[0]].is_rare
