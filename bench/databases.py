"""`python -m bench.databases`: the store in memory, in SQLite and in PostgreSQL, in turns, in one run."""

from __future__ import annotations

import argparse
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple
from urllib.error import HTTPError

from bench.cluster import COUNTING, Cluster
from bench.footprint import footprint_report
from bench.goals import Figure, Goal, goal_table, table, write_part
from bench.load import SECRET_KEY, USER, put_load, requests
from bench.measures import ROUNDS, Lives, Load, live, middle
from bench.merchant import Merchant
from bench.postgres import PostgresServer, why_no_postgres
from bench.process import sandbox
from bench.stored import CALLS, FEW, MANY, stored_report
from bench.throttle import control_group, held

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from bench.process import Server
    from bench.throttle import ControlGroup

    Options = tuple[str, ...]
    Stores = Mapping[str, Callable[[], Options]]

MEMORY, SQLITE, POSTGRESQL = "memory", "SQLite", "PostgreSQL"
_KIB = 1024
_ACCOUNTS = [f"bench-{number}" for number in range(8)]
_SHARE = 0.25
_PROCESSES = (1, 2, 4)
_EACH_ITS_OWN = "memory, each process for itself"

GOALS: Mapping[str, Goal] = {
    "SQLite-creates": Goal("SQLite: payments created, 16 connections", 5_000, "/s"),
    "SQLite-p99": Goal("SQLite: p99 of creating, 16 connections", 15, "ms", at_most=True),
    "SQLite-lives": Goal("SQLite: whole lives, 16 connections", 1_500, "/s"),
    "PostgreSQL-creates": Goal("PostgreSQL: payments created, 16 connections", 2_000, "/s"),
    "PostgreSQL-p99": Goal("PostgreSQL: p99 of creating, 16 connections", 30, "ms", at_most=True),
    "processes-2": Goal("PostgreSQL: two processes", 1.7, "times one"),
    "processes-4": Goal("PostgreSQL: four processes", 3, "times one"),
}


class Run(NamedTuple):
    """What is measured: the stores by name, each a function to the options for a new, empty one."""

    stores: Stores
    cluster: Cluster | None
    group: ControlGroup | None
    scale: float = 1
    payments: int = MANY

    def number(self, whole: int) -> int:
        return max(16, int(whole * self.scale))

    def database_cpu(self, store: str) -> float:
        """CPU seconds of the database's own processes; SQLite has none."""
        return self.cluster.cpu_seconds() if store == POSTGRESQL and self.cluster is not None else 0


class Speed(NamedTuple):
    """Creating over 16 connections, the same over 8 accounts, and over one connection; whole lives; MiB afterwards.

    A load's CPU time is the sandbox's; that of the database's processes stands beside it, in microseconds.
    """

    many: Load
    accounts: Load
    one: Load
    database_cpu: float
    lives: Lives
    resident: float
    proportional: float


def open_accounts(server: Server) -> None:
    """Create the accounts of the measures, unless the database has them."""
    for user in _ACCOUNTS:
        try:
            server.api("accounts", {"user": user, "secret_key": SECRET_KEY})
        except HTTPError as error:
            with error:
                if error.code != 409:  # noqa: PLR2004 - another process has created it
                    raise


def speeds(run: Run) -> dict[str, Speed]:
    """How fast payments are created with each of the stores, and what that costs."""
    lived = _all_lives(run)
    loads: dict[tuple[str, str], list[tuple[Load, float]]] = {}
    plan = {"many": (run.number(8_000), 16, [USER]), "accounts": (run.number(8_000), 16, _ACCOUNTS),
            "one": (run.number(2_000), 1, [USER])}  # fmt: skip
    with ExitStack() as stack:
        running = {name: stack.enter_context(sandbox("--pay-delay", "1h", *new())) for name, new in run.stores.items()}
        for server in running.values():
            open_accounts(server)
            put_load(server.port, requests(1, run.number(2_000), users=_ACCOUNTS), 16)
        for kind, (number, connections, users) in plan.items():
            for turn in range(1, ROUNDS + 1):
                for name, server in running.items():
                    wire = requests(turn * 10**6, number, users=users)
                    loads.setdefault((name, kind), []).append(_load(run, name, server, wire, connections))
        return {
            name: Speed(
                **{kind: middle([load for load, _ in loads[name, kind]]) for kind in plan},
                database_cpu=median(cpu for _, cpu in loads[name, "many"]),
                lives=lived[name],
                resident=server.memory() / _KIB,
                proportional=server.proportional_memory() / _KIB,
            )
            for name, server in running.items()
        }


def _load(run: Run, store: str, server: Server, wire: list[bytes], connections: int) -> tuple[Load, float]:
    own, database = server.cpu_seconds(), run.database_cpu(store)
    metrics = put_load(server.port, wire, connections)
    per_request = 1e6 / len(wire)
    used = (run.database_cpu(store) - database) * per_request
    return Load(metrics, (server.cpu_seconds() - own) * per_request), used


def _all_lives(run: Run) -> dict[str, Lives]:
    number = run.number(4_000)
    seen: dict[str, list[Lives]] = {name: [] for name in run.stores}
    with Merchant() as merchant, ExitStack() as stack:
        running = {name: stack.enter_context(sandbox("--pay-delay", "1ms", *new())) for name, new in run.stores.items()}
        for server in running.values():
            live(server, merchant, 1, max(16, number // 5), 16)
        for turn in range(1, ROUNDS + 1):
            for name, server in running.items():
                seen[name].append(live(server, merchant, turn * 10**6, number, 16))
    return {name: middle(rounds) for name, rounds in seen.items()}


def speed_table(found: Mapping[str, Speed]) -> str:
    """The speeds in Markdown, beside those of the first store."""
    first = next(iter(found.values()))

    def cell(load: Load, beside: Load) -> str:
        ratio, metrics = load.per_second / beside.per_second, load.metrics
        return f"{load.per_second:,.0f} ({ratio:.2f}); {metrics.p50:.2f}, {metrics.p99:.1f} ms"

    rows = [
        (
            name,
            cell(speed.many, first.many),
            cell(speed.accounts, first.accounts),
            cell(speed.one, first.one),
            f"{speed.lives.per_second:,.0f} ({speed.lives.per_second / first.lives.per_second:.2f})",
            f"{speed.many.cpu:.0f} µs, {speed.database_cpu:.0f} µs",
            f"{speed.lives.cpu:.0f} µs",
            f"{speed.resident:.0f}, {speed.proportional:.0f} MiB",
        )
        for name, speed in found.items()
    ]
    head = ("store", "creates/s, 16 connections (ratio); p50, p99", "the same over 8 accounts", "1 connection",
            "lives/s, 16 connections (ratio)", "CPU for a create: sandbox, database server", "CPU for a life: sandbox",
            "memory afterwards: RSS, PSS")  # fmt: skip
    return table(head, rows)


def speed_report(run: Run) -> str:
    """Creating and whole lives with each of the stores, beside the goals."""
    found = speeds(run)
    figures = {}
    for name, speed in found.items():
        figures[f"{name}-creates"] = Figure(speed.many.per_second, speed.many.seen)
        figures[f"{name}-p99"] = Figure(speed.many.metrics.p99)
        figures[f"{name}-lives"] = Figure(speed.lives.per_second, f"creating: {speed.lives.created.latencies}")
    return f"{speed_table(found)}\n\n{goal_table(GOALS, figures)}"


class Shared(NamedTuple):
    """Creates a second of some processes together, and the CPU time that each had, as a share of one core's."""

    per_second: float
    cpu: float


def share_load(run: Run, new: Callable[[], Options], processes: int) -> Shared:
    """What some processes on one store do, each held to a share of one core, over 8 accounts and 16 connections each.

    The stores of processes in memory are not one, but each has all accounts.
    """
    options = new()
    with ExitStack() as stack:
        servers = [stack.enter_context(sandbox("--pay-delay", "1h", *options)) for _ in range(processes)]
        for server in servers:
            open_accounts(server)
        ports = [server.port for server in servers]
        put_load(ports, requests(1, run.number(500) * processes, users=_ACCOUNTS), 16 * processes)
        wire = requests(10**6, run.number(2_000) * processes, users=_ACCOUNTS)
        with held([server.process.pid for server in servers], _SHARE, run.group):
            before = sum(server.cpu_seconds() for server in servers)
            metrics = put_load(ports, wire, 16 * processes)
            used = sum(server.cpu_seconds() for server in servers) - before
    return Shared(metrics.per_second, used / processes / (len(wire) / metrics.per_second))


def shared_speeds(run: Run) -> dict[str, dict[int, Shared]]:
    """The middle ones of several rounds, by store and number of processes."""
    names = {MEMORY: _EACH_ITS_OWN, POSTGRESQL: "PostgreSQL, one database"}
    rounds: dict[str, dict[int, list[Shared]]] = {}
    for _ in range(ROUNDS):
        for store, name in names.items():
            for processes in _PROCESSES if store in run.stores else ():
                seen = rounds.setdefault(name, {}).setdefault(processes, [])
                seen.append(share_load(run, run.stores[store], processes))
    return {
        name: {processes: sorted(seen)[len(seen) // 2] for processes, seen in each.items()}
        for name, each in rounds.items()
    }


def processes_report(run: Run) -> str:
    """Several processes, each held to a quarter of a core."""
    found = shared_speeds(run)
    rows = [
        (name, *(_shared_text(each[processes], each[_PROCESSES[0]]) for processes in _PROCESSES))
        for name, each in found.items()
    ]
    head = ("creates/s, 16 connections for each process, 8 accounts (ratio); CPU of each process",
            *(f"{processes} at ¼ core" for processes in _PROCESSES))  # fmt: skip
    figures = {
        f"processes-{processes}": Figure(each[processes].per_second / each[_PROCESSES[0]].per_second)
        for name, each in found.items()
        for processes in _PROCESSES[1:]
        if name != _EACH_ITS_OWN
    }
    how = "by stopping all but one of them in turns of 5 ms" if run.group is None else f"with {run.group.text}"
    text = f"Each process is held to a quarter of a core {how}; the database server and the load are not."
    return f"{text}\n\n{table(head, rows)}" + (f"\n\n{goal_table(GOALS, figures)}" if figures else "")


def _shared_text(shared: Shared, first: Shared) -> str:
    return f"{shared.per_second:,.0f} ({shared.per_second / first.per_second:.2f}); {shared.cpu:.2f}"


MEASURES: Mapping[str, Callable[[Run], str]] = {
    "speed": speed_report,
    "processes": processes_report,
    "stored": lambda run: stored_report(run.stores, run.number(FEW), run.payments, run.number(CALLS)),
    "footprint": lambda run: footprint_report(
        {name: new for name, new in run.stores.items() if name != MEMORY}, run.cluster, run.number(3_000)
    ),
}


def missing_postgres() -> str:
    """Why PostgreSQL is not measured, and what to do."""
    return (
        f"PostgreSQL is left out: it {why_no_postgres()}. Install that, or name a server with "
        "--postgresql postgresql+psycopg://user:password@host/postgres."
    )


@contextmanager
def opened(names: Sequence[str], url: str) -> Iterator[tuple[dict[str, Callable[[], Options]], Cluster | None]]:
    """The named stores as far as their programs are installed, and the PostgreSQL server of one of them."""
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(TemporaryDirectory()))
        stores: dict[str, Callable[[], Options]] = {}
        cluster = None
        if MEMORY in names:
            stores[MEMORY] = lambda: ()
        if SQLITE in names:
            files = (scratch / f"{number}.db" for number in range(10**6))
            stores[SQLITE] = lambda: ("--database", f"sqlite:///{next(files)}")
        if POSTGRESQL in names:
            if not url and not why_no_postgres():
                url = stack.enter_context(PostgresServer(durable=True, **COUNTING)).url("postgres")
            if url:
                started = cluster = stack.enter_context(Cluster(url))
                stores[POSTGRESQL] = lambda: ("--database", started.new_database())
            else:
                print(missing_postgres(), file=sys.stderr)
        yield stores, cluster


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.databases", description=__doc__)
    parser.add_argument("measures", nargs="*", metavar="MEASURE", help=f"of {', '.join(MEASURES)} (default: all)")
    parser.add_argument("--store", action="append", choices=(MEMORY, SQLITE, POSTGRESQL), help="only this; repeatable")
    parser.add_argument("--postgresql", metavar="URL", default="", help="a server (default: a temporary one)")
    parser.add_argument("--scale", type=float, default=1, help="multiplies the number of requests (default: 1)")
    parser.add_argument(
        "--payments", type=int, default=MANY, help="payments of the large account (default: %(default)s)"
    )
    parser.add_argument("--by-turns", action="store_true", help="hold processes to a share without control groups")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/performance.md")
    options = parser.parse_args()
    if unknown := sorted(set(options.measures) - set(MEASURES)):
        parser.error(f"unknown measure {unknown[0]!r}; choose from {', '.join(MEASURES)}")
    if options.write and (options.store or options.scale != 1):
        parser.error("--write puts whole measures into the page: leave out --store and --scale")
    with opened(options.store or (MEMORY, SQLITE, POSTGRESQL), options.postgresql) as (stores, cluster):
        if options.write and cluster is None:
            parser.error(f"--write puts whole measures into the page. {missing_postgres()}")
        group = None if options.by_turns else control_group()
        run = Run(stores, cluster, group, options.scale, options.payments)
        for name in options.measures or MEASURES:
            print(f"measuring {name}", file=sys.stderr)
            made = MEASURES[name](run)
            if cluster is not None:
                made = f"{cluster.settings()}\n\n{made}"
            print(made, end="\n\n", flush=True)
            if options.write:
                write_part(name, made)


if __name__ == "__main__":
    main()
