"""Two strings to sign, parameter by parameter: what is equal, missing, surplus, moved or changed, and how it changed.

Pure, and linear in the size of the strings: each is read up to `LONGEST`, in at most `MOST_PARAMETERS` parts.
"""

from __future__ import annotations

import html
import json
import re
import unicodedata
from bisect import bisect_left
from collections import defaultdict, deque
from decimal import Decimal
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote, unquote_plus

from mockserver.texts import message

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LONGEST = 64 * 1024
"""The characters of a string that are aligned; the rest is left out."""

MOST_PARAMETERS = 2000
"""The parts that a string is split into; the last one holds the rest, `&` included."""

_LONGEST_NUMBER = 40
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?")
_QUOTES = str.maketrans("", "", "\"'`\u2018\u2019\u201c\u201d")
_INVISIBLE = frozenset({"Cc", "Cf", "Zl", "Zp", "Zs"})


class Status(Enum):
    """What became of a parameter in the client's string."""

    EQUAL = "equal"
    MISSING = "missing"
    SURPLUS = "surplus"
    MOVED = "moved"
    CHANGED = "changed"


class Change(Enum):
    """What differs in the value of a changed parameter."""

    PERCENT = "percent encoding"
    PLUS = "plus for space"
    HTML = "HTML escapes"
    JSON = "JSON escapes"
    CHARSET = "character set"
    CASE = "case"
    NUMBER = "number format"
    SPACE = "white space"
    QUOTES = "quotes"
    CUT = "cut off"
    OTHER = "other"


SENTENCES: Mapping[Change, str] = MappingProxyType(
    {
        Change.PERCENT: message("One value is percent-encoded, the other is not."),
        Change.PLUS: message("One value has + where the other has a space."),
        Change.HTML: message("One value has HTML escapes, such as &amp;, the other does not."),
        Change.JSON: message("One value has JSON escapes, such as \\/ or \\u4e2d, the other does not."),
        Change.CHARSET: message("The values have the same bytes, read in different character sets."),
        Change.CASE: message("The values differ in upper and lower case."),
        Change.NUMBER: message("Both values are the same number in different formats."),
        Change.SPACE: message("The values differ in white space or invisible characters."),
        Change.QUOTES: message("The values differ in quotation marks."),
        Change.CUT: message("One value is the beginning of the other: it is cut off."),
        Change.OTHER: message("The values are different."),
    }
)


class Row(NamedTuple):
    """A parameter of either string, as `name=value`; None where the string does not have it."""

    status: Status
    expected: str | None
    sent: str | None
    change: Change | None = None


class Alignment(NamedTuple):
    """The rows in the order of the expected string, then what only the client has, in its order.

    `is_whole` is false if a string was longer than `LONGEST`.
    """

    rows: tuple[Row, ...]
    is_whole: bool

    @property
    def is_equal(self) -> bool:
        """Whether both strings are equal."""
        return self.is_whole and all(row.status is Status.EQUAL for row in self.rows)


def split(text: str) -> list[str]:
    """The parts between `&`; joined by `&` they give the text back. An empty text has one empty part."""
    return text.split("&", MOST_PARAMETERS - 1)


def align(expected: str, sent: str) -> Alignment:
    """Align the string that the client signed with the expected one."""
    ours, theirs = split(expected[:LONGEST]), split(sent[:LONGEST])
    partner = _partners(ours, theirs)
    stays = _in_order(partner)
    rows = [_row(part, at, partner, theirs, stays) for at, part in enumerate(ours)]
    paired = set(partner.values())
    rows += [Row(Status.SURPLUS, None, part) for at, part in enumerate(theirs) if at not in paired]
    return Alignment(tuple(rows), max(len(expected), len(sent)) <= LONGEST)


def _row(part: str, at: int, partner: Mapping[int, int], theirs: list[str], stays: frozenset[int]) -> Row:
    if at not in partner:
        return Row(Status.MISSING, part, None)
    other = theirs[partner[at]]
    if part != other:
        return Row(Status.CHANGED, part, other, change_between(part.partition("=")[2], other.partition("=")[2]))
    return Row(Status.EQUAL if at in stays else Status.MOVED, part, other)


def _partners(ours: list[str], theirs: list[str]) -> dict[int, int]:
    """For each of our parts the client's: an equal one if there is one, else one of the same name."""
    partner: dict[int, int] = {}
    for key in (str, _name):
        waiting: defaultdict[str, deque[int]] = defaultdict(deque)
        taken = set(partner.values())
        for at, part in enumerate(theirs):
            if at not in taken:
                waiting[key(part)].append(at)
        for at, part in enumerate(ours):
            if at not in partner and waiting[key(part)]:
                partner[at] = waiting[key(part)].popleft()
    return partner


def _name(part: str) -> str:
    return part.partition("=")[0]


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


def change_between(expected: str, sent: str) -> Change:
    """What differs between two values that are not equal: the first kind that explains all of it."""
    for change, undo in _UNDONE:
        if undo(expected) == sent or undo(sent) == expected:
            return change
    for change, plain in _PLAIN:
        if plain(expected) == plain(sent):
            return change
    shorter, longer = sorted((expected, sent), key=len)
    return Change.CUT if longer.startswith(shorter) else Change.OTHER


def _unescaped(text: str) -> str:
    try:
        return str(json.loads(f'"{text}"'))
    except (ValueError, RecursionError):
        return text


def _misread(text: str) -> str:
    try:
        return text.encode("utf-8").decode("latin-1")
    except UnicodeError:
        return text


def _misread_gbk(text: str) -> str:
    return text.encode("utf-8", "replace").decode("gbk", "replace")


def _number(text: str) -> str | Decimal:
    """The exact number that a text is, such as `1.50`, `+1.5` or `15e-1`; another text as it is."""
    if len(text) > _LONGEST_NUMBER or not text.isascii() or not _NUMBER.fullmatch(text):
        return text
    return Decimal(text)


def _visible(text: str) -> str:
    return "".join([one for one in text if unicodedata.category(one) not in _INVISIBLE])


_UNDONE: tuple[tuple[Change, Callable[[str], str]], ...] = (
    (Change.PLUS, lambda text: text.replace("+", " ")),
    (Change.PERCENT, unquote),
    (Change.PERCENT, unquote_plus),
    (Change.HTML, html.unescape),
    (Change.JSON, _unescaped),
    (Change.CHARSET, _misread),
    (Change.CHARSET, _misread_gbk),
)
_PLAIN: tuple[tuple[Change, Callable[[str], str | Decimal]], ...] = (
    (Change.CASE, str.casefold),
    (Change.NUMBER, _number),
    (Change.SPACE, _visible),
    (Change.QUOTES, lambda text: text.translate(_QUOTES)),
)
