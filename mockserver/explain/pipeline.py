"""Signing as a pipeline of right steps, and the branches off it: what comes of a variant at one of its stages."""

from __future__ import annotations

import hashlib
import hmac
from functools import cached_property, partial
from itertools import compress, islice
from operator import attrgetter, not_
from typing import TYPE_CHECKING, Any, NamedTuple

from mockserver.explain.budget import Budget, allows_all, cost_of_making
from mockserver.explain.mistakes import rank_of, variants_at
from mockserver.explain.variants.keys import Keyed, with_key
from mockserver.explain.variants.model import Message, Parameters, Stage, Step, Texts, Variant
from mockserver.signing.php import Number, is_empty, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from hashlib import _Hash

STAGES = tuple(Stage)
_ORDER = (
    Stage.PARAMETERS, Stage.SIGN, Stage.EMPTIES, Stage.FIELDS, Stage.TIME, Stage.LANGUAGE, Stage.NUMBERS,
    Stage.BOOLEANS, Stage.NULLS, Stage.NESTED, Stage.STRING, Stage.BYTES, Stage.CLEANING, Stage.ESCAPING, Stage.ORDER,
    Stage.JOINING, Stage.KEY, Stage.DIGEST,
)  # fmt: skip
"""The stages at which variants are tried. Of two that make the same digest, the first one is named."""

_STAGES_OF_COMMON = frozenset({Stage.ORDER, Stage.DIGEST, Stage.PARAMETERS, Stage.ESCAPING})
_FEW_VARIANTS = 2
_LAST_WITHOUT_EFFECT = 5
_BLOCK_OF_HMAC = 64
_INNER, _OUTER = (bytes(byte ^ pad for byte in range(256)) for pad in (0x36, 0x5C))
_TEXTS = {str, Number}


def _without_empties(parameters: Parameters) -> Parameters:
    return {name: value for name, value in parameters.items() if not is_empty(value)}


def _texts_of(message: Message) -> Callable[[Parameters], Texts]:
    """PHP's text of each value; those of nested ones are known."""
    nested = [(name, value) for name, value in message.parameters.items() if isinstance(value, (dict, list))]
    known = {id(value): message.texts[name] for name, value in nested}

    def texts(parameters: Parameters) -> Texts:
        others = compress(parameters.items(), map(not_, map(_TEXTS.__contains__, map(type, parameters.values()))))
        return parameters | {name: known.get(id(value)) or text_of(value) for name, value in others}

    return texts


def _in_order(texts: Texts) -> Texts:
    return dict(sorted(texts.items()))


def _joined(texts: Texts) -> str:
    return "&".join(map("=".join, texts.items()))


encoded: Callable[[str], bytes] = partial(str.encode, encoding="utf-8", errors="replace")
"""The bytes of a string to sign."""


def _joined_and_encoded(texts: Texts) -> bytes:
    return "&".join(map("=".join, texts.items())).encode("utf-8", "replace")


def _ordered_and_encoded(texts: Texts) -> bytes:
    return "&".join(map("=".join, sorted(texts.items()))).encode("utf-8", "replace")


def _signing(key: bytes) -> Callable[[Callable[[Any], bytes]], Callable[[Any], bytes]]:
    """Puts HMAC-SHA256 after a step that makes bytes; prepared for the account's key, as most strings are signed so."""
    block = (hashlib.sha256(key).digest() if len(key) > _BLOCK_OF_HMAC else key).ljust(_BLOCK_OF_HMAC, b"\0")
    inner, outer = hashlib.sha256(block.translate(_INNER)), hashlib.sha256(block.translate(_OUTER))
    return lambda encode: partial(_signed, encode=encode, inner=inner.copy, outer=outer.copy)


def _signed(
    state: Any,  # noqa: ANN401 - see Step
    encode: Callable[[Any], bytes],
    inner: Callable[[], _Hash],
    outer: Callable[[], _Hash],
) -> bytes:
    inside, outside = inner(), outer()
    inside.update(encode(state))
    outside.update(inside.digest())
    return outside.digest()


def _hmac_sha256(keyed: Keyed) -> bytes:
    text, key = keyed
    return hmac.digest(key, text, "sha256")


def _after(first: Step, second: Step) -> Step:
    return lambda state: second(first(state))


def _unchanged(state: Any) -> Any:  # noqa: ANN401 - see Step
    return state


class Branch(NamedTuple):
    """A variant off the pipeline: the stage where it begins, the one where signing goes on, and what comes of it.

    The lower its `rank`, the likelier. `digest` is None for a variant that makes no difference by itself, though it may
    after another one. `states` holds what comes to later stages, as far as it was asked for.
    """

    stage: Stage
    until: Stage
    variant: Variant
    rank: int
    digest: bytes | None
    states: dict[Stage, Any]

    @classmethod
    def of(cls, variant: Variant, stage: Stage) -> Branch:
        """A branch of which nothing is known but where it leads."""
        return cls(stage, variant.until or STAGES[stage + 1], variant, 0, None, {})

    @property
    def mistakes(self) -> tuple[str, ...]:
        """The mistakes that the variant makes."""
        return self.variant.mistakes


class Pipeline:
    """The right steps of signing, with the empty values kept or dropped."""

    def __init__(self, message: Message, *, drops_empties: bool) -> None:
        self.message = message
        self.drops_empties = drops_empties
        key = message.secret_key.encode()
        sign = _signing(key)
        self._right: dict[Stage, Step] = {
            Stage.PARAMETERS: attrgetter("parameters"),
            **({Stage.EMPTIES: _without_empties} if drops_empties else {}),
            Stage.TEXTS: _texts_of(message),
            Stage.ORDER: _in_order,
            Stage.JOINING: _joined,
            Stage.BYTES: encoded,
            Stage.KEY: with_key(key),
            Stage.DIGEST: _hmac_sha256,
        }
        self.digests = self._to_digests(sign)
        """What makes a digest of what comes to each stage."""

    @property
    def right_digest(self) -> bytes:
        """The digest of the right string."""
        digest: bytes = self.digests[Stage.PARAMETERS](self.message)
        return digest

    @cached_property
    def states(self) -> dict[Stage, Any]:
        """What comes to each stage where every step is right."""
        return self.following(self.message, Stage.PARAMETERS)

    def _to_digests(self, sign: Callable[[Step], Step]) -> list[Step]:
        """What makes a digest of what comes to each stage, in few calls, as most of the time is spent here."""
        encode: Step = _ordered_and_encoded
        early = [sign(encode)] * (Stage.ORDER - Stage.TEXTS)
        for stage in reversed(STAGES[: Stage.TEXTS + 1]):
            if stage in self._right:
                encode = _after(self._right[stage], encode)
            early.insert(0, sign(encode))
        late: tuple[Step, ...] = (_joined_and_encoded, encoded, encoded, bytes)
        return [*early, *map(sign, late), self._right[Stage.DIGEST], bytes]

    def following(self, state: Any, start: Stage) -> dict[Stage, Any]:  # noqa: ANN401 - see Step
        """What comes to each stage from `start` on, up to the last one."""
        states = dict.fromkeys(STAGES[start : Stage.END], state)
        for stage, step in self._right.items():
            if start <= stage < Stage.DIGEST:
                state = step(state)
                states |= dict.fromkeys(STAGES[stage + 1 : Stage.END], state)
        return states

    def states_after(self, branch: Branch) -> dict[Stage, Any]:
        """What comes to each stage after a branch."""
        if len(branch.states) == 1 and branch.until < Stage.DIGEST:
            branch.states.update(self.following(branch.states[branch.until], branch.until))
        return branch.states

    def after(self, first: Branch, second: Branch) -> Any:  # noqa: ANN401 - see Step
        """What a branch makes that follows another one; None where it makes no difference there."""
        states = first.states if second.stage in first.states else self.states_after(first)
        before = states[second.stage]
        made = second.variant.step(before)
        return None if second.digest is None and made == before else made

    def state_at(self, end: Stage, branches: Iterable[Branch] = ()) -> Any:  # noqa: ANN401 - see Step
        """What comes to a stage by way of these branches."""
        state: Any = self.message
        stage = Stage.PARAMETERS
        waiting = sorted(branches, key=attrgetter("stage"), reverse=True)
        while stage < end:
            if waiting and waiting[-1].stage == stage:
                branch = waiting.pop()
                state, stage = branch.variant.step(state), branch.until
                while waiting and waiting[-1].stage < stage:
                    state = waiting.pop().variant.step(state)  # another one of the same stage
            else:
                state, stage = self._right.get(stage, _unchanged)(state), STAGES[stage + 1]
        return state


class VariantPool:
    """The variants of a message and what they cost; each stage's are made only when they are asked for.

    All of them are made once; of a large message only a few of each mistake, one by one as there is budget for them.
    """

    def __init__(self, message: Message, costs: Mapping[Stage, int], budget: Budget) -> None:
        self.costs = costs
        self.budget = budget
        self.has_all = allows_all(budget, costs)
        self._message = message
        self._made: dict[Stage, list[Variant]] = {}

    def spend(self, stage: Stage, times: int = 1) -> bool:
        """Spend the cost of trying `times` variants of a stage, if that much is left."""
        return self.budget.spend(self.costs[stage] * times)

    def at(self, stage: Stage) -> Iterable[Variant]:
        """The variants at a stage; none where the budget does not allow to make them."""
        if stage in self._made:
            return self._made[stage]
        if not self.budget.spend(cost_of_making(stage, self.costs[stage])):
            return ()
        variants = variants_at(stage, self._message)
        if not self.has_all:
            return _few(variants)
        self._made[stage] = list(variants)
        return self._made[stage]


def _few(variants: Iterator[Variant]) -> Iterator[Variant]:
    """The first variants of each mistake; keys of other accounts are cheap to try, so all of them."""
    counted: dict[tuple[str, ...], int] = {}
    for variant in variants:
        counted[variant.mistakes] = number = counted.get(variant.mistakes, 0) + 1
        if number <= _FEW_VARIANTS or variant.mistakes == ("key of another account",):
            yield variant


Seen = set[tuple[bytes, bool]]
"""Digests, each with whether it was made by a variant that does the work of ORDER too."""


def branches(pipeline: Pipeline, pool: VariantPool, sizes: frozenset[int], seen: Seen) -> Iterator[Branch]:
    """Each branch to a digest not seen yet, a few to the right one; another hash only of one of these sizes.

    Where not all can be tried, the first two of each stage come first, and then the others, cheap stages first.
    """
    seen_of_several: Seen = set()
    stages = [stage for stage in _ORDER if stage != Stage.EMPTIES or not pipeline.drops_empties]
    at = {stage: _branches_at(stage, pipeline, pool, sizes, (seen, seen_of_several)) for stage in stages}
    if not pool.has_all:
        likely = sorted(stages, key=lambda stage: stage not in _STAGES_OF_COMMON)
        half = (pool.budget.left + pool.budget.reserve) // 2
        for stage in likely * _FEW_VARIANTS:
            cost = pool.costs[stage]
            if pool.budget.left - cost_of_making(stage, cost) - cost > half:
                yield from islice(at[stage], 1)
        stages.sort(key=pool.costs.__getitem__)
    for stage in stages:
        yield from at[stage]


def _branches_at(
    stage: Stage, pipeline: Pipeline, pool: VariantPool, sizes: frozenset[int], seen: tuple[Seen, Seen]
) -> Iterator[Branch]:
    """Those of a stage, as far as the budget allows; `seen` are digests of single mistakes, and of several."""
    seen_of_one, seen_of_several = seen
    counts: dict[tuple[str, ...], int] = {}
    without_effect: dict[tuple[str, ...], int] = {}
    before, states, digests = pipeline.states[stage], pipeline.states, pipeline.digests
    for variant in pool.at(stage):
        step, _, mistakes, until, _ = variant
        until = until or STAGES[stage + 1]
        if pipeline.drops_empties and stage < Stage.EMPTIES < until:
            continue
        if not pool.spend(stage):
            return
        made = step(before)
        known = {until: made} if pool.has_all else {}
        if stage != Stage.ORDER and until != Stage.END and made == states[until]:
            without_effect[mistakes] = number = without_effect.get(mistakes, 0) + 1
            rank = rank_of(mistakes, number)
            if Stage.TEXTS < stage < Stage.KEY and rank <= _LAST_WITHOUT_EFFECT:
                yield Branch(stage, until, variant, rank, None, known)
            continue
        digest = digests[until](made)
        has_seen = seen_of_one if len(mistakes) == 1 else seen_of_several
        # A variant that does the work of ORDER too is followed by no mistake there, so it stands for no other one.
        made_so = digest, stage < Stage.ORDER < until
        if made_so not in seen_of_one and made_so not in has_seen and (stage != Stage.DIGEST or len(digest) in sizes):
            has_seen.add(made_so)
            counts[mistakes] = number = counts.get(mistakes, 0) + 1
            yield Branch(stage, until, variant, rank_of(mistakes, number), digest, known)
