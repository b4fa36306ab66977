"""Signals that stop a program, and waits that they end on every system.

A signal interrupts a wait of the main thread on Linux and macOS. On Windows it does not: there, Python calls a handler
when the wait has ended by itself.
"""

from __future__ import annotations

import signal
import socket
import sys
from concurrent.futures import wait
from contextlib import contextmanager, suppress
from queue import Empty
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import Callable, Collection, Iterator
    from concurrent.futures import Future
    from queue import SimpleQueue
    from types import FrameType

_T = TypeVar("_T")
_SLICE = 0.2  # seconds, after which Ctrl-C is seen
_MANY = 64

if sys.platform == "win32":
    STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGBREAK)
    """Ctrl-C, what stops a service, and Ctrl-Break, the only one that another program can send on Windows."""
else:
    STOPPING = (signal.SIGINT, signal.SIGTERM)
    """Ctrl-C, and what stops a service."""


@contextmanager
def at_stop_signals(handler: Callable[[int, FrameType | None], object]) -> Iterator[None]:
    """A block of the main thread in which a handler is called at the signals that stop a program."""
    before = {number: signal.signal(number, handler) for number in STOPPING}
    try:
        yield
    finally:
        for number, former in before.items():
            signal.signal(number, former)


@contextmanager
def woken_by_signals(loop: AbstractEventLoop) -> Iterator[None]:
    """A block of the main thread in which each signal wakes an event loop, so that its handler is called at once."""
    woken, waking = socket.socketpair()
    with woken, waking:
        woken.setblocking(False)
        waking.setblocking(False)
        former = signal.set_wakeup_fd(waking.fileno(), warn_on_full_buffer=False)
        loop.add_reader(woken, woken.recv, _MANY)
        try:
            yield
        finally:
            signal.set_wakeup_fd(former)
            loop.remove_reader(woken)


def wait_for_all(futures: Collection[Future[Any]]) -> None:
    """Wait until all have ended, and let signals be handled meanwhile."""
    while wait(futures, timeout=_SLICE).not_done:
        pass


def next_of(queue: SimpleQueue[_T]) -> _T:
    """The next item of a queue; waits for it, and lets signals be handled meanwhile."""
    while True:
        with suppress(Empty):
            return queue.get(timeout=_SLICE)
