"""A database that cannot be used for a while, and accounts that another process holds."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from mockserver import create_app
from mockserver.api.paths import READY_PATH
from mockserver.settings import Settings
from mockserver.store.contract import StoreUnavailableError
from mockserver.store.sql import statements
from mockserver.store.sql.opening import open_sql_store
from mockserver.store.sql.postgresql import PostgresqlDatabase
from tests.helpers import USER, signed
from tests.sockets import wait_until
from tests.store.samples import ANNA, BERT, add_payment, payments

if TYPE_CHECKING:
    from pathlib import Path

    from bench.postgres import PostgresServer
    from mockserver.store.sql.database import Database, SqlConnection
    from tests.store.conftest import Outage

THREADS = 12
HELD = "Another process has held this account for more than 10 s. Send the request again."
DEADLOCK = "The database has ended a deadlock with another process. Send the request again."


def test_an_outage_is_logged_once_and_so_is_its_end_whatever_the_number_of_threads(
    outage: Outage, caplog: pytest.LogCaptureFixture
) -> None:
    answered, refused, done = Counter[int](), Counter[int](), threading.Event()

    def request(number: int) -> None:
        while not done.is_set():
            try:
                store.account(ANNA.user) if number % 2 else store.perform(ANNA.user, add_payment)
            except StoreUnavailableError:
                refused[number] += 1
            else:
                answered[number] += 1

    def all_have(counter: Counter[int]) -> bool:
        return all(counter[number] > 20 for number in range(THREADS))

    with closing(open_sql_store(outage.url, 10)) as store, ThreadPoolExecutor(THREADS) as pool:
        try:
            store.open_account(ANNA)
            requests = [pool.submit(request, number) for number in range(THREADS)]
            for change, counter in ((None, answered), (outage.begin, refused), (outage.end, answered)):
                if change:
                    change()
                counter.clear()
                wait_until(lambda: all_have(counter))  # noqa: B023 - called at once
        finally:
            done.set()
        for one in requests:
            one.result()
    said = [one.getMessage() for one in caplog.records if one.name.startswith("mockserver")]
    assert len(said) == 2, said
    assert "cannot be used" in said[0]
    assert "can be used again" in said[1]


def test_a_file_that_is_moved_away_and_put_back_has_all_that_was_committed(tmp_path: Path) -> None:
    """SQLite deletes the log of a file that it does not find."""
    file, moved = tmp_path / "sandbox.db", tmp_path / "moved.db"
    with closing(open_sql_store(f"sqlite:///{file}", 10)) as store:
        store.open_account(ANNA)
        store.perform(ANNA.user, add_payment)
        file.rename(moved)
        for _ in range(3):
            with pytest.raises(StoreUnavailableError, match="put it back"):
                store.account(ANNA.user)
        moved.rename(file)
        assert payments(store) == [1]


def test_only_a_new_connection_shows_that_an_outage_has_ended(postgres: PostgresServer, postgres_database: str) -> None:
    """While a server dies, some of its sessions still answer."""

    def session(connection: SqlConnection) -> int:
        [(pid,)] = connection.rows(sa.text("SELECT pg_backend_pid()"))
        return int(pid)

    with closing(PostgresqlDatabase(postgres_database)) as database:
        with database.reading() as first, database.reading() as second:
            before = {session(first), session(second)}
        assert len(before) == 2
        database.is_open = True
        with pytest.raises(StoreUnavailableError), database.reading() as connection:
            postgres.psql(f"SELECT pg_terminate_backend({session(connection)})")
            session(connection)
        with database.reading() as first, database.reading() as second:
            assert not before & {session(first), session(second)}


def limit_waiting(database: Database) -> None:
    """Let the transactions of a database wait for a moment only."""
    engine: Any = database._engine
    sa.event.listen(engine, "connect", lambda driver, _: driver.execute("SET lock_timeout = '10ms'"))
    engine.dispose()


def test_an_account_that_another_process_holds_for_long_is_no_outage(
    postgres_database: str, caplog: pytest.LogCaptureFixture
) -> None:
    flask = create_app(Settings(port=0, log="none", database=postgres_database))
    with closing(flask), caplog.at_level(logging.WARNING):
        client, store = flask.test_client(), flask.sandbox.store
        limit_waiting(store._database)  # type: ignore[attr-defined]
        with closing(PostgresqlDatabase(postgres_database)) as other, other.writing() as connection:
            assert connection.begin_with(USER)
            answer: Any = client.post("/Payments", data=signed())
            assert (answer.json["code"], answer.headers["X-Sandbox-Reason"]) == ("-1000", HELD)
            changed = client.put(f"/_sandbox/api/accounts/{USER}/clock", json={"kind": "frozen"})
            assert (changed.status_code, changed.json["detail"]) == (503, HELD)  # type: ignore[index]
            assert client.get(READY_PATH).status_code == 200
        assert client.post("/Payments", data=signed()).json["code"] == "200"  # type: ignore[index]
    assert not caplog.records


def test_a_deadlock_is_no_outage(
    postgres: PostgresServer, postgres_database: str, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(open_sql_store(postgres_database, 10)) as store:
        for account in (ANNA, BERT):
            store.open_account(account)
        name = postgres_database.rpartition("/")[2]
        postgres.psql(f"ALTER DATABASE {name} SET deadlock_timeout = '10ms'")
        database: Any = store._database
        both = threading.Barrier(2)

        def lock(*users: str) -> str:
            try:
                with database.committing() as connection:
                    connection.row(statements.LOCKED_ACCOUNT, of_account=users[0])
                    both.wait()
                    connection.row(statements.LOCKED_ACCOUNT, of_account=users[1])
            except StoreUnavailableError as error:
                return str(error)
            return ""

        with ThreadPoolExecutor(2) as pool:
            said = sorted(pool.map(lock, (ANNA.user, BERT.user), (BERT.user, ANNA.user)))
        assert said == ["", DEADLOCK]
        assert store.perform(ANNA.user, add_payment) == 1
    assert not caplog.records
