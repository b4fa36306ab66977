"""Odd values for tests: what nobody should send, put at any place of what can be sent."""

from __future__ import annotations

import copy
import json
import re
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Iterator

Place = tuple[Any, ...]

RAW = {
    "<5,000 digits>": b"9" * 5000,
    "<an infinite number>": b"1e999",
    "<not a number>": b"NaN",
    "<half a surrogate pair>": b'"\\ud800"',
    "<no UTF-8>": b'"\xff"',
    "<nested 20,000 deep>": b"[" * 20_000 + b"]" * 20_000,
    "<nested 900 deep>": b"[" * 900 + b"]" * 900,
    "<half a megabyte>": b'"' + b"x" * 500_000 + b'"',
    "<100,000 items>": b"[" + b"1," * 99_999 + b"1]",
}
"""What stands for bytes that no JSON library writes."""

ODD: tuple[Any, ...] = (
    *RAW, None, True, False, 0, 1, -1, 7, 2**31, 10**9, 10**12, 2**53, 2**63 - 1, 2**63, 2**64, 10**18, 10**30, -(10**30),
    0.5, -0.0, 1e-310, 1e308, "", " ", "x", "0", "-1", "1e9", "\x00", "\u202e", ".", "..", "a/b", "a b", "٣", "²", "[", "[z-a]",
    "*" * 400, "real", "paid", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", "2024-02-30", "3650d", "99999d", "0ms",
    "999999999999.99", "-5.00", "http://[", "http://x:99999999/", "ftp://x", "{}", "[]", '{"fields": 1}',
    [], {}, [[]], [None], ["x", "x"], [1, 2, 3], {"x": 1}, {"": {}},
)  # fmt: skip
SEGMENTS = (
    "9" * 5000, "9" * 16, "9" * 15, "-1", "0", "1e9", "1.0", "²", "٣", "x", "\x00", "\u202e", "\ud800", "x" * 3000, "%", "a/b",
)  # fmt: skip
"""Odd segments of a path."""

REMOVED, TWICE = "<removed>", "<twice>"


def places(document: Any, place: Place = ()) -> Iterator[Place]:
    """Every place of a document."""
    yield place
    members = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    for name, value in members:
        yield from places(value, (*place, name))


def kinds_of_places(document: Any) -> dict[str, list[Place]]:
    """The places of a document, those of a list's items together."""
    kinds: dict[str, list[Place]] = {}
    for place in places(document):
        kinds.setdefault(re.sub(r"\d+", "*", json.dumps(place)), []).append(place)
    return kinds


def changed(document: Any, place: Place, value: Any) -> Any:
    """A document with another value at a place, or with what stands there removed or there twice."""
    if not place:
        return value
    changed = copy.deepcopy(document)
    outer = changed
    for name in place[:-1]:
        outer = outer[name]
    if value == REMOVED:
        del outer[place[-1]]
    elif value == TWICE and isinstance(outer, list):
        outer.append(copy.deepcopy(outer[place[-1]]))
    else:
        outer[place[-1]] = value
    return changed


def written(document: Any) -> bytes:
    """A document as JSON, with the bytes that nobody writes."""
    body = json.dumps(document).encode()
    for name, raw in RAW.items():
        body = body.replace(json.dumps(name).encode(), raw)
    return body


@st.composite
def spoilt(draw: st.DrawFn, document: Any) -> Any:
    """A document with one to three odd values in it."""
    for _ in range(draw(st.integers(1, 3))):
        kinds = kinds_of_places(document)
        place = draw(st.sampled_from(kinds[draw(st.sampled_from(sorted(kinds)))]))
        document = changed(document, place, draw(st.sampled_from((REMOVED, TWICE, *ODD))))
        if not isinstance(document, (dict, list)):
            break
    return document
