"""A load generator: keep-alive connections over raw sockets, so that it is not what is measured."""

from __future__ import annotations

import selectors
import socket
import time
from typing import TYPE_CHECKING, NamedTuple

from mockserver.client import signed_request
from mockserver.gateway.example import documented_request

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

USER, SECRET_KEY = "016683", "sandbox-secret-key"


class Metrics(NamedTuple):
    """What a load showed: requests a second, and latencies in milliseconds."""

    per_second: float
    p50: float
    p99: float


class _Connection:
    """One client: sends a request, waits for its answer, sends the next."""

    def __init__(self, port: int) -> None:
        self.sock = socket.create_connection(("127.0.0.1", port))
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sent_at = 0.0
        self._received = b""

    def send(self, request: bytes) -> None:
        self.sent_at = time.perf_counter()
        self.sock.sendall(request)

    def take(self) -> bool:
        """Read what is there; whether the answer is complete."""
        part = self.sock.recv(65536)
        if not part:
            raise ConnectionError("the server closed a connection under load")
        self._received += part
        head, separator, body = self._received.partition(b"\r\n\r\n")
        if not separator:
            return False
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        if len(body) < length:
            return False
        if b'"code":"200"' not in body:
            raise ValueError(f"refused: {body.decode()}")
        self._received = b""
        return True


def requests(first: int, count: int) -> list[bytes]:
    """Signed creations, each with an order id of its own, as bytes on the wire."""
    wire = []
    for number in range(first, first + count):
        body = signed_request(documented_request(USER, order_id=f"bench-{number}"), SECRET_KEY)
        head = f"POST /Payments HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n\r\n"
        wire.append(head.encode() + body)
    return wire


def pay_once(port: int, request: bytes) -> None:
    """One payment on a connection of its own.

    Raises:
        OSError: nobody listens yet.
    """
    connection = _Connection(port)
    try:
        connection.send(request)
        while not connection.take():
            pass
    finally:
        connection.sock.close()


def put_load(port: int, wire: Sequence[bytes], connections: int) -> Metrics:
    """Send all requests over some connections, as fast as they are answered."""
    waiting: Iterator[bytes] = iter(wire)
    latencies: list[float] = []
    with selectors.DefaultSelector() as selector:
        started = time.perf_counter()
        for _ in range(connections):
            connection = _Connection(port)
            selector.register(connection.sock, selectors.EVENT_READ, connection)
            connection.send(next(waiting))
        while selector.get_map():
            for key, _ in selector.select():
                connection = key.data
                if not connection.take():
                    continue
                latencies.append(time.perf_counter() - connection.sent_at)
                request = next(waiting, None)
                if request is None:
                    selector.unregister(connection.sock)
                    connection.sock.close()
                else:
                    connection.send(request)
        took = time.perf_counter() - started
    latencies.sort()
    return Metrics(len(wire) / took, latencies[len(wire) // 2] * 1000, latencies[len(wire) * 99 // 100] * 1000)
