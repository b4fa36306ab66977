"""The sandbox as a web application (ASGI): payments go straight to the gateway, the rest to Flask.

Flask is imported when the first request needs it, so neither the start nor a payment waits for it.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, cast

from mockserver.codes import SUCCESS
from mockserver.control.paths import exchange_path
from mockserver.gateway.endpoint import LARGEST_BODY, PATH, UNRECORDED, Request

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, MutableMapping

    from mockserver.app import Application
    from mockserver.gateway.endpoint import Answer

    Scope = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
    Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
    AsgiApplication = Callable[[Scope, Receive, Send], Awaitable[None]]

SCENARIO_HEADER = "X-Sandbox-Scenario"
_SCENARIO_HEADER = SCENARIO_HEADER.lower().encode()
_THREADS = 8


class WebApplication:
    """An application served over HTTP."""

    def __init__(self, app: Application) -> None:
        """Serve a sandbox."""
        self._app = app
        self._threads: ThreadPoolExecutor | None = None
        self._site: AsgiApplication | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        if scope["path"] == PATH:
            await self._pay(scope, receive, send)
        else:
            await self._load_site()(scope, receive, send)

    async def _pay(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _read_body(receive)
        scenario = _header(scope["headers"], _SCENARIO_HEADER)
        request = Request(scope["method"], body, scenario)
        if self._app.store.waits_for_io:
            answer = await asyncio.get_running_loop().run_in_executor(self._pool(), self._app.gateway.answer, request)
        else:
            answer = self._app.gateway.answer(request)
        accepted = answer.exchange.code == SUCCESS
        status = 200 if accepted else self._app.settings.error_http_status
        await send({"type": "http.response.start", "status": status, "headers": _answer_headers(answer)})
        await send({"type": "http.response.body", "body": answer.body})

    def _pool(self) -> ThreadPoolExecutor:
        if self._threads is None:
            self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="gateway")
        return self._threads

    def _load_site(self) -> AsgiApplication:
        if self._site is None:
            from a2wsgi import WSGIMiddleware  # noqa: PLC0415 - loaded with Flask, on first need

            from mockserver.control.site import create_site  # noqa: PLC0415 - loads Flask

            self._site = cast("AsgiApplication", WSGIMiddleware(cast("Any", create_site(self._app)), workers=_THREADS))
        return self._site

    def close(self) -> None:
        """Let go of the threads."""
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)


async def _read_body(receive: Receive) -> bytes:
    """The whole body; of one that is too large, as much as shows that it is."""
    message = await receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body"):
        message = await receive()
        if len(body) <= LARGEST_BODY:
            body += message.get("body", b"")
    return body


def _header(headers: Iterable[tuple[bytes, bytes]], wanted: bytes) -> str:
    return next((value.decode("latin-1") for name, value in headers if name == wanted), "")


def _answer_headers(answer: Answer) -> list[tuple[bytes, bytes]]:
    exchange = answer.exchange
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(answer.body)),
    ]
    if exchange.number != UNRECORDED:
        headers.append((b"x-sandbox-record", exchange_path(exchange).encode()))
    if exchange.scenario:
        headers.append((_SCENARIO_HEADER, _header_text(exchange.scenario)))
    if exchange.reason:
        headers.append((b"x-sandbox-reason", _header_text(exchange.reason)))
    return headers


def _header_text(text: str) -> bytes:
    """A text as a header may carry it: one line of printable ASCII, the rest as escapes."""
    return text.encode("unicode_escape")
