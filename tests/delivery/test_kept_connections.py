"""Connections to merchants are kept for a while after a delivery, over real sockets."""

from __future__ import annotations

import socket
import struct
import threading
from typing import TYPE_CHECKING, Any

import pytest

from mockserver.delivery import dispatcher
from mockserver.delivery.destination import Destinations, HostMapping
from tests.delivery.test_dispatcher import Courier, Reports, delivery
from tests.sockets import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Keeper:
    """A merchant that keeps its connections, and remembers what came on each: `answers` are cut off after so many."""

    def __init__(self, answers: int = 1000, answer: bytes = OK) -> None:
        self.connections: list[list[bytes]] = []
        self.open = 0
        self._answers, self._answer = answers, answer
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}/notify"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            requests: list[bytes] = []
            self.connections.append(requests)
            self.open += 1
            threading.Thread(target=self._serve, args=(client, requests), daemon=True).start()

    def _serve(self, client: socket.socket, requests: list[bytes]) -> None:
        with client:
            while len(requests) < self._answers and (received := client.recv(65536)):
                requests.append(received)
                self.answer(client, requests)
        self.open -= 1

    def answer(self, client: socket.socket, requests: list[bytes]) -> None:  # noqa: ARG002 - for one that counts
        client.sendall(self._answer)

    def close(self) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()


@pytest.fixture
def keeper() -> Iterator[Keeper]:
    made = Keeper()
    yield made
    made.close()


@pytest.fixture
def reports() -> Reports:
    return Reports()


def send(courier: Courier, reports: Reports, url: str, *numbers: int) -> None:
    """Send notifications one after the other, each once the one before was accepted."""
    for number in numbers:
        courier.send(delivery(url, number))
        _, result = reports.next()
        assert (result.status, result.answer, result.error) == (200, b"ok", "")


def test_deliveries_one_after_the_other_use_one_connection(keeper: Keeper, reports: Reports) -> None:
    courier = Courier(reports)
    send(courier, reports, keeper.url, *range(5))
    send(courier, reports, f"{keeper.url}/elsewhere", 6)
    courier.close()
    assert [len(requests) for requests in keeper.connections] == [6]
    first, *_, last = keeper.connections[0]
    assert (first.split()[1], last.split()[1]) == (b"/notify", b"/notify/elsewhere")


def test_a_delivery_wakes_one_connection_and_opens_no_other(keeper: Keeper, reports: Reports) -> None:
    courier, started = Courier(reports), 0
    serve = courier.dispatcher._serve

    def counting(*arguments: Any) -> Any:
        nonlocal started
        started += 1
        return serve(*arguments)

    courier.dispatcher._serve = counting  # type: ignore[method-assign, assignment]
    send(courier, reports, keeper.url, *range(9))
    courier.close()
    assert started == 1


def test_a_connection_without_work_is_closed(keeper: Keeper, reports: Reports, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatcher, "_KEPT", 0.05)
    courier = Courier(reports)
    send(courier, reports, keeper.url, 1)
    wait_until(lambda: keeper.open == 0)
    assert courier.dispatcher._queues == {}
    send(courier, reports, keeper.url, 2)
    courier.close()
    assert [len(requests) for requests in keeper.connections] == [1, 1]


def test_a_notification_is_sent_again_if_the_merchant_has_closed_the_connection_meanwhile(reports: Reports) -> None:
    keeper, courier = Keeper(answers=1), Courier(reports)
    for number in range(4):
        send(courier, reports, keeper.url, number)
        wait_until(lambda: keeper.open == 0)
    courier.close()
    keeper.close()
    assert [len(requests) for requests in keeper.connections] == [1, 1, 1, 1]


@pytest.mark.parametrize("resets", [True, False])
def test_a_notification_that_was_sent_is_not_sent_again_however_its_connection_ends(
    reports: Reports, *, resets: bool
) -> None:
    """The merchant may have processed it; the retry plan repeats it as an attempt of its own."""

    class Ending(Keeper):
        def answer(self, client: socket.socket, requests: list[bytes]) -> None:
            if len(requests) == 1:
                super().answer(client, requests)
                return
            if resets:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.close()

    merchant, courier = Ending(answers=2), Courier(reports)
    for number in range(6):
        courier.send(delivery(merchant.url, number))
        _, result = reports.next()
        assert (result.status is None) == (number % 2 == 1)
    courier.close()
    merchant.close()
    assert [len(requests) for requests in merchant.connections] == [2, 2, 2]


@pytest.mark.parametrize("extra", [OK, b"HTTP/1.1 500 Oops\r\nContent-Le"], ids=["whole", "begun"])
def test_a_second_answer_to_one_notification_is_none_to_the_next(reports: Reports, extra: bytes) -> None:
    keeper, courier = Keeper(answer=OK + extra), Courier(reports)
    send(courier, reports, keeper.url, *range(3))
    courier.close()
    keeper.close()
    assert [len(requests) for requests in keeper.connections] == [1, 1, 1]


def test_an_idle_connection_makes_room_for_another_destination(keeper: Keeper, reports: Reports) -> None:
    other, courier = Keeper(), Courier(reports, most_connections=2)  # of which one account has one
    send(courier, reports, keeper.url, 1)
    send(courier, reports, other.url, 2)
    wait_until(lambda: keeper.open == 0)
    send(courier, reports, keeper.url, 3)
    wait_until(lambda: other.open == 0)
    courier.close()
    other.close()
    assert [len(keeper.connections), len(other.connections)] == [2, 1]


def test_a_kept_connection_is_checked_for_each_new_address(keeper: Keeper, reports: Reports) -> None:
    checked: list[str] = []

    class Watching(Destinations):
        def check_peer(self, url: str, peer: tuple[object, ...], local: tuple[object, ...]) -> None:
            checked.append(url)
            super().check_peer(url, peer, local)

    courier = Courier(reports, Watching([HostMapping("https://shop.example", keeper.url)]))
    send(courier, reports, keeper.url, 1, 2, 3)
    send(courier, reports, "https://shop.example/a", 4, 5)
    courier.close()
    assert checked.count(f"{keeper.url}/a") == 1
    assert set(checked) == {keeper.url, f"{keeper.url}/a"}
    assert len(keeper.connections) == 1


def test_closing_ends_idle_connections(keeper: Keeper, reports: Reports) -> None:
    courier = Courier(reports)
    send(courier, reports, keeper.url, 1)
    courier.close()
    wait_until(lambda: keeper.open == 0)
