"""Reads HTTP/1.1 requests from the bytes of a connection; what comes is bounded, and no byte of a body is changed."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import httptools

from mockserver.gateway.request import LARGEST_BODY
from mockserver.server import limits as bounds
from mockserver.server.limits import HttpError
from mockserver.server.messages import HttpRequest, split_target
from mockserver.server.upgrade import ignore_upgrade

if TYPE_CHECKING:
    from mockserver.server.limits import Limits
    from mockserver.server.messages import Endpoints, Headers

BETWEEN, IN_HEAD, IN_BODY = range(3)
"""The stages of reading: between two requests, or in the head or the body of one."""

_VERSIONS = ("1.1", "1.0")
TLS_HANDSHAKE = b"\x16"
"""The first byte of a client that begins with TLS."""


class RequestReader:
    """Puts the requests in what is fed to it into `ready`; httptools calls its `on_…` methods.

    A request with a body that is too long is ready before its end: it `is_answered_early`, and the rest is dropped.
    `has_advanced` is true if a request, its head or its body has begun or ended in the last piece.
    """

    def __init__(self, endpoints: Endpoints, limits: Limits, url: str, secure_url: str) -> None:
        """`url` and `secure_url` are the server's addresses, for error messages."""
        self.ready: deque[HttpRequest] = deque()
        self.stage = BETWEEN
        self.is_answered_early = self.expects_continue = self.has_advanced = False
        self.body_size = 0
        self._endpoints = endpoints
        self._limits = limits
        self._urls = (url, secure_url)
        self._has_begun = False  # a head has been read
        self._request: HttpRequest | None = None
        self._target = b""
        self._headers: Headers = []
        self._body = bytearray()  # of a request whose body comes in several parts
        self._has_body = False  # a part of it has come in this piece
        self._unfinished = 0  # bytes of anything else since a part of the request ended, in whole pieces
        self.replace_parser(httptools.HttpRequestParser(self))

    def replace_parser(self, parser: httptools.HttpRequestParser) -> None:
        """Go on with another parser, in the middle of a request."""
        parser.set_dangerous_leniencies(lenient_data_after_close=True)  # it is not carried out
        self._parser = parser

    def feed(self, piece: bytes) -> None:
        """Read a piece.

        Raises:
            HttpError: it is invalid or beyond a limit; requests before it are ready.
        """
        rest, self.has_advanced, self._has_body = piece, False, False
        try:
            while rest:
                rest = self._feed(rest)
        except httptools.HttpParserError as error:
            raise self._error_of(error, rest) from error
        if self.stage != BETWEEN:
            self._unfinished = 0 if self.has_advanced or self._has_body else self._unfinished + len(piece)
            if self._unfinished > self._limits.head or len(self._headers) > self._limits.headers:
                raise bounds.head_too_large(self._limits)

    @property
    def patience(self) -> float:
        """The seconds within which the rest of the head or the body has to come."""
        return self._limits.head_time if self.stage == IN_HEAD else self._limits.body_time

    def too_slow(self) -> HttpError:
        """The error for a rest that did not."""
        return bounds.too_slow("head" if self.stage == IN_HEAD else "body", self.patience)

    def _feed(self, data: bytes) -> bytes:
        """Parse up to the end, or to the end of a head with an Upgrade header; returns what follows it."""
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            ignore_upgrade(self, [] if self._request is None else self._request.headers)
            return data[upgrade.args[0] :]
        return b""

    def close(self) -> None:
        """End the circle of references between the reader and its parser."""
        self.ready.clear()
        del self._parser

    def on_message_begin(self) -> None:
        self._headers, self._request, self._target = [], None, b""
        self.is_answered_early = self.expects_continue = False
        self.stage, self.has_advanced = IN_HEAD, True
        self._unfinished = self.body_size = 0

    def on_url(self, url: bytes) -> None:
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header has come, or a trailer, which is not used."""
        name = name.lower()
        if name == b"expect":
            self.expects_continue = value.lower() == b"100-continue"
        self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        """The head of a request has come.

        Raises:
            HttpError: it is invalid or beyond a limit.
        """
        version, method = self._parser.get_http_version(), self._parser.get_method()
        self._check_head(version, method)
        request = self._request = HttpRequest(self._endpoints, self._headers)
        request.method, request.version = method.decode("ascii"), version
        request.keeps_alive = version != "1.0" and self._parser.should_keep_alive()
        try:
            request.path, request.query = split_target(self._target)
        except ValueError as error:
            raise bounds.not_http(str(error)) from error
        self._headers = []  # trailers
        self._has_begun = True
        self.stage, self.has_advanced = IN_BODY, True

    def _check_head(self, version: str, method: bytes) -> None:
        """See that the head is within the limits, and in a version and method that the server speaks."""
        if len(self._headers) > self._limits.headers:
            raise bounds.head_too_large(self._limits)
        if self._unfinished:  # else it came in two pieces at most
            size = len(self._target) + sum(len(name) + len(value) + 4 for name, value in self._headers)
            if size > self._limits.head:
                raise bounds.head_too_large(self._limits)
        if version not in _VERSIONS:
            raise bounds.other_version(version)
        if method == b"CONNECT":
            raise bounds.no_proxy(self._urls[0])

    def on_body(self, body: bytes) -> None:
        self._has_body = True
        self.body_size += len(body)
        if self._request is not None and not self.is_answered_early:
            if self._body or self._request.body:
                self._body += self._request.body + body
                self._request.body = b""
            else:
                self._request.body = body
            if self.body_size > LARGEST_BODY:
                self.is_answered_early = True
                self._hand_on(self._request)

    def on_message_complete(self) -> None:
        """A request has come whole, unless an Upgrade header hides its body from the parser."""
        if self._parser.should_upgrade():
            return
        if self._request is not None and not self.is_answered_early:
            self._hand_on(self._request)
        self.stage, self.has_advanced, self._request = BETWEEN, True, None

    def _hand_on(self, request: HttpRequest) -> None:
        if self._body:
            request.body, self._body = bytes(self._body), bytearray()
        self.ready.append(request)

    def _error_of(self, error: httptools.HttpParserError, data: bytes) -> HttpError:
        cause = error.__context__
        if isinstance(cause, HttpError):
            return cause
        if isinstance(error, httptools.HttpParserCallbackError):
            raise error  # a mistake in this program
        if not self._has_begun and data.startswith(TLS_HANDSHAKE):
            return bounds.https_to_http(*self._urls)
        if self._parser.get_method() == b"PRI":
            return bounds.other_version("2")
        return bounds.not_http(str(error))
