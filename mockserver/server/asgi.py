"""What all routes of the ASGI application share: the request, the response, and long polls."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from concurrent.futures import Future

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]


class AsgiRequest(NamedTuple):
    """A request whose body has arrived, with the two functions of ASGI: events of the client, and the response."""

    scope: Scope
    body: bytes
    receive: Receive
    send: Send

    def header(self, wanted: bytes) -> str:
        """The value of a header, whose name is in lower case; empty if it is absent."""
        value: bytes
        for name, value in self.scope["headers"]:  # no generator: each payment comes here twice
            if name == wanted:
                return value.decode("latin-1")
        return ""


class HttpResponse(NamedTuple):
    """A whole HTTP response."""

    status: int
    headers: Headers
    body: bytes


async def read_body(receive: Receive, most: int) -> bytes | None:
    """The body of a request; of one that is longer than `most` bytes, enough to see that; None if the client left."""
    body, more = bytearray(), True
    while more and len(body) <= most:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        more = message.get("more_body", False)
        body += message.get("body", b"")
    return bytes(body)


async def send_response(response: HttpResponse, send: Send) -> None:
    """Send a whole response."""
    await send({"type": "http.response.start", "status": response.status, "headers": response.headers})
    await send({"type": "http.response.body", "body": response.body})


async def is_done_before_disconnect(future: Future[Any], receive: Receive) -> bool:
    """Wait until a future of another thread is done, or the client disconnects; whether it is done.

    The request waits as a task of the event loop, so any number of long polls holds no thread.
    """
    loop = asyncio.get_running_loop()
    done = asyncio.Event()
    future.add_done_callback(lambda _: set_event(loop, done))
    tasks = {asyncio.ensure_future(done.wait()), asyncio.ensure_future(receive())}
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
    return done.is_set()


def set_event(loop: asyncio.AbstractEventLoop, event: asyncio.Event) -> None:
    """Set an event of a loop, from any thread."""
    with suppress(RuntimeError):  # the loop has closed
        loop.call_soon_threadsafe(event.set)
