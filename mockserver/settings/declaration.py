"""Declares a setting: what reads and checks its text, and what writes it."""

from __future__ import annotations

import re
from dataclasses import Field, field
from typing import TYPE_CHECKING, Any

from mockserver.addresses import name_in, read_origin
from mockserver.delivery.destination import is_web_address
from mockserver.durations import parse_duration
from mockserver.texts import parse_optional_text, shown

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_MOST_DIGITS = 10
_MOST_RETRIES = 100
_ON = ("1", "true", "t", "yes", "y", "on")


def declare(  # noqa: PLR0913 - all that a setting has
    default: str, read: Callable[[str], Any], metavar: str, about: str, *, write: Callable[[Any], str] = str,
    many: bool = False, secret: bool = False, needs: str = "", kind: type | None = None,
) -> Any:  # fmt: skip  # noqa: ANN401 - a dataclass field stands for its value
    """`read` reads a text and checks it; `write` makes the text of a value, so that this is checked in the same way.

    `kind` is the type of the values, where the default is None and they are no paths.
    """
    metadata = {
        "default": default, "read": read, "write": write, "metavar": metavar, "help": about, "many": many,
        "switch": not metavar, "needs": needs, "kind": kind,
    }  # fmt: skip
    return field(default=() if many else read(default), metadata=metadata, repr=not secret)


def switch(about: str) -> Any:  # noqa: ANN401 - as above
    return declare("", bool, "", about)


def whole_number(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        is_number = text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
        if not is_number or not least <= int(text) <= most:
            raise ValueError(f"expected a whole number from {least} to {most}, not {shown(text)}")
        return int(text)

    return read


def one_of(*words: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in words:
            raise ValueError(f"expected {' or '.join(words)}, not {shown(text)}")
        return text

    return read


def unless_empty(read: Callable[[str], Any]) -> Callable[[str], Any]:
    return lambda text: read(text) if text else None


def skew(text: str) -> int:
    """Milliseconds; 0 for no limit."""
    if text == "none":
        return 0
    try:
        return some_time(text)
    except ValueError as error:
        raise ValueError(f"{error}, or none") from None


def skew_text(milliseconds: int) -> str:
    return in_milliseconds(milliseconds) if milliseconds else "none"


def web_address(text: str) -> str:
    if text and not (
        re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", text) and is_web_address(text) and read_origin(text)
    ):
        raise ValueError(f"expected an address such as https://sandbox.example:8765, not {shown(text)}")
    return text.rstrip("/")


def some_time(text: str) -> int:
    milliseconds = parse_duration(text)
    if milliseconds == 0:
        raise ValueError(f"expected a duration longer than 0ms, such as 10s, not {shown(text)}")
    return milliseconds


def place(text: str) -> Path | None:
    if not text:
        return None
    from pathlib import Path  # noqa: PLC0415 - most sandboxes start without a file

    return Path(text)


def host_name(text: str) -> str:
    if not re.fullmatch(r"[\w.:*-]{1,253}", text, re.ASCII):
        raise ValueError(f"expected a host name or an IP address such as sandbox.internal, not {shown(text)}")
    return text


def host_pattern(text: str) -> str:
    name = text.lower().rstrip(".")
    if name != "*" and (not name or name_in(name.removeprefix("*.")) != name.removeprefix("*.")):
        raise ValueError(f"expected a host name such as sandbox.example.com, *.example.com or *, not {shown(text)}")
    return name


def token(text: str) -> str:
    parse_optional_text(text)
    if any(not letter.isprintable() for letter in text) or text != text.strip():
        raise ValueError("expected one line of UTF-8 text without spaces at its ends, as it is sent in a header")
    return text


def durations(text: str) -> tuple[int, ...]:
    durations = tuple(some_time(part) for part in text.split(",") if part.strip())
    if len(durations) > _MOST_RETRIES:
        raise ValueError(f"expected at most {_MOST_RETRIES} durations, not {len(durations)}")
    return durations


in_milliseconds = "{}ms".format


def read_value(setting: Field[Any], value: Any, source: str) -> Any:  # noqa: ANN401 - of the setting's own type
    about = setting.metadata
    if about["switch"]:
        return str(value).lower() in _ON
    if isinstance(setting.default, tuple) and isinstance(value, list | tuple) and not about["many"]:
        value = ",".join(value) if all(isinstance(part, str) for part in value) else tuple(value)
    is_text = isinstance(value, str)
    if isinstance(value, bool) or not (about["many"] or is_text or isinstance(value, _type_of(setting))):
        wanted, given = _type_of(setting), type(value).__name__
        other = "" if wanted is str else f" or a value of type {wanted.__name__}"
        raise ValueError(f"{source}: expected a text as on the command line{other}, not a value of type {given}")
    try:
        if about["many"]:
            parts = value.split() if is_text else value
            return tuple(about["read"](part if isinstance(part, str) else about["write"](part)) for part in parts)
        return about["read"](value if is_text else about["write"](value))
    except ValueError as error:
        raise ValueError(f"{source}: {error}") from None


def _type_of(setting: Field[Any]) -> type:
    if setting.default is not None:
        return type(setting.default)
    kind: type | None = setting.metadata["kind"]
    if kind is not None:
        return kind
    from pathlib import Path  # noqa: PLC0415 - the command line has texts alone

    return Path
