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
    """Bytes to be posted to a merchant for a notification of an account in one of its worlds, from an instant on.

    Deliveries of one story go out one after the other.
    """

    user: str
    world: int
    notification: int
    story: str
    at: int
    url: str
    body: bytes
    content_type: str = "application/json"

    @property
    def key(self) -> tuple[str, int, int]:
        """What tells it from others."""
        return (self.user, self.world, self.notification)


class Outcome(NamedTuple):
    """What came of a delivery; `duration` is in milliseconds.

    `refused` means that the sandbox would not send it.
    """

    url: str
    status: int | None
    answer: bytes
    error: str
    duration: int
    refused: bool = False


class _Lane:
    """The deliveries waiting for one destination, and the threads that send them.

    What is told of one trade is told in order: while one notification of it is under way, the next ones are held.
    """

    def __init__(self) -> None:
        self.threads = 0
        self._waiting: deque[tuple[Delivery, str]] = deque()
        self._held: dict[tuple[str, int, str], deque[tuple[Delivery, str]]] = {}

    def put(self, delivery: Delivery, url: str) -> None:
        """Take a delivery."""
        story = (delivery.user, delivery.world, delivery.story)
        if story in self._held:
            self._held[story].append((delivery, url))
        else:
            self._held[story] = deque()
            self._waiting.append((delivery, url))

    def take(self) -> tuple[Delivery, str] | None:
        """The next delivery to be sent, if there is one."""
        return self._waiting.popleft() if self._waiting else None

    def done(self, delivery: Delivery) -> None:
        """Let the next of the same trade go."""
        story = (delivery.user, delivery.world, delivery.story)
        if self._held[story]:
            self._waiting.append(self._held[story].popleft())
        else:
            del self._held[story]


class Courier:
    """Posts deliveries in the background and reports each outcome."""

    THREADS_PER_DESTINATION = 4

    def __init__(
        self,
        report: Callable[[Delivery, Outcome], None],
        mappings: tuple[HostMapping, ...] = (),
        timeout: float = 10,
    ) -> None:
        """Prepare; `report` is called from the sending threads, `timeout` is in seconds."""
        self.mappings = mappings
        self._report = report
        self._timeout = timeout
        self._lock = threading.Lock()
        self._lanes: dict[tuple[str, str], _Lane] = {}
        self._under_way: set[tuple[str, int, int]] = set()
        self._threads: set[threading.Thread] = set()
        self._connections: set[Connection] = set()
        self._closed = False

    def send(self, delivery: Delivery) -> None:
        """Post a delivery soon; one that is still under way is not sent a second time."""
        try:
            url = destination(delivery.url, self.mappings)
        except DestinationRefused as error:
            self._report(delivery, Outcome(delivery.url, None, b"", str(error), 0, refused=True))
            return
        place = urlsplit(url)
        key = (place.scheme, place.netloc)
        with self._lock:
            if self._closed or delivery.key in self._under_way:
                return
            self._under_way.add(delivery.key)
            lane = self._lanes.setdefault(key, _Lane())
            lane.put(delivery, url)
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
                outcome = self._post(connection, url, delivery)
                with self._lock:
                    self._under_way.discard(delivery.key)
                    if self._closed:
                        return
                try:
                    self._report(delivery, outcome)
                except Exception:
                    _logger.exception("The outcome of notification %d could not be stored", delivery.notification)
                with self._lock:
                    lane.done(delivery)
        finally:
            connection.close()
            with self._lock:
                self._connections.discard(connection)
                self._threads.discard(threading.current_thread())

    def _next(self, key: tuple[str, str], lane: _Lane) -> tuple[Delivery, str] | None:
        with self._lock:
            work = None if self._closed else lane.take()
            if work is None:
                lane.threads -= 1
                if lane.threads == 0 and self._lanes.get(key) is lane:
                    del self._lanes[key]
            return work

    def _post(self, connection: Connection, url: str, delivery: Delivery) -> Outcome:
        from mockserver.notify.connection import NotDeliveredError  # noqa: PLC0415 - see _serve

        started = stopwatch()
        status, answer, error, refused = None, b"", "", False
        try:
            status, answer = connection.post(url, delivery.body, delivery.content_type)
        except NotDeliveredError as failure:
            error = str(failure)
        except DestinationRefused as refusal:
            error, refused = str(refusal), True
        return Outcome(url, status, answer, error, round((stopwatch() - started) * 1000), refused)
