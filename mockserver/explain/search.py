"""The search for what a client did: one departure from the right way to sign, then two or three at different stages."""

from __future__ import annotations

from functools import cache
from itertools import chain, combinations, compress, count, islice, repeat, tee
from itertools import product as pairs_of
from math import isqrt
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

from mockserver.explain.budget import Budget, Size, costs_of
from mockserver.explain.mistakes import BY_NAME
from mockserver.explain.variants.departing import Departure, Line, Ways
from mockserver.explain.variants.line import Message, Stage
from mockserver.explain.variants.selecting import of_several_not_sent
from mockserver.explain.variants.times import at_time, far_times

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mockserver.explain.variants.forms import Form, Wanted

MOST_CANDIDATES = 12_000
"""So many strings are signed at most before the search gives up."""

_FEWEST_CANDIDATES = 400
_USUAL_SIZE = 2_000
_TIMES_AT_ONCE = 64
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
    whether every known way was among them, so that at most several at once are missing, and `in_budget` whether
    likely pairs were tried too, as far as they are for any body.
    """

    line: Line
    departures: tuple[Departure, ...]
    form: Form | None
    tried: int
    all_alone: bool
    in_budget: bool = True


_Candidate = tuple[Line, tuple[Departure, ...], bytes]
_DIGEST = itemgetter(2)  # of a candidate
_FORM = itemgetter(1)  # of a candidate with its form


def search(message: Message, wanted: Wanted, budget: Budget | None = None) -> Found:
    """Find the simplest known way to one of the wanted digests; between equally simple ones, the likelier."""
    return _Search(message, wanted, budget or Budget()).result()


class _Search:
    def __init__(self, message: Message, wanted: Wanted, budget: Budget) -> None:
        self._form_of = wanted.form if wanted.rest else wanted.whole.get
        self._sizes = wanted.sizes
        self._lines = [Line(message, drops_empties=False), Line(message, drops_empties=True)]
        if self._lines[0].states[Stage.DIGEST] == self._lines[1].states[Stage.DIGEST]:
            self._lines.pop()
        size = Size.of(message, len(self._lines[0].states[Stage.KEY]))
        self._most = min(MOST_CANDIDATES, max(_FEWEST_CANDIDATES, MOST_CANDIDATES * _USUAL_SIZE // (size.string + 1)))
        self._budget, self._costs = budget, costs_of(size)
        if size.is_small:
            budget.lift()
        budget.takes(min(2 * self._costs[Stage.ORDER], budget.left // 2))  # what preparing the lines has cost
        self._all_alone = False
        self._many_tried = 0
        self._far_times: tuple[list[str], list[str]] = ([], [])

    def result(self) -> Found:
        # There are thousands of candidates: what is done with each is done by iterators that need no line of Python.
        candidates, again = tee(islice(chain.from_iterable(self._candidates()), self._most))
        numbers = count(1)
        tried = zip(candidates, map(self._form_of, map(_DIGEST, again)), numbers, strict=False)
        fitting = next(filter(_FORM, tried), None)
        if fitting is None:
            tried_before = self._many_tried + next(numbers) - 1
            return Found(self._lines[0], (), None, tried_before, self._all_alone, self._budget.was_enough)
        (line, departures, _), form, number = fitting
        return Found(line, departures, form, self._many_tried + number, self._all_alone)

    def _candidates(self) -> Iterator[Iterable[_Candidate]]:
        if not self._sizes:
            return
        rights = [line.digest(line.message, Stage.PARAMETERS) for line in self._lines]
        yield zip(self._lines, repeat(()), rights)
        leaving: dict[Line, list[Departure]] = {line: [] for line in self._lines}
        several: list[_Candidate] = []
        seen = set(rights)
        ways = Ways(self._lines[0].message, self._costs, self._budget)
        for line, departures in leaving.items():
            self._budget.floor = self._budget.left // 3 if line is not self._lines[-1] else 0
            leaving_line = line.leaving(ways, self._sizes, seen)
            yield _alone(line, leaving_line, departures if ways.are_all else [], several)
        yield several
        self._all_alone = ways.are_all and self._budget.was_enough
        if self._all_alone:
            yield from self._together(leaving, ways)

    def _together(self, leaving: dict[Line, list[Departure]], ways: Ways) -> Iterator[Iterable[_Candidate]]:
        needs_other_hash = _RIGHT_SIZE not in self._sizes
        for line, departures in leaving.items():
            cheap = chain.from_iterable(_cheap_pairs(line, departures, ways, needs_other_hash))
            yield islice(cheap, 3 * self._most // self._share(line))
        if not needs_other_hash:
            for line, departures in leaving.items():
                yield islice(_pairs(line, departures, ways), 7 * self._most // self._share(line) // 4)
            yield _several_not_sent(self._lines[0], ways)
            self._far_times = far_times(self._lines[0].message)
            for line, departures in leaving.items():
                yield self._at_far_times(line, departures)
        for line, departures in leaving.items():
            yield islice(_triples(line, departures, ways, needs_other_hash), self._most // self._share(line) // 2)

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
            sign = line.digests[Stage.BYTES]
            for start in range(0, len(times), _TIMES_AT_ONCE):
                some = times[start : start + _TIMES_AT_ONCE]
                if not self._budget.takes(len(some) * self._costs[Stage.BYTES]):
                    return
                self._many_tried += len(some)
                digests = [sign(f"{before}time={time}{after}") for time in some]
                for time, digest in compress(zip(some, digests, strict=True), map(self._form_of, digests)):
                    other = Departure.by(at_time(time), Stage.TIME)
                    yield line, (other, *first), digest


def _alone(
    line: Line, leaving: Iterator[Departure], departures: list[Departure], several: list[_Candidate]
) -> Iterator[_Candidate]:
    """Each departure by itself; those that are several mistakes come later."""
    for departure in leaving:
        departures.append(departure)
        if departure.digest is not None:
            candidate = line, (departure,), departure.digest
            if len(departure.way.mistakes) == 1:
                yield candidate
            else:
                several.append(candidate)


def _several_not_sent(line: Line, ways: Ways) -> Iterator[_Candidate]:
    """Several optional fields that were not sent, whichever."""
    for way in of_several_not_sent(line.message):
        if not ways.takes(Stage.FIELDS):
            return
        departure = Departure.by(way, Stage.FIELDS)
        yield line, (departure,), line.digest(way.step(line.states[Stage.FIELDS]), departure.until)


def _pairs(line: Line, departures: list[Departure], ways: Ways) -> Iterator[_Candidate]:
    for one, other in chain.from_iterable(_by_likelihood(departures)):
        first, second = (one, other) if one.stage < other.stage else (other, one)
        is_late = second.stage >= Stage.KEY and _is_cheap(first, second)
        if first.until <= second.stage and first.digest is not None and not is_late:
            if not ways.takes(second.stage):
                return
            left = line.after(first, second)
            if left is not None:
                yield line, (first, second), line.digests[second.until](left)


def _cheap_pairs(
    line: Line,
    departures: list[Departure],
    ways: Ways,
    needs_other_hash: bool,  # noqa: FBT001
) -> Iterator[Iterable[_Candidate]]:
    """Pairs of which the second only hashes otherwise, or with another key, what the first has made."""
    stage = Stage.DIGEST if needs_other_hash else Stage.KEY
    last = [one for one in departures if one.stage >= stage and _ends_cheaply(one)]
    ends = [(one.stage, one.way.step, line.digests[one.until]) for one in last]
    farthest = _FARTHEST_CHEAP_OF_OTHER_HASH if needs_other_hash else _FARTHEST_CHEAP
    firsts = [one for one in departures if one.rank <= farthest and one.digest is not None and one.stage < stage]
    for first in sorted(firsts, key=_rank):
        if not ways.takes(stage, len(ends)):
            return
        states = line.states_after(first)
        digests = [digest(step(states[at])) for at, step, digest in ends]
        yield zip(repeat(line), zip(repeat(first), last), digests)


def _is_cheap(first: Departure, second: Departure) -> bool:
    return first.rank <= _FARTHEST_CHEAP and first.stage < Stage.KEY and _ends_cheaply(second)


def _ends_cheaply(departure: Departure) -> bool:
    farthest = _FARTHEST_HASH if departure.stage == Stage.DIGEST else _FARTHEST_CHEAP
    return departure.stage >= Stage.KEY and departure.rank <= farthest


def _by_likelihood(departures: list[Departure]) -> Iterator[Iterable[tuple[Departure, Departure]]]:
    """Pairs by the product of their ranks: likelier ones first."""
    by_rank = _by_rank(departures)
    for product in range(1, _FARTHEST_PAIR + 1):
        for low in range(1, isqrt(product) + 1):
            if product % low == 0:
                ones, others = by_rank.get(low, []), by_rank.get(product // low, [])
                yield combinations(ones, 2) if ones is others else pairs_of(ones, others)


def _by_rank(departures: list[Departure]) -> dict[int, list[Departure]]:
    by_rank: dict[int, list[Departure]] = {}
    for departure in departures:
        by_rank.setdefault(departure.rank, []).append(departure)
    return by_rank


def _triples(
    line: Line,
    departures: list[Departure],
    ways: Ways,
    needs_other_hash: bool,  # noqa: FBT001
) -> Iterator[_Candidate]:
    """Three departures, of which one is among the most common mistakes, the likelier first."""
    farthest = _FARTHEST_TRIPLE_OF_OTHER_HASH if needs_other_hash else _FARTHEST_TRIPLE
    likely = sorted([one for one in departures if one.rank <= farthest and not _is_rare(one)], key=_stage)
    hashes = [one for one in departures if one.stage == Stage.DIGEST][:farthest]
    by_rank = _by_rank(likely)
    for product in range(1, farthest + 1):
        thirds = hashes if needs_other_hash else [one for one in likely if one.rank * product <= farthest]
        for first in [one for one in likely if one.digest is not None and product % one.rank == 0]:
            for second in by_rank.get(product // first.rank, []):
                if first.until <= second.stage:
                    yield from _third(line, (first, second), thirds, ways)


def _third(line: Line, two: tuple[Departure, Departure], thirds: list[Departure], ways: Ways) -> Iterator[_Candidate]:
    first, second = two
    is_common = _is_common(first.way.mistakes) or _is_common(second.way.mistakes)
    after = [third for third in thirds if second.until <= third.stage and (is_common or _is_common(third.way.mistakes))]
    left = line.after(first, second) if after else None
    if left is not None:
        both = Departure(first.stage, second.until, second.way, 0, b"", {second.until: left})
        for third in after:
            if not ways.takes(third.stage):
                return
            result = line.after(both, third)
            if result is not None:
                yield line, (first, second, third), line.digests[third.until](result)


@cache
def _is_common(mistakes: tuple[str, ...]) -> bool:
    return any(BY_NAME[name].is_common for name in mistakes)


def _rank(departure: Departure) -> int:
    return departure.rank


def _stage(departure: Departure) -> Stage:
    return departure.stage


def _is_rare(departure: Departure) -> bool:
    return BY_NAME[departure.way.mistakes[0]].is_rare
