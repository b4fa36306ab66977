"""Writes what a gateway has shown as a profile, with comments that say where each line comes from. No I/O."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from mockserver.compare import readings
from mockserver.compare.comparison import DIFFERS, Comparison
from mockserver.compare.exchange import Answers, Unclear
from mockserver.compare.readings import KIND_REQUESTS
from mockserver.compare.requests import AGES
from mockserver.durations import duration_text
from mockserver.gateway.profile import FAILURE_DATA
from mockserver.gateway.profile_file import VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_LONGEST_CODE, _LONGEST_MESSAGE = 20, 500
_STATUSES = range(200, 600)
_LONGEST_COMMENT = 160


class Observation(NamedTuple):
    """One observation: the path of its field, the value as YAML, and the requests that showed it."""

    path: tuple[str, ...]
    value: str
    source: str


EXPRESSED = frozenset({
    "HTTP status of failures", "data of failures", "type of code in failures", "type of code in successes",
    "code of a wrong sign", "unknown user", "unknown method", "unknown order", "value that breaks a rule",
    "body that is no JSON object", "GET", "freshness of time", "amount of a new order", "order_id used again",
    "no timeout", "no os_type", "http notify_url", "boolean as a text", "case of a wallet's name",
    "unsupported pay method",
})  # fmt: skip
"""The titles of the probes whose differences a profile can have; with these, the texts of all kinds."""


def profile_text(comparison: Comparison, about: str) -> str:
    """The profile of what the gateway has shown; `about` says in a line when and how."""
    lines = [f"# {about}", f'version: "{VERSION}"']
    opened: tuple[str, ...] = ()
    for line in observations(comparison.theirs, comparison.ours):
        for depth, name in enumerate(line.path[:-1]):
            if opened[: depth + 1] != line.path[: depth + 1]:
                lines.append(f"{'  ' * depth}{name}:")
                opened = line.path[: depth + 1]
        opened = line.path[:-1]
        lines.append(f"{'  ' * len(opened)}{line.path[-1]}: {line.value}  # {line.source}")
    others = [
        one for one in comparison.results
        if one.status == DIFFERS and one.probe.title not in EXPRESSED and not one.probe.title.startswith("text of ")
    ]  # fmt: skip
    if others:
        lines += ["", "# These also differ, and a profile has no field for them:"]
        lines += [f"# - {one.probe.title}: {one.theirs} (sandbox: {one.ours})"[:_LONGEST_COMMENT] for one in others]
    return "\n".join(lines) + "\n"


def observations(theirs: Answers, ours: Answers) -> Iterator[Observation]:
    """All that a profile can have, as far as the answers show it, in the order of the file."""
    yield from _failures(theirs, ours)
    yield from _read(theirs, ("success", "code"), readings.success_code_type, "an accepted request")
    yield from _read(theirs, ("orders", "duplicates"), readings.duplicates, "order, order again")
    yield from _read(theirs, ("orders", "amount"), _amount, "order, with the amount 0.1")
    for name, request, yes, no in (
        ("timeout", "no timeout", "optional", "required"),
        ("os_type", "no os_type", "optional", "required"),
        ("notify_url", "http address", "http", "https"),
        ("wallet_names", "wallet in capitals", '"any case"', "exact"),
        ("booleans", "demo is true", "accept", "refuse"),
    ):
        yield from _read(theirs, ("orders", name), _either(request, yes, no), request)
    yield from _read(theirs, ("time", "max_clock_skew"), _skew, "queries with older times")


def _read(
    answers: Answers, path: tuple[str, ...], read: Callable[[Answers], str], source: str
) -> Iterator[Observation]:
    try:
        value = read(answers)
    except Unclear:
        return
    if value:
        yield Observation(path, value, source)


def _either(request: str, yes: str, no: str) -> Callable[[Answers], str]:
    """One of two words: whether a request was accepted, where the usual order was."""

    def read(answers: Answers) -> str:
        _ = answers["order"].data
        return yes if readings.accepted(request)(answers) == "accepted" else no

    return read


def _amount(answers: Answers) -> str:
    shown = readings.amount_shown(answers)
    return json.dumps(shown) if shown in {"as sent", "two decimals"} else ""


def _skew(answers: Answers) -> str:
    """Between the greatest accepted and the smallest refused age."""
    accepted, beyond = readings.accepted_ages(answers)
    if not beyond:
        return "none" if readings.freshness(answers) == "not checked" else ""
    low, high = AGES.get(accepted, 0), AGES[beyond]
    return duration_text((low + high) // 2 * 1000)


def _failures(theirs: Answers, ours: Answers) -> Iterator[Observation]:
    found = dict(readings.refusals(theirs))
    if not found:
        return
    source = f"{len(found)} refused requests"
    usual = readings.most_common({kind: answer.status for kind, answer in found.items()})
    types = readings.most_common({kind: readings.code_type(answer) for kind, answer in found.items()})
    shape = readings.most_common({kind: readings.data_shape(answer) for kind, answer in found.items()})
    if usual in _STATUSES:
        yield Observation(("failures", "http_status"), str(usual), source)
    yield Observation(("failures", "code"), types, source)
    if shape in FAILURE_DATA:
        yield Observation(("failures", "data"), '"null"' if shape == "null" else shape, source)
    own = dict(readings.refusals(ours))
    for kind, answer in found.items():
        path, request = ("failures", "kinds", kind), KIND_REQUESTS[kind]
        if (kind not in own or own[kind].code != answer.code) and _is_code(answer.code):
            yield Observation((*path, "code"), json.dumps(answer.code), request)
        text = theirs.text_of(request)[:_LONGEST_MESSAGE]
        if text and (kind not in own or ours.text_of(request) != text):
            yield Observation((*path, "message"), json.dumps(text, ensure_ascii=False), request)
        if answer.status != usual and answer.status in _STATUSES:
            yield Observation((*path, "http_status"), str(answer.status), request)


def _is_code(code: str) -> bool:
    return 0 < len(code) <= _LONGEST_CODE and code.isascii() and code.isprintable() and " " not in code
