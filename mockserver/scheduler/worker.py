"""Performs due work at its instants, on the event loop of the server, or on one of its own.

Accounts take turns, with a slice of work each. With the store in memory, one slice runs at a time, on the loop. With a
database several run beside each other, off the loop. Deliveries and advances wait on the loop, so slow merchants and
long advances use no threads.

`Worker._lock` guards the `DueQueue`, which commits on any thread change. It is taken after the locks of stores; see
`mockserver.store.contract` for the order.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from concurrent.futures import CancelledError, Future, TimeoutError  # noqa: A004 - not Python 3.10's own
from contextlib import asynccontextmanager
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from mockserver.durations import duration_text
from mockserver.scheduler.due_queue import DueQueue, InFlight
from mockserver.scheduler.watch import ClockBusyError, OtherProcessesWork
from mockserver.store.contract import AccountBusyError, StoreUnavailableError
from mockserver.threads import DaemonPool, LoopThread, StoppedError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from mockserver.clock import Clocks
    from mockserver.delivery.destination import DeliveryRules
    from mockserver.delivery.dispatcher import Delivery, DeliveryResult, Dispatcher
    from mockserver.domain.timeline import Event
    from mockserver.masking import Secrets
    from mockserver.scheduler.work import AttemptListener, DueWork, NextTryListener
    from mockserver.store.contract import Store
    from mockserver.threads import WorkLoop

_T = TypeVar("_T")
_STORE_THREADS = 4
_SLICES_AT_ONCE = 8
_LONGEST_TIMER = 3600.0  # a timer cannot wait for years
_LONGEST_RETRY = 60.0
_GRACE = 0.5
_BUSY_PAUSE = 0.02
_OUTAGE_PAUSE = 1.0
_logger = logging.getLogger(__name__)


class Advance(NamedTuple):
    """The result of advancing a clock: its begin and end, the number of tasks, and the events in order."""

    started: int
    ended: int
    tasks: int
    happened: list[Event]


class Worker:
    """Performs transitions and delivers notifications when they are due."""

    def __init__(self, store: Store, clocks: Clocks, rules: DeliveryRules, secrets: Secrets) -> None:
        """Connect the parts; `start` begins the work."""
        self._store = store
        self._clocks = clocks
        self._rules = rules
        self._secrets = secrets
        self._listeners: list[AttemptListener] = []
        self.on_next_try: list[NextTryListener] = []
        self._loop: WorkLoop = LoopThread("due work")
        self._own_thread = 0  # that of the loop
        self._pool = DaemonPool(_STORE_THREADS, "due work in the store")
        self._in_flight = InFlight()
        self._advancing: set[str] = set()
        self._failures: dict[str, int] = {}
        self._lock = threading.Lock()
        self._due = DueQueue(clocks)
        self._changed = asyncio.Event()
        self._working: dict[str, asyncio.Task[None]] = {}
        self._due_again: set[str] = set()
        self._is_closed = False
        self._started: Future[None] | None = None
        self._others = OtherProcessesWork(store, clocks, self.wake, self._in_store)
        store.on_commit(self._note_commit)
        store.on_other(self._watch_soon)
        clocks.machine.on_change(self._wake_loop)

    @cached_property
    def _work(self) -> DueWork:
        from mockserver.scheduler.work import DueWork  # noqa: PLC0415 - a payment is made before anything is due

        return DueWork(self._store, self._clocks, self._rules, self._secrets, self._listeners, self.on_next_try)

    @cached_property
    def _dispatcher(self) -> Dispatcher:
        from mockserver.delivery.dispatcher import Dispatcher  # noqa: PLC0415 - as above

        return Dispatcher(self._store_result, self._rules.destinations, self._rules.timeout)

    def on_attempt(self, listener: AttemptListener) -> None:
        """Call a listener with the user, the notification and each attempt, after it is stored."""
        self._listeners.append(listener)

    def start(self, loop: WorkLoop | None = None) -> None:
        """Start, with the work that the store already has, on a loop or on a thread with one."""
        if loop is not None:
            self._loop = loop
        for user, due in self._store.next_due_of_all().items():
            self.wake(user, due)
        self._started = self._loop.submit(self._run())
        if self._store.waits_for_io:  # in memory there are no other processes
            for user in self._store.users_with_deliveries():  # one that has died may have claimed some
                self._loop.call_soon(self._others.add, user, 0)
            self._loop.submit(self._others.run())

    def close(self) -> None:
        """Stop at once; the remaining work stays in the store."""
        self._is_closed = True
        if "_dispatcher" in vars(self):  # otherwise nothing was sent
            self._dispatcher.close()
        self._loop.close()
        self._pool.close()

    def check(self, patience: float = 2.0) -> None:
        """Check that due work and deliveries are performed; waits at most `patience` seconds.

        Raises:
            RuntimeError: they are not, so no payment is paid and no merchant notified.
        """
        if self._started is None or self._started.done():
            raise RuntimeError("due work and deliveries have stopped")
        try:
            self._loop.submit(self._wait_for_slices(*self._working)).result(patience)
        except TimeoutError:
            raise RuntimeError(f"due work and deliveries have not run for {patience:g} s") from None

    async def _wait_for_slices(self, *users: str) -> None:
        """Wait for the end of the slices of accounts that have begun."""
        if slices := [self._working[user] for user in users if user in self._working]:
            await asyncio.wait(slices)

    def wake(self, user: str, at: int) -> None:
        """Plan the work of an account at an instant."""
        with self._lock:
            is_first = self._due.add(user, at)
        if is_first:
            self._wake_loop()

    def follow_clock(self, user: str) -> None:
        """Plan the work of an account again, after a change of its clock."""
        with self._lock:
            is_first = self._due.follow_clock(user)
        if is_first:
            self._wake_loop()

    def forget(self, user: str) -> None:
        with self._lock:
            self._due.forget(user)
        self._failures.pop(user, None)

    def note_clock(self, user: str, at: int, text: str) -> None:
        self._work.note_clock(user, at, text)

    def is_advancing(self, user: str) -> bool:
        return user in self._advancing or self._store.is_advanced_elsewhere(user)

    def _watch_soon(self, user: str) -> None:
        """Another process has changed an account, and does its work; this one watches whether it does."""
        self.follow_clock(user)
        self._loop.call_soon(self._others.add, user, 0)

    def run_due(self, user: str) -> int:
        """Perform all due work of an account, in order; returns the number of tasks."""
        return _result(self._loop.submit(self._do_all(user, [])))

    def advance(self, user: str, milliseconds: int) -> Advance:
        """Like `begin_advance`, but wait for the result."""
        return _result(self.begin_advance(user, milliseconds))

    def begin_advance(self, user: str, milliseconds: int) -> Future[Advance]:
        """Advance an account's clock, and perform all work that falls due, in order, and the work that it causes.

        Before the clock passes an instant at which a delivery in flight can schedule work, the delivery's result is
        waited for. The future raises `ClockBusyError` if another call advances the clock, or if an earlier
        notification is not answered soon, as its merchant may be waiting for this call.

        Raises:
            ValueError: the number is negative.
            StoppedError: the sandbox has stopped.
        """
        if milliseconds < 0:
            raise ValueError(f"expected 0 or more milliseconds, not {milliseconds}; a clock cannot go back")
        try:
            return self._loop.submit(self._advance(user, milliseconds))
        except RuntimeError as error:
            raise StoppedError("The sandbox has stopped.") from error

    async def _advance(self, user: str, milliseconds: int) -> Advance:
        async with self._advancing_alone(user):
            await self._wait_for_slices(user)
            await self._wait_for_earlier(user)
            happened: list[Event] = []
            clock, done = self._clocks.of(user), 0
            started = clock.now()
            target = started + milliseconds
            while (due := await self._next_instant(user, target)) is not None:
                await self._others.check_advance(user)
                done += await self._do_slice(user, happened, due)
                await asyncio.sleep(0)
            await self._others.check_advance(user)
            await self._in_store(clock.move_to, target)
            done += await self._do_all(user, happened)
            await self._in_flight.none_left(user)
            await self._others.no_deliveries(user)
            await self._in_store(self.note_clock, user, started, f"advanced by {duration_text(milliseconds)}")
        return Advance(started, clock.now(), done, happened)

    @asynccontextmanager
    async def _advancing_alone(self, user: str) -> AsyncIterator[None]:
        """Keep others from advancing an account's clock: those of this process before any other is waited for."""
        busy = ClockBusyError(
            f"The clock of {user} is being advanced by another call, which waits for notifications. "
            "Answer the notification first, or wait until that call has ended."
        )
        if user in self._advancing:
            raise busy
        self._advancing.add(user)
        try:
            async with self._others.kept_from_advancing(user) as is_alone:
                if not is_alone:
                    raise busy
                yield
        finally:
            self._advancing.discard(user)
            self.wake(user, 0)  # what fell due meanwhile was left to the call, which may have failed

    async def _wait_for_earlier(self, user: str) -> None:
        """Wait for earlier deliveries, as long as one after the other ends."""
        try:
            while self._in_flight.oldest(user) is not None:
                await asyncio.wait_for(self._in_flight.next_end(user), _GRACE)
            await asyncio.wait_for(self._others.no_deliveries(user), _GRACE)
        except asyncio.TimeoutError:
            raise ClockBusyError(
                f"A notification of {user} is not answered yet. If your notification handler advances the clock, "
                "answer the notification first. In a test, wait for deliveries to end "
                '(POST …/wait {"what": {"type": "quiet"}}).'
            ) from None

    async def _next_instant(self, user: str, target: int) -> int | None:
        """The next due instant up to a target; waits for deliveries in flight that can schedule earlier work."""
        while True:
            oldest = self._in_flight.oldest(user)
            if oldest is None:
                oldest = await self._in_store(self._store.claimed_elsewhere, user)
            # Asked after the deliveries: one that ends in between may have scheduled a retry.
            due = await self._in_store(self._store.next_due, user)
            due = due if due is not None and due <= target else None
            if oldest is None or (due is not None and due < oldest + self._rules.soonest_consequence):
                return due
            if self._in_flight.oldest(user) is None:
                await asyncio.sleep(_BUSY_PAUSE)
            while self._in_flight.oldest(user) == oldest:
                await self._in_flight.next_end(user)

    async def _do_all(self, user: str, happened: list[Event]) -> int:
        done = 0
        while slice_done := await self._do_slice(user, happened):
            done += slice_done
            await asyncio.sleep(0)
        await self._in_store(self._plan_next, user)
        return done

    async def _do_slice(
        self, user: str, happened: list[Event], clock_to: int | None = None, *, skips_busy: bool = False
    ) -> int:
        """Perform some due work and send its deliveries; first advance the clock, if that is asked for."""
        if clock_to is not None:
            await self._in_store(self._clocks.of(user).move_to, clock_to)
        self._check_open()
        done = await self._work.do_slice(user, skips_busy=skips_busy)
        happened += done.events
        if done.deliveries and self._store.waits_for_io:
            self._others.add(user, self._rules.claim_lasts)
        for delivery in done.deliveries:
            self._in_flight.add(delivery)
            self._dispatcher.send(delivery)
        return done.tasks

    async def _store_result(self, delivery: Delivery, result: DeliveryResult) -> None:
        try:
            self._check_open()
            while not await self._work.store_result(delivery, result):
                await asyncio.sleep(_OUTAGE_PAUSE)
                self._check_open()
        finally:
            self._in_flight.remove(delivery)

    async def _in_store(self, function: Callable[..., _T], *arguments: Any) -> _T:  # noqa: ANN401 - the function's own
        """Call a function that uses the store; on a thread if the store may wait.

        Raises:
            CancelledError: the work has stopped.
        """
        self._check_open()
        if not self._store.waits_for_io:
            return function(*arguments)
        return await asyncio.get_running_loop().run_in_executor(self._pool, function, *arguments)

    def _check_open(self) -> None:
        if self._is_closed:
            raise asyncio.CancelledError

    async def _run(self) -> None:
        self._own_thread = threading.get_ident()
        while True:
            user = await self._next_account()
            if not self._store.waits_for_io:
                await self._work_on(user)
                await asyncio.sleep(0)
                continue
            while len(self._working) >= _SLICES_AT_ONCE:
                await asyncio.wait(self._working.values(), return_when=asyncio.FIRST_COMPLETED)
            if user in self._working:
                self._due_again.add(user)
            else:
                working = self._working[user] = asyncio.create_task(self._work_on(user))
                working.add_done_callback(partial(self._slice_has_ended, user))

    def _slice_has_ended(self, user: str, _: asyncio.Task[None]) -> None:
        del self._working[user]
        if user in self._due_again:
            self._due_again.discard(user)
            self.wake(user, 0)

    async def _next_account(self) -> str:
        while True:
            self._changed.clear()
            with self._lock:
                coming = self._due.take()
            if isinstance(coming, str):
                return coming
            loop = asyncio.get_running_loop()
            timer = None if coming is None else loop.call_later(min(coming, _LONGEST_TIMER), self._changed.set)
            try:
                await self._changed.wait()
            finally:
                if timer is not None:
                    timer.cancel()

    async def _work_on(self, user: str) -> None:
        """Perform a slice of an account's work. After an error it is retried later; other accounts continue."""
        if user in self._advancing:
            return  # the call that advances its clock performs its work
        try:
            await self._do_slice(user, [], skips_busy=True)
            await self._in_store(self._plan_next, user)
        except AccountBusyError:
            asyncio.get_running_loop().call_later(_BUSY_PAUSE, self.wake, user, 0)
        except StoreUnavailableError:  # the store has logged why
            asyncio.get_running_loop().call_later(_OUTAGE_PAUSE, self.wake, user, 0)
        except Exception:
            if self._store.known_account(user) is None:
                return  # the account was dropped
            failed = self._failures[user] = self._failures.get(user, 0) + 1
            delay = min(_LONGEST_RETRY, 2.0 ** min(failed - 1, 10))
            _logger.exception("The due work of account %s failed; retrying in %g s", user, delay)
            asyncio.get_running_loop().call_later(delay, self.wake, user, 0)
        else:
            self._failures.pop(user, None)

    def _plan_next(self, user: str) -> None:
        self.follow_clock(user)
        due = self._store.next_due(user)
        if due is not None:
            self.wake(user, due)

    def _note_commit(self, user: str, at: int | None) -> None:
        if self._due.is_ready_for(user, at):
            return  # as after nearly all commits, so this is asked without the lock
        if at is not None:
            self.wake(user, at)
        if self._due.stands_still(user):
            self.follow_clock(user)  # a stepped clock may have advanced

    def _wake_loop(self) -> None:
        """Wake the loop, as the next due instant may have changed."""
        if threading.get_ident() == self._own_thread:
            self._changed.set()
        elif self._started is not None:
            self._loop.call_soon(self._changed.set)


def _result(future: Future[_T]) -> _T:
    try:
        return future.result()
    except CancelledError:
        raise StoppedError("The sandbox has stopped.") from None
