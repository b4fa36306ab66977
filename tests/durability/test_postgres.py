"""Sandboxes on one PostgreSQL, killed amid payments, and the database server too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bench.durability.run import Plan, run
from bench.postgres import PostgresServer, why_no_postgres
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
