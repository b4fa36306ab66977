"""Deliveries over real connections to real listeners, good and bad."""

from __future__ import annotations

import contextlib
import queue
import re
import socket
import threading
from typing import TYPE_CHECKING, Any

import pytest

from mockserver.delivery.destination import Destinations, HostMapping
from mockserver.delivery.dispatcher import Delivery, DeliveryResult, Dispatcher
from mockserver.testing import Merchant, Received
from mockserver.threads import LoopThread
from tests.helpers import SECRET_KEY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Listener = Callable[[Callable[[socket.socket], None]], str]

PATIENCE = 30


class Reports:
    """Collects outcomes as they are reported."""

    def __init__(self) -> None:
        self._queue: queue.Queue[tuple[Delivery, DeliveryResult]] = queue.Queue()

    async def __call__(self, delivery: Delivery, result: DeliveryResult) -> None:
        self._queue.put((delivery, result))

    def next(self) -> tuple[Delivery, DeliveryResult]:
        return self._queue.get(timeout=PATIENCE)


@pytest.fixture
def reports() -> Reports:
    return Reports()


class Courier:
    """A dispatcher on a loop of its own."""

    def __init__(self, report: Any, *arguments: Any, **options: Any) -> None:
        self.loop = LoopThread("deliver")
        self.dispatcher = Dispatcher(report, *arguments, **options)

    def send(self, delivery: Delivery) -> None:
        self.loop.call_soon(self.dispatcher.send, delivery)

    def close(self) -> None:
        self.dispatcher.close()
        self.loop.close(PATIENCE)


@pytest.fixture
def courier(reports: Reports) -> Iterator[Courier]:
    made = Courier(reports, timeout=0.3)
    yield made
    made.close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    """Opens raw listeners that treat each connection as a function tells them to; gives their address."""
    sockets: list[socket.socket] = []

    def serve(server: socket.socket, treat: Callable[[socket.socket], None]) -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            sockets.append(connection)
            treat(connection)

    def listen(treat: Callable[[socket.socket], None]) -> str:
        server = socket.create_server(("127.0.0.1", 0))
        sockets.append(server)
        threading.Thread(target=serve, args=(server, treat), daemon=True).start()
        return f"http://127.0.0.1:{server.getsockname()[1]}/notify"

    yield listen
    for sock in sockets:
        with contextlib.suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)
        sock.close()


def delivery(url: str, number: int = 1, body: bytes = b"{}", sequence: str = "") -> Delivery:
    return Delivery("016683", 1, number, sequence or f"t{number}", 1000, url, body)


def answering(text: bytes) -> Callable[[socket.socket], None]:
    """Read the whole request, since closing with something unread would reset the connection; then answer and close."""

    def treat(connection: socket.socket) -> None:
        received = b""
        while not received.endswith(b"{}"):
            received += connection.recv(65536)
        connection.sendall(text)
        connection.close()

    return treat


def test_the_body_arrives_and_the_answer_is_reported(courier: Courier, reports: Reports, merchant: Merchant) -> None:
    sent = delivery(merchant.url + "?shop=1", body=b'{"sign":"x","data":{"a":"b"}}')
    courier.send(sent)
    assert reports.next() == (sent, DeliveryResult(sent.url, 200, b"bad", "", pytest.approx(0, abs=300)))  # type: ignore[arg-type]
    assert merchant.received[0][:2] == ("/notify?shop=1", sent.body)


def test_a_path_in_another_script_is_sent_escaped(courier: Courier, reports: Reports, merchant: Merchant) -> None:
    courier.send(delivery(f"{merchant.url}/\u901a\u77e5/100%25?q=\u00fc&a=b+c"))
    assert reports.next()[1].status == 200
    assert merchant.received[0].path == "/notify/%E9%80%9A%E7%9F%A5/100%25?q=%C3%BC&a=b+c"


def test_a_mapped_address_is_where_it_arrives(reports: Reports, merchant: Merchant) -> None:
    target = merchant.url.removesuffix("/notify")
    courier = Courier(reports, Destinations([HostMapping("https://shop.example", target)]))
    courier.send(delivery("https://shop.example/notify"))
    assert reports.next()[1].url == merchant.url
    courier.close()


def test_the_gateways_own_host_is_refused_without_a_connection(courier: Courier, reports: Reports) -> None:
    courier.send(delivery("https://mapi.yabandpay.com/notify"))
    result = reports.next()[1]
    assert result.refused
    assert "--notify-map" in result.error


@pytest.mark.parametrize(
    ("treat", "error"),
    [
        (socket.socket.close, "closed without an answer|reset by peer|Broken pipe"),
        (lambda _: None, "no answer within 0.3 s"),
        (answering(b"nonsense\r\n\r\n"), "nonsense"),
        (answering(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nok"), "closed in the middle of the answer"),
    ],
)  # fmt: skip
def test_a_merchant_that_does_not_answer_properly_is_reported(
    courier: Courier, reports: Reports, listener: Listener, treat: Callable[[socket.socket], None], error: str
) -> None:
    courier.send(delivery(listener(treat)))
    result = reports.next()[1]
    assert re.search(error, result.error)
    assert (result.status, result.answer) == (None, b"")


@pytest.mark.parametrize(
    "begins", [b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"HTTP/1.1 200 OK\r\nX-Slow: "]
)
def test_a_merchant_that_dribbles_its_answer_is_given_up_in_time(
    courier: Courier, reports: Reports, listener: Listener, begins: bytes
) -> None:
    stop = threading.Event()

    def dribble(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(begins)
        while not stop.wait(0.05):
            try:
                connection.sendall(b".")
            except OSError:
                return

    courier.send(delivery(listener(dribble)))
    error = reports.next()[1].error
    assert error.startswith("no answer within 0.3 s")
    assert "--notify-map" in error
    stop.set()


def test_a_closed_port_is_reported(courier: Courier, reports: Reports) -> None:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    courier.send(delivery(f"http://127.0.0.1:{port}/"))
    assert "refused" in reports.next()[1].error.lower()


def test_a_host_without_address_is_reported(courier: Courier, reports: Reports) -> None:
    courier.send(delivery("http://shop.invalid/"))
    assert reports.next()[1].error


def test_a_plain_listener_behind_https_is_reported_as_tls(
    courier: Courier, reports: Reports, merchant: Merchant
) -> None:
    courier.send(delivery(merchant.url.replace("http:", "https:")))
    assert "TLS" in reports.next()[1].error


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    ],
)
def test_every_way_to_end_an_answer_is_understood(
    courier: Courier, reports: Reports, listener: Listener, answer: bytes
) -> None:
    url = listener(answering(answer))
    for number in (1, 2):
        courier.send(delivery(url, number))
        assert reports.next()[1][1:4] == (200, b"ok", "")


def test_a_redirect_is_an_answer_and_not_followed(courier: Courier, reports: Reports, listener: Listener) -> None:
    courier.send(delivery(listener(answering(b"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n"))))
    assert reports.next()[1].status == 302


def test_an_endless_answer_is_cut(reports: Reports) -> None:
    with Merchant(SECRET_KEY, lambda _: (200, b"x" * 1_000_000)) as talkative:
        courier = Courier(reports)
        courier.send(delivery(talkative.url))
        assert reports.next()[1].answer == b"x" * 65536
        courier.send(delivery(talkative.url))
        assert reports.next()[1].status == 200
        courier.close()


def test_a_dead_merchant_does_not_delay_another(reports: Reports, listener: Listener, merchant: Merchant) -> None:
    dead = listener(lambda _: None)
    courier = Courier(reports, timeout=PATIENCE)
    for number in range(50):
        courier.send(delivery(dead, number))
    courier.send(delivery(merchant.url, 99))
    assert reports.next()[0].notification == 99
    courier.close()


def test_a_delivery_under_way_is_not_sent_twice(reports: Reports) -> None:
    go_on = threading.Event()

    def respond(_: Received) -> tuple[int, bytes]:
        go_on.wait(PATIENCE)
        return 200, b"ok"

    with Merchant(SECRET_KEY, respond) as slow:
        courier = Courier(reports, timeout=PATIENCE)
        for _ in range(5):
            courier.send(delivery(slow.url))
        go_on.set()
        reports.next()
        courier.send(delivery(slow.url, 2))
        reports.next()
        assert len(slow.received) == 2
        courier.close()


def test_what_is_reported_of_one_trade_arrives_in_order(reports: Reports) -> None:
    order: list[bytes] = []
    first_may_end = threading.Event()

    def respond(received: Received) -> tuple[int, bytes]:
        if received.body == b'{"n":0}':
            first_may_end.wait(PATIENCE)
        order.append(received.body)
        return 200, b"ok"

    with Merchant(SECRET_KEY, respond) as slow:
        courier = Courier(reports, timeout=PATIENCE)
        for number in range(5):
            courier.send(delivery(slow.url, number, b'{"n":%d}' % number, sequence="one trade"))
        courier.send(delivery(slow.url, 9, b"{}", sequence="another"))
        assert reports.next()[0].notification == 9
        first_may_end.set()
        assert [reports.next()[0].notification for _ in range(5)] == [0, 1, 2, 3, 4]
        assert order == [b"{}", *(b'{"n":%d}' % number for number in range(5))]
        courier.close()


def test_many_deliveries_share_a_few_connections(reports: Reports) -> None:
    threads: set[int] = set()

    def respond(_: Received) -> tuple[int, bytes]:
        threads.add(threading.get_ident())
        return 200, b"ok"

    with Merchant(SECRET_KEY, respond) as busy:
        courier = Courier(reports)
        for number in range(200):
            courier.send(delivery(busy.url, number))
        delivered = {reports.next()[0].notification for _ in range(200)}
        assert delivered == set(range(200))
        assert len(threads) < 100
        courier.close()


def test_closing_breaks_off_what_waits_and_leaves_no_thread(reports: Reports, listener: Listener) -> None:
    arrived = threading.Event()
    dead = listener(lambda _: arrived.set())
    courier = Courier(reports, timeout=PATIENCE)
    courier.send(delivery(dead))
    arrived.wait(PATIENCE)
    courier.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("deliver")]
    courier.send(delivery(dead, 2))
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("deliver")]


def test_closing_while_a_name_is_looked_up_sends_nothing(
    reports: Reports, merchant: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    looking, go_on = threading.Event(), threading.Event()
    real = socket.getaddrinfo

    def slowly(host: str, *arguments: Any, **options: Any) -> Any:
        if host != "slow.example":
            return real(host, *arguments, **options)
        looking.set()
        go_on.wait(PATIENCE)
        return real("127.0.0.1", *arguments, **options)

    monkeypatch.setattr("socket.getaddrinfo", slowly)
    courier = Courier(reports, timeout=PATIENCE)
    courier.send(delivery(merchant.url.replace("127.0.0.1", "slow.example")))
    looking.wait(PATIENCE)
    courier.close()
    go_on.set()
    while any(thread.name.startswith("deliver") for thread in threading.enumerate()):
        threading.Event().wait(0.001)
    assert merchant.received == []


@pytest.mark.parametrize("url", ["http://a\x7fb.example/n", "http://[2001:db8::beef]/n", "http://xn--/n"])
def test_an_address_that_cannot_be_reached_is_a_failed_try(courier: Courier, reports: Reports, url: str) -> None:
    for number in range(6):
        courier.send(delivery(url, number))
    for _ in range(6):
        result = reports.next()[1]
        assert (result.status, bool(result.error)) == (None, True)


def test_an_ipv6_address_without_a_port_is_reached_on_the_usual_one(courier: Courier, reports: Reports) -> None:
    courier.send(delivery("http://[::1]/n"))
    assert "refused" in reports.next()[1].error.casefold()


def test_an_outcome_that_cannot_be_stored_does_not_end_the_queue(
    merchant: Merchant, caplog: pytest.LogCaptureFixture
) -> None:
    async def report(_delivery: Delivery, _outcome: DeliveryResult) -> None:
        raise RuntimeError("the database is gone")

    courier = Courier(report)
    for number in range(10):
        courier.send(delivery(merchant.url, number))
    merchant.wait_for(10)
    courier.close()
    assert "could not be stored" in caplog.text


def test_an_outcome_that_comes_after_the_close_is_no_fault(
    merchant: Merchant, caplog: pytest.LogCaptureFixture
) -> None:
    reported = threading.Event()

    async def report(_delivery: Delivery, _outcome: DeliveryResult) -> None:
        ending.dispatcher.close()
        reported.set()
        raise RuntimeError("the store is closed")

    ending = Courier(report)
    ending.send(delivery(merchant.url))
    assert reported.wait(PATIENCE)
    ending.close()
    assert caplog.text == ""
