"""Server-sent events for open pages of the dashboard, which fetch themselves again when their account has changed."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from mockserver.api.paths import NOT_SNIFFED
from mockserver.server.responder import set_event

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mockserver.server.responder import Responder
    from mockserver.store.contract import Store

_HEARTBEAT = 15.0
_BATCH = 0.1


class EventStreams:
    """The event streams of all open pages. Each is a task of the event loop and holds no thread."""

    def __init__(self, store: Store) -> None:
        self._subscribers: dict[str, set[tuple[asyncio.AbstractEventLoop, asyncio.Event]]] = {}
        self._stopping = self._has_begun = False
        self._store = store

    async def stream(self, user: str, responder: Responder) -> None:
        """Send an event whenever something is committed in an account, until the client disconnects."""
        headers = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-store"), NOT_SNIFFED]
        responder.start(200, headers)
        left = responder.until_left()
        with self._subscription(user) as changed:
            changed.set()  # for changes between the page's own request and this one
            while not left.done() and not self._stopping:
                change: asyncio.Future[Any] = asyncio.ensure_future(changed.wait())
                await asyncio.wait({change, left}, timeout=_HEARTBEAT, return_when=asyncio.FIRST_COMPLETED)
                event = b"data: changed\n\n" if change.done() else b": heartbeat\n\n"
                change.cancel()
                changed.clear()  # before sending, so that a change in the meantime makes the next event
                await responder.write(event)
                await asyncio.wait({left}, timeout=_BATCH)  # changes in quick succession make one event
        responder.end()

    def stop(self) -> None:
        """End all streams."""
        self._stopping = True
        for user in tuple(self._subscribers):
            self._publish(user)

    @contextmanager
    def _subscription(self, user: str) -> Iterator[asyncio.Event]:
        """An event of the running loop that is set after each commit in an account."""
        if not self._has_begun:
            self._has_begun = True
            self._store.on_commit(lambda user, _at: self._publish(user))
        subscriber = (asyncio.get_running_loop(), asyncio.Event())
        self._subscribers.setdefault(user, set()).add(subscriber)
        try:
            yield subscriber[1]
        finally:
            self._subscribers[user].discard(subscriber)
            if not self._subscribers[user]:
                del self._subscribers[user]

    def _publish(self, user: str) -> None:
        """Wake the streams of an account; called in the thread that committed."""
        for loop, event in tuple(self._subscribers.get(user, ())):
            set_event(loop, event)
