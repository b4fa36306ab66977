"""The search for what a client did: the variants that, each at its stage, lead from the body to the client's digest.

A candidate is a string that was really made and signed, so what is found is certain. Candidates come in the following
order, and the first that fits is taken: fewer mistakes before more, and likelier ones before others.

1. The right string, with the empty values kept, and with them dropped where that makes a difference.
2. Each variant by itself, and after these the variants that are several mistakes.
3. Pairs of which the second only changes the key or the hash: cheap to make from the bytes that the first one led to.
4. Pairs of any two stages, by the product of their ranks (`Likelihood`) up to `_LAST_PAIR`.
5. Several optional fields that were not sent, then unlikely times, alone or with unsorted keys.
6. Triples, by the product of their ranks: one is of a common mistake, and none of a rare one, except for the hash
   where the length of the sign shows that it is another.

The variants of a message are finite: tables, and for each field, kind of empty value and account a bounded number.
Two bounds end the search sooner:

- How many: `MOST_CANDIDATES` in all, with a share for each of the parts 3, 4 and 6; for strings longer than
  `_USUAL_SIZE` fewer, down to `_FEWEST_CANDIDATES`. The unlikely times are a few thousand more, which only change some
  bytes of a string that is made once.
- How much work: a `Budget` of units, each about a nanosecond. A step spends what `costs_of` says for its stage and the
  size of the message before it is taken, so no clock has a say in what is found. A small body needs no such bound. Of
  a body that is too large to try all variants, the first two of each stage have half of the budget, then the others
  follow, cheap stages first, and nothing is tried in pairs.

This is guaranteed: for a small body every known variant and every likely pair was tried. For a larger one the result
says whether all variants (`tried_singles`) and likely pairs (`tried_pairs`) were. The same request and budget always
have the same result.
"""

from __future__ import annotations

from functools import cache
from itertools import chain, combinations, compress, count, islice, repeat, tee
from itertools import product as pairs_of
from math import isqrt
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING, NamedTuple

from mockserver.explain.budget import Budget, Size, costs_of
from mockserver.explain.mistakes import BY_NAME
from mockserver.explain.pipeline import Branch, Pipeline, VariantPool, branches
from mockserver.explain.variants.model import Likelihood, Message, Stage
from mockserver.explain.variants.parameters import several_not_sent
from mockserver.explain.variants.values import at_time, far_times

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mockserver.explain.variants.signs import SignForm, WantedDigests

MOST_CANDIDATES = 12_000
"""The most strings that the search signs before it gives up."""

_FEWEST_CANDIDATES = 400
_USUAL_SIZE = 2_000
_TIMES_AT_ONCE = 64
_RIGHT_SIZE = 32

# The highest ranks of what is tried together: of a pair or triple their product.
_LAST_PAIR = 120
_LAST_TRIPLE = 5
_LAST_CHEAP = 8
_LAST_CHEAP_HASH = 9
# The same where the sign is as long as another hash makes it, so that one of the mistakes is known.
_LAST_TRIPLE_OF_OTHER_HASH = 8
_LAST_CHEAP_OF_OTHER_HASH = 40


class SearchResult(NamedTuple):
    """What gives the client's digest: the pipeline, the branches off it, and the form of the sign.

    Nothing was found where `form` is None. `tried` counts the strings that were signed. `tried_singles` says whether
    every known variant was among them, and `tried_pairs` whether likely pairs were, as far as they are for any body.
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
        self._form_of = wanted.form if wanted.rest else wanted.whole.get
        self._sizes = wanted.sizes
        self._needs_other_hash = _RIGHT_SIZE not in wanted.sizes
        self._pipelines = [Pipeline(message, drops_empties=False), Pipeline(message, drops_empties=True)]
        if self._pipelines[0].states[Stage.DIGEST] == self._pipelines[1].states[Stage.DIGEST]:
            self._pipelines.pop()
        size = Size.of(message, len(self._pipelines[0].states[Stage.KEY]))
        self._most = min(MOST_CANDIDATES, max(_FEWEST_CANDIDATES, MOST_CANDIDATES * _USUAL_SIZE // (size.string + 1)))
        if size.is_small:
            budget.lift()
        self._budget = budget
        self._pool = VariantPool(message, costs_of(size), budget)
        budget.spend(min(2 * self._pool.costs[Stage.ORDER], budget.left // 2))  # what making the pipelines has cost
        self._tried_singles = False
        self._times_tried = 0

    def result(self) -> SearchResult:
        # There are thousands of candidates: what is done with each is done by iterators that need no line of Python.
        candidates, again = tee(islice(chain.from_iterable(self._candidates()), self._most))
        numbers = count(1)
        tried = zip(candidates, map(self._form_of, map(_DIGEST, again)), numbers, strict=False)
        fitting = next(filter(_FORM, tried), None)
        if fitting is None:
            number = self._times_tried + next(numbers) - 1
            return SearchResult(self._pipelines[0], (), None, number, self._tried_singles, self._budget.was_enough)
        (pipeline, found, _), form, number = fitting
        return SearchResult(pipeline, found, form, self._times_tried + number, self._tried_singles)

    def _candidates(self) -> Iterator[Iterable[_Candidate]]:
        if not self._sizes:
            return
        rights = [pipeline.right_digest for pipeline in self._pipelines]
        yield zip(self._pipelines, repeat(()), rights)
        singles: dict[Pipeline, list[Branch]] = {pipeline: [] for pipeline in self._pipelines}
        several: list[_Candidate] = []
        seen = set(rights)
        for pipeline, kept in singles.items():
            self._budget.reserve = self._budget.left // 3 if pipeline is not self._pipelines[-1] else 0
            found = branches(pipeline, self._pool, self._sizes, seen)
            yield _alone(pipeline, found, kept if self._pool.has_all else [], several)
        yield several
        self._tried_singles = self._pool.has_all and self._budget.was_enough
        if self._tried_singles:
            yield from self._together(singles)

    def _together(self, singles: dict[Pipeline, list[Branch]]) -> Iterator[Iterable[_Candidate]]:
        for pipeline, found in singles.items():
            cheap = chain.from_iterable(self._cheap_pairs(pipeline, found))
            yield islice(cheap, 3 * self._most // self._share(pipeline))
        if not self._needs_other_hash:
            for pipeline, found in singles.items():
                yield islice(self._pairs(pipeline, found), 7 * self._most // self._share(pipeline) // 4)
            yield self._several_not_sent(self._pipelines[0])
            times = far_times(self._pipelines[0].message)
            for pipeline, found in singles.items():
                yield self._at_far_times(pipeline, found, *times)
        for pipeline, found in singles.items():
            yield islice(self._triples(pipeline, found), self._most // self._share(pipeline) // 2)

    def _share(self, pipeline: Pipeline) -> int:
        """Clients that drop empty values are the fewer, so less is tried for them."""
        return 60 if pipeline.drops_empties else 10

    def _cheap_pairs(self, pipeline: Pipeline, singles: list[Branch]) -> Iterator[Iterable[_Candidate]]:
        """Pairs of which the second only hashes otherwise, or with another key, what the first has made."""
        stage = Stage.DIGEST if self._needs_other_hash else Stage.KEY
        last = [one for one in singles if one.stage >= stage and _ends_cheaply(one)]
        ends = [(one.stage, one.variant.step, pipeline.digests[one.until]) for one in last]
        farthest = _LAST_CHEAP_OF_OTHER_HASH if self._needs_other_hash else _LAST_CHEAP
        firsts = [one for one in singles if one.rank <= farthest and one.digest is not None and one.stage < stage]
        for first in sorted(firsts, key=_rank):
            if not self._pool.spend(stage, len(ends)):
                return
            states = pipeline.states_after(first)
            digests = [digest(step(states[at])) for at, step, digest in ends]
            yield zip(repeat(pipeline), zip(repeat(first), last), digests)

    def _pairs(self, pipeline: Pipeline, singles: list[Branch]) -> Iterator[_Candidate]:
        for one, other in chain.from_iterable(_by_likelihood(singles)):
            first, second = (one, other) if one.stage < other.stage else (other, one)
            was_cheap = second.stage >= Stage.KEY and _is_cheap(first, second)
            if first.until <= second.stage and first.digest is not None and not was_cheap:
                if not self._pool.spend(second.stage):
                    return
                made = pipeline.after(first, second)
                if made is not None:
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
        """The many unlikely times, alone and where the keys are not sorted; only those that fit."""
        unsorted = [one for one in singles if one.mistakes == ("keys unsorted",)][:1]
        now = f"time={pipeline.message.parameters.get('time')}"
        times = likely if pipeline.drops_empties else [*likely, *others]
        sign = pipeline.digests[Stage.BYTES]
        for first in ((), tuple(unsorted))[: 1 if pipeline.drops_empties else 2]:
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
        farthest = _LAST_TRIPLE_OF_OTHER_HASH if self._needs_other_hash else _LAST_TRIPLE
        likely = sorted([one for one in singles if one.rank <= farthest and not _is_rare(one)], key=_stage)
        hashes = [one for one in singles if one.stage == Stage.DIGEST][:farthest]
        by_rank = _by_rank(likely)
        for product in range(1, farthest + 1):
            thirds = hashes if self._needs_other_hash else [one for one in likely if one.rank * product <= farthest]
            for first in [one for one in likely if one.digest is not None and product % one.rank == 0]:
                for second in by_rank.get(product // first.rank, []):
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


def _is_cheap(first: Branch, second: Branch) -> bool:
    return first.rank <= _LAST_CHEAP and first.stage < Stage.KEY and _ends_cheaply(second)


def _ends_cheaply(branch: Branch) -> bool:
    last = _LAST_CHEAP_HASH if branch.stage == Stage.DIGEST else _LAST_CHEAP
    return branch.stage >= Stage.KEY and branch.rank <= last


def _by_likelihood(singles: list[Branch]) -> Iterator[Iterable[tuple[Branch, Branch]]]:
    """Pairs by the product of their ranks: likelier ones first."""
    by_rank = _by_rank(singles)
    for product in range(1, _LAST_PAIR + 1):
        for low in range(1, isqrt(product) + 1):
            if product % low == 0:
                ones, others = by_rank.get(low, []), by_rank.get(product // low, [])
                yield combinations(ones, 2) if ones is others else pairs_of(ones, others)


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
