"""Which PostgreSQL databases the SQL store takes, what it says of the others, and PgBouncer and outages."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bench.postgres import PgBouncer, why_no_pgbouncer
from mockserver import create_app
from mockserver.api.health import health_answer
from mockserver.api.paths import READY_PATH
from mockserver.settings import Settings
from mockserver.store.contract import StoreUnavailableError
from mockserver.store.sql.opening import open_sql_store
from mockserver.store.sql.schema import SCHEMA_VERSION, metadata
from tests.store.samples import ANNA, BERT, add_payment, payments

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.postgres import PostgresServer
    from mockserver.store.sql.store import SqlStore

PASSWORD = "a secret/word"
QUOTED = "a%20secret%2Fword"
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"


def name_of(url: str) -> str:
    return url.rpartition("/")[2]


def refusal(url: str) -> str:
    """What is said of a database that is not taken."""
    with pytest.raises(ValueError, match="^--database: ") as caught:
        open_sql_store(url, 10)
    return str(caught.value).removeprefix("--database: ")


def test_four_that_open_an_empty_database_at_once_share_it(postgres: PostgresServer, postgres_database: str) -> None:
    all_are_ready = threading.Barrier(4)

    def open_one(number: int) -> SqlStore:
        all_are_ready.wait()
        store = open_sql_store(postgres_database, 10)
        stack.callback(store.close)
        store.open_account(replace(ANNA, user=f"user {number}"))
        return store

    with ExitStack() as stack, ThreadPoolExecutor(4) as pool:
        stores = list(pool.map(open_one, range(4)))
        assert len({store.secret for store in stores}) == 1
        assert stores[0].secret
        for store in stores:
            assert store.users() == ["", "user 0", "user 1", "user 2", "user 3"]
    assert postgres.psql(TABLES, name_of(postgres_database)) == [(name,) for name in sorted(metadata.tables)]


@pytest.mark.parametrize("table", ["orders", "accounts"])
def test_one_of_another_program_is_refused_and_stays_as_it_is(
    postgres: PostgresServer, postgres_database: str, table: str
) -> None:
    name = name_of(postgres_database)
    postgres.psql(f"CREATE TABLE {table} AS SELECT 1 AS id", name)
    assert refusal(postgres_database) == (
        f"{postgres_database} has tables of another program, such as {table}, and was not changed; choose an empty "
        "database"
    )
    assert postgres.psql(TABLES, name) == [(table,)]
    assert postgres.psql(f"TABLE {table}", name) == [(1,)]


def test_one_with_a_table_of_the_same_name_is_refused(postgres: PostgresServer, postgres_database: str) -> None:
    name = name_of(postgres_database)
    postgres.psql("CREATE TABLE sandbox AS SELECT 'application' AS name, 'a shop' AS value", name)
    assert refusal(postgres_database) == (
        f"{postgres_database} is a database of another program and was not changed; choose another one"
    )
    assert postgres.psql(TABLES, name) == [("sandbox",)]


@pytest.mark.parametrize(("version", "age"), [(SCHEMA_VERSION + 1, "a newer"), (SCHEMA_VERSION - 1, "an older")])
def test_one_of_another_version_is_refused_with_both_versions(
    postgres: PostgresServer, postgres_database: str, version: int, age: str
) -> None:
    open_sql_store(postgres_database, 10).close()
    name, facts = name_of(postgres_database), "SELECT * FROM sandbox ORDER BY name"
    postgres.psql(f"UPDATE sandbox SET value = '{version}' WHERE name = 'version'", name)  # noqa: S608 - a number
    before = postgres.psql(facts, name)
    said = refusal(postgres_database)
    assert said.startswith(
        f"{postgres_database} was created by {age} sandbox: its tables have version {version}, and this one needs "
        f"{SCHEMA_VERSION}. It was not changed."
    )
    assert ("/bundle" in said) == (age == "an older")  # how to take the accounts along
    assert postgres.psql(facts, name) == before


@pytest.mark.parametrize(
    ("place", "why"),
    [
        ("127.0.0.1:1/sandbox", "Connection refused"),
        ("127.0.0.1:PORT/nowhere", 'database "nowhere" does not exist'),
        (f"{'x' * 64}.invalid/sandbox", "label empty or too long"),
    ],
    ids=["no server", "no database", "unknown host"],
)
def test_one_that_cannot_be_reached_is_refused_with_a_reason(postgres: PostgresServer, place: str, why: str) -> None:
    place = place.replace("PORT", str(postgres.port))
    said = refusal(f"postgresql+psycopg://postgres:{QUOTED}@{place}")
    assert said.startswith(f"postgresql+psycopg://postgres:***@{place} cannot be used (")
    assert why in said
    assert said.endswith("); check that the server runs, that the database exists, and that this user may create "
                         "tables in it")  # fmt: skip
    assert_hides_password(said)


@pytest.mark.parametrize("url", ["USER:QUOTED@PLACE", "USER@PLACE?password=QUOTED"], ids=["before the host", "query"])
def test_a_wrong_password_is_named_and_not_shown(own_postgres: PostgresServer, url: str) -> None:
    database = own_postgres.new_database()
    own_postgres.psql("CREATE ROLE guest LOGIN PASSWORD 'another word'")
    own_postgres.stop()
    rules = own_postgres.folder / "data" / "pg_hba.conf"
    rules.write_text(f"host all guest 127.0.0.1/32 scram-sha-256\n{rules.read_text()}")
    own_postgres.start()
    place = f"127.0.0.1:{own_postgres.port}/{name_of(database)}"
    for old, new in (("USER", "guest"), ("PLACE", place), ("QUOTED", QUOTED)):
        url = url.replace(old, new)
    said = refusal(f"postgresql+psycopg://{url}")
    assert 'password authentication failed for user "guest"' in said
    assert place in said
    assert_hides_password(said)


def assert_hides_password(said: str) -> None:
    assert not [one for one in (PASSWORD, QUOTED, "secret") if one in said], said


@pytest.fixture
def pooled_url(postgres: PostgresServer, postgres_database: str) -> Iterator[str]:
    if reason := why_no_pgbouncer():
        pytest.skip(reason)
    with PgBouncer(postgres, default_pool_size="3") as pooler:
        yield pooler.url(name_of(postgres_database))


def test_everything_works_behind_pgbouncer_that_gives_each_transaction_another_session(pooled_url: str) -> None:
    with closing(open_sql_store(pooled_url, 10)) as store, closing(open_sql_store(pooled_url, 10)) as other:
        assert store._database.is_pooled  # type: ignore[attr-defined]
        store.open_account(ANNA)
        with store.unit(ANNA.user) as unit:
            add_payment(unit)
        with ThreadPoolExecutor(8) as pool:
            numbers = list(pool.map(lambda _: store.perform(ANNA.user, add_payment), range(40)))
        assert sorted(numbers) == list(range(2, 42))
        assert payments(other) == list(range(1, 42))
        heard, changed = threading.Event(), threading.Event()
        store.on_other(lambda user: heard.set() if user == BERT.user else None)
        store.on_other(lambda user: changed.set() if user == ANNA.user else None)
        store.start()
        other.open_account(BERT)
        assert heard.wait(30)
        assert store.known_account(BERT.user) == BERT
        changed.clear()
        other.perform(ANNA.user, add_payment)
        assert changed.wait(30)


def test_a_stopped_server_makes_the_sandbox_unready_until_it_runs_again(own_postgres: PostgresServer) -> None:
    flask = create_app(Settings(port=0, log="none", database=own_postgres.new_database()))
    with closing(flask):
        sandbox = flask.sandbox
        sandbox.start()

        def ready() -> tuple[int, Any]:
            answer = health_answer(sandbox, READY_PATH)
            return answer.status, json.loads(answer.body)

        assert ready()[0] == 200
        store = sandbox.store
        store.open_account(ANNA)
        own_postgres.stop("immediate")
        with pytest.raises(StoreUnavailableError, match="The sandbox cannot use its database at present: "):
            store.perform(ANNA.user, add_payment)
        status, said = ready()
        assert status == 503
        assert said["detail"].startswith("The sandbox cannot use its database at present: ")
        assert "Connection refused" in said["detail"]
        assert said["detail"].endswith(" No payment can be accepted.")
        own_postgres.start()
        assert ready()[0] == 200
        assert store.perform(ANNA.user, add_payment) == 1
        assert payments(store) == [1]
