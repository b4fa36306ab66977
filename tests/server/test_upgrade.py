"""Offers to go on in another protocol are ignored, and every byte of a body arrives as it was sent."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import re
from typing import TYPE_CHECKING, Any

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.clock import stopwatch
from mockserver.server.connection_log import ConnectionLog
from mockserver.server.connections import HttpConnection
from mockserver.server.context import ServerContext
from mockserver.server.limits import Limits
from mockserver.server.messages import HttpResponse
from tests.helpers import USER
from tests.sockets import chunked, connect, payment, request, statuses, talk, until_closed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mockserver.server.messages import HttpRequest
    from mockserver.server.responder import Responder
    from mockserver.testing import Sandbox

ROOTLESS = "http://127.0.0.1:1"
OFFERS = [
    b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAA\r\n",
    b"connection:upgrade\r\nupgrade:h2c\r\n",
    b"Upgrade: TLS/1.2, h2c\r\nConnection: keep-alive, Upgrade\r\n",
    b"Connection: Upgrade\r\nUpgrade: TLS/1.2\r\n",
    b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAA\r\n",
    b"Connection: Upgrade\r\nUpgrade: h2c\r\nUpgrade: other/2\r\n",
    b"UPGRADE:\th2c \r\nCONNECTION: x, UPGRADE ,y\r\n",
    b"Upgrade: h2c\r\n",
    b"Connection: Upgrade\r\n",
    b"",
]
SMUGGLED = b"DELETE /_sandbox/api/accounts/%s HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" % USER.encode()
LURES = [
    b"upgrade: h2c\r\n" * 5,
    b"\r\n\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
    SMUGGLED,
    b"0\r\n\r\n",
    b"\0\xff",
    b"",
]


class Memory(asyncio.Transport):
    """A transport whose client is the test: what is written is kept, and reading can be paused."""

    def __init__(self) -> None:
        super().__init__()
        self.written = bytearray()
        self.is_paused = self._is_closed = False

    def write(self, data: Any) -> None:
        self.written += data

    def write_eof(self) -> None:
        pass

    def can_write_eof(self) -> bool:
        return True

    def close(self) -> None:
        self._is_closed = True

    abort = close

    def is_closing(self) -> bool:
        return self._is_closed

    def pause_reading(self) -> None:
        self.is_paused = True

    def resume_reading(self) -> None:
        self.is_paused = False

    def get_write_buffer_size(self) -> int:
        return 0


async def echo(request: HttpRequest, responder: Responder) -> None:
    """Answers with what it was asked, after a turn or two of the loop."""
    await asyncio.sleep(0)
    digest = hashlib.sha256(request.body).hexdigest()
    reported = f"{request.method} {request.path} {digest}".encode()
    responder.send(HttpResponse(200, [(b"content-length", b"%d" % len(reported))], reported))


async def answers(segments: Sequence[bytes]) -> bytes:
    """What a connection writes when it receives just these segments, without dates."""
    log = ConnectionLog(lambda _: None, stopwatch)
    server, transport = ServerContext(Limits(), log, ROOTLESS, "", echo), Memory()
    connection = HttpConnection(server)
    connection.connection_made(transport)
    for segment in segments:
        while transport.is_paused:  # noqa: ASYNC110 - nothing here waits for anything but a turn
            await asyncio.sleep(0)
        if not transport.is_closing():
            connection.data_received(segment)
    while server.tasks:  # noqa: ASYNC110
        await asyncio.sleep(0)
    connection.close()
    connection.connection_lost(None)
    return re.sub(rb"date: .*\r\n", b"", bytes(transport.written))


def sent_and_expected(number: int, offer: bytes, body: bytes, chunks: Sequence[int] | None) -> tuple[bytes, bytes]:
    """A request and what `echo` makes of it."""
    head = b"PUT /%d HTTP/1.1\r\nHost: x\r\n%s" % (number, offer)
    reported = b"PUT /%d %s" % (number, hashlib.sha256(body).hexdigest().encode())
    expected = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(reported), reported)
    if chunks is None:
        return head + b"Content-Length: %d\r\n\r\n%s" % (len(body), body), expected
    bounds = sorted({0, *(cut % (len(body) + 1) for cut in chunks), len(body)})
    parts = [body[start:end] for start, end in itertools.pairwise(bounds)]
    return head + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(parts), expected


BODIES = st.lists(st.sampled_from(LURES) | st.binary(max_size=40), max_size=6).map(b"".join)
LARGE_BODIES = st.integers(1, 200).map(lambda count: LURES[0] * 10 * count)
CUTS = st.lists(st.integers(0, 2**31), max_size=12)
REQUESTS = st.lists(st.tuples(st.sampled_from(OFFERS), BODIES | LARGE_BODIES, st.none() | CUTS), min_size=1, max_size=6)


@given(wanted=REQUESTS, cuts=CUTS, has_bad_end=st.booleans())
@settings(max_examples=150)
@pytest.mark.slow
def test_requests_are_answered_alike_however_they_are_cut(
    wanted: list[tuple[bytes, bytes, list[int] | None]],
    cuts: list[int],
    has_bad_end: bool,  # noqa: FBT001 - drawn
) -> None:
    pairs = [sent_and_expected(number, *one) for number, one in enumerate(wanted)]
    stream, expected = (b"".join(parts) for parts in zip(*pairs, strict=True))
    if has_bad_end:
        stream += b"bad\r\n\r\n" + payment("never")
    bounds = sorted({0, *(cut % (len(stream) + 1) for cut in cuts), len(stream)})
    written = asyncio.run(answers([stream[start:end] for start, end in itertools.pairwise(bounds)]))
    assert written.startswith(expected)
    assert statuses(written[len(expected) :]) == ([400] if has_bad_end else [])


def test_requests_are_answered_alike_byte_by_byte() -> None:
    pairs = [sent_and_expected(number, offer, b"".join(LURES), None) for number, offer in enumerate(OFFERS)]
    pairs += [
        sent_and_expected(len(OFFERS) + number, offer, b"".join(LURES), [3, 50]) for number, offer in enumerate(OFFERS)
    ]
    stream, expected = (b"".join(parts) for parts in zip(*pairs, strict=True))
    assert asyncio.run(answers([bytes([byte]) for byte in stream])) == expected
    assert asyncio.run(answers([stream])) == expected


@pytest.mark.parametrize("offer", OFFERS)
def test_a_payment_is_made_whatever_is_offered(sandbox: Sandbox, offer: bytes) -> None:
    headers = offer.removesuffix(b"\r\n").split(b"\r\n") if offer else []
    both = payment("one", *headers) + payment("two", *headers)
    cut = both.index(b"pgrade") if b"pgrade" in both else 50
    with connect(sandbox.url) as client:
        for part in (both[:cut], both[cut:]):
            client.sendall(part)
        answer = b""
        while answer.count(b'"code":"200"') < 2:
            part = client.recv(65536)
            assert part, answer
            answer += part
        client.sendall(payment("three", *headers, close=True))
        assert b'"code":"200"' in until_closed(client)


def test_a_foreign_pages_fetch_smuggles_no_request_without_its_origin(sandbox: Sandbox) -> None:
    """The body once grew by two bytes for each such line, and what stood out then was taken for a request."""
    requests.post(f"{sandbox.url}/_sandbox/api/accounts", json={"user": "victim"}, timeout=30).raise_for_status()
    smuggled = b"DELETE /_sandbox/api/accounts/victim HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    smuggled += b"\n" * (len(smuggled) % 2)
    body = b"upgrade: h2c\n" * (len(smuggled) // 2) + smuggled
    head = request(body, b"Origin: http://evil.example", b"Content-Type: text/plain", b"Expect: 100-continue")
    with connect(sandbox.url) as client:
        client.sendall(head.removesuffix(body))
        assert client.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"  # so that the body is read on its own
        client.sendall(body + payment("last", close=True))
        answer = until_closed(client)
    assert [b'"code":"-' in answer, b'"code":"200"' in answer] == [True, True]
    assert len(statuses(answer)) == 2
    assert requests.get(f"{sandbox.url}/_sandbox/api/accounts/victim", timeout=30).status_code == 200
    (record,) = requests.get(f"{sandbox.url}/_sandbox/api/exchanges", timeout=30).json()["items"]
    assert record["request"].encode() == body


def test_a_body_that_an_offer_hides_is_not_begun_with_after_a_refused_length(sandbox: Sandbox) -> None:
    sent = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 0\r\n\r\n"
    assert statuses(talk(sandbox.url, sent + SMUGGLED)) == [400]
