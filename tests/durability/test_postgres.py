"""Sandboxes on one PostgreSQL, killed amid payments, and the database server too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bench.durability.run import Plan, run
from mockserver.identity import new_seed

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow
pytest.importorskip("tests.postgres", reason="needs the PostgreSQL of tests/postgres.py")


def test_sandboxes_that_are_killed_lose_nothing_and_do_nothing_twice(postgres_database: str, tmp_path: Path) -> None:
    report = run(Plan(postgres_database, new_seed(), kills=4, requests=300, processes=4), tmp_path)
    assert not report.violations, str(report)
    assert len(report.interruptions) == 4


def test_a_sandbox_whose_workers_are_killed_loses_nothing(postgres_database: str, tmp_path: Path) -> None:
    report = run(Plan(postgres_database, new_seed(), kills=3, requests=300, workers=2), tmp_path)
    assert not report.violations, str(report)


def test_a_database_server_that_crashes_takes_nothing_with_it(own_postgres: Any, tmp_path: Path) -> None:
    def crash() -> None:
        own_postgres.stop("immediate")
        own_postgres.start()

    database = own_postgres.new_database()
    plan = Plan(database, new_seed(), kills=3, requests=300, processes=2, restart_database=crash, kills_sandboxes=False)
    report = run(plan, tmp_path)
    assert not report.violations, str(report)
    assert [one.victim for one in report.interruptions] == ["database"] * 3
