"""The line of right steps, and the departures from it: what a client may have done otherwise, and what comes of it."""

from __future__ import annotations

from functools import cache, cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from mockserver.explain.budget import Budget, allows_all, preparing
from mockserver.explain.mistakes import BY_NAME
from mockserver.explain.variants import digesting, escaping, joining, languages, numbers, selecting, times, values
from mockserver.explain.variants.line import Message, Stage, Step, Way

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

WAYS: Mapping[Stage, Callable[[Message], Iterator[Way]]] = {
    Stage.ORDER: joining.of_order,
    Stage.SIGN: selecting.of_sign,
    Stage.STRING: joining.of_string,
    Stage.KEY: digesting.of_keys,
    Stage.JOINING: joining.of_joining,
    Stage.BYTES: joining.of_bytes,
    Stage.EMPTIES: values.of_empties,
    Stage.LANGUAGE: languages.of_languages,
    Stage.NUMBERS: numbers.of_numbers,
    Stage.BOOLEANS: values.of_booleans,
    Stage.NULLS: values.of_nulls,
    Stage.NESTED: values.of_nested,
    Stage.DIGEST: digesting.of_digests,
    Stage.TIME: times.of_time,
    Stage.TOUCHES: escaping.of_touches,
    Stage.ESCAPES: escaping.of_escapes,
    Stage.FIELDS: selecting.of_fields,
    Stage.PARAMETERS: selecting.of_parameters,
}
"""What a client may do otherwise at each stage, the likelier first; the stages are in the order of what they cost."""

STAGES = tuple(Stage)
_STAGES_OF_COMMON = frozenset({Stage.ORDER, Stage.DIGEST, Stage.PARAMETERS, Stage.ESCAPES})
_FEW_VARIANTS = 2
_STEP, _STEP_OF_RARE, _STEP_OF_SEVERAL = 2, 5, 3
_FARTHEST_IDLE = 5


class Departure(NamedTuple):
    """A way, where it leaves the line and comes back, and what comes to each stage then, as far as it was asked for.

    `rank` is the lower the likelier: it counts the ways of the same mistakes, in small steps for a common one.
    `digest` is None for a way that makes no difference by itself, though it may after another departure.
    """

    stage: Stage
    until: Stage
    way: Way
    rank: int
    digest: bytes | None
    states: dict[Stage, Any]

    @classmethod
    def by(cls, way: Way, stage: Stage) -> Departure:
        """A departure of which nothing is asked but where it leads."""
        return cls(stage, until(stage, way), way, 0, None, {})


def until(stage: Stage, way: Way) -> Stage:
    """Where the line goes on after a way."""
    return way.until or STAGES[stage + 1]


class Ways:
    """The ways of a message and what they cost; each stage's are made only when they are asked for.

    All of them are made once; of a large message only a few of each mistake, one by one as there is budget for them.
    """

    def __init__(self, message: Message, costs: Mapping[Stage, int], budget: Budget) -> None:
        """Prepare to make them."""
        self.costs = costs
        self.budget = budget
        self.are_all = allows_all(budget, costs)
        self._message = message
        self._made: dict[Stage, list[Way]] = {}

    def takes(self, stage: Stage, times: int = 1) -> bool:
        """Spend what it costs to try so many ways of a stage, if that much is left."""
        return self.budget.takes(self.costs[stage] * times)

    def at(self, stage: Stage) -> Iterable[Way]:
        """The ways at a stage; none where the budget does not allow to look for them."""
        if stage in self._made:
            return self._made[stage]
        if not self.budget.takes(preparing(stage, self.costs[stage])):
            return ()
        ways = WAYS[stage](self._message)
        if not self.are_all:
            return _thinned(ways, _FEW_VARIANTS)
        self._made[stage] = list(ways)
        return self._made[stage]


def _thinned(ways: Iterator[Way], most: int) -> Iterator[Way]:
    """The first ways of each mistake; keys of other accounts are cheap to try, so all of them."""
    counted: dict[tuple[str, ...], int] = {}
    for way in ways:
        counted[way.mistakes] = number = counted.get(way.mistakes, 0) + 1
        if number <= most or way.mistakes == ("key of another account",):
            yield way


class Line:
    """The right steps of signing, with the empty values kept or dropped."""

    def __init__(self, message: Message, *, drops_empties: bool) -> None:
        """Prepare to sign a message."""
        self.message = message
        self.drops_empties = drops_empties
        self._right: dict[Stage, Step] = {
            Stage.PARAMETERS: selecting.parameters,
            **({Stage.EMPTIES: values.without_empties} if drops_empties else {}),
            Stage.TEXTS: values.texts_of(message),
            Stage.ORDER: joining.in_order,
            Stage.JOINING: joining.joined,
            Stage.BYTES: joining.encoded,
            Stage.KEY: digesting.with_key(message),
            Stage.DIGEST: digesting.hmac_sha256(message),
        }
        self.digests = self._to_digests(digesting.signed(message))

    @cached_property
    def states(self) -> dict[Stage, Any]:
        """What comes to each stage where every step is right."""
        return self.following(self.message, Stage.PARAMETERS)

    def _to_digests(self, signed: Callable[[Step], Step]) -> list[Step]:
        """What makes a digest of what comes to each stage, in few calls, as most of the time is spent here."""
        encode: Step = joining.ordered_and_encoded
        early = [signed(encode)] * (Stage.ORDER - Stage.TEXTS)
        for stage in reversed(STAGES[: Stage.TEXTS + 1]):
            if stage in self._right:
                encode = _one_after_another(self._right[stage], encode)
            early.insert(0, signed(encode))
        late: tuple[Step, ...] = (joining.joined_and_encoded, joining.encoded, joining.encoded, bytes)
        return [*early, *map(signed, late), self._right[Stage.DIGEST], bytes]

    def following(self, state: Any, start: Stage) -> dict[Stage, Any]:  # noqa: ANN401 - see Step
        """What comes to each stage from `start` on, up to the last one."""
        states = dict.fromkeys(STAGES[start : Stage.END], state)
        for stage, step in self._right.items():
            if start <= stage < Stage.DIGEST:
                state = step(state)
                states |= dict.fromkeys(STAGES[stage + 1 : Stage.END], state)
        return states

    def digest(self, state: Any, start: Stage) -> bytes:  # noqa: ANN401 - see Step
        """The digest of what comes to a stage."""
        digest: bytes = self.digests[start](state)
        return digest

    def states_after(self, departure: Departure) -> dict[Stage, Any]:
        """What comes to each stage after a departure."""
        if len(departure.states) == 1 and departure.until < Stage.DIGEST:
            departure.states.update(self.following(departure.states[departure.until], departure.until))
        return departure.states

    def after(self, first: Departure, second: Departure) -> Any:  # noqa: ANN401 - see Step
        """What a departure leaves that follows another one; None where it makes no difference there."""
        states = first.states if second.stage in first.states else self.states_after(first)
        came = states[second.stage]
        left = second.way.step(came)
        return None if second.digest is None and left == came else left

    def departing(self, departures: tuple[Departure, ...], end: Stage) -> Any:  # noqa: ANN401 - see Step
        """What comes to a stage if these departures before it are followed."""
        ways = {departure.stage: departure for departure in departures}
        state: Any = self.message
        stage = Stage.PARAMETERS
        while stage < end:
            if stage in ways:
                state, stage = ways[stage].way.step(state), ways[stage].until
            else:
                state, stage = self._right.get(stage, _unchanged)(state), STAGES[stage + 1]
        return state

    def leaving(self, ways: Ways, sizes: frozenset[int], seen: set[bytes]) -> Iterator[Departure]:
        """Each departure to a digest not seen yet, a few to the right one; another hash only of one of these sizes.

        Where not all can be tried, the likeliest come first, and then the others, cheap ones first.
        """
        seen_of_several: set[bytes] = set()
        stages = [stage for stage in WAYS if stage != Stage.EMPTIES or not self.drops_empties]
        leaving = {stage: self._leaving_at(stage, ways, sizes, (seen, seen_of_several)) for stage in stages}
        if not ways.are_all:
            likely = sorted(stages, key=lambda stage: stage not in _STAGES_OF_COMMON)
            half = (ways.budget.left + ways.budget.floor) // 2
            for stage in likely * _FEW_VARIANTS:
                cost = ways.costs[stage]
                if ways.budget.left - preparing(stage, cost) - cost > half:
                    yield from islice(leaving[stage], 1)
            stages.sort(key=ways.costs.__getitem__)
        for stage in stages:
            yield from leaving[stage]

    def _leaving_at(
        self, stage: Stage, ways: Ways, sizes: frozenset[int], seen: tuple[set[bytes], set[bytes]]
    ) -> Iterator[Departure]:
        """Those of a stage, as far as the budget allows; `seen` are digests of single mistakes, and of several."""
        seen_of_one, seen_of_several = seen
        ranks: dict[tuple[str, ...], int] = {}
        idle: dict[tuple[str, ...], int] = {}
        came = self.states[stage]
        for way in ways.at(stage):
            mistakes, step, _, end, _ = way
            end = end or STAGES[stage + 1]
            if self.drops_empties and stage < Stage.EMPTIES < end:
                continue
            if not ways.takes(stage):
                return
            left = step(came)
            states = {end: left} if ways.are_all else {}
            if stage != Stage.ORDER and end != Stage.END and left == self.states[end]:
                idle[mistakes] = rank = idle.get(mistakes, _before(mistakes)) + _step(mistakes)
                if Stage.TEXTS < stage < Stage.KEY and rank <= _FARTHEST_IDLE:
                    yield Departure(stage, end, way, rank, None, states)
                continue
            digest = self.digests[end](left)
            has_seen = seen_of_one if len(mistakes) == 1 else seen_of_several
            if digest not in seen_of_one and digest not in has_seen and (stage != Stage.DIGEST or len(digest) in sizes):
                has_seen.add(digest)
                ranks[mistakes] = rank = ranks.get(mistakes, _before(mistakes)) + _step(mistakes)
                yield Departure(stage, end, way, rank, digest, states)


def _one_after_another(first: Step, second: Step) -> Step:
    return lambda state: second(first(state))


@cache
def _step(mistakes: tuple[str, ...]) -> int:
    if len(mistakes) > 1:
        return _STEP_OF_SEVERAL
    return _STEP_OF_RARE if BY_NAME[mistakes[0]].is_rare else _STEP


@cache
def _before(mistakes: tuple[str, ...]) -> int:
    """Where the ranks of these mistakes begin: one step before the first, or less for a common mistake."""
    return -1 if len(mistakes) == 1 and BY_NAME[mistakes[0]].is_common else 0


def _unchanged(state: Any) -> Any:  # noqa: ANN401 - see Step
    return state
