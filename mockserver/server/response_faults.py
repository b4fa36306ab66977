"""Plays response faults at the socket, where a reset is a TCP reset and a cut body breaks off."""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mockserver.scenarios.faults import Ending, Reply
    from mockserver.server.responder import Responder

_PIECES = 20
# SO_LINGER of 0 seconds: closing sends RST instead of FIN.
_NO_LINGER = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)


async def send_faulty_body(fault: Reply, responder: Responder) -> None:
    """Send the part of a body that is to arrive, slowly if the fault says so; break the connection after a part."""
    arriving = fault.arriving
    size = max(1, len(arriving) // _PIECES) if fault.spread else len(arriving)
    starts = range(0, len(arriving), size) if size else range(0)
    for start in starts:
        await responder.write(arriving[start : start + size])
        await asyncio.sleep(fault.spread / len(starts) / 1000)
    if fault.ending == "complete":
        responder.end()
    else:
        await break_connection(fault.ending, responder)


async def break_connection(ending: Ending, responder: Responder) -> None:
    """End the connection; one that stays silent is left to the client."""
    transport = responder.transport
    if transport.is_closing():  # the client has left already
        return
    if ending == "reset":
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        transport.abort()
    elif ending != "silent":
        transport.close()
    await responder.until_left()
