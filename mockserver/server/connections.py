"""HTTP/1.1 on one connection: what comes in is bounded in size and time, and no byte of a body is changed.

An invalid request gets a status and one sentence, after the responses to all requests before it, and the connection is
closed: what follows could otherwise be taken for a request that nobody sent.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from mockserver.server import limits as bounds
from mockserver.server.limits import HttpError, Limits
from mockserver.server.response_faults import CONNECTION
from mockserver.server.upgrade import ignore_upgrade

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

    from mockserver.server.connection_log import ConnectionLog

_BETWEEN, _HEAD, _BODY = range(3)
_PIECE = 16 * 1024  # what is parsed at once; requests pipelined ahead of their responses are few in so much
_VERSIONS = ("1.1", "1.0")
_INVALID_URL = (httptools.HttpParserInvalidURLError, UnicodeError, AttributeError)  # what uvicorn raises at one
TLS_HANDSHAKE = b"\x16"
"""The first byte of a client that begins with TLS."""


@dataclass(frozen=True, slots=True)
class ServerContext:
    """What all connections of a server share; messages name its `url` and `secure_url`."""

    limits: Limits
    log: ConnectionLog
    url: str
    secure_url: str
    on_closed: Callable[[], None]


class HttpConnection(HttpToolsProtocol):
    """uvicorn's HTTP connection, with limits, with resets for scenarios, and without upgrades to other protocols.

    One timer guards it. The timer is set again only when it would fire too late, so a request that arrives in one piece
    sets none. With an `error`, the connection answers nothing but that.
    """

    _deadline: float | None = None  # for what the client has to do next; None while the application works
    _timer: asyncio.TimerHandle | None = None
    _stage = _BETWEEN
    _has_progressed = False  # in the current piece, a message began, its head ended, or a part of its body came
    _unfinished = 0  # bytes since then, in whole pieces
    _body_size = 0
    _held = b""
    _error: HttpError | None = None
    _is_error_sent = False
    _active: RequestResponseCycle | None = None

    def __init__(self, context: ServerContext, *uvicorn: Any, error: HttpError | None = None) -> None:  # noqa: ANN401 - as there
        super().__init__(*uvicorn)
        self._context = context
        self._limits = context.limits
        self._only_error = error

    # What asyncio calls

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        """A client has connected."""
        super().connection_made(transport)
        self._set_deadline(self._limits.idle)
        if self._only_error is not None:
            self._reject(self._only_error)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - as asyncio calls it
        """The connection is closed, by either side."""
        for cycle in (self._active, self.cycle):
            if cycle is not None:
                cycle.disconnected = cycle.disconnected or not cycle.response_complete
                cycle.message_event.set()
        self.connections.discard(self)
        self.flow.resume_writing()
        # Python 3.10 warns of a TLS connection that was not closed here, later ones lose one that is closed twice.
        if not self.transport.is_closing():
            self.transport.close()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.parser = None  # type: ignore[assignment] # it refers back to this
        self._context.on_closed()

    def data_received(self, data: bytes) -> None:
        """Bytes have come."""
        if self._error is not None:
            self._drop(len(data))
        elif self._held or self.pipeline or len(data) > _PIECE:
            self._held += data
            self._parse_held()
        else:
            self._parse(data)

    def pause_writing(self) -> None:
        """The client reads its responses too slowly."""
        super().pause_writing()
        if self._stage == _BETWEEN:
            self._set_deadline(self._limits.stalled)

    def resume_writing(self) -> None:
        """The client reads on."""
        super().resume_writing()
        if self._active is not None and not self._active.response_complete:
            self._deadline = None if self._stage == _BETWEEN else self._deadline
        elif self._stage == _BETWEEN:
            self._await_next()

    # What the server calls

    @property
    def idle_since(self) -> float | None:
        """Since when it has been idle, in the loop's time; None while it is busy or being closed."""
        is_busy = self._deadline is None or self._stage != _BETWEEN or self._error is not None or self.flow.write_paused
        return None if is_busy or self.transport.is_closing() else cast("float", self._deadline) - self._limits.idle

    def close(self) -> None:
        """Close after what is written, or at once if the client does not read it."""
        if self.transport.is_closing():
            return
        if self.transport.get_write_buffer_size():
            self.transport.abort()
            return
        self.transport.close()
        self._set_deadline(self._limits.stalled)

    def abort(self) -> None:
        """Close at once."""
        self.transport.abort()

    # Bounds in time

    def _set_deadline(self, seconds: float) -> None:
        """Wait no longer than this for what comes next."""
        self._deadline = self.loop.time() + seconds
        if self._timer is not None:
            if self._timer.when() <= self._deadline:
                return
            self._timer.cancel()
        self._timer = self.loop.call_at(self._deadline, self._on_timer)

    def _await_next(self) -> None:
        """Wait for the next request, or first for the client to read its responses."""
        self._set_deadline(self._limits.stalled if self.flow.write_paused else self._limits.idle)

    def _on_timer(self) -> None:
        self._timer = None
        if self._deadline is None:
            return
        if self.loop.time() < self._deadline:
            self._timer = self.loop.call_at(self._deadline, self._on_timer)
        elif self.transport.is_closing() or self.flow.write_paused:
            self.transport.abort()
        elif self._stage == _BETWEEN or self._error is not None:
            self.close()
        elif self.flow.read_paused:
            self._set_deadline(self._limits.head_time)  # what is missing may have come, but was not read
        else:
            self._reject(self._too_slow())

    def _too_slow(self) -> HttpError:
        part, time = ("head", self._limits.head_time) if self._stage == _HEAD else ("body", self._limits.body_time)
        return bounds.too_slow(part, time)

    # Bytes to requests

    def _parse_held(self) -> None:
        """Parse what is held, a piece at a time, until requests wait for responses to those before them."""
        while self._held and not self.pipeline and self._error is None:
            piece, self._held = self._held[:_PIECE], self._held[_PIECE:]
            self._parse(piece)
        if self._held:
            self.flow.pause_reading()

    def _parse(self, piece: bytes) -> None:
        rest, self._has_progressed = piece, False
        try:
            while rest:
                rest = self._feed(rest)
        except httptools.HttpParserError as error:
            self._reject(self._error_of(error, rest))
            return
        if self._stage != _BETWEEN:
            self._check_unfinished(len(piece))

    def _feed(self, data: bytes) -> bytes:
        """Parse up to the end, or to the end of a head with an Upgrade header; gives what follows it."""
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            ignore_upgrade(self, self.scope["headers"])
            return data[upgrade.args[0] :]
        return b""

    def _check_unfinished(self, size: int) -> None:
        """See to it that the rest of a message comes in time, and that nothing but its body is long."""
        if self._has_progressed:
            self._unfinished = 0
        else:
            self._unfinished += size
        if self._unfinished > self._limits.head or len(self.headers) > self._limits.headers:
            self._reject(bounds.head_too_large(self._limits))
        elif self._body_size > self._limits.dropped and self.cycle.response_complete:
            self.close()
        elif self._deadline is None:
            self._set_deadline(self._limits.head_time if self._stage == _HEAD else self._limits.body_time)

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self.scope["extensions"] = {CONNECTION: {"transport": self.transport}}
        self._stage, self._has_progressed, self._deadline = _HEAD, True, None
        self._unfinished = self._body_size = 0

    def on_headers_complete(self) -> None:
        """The head of a request has arrived.

        Raises:
            HttpError: it is invalid or beyond a limit.
        """
        self._check_head()
        super().on_headers_complete()
        self.headers = []  # trailers, which are not used
        self._stage, self._has_progressed, self._deadline = _BODY, True, None

    def _check_head(self) -> None:
        """See that the head is within the limits, and in a version and method that the server speaks."""
        if len(self.headers) > self._limits.headers:
            raise bounds.head_too_large(self._limits)
        if self._unfinished:  # else it came in two pieces at most
            size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
            if size > self._limits.head:
                raise bounds.head_too_large(self._limits)
        version = self.parser.get_http_version()
        if version not in _VERSIONS:
            raise bounds.other_version(version)
        if self.parser.get_method() == b"CONNECT":
            raise bounds.no_proxy(self._context.url)

    def on_body(self, body: bytes) -> None:
        """A part of a body has come."""
        self._has_progressed = True
        self._body_size += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """A request has arrived whole, unless an Upgrade header hides its body from the parser."""
        if self.parser.should_upgrade():
            return
        super().on_message_complete()
        self._stage, self._deadline = _BETWEEN, None
        if self.cycle.response_complete:
            self._await_next()

    # Answers

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:  # noqa: ANN401 - as uvicorn has it
        self._active = cycle
        super()._start_asgi_task(cycle, app)

    def on_response_complete(self) -> None:
        """A response has been written, so the next request may be answered."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            if self.scheme == "https" or self.transport.get_write_buffer_size():
                self._set_deadline(self._limits.stalled)
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        elif self._error is not None:
            self._send_error()
        elif self._stage == _BETWEEN:
            self._await_next()
        if self._held:
            self._parse_held()

    def _error_of(self, error: httptools.HttpParserError, data: bytes) -> HttpError:
        cause = error.__context__
        if isinstance(cause, HttpError):
            return cause
        if isinstance(error, httptools.HttpParserCallbackError):
            if not isinstance(cause, _INVALID_URL):
                raise error  # a mistake in this program
            return bounds.not_http("Invalid URL")
        if self._active is None and data.startswith(TLS_HANDSHAKE):
            return bounds.https_to_http(self._context.url, self._context.secure_url)
        if self.parser.get_method() == b"PRI":
            return bounds.other_version("2")
        return bounds.not_http(str(error))

    def _reject(self, error: HttpError) -> None:
        """Read no further request, and respond with the error once the requests before it have their responses."""
        self._error, self._held, self._deadline, cycle = error, b"", None, self.cycle
        client = self.client[0] if self.client else "a client"
        self._context.log.add(error.kind, f"{client}  {error.status}  {error.sentence}")
        if self._stage == _BODY and self.pipeline:
            self.pipeline.popleft()  # this request, which is the newest; the one being answered came before it
        elif self._stage == _BODY:
            if cycle.response_started:
                self._is_error_sent = True
                self._linger()
                return
            cycle.disconnected = True
            cycle.message_event.set()
            self._send_error()
        elif not self.pipeline and (cycle is None or cycle.response_complete):
            self._send_error()

    def _send_error(self) -> None:
        error = self._error
        if error is None or self._is_error_sent or self.transport.is_closing():
            return
        self._is_error_sent = True
        body = error.sentence.encode("ascii", "replace") + b"\n"
        lines = [b"%s: %s\r\n" % header for header in self.server_state.default_headers]
        lines += [b"allow: GET, POST\r\n"] if error.status == 405 else []  # noqa: PLR2004 - the one that asks for it
        self.transport.write(
            b"%s%scontent-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\nconnection: close\r\n\r\n%s"
            % (STATUS_LINE[error.status], b"".join(lines), len(body), body)
        )
        self._linger()

    def _linger(self) -> None:
        """End the response, and read on for a while before closing.

        A close with bytes unread would reset the connection, and the client would lose the response.
        """
        if not self.transport.can_write_eof():
            self.transport.close()
            self._set_deadline(self._limits.stalled)
            return
        with suppress(OSError):  # the client has left
            self.transport.write_eof()
        self._body_size = 0
        self.flow.resume_reading()
        self._set_deadline(self._limits.lingering)

    def _drop(self, size: int) -> None:
        self._body_size += size
        if self._body_size > self._limits.dropped:
            self.abort()
