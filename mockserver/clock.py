"""The one place that knows the time. Instants are whole milliseconds of Unix time.

Everything that happens to an account is dated by its clock; nothing else may ask the system.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable


class Clock(Protocol):
    """Tells the time, and how long to wait for an instant to come."""

    def now(self) -> int:
        """The present instant."""

    def seconds_until(self, instant: int) -> float | None:
        """Real seconds until an instant, 0.0 when it has come, None when it will not come by itself."""

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call a listener whenever the clock is moved by hand."""


class SystemClock:
    """The machine's own time."""

    def now(self) -> int:
        """The present instant."""
        return time.time_ns() // 1_000_000

    def seconds_until(self, instant: int) -> float | None:
        """Real seconds until an instant."""
        return max(0, instant - self.now()) / 1000

    def on_change(self, listener: Callable[[], None]) -> None:
        """Nobody moves the machine's time here, so the listener is never called."""


class FrozenClock:
    """A clock that stands still until it is advanced."""

    def __init__(self, now: int = 1_732_672_545_000) -> None:
        """Stand at an instant; the default is the time of a published example request."""
        self._now = now
        self._lock = threading.Lock()
        self._listeners: list[Callable[[], None]] = []

    def now(self) -> int:
        """The instant at which the clock stands."""
        return self._now

    def seconds_until(self, instant: int) -> float | None:
        """0.0 when the instant has come; None when only `advance` can bring it."""
        return 0.0 if instant <= self._now else None

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call a listener after each `advance`."""
        self._listeners.append(listener)

    def advance(self, milliseconds: int) -> None:
        """Move forward.

        Raises:
            ValueError: the clock was asked to go back.
        """
        if milliseconds < 0:
            raise ValueError(f"a clock goes forward only, not by {milliseconds} ms")
        with self._lock:
            self._now += milliseconds
        for listener in self._listeners:
            listener()


def stopwatch() -> float:
    """Seconds on a counter that only ever grows, for measuring how long real work took."""
    return time.perf_counter()
