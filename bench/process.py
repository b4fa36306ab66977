"""A server as a process of its own: its start, memory and stop, and the sandbox's API."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from bench.load import USER, pay_once, requests

Command = Callable[[int], list[str]]

_LONGEST_START, _LONGEST_STOP = 60, 30
_PATIENCE = 120


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def family(pid: int) -> list[Path]:
    """What the system says about a process and its children, a folder each."""
    pids = [pid]
    for each in pids:
        pids += map(int, Path(f"/proc/{each}/task/{each}/children").read_text(encoding="ascii").split())
    return [Path(f"/proc/{each}") for each in pids]


def cpu_times(folder: Path) -> list[float]:
    """CPU seconds of a process in user and in system mode, and the same of its children that have ended."""
    fields = (folder / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return [int(ticks) / os.sysconf("SC_CLK_TCK") for ticks in fields[11:15]]


class Server:
    """A running server; `start_ms` is the time from its start to its first accepted payment."""

    def __init__(self, command: Command, environment: dict[str, str] | None = None, *, is_loud: bool = True) -> None:
        self.port = free_port()
        first = requests(0, 1)[0]
        began = time.perf_counter()
        self.process = subprocess.Popen(
            command(self.port),
            stdout=subprocess.DEVNULL,
            stderr=None if is_loud else subprocess.DEVNULL,
            env={**_environment(), **(environment or {})},
        )
        try:
            self._wait_for_first(first, began)
        except BaseException:
            self.stop()
            raise
        self.start_ms = (time.perf_counter() - began) * 1000

    def _wait_for_first(self, payment: bytes, began: float) -> None:
        """Send a payment until it is accepted.

        Raises:
            OSError: the process has ended, or nobody listens after a minute.
            ValueError: the payment is refused.
        """
        while True:
            try:
                pay_once(self.port, payment)
            except OSError:
                if self.process.poll() is not None or time.perf_counter() - began > _LONGEST_START:
                    raise
                time.sleep(0.001)
            else:
                return

    def memory(self) -> float:
        """Resident memory in KiB, of the process and its children."""
        return self._sum("status", "VmRSS:")

    def proportional_memory(self) -> float:
        """The same, in which a page that several processes share counts for each of them in part."""
        return self._sum("smaps_rollup", "Pss:")

    def written_bytes(self) -> float:
        """What the process and its children have had written to disks so far."""
        return self._sum("io", "write_bytes:")

    def cpu_seconds(self) -> float:
        """CPU time used so far, by the process and its children, in the steps of the system's clock (10 ms)."""
        return sum(sum(cpu_times(folder)[:2]) for folder in family(self.process.pid))

    def _sum(self, file: str, name: str) -> float:
        """The sum of a number in a file of the system, over the process and its children."""
        texts = [(folder / file).read_text(encoding="utf-8") for folder in family(self.process.pid)]
        return sum(int(line.split()[1]) for text in texts for line in text.splitlines() if line.startswith(name))

    def stop(self) -> float:
        """Stop the server with SIGTERM; gives the milliseconds until it has ended, as the system reports it."""
        began = time.perf_counter()
        self.process.terminate()
        return self.wait_for_end(began)

    def wait_for_end(self, began: float) -> float:
        """Milliseconds from an instant to the end of the process; it is killed if it does not end."""
        rescue = threading.Timer(_LONGEST_STOP, self.process.kill)
        rescue.start()
        # Without a time limit of its own, as Python would else look for the end at growing intervals of up to 50 ms.
        self.process.wait()
        took = (time.perf_counter() - began) * 1000
        rescue.cancel()
        return took

    def api(self, path: str, body: dict[str, Any] | None = None, method: str | None = None) -> Any:  # noqa: ANN401 - JSON
        """What the sandbox's API answers to a GET, or to a POST or another method with a body."""
        data = None if body is None else json.dumps(body).encode()
        url = f"http://127.0.0.1:{self.port}/_sandbox/api/{path}"
        request = Request(url, data, {"Content-Type": "application/json"}, method=method)
        with urlopen(request, timeout=_PATIENCE) as response:  # noqa: S310 - always the sandbox
            return json.load(response)

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.stop()


def _environment() -> dict[str, str]:
    """The environment without settings of the sandbox, which would change what is measured."""
    return {name: value for name, value in os.environ.items() if not name.startswith("YABANDPAY_MOCK_")}


def sandbox_command(*options: str) -> Command:
    """The sandbox, without a log."""
    return lambda port: [
        sys.executable,
        *("-m", "mockserver", "serve", "--port", str(port), "--log", "none"),
        *options,
    ]


def sandbox(*options: str) -> Server:
    """A running sandbox, without a log."""
    return Server(sandbox_command(*options))


def wait_until_quiet(server: Server) -> None:
    """Wait until the sandbox has stored the acknowledgement of every notification."""
    server.api(f"accounts/{USER}/wait", {"what": {"type": "quiet"}, "timeout": "60s"})


def accepted_notifications(server: Server) -> int:
    """How many notifications were acknowledged, by the sandbox's own count."""
    url = f"http://127.0.0.1:{server.port}/_sandbox/api/metrics"
    with urlopen(url, timeout=_PATIENCE) as response:
        lines: Sequence[str] = response.read().decode().splitlines()
    name, accepted = "yabandpay_notification_attempts_total{", 'result="accepted"'
    return sum(int(line.rpartition(" ")[2]) for line in lines if line.startswith(name) and accepted in line)
