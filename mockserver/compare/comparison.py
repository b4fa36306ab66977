"""Asks a gateway, and compares what it shows with what the sandbox shows. The sending is handed in."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from mockserver.compare.exchange import Answers, Mask, RawAnswer, Subject, Unclear, one_line
from mockserver.compare.probes import Probe, all_probes
from mockserver.compare.requests import CREATING, READING, all_requests, given_orders

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mockserver.clock import Clock
    from mockserver.compare.exchange import RawRequest
    from mockserver.compare.requests import Ask

Send = Callable[["RawRequest"], RawAnswer]
AGREES, DIFFERS, NOT_ASKED = "agrees", "differs", "could not be asked"
_MOST_SILENT = 3  # answers missing in a row, after which no more is asked


class Result(NamedTuple):
    """What a probe shows: a status, the behaviours of the sandbox and the gateway, or why it could not be asked."""

    probe: Probe
    status: str
    ours: str = ""
    theirs: str = ""
    reason: str = ""


class Comparison(NamedTuple):
    """The answers of the sandbox and of the gateway, and what each probe shows."""

    ours: Answers
    theirs: Answers
    results: tuple[Result, ...]
    creates: bool


def requests_for(subject: Subject, *, creates: bool) -> tuple[Ask, ...]:
    """All that is sent, in order."""
    return all_requests(subject) if creates else (*READING, *given_orders(subject))


def ask(
    asks: Sequence[Ask], subject: Subject, send: Send, clock: Clock, pause: Callable[[], None]
) -> Iterator[tuple[str, RawAnswer]]:
    """Send the requests one after the other; yields the name and the answer of each. `pause` runs between them.

    If the first has no answer, or several in a row have none, the rest is not sent.
    """
    mask, found = Mask(subject), dict[str, RawAnswer]()
    silent, is_first = 0, True
    for one in asks:
        try:
            sent = one.make(subject, clock.now() // 1000, Answers(found, mask))
        except Unclear as error:
            yield one.name, RawAnswer(problem=str(error), was_sent=False)
            continue
        if not is_first:
            pause()
        found[one.name] = answer = send(sent)
        yield one.name, answer
        silent = silent + 1 if answer.problem else 0
        if answer.problem and (is_first or silent == _MOST_SILENT):
            return
        is_first = False


def compare(ours: Answers, theirs: Answers, subject: Subject, *, creates: bool) -> Comparison:
    """Compare by behaviour. The sandbox is read from its answers to the requests that the gateway had a chance at.

    These are those that it answered, and those that were not sent because of its answer to an earlier one.
    """
    asked = {name for name, answer in theirs.found.items() if not (answer.was_sent and answer.problem)}
    same = Answers({name: answer for name, answer in ours.found.items() if name in asked}, ours.mask)
    results = tuple(_result(probe, same, theirs, creates=creates) for probe in all_probes(subject))
    return Comparison(ours, theirs, results, creates)


def _result(probe: Probe, ours: Answers, theirs: Answers, *, creates: bool) -> Result:
    if probe.creates and not creates and not any(name in theirs.found for name in probe.requests):
        return Result(probe, NOT_ASKED, reason="it creates an order; allow it with --create")
    try:
        shown = probe.read(theirs)
    except Unclear as error:
        return Result(probe, NOT_ASKED, reason=one_line(theirs.mask.text(str(error))))
    try:
        own = probe.read(ours)
    except Unclear as error:
        return Result(probe, NOT_ASKED, reason=f"the sandbox shows nothing to compare with: {error}")
    shown, own = one_line(theirs.mask.text(shown)), one_line(ours.mask.text(own))
    return Result(probe, AGREES if shown == own else DIFFERS, own, shown)


def creating_count(asks: Sequence[Ask]) -> int:
    """How many requests create an order if the gateway accepts all of them."""
    creating = {one.name for one in CREATING if one.kind.startswith("an order")}
    return sum(one.name in creating for one in asks)
