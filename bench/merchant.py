"""`python -m bench.merchant`: a merchant that answers `ok` to every notification and remembers when each arrived.

`Merchant` starts it as a process of its own and asks it.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from http.client import HTTPConnection
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httptools

_PATIENCE = 120
_BACKLOG = 4096


class _Arrivals:
    """The notifications that have come, and who waits for how many of them."""

    def __init__(self) -> None:
        self.notifications: list[tuple[float, bytes]] = []
        self.waiting: list[tuple[int, _Protocol]] = []

    def add(self, body: bytes, now: float) -> None:
        self.notifications.append((now, body))
        if self.waiting:
            self.answer_waiting()

    def answer_waiting(self) -> None:
        count = len(self.notifications)
        ready = [protocol for wanted, protocol in self.waiting if wanted <= count]
        self.waiting = [(wanted, protocol) for wanted, protocol in self.waiting if wanted > count]
        for protocol in ready:
            protocol.answer(self.last())

    def last(self) -> bytes:
        return json.dumps(self.notifications[-1][0] if self.notifications else 0).encode()

    def listed(self) -> bytes:
        return json.dumps([(now, body.decode()) for now, body in self.notifications]).encode()


class _Protocol(asyncio.Protocol):
    """POST is a notification; GET /wait?count=N waits for N of them; GET /arrivals lists them; DELETE forgets them."""

    def __init__(self, arrivals: _Arrivals) -> None:
        self._arrivals = arrivals
        self._parser = httptools.HttpRequestParser(self)
        self._url, self._body = b"", b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - TCP gives no other
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_begin(self) -> None:
        self._url, self._body = b"", b""

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        method = self._parser.get_method()
        if method == b"POST":
            self._arrivals.add(self._body, time.time())
            self.answer(b"ok")
        elif method == b"DELETE":
            self._arrivals.notifications.clear()
            self.answer(b"ok")
        elif self._url == b"/arrivals":
            self.answer(self._arrivals.listed())
        else:
            query = dict(parse_qsl(urlsplit(self._url.decode()).query))
            self._arrivals.waiting.append((int(query["count"]), self))
            self._arrivals.answer_waiting()

    def answer(self, body: bytes) -> None:
        self._transport.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
        )


class Merchant:
    """A running merchant."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "bench.merchant"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if self._process.stdout is None:
            raise RuntimeError("the merchant has no output")
        self.port = int(self._process.stdout.readline())
        self.notify_url = f"http://127.0.0.1:{self.port}/notify"
        self._connection = HTTPConnection("127.0.0.1", self.port, timeout=_PATIENCE)

    def wait_for(self, count: int) -> float:
        """The instant at which the last notification came, once so many have come: seconds since the epoch.

        Raises:
            TimeoutError: they did not come.
        """
        return float(self._ask("GET", f"/wait?count={count}"))

    def arrivals(self) -> list[tuple[float, str]]:
        """The instant and the body of each notification, in the order in which they came."""
        return [(instant, body) for instant, body in self._ask("GET", "/arrivals")]

    def orders(self) -> dict[str, float]:
        """The instant at which the first notification of each order came."""
        arrived: dict[str, float] = {}
        for instant, body in self.arrivals():
            arrived.setdefault(json.loads(body)["data"]["order_id"], instant)
        return arrived

    def forget(self) -> None:
        """Start counting at nought."""
        self._connection.request("DELETE", "/arrivals")
        self._connection.getresponse().read()

    def _ask(self, method: str, path: str) -> Any:  # noqa: ANN401 - JSON
        self._connection.request(method, path)
        return json.loads(self._connection.getresponse().read())

    def __enter__(self) -> Merchant:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()
        self._process.communicate()


async def serve() -> None:
    """Listen on a free port, print it, and answer until the standard input ends, at the latest with who started it."""
    arrivals = _Arrivals()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Protocol(arrivals), "127.0.0.1", 0, backlog=_BACKLOG)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve())
