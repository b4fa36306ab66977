"""Work that another process has planned or claimed is done by this one when that process has died."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from mockserver.app import assemble
from mockserver.domain.notifications.notification import Notification
from mockserver.domain.timeline import NOTIFICATION, Task
from mockserver.scheduler import watch
from mockserver.settings import Settings
from mockserver.store.sql.opening import open_sql_store
from tests.helpers import USER

if TYPE_CHECKING:
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
