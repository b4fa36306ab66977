"""Two strings to sign, parameter by parameter: what is equal, missing, surplus, moved or changed, and how it changed.

Pure, and linear in the size of the strings: each is read up to `LONGEST`, in at most `MOST_PARAMETERS` parts. The parts
of the expected string are known; those of the client's are found by their names, as a value may hold an `&` too.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict, deque
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from mockserver.explain.changes import Change, change_between

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence

LONGEST = 64 * 1024
"""The characters of a string that are aligned; the rest is left out."""

MOST_PARAMETERS = 2000
"""The parts that a string is split into; the last one holds the rest, `&` included."""

SEPARATORS = ("&", "", ",", ", ", ";", "; ", "|", "\n", "\r\n", " ", "&&", "& ", " & ", "&\n", "&\r\n", "&amp;", "%26",
              "\\u0026")  # fmt: skip
"""What clients put between parameters; the first one is right."""

EQUALS = ("=", ":", ": ", " = ", "=>", " => ", "%3D", "\\u003d")
"""What clients put between a name and its value; the first one is right."""

_NAMED = re.compile(r"[A-Za-z_][\w.\[\]-]*=")
_INNER = re.compile(r"[?&]([^=&?]+)=")


class Status(Enum):
    """What became of a parameter in the client's string."""

    EQUAL = "equal"
    MISSING = "missing"
    SURPLUS = "surplus"
    MOVED = "moved"
    CHANGED = "changed"


class Row(NamedTuple):
    """A parameter of either string, as `name=value`; None where the string does not have it.

    `places` are its places in both strings, counted from 1; 0 where the string does not have it.
    """

    status: Status
    expected: str | None
    sent: str | None
    change: Change | None = None
    places: tuple[int, int] = (0, 0)
    is_moved: bool = False


class Alignment(NamedTuple):
    """The rows in the order of the expected string, then what only the client has, in its order.

    `is_whole` is false if a string was longer than `LONGEST`. `separator` stands between the client's parameters, and
    `equals` between their names and values; in the rows it is replaced by the right one.
    """

    rows: tuple[Row, ...]
    is_whole: bool
    separator: str = "&"
    equals: str = "="

    @property
    def is_equal(self) -> bool:
        """Whether both strings are equal."""
        is_right = self.is_whole and (self.separator, self.equals) == ("&", "=")
        return is_right and all(row.status is Status.EQUAL for row in self.rows)


def split(text: str) -> list[str]:
    """The parts between `&`; joined by `&` they give the text back. An empty text has one empty part."""
    return text.split("&", MOST_PARAMETERS - 1)


def parts_by_names(text: str, names: Sequence[str]) -> list[str]:
    """The parts of a string whose parameters have these names, in this order; split at each `&` if it has others."""
    starts, at = [0], 0
    for name in names[1:]:
        at = text.find(f"&{name}=", at)
        if at < 0:
            return split(text)
        at += 1
        starts.append(at)
    if not names or not text.startswith(f"{names[0]}=") or len(names) > MOST_PARAMETERS:
        return split(text)
    return [text[start : end - 1] for start, end in zip(starts, [*starts[1:], len(text) + 1], strict=True)]


def align(expected: Sequence[str], sent: str) -> Alignment:
    """Align the string that the client signed with the parts of the expected one."""
    text, cut = "&".join(expected), sent[:LONGEST]
    ours = list(expected) if len(text) <= LONGEST and len(expected) <= MOST_PARAMETERS else split(text[:LONGEST])
    separator, equals = _joints(ours, cut)
    if (separator, equals) == ("&", "="):
        theirs = _client_parts(ours, cut)
    else:
        theirs = _parts_at(cut, separator, equals, list(map(_name, ours)))
    partner = _partners(ours, theirs)
    stays = _in_order(partner)
    rows = [_row(at, ours, partner, theirs, stays) for at in range(len(ours))]
    paired = set(partner.values())
    rows += [Row(Status.SURPLUS, None, part, None, (0, at + 1)) for at, part in enumerate(theirs) if at not in paired]
    return Alignment(tuple(rows), max(len(text), len(sent)) <= LONGEST, separator, equals)


def _joints(ours: Sequence[str], sent: str) -> tuple[str, str]:
    """What the client put between parameters, and between names and values, judged by what stands around the names."""
    names = [name for name in map(_name, ours) if name][:_MOST_JUDGED]
    if "&".join(ours) == sent or not names:
        return "&", "="
    present = {equals: [name for name in names if f"{name}{equals}" in sent] for equals in EQUALS}
    counts = {
        (separator, equals): sum(f"{separator}{name}{equals}" in sent for name in named)
        - (not separator) * sum(sent.startswith(f"{name}{equals}") for name in named)
        for equals, named in present.items()
        for separator in SEPARATORS
    }
    least, right = max(1, len(names) // 2), ("&", "=")
    found = max(counts, key=lambda one: (counts[one], one[0] == "&", len(one[0]) + len(one[1])))
    if counts[right] >= least and found[0] == "":  # more names in values than before them
        found = right
    longer = [one for one in counts if counts[one] == counts[found] and one[0].endswith("&") and len(one[0]) > 1]
    if counts[found] >= least:
        return longer[0] if found[0] == "&" and longer else found
    values = {value for value in map(_value, ours) if value}
    for separator in SEPARATORS[2:] if len(ours) > _FEW else ():
        if sum(part in values for part in sent.split(separator)[:MOST_PARAMETERS]) > len(ours) // 2:
            return separator, "="
    return "&", "="


_FEW = 2
_MOST_JUDGED = 20


def _parts_at(text: str, separator: str, equals: str, names: Sequence[str]) -> list[str]:
    """The parts of a string in which a separator stands before known names, or between values without names."""
    known = "|".join(map(re.escape, sorted(filter(None, names), key=len, reverse=True)))
    before = re.escape(separator) or "(?<=.)"
    parts = re.split(f"(?s){before}(?=(?:{known}){re.escape(equals)})", text, maxsplit=MOST_PARAMETERS - 1)
    if len(parts) == 1 and separator:
        return text.split(separator, MOST_PARAMETERS - 1)
    return [part.replace(equals, "=", 1) for part in parts] if equals != "=" else parts


def _client_parts(ours: Sequence[str], sent: str) -> list[str]:
    """The parts of the client's string: what stands after an `&` of a value belongs to that value.

    Where ours has a value with an `&`, as many parts are taken for the rest of the client's value, if they have a name
    that is inside our value, or no name of a parameter at all.
    """
    values = {_letters_of_name(part): part for part in ours if "&" in part and _letters_of_name(part)}
    fragments, parts = split(sent), list[str]()
    at = 0
    while at < len(fragments):
        part, end = values.get(_letters_of_name(fragments[at]), ""), at + 1
        inner, last = _INNER.findall(part), min(len(fragments), at + part.count("&") + 1)
        while end < last and _is_inside(fragments[end], inner):
            end += 1
        parts.append("&".join(fragments[at:end]))
        at = end
    return parts


def _is_inside(fragment: str, inner: list[str]) -> bool:
    return _name(fragment).removeprefix("amp;") in inner or not _NAMED.match(fragment)


def _row(at: int, ours: Sequence[str], partner: Mapping[int, int], theirs: list[str], stays: frozenset[int]) -> Row:
    part = ours[at]
    if at not in partner:
        return Row(Status.MISSING, part, None, None, (at + 1, 0))
    other, places, is_moved = theirs[partner[at]], (at + 1, partner[at] + 1), at not in stays
    if part != other:
        return Row(Status.CHANGED, part, other, _change_of(part, other), places, is_moved)
    return Row(Status.MOVED if is_moved else Status.EQUAL, part, other, None, places, is_moved)


def _change_of(part: str, other: str) -> Change:
    if _name(part) == _name(other) and ("=" in part) == ("=" in other):
        return change_between(part.partition("=")[2], other.partition("=")[2])
    change = change_between(part, other)
    return Change.NAME if change in {Change.OTHER, Change.CUT} else change


def _partners(ours: Sequence[str], theirs: list[str]) -> dict[int, int]:
    """For each of our parts the client's: an equal one, else one of the same name, of a similar one, of its value."""
    partner: dict[int, int] = {}
    keys: tuple[Callable[[str], str], ...] = (str, _name, _letters_of_name, _letters, _value)
    for key in keys:
        waiting: defaultdict[Hashable, deque[int]] = defaultdict(deque)
        taken = set(partner.values())
        for at, part in enumerate(theirs):
            if at not in taken and (key(part) or key in keys[:2]):
                waiting[key(part)].append(at)
        for at, part in enumerate(ours):
            if at not in partner and waiting[key(part)]:
                partner[at] = waiting[key(part)].popleft()
    return partner


def _name(part: str) -> str:
    return part.partition("=")[0]


def _value(part: str) -> str:
    """The value of a part that has one: what stands behind the first `=`, or all of it."""
    name, separator, value = part.partition("=")
    return value if separator else name


def _letters(text: str) -> str:
    return "".join([one for one in text.casefold() if one.isalnum()])


def _letters_of_name(part: str) -> str:
    return _letters(_name(part))


def _in_order(partner: Mapping[int, int]) -> frozenset[int]:
    """Those of our parts that need not move: a longest run of partners that increases."""
    ends: list[int] = []  # the smallest end of a run of each length
    owners: list[int] = []
    before: dict[int, int | None] = {}
    for at in sorted(partner):
        place = bisect_left(ends, partner[at])
        before[at] = owners[place - 1] if place else None
        ends[place : place + 1], owners[place : place + 1] = [partner[at]], [at]
    stays: set[int] = set()
    last = owners[-1] if owners else None
    while last is not None:
        stays.add(last)
        last = before[last]
    return frozenset(stays)
