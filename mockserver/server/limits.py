"""Bounds of what clients may send and hold open, and what a request that breaks them is answered with."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of connections and requests. Sizes are bytes, times are seconds.

    `idle` is how long a connection stays open between requests, `stalled` how long a client may leave an answer unread
    or a goodbye unanswered. Of a request that has its answer already, up to `dropped` bytes are read, for up to
    `lingering` if it was refused, so that its sender sees the answer. Without a number of `connections` as many are
    taken as the process may open files, less a reserve.
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


class Refusal(Exception):
    """A request that is not carried out: the HTTP status and the sentence that say why.

    Lines of the log about refusals of one `kind` are limited together.
    """

    def __init__(self, status: int, sentence: str, kind: str = "") -> None:
        """Refuse with a status and a sentence of ASCII."""
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence
        self.kind = kind or str(status)


def head_too_large(limits: Limits) -> Refusal:
    """Too many headers, or too long ones."""
    size = f"{limits.head // 1024} KiB and {limits.headers} lines"
    return Refusal(431, f"The headers of this request are too large: expected at most {size}.")


def too_slow(part: str, seconds: float) -> Refusal:
    """The head or the body does not come in time."""
    return Refusal(408, f"The {part} of this request was not complete after {seconds:g} seconds.")


def not_http(reason: str) -> Refusal:
    """Bytes that are no request, or that two servers could read as different ones."""
    return Refusal(400, f"This is not a valid HTTP/1.1 request: {reason}.")


def other_version(version: str) -> Refusal:
    """A version that the server does not speak."""
    return Refusal(505, f"This server speaks HTTP/1.1, not HTTP/{version}. Have the client use HTTP/1.1.")


def no_proxy(url: str) -> Refusal:
    """A client that takes the server for a proxy."""
    return Refusal(405, f"CONNECT is for proxies, and this is not one. Send requests to {url} without a proxy.")


def https_to_http(url: str, secure_url: str) -> Refusal:
    """A TLS handshake where HTTP is spoken."""
    cure = f"Use {secure_url} for HTTPS." if secure_url else "Use http://, or start the sandbox with --tls for HTTPS."
    return Refusal(400, f"An HTTPS request came to {url}, which speaks HTTP. {cure}", "HTTPS to HTTP")


def http_to_https(secure_url: str) -> Refusal:
    """Anything but a TLS handshake where HTTPS is spoken."""
    return Refusal(400, f"A request without TLS came to {secure_url}. Use https:// for this port.", "HTTP to HTTPS")
