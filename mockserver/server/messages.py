"""HTTP requests as they were read, and whole HTTP responses."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import unquote

import httptools

Headers = list[tuple[bytes, bytes]]
"""Names and values of headers; those of a request have names in lower case."""

_LATIN = "latin-1"


class Endpoints(NamedTuple):
    """The scheme of a connection, and the addresses of its two ends."""

    scheme: str
    client: tuple[str, int]
    server: tuple[str, int]


class HttpRequest:
    """One request. Its body is whole, except that of a longer one only the beginning is kept; see `HttpConnection`."""

    __slots__ = ("body", "endpoints", "headers", "keeps_alive", "method", "path", "query", "version")

    def __init__(self, endpoints: Endpoints, headers: Headers) -> None:
        self.endpoints = endpoints
        self.headers = headers
        self.method = self.path = self.version = ""
        self.query = self.body = b""
        self.keeps_alive = True

    def header(self, wanted: bytes) -> str:
        """The value of a header, whose name is in lower case; empty if it is absent."""
        for name, value in self.headers:  # no generator: each payment comes here twice
            if name == wanted:
                return value.decode(_LATIN)
        return ""


class HttpResponse(NamedTuple):
    """A whole HTTP response; its headers include Content-Length."""

    status: int
    headers: Headers
    body: bytes


def split_target(target: bytes) -> tuple[str, bytes]:
    """The path and the query of a request's target, which may be a whole address, as clients of proxies send it.

    Raises:
        ValueError: it is invalid.
    """
    try:
        parsed = httptools.parse_url(target)
        path, query = parsed.path.decode("ascii"), parsed.query or b""
    except (httptools.HttpParserInvalidURLError, UnicodeError, AttributeError) as error:
        raise ValueError("Invalid URL") from error
    return (unquote(path) if "%" in path else path), query
