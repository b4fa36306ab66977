"""Work that is committed together: what a stop, and work that fails, do to the rest."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from mockserver.store.contract import StoreUnavailableError
from mockserver.store.sql.group_commit import GroupCommit, Job, Outcome
from mockserver.store.sql.opening import open_sql_store
from tests.sockets import wait_until
from tests.store.samples import ANNA, BERT, add_payment, payment, payments

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mockserver.domain.unit_of_work import UnitOfWork

STOPPING = "The sandbox is stopping."
TOO_LARGE = 2**63


class Commits:
    """Does jobs when it may, and keeps how they came together."""

    def __init__(self) -> None:
        self.groups: list[int] = []
        self.may_go_on = threading.Event()

    def __call__(self, jobs: Sequence[Job]) -> list[Outcome]:
        self.groups.append(len(jobs))
        self.may_go_on.wait()
        return [Outcome(job, job.work(None)) for job in jobs]


@pytest.fixture
def commits() -> Iterator[Commits]:
    made = Commits()
    yield made
    made.may_go_on.set()


def job(user: str = "anna") -> Job:
    return Job(user, lambda _: "done", Future(), None)


def stopped(future: Any) -> str:
    """What a job says that was not done."""
    assert future.done()
    with pytest.raises(StoreUnavailableError) as caught:
        future.result()
    return str(caught.value)


@pytest.mark.parametrize("together", [True, False])
def test_jobs_that_wait_fail_when_the_sandbox_stops_and_those_that_have_begun_are_done(
    commits: Commits,
    together: bool,  # noqa: FBT001 - a case
) -> None:
    group, begun = GroupCommit(commits, together=together, threads=1), job()
    group.submit(begun)
    wait_until(lambda: bool(commits.groups))
    waiting = [job(user) for user in ("anna", "bert", "anna")]
    group.submit(*waiting)
    group.close(patience=0)
    assert [stopped(one.future) for one in waiting] == [STOPPING] * 3
    late = job()
    group.submit(late)
    assert stopped(late.future) == STOPPING
    assert not begun.future.done()
    commits.may_go_on.set()
    assert begun.future.result() == "done"
    assert commits.groups == [1]


def test_a_job_of_an_event_loop_fails_when_the_sandbox_has_stopped(sql_url: str) -> None:
    store = open_sql_store(sql_url, 10)
    store.open_account(ANNA)
    store.close()

    async def perform() -> None:
        await store.perform_soon(ANNA.user, add_payment)

    with pytest.raises(StoreUnavailableError, match=STOPPING):
        asyncio.run(perform())


def add_too_large(unit: UnitOfWork) -> None:
    number = unit.next_number("payments")
    unit.put(payment(f"t{number}", number=number, created_at=TOO_LARGE))


def test_refused_values_leave_no_connection_behind_that_fails(sql_url: str) -> None:
    """The driver prepares a statement at its sixth use, and the transaction of that may fail."""
    for before in range(7):
        with closing(open_sql_store(sql_url, 10)) as store:
            user = f"user {before}"
            store.open_account(replace(ANNA, user=user))
            for _ in range(before):
                store.perform(user, add_payment)
            for _ in range(7):
                with pytest.raises((OverflowError, psycopg.DataError)):
                    store.perform(user, add_too_large)
            assert store.perform(user, add_payment) == before + 1


def test_a_value_that_the_database_refuses_fails_alone_and_the_others_are_stored_once(sql_url: str) -> None:
    began, may_go_on = threading.Event(), threading.Event()

    def hold(_: UnitOfWork) -> None:
        began.set()
        may_go_on.wait()

    calls = []

    def add(unit: UnitOfWork) -> int:
        calls.append(threading.current_thread().name)
        return add_payment(unit)

    with closing(open_sql_store(sql_url, 10)) as store, ThreadPoolExecutor(6) as pool:
        for account in (ANNA, BERT):
            store.open_account(account)
        waits = store._commits._waiting
        first = pool.submit(store.perform, ANNA.user, hold)
        began.wait()
        try:
            others = []
            for work in (add, add_too_large, add, add):
                others.append(pool.submit(store.perform, ANNA.user, work))
                wait_until(lambda: sum(map(len, waits.values())) == len(others))
        finally:
            may_go_on.set()
        first.result()
        assert [others[place].result() for place in (0, 2, 3)] == [1, 2, 3]
        refused = others[1].exception()
        assert isinstance(refused, (OverflowError, psycopg.DataError)), refused
        assert payments(store) == [1, 2, 3]
        assert len(calls) == 6  # together with the other, and then alone
        assert store.perform(ANNA.user, add_payment) == 4
