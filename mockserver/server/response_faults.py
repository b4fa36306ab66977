"""Sends an answer that a scenario spoils: at the socket, where a reset is a reset and a cut is a cut."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from mockserver.scenarios.faults import Ending, Reply

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

CONNECTION = "sandbox.connection"
"""The extension of a request's scope that holds its connection."""

_PIECES = 20
_NO_LINGER = struct.pack("ii", 1, 0)  # closing then resets instead of saying goodbye


class Wire(NamedTuple):
    """The three things by which a server and an application talk about one request (ASGI)."""

    scope: Scope
    receive: Receive
    send: Send


async def send_spoilt(reply: Reply, usual_status: int, beside: Headers, wire: Wire) -> None:
    """Send a reply as it was planned; `beside` are the headers that the sandbox adds."""
    await asyncio.sleep(reply.wait / 1000)
    if not reply.is_lost:
        status = usual_status if reply.status is None else reply.status
        await wire.send({"type": "http.response.start", "status": status, "headers": [*_headers(reply), *beside]})
        await _send_body(reply, wire)
    if reply.ending != "complete":
        await _break_off(reply.ending, wire)


def _headers(reply: Reply) -> Headers:
    own = [("content-type", reply.content_type), ("content-length", str(len(reply.body))), *reply.headers]
    return [(name.encode(), value.encode()) for name, value in own]


async def _send_body(reply: Reply, wire: Wire) -> None:
    arriving = reply.arriving
    size = max(1, len(arriving) // _PIECES) if reply.spread else len(arriving)
    starts = range(0, len(arriving), size) if size else range(0)
    for start in starts:
        await wire.send({"type": "http.response.body", "body": arriving[start : start + size], "more_body": True})
        await asyncio.sleep(reply.spread / len(starts) / 1000)
    if reply.ending == "complete":
        await wire.send({"type": "http.response.body", "body": b""})


async def _break_off(ending: Ending, wire: Wire) -> None:
    """End the connection; one that stays silent is left to the client."""
    transport: asyncio.Transport = wire.scope["extensions"][CONNECTION]["transport"]
    if transport.is_closing():  # the client has left already
        return
    if ending == "reset":
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        transport.abort()
    elif ending != "silent":
        transport.close()
    while (await wire.receive())["type"] != "http.disconnect":
        pass
