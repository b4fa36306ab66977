"""The search for what a client did: the variants that, each at its stage, lead from the body to the client's digest.

A candidate is a string that was really made and signed, so what is found is certain. Candidates come in the following
order, and the first that fits is taken: fewer mistakes before more, and likelier ones before others.

1. The right string, with the empty values kept, and with them dropped where that makes a difference.
2. Each variant by itself, and after these the variants that are several mistakes.
3. Pairs of variants, by the product of their ranks (see `Likelihood`): first the likely ones, then the others up to
   `_PRODUCTS`. Two different changes of the same kind, such as of two values, are a pair too.
4. Between the likely pairs and the others: several optional fields that were not sent, unlikely times, alone or with
   a common mistake, and triples of which one is a common mistake and none a rare one.

The variants of a message are finite: tables, and for each field, kind of empty value and account a bounded number. A
`Budget` ends the search sooner. A step spends what `costs_of` says for its stage and the size of the message before it
is taken, so no clock has a say in what is found, and the same request and budget always have the same result. Of a body
that is too large to try all variants, the first two of each stage have half of the budget, then the others follow,
cheap stages first, and nothing is tried in pairs. The result says whether all variants (`tried_singles`) and all likely
pairs (`tried_pairs`) were tried.
"""

from __future__ import annotations

from bisect import bisect_left
from functools import cache
from itertools import chain, compress, count, pairwise, product, repeat, tee
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING, NamedTuple

from mockserver.explain.budget import Budget, Size, costs_of
from mockserver.explain.mistakes import BY_NAME
from mockserver.explain.pipeline import Branch, Pipeline, VariantPool, branches
from mockserver.explain.variants.model import REPEATABLE, Likelihood, Message, Stage
from mockserver.explain.variants.parameters import several_not_sent
from mockserver.explain.variants.values import at_time, far_times

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mockserver.explain.variants.signs import SignForm, WantedDigests

_PRODUCTS = (0, 10, 40, 150, 600)
"""Of the ranks in a pair: each range is tried after the one before it."""

_LIKELY_RANGES = 2
_NEEDED_RANGES = 3  # until the search counts as complete
_LAST_TRIPLE = 5  # the highest product of the ranks in a triple
_LAST_WITH_TIME = 7  # the highest rank
_TIMES_AT_ONCE = 64
_RIGHT_SIZE = 32


class SearchResult(NamedTuple):
    """What gives the client's digest: the pipeline, the branches off it, and the form of the sign.

    Nothing was found where `form` is None. `tried` counts the strings that were signed. `tried_singles` says whether
    every known variant was among them, and `tried_pairs` whether all likely pairs were.
    """

    pipeline: Pipeline
    branches: tuple[Branch, ...]
    form: SignForm | None
    tried: int
    tried_singles: bool
    tried_pairs: bool = True


_Candidate = tuple[Pipeline, tuple[Branch, ...], bytes]
_DIGEST = itemgetter(2)  # of a candidate
_FORM = itemgetter(1)  # of a candidate with its form
_rank = attrgetter("rank")
_stage = attrgetter("stage")


def search(message: Message, wanted: WantedDigests, budget: Budget | None = None) -> SearchResult:
    """Find the fewest mistakes that give one of the wanted digests, and among equally many the likelier ones."""
    return _Search(message, wanted, budget or Budget()).result()


class _Search:
    def __init__(self, message: Message, wanted: WantedDigests, budget: Budget) -> None:
        self._form_of = wanted.form if wanted.rests else wanted.whole.get
        self._sizes = wanted.sizes
        self._needs_other_hash = not wanted.rests and _RIGHT_SIZE not in wanted.sizes
        self._pipelines = [Pipeline(message, drops_empties=False), Pipeline(message, drops_empties=True)]
        if self._pipelines[0].states[Stage.DIGEST] == self._pipelines[1].states[Stage.DIGEST]:
            self._pipelines.pop()
        size = Size.of(message, len(self._pipelines[0].states[Stage.KEY]))
        if size.is_small:
            budget.grow()
        self._budget = budget
        self._pool = VariantPool(message, costs_of(size), budget)
        budget.spend(min(2 * self._pool.costs[Stage.ORDER], budget.left // 2))  # what making the pipelines has cost
        self._tried_singles = self._tried_pairs = False
        self._times_tried = 0

    def result(self) -> SearchResult:
        # There are thousands of candidates: what is done with each is done by iterators that need no line of Python.
        candidates, again = tee(chain.from_iterable(self._candidates()))
        numbers = count(1)
        tried = zip(candidates, map(self._form_of, map(_DIGEST, again)), numbers, strict=False)
        fitting = next(filter(_FORM, tried), None)
        if fitting is None:
            number = self._times_tried + next(numbers) - 1
            return SearchResult(self._pipelines[0], (), None, number, self._tried_singles, self._tried_pairs)
        (pipeline, found, _), form, number = fitting
        return SearchResult(pipeline, found, form, self._times_tried + number, self._tried_singles)

    def _candidates(self) -> Iterator[Iterable[_Candidate]]:
        if not self._sizes:
            return
        rights = [pipeline.right_digest for pipeline in self._pipelines]
        yield zip(self._pipelines, repeat(()), rights)
        singles: dict[Pipeline, list[Branch]] = {pipeline: [] for pipeline in self._pipelines}
        several: list[_Candidate] = []
        seen = set(product(rights, (False, True)))
        for pipeline, kept in singles.items():
            self._budget.reserve = self._budget.left // 3 if pipeline is not self._pipelines[-1] else 0
            found = branches(pipeline, self._pool, self._sizes, seen)
            yield _alone(pipeline, found, kept if self._pool.has_all else [], several)
        yield several
        self._tried_singles = self._pool.has_all and self._budget.was_enough
        if self._tried_singles:
            yield from self._together(singles)

    def _together(self, singles: dict[Pipeline, list[Branch]]) -> Iterator[Iterable[_Candidate]]:
        ranges = list(pairwise(_PRODUCTS))
        yield from self._pairs_in(singles, ranges[:_LIKELY_RANGES])
        yield self._several_not_sent(self._pipelines[0])
        times = far_times(self._pipelines[0].message)
        for pipeline, found in singles.items():
            yield self._at_far_times(pipeline, found, *times)
        for pipeline, found in singles.items():
            yield self._triples(pipeline, found)
        yield from self._pairs_in(singles, ranges[_LIKELY_RANGES:_NEEDED_RANGES])
        self._tried_pairs = self._budget.was_enough
        yield from self._pairs_in(singles, ranges[_NEEDED_RANGES:])

    def _pairs_in(
        self, singles: dict[Pipeline, list[Branch]], ranges: list[tuple[int, int]]
    ) -> Iterator[Iterable[_Candidate]]:
        for least, below in ranges:
            for pipeline, found in singles.items():
                yield self._pairs(pipeline, found, least, below)

    def _pairs(self, pipeline: Pipeline, singles: list[Branch], least: int, below: int) -> Iterator[_Candidate]:
        """Two branches the product of whose ranks is in this range, grouped by the one at the earlier stage."""
        ranked = sorted(singles, key=_rank)
        ranks = [one.rank for one in ranked]
        for place, first in enumerate(ranked):
            if first.digest is None:
                continue
            seconds = range(bisect_left(ranks, least / first.rank), bisect_left(ranks, below / first.rank))
            states = pipeline.states_after(first) if seconds else {}
            for other in seconds:
                second = ranked[other]
                if self._needs_other_hash and second.stage != Stage.DIGEST:
                    continue
                if second.stage >= first.until:
                    before = states[second.stage]
                elif second.stage == first.stage in REPEATABLE and second.until == first.until and other > place:
                    before = states[first.until]
                else:
                    continue
                if not self._pool.spend(second.stage):
                    return
                made = second.variant.step(before)
                if second.digest is not None or made != before:
                    yield pipeline, (first, second), pipeline.digests[second.until](made)

    def _several_not_sent(self, pipeline: Pipeline) -> Iterator[_Candidate]:
        before = pipeline.states[Stage.FIELDS]
        for variant in several_not_sent(pipeline.message):
            if not self._pool.spend(Stage.FIELDS):
                return
            branch = Branch.of(variant, Stage.FIELDS)
            yield pipeline, (branch,), pipeline.digests[branch.until](variant.step(before))

    def _at_far_times(
        self, pipeline: Pipeline, singles: list[Branch], likely: list[str], others: list[str]
    ) -> Iterator[_Candidate]:
        """The many unlikely times, alone and with the commonest mistakes in texts and order; only those that fit."""
        common = [one for one in singles if one.rank <= _LAST_WITH_TIME and _is_common(one.mistakes)]
        firsts = [(one,) for one in common if Stage.CLEANING <= one.stage < Stage.STRING and one.until <= Stage.STRING]
        now = f"time={pipeline.message.parameters.get('time')}"
        times = likely if pipeline.drops_empties else [*likely, *others]
        sign = pipeline.digests[Stage.BYTES]
        for first in ((), *(firsts if not pipeline.drops_empties else ())):
            before, _, after = pipeline.state_at(Stage.STRING, first).partition(now)
            for start in range(0, len(times), _TIMES_AT_ONCE):
                some = times[start : start + _TIMES_AT_ONCE]
                if not self._pool.spend(Stage.BYTES, len(some)):
                    return
                self._times_tried += len(some)
                digests = [sign(f"{before}time={time}{after}") for time in some]
                for time, digest in compress(zip(some, digests, strict=True), map(self._form_of, digests)):
                    yield pipeline, (Branch.of(at_time(time), Stage.TIME), *first), digest

    def _triples(self, pipeline: Pipeline, singles: list[Branch]) -> Iterator[_Candidate]:
        """Three branches, of which one is among the most common mistakes, the likelier first."""
        likely = sorted([one for one in singles if one.rank <= _LAST_TRIPLE and not _is_rare(one)], key=_stage)
        hashes = [one for one in singles if one.stage == Stage.DIGEST][:_LAST_TRIPLE]
        by_rank = _by_rank(likely)
        for most in range(1, _LAST_TRIPLE + 1):
            thirds = hashes if self._needs_other_hash else [one for one in likely if one.rank * most <= _LAST_TRIPLE]
            for first in [one for one in likely if one.digest is not None and most % one.rank == 0]:
                for second in by_rank.get(most // first.rank, []):
                    if first.until <= second.stage:
                        yield from self._third(pipeline, (first, second), thirds)

    def _third(self, pipeline: Pipeline, two: tuple[Branch, Branch], thirds: list[Branch]) -> Iterator[_Candidate]:
        first, second = two
        has_common = _is_common(first.mistakes) or _is_common(second.mistakes)
        after = [one for one in thirds if second.until <= one.stage and (has_common or _is_common(one.mistakes))]
        made = pipeline.after(first, second) if after else None
        if made is not None:
            both = Branch(first.stage, second.until, second.variant, 0, b"", {second.until: made})
            for third in after:
                if not self._pool.spend(third.stage):
                    return
                result = pipeline.after(both, third)
                if result is not None:
                    yield pipeline, (first, second, third), pipeline.digests[third.until](result)


def _alone(
    pipeline: Pipeline, found: Iterator[Branch], kept: list[Branch], several: list[_Candidate]
) -> Iterator[_Candidate]:
    """Each branch by itself; those that are several mistakes come later."""
    for branch in found:
        kept.append(branch)
        if branch.digest is not None:
            candidate = pipeline, (branch,), branch.digest
            if len(branch.mistakes) == 1:
                yield candidate
            else:
                several.append(candidate)


def _by_rank(singles: list[Branch]) -> dict[int, list[Branch]]:
    by_rank: dict[int, list[Branch]] = {}
    for branch in singles:
        by_rank.setdefault(branch.rank, []).append(branch)
    return by_rank


@cache
def _is_common(mistakes: tuple[str, ...]) -> bool:
    return any(BY_NAME[name].likelihood is Likelihood.COMMON for name in mistakes)


def _is_rare(branch: Branch) -> bool:
    return BY_NAME[branch.mistakes[0]].likelihood is Likelihood.RARE
