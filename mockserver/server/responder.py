"""Writes the response to one request."""

from __future__ import annotations

import asyncio
import logging
import re
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

from mockserver.api.paths import NOT_SNIFFED
from mockserver.clock import http_date
from mockserver.server.messages import HttpResponse
from mockserver.store.contract import StoreUnavailableError

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from concurrent.futures import Future
    from typing import Any

    from mockserver.server.limits import HttpError
    from mockserver.server.messages import Headers, HttpRequest

_STATUS_LINES = {200: b"HTTP/1.1 200 OK\r\n"}
_BODILESS = (204, 304)
_METHOD_NOT_ALLOWED = 405
_CLOSE = re.compile(rb"(?i)\r\nconnection: *close\r\n")
_logger = logging.getLogger(__name__)
_INTERNAL_ERROR = HttpResponse(
    500,
    [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"22"), (b"connection", b"close")],
    b"Internal Server Error\n",
)


def head(status: int, headers: Headers) -> bytes:
    """The head of a response, with the Date header.

    Raises:
        ValueError: a header has a line break, and would become two.
    """
    lines = b"".join([b"%s: %s\r\n" % header for header in headers])
    if lines.count(b"\n") != len(headers):
        raise ValueError(f"a header of this response has a line break: {headers!r}")
    known = _STATUS_LINES.get(status) or _status_line(status)
    return b"%sdate: %s\r\n%s" % (known, http_date(), lines)


@lru_cache
def _status_line(status: int) -> bytes:
    from http import HTTPStatus  # noqa: PLC0415 - an accepted payment has 200

    phrase = next((known.phrase for known in HTTPStatus if known == status), "")
    return b"HTTP/1.1 %d %s\r\n" % (status, phrase.encode())


def error_response(error: HttpError) -> bytes:
    """The response to a request that cannot be answered, after which the connection is closed."""
    body = error.sentence.encode("ascii", "replace") + b"\n"
    headers = [(b"allow", b"GET, POST")] if error.status == _METHOD_NOT_ALLOWED else []
    headers += [
        (b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"%d" % len(body)),
        (b"connection", b"close"),
    ]  # fmt: skip
    return head(error.status, headers) + b"\r\n" + body


def _unavailable(sentence: str) -> HttpResponse:
    """The response to a request for which the database cannot be used, as the API has it."""
    import json  # noqa: PLC0415 - an accepted payment needs none

    problem = {"title": "Database unavailable", "status": 503, "detail": sentence, "type": "about:blank", "nearest": []}
    body = json.dumps(problem).encode()
    headers = [(b"content-type", b"application/problem+json"), (b"content-length", b"%d" % len(body)), NOT_SNIFFED]
    return HttpResponse(503, headers, body)


class Channel(Protocol):
    """A connection, for a responder."""

    transport: asyncio.Transport

    def write(self, content: bytes) -> None:
        """Write a part of a response."""

    async def drain(self) -> None:
        """Wait until the client has read most of what was written."""

    def response_completed(self, responder: Responder) -> None:
        """A response has been written."""


class Responder:
    """Responds to one request, by `send`, or by `start`, `write` and `end`; does nothing once the client has left."""

    __slots__ = (
        "_connection",
        "_is_chunked",
        "_left",
        "_sends_no_more",
        "closes",
        "has_left",
        "is_complete",
        "is_started",
        "request",
    )

    def __init__(self, connection: Channel, request: HttpRequest) -> None:
        self.request = request
        self.closes = not request.keeps_alive  # the connection ends after the response
        self.is_started = self.is_complete = self.has_left = False
        self._connection = connection
        self._is_chunked = False
        self._left: asyncio.Future[None] | None = None
        self._sends_no_more = False

    def send(self, response: HttpResponse) -> None:
        """Write a whole response."""
        status, headers, body = response
        begin = self._begin(status, headers)
        self._write(begin + body if self.request.method != "HEAD" else begin)
        self._complete()

    def send_success(self, headers: bytes, body: bytes) -> None:
        """Write a whole response of status 200 to a POST; `headers` are lines without line breaks from outside."""
        self.is_started = True
        end = b"connection: close\r\n" if self.closes else b""
        self._write(b"HTTP/1.1 200 OK\r\ndate: %b\r\n%b%b\r\n%b" % (http_date(), headers, end, body))
        self._complete()

    def start(self, status: int, headers: Headers) -> None:
        """Write the head of a response whose body follows in pieces, in chunks unless it has a Content-Length."""
        has_length = any(name == b"content-length" for name, _ in headers)
        if not has_length and status not in _BODILESS and self.request.method != "HEAD":
            if self.request.version == "1.0":
                self.closes = True
            else:
                self._is_chunked, headers = True, [*headers, (b"transfer-encoding", b"chunked")]
        self._write(self._begin(status, headers))

    async def write(self, piece: bytes) -> None:
        """Write a piece of the body, and wait until the client reads fast enough."""
        if piece and self.request.method != "HEAD":
            self._write(b"%x\r\n%s\r\n" % (len(piece), piece) if self._is_chunked else piece)
        if not self.has_left:
            await self._connection.drain()

    def end(self) -> None:
        """End the body."""
        if self._is_chunked:
            self._write(b"0\r\n\r\n")
        self._complete()

    async def follow(self, work: Coroutine[Any, Any, None]) -> None:
        """Wait for a coroutine that responds; if it fails, respond with an internal error."""
        try:
            await work
        except asyncio.CancelledError:  # the server stops
            self.transport.abort()
        except Exception as error:  # noqa: BLE001 - `fail` logs it
            self.fail(error)
        else:
            if not self.is_complete and not self.transport.is_closing():
                self.transport.close()

    def fail(self, error: Exception) -> None:
        """Log an error of the sandbox, and respond with that, or break off a response that has begun."""
        is_unavailable = isinstance(error, StoreUnavailableError)  # the store has logged why
        if not is_unavailable:
            _logger.error("The request %s %s failed", self.request.method, self.request.path, exc_info=error)
        if self.is_started:
            self.transport.close()
        else:
            self.send(_unavailable(str(error)) if is_unavailable else _INTERNAL_ERROR)

    @property
    def transport(self) -> asyncio.Transport:
        return self._connection.transport

    def until_left(self) -> asyncio.Future[None]:
        """A future that ends when the client leaves."""
        if self._left is None:
            self._left = asyncio.get_running_loop().create_future()
            if self.has_left:
                self._left.set_result(None)
        return self._left

    def client_left(self) -> None:
        """The client has left, or will send no more, which is the same to those who wait for long."""
        self._sends_no_more = True
        if self._left is not None and not self._left.done():
            self._left.set_result(None)

    async def is_done_before_left(self, future: Future[Any]) -> bool:
        """Wait until a future of another thread is done, or the client leaves; whether it is done.

        The request waits as a task of the event loop, so any number of long polls holds no thread.
        """
        loop = asyncio.get_running_loop()
        done = asyncio.Event()
        future.add_done_callback(lambda _: set_event(loop, done))
        waiting: asyncio.Future[Any] = asyncio.ensure_future(done.wait())
        left = self.until_left()
        if self._sends_no_more:  # since before there was anything to wait for
            self.client_left()
        try:
            await asyncio.wait({waiting, left}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
        return done.is_set()

    def _begin(self, status: int, headers: Headers) -> bytes:
        begin = head(status, headers)
        self.is_started = True
        if _CLOSE.search(begin):
            self.closes = True
        elif self.closes:
            begin += b"connection: close\r\n"
        return begin + b"\r\n"

    def _write(self, content: bytes) -> None:
        if not self.has_left:
            self._connection.write(content)

    def _complete(self) -> None:
        self.is_complete = True
        if not self.has_left:
            self._connection.response_completed(self)


def set_event(loop: asyncio.AbstractEventLoop, event: asyncio.Event) -> None:
    """Set an event of a loop, from any thread."""
    with suppress(RuntimeError):  # the loop has closed
        loop.call_soon_threadsafe(event.set)
