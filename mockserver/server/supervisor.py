"""Serves a sandbox in several processes that share its listening sockets, stop together and are replaced if they die.

The supervising process binds the sockets, forks the workers and waits. It has no threads, no event loop and no database
connection at any time, so it can fork safely even while the workers serve. It prints nothing while they do: a terminal
that nobody reads would hold it up. A worker logs how the one that it replaces has ended.

A pair of sockets connects it with each worker. A worker sends one byte when it accepts requests, or a sentence that
says why it cannot. The end of this connection means to the supervisor that the worker has ended, and to the worker that
the supervisor has, so it stops.
"""

from __future__ import annotations

import asyncio
import gc
import os
import selectors
import signal
import socket
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from mockserver.clock import stopwatch
from mockserver.server.listening import ConnectionCounts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mockserver.server.listening import Listeners
    from mockserver.settings import Settings

_READY = b"\0"
_STOPPING = (signal.SIGINT, signal.SIGTERM)
_SHORT_LIFE = 10.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 10.0
_LONGEST_STOP = 5.0
_LONGEST_SENTENCE = 65536


class WorkerError(ValueError):
    """The workers cannot be started; the message says why."""


def check_workers(settings: Settings) -> None:
    """See that several processes can serve these settings.

    Raises:
        WorkerError: they cannot; the message says why and what to do.
    """
    if not hasattr(os, "fork"):
        raise WorkerError(
            f"--workers {settings.workers} needs a system that can fork processes: Linux, macOS, or WSL on Windows. "
            "Leave out --workers, as one process is enough for the tests of a team. Or start one sandbox for each port "
            "behind a load balancer, all with the same PostgreSQL --database."
        )
    if settings.strict:
        raise WorkerError("--strict needs one process, as each sees a part of the requests; leave out --workers.")
    if not settings.database.startswith("postgresql"):
        kind = "an SQLite database belongs to one process" if settings.database else "memory belongs to one process"
        raise WorkerError(
            f"--workers {settings.workers} needs a database that several processes share, and {kind}. Add "
            "--database postgresql+psycopg://user:password@host/name, or leave out --workers."
        )


class WorkerLink:
    """A worker's connection to its supervisor, and the `listeners` that all workers share.

    `creates_accounts` is whether it is the first of all to start. `notice` says how the worker that it replaces has
    ended; it is empty at the start.
    """

    def __init__(self, sock: socket.socket, listeners: Listeners, *, creates_accounts: bool, notice: str) -> None:
        self._sock = sock
        self.listeners = listeners
        self.creates_accounts = creates_accounts
        self.notice = notice

    def ready(self, stop: Callable[[], None]) -> None:
        """Report that this worker accepts requests; `stop` is called on its event loop if the supervisor ends."""
        loop = asyncio.get_running_loop()

        def alone() -> None:
            loop.remove_reader(self._sock)
            stop()

        loop.add_reader(self._sock, alone)
        with suppress(OSError):  # the supervisor has ended
            self._sock.send(_READY)

    def failed(self, reason: str) -> None:
        """Report why this worker cannot serve."""
        with suppress(OSError):
            self._sock.sendall(reason.encode()[:_LONGEST_SENTENCE])


class _Seat:
    """The place of one worker, and the process that has it."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.pid = 0
        self.sock: socket.socket | None = None  # None while there is no process
        self.said = b""
        self.has_served = False
        self.due: float | None = None  # when the next process starts
        self.last_end = ""
        self._began = 0.0
        self._short_lives = 0

    @property
    def is_ready(self) -> bool:
        return self.said == _READY

    @property
    def reason(self) -> str:
        """Why the process could not start; empty if it said nothing."""
        return "" if self.is_ready else self.said.decode("utf-8", "replace")

    def take(self, pid: int, sock: socket.socket) -> None:
        self.pid, self.sock, self.said, self.due, self._began = pid, sock, b"", None, stopwatch()

    def leave(self) -> None:
        """Wait for the process, which has closed its connection, and have the next one start."""
        if self.sock is not None:
            self.sock.close()
            self.sock = None
        ended = _wait_for(self.pid)
        if self.reason:
            ended = f"could not start: {self.reason}"
        self.last_end = f"{self.number} (process {self.pid}) {ended}"
        self.retry(stopwatch() - self._began)

    def retry(self, lived: float) -> None:
        """Have the next process start at once, or after a pause that grows while lives are short."""
        self._short_lives = self._short_lives + 1 if lived < _SHORT_LIFE else 0
        pause = _FIRST_PAUSE * 2 ** (self._short_lives - 2) if self._short_lives > 1 else 0.0
        self.due = stopwatch() + min(pause, _LONGEST_PAUSE)


class Supervisor:
    """Keeps a number of workers alive. Each runs `work`, and ends with the status that it returns."""

    def __init__(self, count: int, listeners: Listeners, work: Callable[[WorkerLink], int]) -> None:
        self._seats = [_Seat(number) for number in range(1, count + 1)]
        self._counts = ConnectionCounts(count)
        self._listeners = listeners._replace(counts=self._counts)
        self._work = work
        self._is_stopping = False
        # Not the default: macOS' one belongs to the process that made it, and a fork cannot even close it.
        self._selector = selectors.PollSelector()  # type: ignore[attr-defined, unused-ignore]  # not on Windows

    def run(self, on_ready: Callable[[], None]) -> None:
        """Serve until a signal. `on_ready` is called when all workers accept requests.

        Raises:
            WorkerError: a worker could not start; then all have been stopped.
        """
        gc.freeze()  # no worker's collector writes to the memory that they share
        with self._woken_by_signals():
            try:
                self._start()
                if not self._is_stopping:
                    on_ready()
                while not self._is_stopping:
                    self._wait()
            finally:
                self._listeners.close()
                self._stop_workers()
                self._selector.close()

    @contextmanager
    def _woken_by_signals(self) -> Iterator[None]:
        """Stop on Ctrl-C and SIGTERM; the rest of a stop is not broken off by another."""
        if sys.platform == "win32":
            raise NotImplementedError  # as `check_workers` has said

        def stop(*_: object) -> None:
            self._is_stopping = True

        woken, waking = socket.socketpair()
        with woken, waking:
            waking.setblocking(False)
            self._selector.register(woken, selectors.EVENT_READ)
            former_fd = signal.set_wakeup_fd(waking.fileno(), warn_on_full_buffer=False)
            before = {number: signal.signal(number, stop) for number in _STOPPING}
            before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # where ignored, no status is kept
            try:
                yield
            finally:
                for number, handler in before.items():
                    signal.signal(number, handler)
                signal.set_wakeup_fd(former_fd)

    def _start(self) -> None:
        """Start the first worker, which creates the accounts, and then all others."""
        for seats in (self._seats[:1], self._seats[1:]):
            for seat in seats:
                seat.due = stopwatch()
            while not self._is_stopping and not all(seat.is_ready for seat in seats):
                self._wait()
                for seat in seats:
                    if seat.last_end and not seat.has_served:
                        raise WorkerError(seat.reason or f"Worker {seat.last_end} before it could serve.")

    def _wait(self) -> None:
        """Start the workers that are due, and wait for the next event."""
        now = stopwatch()
        for seat in self._seats:
            if seat.due is not None and seat.due <= now:
                self._fork(seat)
        pauses = [seat.due - now for seat in self._seats if seat.due is not None]
        self._handle_events(max(0.0, min(pauses)) if pauses else None)

    def _handle_events(self, timeout: float | None) -> None:
        for key, _ in self._selector.select(timeout):
            received = key.fileobj.recv(_LONGEST_SENTENCE)  # type: ignore[union-attr, unused-ignore]
            seat: _Seat | None = key.data
            if seat is None:
                continue  # a signal, whose handler has run
            seat.said += received
            seat.has_served = seat.has_served or seat.is_ready
            if not received:
                self._selector.unregister(key.fileobj)
                self._counts.clear(seat.number - 1)
                seat.leave()

    def _fork(self, seat: _Seat) -> None:
        if sys.platform == "win32":
            raise NotImplementedError  # as `check_workers` has said
        signal.pthread_sigmask(signal.SIG_BLOCK, _STOPPING)  # until the child has handlers of its own
        try:
            ours, theirs = socket.socketpair()
            pid = os.fork()
            if not pid:
                ours.close()
                self._be_worker(seat, theirs)
        except OSError as error:  # too many processes or open files
            if not seat.has_served:
                message = f"Cannot start worker {seat.number}: {error.strerror}. Use fewer --workers."
                raise WorkerError(message) from error
            seat.retry(lived=0.0)
            return
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPPING)
        theirs.close()
        seat.take(pid, ours)
        self._selector.register(ours, selectors.EVENT_READ, seat)

    def _be_worker(self, seat: _Seat, sock: socket.socket) -> None:
        """Be the child process: work, and never return to what the supervisor was doing."""
        if sys.platform == "win32":
            raise NotImplementedError  # as `check_workers` has said
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)  # Ctrl-C keeps its handler, which does nothing here
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPPING)
            for other in self._seats:
                if other.sock is not None:
                    other.sock.close()
            self._selector.close()
            creates_accounts = seat is self._seats[0] and not seat.last_end
            notice = f"{seat.last_end}; process {os.getpid()} replaces it" if seat.last_end else ""
            self._counts.own = seat.number - 1
            link = WorkerLink(sock, self._listeners, creates_accounts=creates_accounts, notice=notice)
            status = self._work(link)  # `link` keeps the connection open until the process ends
        except BaseException:  # noqa: BLE001 - nothing may pass
            sys.excepthook(*sys.exc_info())
        finally:
            os._exit(status)

    def _stop_workers(self) -> None:
        """Stop all workers; one that does not end in time is killed."""
        if sys.platform == "win32":
            raise NotImplementedError  # as `check_workers` has said
        self._signal_workers(signal.SIGTERM)
        ends = stopwatch() + _LONGEST_STOP
        while any(seat.sock is not None for seat in self._seats):
            left = ends - stopwatch()
            if left <= 0:
                for seat in self._signal_workers(signal.SIGKILL):
                    killed = f"worker {seat.number} (process {seat.pid}) did not stop within {_LONGEST_STOP:g} s"
                    sys.stderr.write(f"{killed}, so it was killed\n")
            self._handle_events(left if left > 0 else None)

    def _signal_workers(self, number: signal.Signals) -> list[_Seat]:
        """Send a signal to the workers that there are, and return their seats."""
        alive = [seat for seat in self._seats if seat.sock is not None]
        for seat in alive:
            os.kill(seat.pid, number)  # nobody has waited for it yet, so its number is its own
        return alive


def _wait_for(pid: int) -> str:
    """Wait for the end of a process, and say how it ended."""
    _, status = os.waitpid(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with status {code}"
