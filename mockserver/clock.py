"""The machine's clock and the clocks of accounts. Instants are integer milliseconds of Unix time.

No other module reads the system's time. Everything in an account is dated by the account's clock. Tests may freeze the
time of the process in which a sandbox runs; the sandbox keeps the real time.
"""

from __future__ import annotations

import math
import sys
import threading
from contextlib import contextmanager, suppress
from functools import partial
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol, TypeAlias, get_args

from mockserver.durations import LONGEST, duration_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def own_copy(name: str) -> Any:  # noqa: ANN401 - a module
    """A copy of a module of the standard library that nobody else has.

    Test tools such as freezegun and vcrpy replace functions and classes of the shared one, in all modules that have
    imported them.
    """
    spec: Any = import_module(name).__spec__
    module = spec.loader.create_module(spec) or ModuleType(name)
    spec.loader.exec_module(module)
    return module


@contextmanager
def real_dates() -> Iterator[None]:
    """A block in which everybody sees the real class of dates, in a test whose time is frozen by freezegun too.

    cryptography remembers the class that it finds at its first certificate, and takes no dates of another one later.
    """
    dates: Any = import_module("datetime")
    shown = dates.datetime
    dates.datetime = next(one for one in shown.__mro__ if one.__module__ == "datetime")
    try:
        yield
    finally:
        dates.datetime = shown


_time = own_copy("time")
monotonic: Callable[[], float] = _time.monotonic
"""Seconds of a counter that never goes back."""

stopwatch: Callable[[], float] = _time.perf_counter
"""Seconds of a monotonic counter, to measure real durations."""


def _time_without_travel() -> int:
    """`time.time_ns` also while time-machine travels, which changes the function itself and not a name of it."""
    hatch = sys.modules["time_machine"].escape_hatch
    with suppress(ValueError):  # the journey has just ended
        if hatch.is_travelling():
            return int(hatch.time.time_ns())
    return int(_time.time_ns())


class Clock(Protocol):
    """A source of time."""

    def now(self) -> int:
        """The present instant."""

    def seconds_until(self, instant: int) -> float | None:
        """Real seconds until an instant, 0.0 once it is reached, None if the clock stands still before it."""

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call a listener whenever somebody advances the clock."""


class SystemClock:
    """The machine's own time."""

    def __init__(self) -> None:
        self._time_ns: Callable[[], int] = _time_without_travel if "time_machine" in sys.modules else _time.time_ns

    def now(self) -> int:
        return self._time_ns() // 1_000_000

    def seconds_until(self, instant: int) -> float | None:
        return max(0, instant - self.now()) / 1000

    def on_change(self, listener: Callable[[], None]) -> None:
        """Nobody advances the machine's time, so the listener is never called."""


class FrozenClock:
    """A clock that stands still until it is advanced."""

    def __init__(self, now: int = 1_732_672_545_000) -> None:
        """Start at an instant; the default is the time of a published example request."""
        self._now = now
        self._lock = threading.Lock()
        self._listeners: list[Callable[[], None]] = []

    def now(self) -> int:
        return self._now

    def seconds_until(self, instant: int) -> float | None:
        return 0.0 if instant <= self._now else None

    def on_change(self, listener: Callable[[], None]) -> None:
        self._listeners.append(listener)

    def advance(self, milliseconds: int) -> None:
        """Advance the clock.

        Raises:
            ValueError: the number is negative.
        """
        if milliseconds < 0:
            raise ValueError(f"expected 0 or more milliseconds, not {milliseconds}; a clock cannot go back")
        with self._lock:
            self._now += milliseconds
        for listener in self._listeners:
            listener()


ClockKind = Literal["real", "frozen", "stepped", "scaled"]


class ClockSetting(NamedTuple):
    """How an account's clock runs.

    The clock showed `instant` when the machine's showed `since`, and has run `rate` times as fast since then: 1 for a
    real clock, 0 for a frozen or stepped one. Each request advances a stepped clock by `step` milliseconds. `checked`
    enforces the limits.
    """

    kind: ClockKind = "real"
    instant: int = 0
    since: int = 0
    rate: float = 1
    step: int = 0


REAL = ClockSetting()
LAST_INSTANT = 221_845_392_000_000
"""The beginning of the year 9000, the last instant of every account; calendars end with the year 9999."""

SLOWEST, FASTEST = 0.000_001, 1_000_000
"""The range of the rate of a scaled clock."""

_KINDS: tuple[ClockKind, ...] = get_args(ClockKind)
_RATES = {"real": 1, "frozen": 0, "stepped": 0}


def in_time(instant: int) -> int:
    """Return an instant that an account's clock can show.

    Raises:
        ValueError: it is before 1970 or after the year 9000.
    """
    if not 0 <= instant <= LAST_INSTANT:
        raise ValueError("expected an instant from 1970-01-01 to 9000-01-01, the range of the sandbox's clocks")
    return instant


def checked(setting: ClockSetting) -> ClockSetting:
    """Return a setting that a clock can have.

    Raises:
        ValueError: the kind is unknown, or the rate, the step or an instant is out of range.
    """
    kind, instant, since, rate, step = setting
    if kind not in _KINDS:
        raise ValueError(f"expected a clock of kind {', '.join(_KINDS)}, not {kind!r}")
    in_time(instant)
    in_time(since)
    if kind == "scaled" and not SLOWEST <= rate <= FASTEST:
        raise ValueError(
            f"expected a rate from {SLOWEST:f} to {FASTEST:,}, not {rate:g}; use kind frozen to stop the clock"
        )
    if kind != "scaled" and rate != _RATES[kind]:
        raise ValueError(f"expected rate {_RATES[kind]} for a clock of kind {kind}, not {rate:g}")
    if kind == "stepped" and not 0 < step <= LONGEST:
        raise ValueError(
            f"expected a step from 1ms to {duration_text(LONGEST)}, not {step}ms; use kind frozen to stop the clock"
        )
    if kind != "stepped" and step:
        raise ValueError(f"expected no step for a clock of kind {kind}, not {step}ms")
    return setting


def mended(setting: ClockSetting) -> ClockSetting:
    """A stored setting; one of an older version that is out of range becomes a frozen clock."""
    try:
        return checked(setting)
    except (TypeError, ValueError):
        instant = setting.instant if isinstance(setting.instant, int) else 0
        return ClockSetting("frozen", min(max(0, instant), LAST_INSTANT), 0, 0)


def instant_shown(setting: ClockSetting, machine: Clock) -> int:
    """The instant that a clock with this setting shows, on the machine's clock."""
    _, instant, since, rate, _ = setting
    if rate == 0:
        return instant
    gone = max(0, machine.now() - since)  # the machine's clock may have been set back
    return min(LAST_INSTANT, instant + (gone if rate == 1 else round(gone * rate)))


ChangeSetting: TypeAlias = "Callable[[ClockSetting], ClockSetting]"
"""Returns the new setting of a clock for its present one. It may be called again if another change comes first."""


class AccountClock:
    """The clock of an account, which runs on the machine's clock. Its setting is stored with the account."""

    __slots__ = ("_change", "_machine", "_setting")

    def __init__(
        self, machine: Clock, setting: Callable[[], ClockSetting], change: Callable[[ChangeSetting], None]
    ) -> None:
        """`setting` returns the stored setting, and `change` changes it while no one else can."""
        self._machine = machine
        self._setting = setting
        self._change = change

    @property
    def setting(self) -> ClockSetting:
        return self._setting()

    def now(self) -> int:
        return instant_shown(self._setting(), self._machine)

    def seconds_until(self, instant: int) -> float | None:
        if instant <= self.now():
            return 0.0
        arrival = self.arrival_of(instant)
        return None if arrival is None else self._machine.seconds_until(arrival)

    def arrival_of(self, instant: int) -> int | None:
        """The machine's instant at which this clock shows an instant: now if it has passed, None if it never will."""
        setting = self._setting()
        if instant <= instant_shown(setting, self._machine):
            return self._machine.now()
        if setting.rate == 0 or instant > LAST_INSTANT:
            return None
        return setting.since + math.ceil((instant - setting.instant) / setting.rate)

    def run(self, setting: ClockSetting) -> None:
        """Change the setting; see `change`."""
        self.change(lambda _now: setting)

    def change(self, setting_at: Callable[[int], ClockSetting]) -> None:
        """Change to the setting that a function returns for the instant that the clock shows now.

        The setting is compared with that instant: time passes while it is made, and must not count as going back.

        Raises:
            ValueError: the clock would go back, or the setting is out of range.
        """

        def changed(before: ClockSetting) -> ClockSetting:
            now = instant_shown(before, self._machine)
            setting = checked(setting_at(now))
            if setting.instant < now:
                raise ValueError(f"a clock cannot go back, and this setting is {now - setting.instant} ms in the past")
            return setting

        self._change(changed)

    def move_to(self, instant: int) -> None:
        """Advance to an instant, at most to `LAST_INSTANT`; does nothing if it has passed."""
        if min(instant, LAST_INSTANT) > self.now():
            self._change(lambda before: self._moved(before, instant))

    def tick(self) -> None:
        """Advance a stepped clock by its step."""
        if self._setting().step:
            self._change(lambda before: self._moved(before, before.instant + before.step))

    def _moved(self, setting: ClockSetting, instant: int) -> ClockSetting:
        instant = min(instant, LAST_INSTANT)
        if instant <= instant_shown(setting, self._machine):
            return setting
        return setting._replace(instant=instant, since=self._machine.now())


class Clocks:
    """The clocks of all accounts."""

    def __init__(
        self,
        machine: Clock,
        setting_of: Callable[[str], ClockSetting | None],
        change: Callable[[str, ChangeSetting], None],
    ) -> None:
        """Clocks that run on the machine's; the two functions return and change the setting of an account.

        The setting of an unknown account is None, and its clock is a real one.
        """
        self.machine = machine
        self._setting_of = setting_of
        self._change = change

    def of(self, user: str) -> AccountClock:
        return AccountClock(self.machine, lambda: self._setting_of(user) or REAL, partial(self._change, user))


_DAYS = (b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat", b"Sun")
_MONTHS = (b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec")
_machine = SystemClock()
_dated: tuple[int, bytes] = (0, b"")


def http_date() -> bytes:
    """The machine's time as HTTP writes it, such as `Wed, 27 Nov 2024 01:55:45 GMT`."""
    global _dated  # noqa: PLW0603 - the text of the present second
    seconds = _machine.now() // 1000
    if _dated[0] != seconds:
        at = _time.gmtime(seconds)
        text = b"%s, %02d %s %d %02d:%02d:%02d GMT" % (
            _DAYS[at.tm_wday], at.tm_mday, _MONTHS[at.tm_mon - 1], at.tm_year, at.tm_hour, at.tm_min, at.tm_sec
        )  # fmt: skip
        _dated = (seconds, text)
    return _dated[1]
