"""A load generator: connections over raw sockets in a process of its own, so that it is not what is measured.

Two kinds of load: as fast as a server answers (`put_load`), and at a pace (`put_paced_load`), which also counts the
time that a request waits because the server is late with others.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import selectors
import socket
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    Signing = Callable[[Mapping[str, object]], str]

USER, SECRET_KEY = "016683", "sandbox-secret-key"
ACCEPTED, REFUSED = b'"code":"200"', b'"code":"-403"'
NOWHERE = "https://mapi.yabandpay.com/notify"  # the gateway's own host, to which the sandbox sends nothing

_BLANK_LINE = b"\r\n\r\n"
_LAST_CHUNK = b"0\r\n\r\n"
_PATIENCE = 60


class Metrics(NamedTuple):
    """What a load showed: responses a second, and latencies in milliseconds."""

    per_second: float
    p50: float
    p99: float

    @property
    def latencies(self) -> str:
        return f"p50 {self.p50:.2f} ms, p99 {self.p99:.1f} ms"

    @classmethod
    def of(cls, latencies: Iterable[float], took: float) -> Metrics:
        """The metrics of latencies in seconds, which were seen in `took` seconds."""
        ordered = sorted(latencies)
        return cls(len(ordered) / took, percentile(ordered, 50) * 1000, percentile(ordered, 99) * 1000)


def percentile(ordered: Sequence[float], percent: int) -> float:
    """The smallest of the ordered values that at least so many percent of them do not exceed."""
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


class Response(NamedTuple):
    """A whole response: its head in lower case, its body as it came, and whether the server closes the connection."""

    head: bytes
    body: bytes
    closes: bool


def read_response(received: bytes) -> Response | None:
    """The response that these bytes are, or `None` as long as it is not complete.

    Raises:
        ValueError: it says neither its length nor that it comes in chunks.
    """
    end = received.find(_BLANK_LINE)
    if end < 0:
        return None
    head, body = received[:end].lower(), received[end + 4 :]
    at = head.find(b"content-length:")
    if at >= 0:
        stop = head.find(b"\r\n", at)
        if len(body) < int(head[at + 15 : stop if stop >= 0 else None]):
            return None
    elif b"transfer-encoding: chunked" not in head:
        raise ValueError(f"a response without a length: {head.decode()}")
    elif not body.endswith(_LAST_CHUNK):
        return None
    closes = b"connection: close" in head or (head.startswith(b"http/1.0") and b"keep-alive" not in head)
    return Response(head, body, closes)


class Connection:
    """One client: sends a request, waits for its response, sends the next. Connects again if the server closes."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._received = b""
        self.sent_at = 0.0
        self.sock = self._connect()

    def _connect(self) -> socket.socket:
        sock = socket.create_connection(("127.0.0.1", self._port), timeout=_PATIENCE)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock

    def reconnect(self) -> None:
        self.sock.close()
        self.sock = self._connect()

    def send(self, request: bytes) -> None:
        self.sent_at = time.perf_counter()
        self.sock.sendall(request)

    def take(self) -> Response | None:
        """Read what has arrived; gives the response once it is complete."""
        part = self.sock.recv(65536)
        if not part:
            raise ConnectionError("the server closed a connection in the middle of a response")
        received = self._received + part if self._received else part
        response = read_response(received)
        self._received = b"" if response else received
        return response

    def ask(self, request: bytes) -> Response:
        """Send a request and wait for its response."""
        self.send(request)
        while (response := self.take()) is None:
            pass
        return response

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self.sock.close()


def hmac_sha256(parameters: Mapping[str, object], secret_key: str = SECRET_KEY) -> str:
    """The signature over parameters (protocol.md 1.6)."""
    text = "&".join(f"{key}={parameters[key]}" for key in sorted(parameters))
    return hmac.new(secret_key.encode(), text.encode(), hashlib.sha256).hexdigest()


def signed(method: str, data: Mapping[str, str], user: str = USER, signed_with: Signing = hmac_sha256) -> bytes:
    """The body of a request with these data, signed."""
    envelope = {"user": user, "method": method, "time": 1546588959}
    return json.dumps({**envelope, "sign": signed_with({**envelope, **data}), "data": data}).encode()


def creation(data: Mapping[str, str], user: str = USER, signed_with: Signing = hmac_sha256) -> bytes:
    """The body of a request for a payment with these data, signed."""
    return signed("v3.CreatePaymentsAlipayMiniPay", data, user, signed_with)


def payment_data(order_id: str, notify_url: str = NOWHERE) -> dict[str, str]:
    """The data of the documented request, for an order of its own."""
    return {
        "description": "YabandPay test",
        "timeout": "0",
        "pay_method": "online",
        "sub_pay_method": "Alipay",
        "order_id": order_id,
        "amount": "1",
        "currency": "EUR",
        "notify_url": notify_url,
        "redirect_url": "https://www.yabandpay.com",
    }


def as_http(body: bytes, path: str = "/Payments") -> bytes:
    """A request with a body, as bytes on the wire."""
    lines = f"POST {path} HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json", f"Content-Length: {len(body)}"
    return "\r\n".join(lines).encode() + _BLANK_LINE + body


def requests(
    first: int, count: int, notify_url: str = NOWHERE, path: str = "/Payments", users: Sequence[str] = (USER,)
) -> list[bytes]:
    """Signed creations, each with an order id of its own, by the users in turns."""
    return [
        as_http(creation(payment_data(f"bench-{number}", notify_url), users[number % len(users)]), path)
        for number in range(first, first + count)
    ]


def expect(response: Response, expected: bytes = ACCEPTED) -> None:
    """Require a response's body to contain some bytes.

    Raises:
        ValueError: it does not.
    """
    if expected not in response.body:
        raise ValueError(f"the response has no {expected.decode()}: {response.body.decode(errors='replace')}")


def pay_once(port: int, request: bytes) -> None:
    """One accepted payment on a connection of its own.

    Raises:
        OSError: nobody listens yet.
    """
    with Connection(port) as connection:
        expect(connection.ask(request))


def put_load(
    port: int | Sequence[int], wire: Sequence[bytes], connections: int, each: Callable[[int], None] = lambda _: None
) -> Metrics:
    """Send all requests over some connections, as fast as they are answered.

    The connections are divided among the ports. `each` is called with the number of responses so far, after each of
    them.
    """
    ports = [port] if isinstance(port, int) else port
    waiting = iter(wire)
    latencies: list[float] = []
    with selectors.DefaultSelector() as selector, ExitStack() as stack:
        started = time.perf_counter()
        for number, request in zip(range(connections), waiting, strict=False):
            connection = stack.enter_context(Connection(ports[number % len(ports)]))
            selector.register(connection.sock, selectors.EVENT_READ, connection)
            connection.send(request)
        while len(latencies) < len(wire):
            ready = selector.select(_PATIENCE)
            if not ready:
                raise TimeoutError(f"{len(latencies)} of {len(wire)} requests were answered")
            for key, _ in ready:
                connection = key.data
                response = connection.take()
                if response is None:
                    continue
                expect(response)
                latencies.append(time.perf_counter() - connection.sent_at)
                each(len(latencies))
                following = next(waiting, None)
                if following is None:
                    selector.unregister(connection.sock)
                elif response.closes:
                    _send_on_another(selector, connection, following)
                else:
                    connection.send(following)
        took = time.perf_counter() - started
    return Metrics.of(latencies, took)


def _send_on_another(selector: selectors.BaseSelector, connection: Connection, request: bytes) -> None:
    """Connect again and send; the time of connecting counts."""
    selector.unregister(connection.sock)
    began = time.perf_counter()
    connection.reconnect()
    selector.register(connection.sock, selectors.EVENT_READ, connection)
    connection.send(request)
    connection.sent_at = began


class Stream:
    """Requests at a pace: one falls due every `1 / per_second` seconds and takes an idle connection of the stream."""

    def __init__(self, wire: Sequence[bytes], per_second: float, connections: int, expected: bytes = ACCEPTED) -> None:
        self.wire, self.expected, self.connections = wire, expected, connections
        self._pause = 1 / per_second
        self._sent = 0
        self._started = self._idle_since = 0.0
        self._idle: list[Connection] = []
        self.latencies: list[float] = []
        self.heads: list[bytes] = []

    def start(self, connections: Sequence[Connection], now: float) -> None:
        self._idle, self._started, self._idle_since = list(connections), now, now

    @property
    def is_finished(self) -> bool:
        return len(self.latencies) == len(self.wire)

    @property
    def next_at(self) -> float | None:
        """When the next request is sent, unless no connection is idle or none is left to send."""
        return self._started + self._sent * self._pause if self._idle and self._sent < len(self.wire) else None

    def send_due(self, now: float) -> None:
        """Send what is due. A request that waited for a connection counts from when it fell due."""
        while (due_at := self.next_at) is not None and due_at <= now:
            connection = self._idle.pop()
            connection.send(self.wire[self._sent])
            if due_at < self._idle_since:
                connection.sent_at = due_at
            self._sent += 1

    def take(self, connection: Connection, response: Response, now: float) -> None:
        """Count a response, after which its connection is idle."""
        expect(response, self.expected)
        self.latencies.append(now - connection.sent_at)
        self.heads.append(response.head)
        if not self._idle:
            self._idle_since = now
        self._idle.append(connection)


def put_paced_load(port: int, streams: Sequence[Stream]) -> list[Metrics]:
    """Send the requests of all streams, each at its pace; gives the metrics of each."""
    with selectors.DefaultSelector() as selector, ExitStack() as stack:
        for stream in streams:
            own = [stack.enter_context(Connection(port)) for _ in range(stream.connections)]
            for connection in own:
                selector.register(connection.sock, selectors.EVENT_READ, (stream, connection))
            stream.start(own, time.perf_counter())
        started = time.perf_counter()
        while not all(stream.is_finished for stream in streams):
            now = time.perf_counter()
            for stream in streams:
                stream.send_due(now)
            due = [stream.next_at for stream in streams if stream.next_at is not None]
            pause = max(0.0, min(due) - time.perf_counter()) if due else _PATIENCE
            ready = selector.select(pause)
            if not ready and not due:
                raise TimeoutError("the server stopped answering")
            for key, _ in ready:
                stream, connection = key.data
                if (response := connection.take()) is not None:
                    stream.take(connection, response, time.perf_counter())
        took = time.perf_counter() - started
    return [Metrics.of(stream.latencies, took) for stream in streams]
