"""The rows of emptied and dropped accounts: deleted in the background, whatever comes between."""

from __future__ import annotations

import logging
import threading
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from mockserver.domain.timeline import Event
from mockserver.store.contract import StoreUnavailableError
from mockserver.store.sql.opening import open_sql_store
from mockserver.store.sql.postgresql import PostgresqlDatabase
from mockserver.store.sql.schema import events, generations, records
from mockserver.store.sql.sweeper import Sweeper
from tests.sockets import wait_until
from tests.store.samples import ANNA, BERT, payment

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

    from mockserver.store.sql.database import Database, SqlConnection
    from mockserver.store.sql.store import SqlStore
    from tests.store.conftest import Outage

KEPT, SWEPT = 3, 450  # rows of an account, of which a step sweeps 200


@contextmanager
def opened(url: str) -> Iterator[SqlStore]:
    with closing(open_sql_store(url, 10)) as store:
        yield store


def fill(store: SqlStore, user: str, count: int) -> None:
    with store.unit(user) as unit:
        for number in range(1, count + 1):
            unit.put(payment(f"t{number}", number=number))
            unit.add_event(Event(f"t{number}", 1, "state", 0, "paid"))


def leave_unswept(url: str) -> None:
    """A database with an emptied account, and a dropped one, whose rows are there when the process stops."""
    with opened(url) as store:
        store._sweeper.close()
        for account in (ANNA, BERT):
            store.open_account(account)
            fill(store, account.user, SWEPT)
        store.empty_account(ANNA.user)
        store.drop_account(BERT.user)
        fill(store, ANNA.user, KEPT)
        assert rows(store._database) == [2 * SWEPT + KEPT] * 2 + [4]


def rows(database: Database) -> list[int]:
    """The numbers of records, of events, and of generations."""
    with database.reading() as connection:
        counts = [sa.select(sa.func.count()).select_from(table) for table in (records, events, generations)]
        return [connection.rows(count)[0][0] for count in counts]


def is_swept(database: Database) -> bool:
    return rows(database) == [KEPT, KEPT, 2]  # the other generation is that of unknown users


def sweeping() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "sweep"]


def test_the_rows_of_an_emptied_account_are_swept_away(sql_url: str) -> None:
    with opened(sql_url) as store:
        for account in (ANNA, BERT):
            store.open_account(account)
            fill(store, account.user, 1200)
        store.empty_account(ANNA.user)
        store.drop_account(ANNA.user)
        wait_until(lambda: not sweeping())
        assert rows(store._database) == [1200, 1200, 2]


def test_a_sweep_that_a_stop_interrupted_goes_on_at_the_next_start(sql_url: str) -> None:
    leave_unswept(sql_url)
    with opened(sql_url) as store:
        assert not sweeping()
        store.start()
        wait_until(lambda: not sweeping())
        assert is_swept(store._database)


def test_a_sweep_goes_on_after_an_outage(outage: Outage, caplog: pytest.LogCaptureFixture) -> None:
    leave_unswept(outage.url)
    with opened(outage.url) as store:
        sweeper = Sweeper(store._database, pause=0.01)
        outage.begin()
        sweeper.start()
        wait_until(lambda: "cannot be used" in caplog.text)
        assert sweeping()
        outage.end()
        wait_until(lambda: not sweeping())
        assert is_swept(store._database)
        sweeper.close()


class FailingDatabase:
    """A database that counts how often it was asked, and then fails."""

    def __init__(self, error: Exception) -> None:
        self.error = error
        self.asked = 0

    def reading(self) -> Any:
        self.asked += 1
        raise self.error


def test_an_outage_is_waited_for_without_asking_again_and_again_until_the_sandbox_stops() -> None:
    database: Any = FailingDatabase(StoreUnavailableError("It was stopped."))
    sweeper = Sweeper(database, pause=3600)
    sweeper.start()
    wait_until(lambda: bool(database.asked))
    [thread] = sweeping()
    sweeper.close()
    assert not thread.is_alive()
    assert database.asked == 1
    sweeper.start()
    assert not sweeping()


def test_an_error_is_logged_once_and_the_next_sweep_begins(caplog: pytest.LogCaptureFixture) -> None:
    database: Any = FailingDatabase(ZeroDivisionError("a fault"))
    sweeper = Sweeper(database)
    for times in (1, 2):
        with caplog.at_level(logging.ERROR):
            sweeper.start()
            wait_until(lambda: not sweeping())
        assert database.asked == times
        assert [str(one.exc_info[1]) for one in caplog.records if one.exc_info] == ["a fault"] * times


class CountingDatabase(PostgresqlDatabase):
    """Counts the transactions that began to write."""

    begun = 0

    @contextmanager
    def writing(self) -> Iterator[SqlConnection]:
        self.begun += 1
        with super().writing() as connection:
            yield connection


def test_one_process_at_a_time_sweeps_and_another_goes_on_when_that_has_died(postgres_database: str) -> None:
    leave_unswept(postgres_database)
    with closing(PostgresqlDatabase(postgres_database)) as first, closing(CountingDatabase(postgres_database)) as other:
        sweeper = Sweeper(other, pause=0.001)
        with first.writing() as connection:
            assert connection.begin_sweep()
            before = other.begun
            sweeper.start()
            wait_until(lambda: other.begun > before + 2)
            assert rows(first) == [2 * SWEPT + KEPT] * 2 + [4]
        wait_until(lambda: not sweeping())
        assert is_swept(first)
        sweeper.close()


def test_two_processes_that_sweep_at_once_sweep_everything(postgres_database: str) -> None:
    leave_unswept(postgres_database)
    with (
        closing(PostgresqlDatabase(postgres_database)) as first,
        closing(PostgresqlDatabase(postgres_database)) as other,
    ):
        sweepers = [Sweeper(database, pause=0.001) for database in (first, other)]
        for sweeper in sweepers:
            sweeper.start()
        wait_until(lambda: not sweeping())
        assert is_swept(first)


def test_closing_does_not_wait_for_a_step_that_waits(postgres_database: str) -> None:
    leave_unswept(postgres_database)
    with closing(PostgresqlDatabase(postgres_database)) as holder:
        database = PostgresqlDatabase(postgres_database)
        sweeper = Sweeper(database)
        with holder.committing() as connection:
            connection.execute("LOCK TABLE records IN ACCESS EXCLUSIVE MODE")
            sweeper.start()
            [thread] = sweeping()
            waiting = sa.text("SELECT pid FROM pg_locks WHERE NOT granted")
            wait_until(lambda: bool(connection.rows(waiting)))
            sweeper.close()
            database.close()
            assert thread.is_alive()
        thread.join()
        assert rows(holder)[0] >= SWEPT  # no step followed
