"""How languages write values, which clients sign in place of PHP's texts: numbers, words, objects and lists."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from json.encoder import encode_basestring, encode_basestring_ascii
from typing import TYPE_CHECKING, NamedTuple

from mockserver.explain.variants.model import Message, Parameters, is_shallow
from mockserver.signing.php import NotJsonError, Number, Value, float_text, parse, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_NOT_IN_HTML = str.maketrans({letter: f"\\u{ord(letter):04x}" for letter in "<>&\u2028\u2029"})
_NOT_IN_GSON = {**_NOT_IN_HTML, ord("="): "\\u003d", ord("'"): "\\u0027"}
_NAME = re.compile("[A-Za-z_$][A-Za-z0-9_$]*")


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
    """How a language or an encoder writes nested values; with an indent each member has a line."""

    name: str
    text: Callable[[str], str] = encode_basestring
    comma: str = ","
    colon: str = ":"
    brackets: tuple[str, str, str, str] = ("{", "}", "[", "]")
    literals: tuple[str, str, str] = ("true", "false", "null")
    is_sorted: bool = False
    indent: int = 0

    def escapes(self, compact: str) -> tuple[str, ...]:
        """The mistakes that it is to escape as this notation does, where compact JSON is signed otherwise."""
        slashes = self.text in {_escaped_slashes, _all_escaped} and "/" in compact
        letters = self.text in {encode_basestring_ascii, _all_escaped} and not compact.isascii()
        return ("slashes escaped",) * slashes + ("non-ASCII escaped",) * letters

    def unescaped(self) -> Notation:
        """The same notation with the escapes of compact JSON."""
        return self._replace(text=encode_basestring) if self.text in _ESCAPING else self

    def write(self, value: Value, depth: int = 1) -> str:
        """A value in this notation, numbers as they stand in the body; only for a value that `is_shallow`."""
        text = self.text
        if isinstance(value, Number):
            return value.source
        if isinstance(value, str):
            return text(value)
        if not isinstance(value, (dict, list)):
            true, false, null = self.literals
            return null if value is None else true if value is True else false if value is False else str(value)
        if isinstance(value, dict):
            colon = self.colon
            members = [
                f"{text(name)}{colon}{text(one) if type(one := value[name]) is str else self.write(one, depth + 1)}"
                for name in (sorted(value) if self.is_sorted else value)
            ]
        else:
            members = [self.write(one, depth + 1) for one in value]
        opening, closing = self.brackets[:2] if isinstance(value, dict) else self.brackets[2:]
        comma = self.comma
        if self.indent and members:
            line = "\n" + " " * self.indent * depth
            opening, comma, closing = opening + line, comma + line, line[: -self.indent] + closing
        return f"{opening}{comma.join(members)}{closing}"


COMPACT = Notation("compact JSON")
_JSON_OF_ENCODERS = (
    COMPACT,
    Notation("JSON as json.dumps writes it", encode_basestring_ascii, ", ", ": "),
    Notation("JSON with spaces", comma=", ", colon=": "),
    Notation("JSON as json_encode writes it", _all_escaped),
    Notation("JSON with escaped slashes", _escaped_slashes),
    Notation("compact JSON with escaped Unicode", encode_basestring_ascii),
)
JSON = (
    *_JSON_OF_ENCODERS,
    *[notation._replace(name=f"{notation.name}, sorted", is_sorted=True) for notation in _JSON_OF_ENCODERS],
    Notation("JSON as Gson writes it", _as_gson),
    Notation("JSON as Go writes it", _as_go, is_sorted=True),
    Notation("JSON as Go writes it, unsorted", _as_go),
    Notation("JSON with a space after colons", colon=": "),
)
PYTHON = Notation("Python's text", repr, ", ", ": ", literals=("True", "False", "None"))
JAVA = Notation("Java's text", str, ", ", "=")
RUBY = Notation("Ruby's text", encode_basestring, ", ", " => ", literals=("true", "false", "nil"))
GO = Notation("Go's text", str, " ", ":", ("map[", "]", "[", "]"), ("true", "false", "<nil>"), is_sorted=True)
NOTATIONS = (PYTHON, JAVA, RUBY, RUBY._replace(name="older Ruby's text", colon="=>"), GO)
_INDENTED = (
    Notation("JSON indented by two", colon=": ", indent=2),
    Notation("JSON indented by four", colon=": ", indent=4),
    Notation("JSON indented by two, as json.dumps writes it", encode_basestring_ascii, colon=": ", indent=2),
    Notation("JSON indented by four, as json.dumps writes it", encode_basestring_ascii, colon=": ", indent=4),
    Notation("JSON indented by four, as json_encode writes it", _all_escaped, colon=": ", indent=4),
)


def as_javascript(value: Value) -> str:
    """What JavaScript makes of a value that is joined to a text."""
    if isinstance(value, list):
        return ",".join(["" if one is None else as_javascript(one) for one in value])
    return "[object Object]" if isinstance(value, dict) else JAVA.write(value)


def as_php(_value: Value) -> str:
    """What PHP makes of an array that is joined to a text."""
    return "Array"


def _members(value: dict[str, Value] | list[Value]) -> Iterable[tuple[str | int, Value]]:
    return value.items() if isinstance(value, dict) else enumerate(value)


def print_r(value: Value, depth: int = 0) -> str:
    """What PHP's print_r returns."""
    if not isinstance(value, (dict, list)):
        return text_of(value)
    margin = " " * 8 * depth
    members = [f"{margin}    [{name}] => {print_r(member, depth + 1)}\n" for name, member in _members(value)]
    return f"Array\n{margin}(\n{''.join(members)}{margin})\n"


def _single_quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


_PHP_LITERALS = Notation("", _single_quoted, literals=("true", "false", "NULL"))
_NODE_LITERALS = Notation("", _single_quoted)


def var_export(value: Value, depth: int = 0) -> str:
    """What PHP's var_export returns."""
    if not isinstance(value, (dict, list)):
        return _PHP_LITERALS.write(value)
    margin = "  " * depth
    members = []
    for name, member in _members(value):
        line = f"\n{margin}  " if isinstance(member, (dict, list)) else ""
        key = _single_quoted(name) if isinstance(name, str) else str(name)
        members.append(f"{margin}  {key} => {line}{var_export(member, depth + 1)},\n")
    return f"array (\n{''.join(members)}{margin})"


def _serialize(value: Value) -> str:
    """What PHP's serialize returns."""
    if isinstance(value, Number):
        return f"i:{value};" if value.lstrip("-").isdecimal() else f"d:{value.source};"
    if isinstance(value, (str, int)) and not isinstance(value, bool):
        return f"i:{value};" if isinstance(value, int) else f's:{len(value.encode("utf-8", "replace"))}:"{value}";'
    if isinstance(value, (dict, list)):
        members = [_serialize(name) + _serialize(member) for name, member in _members(value)]
        return f"a:{len(members)}:{{{''.join(members)}}}"
    return "N;" if value is None else f"b:{int(value)};"


def _inspect(value: Value) -> str:
    """What Node's util.inspect returns of a value that fits on a line."""
    if not isinstance(value, (dict, list)):
        return _NODE_LITERALS.write(value)
    if not value:
        return "{}" if isinstance(value, dict) else "[]"
    if isinstance(value, list):
        return f"[ {', '.join([_inspect(member) for member in value])} ]"
    names = [name if _NAME.fullmatch(name) else _single_quoted(name) for name in value]
    members = [f"{name}: {_inspect(member)}" for name, member in zip(names, value.values(), strict=True)]
    return f"{{ {', '.join(members)} }}"


PRINTERS: tuple[tuple[str, Callable[[Value], str]], ...] = (
    *[(notation.name, notation.write) for notation in _INDENTED[:2]],
    ("print_r prints it", print_r),
    ("var_export prints it", var_export),
    ("serialize writes it", _serialize),
    ("util.inspect prints it", _inspect),
    *[(notation.name, notation.write) for notation in _INDENTED[2:]],
    ("a C# dictionary's type", lambda _: "System.Collections.Generic.Dictionary`2[System.String,System.Object]"),
    ("a C# dictionary of texts", lambda _: "System.Collections.Generic.Dictionary`2[System.String,System.String]"),
)
"""Functions that print values for people, and types that are printed in place of values."""

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


_MOST_DIGITS = 40
_LARGEST_PLAIN = 1e7
_SMALLEST_PLAIN = 1e-3


def is_fraction(value: Value) -> bool:
    """Whether a value is a number that is written with a fraction or an exponent."""
    return isinstance(value, Number) and value.source.strip("-0123456789") != ""


def rewrite(value: str, write_number: Callable[[str], str]) -> str:
    """A number in another format; as it is where it is none, or too long a one."""
    source = value.source if isinstance(value, Number) else value
    try:
        # Written out, 1e999999999 would fill the memory.
        is_long = len(source) > _MOST_DIGITS or abs(Decimal(source).adjusted()) > _MOST_DIGITS
        return value if is_long else write_number(source)
    except (ValueError, OverflowError, InvalidOperation):
        return value


def stripped(source: str) -> str:
    """A number without trailing zeros and without an exponent."""
    return f"{Decimal(source).normalize():f}"


def javascript(source: str) -> str:
    """The shortest digits that read back, exponents only from 1e21 on and below 1e-6."""
    number = float(source)
    size = abs(number)
    if number == 0 or 1e-6 <= size < 1e21:  # noqa: PLR2004 - where JavaScript's exponents begin
        return stripped(repr(number))
    mantissa, exponent = repr(number).split("e")
    return f"{mantissa}e{exponent[0]}{exponent[1:].lstrip('0')}"


def python(source: str) -> str:
    """As Python's and Ruby's floats."""
    return repr(float(source))


def _php(source: str) -> str:
    return float_text(float(source))


def java(source: str) -> str:
    """As Java's double: exponents from 1e7 on and below 1e-3."""
    number = float(source)
    if number == 0 or _SMALLEST_PLAIN <= abs(number) < _LARGEST_PLAIN:
        return repr(number)
    digits = Decimal(repr(number)).normalize()
    mantissa = stripped(str(digits.scaleb(-digits.adjusted())))
    return f"{mantissa if '.' in mantissa else mantissa + '.0'}E{digits.adjusted()}"


def go(source: str) -> str:
    """As a float64 is printed: the shortest digits, exponents from 1e6 on and below 1e-4."""
    digits = Decimal(repr(float(source))).normalize()
    exponent = digits.adjusted()
    if -5 < exponent < 6:  # noqa: PLR2004 - where Go's exponents begin
        return f"{digits:f}"
    return f"{stripped(str(digits.scaleb(-exponent)))}e{'-' if exponent < 0 else '+'}{abs(exponent):02}"


class Language(NamedTuple):
    """How a language writes values that are joined to a text; `quote` is for those that it writes with quotes."""

    name: str
    write_fraction: Callable[[str], str]
    literals: tuple[str, str, str]
    write_nested: Callable[[Value], str]
    quote: Callable[[str], str] = str

    def text(self, value: Value) -> str:
        """What the language makes of a value."""
        if isinstance(value, Number):
            return rewrite(value, self.write_fraction) if is_fraction(value) else value.source
        if isinstance(value, str):
            return self.quote(value)
        if isinstance(value, (dict, list)):
            return self.write_nested(value) if is_shallow(value) else text_of(value)
        true, false, null = self.literals
        return null if value is None else true if value is True else false

    def mistakes(self, message: Message) -> tuple[str, ...]:
        """The mistakes that it is to write the values of a message as the language does."""
        sent = [value for value in message.parameters.values() if type(value) is not str or self.quote is not str]
        changed = [value for value in sent if self.text(value) != text_of(value)]
        return tuple(dict.fromkeys([_mistake(value) for value in changed]))


def _mistake(value: Value) -> str:
    if isinstance(value, Number):
        return "numbers reformatted"
    if isinstance(value, str):
        return "values quoted"
    if isinstance(value, bool):
        return "booleans as text"
    return "null as text" if value is None else "nested value as text"


_JSON_DUMPS, _JSON_ENCODE = JSON[1], JSON[3]
_JSON_WORDS, _PYTHON_WORDS = ("true", "false", "null"), ("True", "False", "None")
LANGUAGES = (
    Language("Python", python, _PYTHON_WORDS, PYTHON.write),
    Language("Python with json.dumps", python, _PYTHON_WORDS, _JSON_DUMPS.write),
    Language("JavaScript", javascript, _JSON_WORDS, as_javascript),
    Language("JavaScript with JSON.stringify", javascript, _JSON_WORDS, COMPACT.write),
    Language("Java", java, _JSON_WORDS, JAVA.write),
    Language("Go", go, ("true", "false", "<nil>"), GO.write),
    Language("Ruby", python, ("true", "false", ""), RUBY.write),
    Language("C#", str, ("True", "False", ""), lambda _: "System.Collections.Generic.List`1[System.Object]"),
    Language("PHP with json_encode", _php, _JSON_WORDS, _JSON_ENCODE.write),
    Language("Java with JSON", java, _JSON_WORDS, COMPACT.write),
)
"""Languages that join values to texts."""

QUOTING = (
    Language("JSON.stringify", javascript, _JSON_WORDS, COMPACT.write, encode_basestring),
    Language("json.dumps", python, _JSON_WORDS, _JSON_DUMPS.write, _JSON_DUMPS.text),
    Language("json_encode", _php, _JSON_WORDS, _JSON_ENCODE.write, _JSON_ENCODE.text),
    Language("Python's repr", python, _PYTHON_WORDS, PYTHON.write, repr),
    Language("var_export", _php, ("true", "false", "NULL"), var_export, var_export),
    Language("Ruby's inspect", python, ("true", "false", "nil"), RUBY.write, encode_basestring),
)
"""Functions that write each value for itself, as it stands in a program."""
