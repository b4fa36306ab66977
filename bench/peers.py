"""`python -m bench.peers`: the sandbox and its peers under the same load, in turns, in one run.

WireMock, mountebank and pytest-httpserver are compared where they are installed: `bench/peer_servers.py` says where.
"""

from __future__ import annotations

import argparse
import sys
import time
from contextlib import ExitStack
from importlib import metadata
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

from bench.goals import PEER_GOALS, Figure, goal_table, table, write_part
from bench.load import put_load, requests
from bench.measures import ROUNDS, Load, live, middle, put_load_and_count
from bench.merchant import Merchant
from bench.peer_servers import LIVES, Peer, httpserver, missing_hint, mountebank, wiremock
from bench.process import sandbox_command

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.process import Server

_KIB = 1024
_CONNECTIONS = (16, 1)
_SANDBOX = "the sandbox"
_BARE, _CONSTANT = "parse, verify, store", "a constant response"
_PROTOCOL = "asyncio, httptools"
_WIREMOCK = "WireMock"
_PEERS = 3


class Report(NamedTuple):
    """What was seen of a server: milliseconds, MiB, creations by connections, and lives a second if it has them."""

    peer: Peer
    start: float
    stop: float
    idle: float
    created: dict[int, Load]
    lives: float | None


def own_servers() -> list[Peer]:
    """The sandbox, what is left of it without its work, and what is left without any."""

    def bare(*more: str) -> list[str]:
        return [sys.executable, "-m", "bench.bare", *more]

    version = f"{metadata.version('yabandpay-mock')}, Python {sys.version.split()[0]}"
    return [
        Peer(_SANDBOX, version, sandbox_command("--pay-delay", "1h"), 4_000, 15_000),
        Peer(_BARE, _PROTOCOL, lambda port: bare(str(port)), 4_000, 15_000),
        Peer(_CONSTANT, _PROTOCOL, lambda port: bare(str(port), "constant"), 4_000, 15_000),
    ]


def found_peers(scratch: Path) -> list[Peer]:
    """The peers that are installed; says how to install the others."""
    looked_for = {
        _WIREMOCK: wiremock(scratch / "wiremock"),
        "mountebank": mountebank(scratch / "mountebank"),
        "pytest-httpserver": httpserver(),
    }
    for name, peer in looked_for.items():
        if peer is None:
            print(missing_hint(name), file=sys.stderr)
    return [peer for peer in looked_for.values() if peer is not None]


def starts_and_stops(peers: Sequence[Peer], times: int) -> dict[str, tuple[float, float]]:
    """The medians of each server's starts and stops in milliseconds, taken in turns."""
    taken: dict[str, list[tuple[float, float]]] = {peer.name: [] for peer in peers}
    for _ in range(times):
        for peer in peers:
            server = peer.start()
            taken[peer.name].append((server.start_ms, server.stop()))
    return {
        name: (median(start for start, _ in pairs), median(stop for _, stop in pairs)) for name, pairs in taken.items()
    }


def creates(peers: Sequence[Peer], scale: float) -> tuple[dict[str, float], dict[str, dict[int, Load]]]:
    """Each server's memory after its first request, and its loads by connections, once it is warm; in turns."""
    created: dict[str, dict[int, Load]] = {peer.name: {} for peer in peers}
    with ExitStack() as stack:
        running = [(peer, stack.enter_context(peer.start())) for peer in peers]
        idle = {peer.name: server.memory() / _KIB for peer, server in running}
        for peer, server in running:
            put_load(server.port, requests(1, max(16, int(peer.warm * scale))), 16)
        for connections in _CONNECTIONS:
            seen: dict[str, list[Load]] = {peer.name: [] for peer in peers}
            for turn in range(1, ROUNDS + 1):
                for peer, server in running:
                    count = max(16, int(peer.load * scale / (1 if connections > 1 else 2)))
                    wire = requests(turn * 10**6, count)
                    seen[peer.name].append(put_load_and_count(server, wire, connections))
            for name, rounds in seen.items():
                created[name][connections] = middle(rounds)
    return idle, created


def lives(peers: Sequence[Peer], scale: float) -> dict[str, float]:
    """Notifications a second that each server which can send them sends to a merchant, over 16 connections, warm."""
    count = max(16, int(10_000 * scale))
    told = {}
    with Merchant() as merchant:
        for peer in peers:
            if peer.name == _SANDBOX:
                with peer._replace(command=sandbox_command("--pay-delay", "1ms")).start() as server:
                    live(server, merchant, 1, max(16, count // 5), 16)
                    told[peer.name] = live(server, merchant, 10**6, count, 16).notified_per_second
            elif peer.notify is not None:
                with peer.start() as server:
                    peer.notify(server.port, merchant.notify_url)
                    webhooks(server, merchant, max(16, int(peer.warm * scale)))
                    told[peer.name] = webhooks(server, merchant, count)
    return told


def webhooks(server: Server, merchant: Merchant, count: int) -> float:
    """Webhooks a second that a peer sends to the merchant, one for each request."""
    merchant.forget()
    wire = requests(1, count, path=LIVES)
    began = time.time()
    put_load(server.port, wire, 16)
    return count / (merchant.wait_for(count) - began)


def compare(peers: Sequence[Peer], times: int, scale: float = 1) -> list[Report]:
    """The reports of all servers."""
    started = starts_and_stops(peers, times)
    idle, created = creates(peers, scale)
    told = lives(peers, scale)
    return [
        Report(peer, *started[peer.name], idle[peer.name], created[peer.name], told.get(peer.name)) for peer in peers
    ]


def report_table(reports: Sequence[Report]) -> str:
    """The figures in Markdown."""
    loads = [f"creates/s, {n} connection{'s' if n > 1 else ''} (p50, p99, CPU)" for n in _CONNECTIONS]
    head = ["server", "version", *loads, "lives/s, 16 connections", "start", "idle", "stop"]
    rows = []
    for report in reports:
        load = [
            f"{m.per_second:,.0f} ({m.p50:.2f}, {m.p99:.1f} ms, {cpu:.0f} µs)" for m, cpu in report.created.values()
        ]
        told = "" if report.lives is None else f"{report.lives:,.0f}"
        ends = f"{report.start:.0f} ms", f"{report.idle:.0f} MiB", f"{report.stop:.0f} ms"
        rows.append([report.peer.name, report.peer.version, *load, told, *ends])
    return table(head, rows)


def ratio_table(reports: Sequence[Report]) -> str:
    """The sandbox's figures divided by each other server's, in Markdown."""
    ours, *others = reports
    head = ["the sandbox's, divided by those of", *(f"creates/s, {n}" for n in _CONNECTIONS), "lives/s, 16", "start"]
    rows = []
    for other in others:
        speeds = [ours.created[n].per_second / other.created[n].per_second for n in _CONNECTIONS]
        told = f"{ours.lives / other.lives:.2f}" if ours.lives and other.lives else ""
        rows.append([other.peer.name, *(f"{speed:.2f}" for speed in speeds), told, f"{ours.start / other.start:.2f}"])
    return table(head, rows)


def ratios(reports: Sequence[Report]) -> dict[str, Figure]:
    """The figures for the goals beside WireMock, if it was measured."""
    ours = reports[0]
    beside = [report for report in reports if report.peer.name == _WIREMOCK]
    if not beside or not ours.lives or not beside[0].lives:
        return {}
    mine, other = ours.created[16].per_second, beside[0].created[16].per_second
    return {
        "creates-16": Figure(mine / other, f"{mine:,.0f} /s, WireMock {other:,.0f} /s"),
        "lives-16": Figure(ours.lives / beside[0].lives, f"{ours.lives:,.0f} /s, WireMock {beside[0].lives:,.0f} /s"),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.peers", description=__doc__.partition("\n")[0])
    parser.add_argument("--scale", type=float, default=1, help="multiplies the number of requests (default: 1)")
    parser.add_argument("--starts", type=int, default=5, help="starts of each server (default: %(default)s)")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/performance.md")
    options = parser.parse_args()
    with TemporaryDirectory() as scratch:
        found = found_peers(Path(scratch))
        if options.write and (len(found) < _PEERS or options.scale != 1):
            parser.error("--write puts a whole run into the page: install all peers, and leave out --scale")
        peers = [*own_servers(), *found]
        reports = compare(peers, options.starts, options.scale)
    made = "\n\n".join([report_table(reports), ratio_table(reports), goal_table(PEER_GOALS, ratios(reports))])
    print(made)
    if options.scale != 1:
        print(f"\nThe number of requests was multiplied by {options.scale}, those that warm a server too.")
    if options.write:
        write_part("peers", made)


if __name__ == "__main__":
    main()
