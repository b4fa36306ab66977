"""What would block: daemon threads, event loops on threads, and whether a socket can be read."""

from __future__ import annotations

import asyncio
import select
import sys
import threading
from abc import ABC, abstractmethod
from concurrent.futures import Executor, Future, wait
from contextlib import suppress
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, TypeVar

from mockserver.clock import monotonic, stopwatch

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

_T = TypeVar("_T")
_CANCELLED_AGAIN = 0.01
BREATH = 0.0001  # seconds, enough for another thread to take over
_never = threading.Event()
_Job = tuple["Future[Any]", "Callable[..., Any]", tuple[Any, ...], dict[str, Any]]


def breathe() -> None:
    """Let other threads run, such as the event loop, which otherwise waits milliseconds for the interpreter lock."""
    _never.wait(BREATH)


def is_readable(file: int) -> bool:
    """Whether a socket has data or has ended, without waiting."""
    if sys.platform == "win32":
        return bool(select.select([file], [], [], 0)[0])
    waiting = select.poll()
    waiting.register(file, select.POLLIN)
    return bool(waiting.poll(0))


class StoppedError(Exception):
    """The sandbox stopped before the call was finished."""


class DaemonPool(Executor):
    """A pool of threads that starts them as needed.

    Unlike for `concurrent.futures.ThreadPoolExecutor`, the interpreter does not wait for its threads at exit, so the
    sandbox can stop at any time.
    """

    def __init__(self, size: int, name: str) -> None:
        """A pool of at most `size` threads of this name."""
        self._size = size
        self._name = name
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._free = 0
        self._closed = False

    def submit(self, fn: Callable[..., _T], /, *args: Any, **kwargs: Any) -> Future[_T]:  # noqa: ANN401 - Executor's
        """Call a function on one of the threads.

        Raises:
            RuntimeError: the pool is closed, or its first thread cannot be started.
        """
        future: Future[_T] = Future()
        with self._lock:
            if self._closed:
                raise RuntimeError(f"the pool {self._name} is closed")
            if self._free > 0:
                self._free -= 1
            elif len(self._threads) < self._size:
                self._start_thread()
            self._jobs.put((future, fn, args, kwargs))
        return future

    def _start_thread(self) -> None:
        thread = threading.Thread(target=self._work, name=self._name, daemon=True)
        try:
            thread.start()
        except RuntimeError:
            if not self._threads:
                raise
            return  # the existing threads do the work
        self._threads.append(thread)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            future, function, arguments, named = job
            if future.set_running_or_notify_cancel():
                try:
                    result = function(*arguments, **named)
                except BaseException as error:  # noqa: BLE001 - the caller gets it
                    future.set_exception(error)
                else:
                    future.set_result(result)
            del job, future, function, arguments, named  # hold no references while waiting
            with self._lock:
                self._free += 1

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002 - Executor's
        """Accept no more calls; the waiting ones are made first, unless they are cancelled."""
        with self._lock:
            self._closed = True
            threads = list(self._threads)
        if cancel_futures:
            self._cancel_waiting()
        for _ in threads:
            self._jobs.put(None)
        for thread in threads if wait else ():
            if thread is not threading.current_thread():
                thread.join()

    def close(self, patience: float = 0.2) -> None:
        """Cancel the waiting calls, and wait at most `patience` seconds for the running ones."""
        self.shutdown(wait=False, cancel_futures=True)
        deadline = stopwatch() + patience
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(max(0.0, deadline - stopwatch()))

    def _cancel_waiting(self) -> None:
        while not self._jobs.empty():
            job = self._jobs.get()
            if job is not None:
                job[0].cancel()


class SharedCall:
    """A call that may not return for long: one thread makes it at a time, and those that ask meanwhile share it."""

    def __init__(self, function: Callable[[], object], name: str) -> None:
        """`name` is that of the thread."""
        self._function = function
        self._name = name
        self._lock = threading.Lock()
        self._call: Future[object] | None = None
        self._began = 0.0

    def wait(self, patience: float) -> None:
        """Make the call, or wait for the one that is being made.

        Raises:
            TimeoutError: it has not returned `patience` seconds after its beginning.
        """
        with self._lock:
            call = self._call
            if call is None or call.done():
                call, self._began = Future(), stopwatch()
                threading.Thread(target=self._make, args=(call,), name=self._name, daemon=True).start()
                self._call = call
            ends = self._began + patience
        wait((call,), max(0.0, ends - stopwatch()))
        if not call.done():
            raise TimeoutError(f"the {self._name} has not ended within {patience:g} s")
        call.result()

    def _make(self, call: Future[object]) -> None:
        try:
            call.set_result(self._function())
        except BaseException as error:  # noqa: BLE001 - those that wait get it
            call.set_exception(error)


class WorkLoop(ABC):
    """An event loop for work that other threads submit."""

    @abstractmethod
    def start(self) -> asyncio.AbstractEventLoop:
        """Start the loop if necessary, and return it.

        Raises:
            RuntimeError: it is closed.
        """

    @abstractmethod
    def close(self) -> None:
        """Cancel the work."""

    def call_soon(self, function: Callable[..., object], *arguments: object) -> None:
        """Call a function on the loop; does nothing once it is closed."""
        with suppress(RuntimeError):
            self.start().call_soon_threadsafe(function, *arguments)

    def submit(self, coroutine: Coroutine[Any, Any, _T]) -> Future[_T]:
        """Run a coroutine on the loop.

        Raises:
            RuntimeError: the loop is closed.
        """
        try:
            return asyncio.run_coroutine_threadsafe(coroutine, self.start())
        except RuntimeError:
            coroutine.close()
            raise


class RealTimeLoop(asyncio.SelectorEventLoop):
    """An event loop for which time passes also where a test has frozen it.

    It is the same on Windows, whose own loop cannot watch a socket.
    """

    time = staticmethod(monotonic)


class LoopThread(WorkLoop):
    """A thread with an event loop, started at its first use."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._closed = False

    def start(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._closed:
                raise RuntimeError(f"{self._name} has stopped")
            if self._loop is None:
                loop = RealTimeLoop()
                thread = threading.Thread(target=self._run, args=(loop,), name=self._name, daemon=True)
                try:
                    thread.start()
                except RuntimeError:
                    loop.close()
                    raise
                self._loop, self._thread = loop, thread
            return self._loop

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            loop.run_forever()
        finally:
            loop.run_until_complete(cancel_all(loop))
            loop.close()

    def close(self, patience: float = 0.5) -> None:
        """Cancel all tasks of the loop and stop it; waits at most `patience` seconds."""
        with self._lock:
            first, self._closed = not self._closed, True
            loop, thread = self._loop, self._thread
        if loop is None or thread is None:
            return
        if first:
            loop.call_soon_threadsafe(loop.stop)
        if thread is not threading.current_thread():
            thread.join(patience)


class HostLoop(WorkLoop):
    """The event loop of a server, for work that is done on it."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._work: set[Future[Any]] = set()

    def start(self) -> asyncio.AbstractEventLoop:
        return self._loop

    def submit(self, coroutine: Coroutine[Any, Any, _T]) -> Future[_T]:
        future = super().submit(coroutine)
        self._work.add(future)
        future.add_done_callback(self._work.discard)
        return future

    def close(self) -> None:
        for future in tuple(self._work):
            future.cancel()


async def cancel_all(loop: asyncio.AbstractEventLoop) -> None:
    """Cancel the tasks until all have ended: before Python 3.12, `wait_for` can lose a cancellation."""
    while tasks := asyncio.all_tasks(loop) - {asyncio.current_task(loop)}:
        for task in tasks:
            task.cancel()
        ended, _ = await asyncio.wait(tasks, timeout=_CANCELLED_AGAIN)
        for task in ended:
            if not task.cancelled():
                task.exception()  # retrieved, so that asyncio does not log it
