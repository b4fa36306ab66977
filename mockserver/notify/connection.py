"""One kept connection to a merchant. Imported with the first delivery, as http.client and ssl are slow to import."""

from __future__ import annotations

import contextlib
import http.client
import selectors
import socket
import ssl
from typing import NamedTuple
from urllib.parse import urlsplit

from mockserver import __version__
from mockserver.clock import stopwatch
from mockserver.notify.destination import DestinationRefused, check_peer

_LONGEST_ANSWER = 64 * 1024
_HEADERS = {"Content-Type": "application/json", "User-Agent": f"yabandpay-mockserver/{__version__}"}


class Answer(NamedTuple):
    """A merchant's answer: its HTTP status, and its body up to 64 KiB."""

    status: int
    body: bytes


class NotDeliveredError(Exception):
    """There was no answer; the message says why."""


class Connection:
    """Posts to one scheme, host and port, over a connection that is opened when needed and kept."""

    def __init__(self, scheme: str, netloc: str, timeout: float) -> None:
        """Prepare; `timeout` is in seconds, for connecting and for the whole answer."""
        place = urlsplit(f"{scheme}://{netloc}")
        host = place.hostname or ""
        self._timeout = timeout
        self._http: http.client.HTTPConnection
        if scheme == "https":
            self._http = _Https(host, place.port, timeout=timeout, context=ssl.create_default_context())
        else:
            self._http = _Http(host, place.port, timeout=timeout)

    def post(self, url: str, body: bytes) -> Answer:
        """Post a body. Redirects are not followed.

        Raises:
            NotDeliveredError: no answer came in time, or the connection failed.
            DestinationRefused: the address is one that nothing may be sent to.
        """
        place = urlsplit(url)
        target = (place.path or "/") + (f"?{place.query}" if place.query else "")
        try:
            return self._exchange(target, body)
        except DestinationRefused:
            self.close()
            raise
        except (OSError, http.client.HTTPException, UnicodeError, ValueError) as failure:
            self.close()
            raise NotDeliveredError(self._reason(failure)) from failure

    def close(self) -> None:
        """Close the connection; the next post opens it again."""
        self._http.close()

    def break_off(self) -> None:
        """End an exchange that another thread is waiting for."""
        sock = self._http.sock
        if sock is not None:
            with contextlib.suppress(OSError):  # the merchant may have closed it already
                sock.shutdown(socket.SHUT_RDWR)

    def _exchange(self, target: str, body: bytes) -> Answer:
        deadline = stopwatch() + self._timeout
        self._drop_if_stale()
        self._http.request("POST", target, body, _HEADERS)
        sock = self._http.sock
        response = self._http.getresponse()
        answer = _read_body(response, sock, deadline)
        if not response.isclosed():
            self.close()
        elif self._http.sock is not None:
            self._http.sock.settimeout(self._timeout)
        return Answer(response.status, answer)

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
        if isinstance(failure, ssl.SSLError):
            return f"TLS: {failure.reason or failure}; to reach a merchant without TLS use --notify-map"
        return str(failure) or type(failure).__name__


class _Http(http.client.HTTPConnection):
    def connect(self) -> None:
        super().connect()
        check_peer(self.sock.getpeername()[0])


class _Https(http.client.HTTPSConnection):
    def connect(self) -> None:
        super().connect()
        check_peer(self.sock.getpeername()[0])


def _read_body(response: http.client.HTTPResponse, sock: socket.socket, deadline: float) -> bytes:
    """The answer's body, up to the longest that is kept, in what is left of the time."""
    body = b""
    while len(body) < _LONGEST_ANSWER:
        remaining = deadline - stopwatch()
        if remaining <= 0:
            raise TimeoutError
        sock.settimeout(remaining)
        part = response.read1(_LONGEST_ANSWER - len(body))
        if not part:
            break
        body += part
    return body
