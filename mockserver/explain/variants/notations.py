"""Values as other languages write them, where a client signs what its language made of an object or a list."""

from __future__ import annotations

from json.encoder import encode_basestring, encode_basestring_ascii
from typing import TYPE_CHECKING, NamedTuple

from mockserver.explain.variants.line import Parameters, is_shallow
from mockserver.signing.php import NotJsonError, Number, Value, parse

if TYPE_CHECKING:
    from collections.abc import Callable


_NOT_IN_HTML = str.maketrans({letter: f"\\u{ord(letter):04x}" for letter in "<>&\u2028\u2029"})
_NOT_IN_GSON = {**_NOT_IN_HTML, ord("="): "\\u003d", ord("'"): "\\u0027"}


def _as_go(text: str) -> str:
    return encode_basestring(text).translate(_NOT_IN_HTML)


def _as_gson(text: str) -> str:
    return encode_basestring(text).translate(_NOT_IN_GSON)


def _escaped_slashes(text: str) -> str:
    return encode_basestring(text).replace("/", "\\/")


def _all_escaped(text: str) -> str:
    return encode_basestring_ascii(text).replace("/", "\\/")


_ESCAPING = {_escaped_slashes, _all_escaped, encode_basestring_ascii}


class Notation(NamedTuple):
    """How a language or an encoder writes nested values."""

    name: str
    text: Callable[[str], str] = encode_basestring
    comma: str = ","
    colon: str = ":"
    brackets: tuple[str, str, str, str] = ("{", "}", "[", "]")
    literals: tuple[str, str, str] = ("true", "false", "null")
    is_sorted: bool = False

    def escapes(self, compact: str) -> tuple[str, ...]:
        """The mistakes that it is to escape as this notation does, where compact JSON is signed otherwise."""
        slashes = self.text in {_escaped_slashes, _all_escaped} and "/" in compact
        letters = self.text in {encode_basestring_ascii, _all_escaped} and not compact.isascii()
        return ("slashes escaped",) * slashes + ("non-ASCII escaped",) * letters

    def unescaped(self) -> Notation:
        """The same notation with the escapes of compact JSON."""
        return self._replace(text=encode_basestring) if self.text in _ESCAPING else self


COMPACT = Notation("compact JSON")
SPACED = Notation("JSON with spaces", comma=", ", colon=": ")
JSON = (
    COMPACT,
    Notation("JSON as json.dumps writes it", encode_basestring_ascii, ", ", ": "),
    SPACED,
    Notation("JSON as json_encode writes it", _all_escaped),
    Notation("JSON with escaped slashes", _escaped_slashes),
    Notation("compact JSON with escaped Unicode", encode_basestring_ascii),
    Notation("compact JSON, sorted", is_sorted=True),
    Notation("JSON with spaces, sorted", comma=", ", colon=": ", is_sorted=True),
    Notation("JSON as json.dumps writes it, sorted", encode_basestring_ascii, ", ", ": ", is_sorted=True),
    Notation("JSON as json_encode writes it, sorted", _all_escaped, is_sorted=True),
    Notation("JSON with escaped slashes, sorted", _escaped_slashes, is_sorted=True),
    Notation("compact JSON with escaped Unicode, sorted", encode_basestring_ascii, is_sorted=True),
    Notation("JSON as Gson writes it", _as_gson),
    Notation("JSON as Go writes it", _as_go, is_sorted=True),
    Notation("JSON as Go writes it, unsorted", _as_go),
    Notation("JSON with a space after colons", colon=": "),
)
LANGUAGES = (
    Notation("Python's text", repr, ", ", ": ", literals=("True", "False", "None")),
    Notation("Java's text", str, ", ", "="),
    Notation("Ruby's text", encode_basestring, ", ", " => ", literals=("true", "false", "nil")),
    Notation("older Ruby's text", encode_basestring, ", ", "=>", literals=("true", "false", "nil")),
    Notation("Go's text", str, " ", ":", ("map[", "]", "[", "]"), ("true", "false", "<nil>"), is_sorted=True),
)


def write(value: Value, notation: Notation) -> str:
    """A value in a notation, numbers as they stood in the body; not for values of any depth."""
    if isinstance(value, Number):
        return value.source
    if isinstance(value, str):
        return notation.text(value)
    opening, closing, list_opening, list_closing = notation.brackets
    if isinstance(value, dict):
        names = sorted(value) if notation.is_sorted else value
        text, colon = notation.text, notation.colon
        members = [
            f"{text(name)}{colon}{text(one) if type(one := value[name]) is str else write(one, notation)}"
            for name in names
        ]
        return f"{opening}{notation.comma.join(members)}{closing}"
    if isinstance(value, list):
        return f"{list_opening}{notation.comma.join([write(one, notation) for one in value])}{list_closing}"
    true, false, null = notation.literals
    return null if value is None else true if value is True else false if value is False else str(value)


class Once:
    """A way to write a value that remembers what it wrote last, as the same value is written for several mistakes."""

    def __init__(self, write_value: Callable[[Value], str]) -> None:
        """Remember nothing yet."""
        self._write = write_value
        self._value: Value = None
        self._text = ""

    def __call__(self, value: Value) -> str:
        """Write a value."""
        if value is not self._value:
            self._value, self._text = value, self._write(value)
        return self._text


def as_javascript(value: Value) -> str:
    """What JavaScript makes of a value that is joined to a text."""
    if isinstance(value, list):
        return ",".join(["" if one is None else as_javascript(one) for one in value])
    return "[object Object]" if isinstance(value, dict) else write(value, Notation("", str))


def as_php(_value: Value) -> str:
    """What PHP makes of an array that is joined to a text."""
    return "Array"


MEMBERS = (("[{}]", "[{}]"), ("%5B{}%5D", "%5B{}%5D"), (".{}", "[{}]"), (".{}", ".{}"))
"""How the name of a member is written after the name of the object that holds it, or of the list."""


def flattened(parameters: Parameters, members: tuple[str, str]) -> Parameters:
    """Each member of a nested value as a parameter, as http_build_query and the like do."""
    flat: Parameters = {}
    waiting = list(parameters.items())[::-1]
    while waiting:
        name, value = waiting.pop()
        if isinstance(value, dict):
            waiting += [(name + members[0].format(inner), value[inner]) for inner in value][::-1]
        elif isinstance(value, list):
            waiting += [(name + members[1].format(number), one) for number, one in enumerate(value)][::-1]
        else:
            flat[name] = value
    return flat


def opened(value: Value) -> Value:
    """An object or list that can be written, also one that a text holds as JSON; None for anything else."""
    if isinstance(value, str) and value[:1] in {"{", "["}:
        try:
            value = parse(value.encode("utf-8", "replace"))
        except NotJsonError:
            return None
    return value if isinstance(value, (dict, list)) and is_shallow(value) else None
