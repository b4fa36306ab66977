"""What all connections of a server share."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from mockserver.server.connection_log import ConnectionLog
    from mockserver.server.limits import Limits
    from mockserver.server.messages import HttpRequest
    from mockserver.server.responder import Responder

    Route = Callable[[HttpRequest, Responder], "Coroutine[Any, Any, None] | None"]


class OpenConnection(Protocol):
    """A connection of a client, for the server."""

    @property
    def idle_since(self) -> float | None:
        """Since when it has been idle, in the loop's time; None while it is busy or being closed."""

    def flush(self) -> None:
        """Write what waits for the end of this turn of the loop."""

    def close(self) -> None:
        """Close after what is written."""

    def shut_down(self, *, aborts: bool, is_late: bool) -> None:
        """Close because the server stops; called until the connection is closed."""


class ServerContext:
    """What all connections of a server share: its limits, log and addresses, which messages name, and its requests.

    `route` responds to a request at once, or returns a coroutine that does; these run as `tasks`.
    """

    def __init__(self, limits: Limits, log: ConnectionLog, url: str, secure_url: str, route: Route) -> None:
        self.limits = limits
        self.log = log
        self.url = url
        self.secure_url = secure_url
        self.route = route
        self.on_closed: Callable[[], None] = lambda: None
        self.connections: set[OpenConnection] = set()
        self.tasks: set[asyncio.Task[None]] = set()
        self.responses = 0
        self._unflushed: list[OpenConnection] = []

    def flush_later(self, connection: OpenConnection) -> None:
        """Flush a connection at the end of this turn of the event loop."""
        if not self._unflushed:
            asyncio.get_running_loop().call_soon(self._flush)
        self._unflushed.append(connection)

    def _flush(self) -> None:
        connections, self._unflushed = self._unflushed, []
        for connection in connections:
            connection.flush()
