"""The text of a comparison: each assumption, whether it agrees, and both answers, masked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mockserver.compare.comparison import AGREES, DIFFERS, NOT_ASKED, Comparison, Result
from mockserver.compare.unaskable import UNASKABLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mockserver.compare.exchange import Answers
    from mockserver.evidence import Fact

_MOST_SHOWN = 3
_HEADINGS = {DIFFERS: "Differs", NOT_ASKED: "Could not be asked", AGREES: "Agrees"}


def report(comparison: Comparison, ledger: Sequence[Fact]) -> Iterator[str]:
    """The lines of the report: agreements first, so that the differences and the totals are the last on the screen."""
    for status in (AGREES, NOT_ASKED, DIFFERS):
        chosen = [one for one in comparison.results if one.status == status]
        if chosen:
            yield f"{_HEADINGS[status]} ({len(chosen)})"
            yield ""
        for result in chosen:
            yield from _about(result, comparison, ledger)
            yield ""
        if status == NOT_ASKED:
            yield from _not_askable(ledger)
    yield totals(comparison)


def totals(comparison: Comparison) -> str:
    counts = {
        status: sum(one.status == status for one in comparison.results) for status in (AGREES, DIFFERS, NOT_ASKED)
    }
    return (
        f"{counts[AGREES]} behaviours agree, {counts[DIFFERS]} differ, {counts[NOT_ASKED]} could not be asked;"
        f" {len(UNASKABLE)} assumptions can never be asked."
    )


def _about(result: Result, comparison: Comparison, ledger: Sequence[Fact]) -> Iterator[str]:
    yield f"  {result.probe.title}"
    for named in result.probe.facts:
        for fact in filter(named.is_named, ledger):
            yield f"    {fact.basis}: {fact.subject}: {fact.behaviour}"
    if result.status == NOT_ASKED:
        yield f"    could not be asked: {result.reason}"
    else:
        yield f"    sandbox: {result.ours}"
        yield f"    gateway: {result.theirs}"
    sent = [name for name in result.probe.requests if name in comparison.theirs.found]
    pairs = [(name, _shown(comparison.ours, name), _shown(comparison.theirs, name)) for name in sent]
    pairs.sort(key=lambda pair: pair[1] == pair[2])  # those that differ first
    for name, ours, theirs in pairs[:_MOST_SHOWN]:
        yield f"      request: {name}"
        yield f"        sandbox: {ours}"
        yield f"        gateway: {theirs}"
    if len(pairs) > _MOST_SHOWN:
        yield f"      and of other requests: {', '.join(name for name, _, _ in pairs[_MOST_SHOWN:])}"


def _shown(answers: Answers, name: str) -> str:
    answer = answers.found.get(name)
    return "not sent" if answer is None else answers.mask.shown(answer)


def _not_askable(ledger: Sequence[Fact]) -> Iterator[str]:
    yield f"Can never be asked ({len(UNASKABLE)})"
    yield ""
    for reason in dict.fromkeys(UNASKABLE.values()):
        yield f"  {reason}:"
        for named, why in UNASKABLE.items():
            if why == reason:
                yield from (f"    {fact.subject}: {fact.behaviour}" for fact in ledger if named.is_named(fact))
    yield ""
