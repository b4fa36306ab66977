"""Readiness is truthful: it watches the store, due work and deliveries."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import requests

from mockserver.scheduler.work import DueWork
from mockserver.testing import Sandbox
from tests.helpers import USER, signed

if TYPE_CHECKING:
    from pathlib import Path

    from bench.postgres import PostgresServer
    from mockserver.scheduler.work import Slice
    from mockserver.settings import Settings

PATIENCE = 30


def health(sandbox: Sandbox, of: str = "ready") -> tuple[int, str]:
    answer = requests.get(f"{sandbox.url}/_sandbox/api/health/{of}", timeout=PATIENCE)
    return answer.status_code, answer.json().get("detail", answer.json()["status"])


def pay(sandbox: Sandbox) -> tuple[str, str]:
    answer = requests.post(f"{sandbox.url}/Payments", data=signed(), timeout=PATIENCE)
    return answer.json()["code"], answer.headers["X-Sandbox-Reason"]


@pytest.fixture
def stored(settings: Settings, tmp_path: Path) -> Settings:
    return replace(settings, database=f"sqlite:///{tmp_path / 'sandbox.db'}")


def test_a_sandbox_in_memory_is_ready(sandbox: Sandbox) -> None:
    assert health(sandbox) == (200, "ready")
    assert health(sandbox, "live") == (200, "live")


def test_a_database_that_cannot_be_written_is_not_ready(stored: Settings, tmp_path: Path) -> None:
    with Sandbox(stored) as sandbox:
        assert health(sandbox) == (200, "ready")
        with sqlite3.connect(tmp_path / "sandbox.db") as other:
            other.execute("ALTER TABLE accounts RENAME TO hidden")
        status, detail = health(sandbox)
        assert status == 503
        assert (
            detail
            == "The sandbox cannot use its database at present: no such table: accounts. No payment can be accepted."
        )
        assert health(sandbox, "live") == (200, "live")
        other.execute("ALTER TABLE hidden RENAME TO accounts")
        other.close()
        assert health(sandbox) == (200, "ready")


@pytest.mark.slow
def test_due_work_that_stands_still_is_not_ready(stored: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on, do_slice = threading.Event(), threading.Event(), DueWork.do_slice

    async def slowly(work: DueWork, user: str, *, skips_busy: bool = False) -> Slice:
        begun.set()
        await asyncio.to_thread(go_on.wait)
        return await do_slice(work, user, skips_busy=skips_busy)

    monkeypatch.setattr(DueWork, "do_slice", slowly)
    with Sandbox(stored) as sandbox:
        sandbox.app.worker.wake(USER, 0)
        begun.wait()
        status, detail = health(sandbox)
        assert status == 503
        assert detail.startswith(
            "Due work and deliveries have not run for 2 s, so payments and notifications cannot be processed"
        )
        assert health(sandbox, "live") == (200, "live")
        go_on.set()
        assert health(sandbox) == (200, "ready")


def test_due_work_that_has_ended_is_not_ready(sandbox: Sandbox) -> None:
    sandbox.app.worker.close()
    status, detail = health(sandbox)
    assert status == 503
    assert detail.startswith("Due work and deliveries have stopped")


@pytest.mark.slow
def test_a_database_that_does_not_answer_is_not_ready(settings: Settings, own_postgres: PostgresServer) -> None:
    """Asked again and again, also by many at once: one thread waits for the database, and payments are refused."""
    with Sandbox(replace(settings, database=own_postgres.new_database())) as sandbox, ThreadPoolExecutor(12) as asking:
        assert health(sandbox) == (200, "ready")
        with own_postgres.standing_still():
            refused = asking.submit(pay, sandbox)
            asked = [asking.submit(health, sandbox) for _ in range(10)]
            assert health(sandbox, "live") == (200, "live")
            said = {answer.result() for answer in asked}
            assert said == {(503, "The database has not answered for 3 s. No payment can be accepted.")}
            assert not refused.done()
            assert {health(sandbox) for _ in range(5)} == said
            assert [thread.name for thread in threading.enumerate()].count("check of the store") == 1
            code, reason = refused.result()
            assert code == "-1000"
            assert reason.startswith("The sandbox cannot use its database at present: ")
        while health(sandbox) != (200, "ready"):
            pass
