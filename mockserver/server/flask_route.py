"""Everything but `POST /Payments` and health: the Flask application, called by WSGI in a thread, in one piece.

A bridge such as a2wsgi hands each part of a response from thread to loop, which cost 2 ms a request and left a thread
waiting forever when the server stopped in between.
"""

from __future__ import annotations

import asyncio
import sys
from io import BytesIO
from threading import Lock
from typing import TYPE_CHECKING, Any

from mockserver.api.paths import NOT_SNIFFED, PENDING, STOPPED_WAITING
from mockserver.server.messages import HttpResponse
from mockserver.threads import DaemonPool

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed.wsgi import WSGIApplication

    from mockserver.api.operations import Pending
    from mockserver.app import Application
    from mockserver.server.messages import HttpRequest
    from mockserver.server.responder import Responder

_THREADS = 8
_STOPPING_BODY = (
    b'{"title":"Stopping","status":503,"detail":"%s","type":"about:blank","nearest":[]}' % STOPPED_WAITING.encode()
)
_STOPPING = HttpResponse(
    503,
    [(b"content-type", b"application/problem+json"), (b"content-length", b"%d" % len(_STOPPING_BODY)), NOT_SNIFFED],
    _STOPPING_BODY,
)


class FlaskRoute:
    """Calls the Flask application, which is imported and made in a thread when the first request needs it."""

    def __init__(self, app: Application, log: Callable[[str], None]) -> None:
        """`log` is as for `create_site`."""
        self._app = app
        self._log = log
        self._threads = DaemonPool(_THREADS, "web")
        self._flask: WSGIApplication | None = None
        self._lock = Lock()
        self._stopping = False

    async def respond(self, request: HttpRequest, responder: Responder) -> HttpResponse | None:
        """The response of Flask; None when the client left during a long poll.

        An operation of the API that has to wait puts a `Pending` on a list in the environment and returns at once. Its
        future is waited for here, without a thread; then Flask is called again and finds the result.
        """
        pending: list[Pending] = []
        response = await self._call(request, pending)
        if not pending:
            return response
        if not await responder.is_done_before_left(pending[0].future):
            pending[0].leave()
            return None
        return _STOPPING if self._stopping else await self._call(request, pending)  # at once, however many wait

    async def _call(self, request: HttpRequest, pending: list[Pending]) -> HttpResponse:
        environ = {**_environ(request), PENDING: pending}
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._call_in_thread, environ)

    def _call_in_thread(self, environ: dict[str, Any]) -> HttpResponse:
        with self._lock:
            if self._flask is None:
                from mockserver.site.application import create_site  # noqa: PLC0415 - imports Flask

                self._flask = create_site(self._app, self._log)
        from werkzeug.test import run_wsgi_app  # noqa: PLC0415 - Flask has imported it

        parts, status, headers = run_wsgi_app(self._flask, environ, buffered=True)
        pairs = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        return HttpResponse(int(status[:3]), pairs, b"".join(parts))

    def stop(self) -> None:
        """Answer what waits with 503."""
        self._stopping = True

    def close(self, patience: float) -> None:
        """End the threads, waiting at most `patience` seconds for those that are busy."""
        self._threads.close(patience)


def _environ(request: HttpRequest) -> dict[str, Any]:
    host, port = request.endpoints.server
    environ = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": request.path.encode().decode("latin-1"),
        "QUERY_STRING": request.query.decode("latin-1"),
        "SERVER_NAME": host or "localhost",
        "SERVER_PORT": str(port or 80),
        "SERVER_PROTOCOL": f"HTTP/{request.version}",
        "REMOTE_ADDR": request.endpoints.client[0],
        "CONTENT_LENGTH": str(len(request.body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": request.endpoints.scheme,
        "wsgi.input": BytesIO(request.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    fields: dict[str, list[str]] = {}
    for name, value in request.headers:
        if b"_" not in name:  # it would pass for another header, whose name has a hyphen there
            fields.setdefault(name.decode("latin-1"), []).append(value.decode("latin-1"))
    fields.pop("content-length", None)
    if "content-type" in fields:
        environ["CONTENT_TYPE"] = fields.pop("content-type")[-1]
    return environ | {f"HTTP_{name.upper().replace('-', '_')}": ",".join(values) for name, values in fields.items()}
