"""A merchant for tests, which receives notifications."""

from __future__ import annotations

import contextlib
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, NamedTuple

from mockserver.client import BAD, OK, InvalidNotificationError, Notification, verify_notification
from mockserver.durations import parse_duration
from mockserver.testing.api import duration

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from mockserver.testing.api import Duration

__tracebackhide__ = True  # pytest shows the line of the test instead
_EVERY_ADDRESS = "0.0.0.0"  # noqa: S104 - only for a sandbox on another machine


class Received(NamedTuple):
    """A received request: its raw body, and the notification if it verified."""

    path: str
    body: bytes
    notification: Notification | None


class Merchant:
    """Listens on a free port, and verifies and records the notifications that it receives.

    `respond` returns the HTTP status and body of the answer; by default `ok` for a notification that verifies, and
    otherwise `bad`. Its exceptions are raised by `wait_for` and at the end of the block.
    """

    def __init__(
        self,
        secret_key: str,
        respond: Callable[[Received], tuple[int, bytes]] | None = None,
        *,
        known_as: str = "",
    ) -> None:
        """Listen on 127.0.0.1, or on all addresses if a sandbox on another machine knows this one as `known_as`."""
        self.received: list[Received] = []
        self._respond = respond or _acknowledge
        self._answers: list[tuple[int, bytes]] = []
        self._secret_key = secret_key
        self._failure: Exception | None = None
        self._arrival = threading.Condition()
        self._server = _Server((_EVERY_ADDRESS if known_as else "127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self.url = f"http://{known_as or '127.0.0.1'}:{self._server.server_address[1]}/notify"

    def __enter__(self) -> Merchant:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        if error is None:
            self.check()

    def respond_with(self, status: int, body: str = "", times: int = 1) -> None:
        """Answer the next `times` requests with this status and body.

        Raises:
            ValueError: `times` is below 1.
        """
        if times < 1:
            raise ValueError(f"times must be at least 1, not {times}")
        with self._arrival:
            self._answers += [(status, body.encode())] * times

    @property
    def notifications(self) -> list[Notification]:
        """The verified notifications, in order."""
        return [one.notification for one in tuple(self.received) if one.notification is not None]

    def wait_for(self, count: int = 1, timeout: Duration = "30s") -> list[Received]:
        """Wait for at least `count` requests; returns all that were received.

        Raises:
            TimeoutError: there were fewer within `timeout`; the message lists them.
            Exception: the exception of `respond`.
        """
        longest = duration(timeout)
        seconds = parse_duration(longest) / 1000
        with self._arrival:
            done = self._arrival.wait_for(lambda: self._failure or len(self.received) >= count, seconds)
            self.check()
            if not done:
                seen = [item.notification.state if item.notification else "unverified" for item in self.received]
                raise TimeoutError(f"expected {count} notifications within {longest}, received {seen}")
            return list(self.received)

    def check(self) -> None:
        """Raise the exception of `respond`, once."""
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure

    def _take(self, path: str, body: bytes) -> tuple[int, bytes]:
        try:
            notification = verify_notification(body, self._secret_key)
        except InvalidNotificationError:
            notification = None
        received = Received(path, body, notification)
        try:
            answer = self._answers.pop(0) if self._answers else self._respond(received)
        except Exception as failure:  # noqa: BLE001 - raised on the test's thread
            answer, self._failure = (500, b"the merchant failed"), failure
        with self._arrival:
            self.received.append(received)
            self._arrival.notify_all()
        return answer

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        merchant = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                status, answer = merchant._take(self.path, body)
                self.send_response(status)
                self.send_header("Content-Type", "text/plain")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_arguments: object) -> None:
                """Log nothing."""

        return Handler


class _Server(ThreadingHTTPServer):
    """An HTTP server that closes its connections and threads, as the sandbox keeps its connections open."""

    daemon_threads = False
    block_on_close = True

    def __init__(self, *arguments: Any) -> None:  # noqa: ANN401 - passed on as they are
        self._open: set[socket.socket] = set()
        super().__init__(*arguments)

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - the form of socketserver
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:  # noqa: ANN401 - the form of socketserver
        self._open.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        for connection in tuple(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        super().server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - the form of socketserver
        """Ignore broken connections."""


def _acknowledge(received: Received) -> tuple[int, bytes]:
    return 200, (BAD if received.notification is None else OK).encode()
