"""Numbers in another format than PHP's: as other languages print them, or as money is written."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from functools import partial
from typing import TYPE_CHECKING

from mockserver.explain.variants.line import Message, Parameters, Way
from mockserver.signing.php import Number, float_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_MOST_DIGITS = 40
_LARGEST_PLAIN = 1e7
_SMALLEST_PLAIN = 1e-3


def of_numbers(message: Message) -> Iterator[Way]:
    """Ways to write the numbers, or only the amounts, as something else than PHP does."""
    for choose in (_fractions, _amounts, _numbers, _numbers_and_time):
        chosen = choose(message)
        if chosen:
            for name, write_number in _FORMATS:
                step = partial(_rewritten, names=chosen, write_number=write_number)
                yield Way(("numbers reformatted",), step, name)


def _fractions(message: Message) -> frozenset[str]:
    return frozenset(name for name in _numbers(message) if is_fraction(message.parameters[name]))


def _amounts(message: Message) -> frozenset[str]:
    sent = message.parameters.items()
    return frozenset(name for name, value in sent if name.endswith("amount") and isinstance(value, str))


def _numbers(message: Message) -> frozenset[str]:
    return frozenset(name for name, value in message.parameters.items() if isinstance(value, Number) and name != "time")


def _numbers_and_time(message: Message) -> frozenset[str]:
    time = message.parameters.get("time")
    return _numbers(message) | {"time"} if isinstance(time, Number) else frozenset()


def is_fraction(value: Number) -> bool:
    """Whether a number is written with a fraction or an exponent."""
    return value.source.strip("-0123456789") != ""


def _source(value: str) -> str:
    return value.source if isinstance(value, Number) else value


def _rewritten(parameters: Parameters, names: frozenset[str], write_number: Callable[[str], str]) -> Parameters:
    numbers = {name: value for name in names if isinstance(value := parameters.get(name), str)}
    return parameters | {name: rewrite(value, write_number) for name, value in numbers.items()}


def rewrite(value: str, write_number: Callable[[str], str]) -> str:
    """A number in another format; as it is where it is none, or too long a one."""
    source = _source(value)
    try:
        # Written out, 1e999999999 would fill the memory.
        is_long = len(source) > _MOST_DIGITS or abs(Decimal(source).adjusted()) > _MOST_DIGITS
        return value if is_long else write_number(source)
    except (ValueError, OverflowError, InvalidOperation):
        return value


def _stripped(source: str) -> str:
    return f"{Decimal(source).normalize():f}"


def _whole(source: str) -> str:
    return str(int(Decimal(source)))


def _in_cents(source: str) -> str:
    return _stripped(str(Decimal(source) * 100))


def _from_cents(source: str) -> str:
    return f"{Decimal(source) / 100:.2f}"


def _with_comma(source: str) -> str:
    return source.replace(".", ",")


def javascript(source: str) -> str:
    """The shortest digits that read back, exponents only from 1e21 on and below 1e-6."""
    number = float(source)
    size = abs(number)
    if number == 0 or 1e-6 <= size < 1e21:  # noqa: PLR2004 - where JavaScript's exponents begin
        return _stripped(repr(number))
    mantissa, exponent = repr(number).split("e")
    return f"{mantissa}e{exponent[0]}{exponent[1:].lstrip('0')}"


def python(source: str) -> str:
    """As Python's and Ruby's floats."""
    return repr(float(source))


def php(source: str) -> str:
    """As PHP's floats."""
    return float_text(float(source))


def java(source: str) -> str:
    """As Java's double: exponents from 1e7 on and below 1e-3."""
    number = float(source)
    if number == 0 or _SMALLEST_PLAIN <= abs(number) < _LARGEST_PLAIN:
        return repr(number)
    digits = Decimal(repr(number)).normalize()
    mantissa = _stripped(str(digits.scaleb(-digits.adjusted())))
    return f"{mantissa if '.' in mantissa else mantissa + '.0'}E{digits.adjusted()}"


def go(source: str) -> str:
    """As a float64 is printed: the shortest digits, exponents from 1e6 on and below 1e-4."""
    digits = Decimal(repr(float(source))).normalize()
    exponent = digits.adjusted()
    if -5 < exponent < 6:  # noqa: PLR2004 - where Go's exponents begin
        return f"{digits:f}"
    return f"{_stripped(str(digits.scaleb(-exponent)))}e{'-' if exponent < 0 else '+'}{abs(exponent):02}"


_FORMATS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("as in the body", str),
    ("with two decimals", lambda source: f"{Decimal(source):.2f}"),
    ("without trailing zeros", _stripped),
    ("as a whole number", _whole),
    ("in cents", _in_cents),
    ("as Python's float", python),
    ("as Java's double", java),
    ("as JavaScript's number", javascript),
    ("as Go's float64", go),
    ("with one decimal", lambda source: f"{Decimal(source):.1f}"),
    ("with a decimal comma", _with_comma),
    ("with two decimals and a decimal comma", lambda source: f"{Decimal(source):.2f}".replace(".", ",")),
    ("with thousands separators", lambda source: f"{Decimal(source):,.2f}"),
    ("with thousands separators, without decimals", lambda source: f"{Decimal(source):,f}"),
    ("in hundredths of what was sent", _from_cents),
    ("rounded to a whole number", lambda source: f"{Decimal(source):.0f}"),
    ("without an exponent", lambda source: f"{Decimal(source):f}"),
)
