"""Clients that send bytes of their own, and servers for them: in a thread with other limits, or as a process."""

from __future__ import annotations

import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import threading
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mockserver.server.server import open_server
from mockserver.settings import Settings
from tests.helpers import signed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from mockserver.server.limits import Limits
    from mockserver.server.server import Server

ROOT = Path(__file__).parents[1]
ENVIRONMENT = {k: v for k, v in os.environ.items() if not k.startswith(("YABANDPAY_MOCK_", "COVERAGE_PROCESS"))}
_LONGEST = 30


@contextmanager
def serving(limits: Limits | None = None, settings: Settings | None = None) -> Iterator[tuple[Server, list[str]]]:
    """A server in a thread, and the lines that it writes about connections."""
    server = open_server(settings or Settings(port=0, seed="tests"), limits=limits)
    lines: list[str] = []
    server.on_connection_log(lambda _at, text, _about: lines.append(text))
    ready = threading.Event()
    thread = threading.Thread(target=server.serve_until_stopped, args=(ready.set,))
    thread.start()
    try:
        assert ready.wait(_LONGEST)
        yield server, lines
    finally:
        server.stop()
        thread.join()


class Process:
    """A running `yabandpay-mock serve` of an interpreter, whose output goes to files."""

    def __init__(self, folder: Path, *options: str, python: str = sys.executable, files: int | None = None) -> None:
        ready, self._folder = folder / "ready", folder
        command = [python, "-m", "mockserver", "serve", "--port", "0", "--ready-file", str(ready), *options]

        if files is not None:
            command = ["sh", "-c", 'ulimit -n "$0" && exec "$@"', str(files), *command]
        with (folder / "out").open("wb") as out, (folder / "err").open("wb") as err:
            self.process = subprocess.Popen(command, stdout=out, stderr=err, env=ENVIRONMENT, cwd=ROOT)
        wait_until(lambda: ready.exists() or self.process.poll() is not None)
        assert self.process.poll() is None, self.errors
        self.url, *secure = ready.read_text().split()
        self.secure_url = secure[0] if secure else ""

    @property
    def errors(self) -> str:
        return (self._folder / "err").read_text()

    @property
    def connection_lines(self) -> list[str]:
        """The entries of the log about connections, each as one line."""
        entries = re.split(r"\n(?! )", (self._folder / "out").read_text())
        found = [re.fullmatch(r"\S+  connection\s+(.*)", re.sub(r"\n +", " ", entry)) for entry in entries]
        return [one[1].strip() for one in found if one]

    def stop(self, number: int = signal.SIGTERM, within: float = _LONGEST) -> int:
        self.process.send_signal(number)
        return self.process.wait(within)

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


@contextmanager
def wsgi_server(folder: Path, *command: str, **environment: str) -> Iterator[str]:
    """A WSGI server of its own process, on a port that it says; stopped by a signal, which it obeys."""
    log = folder / "server.log"
    with log.open("wb") as out:
        known = {**ENVIRONMENT, "PYTHONPATH": f"{ROOT}:{folder}", "PYTHONUNBUFFERED": "1", **environment}
        server = subprocess.Popen(
            [sys.executable, "-m", *command], stdout=out, stderr=subprocess.STDOUT, env=known, cwd=folder
        )
    started = re.compile(r"(?:Running on|Listening at:) (http://127\.0\.0\.1:\d+)")
    try:
        wait_until(lambda: bool(started.search(log.read_text())) or server.poll() is not None)
        found = started.search(log.read_text())
        assert found, log.read_text()
        yield found[1]
        server.send_signal(signal.SIGTERM)
        server.wait(30)
        assert "Traceback" not in log.read_text(), log.read_text()
    finally:
        if server.poll() is None:
            server.kill()
            server.wait()


def slow_scenarios(folder: Path) -> Path:
    """A folder with two scenarios: `slow` answers late, and `slow-reset` resets the connection instead."""
    (folder / "slow.yaml").write_text("name: slow\nsummary: Late.\nrespond: {delay: 300ms}\n")
    (folder / "slow-reset.yaml").write_text(
        "name: slow-reset\nsummary: Late and lost.\nrespond: {delay: 300ms, connection: reset}\n"
    )
    return folder


def wait_until(is_so: Callable[[], bool]) -> None:
    """Wait for a condition that no event announces."""
    for _ in range(_LONGEST * 100):
        if is_so():
            return
        threading.Event().wait(0.01)
    raise TimeoutError


def connect(url: str) -> socket.socket:
    place = urlsplit(url)
    sock = socket.create_connection((place.hostname or "", place.port or 0), timeout=_LONGEST)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def until_closed(sock: socket.socket) -> bytes:
    """All that comes until the server closes the connection, in whichever way."""
    received = b""
    with suppress(ConnectionResetError, ssl.SSLError):
        while part := sock.recv(65536):
            received += part
    return received


def talk(url: str, *parts: bytes) -> bytes:
    """What a server answers to some bytes, up to the end of the connection."""
    with connect(url) as sock:
        with suppress(BrokenPipeError, ConnectionResetError):
            for part in parts:
                sock.sendall(part)
        return until_closed(sock)


def statuses(answers: bytes) -> list[int]:
    """The statuses in a row of answers."""
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", answers)]


def request(
    body: bytes = b"", *headers: bytes, method: bytes = b"POST", path: bytes = b"/Payments", close: bool = False
) -> bytes:
    """A request as bytes."""
    lines = [method + b" " + path + b" HTTP/1.1", b"Host: x", *headers, b"Content-Length: %d" % len(body)]
    lines += [b"Connection: close"] if close else []
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def payment(order_id: str, *headers: bytes, close: bool = False) -> bytes:
    """A request that makes a payment."""
    return request(signed(order_id=order_id), *headers, close=close)


def chunked(parts: Iterable[bytes]) -> bytes:
    """A body in chunks."""
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
