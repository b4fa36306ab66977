"""The one place that knows the time. Instants are whole milliseconds of Unix time.

Everything that happens to an account is dated by its clock; nothing else may ask the system.
"""

from __future__ import annotations

import math
import threading
import time
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol, get_args

from mockserver.durations import LONGEST, duration_text

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


ClockKind = Literal["real", "frozen", "stepped", "scaled"]


class ClockSetting(NamedTuple):
    """How an account's time runs.

    It was `instant` there when it was `since` on the machine, and has gone `rate` times as fast from then on: 1 for
    a real clock, 0 for a frozen or a stepped one. A stepped clock goes on by `step` milliseconds at each request.
    `checked` says what there may be.
    """

    kind: ClockKind = "real"
    instant: int = 0
    since: int = 0
    rate: float = 1
    step: int = 0


REAL = ClockSetting()
LAST_INSTANT = 221_845_392_000_000
"""The beginning of the year 9000, where every account's time ends; calendars end with the year 9999."""

SLOWEST, FASTEST = 0.000_001, 1_000_000
"""The rates of a scaled clock."""

_KINDS: tuple[ClockKind, ...] = get_args(ClockKind)
_RATES = {"real": 1, "frozen": 0, "stepped": 0}


def in_time(instant: int) -> int:
    """An instant at which an account's clock may stand.

    Raises:
        ValueError: time has not begun then, or has ended.
    """
    if not 0 <= instant <= LAST_INSTANT:
        raise ValueError("expected an instant from 1970 to the year 9000, where the sandbox's time ends")
    return instant


def checked(setting: ClockSetting) -> ClockSetting:
    """A setting by which a clock can run.

    Raises:
        ValueError: there is no such kind, or its rate, its step or an instant is out of bounds.
    """
    kind, instant, since, rate, step = setting
    if kind not in _KINDS:
        raise ValueError(f"expected a clock of kind {', '.join(_KINDS)}, not {kind!r}")
    in_time(instant)
    in_time(since)
    if kind == "scaled" and not SLOWEST <= rate <= FASTEST:
        raise ValueError(
            f"expected a rate from {SLOWEST:f} to {FASTEST:,}, not {rate:g}; a clock of kind frozen stands"
        )
    if kind != "scaled" and rate != _RATES[kind]:
        raise ValueError(f"expected the rate {_RATES[kind]} of a clock of kind {kind}, not {rate:g}")
    if kind == "stepped" and not 0 < step <= LONGEST:
        raise ValueError(
            f"expected a step from 1ms to {duration_text(LONGEST)}, not {step}ms; a clock of kind frozen stands"
        )
    if kind != "stepped" and step:
        raise ValueError(f"expected no step of a clock of kind {kind}, not {step}ms")
    return setting


def _mended(setting: ClockSetting) -> ClockSetting:
    """A setting as it was kept; one from before there were bounds stands still at its instant, or at the last."""
    try:
        return checked(setting)
    except (TypeError, ValueError):
        instant = setting.instant if isinstance(setting.instant, int) else 0
        return ClockSetting("frozen", min(max(0, instant), LAST_INSTANT), 0, 0)


class AccountClock:
    """An account's own time, on top of the machine's."""

    def __init__(self, setting: ClockSetting, machine: Clock, keep: Callable[[ClockSetting], None]) -> None:
        """Run as set, if it is within bounds; `keep` is called with each new setting, so that it outlives the process.

        Raises:
            ValueError: it is not.
        """
        self._setting = checked(setting)
        self._machine = machine
        self._keep = keep
        self._lock = threading.RLock()

    @property
    def setting(self) -> ClockSetting:
        """How it runs."""
        return self._setting

    def now(self) -> int:
        """The present instant."""
        _, instant, since, rate, _ = self._setting
        if rate == 0:
            return instant
        gone = max(0, self._machine.now() - since)  # the machine's own clock may have been put back
        return min(LAST_INSTANT, instant + (gone if rate == 1 else round(gone * rate)))

    def seconds_until(self, instant: int) -> float | None:
        """Real seconds until an instant, 0.0 when it has come, None when it will not come by itself."""
        if instant <= self.now():
            return 0.0
        arrival = self.arrival_of(instant)
        return None if arrival is None else self._machine.seconds_until(arrival)

    def arrival_of(self, instant: int) -> int | None:
        """The machine's instant at which an instant comes here: now if it has come, None if it will not by itself."""
        setting = self._setting
        if instant <= self.now():
            return self._machine.now()
        if setting.rate == 0 or instant > LAST_INSTANT:
            return None
        return setting.since + math.ceil((instant - setting.instant) / setting.rate)

    def run(self, setting: ClockSetting) -> None:
        """Run in another way from now on.

        Raises:
            ValueError: the clock was asked to go back, or the setting is out of bounds.
        """
        checked(setting)
        with self._lock:
            if setting.instant < (now := self.now()):
                raise ValueError(f"a clock goes forward only, not by {setting.instant - now} ms")
            self._setting = setting
            self._keep(setting)

    def move_to(self, instant: int) -> None:
        """Go forward to an instant, or to the end of time, and on from there as before; nothing if it has passed."""
        with self._lock:
            instant = min(instant, LAST_INSTANT)
            if instant > self.now():
                self.run(self._setting._replace(instant=instant, since=self._machine.now()))

    def tick(self) -> None:
        """Make a stepped clock's step."""
        if self._setting.step:
            with self._lock:
                self.move_to(self.now() + self._setting.step)


class Clocks:
    """Every account's clock, each made when it is first asked for."""

    def __init__(
        self,
        machine: Clock,
        setting_of: Callable[[str], ClockSetting | None],
        keep: Callable[[str, ClockSetting], None],
    ) -> None:
        """Clocks on top of the machine's; the two functions read and keep an account's setting.

        Where there is no account, the setting is None; its clock is a real one, of which nothing is kept.
        """
        self.machine = machine
        self._setting_of = setting_of
        self._keep = keep
        self._clocks: dict[str, AccountClock] = {}

    def of(self, user: str) -> AccountClock:
        """The clock of an account."""
        clock = self._clocks.get(user)
        if clock is None:
            setting = self._setting_of(user)
            made = AccountClock(_mended(setting or REAL), self.machine, lambda changed: self._keep(user, changed))
            if setting is None:
                return made
            clock = self._clocks.setdefault(user, made)
            if self._setting_of(user) is None:
                self.forget(user)  # it was dropped meanwhile
        return clock

    def forget(self, user: str) -> None:
        """Read the setting of an account anew."""
        self._clocks.pop(user, None)


def stopwatch() -> float:
    """Seconds on a counter that only ever grows, for measuring how long real work took."""
    return time.perf_counter()
