"""What a client may send and hold open, and what is answered beyond: over real sockets, with short times."""

from __future__ import annotations

import asyncio
import json
import socket
from typing import TYPE_CHECKING, Any

import pytest
import requests

from mockserver.server.connections import HttpConnection
from mockserver.server.flask_route import _environ
from mockserver.server.limits import Limits
from mockserver.server.messages import Endpoints, HttpRequest
from mockserver.settings import Settings
from tests.helpers import USER, signed
from tests.sockets import (
    chunked,
    connect,
    payment,
    request,
    serving,
    slow_scenarios,
    statuses,
    talk,
    until_closed,
    wait_until,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mockserver.testing import Sandbox

KIB, MIB = 1024, 1024 * 1024
HEAD = b"POST /Payments HTTP/1.1\r\nHost: x\r\n"
QUICK = Limits(head_time=0.2, body_time=0.2, idle=0.3, stalled=0.2, lingering=0.2)


def orders(url: str) -> list[str]:
    """The order_ids of the account's payments, oldest first."""
    found = requests.get(f"{url}/_sandbox/api/accounts/{USER}/exchanges?limit=100", timeout=30).json()["items"]
    return [json.loads(one["request"])["data"]["order_id"] for one in reversed(found)]


def padded(size: int, *headers: bytes) -> bytes:
    """A head of a payment that counts for so many bytes."""
    body = signed(order_id="padded")
    lines = [b"Host: x", b"Connection: close", b"Content-Length: %d" % len(body), *headers]
    used = len(b"/Payments") + sum(len(line) + 2 for line in lines)
    lines.append(b"X-Padding: " + b"x" * (size - used - len(b"X-Padding: \r\n")))
    return b"POST /Payments HTTP/1.1\r\n" + b"".join(line + b"\r\n" for line in lines) + b"\r\n" + body


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serving() as (server, _):
        yield server.app.base_url


class TestSize:
    """64 KiB and 100 lines of headers, however they are cut."""

    @pytest.mark.parametrize("piece", [MIB, 1000])
    @pytest.mark.parametrize(("size", "status"), [(64 * KIB, 200), (64 * KIB + 1, 431)])
    def test_headers_may_have_64_kib(self, url: str, piece: int, size: int, status: int) -> None:
        sent = padded(size)
        answer = talk(url, *(sent[start : start + piece] for start in range(0, len(sent), piece)))
        assert statuses(answer) == [status]
        if status == 431:
            assert answer.endswith(
                b"The headers of this request are too large: expected at most 64 KiB and 100 lines.\n"
            )

    @pytest.mark.parametrize(("count", "status"), [(97, 200), (98, 431), (50_000, 431)])
    def test_headers_may_have_100_lines(self, url: str, count: int, status: int) -> None:
        assert statuses(talk(url, payment("many", *[b"X-A: b"] * count, close=True))) == [status]

    @pytest.mark.parametrize(
        "endless",
        [
            pytest.param(b"POST /" + b"x" * MIB, id="address"),
            pytest.param(HEAD + b"X: " + b"x" * MIB, id="value"),
            pytest.param(HEAD + b"x" * MIB, id="name"),
            pytest.param(HEAD + b"X: y\r\n" * 100_000, id="lines"),
            pytest.param(HEAD + b"Transfer-Encoding: chunked\r\n\r\n1;" + b"x" * MIB, id="chunk extension"),
            pytest.param(HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX: " + b"x" * MIB, id="trailer"),
            pytest.param(HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n" + b"X: y\r\n" * 100_000, id="trailers"),
        ],
    )
    def test_what_has_no_end_is_not_waited_for(self, url: str, endless: bytes) -> None:
        assert statuses(talk(url, endless)) == [431]
        assert orders(url).count("endless") == 0

    def test_trailers_change_no_header(self, url: str) -> None:
        body = signed(order_id="trailers")
        sent = HEAD + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked([body])[:-2]
        assert b'"code":"200"' in talk(url, sent + b"X-Sandbox-Scenario: declined\r\n\r\n")

    @pytest.mark.parametrize("is_chunked", [False, True])
    def test_a_body_over_1_mib_is_answered_and_the_connection_goes_on(self, url: str, is_chunked: bool) -> None:  # noqa: FBT001
        body = b"x" * (3 * MIB)
        large = request(body)
        if is_chunked:
            large = HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunked([body[:99]] * 31_000)
        answers = talk(url, large, payment("after a large one", close=True))
        assert b"The body is larger than the limit of 1 MiB." in answers
        assert b'"code":"200"' in answers


def test_no_more_than_its_bound_is_read_of_a_body_without_end() -> None:
    with serving(Limits(dropped=2 * MIB)) as (server, _), connect(server.app.base_url) as client:
        client.sendall(HEAD + b"Content-Length: 1000000000000\r\n\r\n")
        with pytest.raises(ConnectionError):
            for _ in range(1000):
                client.sendall(b"x" * MIB)
        assert orders_refused(server.app.base_url) == ["The body is larger than the limit of 1 MiB."]


def orders_refused(url: str) -> list[str]:
    found = requests.get(f"{url}/_sandbox/api/exchanges", timeout=30).json()["items"]
    return [one["reason"] for one in found]


@pytest.mark.slow
class TestTime:
    @pytest.mark.parametrize(
        ("sent", "part"),
        [
            (b"P", "head"),
            (HEAD, "head"),
            (HEAD + b"Content-Length: 9\r\n\r\n", "body"),
            (HEAD + b"Content-Length: 9\r\n\r\n12345678", "body"),
            (HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n1234", "body"),
            (HEAD + b"Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 9\r\n\r\n1", "body"),
        ],
    )
    def test_a_request_that_stops_in_between_is_answered_408(self, sent: bytes, part: str) -> None:
        with serving(QUICK) as (server, lines):
            answer = talk(server.app.base_url, payment("first"), sent)
        assert statuses(answer) == [200, 408]
        assert answer.endswith(f"The {part} of this request was not complete after 0.2 seconds.\n".encode())
        assert lines == [f"127.0.0.1  408  The {part} of this request was not complete after 0.2 seconds."]

    @pytest.mark.parametrize("sent", [b"POST /", HEAD, HEAD + b"Content-Length: 1000\r\n\r\n"])
    def test_a_byte_now_and_then_gains_no_time(self, sent: bytes) -> None:
        """Else a client could hold a connection for days."""
        with serving(QUICK) as (server, _), connect(server.app.base_url) as client:
            client.sendall(sent)
            client.settimeout(0.05)
            answer = b""
            for _ in range(600):
                client.sendall(b"A")
                try:
                    answer = client.recv(65536)
                except TimeoutError:
                    continue
                break
            assert statuses(answer) == [408]

    def test_a_connection_without_a_request_is_closed_in_the_end(self) -> None:
        with serving(QUICK) as (server, lines):
            assert talk(server.app.base_url) == b""
            assert statuses(talk(server.app.base_url, payment("then silent"))) == [200]
            assert talk(server.app.base_url, b"\r\n") == b""
        assert lines == []

    def test_the_time_of_an_answer_is_not_the_clients(self, tmp_path: Path) -> None:
        """An answer that a scenario delays is waited for, and so is a request that was sent ahead of it."""
        settings = Settings(port=0, scenarios=slow_scenarios(tmp_path))
        with serving(QUICK, settings) as (server, _):
            slow = payment("slow", b"X-Sandbox-Scenario: slow")
            answers = talk(server.app.base_url, slow + slow, payment("next", close=True))
            assert answers.count(b'"code":"200"') == 3

    @pytest.mark.parametrize("ahead", [1, 400])
    def test_a_client_that_reads_no_answer_is_left(self, ahead: int) -> None:
        with serving(QUICK._replace(idle=30)) as (server, _), socket.socket() as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.connect(server._listeners.plain.getsockname())
            client.sendall(request(method=b"GET", path=b"/_sandbox/openapi.json") * ahead)
            wait_until(lambda: server.context.responses > 0)
            if ahead > 1:
                wait_until(lambda: not server.context.connections)


class TestOrder:
    """A refusal is the answer to its own request, and to no other."""

    @pytest.mark.parametrize(
        "bad",
        [b"bad\r\n\r\n", HEAD + b"Transfer-Encoding: chunked\r\n\r\nnonsense", b"P"],
        ids=["head", "body", "half"],
    )
    def test_requests_before_a_bad_one_are_answered_first(self, bad: bytes, tmp_path: Path) -> None:
        sent = payment("slow", b"X-Sandbox-Scenario: slow") + payment("second") + bad
        with serving(QUICK, Settings(port=0, scenarios=slow_scenarios(tmp_path))) as (server, _):
            assert statuses(talk(server.app.base_url, sent)) == [200, 200, 408 if bad == b"P" else 400]
            assert orders(server.app.base_url) == ["slow", "second"]

    def test_nothing_after_a_bad_request_is_carried_out(self, sandbox: Sandbox) -> None:
        assert statuses(talk(sandbox.url, payment("one") + b"bad\r\n\r\n" + payment("two"))) == [200, 400]
        assert orders(sandbox.url) == ["one"]

    def test_a_bad_body_behind_others_is_refused_in_its_turn(self, sandbox: Sandbox) -> None:
        bad = HEAD + b"Transfer-Encoding: chunked\r\n\r\nnonsense\r\n"
        assert statuses(talk(sandbox.url, payment("one") + bad + payment("two"))) == [200, 400]
        assert statuses(talk(sandbox.url, payment("three"), bad)) == [200, 400]
        assert orders(sandbox.url) == ["one", "three"]

    def test_many_requests_at_once_are_all_answered_in_order(self, sandbox: Sandbox) -> None:
        sent = b"".join(payment(str(number)) for number in range(99)) + payment("last", close=True)
        assert statuses(talk(sandbox.url, sent)) == [200] * 100
        assert orders(sandbox.url) == [*map(str, range(99)), "last"]

    def test_a_few_are_answered_before_other_connections_have_their_turn(self) -> None:
        with serving() as (server, _):
            answered: list[object] = []
            others_turn: list[int] = []
            route = server.context.route

            def counting(*arguments: Any) -> Any:
                if not answered:
                    asyncio.get_running_loop().call_soon(lambda: others_turn.append(len(answered)))
                answered.append(arguments)
                return route(*arguments)

            server.context.route = counting
            ahead = b"GET /Payments HTTP/1.1\r\n\r\n" * 199
            assert statuses(talk(server.app.base_url, ahead + payment("last", close=True))) == [200] * 200
            assert others_turn == [16]

    def test_a_client_that_leaves_ends_all_its_requests(self, sandbox: Sandbox) -> None:
        """Even the one being worked at, when another was sent ahead of its answer."""
        server = sandbox._server
        with connect(sandbox.url) as client:
            live = f"GET /_sandbox/live/{USER} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
            client.sendall(live + payment("ahead"))
            assert b"text/event-stream" in client.recv(65536)
            assert server.context.tasks
        wait_until(lambda: not server.context.tasks)


MALFORMED = {
    "two lengths": HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "the same length twice": HEAD + b"Content-Length: 1\r\nContent-Length: 1\r\n\r\na",
    "a list of lengths": HEAD + b"Content-Length: 1, 1\r\n\r\na",
    "a signed length": HEAD + b"Content-Length: +1\r\n\r\na",
    "a length beyond all numbers": HEAD + b"Content-Length: 99999999999999999999\r\n\r\na",
    "length and chunks": HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks and length": HEAD + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "chunks that are not last": HEAD + b"Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
    "an unknown encoding": HEAD + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "space before a colon": HEAD + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "a folded line": HEAD + b"X: a\r\n b\r\n\r\n",
    "a folded line that looks like a header": HEAD + b"X: a\r\n\tContent-Length: 5\r\n\r\n",
    "NUL in a value": HEAD + b"X: a\0b\r\n\r\n",
    "NUL in a name": HEAD + b"X\0Y: a\r\n\r\n",
    "a line feed alone": HEAD + b"X: a\nContent-Length: 5\r\n\r\n",
    "line feeds throughout": b"GET / HTTP/1.1\nHost: x\n\n",
    "a carriage return alone": HEAD + b"X: a\rContent-Length: 5\r\n\r\n",
    "no name": HEAD + b": a\r\n\r\n",
    "no colon": HEAD + b"X a\r\n\r\n",
    "a chunk that is longer than it says": HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n",
    "a chunk in hexadecimal notation": HEAD + b"Transfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n",
    "a chunk beyond all numbers": HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 20 + b"\r\na\r\n0\r\n\r\n",
    "a line feed after a chunk's size": HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\na\r\n0\r\n\r\n",
    "a length among trailers": HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 5\r\n\r\n",
    "an encoding hidden by an offer": HEAD + b"Connection: Upgrade\r\nUpgrade: h2c\r\nTransfer-Encoding: x\r\n\r\n",
    "no address": b"GET HTTP/1.1\r\n\r\n",
    "bytes in an address": b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n",
    "an unknown method": b"PAY / HTTP/1.1\r\nHost: x\r\n\r\n",
    "another protocol": b"SSH-2.0-OpenSSH_9.2\r\n",
}


@pytest.mark.parametrize("sent", MALFORMED.values(), ids=MALFORMED)
def test_what_could_be_read_in_two_ways_is_refused_and_the_connection_closed(sandbox: Sandbox, sent: bytes) -> None:
    answer = talk(sandbox.url, sent + payment("smuggled"))
    assert statuses(answer) == [400]
    assert b"connection: close" in answer
    assert b"This is not a valid HTTP/1.1 request: " in answer
    assert orders(sandbox.url) == []


@pytest.mark.parametrize(
    ("sent", "status", "sentence"),
    [
        (
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0",
            505,
            b"speaks HTTP/1.1, not HTTP/2. Have the client use",
        ),
        (b"GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505, b"speaks HTTP/1.1, not HTTP/2.0."),
        (b"GET /\r\n\r\n", 505, b"speaks HTTP/1.1, not HTTP/0.9."),
        (b"CONNECT mapi.yabandpay.com:443 HTTP/1.1\r\nHost: x\r\n\r\n", 405, b"CONNECT is for proxies"),
        (b"\x16\x03\x01\x02\0\1\0\1\xfc\3\3", 400, b"which serves HTTP. Use http://, or start the sandbox with --tls"),
    ],
)
def test_other_protocols_are_reported_what_is_spoken_here(sent: bytes, status: int, sentence: bytes) -> None:
    with serving() as (server, lines):
        answer = talk(server.app.base_url, sent)
    assert statuses(answer) == [status]
    assert sentence in answer
    assert len(lines) == 1
    assert sentence.decode() in lines[0]


def test_lines_about_bad_requests_are_bounded() -> None:
    with serving() as (server, lines):
        for _ in range(40):
            assert statuses(talk(server.app.base_url, b"bad\r\n\r\n")) == [400]
        talk(server.app.base_url, b"\x16\x03\x01")
    assert len(lines) == 6, "five of one kind, and the first of another"


def test_the_proxys_form_of_an_address_is_understood(sandbox: Sandbox) -> None:
    """A client with a proxy setting that leads here asks for the whole address."""
    sent = request(signed(), path=b"http://mapi.yabandpay.com/Payments", close=True)
    assert b'"code":"200"' in talk(sandbox.url, sent)


def test_equal_headers_are_one_in_wsgi_and_an_underscore_passes_for_no_hyphen() -> None:
    headers = [(b"x-a", b"1"), (b"content-type", b"a"), (b"x_a", b"2"), (b"x-a", b"3"), (b"content_type", b"b")]
    environ = _environ(HttpRequest(Endpoints("http", ("127.0.0.1", 1), ("127.0.0.1", 2)), headers))
    assert {k: v for k, v in environ.items() if "X_A" in k or "CONTENT_TYPE" in k} == {
        "HTTP_X_A": "1,3", "CONTENT_TYPE": "a"
    }  # fmt: skip


def test_an_answer_reaches_a_client_that_is_still_sending(sandbox: Sandbox) -> None:
    with connect(sandbox.url) as client:
        for _ in range(300):
            client.sendall(b"x" * 10_000)
        assert statuses(until_closed(client)) == [400]


def test_a_refusal_does_not_hold_the_connection_for_a_client_that_never_ends() -> None:
    with serving(QUICK) as (server, lines), connect(server.app.base_url) as client:
        client.sendall(b"bad\r\n\r\n")
        wait_until(lambda: bool(lines) and not server.context.connections)
    with serving(Limits(dropped=MIB)) as (server, _), connect(server.app.base_url) as client:
        with pytest.raises(ConnectionError):
            for _ in range(1000):
                client.sendall(b"x" * MIB)
        wait_until(lambda: not server.context.connections)


def test_ordinary_requests_set_no_timer() -> None:
    """One guards the connection from its beginning, however many requests come."""
    with serving() as (server, _), connect(server.app.base_url) as client:
        timers = set()
        for number in range(5):
            client.sendall(payment(str(number)))
            answer = b""
            while not answer.endswith(b"}"):
                answer += client.recv(65536)
            (connection,) = server.context.connections
            assert isinstance(connection, HttpConnection)
            timers.add(connection._timer)
        assert len(timers) == 1
