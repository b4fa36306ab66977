"""Serves a sandbox over HTTP with uvicorn: in the foreground of a command, or in a thread of a test."""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, cast

import uvicorn

from mockserver.app import create_app
from mockserver.server import ready_file
from mockserver.server.accepting import Acceptor, Room, SecureAcceptor
from mockserver.server.connections import Endpoint, HttpConnection
from mockserver.server.limits import Limits
from mockserver.server.listening import listen
from mockserver.server.notices import Notices
from mockserver.server.routing import WebApplication

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator
    from types import FrameType

    from mockserver.app import Application
    from mockserver.clock import Clock
    from mockserver.server.limits import Refusal
    from mockserver.server.listening import Listeners
    from mockserver.settings import Settings

_logger = logging.getLogger(__name__)
_DATE_INTERVAL = 1.0
_QUIET_TURNS = 3
_CLOSING_PAUSE = 0.001
_PATIENCE = 0.25
_FAREWELL = 3  # turns in which a TLS client may answer a goodbye; most never do
_LONGEST_CLOSING = 1.0


def open_server(settings: Settings, *, clock: Clock | None = None, limits: Limits | None = None) -> Server:
    """A server of these settings, with the accounts that a file plants, listening but not yet serving.

    Raises:
        PortTakenError: nothing can listen there.
        ValueError: a setting, or a file that it names, has a mistake; the message says which and what to do.
        LookupError: the default scenario does not exist.
    """
    if settings.ready_file is not None:
        ready_file.prepare(settings.ready_file)  # before anything can fail: a script believes the file of a killed run
    with ExitStack() as on_failure:
        listeners = listen(settings)
        on_failure.callback(listeners.close)
        app = create_app(settings, listeners.url, listeners.secure_url, clock=clock)
        on_failure.callback(app.close)
        if settings.accounts is not None:
            from mockserver.api.seed_files import seed_accounts  # noqa: PLC0415 - YAML is read only when it is asked for

            seed_accounts(app, settings.accounts)
        on_failure.pop_all()
    return Server(app, listeners, limits or Limits())


class Server(uvicorn.Server):
    """A uvicorn server that stops at once instead of looking ten times a second whether it should."""

    def __init__(self, app: Application, listeners: Listeners, limits: Limits) -> None:
        """Prepare to serve a sandbox where it listens."""
        self.app = app
        self.limits = limits
        self._on_notice: Callable[[int, str], None] = lambda _at, text: _logger.warning("%s", text)
        self._on_ready: Callable[[], None] = lambda: None
        self._web = WebApplication(app)
        self._listeners = listeners
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        config = uvicorn.Config(
            self._web, http=HttpConnection, loop="asyncio:SelectorEventLoop", ws="none", lifespan="off",
            log_config=None, access_log=False, server_header=False,
        )  # fmt: skip
        super().__init__(config)
        self._connections = cast("set[HttpConnection]", self.server_state.connections)

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
                ready_file.withdraw(self.app.settings.ready_file)
            self._listeners.close()
            self._web.close()
            self.app.close()

    def on_notice(self, listener: Callable[[int, str], None]) -> None:
        """Have a listener write lines about connections, each with its instant, instead of the log of Python."""
        self._on_notice = listener

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

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:  # noqa: ARG002 - as uvicorn has it
        """Listen, for HTTPS too where it is asked for."""
        loop, secure = asyncio.get_running_loop(), self._listeners.secure
        notices = Notices(lambda text: self._on_notice(self.app.clock.now(), text), loop.time)
        room = self._room = Room(self.limits, notices, self._connections)
        endpoint = Endpoint(self.limits, notices, self._listeners.url, self._listeners.secure_url, room.closed)

        def new_connection(refusal: Refusal | None) -> HttpConnection:
            return HttpConnection(endpoint, self.config, self.server_state, self.lifespan.state, loop, refusal=refusal)

        self._acceptors = [Acceptor(self._listeners.plain, room, new_connection)]
        if secure is not None:
            self._acceptors.append(SecureAcceptor(secure, self._listeners.secure_url, room, new_connection))
        for acceptor in self._acceptors:
            acceptor.start()
        self.started = True

    async def main_loop(self) -> None:
        """Serve, renewing the Date header each second, until told to stop."""
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        await self.on_tick(0)
        if self.app.settings.ready_file is not None:
            ready_file.announce(self.app.settings.ready_file, (self._listeners.url, self._listeners.secure_url))
        self._on_ready()
        while not self.should_exit:
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._stop.wait(), _DATE_INTERVAL)
            await self.on_tick(0)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close the listening sockets and the connections; a request under way gets a quarter of a second."""
        self._web.stop_waiting()
        self._room.close()
        for acceptor in self._acceptors:
            acceptor.close()
        for sock in sockets or []:
            sock.close()
        loop, quiet, turn = asyncio.get_running_loop(), 0, 0
        began = loop.time()  # beside threads that work, a turn takes longer than its pause
        while quiet < _QUIET_TURNS and (waited := loop.time() - began) < _LONGEST_CLOSING:
            await asyncio.sleep(_CLOSING_PAUSE)  # a connection that was just accepted becomes one to be closed
            turn += 1
            for connection in list(self._connections):
                transport = connection.transport
                if not transport.is_closing():  # asyncio loses a TLS connection that is closed twice
                    connection.shutdown()
                elif connection.scheme == "https" and turn > _FAREWELL:
                    transport.abort()
                if waited > _PATIENCE:
                    transport.abort()
            # On a busy machine a connection may take more than one turn from being accepted to being known here.
            quiet = 0 if self._connections or self._room.opening else quiet + 1
