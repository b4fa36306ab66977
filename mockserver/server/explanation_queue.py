"""Whose refusal is explained next: accounts take turns, and one explanation at a time is worked on in a thread.

Who waits is a task of the event loop and holds no thread. What waits is bounded in number and in bytes.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from queue import SimpleQueue
from threading import Event, Thread
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from mockserver.clock import stopwatch
from mockserver.threads import BREATH

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

MOST_WAITING = 100
MOST_BYTES = 16 * 1024 * 1024

FULL = (
    "It was not explained, as too many wrong signs wait to be explained already. "
    "Send it again later, or save it and run yabandpay-mock explain with it."
)
STOPPED = "It was not explained, as the sandbox was stopping."
LEFT = "It was not explained, as the client closed the connection before its turn came."

_LONGEST_AT_WORK = 0.001  # seconds between pauses
_LONGEST_CLOSING = 0.2

_T = TypeVar("_T")
_T_co = TypeVar("_T_co", covariant=True)


class Stopping(BaseException):
    """The sandbox stops, so nobody waits for an explanation any more."""


class Explainable(Protocol[_T_co]):
    """A refusal that is still to be explained: whose it is, and how many bytes it holds meanwhile."""

    @property
    def owner(self) -> str:
        """The user in whose turn it is explained."""

    @property
    def size(self) -> int:
        """How many bytes it holds."""

    def explained(self, pause: Callable[[], None]) -> _T_co:
        """Explain it, with pauses in which others may work."""


@dataclass(frozen=True, eq=False)
class _Waiting(Generic[_T]):
    refusal: Explainable[_T]
    outcome: asyncio.Future[_T | str]


class ExplanationQueue(Generic[_T]):
    """The refusals that wait to be explained. All but `close` is for the event loop's thread."""

    def __init__(self, most_waiting: int = MOST_WAITING, most_bytes: int = MOST_BYTES) -> None:
        """Nothing waits, and there is no thread yet."""
        self._most_waiting = most_waiting
        self._most_bytes = most_bytes
        self._waiting: dict[str, deque[_Waiting[_T]]] = {}  # the account whose turn is next comes first
        self._next: SimpleQueue[_Waiting[_T] | None] = SimpleQueue()
        self._thread: Thread | None = None
        self._busy = False
        self._stopping = Event()
        self._resumed = 0.0

    async def explain(self, refusal: Explainable[_T], leaving: Awaitable[object]) -> _T | str:
        """What comes of explaining a refusal, in its turn; or a sentence that says why it is not explained.

        It is not where the client has left before its turn, as `leaving` tells, or where too much waits already: then
        the account with the most that waits gets no more of it explained.
        """
        waiting = _Waiting(refusal, asyncio.get_running_loop().create_future())
        gone = asyncio.ensure_future(leaving)
        try:
            if self._stopping.is_set():
                return STOPPED
            self._add(waiting)
            self._go_on()
            await asyncio.wait({waiting.outcome, gone}, return_when=asyncio.FIRST_COMPLETED)
            if not waiting.outcome.done() and self._remove(waiting):
                return LEFT
            return await waiting.outcome
        finally:
            gone.cancel()
            self._remove(waiting)

    def _add(self, waiting: _Waiting[_T]) -> None:
        self._waiting.setdefault(waiting.refusal.owner, deque()).append(waiting)
        while sum(map(len, self._waiting.values())) > self._most_waiting:
            self._turn_away(max(self._waiting.values(), key=len))
        while sum(map(_bytes_in, self._waiting.values())) > self._most_bytes:
            self._turn_away(max(self._waiting.values(), key=_bytes_in))

    def _turn_away(self, fullest: deque[_Waiting[_T]]) -> None:
        last = fullest[-1]
        self._remove(last)
        if not last.outcome.done():
            last.outcome.set_result(FULL)

    def _remove(self, waiting: _Waiting[_T]) -> bool:
        """Take a refusal out; whether it was still there."""
        owner = waiting.refusal.owner
        of_owner = self._waiting.get(owner, deque())
        if waiting not in of_owner:
            return False
        of_owner.remove(waiting)
        if not of_owner:
            del self._waiting[owner]
        return True

    def _go_on(self) -> None:
        """Begin with the next one, unless one is worked on."""
        if self._busy or not self._waiting:
            return
        owner = next(iter(self._waiting))
        of_owner = self._waiting.pop(owner)
        waiting = of_owner.popleft()
        if of_owner:
            self._waiting[owner] = of_owner  # behind all other accounts
        self._busy = True
        self._next.put(waiting)
        if self._thread is None:
            self._thread = Thread(target=self._work, name="explain", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        while (waiting := self._next.get()) is not None:
            outcome = waiting.outcome
            try:
                finish = partial(outcome.set_result, waiting.refusal.explained(self._pause))
            except Stopping:
                finish = partial(outcome.set_result, STOPPED)
            except Exception as error:  # noqa: BLE001 - whoever waits gets it
                finish = partial(outcome.set_exception, error)
            with suppress(RuntimeError):  # the loop has closed
                outcome.get_loop().call_soon_threadsafe(self._finish, outcome, finish)
            del waiting, outcome, finish

    def _finish(self, outcome: asyncio.Future[_T | str], finish: Callable[[], None]) -> None:
        self._busy = False
        if not outcome.done():
            finish()
        self._go_on()

    def _pause(self) -> None:
        if stopwatch() - self._resumed < _LONGEST_AT_WORK and not self._stopping.is_set():
            return
        if self._stopping.wait(BREATH):
            raise Stopping
        self._resumed = stopwatch()

    def stop(self) -> None:
        """Explain nothing more, also not what is worked on, so that nobody who waits holds up the stop."""
        self._stopping.set()
        for waiting in [one for of_owner in self._waiting.values() for one in of_owner]:
            self._remove(waiting)
            if not waiting.outcome.done():
                waiting.outcome.set_result(STOPPED)

    def close(self) -> None:
        """End the thread, also in the middle of an explanation; may be called when the event loop has ended."""
        self._stopping.set()
        self._next.put(None)
        if self._thread is not None:
            self._thread.join(_LONGEST_CLOSING)


def _bytes_in(waiting: deque[_Waiting[_T]]) -> int:
    return sum(one.refusal.size for one in waiting)
