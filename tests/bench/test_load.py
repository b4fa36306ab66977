from __future__ import annotations

import json
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from bench.load import (
    ACCEPTED,
    REFUSED,
    SECRET_KEY,
    Connection,
    Metrics,
    Response,
    Stream,
    creation,
    payment_data,
    percentile,
    put_load,
    put_paced_load,
    read_response,
    requests,
)
from mockserver.client import signed_request

if TYPE_CHECKING:
    from collections.abc import Iterator

LENGTH = b'HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n{"code":"200"}'
CHUNKED = b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\ne\r\n{"code":"200"}\r\n0\r\n\r\n'
CLOSING = LENGTH.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")


class Answering:
    """A server of few words: the same bytes for each request, on threads; closes if they say so."""

    def __init__(self, answer: bytes) -> None:
        self.answer, self.connections = answer, 0
        self.bodies: list[bytes] = []
        self.sock = socket.create_server(("127.0.0.1", 0))
        self.port = self.sock.getsockname()[1]
        self.thread = threading.Thread(target=self.accept)
        self.thread.start()

    def accept(self) -> None:
        threads = []
        while True:
            sock, _ = self.sock.accept()
            if sock.recv(1, socket.MSG_PEEK) == b"!":
                sock.close()
                break
            self.connections += 1
            threads.append(threading.Thread(target=self.serve, args=(sock,)))
            threads[-1].start()
        for thread in threads:
            thread.join()
        self.sock.close()

    def serve(self, sock: socket.socket) -> None:
        with sock:
            while received := sock.recv(65536):
                self.bodies.append(received.partition(b"\r\n\r\n")[2])
                sock.sendall(self.answer)
                if b"close" in self.answer or b"HTTP/1.0" in self.answer:
                    return

    def stop(self) -> None:
        with socket.create_connection(("127.0.0.1", self.port)) as sock:
            sock.sendall(b"!")
        self.thread.join()


@contextmanager
def answering(answer: bytes) -> Iterator[Answering]:
    server = Answering(answer)
    try:
        yield server
    finally:
        server.stop()


@pytest.mark.parametrize("response", [LENGTH, CHUNKED, CLOSING], ids=["length", "chunked", "closing"])
def test_a_response_is_complete_with_its_last_byte_and_no_sooner(response: bytes) -> None:
    for end in range(len(response)):
        assert read_response(response[:end]) is None
    whole = read_response(response)
    assert whole is not None
    assert ACCEPTED in whole.body
    assert whole.closes == (response is CLOSING)


@pytest.mark.parametrize(
    ("head", "closes"),
    [
        (b"HTTP/1.0 200 OK", True),
        (b"HTTP/1.0 200 OK\r\nConnection: Keep-Alive", False),
        (b"HTTP/1.1 200 OK", False),
        (b"HTTP/1.1 200 OK\r\nconnection: Close", True),
    ],
)
def test_what_a_server_says_about_the_connection_is_understood(head: bytes, *, closes: bool) -> None:
    response = read_response(head + b"\r\nContent-Length: 0\r\n\r\n")
    assert response is not None
    assert response.closes is closes


def test_a_response_without_a_length_is_an_error() -> None:
    with pytest.raises(ValueError, match="without a length"):
        read_response(b"HTTP/1.1 200 OK\r\n\r\n")


@pytest.mark.parametrize(
    ("percent", "expected"), [(1, 1), (50, 5), (51, 6), (90, 9), (91, 10), (99, 10), (100, 10), (0, 1)]
)
def test_a_percentile_is_a_value_that_was_seen(percent: int, expected: int) -> None:
    assert percentile(range(1, 11), percent) == expected


def test_metrics_are_in_milliseconds_and_need_no_order() -> None:
    seen = [number / 1000 for number in range(100, 0, -1)]
    metrics = Metrics.of(seen, 2)
    assert metrics == pytest.approx((50, 50, 99))
    assert metrics.latencies == "p50 50.00 ms, p99 99.0 ms"


def test_a_payment_is_signed_as_the_client_signs_it() -> None:
    made = json.loads(creation(payment_data("1")))
    unsigned = {name: value for name, value in made.items() if name != "sign"}
    assert json.loads(signed_request(unsigned, SECRET_KEY))["sign"] == made["sign"]


@pytest.mark.parametrize(("answer", "each_its_own"), [(LENGTH, False), (CHUNKED, False), (CLOSING, True)])
def test_each_request_is_sent_once_over_kept_connections_where_the_server_keeps_them(
    answer: bytes, *, each_its_own: bool
) -> None:
    counted: list[int] = []
    with answering(answer) as server:
        metrics = put_load(server.port, requests(0, 50), 4, counted.append)
    orders = [json.loads(body)["data"]["order_id"] for body in server.bodies]
    assert sorted(orders) == sorted(f"bench-{number}" for number in range(50))
    assert counted == list(range(1, 51))
    assert server.connections == (50 if each_its_own else 4)
    assert 0 < metrics.p50 <= metrics.p99


def test_fewer_requests_than_connections_are_sent_too() -> None:
    with answering(LENGTH) as server:
        put_load(server.port, requests(0, 3), 16)
    assert len(server.bodies) == server.connections == 3


def test_a_refusal_under_load_is_an_error() -> None:
    refusal = b'HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{"code":"-403"}'
    with answering(refusal) as server, pytest.raises(ValueError, match=r'no "code":"200": \{"code":"-403"\}'):
        put_load(server.port, requests(0, 1), 1)


def test_streams_are_sent_side_by_side_and_expect_their_own_answers() -> None:
    both = b'HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\n{"code":"200"} {"code":"-403"}\n'[:-1]
    both = both.replace(b"30", b"%d" % len(both.partition(b"\r\n\r\n")[2]))
    with answering(both) as server:
        streams = [Stream(requests(0, 20), 2_000, 2), Stream(requests(100, 5), 500, 1, REFUSED)]
        metrics = put_paced_load(server.port, streams)
    assert [len(stream.latencies) for stream in streams] == [20, 5]
    assert len(server.bodies) == 25
    assert server.connections == 3
    assert all(each.p50 > 0 for each in metrics)


class Recording(Connection):
    """A connection that sends to nobody."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.sent_at = -1.0

    def send(self, request: bytes) -> None:
        self.sent.append(request)
        self.sent_at = 1000.0


def state(stream: Stream, connection: Recording) -> tuple[bytes, float, float | None]:
    """What has been sent, the instant from which the last one counts, and when the next one is sent."""
    return b"".join(connection.sent), connection.sent_at, stream.next_at


def test_a_stream_keeps_its_pace_and_counts_what_waited_for_a_connection_from_when_it_was_due() -> None:
    answer = Response(b"", ACCEPTED, closes=False)
    connection = Recording()
    stream = Stream([b"a", b"b", b"c"], per_second=4, connections=1)
    stream.start([connection], now=50.0)
    assert state(stream, connection) == (b"", -1, 50)
    stream.send_due(50.0)
    assert state(stream, connection) == (b"a", 1000, None)
    stream.take(connection, answer, now=50.375)  # late: the next one has waited since 50.25
    assert state(stream, connection) == (b"a", 1000, 50.25)
    stream.send_due(50.375)
    assert state(stream, connection) == (b"ab", 50.25, None)
    stream.take(connection, answer, now=50.375)
    stream.send_due(50.4375)
    assert state(stream, connection) == (b"ab", 50.25, 50.5)
    stream.send_due(50.625)  # the generator itself is late, for which the server is not blamed
    assert state(stream, connection) == (b"abc", 1000, None)
    stream.take(connection, answer, now=1000.5)
    assert stream.latencies == [50.375 - 1000, 0.125, 0.5]
    assert stream.is_finished


def test_connections_are_divided_among_ports() -> None:
    with answering(LENGTH) as one, answering(LENGTH) as other:
        metrics = put_load([one.port, other.port], requests(1, 20), 4)
    assert (one.connections, other.connections) == (2, 2)
    assert len(one.bodies) + len(other.bodies) == 20
    assert metrics.per_second > 0


def test_users_create_payments_in_turns() -> None:
    bodies = [request.partition(b"\r\n\r\n")[2] for request in requests(4, 4, users=["even", "odd"])]
    assert [json.loads(body)["user"] for body in bodies] == ["even", "odd", "even", "odd"]
    for body in bodies:
        made = json.loads(body)
        unsigned = {name: value for name, value in made.items() if name != "sign"}
        assert json.loads(signed_request(unsigned, SECRET_KEY))["sign"] == made["sign"]
