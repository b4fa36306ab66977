"""Sends notifications, on the event loop: who waits for a merchant uses no thread.

Each account has a queue of its own for each destination, so a slow or dead merchant holds up nobody else.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, deque
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from mockserver.clock import stopwatch
from mockserver.delivery.connection import Resolver
from mockserver.delivery.destination import DestinationRefused, Destinations

if TYPE_CHECKING:
    import ssl
    from collections.abc import Awaitable, Callable, Coroutine

    from mockserver.delivery.connection import Connection

MOST_CONNECTIONS = 128
_logger = logging.getLogger(__name__)


class DeliveryResult(NamedTuple):
    """What came of a delivery; `duration` is in milliseconds.

    `refused` means that the sandbox would not send it.
    """

    url: str
    status: int | None
    answer: bytes
    error: str
    duration: int
    refused: bool = False


class Dispatcher:
    """Posts deliveries and reports each outcome. All of it but `close` is called on one event loop."""

    def __init__(
        self,
        report: Callable[[Delivery, DeliveryResult], Awaitable[None]],
        destinations: Destinations | None = None,
        timeout: float = 10,
        most_connections: int = MOST_CONNECTIONS,
    ) -> None:
        """Prepare; `report` is awaited with each outcome, `timeout` is in seconds."""
        self._report = report
        self._destinations = destinations or Destinations()
        self._timeout = timeout
        self._queues: dict[Destination, DestinationQueue] = {}
        self._shares = ConnectionShares(most_connections)
        self._short_of_connections: dict[Destination, None] = {}  # in the order in which they began to wait
        self._in_flight: set[tuple[str, int, int]] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._resolver = Resolver()
        self._closed = False

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        import ssl  # noqa: PLC0415 - the start need not wait for TLS

        return ssl.create_default_context()

    def send(self, delivery: Delivery) -> None:
        """Post a delivery soon; one that is still in flight is not sent a second time."""
        if self._closed or delivery.key in self._in_flight:
            return
        self._in_flight.add(delivery.key)
        try:
            url = self._destinations.destination(delivery.url)
            place = urlsplit(url)
            to = Destination(delivery.user, place.scheme, (place.hostname or "").lower(), place.port)
        except DestinationRefused as error:
            self._run(self._finish(delivery, DeliveryResult(delivery.url, None, b"", str(error), 0, refused=True)))
            return
        except ValueError as error:
            self._run(self._finish(delivery, DeliveryResult(delivery.url, None, b"", f"no address: {error}", 0)))
            return
        queue = self._queues.setdefault(to, DestinationQueue())
        queue.put(delivery, url)
        self._serve_more(to, queue)

    def close(self) -> None:
        """Send nothing more, from any thread; what is in flight is broken off when the loop ends."""
        self._closed = True
        self._resolver.close()

    def _run(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _serve_more(self, to: Destination, queue: DestinationQueue) -> None:
        while queue.wants_connection:
            if not self._shares.take(to.user):
                self._short_of_connections[to] = None
                return
            queue.connections += 1
            self._run(self._serve(to, queue))

    async def _serve(self, to: Destination, queue: DestinationQueue) -> None:
        """Send what waits for a destination, one delivery after the other over one connection."""
        from mockserver.delivery.connection import Connection  # noqa: PLC0415 - httptools is imported on first need

        connection = Connection(self._destinations, self._resolver, self._tls, self._timeout)
        try:
            while not self._closed and (work := queue.take()) is not None:
                delivery, url = work
                await self._finish(delivery, await self._post(connection, url, delivery))
                queue.end(delivery)
                if self._short_of_connections and self._shares.is_beyond(to.user):
                    break
        finally:
            connection.close()
            queue.connections -= 1
            self._shares.give_back(to.user)
            self._pass_on(to, queue)

    def _pass_on(self, to: Destination, queue: DestinationQueue) -> None:
        """Give connections to destinations that wait for one; the one that has just ended comes last."""
        if self._closed:
            return
        self._short_of_connections.pop(to, None)
        if queue.wants_connection:
            self._short_of_connections[to] = None
        elif queue.connections == 0:
            del self._queues[to]
        for waiting in list(self._short_of_connections):
            if self._shares.may_take(waiting.user):
                del self._short_of_connections[waiting]
                self._serve_more(waiting, self._queues[waiting])

    async def _finish(self, delivery: Delivery, result: DeliveryResult) -> None:
        self._in_flight.discard(delivery.key)
        try:
            await self._report(delivery, result)
        except Exception:
            _logger.exception("The outcome of notification %d could not be stored", delivery.notification)

    async def _post(self, connection: Connection, url: str, delivery: Delivery) -> DeliveryResult:
        from mockserver.delivery.connection import NotDeliveredError  # noqa: PLC0415 - see _serve

        started = stopwatch()
        status, answer, error, refused = None, b"", "", False
        try:
            status, answer = await connection.post(url, delivery.body, delivery.content_type)
        except NotDeliveredError as failure:
            error = str(failure)
        except DestinationRefused as refusal:
            error, refused = str(refusal), True
        except Exception as fault:
            _logger.exception("Notification %d could not be sent", delivery.notification)
            error = f"the sandbox itself failed: {type(fault).__name__}"
        return DeliveryResult(url, status, answer, error, round((stopwatch() - started) * 1000), refused)


class Delivery(NamedTuple):
    """Bytes to be posted to a merchant for a notification of an account in one of its worlds, from an instant on.

    Deliveries of one sequence go out one after the other.
    """

    user: str
    generation: int
    notification: int
    sequence: str
    at: int
    url: str
    body: bytes
    content_type: str = "application/json"

    @property
    def key(self) -> tuple[str, int, int]:
        """What tells it from others."""
        return (self.user, self.generation, self.notification)


class Destination(NamedTuple):
    """One account's deliveries to one host and port share connections, and nobody else's."""

    user: str
    scheme: str
    host: str
    port: int | None


class DestinationQueue:
    """The deliveries waiting for one destination.

    While one notification of a sequence is under way, the next ones of it are held back.
    """

    MOST_CONNECTIONS = 4

    def __init__(self) -> None:
        self.connections = 0
        self._waiting: deque[tuple[Delivery, str]] = deque()
        self._held_back: dict[tuple[int, str], deque[tuple[Delivery, str]]] = {}

    def put(self, delivery: Delivery, url: str) -> None:
        """Take a delivery and the address that it goes to."""
        sequence = (delivery.generation, delivery.sequence)
        if sequence in self._held_back:
            self._held_back[sequence].append((delivery, url))
        else:
            self._held_back[sequence] = deque()
            self._waiting.append((delivery, url))

    @property
    def wants_connection(self) -> bool:
        """Whether another connection would have something to send."""
        return bool(self._waiting) and self.connections < self.MOST_CONNECTIONS

    def take(self) -> tuple[Delivery, str] | None:
        """The next delivery to be sent, if there is one."""
        return self._waiting.popleft() if self._waiting else None

    def end(self, delivery: Delivery) -> None:
        """A delivery that was taken has ended: the next of its sequence may go."""
        sequence = (delivery.generation, delivery.sequence)
        if self._held_back[sequence]:
            self._waiting.append(self._held_back[sequence].popleft())
        else:
            del self._held_back[sequence]


class ConnectionShares:
    """Shares a bounded number of connections among accounts.

    An account may take another one while it has fewer than are free. So one account alone gets half of them, two a
    third each, and there is always one for the next account, however many others wait for merchants that hang.
    """

    def __init__(self, most: int) -> None:
        """`most` connections may be open at once."""
        self._free = most
        self._taken: Counter[str] = Counter()

    def take(self, user: str) -> bool:
        """Take a connection for an account, if it may have another one; tells whether it was taken."""
        if not self.may_take(user):
            return False
        self._taken[user] += 1
        self._free -= 1
        return True

    def may_take(self, user: str) -> bool:
        """Whether an account may have another connection now."""
        return self._taken[user] < self._free

    def give_back(self, user: str) -> None:
        """A connection of an account has ended."""
        self._free += 1
        self._taken[user] -= 1
        if self._taken[user] == 0:
            del self._taken[user]

    def is_beyond(self, user: str) -> bool:
        """Whether an account has more connections than it could take now, and so should end one for others."""
        return self._taken[user] > self._free + 1
