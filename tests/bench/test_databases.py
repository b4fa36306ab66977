"""The measures of stores with few requests: that they count what they say, not how fast that is."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from bench import databases
from bench.cluster import COUNTING, Cluster
from bench.databases import MEASURES, MEMORY, SQLITE, Run, main, opened, share_load
from bench.footprint import content, footprint, statement_table
from bench.goals import PAGE, with_part
from bench.load import USER, Connection
from bench.postgres import PostgresServer, why_no_postgres
from bench.process import cpu_times, sandbox
from bench.stored import CALLS, Compared, compare, fill, once, reads, stored_table
from bench.throttle import control_group, held

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.databases import Stores

pytestmark = pytest.mark.slow

SHARE = 0.25
TINY = 0.005


@pytest.fixture
def stores() -> Iterator[Stores]:
    with opened([MEMORY, SQLITE], "") as (found, cluster):
        assert cluster is None
        yield found


@pytest.fixture
def busy() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as process:
        yield process
        process.kill()


def rows(text: str) -> list[list[str]]:
    return [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("|")]


def cpu(pid: int) -> float:
    return sum(cpu_times(Path(f"/proc/{pid}")))


def state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]


def test_stores_are_compared_with_the_first_and_with_the_goals(stores: Stores) -> None:
    report = MEASURES["speed"](Run(stores, None, None, TINY))
    speed, goals = report.split("\n\n")
    assert [row[0] for row in rows(speed)[2:]] == [MEMORY, SQLITE]
    assert rows(speed)[2][1].count("(1.00)") == 1
    assert [row[0].partition(":")[0] for row in rows(goals)[2:]] == [SQLITE] * 3


@pytest.mark.parametrize("without_groups", [True, False])
def test_processes_share_a_load_and_each_is_held(stores: Stores, *, without_groups: bool) -> None:
    group = None if without_groups else control_group()
    shared = share_load(Run(stores, None, group, 0.5), stores[MEMORY], 2)
    assert shared.per_second > 0
    assert shared.cpu < 2 * SHARE


def test_how_processes_are_held_is_said(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(databases, "ROUNDS", 1)
    report = MEASURES["processes"](Run(stores, None, None, TINY))
    assert "in turns of 5 ms" in report
    assert [row[0] for row in rows(report)[2:]] == ["memory, each process for itself"]
    assert "(1.00)" in rows(report)[2][1]


@pytest.mark.parametrize("without_groups", [True, False])
def test_a_held_process_has_its_share_and_is_free_afterwards(
    busy: subprocess.Popen[bytes], *, without_groups: bool
) -> None:
    group = control_group()
    if group is None and not without_groups:
        pytest.skip("no control group can be made here")
    with held([busy.pid], SHARE, None if without_groups else group):
        began, used = time.monotonic(), cpu(busy.pid)
        while cpu(busy.pid) - used < 0.3:
            os.sched_yield()
        took = time.monotonic() - began
    assert took > 0.6 * 0.3 / SHARE
    assert state(busy.pid) == "R"
    began, used = time.monotonic(), cpu(busy.pid)
    while cpu(busy.pid) == used:
        os.sched_yield()


def test_processes_that_cannot_run_by_turns_are_refused() -> None:
    with pytest.raises(ValueError, match="5 processes cannot have a share of 0.25"), held([1, 2, 3, 4, 5], SHARE, None):
        pass


def test_every_call_is_made_on_both_accounts(stores: Stores) -> None:
    for new in stores.values():
        with sandbox("--pay-delay", "30d", *new()) as server:
            server.api("accounts", {"user": "large", "secret_key": "sandbox-secret-key"})
            few, many = fill(server, USER, 10, 5), fill(server, "large", 40, 5)
            compared = compare(server, few, many, 2)
        names = [row[0] for row in rows(stored_table("any", few, many, compared))[2:]]
        assert [*reads(few), "create", "empty"] == names[:-2]
        assert all(taken > 0 for row in compared for taken in (*row.few, *row.many))
        assert {len(row.many) for row in compared if row.name in {*reads(few), "create"}} == {2}


def test_the_middle_payment_and_two_seconds_are_found(stores: Stores) -> None:
    with sandbox("--pay-delay", "30d", *stores[MEMORY]()) as server, Connection(server.port) as connection:
        account = fill(server, USER, 40, 5)
        calls = reads(account)
        assert account.order_id == "bench-19"
        assert calls["list two seconds"].total == 10
        for name, call in calls.items():
            assert once(connection, call) > 0, name
            if call.total is not None:
                with pytest.raises(ValueError, match="are counted, and there are"):
                    once(connection, call._replace(total=call.total + 1))
        with pytest.raises(ValueError, match="counted, and there are 41"):
            once(connection, reads(account._replace(payments=41))["count all"])


def test_a_page_shared_by_processes_counts_in_part() -> None:
    with sandbox() as one, sandbox():
        assert 0 < one.proportional_memory() < one.memory()


def test_a_large_account_that_is_slower_misses_the_goal() -> None:
    row = Compared("x", [1, 1, 1], [1.4, 1.4, 1.4])
    assert row.verdict == "≤ 1.30: missed"
    assert row._replace(many=[1.2]).verdict == "≤ 1.30: met"
    assert row._replace(goal=None).verdict == ""
    assert CALLS >= 100


def test_what_a_payment_leaves_behind_is_counted(stores: Stores) -> None:
    url = stores[SQLITE]()[-1]
    added, written = footprint(url, 30)
    kept = content(url)
    assert sum(added.rows.values()) >= 4
    assert sum(added.sizes.values()) > 100
    assert written > 0
    with sa.create_engine(url, poolclass=sa.NullPool).connect() as connection:
        tables = set(sa.inspect(connection).get_table_names())
    assert set(kept.rows) == set(kept.sizes) == tables


def test_statements_are_counted_for_each_payment() -> None:
    made = rows(statement_table({"SELECT 1\n  |": (20, 5.0), "x" * 200: (30, 5.0)}, 10))
    assert made[2] == [f"`{'x' * 100}…`", "3.00", "500 µs"]
    assert made[3] == ["`SELECT 1 \\|`", "2.00", "500 µs"]
    assert made[4] == ["all", "5.00", "1000 µs"]


def test_a_temporary_server_syncs_commits_and_its_databases_are_dropped() -> None:
    if reason := why_no_postgres():
        pytest.skip(reason)
    with PostgresServer(durable=True, **COUNTING) as server:
        url = server.url("postgres")
        with Cluster(url) as cluster:
            assert "this machine: fsync on, synchronous_commit on" in cluster.settings()
            used, made = cluster.cpu_seconds(), cluster.new_database()
            assert made != cluster.new_database()
            assert cluster.count_statements(made)
            engine = sa.create_engine(made, poolclass=sa.NullPool)
            with engine.begin() as connection:
                connection.exec_driver_sql("CREATE TABLE counted AS SELECT generate_series(1, 300000) AS number")
            assert content(made).rows == {"counted": 300_000}
            assert content(made).sizes["counted"] > 300_000
            before = content(made).counters["transactions"]
            for _ in range(50):
                with engine.begin() as connection:
                    connection.exec_driver_sql("SELECT 1")
            assert content(made).counters["transactions"] >= before + 50
            [calls] = [calls for text, (calls, _) in cluster.statements(made).items() if "AS SELECT" in text]
            assert calls == 1
            assert cluster.cpu_seconds() > used
        with sa.create_engine(url, poolclass=sa.NullPool).connect() as connection:
            names = set(connection.scalars(sa.text("SELECT datname FROM pg_database")))
    assert names == {"postgres", "template0", "template1"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nothing"], "unknown measure 'nothing'"),
        (["speed", "--write", "--scale", "2"], "whole measures"),
        (["speed", "--write", "--store", "memory"], "whole measures"),
        (["speed", "--write"], "PostgreSQL is left out"),
    ],
)
def test_a_wrong_command_line_is_refused_before_anything_is_measured(
    arguments: list[str], message: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["bench.databases", *arguments])
    monkeypatch.setattr(databases, "MEASURES", {"speed": lambda _: "measured"})
    monkeypatch.setattr(databases, "write_part", lambda *_: None)
    monkeypatch.setattr(databases, "why_no_postgres", lambda: "needs an elephant")
    with pytest.raises(SystemExit):
        main()
    assert message in capsys.readouterr().err


def test_without_postgresql_the_other_stores_are_measured(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["bench.databases", "speed"])
    monkeypatch.setattr(databases, "MEASURES", {"speed": lambda run: ", ".join(run.stores)})
    monkeypatch.setattr(databases, "why_no_postgres", lambda: "needs an elephant")
    main()
    printed = capsys.readouterr()
    assert printed.out.split("\n")[0] == "memory, SQLite"
    assert printed.err.startswith("PostgreSQL is left out: it needs an elephant. ")


@pytest.mark.parametrize("name", MEASURES)
def test_the_page_has_a_part_for_each_measure(name: str) -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert "\nmade\n" in with_part(text, name, "made")
    assert text.partition(f"<!-- {name}: ")[2].splitlines()[2].startswith("Measured on ")
    assert f"<!-- {name}: measured by `python -m bench.databases {name} --write` -->" in text
