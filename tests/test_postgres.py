"""The servers of `bench.postgres`: they answer, keep their data, stay apart, and leave nothing behind."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import NullPool

from bench.postgres import PgBouncer, PostgresServer, answers, why_no_pgbouncer, why_no_postgres
from tests.sockets import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(bool(why_no_postgres()), reason=why_no_postgres())

needs_pgbouncer = pytest.mark.skipif(bool(why_no_pgbouncer()), reason=why_no_pgbouncer())
ROOT = Path(__file__).parents[1]
INTERRUPTED = """
import sys
from contextlib import nullcontext
from bench.postgres import PgBouncer, PostgresServer
with PostgresServer() as server, {other}:
    {first}
    print(server.folder, server.port, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def bouncer(postgres: PostgresServer) -> Iterator[PgBouncer]:
    if reason := why_no_pgbouncer():
        pytest.skip(reason)
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
        for name in ("fsync", "full_page_writes"):
            assert server.psql(f"SHOW {name}") == expected
        assert server.psql("SHOW synchronous_commit") == [("on",)]
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
def test_what_was_committed_outlives_a_restart(own_postgres: PostgresServer, way: str) -> None:
    own_postgres.psql("CREATE TABLE things (id integer)")
    port = own_postgres.port
    with connect(own_postgres.url("postgres")) as session:  # which does not hold the server back
        session.execute(text("INSERT INTO things VALUES (42)"))
        session.commit()
        session.execute(text("INSERT INTO things VALUES (43)"))
        if way == "kill":
            own_postgres.kill()
        else:
            own_postgres.stop("fast" if way == "fast" else "immediate")
        session.invalidate()
    assert not own_postgres.is_running
    assert not answers(port)
    before = len(own_postgres.log)
    own_postgres.start()
    assert own_postgres.port == port
    assert own_postgres.psql("SELECT id FROM things") == [(42,)]
    assert ("automatic recovery in progress" in own_postgres.log[before:]) is (way != "fast")


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


@pytest.mark.parametrize(
    ("other", "first"),
    [
        ("nullcontext()", ""),
        ("nullcontext()", "server.kill()"),
        pytest.param("PgBouncer(server) as bouncer", "print(bouncer.folder, bouncer.port)", marks=needs_pgbouncer),
    ],
)
def test_nothing_is_left_of_servers_whose_tests_are_killed(other: str, first: str) -> None:
    command = [sys.executable, "-c", INTERRUPTED.format(other=other, first=first)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as tests:
        assert tests.stdout is not None
        started = [tests.stdout.readline().split() for _ in range(2 if "bouncer" in first else 1)]
        assert all(Path(folder).exists() for folder, _ in started)
        tests.kill()
    wait_until(lambda: not any(Path(folder).exists() or answers(int(port)) for folder, port in started))


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


@needs_pgbouncer
def test_nothing_is_left_of_pgbouncer_where_signals_are_ignored(postgres: PostgresServer) -> None:
    before = signal.signal(signal.SIGQUIT, signal.SIG_IGN)  # as a shell does for what it runs in the background
    try:
        with PgBouncer(postgres) as bouncer:
            assert answers(bouncer.port)
    finally:
        signal.signal(signal.SIGQUIT, before)
    assert not answers(bouncer.port)
    assert not bouncer.folder.exists()
