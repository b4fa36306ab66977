"""Sends each request to the gateway's fast path, to health, or to Flask.

What runs where: this code, the gateway with a store in memory, due work, deliveries, long polls and event streams run
on one event loop. Flask, a database, and explanations of wrong signatures run in threads. All these threads are
daemons, and all waits on the loop are tasks, so a stop never has to wait for a request: the server cancels the tasks,
`Router.stop_waiting` ends what they wait for, and a thread that is still busy is left behind.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from mockserver.api.paths import ALIVE_PATH, LIVE_PATH, NOT_SNIFFED, READY_PATH
from mockserver.gateway.request import is_gateway_path
from mockserver.server.event_stream import EventStreams
from mockserver.server.flask_route import FlaskRoute
from mockserver.server.gateway_route import GatewayRoute
from mockserver.server.messages import HttpResponse
from mockserver.threads import DaemonPool

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from mockserver.app import Application
    from mockserver.server.messages import HttpRequest
    from mockserver.server.responder import Responder

_HEALTH_THREADS = 2
_MAY_LISTEN = 204
_CLOSING_PATIENCE = 0.1


class Router:
    """The routes of a sandbox."""

    def __init__(self, app: Application, log: Callable[[str], None]) -> None:
        """`log` gets a line for each request that reaches nothing."""
        self._app = app
        self._gateway = GatewayRoute(app)
        self._flask = FlaskRoute(app, log)
        self._streams = EventStreams(app.store)
        self._health_threads = DaemonPool(_HEALTH_THREADS, "health")  # own ones, so that busy pages delay no probe

    def serve(self, request: HttpRequest, responder: Responder) -> Coroutine[Any, Any, None] | None:
        """Respond to a request at once, or return a coroutine that does."""
        if is_gateway_path(request.path):
            return self._gateway.serve(request, responder)
        return self._serve_other(request, responder)

    async def _serve_other(self, request: HttpRequest, responder: Responder) -> None:
        path = request.path
        response: HttpResponse | None
        if path == ALIVE_PATH and request.method == "GET":
            response = self._health(path)  # at once, even if the checks of readiness wait for the database
        elif path == READY_PATH and request.method == "GET":
            loop = asyncio.get_running_loop()
            response = await loop.run_in_executor(self._health_threads, self._health, path)
        else:
            response = await self._flask.respond(request, responder)
        if response is None:  # the client has left
            return
        if path.startswith(LIVE_PATH) and response.status == _MAY_LISTEN:
            await self._streams.stream(path[len(LIVE_PATH) :], responder)
        else:
            responder.send(response)

    def _health(self, path: str) -> HttpResponse:
        from mockserver.api.health import health_answer  # noqa: PLC0415 - loads msgspec, on first need

        status, media, body = health_answer(self._app, path)
        headers = [(b"content-type", media.encode()), (b"content-length", b"%d" % len(body)), NOT_SNIFFED]
        return HttpResponse(status, headers, body)

    def stop_waiting(self) -> None:
        """End what requests wait for: explanations, long polls, clocks that are being moved, event streams."""
        self._flask.stop()
        self._gateway.stop()
        self._app.stop_waiting()
        self._streams.stop()

    def close(self) -> None:
        """End the threads; those that are still busy are left behind."""
        self._gateway.close(_CLOSING_PATIENCE)
        self._flask.close(_CLOSING_PATIENCE)
        self._health_threads.close(_CLOSING_PATIENCE)
