"""Durations as text (`500ms`, `2s`, `1m`, `6h`, `1d`) and as milliseconds."""

from __future__ import annotations

import re

from mockserver.texts import shown

_UNITS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
LONGEST = 3650 * _UNITS["d"]
"""The longest duration, in milliseconds."""

DURATION_PATTERN = r"[0-9]+(\.[0-9]+)?\s*(ms|s|m|h|d)"
"""What a duration looks like, for JSON Schemas."""

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
