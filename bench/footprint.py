"""What whole lives leave in a database, and what they ask of it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa

from bench.goals import number_text, table
from bench.measures import live
from bench.merchant import Merchant
from bench.process import sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bench.cluster import Cluster

_STATEMENTS = 12
_LONGEST_TEXT = 100
_TABLES = {
    "sqlite": (
        "SELECT schema.tbl_name, sum(stat.pgsize) FROM dbstat AS stat JOIN sqlite_master AS schema "
        "ON schema.name = stat.name WHERE schema.tbl_name NOT LIKE 'sqlite_%' GROUP BY schema.tbl_name"
    ),
    "postgresql": "SELECT relname, pg_total_relation_size(relid) FROM pg_stat_user_tables",
}
_OTHERS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid != pg_backend_pid()"
_COUNTERS = {
    "transactions": "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()",
    "bytes of the write-ahead log": "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')",
    "syncs of the write-ahead log": "SELECT (to_jsonb(wal) ->> 'wal_sync')::bigint FROM pg_stat_wal AS wal",
}


class Content(NamedTuple):
    """The rows and bytes of each table with its indexes, and what the server counts, by name."""

    rows: dict[str, int]
    sizes: dict[str, int]
    counters: dict[str, float]


def content(url: str) -> Content:
    """What a database holds once no sandbox uses it: PostgreSQL counts for certain only when a connection has ended."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    while engine.dialect.name == "postgresql" and _others(engine):
        time.sleep(0.01)
    with engine.connect() as connection:
        sizes = {name: int(size) for name, size in connection.exec_driver_sql(_TABLES[engine.dialect.name])}
        rows = {name: connection.scalar(sa.select(sa.func.count()).select_from(sa.table(name))) or 0 for name in sizes}
        counters = {}
        for name, query in _COUNTERS.items() if engine.dialect.name == "postgresql" else ():
            value = connection.exec_driver_sql(query).scalar_one()
            if value is not None:
                counters[name] = float(value)
    return Content(rows, sizes, counters)


def _others(engine: sa.Engine) -> bool:
    with engine.connect() as connection:
        return bool(connection.exec_driver_sql(_OTHERS).scalar_one())


def live_in(url: str, lives: int) -> float:
    """Let a sandbox on a database have some whole lives and end; gives the bytes that it has written to disks."""
    with Merchant() as merchant, sandbox("--pay-delay", "1ms", "--database", url) as server:
        before = server.written_bytes()
        live(server, merchant, 1, lives, 16)
        return server.written_bytes() - before


def footprint(url: str, lives: int) -> tuple[Content, float]:
    """What a whole life adds to a database that has seen some, and the bytes that the sandbox writes to disks for it.

    The journal, which is bounded, is full before that.
    """
    live_in(url, lives)
    before = content(url)
    written = live_in(url, lives)
    after = content(url)
    payments = lives + 1  # each start is followed by one

    def each(old: Mapping[str, float], new: Mapping[str, float]) -> dict[str, float]:
        return {name: (new[name] - old.get(name, 0)) / payments for name in new}

    added = Content(*(each(old, new) for old, new in zip(before, after, strict=True)))  # type: ignore[arg-type]
    return added, written / payments


def footprint_report(stores: Mapping[str, Callable[[], tuple[str, ...]]], cluster: Cluster | None, lives: int) -> str:
    """Rows and bytes that a whole life adds, by table; and for PostgreSQL the statements that it takes."""
    parts = []
    for name, new in stores.items():
        url = new()[-1]
        counts = cluster is not None and not url.startswith("sqlite") and cluster.count_statements(url)
        added, written = footprint(url, lives)
        rows = [(each, number_text(added.rows[each]), f"{size:,.0f}") for each, size in sorted(added.sizes.items())]
        rows.append(("all", number_text(sum(added.rows.values())), f"{sum(added.sizes.values()):,.0f}"))
        seen = {**added.counters, "bytes that the sandbox has written to disks": written}
        said = ", ".join(f"{number_text(round(value, 2))} {what}" for what, value in seen.items())
        parts += [table((f"{name}: table", "rows", "bytes with indexes"), rows), f"For each payment: {said}."]
        if counts and cluster is not None:
            parts.append(statement_table(cluster.statements(url), 2 * lives + 2))
    text = f"What a payment that is created, paid and notified adds, over {lives:,} of them."
    return "\n\n".join([text, *parts])


def statement_table(statements: Mapping[str, tuple[int, float]], payments: int) -> str:
    """The statements that are run most often, for each payment."""
    most = sorted(statements.items(), key=lambda each: -each[1][0])[:_STATEMENTS]
    rows = [
        (_line(query), f"{calls / payments:.2f}", f"{took / payments * 1000:.0f} µs") for query, (calls, took) in most
    ]
    calls, took = (sum(each[place] for each in statements.values()) for place in (0, 1))
    rows.append(("all", f"{calls / payments:.2f}", f"{took / payments * 1000:.0f} µs"))
    return table(("statement", "for each payment", "time for each payment"), rows)


def _line(query: str) -> str:
    text = " ".join(query.split()).replace("|", "\\|")
    return f"`{text if len(text) <= _LONGEST_TEXT else text[:_LONGEST_TEXT] + '…'}`"
