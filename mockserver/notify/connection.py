"""One kept connection to a merchant. Imported with the first delivery, as http.client and ssl are slow to import."""

from __future__ import annotations

import contextlib
import http.client
import io
import selectors
import socket
import ssl
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

from mockserver import __version__
from mockserver.clock import stopwatch
from mockserver.notify.destination import DestinationRefused, check_peer

_LONGEST_ANSWER = 64 * 1024
_LEFT_AS_IT_IS = "/%?:@!$&'()*+,;=[]~"
_USER_AGENT = f"yabandpay-mockserver/{__version__}"


class MerchantAnswer(NamedTuple):
    """A merchant's answer: its HTTP status, and its body up to 64 KiB."""

    status: int
    body: bytes


class NotDeliveredError(Exception):
    """There was no answer; the message says why."""


class Connection:
    """Posts to one scheme, host and port, over a connection that is opened when needed and kept."""

    def __init__(self, scheme: str, netloc: str, timeout: float) -> None:
        """Prepare; `timeout` is in seconds, for connecting and for the whole answer."""
        self._scheme, self._netloc, self._timeout = scheme, netloc, timeout
        self._broken_off = False
        self._made: _Http | None = None

    @property
    def _http(self) -> _Http:
        """The connection, made on first need: an address that cannot be one fails like one that cannot be reached."""
        if self._made is None:
            place = urlsplit(f"{self._scheme}://{self._netloc}")
            tls = ssl.create_default_context() if self._scheme == "https" else None
            port = place.port or (http.client.HTTPS_PORT if tls else http.client.HTTP_PORT)
            self._made = _Http(place.hostname or "", port, self._timeout, tls)
            self._made.broken_off = self._broken_off
        return self._made

    def post(self, url: str, body: bytes, content_type: str) -> MerchantAnswer:
        """Post a body. Redirects are not followed.

        Raises:
            NotDeliveredError: no answer came in time, or the connection failed.
            DestinationRefused: the address is one that nothing may be sent to.
        """
        place = urlsplit(url)
        target = quote((place.path or "/") + (f"?{place.query}" if place.query else ""), safe=_LEFT_AS_IT_IS)
        try:
            return self._exchange(target, body, {"Content-Type": content_type, "User-Agent": _USER_AGENT})
        except DestinationRefused:
            self.close()
            raise
        except (OSError, http.client.HTTPException, UnicodeError, ValueError) as failure:
            self.close()
            raise NotDeliveredError(self._reason(failure)) from failure

    def close(self) -> None:
        """Close the connection; the next post opens it again."""
        if self._made is not None:
            self._made.close()

    def break_off(self) -> None:
        """End an exchange that another thread is waiting for."""
        self._broken_off = True
        if self._made is None:
            return
        self._made.broken_off = True
        sock = self._made.sock
        if sock is not None:
            with contextlib.suppress(OSError):  # the merchant may have closed it already
                sock.shutdown(socket.SHUT_RDWR)

    def _exchange(self, target: str, body: bytes, headers: dict[str, str]) -> MerchantAnswer:
        deadline = stopwatch() + self._timeout
        self._drop_if_stale()
        if self._http.sock is not None:
            self._http.sock.settimeout(self._timeout)
        self._http.request("POST", target, body, headers)
        self._http.deadline = deadline
        response = self._http.getresponse()
        answer = response.read(_LONGEST_ANSWER)
        if response.length and len(answer) < _LONGEST_ANSWER:
            raise http.client.IncompleteRead(answer, response.length)
        if not response.isclosed():
            self.close()
        return MerchantAnswer(response.status, answer)

    def _drop_if_stale(self) -> None:
        """Close a kept connection that the merchant has closed meanwhile, so that the request opens a new one."""
        if self._http.sock is None:
            return
        with selectors.DefaultSelector() as selector:
            selector.register(self._http.sock, selectors.EVENT_READ)
            stale = bool(selector.select(0))
        if stale:
            self.close()

    def _reason(self, failure: Exception) -> str:
        if isinstance(failure, TimeoutError):
            return f"no answer within {self._timeout:g} s"
        if isinstance(failure, http.client.IncompleteRead):
            return "the connection ended in the middle of the answer"
        if isinstance(failure, ssl.SSLError):
            return f"TLS: {failure.reason or failure}; to reach a merchant without TLS use --notify-map"
        return str(failure) or type(failure).__name__


class _Http(http.client.HTTPConnection):
    """A connection that looks whom it has reached before it says anything, and reads an answer until a deadline."""

    def __init__(self, host: str, port: int, timeout: float, tls: ssl.SSLContext | None) -> None:
        if tls is not None:
            self.default_port = http.client.HTTPS_PORT  # which the Host header need not name
        super().__init__(host, port, timeout)
        self._tls = tls
        self.deadline = 0.0
        self.broken_off = False
        self.response_class = self._answer_by_the_deadline  # type: ignore[assignment]  # a factory does for a class

    def connect(self) -> None:
        super().connect()
        if self.broken_off:
            self.close()
            raise ConnectionAbortedError("the sandbox has stopped")
        check_peer(self.sock.getpeername()[0])
        if self._tls is not None:
            self.sock = self._tls.wrap_socket(self.sock, server_hostname=self.host)

    def _answer_by_the_deadline(self, sock: socket.socket, **options: Any) -> http.client.HTTPResponse:  # noqa: ANN401
        return http.client.HTTPResponse(_Reading(sock, self.deadline), **options)  # type: ignore[arg-type]


class _Reading(io.RawIOBase):
    """The reading side of a socket, each read in what is left of the time.

    It keeps the socket open until the answer is read, even when the connection lets go of it before.
    """

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._sock = sock
        self._incoming = sock.makefile("rb", buffering=0)
        self._deadline = deadline

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:  # noqa: ANN401 - any writable buffer
        remaining = self._deadline - stopwatch()
        if remaining <= 0:
            raise TimeoutError
        self._sock.settimeout(remaining)
        return self._incoming.readinto(buffer)

    def close(self) -> None:
        self._incoming.close()
        super().close()
