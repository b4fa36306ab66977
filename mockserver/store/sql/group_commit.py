"""Group commit: the work of several callers on an account is done in one transaction, and committed together.

A commit waits for the disk or the network, and 20 units of work in one transaction wait once. So while one transaction
is on its way, the work for its account waits, and is done in the next. Work that fails is left out of the transaction,
and if the transaction itself fails, each work is done again in one of its own: nobody suffers for another.

SQLite has one writer, so there a transaction has the work of all accounts. In PostgreSQL each account has its own.
"""

from __future__ import annotations

import threading
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from mockserver.store.contract import StoreUnavailableError

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Future
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future as ThreadFuture

MOST_TOGETHER = 64
"""The limit of work in one transaction, so that the first does not wait long for the last."""


class Job(NamedTuple):
    """Some work on an account, and the future of its result: of a thread that waits, or of a loop that goes on."""

    user: str
    work: Callable[[Any], Any]
    future: ThreadFuture[Any] | Future[Any]
    loop: AbstractEventLoop | None
    is_patient: bool = True
    """Whether it waits for a transaction of another process; otherwise its result is None then."""


class Outcome(NamedTuple):
    """The result of a job, or its exception."""

    job: Job
    result: Any = None
    error: BaseException | None = None


class GroupCommit:
    """Does jobs on threads, those that wait for the same account together."""

    def __init__(self, commit: Callable[[Sequence[Job]], list[Outcome]], *, together: bool, threads: int) -> None:
        """`commit` does jobs in one transaction, and never fails. It gets jobs of one account, or of all `together`."""
        self._commit = commit
        self._together = together
        self._most_threads = 1 if together else threads
        self._waiting: dict[str, deque[Job]] = {}
        self._ready: deque[str] = deque()
        self._busy: set[str] = set()
        self._changed = threading.Condition()
        self._threads: list[threading.Thread] = []
        self._idle = 0
        self._is_closed = False

    def submit(self, *jobs: Job) -> None:
        """Have jobs done."""
        with self._changed:
            if self._is_closed:
                closed = [Outcome(job, error=StoreUnavailableError("The sandbox is stopping.")) for job in jobs]
            else:
                closed = []
                for job in jobs:
                    self._add(job)
                self._wake()
        settle(closed)

    def _add(self, job: Job) -> None:
        queue = "" if self._together else job.user
        waiting = self._waiting.get(queue)
        if waiting is None:
            waiting = self._waiting[queue] = deque()
            if queue not in self._busy:
                self._ready.append(queue)
        waiting.append(job)

    def _wake(self) -> None:
        if not self._ready:
            return
        if self._idle:
            self._changed.notify()
        elif len(self._threads) < self._most_threads:
            thread = threading.Thread(target=self._work, name="store", daemon=True)
            self._threads.append(thread)
            thread.start()

    def _work(self) -> None:
        while (taken := self._take()) is not None:
            queue, jobs = taken
            settle(self._commit(jobs))
            del jobs, taken
            with self._changed:
                self._busy.discard(queue)
                if queue in self._waiting:
                    self._ready.append(queue)

    def _take(self) -> tuple[str, list[Job]] | None:
        """Wait for jobs, and take as many of an account as go together."""
        with self._changed:
            while not self._ready:
                if self._is_closed:
                    return None
                self._idle += 1
                self._changed.wait()
                self._idle -= 1
            queue = self._ready.popleft()
            waiting = self._waiting[queue]
            jobs = [waiting.popleft() for _ in range(min(len(waiting), MOST_TOGETHER))]
            if not waiting:
                del self._waiting[queue]
            self._busy.add(queue)
            if self._ready:
                self._wake()
            return queue, jobs

    def close(self, patience: float = 1.0) -> None:
        """Do no more jobs; the waiting ones fail. Waits at most `patience` seconds for those that have begun."""
        with self._changed:
            self._is_closed = True
            waiting = [job for jobs in self._waiting.values() for job in jobs]
            self._waiting.clear()
            self._ready.clear()
            self._changed.notify_all()
        settle([Outcome(job, error=StoreUnavailableError("The sandbox is stopping.")) for job in waiting])
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(patience)


def settle(outcomes: Sequence[Outcome]) -> None:
    """Give the results to those that wait for them; to those on one event loop together, which wakes it once."""
    of_loops: dict[AbstractEventLoop, list[Outcome]] = {}
    for outcome in outcomes:
        loop = outcome.job.loop
        if loop is None:
            _set(outcome)
        else:
            of_loops.setdefault(loop, []).append(outcome)
    for loop, of_loop in of_loops.items():
        with suppress(RuntimeError):  # the loop has closed
            loop.call_soon_threadsafe(_set_all, of_loop)


def _set_all(outcomes: Sequence[Outcome]) -> None:
    for outcome in outcomes:
        _set(outcome)


def _set(outcome: Outcome) -> None:
    future = outcome.job.future
    if future.done():  # cancelled
        return
    if outcome.error is None:
        future.set_result(outcome.result)
    else:
        future.set_exception(outcome.error)
