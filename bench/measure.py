"""Starts a server as a process of its own and measures its start, memory, load and stop."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from bench.load import Metrics, pay_once, put_load, requests

if TYPE_CHECKING:
    from collections.abc import Sequence

Command = Callable[[int], list[str]]

_MIB = 1024
_STARTS = 9
_LONGEST_START = 30


class Report(NamedTuple):
    """A server's figures: start and stop in milliseconds, memory in MiB, load by number of connections."""

    name: str
    start: float
    idle: float
    load: dict[int, Metrics]
    after: float
    stop: float


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def start(command: Command, first: bytes) -> tuple[subprocess.Popen[bytes], int, float]:
    """Start a server; gives it, its port, and the milliseconds until its first accepted payment."""
    port = free_port()
    began = time.perf_counter()
    process = subprocess.Popen(command(port), stdout=subprocess.DEVNULL)
    while True:
        try:
            pay_once(port, first)
        except OSError:
            if process.poll() is not None or time.perf_counter() - began > _LONGEST_START:
                stop(process)
                raise
            time.sleep(0.001)
        else:
            return process, port, (time.perf_counter() - began) * 1000


def stop(process: subprocess.Popen[bytes]) -> float:
    """Stop a server with SIGTERM; gives the milliseconds it took."""
    began = time.perf_counter()
    process.terminate()
    process.wait(timeout=30)
    return (time.perf_counter() - began) * 1000


def memory(process: subprocess.Popen[bytes]) -> float:
    """Resident memory in MiB, of the process and its children."""
    total, family = 0, [process.pid]
    for pid in family:
        family += map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        total += next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))
    return total / _MIB


def measure(name: str, command: Command, connections: Sequence[int], count: int) -> Report:
    """All figures of one server; `count` requests are spread over the numbers of connections."""
    first = requests(0, 1)[0]
    starts, stops = [], []
    for _ in range(_STARTS):
        process, _, took = start(command, first)
        starts.append(took)
        stops.append(stop(process))
    process, port, _ = start(command, first)
    idle, load, sent = memory(process), {}, 1
    try:
        for number in connections:
            load[number] = put_load(port, requests(sent, count // len(connections)), number)
            sent += count // len(connections)
        after = memory(process)
    finally:
        stops.append(stop(process))
    return Report(name, median(starts), idle, load, after, median(stops))


def table(reports: Sequence[Report]) -> str:
    """The figures as a table in Markdown."""
    connections = list(reports[0].load)
    head = ["server", "start", "idle", *(f"req/s at {n} (p50, p99)" for n in connections), "after load", "stop"]
    rows = [head, ["---"] * len(head)]
    for report in reports:
        load = [f"{f.per_second:,.0f} ({f.p50:.2f}, {f.p99:.1f} ms)" for f in report.load.values()]
        memories = f"{report.idle:.0f} MiB", f"{report.after:.0f} MiB"
        rows.append([report.name, f"{report.start:.0f} ms", memories[0], *load, memories[1], f"{report.stop:.0f} ms"])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
