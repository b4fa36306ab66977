"""Sends notifications, on the event loop: who waits for a merchant uses no thread.

Each account has a queue of its own for each destination, so a slow or dead merchant holds up nobody else.
"""

from __future__ import annotations

import asyncio
import logging
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from mockserver.clock import stopwatch
from mockserver.delivery.destination import DestinationRefused, Destinations
from mockserver.delivery.queues import ConnectionShares, Delivery, Destination, DestinationQueue
from mockserver.delivery.resolver import Resolver

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
