"""Responses as HTTP/1.1 and HTTP/1.0 clients of every habit expect them: over real sockets."""

from __future__ import annotations

import logging
import re
import socket
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from mockserver.settings import Settings
from tests.helpers import USER, signed, signed_call
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
    from pathlib import Path

    from mockserver.testing import Sandbox

HEALTH = b"/_sandbox/api/health/live"
EXCHANGES = f"/_sandbox/api/accounts/{USER}/exchanges?limit=100".encode()
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
EXPORT = {"start_time": "0", "end_time": "9999999999"}


def heads(answers: bytes) -> list[bytes]:
    """The heads in a row of responses."""
    return re.findall(rb"HTTP/1\.1 \d{3} .*?\r\n\r\n", answers, flags=re.DOTALL)


class TestVersions:
    @pytest.mark.parametrize("path", [b"/Payments", HEALTH], ids=["gateway", "health"])
    @pytest.mark.parametrize("header", [b"", b"Connection: keep-alive\r\n"])
    def test_a_client_of_http_1_0_gets_its_response_and_the_end(
        self, sandbox: Sandbox, path: bytes, header: bytes
    ) -> None:
        answer = talk(sandbox.url, b"GET %s HTTP/1.0\r\n%s\r\n" % (path, header))
        assert statuses(answer) == [200]
        assert b"connection: close\r\n" in answer

    def test_what_has_no_length_goes_to_it_without_chunks(self, sandbox: Sandbox) -> None:
        body = signed_call("v3.BatchQuery", EXPORT)
        new = talk(sandbox.url, request(body, close=True))
        old = talk(sandbox.url, request(body).replace(b"HTTP/1.1", b"HTTP/1.0"))
        assert [b"transfer-encoding: chunked" in one for one in (new, old)] == [True, False]
        (header,) = [line for line in new.splitlines() if line.startswith(b"order_id,") or b",order_id," in line]
        assert old.partition(b"\r\n\r\n")[2].splitlines() == [header]

    @pytest.mark.parametrize("header", [b"Connection: close", b"connection: keep-alive, Close"])
    def test_a_client_may_ask_for_the_end(self, sandbox: Sandbox, header: bytes) -> None:
        assert statuses(talk(sandbox.url, payment("last", header) + payment("never"))) == [200]

    @pytest.mark.parametrize("path", [b"/Payments", HEALTH, b"/_sandbox/openapi.json"])
    def test_head_gets_the_head_alone(self, sandbox: Sandbox, path: bytes) -> None:
        both = talk(sandbox.url, request(method=b"HEAD", path=path) + request(method=b"GET", path=HEALTH, close=True))
        assert len(statuses(both)) == 2
        first, second = heads(both)
        assert both.startswith(first + second)
        assert b"content-length: 0\r\n" not in first

    def test_every_response_is_dated(self, sandbox: Sandbox) -> None:
        sent = payment("one") + request(method=b"GET", path=HEALTH) + b"bad\r\n\r\n"
        for head in heads(talk(sandbox.url, sent)):
            assert re.search(
                rb"\r\ndate: (Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} 20\d\d \d\d:\d\d:\d\d GMT\r\n", head
            )


class TestContinue:
    """A client that waits for `100 Continue` before it sends its body."""

    def test_it_gets_that_once(self, sandbox: Sandbox) -> None:
        body = signed()
        head = request(body, b"Expect: 100-Continue", close=True).removesuffix(body)
        with connect(sandbox.url) as client:
            client.sendall(head)
            assert client.recv(65536) == CONTINUE
            client.sendall(body[:10])
            client.sendall(body[10:])
            assert statuses(until_closed(client)) == [200]

    def test_one_that_does_not_wait_gets_its_answer_at_once(self, sandbox: Sandbox) -> None:
        assert statuses(talk(sandbox.url, payment("whole", b"Expect: 100-continue", close=True))) == [200]

    @pytest.mark.slow
    def test_it_gets_that_after_the_responses_before(self, tmp_path: Path) -> None:
        body = signed()
        head = request(body, b"Expect: 100-continue", close=True).removesuffix(body)
        with (
            serving(settings=Settings(port=0, scenarios=slow_scenarios(tmp_path))) as (server, _),
            connect(server.app.base_url) as client,
        ):
            client.sendall(payment("slow", b"X-Sandbox-Scenario: slow") + head)
            answer = b""
            while not answer.endswith(CONTINUE):
                part = client.recv(65536)
                assert part, answer
                answer += part
            assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
            client.sendall(body)
            assert statuses(until_closed(client)) == [200]


class TestHalfClosed:
    """A client that says that it sends no more still reads, such as `nc -N`."""

    @pytest.mark.parametrize(
        "sent",
        [
            pytest.param(payment("half"), id="gateway"),
            pytest.param(request(method=b"GET", path=b"/_sandbox/api/accounts"), id="api"),
            pytest.param(payment("slow", b"X-Sandbox-Scenario: slow"), id="delayed"),
            pytest.param(payment("first") + payment("slow", b"X-Sandbox-Scenario: slow"), id="after another"),
        ],
    )
    @pytest.mark.slow
    def test_it_gets_all_its_answers_and_the_end(self, sent: bytes, tmp_path: Path) -> None:
        with (
            serving(settings=Settings(port=0, scenarios=slow_scenarios(tmp_path))) as (server, _),
            connect(server.app.base_url) as client,
        ):
            client.sendall(sent)
            client.shutdown(socket.SHUT_WR)
            assert statuses(until_closed(client)) == [200] * sent.count(b"HTTP/1.1")

    def test_it_gets_a_long_answer_whole_however_late_it_reads(self) -> None:
        with serving() as (server, _):
            talk(server.app.base_url, b"".join(payment(str(number)) for number in range(99)) + payment("", close=True))
            answered = server.context.responses
            server._listeners.plain.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
            with connect(server.app.base_url) as client:
                client.sendall(request(method=b"GET", path=EXCHANGES))
                client.shutdown(socket.SHUT_WR)
                wait_until(lambda: server.context.responses > answered)
                head, _, body = until_closed(client).partition(b"\r\n\r\n")
            assert f"content-length: {len(body)}\r\n".encode() in head

    def test_it_ends_what_waits_for_long(self, sandbox: Sandbox) -> None:
        with connect(sandbox.url) as client:
            client.sendall(f"GET /_sandbox/live/{USER} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
            assert b"text/event-stream" in client.recv(65536)
            client.shutdown(socket.SHUT_WR)
            until_closed(client)
        wait_until(lambda: not sandbox._server.context.tasks)

    def test_half_a_request_is_not_answered(self, sandbox: Sandbox) -> None:
        with connect(sandbox.url) as client:
            client.sendall(payment("half")[:-1])
            client.shutdown(socket.SHUT_WR)
            assert until_closed(client) == b""


class TestLongBodies:
    """A body over 1 MiB is answered while it still comes."""

    @pytest.mark.parametrize("close", [False, True])
    def test_the_client_sees_the_answer_although_it_goes_on_sending(self, sandbox: Sandbox, *, close: bool) -> None:
        sent = request(b"x" * (3 * 1024 * 1024), close=close)
        with connect(sandbox.url) as client:
            client.sendall(sent[: 2 * 1024 * 1024])
            answer = client.recv(65536)
            assert b"larger than the limit of 1 MiB" in answer
            client.sendall(sent[2 * 1024 * 1024 :])
            if not close:
                client.sendall(payment("next", close=True))
            assert statuses(until_closed(client)) == ([] if close else [200])

    def test_one_for_the_api_is_answered_too(self, sandbox: Sandbox) -> None:
        sent = request(b'{"user":"' + b"x" * (3 * 1024 * 1024), path=b"/_sandbox/api/accounts")
        assert statuses(talk(sandbox.url, sent + payment("next", close=True)))[-1] == 200

    def test_an_error_in_the_rest_of_it_ends_the_connection(self, sandbox: Sandbox) -> None:
        head = b"POST /Payments HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        whole = chunked([b"x" * 65536] * 20)
        answer = talk(sandbox.url, head + whole.removesuffix(b"0\r\n\r\n") + b"nonsense\r\n", payment("never"))
        assert statuses(answer) == [200]

    def test_an_error_at_once_after_it_does_not_lose_the_answer(self, sandbox: Sandbox) -> None:
        connections = sandbox._server.context.connections
        head = b"POST /Payments HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        with ExitStack() as others:  # beside which responses are written at the end of a turn
            for _ in range(5):
                others.enter_context(connect(sandbox.url))
            wait_until(lambda: len(connections) == 5)
            client = others.enter_context(connect(sandbox.url))
            client.sendall(head + b"100000\r\n%s\r\n" % (b"x" * 0x100000))
            wait_until(lambda: any(one._reader.body_size == 0x100000 for one in connections))  # type: ignore[attr-defined]
            client.sendall(b"8000\r\n%s\r\nnonsense\r\n" % (b"x" * 0x8000))
            assert statuses(until_closed(client)) == [200]


def test_a_request_that_fails_is_answered_500_and_logged(sandbox: Sandbox, caplog: pytest.LogCaptureFixture) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    gateway, health = sandbox._server._router._gateway, sandbox._server._router
    gateway.serve = broken  # type: ignore[assignment, method-assign]
    health._health = broken  # type: ignore[assignment, method-assign]
    for sent in (payment("one"), request(method=b"GET", path=HEALTH)):
        answer = talk(sandbox.url, sent)
        assert statuses(answer) == [500]
        assert answer.endswith(b"\r\n\r\nInternal Server Error\n")
    logged = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert logged == [f"The request {name} failed" for name in ("POST /Payments", f"GET {HEALTH.decode()}")]


def test_many_clients_at_once_get_their_own_responses(sandbox: Sandbox) -> None:
    """Responses of one turn of the loop go out together; here and there one is an error, late, or the last."""
    with ExitStack() as open_now:
        clients = [open_now.enter_context(connect(sandbox.url)) for _ in range(12)]
        for turn in range(5):
            for number, client in enumerate(clients):
                ahead = payment(f"ahead {turn} {number}") if number % 3 == 0 else b""
                behind = request(method=b"GET", path=HEALTH) if number % 4 == 0 else b""
                client.sendall(ahead + payment(f"{turn} {number}") + behind)
            for number, client in enumerate(clients):
                count, answer = 1 + (number % 3 == 0) + (number % 4 == 0), b""
                while len(statuses(answer)) < count or not answer.endswith(b"}"):
                    part = client.recv(65536)
                    assert part, answer
                    answer += part
                names = re.findall(rb'"order_id":"(.*?)"', answer)
                assert names == [b"ahead %d %d" % (turn, number)] * (number % 3 == 0) + [b"%d %d" % (turn, number)]
                assert answer.endswith(b'"live","version":"1.0.0"}') == (number % 4 == 0)
        for number, client in enumerate(clients):
            client.sendall(payment("last", close=True) if number % 2 else payment("last") + b"bad\r\n\r\n")
        assert [statuses(until_closed(client)) for client in clients] == [[200, 400], [200]] * 6
