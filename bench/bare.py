"""What the sandbox is measured against: a protocol over httptools that parses, verifies and stores in a dict, no more.

`python -m bench.bare PORT` serves it. `python -m bench.bare PORT constant` always gives the same response, which shows
how fast the load generator is.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import TYPE_CHECKING, Any

import httptools

from bench.load import hmac_sha256
from bench.peer_servers import ANSWER

if TYPE_CHECKING:
    from collections.abc import Callable

_CONSTANT = ANSWER.encode()
_REFUSAL = b'{"status":false,"code":"-403","data":[],"message":"The signature Error"}'
payments: dict[str, dict[str, Any]] = {}


def pay(body: bytes) -> bytes:
    """The response to a request for a payment, which is stored."""
    sent = json.loads(body)
    data = sent["data"]
    parameters = {**data, "user": sent["user"], "method": sent["method"], "time": sent["time"]}
    if hmac_sha256(parameters) != sent["sign"]:
        return _REFUSAL
    payments[data["order_id"]] = data
    answer = {"status": True, "code": "200", "data": {"order_id": data["order_id"]}, "message": ""}
    return json.dumps(answer, separators=(",", ":")).encode()


class _Protocol(asyncio.Protocol):
    def __init__(self, answer: Callable[[bytes], bytes]) -> None:
        self._answer = answer
        self._parser = httptools.HttpRequestParser(self)
        self._body = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - TCP gives no other
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_begin(self) -> None:
        self._body = b""

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        answer = self._answer(self._body)
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(answer)
        self._transport.write(head + answer)


async def serve(port: int, answer: Callable[[bytes], bytes]) -> None:
    """Serve until the process ends."""
    server = await asyncio.get_running_loop().create_server(lambda: _Protocol(answer), "127.0.0.1", port, backlog=2048)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), (lambda _: _CONSTANT) if "constant" in sys.argv[2:] else pay))
