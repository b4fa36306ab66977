"""The sandbox as a web application (ASGI): payments go straight to the gateway, the rest to Flask.

Flask is imported when the first request needs it, so neither the start nor a payment waits for it.
"""

from __future__ import annotations

import asyncio
import contextlib
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

from mockserver.addresses import origin_of
from mockserver.api.paths import ALIVE_PATH, LIVE_PATH, NOT_SNIFFED, READY_PATH, STOPPED_WAITING, exchange_path
from mockserver.domain.codes import SUCCESS
from mockserver.gateway.endpoint import UNRECORDED, Answer, Overdue
from mockserver.gateway.request import LARGEST_BODY, PATH, SCENARIO_HEADER, Request
from mockserver.scheduler.waits import TooManyWaitsError
from mockserver.server.explanation_queue import ExplanationQueue
from mockserver.server.response_faults import Wire, send_spoilt
from mockserver.server.wsgi import HttpAnswer, call_wsgi
from mockserver.threads import DaemonPool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future

    from mockserver.api.operations import Pending
    from mockserver.app import Application
    from mockserver.domain.timeline import Exchange
    from mockserver.gateway.endpoint import NotifiesFirst, Unexplained
    from mockserver.server.response_faults import Receive, Scope, Send
    from mockserver.server.wsgi import WsgiApplication

_T = TypeVar("_T")
_SCENARIO_HEADER = SCENARIO_HEADER.lower().encode()
_SITE_THREADS = 8
_GATEWAY_THREADS = 8
_HEALTH_THREADS = 2
_HEALTH_PATHS = (ALIVE_PATH, READY_PATH)
_LONGEST_HEADER = 1000
_MAY_LISTEN = 204
_PULSE = 15.0
_LONGEST_CLOSING = 0.1
_PAUSE = 0.1
_LONGEST_TELLING = 5.0  # a merchant that answers one request at a time cannot be told before it has its answer


_STOPPING_BODY = (
    b'{"title":"Stopping","status":503,"detail":"%s","type":"about:blank","nearest":[]}' % STOPPED_WAITING.encode()
)
_STOPPING = HttpAnswer(
    503,
    [(b"content-type", b"application/problem+json"), (b"content-length", b"%d" % len(_STOPPING_BODY)), NOT_SNIFFED],
    _STOPPING_BODY,
)


class WebApplication:
    """An application served over HTTP."""

    def __init__(self, app: Application) -> None:
        """Serve a sandbox."""
        self._app = app
        self._site_threads = DaemonPool(_SITE_THREADS, "web")
        self._gateway_threads = DaemonPool(_GATEWAY_THREADS, "gateway")
        self._health_threads = DaemonPool(_HEALTH_THREADS, "health")
        self._explaining = ExplanationQueue[Answer]()
        self._stopping = False
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
            health = asyncio.get_running_loop().run_in_executor(self._health_threads, self._health, scope["path"])
            await _send_answer(await health, send)
        elif scope["path"].startswith(LIVE_PATH):
            await self._let_listen(scope, body, receive, send)
        else:
            answer = await self._visit_site(scope, body, receive)
            if answer is not None:
                await _send_answer(answer, send)

    async def _ask_gateway(self, scope: Scope, body: bytes, receive: Receive, send: Send) -> None:
        headers = scope["headers"]
        origin = origin_of(scope["scheme"], _header(headers, b"host"))
        request = Request(scope["method"], body, _header(headers, _SCENARIO_HEADER).strip(), origin)
        answered = await self._in_thread_if_slow(self._app.gateway.begin, request)
        if isinstance(answered, Overdue):
            answered = await asyncio.get_running_loop().run_in_executor(self._gateway_threads, answered.catch_up)
        if not isinstance(answered, Answer):
            answered = await self._explained(answered, receive)
        if answered.notifies_first is not None:
            await self._until_told(answered.exchange.user, answered.notifies_first, receive)
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

    async def _explained(self, refusal: Unexplained, receive: Receive) -> Answer:
        """The answer to a wrong sign, explained in its turn unless the client leaves first or too many wait."""
        told = await self._explaining.explain(refusal, receive())
        return await self._in_thread_if_slow(refusal.unexplained, told) if isinstance(told, str) else told

    async def _until_told(self, user: str, first: NotifiesFirst, receive: Receive) -> None:
        """Wait until everything so far has been tried to be told about a trade or payout, but not for ever."""
        with contextlib.suppress(TooManyWaitsError):
            told = self._app.waits.wait_for(user, first, _LONGEST_TELLING)
            if not await _until_done(told, receive):
                told.cancel()

    async def _visit_site(self, scope: Scope, body: bytes, receive: Receive) -> HttpAnswer | None:
        """What Flask answers; None when the client went away while an operation waited."""
        pending: list[Pending] = []
        answer = await call_wsgi(self._site, scope, body, self._site_threads, pending)
        if not pending:
            return answer
        if not await _until_done(pending[0].future, receive):
            pending[0].leave()
            return None
        if self._stopping:
            return _STOPPING  # at once, however many wait
        return await call_wsgi(self._site, scope, body, self._site_threads, pending)

    async def _let_listen(self, scope: Scope, body: bytes, receive: Receive, send: Send) -> None:
        """Tell news to those whom the site lets in."""
        answer = await self._visit_site(scope, body, receive)
        if answer is not None and answer.status == _MAY_LISTEN:
            await self._tell_news(scope["path"][len(LIVE_PATH) :], receive, send)
        elif answer is not None:
            await _send_answer(answer, send)

    async def _tell_news(self, user: str, receive: Receive, send: Send) -> None:
        """Tell a page whenever something has happened in an account, for as long as it listens, without a thread."""
        loop = asyncio.get_running_loop()
        headers = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-store"), NOT_SNIFFED]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        leaving = asyncio.ensure_future(receive())
        with self._news.subscription(user, loop) as news:
            news.set()  # what has happened since the page was made is news too
            while not leaving.done() and not self._stopping:
                happened = asyncio.ensure_future(news.wait())
                await asyncio.wait({happened, leaving}, timeout=_PULSE, return_when=asyncio.FIRST_COMPLETED)
                event = b"data: news\n\n" if happened.done() else b": still here\n\n"
                happened.cancel()
                news.clear()  # before it is told, so that what happens meanwhile is told next
                await send({"type": "http.response.body", "body": event, "more_body": True})
                await asyncio.wait({leaving}, timeout=_PAUSE)  # several changes are one piece of news
        leaving.cancel()
        await send({"type": "http.response.body", "body": b""})

    async def _send_pieces(self, pieces: Iterator[bytes], receive: Receive, send: Send) -> None:
        """Send an export, each piece read in a thread, so that a long one holds up nobody; stop if the client left."""
        loop = asyncio.get_running_loop()
        leaving = asyncio.ensure_future(receive())
        try:
            while (piece := await loop.run_in_executor(self._site_threads, next, pieces, None)) is not None:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
                if leaving.done():
                    return
        finally:
            leaving.cancel()

    async def _in_thread_if_slow(self, function: Callable[..., _T], *arguments: Any) -> _T:  # noqa: ANN401
        """The result of a call that may wait for the store's disk or network."""
        if not self._app.store.waits_for_io:
            return function(*arguments)
        return await asyncio.get_running_loop().run_in_executor(self._gateway_threads, function, *arguments)

    def _site(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """The Flask application, made and called in a thread, so that importing it holds up no payment."""
        with self._making:
            if self._made is None:
                from mockserver.site.application import create_site  # noqa: PLC0415 - loads Flask, on first need

                self._made = create_site(self._app)
        return self._made(environ, start_response)

    def _health(self, path: str) -> HttpAnswer:
        from mockserver.api.health import health_answer  # noqa: PLC0415 - loads msgspec, on first need

        status, media, body = health_answer(self._app, path)
        headers = [(b"content-type", media.encode()), (b"content-length", b"%d" % len(body)), NOT_SNIFFED]
        return HttpAnswer(status, headers, body)

    def stop_waiting(self) -> None:
        """End everything that waits: what was asked to be told or explained, moved clocks, and pages that listen."""
        self._stopping = True
        self._explaining.stop()
        self._app.stop_waiting()
        self._news.spread_to_all()

    def close(self) -> None:
        """Stop the threads, without waiting long for one that is still at work."""
        self._explaining.close()
        for threads in (self._site_threads, self._gateway_threads, self._health_threads):
            threads.close(_LONGEST_CLOSING)


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
            if not self._waiting[user]:
                del self._waiting[user]

    def spread_to_all(self) -> None:
        """Wake everybody."""
        for user in tuple(self._waiting):
            self.spread(user, None)

    def spread(self, user: str, _at: int | None) -> None:
        """Something was committed."""
        for loop, event in tuple(self._waiting.get(user, ())):
            _tell_loop(loop, event)


async def _until_done(future: Future[Any], receive: Receive) -> bool:
    """Wait until a future is done, or the client goes away; whether it is done."""
    loop = asyncio.get_running_loop()
    done = asyncio.Event()
    future.add_done_callback(lambda _: _tell_loop(loop, done))
    tasks = {asyncio.ensure_future(done.wait()), asyncio.ensure_future(receive())}
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
    return done.is_set()


def _tell_loop(loop: asyncio.AbstractEventLoop, event: asyncio.Event) -> None:
    with contextlib.suppress(RuntimeError):  # the loop has closed
        loop.call_soon_threadsafe(event.set)


async def _read_body(receive: Receive) -> bytes | None:
    """The whole body; of one that is too large, as much as shows that it is; None when the client went away."""
    body, more = bytearray(), True
    while more and len(body) <= LARGEST_BODY:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        more = message.get("more_body", False)
        body += message.get("body", b"")
    return bytes(body)


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
    headers: list[tuple[bytes, bytes]] = [NOT_SNIFFED]
    if exchange.number != UNRECORDED:
        headers.append((b"x-sandbox-record", exchange_path(exchange).encode()))
    if exchange.scenario:
        headers.append((_SCENARIO_HEADER, _header_text(exchange.scenario)))
    if exchange.reason:
        headers.append((b"x-sandbox-reason", _header_text(exchange.reason)))
    return headers


def _header_text(text: str) -> bytes:
    """A text as a header may carry it: one line of printable ASCII, the rest as escapes."""
    return text[:_LONGEST_HEADER].encode("unicode_escape")[:_LONGEST_HEADER]
