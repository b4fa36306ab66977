"""Does due work when its instants come, on an event loop of its own.

Accounts take turns, a slice of work each. In memory a slice runs on the loop; one that waits for a database runs in a
thread. Deliveries and moved clocks wait on the loop, so neither a slow merchant nor a long advance uses a thread.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from concurrent.futures import CancelledError, Future, TimeoutError  # noqa: A004 - not Python 3.10's own
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from mockserver.delivery.dispatcher import DeliveryResult, Dispatcher
from mockserver.scheduler.due_queue import DueQueue, InFlight
from mockserver.scheduler.work import DeliveryRules, DueWork
from mockserver.threads import DaemonPool, LoopThread, StoppedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mockserver.clock import Clocks
    from mockserver.delivery.dispatcher import Delivery
    from mockserver.domain.timeline import Event
    from mockserver.masking import Secrets
    from mockserver.scheduler.work import AttemptListener
    from mockserver.store.contract import Store

_T = TypeVar("_T")
_STORE_THREADS = 4
_LONGEST_NAP = 3600.0  # no timer can wait for years
_LONGEST_RETRY = 60.0
_GRACE = 0.5
_logger = logging.getLogger(__name__)


class Advance(NamedTuple):
    """What moving an account's clock did: from when to when, how many tasks, and the events in their order."""

    started: int
    ended: int
    tasks: int
    happened: list[Event]


class ClockBusyError(Exception):
    """The account's clock cannot be moved now; the message says why and what to do."""


class Worker:
    """Moves payments and delivers notifications when their instants come."""

    def __init__(self, store: Store, clocks: Clocks, rules: DeliveryRules, secrets: Secrets) -> None:
        """Prepare; `start` begins the work."""
        self._store = store
        self._clocks = clocks
        self._rules = rules
        self._work = DueWork(store, clocks, rules, secrets)
        self._dispatcher = Dispatcher(self._report, rules.destinations, rules.timeout)
        self._loop = LoopThread("due work")
        self._pool = DaemonPool(_STORE_THREADS, "due work in the store")
        self._in_flight = InFlight()
        self._advancing: set[str] = set()
        self._failures: dict[str, int] = {}
        self._lock = threading.Lock()
        self._due = DueQueue(clocks)
        self._changed = asyncio.Event()
        self._slice = asyncio.Lock()
        self._started: Future[None] | None = None
        store.on_commit(self._take_notice)
        clocks.machine.on_change(self._look_again)

    def on_attempt(self, listener: AttemptListener) -> None:
        """Call a listener with the user, the notification and each attempt, once it is stored."""
        self._work.on_attempt(listener)

    def start(self) -> None:
        """Begin, with the work that the store already holds."""
        for user in self._store.users():
            self._plan_next(user)
        self._started = self._loop.submit(self._run())

    def close(self) -> None:
        """Stop at once; undone work stays in the store."""
        self._dispatcher.close()
        self._loop.close()
        self._pool.close()

    def check(self, patience: float = 2.0) -> None:
        """See that due work and deliveries are looked after, waiting at most `patience` seconds for it.

        Raises:
            RuntimeError: they are not, so nobody would be paid or notified.
        """
        if self._started is None or self._started.done():
            raise RuntimeError("due work and deliveries have stopped")
        try:
            self._loop.submit(asyncio.sleep(0)).result(patience)
        except TimeoutError:
            raise RuntimeError(f"due work and deliveries stood still for {patience:g} s") from None

    def wake(self, user: str, at: int) -> None:
        """Look after an account at an instant."""
        with self._lock:
            comes_first = self._due.add(user, at)
        if comes_first:
            self._look_again()

    def follow_clock(self, user: str) -> None:
        """Look after an account in another rhythm: its clock has been changed."""
        with self._lock:
            comes_first = self._due.follow_clock(user)
        if comes_first:
            self._look_again()

    def forget(self, user: str) -> None:
        """Look after an account no more: it is gone."""
        with self._lock:
            self._due.forget(user)
        self._failures.pop(user, None)

    def note_clock(self, user: str, at: int, text: str) -> None:
        """Have the account's timelines show that its clock was changed."""
        self._work.note_clock(user, at, text)

    def is_advancing(self, user: str) -> bool:
        """Whether an account's clock is being moved."""
        return user in self._advancing

    def run_due(self, user: str) -> int:
        """Do all work of an account that is due now, in order; gives the number of tasks done."""
        return _result(self._loop.submit(self._do_all(user, [])))

    def advance(self, user: str, milliseconds: int) -> Advance:
        """As `begin_advance`, waiting for it in this thread."""
        return _result(self.begin_advance(user, milliseconds))

    def begin_advance(self, user: str, milliseconds: int) -> Future[Advance]:
        """Move an account's clock forward, doing all work on the way when it falls due, and what that causes in turn.

        The answer to a delivery is waited for before the clock passes an instant at which it could have caused work.
        The future raises `ClockBusyError` where the clock is being moved already, or where a notification that was
        sent before is not answered soon: the merchant may be waiting for this very advance.

        Raises:
            ValueError: the clock was asked to go back.
            StoppedError: the sandbox has stopped.
        """
        if milliseconds < 0:
            raise ValueError(f"expected 0 or more milliseconds, not {milliseconds}; a clock cannot go back")
        try:
            return self._loop.submit(self._advance(user, milliseconds))
        except RuntimeError as error:
            raise StoppedError("The sandbox has stopped.") from error

    async def _advance(self, user: str, milliseconds: int) -> Advance:
        if user in self._advancing:
            raise ClockBusyError(
                f"The clock of {user} is being advanced by another call, which waits for notifications. "
                "Answer the notification first, or wait until that call has ended."
            )
        self._advancing.add(user)
        try:
            async with self._slice:
                pass  # a slice of this account's work that had begun has ended now
            await self._wait_for_earlier(user)
            happened: list[Event] = []
            clock, done = self._clocks.of(user), 0
            started = clock.now()
            target = started + milliseconds
            while (due := await self._next_instant(user, target)) is not None:
                done += await self._do_slice(user, happened, due)
                await asyncio.sleep(0)
            await self._in_store(clock.move_to, target)
            done += await self._do_all(user, happened)
            await self._in_flight.none_left(user)
            await self._in_store(self.note_clock, user, started, f"moved forward by {milliseconds} ms")
        finally:
            self._advancing.discard(user)
        await self._in_store(self._plan_next, user)
        return Advance(started, clock.now(), done, happened)

    async def _wait_for_earlier(self, user: str) -> None:
        """Wait for deliveries from before, as long as one after the other ends."""
        try:
            while self._in_flight.oldest(user) is not None:
                await asyncio.wait_for(self._in_flight.next_end(user), _GRACE)
        except asyncio.TimeoutError:
            raise ClockBusyError(
                f"A notification of {user} is in flight, and its merchant has not answered yet. A merchant that moves "
                "its own clock answers the notification first; a test waits until all is quiet "
                '(POST …/wait {"what": {"type": "quiet"}}).'
            ) from None

    async def _next_instant(self, user: str, target: int) -> int | None:
        """The instant to go to next on the way to a target; waits where a delivery in flight may cause work sooner."""
        while True:
            due = await self._in_store(self._store.next_due, user)
            due = due if due is not None and due <= target else None
            oldest = self._in_flight.oldest(user)
            if oldest is None or (due is not None and due < oldest + self._rules.soonest_consequence):
                return due
            while self._in_flight.oldest(user) == oldest:
                await self._in_flight.next_end(user)

    async def _do_all(self, user: str, happened: list[Event]) -> int:
        done = 0
        while slice_done := await self._do_slice(user, happened):
            done += slice_done
            await asyncio.sleep(0)
        await self._in_store(self._plan_next, user)
        return done

    async def _do_slice(self, user: str, happened: list[Event], clock_to: int | None = None) -> int:
        """Do some due work and send what is to be sent; gives the number of tasks done."""
        done = await self._in_store(self._work.do_slice, user, clock_to)
        happened += done.events
        for delivery in done.deliveries:
            self._in_flight.add(delivery)
            self._dispatcher.send(delivery)
        return done.tasks

    async def _report(self, delivery: Delivery, result: DeliveryResult) -> None:
        try:
            await self._in_store(self._work.store_result, delivery, result)
        except KeyError:
            if self._store.account(delivery.user) is not None:
                raise  # else it was dropped meanwhile
        finally:
            self._in_flight.remove(delivery)

    async def _in_store(self, function: Callable[..., _T], *arguments: Any) -> _T:  # noqa: ANN401 - the function's own
        """The result of a call that uses the store: in a thread where the store may wait."""
        if not self._store.waits_for_io:
            return function(*arguments)
        return await asyncio.get_running_loop().run_in_executor(self._pool, function, *arguments)

    async def _run(self) -> None:
        while True:
            user = await self._next_account()
            async with self._slice:
                await self._look_after(user)
            await asyncio.sleep(0)

    async def _next_account(self) -> str:
        """Wait until work of an account is due."""
        while True:
            self._changed.clear()
            with self._lock:
                coming = self._due.take()
            if isinstance(coming, str):
                return coming
            loop = asyncio.get_running_loop()
            timer = None if coming is None else loop.call_later(min(coming, _LONGEST_NAP), self._changed.set)
            try:
                await self._changed.wait()
            finally:
                if timer is not None:
                    timer.cancel()

    async def _look_after(self, user: str) -> None:
        """Do a slice of an account's work. What fails is tried again later, and holds up no other account."""
        if user in self._advancing:
            return  # whoever moves its clock does its work, and plans the next
        try:
            await self._do_slice(user, [])
            await self._in_store(self._plan_next, user)
        except Exception:
            if self._store.account(user) is None:
                return  # it was dropped meanwhile
            failed = self._failures[user] = self._failures.get(user, 0) + 1
            delay = min(_LONGEST_RETRY, 2.0 ** min(failed - 1, 10))
            _logger.exception("Due work of account %s failed; it is tried again in %g s", user, delay)
            asyncio.get_running_loop().call_later(delay, self.wake, user, 0)
        else:
            self._failures.pop(user, None)

    def _plan_next(self, user: str) -> None:
        self.follow_clock(user)
        due = self._store.next_due(user)
        if due is not None:
            self.wake(user, due)

    def _take_notice(self, user: str, at: int | None) -> None:
        if at is not None:
            self.wake(user, at)
        if self._due.waits_for_hand(user):
            self.follow_clock(user)  # a stepped clock has gone on

    def _look_again(self) -> None:
        """Look which instant comes next: it may be another one now."""
        if self._started is not None:
            self._loop.call_soon(self._changed.set)


def _result(future: Future[_T]) -> _T:
    try:
        return future.result()
    except CancelledError:
        raise StoppedError("The sandbox has stopped.") from None
