"""What `python -m bench` measures, each on a sandbox of its own: figures by the names of their goals."""

from __future__ import annotations

import hashlib
import threading
import time
from datetime import datetime
from statistics import mean, median
from typing import TYPE_CHECKING, NamedTuple, TypeVar
from urllib.parse import quote

from bench import peer_servers
from bench.goals import Figure
from bench.load import (
    REFUSED,
    SECRET_KEY,
    USER,
    Connection,
    Metrics,
    Stream,
    as_http,
    creation,
    expect,
    hmac_sha256,
    pay_once,
    payment_data,
    percentile,
    put_load,
    put_paced_load,
    requests,
)
from bench.merchant import Merchant
from bench.process import Server, accepted_notifications, sandbox, wait_until_quiet

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bench.load import Signing

    Measure = Callable[[float], dict[str, Figure]]

_UNPAID = ("--pay-delay", "1h")  # so that creating is measured and not delivering
_AT_ONCE = ("--pay-delay", "1ms")
ROUNDS = 3
_STARTS, _STOPS = 11, 7
_DUE_AFTER_MS = 30
_KIB = 1024
_WRONG_CONNECTIONS = 120  # more than the sandbox lets wait, so that none of them waits for a connection instead


class Lives(NamedTuple):
    """Whole lives: how they were created, how many a second reached the merchant, and had its `ok` stored.

    `cpu` is the sandbox's CPU time for one, in microseconds.
    """

    created: Metrics
    notified_per_second: float
    per_second: float
    cpu: float


class Load(NamedTuple):
    """The metrics of a load, and the server's CPU time for a request in microseconds."""

    metrics: Metrics
    cpu: float

    @property
    def per_second(self) -> float:
        return self.metrics.per_second

    @property
    def seen(self) -> str:
        return f"{self.metrics.latencies}, CPU {self.cpu:.0f} µs"


Round = TypeVar("Round", "Load", "Lives")


def middle(rounds: list[Round]) -> Round:
    """The round of middling speed."""
    return sorted(rounds, key=lambda each: each.per_second)[len(rounds) // 2]


def put_load_and_count(server: Server, wire: list[bytes], connections: int) -> Load:
    """A load whose CPU time is counted."""
    before = server.cpu_seconds()
    metrics = put_load(server.port, wire, connections)
    return Load(metrics, (server.cpu_seconds() - before) / len(wire) * 1e6)


def creates(scale: float = 1) -> dict[str, Figure]:
    """Payments created a second, over 16 connections and over one."""
    figures = {}
    for connections, number in ((16, int(15_000 * scale)), (1, int(7_500 * scale))):
        with sandbox(*_UNPAID) as server:
            put_load(server.port, requests(1, number // 5), connections)
            wires = [requests(number * turn, number) for turn in range(1, ROUNDS + 1)]
            load = middle([put_load_and_count(server, wire, connections) for wire in wires])
        figures[f"creates-{connections}"] = Figure(load.per_second, load.seen)
    return figures


def stored(scale: float = 1) -> dict[str, Figure]:
    """The latency of creating once many payments are stored."""
    many, number = int(200_000 * scale), int(40_000 * scale)
    with sandbox(*_UNPAID) as server:
        for first in range(1, many, 20_000):
            put_load(server.port, requests(first, min(20_000, many - first + 1)), 16)
        metrics = put_load(server.port, requests(many + 1, number), 16)
    return {"stored": Figure(metrics.p99, f"p50 {metrics.p50:.2f} ms, {metrics.per_second:,.0f} /s")}


def live(server: Server, merchant: Merchant, first: int, number: int, connections: int) -> Lives:
    """Create payments and wait until the merchant has been notified of each and all its `ok`s are stored.

    Raises:
        ValueError: an order was not notified, or an acknowledgement is not stored.
    """
    wait_until_quiet(server)  # which imports what the API needs, before the time starts
    merchant.forget()
    before = accepted_notifications(server)
    wire = requests(first, number, merchant.notify_url)
    cpu, began = server.cpu_seconds(), time.time()
    created = put_load(server.port, wire, connections)
    last = merchant.wait_for(number)
    wait_until_quiet(server)
    ended, used = time.time(), server.cpu_seconds() - cpu
    require_all(number, len(merchant.orders()), accepted_notifications(server) - before)
    return Lives(created, number / (last - began), number / (ended - began), used / number * 1e6)


def require_all(payments: int, notified: int, accepted: int) -> None:
    """Require every payment to be notified and acknowledged.

    Raises:
        ValueError: some are not.
    """
    if (notified, accepted) != (payments, payments):
        raise ValueError(
            f"of {payments} payments, {notified} were notified, and {accepted} acknowledgements are stored"
        )


def lives(scale: float = 1) -> dict[str, Figure]:
    """Whole lives a second over 16 connections; and over one, how long creating takes while others are notified."""
    figures = {}
    with Merchant() as merchant:
        for connections, number in ((16, int(8_000 * scale)), (1, int(2_000 * scale))):
            with sandbox(*_AT_ONCE) as server:
                live(server, merchant, 1, number // 5, connections)
                turns = [live(server, merchant, number * turn, number, connections) for turn in range(1, ROUNDS + 1)]
            figures[connections] = middle(turns)
    many, few = figures[16], figures[1]
    beside = f"p99 {few.created.p99:.1f} ms; 1 connection without a pause, {few.per_second:,.0f} lives/s"
    return {
        "lives-16": Figure(many.per_second, f"creating: {many.created.latencies}; CPU {many.cpu:.0f} µs"),
        "lives-1": Figure(few.created.p50, beside),
    }


def due(scale: float = 1) -> dict[str, Figure]:
    """The time from the instant at which a payment is due to be paid to its notification at the merchant's socket."""
    number = max(3, int(200 * scale))
    with Merchant() as merchant, sandbox("--pay-delay", f"{_DUE_AFTER_MS}ms") as server:
        for done, request in enumerate(requests(1, number, merchant.notify_url), start=1):
            pay_once(server.port, request)
            merchant.wait_for(done)
        arrived = merchant.orders()
        payments = server.api(f"accounts/{USER}/payments?limit=1000")["items"]
    # The sandbox's instants are whole milliseconds, so a payment is due exactly at its creation plus the delay.
    due_at = {
        payment["order_id"]: datetime.fromisoformat(payment["created_at"]).timestamp() + _DUE_AFTER_MS / 1000
        for payment in payments
        if payment["order_id"] in arrived
    }
    lateness = sorted((arrived[order] - due_at[order]) * 1000 for order in arrived)
    seen = f"p99 {percentile(lateness, 99):.2f} ms, shortest {lateness[0]:.2f} ms, longest {lateness[-1]:.2f} ms"
    return {"due": Figure(percentile(lateness, 50), seen)}


def drain(scale: float = 1) -> dict[str, Figure]:
    """The time to deliver many notifications by advancing the clock; two payments fall due at each instant."""
    many = int(10_000 * scale) // 2 * 2
    with Merchant() as merchant, sandbox(*_UNPAID) as server:
        server.api("accounts", {"user": "drained", "secret_key": SECRET_KEY, "clock": {"kind": "frozen"}})
        advance = as_http(b'{"by":"1ms"}', "/_sandbox/api/accounts/drained/clock/advance")
        with Connection(server.port) as paying, Connection(server.port) as moving:
            for number in range(many):
                data = payment_data(f"drained-{number}", merchant.notify_url)
                expect(paying.ask(as_http(creation(data, user="drained"))))
                if number % 2:
                    expect(moving.ask(advance), b'"events":0')
        cpu, began = server.cpu_seconds(), time.perf_counter()
        moved = server.api("accounts/drained/clock/advance", {"by": "2h"})
        took, used = time.perf_counter() - began, server.cpu_seconds() - cpu
        orders, accepted = len(merchant.orders()), accepted_notifications(server)
    require_all(many, orders, accepted)
    return {"drain": Figure(took, f"{many / took:,.0f} /s, {moved['events']:,} events, CPU {used / many * 1e6:.0f} µs")}


def start(scale: float = 1) -> dict[str, Figure]:
    """The start to the first accepted payment, in turns with pytest-httpserver's start to its first response."""
    peer = peer_servers.httpserver()
    if peer is None:
        return {}
    ours, theirs = Starts(), Starts()
    for _ in range(max(1, int(_STARTS * scale))):
        with sandbox(*_UNPAID) as server:
            ours.add(server)
        with peer.start() as server:
            theirs.add(server)
    return {"start": Figure(ours.median / theirs.median, f"{ours.seen}; {peer.name} {peer.version} {theirs.seen}")}


class Starts:
    """The starts of a server."""

    def __init__(self) -> None:
        self._taken: list[float] = []
        self._cpu: list[float] = []

    def add(self, server: Server) -> None:
        self._taken.append(server.start_ms)
        self._cpu.append(server.cpu_seconds() * 1000)

    @property
    def median(self) -> float:
        return median(self._taken)

    @property
    def seen(self) -> str:
        return f"{self.median:.0f} ms, CPU {mean(self._cpu):.0f} ms"


def _plain_digest(name: str) -> Signing:
    def signing(parameters: Mapping[str, object]) -> str:
        text = "&".join(f"{key}={parameters[key]}" for key in sorted(parameters))
        return hashlib.new(name, f"{text}&key={SECRET_KEY}".encode()).hexdigest()

    return signing


_ENVELOPE = {"user", "method", "time"}
WRONG_SIGNINGS: tuple[Signing, ...] = (
    lambda parameters: hmac_sha256(parameters, "another-secret-key"),
    lambda parameters: hmac_sha256({**parameters, "amount": "2"}),  # the body was changed after signing
    lambda parameters: hmac_sha256({key: quote(str(value), safe="") for key, value in parameters.items()}),
    lambda parameters: hmac_sha256({key: value for key, value in parameters.items() if key != "notify_url"}),
    lambda parameters: hmac_sha256({key: value for key, value in parameters.items() if key not in _ENVELOPE}),
    lambda parameters: hmac_sha256({**parameters, "amount": "1.00"}),
    _plain_digest("md5"),
    _plain_digest("sha256"),
)
"""How a merchant signs by mistake: some the sandbox can name, and others for which it searches to the end."""


def explain(scale: float = 1) -> dict[str, Figure]:
    """The latency of creating 500 payments a second, without and with 50 wrong signatures a second to explain."""
    seconds = 10 * scale
    accepted, wrong = max(10, int(500 * seconds)), max(len(WRONG_SIGNINGS), int(50 * seconds))
    with sandbox(*_UNPAID) as server:
        refused = [
            as_http(creation(payment_data(f"wrong-{number}"), signed_with=WRONG_SIGNINGS[number % len(WRONG_SIGNINGS)]))
            for number in range(wrong)
        ]
        put_paced_load(server.port, [Stream(refused[: len(WRONG_SIGNINGS)], 50, 8, REFUSED)])  # imports the search
        [alone] = put_paced_load(server.port, [Stream(requests(1, accepted), 500, 8)])
        wrongs = Stream(refused, 50, _WRONG_CONNECTIONS, REFUSED)
        beside, answered = put_paced_load(server.port, [Stream(requests(accepted, accepted), 500, 8), wrongs])
    reasons = [head.partition(b"x-sandbox-reason: ")[2] for head in wrongs.heads]
    explained = [reason for reason in reasons if reason and b"was not explained" not in reason]
    named = [reason for reason in explained if not reason.startswith(b"no known mistake")]
    seen = (
        f"p50 {beside.p50:.2f} ms; without wrong signatures: {alone.latencies}; "
        f"{len(explained)} of {wrong} explained, {len(named)} with a known mistake, p50 {answered.p50:.0f} ms"
    )
    return {"explain": Figure(beside.p99, seen)}


def memory(scale: float = 1) -> dict[str, Figure]:
    """The memory of an idle sandbox, and what it grows by with each paid and notified payment."""
    warm, many = int(5_000 * scale), int(30_000 * scale)
    with Merchant() as merchant, sandbox(*_AT_ONCE) as server:
        idle = server.memory()
        live(server, merchant, 1, warm, 16)  # fills the journal, which is bounded
        before = server.memory()
        live(server, merchant, warm + 1, many, 16)
        after = server.memory()
    return {
        "idle": Figure(idle / _KIB, "after one payment"),
        "payment": Figure(
            (after - before) / many, f"{before / _KIB:.0f} MiB, and {after / _KIB:.0f} after {many:,} more"
        ),
    }


def stop(scale: float = 1) -> dict[str, Figure]:
    """The time from SIGTERM to the end of the process: idle, and in the middle of whole lives."""
    times = max(1, int(_STOPS * scale))
    idle, busy = [], []
    with Merchant() as merchant:
        wire = requests(1, max(2_000, int(20_000 * scale)), merchant.notify_url)
        for _ in range(times):
            idle.append(sandbox(*_AT_ONCE).stop())
            busy.append(stop_under_load(sandbox(*_AT_ONCE), wire, after=max(20, int(1_000 * scale))))
    return {
        "stop-idle": Figure(median(idle), f"longest of {times}: {max(idle):.1f} ms"),
        "stop-load": Figure(median(busy), f"longest of {times}: {max(busy):.1f} ms"),
    }


def stop_under_load(server: Server, wire: list[bytes], after: int) -> float:
    """Milliseconds of a stop that begins after some responses, while 16 connections go on.

    Raises:
        ValueError: the server answered everything before it ended.
    """
    taken: list[float] = []
    stopping = threading.Thread(target=lambda: taken.append(server.stop()))

    def begin(answered: int) -> None:
        if answered == after:
            stopping.start()

    with server:
        try:
            put_load(server.port, wire, 16, begin)
        except OSError:
            stopping.join()
            return taken[0]
        stopping.join()
    raise ValueError("the load ended before the server did: it was too small")


MEASURES: Mapping[str, Measure] = {
    "creates": creates,
    "stored": stored,
    "lives": lives,
    "due": due,
    "drain": drain,
    "start": start,
    "explain": explain,
    "memory": memory,
    "stop": stop,
}
