"""The search for what a client did: one departure from the right way to sign, then two or three at different stages."""

from __future__ import annotations

from functools import cache
from itertools import chain, combinations, compress, count, islice, repeat, tee
from itertools import product as pairs_of
from math import isqrt
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

from mockserver.explain.departing import Departure, Line, Ways
from mockserver.explain.line import Message, Stage
from mockserver.explain.mistakes import BY_NAME
from mockserver.explain.selecting import of_several_not_sent
from mockserver.explain.times import at_time, far_times

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

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
_DIGEST = itemgetter(2)  # of a candidate
_FORM = itemgetter(1)  # of a candidate with its form


def search(message: Message, wanted: Wanted) -> Found:
    """Find the simplest known way to one of the wanted digests; between equally simple ones, the likelier."""
    return _Search(message, wanted).result()


class _Search:
    def __init__(self, message: Message, wanted: Wanted) -> None:
        self._form_of = wanted.form if wanted.rest else wanted.whole.get
        self._sizes = wanted.sizes
        self._lines = [Line(message, drops_empties=False), Line(message, drops_empties=True)]
        if self._lines[0].states[Stage.DIGEST] == self._lines[1].states[Stage.DIGEST]:
            self._lines.pop()
        size = max(len(self._lines[0].states[Stage.KEY]), 1)
        self._most = min(MOST_CANDIDATES, max(_FEWEST_CANDIDATES, MOST_CANDIDATES * _USUAL_SIZE // size))
        self._most_variants = _FEW_VARIANTS if size > _LARGE_SIZE else None
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
            return Found(self._lines[0], (), None, self._many_tried + next(numbers) - 1, self._all_alone)
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
        ways = Ways(self._lines[0].message, self._most_variants)
        for line, departures in leaving.items():
            yield _alone(line, line.leaving(ways, self._sizes, seen), departures, several)
        yield several
        self._all_alone = self._most_variants is None
        if self._all_alone:
            yield from self._together(leaving)

    def _together(self, leaving: dict[Line, list[Departure]]) -> Iterator[Iterable[_Candidate]]:
        needs_other_hash = _RIGHT_SIZE not in self._sizes
        for line, departures in leaving.items():
            cheap = chain.from_iterable(_cheap_pairs(line, departures, needs_other_hash))
            yield islice(cheap, 3 * self._most // self._share(line))
        if not needs_other_hash:
            for line, departures in leaving.items():
                yield islice(_pairs(line, departures), 7 * self._most // self._share(line) // 4)
            yield _several_not_sent(self._lines[0])
            self._far_times = far_times(self._lines[0].message)
            for line, departures in leaving.items():
                yield self._at_far_times(line, departures)
        for line, departures in leaving.items():
            yield islice(_triples(line, departures, needs_other_hash), self._most // self._share(line) // 2)

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
            self._many_tried += len(times)
            sign = line.digests[Stage.BYTES]
            digests = [sign(f"{before}time={time}{after}") for time in times]
            for time, digest in compress(zip(times, digests, strict=True), map(self._form_of, digests)):
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


def _several_not_sent(line: Line) -> Iterator[_Candidate]:
    """Several optional fields that were not sent, whichever."""
    for way in of_several_not_sent(line.message):
        departure = Departure.by(way, Stage.FIELDS)
        yield line, (departure,), line.digest(way.step(line.states[Stage.FIELDS]), departure.until)


def _pairs(line: Line, departures: list[Departure]) -> Iterator[_Candidate]:
    for one, other in chain.from_iterable(_by_likelihood(departures)):
        first, second = (one, other) if one.stage < other.stage else (other, one)
        is_late = second.stage >= Stage.KEY and _is_cheap(first, second)
        if first.until <= second.stage and first.digest is not None and not is_late:
            left = line.after(first, second)
            if left is not None:
                yield line, (first, second), line.digests[second.until](left)


def _cheap_pairs(line: Line, departures: list[Departure], needs_other_hash: bool) -> Iterator[Iterable[_Candidate]]:  # noqa: FBT001
    """Pairs of which the second only hashes otherwise, or with another key, what the first has made."""
    stage = Stage.DIGEST if needs_other_hash else Stage.KEY
    last = [one for one in departures if one.stage >= stage and _ends_cheaply(one)]
    ends = [(one.stage, one.way.step, line.digests[one.until]) for one in last]
    farthest = _FARTHEST_CHEAP_OF_OTHER_HASH if needs_other_hash else _FARTHEST_CHEAP
    firsts = [one for one in departures if one.rank <= farthest and one.digest is not None and one.stage < stage]
    for first in sorted(firsts, key=_rank):
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


def _triples(line: Line, departures: list[Departure], needs_other_hash: bool) -> Iterator[_Candidate]:  # noqa: FBT001
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
                    yield from _third(line, first, second, thirds)


def _third(line: Line, first: Departure, second: Departure, thirds: list[Departure]) -> Iterator[_Candidate]:
    is_common = _is_common(first.way.mistakes) or _is_common(second.way.mistakes)
    after = [third for third in thirds if second.until <= third.stage and (is_common or _is_common(third.way.mistakes))]
    left = line.after(first, second) if after else None
    if left is not None:
        both = Departure(first.stage, second.until, second.way, 0, b"", {second.until: left})
        for third in after:
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
