"""The web server of the shops: requests and answers without a framework."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LARGEST_BODY = 4 * 1024 * 1024


class Request(NamedTuple):
    """A request to a shop."""

    method: str
    path: str
    query: Mapping[str, str]
    body: bytes

    def fields(self) -> dict[str, Any]:
        """The fields of a body that is JSON or a form; none of an empty body."""
        text = self.body.decode().strip()
        if not text:
            return {}
        sent = json.loads(text) if text.startswith("{") else dict(parse_qsl(text))
        return dict(sent)


class Answer(NamedTuple):
    """What a shop answers."""

    status: int
    body: bytes
    content_type: str = "text/plain; charset=utf-8"
    headers: Mapping[str, str] = {}


def json_answer(status: int, content: object) -> Answer:
    return Answer(status, json.dumps(content).encode(), "application/json")


class _Server(ThreadingHTTPServer):
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore clients that hang up."""


class WebServer:
    """Serves a function from requests to answers; its exceptions become an error page, as a framework does it."""

    def __init__(self, answer: Callable[[Request], Answer], port: int = 0) -> None:
        class Handler(BaseHTTPRequestHandler):
            def handle_one_of_ours(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                target = urlsplit(self.path)
                if length > LARGEST_BODY:
                    found = Answer(413, b"too long")
                else:
                    query = dict(parse_qsl(target.query))
                    found = _answered(answer, Request(self.command, target.path, query, self.rfile.read(length)))
                self.send_response(found.status)
                for name, value in found.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Type", found.content_type)
                self.send_header("Content-Length", str(len(found.body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(found.body)

            def log_message(self, *_arguments: object) -> None:
                """Log nothing."""

        for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
            setattr(Handler, f"do_{method}", Handler.handle_one_of_ours)
        self._server = _Server(("127.0.0.1", port), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self.close()

    def close(self) -> None:
        self._server.server_close()

    def wait(self) -> None:
        """Wait until the server is stopped."""
        self._thread.join()


def _answered(answer: Callable[[Request], Answer], request: Request) -> Answer:
    try:
        return answer(request)
    except Exception as error:  # noqa: BLE001 - what a framework does with an exception
        page = f"<!doctype html><title>Error</title><h1>Internal Server Error</h1><p>{type(error).__name__}</p>"
        return Answer(500, page.encode(), "text/html; charset=utf-8")
