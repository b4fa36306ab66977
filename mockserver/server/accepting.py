"""Accepts connections: no more than there are slots for, and those for HTTPS with a bounded TLS handshake.

This replaces asyncio's servers, which log thousands of tracebacks a second when no more files can be opened, and do not
report a failed handshake.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import sys
from typing import TYPE_CHECKING

from mockserver.server.limits import http_to_https
from mockserver.server.reading import TLS_HANDSHAKE

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from mockserver.server.connection_log import ConnectionLog
    from mockserver.server.connections import HttpConnection
    from mockserver.server.context import OpenConnection
    from mockserver.server.limits import HttpError, Limits
    from mockserver.server.listening import ConnectionCounts, SecureListener

    NewConnection = Callable[[HttpError | None], HttpConnection]

_BACKLOG = 2048
_AT_ONCE = 64
_RETRY = 0.5
_LEAST_IDLE = 1.0
_TURN = 0.001
_EXHAUSTED = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
_MOST, _LEAST_RESERVE, _MOST_RESERVE = 10_000, 16, 256
_MOST_ON_WINDOWS = 256  # of the 512 sockets that can be waited for; the others are for notifications
_CURE = "Have clients close connections that they do not need, or allow more open files, such as ulimit -n 65536."


def most_connections() -> int:
    """How many connections leave enough open files for the rest: the database, notifications, pages."""
    if sys.platform == "win32":
        return _MOST_ON_WINDOWS
    import resource  # noqa: PLC0415 - Windows has none

    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files == resource.RLIM_INFINITY:
        return _MOST
    return max(1, min(_MOST, files - min(_MOST_RESERVE, max(_LEAST_RESERVE, files // 4))))


class ConnectionSlots:
    """How many connections there may be at once: as many as the limits say; `connections` are those that are open.

    When all slots are taken, new connections wait in the kernel's backlog, and the longest idle one is closed for them.
    """

    def __init__(
        self,
        limits: Limits,
        log: ConnectionLog,
        connections: Collection[OpenConnection],
        counts: ConnectionCounts | None = None,
    ) -> None:
        """`counts` are those of all workers, if this process is one."""
        self.opening: dict[asyncio.Task[None], socket.socket] = {}
        self._counts = counts
        self.limits = limits
        self.log = log
        self._most = limits.connections or most_connections()
        self._connections = connections
        self._waiting: list[Callable[[], None]] = []
        self._retry: asyncio.TimerHandle | None = None
        self._count()

    def is_full(self) -> bool:
        """Whether all slots are taken; then the log says so, and an idle connection is closed."""
        if self._count() < self._most:
            return False
        text = f"{self._most} connections are open, as many as this process takes; new ones wait. {_CURE}"
        self.log.add("full", text, burst=1)
        self._close_idle()
        return True

    def _count(self) -> int:
        count = len(self._connections) + len(self.opening)  # one may be in both for a turn of the loop
        if self._counts is not None:
            self._counts.publish(count)
        return count

    def is_another_first(self) -> bool:
        """Whether another worker has fewer connections, so that it is its turn to accept one."""
        return self._counts is not None and self._counts.is_another_first()

    def exhausted(self, error: OSError) -> None:
        """The system has no files or memory left for a connection."""
        text = f"Cannot take connections: {error.strerror}; new ones wait. {_CURE}"
        self.log.add("exhausted", text, burst=1)
        self._close_idle()

    def wait(self, resume: Callable[[], None]) -> None:
        """Call a function once a slot may be free."""
        self._waiting.append(resume)
        if self._retry is None:
            self._retry = asyncio.get_running_loop().call_later(_RETRY, self.resume)

    def resume(self) -> None:
        """Call the functions that wait for a slot: one is free, or it is time to try again."""
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None
        waiting, self._waiting = self._waiting, []
        for resume in waiting:
            resume()

    def opened(self, task: asyncio.Task[None]) -> None:
        """A connection is open, or has failed to open."""
        client = self.opening.pop(task)
        if task.cancelled():  # perhaps before it began
            client.close()
        self.closed()

    def closed(self) -> None:
        """A connection has been closed."""
        self._count()
        if self._waiting:
            self.resume()

    def close(self) -> None:
        """Open no more."""
        self._waiting.clear()
        if self._retry is not None:
            self._retry.cancel()
        for task in self.opening:
            task.cancel()

    def _close_idle(self) -> None:
        """Close the connection that has been idle longest, unless all were busy a moment ago."""
        idle = [(since, id(one), one) for one in self._connections if (since := one.idle_since) is not None]
        if idle:
            since, _, longest = min(idle)
            if since <= asyncio.get_running_loop().time() - _LEAST_IDLE:
                longest.close()


class Acceptor:
    """Accepts the connections of one listening socket, which its owner closes."""

    def __init__(self, sock: socket.socket, slots: ConnectionSlots, new_connection: NewConnection) -> None:
        self._sock = sock
        self._slots = slots
        self._new_connection = new_connection
        self._loop = asyncio.get_running_loop()
        self._is_closed = False

    def start(self) -> None:
        """Listen.

        Raises:
            OSError: the socket cannot listen.
        """
        self._sock.setblocking(False)
        self._sock.listen(_BACKLOG)
        self._resume()

    def close(self) -> None:
        """Accept no more connections."""
        self._is_closed = True
        self._loop.remove_reader(self._sock)

    def _resume(self) -> None:
        self._loop.add_reader(self._sock, self._accept)

    def _wait(self) -> None:
        self._loop.remove_reader(self._sock)
        self._slots.wait(self._resume)

    def _let_others_go_first(self) -> None:
        """Accept nothing for a moment, and then a connection that no other worker has accepted."""

        def take_turn() -> None:
            if not self._is_closed:
                self._resume()
                self._accept(1)

        self._loop.remove_reader(self._sock)
        self._loop.call_later(_TURN, take_turn)

    def _accept(self, unconditionally: int = 0) -> None:
        for number in range(_AT_ONCE):
            if self._slots.is_full():
                self._wait()
                return
            if number >= unconditionally and self._slots.is_another_first():
                self._let_others_go_first()
                return
            try:
                client, address = self._sock.accept()
            except OSError as error:  # most often, no more are there
                if error.errno in _EXHAUSTED:
                    self._slots.exhausted(error)
                    self._wait()
                return
            client.setblocking(False)
            task = self._loop.create_task(self._open(client, address[0]))
            self._slots.opening[task] = client
            task.add_done_callback(self._slots.opened)

    async def _open(self, client: socket.socket, address: str) -> None:  # noqa: ARG002 - for its subclass
        await self._loop.connect_accepted_socket(lambda: self._new_connection(None), client)


class SecureAcceptor(Acceptor):
    """Accepts the connections of one listening socket with TLS; errors for plain HTTP clients name its `url`."""

    def __init__(
        self, listener: SecureListener, url: str, slots: ConnectionSlots, new_connection: NewConnection
    ) -> None:
        super().__init__(listener.sock, slots, new_connection)
        self._listener = listener
        self._url = url
        self._time = slots.limits.handshake_time
        self._handshakes = asyncio.Semaphore(slots.limits.handshakes)

    async def _open(self, client: socket.socket, address: str) -> None:
        try:
            begins_with_tls = await asyncio.wait_for(self._begins_with_tls(client), self._time)
            if begins_with_tls:
                await asyncio.wait_for(self._handshakes.acquire(), self._time)  # each takes half a megabyte
        except (OSError, asyncio.TimeoutError):  # the client has left, or is silent
            client.close()
            return
        if begins_with_tls:
            await self._shake_hands(client, address)
        else:
            error = http_to_https(self._url)
            await self._loop.connect_accepted_socket(lambda: self._new_connection(error), client)

    async def _shake_hands(self, client: socket.socket, address: str) -> None:
        context, time = self._listener.context, self._time
        try:
            await self._loop.connect_accepted_socket(
                lambda: self._new_connection(None), client, ssl=context, ssl_handshake_timeout=time
            )
        except OSError as error:
            from mockserver.server.tls import describe_failure  # noqa: PLC0415 - TLS is imported only when asked for

            kind, text = describe_failure(error, self._listener.advice)
            self._slots.log.add(kind, f"{address}  {text}")
        finally:
            self._handshakes.release()

    async def _begins_with_tls(self, client: socket.socket) -> bool:
        """Whether a client's first byte, which is peeked at and not consumed, begins a TLS handshake.

        Raises:
            ConnectionError: the client has left.
        """
        readable = self._loop.create_future()

        def is_readable() -> None:
            self._loop.remove_reader(client)
            readable.set_result(None)

        self._loop.add_reader(client, is_readable)
        try:
            await readable
        finally:
            self._loop.remove_reader(client)
        first = client.recv(1, socket.MSG_PEEK)
        if not first:
            raise ConnectionResetError
        return first == TLS_HANDSHAKE
