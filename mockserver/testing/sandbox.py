"""A sandbox and a merchant in this process, for tests and demonstrations.

with Sandbox() as sandbox, Merchant(sandbox.settings.secret_key) as merchant:
    payment = sandbox.client().create_alipay_mini_payment(..., notify_url=merchant.url)
    paid = merchant.wait_for(1)[0]
"""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, NamedTuple

from mockserver.app import Application, create_app
from mockserver.client import BAD, OK, InvalidNotificationError, Notification, YabandPay, verify_notification
from mockserver.server import Server, base_url, bind
from mockserver.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from mockserver.clock import Clock

_PATIENCE = 30.0


class Sandbox:
    """A sandbox that serves from a thread of this process on a free port. Ready on entering, gone on leaving."""

    def __init__(self, settings: Settings | None = None, *, clock: Clock | None = None) -> None:
        """Prepare; port 0 of the settings takes a free one, which is the default here."""
        self.settings = settings or Settings(port=0)
        sock = bind(self.settings.host, self.settings.port)
        self.url = base_url(sock)
        try:
            self.app = _planted(create_app(self.settings, self.url, clock=clock))
        except BaseException:
            sock.close()
            raise
        self._ready = threading.Event()
        self._server = Server(self.app, sock, self._ready.set)
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._serve, name="sandbox", daemon=True)

    def __enter__(self) -> Sandbox:
        """Start, and return when requests are answered."""
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            raise self._failure
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        self._server.stop()
        self._thread.join()
        if self._failure is not None:
            raise self._failure

    def _serve(self) -> None:
        try:
            self._server.serve_until_stopped()
        except BaseException as failure:  # noqa: BLE001 - it is raised again where the sandbox is entered
            self._failure = failure
            self._ready.set()

    def client(self) -> YabandPay:
        """A client of the sandbox's account."""
        return YabandPay(self.settings.user, self.settings.secret_key, self.url)


def _planted(app: Application) -> Application:
    if app.settings.accounts is not None:
        from mockserver.planting import plant  # noqa: PLC0415 - YAML is read only when it is asked for

        plant(app, app.settings.accounts)
    return app


class Received(NamedTuple):
    """A request that reached a merchant: its raw body, and the notification in it if it verified."""

    path: str
    body: bytes
    notification: Notification | None


class Merchant:
    """A merchant that listens on a free port, verifies and records what it receives, and answers as told.

    `respond` decides the answer, as an HTTP status and a body; by default a notification that
    verifies is answered `ok` and anything else `bad`.
    """

    def __init__(self, secret_key: str, respond: Callable[[Received], tuple[int, bytes]] | None = None) -> None:
        """Listen; requests are taken on entering."""
        self.received: list[Received] = []
        self._respond = respond or _acknowledge
        self._secret_key = secret_key
        self._arrival = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/notify"

    def __enter__(self) -> Merchant:
        """Take requests."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take no more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def wait_for(self, count: int, patience: float = _PATIENCE) -> list[Received]:
        """What was received, once it is at least `count` requests.

        Raises:
            TimeoutError: they did not come within `patience` seconds; the message says what did.
        """
        with self._arrival:
            if not self._arrival.wait_for(lambda: len(self.received) >= count, patience):
                seen = [item.notification.state if item.notification else "unverified" for item in self.received]
                raise TimeoutError(f"expected {count} notifications within {patience:g} s, received {seen}")
            return list(self.received)

    def _take(self, path: str, body: bytes) -> tuple[int, bytes]:
        try:
            notification = verify_notification(body, self._secret_key)
        except InvalidNotificationError:
            notification = None
        received = Received(path, body, notification)
        answer = self._respond(received)
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
                """Say nothing."""

        return Handler


def _acknowledge(received: Received) -> tuple[int, bytes]:
    return 200, (BAD if received.notification is None else OK).encode()
