"""The known mistakes in signing, collected from the modules in which their entries stand."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from mockserver.explain.variants import (
    cleaning,
    digests,
    escaping,
    joining,
    keys,
    names,
    ordering,
    parameters,
    signs,
    values,
)
from mockserver.explain.variants.model import Likelihood, Message, Mistake, Stage, Variant, Variants

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_MODULES = (parameters, names, ordering, values, cleaning, escaping, joining, keys, digests, signs)

MISTAKES: tuple[Mistake, ...] = tuple(mistake for module in _MODULES for mistake in module.MISTAKES)
"""All that the search knows, by the subjects of signing."""

BY_NAME: Mapping[str, Mistake] = MappingProxyType({mistake.name: mistake for mistake in MISTAKES})


def variants_at(stage: Stage, message: Message) -> Iterator[Variant]:
    """What a client may do otherwise at a stage, each variant with its mistakes; rare mistakes come last."""
    for mistakes, variants in _BY_STAGE[stage]:
        for variant in variants(message) if callable(variants) else variants:
            step, detail, own, until, around = variant
            yield variant if own else Variant(step, detail, mistakes, until, around)


def rank_of(mistakes: tuple[str, ...], number: int) -> int:
    """How early the variant of this number, counted from 1, is tried with others: the lower, the likelier."""
    start, distance = _RANKS[mistakes[0]] if len(mistakes) == 1 else _SEVERAL
    return start + distance * number


_SEVERAL = (0, 3)
_RANKS = {mistake.name: mistake.likelihood.value for mistake in MISTAKES}
_Source = tuple[tuple[str, ...], Variants]


def _sources(stage: Stage) -> Iterable[_Source]:
    here = [mistake for mistake in MISTAKES if stage in mistake.variants]
    here.sort(key=lambda mistake: mistake.likelihood is Likelihood.RARE)
    yield from [((mistake.name,), mistake.variants[stage]) for mistake in here]
    if stage in values.SEVERAL_AT_ONCE:
        yield (), values.SEVERAL_AT_ONCE[stage]


_BY_STAGE: Mapping[Stage, tuple[_Source, ...]] = {stage: tuple(_sources(stage)) for stage in Stage}
