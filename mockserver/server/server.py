"""Serves a sandbox over HTTP with uvicorn: in the foreground of a command, or in a thread of a test."""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, cast

import uvicorn

from mockserver.app import assemble
from mockserver.server.accepting import Acceptor, ConnectionSlots, SecureAcceptor
from mockserver.server.connection_log import ConnectionLog
from mockserver.server.connections import HttpConnection, ServerContext
from mockserver.server.limits import Limits
from mockserver.server.listening import listen
from mockserver.server.readiness import prepare_ready_file, remove_ready_file, write_ready_file
from mockserver.server.routing import Router

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator
    from types import FrameType

    from mockserver.app import Application
    from mockserver.clock import Clock
    from mockserver.server.limits import HttpError
    from mockserver.server.listening import Listeners
    from mockserver.settings import Settings

_logger = logging.getLogger(__name__)
_DATE_INTERVAL = 1.0
_QUIET_TURNS = 3
_CLOSING_PAUSE = 0.001
_PATIENCE = 0.25
_TLS_CLOSE_TURNS = 3  # in which a TLS client may answer a close; most never do
_LONGEST_CLOSING = 1.0


def open_server(settings: Settings, *, clock: Clock | None = None, limits: Limits | None = None) -> Server:
    """A server of these settings, with the accounts of a seed file, listening but not yet serving.

    Raises:
        PortTakenError: nothing can listen there.
        ValueError: a setting, or a file that it names, has a mistake; the message says which and what to do.
        LookupError: the default scenario does not exist.
    """
    if settings.ready_file is not None:
        prepare_ready_file(settings.ready_file)  # before anything can fail: a killed run may have left one
    with ExitStack() as on_failure:
        listeners = listen(settings)
        on_failure.callback(listeners.close)
        app = assemble(settings, listeners.url, listeners.secure_url, clock=clock)
        on_failure.callback(app.close)
        if settings.accounts is not None:
            from mockserver.api.seed_files import seed_accounts  # noqa: PLC0415 - YAML is read only when it is asked for

            seed_accounts(app, settings.accounts)
        on_failure.pop_all()
    return Server(app, listeners, limits or Limits())


class Server(uvicorn.Server):
    """A uvicorn server that stops at once instead of looking ten times a second whether it should."""

    def __init__(self, app: Application, listeners: Listeners, limits: Limits) -> None:
        self.app = app
        self.limits = limits
        self._on_connection_log: Callable[[int, str], None] = lambda _at, text: _logger.warning("%s", text)
        self._on_ready: Callable[[], None] = lambda: None
        self._router = Router(app)
        self._listeners = listeners
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        config = uvicorn.Config(
            self._router, http=HttpConnection, loop="asyncio:SelectorEventLoop", ws="none", lifespan="off",
            log_config=None, access_log=False, server_header=False,
        )  # fmt: skip
        super().__init__(config)
        self._connections = cast("set[HttpConnection]", self.server_state.connections)

    @property
    def authority(self) -> bytes:
        """The certificate that clients have to trust for HTTPS (PEM); empty without HTTPS or with your own."""
        return b"" if self._listeners.secure is None else self._listeners.secure.authority

    def serve_until_stopped(self, on_ready: Callable[[], None]) -> None:
        """Serve until a signal or `stop`; due work runs meanwhile. `on_ready` is called when requests are taken."""
        self._on_ready = on_ready
        self.app.start()
        try:
            self.run(sockets=[self._listeners.plain])
        finally:
            if self.app.settings.ready_file is not None:
                remove_ready_file(self.app.settings.ready_file)
            self._listeners.close()
            self._router.close()
            self.app.close()

    def on_connection_log(self, listener: Callable[[int, str], None]) -> None:
        """Give the lines of the connection log, each with its instant, to a listener instead of Python's logging."""
        self._on_connection_log = listener

    def stop(self) -> None:
        """Stop the server, from any thread."""
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
        """Stop on a signal."""
        self.stop()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:  # noqa: ARG002 - as uvicorn has it
        """Listen, for HTTPS too where it is asked for."""
        loop, secure = asyncio.get_running_loop(), self._listeners.secure
        log = ConnectionLog(lambda text: self._on_connection_log(self.app.clock.now(), text), loop.time)
        slots = self._slots = ConnectionSlots(self.limits, log, self._connections)
        context = ServerContext(self.limits, log, self._listeners.url, self._listeners.secure_url, slots.closed)

        def new_connection(error: HttpError | None) -> HttpConnection:
            return HttpConnection(context, self.config, self.server_state, self.lifespan.state, loop, error=error)

        self._acceptors = [Acceptor(self._listeners.plain, slots, new_connection)]
        if secure is not None:
            self._acceptors.append(SecureAcceptor(secure, self._listeners.secure_url, slots, new_connection))
        for acceptor in self._acceptors:
            acceptor.start()
        self.started = True

    async def main_loop(self) -> None:
        """Serve until `stop`, and renew the Date header each second."""
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        await self.on_tick(0)
        if self.app.settings.ready_file is not None:
            write_ready_file(self.app.settings.ready_file, (self._listeners.url, self._listeners.secure_url))
        self._on_ready()
        while not self.should_exit:
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._stop.wait(), _DATE_INTERVAL)
            await self.on_tick(0)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close the listening sockets and the connections; a request under way gets a quarter of a second."""
        self._router.stop_waiting()
        self._slots.close()
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
                elif connection.scheme == "https" and turn > _TLS_CLOSE_TURNS:
                    transport.abort()
                if waited > _PATIENCE:
                    transport.abort()
            # On a busy machine a connection may take more than one turn from being accepted to being known here.
            quiet = 0 if self._connections or self._slots.opening else quiet + 1
