"""Sends notifications: the only code of the product that opens outgoing connections.

Each destination has a lane of its own with a few threads, so a slow or dead merchant holds up
nobody else. A lane keeps its connections open while there is work and ends when there is none.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from mockserver.clock import stopwatch
from mockserver.notify.destination import DestinationRefused, HostMapping, destination

if TYPE_CHECKING:
    from collections.abc import Callable

    from mockserver.notify.connection import Connection

_LONGEST_CLOSING = 0.2  # a thread that is still connecting then ends with the process
_logger = logging.getLogger(__name__)


class Delivery(NamedTuple):
    """Bytes to be posted to a merchant for an account's notification."""

    user: str
    notification: int
    url: str
    body: bytes


class Outcome(NamedTuple):
    """What came of a delivery that began at an instant; `duration` is in milliseconds.

    `refused` means that the sandbox would not send it.
    """

    at: int
    url: str
    status: int | None
    answer: bytes
    error: str
    duration: int
    refused: bool = False


class _Lane:
    """The deliveries waiting for one destination, and the threads that send them."""

    def __init__(self) -> None:
        self.waiting: deque[tuple[Delivery, str]] = deque()
        self.threads = 0


class Courier:
    """Posts deliveries in the background and reports each outcome."""

    THREADS_PER_DESTINATION = 4

    def __init__(
        self,
        report: Callable[[Delivery, Outcome], None],
        now: Callable[[], int],
        mappings: tuple[HostMapping, ...] = (),
        timeout: float = 10,
    ) -> None:
        """Prepare; `report` is called from the sending threads, `now` tells the instant, `timeout` is in seconds."""
        self.mappings = mappings
        self._report = report
        self._now = now
        self._timeout = timeout
        self._lock = threading.Lock()
        self._lanes: dict[tuple[str, str], _Lane] = {}
        self._under_way: set[tuple[str, int]] = set()
        self._threads: set[threading.Thread] = set()
        self._connections: set[Connection] = set()
        self._closed = False

    def send(self, delivery: Delivery) -> None:
        """Post a delivery soon; one that is still under way is not sent a second time."""
        try:
            url = destination(delivery.url, self.mappings)
        except DestinationRefused as error:
            self._report(delivery, Outcome(self._now(), delivery.url, None, b"", str(error), 0, refused=True))
            return
        place = urlsplit(url)
        key = (place.scheme, place.netloc)
        with self._lock:
            if self._closed or (delivery.user, delivery.notification) in self._under_way:
                return
            self._under_way.add((delivery.user, delivery.notification))
            lane = self._lanes.setdefault(key, _Lane())
            lane.waiting.append((delivery, url))
            if lane.threads < self.THREADS_PER_DESTINATION:
                lane.threads += 1
                thread = threading.Thread(target=self._serve, args=(key, lane), name=f"deliver {key[1]}", daemon=True)
                self._threads.add(thread)
                thread.start()

    def close(self) -> None:
        """Stop at once: what is under way is broken off, what waits is left to the store."""
        with self._lock:
            self._closed = True
            threads, connections = list(self._threads), list(self._connections)
        for connection in connections:
            connection.break_off()
        deadline = stopwatch() + _LONGEST_CLOSING
        for thread in threads:
            if thread is not threading.current_thread():
                thread.join(max(0.0, deadline - stopwatch()))

    def _serve(self, key: tuple[str, str], lane: _Lane) -> None:
        from mockserver.notify.connection import Connection  # noqa: PLC0415 - the start need not wait for TLS and HTTP

        connection = Connection(*key, self._timeout)
        with self._lock:
            self._connections.add(connection)
        try:
            while (work := self._next(key, lane)) is not None:
                delivery, url = work
                outcome = self._post(connection, url, delivery.body)
                with self._lock:
                    self._under_way.discard((delivery.user, delivery.notification))
                    if self._closed:
                        return
                try:
                    self._report(delivery, outcome)
                except Exception:
                    _logger.exception("The outcome of notification %d could not be stored", delivery.notification)
        finally:
            connection.close()
            with self._lock:
                self._connections.discard(connection)
                self._threads.discard(threading.current_thread())

    def _next(self, key: tuple[str, str], lane: _Lane) -> tuple[Delivery, str] | None:
        with self._lock:
            if lane.waiting and not self._closed:
                return lane.waiting.popleft()
            lane.threads -= 1
            if lane.threads == 0 and self._lanes.get(key) is lane and not lane.waiting:
                del self._lanes[key]
            return None

    def _post(self, connection: Connection, url: str, body: bytes) -> Outcome:
        from mockserver.notify.connection import NotDeliveredError  # noqa: PLC0415 - see _serve

        at, started = self._now(), stopwatch()
        status, answer, error, refused = None, b"", "", False
        try:
            status, answer = connection.post(url, body)
        except NotDeliveredError as failure:
            error = str(failure)
        except DestinationRefused as refusal:
            error, refused = str(refusal), True
        return Outcome(at, url, status, answer, error, round((stopwatch() - started) * 1000), refused)
