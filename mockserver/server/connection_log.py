"""The log of problems with connections, at a bounded rate."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_BURST = 5
_INTERVAL = 10.0


class ConnectionLog:
    """Writes a line for each event, but of each kind only a few at once and then one every ten seconds.

    Lines beyond that are counted, and the next line of their kind says how many. `now` is a clock in seconds.
    """

    def __init__(self, write: Callable[[str], None], now: Callable[[], float]) -> None:
        self._write = write
        self._now = now
        self._limits: dict[str, _RateLimit] = {}

    def add(self, kind: str, text: str, burst: int = _BURST) -> None:
        """Log an event. Each kind is remembered, so kinds are few and named by the code; `burst` lines come at once."""
        limit = self._limits.get(kind)
        if limit is None:
            limit = self._limits[kind] = _RateLimit(self._now(), burst)
        suppressed = limit.take(self._now())
        if suppressed is not None:
            self._write(f"{text} ({suppressed} more like this before)" if suppressed else text)


class _RateLimit:
    """How many lines of one kind may still be written: a token bucket."""

    def __init__(self, now: float, burst: int) -> None:
        self._most = self._left = float(burst)
        self._at = now
        self._suppressed = 0

    def take(self, now: float) -> int | None:
        """None if the line is suppressed, otherwise how many lines before it were."""
        self._left = min(self._most, self._left + (now - self._at) / _INTERVAL)
        self._at = now
        if self._left < 1:
            self._suppressed += 1
            return None
        self._left -= 1
        suppressed, self._suppressed = self._suppressed, 0
        return suppressed
