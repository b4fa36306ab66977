"""Serves a sandbox over HTTP with uvicorn: in the foreground of a command, or in a thread of a test."""

from __future__ import annotations

import asyncio
import re
import signal
import threading
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.utils import is_ssl

from mockserver import readyfile
from mockserver.app import create_app
from mockserver.listening import listen
from mockserver.sending import CONNECTION
from mockserver.web import WebApplication

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator
    from types import FrameType

    from mockserver.app import Application
    from mockserver.clock import Clock
    from mockserver.listening import Listeners, SecureListener
    from mockserver.settings import Settings

_OFFER_OF_HTTP2 = re.compile(rb"^upgrade:(?=[ \t]*h2c)", re.IGNORECASE | re.MULTILINE)
_BACKLOG = 2048
_KEEP_ALIVE = 75
_DATE_INTERVAL = 1.0
_QUIET_TURNS = 3
_CLOSING_PAUSE = 0.001
_PATIENCE = 250
_FAREWELL = 3  # turns in which a TLS client may answer a goodbye; most never do
_LONGEST_CLOSING = 1000


def open_server(settings: Settings, *, clock: Clock | None = None) -> Server:
    """A server of these settings, with the accounts that a file plants, listening but not yet serving.

    Raises:
        PortTakenError: nothing can listen there.
        ValueError: a setting, or a file that it names, has a mistake; the message says which and what to do.
        LookupError: the default scenario does not exist.
    """
    if settings.ready_file is not None:
        readyfile.prepare(settings.ready_file)  # before anything can fail: a script believes the file of a killed run
    with ExitStack() as on_failure:
        listeners = listen(settings)
        on_failure.callback(listeners.close)
        app = create_app(settings, listeners.url, listeners.secure_url, clock=clock)
        on_failure.callback(app.close)
        if settings.accounts is not None:
            from mockserver.planting import plant  # noqa: PLC0415 - YAML is read only when it is asked for

            plant(app, settings.accounts)
        on_failure.pop_all()
    return Server(app, listeners)


class TransparentProtocol(HttpToolsProtocol):
    """HTTP that shows each request its connection, so that a scenario can have it reset.

    An offer to go on in HTTP/2, as Java's client makes it with each request, is passed over: the parser would take
    all that follows the headers for another protocol, and the body would be lost.
    """

    def data_received(self, data: bytes) -> None:
        """A part of a request has come."""
        if b"h2c" in data:
            head, end, body = data.partition(b"\r\n\r\n")
            data = _OFFER_OF_HTTP2.sub(b"X-Upgrade:", head) + end + body
        super().data_received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has gone; Python 3.10 wants to be told so of TLS."""
        super().connection_lost(exc)
        if is_ssl(self.transport):
            self.transport.close()

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self.scope["extensions"] = {CONNECTION: {"transport": self.transport}}


class Server(uvicorn.Server):
    """A uvicorn server that stops at once instead of looking ten times a second whether it should."""

    def __init__(self, app: Application, listeners: Listeners) -> None:
        """Prepare to serve a sandbox where it listens."""
        self.app = app
        self._on_ready: Callable[[], None] = lambda: None
        self._web = WebApplication(app)
        self._listeners = listeners
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        config = uvicorn.Config(
            self._web, http=TransparentProtocol, loop="asyncio", ws="none", lifespan="off", log_config=None,
            access_log=False, backlog=_BACKLOG, timeout_keep_alive=_KEEP_ALIVE, server_header=False,
        )  # fmt: skip
        super().__init__(config)

    @property
    def authority(self) -> bytes:
        """The certificate that clients have to trust for HTTPS (PEM); empty without HTTPS or with one's own."""
        return b"" if self._listeners.secure is None else self._listeners.secure.authority

    def serve_until_stopped(self, on_ready: Callable[[], None]) -> None:
        """Serve until a signal or `stop`; due work runs meanwhile. `on_ready` is called when requests are taken."""
        self._on_ready = on_ready
        self.app.start()
        try:
            self.run(sockets=[self._listeners.plain])
        finally:
            if self.app.settings.ready_file is not None:
                readyfile.withdraw(self.app.settings.ready_file)
            self._listeners.close()
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

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, for HTTPS too where it is asked for."""
        await super().startup(sockets)
        if self._listeners.secure is not None:
            self.servers.append(await self._listen_securely(self._listeners.secure))

    async def _listen_securely(self, listener: SecureListener) -> asyncio.Server:
        """A second server with the same connections: uvicorn serves either HTTP or HTTPS on all its sockets."""
        loop = asyncio.get_running_loop()

        def protocol() -> TransparentProtocol:
            return TransparentProtocol(self.config, self.server_state, self.lifespan.state, loop)

        return await loop.create_server(protocol, sock=listener.sock, ssl=listener.context, backlog=_BACKLOG)

    async def main_loop(self) -> None:
        """Serve, renewing the Date header each second, until told to stop."""
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        await self.on_tick(0)
        if self.app.settings.ready_file is not None:
            readyfile.announce(self.app.settings.ready_file, (self._listeners.url, self._listeners.secure_url))
        self._on_ready()
        while not self.should_exit:
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._stop.wait(), _DATE_INTERVAL)
            await self.on_tick(0)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close the listening sockets and the connections; a request under way gets a quarter of a second."""
        self._web.stop_waiting()
        for server in self.servers:
            server.close()
        for sock in sockets or []:
            sock.close()
        quiet = 0
        for turn in range(_LONGEST_CLOSING):
            await asyncio.sleep(_CLOSING_PAUSE)  # a connection that was just accepted becomes one to be closed
            for connection in list(self.server_state.connections):
                transport = connection.transport
                if not transport.is_closing():  # asyncio loses a TLS connection that is closed twice
                    connection.shutdown()
                elif is_ssl(transport) and turn > _FAREWELL:
                    transport.abort()
                if turn == _PATIENCE:
                    transport.abort()
            # On a busy machine a connection may take more than one turn from being accepted to being known here.
            quiet = 0 if self.server_state.connections else quiet + 1
            if quiet == _QUIET_TURNS:
                break
