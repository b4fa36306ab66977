"""Lines for a terminal: measured as it shows them, wrapped to its width, and painted if it has colours."""

from __future__ import annotations

import os
import unicodedata
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from mockserver.durations import absolute_text, relative_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import TextIO

PLAIN, BOLD, DIM, RED, GREEN, YELLOW = "", "1", "2", "31", "32", "33"
WIDTH = 80
"""The width of lines that no terminal shows, such as those in a file."""

INDENT = 11
_NARROWEST = 40
_LONGEST_TEXT = 400
_KIND, _ORDER = 9, 18
_NO_ORDER = "-"
_GAP = "  "


class Part(NamedTuple):
    """A piece of a line, and its colour. One that `is_whole` is not divided: a command, so that it can be copied."""

    text: str
    colour: str = PLAIN
    is_whole: bool = False


def width_of(stream: TextIO) -> int:
    """The number of columns of a terminal, or as COLUMNS says; `WIDTH` for other streams."""
    given = os.environ.get("COLUMNS", "")
    if not stream.isatty():
        return WIDTH
    try:
        columns = int(given) if given.isdecimal() else os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError):
        columns = WIDTH
    return max(_NARROWEST, columns) if columns else WIDTH


def paint(text: str, colour: str, *, coloured: bool) -> str:
    return f"\033[{colour}m{text}\033[0m" if coloured and colour else text


def columns_of(text: str) -> int:
    """How many columns a terminal needs for a text: two for a Chinese character, none for a combining one."""
    return len(text) if text.isascii() else sum(map(_columns_of_letter, text))


def _columns_of_letter(letter: str) -> int:
    if unicodedata.combining(letter) or unicodedata.category(letter) in {"Cf", "Me", "Mn"}:
        return 0
    return 2 if unicodedata.east_asian_width(letter) in {"W", "F"} else 1


def printable(text: str) -> str:
    """A merchant's text, shortened and without control characters, which could forge a line."""
    cut = text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1] + "…"
    return cut if cut.isprintable() else "".join(c if c.isprintable() else "?" for c in cut)


def fitted(text: str, columns: int) -> str:
    """A text in exactly `columns` columns: filled with spaces, or cut with an ellipsis."""
    if columns_of(text) > columns:
        text = f"{_beginning(text, columns - 1)}…"
    return text + " " * (columns - columns_of(text))


def _beginning(text: str, columns: int) -> str:
    """The longest beginning of a text in at most `columns` columns, and at least one character."""
    used = 0
    for place, letter in enumerate(text):
        used += _columns_of_letter(letter)
        if used > columns:
            return text[: max(1, place)]
    return text


def wrapped(text: str, columns: int) -> list[str]:
    """A text in lines of at most `columns` columns. A web address is not divided, so that it can be clicked."""
    lines = [""]
    for word in text.split(" "):
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if columns_of(joined) <= columns:
            lines[-1] = joined
            continue
        if lines[-1]:
            lines.append("")
        rest = word
        while columns_of(rest) > columns and "://" not in rest:
            part = _beginning(rest, columns)
            lines[-1], rest = part, rest[len(part) :]
            lines.append("")
        lines[-1] = rest
    return lines


def entry(
    head: Sequence[Part], below: Iterable[Part] = (), *, width: int = WIDTH, coloured: bool = False
) -> Iterator[str]:
    """The lines of an entry: the parts of its head side by side as far as they fit, and each part below on its own."""
    line, used, indent = "", 0, " " * INDENT
    for place, part in enumerate(head):
        columns = columns_of(part.text)
        if place == 0 and columns > width:
            first, *others = wrapped(part.text, width - INDENT)
            yield paint(first, part.colour, coloured=coloured)
            yield from (indent + paint(text, part.colour, coloured=coloured) for text in others)
            line, used = indent.removesuffix(_GAP), INDENT - len(_GAP)
            continue
        if line and used + len(_GAP) + columns > width:
            yield line.rstrip()
            line, used = "", 0
            if INDENT + columns > width:
                yield from _wrapped_below(part, width, coloured=coloured)
                continue
            line, used = indent, INDENT
        elif line:
            line, used = line + _GAP, used + len(_GAP)
        line, used = line + paint(part.text, part.colour, coloured=coloured), used + columns
    if line:
        yield line.rstrip()
    for part in below:
        yield from _wrapped_below(part, width, coloured=coloured)


def _wrapped_below(part: Part, width: int, *, coloured: bool) -> Iterator[str]:
    for line in [part.text] if part.is_whole else wrapped(part.text, width - INDENT):
        yield " " * INDENT + paint(line, part.colour, coloured=coloured)


def beginning_of_entry(at: int, kind: str, order_id: str) -> list[Part]:
    """The first parts of an entry: the order that it is about, when something happened, and what it was."""
    filled = printable(order_id) or _NO_ORDER
    filled += " " * (_ORDER - columns_of(filled))
    return [Part(filled), Part(clock_time(at), DIM), Part(f"{kind:{_KIND}}")]


def clock_time(at: int) -> str:
    """The time of day of an instant, in UTC, as the log and timelines have it."""
    return f"{absolute_text(at)[11:19]}Z"


def date_and_time(at: int, now: int | None = None) -> str:
    """An instant as the pages show it: with its zone and, for a given `now`, relative to it."""
    return absolute_text(at) if now is None else f"{absolute_text(at)}, {relative_text(at, now)}"


def instant_in(text: str) -> int:
    """The Unix milliseconds of an instant of the API."""
    return round(datetime.fromisoformat(text).timestamp() * 1000)
