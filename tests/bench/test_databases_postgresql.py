"""The measures of stores on PostgreSQL, with few requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bench import databases
from bench.cluster import Cluster
from bench.databases import MEASURES, MEMORY, POSTGRESQL, Run
from bench.footprint import footprint
from tests.bench.test_databases import TINY, rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.postgres import PostgresServer

pytestmark = pytest.mark.slow


@pytest.fixture
def run(postgres: PostgresServer) -> Iterator[Run]:
    with Cluster(postgres.url("postgres")) as cluster:
        stores = {MEMORY: lambda: (), POSTGRESQL: lambda: ("--database", cluster.new_database())}
        yield Run(stores, cluster, None, TINY, payments=60)


def test_the_database_servers_processor_time_is_counted(run: Run) -> None:
    speed, goals = MEASURES["speed"](run).split("\n\n")
    assert [row[0] for row in rows(speed)[2:]] == [MEMORY, POSTGRESQL]
    assert [row[0].partition(":")[0] for row in rows(goals)[2:]] == [POSTGRESQL] * 2
    assert run.database_cpu(POSTGRESQL) > 0


def test_processes_share_one_database(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(databases, "ROUNDS", 1)
    shared, goals = MEASURES["processes"](run).split("\n\n")[1:]
    assert [row[0] for row in rows(shared)[2:]] == ["memory, each process for itself", "PostgreSQL, one database"]
    assert [row[0] for row in rows(goals)[2:]] == ["PostgreSQL: two processes", "PostgreSQL: four processes"]


def test_calls_are_compared_on_a_small_and_a_large_account(run: Run) -> None:
    report = MEASURES["stored"](run._replace(stores={POSTGRESQL: run.stores[POSTGRESQL]}))
    assert rows(report)[0][:3] == ["PostgreSQL: call", "16 stored (p50, p99)", "60 stored"]


def test_rows_bytes_transactions_and_statements_of_a_payment_are_counted(run: Run) -> None:
    added, _ = footprint(run.stores[POSTGRESQL]()[-1], 30)
    assert sum(added.rows.values()) >= 4
    assert sum(added.sizes.values()) > 0
    assert added.counters["transactions"] > 0
    assert added.counters["bytes of the write-ahead log"] > 100
    assert "For each payment: " in MEASURES["footprint"](run)
