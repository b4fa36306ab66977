"""Takes connections: no more than there is room for, and those for HTTPS with a bounded TLS handshake.

Our own, since asyncio's servers log thousands of tracebacks a second once no file can be opened, and say nothing of a
handshake that fails.
"""

from __future__ import annotations

import asyncio
import errno
import socket
from typing import TYPE_CHECKING

from mockserver.server.connections import TLS_HANDSHAKE, HttpConnection
from mockserver.server.limits import http_to_https

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from mockserver.server.limits import Limits, Refusal
    from mockserver.server.listening import SecureListener
    from mockserver.server.notices import Notices

    NewConnection = Callable[[Refusal | None], HttpConnection]

_BACKLOG = 2048
_AT_ONCE = 64
_RETRY = 0.5
_LEAST_IDLE = 1.0
_EXHAUSTED = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
_MOST, _LEAST_RESERVE, _MOST_RESERVE = 10_000, 16, 256
_CURE = "Have clients close connections that they do not need, or allow more open files, such as ulimit -n 65536."


def most_connections() -> int:
    """How many connections leave enough open files for the rest: the database, notifications, pages."""
    try:
        import resource  # noqa: PLC0415 - Windows has none
    except ImportError:
        return _MOST_RESERVE
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files == resource.RLIM_INFINITY:
        return _MOST
    return max(1, min(_MOST, files - min(_MOST_RESERVE, max(_LEAST_RESERVE, files // 4))))


class Room:
    """How many connections there may be, and what happens when there are as many."""

    def __init__(self, limits: Limits, notices: Notices, connections: Collection[HttpConnection]) -> None:
        """Room for as many as the limits say; `connections` are those that are open."""
        self.opening: dict[asyncio.Task[None], socket.socket] = {}
        self.limits = limits
        self.notices = notices
        self._most = limits.connections or most_connections()
        self._connections = connections
        self._waiting: list[Callable[[], None]] = []
        self._retry: asyncio.TimerHandle | None = None

    def is_full(self) -> bool:
        """Whether there is no place for one more; the log says so, and one that is idle is closed."""
        taken = len(self._connections) + len(self.opening)
        if taken < self._most:
            return False
        text = f"{taken} connections are open, as many as this process takes; new ones wait. {_CURE}"
        self.notices.add("full", text, at_once=1)
        self._close_idle()
        return True

    def exhausted(self, error: OSError) -> None:
        """The system has nothing left for one more connection."""
        text = f"Cannot take connections: {error.strerror}; new ones wait. {_CURE}"
        self.notices.add("exhausted", text, at_once=1)
        self._close_idle()

    def wait(self, resume: Callable[[], None]) -> None:
        """Call a function once a place may be free."""
        self._waiting.append(resume)
        if self._retry is None:
            self._retry = asyncio.get_running_loop().call_later(_RETRY, self.resume)

    def resume(self) -> None:
        """Call those who wait for a place: one has become free, or it is time to try again."""
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
    """Takes the connections of one listening socket."""

    def __init__(self, sock: socket.socket, room: Room, new_connection: NewConnection) -> None:
        """Take connections as they come once started; closing the socket is left to its owner."""
        self._sock = sock
        self._room = room
        self._new_connection = new_connection
        self._loop = asyncio.get_running_loop()

    def start(self) -> None:
        """Listen.

        Raises:
            OSError: the socket cannot listen.
        """
        self._sock.setblocking(False)
        self._sock.listen(_BACKLOG)
        self._resume()

    def close(self) -> None:
        """Take no more connections."""
        self._loop.remove_reader(self._sock)

    def _resume(self) -> None:
        self._loop.add_reader(self._sock, self._accept)

    def _wait(self) -> None:
        self._loop.remove_reader(self._sock)
        self._room.wait(self._resume)

    def _accept(self) -> None:
        for _ in range(_AT_ONCE):
            if self._room.is_full():
                self._wait()
                return
            try:
                client, address = self._sock.accept()
            except OSError as error:  # most often, no more are there
                if error.errno in _EXHAUSTED:
                    self._room.exhausted(error)
                    self._wait()
                return
            client.setblocking(False)
            task = self._loop.create_task(self._open(client, address[0]))
            self._room.opening[task] = client
            task.add_done_callback(self._room.opened)

    async def _open(self, client: socket.socket, address: str) -> None:  # noqa: ARG002 - for its subclass
        await self._loop.connect_accepted_socket(lambda: self._new_connection(None), client)


class SecureAcceptor(Acceptor):
    """Takes the connections of one listening socket, with TLS."""

    def __init__(self, listener: SecureListener, url: str, room: Room, new_connection: NewConnection) -> None:
        """Take connections as they come once started; `url` is for the answer to clients that speak no TLS."""
        super().__init__(listener.sock, room, new_connection)
        self._listener = listener
        self._url = url
        self._time = room.limits.handshake_time
        self._handshakes = asyncio.Semaphore(room.limits.handshakes)

    async def _open(self, client: socket.socket, address: str) -> None:
        try:
            begins_with_tls = await asyncio.wait_for(self._begins_with_tls(client), self._time)
            if begins_with_tls:
                await asyncio.wait_for(self._handshakes.acquire(), self._time)  # each takes half a megabyte
        except (OSError, asyncio.TimeoutError):  # the client has gone, or says nothing
            client.close()
            return
        if begins_with_tls:
            await self._shake_hands(client, address)
        else:
            refusal = http_to_https(self._url)
            await self._loop.connect_accepted_socket(lambda: self._new_connection(refusal), client)

    async def _shake_hands(self, client: socket.socket, address: str) -> None:
        context, time = self._listener.context, self._time
        try:
            await self._loop.connect_accepted_socket(
                lambda: self._new_connection(None), client, ssl=context, ssl_handshake_timeout=time
            )
        except OSError as error:
            from mockserver.server.tls import describe_failure  # noqa: PLC0415 - TLS is imported only when asked for

            kind, text = describe_failure(error, self._listener.advice)
            self._room.notices.add(kind, f"{address}  {text}")
        finally:
            self._handshakes.release()

    async def _begins_with_tls(self, client: socket.socket) -> bool:
        """Whether a client's first byte, which stays where it is, is that of a handshake.

        Raises:
            ConnectionError: the client has gone.
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
