"""Connections to merchants."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
import zlib
from base64 import b64encode
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote, unquote, urlsplit

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from mockserver.delivery.destination import USER_AGENT, DestinationRefused
from mockserver.texts import message
from mockserver.threads import DaemonPool, is_readable

if TYPE_CHECKING:
    from collections.abc import Callable
    from urllib.parse import SplitResult

    from mockserver.delivery.destination import Destinations

_LONGEST_ANSWER = 64 * 1024
_LONGEST_HEAD = 64 * 1024
_UNQUOTED = "/%?:@!$&'()*+,;=[]~"
_DEFAULT_PORTS = {"http": 80, "https": 443}
_SHOWN = 40
_REMEMBERED = 256
_INFORMATION = range(100, 200)
_REDIRECTS = {301, 302, 303, 307, 308}
_OF_ZLIB = {"gzip", "x-gzip", "deflate"}
_GZIP = b"\x1f\x8b"
_COMPRESSED, _TOO_LATE = message("compressed with {encoding}"), message("no answer within {duration} s")
_REDIRECTED, _NOWHERE = message("redirects to {address}"), message("redirects, but has no Location")
_WITHOUT_TLS = message("to reach a merchant without TLS use --notify-map {example}")
_CLOSED = message("the connection was closed without an answer")
_IN_CONTAINER = message("in a container, {host} is the container itself")
_ELSEWHERE = message("to reach your shop at another address use --notify-map {example}")
_NOTHING_LISTENS = message("connection refused: nothing listens on {host} port {port}")
_HERE = {"localhost", "127.0.0.1", "::1"}
_LONGEST_LOCATION = 300


class MerchantAnswer(NamedTuple):
    """A merchant's answer: its HTTP status, and its body up to 64 KiB, uncompressed.

    `remark` says what its headers show: where it redirects to, or how it was compressed; usually empty.
    """

    status: int
    body: bytes
    remark: str = ""


class NotDeliveredError(Exception):
    """There was no answer; the message says why."""


class Connection:
    """Posts to one host and port, over a kept connection that is opened as needed."""

    def __init__(
        self, destinations: Destinations, resolver: Resolver, tls: Callable[[], ssl.SSLContext], timeout: float
    ) -> None:
        """`tls` returns the context for https, `timeout` is in seconds, for a whole post."""
        self._destinations = destinations
        self._resolver = resolver
        self._tls = tls
        self._timeout = timeout
        self._exchange: _Exchange | None = None

    async def post(self, url: str, body: bytes, content_type: str) -> MerchantAnswer:
        """Post a body. Redirects are not followed.

        Raises:
            NotDeliveredError: no answer came in time, or the connection failed.
            DestinationRefused: nothing is sent to this address.
        """
        try:
            return await self._post(url, body, content_type)
        except asyncio.TimeoutError:
            self.close()
            raise NotDeliveredError(_TOO_LATE.format(duration=f"{self._timeout:g}") + _elsewhere(url)) from None
        except (DestinationRefused, NotDeliveredError):
            self.close()
            raise
        except (OSError, UnicodeError, ValueError) as failure:
            self.close()
            raise NotDeliveredError(_reason(failure, url)) from failure

    @property
    def is_open(self) -> bool:
        return self._exchange is not None and self._exchange.is_open

    def close(self) -> None:
        """Close the connection at once; the next post opens it again."""
        if self._exchange is not None:
            self._exchange.abort()
            self._exchange = None

    async def _post(self, url: str, body: bytes, content_type: str) -> MerchantAnswer:
        request = b"%s%d\r\n\r\n%s" % (request_head(url, content_type), len(body), body)
        ends = asyncio.get_running_loop().time() + self._timeout
        if self._exchange is not None and self._exchange.is_usable:
            self._exchange.check(self._destinations, url)
            return await self._exchange.send(request, ends)
        self.close()
        left = ends - asyncio.get_running_loop().time()
        self._exchange = await asyncio.wait_for(self._open(url, urlsplit(url)), left)
        return await self._exchange.send(request, ends)

    async def _open(self, url: str, place: SplitResult) -> _Exchange:
        host, port = place.hostname or "", place.port or _DEFAULT_PORTS[place.scheme]
        failure = OSError(f"{host} has no address")
        for address in await self._resolver.addresses(host):
            opened = await self._open_at(address, port, url, place)
            if isinstance(opened, _Exchange):
                return opened
            failure = opened
        raise failure

    async def _open_at(self, address: str, port: int, url: str, place: SplitResult) -> _Exchange | OSError:
        loop = asyncio.get_running_loop()
        tls, name = (self._tls(), place.hostname) if place.scheme == "https" else (None, None)
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            sock.setblocking(False)
            await loop.sock_connect(sock, (address, port))
            # Nothing has been sent yet, not even a TLS handshake.
            self._destinations.check_peer(url, sock.getpeername(), sock.getsockname())
            _, exchange = await loop.create_connection(_Exchange, sock=sock, ssl=tls, server_hostname=name)
        except ConnectionRefusedError:
            sock.close()
            return ConnectionRefusedError(_NOTHING_LISTENS.format(host=place.hostname, port=port) + _elsewhere(url))
        except OSError as error:
            sock.close()
            return error
        except BaseException:
            sock.close()
            raise
        return exchange


@lru_cache(_REMEMBERED)  # a shop has few addresses
def request_head(url: str, content_type: str) -> bytes:
    """The head of a request, up to the number of its Content-Length."""
    place = urlsplit(url)
    target = quote((place.path or "/") + (f"?{place.query}" if place.query else ""), safe=_UNQUOTED)
    host = place.hostname or ""
    shown = f"[{host}]" if ":" in host else host if host.isascii() else host.encode("idna").decode()
    if place.port not in {None, _DEFAULT_PORTS[place.scheme]}:
        shown = f"{shown}:{place.port}"
    lines = [
        f"POST {target} HTTP/1.1", f"Host: {shown}", f"Content-Type: {content_type}", "Accept-Encoding: identity",
        f"User-Agent: {USER_AGENT}",
    ]  # fmt: skip
    if place.username is not None:
        login = f"{unquote(place.username)}:{unquote(place.password or '')}"
        lines.append(f"Authorization: Basic {b64encode(login.encode()).decode()}")
    return "\r\n".join([*lines, "Content-Length: "]).encode()


def _reason(failure: Exception, url: str) -> str:
    if isinstance(failure, ssl.SSLError):
        said = message("TLS: {error}").format(error=failure.reason or failure)
        return f"{said}; {_WITHOUT_TLS.format(example=_example(url))}"
    if isinstance(failure, socket.gaierror):
        said = message("{host} is an unknown host: {error}")
        return said.format(host=urlsplit(url).hostname, error=failure.strerror) + _elsewhere(url)
    text = str(failure) or type(failure).__name__
    return text if "--notify-map" in text else f"{text}{_elsewhere(url)}"


def _elsewhere(url: str) -> str:
    """How to send to another address than the one that cannot be reached."""
    host = (urlsplit(url).hostname or "").rstrip(".").lower()
    inside = f"; {_IN_CONTAINER.format(host=host)}" if host in _HERE or host.endswith(".localhost") else ""
    return f"{inside}; {_ELSEWHERE.format(example=_example(url))}"


def _example(url: str) -> str:
    place = urlsplit(url)
    return f"{place.scheme}://{place.netloc.rpartition('@')[2]}=http://HOST:PORT"


def _remark(status: int, location: bytes, encoding: bytes, body: bytes) -> tuple[bytes, str]:
    """The uncompressed body of an answer, and what its headers show."""
    if status in _REDIRECTS:
        to = location[:_LONGEST_LOCATION].decode("utf-8", "backslashreplace")
        return body, _REDIRECTED.format(address=to) if to else _NOWHERE
    if not encoding and not body.startswith(_GZIP):
        return body, ""
    name = encoding.decode("latin-1").strip().lower()[:_SHOWN] or "gzip"
    if name in {"", "identity"}:
        return body, ""
    for window in (
        (zlib.MAX_WBITS | 32, -zlib.MAX_WBITS) if name in _OF_ZLIB else ()
    ):  # gzip or zlib; deflate without a head
        with suppress(zlib.error):
            return zlib.decompressobj(window).decompress(body, _LONGEST_ANSWER), _COMPRESSED.format(encoding=name)
    return body, "" if body.strip() == b"ok" else _COMPRESSED.format(encoding=name)


class _Exchange(asyncio.Protocol):
    """The protocol of a connection: one request at a time, and its answer."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._parser = HttpResponseParser(self)
        self._answer: asyncio.Future[MerchantAnswer] | None = None
        self._ends = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._checked = ""
        self._begin()

    def _begin(self) -> None:
        self._status: int | None = None
        self._has_length = False
        self._location = self._encoding = b""
        self._body = bytearray()
        self._received = 0

    def check(self, destinations: Destinations, url: str) -> None:
        """Check both ends of the connection, once for each address.

        Raises:
            DestinationRefused: nothing is sent to this address.
        """
        if url != self._checked:
            if self._transport is None:
                raise ConnectionError("the connection has ended")
            ends = self._transport.get_extra_info("peername"), self._transport.get_extra_info("sockname")
            destinations.check_peer(url, *ends)
            self._checked = url

    @property
    def is_open(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    @property
    def is_usable(self) -> bool:
        """Whether it is open, and the merchant has not closed it in this moment.

        What is sent once is never sent again: the merchant may have processed it, however the connection ends.
        """
        transport = self._transport
        if transport is None or transport.is_closing():
            return False
        return not is_readable(transport.get_extra_info("socket").fileno())

    def send(self, request: bytes, ends: float) -> asyncio.Future[MerchantAnswer]:
        """Send a request; the future has the answer, or raises `NotDeliveredError`, or `TimeoutError` at its end."""
        answer = self._answer = self._loop.create_future()
        self._begin()
        self._ends = ends
        if self._timer is None:  # it is set again only when it fires too early
            self._timer = self._loop.call_at(ends, self._on_timer)
        if self._transport is None:
            self._fail(NotDeliveredError(_CLOSED))
        else:
            self._transport.write(request)
        return answer

    def _on_timer(self) -> None:
        self._timer = None
        if self._answer is None or self._answer.done():
            return
        if self._loop.time() < self._ends:
            self._timer = self._loop.call_at(self._ends, self._on_timer)
        else:
            self._answer.set_exception(asyncio.TimeoutError())
            self.abort()

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]  # a stream's transport

    def data_received(self, data: bytes) -> None:
        if self._answer is None or self._answer.done():
            self.abort()  # an answer without a request
            return
        self._received += len(data)
        try:
            self._parser.feed_data(data)
        except HttpParserUpgrade:
            self._fail(NotDeliveredError(message("the merchant switched to another protocol instead of answering")))
        except HttpParserError:
            begin = repr(data[:_SHOWN].decode("utf-8", "backslashreplace"))
            said = message("the answer is not HTTP; it begins with {answer}").format(answer=begin)
            self._fail(NotDeliveredError(said))
        if self._status is None and self._received > _LONGEST_HEAD:
            self._fail(NotDeliveredError(message("the headers of the answer are larger than 64 KiB")))

    def on_message_begin(self) -> None:
        if self._answer is not None and self._answer.done():
            self.abort()  # a second answer; it may be incomplete, and would spoil the next one

    def on_header(self, name: bytes, value: bytes) -> None:
        lower = name.lower()
        if lower == b"content-length" or (lower == b"transfer-encoding" and b"chunked" in value.lower()):
            self._has_length = True
        elif lower == b"location":
            self._location = value
        elif lower == b"content-encoding":
            self._encoding = value

    def on_headers_complete(self) -> None:
        self._status = self._parser.get_status_code()

    def on_body(self, data: bytes) -> None:
        self._body += data[: _LONGEST_ANSWER - len(self._body)]
        if len(self._body) == _LONGEST_ANSWER:
            self._succeed(keeps_alive=False)

    def on_message_complete(self) -> None:
        if self._status in _INFORMATION:
            self._status, self._has_length = None, False  # the final answer follows
        else:
            self._succeed(keeps_alive=self._parser.should_keep_alive())

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        if self._timer is not None:
            self._timer.cancel()
        del self._parser  # it refers back to this
        if self._answer is None or self._answer.done():
            return
        if self._received == 0:
            self._fail(NotDeliveredError(str(error or _CLOSED)))
        elif self._status is None or self._has_length:
            self._fail(NotDeliveredError(message("the connection was closed in the middle of the answer")))
        else:
            self._succeed(keeps_alive=False)

    def _succeed(self, *, keeps_alive: bool) -> None:
        if self._answer is not None and not self._answer.done() and self._status is not None:
            shown = _remark(self._status, self._location, self._encoding, bytes(self._body))
            self._answer.set_result(MerchantAnswer(self._status, *shown))
        if not keeps_alive:
            self.abort()

    def _fail(self, failure: NotDeliveredError) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(failure)
        self.abort()


_THREADS = 16
_LOOPBACK = ["127.0.0.1", "::1"]


class Resolver:
    """Resolves host names. IP addresses and localhost need no DNS, so a slow name does not delay them."""

    def __init__(self) -> None:
        self._pool = DaemonPool(_THREADS, "deliver look-up")

    async def addresses(self, host: str) -> list[str]:
        """The IP addresses of a host, the preferred one first.

        Raises:
            OSError: the name is unknown or cannot be resolved.
            UnicodeError: it is not a valid host name.
        """
        if _is_address(host):
            return [host]
        name = host.rstrip(".").lower()
        if name == "localhost" or name.endswith(".localhost"):
            return _LOOPBACK
        return await asyncio.get_running_loop().run_in_executor(self._pool, _look_up, host)

    def close(self) -> None:
        """Stop; a running look-up ends with its thread."""
        self._pool.close(0)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def _look_up(host: str) -> list[str]:
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))
