"""Stays with HTTP/1.1 after a head with an Upgrade header, such as for HTTP/2 (h2c) or WebSocket.

Java's client sends one with each request. llhttp takes everything after such a head for the other protocol.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import httptools

if TYPE_CHECKING:
    from collections.abc import Iterable


_FRAMING = (b"content-length", b"transfer-encoding")


class ParserOwner(Protocol):
    """A connection that has what it receives parsed."""

    def replace_parser(self, parser: httptools.HttpRequestParser) -> None: ...
    def on_message_begin(self) -> None: ...
    def on_url(self, url: bytes) -> None: ...
    def on_header(self, name: bytes, value: bytes) -> None: ...
    def on_headers_complete(self) -> None: ...
    def on_body(self, body: bytes) -> None: ...
    def on_message_complete(self) -> None: ...


def ignore_upgrade(connection: ParserOwner, headers: Iterable[tuple[bytes, bytes]]) -> None:
    """Give a connection a new parser, for the body after such a head and the requests after it.

    The new parser first reads a head with the same framing but without the Upgrade header, of which the connection sees
    nothing. Then it goes on with the client's own bytes. Removing the header from the incoming bytes instead would be
    wrong: segments do not end where requests do, and a changed body could become a second request.

    Raises:
        httptools.HttpParserError: the headers do not say where the body ends.
    """
    events = _ParserEvents(connection)
    parser = httptools.HttpRequestParser(events)
    framing = b"".join(b"%s: %s\r\n" % header for header in headers if header[0] in _FRAMING)
    connection.replace_parser(parser)
    parser.feed_data(b"POST / HTTP/1.1\r\n%s\r\n" % framing)
    events.are_forwarded = True


class _ParserEvents:
    """Forwards what a parser finds to a connection, except for the head that stands in for the client's own."""

    def __init__(self, connection: ParserOwner) -> None:
        self._connection = connection
        self.are_forwarded = False
        self.on_body = connection.on_body
        self.on_message_complete = connection.on_message_complete

    def on_message_begin(self) -> None:
        if self.are_forwarded:
            self._connection.on_message_begin()

    def on_url(self, url: bytes) -> None:
        if self.are_forwarded:
            self._connection.on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        if self.are_forwarded:
            self._connection.on_header(name, value)

    def on_headers_complete(self) -> None:
        if self.are_forwarded:
            self._connection.on_headers_complete()
