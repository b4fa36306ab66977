"""Lines about connections for whoever runs the server, at a bounded rate."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_BURST = 5
_INTERVAL = 10.0


class Notices:
    """Writes a line for each event, but of one kind no more than a few at once and then one in ten seconds.

    Lines that are held back are counted, and the next one of their kind says how many there were.
    """

    def __init__(self, write: Callable[[str], None], now: Callable[[], float]) -> None:
        """Write lines with a function; `now` is a clock in seconds."""
        self._write = write
        self._now = now
        self._kinds: dict[str, _Allowance] = {}

    def add(self, kind: str, text: str, at_once: int = _BURST) -> None:
        """Something happened. Kinds are few and named by the code, as each is remembered."""
        allowance = self._kinds.get(kind)
        if allowance is None:
            allowance = self._kinds[kind] = _Allowance(self._now(), at_once)
        held_back = allowance.take(self._now())
        if held_back is not None:
            self._write(f"{text} ({held_back} more like this before)" if held_back else text)


class _Allowance:
    """How many lines of one kind may still be written."""

    def __init__(self, now: float, at_once: int) -> None:
        self._most = self._left = float(at_once)
        self._at = now
        self._held_back = 0

    def take(self, now: float) -> int | None:
        """None if the line is held back, else how many were before it."""
        self._left = min(self._most, self._left + (now - self._at) / _INTERVAL)
        self._at = now
        if self._left < 1:
            self._held_back += 1
            return None
        self._left -= 1
        held_back, self._held_back = self._held_back, 0
        return held_back
