"""The sandbox as a web application (ASGI): payments go straight to the gateway, the rest to Flask.

Flask is imported when the first request needs it, so neither the start nor a payment waits for it.
"""

from __future__ import annotations

import asyncio
import contextlib
from concurrent.futures import ThreadPoolExecutor
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any, TypeVar

from mockserver.codes import SUCCESS
from mockserver.control.paths import (
    ALIVE_PATH,
    LAST_TRY_HEADER,
    LIVE_PATH,
    READY_PATH,
    WAIT_HEADER,
    exchange_path,
)
from mockserver.gateway.endpoint import UNRECORDED, Answer
from mockserver.gateway.request import LARGEST_BODY, PATH, Request
from mockserver.sending import Wire, send_spoilt
from mockserver.wsgi import HttpAnswer, call_wsgi

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from mockserver.app import Application
    from mockserver.gateway.endpoint import TellsFirst
    from mockserver.sending import Receive, Scope, Send
    from mockserver.store.contract import Exchange
    from mockserver.wsgi import WsgiApplication

_T = TypeVar("_T")
SCENARIO_HEADER = "X-Sandbox-Scenario"
_SCENARIO_HEADER = SCENARIO_HEADER.lower().encode()
_WAIT_HEADER = WAIT_HEADER.lower().encode()
_LAST_TRY_HEADER = LAST_TRY_HEADER.lower().encode()
_THREADS = 8
_EXPLAINERS = 1  # a flood of wrong signs waits for itself, and for nothing else
_HEALTH_PATHS = (ALIVE_PATH, READY_PATH)
_LONGEST_HEADER = 1000
_LONGEST_CLOSING = 0.2
_MAY_LISTEN = 204
_PULSE = 15.0
_PAUSE = 0.1
_LONGEST_TELLING = 5.0  # a merchant that answers one request at a time cannot be told before it has its answer


class WebApplication:
    """An application served over HTTP."""

    def __init__(self, app: Application) -> None:
        """Serve a sandbox."""
        self._app = app
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="web")
        self._explaining = ThreadPoolExecutor(_EXPLAINERS, thread_name_prefix="explain")
        self._made: WsgiApplication | None = None
        self._making = Lock()
        self._news = News()
        app.store.on_commit(self._news.spread)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        with contextlib.suppress(asyncio.CancelledError):  # the server stops, and whoever waits is let go
            body = await _read_body(receive)
            if body is not None:
                await self._serve(scope, body, receive, send)

    async def _serve(self, scope: Scope, body: bytes, receive: Receive, send: Send) -> None:
        if scope["path"] == PATH:
            await self._ask_gateway(scope, body, receive, send)
        elif scope["path"] in _HEALTH_PATHS and scope["method"] == "GET":
            await _send_answer(await self._in_thread_if_slow(self._health, scope["path"]), send)
        elif scope["path"].startswith(LIVE_PATH):
            await self._let_listen(scope, body, receive, send)
        else:
            answer = await self._visit_site(scope, body)
            await _send_answer(answer, send)

    async def _ask_gateway(self, scope: Scope, body: bytes, receive: Receive, send: Send) -> None:
        request = Request(scope["method"], body, _header(scope["headers"], _SCENARIO_HEADER).strip())
        answered = await self._in_thread_if_slow(self._app.gateway.begin, request)
        if not isinstance(answered, Answer):
            answered = await asyncio.get_running_loop().run_in_executor(self._explaining, answered)
        if answered.tells_first is not None:
            await self._until_told(answered.exchange.user, answered.tells_first)
        accepted = answered.exchange.code == SUCCESS
        status = 200 if accepted else self._app.settings.error_http_status
        reply = answered.reply
        if reply is not None and (answered.export is None or reply.is_lost):
            await send_spoilt(reply, status, _sandbox_headers(answered.exchange), Wire(scope, receive, send))
            return
        if reply is not None:
            await asyncio.sleep(reply.wait / 1000)
        await send({"type": "http.response.start", "status": status, "headers": _answer_headers(answered)})
        if answered.export is not None:
            await self._send_pieces(answered.export.pieces, receive, send)
        await send({"type": "http.response.body", "body": answered.body})

    async def _until_told(self, user: str, first: TellsFirst) -> None:
        """Wait until everything so far has been tried to be told about a trade or payout, but not for ever."""
        loop = asyncio.get_running_loop()
        ends = loop.time() + _LONGEST_TELLING
        with self._news.subscription(user, loop) as news:
            while loop.time() < ends and not await self._in_thread_if_slow(self._app.is_told, user, *first):
                await _wait_for(news, ends)

    async def _visit_site(self, scope: Scope, body: bytes) -> HttpAnswer:
        """What Flask answers; an operation that waits is tried again whenever something has happened."""
        answer = await call_wsgi(self._site, scope, body, self._threads)
        patience = _header(answer.headers, _WAIT_HEADER)
        if not patience:
            return answer
        loop = asyncio.get_running_loop()
        ends = loop.time() + float(patience)
        with self._news.subscription(_user_of(scope["path"]), loop) as news:
            news.set()  # what has happened since the first try is news too
            while patience and loop.time() < ends:
                await _wait_for(news, ends)
                answer = await call_wsgi(self._site, scope, body, self._threads)
                patience = _header(answer.headers, _WAIT_HEADER)
        if not patience:
            return answer
        last = {**scope, "headers": [*scope["headers"], (_LAST_TRY_HEADER, b"1")]}
        return await call_wsgi(self._site, last, body, self._threads)

    async def _let_listen(self, scope: Scope, body: bytes, receive: Receive, send: Send) -> None:
        """Tell news to those whom the site lets in."""
        answer = await self._visit_site(scope, body)
        if answer.status == _MAY_LISTEN:
            await self._tell_news(scope["path"][len(LIVE_PATH) :], receive, send)
            return
        await _send_answer(answer, send)

    async def _tell_news(self, user: str, receive: Receive, send: Send) -> None:
        """Tell a page whenever something has happened in an account, for as long as it listens, without a thread."""
        loop = asyncio.get_running_loop()
        headers = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        leaving = asyncio.ensure_future(receive())
        with self._news.subscription(user, loop) as news:
            news.set()  # what has happened since the page was made is news too
            while not leaving.done():
                happened = asyncio.ensure_future(news.wait())
                await asyncio.wait({happened, leaving}, timeout=_PULSE, return_when=asyncio.FIRST_COMPLETED)
                event = b"data: news\n\n" if happened.done() else b": still here\n\n"
                happened.cancel()
                news.clear()  # before it is told, so that what happens meanwhile is told next
                await send({"type": "http.response.body", "body": event, "more_body": True})
                await asyncio.wait({leaving}, timeout=_PAUSE)  # several changes are one piece of news
        leaving.cancel()

    async def _send_pieces(self, pieces: Iterator[bytes], receive: Receive, send: Send) -> None:
        """Send an export, each piece read in a thread, so that a long one holds up nobody; stop if the client left."""
        loop = asyncio.get_running_loop()
        leaving = asyncio.ensure_future(receive())
        try:
            while (piece := await loop.run_in_executor(self._threads, next, pieces, None)) is not None:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
                if leaving.done():
                    return
        finally:
            leaving.cancel()

    async def _in_thread_if_slow(self, function: Callable[..., _T], *arguments: Any) -> _T:  # noqa: ANN401
        """The result of a call that may wait for the store's disk or network."""
        if not self._app.store.waits_for_io:
            return function(*arguments)
        return await asyncio.get_running_loop().run_in_executor(self._threads, function, *arguments)

    def _site(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """The Flask application, made and called in a thread, so that importing it holds up no payment."""
        with self._making:
            if self._made is None:
                from mockserver.control.site import create_site  # noqa: PLC0415 - loads Flask, on first need

                self._made = create_site(self._app)
        return self._made(environ, start_response)

    def _health(self, path: str) -> HttpAnswer:
        from mockserver.control.health import tell_health  # noqa: PLC0415 - loads msgspec, on first need

        return tell_health(self._app, path)

    def close(self) -> None:
        """Let go of the threads, without waiting long for one that is still at work."""
        closing = Thread(target=self._end_threads, daemon=True)
        closing.start()
        closing.join(_LONGEST_CLOSING)

    def _end_threads(self) -> None:
        for threads in (self._threads, self._explaining):
            threads.shutdown(cancel_futures=True)


class News:
    """Wakes those who wait for something to happen, from whichever thread it did."""

    def __init__(self) -> None:
        """Nobody waits."""
        self._waiting: dict[str, set[tuple[asyncio.AbstractEventLoop, asyncio.Event]]] = {}

    @contextlib.contextmanager
    def subscription(self, user: str, loop: asyncio.AbstractEventLoop) -> Iterator[asyncio.Event]:
        """An event that is set whenever something has happened in an account."""
        subscribed = (loop, asyncio.Event())
        self._waiting.setdefault(user, set()).add(subscribed)
        try:
            yield subscribed[1]
        finally:
            self._waiting[user].discard(subscribed)

    def spread(self, user: str, _at: int | None) -> None:
        """Something was committed."""
        for loop, event in tuple(self._waiting.get(user, ())):
            with contextlib.suppress(RuntimeError):  # the loop has closed
                loop.call_soon_threadsafe(event.set)


async def _wait_for(news: asyncio.Event, ends: float) -> None:
    """Wait for news until an instant of the event loop."""
    with contextlib.suppress(asyncio.TimeoutError):
        await asyncio.wait_for(news.wait(), max(0.0, ends - asyncio.get_running_loop().time()))
    news.clear()


def _user_of(path: str) -> str:
    """The account that a path of the API names; empty if it names none."""
    _, found, rest = path.partition("/accounts/")
    return rest.partition("/")[0] if found else ""


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


async def _send_answer(answer: HttpAnswer, send: Send) -> None:
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
    await send({"type": "http.response.body", "body": answer.body})


def _header(headers: Iterable[tuple[bytes, bytes]], wanted: bytes) -> str:
    return next((value.decode("latin-1") for name, value in headers if name == wanted), "")


def _answer_headers(answer: Answer) -> list[tuple[bytes, bytes]]:
    export = answer.export
    if export is None:
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(answer.body))]
    else:
        headers = [(b"content-type", export.content_type.encode())]
        if export.filename:
            headers.append((b"content-disposition", f'attachment; filename="{export.filename}"'.encode()))
    return headers + _sandbox_headers(answer.exchange)


def _sandbox_headers(exchange: Exchange) -> list[tuple[bytes, bytes]]:
    """What the sandbox adds beside an answer."""
    headers: list[tuple[bytes, bytes]] = []
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
