"""Hints about accepted requests that look wrong: what is odd, and what the client probably meant.

The gateway accepts unknown fields, and any order_id; a typo in them changes nothing that a client could notice. A hint
never changes the answer.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from mockserver.addresses import is_local_name
from mockserver.gateway.errors import quoted
from mockserver.gateway.example import DOCUMENTED_TIME
from mockserver.gateway.fields import instant_of, is_web_address
from mockserver.gateway.parameters import ENVELOPE
from mockserver.scenarios.scenario import DEMO, scenario_in_demo
from mockserver.texts import message, nearest_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mockserver.gateway.method import Call, Method
    from mockserver.scenarios.scenario import Scenario, ScenarioCatalog
    from mockserver.signing.php import Value

FIELD_IGNORED = message("{name} is not a field of {method} and has no effect; did you mean {near}?")
FIELD_TWICE = message("{name} is not a field of {method} and has no effect; {near} was sent as well.")
FIELD_MISPLACED = message("{name} is beside data, where it has no effect; move it into data.")
TRIGGER_MISSED = message("{name} {value} selects no scenario; did you mean {near}?")
MILLISECONDS = message("time {value} is in milliseconds; the documented unit is seconds: {near}.")
FAR_FROM_NOW = message("time {value} is more than an hour from the current time, {near}; send that.")
NOT_HTTPS = message("{name} {value} starts with http; the gateway requires https.")
NOT_REACHABLE = message("{name} {value} is a local address, which the gateway cannot reach; use a public one.")
NOT_AN_ADDRESS = message("{name} {value} is not a web address; did you mean one such as https://shop.example/return?")
NOT_NOTIFIED = message("notify_url is empty, so no notification is sent.")
SPACE_AT_END = message("{name} {value} begins or ends with a space, which is part of it; did you mean {near}?")
TEMPLATES = (
    FIELD_IGNORED, FIELD_TWICE, FIELD_MISPLACED, TRIGGER_MISSED, MILLISECONDS, FAR_FROM_NOW, NOT_HTTPS,
    NOT_REACHABLE, NOT_AN_ADDRESS, NOT_NOTIFIED, SPACE_AT_END,
)  # fmt: skip

_HOUR = 3_600_000
_DIGITS, _FIELDS = 10, len(ENVELOPE)  # of an ordinary time and envelope
_ENVELOPE = frozenset(field.name for field in ENVELOPE)
_MOST_HINTS = 5
_MOST_NAMES = 100  # unknown ones; a body may have 100,000 of them
_ALIKE_FIELD, _ALIKE_TRIGGER = 0.8, 0.85
_SHORTEST_WORD = 4
_LONGEST_REMEMBERED, _MOST_REMEMBERED = 200, 1000
_SPACES = " \t\r\n"
_NUMBER = "0123456789-_"  # what makes a reference unique, at its end
_ABOUT_SCENARIO = re.compile(r"\s*([A-Za-z]{6,10})\s*[:=]\s*(\S{1,200})\s*")


class AcceptedRequest(NamedTuple):
    """An accepted request: its envelope, its method, its `time`, and the texts of its fields.

    `now` is the account's instant, `machine_now` the machine's. `may_select` says whether an order_id or a demo field
    could have selected a scenario, but did not.
    """

    envelope: Mapping[str, Value]
    method: Method
    time: str
    sent: Mapping[str, str]
    now: int
    machine_now: int
    may_select: bool


class HintFinder:
    """Finds what looks wrong in accepted requests. Ordinary ones pass a few comparisons only."""

    def __init__(self, catalog: ScenarioCatalog, *, going_live: bool = False) -> None:
        """`going_live` adds hints for local addresses, which are normal for a sandbox, but not for the gateway."""
        self._going_live = going_live
        self._catalog = catalog
        self._triggers: dict[str, dict[str, Scenario]] = {}
        for scenario in catalog:
            word = _letters(re.split(r"[*?\[]", scenario.order_id)[0])
            if len(word) >= _SHORTEST_WORD:
                self._triggers.setdefault(word[0], {})[word] = scenario
        self._initials = frozenset(chain(_SPACES, self._triggers, map(str.lower, self._triggers)))
        self._plain_time = ("", 0, 0)
        self._plain: set[str] = set()  # beginnings of references that are no trigger's
        self._nearest_trigger = lru_cache(maxsize=_MOST_REMEMBERED)(self._find_nearest_trigger)

    def is_plain(self, envelope: Mapping[str, Value], call: Call) -> bool:
        """Whether nothing can look wrong in an accepted request. Fast, as it holds for nearly all."""
        data: Any = envelope["data"]  # an object, as the request was accepted
        sent, time = call.sent, call.time
        # As many texts as names means that all names are known, unless the wallet was filled in.
        if (len(sent) != len(data) or "sub_pay_method" not in data) and not self._has_known_names(call, data):
            return False
        known, since, until = self._plain_time
        if (time != known or not since <= call.now <= until) and not self._is_near(call):
            return False
        for name in call.method.addresses:
            if name in sent and not sent[name].startswith("https://"):
                return False
        reference = sent.get(call.method.reference, "0")
        return (
            len(envelope) == _FIELDS
            and (reference[0] not in self._initials or reference.rstrip(_NUMBER) in self._plain)
            and reference[-1] not in _SPACES
            and "demo" not in sent
        )

    def _has_known_names(self, call: Call, data: Mapping[str, Value]) -> bool:
        is_empty = "notify_url" in data and "notify_url" not in call.sent
        return call.method.known_names.issuperset(data) and not is_empty

    def _is_near(self, call: Call) -> bool:
        """Whether the time is in seconds and near to now; the requests of a second have the same."""
        instant = int(call.time) * 1000
        since, until = instant - _HOUR, instant + _HOUR
        if len(call.time) != _DIGITS or not since <= call.now <= until:
            return False
        self._plain_time = (call.time, since, until)
        return True

    def find(self, request: AcceptedRequest) -> tuple[str, ...]:
        """The hints for a request that is not plain."""
        return tuple(islice(dict.fromkeys(self._search(request)), _MOST_HINTS))

    def _search(self, request: AcceptedRequest) -> Iterator[str]:
        method, sent = request.method, request.sent
        yield from _about_names(request)
        yield from _about_time(request)
        for name in ("notify_url", "redirect_url"):
            if name in sent and (hint := self._about_address(name, sent[name])):
                yield hint
        data = request.envelope["data"]
        if isinstance(data, dict) and data.get("notify_url") == "":
            yield NOT_NOTIFIED
        reference = sent.get(method.reference, "")
        if reference != reference.strip():
            yield SPACE_AT_END.format(name=method.reference, value=quoted(reference), near=quoted(reference.strip()))
        if request.may_select and reference:
            yield from self._about_reference(method, reference)
        if request.may_select and "demo" in sent:
            yield from self._about_demo(sent["demo"])

    def _about_address(self, name: str, text: str) -> str:
        if text.startswith("https://") and not self._going_live:
            return ""
        return (_address_hint if len(text) <= _LONGEST_REMEMBERED else _address_hint.__wrapped__)(
            name, text, self._going_live
        )

    def _about_reference(self, method: Method, reference: str) -> Iterator[str]:
        word = _letters(re.split("[0-9]", reference[:_LONGEST_REMEMBERED], maxsplit=1)[0])
        scenario = self._nearest_trigger(word) if len(word) >= _SHORTEST_WORD else None
        is_plain = scenario is None and reference == reference.strip()
        if is_plain and len(self._plain) < _MOST_REMEMBERED and len(reference) <= _LONGEST_REMEMBERED:
            self._plain.add(reference.rstrip(_NUMBER))
        if scenario is not None and (method.kind.part == "then" or scenario.affects(method.kind.part)):
            near = quoted(scenario.order_id)
            yield TRIGGER_MISSED.format(name=method.reference, value=quoted(reference), near=near)

    def _find_nearest_trigger(self, word: str) -> Scenario | None:
        known = self._triggers.get(word[0], {})
        near = nearest_words(word, known, alike=_ALIKE_TRIGGER)
        return known[near[0]] if near else None

    def _about_demo(self, demo: str) -> Iterator[str]:
        found = None if scenario_in_demo(demo) else _ABOUT_SCENARIO.fullmatch(demo[:_LONGEST_REMEMBERED])
        if found is None or not nearest_words(found[1], ("scenario",), alike=_ALIKE_FIELD):
            return
        name = next(iter(nearest_words(found[2], [scenario.name for scenario in self._catalog])), "NAME")
        yield TRIGGER_MISSED.format(name="demo", value=quoted(demo), near=quoted(DEMO + name))


def _letters(text: str) -> str:
    return "".join(filter(str.isalpha, text)).upper()


def _about_names(request: AcceptedRequest) -> Iterator[str]:
    """The unknown fields that nearly have the name of a known one, and the fields that are beside data."""
    method, envelope, data = request.method, request.envelope, request.envelope["data"]
    if not isinstance(data, dict):
        return
    for name in islice((name for name in data if name not in method.known_names), _MOST_NAMES):
        if near := _nearest_field(name, method, beside_data=False):
            template = FIELD_TWICE if near in data else FIELD_IGNORED
            yield template.format(name=quoted(name), method=method.name, near=near)
    for name in islice((name for name in envelope if name not in _ENVELOPE), _MOST_NAMES):
        if name in method.known_names:
            if name not in data:
                yield FIELD_MISPLACED.format(name=name)
        elif near := _nearest_field(name, method, beside_data=True):
            template = FIELD_TWICE if near in envelope or near in data else FIELD_IGNORED
            yield template.format(name=quoted(name), method=method.name, near=near)


def _nearest_field(name: str, method: Method, *, beside_data: bool) -> str:
    return "" if len(name) > _LONGEST_REMEMBERED else _find_nearest_field(name, method, beside_data)


@lru_cache(maxsize=_MOST_REMEMBERED)
def _find_nearest_field(name: str, method: Method, beside_data: bool) -> str:  # noqa: FBT001 - the key of a cache
    """The known field that a name nearly is; empty for a field of another method, as clients share their code."""
    from mockserver.gateway.field_errors import is_field  # noqa: PLC0415 - only for unknown names

    known = [*method.known_names, *(_ENVELOPE if beside_data else ())]
    return "" if is_field(name) else next(iter(nearest_words(name, sorted(known), alike=_ALIKE_FIELD)), "")


def _about_time(request: AcceptedRequest) -> Iterator[str]:
    time = request.time
    instant = instant_of(time)
    if instant != int(time) * 1000:
        yield MILLISECONDS.format(value=quoted(time), near=instant // 1000)
    if (
        abs(instant - request.now) > _HOUR
        and abs(instant - request.machine_now) > _HOUR
        and instant != DOCUMENTED_TIME * 1000
    ):
        yield FAR_FROM_NOW.format(value=quoted(time), near=request.now // 1000)


@lru_cache(maxsize=_MOST_REMEMBERED)
def _address_hint(name: str, text: str, going_live: bool) -> str:  # noqa: FBT001 - the key of a cache
    if not is_web_address(text):
        return NOT_AN_ADDRESS.format(name=name, value=quoted(text))
    place = urlsplit(text)
    if is_local_name(place.hostname or ""):
        return NOT_REACHABLE.format(name=name, value=quoted(text)) if going_live and name == "notify_url" else ""
    return NOT_HTTPS.format(name=name, value=quoted(text)) if place.scheme == "http" else ""


_PATTERNS: list[tuple[str, re.Pattern[str]]] = []


def parse_hint(hint: str) -> tuple[str, dict[str, str]]:
    """The template of a hint and its values, for a translation; a hint of another version is its own template."""
    if not _PATTERNS:
        for template in TEMPLATES:
            parts = re.split(r"\{(\w+)\}", template)
            pattern = "".join(f"(?P<{part}>.*)" if place % 2 else re.escape(part) for place, part in enumerate(parts))
            _PATTERNS.append((template, re.compile(pattern, re.DOTALL)))
    for template, compiled in _PATTERNS:
        if found := compiled.fullmatch(hint):
            return template, found.groupdict()
    return hint, {}
