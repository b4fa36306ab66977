"""Sandboxes on one PostgreSQL, killed amid payments, and the database server too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bench.durability.run import Plan, run
from bench.postgres import PgBouncer, PostgresServer, why_no_pgbouncer, why_no_postgres
from mockserver.identity import new_seed

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow


def test_sandboxes_that_are_killed_lose_nothing_and_do_nothing_twice(postgres_database: str, tmp_path: Path) -> None:
    report = run(Plan(postgres_database, new_seed(), kills=4, requests=300, processes=4), tmp_path)
    assert not report.violations, str(report)
    assert len(report.interruptions) == 4


def test_a_sandbox_whose_workers_are_killed_loses_nothing(postgres_database: str, tmp_path: Path) -> None:
    report = run(Plan(postgres_database, new_seed(), kills=3, requests=300, workers=2), tmp_path)
    assert not report.violations, str(report)


def test_a_database_server_that_crashes_takes_nothing_with_it(tmp_path: Path) -> None:
    if reason := why_no_postgres():
        pytest.skip(reason)
    with PostgresServer(durable=True) as server:  # others commit later than they say

        def crash() -> None:
            server.stop("immediate")
            server.start()

        plan = Plan(
            server.new_database(), new_seed(), 3, 300, processes=2, restart_database=crash, kills_sandboxes=False
        )
        report = run(plan, tmp_path)
    assert not report.violations, str(report)
    assert [one.victim for one in report.interruptions] == ["database"] * 3


def test_sessions_that_the_server_ends_take_nothing_with_them(tmp_path: Path) -> None:
    """Each breaks at any point of its transaction, while the sandbox's other sessions go on."""
    if reason := why_no_postgres():
        pytest.skip(reason)
    with PostgresServer() as server:
        url = server.new_database()

        def end_some() -> None:
            server.psql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'test_1' AND random() < 0.5"
            )

        plan = Plan(url, new_seed(), 20, 1000, processes=2, restart_database=end_some, kills_sandboxes=False)
        report = run(plan, tmp_path)
    assert not report.violations, str(report)


def test_a_pooler_that_is_killed_takes_nothing_with_it(tmp_path: Path) -> None:
    if reason := why_no_pgbouncer():
        pytest.skip(reason)
    with PostgresServer() as server, PgBouncer(server) as bouncer:
        url = server.new_database()
        plan = Plan(
            bouncer.url(url.rpartition("/")[2]), new_seed(), 6, 500, processes=2, restart_database=bouncer.restart
        )
        report = run(plan, tmp_path)
    assert not report.violations, str(report)
