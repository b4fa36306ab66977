"""A sandbox of several processes: the supervisor as a process of its own, and what tests see of its workers."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from tests.serving import COMMAND, ENVIRONMENT
from tests.sockets import ROOT, connect, payment, wait_until

if TYPE_CHECKING:
    import socket

# Serves as the command does, without its condition that the workers share a database.
WITHOUT_DATABASE = """
import sys
from mockserver.cli.serving import give_up, plain_settings, serve_with_workers
try:
    serve_with_workers(plain_settings(sys.argv[1:]), "--secret-key")
except (OSError, ValueError, LookupError) as error:
    give_up(str(error))
"""


class Workers:
    """A running supervisor with workers whose memory is their own, unless there is a database that they share."""

    def __init__(self, folder: Path, *options: str, count: int = 2, shares_database: bool = False) -> None:
        self._folder, self.ready = folder, folder / "ready"
        command = COMMAND if shares_database else [sys.executable, "-c", WITHOUT_DATABASE]
        line = [
            *command,
            "serve",
            "--port",
            "0",
            "--seed",
            "tests",
            "--workers",
            str(count),
            "--ready-file",
            str(self.ready),
        ]
        with (folder / "out").open("wb") as out, (folder / "err").open("wb") as err:
            self.process = subprocess.Popen(
                [*line, *options], stdout=out, stderr=err, env=ENVIRONMENT, cwd=ROOT, start_new_session=True
            )
        self.seen: set[int] = set()
        self.resources = ExitStack()
        wait_until(lambda: "Ctrl-C to stop" in self.output or self.process.poll() is not None)
        assert self.process.poll() is None, self.errors
        self.url, *secure = self.ready.read_text().split()
        self.secure_url = secure[0] if secure else ""

    @property
    def output(self) -> str:
        return (self._folder / "out").read_text()

    @property
    def errors(self) -> str:
        return (self._folder / "err").read_text()

    @property
    def pids(self) -> list[int]:
        """The workers that there are, the oldest first."""
        found = children_of(self.process.pid)
        self.seen |= set(found)
        return found

    @property
    def replacements(self) -> list[tuple[int, int, str, int]]:
        """What the log says: the worker, the process that ended, how it ended, and the process that replaces it."""
        logged = " ".join(f"{self.output} {self.errors}".split())  # its lines are wrapped
        lines = re.findall(r"worker (\d+) \(process (\d+)\) (.+?); process (\d+) replaces it", logged)
        return [(int(number), int(old), how, int(new)) for number, old, how, new in lines]

    def kill(self, pid: int) -> int:
        """Kill a worker, wait until it is replaced, and return the process that replaces it."""
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: any(old == pid for _, old, _, _ in self.replacements))
        return next(new for _, old, _, new in self.replacements if old == pid)

    def pay(self, count: int) -> list[bytes]:
        """What so many connections, which are opened at once and stay open, get as the answer to a payment each."""
        with ExitStack() as closing:
            clients = [closing.enter_context(connect(self.url)) for _ in range(count)]
            for number, client in enumerate(clients):
                client.sendall(payment(f"w{number}"))
            return [answer_to(client) for client in clients]

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """Stop it, and return the status and what it wrote to standard error. No worker may be left."""
        _ = self.pids
        self.process.send_signal(number)
        status = self.process.wait(30)
        assert [pid for pid in self.seen if parent_of(pid) is not None] == []
        assert not self.ready.exists()
        return status, self.errors

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        self.resources.close()
        left = {*self.seen, *self.pids}
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for pid in left:
            if parent_of(pid) is not None:
                os.kill(pid, signal.SIGKILL)


def answer_to(client: socket.socket) -> bytes:
    """The answer that a client gets to its payment, read to the end of its JSON."""
    received = b""
    while not received.endswith(b"}"):
        part = client.recv(65536)
        assert part, received
        received += part
    return received


def children_of(pid: int) -> list[int]:
    """The processes that a process has started, the oldest first."""
    everything = [int(one.name) for one in Path("/proc").iterdir() if one.name.isdigit()]
    return sorted(one for one in everything if parent_of(one) == pid)


def parent_of(pid: int) -> int | None:
    """The parent of a process; None if it has ended."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    state, parent = stat.rpartition(")")[2].split()[:2]
    return None if state in "ZX" else int(parent)
