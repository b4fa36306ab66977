"""What a language makes of all kinds of values, where it writes several of them otherwise than PHP does."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from json.encoder import encode_basestring
from typing import TYPE_CHECKING, NamedTuple

from mockserver.explain.variants import notations
from mockserver.explain.variants.model import Message, is_shallow
from mockserver.signing.php import Number, Value, float_text, text_of

if TYPE_CHECKING:
    from collections.abc import Callable

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


_COMPACT, _JSON_DUMPS, _JSON_ENCODE = notations.COMPACT, notations.JSON[1], notations.JSON[3]
_JSON_WORDS, _PYTHON_WORDS = ("true", "false", "null"), ("True", "False", "None")
LANGUAGES = (
    Language("Python", python, _PYTHON_WORDS, notations.PYTHON.write),
    Language("Python with json.dumps", python, _PYTHON_WORDS, _JSON_DUMPS.write),
    Language("JavaScript", javascript, _JSON_WORDS, notations.as_javascript),
    Language("JavaScript with JSON.stringify", javascript, _JSON_WORDS, _COMPACT.write),
    Language("Java", java, _JSON_WORDS, notations.JAVA.write),
    Language("Go", go, ("true", "false", "<nil>"), notations.GO.write),
    Language("Ruby", python, ("true", "false", ""), notations.RUBY.write),
    Language("C#", str, ("True", "False", ""), lambda _: "System.Collections.Generic.List`1[System.Object]"),
    Language("PHP with json_encode", _php, _JSON_WORDS, _JSON_ENCODE.write),
    Language("Java with JSON", java, _JSON_WORDS, _COMPACT.write),
)
"""Languages that join values to texts."""

QUOTING = (
    Language("JSON.stringify", javascript, _JSON_WORDS, _COMPACT.write, encode_basestring),
    Language("json.dumps", python, _JSON_WORDS, _JSON_DUMPS.write, _JSON_DUMPS.text),
    Language("json_encode", _php, _JSON_WORDS, _JSON_ENCODE.write, _JSON_ENCODE.text),
    Language("Python's repr", python, _PYTHON_WORDS, notations.PYTHON.write, repr),
    Language("var_export", _php, ("true", "false", "NULL"), notations.var_export, notations.var_export),
    Language("Ruby's inspect", python, ("true", "false", "nil"), notations.RUBY.write, encode_basestring),
)
"""Functions that write each value for itself, as it stands in a program."""
