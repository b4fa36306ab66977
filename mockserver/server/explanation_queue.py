"""A fair queue of wrong signatures to be explained: accounts take turns, and one is explained at a time.

A request that waits is a task of the event loop and holds no thread. The queue is bounded in number and in bytes. One
thread asks the process that searches for causes, waits for its diagnosis, and stores that.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from mockserver.server.explanation_process import STOPPED, Explainer, Interrupted

if TYPE_CHECKING:
    from collections.abc import Callable

    from mockserver.gateway.answer import DiagnoseSignature

MOST_WAITING = 100
MOST_BYTES = 16 * 1024 * 1024

FULL = (
    "The signature was not explained, because too many other wrong signatures are waiting. "
    "Send the request again later, or save it and run yabandpay-mock explain with it."
)
LEFT = "The signature was not explained, because the client closed the connection first."

_LONGEST_IDLE = 60.0  # seconds until the process ends
_LONGEST_CLOSING = 0.2

_T = TypeVar("_T")
_T_co = TypeVar("_T_co", covariant=True)


class Explainable(Protocol[_T_co]):
    """A refusal that is still to be explained."""

    @property
    def owner(self) -> str:
        """The user of its account."""

    @property
    def size(self) -> int:
        """How many bytes it keeps in memory."""

    def explained(self, diagnose_signature: DiagnoseSignature) -> _T_co:
        """Explain it with what this function finds out."""


@dataclass(frozen=True, eq=False)
class _Waiting(Generic[_T]):
    refusal: Explainable[_T]
    outcome: asyncio.Future[_T | str]


class ExplanationQueue(Generic[_T]):
    """The refusals that wait to be explained. All but `close` is called on the event loop."""

    def __init__(
        self,
        most_waiting: int = MOST_WAITING,
        most_bytes: int = MOST_BYTES,
        *,
        longest_idle: float = _LONGEST_IDLE,
        explainer: Explainer | None = None,
    ) -> None:
        self._most_waiting = most_waiting
        self._most_bytes = most_bytes
        self._longest_idle = longest_idle
        self._explainer = explainer or Explainer()
        self._waiting: dict[str, deque[_Waiting[_T]]] = {}  # the account whose turn is next comes first
        self._next: SimpleQueue[_Waiting[_T] | None] = SimpleQueue()
        self._thread: Thread | None = None
        self._busy = False
        self._stopped = False

    async def explain(self, refusal: Explainable[_T], left: asyncio.Future[None]) -> _T | str:
        """The explained refusal, once its turn has come; or a sentence that says why it is not explained.

        It is not when the client leaves first, which ends `left`. When too many wait, the newest one of the
        account with the most is not explained.
        """
        waiting = _Waiting(refusal, asyncio.get_running_loop().create_future())
        try:
            if self._stopped:
                return STOPPED
            self._add(waiting)
            self._start_next()
            either: set[asyncio.Future[Any]] = {waiting.outcome, left}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if not waiting.outcome.done() and self._remove(waiting):
                return LEFT
            return await waiting.outcome
        finally:
            self._remove(waiting)

    def _add(self, waiting: _Waiting[_T]) -> None:
        self._waiting.setdefault(waiting.refusal.owner, deque()).append(waiting)
        while sum(map(len, self._waiting.values())) > self._most_waiting:
            self._drop_last(max(self._waiting.values(), key=len))
        while sum(map(_bytes_in, self._waiting.values())) > self._most_bytes:
            self._drop_last(max(self._waiting.values(), key=_bytes_in))

    def _drop_last(self, fullest: deque[_Waiting[_T]]) -> None:
        last = fullest[-1]
        self._remove(last)
        if not last.outcome.done():
            last.outcome.set_result(FULL)

    def _remove(self, waiting: _Waiting[_T]) -> bool:
        """Remove a refusal from the queue; whether it was still there."""
        owner = waiting.refusal.owner
        of_owner = self._waiting.get(owner, deque())
        if waiting not in of_owner:
            return False
        of_owner.remove(waiting)
        if not of_owner:
            del self._waiting[owner]
        return True

    def _start_next(self) -> None:
        """Start on the next one, unless one is being explained."""
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
        while (waiting := self._wait_for_next()) is not None:
            outcome = waiting.outcome
            try:
                diagnose = partial(self._explainer.diagnose, is_hurried=bool(self._waiting))
                finish = partial(outcome.set_result, waiting.refusal.explained(diagnose))
            except Interrupted as why:
                finish = partial(outcome.set_result, str(why))
            except Exception as error:  # noqa: BLE001 - the request that waits gets it
                finish = partial(outcome.set_exception, error)
            with suppress(RuntimeError):  # the loop has closed
                outcome.get_loop().call_soon_threadsafe(self._finish, outcome, finish)
            del waiting, outcome, finish
        self._explainer.rest()

    def _wait_for_next(self) -> _Waiting[_T] | None:
        try:
            return self._next.get(timeout=self._longest_idle)
        except Empty:
            self._explainer.rest()
            return self._next.get()

    def _finish(self, outcome: asyncio.Future[_T | str], finish: Callable[[], None]) -> None:
        self._busy = False
        if not outcome.done():
            finish()
        self._start_next()

    def stop(self) -> None:
        """Explain nothing more, not even the current one, so that no request holds up the stop."""
        self._stopped = True
        self._explainer.stop()
        for waiting in [one for of_owner in self._waiting.values() for one in of_owner]:
            self._remove(waiting)
            if not waiting.outcome.done():
                waiting.outcome.set_result(STOPPED)

    def close(self) -> None:
        """End the thread and the process, even in the middle of an explanation; the event loop may have ended."""
        self._stopped = True
        self._explainer.stop()
        self._next.put(None)
        if self._thread is not None:
            self._thread.join(_LONGEST_CLOSING)


def _bytes_in(waiting: deque[_Waiting[_T]]) -> int:
    return sum(one.refusal.size for one in waiting)
