"""How two values of a parameter differ that should be equal: the kinds of change, and how each is recognized."""

from __future__ import annotations

import base64
import html
import json
import re
import unicodedata
from decimal import Decimal
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import unquote, unquote_plus

from mockserver.texts import message

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_LONGEST_NUMBER = 40
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?")
_PLAIN_NUMBER = re.compile(r"\d+(\.\d+)?")
_WORDS = (
    frozenset({"1", "true", "True", "TRUE", "yes"}),
    frozenset({"", "null", "None", "nil", "NULL", "undefined", "false", "False", "FALSE"}),
)
_QUOTES = str.maketrans("", "", "\"'`\u2018\u2019\u201c\u201d")
_INVISIBLE = frozenset({"Cc", "Cf", "Zl", "Zp", "Zs"})


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


def _readable_number(text: str) -> str | Decimal:
    """The number that a text is to a reader, such as `24,90` with a no-break space; another text as it is."""
    number = _number(_visible(text).replace(",", ".")) if len(text) <= _LONGEST_NUMBER else text
    return number if isinstance(number, Decimal) else text


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
    (Change.NUMBER, _readable_number),
    (Change.UNICODE, lambda text: unicodedata.normalize("NFKC", text)),
    (Change.QUOTES, lambda text: text.translate(_QUOTES)),
    (Change.SAME_JSON, _same_json),
)
