"""Serves a sandbox over HTTP on an event loop: in the foreground of a command, or in a thread of a test."""

from __future__ import annotations

import asyncio
import logging
import threading
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING

from mockserver.app import assemble
from mockserver.clock import stopwatch
from mockserver.server.accepting import Acceptor, ConnectionSlots, SecureAcceptor
from mockserver.server.connection_log import ConnectionLog
from mockserver.server.connections import HttpConnection
from mockserver.server.context import ServerContext
from mockserver.server.limits import Limits
from mockserver.server.listening import listen
from mockserver.server.readiness import prepare_ready_file, remove_ready_file, write_ready_file
from mockserver.server.routing import Router
from mockserver.store.contract import StoreUnavailableError
from mockserver.system.stopping import at_stop_signals, woken_by_signals
from mockserver.threads import HostLoop, RealTimeLoop, cancel_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from mockserver.app import Application
    from mockserver.clock import Clock
    from mockserver.gateway.findings import Finding
    from mockserver.server.limits import HttpError
    from mockserver.server.listening import Listeners
    from mockserver.settings import Settings

_logger = logging.getLogger(__name__)
_QUIET_TURNS = 3
_CLOSING_PAUSE = 0.001
_PATIENCE = 0.25
_TLS_CLOSE_TURNS = 3  # in which a TLS client may answer a close; most never do
_LONGEST_CLOSING = 1.0


def open_server(
    settings: Settings,
    *,
    clock: Clock | None = None,
    limits: Limits | None = None,
    listeners: Listeners | None = None,
) -> Server:
    """A server of these settings, with the accounts of a seed file, listening but not yet serving.

    It binds its own sockets, unless it is given those that a supervisor has bound for several servers.

    Raises:
        PortTakenError: nothing can listen there.
        ValueError: a setting, or a file that it names, has a mistake; the message says which and what to do.
        LookupError: the default scenario does not exist.
    """
    if settings.ready_file is not None:
        prepare_ready_file(settings.ready_file)  # before anything can fail: a killed run may have left one
    with ExitStack() as on_failure:
        listeners = listeners or listen(settings)
        on_failure.callback(listeners.close)
        app = assemble(settings, listeners.url, listeners.secure_url, clock=clock)
        on_failure.callback(app.close)
        if settings.accounts is not None:
            from mockserver.api.seed_files import seed_accounts  # noqa: PLC0415 - YAML is read only when it is asked for

            seed_accounts(app, settings.accounts)
        if settings.demo_data:
            from mockserver.api.demo_data import fill_default_account  # noqa: PLC0415 - brings Faker

            fill_default_account(app)
        on_failure.pop_all()
    return Server(app, listeners, limits or Limits())


class Server:
    """The server of a sandbox. Everything but Flask, databases and explanations runs on its event loop."""

    def __init__(self, app: Application, listeners: Listeners, limits: Limits) -> None:
        self.app = app
        self._on_connection_log: Callable[[int, str, str], None] = lambda _at, text, _about: _logger.warning("%s", text)
        requests = ConnectionLog(lambda text: self._on_connection_log(app.clock.now(), text, "request"), stopwatch)
        self._router = Router(app, partial(requests.add, "path"))
        self._listeners = listeners
        self.findings: tuple[int, Sequence[Finding]] = (0, ())  # of a strict run, once it has stopped
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop, self._is_stopped = asyncio.Event(), False
        log = ConnectionLog(lambda text: self._on_connection_log(app.clock.now(), text, "connection"), stopwatch)
        self.context = ServerContext(limits, log, listeners.url, listeners.secure_url, self._router.serve)
        self._slots = ConnectionSlots(limits, log, self.context.connections, listeners.counts)
        self.context.on_closed = self._slots.closed

    @property
    def authority(self) -> bytes:
        """The certificate that clients have to trust for HTTPS (PEM); empty without HTTPS or with your own."""
        return b"" if self._listeners.secure is None else self._listeners.secure.authority

    def serve_until_stopped(self, on_ready: Callable[[], None]) -> None:
        """Serve until a signal or `stop`; due work runs meanwhile. `on_ready` is called when requests are taken."""
        loop = self._loop = RealTimeLoop()
        with self._stopping_at_signals(loop):  # a second one does not break off the end
            try:
                loop.run_until_complete(self._serve(on_ready))
            finally:
                if self.app.settings.ready_file is not None:
                    remove_ready_file(self.app.settings.ready_file)
                self._listeners.close()
                loop.run_until_complete(cancel_all(loop))
                self._router.close()
                if self.app.settings.strict:
                    self.findings = self._read_findings()
                self.app.close()
                loop.close()

    def _read_findings(self) -> tuple[int, Sequence[Finding]]:
        from mockserver.api.findings import all_findings  # noqa: PLC0415 - only a strict run needs it

        try:
            return all_findings(self.app)
        except StoreUnavailableError:  # queued scenarios are unknown
            return self.app.findings.counts.total(), self.app.findings.kept

    def on_connection_log(self, listener: Callable[[int, str, str], None]) -> None:
        """Give the lines of the connection log to a listener instead of Python's logging.

        Each has its instant, and says whether it is about a `connection` or a `request` that reached nothing.
        """
        self._on_connection_log = listener

    def stop(self) -> None:
        """Stop the server, from any thread."""
        self._is_stopped = True
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop has closed
                self._loop.call_soon_threadsafe(self._stop.set)

    @contextmanager
    def _stopping_at_signals(self, loop: asyncio.AbstractEventLoop) -> Iterator[None]:
        """Stop on Ctrl-C and SIGTERM."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        with at_stop_signals(lambda *_: self.stop()), woken_by_signals(loop):
            yield

    async def _serve(self, on_ready: Callable[[], None]) -> None:
        self.app.start(loop=HostLoop(asyncio.get_running_loop()))
        acceptors = self._listen()
        try:
            if self.app.settings.ready_file is not None:
                write_ready_file(self.app.settings.ready_file, (self._listeners.url, self._listeners.secure_url))
            on_ready()
            if not self._is_stopped:
                await self._stop.wait()
        finally:
            await self._shut_down(acceptors)

    def _listen(self) -> list[Acceptor]:
        """Listen, for HTTPS too where it is asked for."""

        def new_connection(error: HttpError | None) -> HttpConnection:
            return HttpConnection(self.context, error)

        secure, url = self._listeners.secure, self._listeners.secure_url
        acceptors = [Acceptor(self._listeners.plain, self._slots, new_connection)]
        if secure is not None:
            acceptors.append(SecureAcceptor(secure, url, self._slots, new_connection))
        for acceptor in acceptors:
            acceptor.start()
        return acceptors

    async def _shut_down(self, acceptors: list[Acceptor]) -> None:
        """Close the listening sockets and the connections; a request under way gets a quarter of a second."""
        self._router.stop_waiting()
        self._slots.close()
        for acceptor in acceptors:
            acceptor.close()
        self._listeners.close()
        quiet, turn = 0, 0
        began = stopwatch()  # beside threads that work, a turn takes longer than its pause
        while quiet < _QUIET_TURNS and (waited := stopwatch() - began) < _LONGEST_CLOSING:
            await asyncio.sleep(_CLOSING_PAUSE)  # a connection that was just accepted becomes one to be closed
            turn += 1
            for connection in list(self.context.connections):
                connection.shut_down(aborts=waited > _PATIENCE, is_late=turn > _TLS_CLOSE_TURNS)
            # On a busy machine a connection may take more than one turn from being accepted to being known here.
            quiet = 0 if self.context.connections or self._slots.opening else quiet + 1
