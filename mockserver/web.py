"""The sandbox as a web application (ASGI): payments go straight to the gateway, the rest to Flask.

Flask is imported when the first request needs it, so neither the start nor a payment waits for it.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import TYPE_CHECKING, Any

from mockserver.codes import SUCCESS
from mockserver.control.paths import exchange_path
from mockserver.gateway.endpoint import LARGEST_BODY, PATH, UNRECORDED, Request
from mockserver.wsgi import HttpAnswer, call_wsgi

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, MutableMapping

    from mockserver.app import Application
    from mockserver.store.contract import Exchange
    from mockserver.wsgi import WsgiApplication

    Scope = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
    Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

SCENARIO_HEADER = "X-Sandbox-Scenario"
_SCENARIO_HEADER = SCENARIO_HEADER.lower().encode()
_THREADS = 8
_LONGEST_HEADER = 1000


class WebApplication:
    """An application served over HTTP."""

    def __init__(self, app: Application) -> None:
        """Serve a sandbox."""
        self._app = app
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="web")
        self._made: WsgiApplication | None = None
        self._making = Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        body = await _read_body(receive)
        if body is None:
            return
        answer = await self._ask_gateway(scope, body) if scope["path"] == PATH else await self._visit_site(scope, body)
        await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        await send({"type": "http.response.body", "body": answer.body})

    async def _ask_gateway(self, scope: Scope, body: bytes) -> HttpAnswer:
        request = Request(scope["method"], body, _header(scope["headers"], _SCENARIO_HEADER).strip())
        if self._app.store.waits_for_io:
            loop = asyncio.get_running_loop()
            answered = await loop.run_in_executor(self._threads, self._app.gateway.answer, request)
        else:
            answered = self._app.gateway.answer(request)
        accepted = answered.exchange.code == SUCCESS
        status = 200 if accepted else self._app.settings.error_http_status
        return HttpAnswer(status, _answer_headers(answered.exchange, len(answered.body)), answered.body)

    async def _visit_site(self, scope: Scope, body: bytes) -> HttpAnswer:
        return await call_wsgi(self._site, scope, body, self._threads)

    def _site(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """The Flask application, made and called in a thread, so that importing it holds up no payment."""
        with self._making:
            if self._made is None:
                from mockserver.control.site import create_site  # noqa: PLC0415 - loads Flask, on first need

                self._made = create_site(self._app)
        return self._made(environ, start_response)

    def close(self) -> None:
        """Let go of the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)


async def _read_body(receive: Receive) -> bytes | None:
    """The whole body; of one that is too large, as much as shows that it is; None when the client went away."""
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        more = message.get("more_body", False)
        if len(body) <= LARGEST_BODY:
            body += message.get("body", b"")
    return body


def _header(headers: Iterable[tuple[bytes, bytes]], wanted: bytes) -> str:
    return next((value.decode("latin-1") for name, value in headers if name == wanted), "")


def _answer_headers(exchange: Exchange, length: int) -> list[tuple[bytes, bytes]]:
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % length)]
    if exchange.number != UNRECORDED:
        headers.append((b"x-sandbox-record", exchange_path(exchange).encode()))
    if exchange.scenario:
        headers.append((_SCENARIO_HEADER, _header_text(exchange.scenario)))
    if exchange.reason:
        headers.append((b"x-sandbox-reason", _header_text(exchange.reason)))
    return headers


def _header_text(text: str) -> bytes:
    """A text as a header may carry it: one line of printable ASCII, the rest as escapes."""
    return text[:_LONGEST_HEADER].encode("unicode_escape")
