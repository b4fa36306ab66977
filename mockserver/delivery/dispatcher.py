"""Sends notifications on the event loop, so waiting for merchants uses no threads.

Each account has a queue for each destination, so a slow or dead merchant does not delay others.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections import Counter, deque
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from mockserver.clock import stopwatch
from mockserver.delivery.connection import Connection, NotDeliveredError, Resolver
from mockserver.delivery.destination import DestinationRefused, Destinations

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

MOST_CONNECTIONS = 128
_KEPT = 4.0  # seconds that an idle connection stays open: less than servers keep theirs, such as 5 s in Node.js
_logger = logging.getLogger(__name__)


class DeliveryResult(NamedTuple):
    """The result of a delivery; `duration` is in milliseconds, `refused` means that the sandbox does not send it.

    `error` says why there is no answer, or what the headers of the answer show; see `MerchantAnswer`.
    """

    url: str
    status: int | None
    answer: bytes
    error: str
    duration: int
    refused: bool = False


class Dispatcher:
    """Sends deliveries and reports each result. Everything except `close` is called on one event loop."""

    def __init__(
        self,
        report: Callable[[Delivery, DeliveryResult], Awaitable[None]],
        destinations: Destinations | None = None,
        timeout: float = 10,
        most_connections: int = MOST_CONNECTIONS,
    ) -> None:
        """`report` is awaited with each result, `timeout` is in seconds."""
        self._report = report
        self._destinations = destinations or Destinations()
        self._timeout = timeout
        self._queues: dict[Destination, DestinationQueue] = {}
        self._shares = ConnectionShares(most_connections)
        self._short_of_connections: dict[Destination, None] = {}  # in the order of their waiting
        self._in_flight: set[tuple[str, int, int]] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._idle: dict[_Idle, None] = {}  # in the order of their becoming idle
        self._sweep: asyncio.TimerHandle | None = None
        self._resolver = Resolver()
        self._closed = False

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return ssl.create_default_context()

    def send(self, delivery: Delivery) -> None:
        """Queue a delivery; does nothing if it is already queued or in flight."""
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
            self._run(self._finish(delivery, DeliveryResult(delivery.url, None, b"", f"invalid address: {error}", 0)))
            return
        queue = self._queues.setdefault(to, DestinationQueue())
        queue.put(delivery, url)
        self._serve_more(to, queue)

    def close(self) -> None:
        """Stop sending; may be called on any thread. Deliveries in flight are cancelled when the loop ends."""
        self._closed = True
        self._resolver.close()

    def _run(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _serve_more(self, to: Destination, queue: DestinationQueue) -> None:
        while queue.idle and queue.needs_another:
            idle = queue.idle.pop()
            del self._idle[idle]
            queue.coming += 1
            idle.has_work.set_result(True)
        while queue.wants_connection:
            if not self._shares.take(to.user):
                self._short_of_connections[to] = None
                self._close_idle(next(iter(self._idle), None))
                return
            queue.connections += 1
            queue.coming += 1
            self._run(self._serve(to, queue))

    async def _serve(self, to: Destination, queue: DestinationQueue) -> None:
        """Send the deliveries of a destination one by one over one connection, which is kept for a while."""
        connection = Connection(self._destinations, self._resolver, lambda: self._tls, self._timeout)
        queue.coming -= 1
        try:
            while not self._closed:
                work = queue.take()
                if work is not None:
                    delivery, url = work
                    result = await self._post(connection, url, delivery)
                    queue.is_answering = result.status is not None
                    await self._finish(delivery, result)
                    queue.end(delivery)
                    if queue.has_too_many or (self._short_of_connections and self._shares.is_beyond(to.user)):
                        break
                elif self._short_of_connections or not connection.is_open or not await self._wait_for_work(queue):
                    break
        finally:
            connection.close()
            queue.connections -= 1
            self._shares.give_back(to.user)
            self._pass_on(to, queue)

    async def _wait_for_work(self, queue: DestinationQueue) -> bool:
        """Keep an idle connection until there is work for it; false when it is to be closed."""
        loop = asyncio.get_running_loop()
        idle = _Idle(queue, loop.time() + _KEPT, loop.create_future())
        queue.idle.append(idle)
        self._idle[idle] = None
        if self._sweep is None:
            self._sweep = loop.call_at(idle.until, self._close_expired)
        has_work = await idle.has_work
        queue.coming -= has_work
        return has_work

    def _close_expired(self) -> None:
        loop = asyncio.get_running_loop()
        self._sweep = None
        for idle in list(self._idle):
            if idle.until > loop.time():
                self._sweep = loop.call_at(idle.until, self._close_expired)
                return
            self._close_idle(idle)

    def _close_idle(self, idle: _Idle | None) -> None:
        if idle is not None:
            del self._idle[idle]
            idle.queue.idle.remove(idle)
            idle.has_work.set_result(False)

    def _pass_on(self, to: Destination, queue: DestinationQueue) -> None:
        """Give connections to destinations that wait for one; the one that has just ended is last."""
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
            if self._closed:
                return  # the store takes no more; the notification is sent again after the next start
            _logger.exception("The result of notification %d could not be stored", delivery.notification)

    async def _post(self, connection: Connection, url: str, delivery: Delivery) -> DeliveryResult:
        started = stopwatch()
        status, answer, error, refused = None, b"", "", False
        try:
            status, answer, error = await connection.post(url, delivery.body, delivery.content_type)
        except NotDeliveredError as failure:
            error = str(failure)
        except DestinationRefused as refusal:
            error, refused = str(refusal), True
        except Exception as fault:
            _logger.exception("Notification %d could not be sent", delivery.notification)
            error = f"internal error of the sandbox: {type(fault).__name__}"
        return DeliveryResult(url, status, answer, error, round((stopwatch() - started) * 1000), refused)


class Delivery(NamedTuple):
    """One delivery of a notification of a generation of an account, at the instant `at`.

    Deliveries of one `sequence` are sent one after the other.
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
        return (self.user, self.generation, self.notification)


class Destination(NamedTuple):
    """A host and port for deliveries of one account; only these share connections."""

    user: str
    scheme: str
    host: str
    port: int | None


class _Idle(NamedTuple):
    """A connection that is kept open until an instant of the loop, unless it gets work."""

    queue: DestinationQueue
    until: float
    has_work: asyncio.Future[bool]


class DestinationQueue:
    """The deliveries for one destination.

    While a notification of a sequence is in delivery, the next ones of that sequence are held back. A destination that
    answers may have more connections than one that does not, or has not been tried.
    """

    MOST_CONNECTIONS, MOST_TO_ANSWERING = 4, 16

    def __init__(self) -> None:
        self.connections = 0
        self.coming = 0  # connections that have been opened or woken, and take their first delivery in their next turn
        self.is_answering = False
        self.idle: list[_Idle] = []
        self.waiting: deque[tuple[Delivery, str]] = deque()
        self._held_back: dict[tuple[int, str], deque[tuple[Delivery, str]] | None] = {}  # mostly nothing

    def put(self, delivery: Delivery, url: str) -> None:
        sequence = (delivery.generation, delivery.sequence)
        if sequence not in self._held_back:
            self._held_back[sequence] = None
            self.waiting.append((delivery, url))
        elif (held_back := self._held_back[sequence]) is not None:
            held_back.append((delivery, url))
        else:
            self._held_back[sequence] = deque([(delivery, url)])

    @property
    def _most(self) -> int:
        return self.MOST_TO_ANSWERING if self.is_answering else self.MOST_CONNECTIONS

    @property
    def needs_another(self) -> bool:
        """Whether more deliveries wait than connections are coming for."""
        return len(self.waiting) > self.coming

    @property
    def wants_connection(self) -> bool:
        return self.needs_another and self.connections < self._most

    @property
    def has_too_many(self) -> bool:
        return self.connections > self._most

    def take(self) -> tuple[Delivery, str] | None:
        return self.waiting.popleft() if self.waiting else None

    def end(self, delivery: Delivery) -> None:
        """Release the next delivery of a sequence, after one has ended."""
        sequence = (delivery.generation, delivery.sequence)
        held_back = self._held_back[sequence]
        if held_back:
            self.waiting.append(held_back.popleft())
        else:
            del self._held_back[sequence]


class ConnectionShares:
    """Divides a limited number of connections between accounts.

    An account may take another connection while it has fewer than are free. One account alone thus gets half of them,
    two get a third each, and there is always one left for the next account, even if all others wait for slow merchants.
    """

    def __init__(self, most: int) -> None:
        """`most` is the number of connections that can be open at once."""
        self._free = most
        self._taken: Counter[str] = Counter()

    def take(self, user: str) -> bool:
        """Take a connection for an account, if allowed; returns whether it was taken."""
        if not self.may_take(user):
            return False
        self._taken[user] += 1
        self._free -= 1
        return True

    def may_take(self, user: str) -> bool:
        return self._taken[user] < self._free

    def give_back(self, user: str) -> None:
        self._free += 1
        self._taken[user] -= 1
        if self._taken[user] == 0:
            del self._taken[user]

    def is_beyond(self, user: str) -> bool:
        """Whether an account has more connections than it could take now, and should free one for others."""
        return self._taken[user] > self._free + 1
