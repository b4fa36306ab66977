"""Limits on what clients may send and hold open, and the HTTP errors for requests beyond them."""

from __future__ import annotations

from typing import NamedTuple


class Limits(NamedTuple):
    """Bounds of connections and requests. Sizes are bytes, times are seconds.

    `idle` is how long a connection stays open between requests, `stalled` how long a client may leave a response unread
    or a TLS close unanswered. After an early response, up to `dropped` bytes of the request are still read, for up to
    `lingering` if it was an error, so that the client sees the response. Without a number of `connections` there may be
    as many as the process may open files, minus a reserve.
    """

    head: int = 64 * 1024
    headers: int = 100
    dropped: int = 16 * 1024 * 1024
    head_time: float = 10.0
    body_time: float = 30.0
    idle: float = 75.0
    stalled: float = 30.0
    lingering: float = 5.0
    handshake_time: float = 10.0
    handshakes: int = 64
    connections: int | None = None


class HttpError(Exception):
    """The response to a request that is no valid HTTP or breaks a limit: a status and a sentence of ASCII.

    `kind` groups errors in the connection log, which limits the lines of each kind.
    """

    def __init__(self, status: int, sentence: str, kind: str = "") -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence
        self.kind = kind or str(status)


def head_too_large(limits: Limits) -> HttpError:
    """Too many headers, or too long ones."""
    size = f"{limits.head // 1024} KiB and {limits.headers} lines"
    return HttpError(431, f"The headers of this request are too large: expected at most {size}.")


def too_slow(part: str, seconds: float) -> HttpError:
    """The head or the body does not come in time."""
    return HttpError(408, f"The {part} of this request was not complete after {seconds:g} seconds.")


def not_http(reason: str) -> HttpError:
    """Bytes that are no request, or that two servers could read as different ones."""
    return HttpError(400, f"This is not a valid HTTP/1.1 request: {reason}.")


def other_version(version: str) -> HttpError:
    """A version that the server does not speak."""
    return HttpError(505, f"This server speaks HTTP/1.1, not HTTP/{version}. Have the client use HTTP/1.1.")


def no_proxy(url: str) -> HttpError:
    """A client that takes the server for a proxy."""
    return HttpError(405, f"CONNECT is for proxies; this is not a proxy. Send requests to {url} without a proxy.")


def https_to_http(url: str, secure_url: str) -> HttpError:
    """A TLS handshake where HTTP is spoken."""
    cure = f"Use {secure_url} for HTTPS." if secure_url else "Use http://, or start the sandbox with --tls for HTTPS."
    return HttpError(400, f"An HTTPS request came to {url}, which serves HTTP. {cure}", "HTTPS to HTTP")


def http_to_https(secure_url: str) -> HttpError:
    """Anything but a TLS handshake where HTTPS is spoken."""
    return HttpError(400, f"A request without TLS came to {secure_url}. Use https:// for this port.", "HTTP to HTTPS")
