"""Calls a WSGI application from the event loop: in one thread, in one piece.

Our own few lines, since the bridge that was tried hands each part of an answer from thread to loop,
which cost 2 ms a request and left a thread waiting for ever when the server stopped in between.
"""

from __future__ import annotations

import asyncio
import sys
from io import BytesIO
from typing import TYPE_CHECKING, Any, NamedTuple

from mockserver.api.paths import PENDING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, MutableMapping
    from concurrent.futures import Executor

    Scope = MutableMapping[str, Any]
    WsgiApplication = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class HttpAnswer(NamedTuple):
    """A whole HTTP answer."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


async def call_wsgi(
    application: WsgiApplication, scope: Scope, body: bytes, threads: Executor, pending: list[Any]
) -> HttpAnswer:
    """The application's answer to an ASGI request whose body has been read.

    What the application adds to `pending` is what the answer waits for: call again with it when it is there.
    """
    environ = _environ(scope, body)
    environ[PENDING] = pending
    return await asyncio.get_running_loop().run_in_executor(threads, _call, application, environ)


def _call(application: WsgiApplication, environ: dict[str, Any]) -> HttpAnswer:
    started: list[Any] = []

    def start_response(status: str, headers: list[tuple[str, str]], _error: object = None) -> Callable[[bytes], None]:
        started[:] = int(status[:3]), [(k.lower().encode("latin-1"), v.encode("latin-1")) for k, v in headers]
        return written.append

    written: list[bytes] = []
    parts = application(environ, start_response)
    try:
        written.extend(parts)
    finally:
        close = getattr(parts, "close", None)
        if close is not None:
            close()
    status, headers = started
    return HttpAnswer(status, headers, b"".join(written))


def _environ(scope: Scope, body: bytes) -> dict[str, Any]:
    host, port = scope.get("server") or ("localhost", 80)
    environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": scope["path"].encode().decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": host,
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": (scope.get("client") or ("",))[0],
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    fields: dict[str, list[str]] = {}
    for name, value in scope["headers"]:
        if b"_" not in name:  # it would pass for another header, whose name has a hyphen there
            fields.setdefault(name.decode("latin-1"), []).append(value.decode("latin-1"))
    fields.pop("content-length", None)
    if "content-type" in fields:
        environ["CONTENT_TYPE"] = fields.pop("content-type")[-1]
    return environ | {f"HTTP_{name.upper().replace('-', '_')}": ",".join(values) for name, values in fields.items()}
