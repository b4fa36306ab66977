"""HTTP/1.1 on one connection: what comes in is bounded in size and time, and no byte of a body is changed.

Requests are answered in order. While one is being answered, the bytes after it wait unparsed, and reading stops once
they are many. An invalid request gets a status and one sentence, after the responses to all requests before it, and the
connection is closed: what follows could otherwise be taken for a request that nobody sent.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from mockserver.server.limits import HttpError
from mockserver.server.messages import Endpoints
from mockserver.server.reading import BETWEEN, IN_BODY, RequestReader
from mockserver.server.responder import Responder, error_response

if TYPE_CHECKING:
    from mockserver.server.context import ServerContext
    from mockserver.server.messages import HttpRequest

_PIECE = 16 * 1024  # what is parsed at once; requests sent ahead of their responses are few in so much
_MOST_HELD = 64 * 1024
_MOST_AT_ONCE = 16  # requests answered before other connections have their turn
_FEW = 4  # connections, of which mostly one has something to be answered
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class HttpConnection(asyncio.Protocol):
    """A connection, which reads requests and has them answered.

    One timer guards it. The timer is set again only when it would fire too late, so a request that arrives in one piece
    sets none. With an `error`, the connection responds with nothing but that.
    """

    transport: asyncio.Transport

    def __init__(self, server: ServerContext, error: HttpError | None = None) -> None:
        self._server = server
        self._loop = asyncio.get_running_loop()
        self._limits = server.limits
        self._only_error = error
        # Reading
        self._held = b""
        self._is_reading_paused = self._is_half_closed = False
        self._is_dropping = False  # nothing that comes is used any more
        self._dropped = 0
        # Answering
        self._responder: Responder | None = None
        self._is_answering_at_once = False
        self._outgoing = b""
        self._is_proceeding = self._waits_for_turn = False
        self._error: HttpError | None = None
        self._is_error_sent = False
        self._drained: asyncio.Future[None] | None = None  # while the client reads too slowly
        # Time
        self._deadline: float | None = None  # for what the client has to do next; None while the server works
        self._timer: asyncio.TimerHandle | None = None

    # What asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client has connected."""
        self.transport = transport  # type: ignore[assignment] # a stream's transport
        scheme = "http" if transport.get_extra_info("sslcontext") is None else "https"
        client, server = (transport.get_extra_info(name) or ("", 0) for name in ("peername", "sockname"))
        self.endpoints = Endpoints(scheme, client[:2], server[:2])
        self._reader = RequestReader(self.endpoints, self._limits, self._server.url, self._server.secure_url)
        self._server.connections.add(self)
        self._set_deadline(self._limits.idle)
        if self._only_error is not None:
            self._reject(self._only_error)
            self._proceed()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - as asyncio calls it
        """The connection is closed, by either side."""
        self._server.connections.discard(self)
        if self._responder is not None:
            self._responder.has_left = True
            self._responder.client_left()
        self._held = b""
        self.resume_writing()
        # Python 3.10 warns of a TLS connection that was not closed here, later ones lose one that is closed twice.
        if not self.transport.is_closing():
            self.transport.close()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._reader.close()
        self._server.on_closed()

    def data_received(self, data: bytes) -> None:
        """Bytes have come."""
        if self._is_dropping:
            self._drop(len(data))
        elif self._held or self._is_blocked or len(data) > _PIECE:
            self._held += data
            if len(self._held) > _MOST_HELD and self._is_blocked and not self._is_reading_paused:
                self._is_reading_paused = True
                self.transport.pause_reading()
            self._proceed()
        else:
            self._read(data)
            self._proceed()

    def eof_received(self) -> bool:
        """The client sends no more; what it has sent is still answered."""
        self.flush()  # over TLS, the end may come in the same turn as a request
        self._is_half_closed = True
        if self._responder is not None:
            self._responder.client_left()
        is_answering = self._responder is not None or bool(self._reader.ready) or bool(self._held)
        return is_answering and self.endpoints.scheme == "http"

    def pause_writing(self) -> None:
        """The client reads its responses too slowly."""
        self._drained = self._loop.create_future()
        if self._reader.stage == BETWEEN:
            self._set_deadline(self._limits.stalled)

    def resume_writing(self) -> None:
        """The client reads on, or has left."""
        drained, self._drained = self._drained, None
        if drained is None:
            return
        drained.set_result(None)
        if self._responder is not None:
            self._deadline = None if self._reader.stage == BETWEEN else self._deadline
        elif not self.transport.is_closing():
            self._await_next()
            self._proceed_later()  # asyncio closes a transport twice that is closed in this call

    # What the server calls

    @property
    def idle_since(self) -> float | None:
        """Since when it has been idle, in the loop's time; None while it is busy or being closed."""
        is_busy = self._reader.stage != BETWEEN or self._is_dropping or self._drained is not None
        if self._deadline is None or is_busy or self.transport.is_closing():
            return None
        return self._deadline - self._limits.idle

    def close(self) -> None:
        """Close after what is written, or at once if the client does not read it."""
        self.flush()
        if self.transport.is_closing():
            return
        if self.transport.get_write_buffer_size():
            self.transport.abort()
            return
        self.transport.close()
        self._set_deadline(self._limits.stalled)

    def shut_down(self, *, aborts: bool, is_late: bool) -> None:
        """Close after the response that is outstanding, or at once if it `aborts`; called until it is closed.

        A TLS client may answer a close, but most never do, so that is not waited for when it `is_late`.
        """
        self.flush()
        if not self.transport.is_closing():  # asyncio loses a TLS connection that is closed twice
            if self._responder is None:
                self.transport.close()
            else:
                self._responder.closes = True
        elif is_late and self.endpoints.scheme == "https":
            self.transport.abort()
        if aborts:
            self.transport.abort()

    # Bounds in time

    def _set_deadline(self, seconds: float) -> None:
        """Wait no longer than this for what comes next."""
        self._deadline = self._loop.time() + seconds
        if self._timer is not None:
            if self._timer.when() <= self._deadline:
                return
            self._timer.cancel()
        self._timer = self._loop.call_at(self._deadline, self._on_timer)

    def _await_next(self) -> None:
        """Wait for the next request or the rest of it, or first for the client to read its responses."""
        if self._drained is not None:
            self._set_deadline(self._limits.stalled)
        elif self._reader.stage == BETWEEN:
            self._set_deadline(self._limits.idle)
        else:
            self._set_deadline(self._reader.patience)

    def _on_timer(self) -> None:
        self._timer = None
        if self._deadline is None:
            return
        if self._loop.time() < self._deadline:
            self._timer = self._loop.call_at(self._deadline, self._on_timer)
        elif self.transport.is_closing() or self._drained is not None:
            self.transport.abort()
        elif self._reader.stage == BETWEEN or self._is_dropping:
            self.close()
        elif self._is_blocked:
            self._set_deadline(self._reader.patience)  # what is missing may have come, but was not parsed
        else:
            self._reject(self._reader.too_slow())
            self._proceed()

    # Bytes to requests

    def _read(self, piece: bytes) -> None:
        reader = self._reader
        try:
            reader.feed(piece)
        except HttpError as error:
            self._reject(error)
            return
        if reader.has_advanced:
            self._deadline = None
        if reader.stage == BETWEEN:
            return
        if reader.is_answered_early and self._responder is None and reader.body_size > self._limits.dropped:
            self.close()
        elif self._deadline is None:
            self._set_deadline(self._reader.patience)

    def _read_held(self) -> None:
        piece, self._held = self._held[:_PIECE], self._held[_PIECE:]
        self._read(piece)

    # Requests to responses

    @property
    def _is_blocked(self) -> bool:
        """Whether what comes has to wait: for a response, or for the client to read the responses before."""
        is_busy = self._responder is not None or bool(self._reader.ready) or self._drained is not None
        return is_busy and not self._is_answered_early

    @property
    def _is_answered_early(self) -> bool:
        """Whether a body is coming whose request has its response, or will have it, before its end."""
        return self._reader.is_answered_early and self._reader.stage == IN_BODY

    def _proceed(self) -> None:
        """Answer requests and parse what is held, up to a request whose response takes time."""
        if self._is_proceeding or self._waits_for_turn:
            return
        self._is_proceeding, answered = True, 0
        try:
            while self._responder is None and self._drained is None and not self.transport.is_closing():
                if self._reader.ready:
                    if answered == _MOST_AT_ONCE:
                        self._proceed_later()
                        return
                    self._answer(self._reader.ready.popleft())
                    answered += 1
                elif self._error is not None:
                    self._send_error()
                    return
                elif self._held:
                    self._read_held()
                else:
                    break
            while self._held and self._is_answered_early and not self._is_dropping:
                self._read_held()
        finally:
            self._is_proceeding = False
        if not self._is_dropping:
            self._wait_for_client()

    def _proceed_later(self) -> None:
        """Go on in the next turn of the loop."""
        if not self._waits_for_turn:
            self._waits_for_turn = True
            self._loop.call_soon(self._take_turn)

    def _take_turn(self) -> None:
        self._waits_for_turn = False
        if not self.transport.is_closing():
            self._proceed()

    def _wait_for_client(self) -> None:
        """Have the client send more, unless it is waited for something else."""
        if self._reader.expects_continue and self._reader.stage == IN_BODY and not self._is_blocked:
            self._reader.expects_continue = False
            self.write(_CONTINUE)
        if self._is_reading_paused and len(self._held) <= _MOST_HELD:
            self._is_reading_paused = False
            self.transport.resume_reading()
        if self._responder is None:
            if self._is_half_closed and self._drained is None:
                self._end()
            elif self._deadline is None:
                self._await_next()

    def _answer(self, request: HttpRequest) -> None:
        responder, self._deadline = Responder(self, request), None
        self._responder, self._is_answering_at_once = responder, True
        try:
            work = self._server.route(request, responder)
        except Exception as error:  # noqa: BLE001 - `fail` logs it
            responder.fail(error)
            return
        finally:
            self._is_answering_at_once = False
        if work is not None:
            self.flush()
            task = self._loop.create_task(responder.follow(work))
            self._server.tasks.add(task)
            task.add_done_callback(self._server.tasks.discard)

    def write(self, content: bytes) -> None:
        """Write a part of a response; one that is ready at once goes out with all others of this turn of the loop.

        Each of them would wake a client that waits; if they follow each other, most clients are awake already.
        """
        if not self._is_answering_at_once or len(self._server.connections) < _FEW:
            self.flush()
            self.transport.write(content)
        elif self._outgoing:
            self._outgoing += content
        else:
            self._outgoing = content
            self._server.flush_later(self)

    def flush(self) -> None:
        """Write what waits for the end of this turn of the loop."""
        if self._outgoing and not self.transport.is_closing():
            self.transport.write(self._outgoing)
        self._outgoing = b""

    async def drain(self) -> None:
        """Wait until the client has read most of what was written."""
        if self._drained is not None:
            await self._drained

    def response_completed(self, responder: Responder) -> None:
        """A response has been written, so the next request may be answered."""
        self._server.responses += 1
        self._responder = None
        if self.transport.is_closing():
            self._await_closed()
        elif responder.closes or self._is_error_sent:
            self._reader.ready.clear()
            self._end()
        else:
            self._proceed()

    def _end(self) -> None:
        """Close, but read on first if the client is still sending."""
        self.flush()
        if self._is_answered_early:
            self._linger()
            return
        self.transport.close()
        self._await_closed()

    def _await_closed(self) -> None:
        """Wait no longer than this for a client that reads its response, or answers the close of TLS."""
        if self.endpoints.scheme == "https" or self.transport.get_write_buffer_size():
            self._set_deadline(self._limits.stalled)

    # Errors

    def _reject(self, error: HttpError) -> None:
        """Read no further request, and respond with the error once the requests before it have their responses."""
        self._error, self._held, self._deadline, self._is_dropping = error, b"", None, True
        client = self.endpoints.client[0] or "a client"
        self._server.log.add(error.kind, f"{client}  {error.status}  {error.sentence}")
        if self._is_answered_early:  # the request has a response already, or will have one
            self._is_error_sent = True
            if self._responder is None and not self._reader.ready:
                self._linger()

    def _send_error(self) -> None:
        if self._error is not None and not self._is_error_sent:
            self._is_error_sent = True
            self.write(error_response(self._error))
            self._linger()

    def _linger(self) -> None:
        """End the response, and read on for a while before closing.

        A close with bytes unread would reset the connection, and the client would lose the response.
        """
        self.flush()
        if self._is_half_closed or not self.transport.can_write_eof():
            self.transport.close()
            self._set_deadline(self._limits.stalled)
            return
        with suppress(OSError):  # the client has left
            self.transport.write_eof()
        self._dropped, self._held, self._is_dropping = 0, b"", True
        if self._is_reading_paused:
            self._is_reading_paused = False
            self.transport.resume_reading()
        self._set_deadline(self._limits.lingering)

    def _drop(self, size: int) -> None:
        self._dropped += size
        if self._dropped > self._limits.dropped:
            self.transport.abort()
