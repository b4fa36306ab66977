"""The servers of `tests.postgres`: they answer, keep their data, stay apart, and leave nothing behind."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import NullPool

from tests.postgres import PgBouncer, PostgresServer, answers, why_no_postgres
from tests.sockets import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(bool(why_no_postgres()), reason=why_no_postgres())

ROOT = Path(__file__).parents[1]
INTERRUPTED = """
import sys
from tests.postgres import PostgresServer
with PostgresServer() as server:
    print(server.port, server.folder, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def bouncer(postgres: PostgresServer) -> Iterator[PgBouncer]:
    with PgBouncer(postgres, default_pool_size="1") as running:
        yield running


def connect(url: str) -> Connection:
    """A connection that is closed with the block it is used in."""
    return create_engine(url, poolclass=NullPool).connect()


def test_it_answers_over_tcp_and_over_its_socket(postgres: PostgresServer) -> None:
    over_socket = f"postgresql+psycopg://postgres@/postgres?host={postgres.folder}&port={postgres.port}"
    for url, has_address in ((postgres.url("postgres"), True), (over_socket, False)):
        with connect(url) as connection:
            assert connection.scalar(text("SELECT inet_server_addr() IS NOT NULL")) is has_address


def test_it_sorts_text_by_language_not_by_bytes(postgres: PostgresServer) -> None:
    assert postgres.psql("SELECT x FROM (VALUES ('B'), ('a'), ('C')) AS v(x) ORDER BY x") == [("a",), ("B",), ("C",)]


@pytest.mark.parametrize("durable", [False, True])
def test_only_a_durable_server_waits_for_the_disk(*, durable: bool) -> None:
    expected = [("on" if durable else "off",)]
    with PostgresServer(durable=durable) as server:
        for name in ("fsync", "synchronous_commit", "full_page_writes"):
            assert server.psql(f"SHOW {name}") == expected
        assert server.psql("SELECT 1", server.new_database().rpartition("/")[2]) == [(1,)]


def test_databases_do_not_see_each_other(postgres: PostgresServer, postgres_database: str) -> None:
    other = postgres.new_database()
    with connect(postgres_database) as one, connect(other) as two:
        one.execute(text("CREATE TABLE things (id integer)"))
        one.commit()
        seen = text("SELECT to_regclass('things') IS NOT NULL")
        assert (one.scalar(seen), two.scalar(seen)) == (True, False)
        postgres.drop(other)  # though it is in use
        two.invalidate()
    names = {name for (name,) in postgres.psql("SELECT datname FROM pg_database")}
    assert postgres_database.rpartition("/")[2] in names
    assert other.rpartition("/")[2] not in names


@pytest.mark.parametrize("way", ["fast", "immediate", "kill"])
def test_what_was_committed_outlives_a_restart(way: str) -> None:
    with PostgresServer(durable=True) as server:
        server.psql("CREATE TABLE things (id integer)")
        server.psql("INSERT INTO things VALUES (42)")
        port = server.port
        with connect(server.url("postgres")) as session:  # which does not hold the server back
            session.execute(text("SELECT 1"))
            if way == "kill":
                server.kill()
            else:
                server.stop("fast" if way == "fast" else "immediate")
            assert not server.is_running
            assert not answers(server.port)
            session.invalidate()
        before = len(server.log)
        server.start()
        assert server.port == port
        assert server.psql("SELECT id FROM things") == [(42,)]
        assert ("automatic recovery in progress" in server.log[before:]) is (way != "fast")


def test_a_start_that_fails_says_why(own_postgres: PostgresServer) -> None:
    own_postgres.stop()
    (own_postgres.folder / "data" / "PG_VERSION").write_text("9.0\n")
    with pytest.raises(RuntimeError, match="database files are incompatible with server"):
        own_postgres.start()
    assert not own_postgres.is_running


def test_nothing_is_left_of_a_server() -> None:
    with PostgresServer() as server:
        assert answers(server.port)
    assert not answers(server.port)
    assert not server.folder.exists()


@pytest.mark.parametrize("stopped", [False, True])
def test_nothing_is_left_of_a_server_whose_tests_are_killed(*, stopped: bool) -> None:
    program = INTERRUPTED.replace("sys.stdin", "server.kill()\n    sys.stdin") if stopped else INTERRUPTED
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as tests:
        assert tests.stdout is not None
        port, folder = tests.stdout.readline().split()
        assert Path(folder).exists()
        tests.kill()
    wait_until(lambda: not Path(folder).exists() and not answers(int(port)))


def test_pgbouncer_gives_the_connection_of_a_finished_transaction_to_another_client(
    bouncer: PgBouncer, postgres_database: str
) -> None:
    url = bouncer.url(postgres_database.rpartition("/")[2])
    with connect(url) as one, connect(url) as two:
        answered = [c.execute(text("SELECT current_database(), pg_backend_pid()")).one() for c in (one, one)]
        one.commit()
        answered.append(two.execute(text("SELECT current_database(), pg_backend_pid()")).one())
        assert len(set(answered)) == 1
        assert answered[0][0] == postgres_database.rpartition("/")[2]
        two.commit()


def test_nothing_is_left_of_pgbouncer(postgres: PostgresServer) -> None:
    with PgBouncer(postgres) as bouncer:
        assert answers(bouncer.port)
    assert not answers(bouncer.port)
