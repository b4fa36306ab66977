"""HTTP/1.1 on one connection: what comes in is bounded in size and time, and no byte of a body is changed.

A request that breaks a rule is answered with a status and one sentence, after the answers to all requests before it,
and the connection is closed: what follows could be taken for a request that nobody sent.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from mockserver.server import limits as bounds
from mockserver.server.limits import Limits, Refusal
from mockserver.server.offers import parser_after_offer
from mockserver.server.response_faults import CONNECTION

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

    from mockserver.server.notices import Notices

_BETWEEN, _HEAD, _BODY = range(3)
_PIECE = 16 * 1024  # what is parsed at once; requests sent ahead of their answers are few in so much
_VERSIONS = ("1.1", "1.0")
_INVALID_URL = (httptools.HttpParserInvalidURLError, UnicodeError, AttributeError)  # what uvicorn raises at one
TLS_HANDSHAKE = b"\x16"
"""The first byte of a client that begins with TLS."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What connections of a server have in common; `url` and `secure_url` are for its messages."""

    limits: Limits
    notices: Notices
    url: str
    secure_url: str
    on_closed: Callable[[], None]


class HttpConnection(HttpToolsProtocol):
    """HTTP that shows each request its connection, so that a scenario can have it reset, and ignores offers to upgrade.

    One timer guards it, which is set again only when it would come too late: a request that arrives whole sets none.
    """

    _ends: float | None = None  # of what the connection waits for now; None while it waits for the application
    _timer: asyncio.TimerHandle | None = None
    _stage = _BETWEEN
    _has_progressed = False  # in the present piece, a message began, its head ended, or a part of its body came
    _unfinished = 0  # bytes since then, in whole pieces
    _body_size = 0
    _held = b""
    _refusal: Refusal | None = None
    _is_answered = False  # the refusal is
    _active: RequestResponseCycle | None = None

    def __init__(self, endpoint: Endpoint, *uvicorn: Any, refusal: Refusal | None = None) -> None:  # noqa: ANN401 - as there
        """A connection of a server; with a refusal, one that answers nothing else."""
        super().__init__(*uvicorn)
        self._endpoint = endpoint
        self._limits = endpoint.limits
        self._only = refusal

    # What asyncio calls

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        """A client has connected."""
        super().connection_made(transport)
        self._limit(self._limits.idle)
        if self._only is not None:
            self._refuse(self._only)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - as asyncio calls it
        """The client has gone."""
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
        self._endpoint.on_closed()

    def data_received(self, data: bytes) -> None:
        """Bytes have come."""
        if self._refusal is not None:
            self._drop(len(data))
        elif self._held or self.pipeline or len(data) > _PIECE:
            self._held += data
            self._go_on()
        else:
            self._parse(data)

    def pause_writing(self) -> None:
        """The client reads its answers too slowly."""
        super().pause_writing()
        if self._stage == _BETWEEN:
            self._limit(self._limits.stalled)

    def resume_writing(self) -> None:
        """The client reads on."""
        super().resume_writing()
        if self._active is not None and not self._active.response_complete:
            self._ends = None if self._stage == _BETWEEN else self._ends
        elif self._stage == _BETWEEN:
            self._rest()

    # What the server calls

    @property
    def idle_since(self) -> float | None:
        """Since when it has had nothing to do, in the loop's time; None while it has, or is being closed."""
        is_busy = self._ends is None or self._stage != _BETWEEN or self._refusal is not None or self.flow.write_paused
        return None if is_busy or self.transport.is_closing() else cast("float", self._ends) - self._limits.idle

    def close(self) -> None:
        """Close in good form, or at once if the client does not take what it is sent."""
        if self.transport.is_closing():
            return
        if self.transport.get_write_buffer_size():
            self.transport.abort()
            return
        self.transport.close()
        self._limit(self._limits.stalled)

    def abort(self) -> None:
        """Close at once."""
        self.transport.abort()

    # Bounds in time

    def _limit(self, seconds: float) -> None:
        """Wait no longer than this for what comes next."""
        self._ends = self.loop.time() + seconds
        if self._timer is not None:
            if self._timer.when() <= self._ends:
                return
            self._timer.cancel()
        self._timer = self.loop.call_at(self._ends, self._on_timer)

    def _rest(self) -> None:
        """Wait for the next request, or first for the client to read its answers."""
        self._limit(self._limits.stalled if self.flow.write_paused else self._limits.idle)

    def _on_timer(self) -> None:
        self._timer = None
        if self._ends is None:
            return
        if self.loop.time() < self._ends:
            self._timer = self.loop.call_at(self._ends, self._on_timer)
        elif self.transport.is_closing() or self.flow.write_paused:
            self.transport.abort()
        elif self._stage == _BETWEEN or self._refusal is not None:
            self.close()
        elif self.flow.read_paused:
            self._limit(self._limits.head_time)  # what is missing may have come, but was not read
        else:
            self._refuse(self._too_slow())

    def _too_slow(self) -> Refusal:
        part, time = ("head", self._limits.head_time) if self._stage == _HEAD else ("body", self._limits.body_time)
        return bounds.too_slow(part, time)

    # Bytes to requests

    def _go_on(self) -> None:
        """Parse what is held, a piece at a time, until requests wait for answers to those before them."""
        while self._held and not self.pipeline and self._refusal is None:
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
            self._refuse(self._refusal_of(error, rest))
            return
        if self._stage != _BETWEEN:
            self._check_unfinished(len(piece))

    def _feed(self, data: bytes) -> bytes:
        """Parse up to the end or to an offer to upgrade; gives what follows the offer."""
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as offer:
            parser_after_offer(self, self.scope["headers"])
            return data[offer.args[0] :]
        return b""

    def _check_unfinished(self, size: int) -> None:
        """See to it that the rest of a message comes in time, and that nothing but its body is long."""
        if self._has_progressed:
            self._unfinished = 0
        else:
            self._unfinished += size
        if self._unfinished > self._limits.head or len(self.headers) > self._limits.headers:
            self._refuse(bounds.head_too_large(self._limits))
        elif self._body_size > self._limits.dropped and self.cycle.response_complete:
            self.close()
        elif self._ends is None:
            self._limit(self._limits.head_time if self._stage == _HEAD else self._limits.body_time)

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self.scope["extensions"] = {CONNECTION: {"transport": self.transport}}
        self._stage, self._has_progressed, self._ends = _HEAD, True, None
        self._unfinished = self._body_size = 0

    def on_headers_complete(self) -> None:
        """The head of a request has come; raises the reason for which it is refused."""
        self._check_head()
        super().on_headers_complete()
        self.headers = []  # trailers, which nobody reads
        self._stage, self._has_progressed, self._ends = _BODY, True, None

    def _check_head(self) -> None:
        """Raise a refusal if the server does not go by such a head."""
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
            raise bounds.no_proxy(self._endpoint.url)

    def on_body(self, body: bytes) -> None:
        """A part of a body has come."""
        self._has_progressed = True
        self._body_size += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """A request has come whole, unless an offer to upgrade hides its body."""
        if self.parser.should_upgrade():
            return
        super().on_message_complete()
        self._stage, self._ends = _BETWEEN, None
        if self.cycle.response_complete:
            self._rest()

    # Answers

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:  # noqa: ANN401 - as uvicorn has it
        self._active = cycle
        super()._start_asgi_task(cycle, app)

    def on_response_complete(self) -> None:
        """An answer is on its way, and the next one may be worked at."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            if self.scheme == "https" or self.transport.get_write_buffer_size():
                self._limit(self._limits.stalled)
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        elif self._refusal is not None:
            self._answer_refusal()
        elif self._stage == _BETWEEN:
            self._rest()
        if self._held:
            self._go_on()

    def _refusal_of(self, error: httptools.HttpParserError, data: bytes) -> Refusal:
        cause = error.__context__
        if isinstance(cause, Refusal):
            return cause
        if isinstance(error, httptools.HttpParserCallbackError):
            if not isinstance(cause, _INVALID_URL):
                raise error  # a mistake in this program
            return bounds.not_http("Invalid URL")
        if self._active is None and data.startswith(TLS_HANDSHAKE):
            return bounds.https_to_http(self._endpoint.url, self._endpoint.secure_url)
        if self.parser.get_method() == b"PRI":
            return bounds.other_version("2")
        return bounds.not_http(str(error))

    def _refuse(self, refusal: Refusal) -> None:
        """Read no further request, and answer with the refusal when its turn has come."""
        self._refusal, self._held, self._ends, cycle = refusal, b"", None, self.cycle
        client = self.client[0] if self.client else "a client"
        self._endpoint.notices.add(refusal.kind, f"{client}  {refusal.status}  {refusal.sentence}")
        if self._stage == _BODY and self.pipeline:
            self.pipeline.popleft()  # this request, which is the newest; the one being worked at is before it
        elif self._stage == _BODY:
            if cycle.response_started:
                self._is_answered = True
                self._say_goodbye()
                return
            cycle.disconnected = True
            cycle.message_event.set()
            self._answer_refusal()
        elif not self.pipeline and (cycle is None or cycle.response_complete):
            self._answer_refusal()

    def _answer_refusal(self) -> None:
        refusal = self._refusal
        if refusal is None or self._is_answered or self.transport.is_closing():
            return
        self._is_answered = True
        body = refusal.sentence.encode("ascii", "replace") + b"\n"
        lines = [b"%s: %s\r\n" % header for header in self.server_state.default_headers]
        lines += [b"allow: GET, POST\r\n"] if refusal.status == 405 else []  # noqa: PLR2004 - the one that asks for it
        self.transport.write(
            b"%s%scontent-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\nconnection: close\r\n\r\n%s"
            % (STATUS_LINE[refusal.status], b"".join(lines), len(body), body)
        )
        self._say_goodbye()

    def _say_goodbye(self) -> None:
        """End the connection so that the client can still read the answer: a close with bytes unread would reset it."""
        if not self.transport.can_write_eof():
            self.transport.close()
            self._limit(self._limits.stalled)
            return
        with suppress(OSError):  # the client has gone
            self.transport.write_eof()
        self._body_size = 0
        self.flow.resume_reading()
        self._limit(self._limits.lingering)

    def _drop(self, size: int) -> None:
        self._body_size += size
        if self._body_size > self._limits.dropped:
            self.abort()
