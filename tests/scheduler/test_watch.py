"""Work that another process has planned or claimed is done by this one when that process has died."""

from __future__ import annotations

import asyncio
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from mockserver.app import assemble
from mockserver.clock import Clocks, SystemClock
from mockserver.domain.notifications.notification import Notification
from mockserver.domain.timeline import NOTIFICATION, Task
from mockserver.scheduler import watch
from mockserver.scheduler.watch import OtherProcessesWork
from mockserver.settings import Settings
from mockserver.store.memory import MemoryStore
from mockserver.store.sql.opening import open_sql_store
from tests.helpers import USER
from tests.store.samples import ANNA, BERT

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.postgres import PostgresServer
    from mockserver.store.contract import Store
    from mockserver.testing import Merchant


@pytest.fixture(autouse=True)
def _looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "_GRACE", 10)
    monkeypatch.setattr(watch, "_LOOKS_AT_CLAIMS", 10)


def claim_a_delivery(store: Store, url: str) -> None:
    """Claim the delivery of a notification, as a process does that dies before it has the answer."""
    with store.unit(USER) as unit:
        unit.save_notification(Notification(1, "t1", "payment", "paid", 1, url, b"{}", "pending"))
        unit.schedule(Task(1, NOTIFICATION, "1"))
    with store.unit(USER) as unit:
        assert [one.number for one in unit.claim_deliveries(1, 9, 3600)] == [1]


def test_a_delivery_that_a_dead_process_has_claimed_is_made_by_one_that_starts_before_the_claim_ends(
    postgres: PostgresServer, postgres_database: str, merchant: Merchant
) -> None:
    """Nothing changes any more, so the process that starts hears of nothing."""
    settings = Settings(database=postgres_database, seed="tests")
    with closing(open_sql_store(postgres_database, 10)) as dead, closing(assemble(settings)) as app:
        claim_a_delivery(dead, merchant.url)
        app.start()
        postgres.psql("UPDATE tasks SET claimed_until = 1", postgres_database.rpartition("/")[2])
        merchant.wait_for(1)


class StumblingStore(MemoryStore):
    """Fails the first time that it is asked for the due work of anna."""

    has_failed = False

    def next_due(self, user: str) -> int | None:
        if user == ANNA.user and not self.has_failed:
            self.has_failed = True
            raise ZeroDivisionError
        return super().next_due(user)


def test_an_account_that_cannot_be_looked_at_is_looked_at_again_and_holds_up_no_other(
    caplog: pytest.LogCaptureFixture,
) -> None:
    store = StumblingStore(3)
    for account in (ANNA, BERT):
        store.open_account(account)
        with store.unit(account.user) as unit:
            unit.schedule(Task(1, "payment", "t1"))

    async def woken() -> set[str]:
        users: set[str] = set()
        all_are = asyncio.Event()

        def wake(user: str, _at: int) -> None:
            users.add(user)
            if len(users) == 2:
                all_are.set()

        async def in_store(function: Callable[..., Any], *arguments: Any) -> Any:
            return function(*arguments)

        clocks = Clocks(SystemClock(), lambda _: None, lambda *_: None)
        others = OtherProcessesWork(store, clocks, wake, in_store)
        for account in (ANNA, BERT):
            others.add(account.user, 0)
        looking = asyncio.create_task(others.run())
        await asyncio.wait([looking, ended := asyncio.create_task(all_are.wait())], return_when="FIRST_COMPLETED")
        looking.cancel()
        ended.cancel()
        return users

    assert asyncio.run(woken()) == {ANNA.user, BERT.user}
    [logged] = caplog.records
    assert logged.getMessage() == "The due work of account anna could not be looked for; trying again"
