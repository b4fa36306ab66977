"""Serves a sandbox over HTTP with uvicorn: in the foreground of a command, or in a thread of a test."""

from __future__ import annotations

import asyncio
import signal
import socket
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from mockserver.sending import CONNECTION
from mockserver.web import WebApplication

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from mockserver.app import Application

_BACKLOG = 2048
_KEEP_ALIVE = 75
_DATE_INTERVAL = 1.0
_QUIET_TURNS = 3
_CLOSING_PAUSE = 0.001
_PATIENCE = 250
_LONGEST_CLOSING = 1000


class PortTakenError(OSError):
    """Nothing can listen at this address; the message says why and what to do."""


def bind(host: str, port: int) -> socket.socket:
    """A socket bound to an address; port 0 takes a free one.

    Raises:
        PortTakenError: the address is in use or is none of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named because asyncio switches Nagle's delay off for sockets that say they are TCP.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
    except OSError as error:
        sock.close()
        raise PortTakenError(
            f"Cannot listen on {host} port {port}: {error.strerror}. "
            "Choose another with --host and --port, or --port 0 for a free one."
        ) from error
    return sock


def base_url(sock: socket.socket) -> str:
    """The address at which clients on this machine reach a listening socket."""
    host, port = sock.getsockname()[:2]
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104 - compared, not bound
    return f"http://{shown}:{port}"


class TransparentProtocol(HttpToolsProtocol):
    """HTTP that shows each request its connection, so that a scenario can have it reset."""

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self.scope["extensions"] = {CONNECTION: {"transport": self.transport}}


class Server(uvicorn.Server):
    """A uvicorn server that stops at once instead of looking ten times a second whether it should."""

    def __init__(self, app: Application, sock: socket.socket, on_ready: Callable[[], None]) -> None:
        """Prepare to serve a sandbox on a bound socket; `on_ready` is called when it takes requests."""
        self.app = app
        self._on_ready = on_ready
        self._web = WebApplication(app)
        self._sock = sock
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        config = uvicorn.Config(
            self._web, http=TransparentProtocol, loop="asyncio", ws="none", lifespan="off", log_config=None,
            access_log=False, backlog=_BACKLOG, timeout_keep_alive=_KEEP_ALIVE, server_header=False,
        )  # fmt: skip
        super().__init__(config)

    def serve_until_stopped(self) -> None:
        """Serve until a signal or `stop`; due work runs meanwhile."""
        self.app.start()
        try:
            self.run(sockets=[self._sock])
        finally:
            self._web.close()
            self.app.close()

    def stop(self) -> None:
        """Have the server stop, from any thread."""
        self.should_exit = True
        if self._loop is not None and self._stop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._stop.set)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on Ctrl-C and SIGTERM, without raising the signal again once the server has stopped."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - the form of a signal handler
        """Take a signal."""
        self.stop()

    async def main_loop(self) -> None:
        """Serve, renewing the Date header each second, until told to stop."""
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        await self.on_tick(0)
        self._on_ready()
        while not self.should_exit:
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._stop.wait(), _DATE_INTERVAL)
            await self.on_tick(0)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close the listening sockets and the connections; a request under way gets a quarter of a second."""
        for server in self.servers:
            server.close()
        for sock in sockets or []:
            sock.close()
        quiet = 0
        for turn in range(_LONGEST_CLOSING):
            await asyncio.sleep(_CLOSING_PAUSE)  # a connection that was just accepted becomes one to be closed
            for connection in list(self.server_state.connections):
                connection.shutdown()
                if turn == _PATIENCE:
                    connection.transport.abort()
            # On a busy machine a connection may take more than one turn from being accepted to being known here.
            quiet = 0 if self.server_state.connections else quiet + 1
            if quiet == _QUIET_TURNS:
                break
