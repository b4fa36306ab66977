"""JSON as PHP 8 parses it, and PHP's texts of its values.

The gateway signs PHP's text of each value, not the text in the body: `12.0` is signed as `12`, `1e-7` as `1.0E-7`. So
numbers keep both texts.
"""

from __future__ import annotations

import json
import re
from codecs import BOM_UTF8
from json import encoder
from json.encoder import encode_basestring
from typing import TYPE_CHECKING, Any, NamedTuple

from mockserver.evidence import Fact

if TYPE_CHECKING:
    from collections.abc import Callable

Value = Any
"""A str, Number, bool, None, or a list or dict of these; a value from a caller may also have an int or float."""

_DEEPEST = 512
_SAFE_LENGTH = 18  # integers of up to this many characters fit into 64 bits
_SMALLEST_INTEGER, _LARGEST_INTEGER = -(2**63), 2**63 - 1
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class NotJsonError(ValueError):
    """PHP's `json_decode` does not accept the text; the message says where and why."""


class Number(str):
    """A JSON number: the string is PHP's text of it, `source` its text in the body."""

    __slots__ = ("source",)
    source: str

    def __new__(cls, php_text: str, source: str) -> Number:
        number = str.__new__(cls, php_text)
        number.source = source
        return number


def _integer(source: str) -> Number:
    if len(source) > _SAFE_LENGTH and not _SMALLEST_INTEGER <= int(source[:40]) <= _LARGEST_INTEGER:
        return _float(source)
    number = str.__new__(Number, "0" if source == "-0" else source)  # fast, as a body may have 100,000 of them
    number.source = source
    return number


def _float(source: str) -> Number:
    return Number(float_text(float(source)), source)


def float_text(value: float) -> str:
    """PHP 8's text of a float: 14 significant digits, exponents as `1.0E-7` and `1.5E+25`."""
    text = f"{value:.14G}"
    if "E" not in text:
        return text
    mantissa, exponent = text.split("E")
    if "." not in mantissa:
        mantissa += ".0"
    return f"{mantissa}E{exponent[0]}{exponent[1:].lstrip('0')}"


def _no_constant(name: str) -> Number:
    raise NotJsonError(f"{name} is not valid JSON")


_DECODER = json.JSONDecoder(parse_float=_float, parse_int=_integer, parse_constant=_no_constant)
_scan: Callable[[str, int], tuple[Value, int]] = vars(_DECODER)["scan_once"]


def parse(body: bytes) -> Value:
    """Parse a JSON text; its numbers become `Number`.

    Raises:
        NotJsonError: the bytes are not UTF-8, not JSON, or nested deeper than PHP's 512 levels.
    """
    if body.startswith(BOM_UTF8):
        raise NotJsonError("it begins with a byte order mark")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NotJsonError(f"byte {error.start} is not UTF-8") from error
    try:
        value = _decoded(text)
        if len(text) > _DEEPEST and text.count("[") + text.count("{") > _DEEPEST:
            _check_depth(value)
        if "\\" in text and _SURROGATE.search(text):
            json_text(value).encode("utf-8")
    except json.JSONDecodeError as error:
        raise NotJsonError(f"{error.msg} at line {error.lineno} column {error.colno}") from error
    except RecursionError as error:
        raise NotJsonError(f"it is nested deeper than {_DEEPEST} levels") from error
    except UnicodeEncodeError as error:
        raise NotJsonError("a \\u escape is half of a surrogate pair") from error
    return value


def _decoded(text: str) -> Value:
    """The value of a JSON text, which nearly always has nothing around it; the decoder would look for spaces."""
    try:
        value, end = _scan(text, 0)
    except StopIteration:
        end = -1
    return value if end == len(text) else _DECODER.decode(text)


def _check_depth(value: Value) -> None:
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > _DEEPEST:
            raise RecursionError
        insides = [one.values() if type(one) is dict else one for one in level if type(one) in _CONTAINERS]
        level = [inner for inside in insides for inner in inside if type(inner) in _CONTAINERS]


_CONTAINERS = frozenset({dict, list})


def text_of(value: Value) -> str:
    """PHP's text of a value in a string to sign.

    True is `1`; false and null are empty; an object or array is its compact JSON text (assumed).
    """
    if isinstance(value, str):
        return value
    if value is True:
        return "1"
    if value is None or value is False:
        return ""
    if isinstance(value, float):
        return float_text(value)
    return json_text(value)


class _Written(NamedTuple):
    text: str


def _string_text(text: str) -> str:
    return text.source if type(text) is Number else encode_basestring(text)


# In CPython this is written in C; without it, a list of 100,000 members takes a second.
_make_encoder = getattr(encoder, "c_make_encoder", None)
_write = _make_encoder and _make_encoder(None, json.dumps, _string_text, None, ":", ",", False, False, True)


def json_text(value: Value) -> str:
    """Compact JSON with slashes and Unicode unescaped, numbers as in the body."""
    if _write is not None and isinstance(value, (dict, list)):
        try:
            return "".join(_write(value, 0))
        except RecursionError:
            pass  # the stack is already deep
    return _json_text_of_any_depth(value)


def _json_text_of_any_depth(value: Value) -> str:
    """Like `json_text`, but without recursion."""
    parts: list[str] = []
    waiting: list[Value | _Written] = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, _Written):
            parts.append(item.text)
        elif isinstance(item, (dict, list)):
            waiting += reversed(_opened(item))
        else:
            parts.append(_scalar_text(item))
    return "".join(parts)


def _opened(value: dict[str, Value] | list[Value]) -> list[Value | _Written]:
    """The members of an object or array, and the text between them."""
    is_object = isinstance(value, dict)
    opened: list[Value | _Written] = [_Written("{" if is_object else "[")]
    for number, member in enumerate(value):
        comma = "," if number else ""
        if isinstance(value, dict):
            opened += [_Written(f"{comma}{encode_basestring(member)}:"), value[member]]
        else:
            opened += [_Written(comma), member]
    return [*opened, _Written("}" if is_object else "]")]


def _scalar_text(value: Value) -> str:
    if isinstance(value, Number):
        return value.source
    return encode_basestring(value) if isinstance(value, str) else json.dumps(value)


def is_empty(value: Value) -> bool:
    """Whether PHP's `empty()` holds: `""`, `"0"`, zero, false, null, an empty array or object."""
    if isinstance(value, str):
        return value in {"", "0"} or (isinstance(value, Number) and value == "-0")
    return not value


EVIDENCE = (
    Fact(
        "numbers",
        "A JSON number is signed as PHP's text of it, floats with 14 digits.",
        "assumed",
        "1.5 shows 100.01 only; the gateway and its published clients are PHP",
    ),
    Fact(
        "nested values",
        "An object or array in `data` is signed as compact, unescaped JSON.",
        "assumed",
        "1.5 UNSEEN; the text a merchant most likely signs",
    ),
    Fact(
        "boolean and null",
        "true is signed as `1`, false and null as an empty text.",
        "assumed",
        "1.5 UNSEEN; PHP's conversion",
    ),
)
