"""Goes on with HTTP/1.1 after a head that offers another protocol, such as HTTP/2 (h2c) or WebSocket."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httptools

if TYPE_CHECKING:
    from collections.abc import Iterable

    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_FRAMING = (b"content-length", b"transfer-encoding")


def parser_after_offer(
    connection: HttpToolsProtocol, headers: Iterable[tuple[bytes, bytes]]
) -> httptools.HttpRequestParser:
    """A parser for the body that follows a head with an offer, and for the requests after it.

    The parser of that head takes everything behind it for the other protocol. The one here has read a head of the same
    framing without an offer, of which the connection sees nothing; it goes on with the client's own bytes.

    Raises:
        httptools.HttpParserError: the headers do not say where the body ends.
    """
    events = _Events(connection)
    parser = httptools.HttpRequestParser(events)
    parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn sets it
    framing = b"".join(b"%s: %s\r\n" % header for header in headers if header[0] in _FRAMING)
    connection.parser = parser
    parser.feed_data(b"POST / HTTP/1.1\r\n%s\r\n" % framing)
    events.are_shown = True
    return parser


class _Events:
    """Hands what a parser finds to a connection, except for the head that stands in for one that was read already."""

    def __init__(self, connection: HttpToolsProtocol) -> None:
        self._connection = connection
        self.are_shown = False
        self.on_body = connection.on_body
        self.on_message_complete = connection.on_message_complete

    def on_message_begin(self) -> None:
        if self.are_shown:
            self._connection.on_message_begin()

    def on_url(self, url: bytes) -> None:
        if self.are_shown:
            self._connection.on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        if self.are_shown:
            self._connection.on_header(name, value)

    def on_headers_complete(self) -> None:
        if self.are_shown:
            self._connection.on_headers_complete()
