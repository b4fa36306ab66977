"""Two strings to sign, parameter by parameter: what is equal, missing, surplus, moved or changed, and how it changed.

Pure, and linear in the size of the strings: each is read up to `LONGEST`, in at most `MOST_PARAMETERS` parts. The parts
of the expected string are known; those of the client's are found by their names, as a value may hold an `&` too.
"""

from __future__ import annotations

import base64
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
    from collections.abc import Callable, Hashable, Mapping, Sequence

LONGEST = 64 * 1024
"""The characters of a string that are aligned; the rest is left out."""

MOST_PARAMETERS = 2000
"""The parts that a string is split into; the last one holds the rest, `&` included."""

SEPARATORS = ("&", "", ",", ", ", ";", "; ", "|", "\n", "\r\n", " ", "&&", " & ", "&amp;", "%26", "\\u0026")
"""What clients put between parameters; the first one is right."""

_LONGEST_NUMBER = 40
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?")
_PLAIN_NUMBER = re.compile(r"\d+(\.\d+)?")
_NAMED = re.compile(r"[A-Za-z_][\w.\[\]-]*=")
_WORDS = (
    frozenset({"1", "true", "True", "TRUE", "yes"}),
    frozenset({"", "null", "None", "nil", "NULL", "undefined", "false", "False", "FALSE"}),
)
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
    BASE64 = "base64"
    CHARSET = "character set"
    CASE = "case"
    NUMBER = "number format"
    SPACE = "white space"
    UNICODE = "Unicode form"
    QUOTES = "quotes"
    SAME_JSON = "JSON written differently"
    WORD = "word for a value"
    SCALE = "unit"
    NAME = "name"
    CUT = "cut off"
    OTHER = "other"


SENTENCES: Mapping[Change, str] = MappingProxyType(
    {
        Change.PERCENT: message("One value is percent-encoded, the other is not."),
        Change.PLUS: message("One value has + where the other has a space."),
        Change.HTML: message("One value has HTML escapes, such as &amp;, the other does not."),
        Change.JSON: message("One value has JSON escapes, such as \\/ or \\u4e2d, the other does not."),
        Change.BASE64: message("One value is base64 of the other."),
        Change.CHARSET: message("The values have the same bytes, read in different character sets."),
        Change.CASE: message("The values differ in upper and lower case."),
        Change.NUMBER: message("Both values are the same number in different formats."),
        Change.SPACE: message("The values differ in white space or invisible characters."),
        Change.UNICODE: message("The values look alike, and have different characters: another Unicode form or width."),
        Change.QUOTES: message("The values differ in quotation marks."),
        Change.SAME_JSON: message("Both values are the same JSON, with another order of keys, spaces or escapes."),
        Change.WORD: message("One value is a word such as true or null, the other is what PHP makes of it."),
        Change.SCALE: message("Both values have the same digits in different units, such as cents or milliseconds."),
        Change.NAME: message("The name differs, or what stands between it and the value."),
        Change.CUT: message("One value is a part of the other: something was cut off or added."),
        Change.OTHER: message("The values are different."),
    }
)


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

    `is_whole` is false if a string was longer than `LONGEST`. `separator` stands between the client's parameters.
    """

    rows: tuple[Row, ...]
    is_whole: bool
    separator: str = "&"

    @property
    def is_equal(self) -> bool:
        """Whether both strings are equal."""
        is_right = self.is_whole and self.separator == "&"
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
    separator = _separator(ours, cut)
    theirs = _client_parts(ours, cut) if separator == "&" else _parts_at(cut, separator, list(map(_name, ours)))
    partner = _partners(ours, theirs)
    stays = _in_order(partner)
    rows = [_row(at, ours, partner, theirs, stays) for at in range(len(ours))]
    paired = set(partner.values())
    rows += [Row(Status.SURPLUS, None, part, None, (0, at + 1)) for at, part in enumerate(theirs) if at not in paired]
    return Alignment(tuple(rows), max(len(text), len(sent)) <= LONGEST, separator)


def _separator(ours: Sequence[str], sent: str) -> str:
    """What the client put between the parameters, judged by what stands before their names."""
    names = [name for name in map(_name, ours) if name][:_MOST_JUDGED]
    counts = {one: sum(f"{one}{name}=" in sent for name in names) for one in SEPARATORS}
    counts[""] -= sum(sent.startswith(f"{name}=") for name in names)
    least = max(1, len(names) // 2, counts["&"] if counts["&&"] < counts["&"] else 0)
    likely = sorted((one for one in SEPARATORS if counts[one] >= least), key=lambda one: (-counts[one], -len(one)))
    return "&" if not likely or ("&" in likely and "&&" not in likely) else likely[0]


_MOST_JUDGED = 50


def _parts_at(text: str, separator: str, names: Sequence[str]) -> list[str]:
    """The parts of a string in which a separator stands before known names."""
    known = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    before = re.escape(separator) or "(?<=.)"
    return re.split(f"(?s){before}(?=(?:{known})=)", text, maxsplit=MOST_PARAMETERS - 1)


def _client_parts(ours: Sequence[str], sent: str) -> list[str]:
    """The parts of the client's string: what stands after an `&` of a value belongs to that value."""
    values = {_name(part): part for part in ours if "&" in part}
    fragments = split(sent)
    parts: list[str] = []
    inner: list[str] = []  # the names inside the present value
    whole = 0  # the number of fragments that the present value still has, if it is equal to ours
    for fragment in fragments:
        name = _name(fragment)
        if whole or (parts and (name in inner or (name.startswith("amp;") and not _NAMED.match(fragment)))):
            parts[-1] += f"&{fragment}"
            whole -= bool(whole)
            if name in inner:
                inner = inner[inner.index(name) + 1 :]
            continue
        parts.append(fragment)
        ours_of_name = values.get(name, "")
        rest = ours_of_name.split("&")[1:]
        inner = [_name(one) for one in rest]
        at = len(parts) - 1 + sum(part.count("&") for part in parts[:-1])
        whole = len(rest) if rest and fragments[at : at + len(rest) + 1] == ours_of_name.split("&") else 0
    return parts


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


def change_between(expected: str, sent: str) -> Change:
    """What differs between two values that are not equal: the first kind that explains all of it."""
    for change, undo in _UNDONE:
        if undo(expected) == sent or undo(sent) == expected:
            return change
    for change, plain in _PLAIN:
        if plain(expected) == plain(sent):
            return change
    if any(expected in words and sent in words for words in _WORDS):
        return Change.WORD
    if _digits(expected) == _digits(sent):
        return Change.SCALE
    shorter, longer = sorted((expected, sent), key=len)
    return Change.CUT if shorter in longer else Change.OTHER


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


def _digits(text: str) -> str:
    """The digits of a number without the zeros around them, which are the same in every unit; another text as it is."""
    if len(text) > _LONGEST_NUMBER or not text.isascii() or not _PLAIN_NUMBER.fullmatch(text):
        return text
    return text.replace(".", "").strip("0") or text


def _same_json(text: str) -> str:
    """The JSON that an object or an array is, with its keys sorted; another text as it is."""
    if text[:1] not in {"{", "["}:
        return text
    try:
        return json.dumps(json.loads(text), sort_keys=True)
    except (ValueError, RecursionError):
        return text


def _visible(text: str) -> str:
    return "".join([one for one in text if unicodedata.category(one) not in _INVISIBLE])


_UNDONE: tuple[tuple[Change, Callable[[str], str]], ...] = (
    (Change.PLUS, lambda text: text.replace("+", " ")),
    (Change.PERCENT, unquote),
    (Change.PERCENT, unquote_plus),
    (Change.PERCENT, lambda text: unquote(unquote(text))),
    (Change.HTML, html.unescape),
    (Change.JSON, _unescaped),
    (Change.BASE64, lambda text: base64.b64encode(text.encode("utf-8", "replace")).decode()),
    (Change.CHARSET, _misread),
    (Change.CHARSET, _misread_gbk),
)
_PLAIN: tuple[tuple[Change, Callable[[str], str | Decimal]], ...] = (
    (Change.CASE, str.casefold),
    (Change.NUMBER, _number),
    (Change.SPACE, _visible),
    (Change.UNICODE, lambda text: unicodedata.normalize("NFKC", text)),
    (Change.QUOTES, lambda text: text.translate(_QUOTES)),
    (Change.SAME_JSON, _same_json),
)
