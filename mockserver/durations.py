"""Durations as text (`500ms`, `2s`, `1m`, `6h`, `1d`) and as milliseconds; instants as text, for page and terminal."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone, tzinfo
from typing import TYPE_CHECKING

from mockserver.texts import message, shown

if TYPE_CHECKING:
    from collections.abc import Callable

_UNITS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
LONGEST = 3650 * _UNITS["d"]
"""The longest duration, in milliseconds."""

DURATION_PATTERN = r"[0-9]+(\.[0-9]+)?\s*(ms|s|m|h|d)"
"""What a duration looks like, for JSON Schemas."""

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_DURATION = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,9})?)\s*(ms|s|m|h|d)")


def parse_duration(text: str) -> int:
    """Milliseconds of a duration such as `1.5s`.

    Raises:
        ValueError: the text is not a number followed by a unit, or exceeds ten years.
    """
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"expected a duration such as 500ms, 2s, 1m or 6h, not {shown(text)}")
    milliseconds = float(match[1]) * _UNITS[match[2]]
    if milliseconds > LONGEST:
        raise ValueError(f"expected a duration of at most {duration_text(LONGEST)}, not {shown(text)}")
    return round(milliseconds)


def duration_text(milliseconds: int) -> str:
    """The shortest text of a duration in one unit: 90000 is `90s`, 60000 is `1m`."""
    for unit, size in reversed(_UNITS.items()):
        if milliseconds >= size and milliseconds % size == 0:
            return f"{milliseconds // size}{unit}"
    return f"{milliseconds}ms"


def short_duration(milliseconds: int) -> str:
    """A duration in its largest unit, such as `4 min`."""
    for unit, size in (("d", 86_400_000), ("h", 3_600_000), ("min", 60_000), ("s", 1_000)):
        if milliseconds >= size:
            return f"{round(milliseconds / size)} {unit}"
    return "1 s"


def moment(instant: int, zone: tzinfo = timezone.utc) -> datetime:
    """An instant as a date and time; on Windows, Python's own function for it ends with the year 3000."""
    return (_EPOCH + timedelta(milliseconds=instant)).astimezone(zone)


def absolute_text(instant: int, *, exact: bool = False) -> str:
    """An instant in UTC, such as `2024-11-27 01:55:45 UTC`; to the millisecond if it is to be `exact`."""
    at = moment(instant)
    return f"{at.isoformat(' ', 'milliseconds' if exact else 'seconds').partition('+')[0]} UTC"


NOW = message("now")
PAST = {
    1_000: message("{count} s ago"),
    60_000: message("{count} min ago"),
    3_600_000: message("{count} h ago"),
    86_400_000: message("{count} d ago"),
}
"""What to say of an instant that has passed, by the unit in milliseconds."""

FUTURE = {
    1_000: message("in {count} s"),
    60_000: message("in {count} min"),
    3_600_000: message("in {count} h"),
    86_400_000: message("in {count} d"),
}


def relative_text(instant: int, now: int, say: Callable[..., str] = str.format) -> str:
    """An instant as seen from another, such as `3 min ago` or `in 4 min`, in whole units, rounded down.

    `say` translates a text in which `{count}` stands for a value. The script times.js keeps the same rule.
    """
    apart = abs(now - instant)
    unit = next((one for one in reversed(PAST) if apart >= one), None)
    return say(NOW) if unit is None else say((PAST if instant < now else FUTURE)[unit], count=apart // unit)
